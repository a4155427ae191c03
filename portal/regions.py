"""Where on a page each element stands (header, nav, body, sidebar, footer), and whether the source hides it.

One walk over the tree; every reader of structure shares its result. Signs, strongest first: elements and roles made for
it, words of class and id (data, vocabulary/regions.toml) as long as the position in the source agrees, the breadcrumb
and the copyright lines as borders.

Hidden means hidden by the source itself: display:none, visibility:hidden, the hidden attribute, zero size, moved off
the screen. What a visitor can unfold is not hidden: panels of tabs (a sibling of the same kind is shown), drop-downs
of menus.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

import msgspec
from lxml import etree

from portal.facts import Region
from portal.footing import footer_start
from portal.html import Document, markup_of
from portal.markup import (
    CRUMB_WORDS,
    HIDDEN_CLASSES,
    HIDES,
    NO_REGIONS,
    PAGE,
    REGION_WORDS,
    REGIONAL,
    Tag,
    hides,
    parts_of,
)
from portal.nesting import Markup
from portal.trails import HOME_WORDS, find_trail, last_step
from portal.vocabulary import words

_ROLES = {
    role: Region(region)
    for region in ("header", "nav", "footer", "sidebar")
    for role in words("regions", region, "roles")
}
_MAIN_ROLES = frozenset(words("regions", "main", "roles"))
_TAGS = {"header": Region.HEADER, "nav": Region.NAV, "footer": Region.FOOTER, "aside": Region.SIDEBAR}
_PAGES = frozenset({"html", "body"})
_CURTAIN = 0.97
_PANELS = 100  # children of one element among which a panel looks for the one that is shown
_BIG = 0.6  # a block that holds more of the page than this is the page, whatever it is called
_MENU_LINKS = 4  # links of the shortest menu of a site
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


@dataclass(slots=True)
class Layout:
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
    telling = [index for index, tag in enumerate(openings) if tag.signs & (HIDES | REGIONAL | PAGE)]
    telling.append(size)
    told = 0  # of those
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
        if signs & HIDES and visible and not _unfolds(elements[index], region):
            # What hides the whole page is a curtain its script lifts.
            visible = bool(signs & PAGE) or held >= max(_CURTAIN * total, 100)
            if not visible:
                hidden.append(index)
        if not signs & PAGE:
            own = None
            if signs & REGIONAL:
                own = _own_region(elements[index], openings[index], above, index / size, end / size, share)
            if own is Region.SIDEBAR and not marked and here and _speaks_of(page, index, here):
                own = None  # called left or right, and the page's own contents
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
    last, weight, anchors = page.last, page.weights, page.anchors(0)
    tried: set[int] = set()
    for index in anchors[: bisect_left(anchors, len(page.elements) // 2)]:
        if page.text(index).strip() not in HOME_WORDS:
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


def _speaks_of(page: Markup, index: int, here: str) -> bool:
    """Returns whether a block is headed by the name of the page and holds more than the links of a menu below it."""
    headed = any(
        tag.text and tag.name in _HEADINGS and tag.text.strip() == here and page.is_plain(at)
        for at, tag in enumerate(page.openings[index : page.last[index] + 1], index)
    )
    if not headed:
        return False
    text, linked = _letters(page, index)
    return not page.anchors(index) or text - linked - len(here) >= _OWN_TEXT


def _own_region(
    element: etree._Element, opening: Tag, above: Place, start: float, end: float, share: float
) -> Region | None:
    tag, region, marked = opening.name, above.region, above.marked
    role = opening.attributes.get("role", "").lower()
    if tag == "main" or role in _MAIN_ROLES:
        return Region.BODY
    if tag in _TAGS:
        if tag in ("header", "footer") and next(element.iterancestors("article", "main"), None) is not None:
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
        return Region.SIDEBAR if "sidebar" in called and start > 0.15 else Region.NAV
    if (
        "header" in called
        and start < 0.3
        and (end < 0.6 or (start < 0.12 and share < 0.25))
        and not (marked and region is Region.BODY)
    ):
        return Region.HEADER if not marked else None
    if not marked and "sidebar" in called and share < 0.35 and "main" not in called:
        return Region.SIDEBAR
    return None


@lru_cache(maxsize=1024)
def _called(parts: frozenset[str]) -> frozenset[str]:
    """Returns what these parts of a name call a block: header, nav, footer, sidebar, main, trail."""
    known = {**REGION_WORDS, "trail": CRUMB_WORDS}
    return frozenset(name for name, entries in known.items() if not parts.isdisjoint(entries))


def _unfolds(element: etree._Element, region: Region) -> bool:
    """Returns whether a visitor can unfold a hidden element: a drop-down of a menu, or one panel among tabs."""
    style = (element.get("style") or "").lower()
    classes = set((element.get("class") or "").split())
    if "display" not in style and not classes & HIDDEN_CLASSES:
        return False
    parent = element.getparent()
    if parent is None:
        return False
    if parent.tag in ("li", "dd", "dt", "td") and (region is Region.NAV or element.tag in ("ul", "dl", "ol")):
        return any(child.tag in ("a", "span", "h2", "h3", "h4", "p") for child in parent if child is not element)
    if element.tag in ("a", "p", "span", "script", "form"):
        return False
    for sibling in islice(parent, _PANELS):
        if sibling is element or sibling.tag != element.tag or hides(sibling):
            continue
        others = set((sibling.get("class") or "").split())
        if (classes and classes & others) or _same_stem(element.get("id"), sibling.get("id")):
            return True
    return False


def _same_stem(one: str | None, other: str | None) -> bool:
    if not one or not other:
        return False
    stem = one.rstrip("0123456789")
    return stem != one and len(stem) >= 2 and stem == other.rstrip("0123456789")
