"""One item of a list: its title, address, date and marks, from the elements between it and the next one.

A row may be any element (li, tr, dd, div, a) with what follows it up to the next row. The date of an item stands
outside its title: before it, behind it, in an element of its own inside the link, or in brackets at the very end of
the link. A date that is part of the title is none.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

import msgspec
from lxml import etree

from portal.dates import DATED, find_dates, machine_date, near_by_url
from portal.facts import ListItem
from portal.html import Document, markup_of, squeeze, text_of
from portal.links import handler_addresses, known_link
from portal.markup import EMPTY, HIDES, OPEN, Tag
from portal.nesting import Markup, holds
from portal.regions import layout
from portal.vocabulary import any_of, load
from portal.years import WAITING

_ITEMS: Mapping[str, Any] = load("lists")["items"]
_SKIP = frozenset(word.lower() for word in _ITEMS["skip"])
_OPENS = frozenset(_ITEMS["opens"])
_FETCHES = frozenset(_ITEMS["fetches"])
_NAMED = re.compile(any_of(_ITEMS["named"]))
_PINNED = re.compile(any_of(_ITEMS["pinned"]))
_PINNED_IMAGE = re.compile(_ITEMS["pinned_image"], re.IGNORECASE)
_PINNED_CLASS = frozenset(_ITEMS["pinned_class"])
_INTERPRETATION = re.compile(any_of(_ITEMS["interpretation"]))
_ASIDE = re.compile(rf"\W{{0,3}}(?:{any_of(_ITEMS['aside'])})")
_TITLE_CLASS = frozenset(_ITEMS["title_class"])
_GOOD = re.compile(any_of(_ITEMS["good"]))
_LATE = re.compile(any_of(_ITEMS["late"]))
_LABEL_BEHIND = re.compile(rf"\s?(?:{any_of([*_ITEMS['good'], *_ITEMS['renewed']])})(?![^\s]*[:：])")
_TITLED = re.compile(rf"^(?:{any_of(_ITEMS['titled'])})\s*[:：]\s*")
_DECORATION = " <>《》«»‹›＜＞+…[]【】|:：>-"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset({"div", "p", "ul", "ol", "dl", "table", *_HEADINGS})
_BOXES = frozenset({"p", "div", "li", "dt"})
_LISTS = frozenset({"ul", "ol", "dl"})
_NEVER_POPUPS = frozenset({"a", "img", "input"})
_HOLDERS = frozenset({"div", "dl", "ul", "table", "section", "p"})
_MARKS = frozenset({"span", "i", "em", "b", "font", "img"})
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "textarea"})
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_EDGE = re.compile(r"^[\s·•●■◆▪»›>＞\-—|*.]+(?=\S)|[\s|›»]+$")
_EDGES = "·•●■◆▪»›>＞-—|*."  # of a text without blanks at its ends
_PAGE_NUMBER = re.compile(r"^[\[\(（【<«»>\s]*(?:[第上下前后]?\s*\d{1,5}\s*页?|[<>«»‹›]+)[\]\)）】\s]*$")
_TIME = r"(?:[\sT]*\d{1,2}\s*[:：∶时]\s*\d{1,2}(?:\s*[:：∶分]\s*\d{0,2})?\s*[秒分]?)?"
_LABEL = r"(?:[^\d\s]{0,8}?(?:时间|日期|日间|日)\s*[:：]?\s*[\[\(（【]?\s*)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DAY = (
    r"(?:(?:19|20)\d{2}\s*[-/.年－]+\s*\d{1,2}\s*[-/.月－]\s*\d{1,2}\s*[日号]?|\d{2}[-/.]\d{2}[-/.]\d{2}|\d{1,2}\s*[-/.－]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}\s*日?"
    r"|\d{1,2}\s+(?:19|20)\d{2}[-/.年]\d{1,2}月?|\d{1,2}[-/.]\d{1,2}\s+(?:19|20)\d{2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+(?:19|20)\d{{2}}|{_MONTH}\s+\d{{1,2}},?\s+(?:19|20)\d{{2}}"
    r"|(?:[〇○零一二三四五六七八九]{4}|(?:19|20)\d{2})\s*年\s*[一二三四五六七八九十元]{1,2}\s*月\s*[一二三四五六七八九十]{1,3}\s*[日号])"
)
_ONLY_DATE = re.compile(rf"^[\[\(（【\s]*{_LABEL}{_DAY}{_TIME}[\]\)）】\s]*$")
_PART = re.compile(r"[\[\(（]?[\d\s年月日./\-]{1,10}[\]\)）]?")  # of a date in several elements
_TRAILING = re.compile(
    rf"(?:[\[\(（【]\s*(?:19|20)\d{{2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{1,2}}{_TIME}\s*[\]\)）】]"
    rf"|\s(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_TIME})\s*$"
)
_LEADING = re.compile(rf"^\s*[\[\(（【]?(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}{_TIME}[\]\)）】]?\s+")
_SCHEMES = ("http:", "https:", "www.")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\u3000]+")
_CUT = ".…。．"
_ELLIPSIS = re.compile(r"(?:\.{2,}|…+|。{2,}|．{2,})\s*$")
_HEADER_CELL = re.compile(r"^[^\d]{1,12}$")
_TOLD = re.compile(r"[^\s：:]{1,6}\s*[：:]")  # what a line of a hint tells
_DOTTED = re.compile(r"\s*(\d{1,2})(?:\.|\s*月\s*)(\d{1,2})\s*")  # 10.11: a day only where the address has one near it
_D, _M, _Y = r"(?P<d>0?[1-9]|[12]\d|3[01])", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<y>(?:19|20)\d{2})"
_DAY_BOXES = tuple(  # of a day in several elements, nothing else beside it: 2026.09 | 10, 10 | 9月 | 2026
    re.compile(form)
    for form in (
        rf"{_Y}\s*[-/.年]\s*{_M}\s*月?\s+{_D}日?",
        rf"{_D}日?\s+{_M}\s*月\s+{_Y}年?",
        rf"{_M}\s*月\s*{_D}日?\s+{_Y}年?",
        rf"{_Y}年?\s+{_M}\s*月\s+{_D}日?",
    )
)
_SPOKEN = re.compile(r"(?:发布|发文|公开|公布|添加)(?:时间|日期)\s*[:：]\s*")  # in the hint of a link
_PROSE = re.compile(r"[。；！？]|[，,].{12}")  # a sentence of a summary, whatever its length
_LABELLED = re.compile(r"(?:时间|日期|发布|公开|公布|印发|发文|更新)\s*[:：]")
_TERM = re.compile(r"\s*(?:之前|以前|前|起|止|至|到|为止|截止|截至)")  # behind a day that is a term
_BOX = 20  # characters of such a day
_HINT = 400  # characters of the hint of a link that are looked at
_UNLINKED = 4  # characters of the shortest title that is no link
_NAME = 8  # characters from which words about an interpretation are the title of one
_POPUP = 400  # characters of a box beside a title that are looked at
_CALLED = 12  # characters of its heading
# Links left open hold each other, 2000 deep: what each of them says would be read for all of them.
_MOST_SAID = 300  # characters of a link that are looked at: a title keeps no more
_MOST_INNER = 500  # elements in a link among which its title is looked for
_DEEPEST = 100  # elements in each other that are looked into for a date
SUMMARY = 44  # a piece of text longer than this is a summary, not a byline


class _Piece(msgspec.Struct, frozen=True, gc=False):
    """One piece of text of a row: the number of the link it is in, -1 without one, and of the cell it is in."""

    text: str
    anchor: int
    cell: int


class _Contents(msgspec.Struct):
    """What stands in a row: its texts, the numbers of its links and of the boxes in it that are none of it."""

    pieces: list[_Piece] = msgspec.field(default_factory=list)
    anchors: list[int] = msgspec.field(default_factory=list)
    popups: list[int] = msgspec.field(default_factory=list)
    pinned: bool = False


class Row(msgspec.Struct, frozen=True):
    """What was read of one row. `titles` counts links that could be titles of items of their own."""

    item: ListItem | None
    titles: int = 0
    dates: int = 0
    anchor: etree._Element | None = None


@lru_cache(maxsize=4096)
def is_title_link(text: str) -> bool:
    """Returns whether the text of a link may be the title of an item: no pager, no 更多, no number, no address, no
    placeholder of a template."""
    if len(text) < 2 or "{{" in text or "${" in text or "<%" in text:
        return False
    if len(text) < 14 and (text.lower() in _SKIP or text.lower().strip(_DECORATION) in _SKIP):
        return False
    return not _PAGE_NUMBER.match(text) and not (text.startswith(_SCHEMES) and _ADDRESS.fullmatch(text))


@lru_cache(maxsize=1024)
def opens_item(text: str) -> bool:
    """Returns whether the text of a link says no more than that it opens what stands beside it (查看, [详细]), or
    fetches it."""
    return len(text) < 9 and (text.strip(_DECORATION) in _OPENS or fetches_item(text))


def fetches_item(text: str) -> bool:
    """Returns whether the text of a link says no more than that it fetches what stands beside it (下载)."""
    return text.strip(_DECORATION) in _FETCHES


def text_at(page: Markup, number: int, most: int = sys.maxsize) -> str:
    """Returns the folded text of an element, see `text_of`, by its number: `most` characters of it at least."""
    opening, first, last = page.openings[number], page.begins[number], page.ends[number]
    if last == first + (opening.kind == OPEN):  # nothing else is in it
        return opening.squeezed if opening.kind == OPEN else ""
    texts: list[str] = []
    size = 0
    for place in range(first, last):
        tag = page.tags[place]
        if tag.name in _UNSEEN:
            return text_of(page.elements[number], most)
        texts.append(tag.text)
        size += len(tag.squeezed)
        if size >= most:
            break
    return squeeze("".join(texts))


def read_row(
    doc: Document,
    elements: Sequence[etree._Element | str],
    headers: Sequence[str] = (),
    *,
    reference: dt.date | None = None,
) -> Row:
    """Returns the item a row holds. `elements` are the row's elements and texts in document order.

    `headers` are the texts of the table's head, by cell; `reference` serves dates without a year. Cached per page: a
    row stands in several candidates for a list.
    """
    known = doc.cache.setdefault("rows", {})
    key = (tuple(elements), tuple(headers), reference)
    if not isinstance(known, dict) or not isinstance(row := known.get(key), Row):
        row = _read_row(doc, elements, headers, reference)
        if isinstance(known, dict):
            known[key] = row
    return row


def _read_row(
    doc: Document, elements: Sequence[etree._Element | str], headers: Sequence[str], reference: dt.date | None
) -> Row:
    page = markup_of(doc)
    row = _collect(page, layout(doc).orders, elements)
    texts: dict[int, str] = {}
    for anchor in row.anchors:
        text = _anchor_title(page, anchor)
        if is_title_link(text):
            texts[anchor] = text
    main = _main_anchor(doc, page, texts)
    if main < 0:
        main, title = _unlinked(page, row, headers)
        if main < 0:
            return Row(None)
        texts = {main: title}
    title = texts[main]
    alone = len(texts) == 1
    url = _url_of(doc, page, main)
    date, date_text, dates = _date_of(row.pieces, main, headers, url, reference)
    if date is None and (spoken := _SPOKEN.search(hint := (page.elements[main].get("title") or "")[:_HINT])):
        # Only the hint of the link says the day: 标题：…… 发布时间：2026-09-10.
        hits = find_dates(hint[spoken.end() : spoken.end() + _BOX])
        if hits and hits[0].start == 0:
            date, date_text, dates = hits[0].date, str(hits[0].date), 1
    trailing = _TRAILING.search(title) if not title[-1].isalpha() or title[-1] in "分秒" else None
    if trailing and date is None:
        hits = find_dates(trailing[0])
        if hits:
            date, date_text = hits[0].date, trailing[0].strip()
    if trailing and date is not None and trailing.start() > 1:
        hits = find_dates(trailing[0])
        if hits and hits[0].date == date:
            title = title[: trailing.start()].strip()
    leading = _LEADING.match(title)
    if leading and date is None and len(title) > leading.end() + 3:
        hits = find_dates(leading[0])
        if hits:
            date, date_text, title = hits[0].date, leading[0].strip(), title[leading.end() :].strip()
    said = "\n".join([piece.text for piece in row.pieces if piece.anchor in (-1, main)])
    item = ListItem(
        title=title[:300],
        url=url,
        date=date,
        date_text=date_text[:60],
        pinned=row.pinned or _PINNED.search(said) is not None,
        interpretations=() if alone and not row.popups else _interpretations(doc, page, main, url, texts, row.popups),
    )
    own = 1 if alone else len({_url_of(doc, page, a) or text for a, text in texts.items() if len(text) >= 7})
    return Row(item, titles=max(1, own), dates=dates, anchor=page.elements[main])


def _unlinked(page: Markup, row: _Contents, headers: Sequence[str]) -> tuple[int, str]:
    """Returns the link that opens the item of a row and the title beside it, which is no link; -1 and "" where the row
    is none such. The title stands below a head that says so (案件名称), else it is the longest text."""
    opener = next((anchor for anchor in row.anchors if opens_item(text_at(page, anchor, _CALLED))), -1)
    best, most = "", 0
    for piece in row.pieces if opener >= 0 else ():
        text = piece.text
        if piece.anchor >= 0 or len(text) < _UNLINKED or _ONLY_DATE.match(text) or not any(map(str.isalpha, text)):
            continue
        head = headers[piece.cell] if 0 <= piece.cell < len(headers) else ""
        weight = min(len(text), SUMMARY) + (SUMMARY if _NAMED.search(head) else 0)
        if weight > most:
            best, most = text, weight
    return (opener, best) if best else (-1, "")


def text_beside(doc: Document, elements: Sequence[etree._Element | str]) -> str:
    """Returns the first text of a row that is in no link and no date, "" without one: 2026年第9期 below a cover."""
    pieces = _collect(markup_of(doc), layout(doc).orders, elements).pieces
    return next(
        (p.text for p in pieces if p.anchor < 0 and len(p.text) >= _UNLINKED and not _ONLY_DATE.match(p.text)), ""
    )


def _collect(
    page: Markup, numbers: Mapping[etree._Element, int], elements: Sequence[etree._Element | str]
) -> _Contents:
    """Returns what stands in the elements and texts of a row, in document order."""
    found = _Contents()
    cell = -1
    for element in elements:
        if isinstance(element, str):
            if text := squeeze(element):
                found.pieces.append(_Piece(text, -1, cell))
            continue
        root = numbers[element]
        number, place, stop = root - 1, page.begins[root], page.ends[root]
        anchor, anchor_end = -1, -1
        while True:
            tag = page.tags[place]
            if tag.kind in (OPEN, EMPTY):
                number += 1
                name = tag.name
                popup = number != root and (
                    _is_popup(page, number, tag)
                    or (name in _HOLDERS and found.anchors and anchor < 0 and _is_beside(page, number))
                )
                if popup or name in _SILENT:
                    if popup:
                        found.popups.append(number)
                    place, number = page.ends[number], page.last[number]
                    tag = page.tags[place]
                elif name in ("td", "th"):
                    cell += 1
                elif anchor < 0 and (
                    name == "a" or ("onclick=" in tag.written and handler_addresses(tag.attributes.get("onclick", "")))
                ):
                    anchor, anchor_end = number, page.ends[number]
                    found.anchors.append(number)
                if name in _MARKS and not popup and tag.written and _is_pinned(page, number, anchor):
                    found.pinned = True
            if place == stop:
                break  # what stands behind is none of it
            if place == anchor_end:
                anchor = -1
            if tag.words and (text := tag.words.strip()):
                if tag.name == "time" and tag.kind == OPEN:
                    text = _day_meant(tag, text)
                found.pieces.append(_Piece(text, anchor, cell))
            place += 1
    return found


def _day_meant(tag: Tag, text: str) -> str:
    """Returns the text of a <time>, or the day it means where the text does not tell it (11月 28, 3天前)."""
    day = machine_date(tag.attribute("datetime")) if not find_dates(text) else None
    return text if day is None else day.isoformat()


def _is_pinned(page: Markup, number: int, anchor: int) -> bool:
    """Returns whether a mark says that the item is pinned; words that replace an image count outside of links."""
    tag, element = page.openings[number], page.elements[number]
    if tag.name == "img" and number != anchor:
        if _PINNED_IMAGE.search(element.get("src") or ""):
            return True
        if anchor < 0 and _PINNED.search(element.get("alt") or ""):
            return True
    return "class=" in tag.written and not _PINNED_CLASS.isdisjoint(tag.parts) and len(text_of(element)) < 6


def _is_popup(page: Markup, number: int, tag: Tag) -> bool:
    """Returns whether an element inside a row is a box of its own: hidden, or a list of its own beside the title."""
    if tag.name in _NEVER_POPUPS or tag.name in _SILENT:
        return False
    if tag.signs & HIDES:
        return True
    if tag.name not in _LISTS:
        return False
    return holds(page.links, page.parents[number] + 1, number - 1) and bool(page.anchors(number))


def _is_beside(page: Markup, number: int) -> bool:
    """Returns whether an element behind a title is a box of links about it, and says so: 相关解读."""
    return bool(page.anchors(number)) and _ASIDE.match(text_at(page, number, _CALLED)[:_CALLED]) is not None


def _anchor_title(page: Markup, number: int) -> str:
    anchor, opening = page.elements[number], page.openings[number]
    if page.is_plain(number):
        text = opening.squeezed if opening.kind == OPEN else ""
    else:
        block = _title_element(page, number)
        text = _without_dates(page.elements[block], text_at(page, block, _MOST_SAID)) if block >= 0 else ""
        text = text or _without_dates(anchor, text_at(page, number, _MOST_SAID))
    text = text[:_MOST_SAID]
    if text and (text[0] in _EDGES or text[-1] in _EDGES):
        text = _EDGE.sub("", text)
    said = anchor.get("title") or ""
    stem = _ELLIPSIS.sub("", text) if text and text[-1] in _CUT else text
    attribute = _said_title(said) if len(said) > len(stem) else ""
    if len(attribute) > len(stem) and (
        not text or (len(stem) >= 4 and attribute.startswith(stem) and (stem != text or len(text) >= 15))
    ):
        return attribute
    if not text:
        for image in anchor.iter("img"):
            if alt := squeeze(image.get("alt") or image.get("title") or ""):
                return alt
    return text


def _said_title(said: str) -> str:
    """Returns the title a title attribute tells: its lines, up to one that tells something else (点击数：12)."""
    lines = said.split("\n") if "\n" in said else said.split("\r")
    first = _TITLED.sub("", squeeze(lines[0]))
    if len(lines) == 1:
        return first
    told = takewhile(lambda line: not _TOLD.match(line), map(squeeze, lines[1:])) if first == squeeze(lines[0]) else ()
    return squeeze(" ".join((first, *told)))


def _title_element(page: Markup, anchor: int) -> int:
    """Returns the element in a link that holds the title of its item, -1 where none says so."""
    inner = range(anchor + 1, min(page.last[anchor], anchor + _MOST_INNER) + 1)
    called = boxed = -1
    for number in inner:
        tag = page.openings[number]
        if tag.name in _HEADINGS and len(text_at(page, number, _MOST_SAID)) >= 2:
            return number
        if called < 0 and not _TITLE_CLASS.isdisjoint(tag.parts) and tag.name not in _UNSEEN:
            called = number if _is_title(text_at(page, number, _MOST_SAID)) else -1
        if (
            boxed < 0
            and tag.name in _BOXES
            and _BLOCKS.isdisjoint([page.openings[n].name for n in page.children(number)])
        ):
            boxed = number if _is_title(text_at(page, number, _MOST_SAID)) else -1
    return called if called >= 0 else boxed


def _is_title(text: str) -> bool:
    return len(text) >= 4 and not _ONLY_DATE.match(text)


def _without_dates(anchor: etree._Element, text: str) -> str:
    """Returns the text of a link without elements that hold nothing but a date."""
    if not DATED.search(text) or len(text) >= _MOST_SAID:
        return text
    parts: list[str] = []
    if not _gather(anchor, parts, _DEEPEST):
        return text
    return squeeze("".join(parts))


def _gather(element: etree._Element, parts: list[str], depth: int) -> bool:
    """Adds the texts in an element, but for those of elements that hold nothing but a date; returns whether there are
    any of these."""
    parts.append(element.text or "")
    dated = False
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNSEEN:
            whole = squeeze("".join(map(str, child.itertext())))
            if not DATED.search(whole):
                parts.append(text_of(child))
            elif _ONLY_DATE.match(whole):
                dated = True
            elif depth:
                dated |= _gather(child, parts, depth - 1)
            else:
                parts.append(text_of(child))
        parts.append(child.tail or "")
    return dated


def _main_anchor(doc: Document, page: Markup, texts: Mapping[int, str]) -> int:
    """Returns the link of the title among those of a row, -1 without one."""
    if len(texts) == 1:
        [(anchor, text)] = texts.items()
        if len(text) >= _NAME or not _INTERPRETATION.search(text):
            return anchor
    best = -1
    best_score = -1.0
    firsts: dict[str, int] = {}
    for anchor, text in texts.items():
        target = _url_of(doc, page, anchor)
        if target and target in firsts and len(texts[firsts[target]]) >= 4:
            continue  # the same address again: a summary or a picture
        firsts.setdefault(target, anchor)
        score = float(min(len(text), 60))
        if _in_heading(page, anchor):
            score += 60
        if len(text) > 120:
            score -= 60
        if len(text) < _NAME and _INTERPRETATION.search(text):
            score -= 20
        if score > best_score:
            best, best_score = anchor, score
    return best


def _in_heading(page: Markup, anchor: int) -> bool:
    for _ in range(3):
        anchor = page.parents[anchor]
        if anchor < 0:
            return False
        if page.openings[anchor].name in _HEADINGS:
            return True
    return False


def _url_of(doc: Document, page: Markup, number: int) -> str:
    if told := known_link(doc, page.openings[number]):
        return told.url
    anchor = page.elements[number]
    href = anchor.get("href") or ""
    url = doc.absolute(href) if href else ""
    if url:
        return url
    for code in (href, anchor.get("onclick") or ""):
        for raw in handler_addresses(code):
            if found := doc.absolute(raw):
                return found
    return ""


def _date_of(
    pieces: Sequence[_Piece],
    main: int,
    headers: Sequence[str],
    url: str,
    reference: dt.date | None,
) -> tuple[dt.date | None, str, int]:
    if not DATED.search("\n".join([piece.text for piece in pieces])):
        return None, "", 0
    runs: list[tuple[str, str]] = []  # text, label by the head of the table
    sentences: list[tuple[str, str]] = []
    current: list[str] = []
    cell = -2
    for piece in pieces:
        text = piece.text
        if len(text) > SUMMARY:
            # Results write address and day on one line; other long texts may end with the day.
            text = _ADDRESS.sub(" ", text).strip()
            if len(text) > SUMMARY and (trailing := _TRAILING.search(text)):
                text = trailing[0].strip()
        inside = piece.anchor == main
        if inside:
            # Alone, or day and month of a date in several elements.
            usable = (DATED.search(text) is not None and _ONLY_DATE.match(text) is not None) or (
                len(text) <= 12 and _PART.fullmatch(text) is not None
            )
        else:
            usable = len(text) <= SUMMARY or _GOOD.search(text[:6]) is not None or _ONLY_DATE.match(text) is not None
            if usable and _PROSE.search(text) and not _LABELLED.search(text):
                sentences.append((text, ""))
                usable = False
        if not usable or piece.cell != cell:
            if current:
                runs.append((" ".join(current), headers[cell] if 0 <= cell < len(headers) else ""))
                current = []
            cell = piece.cell
        if usable:
            current.append(text)
    if current:
        runs.append((" ".join(current), headers[cell] if 0 <= cell < len(headers) else ""))
    best: tuple[int, int, dt.date, str] | None = None
    count = 0
    for order, (text, head) in enumerate(runs + sentences):
        told = order >= len(runs)
        hits = find_dates(text)
        if not hits and _ONLY_DATE.match(text):
            hits = find_dates(text, short=True)
        if not hits:
            hits = _yearless(text, url, reference)
        if told:
            # The day that opens a summary is that of the event, of use where the row has no other: never a term.
            hits = [hit for hit in hits[:1] if not text[: hit.start].strip() and not _TERM.match(text, hit.end)]
        previous = 0
        behind = bool(hits) and not text[: hits[0].start].strip() and _LABEL_BEHIND.match(text, hits[0].end) is not None
        for hit in hits:
            count += 1
            before = text[max(previous, hit.start - 8) : hit.start]
            label = (text[hit.end : hit.end + 4] if behind else before) + head
            previous = hit.end
            rank = 3 if told else 1 if not label else 0 if _GOOD.search(label) else 2 if _LATE.search(label) else 1
            if best is None or (rank, order) < (best[0], best[1]):
                best = (rank, order, hit.date, text[hit.start : hit.end])
    if best is not None:
        return best[2], best[3].strip(), count
    for text, _ in runs:
        if (boxed := _boxed(text)) is not None:
            return boxed, text.strip(), 1
    return None, "", 0


def _boxed(text: str) -> dt.date | None:
    for form in _DAY_BOXES if len(text) <= _BOX else ():
        if match := form.fullmatch(text.strip()):
            try:
                return dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                continue
    return None


def _yearless(text: str, url: str, reference: dt.date | None) -> list[Any]:
    """Returns the dates without a year in a text: of the year that brings them next to the day in the address, which
    differs by the days a text waits; where none does, the last such days before the reference."""
    by_url = near_by_url(url) if url else None
    if by_url is not None:
        hits = list(find_dates(text, reference=by_url + WAITING))
        if not hits and (dotted := _DOTTED.fullmatch(text)):
            told = find_dates(f"[{dotted[1]}.{dotted[2]}]", reference=by_url + WAITING)
            hits = [hit._replace(start=0, end=len(text)) for hit in told]
        if hits and abs(hits[0].date - by_url) <= WAITING:
            return hits
    return list(find_dates(text, reference=reference)) if reference is not None else []


def _interpretations(
    doc: Document, page: Markup, main: int, url: str, texts: Mapping[int, str], popups: Sequence[int]
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for anchor, text in texts.items():
        target = _url_of(doc, page, anchor)
        if anchor != main and target and target != url and _INTERPRETATION.search(text):
            found[target] = None
    for popup in popups:
        if not _INTERPRETATION.search(text_at(page, popup, _POPUP)[:_POPUP]):
            continue
        for number in range(popup, page.last[popup] + 1):
            target = _url_of(doc, page, number) if page.openings[number].name == "a" else ""
            if target and target != url:
                found[target] = None
    return tuple(found)


def header_texts(row: etree._Element) -> tuple[str, ...]:
    """Returns the texts of a table row's cells where they read like a head (short, no digits), else ()."""
    cells = [squeeze("".join(map(str, cell.itertext()))) for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or row.find(".//a[@href]") is not None:
        return ()
    return tuple(cells) if all(not cell or _HEADER_CELL.match(cell) for cell in cells) else ()
