"""One parsed page: the tree all readers of `portal` work on, parsed once."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from portal.encoding import decode
from portal.markup import OPEN
from portal.nesting import Markup, markup
from portal.urls import LONGEST_ADDRESS, absolute, bases, reach

UNSEEN = frozenset({"script", "style", "noscript", "template"})
# Without these a page nested deeper than the parser goes keeps its text, though not its layout.
_INLINE = re.compile(r"</?(?:font|span|b|i|u|em|strong|small|big|center|o:p|a(?=>))\b[^<>]*>", re.IGNORECASE)
_BOXES = re.compile(r"</?(?:div|section|article|blockquote|dl|dd|ul|table|tbody|tr|td)\b[^<>]*>", re.IGNORECASE)
# Marks that open or close something, comments included: real pages of many megabytes stay below, and what lies behind
# that many is not read. Readers grow slow with the number of elements, not with the length of their text.
MOST_MARKS = 200_000
_LONGEST_KEPT = 1000  # characters of an address whose meaning is remembered: images are written into addresses, too
# Included headers bring their own </body></html>. Browsers go on reading; libxml2 would drop the rest of the page.
# Both cases of each letter are written out: a pattern that ignores case is searched for letter by letter.
_EARLY_END = re.compile(r"</(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])\s*>")
_EARLY_END_SENT = re.compile(_EARLY_END.pattern.encode())


# Signs of icon fonts (a magnifying glass, an arrow), written as numbers of the area for private use: no text of a page.
_ICON = re.compile(rb"&#[xX](?:[eE][0-9a-fA-F]{3}|[fF][0-8][0-9a-fA-F]{2});")
# A template that a browser shows at once, in the shadow of the element it stands in (server-drawn components).
_SHADOW = re.compile(rb"<template(?=\s[^<>]{0,200}\bshadowroot(?:mode)?=)")


@dataclass(slots=True)
class Document:
    """A page as readers see it: its tree (UTF-8 inside), its address, the base its links resolve against."""

    url: str
    base: str
    encoding: str
    source: str  # decoded text of the whole page
    tree: etree._Element
    bases: tuple[tuple[str, str], ...]  # what addresses are read with, by their reach: see portal.urls.bases
    cache: dict[str, object] = field(default_factory=dict)  # derivations shared by readers of this page

    def absolute(self, href: str, far: int = -1) -> str:
        """Returns the absolute address of `href` as a browser would request it, "" where it leads nowhere. `far` is its
        reach, where that is known."""
        base, encoding = self.bases[far if far >= 0 else reach(href)]
        if len(href) <= _LONGEST_KEPT:
            return absolute(base, href, encoding)
        found = absolute.__wrapped__(base, href, encoding)
        return found if len(found) <= LONGEST_ADDRESS else ""


def markup_of(doc: Document) -> Markup:
    """Returns the tags of a page, told once per page."""
    found = doc.cache.get("markup")
    if not isinstance(found, Markup):
        found = doc.cache["markup"] = markup(doc.tree)
    return found


def parse(data: bytes, url: str, content_type: str = "") -> Document:
    """Returns the parsed page. Never raises on broken markup: an unreadable page becomes an empty tree."""
    decoded, encoding = _decoded(data, content_type)
    source = _bounded(decoded)
    text = source
    if encoding == "utf-8" and source is decoded and "\ufffd" not in source and _as_text(data):
        written = _EARLY_END_SENT.sub(b"", data)  # to write out a text again takes longer
    else:
        text = source.replace("\x00", "")
        written = _EARLY_END.sub("", text).encode("utf-8", "replace")
    if b"&#x" in written or b"&#X" in written:
        written = _ICON.sub(b" ", written)
    if b"shadowroot" in written:
        written = _SHADOW.sub(b"<div", written)
    tree, whole = _tree(written)
    for dropped in (_INLINE, _BOXES):
        if not whole:
            text = dropped.sub(" ", _EARLY_END.sub("", text))
            tree, whole = _tree(text.encode("utf-8", "replace"))
    base_href = next((b.get("href") for b in tree.iter("base") if b.get("href")), "")
    base = absolute(url, base_href) if base_href and len(base_href) <= LONGEST_ADDRESS else url
    return Document(url, base or url, encoding, source, tree, bases(base or url, encoding))


def _decoded(data: bytes, content_type: str) -> tuple[str, str]:
    """Returns the text of a page and its encoding."""
    for said in (content_type, ""):
        try:
            return decode(data, said)
        except (LookupError, UnicodeError):
            continue  # it names a codec that is none for texts, such as hex or idna
    return data.decode("utf-8", "replace"), "utf-8"


def _as_text(data: bytes) -> bool:
    """Returns whether the parser may have the bytes of a page in UTF-8 as they came."""
    return not data.startswith(codecs.BOM_UTF8) and b"\x00" not in data


def _bounded(source: str) -> str:
    if len(source) <= MOST_MARKS or source.count("<") <= MOST_MARKS:
        return source
    place = 0
    for _ in range(MOST_MARKS):
        place = source.index("<", place) + 1
    return source[: place - 1]


def _tree(written: bytes) -> tuple[etree._Element, bool]:
    """Returns the tree, and whether the parser reached the end: it gives up at a depth of 2048 elements."""
    # huge_tree lifts the limit of 256 levels, which unclosed <font> and <div> of old editors pass.
    parser = etree.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    tree: etree._Element | None
    try:
        tree = etree.fromstring(written or b"<html/>", parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        tree = None
    whole = not any("depth" in entry.message for entry in parser.error_log.filter_from_fatals())
    if tree is None:
        tree = etree.fromstring(b"<html><body></body></html>", parser)
    return tree, whole


def squeeze(text: str) -> str:
    """Returns the text with every run of white space (full-width and zero-width ones too) folded to one blank."""
    if "\u200b" in text or "\ufeff" in text:
        text = text.replace("\u200b", " ").replace("\ufeff", " ")
    return " ".join(text.split())


def holds(outer: etree._Element, inner: etree._Element) -> bool:
    """Returns whether an element is another one, or holds it."""
    node: etree._Element | None = inner
    while node is not None:
        if node is outer:
            return True
        node = node.getparent()
    return False


def text_of(element: etree._Element, most: int = sys.maxsize) -> str:
    """Returns the folded text below an element without scripts and styles: `most` characters of it at least.

    Elements left open hold each other, thousands deep: who asks for the text of each says how much is enough.
    """
    if len(element) == 0:
        return squeeze(element.text or "") if isinstance(element.tag, str) and element.tag not in UNSEEN else ""
    plain = next(element.iter(*UNSEEN), None) is None
    texts = map(str, element.itertext()) if plain else _beside_code(element)
    return squeeze("".join(texts if most == sys.maxsize else _enough(texts, most)))


def text_at(page: Markup, number: int, most: int = sys.maxsize) -> str:
    """Returns the folded text of an element, see `text_of`, by its number: `most` characters of it at least."""
    opening, first, last = page.openings[number], page.begins[number], page.ends[number]
    if last == first + (opening.kind == OPEN):  # nothing else is in it
        return opening.squeezed if opening.kind == OPEN else ""
    texts: list[str] = []
    size = 0
    for place in range(first, last):
        tag = page.tags[place]
        if tag.name in UNSEEN:
            return text_of(page.elements[number], most)
        texts.append(tag.text)
        size += len(tag.squeezed)
        if size >= most:
            break
    return squeeze("".join(texts))


def _beside_code(element: etree._Element) -> Iterator[str]:
    """Yields the texts below an element but for those in scripts and the like; each element is met once."""
    walk = etree.iterwalk(element, events=("start", "end", "comment"))
    for event, node in walk:
        if event == "start":
            if node.tag in UNSEEN:
                walk.skip_subtree()
            elif node.text:
                yield node.text
        elif node is not element and node.tail:
            yield node.tail


def _enough(texts: Iterable[str], most: int) -> Iterator[str]:
    """Yields texts until they hold so many characters beside the blanks at their ends."""
    size = 0
    for text in texts:
        yield text
        size += len(text.strip())
        if size >= most:
            return
