"""Which block of a page is its breadcrumb (当前位置：首页 > …): by its label, its name, or its steps."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

from portal.markup import EXCERPT, OPEN, SILENT, TRAIL_NAME, TRAIL_TEXT
from portal.nesting import Markup
from portal.vocabulary import words

HOME_WORDS = frozenset(words("regions", "breadcrumb", "home"))
LONGEST_HOME = 2 * max(map(len, HOME_WORDS))  # characters of a link that may be one of them, brackets included
_TRAIL = re.compile(r"[>＞»›→/]|首\s*页\s*[-–—·|]+\s*\S")
_FROM_HOME = re.compile(r"(?:首\s*[页頁]|\bHome(?:\s?[Pp]age)?)[\]】]?\s*(?:[>＞»›→]|&gt;|-&gt;)")
_STEP = re.compile(r"[>＞»›→/|]+|\s-\s")
_NO_TRAILS = SILENT | {"html", "body", "input", "option", "select"}
_PAGES = frozenset({"html", "body"})
_TITLES = frozenset({"h1", "h2", "h3", "h4"})
_BRACKETS = "[]【】"


def find_trail(page: Markup) -> int:
    """Returns the order of the element that is the breadcrumb, -1 where there is none."""
    by_name = -1
    told = _told(page)
    excerpts = _excerpts(page) if told else []
    for index in sorted(told):
        opening = page.openings[index]
        if opening.name in _NO_TRAILS or _stands_in(excerpts, index):
            continue
        if told[index] and (holder := _holder(page, index)) >= 0:
            return holder
        if by_name < 0 and opening.signs & TRAIL_NAME and _is_trail(page, index):
            by_name = index
    return by_name if by_name >= 0 else _unlabelled(page)


def last_step(page: Markup, trail: int) -> str:
    """Returns the last step of a breadcrumb: the name of the page; "" where it has no two."""
    steps = [step.strip() for step in _STEP.split(page.text(trail)) if step.strip()]
    return steps[-1] if len(steps) > 1 else ""


def _told(page: Markup) -> dict[int, bool]:
    """Returns the elements that are called a breadcrumb, and those with a text right inside of them that begins with
    its label: True."""
    found: dict[int, bool] = {}
    for index in page.said(TRAIL_NAME | TRAIL_TEXT):
        tag = page.openings[index]
        if tag.signs & TRAIL_NAME:
            found.setdefault(index, False)
        if tag.signs & TRAIL_TEXT:
            found[index if tag.kind == OPEN else page.parents[index]] = True
    return found | dict.fromkeys(page.labelled, True)


def _excerpts(page: Markup) -> list[tuple[int, int]]:
    """Returns first and last element of every article that stands in a row of them, the outermost of such: each of them
    speaks of itself, not of the page."""
    articles = page.said(EXCERPT)
    rows = Counter(page.parents[index] for index in articles)
    found: list[tuple[int, int]] = []
    for index in articles:
        if rows[page.parents[index]] > 1 and not (found and index <= found[-1][1]):
            found.append((index, page.last[index]))
    return found


def _stands_in(spans: Sequence[tuple[int, int]], index: int) -> bool:
    at = bisect_right(spans, index, key=itemgetter(0)) - 1
    return at >= 0 and index <= spans[at][1]


def _holder(page: Markup, index: int) -> int:
    """Returns the nearest element around a breadcrumb label that holds its steps too, -1 if none does."""
    holder = index
    for _ in range(4):
        if holder < 0 or page.openings[holder].name in _PAGES:
            return -1
        if page.shown(holder) > 600 or len(text := page.text(holder)) > 600:
            return -1
        names = {tag.name for tag in page.openings[holder + 1 : page.last[holder] + 1]}
        if holder != index and not _TITLES.isdisjoint((page.openings[holder].name, *names)):
            return -1  # more than a trail
        if "a" in names or _TRAIL.search(text):
            return holder
        holder = page.parents[holder]
    return -1


def _is_trail(page: Markup, index: int) -> bool:
    anchors = page.anchors(index)
    if not 1 <= len(anchors) <= 10 or len(page.text(index).strip()) > 400:
        return False
    first = page.text(anchors[0]).replace("\u00a0", " ").strip().strip(_BRACKETS)
    return first in HOME_WORDS or first.endswith("首页")


def _unlabelled(page: Markup) -> int:
    """Returns a short block that reads 首页 > A > B without any label, -1 if none does."""
    excerpts = _excerpts(page)
    for index in page.anchors(0):
        if page.shown(index) > LONGEST_HOME or page.text(index).strip().strip(_BRACKETS) not in HOME_WORDS:
            continue
        if _stands_in(excerpts, index):
            continue
        holder = page.parents[index]
        for _ in range(3):
            if holder < 0 or page.openings[holder].name in _PAGES:
                break
            if page.shown(holder) > 300 or len(whole := page.text(holder)) > 300:
                break
            if _FROM_HOME.search(whole):
                return holder
            holder = page.parents[holder]
    return -1
