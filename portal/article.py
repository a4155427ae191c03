"""One item of a portal: its title, dates, source and main text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from portal.facts import DateReading, DocumentMeta
from portal.html import Document


@dataclass(slots=True)
class Article:
    """What was read of an item. `body` is the element of the main text, `blocks` are dedicated blocks outside of it
    (相关解读, 相关文件, 附件), both in the tree of the page."""

    title: str = ""
    pub_date: DateReading | None = None
    written_date: DateReading | None = None
    source: str = ""
    body: etree._Element | None = None
    found_by: str = ""  # vocabulary, density; "" where there is no body
    blocks: tuple[etree._Element, ...] = ()
    text: str = ""
    text_length: int = 0  # characters without white space
    excerpt: str = ""  # the first 300 characters
    body_empty: bool = False  # no text, images, media, frames, attachments
    media: tuple[str, ...] = ()  # image, video, audio, chart, conference


def read_article(
    doc: Document,
    meta: Mapping[str, str] = MappingProxyType({}),
    document: DocumentMeta | None = None,
    *,
    reference: dt.date | None = None,
) -> Article:
    """Returns what the page says as an item. `reference` bounds dates: later ones are no publication dates."""
    return Article()
