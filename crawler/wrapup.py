"""What is known only when the pages are there: the columns, and which list each page stands in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from portal.artifacts import ColumnRecord, PageRecord
from portal.columns import discover
from portal.facts import ListItem, PageFacts
from portal.model import ColumnForm
from portal.urls import normalise

if TYPE_CHECKING:
    from crawler.crawl import Crawl


@dataclass(slots=True)
class _Listing:
    columns: list[str] = field(default_factory=list)
    date: dt.date | None = None
    title: str = ""


def conclude(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns of the portal after keeping them, and tells every page which lists hold it."""
    crawl.flush()
    columns = find_columns(crawl)
    crawl.bundle.add(*columns, *_listed_pages(crawl, columns))
    crawl.bundle.flush()
    return columns


def find_columns(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns as far as the pages read so far show them; () without a readable home page."""
    crawl.flush()
    home_record = crawl.bundle.get(PageRecord, crawl.scope.home)
    home = _seen(home_record) if home_record else None
    if home is None:
        return ()
    further: dict[str, int] = {}
    landed: dict[str, str] = {}  # where a redirect ended -> the address the page is kept under
    pages: list[PageFacts] = []
    for page in crawl.bundle.all(PageRecord):
        if first := crawl.origin_of(page.url):
            further[first] = further.get(first, 0) + 1
            continue
        facts = _seen(page)
        if facts is not None and page.url != crawl.scope.home:
            landed.setdefault(normalise(facts.url), page.url)
            # A page is known by the address that links name, wherever its redirects end.
            pages.append(replace(facts, url=page.url))

    def key_of(url: str) -> str:
        key = normalise(url)
        return landed.get(key, key) if key else ""

    kept: dict[str, ColumnRecord] = {}
    for column in discover(home, pages, crawl.portal.columns, crawl.scope.hosts):
        key = key_of(column.url)
        if key in kept and (kept[key].form is not ColumnForm.UNKNOWN or column.form is ColumnForm.UNKNOWN):
            continue
        kept[key] = replace(
            column,
            url=key,
            parent=key_of(column.parent),
            children=tuple(dict.fromkeys(key_of(child) for child in column.children)),
            pages_read=1 + further.get(key, 0),
        )
    return tuple(kept.values())


def _seen(page: PageRecord) -> PageFacts | None:
    """Returns what is known of a page: its rendered view where there is one."""
    return page.rendered or page.facts


def _listed_pages(crawl: Crawl, columns: tuple[ColumnRecord, ...]) -> list[PageRecord]:
    lists = {column.url for column in columns if column.form in (ColumnForm.LIST, ColumnForm.ARCHIVE)}
    listings: dict[str, _Listing] = {}
    for page in crawl.bundle.all(PageRecord):
        column = crawl.origin_of(page.url) or page.url
        facts = _seen(page)
        if facts is None or column not in lists:
            continue
        for item in facts.items:
            if item.url:
                _note(listings.setdefault(normalise(item.url), _Listing()), item, column)
    changed = []
    for page in crawl.bundle.all(PageRecord):
        listing = listings.get(page.url)
        if listing is not None:
            new = replace(
                page,
                columns=tuple(listing.columns),
                list_date=listing.date,
                list_title=listing.title or page.list_title,
            )
            if new != page:
                changed.append(new)
    return changed


def _note(listing: _Listing, item: ListItem, column: str) -> None:
    if column not in listing.columns:
        listing.columns.append(column)
    listing.date = listing.date or item.date
    listing.title = listing.title or item.title
