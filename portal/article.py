"""One item of a portal: its title, dates, source and main text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType

from lxml import etree

from portal.blanks import is_blank, is_byline
from portal.blocks import dedicated_blocks
from portal.bodies import Body, beside, find_body
from portal.bylines import Span, publication_date, written_date
from portal.documents import document_span, document_top
from portal.facts import DateReading, DocumentMeta, Rung
from portal.flow import Flow, flow_of
from portal.html import Document, holds, markup_of, squeeze
from portal.regions import layout
from portal.sources import source_of
from portal.text import fold_title, may_fold_to, printed_number, visible
from portal.titles import article_title
from portal.vocabulary import any_of, words

_EXCERPT = 300
_SENTENCE = re.compile(r"[，。；！？]")
_BETWEEN = 200  # characters of a byline between a title and a metadata table
_VALIDITY = re.compile(
    r"(?<![^\s【\[（(])(?:(?:文件)?(?:有效性|时效性?|效力状态?|状态)\s?[：:]\s?)?"
    r"(?P<said>(?:现行|全文|部分|已被?|现已)?(?:有效|失效|废止))(?![^\s】\]）)])"
)
_VIDEO = re.compile(r"\.(?:mp4|m3u8|flv|webm|mov|avi|wmv|rmvb)(?:[?#\"']|$)|player|video", re.IGNORECASE)
_AUDIO = re.compile(r"\.(?:mp3|wav|m4a|wma|ogg)(?:[?#\"']|$)", re.IGNORECASE)
_ROW = 10  # characters of the linked title of a row
_IMAGES = frozenset({"img", "canvas", "svg"})
_SOURCES = frozenset({"iframe", "embed", "object", "a", "source"})
_BYLINED = frozenset({Rung.TEXT, Rung.BYLINE, Rung.TABLE})


@dataclass
class Article:
    """What was read of an item. `body` is the element of the main text, `blocks` are dedicated blocks outside of it
    (相关解读, 相关文件, 附件), all in the tree of the page. What only items have is read when it is asked for."""

    doc: Document
    meta: Mapping[str, str]
    document: DocumentMeta | None
    title: str
    pub_date: DateReading | None
    body: etree._Element | None
    found_by: str  # vocabulary, prose, media; "" where there is no body
    blocks: tuple[etree._Element, ...]
    text: str
    text_length: int  # characters without white space
    media: tuple[str, ...]  # image, video, audio, chart, conference
    title_element: etree._Element | None
    bylined: bool  # a date stands beside the title
    span: Span | None
    title_end: int  # where the title ends in the flow of the page
    cache: dict[str, object] = field(default_factory=dict)  # derivations shared by readers of this item

    @cached_property
    def written_date(self) -> DateReading | None:
        """The day the document was written."""
        return written_date(flow_of(self.doc).text, self.span, self.document)

    @cached_property
    def source(self) -> str:
        """Who is named as the source, "" without one."""
        return source_of(flow_of(self.doc).text, self.span, self.meta)

    @cached_property
    def printed_number(self) -> str:
        """The 文号 that stands alone between the title and the main text, "" without one."""
        return printed_number(self._head) if "号" in self._head else ""

    @property
    def printed_validity(self) -> str:
        """What is said there of the validity of a document (全文有效, 失效), "" without it."""
        found = _VALIDITY.search(self._head) if "效" in self._head or "废" in self._head else None
        return found["said"] if found is not None else ""

    @cached_property
    def _head(self) -> str:
        """The lines behind the title up to the first sentence: the main text may begin above them."""
        head = flow_of(self.doc).text[self.title_end : self.title_end + 2 * _BETWEEN]
        prose = _SENTENCE.search(head)
        return head[: head.rfind("\n", 0, prose.start()) + 1] if prose is not None else head

    @property
    def excerpt(self) -> str:
        """The first 300 characters of the text."""
        return squeeze(self.text[: 4 * _EXCERPT])[:_EXCERPT]  # three blanks may stand side by side in a flow

    @cached_property
    def body_empty(self) -> bool:
        """Whether it has no text, images, media, frames, attachments."""
        return is_blank(self.doc, self.body, self.span, self.text_length, self.blocks)


def read_article(
    doc: Document,
    meta: Mapping[str, str] = MappingProxyType({}),
    document: DocumentMeta | None = None,
    *,
    reference: dt.date | None = None,
) -> Article:
    """Returns what the page says as an item, whatever its kind. `reference` only serves dates without a year."""
    flow = flow_of(doc)
    title, title_element = article_title(doc, meta)
    title_end = flow.end.get(title_element, 0) if title_element is not None else 0
    body = find_body(doc, title_end)
    if body is None and title_element is not None:
        around = beside(doc, title_element)
        body = Body(around, "media") if around is not None else None
    element = body.element if body is not None else None
    span = _span(flow, title, title_element, element)
    text = _main_text(doc, element, span, title, document)
    pub_date = publication_date(doc, flow, span, meta, document, reference=reference)
    blocks = tuple(
        block.element
        for block in dedicated_blocks(doc, span.title_end if span else 0).blocks
        if element is None or not holds(element, block.element)
    )
    return Article(
        doc=doc,
        meta=meta,
        document=document,
        title=title,
        pub_date=pub_date,
        body=element,
        found_by=body.found_by if body is not None else "",
        blocks=blocks,
        text=text,
        text_length=visible(text),
        media=_media(doc, title, element),
        title_element=title_element,
        bylined=_is_bylined(doc, flow, span, title_element, pub_date),
        span=span,
        title_end=span.title_end if span is not None else 0,
    )


def _is_bylined(
    doc: Document, flow: Flow, span: Span | None, title: etree._Element | None, day: DateReading | None
) -> bool:
    """Returns whether a day stands in the byline of the page, not of the first row of a list: those are links."""
    if day is None or day.rung not in _BYLINED:
        return False
    if span is None or not day.text:
        return True
    at = flow.text.find(day.text, span.title_end)
    begin = flow.text.rfind("\n", 0, at) + 1
    above = flow.text[span.title_end : begin].rstrip()
    start = span.title_end + above.rfind("\n") + 1
    stop = span.title_end + len(above)
    linked = flow.links_to(stop) - flow.links_to(start)
    if begin > stop > start and linked >= _ROW and 5 * linked >= 4 * (stop - start):
        return False
    own = doc.absolute("").partition("#")[0]
    links = title.iter("a") if title is not None else ()
    return all(doc.absolute(link.get("href") or "").partition("#")[0] in ("", own) for link in links)


def _span(flow: Flow, words: str, title: etree._Element | None, body: etree._Element | None) -> Span | None:
    if title is None and body is None:
        return None
    body_start = flow.start.get(body, 0) if body is not None else 0
    body_end = flow.end.get(body, 0) if body is not None else 0
    if title is None:
        return Span(max(0, body_start - 400), max(0, body_start - 400), body_start, body_end)
    start, end = flow.start[title], flow.end[title]
    end = _behind(flow.text, start, words) or end  # a byline may stand in the element of the title
    return Span(start, end, body_start or end, body_end or end)


def _behind(text: str, start: int, words: str) -> int:
    """Returns where words that begin at `start` end, whatever blanks and line ends stand between their letters; 0 where
    they do not."""
    letters = iter("".join(words.split()))
    wanted = next(letters, "")
    for at in range(start, min(len(text), start + 2 * len(words))):
        if text[at].isspace():
            continue
        if text[at] != wanted:
            return 0
        if not (wanted := next(letters, "")):
            return at + 1
    return 0


def _main_text(
    doc: Document, body: etree._Element | None, span: Span | None, title: str, document: DocumentMeta | None
) -> str:
    """Returns the text of the body without a title, metadata table and byline that stand inside of it."""
    if body is None:
        return ""
    flow = flow_of(doc)
    start, end = flow.start[body], flow.end[body]
    if span is not None and start <= span.title_start < end:
        start = _behind_table(doc, document, min(span.title_end, end), end)
        # Lines of the byline are short; the text begins with the first line that is none of them.
        lines = flow.text[start:end].split("\n")
        while lines and (not lines[0].strip() or is_byline(lines[0])):
            lines.pop(0)
    else:
        lines = flow.text[start:end].strip().split("\n")
        folded = fold_title(title)
        if title and len(lines) > 1 and may_fold_to(lines[0], folded) and fold_title(lines[0]) == folded:
            lines.pop(0)
    while lines and (not lines[-1].strip() or (len(lines[-1]) < 40 and _footing().search(lines[-1]))):
        lines.pop()
    return "\n".join(lines).strip()


def _behind_table(doc: Document, document: DocumentMeta | None, start: int, end: int) -> int:
    """Returns where the text goes on behind a metadata table that stands right here, else `start`."""
    top, bottom = document_top(doc), document_span(doc)[1]
    if document is None or not start <= top < bottom <= end or top - start > _BETWEEN:
        return start
    text = flow_of(doc).text
    if _SENTENCE.search(text, start, top):
        return start  # it stands behind a text, if a short one
    values = {*document.fields.values()} - {""}
    while (line := text.find("\n", bottom, end)) >= 0:
        bottom = line + 1
        if squeeze(text[bottom : text.find("\n", bottom) if text.find("\n", bottom) >= 0 else end]) not in values:
            break  # else a value below its label
    return bottom if line >= 0 else end


@cache
def _footing() -> re.Pattern[str]:
    return re.compile(any_of(words("articles", "body", "after")))


def _media(doc: Document, title: str, body: etree._Element | None) -> tuple[str, ...]:
    names: frozenset[str] = frozenset()
    if body is not None:
        page, first = markup_of(doc), layout(doc).order(body)
        names = frozenset([tag.name for tag in page.openings[first : page.last[first] + 1]])
    found: list[str] = []
    if not names.isdisjoint(_IMAGES):
        found.append("image")
    holders = body.iter(*_SOURCES) if body is not None and not names.isdisjoint(_SOURCES) else ()
    sources = [holder.get("src") or holder.get("data") or holder.get("href") or "" for holder in holders]
    if "video" in names or any(_VIDEO.search(source) for source in sources):
        found.append("video")
    if "audio" in names or any(_AUDIO.search(source) for source in sources):
        found.append("audio")
    if any(word in title for word in words("linkage", "forms", "image")):
        found.append("chart")
    if any(word in title for word in words("linkage", "forms", "conference")):
        found.append("conference")
    return tuple(found)
