"""Blocks a page dedicates to one kind of link: 相关解读, 相关文件, 附件, found by their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lxml import etree

from portal.facts import Region
from portal.flow import flow_of
from portal.html import Document
from portal.regions import layout
from portal.vocabulary import any_of, load

_DECORATION = re.compile(r"[\s:：>》»【】\[\]（）()|·■◆●▪＞]+|(?:更多|[Mm]ore)$")
_MORE = re.compile(r"^(?:更多|更多.{0,6}|more.{0,4}|查看更多|>+)$", re.IGNORECASE)
_LARGEST = 3000  # characters of a dedicated block


@dataclass(frozen=True, slots=True)
class Block:
    """A dedicated block: what it holds (interpretation, policy, related, attachment), its heading, its element."""

    holds: str
    heading: etree._Element
    element: etree._Element


@cache
def _headings() -> dict[str, str]:
    return {word: name for name, entries in load("linkage")["headings"].items() for word in entries}


@cache
def _hint() -> re.Pattern[str]:
    return re.compile(any_of(_headings()))


def dedicated_blocks(doc: Document, after: int = 0) -> tuple[Block, ...]:
    """Returns the dedicated blocks of a page in document order. A heading with no link under it makes no block.

    `after` is the end of the title in the flow: what stands before it are menus and breadcrumbs.
    """
    flow = flow_of(doc)
    places = layout(doc)
    found: list[Block] = []
    if not _hint().search(flow.text, after):
        return ()
    taken: set[etree._Element] = set()
    for element, begin in flow.start.items():
        if begin < after:
            continue
        size = flow.end.get(element, begin) - begin
        if not 2 <= size <= 18 or element.tag in ("a", "li", "option"):
            continue
        holds = _headings().get(_DECORATION.sub("", flow.text[begin : begin + size]))
        if holds is None or places.place(element).region in (Region.NAV, Region.HEADER, Region.FOOTER):
            continue
        if flow.links_in(element) >= size - 1 or any(
            node.tag == "a" or node in taken for node in element.iterancestors()
        ):
            continue
        taken.add(element)
        holder = _holder(doc, element)
        if holder is not None:
            found.append(Block(holds, element, holder))
    return tuple(found)


def links_of(doc: Document, block: Block) -> tuple[etree._Element, ...]:
    """Returns the links under the heading of a block, without those to a whole column (更多)."""
    flow = flow_of(doc)
    begin = flow.end[block.heading]
    return tuple(
        link
        for link in block.element.iter("a")
        if begin <= flow.start.get(link, -1) <= begin + _LARGEST and not _MORE.search(flow.of(link))
    )


def _holder(doc: Document, heading: etree._Element) -> etree._Element | None:
    """Returns the nearest element that holds the heading and links after it, None where nothing is under it."""
    flow = flow_of(doc)
    node = heading.getparent()
    for _ in range(4):
        if node is None or node.tag in ("body", "html") or flow.length(node) > _LARGEST:
            return None
        if any(link.get("href") for link in node.iter("a") if flow.start.get(link, -1) >= flow.end[heading]):
            return node
        if len(flow.of(node)) > 400:
            return None  # it already holds the text itself
        node = node.getparent()
    return None
