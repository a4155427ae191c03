"""The titles of links: which texts may be the title of an item, and what a link says its title is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile
from typing import Any

from lxml import etree

from portal.dates import DATED
from portal.html import UNSEEN, squeeze, text_at, text_of
from portal.item_days import ADDRESS, ONLY_DATE
from portal.markup import OPEN
from portal.nesting import Markup
from portal.vocabulary import any_of, load

_ITEMS: Mapping[str, Any] = load("lists")["items"]
_SKIP = frozenset(word.lower() for word in _ITEMS["skip"])
_OPENS = frozenset(_ITEMS["opens"])
_FETCHES = frozenset(_ITEMS["fetches"])
_TITLE_CLASS = frozenset(_ITEMS["title_class"])
_TITLED = re.compile(rf"^(?:{any_of(_ITEMS['titled'])})\s*[:：]\s*")
_DECORATION = " <>《》«»‹›＜＞+…[]【】|:：>-"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset({"div", "p", "ul", "ol", "dl", "table", *HEADINGS})
_BOXES = frozenset({"p", "div", "li", "dt"})
_EDGE = re.compile(r"^[\s·•●■◆▪»›>＞\-—|*.]+(?=\S)|[\s|›»]+$")
_EDGES = "·•●■◆▪»›>＞-—|*."  # of a text without blanks at its ends
_PAGE_NUMBER = re.compile(r"^[\[\(（【<«»>\s]*(?:[第上下前后]?\s*\d{1,5}\s*页?|[<>«»‹›]+)[\]\)）】\s]*$")
_SCHEMES = ("http:", "https:", "www.")
_CUT = ".…。．"
_ELLIPSIS = re.compile(r"(?:\.{2,}|…+|。{2,}|．{2,})\s*$")
_TOLD = re.compile(r"[^\s：:]{1,6}\s*[：:]")  # what a line of a hint tells
# An attribute whose quotes do not match goes on in the next one: title="……的通知 ' target="_blank". seen: a city's
# office of finance
_OPEN_END = re.compile(r"\s*['\"]?\s*target=.*$", re.DOTALL)
# Links left open hold each other, 2000 deep: what each of them says would be read for all of them.
_MOST_SAID = 300  # characters of a link that are looked at: a title keeps no more
_MOST_INNER = 500  # elements in a link among which its title is looked for
_DEEPEST = 100  # elements in each other that are looked into for a date


@lru_cache(maxsize=4096)
def is_title_link(text: str) -> bool:
    """Returns whether the text of a link may be the title of an item: no pager, no 更多, no number, no address, no
    placeholder of a template."""
    if len(text) < 2 or "{{" in text or "${" in text or "<%" in text:
        return False
    if len(text) < 14 and (text.lower() in _SKIP or text.lower().strip(_DECORATION) in _SKIP):
        return False
    return not _PAGE_NUMBER.match(text) and not (text.startswith(_SCHEMES) and ADDRESS.fullmatch(text))


@lru_cache(maxsize=1024)
def opens_item(text: str) -> bool:
    """Returns whether the text of a link says no more than that it opens what stands beside it (查看, [详细]), or
    fetches it."""
    return len(text) < 9 and (text.strip(_DECORATION) in _OPENS or fetches_item(text))


def fetches_item(text: str) -> bool:
    """Returns whether the text of a link says no more than that it fetches what stands beside it (下载)."""
    return text.strip(_DECORATION) in _FETCHES


def anchor_title(page: Markup, number: int) -> str:
    """Returns the title a link shows, without dates; that of its title attribute where it is cut, of its picture where
    it shows no text."""
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
    if "target=" in said:
        said = _OPEN_END.sub("", said)
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
        if tag.name in HEADINGS and len(text_at(page, number, _MOST_SAID)) >= 2:
            return number
        if called < 0 and not _TITLE_CLASS.isdisjoint(tag.parts) and tag.name not in UNSEEN:
            called = number if _is_title(text_at(page, number, _MOST_SAID)) else -1
        if (
            boxed < 0
            and tag.name in _BOXES
            and _BLOCKS.isdisjoint([page.openings[n].name for n in page.children(number)])
        ):
            boxed = number if _is_title(text_at(page, number, _MOST_SAID)) else -1
    return called if called >= 0 else boxed


def _is_title(text: str) -> bool:
    return len(text) >= 4 and not ONLY_DATE.match(text)


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
        if isinstance(child.tag, str) and child.tag not in UNSEEN:
            whole = squeeze("".join(map(str, child.itertext())))
            if not DATED.search(whole):
                parts.append(text_of(child))
            elif ONLY_DATE.match(whole):
                dated = True
            elif depth:
                dated |= _gather(child, parts, depth - 1)
            else:
                parts.append(text_of(child))
        parts.append(child.tail or "")
    return dated
