"""The reader: one page's bytes in, `PageFacts` out."""

from __future__ import annotations

import datetime as dt

from portal.facts import PageFacts, PageKind
from portal.html import Document, parse, squeeze

READ_LIMIT = 4_000_000  # bytes of a page that are read; what follows is ignored


def read_page(
    data: bytes, url: str, *, content_type: str = "", as_of: dt.date | None = None, home: bool | None = None
) -> PageFacts:
    """Returns what the reader sees on a page as fetched. Never raises; reads the first 4 MB.

    `as_of` (Asia/Shanghai) only serves dates without a year; `home` says that the page is the portal's home page.
    """
    return read_document(parse(data[:READ_LIMIT], url, content_type), as_of=as_of, home=home)


def read_rendered(html: str, url: str, *, as_of: dt.date | None = None, home: bool | None = None) -> PageFacts:
    """Returns what the reader sees on a page as a browser shows it: the serialised DOM. Never raises."""
    return read_page(
        html.encode("utf-8", "replace"), url, content_type="text/html; charset=utf-8", as_of=as_of, home=home
    )


def read_document(doc: Document, *, as_of: dt.date | None = None, home: bool | None = None) -> PageFacts:
    """Returns what the reader sees on a parsed page; see `read_page`."""
    head = doc.tree.findtext(".//title") or ""
    return PageFacts(
        url=doc.url, kind=PageKind.OTHER, encoding=doc.encoding, title=squeeze(head), head_title=squeeze(head), meta={}
    )
