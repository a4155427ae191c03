"""Blocks a page dedicates to one kind of link: 相关解读, 相关文件, 附件, found by their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lxml import etree

from portal.flow import flow_of
from portal.html import Document
from portal.vocabulary import any_of, load

_DECORATION = re.compile(r"[\s:：>》»【】\[\]（）()|·■◆●▪＞]+")
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


def dedicated_blocks(doc: Document) -> tuple[Block, ...]:
    """Returns the dedicated blocks of a page in document order. A heading with no link under it makes no block."""
    cached = doc.cache.get("blocks")
    if isinstance(cached, tuple):
        return cached
    flow = flow_of(doc)
    found: list[Block] = []
    taken: set[etree._Element] = set()
    if _hint().search(flow.text):
        for element, begin in flow.start.items():
            size = flow.end.get(element, begin) - begin
            if not 2 <= size <= 16 or element.tag in ("a", "li", "option"):
                continue
            holds = _headings().get(_DECORATION.sub("", flow.text[begin : begin + size]))
            if holds is None or any(child in taken for child in element.iterancestors()):
                continue
            taken.add(element)
            holder = _holder(doc, element)
            if holder is not None:
                found.append(Block(holds, element, holder))
    result = tuple(found)
    doc.cache["blocks"] = result
    return result


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
