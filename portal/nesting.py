"""How the tags of a page belong together: written out once by the parser's own serialiser, and cut at every tag."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from lxml import etree

from portal.markup import ASKED, CLOSE, CODE, COMMENT, OPEN, REFERS, TRAIL_TEXT, Tag, tags_of

_LOST = "&#xFFFD;"  # the serialiser's word for a control character, some of which are blanks
_NAME = re.compile(r"[^\s=<>\"'/]+")


@dataclass(slots=True)
class Markup:
    """The tags of one page and its elements, both in document order, and how they belong together."""

    tags: list[Tag]
    elements: list[etree._Element]
    openings: list[Tag]  # of each element
    parents: list[int]  # the element each one stands in, -1 for the root
    last: list[int]  # the last element inside of each one, itself where it is empty
    begins: list[int]  # where in `tags` each element begins
    ends: list[int]  # and where it ends
    weights: list[int]  # characters of visible text met up to each element, that behind it included
    refers: list[int]  # which of the elements may refer to an address,
    links: list[int]  # and which of those are anchors
    signed: list[int]  # which of the elements say something that is asked of all of them
    labelled: list[int]  # those in which a text behind another element, or a comment, begins like a breadcrumb

    def is_plain(self, index: int) -> bool:
        """Returns whether there is nothing in an element but its own text."""
        return self.ends[index] == self.begins[index] + (self.openings[index].kind == OPEN)

    def text(self, index: int) -> str:
        """Returns the text of an element as it is written, scripts in it included."""
        begin, end = self.begins[index], self.ends[index]
        run = self.tags[begin:end]
        if len(run) == 1 and run[0].name not in CODE:
            return run[0].text
        if not CODE.isdisjoint([tag.name for tag in run]):
            return "".join(map(str, self.elements[index].itertext()))
        return "".join([tag.text for tag in run])

    def shown(self, index: int) -> int:
        """Returns how many characters of visible text stand in an element, without blanks at the ends of its pieces."""
        before = self.weights[index - 1] if index else 0
        return self.weights[self.last[index]] - before - self.tags[self.ends[index]].weight

    def anchors(self, index: int) -> list[int]:
        """Returns the anchors of an element, itself included if it is one."""
        return within(self.links, index, self.last[index])

    def children(self, index: int) -> Iterator[int]:
        """Yields the elements right inside of an element."""
        child, last = index + 1, self.last[index]
        while child <= last:
            yield child
            child = self.last[child] + 1

    def said(self, signs: int) -> list[int]:
        """Returns the elements whose own tag says any of these, all of them among ASKED; ascending."""
        return [index for index in self.signed if self.openings[index].signs & signs]


def holds(indexes: list[int], first: int, last: int) -> bool:
    """Returns whether any of ascending indexes lies between two others, these included."""
    place = bisect_left(indexes, first)
    return place < len(indexes) and indexes[place] <= last


def within(indexes: list[int], first: int, last: int) -> list[int]:
    """Returns the part of ascending indexes that lies between two of them, both included."""
    return indexes[bisect_left(indexes, first) : bisect_right(indexes, last)]


def markup(tree: etree._Element) -> Markup:
    """Returns the tags of a page. The tree's document type is dropped: it would change how a page is written out."""
    elements = list(tree.iter(etree.Element))
    tree.getroottree().docinfo.clear()
    written = etree.tostring(tree, encoding="unicode", with_tail=False)
    before, *comments = written.split("<!--")
    if comments:  # what stands behind each; one without an end is part of the next
        written = "<!>".join((before, *[each.partition("-->")[2] for each in comments if "-->" in each]))
    found = None
    if _LOST not in written:
        found = _arranged(tags_of(written.split("<")[1:]), elements)
    if found is None:  # attributes whose very names hold marks
        found = _arranged(tags_of(_by_hand(tree)), elements)
    assert found is not None, "what is written out tag by tag is as nested as its tree"
    return found


def _arranged(tags: list[Tag], elements: list[etree._Element]) -> Markup | None:
    """Returns how tags and elements belong together, None where they do not."""
    openings = [tag for tag in tags if tag.kind < CLOSE]
    size = len(elements)
    if len(openings) != size:
        return None
    parents = [-1] * size
    last = list(range(size))
    begins = [0] * size
    ends = [0] * size
    own = [tag.weight for tag in openings]
    labelled: list[int] = []
    above = -1
    index = -1
    for place, tag in enumerate(tags):
        kind = tag.kind
        if kind == CLOSE:
            if above < 0 or openings[above].name != tag.name:
                return None
            last[above] = index
            ends[above] = place
            if tag.weight:
                own[above] += tag.weight
                if tag.signs & TRAIL_TEXT:
                    labelled.append(parents[above])
            above = parents[above]
        elif kind != COMMENT:
            index += 1
            parents[index] = above
            begins[index] = place
            if kind == OPEN:
                above = index
            else:
                ends[index] = place
        elif tag.signs & TRAIL_TEXT:
            labelled.append(above)
    if above >= 0:
        return None
    refers = [index for index, tag in enumerate(openings) if tag.signs & REFERS]
    links = [index for index in refers if openings[index].name == "a"]
    signed = [index for index, tag in enumerate(openings) if tag.signs & ASKED]
    weights = list(accumulate(own))
    return Markup(tags, elements, openings, parents, last, begins, ends, weights, refers, links, signed, labelled)


def _by_hand(tree: etree._Element) -> Iterator[str]:
    """Yields the tags of a page as the serialiser writes them, without attributes that no document may have."""
    stack: list[tuple[etree._Element, bool]] = [(tree, False)]
    while stack:
        node, leaving = stack.pop()
        tail = "" if node is tree else html.escape(node.tail or "", quote=False)
        if isinstance(node, etree._Comment):
            yield f"!>{tail}"
        elif leaving:
            yield f"/{_plain(str(node.tag))}>{tail}"
        else:
            known = ((str(name), str(value)) for name, value in node.attrib.items())
            written = "".join(f' {name}="{html.escape(value)}"' for name, value in known if _NAME.fullmatch(name))
            yield f"{_plain(str(node.tag))}{written}>{html.escape(node.text or '', quote=False)}"
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))


def _plain(name: str) -> str:
    return name if _NAME.fullmatch(name) else "x"
