"""One item of a list: its title, address, date and marks, from the elements between it and the next one.

A row may be any element (li, tr, dd, div, a) with what follows it up to the next row. The date of an item stands
outside its title: before it, behind it, in an element of its own inside the link, or in brackets at the very end of
the link. A date that is part of the title is none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from portal.dates import DATED, date_from_url, find_dates
from portal.facts import ListItem
from portal.html import Document, squeeze, text_of
from portal.links import handler_addresses
from portal.markup import hides, name_parts
from portal.vocabulary import any_of, load

_ITEMS: Mapping[str, Any] = load("lists")["items"]
_SKIP = frozenset(word.lower() for word in _ITEMS["skip"])
_PINNED = re.compile(any_of(_ITEMS["pinned"]))
_PINNED_IMAGE = re.compile(_ITEMS["pinned_image"], re.IGNORECASE)
_PINNED_CLASS = frozenset(_ITEMS["pinned_class"])
_INTERPRETATION = re.compile(any_of(_ITEMS["interpretation"]))
_TITLE_CLASS = frozenset(_ITEMS["title_class"])
_GOOD = re.compile(any_of(_ITEMS["good"]))
_LATE = re.compile(any_of(_ITEMS["late"]))
_DECORATION = " <>《》«»‹›＜＞+…[]【】|:：>-"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset({"div", "p", "ul", "ol", "dl", "table", *_HEADINGS})
_LISTS = frozenset({"ul", "ol", "dl"})
_NEVER_POPUPS = frozenset({"a", "img", "input"})
_MARKS = frozenset({"span", "i", "em", "b", "font", "img"})
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "textarea"})
_EDGE = re.compile(r"^[\s·•●■◆▪»>＞\-—|*.]+(?=\S)|[\s|]+$")
_PAGE_NUMBER = re.compile(r"^[\[\(（【<«»>\s]*(?:第?\s*\d{1,5}\s*页?|[<>«»‹›]+)[\]\)）】\s]*$")
_TIME = r"(?:[\sT]*\d{1,2}\s*[:：∶时]\s*\d{1,2}(?:\s*[:：∶分]\s*\d{0,2})?\s*[秒分]?)?"
_LABEL = r"(?:[^\d\s]{0,8}?(?:时间|日期|日间|日)\s*[:：]?\s*[\[\(（【]?\s*)?"
_DAY = (
    r"(?:(?:19|20)\d{2}\s*[-/.年－]+\s*\d{1,2}\s*[-/.月－]\s*\d{1,2}\s*[日号]?|\d{2}[-/.]\d{2}[-/.]\d{2}|\d{1,2}\s*[-/.－]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}\s*日"
    r"|\d{1,2}\s+(?:19|20)\d{2}[-/.年]\d{1,2}月?|\d{1,2}[-/.]\d{1,2}\s+(?:19|20)\d{2})"
)
_ONLY_DATE = re.compile(rf"^[\[\(（【\s]*{_LABEL}{_DAY}{_TIME}[\]\)）】\s]*$")
_TRAILING = re.compile(
    rf"(?:[\[\(（【]\s*(?:19|20)\d{{2}}\s*[-/.]\s*\d{{1,2}}\s*[-/.]\s*\d{{1,2}}{_TIME}\s*[\]\)）】]"
    rf"|\s(?:19|20)\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_TIME})\s*$"
)
_LEADING = re.compile(rf"^\s*[\[\(（【]?(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}{_TIME}[\]\)）】]?\s+")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\u3000]+")
_ELLIPSIS = re.compile(r"(?:\.{2,}|…+|。{2,}|．{2,})\s*$")
_HEADER_CELL = re.compile(r"^[^\d]{1,12}$")
SUMMARY = 44  # a piece of text longer than this is a summary, not a byline


@dataclass(slots=True)
class Piece:
    """One piece of text of a row: the anchor it is in, the cell it is in, and its place among the pieces."""

    text: str
    anchor: etree._Element | None
    cell: int
    block: bool = False


@dataclass(slots=True)
class Row:
    """What was read of one row. `titles` counts links that could be titles of items of their own."""

    item: ListItem | None
    titles: int = 0
    dates: int = 0
    anchor: etree._Element | None = None
    pieces: list[Piece] = field(default_factory=list)


def is_title_link(element: etree._Element, text: str) -> bool:
    """Returns whether the text of a link may be the title of an item: no pager, no 更多, no number, no
    placeholder of a template."""
    if len(text) < 2 or "{{" in text or "${" in text or "<%" in text:
        return False
    if len(text) < 14 and (text.lower() in _SKIP or text.lower().strip(_DECORATION) in _SKIP):
        return False
    return not _PAGE_NUMBER.match(text)


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
    pieces: list[Piece] = []
    anchors: list[etree._Element] = []
    popups: list[etree._Element] = []
    pinned = _collect(elements, pieces, anchors, popups)
    texts: dict[etree._Element, str] = {}
    for anchor in anchors:
        text = _anchor_title(anchor)
        if text and is_title_link(anchor, text):
            texts[anchor] = text
    main = _main_anchor(doc, texts)
    if main is None:
        return Row(None, pieces=pieces)
    title = texts[main]
    url = _url_of(doc, main)
    date, date_text, dates = _date_of(pieces, main, headers, url, reference)
    trailing = _TRAILING.search(title)
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
    pinned = pinned or any(_PINNED.search(p.text) for p in pieces if p.anchor is None or p.anchor is main)
    item = ListItem(
        title=title[:300],
        url=url,
        date=date,
        date_text=date_text[:60],
        pinned=pinned,
        interpretations=_interpretations(doc, main, url, texts, popups),
    )
    own = {_url_of(doc, a) or text for a, text in texts.items() if len(text) >= 7}
    return Row(item, titles=max(1, len(own)), dates=dates, anchor=main, pieces=pieces)


def _collect(
    elements: Sequence[etree._Element | str],
    pieces: list[Piece],
    anchors: list[etree._Element],
    popups: list[etree._Element],
) -> bool:
    pinned = False
    cell = -1
    stack: list[tuple[etree._Element | str, etree._Element | None]] = [(e, None) for e in reversed(elements)]
    depth_root = {e for e in elements if not isinstance(e, str)}
    while stack:
        node, anchor = stack.pop()
        if isinstance(node, str):
            text = squeeze(node)
            if text:
                pieces.append(Piece(text, anchor, cell))
            continue
        tag = node.tag
        if not isinstance(tag, str) or tag in _SILENT:
            continue
        if node.attrib or tag in _LISTS:
            popup = tag not in _NEVER_POPUPS and node not in depth_root and _is_popup(node)
        else:
            popup = False
        if popup:
            popups.append(node)
            continue
        if tag in ("td", "th"):
            cell += 1
        elif anchor is None and (tag == "a" or (node.get("onclick") and handler_addresses(node.get("onclick") or ""))):
            anchor = node
            anchors.append(node)
        elif tag == "img":
            pinned = pinned or bool(_PINNED_IMAGE.search(node.get("src") or ""))
            if anchor is None and _PINNED.search(node.get("alt") or ""):
                pinned = True
        if tag in _MARKS and node.get("class") and name_parts(node) & _PINNED_CLASS and len(text_of(node)) < 6:
            pinned = True
        if tag in _BLOCKS and pieces:
            pieces[-1].block = True
        for child in reversed(node):
            if child.tail:
                stack.append((child.tail, anchor))
            stack.append((child, anchor))
        if node.text:
            stack.append((node.text, anchor))
    return pinned


def _is_popup(node: etree._Element) -> bool:
    """Returns whether an element inside a row is a box of its own: hidden, or a list of its own beside the title."""
    if hides(node):
        return True
    if node.tag not in _LISTS:
        return False
    before = node.getprevious()
    while before is not None:
        if before.tag == "a" or (isinstance(before.tag, str) and before.find(".//a") is not None):
            return any(True for _ in node.iter("a"))
        before = before.getprevious()
    return False


def _anchor_title(anchor: etree._Element) -> str:
    block = _title_element(anchor) if len(anchor) else None
    text = text_of(block) if block is not None else _without_dates(anchor) if len(anchor) else text_of(anchor)
    text = _EDGE.sub("", text)
    attribute = squeeze((anchor.get("title") or "").split("\n")[0])
    if attribute and len(attribute) > len(text):
        stem = _ELLIPSIS.sub("", text)
        if not text or (len(stem) >= 4 and attribute.startswith(stem) and (stem != text or len(text) >= 15)):
            return attribute
    if not text:
        for image in anchor.iter("img"):
            if alt := squeeze(image.get("alt") or image.get("title") or ""):
                return alt
    return text


def _title_element(anchor: etree._Element) -> etree._Element | None:
    blocks = [node for node in anchor.iterdescendants() if isinstance(node.tag, str)]
    for node in blocks:
        if node.tag in _HEADINGS and len(text_of(node)) >= 2:
            return node
    for node in blocks:
        if name_parts(node) & _TITLE_CLASS and len(text_of(node)) >= 4 and not _ONLY_DATE.match(text_of(node)):
            return node
    for node in blocks:
        if node.tag in ("p", "div", "li", "dt") and not any(child.tag in _BLOCKS for child in node):
            text = text_of(node)
            if len(text) >= 4 and not _ONLY_DATE.match(text):
                return node
    return None


def _without_dates(anchor: etree._Element) -> str:
    """Returns the text of a link without elements that hold nothing but a date."""
    children = [child for child in anchor if isinstance(child.tag, str)]
    if not any(_ONLY_DATE.match(squeeze("".join(map(str, child.itertext())))) for child in children):
        return text_of(anchor)
    parts = [anchor.text or ""]
    for child in anchor:
        if isinstance(child.tag, str) and not _ONLY_DATE.match(squeeze("".join(map(str, child.itertext())))):
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return squeeze("".join(parts))


def _main_anchor(doc: Document, texts: dict[etree._Element, str]) -> etree._Element | None:
    if not texts:
        return None
    best: etree._Element | None = None
    best_score = -1.0
    firsts: dict[str, etree._Element] = {}
    for anchor, text in texts.items():
        target = _url_of(doc, anchor)
        if target and target in firsts and len(texts[firsts[target]]) >= 4:
            continue  # the same address again: a summary or a picture
        firsts.setdefault(target, anchor)
        score = float(min(len(text), 60))
        if _in_heading(anchor):
            score += 60
        if len(text) > 120:
            score -= 60
        if _INTERPRETATION.search(text) and len(text) < 8:
            score -= 20
        if score > best_score:
            best, best_score = anchor, score
    return best


def _in_heading(anchor: etree._Element) -> bool:
    parent = anchor.getparent()
    for _ in range(3):
        if parent is None:
            return False
        if parent.tag in _HEADINGS:
            return True
        parent = parent.getparent()
    return False


def _url_of(doc: Document, anchor: etree._Element) -> str:
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
    pieces: list[Piece],
    main: etree._Element,
    headers: Sequence[str],
    url: str,
    reference: dt.date | None,
) -> tuple[dt.date | None, str, int]:
    if not any(DATED.search(piece.text) for piece in pieces):
        return None, "", 0
    runs: list[tuple[str, str]] = []  # text, label by the head of the table
    current: list[str] = []
    cell = -2
    for piece in pieces:
        text = piece.text
        if len(text) > SUMMARY:
            # Results write address and day on one line; other long texts may end with the day.
            text = _ADDRESS.sub(" ", text).strip()
            if len(text) > SUMMARY and (trailing := _TRAILING.search(text)):
                text = trailing[0].strip()
        inside = piece.anchor is main
        usable = _ONLY_DATE.match(text) is not None or (
            not inside and (len(text) <= SUMMARY or _GOOD.search(text[:6]) is not None)
        )
        if inside and not usable and re.fullmatch(r"[\[\(（]?[\d\s年月日./\-]{1,10}[\]\)）]?", text):
            usable = True  # day and month of a date in several elements
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
    for order, (text, head) in enumerate(runs):
        hits = find_dates(text)
        if not hits and _ONLY_DATE.match(text):
            hits = find_dates(text, short=True)
        if not hits:
            hits = _yearless(text, url, reference)
        previous = 0
        for hit in hits:
            count += 1
            label = text[max(previous, hit.start - 8) : hit.start] + head
            previous = hit.end
            rank = 0 if _GOOD.search(label) else 2 if _LATE.search(label) else 1
            if best is None or (rank, order) < (best[0], best[1]):
                best = (rank, order, hit.date, text[hit.start : hit.end])
    if best is None:
        return None, "", 0
    return best[2], best[3].strip(), count


def _yearless(text: str, url: str, reference: dt.date | None) -> list[Any]:
    by_url = date_from_url(url) if url else None
    if by_url is not None:
        hits = find_dates(text, reference=by_url)
        if hits and hits[0].date == by_url:
            return list(hits)
    return list(find_dates(text, reference=reference)) if reference is not None else []


def _interpretations(
    doc: Document,
    main: etree._Element,
    url: str,
    texts: dict[etree._Element, str],
    popups: list[etree._Element],
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for anchor, text in texts.items():
        target = _url_of(doc, anchor)
        if anchor is not main and target and target != url and _INTERPRETATION.search(text):
            found[target] = None
    for popup in popups:
        about = bool(_INTERPRETATION.search(text_of(popup)[:400]))
        for anchor in popup.iter("a"):
            target = _url_of(doc, anchor)
            if about and target and target != url:
                found[target] = None
    return tuple(found)


def header_texts(row: etree._Element) -> tuple[str, ...]:
    """Returns the texts of a table row's cells where they read like a head (short, no digits), else ()."""
    cells = [squeeze("".join(map(str, cell.itertext()))) for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or row.find(".//a[@href]") is not None:
        return ()
    return tuple(cells) if all(not cell or _HEADER_CELL.match(cell) for cell in cells) else ()
