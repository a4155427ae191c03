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
from dataclasses import dataclass
from itertools import islice

import msgspec
from lxml import etree

from portal.facts import Region
from portal.html import Document, markup_of
from portal.markup import COMMENT, EMPTY, OPEN, SILENT, Markup, Tag, hidden_by, hides, parts_of
from portal.vocabulary import any_of, any_of_either_case, words

_ROLES = {
    role: Region(region)
    for region in ("header", "nav", "footer", "sidebar")
    for role in words("regions", region, "roles")
}
_WORDS = {
    region: frozenset(words("regions", region, "words")) for region in ("header", "nav", "footer", "sidebar", "main")
}
_REGIONAL = _WORDS["header"] | _WORDS["nav"] | _WORDS["footer"] | _WORDS["sidebar"]
_PAGES = frozenset({"html", "body"})
_TELLING = re.compile(r"\b(?:class|id|style|hidden|role|width)=")  # attributes that say where an element stands
_NO_REGIONS = frozenset({"a", "span", "li", "img", "p", "b", "em", "i", "strong", "font", "input", "option"})
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
_CRUMB_LABEL = re.compile(rf"^[\s\[【>»]*(?:{any_of(words('regions', 'breadcrumb', 'labels'))})\s*[：:】\]>»]?")
_CRUMB_HINTS = frozenset(label[-2:] for label in words("regions", "breadcrumb", "labels"))
_CRUMB_WORDS = frozenset(words("regions", "breadcrumb", "words"))
_NO_TRAILS = SILENT | {"html", "body", "input", "option", "select"}
_HOME_WORDS = frozenset(words("regions", "breadcrumb", "home"))
_HIDDEN_CLASSES = frozenset(words("regions", "hidden", "classes"))
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
    """Places of all elements of one page in document order, and the breadcrumb's element where there is one."""

    places: dict[etree._Element, Place]
    orders: dict[etree._Element, int]
    size: int  # elements in all
    crumb: etree._Element | None

    def place(self, element: etree._Element) -> Place:
        """Returns the place of an element; of one that is not in the tree the default: visible body."""
        return self.places.get(element, _ELSEWHERE)

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
    crumb = _find_crumb(page, order)
    crumb_order = order[crumb] if crumb is not None else _menu_end(page, order, total)
    here = _here(crumb) if crumb is not None else ""
    footer_from = _footer_start(page, total)
    found: list[Place] = []
    for index, tag in enumerate(openings):
        above = found[parents[index]] if index else _ELSEWHERE
        signs = tag.signs
        if signs < 0:
            signs = _signs(tag)
        if not signs & (_HIDES | _REGION | _PAGE) and (
            above.marked or (index < footer_from if last[index] >= crumb_order else above.region is Region.HEADER)
        ):
            found.append(above)
            continue
        region, visible, marked = above.region, above.visible, above.marked
        element = elements[index]
        end = last[index]
        held = weight[end] - (weight[index - 1] if index else 0)
        if signs & _HIDES and visible and not _unfolds(element, region):
            # What hides the whole page is a curtain its script lifts.
            visible = bool(signs & _PAGE) or held >= max(_CURTAIN * total, 100)
        if not signs & _PAGE:
            share = held / total
            own = _own_region(element, tag, above, index / size, end / size, share) if signs & _REGION else None
            if own is Region.SIDEBAR and not marked and here and _speaks_of(element, here):
                own = None  # called left or right, and the page's own contents
            if own is not None:
                region, marked = own, True
            elif not marked and end < crumb_order and share < _BIG:
                region = Region.HEADER
            elif not marked and index >= footer_from:
                region = Region.FOOTER
        found.append(_PLACES[region, visible, marked])
    return Layout(places=dict(zip(elements, found, strict=True)), orders=order, size=size, crumb=crumb)


# What a tag and the text behind it tell by themselves.
_HIDES, _REGION, _PAGE, _TRAIL_NAME, _TRAIL_TEXT = (1 << bit for bit in range(5))
_ASKED, _FOOTING, _ASKED_STRONG, _FOOTING_STRONG = (1 << bit for bit in range(5, 9))


def _signs(tag: Tag) -> int:
    """Returns the signs of a tag as bits, and keeps them in it."""
    found = 0
    name, text = tag.name, tag.text
    if tag.kind in (OPEN, EMPTY):
        if name in _TAGS or name in _PAGES or name == "main":
            found |= _PAGE if name in _PAGES else _REGION
        if tag.written and _TELLING.search(tag.written):
            attributes = tag.attributes
            parts = parts_of(attributes)
            if hidden_by(attributes):
                found |= _HIDES
            if "role" in attributes or (name not in _NO_REGIONS and not parts.isdisjoint(_REGIONAL)):
                found |= _REGION
            if not parts.isdisjoint(_CRUMB_WORDS):
                found |= _TRAIL_NAME
    if text and len(text) < 200 and _crumb_hint(text) and _CRUMB_LABEL.match(text.strip()):
        found |= _TRAIL_TEXT
    tag.signs = found
    return found


def _menu_end(page: Markup, order: dict[etree._Element, int], total: int) -> int:
    """Returns the order of the first element after the site's menu, -1 where none is seen.

    A menu is known by what it is: nothing but links, one of them named 首页, near the top. What stands before its end
    is the head of the page. Only asked where no breadcrumb draws that border.
    """
    last, weight = page.last, page.weights
    for index in range(len(page.elements) // 2):
        element = page.elements[index]
        if page.openings[index].name != "a" or "".join(map(str, element.itertext())).strip() not in _HOME_WORDS:
            continue
        node = element.getparent()
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


def _speaks_of(element: etree._Element, here: str) -> bool:
    """Returns whether a block is headed by the name of the page and holds more than the links of a menu below it."""
    headed = any(
        node.tag in _HEADINGS and (node.text or "").strip() == here and len(node) == 0 for node in element.iter()
    )
    if not headed:
        return False
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
    if tag in _NO_REGIONS:
        return None
    parts = parts_of(opening.attributes)
    if not parts or share > _BIG:
        return None
    if parts & _WORDS["footer"] and start > 0.5 and end > 0.8:
        return Region.FOOTER
    if region is Region.FOOTER:
        return None
    if parts & _WORDS["nav"] and not parts & _CRUMB_WORDS:
        return Region.SIDEBAR if parts & _WORDS["sidebar"] and start > 0.15 else Region.NAV
    if (
        parts & _WORDS["header"]
        and start < 0.3
        and (end < 0.6 or (start < 0.12 and share < 0.25))
        and not (marked and region is Region.BODY)
    ):
        return Region.HEADER if not marked else None
    if not marked and parts & _WORDS["sidebar"] and share < 0.35 and not parts & _WORDS["main"]:
        return Region.SIDEBAR
    return None


def _unfolds(element: etree._Element, region: Region) -> bool:
    """Returns whether a visitor can unfold a hidden element: a drop-down of a menu, or one panel among tabs."""
    style = (element.get("style") or "").lower()
    classes = set((element.get("class") or "").split())
    if "display" not in style and not classes & _HIDDEN_CLASSES:
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


def _find_crumb(page: Markup, order: dict[etree._Element, int]) -> etree._Element | None:
    by_name: etree._Element | None = None
    excerpts = _excerpts(page)
    told = _trails(page)
    for index in sorted(told):
        element = page.elements[index]
        if page.openings[index].name in _NO_TRAILS or element in excerpts:
            continue
        if told[index] and (holder := _crumb_holder(element)) is not None:
            return holder
        if by_name is None and page.openings[index].signs & _TRAIL_NAME and _is_trail(element):
            by_name = element
    return by_name if by_name is not None else _unlabelled_trail(page, excerpts)


def _trails(page: Markup) -> dict[int, bool]:
    """Returns the elements that are called a breadcrumb, and those with a text right inside of them that begins with
    its label: True."""
    found: dict[int, bool] = {}
    telling = _TRAIL_NAME | _TRAIL_TEXT
    for place in [place for place, tag in enumerate(page.tags) if tag.signs & telling]:  # -1 has all bits
        tag = page.tags[place]
        signs = tag.signs if tag.signs >= 0 else _signs(tag)
        if not signs & telling:
            continue
        index = bisect_right(page.begins, place) - 1
        while page.ends[index] < place:
            index = page.parents[index]
        if signs & _TRAIL_NAME:
            found.setdefault(index, False)
        if signs & _TRAIL_TEXT:
            found[index if tag.kind in (OPEN, COMMENT) else page.parents[index]] = True
    return found


def _crumb_hint(text: str) -> bool:
    """Returns whether a text may hold a breadcrumb's label: a test cheaper than the label's own."""
    return any(hint in text for hint in _CRUMB_HINTS)


def _excerpts(page: Markup) -> frozenset[etree._Element]:
    """Returns everything inside of articles that stand in a row: each of them speaks of itself, not of the page."""
    rows = [
        element
        for element, tag in zip(page.elements, page.openings, strict=True)
        if tag.name == "article"
        and any(next(element.itersiblings("article", preceding=before), None) is not None for before in (False, True))
    ]
    return frozenset(inner for row in rows for inner in row.iter(etree.Element))


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


def _unlabelled_trail(page: Markup, excerpts: frozenset[etree._Element]) -> etree._Element | None:
    """Returns a short block that reads 首页 > A > B without any label."""
    for element, tag in zip(page.elements, page.openings, strict=True):
        if tag.name != "a" or element in excerpts:
            continue
        text = "".join(map(str, element.itertext())).strip()
        if text.strip("[]【】") not in _HOME_WORDS:
            continue
        holder = element.getparent()
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
    for index in range(max(int(size * 0.4), bisect_left(weight, total - left)), size):
        tag = page.openings[index]
        if tag.kind != OPEN or not tag.weight:
            continue
        late = weight[index] >= total * 0.8 and index > size * 0.5
        if _foots(tag, strong=not late):
            return _footer_block(page.elements[index], index)
    return size + 1


def _foots(tag: Tag, *, strong: bool) -> bool:
    """Returns whether the text of a tag reads like the line of a footer."""
    asked, found = (_ASKED_STRONG, _FOOTING_STRONG) if strong else (_ASKED, _FOOTING)
    if not tag.signs & asked:
        tag.signs |= asked
        if (_FOOTER_STRONG if strong else _FOOTER_TEXT).search(tag.text):
            tag.signs |= found
    return bool(tag.signs & found)


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
