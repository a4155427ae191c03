"""Where a key of a TOML file stands."""

from __future__ import annotations

import pytest

from portal.places import line_of

TEXT = """\
title = "x"
[[leaf]]
id = "1"
[[leaf]]
id = "2"
rule = { kind = "deduct", each = 1 }
[[leaf.note]]
text = "y"
[[leaf]]
id = "3"
"""


@pytest.mark.parametrize(
    ("key", "header", "number", "line"),
    [
        ("title", "", 0, 1),
        ("id", "leaf", 1, 5),
        ("each", "leaf", 1, 6),
        ("text", "leaf", 1, 8),  # a sub-table belongs to its table
        ("text", "leaf", 0, 2),  # not there: the table itself, never a neighbour's key
        ("", "leaf", 2, 9),
        ("id", "leaf", 3, 0),
        ("nothing", "", 0, 0),
    ],
)
def test_the_line_of_a_key_is_found(key: str, header: str, number: int, line: int) -> None:
    assert line_of(TEXT, key, header, number) == line
