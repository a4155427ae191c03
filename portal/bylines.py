"""Dates of an item, as printed around its title.

Ladder of the publication date: a <time> marked as such; text with a label (发布时间：) between title and text, then
elsewhere; the metadata table; an unlabelled date in the byline; the official tag PubDate, which content systems rewrite
at every re-publication (field guide 4: later than the visible date on 10 of 110 pages); the address.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter

from portal.dates import date_from_url, find_dates, first_date, machine_date, parse_date
from portal.facts import DateReading, DocumentMeta, Region, Rung
from portal.flow import Flow
from portal.html import Document, squeeze
from portal.regions import layout
from portal.vocabulary import any_of, one_of, words

_ZONE = 700  # characters after the title in which a byline may stand
_FAR = 1400  # cost from which a labelled date no longer stands near the title
_NOTICE = 500  # characters of a notice that is signed and dated like a letter
_BEFORE = 160  # characters before the title
_NAME = 8  # characters of a name before the date; titles of items are longer
_FOOT = 200  # characters at the end of a text in which a label belongs to a byline at its foot
_MARGIN = 80  # characters more than any label has, with its blanks
_SOURCE = 40  # characters of a source that follows date and time without any label
_NOT_INSIDE = "(?<![\u4e00-\u9fff]{0})"  # behind its first letter: nothing of a word stands before it
_AFTER_LABEL = re.compile(r"[\s]{0,4}[:：]?[\s\[【(（〔]{0,6}")
_TIME = re.compile(r"(?:[ \t]*(?P<clock>\d{1,2}[ ]?[:：∶︰时点][ ]?\d{1,2}(?:[ ]?[:：∶︰分][ ]?(?:\d{1,2}秒?)?)?))?")
_LABELLED = re.compile(r"(?:时间|日期)[\s】\]]*[:：]?\s*[\[(（]?\s*$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LINKED_DATA = re.compile(r"[\"'](?:datePublished|pubDate)[\"']\s*:\s*[\"']([^\"']{8,40})[\"']")
_PROSE = re.compile(r"[，。；！？]")
_SENTENCES = re.compile(r"[，。；！？][^，。；！？]*[，。；！？]")
_BLANK = re.compile(r"\s")
_WEEKDAY = re.compile(r"\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?")
_NAMED = re.compile(
    r"[\u4e00-\u9fff]{2,16}\s?(?:浏览|点击|阅读|访问|来源|作者|编辑)[\u4e00-\u9fff]{0,2}\s?[:：]"
)  # a name, then a label


@dataclass(frozen=True, slots=True)
class Span:
    """Where an item stands in the flow: end of its title, beginning and end of its text."""

    title_start: int
    title_end: int
    body_start: int
    body_end: int


def _spaced(label: str, *, apart: bool = False) -> Iterator[str]:
    """Yields patterns of a label with blanks in it, `apart` where it must not end a longer word. Each begins with a
    plain letter: a text is searched for those alone, which takes a fifth of the time."""
    if label.isascii():
        rest = r"[ ]{0,4}".join(map(re.escape, label[1:]))
        for first in sorted({label[0].lower(), label[0].upper()}):
            yield rf"{first}{_NOT_INSIDE.format(first) if apart else ''}[ ]{{0,4}}(?i:{rest})"
        return
    first = re.escape(label[0])
    rest = "".join(rf"[ ]{{0,4}}{re.escape(letter)}" for letter in label[1:])
    yield f"{first}{_NOT_INSIDE.format(first) if apart else ''}{rest}"


@cache
def _label(kind: str) -> re.Pattern[str]:
    generic = set(words("dates", "published", "generic"))
    if kind == "written":
        chosen = words("dates", "written", "labels")
    elif kind == "weak":
        chosen = words("dates", "published", "weak")
    else:
        chosen = words("dates", "published", "strong")
    ordered = sorted(chosen, key=len, reverse=True)
    return re.compile(one_of(part for word in ordered for part in _spaced(word, apart=word in generic)))


@cache
def _generic() -> frozenset[str]:
    return frozenset(words("dates", "published", "generic"))


@cache
def _other() -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = any_of(words("dates", "other", "before"))
    after = any_of(words("dates", "other", "after"))
    return re.compile(rf"(?:{before})\s*(?:是|为)?\s*[:：]?\s*$"), re.compile(rf"^\s*[(（]?(?:{after})")


@cache
def _byline_word() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(words('articles', 'byline', 'words'))})")


def zone_end(text: str, span: Span) -> int:
    """Returns where the byline zone after a title ends: at the first line of prose, or with its length."""
    limit = min(len(text), span.title_end + _ZONE)
    at = span.title_end
    while at < limit:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if len(line) > 60 and _SENTENCES.search(line) and not _label("strong").search(line[:40]):
            return at
        at = end + 1
    return limit


def publication_date(
    doc: Document,
    flow: Flow,
    span: Span | None,
    meta: Mapping[str, str],
    document: DocumentMeta | None,
    *,
    reference: dt.date | None = None,
) -> DateReading | None:
    """Returns the day the item was published and the rung it was read from, None where the page does not say."""
    text = flow.text
    if (marked := _marked(doc)) is not None:
        return marked
    zone = (span.title_end, zone_end(text, span)) if span is not None else None
    foot = partial(_foot, doc, flow)
    labelled = _labelled(text, zone, span, "strong", reference, foot)
    if labelled is not None and labelled[0] < _FAR:
        return labelled[1]
    if document is not None and document.published is not None:
        return DateReading(document.published, Rung.TABLE, "")
    if zone is not None and span is not None:
        bare = (
            _timed(doc, flow, *zone)
            or _bare(flow, *zone, below=True)
            or _bare(flow, max(0, span.title_start - _BEFORE), span.title_start)
        )
        if bare is not None:
            return bare
        weak = _labelled(text, zone, span, "weak", reference, foot)
        if weak is not None and (labelled is None or weak[0] < _FAR):
            return weak[1]
    if labelled is not None:
        return labelled[1]
    return _tagged(doc, meta) or (_signed(text, span) if not meta else None) or _from_url(doc.url)


def _marked(doc: Document) -> DateReading | None:
    """Returns the day that the markup itself calls the day of publication: one visible <time> of the page's article.

    What a reprint carries along in its text (发布日期 of the first publisher) is not its own day.
    """
    found: dict[dt.date, str] = {}
    for element in doc.tree.iter("time"):
        names = {*(element.get("class") or "").lower().split(), (element.get("itemprop") or "").lower()}
        if "pubdate" not in element.attrib and not names & {"published", "datepublished"}:
            continue
        if next(element.iterancestors("aside", "nav", "li"), None) is not None:
            continue
        day = parse_date(element.get("datetime") or "") or parse_date(squeeze("".join(map(str, element.itertext()))))
        if day is not None:
            found.setdefault(day, squeeze("".join(map(str, element.itertext()))))
    return next((DateReading(day, Rung.BYLINE, text) for day, text in found.items()), None) if len(found) == 1 else None


def _signed(text: str, span: Span | None) -> DateReading | None:
    """Returns the date under a short notice (gbdsj: 网站域名变更公告), which carries no other."""
    if span is None or not 0 < span.body_end - span.body_start < _NOTICE:
        return None
    lines = [line.strip() for line in text[span.body_start : span.body_end].rstrip().split("\n") if line.strip()]
    if not lines or len(lines[-1]) > 20:
        return None
    dates = find_dates(lines[-1])
    if dates and dates[0].start == 0 and dates[0].end == len(lines[-1]):
        return DateReading(dates[0].date, Rung.BYLINE, lines[-1])
    return None


def _foot(doc: Document, flow: Flow) -> int:
    """Returns where the foot of the page begins in its text, the end of it without one."""
    page = layout(doc)
    begins = (at for element, at in flow.start.items() if page.place(element).region is Region.FOOTER)
    return min(begins, default=len(flow.text))


def _labelled(
    text: str,
    zone: tuple[int, int] | None,
    span: Span | None,
    kind: str,
    reference: dt.date | None,
    foot: Callable[[], int],
) -> tuple[int, DateReading] | None:
    """Returns the labelled date nearest to the byline, with its cost."""
    if zone is not None:  # the first one in the byline costs less than any elsewhere
        for hit in _label(kind).finditer(text, max(0, zone[0] - _MARGIN), zone[1] + _MARGIN):
            if zone[0] <= hit.start() <= zone[1] and (found := _reading(text, hit, zone, span, kind, reference, foot)):
                return found
    readings = (_reading(text, hit, zone, span, kind, reference, foot) for hit in _labels_in(text, zone, span, kind))
    return min((one for one in readings if one is not None), key=itemgetter(0), default=None)


def _reading(
    text: str,
    hit: re.Match[str],
    zone: tuple[int, int] | None,
    span: Span | None,
    kind: str,
    reference: dt.date | None,
    foot: Callable[[], int],
) -> tuple[int, DateReading] | None:
    """Returns the date behind a label, with its cost; None where there is none, or the label means something else."""
    gap = _AFTER_LABEL.match(text, hit.end())
    start = gap.end() if gap else hit.end()
    date = first_date(text[start : start + 30], reference=reference, short=True)
    if date is None or date.start > 1:
        return None
    label = _BLANK.sub("", hit.group())
    generic = label in _generic()
    if generic and (event := _event().search(text, start, start + 70)) and event.start() < foot():
        return None  # but 主办 in the foot of the page, right below an item without text, says nothing of it
    cost = _cost(hit.start(), zone, span, generic=generic or kind == "weak")
    if cost is None:
        return None
    return cost, DateReading(date.date, Rung.TEXT, squeeze(text[hit.start() : start + date.end]))


def _labels_in(text: str, zone: tuple[int, int] | None, span: Span | None, kind: str) -> Iterator[re.Match[str]]:
    """Yields the labels of one kind, without those deep in the main text, which `_cost` would not count: prose is full
    of them."""
    if zone is None or span is None or span.body_start < span.title_start:
        yield from _label(kind).finditer(text)
        return
    first = max(zone[1], span.title_start, span.body_start) + 1
    last = span.body_end - _FOOT
    if last - first < _FOOT:
        yield from _label(kind).finditer(text)
        return
    for hit in _label(kind).finditer(text, 0, first + _MARGIN):
        if hit.start() < first:
            yield hit
    for hit in _label(kind).finditer(text, last - _MARGIN):
        if hit.start() >= last:
            yield hit


def _cost(at: int, zone: tuple[int, int] | None, span: Span | None, *, generic: bool) -> int | None:
    """Returns how far from the byline a label stands, None where it means something else."""
    if zone is None or span is None:
        return None if generic else 4000
    if zone[0] <= at <= zone[1]:
        return at - zone[0]
    if span.title_start - 2 * _BEFORE <= at < span.title_start:
        return 1000 + span.title_start - at
    if generic:
        return None
    if at >= span.body_end:
        return 2000 if at - span.body_end < 1500 else None
    if span.body_start <= at < span.body_end:
        # At the very end of the text it is a byline at the foot; within it, part of what the text tells.
        return 3000 if span.body_end - at < _FOOT else None
    return 4000 if at < span.title_start else None


@cache
def _event() -> re.Pattern[str]:
    return re.compile(any_of(words("dates", "other", "event")))


def _timed(doc: Document, flow: Flow, start: int, end: int) -> DateReading | None:
    """Returns the day that a <time> in the byline tells programs, whatever form it shows people; the time of an event
    is labelled so. seen: Drupal in Chinese, 由 信息员 于 周五, 11/20/2026 - 09:20 发表"""
    for element in doc.tree.iter("time"):
        at = flow.start.get(element, -1)
        day = machine_date(element.get("datetime") or "") if start <= at <= end else None
        if day is None or flow.links_to(flow.end[element]) - flow.links_to(start) > _NAME:
            continue  # behind the linked title of a row; its author may be linked, too
        before = flow.text[max(start, at - 12) : at]
        if not _LABELLED.search(before) and not _other()[0].search(before):
            return DateReading(day, Rung.BYLINE, flow.text[at : flow.end[element]].strip())
    return None


def _bare(flow: Flow, start: int, end: int, *, below: bool = False) -> DateReading | None:
    """Returns an unlabelled date that stands in a byline: alone, or followed by words of bylines only. `below`: the
    text begins right below the title, where a linked name may stand before the day."""
    before, after = _other()
    text = flow.text
    for hit in find_dates(text[start:end]):
        at, stop = start + hit.start, start + hit.end
        time = _TIME.match(text, stop)
        stop = time.end() if time else stop
        stop = stop + (text[stop : stop + 1] in "]】)）〕" and stop < len(text))
        line_start = text.rfind("\n", 0, at) + 1
        head = text[line_start:at]
        rest = text[stop : text.find("\n", stop) if text.find("\n", stop) >= 0 else len(text)]
        near = text[max(0, at - 12) : at]
        if below and (week := _WEEKDAY.match(rest)) and _byline_word().match(rest, week.end()):
            rest = rest[week.end() :]  # 2024年1月2日 星期二 来源：; alone it is the calendar of the page
        if before.search(near) or after.match(rest) or _label("written").search(head[-12:]) or _LABELLED.search(near):
            continue  # labels of publication are read before; any other label makes it another day
        if len(head) > 80 or _PROSE.search(head):
            continue
        linked_head = flow.links_to(at) - flow.links_to(line_start)
        linked_rest = flow.links_to(stop + len(rest)) - flow.links_to(stop)
        led = _byline_word().match(rest)
        sourced = below and at - start < _SOURCE and len(head.strip()) <= _NAME  # a name and the day
        if not led and ((2 * linked_head > len(head) > 0 and not sourced) or 2 * linked_rest > len(rest) > 8):
            continue  # an item of a list; a source may be linked, too: [某某网] 2024-05-01 来源：某某网
        named = below and len(rest) <= _SOURCE and _NAMED.match(rest) is not None
        clocked = time is not None and time["clock"] and len(rest) <= _SOURCE and not head.strip()
        if rest and not rest[0].isspace() and _HAN.match(rest) and not (clocked or led or named):
            continue  # 2024年5月1日起施行; behind a time of day it is the source (2024-05-01 10:20某某日报)
        if len(rest) > 160 or (_PROSE.search(rest[:30]) and not led):
            continue
        return DateReading(hit.date, Rung.BYLINE, text[at:stop].strip())
    return None


@cache
def _tags() -> frozenset[str]:
    return frozenset(words("dates", "published", "tags"))


def _tagged(doc: Document, meta: Mapping[str, str]) -> DateReading | None:
    value = meta.get("PubDate", "")
    day = parse_date(value) if value else None
    if day is not None:
        return DateReading(day, Rung.META, value)
    for element in doc.tree.iter("meta"):
        name = (element.get("name") or element.get("property") or element.get("itemprop") or "").strip().lower()
        if name in _tags():
            day = parse_date(element.get("content") or "")
            if day is not None:
                return DateReading(day, Rung.META, element.get("content") or "")
    for script in doc.tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and (hit := _LINKED_DATA.search(script.text or "")):
            day = parse_date(hit[1])
            if day is not None:
                return DateReading(day, Rung.META, hit[1])
    return None


def _from_url(url: str) -> DateReading | None:
    day = date_from_url(url)
    return DateReading(day, Rung.URL, url.rsplit("//", 1)[-1]) if day is not None else None


def written_date(text: str, span: Span | None, document: DocumentMeta | None) -> DateReading | None:
    """Returns the day the document was written (成文日期): from its metadata table, or a label not below the text;
    None without one."""
    if document is not None and document.written is not None:
        return DateReading(document.written, Rung.TABLE, "")
    for hit in _label("written").finditer(text, 0, span.body_end if span is not None else len(text)):
        gap = _AFTER_LABEL.match(text, hit.end())
        start = gap.end() if gap else hit.end()
        date = first_date(text[start : start + 30])
        if date is not None and date.start <= 1:
            return DateReading(date.date, Rung.TEXT, squeeze(text[hit.start() : start + date.end]))
    return None
