"""One item of a portal: its title, dates, source and main text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from lxml import etree

from portal.blocks import dedicated_blocks
from portal.bodies import Body, beside, find_body, has_media, rank_of
from portal.bylines import Span, publication_date, source_of, written_date, zone_end
from portal.facts import DateReading, DocumentMeta, Region
from portal.flow import Flow, flow_of
from portal.html import Document, squeeze, text_of
from portal.regions import layout
from portal.text import fold_title, may_fold_to, visible
from portal.titles import article_title
from portal.urls import is_attachment
from portal.vocabulary import any_of, words

_EXCERPT = 300
_VIDEO = re.compile(r"\.(?:mp4|m3u8|flv|webm|mov|avi|wmv|rmvb)(?:[?#\"']|$)|player|video", re.IGNORECASE)
_AUDIO = re.compile(r"\.(?:mp3|wav|m4a|wma|ogg)(?:[?#\"']|$)", re.IGNORECASE)
_IMAGES = ("img", "canvas", "svg")
_SOURCES = ("iframe", "embed", "object", "a", "source")
_MEDIA = (*_IMAGES, *_SOURCES, "video", "audio")
_EMPTY = 6  # characters left of a main text that has none: 正文, 无


@dataclass(slots=True)
class Article:
    """What was read of an item. `body` is the element of the main text, `blocks` are dedicated blocks outside of it
    (相关解读, 相关文件, 附件), all in the tree of the page."""

    title: str = ""
    pub_date: DateReading | None = None
    written_date: DateReading | None = None
    source: str = ""
    body: etree._Element | None = None
    found_by: str = ""  # vocabulary, prose, media; "" where there is no body
    blocks: tuple[etree._Element, ...] = ()
    text: str = ""
    text_length: int = 0  # characters without white space
    excerpt: str = ""  # the first 300 characters
    body_empty: bool = False  # no text, images, media, frames, attachments
    media: tuple[str, ...] = ()  # image, video, audio, chart, conference
    title_element: etree._Element | None = None
    bylined: bool = False  # a date stands beside the title
    title_end: int = 0  # where the title ends in the flow of the page


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
    text = _main_text(flow, element, span, title)
    length = visible(text)
    pub_date = publication_date(doc, flow, span, meta, document, reference=reference)
    source = source_of(flow.text, span, meta)
    blocks = tuple(
        block.element
        for block in dedicated_blocks(doc, span.title_end if span else 0)
        if not _inside(block.element, element)
    )
    return Article(
        title=title,
        pub_date=pub_date,
        written_date=written_date(flow.text, span, document),
        source=source,
        body=element,
        found_by=body.found_by if body is not None else "",
        blocks=blocks,
        text=text,
        text_length=length,
        excerpt=squeeze(text[: 4 * _EXCERPT])[:_EXCERPT],  # three blanks may stand side by side in a flow
        body_empty=_is_empty(doc, flow, element, span, length, blocks),
        media=_media(title, element),
        title_element=title_element,
        title_end=span.title_end if span is not None else 0,
        bylined=pub_date is not None and pub_date.rung in ("text", "byline", "table"),
    )


def _span(flow: Flow, words: str, title: etree._Element | None, body: etree._Element | None) -> Span | None:
    if title is None and body is None:
        return None
    body_start = flow.start.get(body, 0) if body is not None else 0
    body_end = flow.end.get(body, 0) if body is not None else 0
    if title is None:
        return Span(max(0, body_start - 400), max(0, body_start - 400), body_start, body_end)
    start, end = flow.start[title], flow.end[title]
    if squeeze(flow.text[start : start + len(words)]) == words:
        end = start + len(words)  # a byline may stand in the element of the title
    return Span(start, end, body_start or end, body_end or end)


def _main_text(flow: Flow, body: etree._Element | None, span: Span | None, title: str) -> str:
    """Returns the text of the body without a title and byline that stand inside of it."""
    if body is None:
        return ""
    start, end = flow.start[body], flow.end[body]
    if span is not None and start <= span.title_start < end:
        start = min(span.title_end, end)
        # Lines of the byline are short; the text begins with the first line that is none of them.
        lines = flow.text[start:end].split("\n")
        while lines and (not lines[0].strip() or _is_byline(lines[0])):
            lines.pop(0)
    else:
        lines = flow.text[start:end].strip().split("\n")
        folded = fold_title(title)
        if title and len(lines) > 1 and may_fold_to(lines[0], folded) and fold_title(lines[0]) == folded:
            lines.pop(0)
    while lines and (not lines[-1].strip() or (len(lines[-1]) < 40 and _footing().search(lines[-1]))):
        lines.pop()
    return "\n".join(lines).strip()


@cache
def _byline_line() -> re.Pattern[str]:
    return re.compile(
        rf"(?:{any_of(w for w in words('articles', 'byline', 'words') if len(w) > 1)})|(?:19|20)\d{{2}}[-/年.]"
    )


def _is_byline(line: str) -> bool:
    return len(line) < 120 and bool(_byline_line().search(line)) and not re.search("[，。；]", line)


@cache
def _footing() -> re.Pattern[str]:
    return re.compile(any_of(words("articles", "body", "after")))


def _is_empty(
    doc: Document,
    flow: Flow,
    body: etree._Element | None,
    span: Span | None,
    length: int,
    blocks: tuple[etree._Element, ...],
) -> bool:
    """Returns whether an item shows nothing: neither text nor images, frames, players or attachments.

    In doubt False: hidden containers with text, templates and containers a script fills decide nothing.
    """
    if length >= _EMPTY or any(_attached(block) for block in blocks):
        return False
    if body is not None and (has_media(body) or _attached(body) or _scripted(doc, body)):
        return False
    for element in doc.tree.iter("div", "td", "section", "article"):
        if element not in flow.start and rank_of(element) is not None and len(text_of(element)) > _EMPTY:
            return False
    if body is None:
        if span is None:
            return False
        places = layout(doc)
        stop = len(flow.text)
        for element, at in flow.start.items():
            region = places.place(element).region
            if at >= span.title_end and region is Region.FOOTER:
                stop = min(stop, at)
            if at < span.title_end or region is not Region.BODY:
                continue
            if element.tag in ("img", "iframe", "video", "embed", "object", "audio", "form", "table"):
                return False
            if element.tag == "a" and is_attachment(doc.absolute(element.get("href") or "")):
                return False
        if zone_end(flow.text, span) < min(stop, span.title_end + 700):
            return False
        lines = [line for line in flow.text[span.title_end : stop].split("\n") if line.strip()]
        plain = [line for line in lines if not _is_byline(line) and not _footing().search(line)]
        return sum(len(line) for line in plain[:12]) < _EMPTY
    return True


def _attached(element: etree._Element) -> bool:
    return any(is_attachment(link.get("href") or "") for link in element.iter("a"))


def _scripted(doc: Document, body: etree._Element) -> bool:
    if next(body.iter("script"), None) is not None or "{{" in "".join(map(str, body.itertext())):
        return True
    for element in (body, *body.iterdescendants("div", "span", "p", "td")):
        identity = element.get("id")
        if identity and re.search(
            rf"[\"'(#]{re.escape(identity)}[\"']\)?\s*\)?\.(?:html|innerHTML|append|load|text|innerText)\b", doc.source
        ):
            return True
    return any(str(name).startswith(("v-", "ng-", "ms-", ":")) for name in body.attrib)


def _inside(element: etree._Element, outer: etree._Element | None) -> bool:
    node: etree._Element | None = element
    while node is not None:
        if node is outer:
            return True
        node = node.getparent()
    return False


def _media(title: str, body: etree._Element | None) -> tuple[str, ...]:
    held = list(body.iter(*_MEDIA)) if body is not None else []
    names = {element.tag for element in held}
    sources = [e.get("src") or e.get("data") or e.get("href") or "" for e in held if e.tag in _SOURCES]
    found: list[str] = []
    if not names.isdisjoint(_IMAGES):
        found.append("image")
    if "video" in names or any(_VIDEO.search(source) for source in sources):
        found.append("video")
    if "audio" in names or any(_AUDIO.search(source) for source in sources):
        found.append("audio")
    if any(word in title for word in words("linkage", "forms", "image")):
        found.append("chart")
    if any(word in title for word in words("linkage", "forms", "conference")):
        found.append("conference")
    return tuple(found)
