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
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import msgspec
from lxml import etree

from portal.facts import Region
from portal.html import Document
from portal.vocabulary import any_of, words

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ROLES = {
    role: Region(region)
    for region in ("header", "nav", "footer", "sidebar")
    for role in words("regions", region, "roles")
}
_WORDS = {
    region: frozenset(words("regions", region, "words")) for region in ("header", "nav", "footer", "sidebar", "main")
}
_MAIN_ROLES = frozenset(words("regions", "main", "roles"))
_TAGS = {"header": Region.HEADER, "nav": Region.NAV, "footer": Region.FOOTER, "aside": Region.SIDEBAR}
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)"
    r"|(?:left|top|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_ZERO = re.compile(
    r"(?:^|;)\s*(?:(?:max-)?(?:width|height)|font-size)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_FOOTER_TEXT = re.compile(
    "|".join((any_of(words("regions", "footer_text", "words")), *words("regions", "footer_text", "patterns"))),
    re.IGNORECASE,
)
_FOOTER_STRONG = re.compile(any_of(words("regions", "footer_text", "strong")), re.IGNORECASE)
_FOOTER_LINE = re.compile(
    "|".join((any_of(words("regions", "footer_text", "lines")), _FOOTER_TEXT.pattern)), re.IGNORECASE
)
_TRAIL = re.compile(r"[>＞»›→/]|首\s*页\s*[-–—·|]+\s*\S")
_STEP = re.compile(r"[>＞»›→/|]+|\s-\s")
_CRUMB_LABEL = re.compile(rf"^[\s\[【>»]*(?:{any_of(words('regions', 'breadcrumb', 'labels'))})\s*[：:】\]>»]?")
_CRUMB_HINTS = frozenset(label[-2:] for label in words("regions", "breadcrumb", "labels"))
_CRUMB_WORDS = frozenset(words("regions", "breadcrumb", "words"))
_HOME_WORDS = frozenset(words("regions", "breadcrumb", "home"))
_HIDDEN_CLASSES = frozenset(words("regions", "hidden", "classes"))
_INVISIBLE = frozenset({"script", "style", "noscript", "template", "head", "title", "meta", "link"})
_NO_PARTS: frozenset[str] = frozenset()
_CURTAIN = 0.97
_PANELS = 100  # children of one element among which a panel looks for the one that is shown
_FOOTER_SIZE = 260  # characters a footer may have on a page with hardly any text
_BIG = 0.6  # a block that holds more of the page than this is the page, whatever it is called
_MENU_LINKS = 4  # links of the shortest menu of a site
_OWN_TEXT = 8  # characters beside its heading and its links from which a block is more than a menu
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "div", "span", "strong", "b", "p", "td", "th", "em", "dt"})


class Place(msgspec.Struct, frozen=True, gc=False):  # every element has one
    """Where one element stands: its region, whether the source hides it, and its position in document order."""

    region: Region
    visible: bool
    order: int
    marked: bool  # an element or its ancestor says the region; False: body by default


_ELSEWHERE = Place(Region.BODY, True, 0, False)


@dataclass(slots=True)
class Layout:
    """Places of all elements of one page, and the breadcrumb's element where there is one."""

    places: dict[etree._Element, Place]
    size: int  # elements in all
    crumb: etree._Element | None

    def place(self, element: etree._Element) -> Place:
        """Returns the place of an element; of one that is not in the tree the default: visible body."""
        return self.places.get(element, _ELSEWHERE)


def layout(doc: Document) -> Layout:
    """Returns the layout of a page, computed once per page."""
    found = doc.cache.get("layout")
    if not isinstance(found, Layout):
        found = doc.cache["layout"] = _walk(doc.tree)
    return found


def name_parts(element: etree._Element) -> frozenset[str]:
    """Returns the lower-case word parts of an element's class and id: siteHead-top -> site, head, top."""
    classes, identity = element.get("class"), element.get("id")
    return _parts(classes or "", identity or "") if classes or identity else _NO_PARTS


@lru_cache(maxsize=16384)
def _parts(classes: str, identity: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PARTS.findall(f"{classes} {identity}"))


def hides(element: etree._Element) -> bool:
    """Returns whether the element's own attributes hide it: style, hidden, classes of frameworks, zero size."""
    if not element.attrib:
        return False
    style = element.get("style")
    if style and _style_hides(style):
        return True
    if element.get("hidden") is not None:
        return True
    classes = element.get("class")
    if classes and _classes_hide(classes):
        return True
    return element.get("width") in ("0", "0px") and element.get("height") in ("0", "0px")


@lru_cache(maxsize=4096)
def _style_hides(style: str) -> bool:
    return bool(_HIDING.search(style) or _ZERO.search(style))


@lru_cache(maxsize=4096)
def _classes_hide(classes: str) -> bool:
    return not _HIDDEN_CLASSES.isdisjoint(classes.split())


def _walk(tree: etree._Element) -> Layout:
    elements = list(tree.iter(etree.Element))
    order = {element: index for index, element in enumerate(elements)}
    size = len(elements)
    parents = [order[parent] if (parent := element.getparent()) is not None else -1 for element in elements]
    last = _last_orders(parents)
    weight = _text_weights(elements)
    total = max(1, weight[-1] if weight else 1)
    crumb = _find_crumb(elements, order, size)
    crumb_order = order[crumb] if crumb is not None else _menu_end(elements, order, last, weight, total)
    here = _here(crumb) if crumb is not None else ""
    footer_from = _footer_start(elements, weight, total)
    places: dict[etree._Element, Place] = {}
    body = tree.find(".//body")
    found: list[Place] = []
    for index, element in enumerate(elements):
        region, marked, visible = Region.BODY, False, True
        if parents[index] >= 0:
            above = found[parents[index]]
            region, visible, marked = above.region, above.visible, above.marked
        end = last[index]
        held = weight[end] - (weight[index - 1] if index else 0)
        attributed = bool(element.attrib)
        if visible and attributed and hides(element) and not _unfolds(element, region):
            # What hides the whole page is a curtain its script lifts.
            visible = element.tag in ("html", "body") or held >= max(_CURTAIN * total, 100)
        if element is not body and element.tag not in ("html", "body"):
            share = held / total
            own = None
            if attributed or element.tag in _TAGS or element.tag == "main":
                own = _own_region(element, region, marked, index / size, end / size, share)
            if own is Region.SIDEBAR and not marked and here and _speaks_of(element, here):
                own = None  # called left or right, and the page's own contents
            if own is not None:
                region, marked = own, True
            elif not marked and crumb_order >= 0 and end < crumb_order and share < _BIG:
                region = Region.HEADER
            elif not marked and index >= footer_from:
                region = Region.FOOTER
        place = Place(region, visible, index, marked)
        found.append(place)
        places[element] = place
    return Layout(places=places, size=size, crumb=crumb)


def _menu_end(
    elements: list[etree._Element],
    order: dict[etree._Element, int],
    last: list[int],
    weight: list[int],
    total: int,
) -> int:
    """Returns the order of the first element after the site's menu, -1 where none is seen.

    A menu is known by what it is: nothing but links, one of them named 首页, near the top. What stands before its end
    is the head of the page. Only asked where no breadcrumb draws that border.
    """
    for index in range(len(elements) // 2):
        element = elements[index]
        if element.tag != "a" or "".join(map(str, element.itertext())).strip() not in _HOME_WORDS:
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


def _last_orders(parents: list[int]) -> list[int]:
    """Returns, per element in document order, the order of the last element inside of it, its own where it is empty."""
    last = list(range(len(parents)))
    for index in range(len(parents) - 1, 0, -1):
        parent = parents[index]
        if parent >= 0 and last[parent] < last[index]:
            last[parent] = last[index]
    return last


def _text_weights(elements: list[etree._Element]) -> list[int]:
    """Returns, per element in document order, how much visible text has been met up to it."""
    seen: list[int] = []
    total = 0
    for element in elements:
        if element.tag not in _INVISIBLE and element.text:
            total += len(element.text.strip())
        if element.tail:
            total += len(element.tail.strip())
        seen.append(total)
    return seen


def _own_region(
    element: etree._Element, region: Region, marked: bool, start: float, end: float, share: float
) -> Region | None:
    tag = str(element.tag)
    role = (element.get("role") or "").lower()
    if tag == "main" or role in _MAIN_ROLES:
        return Region.BODY
    if tag in _TAGS:
        if tag in ("header", "footer") and element.xpath("boolean(ancestor::article or ancestor::main)"):
            return None
        return _TAGS[tag]
    if role in _ROLES:
        return _ROLES[role]
    if tag in ("a", "span", "li", "img", "p", "b", "em", "i", "strong", "font", "input", "option"):
        return None
    parts = name_parts(element)
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


def _find_crumb(elements: list[etree._Element], order: dict[etree._Element, int], size: int) -> etree._Element | None:
    by_name: etree._Element | None = None
    if excerpts := _excerpts(elements):
        elements = [element for element in elements if element not in excerpts]
    for element in elements:
        tag = element.tag
        if tag in _INVISIBLE or tag in ("html", "body", "input", "option", "select"):
            continue
        text = element.text
        if text and len(text) < 200 and _crumb_hint(text) and _CRUMB_LABEL.match(text.strip()):
            holder = _crumb_holder(element)
            if holder is not None:
                return holder
        for child in element:
            tail = child.tail
            if tail and len(tail) < 200 and _crumb_hint(tail) and _CRUMB_LABEL.match(tail.strip()):
                holder = _crumb_holder(element)
                if holder is not None:
                    return holder
                break
        if by_name is None and name_parts(element) & _CRUMB_WORDS and _is_trail(element):
            by_name = element
    return by_name if by_name is not None else _unlabelled_trail(elements)


def _crumb_hint(text: str) -> bool:
    """Returns whether a text may hold a breadcrumb's label: a test cheaper than the label's own."""
    return any(hint in text for hint in _CRUMB_HINTS)


def _excerpts(elements: list[etree._Element]) -> frozenset[etree._Element]:
    """Returns everything inside of articles that stand in a row: each of them speaks of itself, not of the page."""
    rows = [
        element
        for element in elements
        if element.tag == "article"
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


def _unlabelled_trail(elements: list[etree._Element]) -> etree._Element | None:
    """Returns a short block that reads 首页 > A > B without any label."""
    for element in elements:
        if element.tag != "a":
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


def _footer_start(elements: list[etree._Element], weight: list[int], total: int) -> int:
    """Returns the order of the first block with copyright lines after which hardly any text follows; beyond the end
    if none."""
    left = max(total * 0.2, _FOOTER_SIZE)
    for index in range(int(len(elements) * 0.4), len(elements)):
        element = elements[index]
        if total - weight[index] > left or element.tag in _INVISIBLE or not element.text:
            continue
        late = weight[index] >= total * 0.8 and index > len(elements) * 0.5
        if (_FOOTER_TEXT if late else _FOOTER_STRONG).search(element.text):
            return _footer_block(element, index)
    return len(elements) + 1


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
