"""Lists whose rows open by a script alone: no row has a link.

Rows alike side by side are a list where each has one text that may be a title and one day in a box of its own, and the
days go back: what is published comes newest first, while dates in running text, timetables and histories go forth.

seen: letters of an application in rows of an el-table, notices in `<li>` whose click goes on to `#/detail`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise

from lxml import etree

from portal.dates import find_dates
from portal.facts import ListItem, Region
from portal.flow import flow_of
from portal.html import Document, markup_of, squeeze, text_of
from portal.regions import layout

ROWS = 3  # items of the shortest list
_TAGS = frozenset({"li", "tr", "div", "p", "dd", "dl", "ul", "section", "article"})
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "textarea"})
_TEXT = range(10, 400)  # characters of a row
_DAY = 28  # characters of the longest text that is a day and its label: 发布时间：2026年11月20日 10:20:30
_TITLE = 6  # characters of the shortest title
_MOST = 0.8  # of the rows alike that are items: heads of tables and lines between are none
_BACK = 0.9  # of the days that are not later than the one above: what is pinned may be
_LIMIT = 500  # rows looked at
# Where rows keep the address a script opens. seen: cards of a platform of counties, `<div class="item" data-url="...">`
_KEPT = ("data-url", "data-href", "data-link")
_ADDRESS = re.compile(r"(?:https?:)?//|/|\.{1,2}/|[\w./-]+\.(?:s?html?|jspx?|aspx?|php|do)\b")
_HOLDERS = 12  # elements of a row that are asked for one


def unlinked_items(doc: Document, *, reference: dt.date | None = None) -> tuple[ListItem, ...]:
    """Returns the items of the longest list without links, () where the page shows none; their addresses are those the
    rows keep for a script, else "".

    For pages that hold no other list. `reference` serves dates without a year.
    """
    if len(find_dates(flow_of(doc).text, reference=reference)) < ROWS:
        return ()
    marked, places = markup_of(doc), layout(doc).in_order
    alike: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
    for number, tag in enumerate(marked.openings):
        place = places[number]
        if tag.name in _TAGS and place.visible and place.region is Region.BODY and marked.shown(number) in _TEXT:
            alike[marked.parents[number], tag.name, tag.attribute("class")].append(number)
    longest: tuple[ListItem, ...] = ()
    for rows in alike.values():
        if len(rows) <= max(len(longest), ROWS - 1) or any(marked.anchors(number) for number in rows):
            continue
        read = [_item(doc, marked.elements[number], reference) for number in rows[:_LIMIT]]
        items = tuple(item for item in read if item is not None)
        if len(items) > len(longest) and len(items) >= max(ROWS, _MOST * (len(read) - 1)) and _published(items):
            longest = items
    return longest


def _item(doc: Document, row: etree._Element, reference: dt.date | None) -> ListItem | None:
    """Returns what a row holds: its day, which stands by itself; its heading, else the longest of its other texts."""
    days: list[tuple[dt.date, str]] = []
    title = next((text for head in row.iter(*_HEADS) if len(text := text_of(head)) >= _TITLE), "")
    headed = bool(title)
    for text in _texts(row):
        found = find_dates(text, reference=reference) if len(text) <= _DAY else ()
        if found:
            days.append((found[0].date, text))
        elif not headed and len(text) > len(title):
            title = text
    if not days or len(title) < _TITLE or not any(map(str.isalpha, title)):
        return None
    return ListItem(title[:300], _address(doc, row), days[0][0], days[0][1])


def _address(doc: Document, row: etree._Element) -> str:
    for element in islice(row.iter(etree.Element), _HOLDERS):
        for name in _KEPT:
            if _ADDRESS.match(kept := (element.get(name) or "").strip()):
                return doc.absolute(kept)
    return ""


def _texts(row: etree._Element) -> list[str]:
    """Returns the texts of a row's elements that have nothing but text in them, and those beside others."""
    texts: list[str] = []
    for element in row.iter(etree.Element):
        if element.tag not in _SILENT and element.text:
            texts.append(squeeze(element.text))
        if element is not row and element.tail:
            texts.append(squeeze(element.tail))
    return [text for text in texts if text]


def _published(items: Sequence[ListItem]) -> bool:
    """Returns whether the days of items go back, and titles tell them apart."""
    days = [item.date for item in items if item.date is not None]
    back = sum(one >= other for one, other in pairwise(days))
    return back >= _BACK * (len(days) - 1) and len({item.title for item in items}) * 3 >= len(items) * 2
