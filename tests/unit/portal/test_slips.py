"""What people in a Chinese office mean when their file is not TOML."""

from __future__ import annotations

import tomllib

import pytest

from portal.slips import slip


def told(text: str) -> str:
    """Returns the hint for a text that is not TOML; fails where it is."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    return slip(text, str(caught.value))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("points = ４", "４ is not 4: write the half-width one"),
        ("points ＝ 4", "＝ is not =: write the half-width one"),
        ("id = “1.1”", '“ is not ": write the half-width one'),
        ('units = ["甲"， "乙"]', "， is not ,: write the half-width one"),
        ("points\u00a0= 4", "there is a blank of another kind (U+00A0): write an ordinary one"),
        ("\u3000points = 4", "there is a blank of another kind (U+3000): write an ordinary one"),
        ("poi\u200bnts = 4", "there is a letter nobody sees (U+200B): take it out"),
        ("each = 10%", "a number stands alone, without unit or %"),
        ('rule = { kind = "share", pass_at = 60% }', "a number stands alone, without unit or %"),
        ("points = 4分", "a number stands alone, without unit or %"),
        ("from = 2026年1月1日", "a day that exists is written 2026-01-31"),
        ("from = 2026-13-01", "a day that exists is written 2026-01-31"),
        ('text = "首页"链接"打不开"', "a text with quotes inside stands between single quotes, '...'"),
    ],
)
def test_slips(text: str, hint: str) -> None:
    assert told(text) == hint


def test_slips_the_parser_speaks_of() -> None:
    assert "with a quote" in told('text = "甲，\n乙"')
    assert "written twice" in told('text = "甲\\乙"')
    assert "[[leaf]]" in told("[leaf]\na = 1\n[leaf]\na = 2")
    assert told('level = ["home"\nx = 1').startswith("a list ends with ]")


def test_what_stands_in_texts_and_comments_is_nobodys_slip() -> None:
    assert told('text = "４％，“甲”" = 1') == ""
    assert told("a = = 1  # ４") == ""
    assert slip("a = 1", "something else") == ""
