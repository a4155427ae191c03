"""Bytes of a page -> text, as a browser decides it.

Order: byte order mark; charset of the HTTP header; strict UTF-8; charset declared in the page; GB18030; a guess.
Strict UTF-8 stands before the declaration because pages declare gb2312 over UTF-8 bytes, and text in a legacy Chinese
encoding is practically never valid UTF-8 (field guide 11). Labels follow the WHATWG table: gb2312 and gbk mean gb18030.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

import cchardet
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PRESCAN = 4096  # browsers look at 1024 bytes; portals put comments and scripts before their meta
_LABEL = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:\-]+)", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "hz-gb-2312", "gb_2312-80", "cp936"}
_HOPELESS = 0.02  # share of undecodable characters above which a declared charset is not believed
_RUBBISH = 0.3  # the same among characters outside of ASCII: pages are mostly markup


def decode(data: bytes, content_type: str = "") -> tuple[str, str]:
    """Returns the text of a page and the name of the encoding in force. Never raises: bad bytes become U+FFFD.

    `content_type` is the HTTP header. The name is one Python knows, with gb2312, gbk and gb_2312-80 said as gb18030.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), name
    text, strict = _strict_utf8(data)
    header = _header(content_type)
    if header:
        if header == "utf-8" or not (strict and not data.isascii()):
            decoded = text if header == "utf-8" and strict else data.decode(header, "replace")
            if header != "utf-8" or strict or not _hopeless(decoded):
                return decoded, header
        else:
            # The header names another charset over bytes that are flawless UTF-8: a browser would show rubbish only
            # if the bytes were readable that way at all; Chinese UTF-8 text is not valid in what it is mistaken for.
            decoded = data.decode(header, "replace")
            if not _hopeless(decoded) and header not in _CHINESE:
                return decoded, header
            return text, "utf-8"
    if strict and not data.isascii():
        return text, "utf-8"
    declared = _declared(data)
    if strict:
        return text, declared if declared and not declared.startswith("utf-16") else "utf-8"
    for name in (declared, "gb18030"):
        if name and not name.startswith("utf-16"):
            decoded = data.decode(name, "replace")
            if not _hopeless(decoded):
                return decoded, name
    guess = _guess(data)
    return data.decode(guess, "replace"), guess


@lru_cache(maxsize=256)
def _header(content_type: str) -> str:
    return _known(http_content_type_encoding(content_type or None))


def _strict_utf8(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError as error:
        # A page cut off in the middle of a character is UTF-8 all the same.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data.decode("utf-8", "replace"), True
        return "", False


def _declared(data: bytes) -> str:
    head = data[:_PRESCAN]
    found = _known(html_body_declared_encoding(head))
    if found:
        return found
    match = _LABEL.search(head)
    return _known(match.group(1).decode("ascii", "replace")) if match else ""


def _known(label: str | None) -> str:
    if not label:
        return ""
    label = label.strip().lower()
    if label in _CHINESE:
        return "gb18030"
    resolved = resolve_encoding(label)
    if resolved is None:
        return ""
    try:
        return codecs.lookup(resolved).name
    except LookupError:
        return ""


def _hopeless(text: str) -> bool:
    bad = text.count("\ufffd")
    if bad <= _HOPELESS * max(1, len(text)):
        foreign = len(text) - len(text.encode("ascii", "ignore"))
        return bad > _RUBBISH * max(1, foreign)
    return True


def _guess(data: bytes) -> str:
    found = _known(cchardet.detect(data[:100_000]).get("encoding"))
    return found or "gb18030"
