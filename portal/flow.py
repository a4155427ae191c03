"""The visible text of a page as one string, and where in it every element begins and ends.

Readers that look for words near other words (labels and dates, notices, titles) search this string and come back to the
tree by positions. Lines are blocks: block elements and line breaks become "\\n", table cells "\\t"; blanks are folded.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from lxml import etree

from portal.html import Document, markup_of
from portal.markup import CLOSE, COMMENT, OPEN
from portal.regions import layout

_SKIP = frozenset(
    {"script", "style", "noscript", "template", "head", "title", "option", "select", "textarea", "svg", "object"}
)
_CELLS = frozenset({"td", "th"})
_BLOCK_NAMES = (
    "address article aside blockquote body br center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form frame frameset h1 h2 h3 h4 h5 h6 header hgroup hr iframe li main menu nav ol p pre section table tbody tfoot"
    " thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())


@dataclass(slots=True)
class Flow:
    """The text of a page; `start` and `end` give the span of each element that was walked (visible ones)."""

    text: str
    start: dict[etree._Element, int]
    end: dict[etree._Element, int]
    link_ends: list[int] = field(default_factory=list)  # ends of the texts of links, ascending
    link_sums: list[int] = field(default_factory=list)  # characters of link text up to each of them

    def of(self, element: etree._Element) -> str:
        """Returns the text of an element, "" where it is not visible."""
        if element not in self.start:
            return ""
        return self.text[self.start[element] : self.end[element]].strip()

    def length(self, element: etree._Element) -> int:
        """Returns the characters of an element's text, line ends included."""
        return self.end.get(element, 0) - self.start.get(element, 0)

    def links_in(self, element: etree._Element) -> int:
        """Returns how many characters of an element's text are text of links."""
        if element not in self.start:
            return 0
        return self.links_to(self.end[element]) - self.links_to(self.start[element])

    def links_to(self, position: int) -> int:
        """Returns how many characters of link text stand before a position, counted at the ends of links."""
        at = bisect_right(self.link_ends, position)
        return self.link_sums[at - 1] if at else 0

    def line_at(self, position: int) -> str:
        """Returns the whole line a position lies in."""
        begin = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        return self.text[begin : end if end >= 0 else len(self.text)]


def flow_of(doc: Document) -> Flow:
    """Returns the flow of a page, computed once per page."""
    found = doc.cache.get("flow")
    if not isinstance(found, Flow):
        found = doc.cache["flow"] = _walk(doc)
    return found


def _walk(doc: Document) -> Flow:
    page, places = markup_of(doc), layout(doc).places
    tags, elements, ends, last = page.tags, page.elements, page.ends, page.last
    visible = [place.visible for place in places.values()]
    parts: list[str] = []
    size = 0
    start: dict[etree._Element, int] = {}
    end: dict[etree._Element, int] = {}
    link_ends: list[int] = []
    link_sums: list[int] = []
    linked = 0
    behind = "\n"  # the last character
    stack: list[etree._Element] = []
    place = -1
    index = -1
    most = len(tags) - 1
    while place < most:
        place += 1
        tag = tags[place]
        kind = tag.kind
        if kind != COMMENT:
            name = tag.name
            border = "\n" if name in _BLOCKS else "\t" if name in _CELLS else ""
            if kind == CLOSE:
                element = stack.pop()
                if border and behind != "\n" and behind != border:
                    parts.append(border)
                    size += 1
                    behind = border
                end[element] = size
                if name == "a" and size > start[element]:
                    linked += size - start[element]
                    link_ends.append(size)
                    link_sums.append(linked)
            else:
                index += 1
                hidden = name in _SKIP or not visible[index]
                if hidden:  # all of it, and what stands behind it is read
                    place = ends[index]
                    tag = tags[place]
                else:
                    element = elements[index]
                if (
                    border
                    and behind != "\n"
                    and behind != border
                    and (not hidden or (tag.words is not None and border == "\n"))
                ):
                    parts.append(border)
                    size += 1
                    behind = border
                if hidden:
                    index = last[index]
                else:
                    start[element] = size
                    if kind == OPEN:
                        stack.append(element)
                    else:
                        end[element] = size
        words = tag.words
        if words:
            if behind not in " \n\t":
                words = tag.led
            parts.append(words)
            size += len(words)
            behind = words[-1]
        elif words is not None and behind not in " \n\t":
            parts.append(" ")
            size += 1
            behind = " "
    return Flow(text="".join(parts), start=start, end=end, link_ends=link_ends, link_sums=link_sums)
