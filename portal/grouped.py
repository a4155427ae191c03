"""Results shown class by class on one page: 政策文件 with its first three, 新闻 with its first three, each with 更多.

Blocks alike stand side by side, each with the name of its class above its results: all of them are the first page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from lxml import etree
from msgspec import Struct

from portal.facts import ListItem
from portal.html import Document, squeeze, text_of
from portal.items import read_row

_CLIMB = 3  # levels between a list and its block
_NAME = 12  # characters of the longest name of a class
_HEADS = ("h1", "h2", "h3", "h4", "h5", "dt", "summary", "div", "p", "span", "strong", "b", "a")
_MORE = re.compile(r"\s*(?:查看)?(?:更多|全部)?\s*[>»›+]*\s*[（(]?\d*[）)]?(?:条|个)?\s*[>»›+]*$")


class Groups(Struct, frozen=True):
    """The classes a page shows one below the other, and the results of all of them."""

    names: tuple[str, ...]
    items: tuple[ListItem, ...]


def groups_around(doc: Document, rows: Sequence[etree._Element]) -> Groups | None:
    """Returns the blocks alike of which the rows of one list are one; None where there are no two with a name each."""
    if not rows:
        return None
    block = rows[0].getparent()
    for _ in range(_CLIMB):
        if block is None or (above := block.getparent()) is None or block.tag == "body":
            return None
        alike = [e for e in above.iterchildren(str(block.tag)) if e.get("class") == block.get("class")]
        names = [name for e in alike if (name := _name_of(e, str(rows[0].tag)))]
        if len(names) >= 2 and len(set(names)) == len(names) == len(alike):
            found = [read_row(doc, [row]).item for e in alike for row in _rows_of(e, rows[0])]
            return Groups(tuple(names), tuple(item for item in found if item is not None))
        block = above
    return None


def _rows_of(block: etree._Element, row: etree._Element) -> list[etree._Element]:
    holder = row.getparent()
    return [
        e
        for e in block.iter(str(row.tag))
        if e.get("class") == row.get("class")
        and holder is not None
        and (up := e.getparent()) is not None
        and up.tag == holder.tag
    ]


def _name_of(block: etree._Element, row: str) -> str:
    """Returns the name above the results of a block, "" where it has none."""
    for element in block.iterdescendants(*_HEADS):
        if element.tag == row or next(element.iterdescendants(row), None) is not None:
            continue
        if any(above.tag == row for above in takewhile(lambda e: e is not block, element.iterancestors())):
            return ""  # the first thing said is a result's
        name = _MORE.sub("", squeeze(text_of(element, 2 * _NAME)))
        return name if 2 <= len(name) <= _NAME and "条" not in name else ""
    return ""
