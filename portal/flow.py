"""The visible text of a page as one string, and where in it every element begins and ends.

Readers that look for words near other words (labels and dates, notices, titles) search this string and come back to the
tree by positions. Lines are blocks: block elements and line breaks become "\\n", table cells "\\t"; blanks are folded.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from lxml import etree
from msgspec.structs import replace

from portal.html import Document, markup_of
from portal.markup import CELL, LETTER, LINE, MUTE, Tag
from portal.nesting import Markup
from portal.regions import Layout, layout

_BORDERS = {LINE: "\n", CELL: "\t"}
UNSEEN = -1


@dataclass(slots=True)
class Flow:
    """The text of a page; `start` and `end` give the span of each element that was walked (visible ones)."""

    text: str
    start: dict[etree._Element, int]
    end: dict[etree._Element, int]
    starts: list[int]  # the same by their order, `UNSEEN` of those that were not walked
    stops: list[int]
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

    def innermost(self, position: int) -> etree._Element | None:
        """Returns the innermost element in whose text a position lies."""
        begun = bisect_right(list(self.start.values()), position)
        for element in list(self.start)[begun - 1 :: -1] if begun else ():
            if position < self.end[element]:
                return element
        return None

    def links_in(self, element: etree._Element) -> int:
        """Returns how many characters of an element's text are text of links."""
        if element not in self.start:
            return 0
        return self.links_to(self.end[element]) - self.links_to(self.start[element])

    def in_link(self, position: int) -> bool:
        """Returns whether a position lies in the text of a link."""
        at = bisect_right(self.link_ends, position)
        if at == len(self.link_ends):
            return False
        return self.link_ends[at] - self.link_sums[at] + (self.link_sums[at - 1] if at else 0) <= position

    def links_to(self, position: int) -> int:
        """Returns how many characters of link text stand before a position, counted at the ends of links."""
        at = bisect_right(self.link_ends, position)
        return self.link_sums[at - 1] if at else 0


def flow_of(doc: Document) -> Flow:
    """Returns the flow of a page, computed once per page."""
    found = doc.cache.get("flow")
    if not isinstance(found, Flow):
        found = doc.cache["flow"] = _walk(doc)
    return found


def _walk(doc: Document) -> Flow:
    page = markup_of(doc)
    tags, elements = page.tags, page.elements
    parts: list[str] = []
    size = 0
    behind = LINE  # what the text ends in
    marks: list[int] = []  # where in the text each tag stands, UNSEEN of one that is not walked
    places = layout(doc)
    hidden = _hidden(page, places)
    runs = [(page.begins[index], page.ends[index] + 1) for index in hidden]
    for begin, beyond in (*runs, (len(tags), len(tags))):
        run = tags[len(marks) : begin]
        if begin < beyond:
            run.append(_after(tags[beyond - 1]))
        for tag in run:
            if tag.border < behind:
                behind = tag.border
                parts.append(_BORDERS[behind])
                size += 1
            marks.append(size)
            if words := tag.led if behind == LETTER else tag.words:
                parts.append(words)
                size += len(words)
                behind = tag.after
        marks[begin:] = [UNSEEN] * (beyond - begin)
    starts = [marks[place] for place in page.begins]
    stops = [marks[place] for place in page.ends]
    # A copy has its size already: filling it takes two thirds of what making it takes.
    start, end = places.orders.copy(), places.orders.copy()
    start.update(zip(elements, starts, strict=True))
    end.update(zip(elements, stops, strict=True))
    for index in hidden:
        for element in elements[index : page.last[index] + 1]:
            del start[element], end[element]
    links = [anchor for anchor in page.links if stops[anchor] > starts[anchor]]
    links.sort(key=stops.__getitem__)
    return Flow(
        text="".join(parts),
        start=start,
        end=end,
        starts=starts,
        stops=stops,
        link_ends=[stops[anchor] for anchor in links],
        link_sums=list(accumulate([stops[anchor] - starts[anchor] for anchor in links])),
    )


def _hidden(page: Markup, places: Layout) -> list[int]:
    """Returns the elements whose text is not seen, the outermost of them."""
    found: list[int] = []
    last = -1
    mute = page.said(MUTE)
    for index in sorted(mute + places.hidden) if places.hidden else mute:
        if index > last:
            last = page.last[index]
            found.append(index)
    return found


def _after(closing: Tag) -> Tag:
    """Returns the end of a hidden element as it is read: what stands behind a hidden block begins a line of its own."""
    return replace(closing, border=LINE if closing.border == LINE and closing.text else LETTER)
