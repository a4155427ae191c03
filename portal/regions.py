"""Where on a page each element stands (header, nav, body, sidebar, footer), and whether the source hides it.

One walk over the tree; every reader of structure shares its result. Signs, strongest first: elements and roles made for
it, words of class and id (data, vocabulary/regions.toml) as long as the position in the source agrees, the breadcrumb
and the copyright lines as borders.

Hidden means hidden by the source itself: display:none, visibility:hidden, the hidden attribute, zero size, moved off
the screen. What a visitor can unfold is not hidden, see `panels`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter

import msgspec
from lxml import etree
from msgspec import Struct, field

from portal.facts import Region
from portal.footing import footer_start
from portal.html import Document, markup_of
from portal.markup import (
    CRUMB_WORDS,
    HIDES,
    NO_REGIONS,
    PAGE,
    REGION_WORDS,
    REGIONAL,
    Tag,
    parts_of,
)
from portal.nesting import Markup
from portal.panels import Family, unfolds
from portal.trails import HOME_WORDS, LONGEST_HOME, find_trail, last_step
from portal.vocabulary import words

_ROLES = {
    role: Region(region)
    for region in ("header", "nav", "footer", "sidebar")
    for role in words("regions", region, "roles")
}
_MAIN_ROLES = frozenset(words("regions", "main", "roles"))
_TAGS = {"header": Region.HEADER, "nav": Region.NAV, "footer": Region.FOOTER, "aside": Region.SIDEBAR}
_PAGES = frozenset({"html", "body"})
_ARTICLES = frozenset({"article", "main"})
_CURTAIN = 0.97
_BIG = 0.6  # a block that holds more of the page than this is the page, whatever it is called
_MENU_LINKS = 4  # links of the shortest menu of a site
_LATE_NAV = 0.1  # of a page, from which a <nav> need be no menu
_TITLES, _TITLE = 3, 12  # links in such a one and the letters of each that make it a list
_OWN_TEXT = 8  # characters beside its heading and its links from which a block is more than a menu
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "div", "span", "strong", "b", "p", "td", "th", "em", "dt"})


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where elements stand: their region, and whether the source hides them. Elements of one region share it."""

    region: Region
    visible: bool
    marked: bool  # an element or its ancestor says the region; False: body by default


_PLACES = {
    (region, visible, marked): Place(region, visible, marked)
    for region in Region
    for visible in (True, False)
    for marked in (True, False)
}
_ELSEWHERE = _PLACES[Region.BODY, True, False]


class Layout(Struct):
    """Where every element of one page stands, and the breadcrumb's element where there is one."""

    in_order: list[Place]  # of the elements in document order
    orders: dict[etree._Element, int]
    size: int  # elements in all
    crumb: etree._Element | None
    hidden: list[int]  # orders of elements from which on the source hides what it says, ascending
    _places: dict[etree._Element, Place] = field(default_factory=dict)

    @property
    def places(self) -> dict[etree._Element, Place]:
        """Returns the places of all elements in document order."""
        if not self._places:
            self._places = dict(zip(self.orders, self.in_order, strict=True))
        return self._places

    def place(self, element: etree._Element) -> Place:
        """Returns the place of an element; of one that is not in the tree the default: visible body."""
        order = self.orders.get(element)
        return _ELSEWHERE if order is None else self.in_order[order]

    def order(self, element: etree._Element) -> int:
        """Returns an element's position in document order, 0 of one that is not in the tree."""
        return self.orders.get(element, 0)


def layout(doc: Document) -> Layout:
    """Returns the layout of a page, computed once per page."""
    found = doc.cache.get("layout")
    if not isinstance(found, Layout):
        found = doc.cache["layout"] = _walk(markup_of(doc))
    return found


def _walk(page: Markup) -> Layout:
    elements, openings, parents, last, weight = page.elements, page.openings, page.parents, page.last, page.weights
    size = len(elements)
    order = dict(zip(elements, range(size), strict=True))
    total = max(1, weight[-1] if weight else 1)
    trail = find_trail(page)
    head_until = trail if trail >= 0 else _menu_end(page, total)
    here = last_step(page, trail) if trail >= 0 else ""
    footer_from = footer_start(page, total)
    telling = [*page.said(HIDES | REGIONAL | PAGE), size]
    told = 0  # of those
    families: dict[int, Family] = {}
    articles = _articles(page)
    headings = _headings(page, here) if here else []
    found: list[Place] = []
    hidden: list[int] = []
    while (index := len(found)) < size:
        above = found[parents[index]] if index else _ELSEWHERE
        region, visible, marked = above.region, above.visible, above.marked
        end = last[index]
        held = weight[end] - (weight[index - 1] if index else 0)
        share = held / total
        signs = 0
        if telling[told] == index:
            told += 1
            signs = openings[index].signs
        if signs & HIDES and visible and not unfolds(page, index, region, families):
            # What hides the whole page is a curtain its script lifts.
            visible = bool(signs & PAGE) or held >= max(_CURTAIN * total, 100)
            if not visible:
                hidden.append(index)
        if not signs & PAGE:
            own = None
            if signs & REGIONAL:
                own = _own_region(page, index, above, share, articles)
            if own is Region.SIDEBAR and not marked and headings and _is_headed(page, index, headings):
                # Called left or right, and the page's own contents; so is what stands beside the menu.
                before = _sibling_before(page, index)
                if _holds_own(page, index, here) or (before >= 0 and found[before].region is Region.SIDEBAR):
                    own = None
            if own is not None:
                region, marked = own, True
            elif not marked and end < head_until and share < _BIG:
                region = Region.HEADER
            elif not marked and index >= footer_from:
                region = Region.FOOTER
        clear = index >= head_until and (end < footer_from or region is Region.FOOTER)  # of both borders
        # Where that is so all that is in an element stands where it does, up to the next that says something itself.
        alike = min(end + 1, telling[told]) - index if marked or clear or region is Region.HEADER else 1
        found += [_PLACES[region, visible, marked]] * alike
    return Layout(in_order=found, orders=order, size=size, crumb=elements[trail] if trail >= 0 else None, hidden=hidden)


def _menu_end(page: Markup, total: int) -> int:
    """Returns the order of the first element after the site's menu, -1 where none is seen.

    A menu is known by what it is: nothing but links, one of them named 首页, near the top. What stands before its end
    is the head of the page. Only asked where no breadcrumb draws that border.
    """
    last, weight, anchors = page.last, page.weights, page.links
    tried: set[int] = set()
    for index in anchors[: bisect_left(anchors, len(page.elements) // 2)]:
        if page.shown(index) > LONGEST_HOME or page.text(index).strip() not in HOME_WORDS:
            continue
        node = page.parents[index]
        while node >= 0 and bisect_right(anchors, last[node]) - bisect_right(anchors, node) < _MENU_LINKS:
            node = page.parents[node]
        if node < 0 or page.openings[node].name in _PAGES or node in tried:
            continue
        tried.add(node)
        text, linked = _letters(page, node)
        if linked >= 0.9 * text and text < 0.8 * total and weight[last[node]] - text < 0.3 * total:
            return last[node] + 1
    return -1


def _letters(page: Markup, index: int) -> tuple[int, int]:
    """Returns how many characters that are no blanks stand in an element, and how many of them in links."""
    linked = sum(len("".join(page.text(anchor).split())) for anchor in page.anchors(index))
    return len("".join(page.text(index).split())), linked


def _headings(page: Markup, text: str) -> list[int]:
    """Returns the elements that may be headings and say nothing but this."""
    return [
        index
        for index, tag in enumerate(page.openings)
        if tag.text and tag.name in _HEADINGS and tag.text.strip() == text and page.is_plain(index)
    ]


def _is_headed(page: Markup, index: int, headings: list[int]) -> bool:
    """Returns whether a block holds a heading that is the name of the page."""
    first = bisect_left(headings, index)
    return first < len(headings) and headings[first] <= page.last[index]


def _holds_own(page: Markup, index: int, here: str) -> bool:
    """Returns whether a block holds more than its heading and a menu: words, or links that are pictures."""
    text, linked = _letters(page, index)
    return not linked or text - linked - len(here) >= _OWN_TEXT


def _sibling_before(page: Markup, index: int) -> int:
    """Returns the order of the element right before one in the same element, -1 without one."""
    node = index - 1
    while node >= 0 and page.parents[node] != page.parents[index]:
        if node == page.parents[index]:
            return -1
        node = page.parents[node]
    return node


def _articles(page: Markup) -> list[tuple[int, int]]:
    """Returns the articles of a page (main among them), each with the last element in it or in one before it."""
    found = [index for index in page.signed if page.openings[index].name in _ARTICLES]
    return list(zip(found, accumulate([page.last[index] for index in found], max), strict=True))


def _stands_in(articles: list[tuple[int, int]], index: int) -> bool:
    at = bisect_left(articles, index, key=itemgetter(0)) - 1
    return at >= 0 and index <= articles[at][1]


def _own_region(page: Markup, index: int, above: Place, share: float, articles: list[tuple[int, int]]) -> Region | None:
    """Returns the region an element says it is, None where it says none or its place belies it."""
    opening, size = page.openings[index], len(page.openings)
    start, end = index / size, page.last[index] / size
    tag, region, marked = opening.name, above.region, above.marked
    role = opening.attributes.get("role", "").lower()
    if tag == "main" or role in _MAIN_ROLES:
        return Region.BODY
    if tag in _TAGS:
        if tag == "nav" and start > _LATE_NAV and _lists_titles(page, index):
            return None
        if tag in ("header", "footer") and _stands_in(articles, index):
            return None
        return _TAGS[tag]
    if role in _ROLES:
        return _ROLES[role]
    if tag in NO_REGIONS:
        return None
    parts = parts_of(opening.attributes)
    if not parts or share > _BIG:
        return None
    called = _called(parts)
    if "footer" in called and start > 0.5 and end > 0.8:
        return Region.FOOTER
    if region is Region.FOOTER:
        return None
    if "nav" in called and "trail" not in called:
        beside = "sidebar" in called and start > 0.15 and not (marked and region is Region.NAV)  # navbar-right
        return Region.SIDEBAR if beside else Region.NAV
    if (
        "header" in called
        and start < 0.3
        and (end < 0.6 or (start < 0.12 and share < 0.25))
        and not (marked and region is Region.BODY)
    ):
        return Region.HEADER if not marked and not _heads_row(page, index) else None
    if not marked and "sidebar" in called and share < 0.35 and "main" not in called:
        return Region.SIDEBAR
    return None


def _heads_row(page: Markup, index: int) -> bool:
    """Returns whether what is called a head is that of one of several rows: the block beside its own is alike and has
    such a head, too. seen: cards of a province's search, each with its title in <div class="hd">"""
    openings, row = page.openings, page.parents[index]
    if row != index - 1 or openings[row].name in _PAGES:
        return False
    for other in (page.last[row] + 1, _sibling_before(page, row)):
        if not 0 <= other < len(openings) or page.parents[other] != page.parents[row]:
            continue
        if _looks(openings[other]) == _looks(openings[row]) and other + 1 <= page.last[other]:
            return _looks(openings[other + 1]) == _looks(openings[index])
    return False


def _looks(opening: Tag) -> tuple[str, str]:
    return opening.name, opening.attributes.get("class", "")


def _lists_titles(page: Markup, index: int) -> bool:
    """Returns whether a <nav> holds the titles of a list and no names of columns. seen: latest news of a ministry"""
    links = [text for anchor in page.anchors(index) if (text := page.text(anchor).strip())]
    letters = sum(map(len, links))
    return len(links) >= _TITLES and letters >= len(links) * (_TITLE if not "".join(links).isascii() else 3 * _TITLE)


@lru_cache(maxsize=1024)
def _called(parts: frozenset[str]) -> frozenset[str]:
    """Returns what these parts of a name call a block: header, nav, footer, sidebar, main, trail."""
    known = {**REGION_WORDS, "trail": CRUMB_WORDS}
    return frozenset(name for name, entries in known.items() if not parts.isdisjoint(entries))
