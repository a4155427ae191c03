"""The element that holds the main text of a page, found by the names content systems give it, else by its prose."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, cached_property, lru_cache
from itertools import accumulate

from lxml import etree
from msgspec import Struct

from portal.facts import Region
from portal.flow import Flow, flow_of
from portal.html import Document, holds, markup_of
from portal.markup import UNTOLD, Tag
from portal.regions import Layout, layout
from portal.urls import is_attachment
from portal.vocabulary import any_of_either_case, words

_PLAIN = re.compile(r"[-_\s]+")
_STOP = re.compile(r"[，。；！？：、”）]")
_PAUSE = re.compile(r"[，。；！？、]")
_CONTAINERS = frozenset(
    {
        "div",
        "td",
        "article",
        "section",
        "main",
        "form",
        "body",
        "table",
        "tbody",
        "tr",
        "ul",
        "dl",
        "center",
        "span",
        "p",
        "font",
        "blockquote",
        "html",
    }
)
_MEDIA = ("img", "iframe", "video", "audio", "embed", "object", "canvas", "svg")
_SHORT = 20  # a line shorter than this is no prose
_SHARE = 0.72  # share of the prose a child must hold to be the body instead of its parent


class Body(Struct, frozen=True):
    """The element of the main text and how it was found: vocabulary or prose."""

    element: etree._Element
    found_by: str


@cache
def _names() -> dict[str, int]:
    return {_PLAIN.sub("", name.lower()): rank for rank, name in enumerate(words("articles", "body", "names"))}


@cache
def _footer_line() -> re.Pattern[str]:
    return re.compile(any_of_either_case(words("regions", "footer_text", "words")))


def rank_of(element: etree._Element) -> int | None:
    """Returns the rank (0 = surest) of an element's names as container of a main text, None for any other."""
    identity, classes = element.get("id"), element.get("class")
    return _rank(identity or "", classes or "") if identity or classes else None


def _rank_of(tag: Tag) -> int | None:
    if tag.name not in _CONTAINERS:
        return None
    return _rank(tag.attributes.get("id", ""), tag.attributes.get("class", ""))


@lru_cache(maxsize=2048)
def _rank(identity: str, classes: str) -> int | None:
    names = _names()
    tokens = ([identity] if identity else []) + classes.split()
    return min((names[key] for key in map(_key, tokens) if key in names), default=None)


def _key(token: str) -> str:
    return _PLAIN.sub("", token.lower())


def find_body(doc: Document, after: int = 0) -> Body | None:
    """Returns the main text's element, None where there is neither a named container nor prose.

    `after` is the position of the title in the flow: a container that ends before it is another block of the page.
    """
    flow = flow_of(doc)
    prose = _Prose(flow)
    named = _named(doc, flow, prose, after)
    if named is not None and prose.mostly_in(named):
        return Body(named, "vocabulary")  # nothing holds twice as much
    dense = _densest(doc, flow, prose, after)
    if named is not None:
        if dense is None or holds(named, dense):
            return Body(named, "vocabulary")
        if prose.of(named) >= 0.5 * prose.of(dense) or prose.of(dense) < 80:
            return Body(named, "vocabulary")
    return Body(dense, "prose") if dense is not None else None


class _Prose:
    """How much prose (full sentences, outside of links) the elements of a page hold: a line is of the element in which
    it ends."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def of(self, element: etree._Element) -> int:
        """Returns the prose inside an element."""
        if element not in self.flow.start:
            return 0
        ends, sums = self._table
        start, end = self.flow.start[element], self.flow.end[element]
        return sums[bisect_left(ends, end + 1)] - sums[bisect_left(ends, start + 1)]

    def mostly_in(self, element: etree._Element) -> bool:
        """Returns whether at least half of the page's prose is in an element that is shown. Reading ends where the rest
        of the page could not outweigh what was found, even if all of it were prose."""
        text, start, end = self.flow.text, self.flow.start[element], self.flow.end[element]
        at = text.find("\n", start, end) + 1 or end  # the line it begins in may be another's
        *lines, last = text[at:end].split("\n")  # as may the one it ends in
        most = len(text) - (end - start) + len(last)
        held = 0
        for line in lines:
            at += len(line) + 1
            if len(line) >= _SHORT:
                held += self._prose(line, at - 1)
                if held >= most:
                    return True
        return 2 * self.of(element) >= self._table[1][-1]

    @cached_property
    def _table(self) -> tuple[list[int], list[int]]:
        """The ends of all lines of prose, and the prose up to each of them."""
        ends: list[int] = []
        sums = [0]
        for line, at in self._long_lines():
            if size := self._prose(line, at):
                ends.append(at)
                sums.append(sums[-1] + size)
        return ends, sums

    def _long_lines(self) -> list[tuple[str, int]]:
        """Returns the lines that may be prose, and where they end."""
        lines = self.flow.text.split("\n")
        ends = accumulate([len(line) + 1 for line in lines], initial=-1)
        next(ends)
        return [(line, end) for line, end in zip(lines, ends, strict=True) if len(line) >= _SHORT]

    def _prose(self, line: str, end: int) -> int:
        size = len(line)
        if size < 60 and not _STOP.search(line):
            return 0
        linked = self.flow.links_to(end) - self.flow.links_to(end - size)
        return size - 2 * linked if size > 2 * linked and not _footer_line().search(line) else 0


def _named(doc: Document, flow: Flow, prose: _Prose, after: int) -> etree._Element | None:
    places = layout(doc)
    found: list[tuple[int, etree._Element]] = []
    page = markup_of(doc)
    for index in [index for index, tag in enumerate(page.openings) if tag.rank is not None and tag.written]:
        opening, element = page.openings[index], page.elements[index]
        rank = opening.rank
        if rank == UNTOLD:
            rank = opening.rank = _rank_of(opening)
        if rank is None:
            continue
        if (
            element not in flow.start
            or flow.end[element] < after
            or places.place(element).region in (Region.FOOTER, Region.NAV, Region.HEADER)
        ):
            continue
        if flow.links_in(element) > 0.6 * max(1, flow.length(element)) and flow.length(element) > 40:
            continue  # a list
        found.append((rank, element))
    if len(found) < 2:
        return found[0][1] if found else None
    most = max(prose.of(element) for _, element in found)
    strong = [(rank, element) for rank, element in found if prose.of(element) >= 0.6 * most]
    rank, best = min(strong, key=lambda entry: entry[0])
    if most == 0:
        # No prose at all: an image, a table, an attachment, or nothing.
        best = min(found, key=lambda entry: (entry[0], -flow.length(entry[1])))[1]
        rank = rank_of(best) or 0
    same = [
        element for other, element in found if other == rank and element is not best and not _related(element, best)
    ]
    if same and sum(map(prose.of, same)) > 0.3 * prose.of(best):
        shared = _common([best, *same])
        if shared is not None and flow.length(shared) < 2.5 * sum(map(flow.length, [best, *same])):
            return shared
    return best


def _densest(doc: Document, flow: Flow, prose: _Prose, after: int) -> etree._Element | None:
    places = layout(doc)
    total = prose.of(doc.tree)
    if total < 60:
        return None
    node = doc.tree
    while True:
        heaviest: etree._Element | None = None
        weight = 0
        for child in node:
            if child in flow.start and child.tag in _CONTAINERS and flow.end.get(child, 0) >= after:
                own = prose.of(child)
                if own > weight and places.place(child).region in (Region.FOOTER, Region.HEADER, Region.NAV):
                    own //= 4
                if own > weight:
                    heaviest, weight = child, own
        if heaviest is not None and weight < _SHARE * prose.of(node):
            heaviest = _first_copy(node, prose, after)
        if heaviest is None or heaviest.tag in ("p", "span", "font"):
            break
        node = heaviest
    if node.tag in ("html", "body") and (prose.of(node) < 60 or not _sentence(node, flow, places)):
        return None  # a byline and a footer, and nothing between them
    return node


def _sentence(node: etree._Element, flow: Flow, places: Layout) -> bool:
    """Returns whether an element holds a sentence that stands neither in the head nor in the footer of the page."""
    for element in node.iter(etree.Element):
        if element not in flow.start or places.place(element).region in (Region.FOOTER, Region.HEADER, Region.NAV):
            continue
        texts = (element.text, *(child.tail for child in element))
        if any(text and len(text.strip()) >= _SHORT and _PAUSE.search(text) for text in texts):
            return True
    return False


def _first_copy(node: etree._Element, prose: _Prose, after: int) -> etree._Element | None:
    """Returns the first of two children that hold the same text (for desktop and mobile, or for reading aloud)."""
    flow = prose.flow
    children = [c for c in node if c in flow.start and c.tag in _CONTAINERS]
    heavy = sorted(children, key=prose.of, reverse=True)[:2]
    if len(heavy) < 2 or prose.of(heavy[0]) < 0.35 * prose.of(node) or prose.of(heavy[1]) < 0.7 * prose.of(heavy[0]):
        return None
    opening = _opening(flow.of(heavy[0]))
    if not opening or opening not in flow.of(heavy[1]):
        return None
    return min(heavy, key=lambda child: (flow.end.get(child, 0) < after, flow.start[child]))


def _opening(text: str) -> str:
    return next((line.strip()[:40] for line in text.split("\n") if len(line) >= 40 and _STOP.search(line)), "")


def beside(doc: Document, title: etree._Element) -> etree._Element | None:
    """Returns the nearest element around a title that also holds an image, frame, player, table or file after it: the
    body of an item without prose. None where nothing follows."""
    flow = flow_of(doc)
    places = layout(doc)
    page = markup_of(doc)
    total = max(1, len(flow.text))
    node = title.getparent()
    while node is not None and node.tag not in ("body", "html"):
        first = places.order(node)
        # A wrapper of the whole page, or its menus: an item whose head and foot a script writes is most of it, too.
        whole = flow.length(node) > 0.7 * total and (
            2 * flow.links_in(node) > flow.length(node)
            or places.in_order[page.last[first]].region is Region.FOOTER
            or (places.crumb is not None and first <= places.order(places.crumb) <= page.last[first])
        )
        if whole or places.place(node).region in (Region.HEADER, Region.NAV, Region.FOOTER):
            return None
        for element in node.iter("img", "iframe", "video", "embed", "object", "table", "a"):
            if flow.start.get(element, -1) < flow.end[title] or places.place(element).region is not Region.BODY:
                continue
            if element.tag != "a" or is_attachment(element.get("href") or ""):
                return node
        node = node.getparent()
    return None


def _related(one: etree._Element, other: etree._Element) -> bool:
    return holds(one, other) or holds(other, one)


def _common(elements: list[etree._Element]) -> etree._Element | None:
    node = elements[0].getparent()
    while node is not None and not all(holds(node, element) for element in elements):
        node = node.getparent()
    return node if node is not None and node.tag not in ("html", "body") else None


def has_media(element: etree._Element) -> bool:
    """Returns whether an element holds an image, frame, player or the like."""
    return next(element.iter(*_MEDIA), None) is not None
