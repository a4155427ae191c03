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
from portal.vocabulary import any_of, words

_CLIMB = 3  # levels between a list and its block
_NAME = 12  # characters of the longest name of a class
_HEADS = ("h1", "h2", "h3", "h4", "h5", "dt", "summary", "div", "p", "span", "strong", "b", "a")
_CLASSES = re.compile(any_of(words("search", "results", "tabs")))
BESIDE = re.compile(any_of(words("search", "results", "beside")))
_TITLED = re.compile(any_of(words("search", "results", "own_name")))
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
        alike = _alike(above, block, rows[0])
        named = {name: e for e in alike if (name := _name_of(e, str(rows[0].tag)))}
        if len(named) >= 2 and len(named) == len(alike):
            if not (named := _results_of(named)):
                return None
            found = [read_row(doc, [row]).item for e in named.values() for row in _rows_of(e, rows[0])]
            return Groups(tuple(named), tuple(item for item in found if item is not None))
        block = above
    return None


def _alike(above: etree._Element, block: etree._Element, row: etree._Element) -> list[etree._Element]:
    """Returns the blocks beside one that are called as it is; where none is, those named after a class of results with
    rows like its own. seen: news left and documents right, each in a column with a class of its own"""
    beside = list(above.iterchildren(str(block.tag)))
    alike = [e for e in beside if e.get("class") == block.get("class")]
    if len(alike) > 1:
        return alike
    return [e for e in beside if _CLASSES.search(_name_of(e, str(row.tag))) and _rows_of(e, row)]


def _results_of(named: dict[str, etree._Element]) -> dict[str, etree._Element]:
    """Returns the blocks of results, by name: the one that says so, else all but recommendations and the like."""
    told = {name: e for name, e in named.items() if _TITLED.search(name)}
    return told if len(told) == 1 else {name: e for name, e in named.items() if not BESIDE.search(name)}


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
