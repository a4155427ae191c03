"""One list of a page, and what its heading says it is to the page: its own list, or one beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from portal.breadcrumb import read_breadcrumb
from portal.facts import ListItem, Region
from portal.heads import head_title
from portal.html import Document
from portal.vocabulary import any_of, load

_SIDE = re.compile(rf"^\W{{0,3}}(?:{any_of(load('lists')['blocks']['side'])})")
_NAME = 4  # characters of the shortest heading that may be the name of its page


@dataclass(slots=True)
class Listing:
    """One list of a page: its element, items and weight. `heading` is the text right above it, "" without one."""

    parent: etree._Element
    tag: str
    rows: list[etree._Element]
    items: tuple[ListItem, ...]
    dated: int
    region: Region
    visible: bool
    score: float
    heading: str = ""
    headed: bool = False  # the heading is, or holds, a link: the list is an excerpt of a column of its own
    aside: bool = False  # the heading says that it stands beside what the page is for
    beside: bool = False  # in an <aside> of a page that marks its <main>: never what the page is for
    blocks: int = 0  # rows that hold several items: lists of their own
    anchors: list[etree._Element] = field(default_factory=list)


def names_aside(doc: Document, heading: str) -> bool:
    """Returns whether a heading names a block beside the list of the page; the page's own name does not, whatever it
    begins with. seen: 热点回应, a column like others, whose only list was taken for 热点 and the column for empty"""
    return bool(heading and _SIDE.search(heading)) and not is_own(doc, heading)


def is_own(doc: Document, heading: str) -> bool:
    """Returns whether a heading is the name of the page: the last step of its trail, the beginning of its <title>."""
    if len(heading) < _NAME:
        return False
    steps = read_breadcrumb(doc)
    return (bool(steps) and heading == steps[-1].text) or head_title(doc).startswith(heading)
