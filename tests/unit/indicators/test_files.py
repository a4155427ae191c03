"""Files that hold no system, or cannot be read at all, are refused with their name and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.loading import IndicatorError, load_system
from tests.unit.indicators.make import refusal, text_of

LEAF = '[[leaf]]\nid = "1"\ntext = "甲"\n'


def test_a_file_without_leaves_is_told_what_to_write() -> None:
    words = "own.toml: has no leaf: write every requirement as a [[leaf]] with id and text"
    assert refusal("") == (words,)
    assert refusal(text_of("")) == (words,)
    assert refusal("leaf = []\n" + text_of("")) == (words,)


def test_what_is_not_toml_says_where() -> None:
    assert refusal("format = = 1") == ("own.toml: is not TOML: Invalid value (at line 1, column 10)",)


def test_what_is_not_toml_says_what_was_probably_meant() -> None:
    (problem,) = refusal(text_of(LEAF + "points = ４"))
    assert problem.endswith("(at line 17, column 10); ４ is not 4: write the half-width one")


def test_a_workbook_under_another_name_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"PK\x03\x04\x14\0\0\0")
    with pytest.raises(IndicatorError, match="is no text: a system is written as TOML, not saved by Excel or Word"):
        load_system(tmp_path / "own.toml")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes("# 甲".encode("gbk"))
    cases = {
        "gone.toml": "there is no such file",
        "gbk.toml": "is not UTF-8 (byte 2): save it as UTF-8",
        ".": "cannot be read: Is a directory",
    }
    for name, words in cases.items():
        with pytest.raises(IndicatorError) as caught:
            load_system(tmp_path / name)
        assert caught.value.problems == (f"{tmp_path / name}: {words}",)


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text_of(LEAF), encoding="utf-8-sig")
    assert load_system(path).leaf("1").text == "甲"
