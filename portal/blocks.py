"""Blocks a page dedicates to one kind of link: 相关解读, 相关文件, 附件, found by the words that head them.

A heading is a line of its own, or stands before links in their line (相关解读：<a>…</a>); an element, or bare text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from lxml import etree
from msgspec import Struct

from portal.documents import document_top
from portal.facts import Region
from portal.flow import Flow, flow_of
from portal.html import Document
from portal.regions import layout
from portal.vocabulary import any_of, load

_MORE = re.compile(r"^(?:更多|更多.{0,6}|more.{0,4}|查看更多|>+)$", re.IGNORECASE)
_DECORATION = r"[ :：>》»【】\[\]（）()|·■◆●▪＞\-—]"
_MARKS = 7  # characters that may stand between a line's end and words that head something, with it
_MOST = 40  # blocks of a page that are read; a page with more is none with dedicated blocks
_LARGEST = 3000  # characters of a dedicated block
_TEXT = 400  # characters of an element that is no block any more but holds the main text, too
_ANNOUNCING = frozenset({Region.BODY, Region.SIDEBAR})
_NEAR = 60  # characters after a heading that nothing holds
_STEPS = 4  # elements up from a heading to the one that holds its links


class Block(Struct, frozen=True):
    """A dedicated block: what it holds (interpretation, policy, related, attachment), its element, and where in the
    flow of the page its heading ends and the block itself."""

    holds: str
    element: etree._Element
    begin: int
    end: int


@cache
def _headings() -> dict[str, str]:
    return {word: name for name, entries in load("linkage")["headings"].items() for word in entries}


class _Hit(NamedTuple):
    """Words that may head a block, and where in the flow they stand: `end` is behind the marks that follow them."""

    name: str
    tail: str
    start: int
    name_end: int
    end: int


@cache
def _heading() -> re.Pattern[str]:
    return re.compile(
        rf"\n{_DECORATION}{{0,6}}(?P<name>{any_of(_headings())})(?P<tail>{_DECORATION}{{0,8}})(?:更多|[Mm]ore)?"
    )


def _hits(text: str, after: int) -> Iterator[_Hit]:
    lines = f"\n{text}".replace("\t", "\n")  # one mark is searched for much faster than two
    for hit in _heading().finditer(lines, max(0, after - _MARKS)):
        if hit.start("name") > after:
            yield _Hit(hit["name"], hit["tail"], hit.start("name") - 1, hit.end("name") - 1, hit.end() - 1)


class Dedicated(NamedTuple):
    """The dedicated blocks of a page in document order, and what headings without a link under them announce."""

    blocks: tuple[Block, ...]
    announced: frozenset[str]


def dedicated_blocks(doc: Document, after: int = 0) -> Dedicated:
    """Returns the dedicated blocks of a page. A heading with no link under it makes no block: a script may draw one.

    `after` is the end of the title in the flow: what stands before it are menus and breadcrumbs, but for a metadata
    table, a row of which may hold them. Cached per page.
    """
    key = f"blocks:{after}"
    known = doc.cache.get(key)
    if not isinstance(known, Dedicated):
        known = doc.cache[key] = _dedicated(doc, after)
    return known


def _dedicated(doc: Document, after: int) -> Dedicated:
    flow = flow_of(doc)
    if 0 < (top := document_top(doc)) < after:
        after = top
    hits = [hit for hit in _hits(flow.text, after) if _heads(flow, hit)][:_MOST]
    found: list[Block] = []
    announced: set[str] = set()
    for at, hit in enumerate(hits):
        limit = hits[at + 1].start if at + 1 < len(hits) else len(flow.text)
        block = _block(doc, flow, hit, min(limit, hit.end + _LARGEST))
        if block is not None:
            found.append(block)
        if _announces(doc, flow, hit, limit):  # what stands below what holds it may be of another kind
            announced.add(_headings()[hit.name])
    return Dedicated(tuple(found), frozenset(announced))


def _announces(doc: Document, flow: Flow, hit: _Hit, limit: int) -> bool:
    """Returns whether a heading of the page's own has no link in what holds it, nor right after it."""
    node = flow.innermost(hit.start)
    above = node.getparent() if node is not None else None
    if node is None or above is None or layout(doc).place(node).region not in _ANNOUNCING:
        return False
    end = hit.end + _NEAR if above.tag in ("body", "html") else flow.end.get(above, hit.end)
    return flow.links_to(min(end, limit)) == flow.links_to(hit.name_end)


def _heads(flow: Flow, hit: _Hit) -> bool:
    """Returns whether words at the beginning of a line head something: they are no link, and the rest of their line is
    empty or links."""
    if flow.links_to(hit.name_end) - flow.links_to(hit.start) > 0 or flow.in_link(hit.start):
        return False
    line_end = flow.text.find("\n", hit.end)
    line_end = len(flow.text) if line_end < 0 else line_end
    rest = flow.text[hit.end : line_end].strip()
    if not rest:
        # A link that ends at the very end of its text is counted there.
        return flow.links_to(line_end) - flow.links_to(hit.start) < len(hit.name)
    marked = flow.text[hit.end] == "\t" or any(mark in hit.tail for mark in ":：】>]》>》|")
    return marked and 2 * (flow.links_to(line_end) - flow.links_to(hit.name_end)) >= len(rest)


def _block(doc: Document, flow: Flow, hit: _Hit, limit: int) -> Block | None:
    places = layout(doc)
    at = hit.start
    node = flow.innermost(at)
    if node is None or places.place(node).region in (Region.NAV, Region.HEADER, Region.FOOTER):
        return None
    for _ in range(_STEPS):
        if node is None or node.tag in ("body", "html") or flow.length(node) > _LARGEST + _TEXT:
            return None
        end = min(limit, flow.end[node])
        if any(link.get("href") and hit.name_end <= flow.start.get(link, -1) < end for link in node.iter("a")):
            return Block(_headings()[hit.name], node, hit.name_end, end)
        if flow.start[node] < at - _TEXT:
            return None  # it already holds the text above the heading
        node = node.getparent()
    return None


def links_of(doc: Document, block: Block) -> tuple[etree._Element, ...]:
    """Returns the links under the heading of a block, without those to a whole column (更多)."""
    flow = flow_of(doc)
    return tuple(
        link
        for link in block.element.iter("a")
        if block.begin <= flow.start.get(link, -1) < block.end and not _MORE.search(flow.of(link))
    )
