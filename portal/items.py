"""One item of a list: its title, address, date and marks, from the elements between it and the next one.

A row may be any element (li, tr, dd, div, a) with what follows it up to the next row. The date of an item stands
outside its title: before it, behind it, in an element of its own inside the link, or in brackets at the very end of
the link. A date that is part of the title is none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from lxml import etree

from portal.facts import ListItem
from portal.html import Document, markup_of, squeeze, text_at, text_of
from portal.item_days import ONLY_DATE, SUMMARY, day_by_title, day_meant, day_of
from portal.item_titles import HEADINGS, anchor_title, is_title_link, opens_item
from portal.links import handler_addresses, known_link
from portal.loose_days import Piece
from portal.markup import EMPTY, HIDES, OPEN, Tag
from portal.nesting import Markup, holds
from portal.regions import layout
from portal.vocabulary import any_of, load

_ITEMS: Mapping[str, Any] = load("lists")["items"]
_NAMED = re.compile(any_of(_ITEMS["named"]))
_PINNED = re.compile(any_of(_ITEMS["pinned"]))
_PINNED_IMAGE = re.compile(_ITEMS["pinned_image"], re.IGNORECASE)
_PINNED_CLASS = frozenset(_ITEMS["pinned_class"])
_INTERPRETATION = re.compile(any_of(_ITEMS["interpretation"]))
_ASIDE = re.compile(rf"\W{{0,3}}(?:{any_of(_ITEMS['aside'])})")
_LISTS = frozenset({"ul", "ol", "dl"})
_NEVER_POPUPS = frozenset({"a", "img", "input"})
_HOLDERS = frozenset({"div", "dl", "ul", "table", "section", "p"})
_MARKS = frozenset({"span", "i", "em", "b", "font", "img"})
_SILENT = frozenset({"script", "style", "noscript", "template", "select", "textarea"})
_HEADER_CELL = re.compile(r"^[^\d]{1,12}$")
_UNLINKED = 4  # characters of the shortest title that is no link
_NAME = 8  # characters from which words about an interpretation are the title of one
_POPUP = 400  # characters of a box beside a title that are looked at
_CALLED = 12  # characters of its heading


class _Contents(msgspec.Struct):
    """What stands in a row: its texts, the numbers of its links and of the boxes in it that are none of it."""

    pieces: list[Piece] = msgspec.field(default_factory=list)
    anchors: list[int] = msgspec.field(default_factory=list)
    popups: list[int] = msgspec.field(default_factory=list)
    pinned: bool = False


class Row(msgspec.Struct, frozen=True):
    """What was read of one row. `titles` counts links that could be titles of items of their own."""

    item: ListItem | None
    titles: int = 0
    dates: int = 0
    anchor: etree._Element | None = None


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
        text = anchor_title(page, anchor)
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
    day = day_of(row.pieces, main, headers, url, reference)
    hint = page.elements[main].get("title") or ""
    title, day = day_by_title(title, hint, day)
    said = "\n".join([piece.text for piece in row.pieces if piece.anchor in (-1, main)])
    item = ListItem(
        title=title[:300],
        url=url,
        date=day.date,
        date_text=day.text[:60],
        pinned=row.pinned or _PINNED.search(said) is not None,
        interpretations=() if alone and not row.popups else _interpretations(doc, page, main, url, texts, row.popups),
    )
    own = 1 if alone else len({_url_of(doc, page, a) or text for a, text in texts.items() if len(text) >= 7})
    return Row(item, titles=max(1, own), dates=day.dates, anchor=page.elements[main])


def _unlinked(page: Markup, row: _Contents, headers: Sequence[str]) -> tuple[int, str]:
    """Returns the link that opens the item of a row and the title beside it, which is no link; -1 and "" where the row
    is none such. The title stands below a head that says so (案件名称), else it is the longest text."""
    opener = next((anchor for anchor in row.anchors if opens_item(text_at(page, anchor, _CALLED))), -1)
    best, most = "", 0
    for piece in row.pieces if opener >= 0 else ():
        text = piece.text
        if piece.anchor >= 0 or len(text) < _UNLINKED or ONLY_DATE.match(text) or not any(map(str.isalpha, text)):
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
        (p.text for p in pieces if p.anchor < 0 and len(p.text) >= _UNLINKED and not ONLY_DATE.match(p.text)), ""
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
                found.pieces.append(Piece(text, -1, cell))
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
                    text = day_meant(tag, text)
                found.pieces.append(Piece(text, anchor, cell))
            place += 1
    return found


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
        if page.openings[anchor].name in HEADINGS:
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
