"""Whether an item shows nothing. In doubt it does: a blank document is an accusation.

Content systems put what an item shows into a named container, beside one that stays empty, behind a script, into a
style sheet or a hidden box; what stands around every item (byline, tools, codes to scan, neighbours) shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree

from portal.bodies import has_media, rank_of
from portal.bylines import Span, zone_end
from portal.facts import Region
from portal.flow import Flow, flow_of
from portal.html import Document, squeeze, text_of
from portal.regions import Layout, layout
from portal.urls import extension, is_attachment
from portal.vocabulary import any_of, load, words

_EMPTY = 6  # characters left of a main text that has none: 正文, 无
_BESIDE = 12  # the same beside a named container, where templates leave more about
_TOOL = 8  # characters of a link that is a tool
_HIDDEN = 20  # characters of a sentence in a hidden box
_NOTICE = 200  # characters of a main text that may be a notice of the site
_ZONE = 700  # characters after a title in which all but prose is a byline
_LINES = 12  # of what stands there
_FRAMES = ("iframe", "embed", "object", "video", "audio", "canvas")
_BOXES = ("div", "td", "section", "article", "p", "ul")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*url\(", re.IGNORECASE)
_SENTENCE = re.compile("[，。；！]")
_SAYS = re.compile("[\u4e00-\u9fff]{4}[。！]")  # 特此公告。 is not much, and not nothing
_SHARES = re.compile(r"/share(?:r|s|link)?\b|[/_]share\.\w+\?|/sharing/", re.IGNORECASE)  # of social networks
_LEADING = re.compile(r"(?:https?:)?//|/|\.|\w+[./]", re.IGNORECASE)  # an address, not a script or an anchor


@cache
def _tools() -> re.Pattern[str]:
    body = load("articles")["body"]
    return re.compile(any_of((*body["after"], *body["tools"], *body["around"])))


@cache
def _counters() -> re.Pattern[str]:
    return re.compile(any_of(words("articles", "body", "counters")), re.IGNORECASE)


@cache
def _counting() -> re.Pattern[str]:
    return re.compile(load("articles")["body"]["counting"], re.IGNORECASE)


@cache
def _byline_line() -> re.Pattern[str]:
    said = any_of(word for word in words("articles", "byline", "words") if len(word) > 1)
    # the last: 11/20/2026 - 09:20 and 20 十一月, 2026 - 09:20 of Drupal
    return re.compile(rf"(?:{said})|(?:19|20)\d{{2}}[-/年.]|(?:/|月, ?)(?:19|20)\d{{2}} -")


@cache
def _headings() -> frozenset[str]:
    return frozenset(word for entries in load("linkage")["headings"].values() for word in entries)


def is_byline(line: str) -> bool:
    """Returns whether a line is one of source, date and counters."""
    return len(line) < 120 and bool(_byline_line().search(line)) and not re.search("[，。；]", line)


def is_blank(
    doc: Document,
    body: etree._Element | None,
    span: Span | None,
    length: int,
    blocks: tuple[etree._Element, ...],
) -> bool:
    """Returns whether an item shows nothing: neither text nor images, frames, players, files, forms or links to where
    its text is. `length` is that of its main text, `span` None where it has neither title nor body."""
    if any(_attached(block) for block in blocks):
        return False
    if length >= _EMPTY and (length > _NOTICE or body is None or not _stands_around(doc, body)):
        return False
    if body is not None and (has_media(body) or _attached(body) or _scripted(doc, body) or _leads_on(doc, body)):
        return False
    if body is not None and length and _SAYS.search(text_of(body)):
        return False
    if any(_holds_hidden(doc, element, span) for element in doc.tree.iter("div", "td", "section", "article")):
        return False
    return span is not None and not _shown_beside(doc, body, span)


def _stands_around(doc: Document, body: etree._Element) -> bool:
    """Returns whether what was taken for a main text, for want of one, is what stands around every item."""
    flow = flow_of(doc)
    if body not in flow.start or rank_of(body) is not None:
        return False
    begin = flow.start[body]
    return not any(True for _ in _own_lines(doc, begin, min(flow.end[body], _foot(doc, flow, begin))))


def _attached(element: etree._Element) -> bool:
    """Returns whether a script links files: <a onclick="down(7)">预算表.xlsx</a>."""
    for link in element.iter("a"):
        if is_attachment(link.get("href") or "") or (link.get("onclick") and extension(f"/{text_of(link).strip()}")):
            return True
    return False


def _leads_on(doc: Document, body: etree._Element) -> bool:
    """Returns whether an almost empty text is a link, a form, or the contents of a field. What stands around every item
    leads to no text: its breadcrumb, and the tools below it (打印本页)."""
    crumb = layout(doc).crumb
    trail = set(crumb.iter("a")) if crumb is not None else ()
    for element in body.iter("a", "textarea", "input", "select"):
        if element.tag != "a":
            return True
        if _SHARES.search(element.get("href") or ""):
            continue  # 分享：微博 in the byline hands the page on and leads to no text
        said = text_of(element).strip()
        if element in trail or (len(said) <= _TOOL and _tools().search(said)):
            continue
        if _LEADING.match((element.get("href") or "").strip()) and len(said) >= 2:
            return True
    return False


def _scripted(doc: Document, body: etree._Element) -> bool:
    if any(not _counting().search(script.get("src") or "") for script in body.iter("script")) or "{{" in "".join(
        map(str, body.itertext())
    ):
        return True
    for element in (body, *body.iterdescendants("div", "span", "p", "td")):
        identity = element.get("id")
        if identity and re.search(
            rf"[\"'(#]{re.escape(identity)}[\"']\)?\s*\)?\.(?:html|innerHTML|append|load|text|innerText)\b", doc.source
        ):
            return True
    return any(str(name).startswith(("v-", "ng-", "ms-", ":")) for name in body.attrib)


def _holds_hidden(doc: Document, element: etree._Element, span: Span | None) -> bool:
    """Returns whether an element that is not seen is a container of a main text, or says a sentence behind the title
    that is none about the page's tools (打开微信，点击“发现”…)."""
    flow = flow_of(doc)
    if element in flow.start:
        return False
    said = text_of(element).strip()
    if rank_of(element) is not None:
        return len(said) > _EMPTY
    if len(said) < _HIDDEN or not _SENTENCE.search(said) or _tools().search(said) or span is None:
        return False
    places = layout(doc)
    return places.place(element).region is Region.BODY and places.order(element) > _title_order(places, flow, span)


def _title_order(places: Layout, flow: Flow, span: Span) -> int:
    """Returns the order of the last element that begins before the end of the title."""
    return max((places.order(element) for element, at in flow.start.items() if at < span.title_end), default=0)


def _foot(doc: Document, flow: Flow, begin: int) -> int:
    """Returns where the foot of the page begins, from `begin` on; the end of the text without one."""
    places = layout(doc)
    feet = (at for e, at in flow.start.items() if at >= begin and places.place(e).region is Region.FOOTER)
    return min(feet, default=len(flow.text))


def _shown_beside(doc: Document, body: etree._Element | None, span: Span) -> bool:
    """Returns whether something is shown between the title and the foot of the page, outside of an empty body."""
    flow, places = flow_of(doc), layout(doc)
    after, stop = _title_order(places, flow, span), _foot(doc, flow, span.title_end)
    for element in doc.tree.iter(*_FRAMES, *_BOXES, "a", "img", "form", "table"):
        place = places.place(element)
        if places.order(element) <= after or place.region is not Region.BODY or not place.visible:
            continue
        if element.tag in _FRAMES and not _is_counter(element):
            return True
        if element.tag in _BOXES and _BACKGROUND.search(element.get("style") or ""):
            return True
        if element.tag == "a" and (is_attachment(doc.absolute(element.get("href") or "")) or _attached(element)):
            return True
        if body is None and element.tag in ("img", "form", "table"):
            return True
    if body is None and zone_end(flow.text, span) < min(stop, span.title_end + _ZONE):
        return True
    if body is None and _opens_with_link(flow, span.title_end, stop):
        return True
    lines = list(_own_lines(doc, span.title_end, stop))
    if any(map(_SAYS.search, lines[:_LINES])):
        return True
    return sum(map(len, lines[:_LINES])) >= (_EMPTY if body is None else _BESIDE)


def _opens_with_link(flow: Flow, begin: int, end: int) -> bool:
    """Returns whether the first line behind the byline is a link with words of its own: the item leads to its text."""
    for _, said, linked in _lines(flow, begin, end):
        return len(said) >= _EMPTY and linked and not _tools().search(said)
    return False


def _is_counter(element: etree._Element) -> bool:
    """Returns whether a frame shows nothing of an item: it counts visits, or has no size."""
    source = element.get("src") or element.get("data") or ""
    sizes = {(element.get(side) or "").strip().removesuffix("px") for side in ("width", "height")}
    return bool(sizes & {"0", "1"}) or bool(_counters().search(source))


def _own_lines(doc: Document, begin: int, end: int) -> Iterator[str]:
    """Yields the lines that are neither a byline nor tools, headings of blocks or links to elsewhere, nor beside what
    the page is for (<aside>)."""
    flow = flow_of(doc)
    beside = [(flow.start[aside], flow.end[aside]) for aside in doc.tree.iter("aside") if _is_beside(flow, aside)]
    for at, said, linked in _lines(flow, begin, end):
        if any(start <= at < stop for start, stop in beside):
            continue
        if not (linked or _tools().search(said)) and said.strip(" :：>》»【】[]·|") not in _headings():
            yield said


def _is_beside(flow: Flow, aside: etree._Element) -> bool:
    """Returns whether an <aside> leads elsewhere, beside what the page is for: a remark of an article is its own."""
    if aside not in flow.start or next(aside.iter("a"), None) is None:
        return False
    return all(above.tag not in ("article", "main") for above in aside.iterancestors())


def _lines(flow: Flow, begin: int, end: int) -> Iterator[tuple[int, str, bool]]:
    """Yields the lines that are no bylines: where each begins, folded, and whether a link is most of it."""
    stop = begin - 1
    for line in flow.text[begin:end].split("\n"):
        at = stop + 1
        stop = at + len(line)
        if (said := squeeze(line)) and not is_byline(line):
            yield at, said, 2 * (flow.links_to(stop) - flow.links_to(at)) > len(said)
