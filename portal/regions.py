"""Where on a page each element stands (header, nav, body, sidebar, footer), and whether the source hides it.

One walk over the tree; every reader of structure shares its result. Signs, strongest first: elements and roles made for
it, words of class and id (data, vocabulary/regions.toml) as long as the position in the source agrees, the breadcrumb
and the copyright lines as borders.

Hidden means hidden by the source itself: display:none, visibility:hidden, the hidden attribute, zero size, moved off
the screen. What a visitor can unfold is not hidden: panels of tabs (a sibling of the same kind is shown), drop-downs
of menus.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import msgspec
from lxml import etree

from portal.facts import Region
from portal.html import Document, markup_of
from portal.markup import (
    COMMENT,
    CRUMB_WORDS,
    FOOTING,
    FOOTING_STRONG,
    FOOTING_TOLD,
    HIDDEN_CLASSES,
    HIDES,
    NO_REGIONS,
    OPEN,
    PAGE,
    REGION_WORDS,
    REGIONAL,
    SILENT,
    TRAIL_NAME,
    TRAIL_TEXT,
    Tag,
    hides,
    parts_of,
)
from portal.nesting import Markup
from portal.vocabulary import any_of, any_of_either_case, words

_ROLES = {
    role: Region(region)
    for region in ("header", "nav", "footer", "sidebar")
    for role in words("regions", region, "roles")
}
_MAIN_ROLES = frozenset(words("regions", "main", "roles"))
_TAGS = {"header": Region.HEADER, "nav": Region.NAV, "footer": Region.FOOTER, "aside": Region.SIDEBAR}
_FOOTER_TEXT = re.compile(
    "|".join(
        (any_of_either_case(words("regions", "footer_text", "words")), *words("regions", "footer_text", "patterns"))
    )
)
_FOOTER_STRONG = re.compile(any_of_either_case(words("regions", "footer_text", "strong")))
_FOOTER_LINE = re.compile("|".join((any_of(words("regions", "footer_text", "lines")), _FOOTER_TEXT.pattern)))
_TRAIL = re.compile(r"[>＞»›→/]|首\s*页\s*[-–—·|]+\s*\S")
_STEP = re.compile(r"[>＞»›→/|]+|\s-\s")
_NO_TRAILS = SILENT | {"html", "body", "input", "option", "select"}
_HOME_WORDS = frozenset(words("regions", "breadcrumb", "home"))
_CURTAIN = 0.97
_PANELS = 100  # children of one element among which a panel looks for the one that is shown
_FOOTER_SIZE = 260  # characters a footer may have on a page with hardly any text
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
    crumb = _find_crumb(page)
    crumb_order = order[crumb] if crumb is not None else _menu_end(page, order, total)
    here = _here(crumb) if crumb is not None else ""
    footer_from = _footer_start(page, total)
    telling = [index for index, tag in enumerate(openings) if tag.signs & (HIDES | REGIONAL | PAGE)]
    telling.append(size)
    told = 0  # of those
    found: list[Place] = []
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
        if not signs & PAGE:
            own = None
            if signs & REGIONAL:
                own = _own_region(elements[index], openings[index], above, index / size, end / size, share)
            if own is Region.SIDEBAR and not marked and here and _speaks_of(page, index, here):
                own = None  # called left or right, and the page's own contents
            if own is not None:
                region, marked = own, True
            elif not marked and end < crumb_order and share < _BIG:
                region = Region.HEADER
            elif not marked and index >= footer_from:
                region = Region.FOOTER
        clear = index >= crumb_order and (end < footer_from or region is Region.FOOTER)  # of both borders
        # Where that is so all that is in an element stands where it does, up to the next that says something itself.
        alike = min(end + 1, telling[told]) - index if marked or clear or region is Region.HEADER else 1
        found += [_PLACES[region, visible, marked]] * alike
    return Layout(in_order=found, orders=order, size=size, crumb=crumb)


def _menu_end(page: Markup, order: dict[etree._Element, int], total: int) -> int:
    """Returns the order of the first element after the site's menu, -1 where none is seen.

    A menu is known by what it is: nothing but links, one of them named 首页, near the top. What stands before its end
    is the head of the page. Only asked where no breadcrumb draws that border.
    """
    last, weight = page.last, page.weights
    for index in range(len(page.elements) // 2):
        if page.openings[index].name != "a" or page.text(index).strip() not in _HOME_WORDS:
            continue
        node = page.elements[index].getparent()
        while node is not None and node.tag not in ("body", "html") and len(node.findall(".//a")) < _MENU_LINKS:
            node = node.getparent()
        if node is None or node.tag in ("body", "html"):
            continue
        text = len("".join("".join(map(str, node.itertext())).split()))
        linked = sum(len("".join("".join(map(str, a.itertext())).split())) for a in node.iter("a"))
        end = last[order[node]]
        if linked >= 0.9 * text and text < 0.8 * total and weight[end] - text < 0.3 * total:
            return end + 1
    return -1


def _here(crumb: etree._Element) -> str:
    """Returns the last step of the breadcrumb: the name of the page."""
    steps = [step.strip() for step in _STEP.split("".join(map(str, crumb.itertext()))) if step.strip()]
    return steps[-1] if len(steps) > 1 else ""


def _speaks_of(page: Markup, index: int, here: str) -> bool:
    """Returns whether a block is headed by the name of the page and holds more than the links of a menu below it."""
    headed = any(
        tag.text and tag.name in _HEADINGS and tag.text.strip() == here and page.is_plain(at)
        for at, tag in enumerate(page.openings[index : page.last[index] + 1], index)
    )
    if not headed:
        return False
    element = page.elements[index]
    anchors = [*element.iter("a")]
    text = len("".join("".join(map(str, element.itertext())).split()))
    linked = sum(len("".join("".join(map(str, a.itertext())).split())) for a in anchors)
    return not anchors or text - linked - len(here) >= _OWN_TEXT


def _own_region(
    element: etree._Element, opening: Tag, above: Place, start: float, end: float, share: float
) -> Region | None:
    tag, region, marked = opening.name, above.region, above.marked
    role = opening.attributes.get("role", "").lower()
    if tag == "main" or role in _MAIN_ROLES:
        return Region.BODY
    if tag in _TAGS:
        if tag in ("header", "footer") and element.xpath("boolean(ancestor::article or ancestor::main)"):
            return None
        return _TAGS[tag]
    if role in _ROLES:
        return _ROLES[role]
    if tag in NO_REGIONS:
        return None
    parts = parts_of(opening.attributes)
    if not parts or share > _BIG:
        return None
    if parts & REGION_WORDS["footer"] and start > 0.5 and end > 0.8:
        return Region.FOOTER
    if region is Region.FOOTER:
        return None
    if parts & REGION_WORDS["nav"] and not parts & CRUMB_WORDS:
        return Region.SIDEBAR if parts & REGION_WORDS["sidebar"] and start > 0.15 else Region.NAV
    if (
        parts & REGION_WORDS["header"]
        and start < 0.3
        and (end < 0.6 or (start < 0.12 and share < 0.25))
        and not (marked and region is Region.BODY)
    ):
        return Region.HEADER if not marked else None
    if not marked and parts & REGION_WORDS["sidebar"] and share < 0.35 and not parts & REGION_WORDS["main"]:
        return Region.SIDEBAR
    return None


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


def _find_crumb(page: Markup) -> etree._Element | None:
    by_name: etree._Element | None = None
    told = _trails(page)
    for index in sorted(told):
        element = page.elements[index]
        if page.openings[index].name in _NO_TRAILS or _is_excerpt(element):
            continue
        if told[index] and (holder := _crumb_holder(element)) is not None:
            return holder
        if by_name is None and page.openings[index].signs & TRAIL_NAME and _is_trail(element):
            by_name = element
    return by_name if by_name is not None else _unlabelled_trail(page)


def _trails(page: Markup) -> dict[int, bool]:
    """Returns the elements that are called a breadcrumb, and those with a text right inside of them that begins with
    its label: True."""
    found: dict[int, bool] = {}
    for place in [place for place, tag in enumerate(page.tags) if tag.signs & (TRAIL_NAME | TRAIL_TEXT)]:
        tag = page.tags[place]
        index = bisect_right(page.begins, place) - 1
        while page.ends[index] < place:
            index = page.parents[index]
        if tag.signs & TRAIL_NAME:
            found.setdefault(index, False)
        if tag.signs & TRAIL_TEXT:
            found[index if tag.kind in (OPEN, COMMENT) else page.parents[index]] = True
    return found


def _is_excerpt(element: etree._Element) -> bool:
    """Returns whether an element is or stands in one of several articles in a row: each of them speaks of itself, not
    of the page."""
    return any(
        next(article.itersiblings("article", preceding=before), None) is not None
        for article in (element, *element.iterancestors("article"))
        if article.tag == "article"
        for before in (False, True)
    )


def _crumb_holder(element: etree._Element) -> etree._Element | None:
    """Returns the nearest element around a breadcrumb label that holds its steps too."""
    holder: etree._Element | None = element
    for _ in range(4):
        if holder is None or holder.tag in ("body", "html"):
            return None
        text = "".join(map(str, holder.itertext()))
        if len(text) > 600:
            return None
        if holder is not element and next(holder.iter("h1", "h2", "h3", "h4"), None) is not None:
            return None  # more than a trail
        if holder.find(".//a") is not None or _TRAIL.search(text):
            return holder
        holder = holder.getparent()
    return None


def _is_trail(element: etree._Element) -> bool:
    anchors = list(element.iter("a"))
    if not 1 <= len(anchors) <= 10:
        return False
    text = "".join(map(str, element.itertext())).strip()
    if len(text) > 400:
        return False
    first = "".join(map(str, anchors[0].itertext())).replace("\u00a0", " ").strip()
    return first.strip("[]【】") in _HOME_WORDS or first.strip("[]【】").endswith("首页")


def _unlabelled_trail(page: Markup) -> etree._Element | None:
    """Returns a short block that reads 首页 > A > B without any label."""
    for index in [index for index, tag in enumerate(page.openings) if tag.name == "a"]:
        if page.text(index).strip().strip("[]【】") not in _HOME_WORDS or _is_excerpt(page.elements[index]):
            continue
        holder = page.elements[index].getparent()
        for _ in range(3):
            if holder is None or holder.tag in ("body", "html"):
                break
            whole = "".join(map(str, holder.itertext()))
            if len(whole) > 300:
                break
            if re.search(r"首\s*页[\]】]?\s*(?:[>＞»›→]|&gt;|-&gt;)", whole):
                return holder
            holder = holder.getparent()
    return None


def _footer_start(page: Markup, total: int) -> int:
    """Returns the order of the first block with copyright lines after which hardly any text follows; beyond the end
    if none."""
    size, weight = len(page.elements), page.weights
    left = max(total * 0.2, _FOOTER_SIZE)
    start = max(int(size * 0.4), bisect_left(weight, total - left))
    late = max(start, int(size * 0.5) + 1, bisect_left(weight, total * 0.8))  # from here on weaker words do
    footings = chain(_footings(page, start, min(late, size), FOOTING_STRONG), _footings(page, late, size, FOOTING))
    index = next(footings, None)
    return size + 1 if index is None else _footer_block(page.elements[index], index)


def _footings(page: Markup, start: int, stop: int, sign: int) -> Iterator[int]:
    """Yields the orders of elements whose own text reads like the line of a footer."""
    for index in range(start, stop):
        tag = page.openings[index]
        if not tag.signs & FOOTING_TOLD:
            _tell_footing(tag)
        if tag.signs & sign:
            yield index


def _tell_footing(tag: Tag) -> None:
    tag.signs |= FOOTING_TOLD
    if tag.kind == OPEN and tag.weight and _FOOTER_TEXT.search(tag.text):
        tag.signs |= FOOTING
        if _FOOTER_STRONG.search(tag.text):  # these are among the others
            tag.signs |= FOOTING_STRONG


def _footer_block(element: etree._Element, index: int) -> int:
    """Returns the order of the outermost block that begins with nothing but lines of a footer before `element`."""
    node, before = element, 0
    while True:
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "html") or (parent.text or "").strip():
            return index - before
        held = 1
        for sibling in parent.iterchildren(etree.Element):
            if sibling is node:
                break
            if not _is_footing(sibling):
                return index - before
            held += sum(1 for _ in sibling.iter(etree.Element))
        node, before = parent, before + held


def _is_footing(block: etree._Element) -> bool:
    """Returns whether a block says only what footers say: who runs the site, links, lists to choose a site from."""
    if block.tag in ("h1", "h2", "h3", "h4", "form", "table", "iframe"):
        return False
    for element in block.iter(etree.Element):
        within = element.tag in ("a", "option", "script", "style", "img")
        texts = ([] if within else [element.text]) + ([element.tail] if element is not block else [])
        if any(text and text.strip() and not _FOOTER_LINE.search(text) for text in texts):
            return False
    return not (block.tail or "").strip() or bool(_FOOTER_LINE.search(block.tail or ""))
