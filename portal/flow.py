"""The visible text of a page as one string, and where in it every element begins and ends.

Readers that look for words near other words (labels and dates, notices, titles) search this string and come back to the
tree by positions. Lines are blocks: block elements and line breaks become "\\n", table cells "\\t"; blanks are folded.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from lxml import etree

from portal.html import Document, markup_of
from portal.markup import CELL, CLOSE, COMMENT, LETTER, LINE, MUTE, OPEN
from portal.regions import layout

_MARKS = {LINE: "\n", CELL: "\t"}


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
    page, places = markup_of(doc), layout(doc).in_order
    tags, elements, ends, last = page.tags, page.elements, page.ends, page.last
    parts: list[str] = []
    size = 0
    walked: list[etree._Element] = []
    starts: list[int] = []  # of those
    stops: list[int] = []
    open_ones: list[int] = []  # numbers of those
    link_ends: list[int] = []
    link_sums: list[int] = []
    linked = 0
    behind = LINE  # what the text ends in
    index = -1  # of the element
    leap = 0
    for place, tag in enumerate(tags):
        if place < leap:
            continue
        kind = tag.kind
        if kind == CLOSE:
            if tag.border < behind:
                behind = tag.border
                parts.append(_MARKS[behind])
                size += 1
            number = open_ones.pop()
            stops[number] = size
            if tag.name == "a" and size > starts[number]:
                linked += size - starts[number]
                link_ends.append(size)
                link_sums.append(linked)
        elif kind != COMMENT:
            index += 1
            if tag.signs & MUTE or not places[index].visible:  # all of it, and what stands behind it is read
                leap = ends[index] + 1
                index = last[index]
                tag = tags[leap - 1]
                if tag.border == LINE < behind and tag.text:
                    behind = LINE
                    parts.append("\n")
                    size += 1
            else:
                if tag.border < behind:
                    behind = tag.border
                    parts.append(_MARKS[behind])
                    size += 1
                walked.append(elements[index])
                if kind == OPEN:
                    open_ones.append(len(starts))
                starts.append(size)
                stops.append(size)
        words = tag.led if behind == LETTER else tag.words
        if words:
            parts.append(words)
            size += len(words)
            behind = tag.after
    return Flow(
        text="".join(parts),
        start=dict(zip(walked, starts, strict=True)),
        end=dict(zip(walked, stops, strict=True)),
        link_ends=link_ends,
        link_sums=link_sums,
    )
