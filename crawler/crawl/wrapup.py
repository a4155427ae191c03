"""What is known only when the pages are there: the columns, and which list each page stands in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from crawler.crawl.columns import find_columns
from portal.artifacts import ColumnRecord, PageRecord
from portal.columns import ITEM_KINDS
from portal.facts import ListItem, PageKind
from portal.model import ColumnForm
from portal.urls import normalise
from storage.bundle import Bundle

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

AT_ONCE = 1000  # pages of which it is written together


class _Items(msgspec.Struct):
    items: tuple[ListItem, ...] = ()


class _Listed(msgspec.Struct):
    """As much of a `PageRecord` as tells what its lists hold."""

    facts: _Items | None = None
    rendered: _Items | None = None


class _Kept(Struct):
    url: str


class _Kind(Struct):
    kind: PageKind


class _Seen(Struct):
    rendered: _Kind | None = None


class _Listing(Struct):
    columns: tuple[str, ...] = ()
    date: dt.date | None = None
    title: str = ""


def conclude(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns of the portal after keeping them, and tells every page which lists hold it."""
    crawl.flush()
    columns = find_columns(crawl)
    crawl.bundle.add(*columns)
    take_back(crawl.bundle, frozenset(column.url for column in columns))
    changed = 0
    for url, listing in sorted(_listings(crawl, columns).items()):
        said: dict[str, Any] = {"columns": listing.columns, "list_date": listing.date}
        if listing.title:
            said["list_title"] = listing.title
        changed += crawl.bundle.amend(PageRecord, url, **said)
        if changed == AT_ONCE:
            changed = 0
            crawl.bundle.flush()
    crawl.bundle.flush()
    return columns


def take_back(bundle: Bundle, found: frozenset[str]) -> None:
    """Takes back the columns a browser has shown to be items since: their sources were the frame of an application."""
    known = [column.url for column in bundle.outlines(ColumnRecord, _Kept)]
    for url in known:
        if url in found:
            continue
        page = bundle.outline(PageRecord, url, _Seen)
        if page is not None and page.rendered is not None and page.rendered.kind in ITEM_KINDS:
            bundle.forget(ColumnRecord, url)


def _listings(crawl: Crawl, columns: Iterable[ColumnRecord]) -> dict[str, _Listing]:
    """Returns what lists say of the addresses they hold."""
    lists = {column.url for column in columns if column.form in (ColumnForm.LIST, ColumnForm.ARCHIVE)}
    pages = {url: url for url in lists if not crawl.origin_of(url)}
    pages |= {url: first for url, first in crawl.further() if first in lists}
    listings: dict[str, _Listing] = {}
    known: dict[tuple[str, ...], tuple[str, ...]] = {}  # most addresses stand in one list: kept once
    for url, column in sorted(pages.items()):
        page = crawl.bundle.outline(PageRecord, url, _Listed)
        seen = page.rendered or page.facts if page is not None else None
        for item in seen.items if seen is not None else ():
            if item.url:
                listing = listings.setdefault(normalise(item.url), _Listing())
                if column not in listing.columns:
                    all_of_them = (*listing.columns, column)
                    listing.columns = known.setdefault(all_of_them, all_of_them)
                listing.date = listing.date or item.date
                listing.title = listing.title or item.title
    return listings
