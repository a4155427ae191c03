"""What a result page shown in the browser says, beside what its reader makes of it: whose results, and whether all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import msgspec
from lxml import etree

from crawler.browser import driver
from crawler.browser.rendered import Rendered
from crawler.browser.words import says
from portal.facts import PageFacts, SearchHit
from portal.html import Document, parse, text_of
from portal.results import read_results
from portal.text import fold_title

if TYPE_CHECKING:
    from playwright.async_api import Page

PART = 3  # characters a result shares with the question it has to do with
_COMMON = "人民政府办公室关于印发的通知关于公布的公告关于开展的通告关于做好的公示政策解读"
FEW = 5  # results of the shortest first page

# Every link: its text, its address, and the first words of the blocks it stands in.
_LINKS = """() => [...document.links].map(a => {
  const words = [];
  for (let e = a.parentElement, up = 0; e && e !== document.body && up < 5; e = e.parentElement, up++) {
    words.push((e.innerText || '').trim().slice(0, 12));
    words.push(((e.previousElementSibling || {}).innerText || '').trim().slice(0, 12));
  }
  return [a.innerText || '', a.href, words.join('\n')];
})"""
_AGAIN = 6  # characters of the question by which an address asks it again
_ASKED_BY = frozenset({"xhr", "fetch", "script"})


async def shows(page: Page, asked: str) -> bool:
    """Whether a link of the page carries the title asked for: then there are results, only not readable ones.

    Links that ask the same again, and those of blocks headed 搜索历史, carry every question.
    """
    for frame in page.frames[:8]:
        try:
            links: list[tuple[str, str, str]] = await frame.evaluate(_LINKS)
        except driver.Error:
            continue
        for text, address, heading in links:
            again = asked[:_AGAIN] in fold_title(unquote_plus(address)) or says("asked_before", heading)
            if asked and asked in fold_title(text) and not again:
                return True
    return False


def framed(rendered: Rendered, url: str) -> Rendered:
    """The document a frame of the page shows, by its address, as a page of its own; the page where it is not there."""
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    for block in doc.tree.iter("div"):
        if block.get("data-mingcha-frame") == url:
            return replace(rendered, html=etree.tostring(block, encoding="unicode", method="html"), final_url=url)
    return rendered


def as_results(rendered: Rendered, facts: PageFacts, asked: str) -> PageFacts:
    """The facts with hits read although the page does not look like a result page, where it repeats the question."""
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    return with_results(facts, doc) if _repeats(doc, rendered, asked) else facts


def with_results(facts: PageFacts, doc: Document) -> PageFacts:
    """The facts of a page with the results this document, or this block of the page, shows."""
    found = read_results(doc)
    return msgspec.structs.replace(facts, hits=found.hits, result_total=found.total, result_tabs=found.tabs)


def _repeats(doc: Document, rendered: Rendered, asked: str) -> bool:
    """Whether a page repeats the question in its address, its title or a box."""
    boxes = (field.get("value") or "" for field in doc.tree.iter("input"))
    return any(asked in fold_title(text) for text in (unquote_plus(rendered.final_url), rendered.title, *boxes))


def says_what_was_asked(rendered: Rendered, asked: str) -> bool:
    """Whether a page shows the question: in a box, its title or its text."""
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    boxes = (field.get("value") or "" for field in doc.tree.iter("input"))
    return any(asked in fold_title(text) for text in (rendered.title, *boxes, text_of(doc.tree)))


def counted(rendered: Rendered, facts: PageFacts, asked: str) -> bool:
    """Whether results that have nothing to do with the question are the answer all the same: the page repeats the
    question, says how many results there are, and shows as many, or a page of them."""
    if not facts.result_total or not min(facts.result_total, FEW) <= len(facts.hits) <= facts.result_total:
        return False
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    return _repeats(doc, rendered, asked)


def as_many_as_said(facts: PageFacts, asked: str) -> tuple[SearchHit, ...]:
    """The hits read; where the page says there are fewer, only those that have to do with the question."""
    if not facts.result_total or len(facts.hits) <= facts.result_total:
        return facts.hits
    return tuple(hit for hit in facts.hits if related([hit], asked)) or facts.hits


def question_failed(rendered: Rendered, asked: str) -> str:
    """What became of the request by which the page itself asked the question, "" where none failed on the server."""
    for request in rendered.failed:
        failed = request.kind in _ASKED_BY and request.status >= 500
        if failed and asked[:_AGAIN] in fold_title(unquote_plus(request.url)):
            return f"status {request.status} of the request for results"
    return ""


def related(hits: Sequence[SearchHit], asked: str, name: str = "") -> bool:
    """Whether any hit has to do with the question: recommendations beside an empty result list do not.

    Much that a county publishes begins with its name (`name`, the portal's) and ends with 的通知: that says nothing.
    """
    parts = {asked[i : i + PART] for i in range(max(1, len(asked) - PART + 1))}
    plain = {part for part in parts if part not in fold_title(name) and part not in _COMMON} or parts
    return any(part in fold_title(hit.title) for hit in hits for part in plain)
