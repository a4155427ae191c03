"""The heading above a list, and the links beside it that lead to the column the list is an excerpt of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice

from lxml import etree

from portal.counts import number_of
from portal.facts import Region
from portal.html import Document, markup_of, squeeze, text_at, text_of
from portal.regions import Layout
from portal.vocabulary import any_of, load

_MORE = frozenset(load("lists")["blocks"]["more"])
_MORE_ENDS = re.compile(
    rf"^\W*(?:{any_of(_MORE)})\s*[>》»＞+…]+\s*|\s*[<《«＜\[【（(|]*\s*(?:查看)?(?:{any_of(_MORE)})\W*$", re.IGNORECASE
)
_MORE_TEXT = 8  # characters of such a link and what stands around it
_AROUND = " <>《》«»＜＞+…[]【】|:：>-"  # 更多
_MENU_LINKS = 3  # links that make a menu of what stands above a list
_HEADING = 60  # characters of a heading that are looked at
_SILENT = frozenset({"script", "style", "noscript", "template"})
# Headings of one list by year, or by month.
_PERIOD = re.compile(r"^\W{0,2}(?:((?:19|20)\d{2})\s*(?:年度?)?)?\s*(?:(\d{1,2})\s*月)?\W{0,2}$")
_PERIOD_TEXT = 16  # characters of such a heading
_YEAR_CELLS = 2  # of a row that may say its year
_ABOVE = 3  # levels between a row and the heading of its year
NO_YEARS: Mapping[etree._Element, tuple[int, int]] = {}


def heading_of(doc: Document, page: Layout, parent: etree._Element) -> tuple[str, bool]:
    """Returns the text of the heading right above a list (of its own element or of one of two above it), and whether
    it leads somewhere; the breadcrumb heads no list."""
    marked = markup_of(doc)
    node: etree._Element | None = parent
    for _ in range(3):
        if node is None or node.tag == "body":
            return "", False
        previous = node.getprevious()
        steps = 0
        while previous is not None and steps < 3:
            if isinstance(previous.tag, str) and previous.tag not in _SILENT:
                text = squeeze(text_at(marked, page.order(previous), _HEADING)[:_HEADING])
                if text:
                    if len(text) > 40:
                        return "", False
                    trail = previous is page.crumb or (
                        page.crumb is not None and previous in page.crumb.iterancestors()
                    )
                    links = [a for a in previous.iter("a") if doc.absolute(a.get("href") or "")]
                    tabs = len(links) >= 2 and not trail
                    if tabs and sum(len(text_of(a)) for a in links) >= len(text) - len(links):
                        names = [text_of(a) for a in links]
                        if any(_is_more(name) for name in names[1:]):
                            return names[0], True  # whatever it is called, a menu has no 更多
                        return "", False
                    region = page.place(previous).region
                    beside = region is Region.SIDEBAR and page.place(parent).region is not Region.SIDEBAR
                    if beside or region in (Region.NAV, Region.HEADER):
                        return "", False
                    if len(links) >= _MENU_LINKS and 2 * sum(len(text_of(a)) for a in links) > len(text):
                        return "", False
                    return without_more(text), bool(links) and not trail
                steps += 1
            previous = previous.getprevious()
        node = node.getparent()
    return "", False


def without_more(text: str) -> str:
    """Returns a heading without the 更多 that stands before or behind its name."""
    return _MORE_ENDS.sub("", text) or text


def _is_more(text: str) -> bool:
    return text.lower().strip(_AROUND) in _MORE


def goes_on(doc: Document, page: Layout, parent: etree._Element) -> bool:
    """Returns whether a link right behind a list (or behind the element it stands in) leads to more of it."""
    marked = markup_of(doc)
    number = page.order(parent)
    for _ in range(2):
        above, following = marked.parents[number], marked.last[number] + 1
        if above < 0 or marked.openings[above].name == "html":
            return False
        if following <= marked.last[above]:
            links = marked.anchors(following)
            if len(links) == 1 and marked.shown(following) <= _MORE_TEXT and _is_more(text_at(marked, links[0])):
                return bool(doc.absolute(marked.openings[links[0]].attribute("href")))
        number = above
    return False


def is_period(text: str) -> bool:
    """Returns whether a heading is a year or a month of a list (2025年) and no name of a page."""
    return _PERIOD.match(text) is not None


def years_above(rows: Sequence[etree._Element]) -> Mapping[etree._Element, tuple[int, int]]:
    """Returns the years and months under whose headings the rows of a list stand (2024年, then 12-20, 11-03, ...), or
    that a cell beside them says, without those of which none is told; the month is 0 where only the year is."""
    wanted = set(rows)
    parents = dict.fromkeys(parent for row in rows if (parent := row.getparent()) is not None)
    found: dict[etree._Element, tuple[int, int]] = {}
    for parent in parents:
        period = _period_before(parent)
        beside, until = period, 0
        for number, child in enumerate(parent):
            if child.tag == "tr" and (cell := _year_cell(child)) is not None:
                beside, until = _period_of(cell), number + max(1, _rows_of(cell))
            if child in wanted:
                if told := beside if number < until else period:
                    found[child] = told
            elif isinstance(child.tag, str):
                period = _period_of(child) or period
    return found


def _year_cell(row: etree._Element) -> etree._Element | None:
    """Returns one of the first cells of a row that says a year for itself: 2024年, or 2024 beside several rows. A
    number alone may count the rows."""
    for cell in islice(row, _YEAR_CELLS) if len(row) > 1 else ():
        if cell.tag in ("td", "th") and _period_of(cell) and (_rows_of(cell) > 1 or "年" in text_of(cell)):
            return cell
    return None


def _rows_of(cell: etree._Element) -> int:
    spanned = cell.get("rowspan") or ""
    return number_of(spanned) if spanned.isdecimal() else 1


def _period_before(element: etree._Element) -> tuple[int, int] | None:
    """Returns the year and month that are the first thing said before an element, or before one around it."""
    for _ in range(_ABOVE):
        previous = element.getprevious()
        while previous is not None and not (isinstance(previous.tag, str) and text_of(previous, _PERIOD_TEXT).strip()):
            previous = previous.getprevious()
        if previous is not None:
            return _period_of(previous)
        above = element.getparent()
        if above is None or above.tag == "body":
            break
        element = above
    return None


def _period_of(element: etree._Element) -> tuple[int, int] | None:
    match = _PERIOD.match(squeeze(text_of(element, 2 * _PERIOD_TEXT)))
    return (int(match[1]), int(match[2] or 0)) if match is not None and match[1] else None
