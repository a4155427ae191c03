"""What is known only when the pages are there: the columns, and which list each page stands in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from portal.artifacts import ColumnRecord, Level, PageRecord
from portal.columns import candidate_columns, discover
from portal.facts import ListItem, PageFacts
from portal.model import ColumnForm
from portal.pagination import page_number
from portal.text import sketch_distance
from portal.urls import normalise

if TYPE_CHECKING:
    from crawler.crawl import Crawl


_NEAR = {Level.HOME: 0, Level.SECOND: 1, Level.OTHER: 2}
TWINS = 3  # bits two sketches of one page under two addresses may differ by
_INDEX = re.compile(r"/(?:index|default|main|home)\.[a-z]{3,5}$", re.IGNORECASE)


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
    read: list[tuple[PageRecord, PageFacts]] = []
    for page in crawl.bundle.all(PageRecord):
        if first := crawl.origin_of(page.url):
            further[first] = further.get(first, 0) + 1
        elif (facts := _seen(page)) is not None and page.url != crawl.scope.home:
            spare = replace(facts, links=(), body_links=(), forms=(), attachments=(), hits=())
            read.append((replace(page, facts=None, rendered=None), spare))
    declared = {normalise(column.url) for column in crawl.portal.columns}
    # Of two addresses of one page the declared one stands, else the one nearest to the home page.
    read.sort(key=lambda pair: (pair[0].url not in declared, _NEAR[pair[0].level], pair[0].url))
    menu = {normalise(crumb.url) for crumb in candidate_columns(home, crawl.scope.hosts)}
    later = {normalise(url) for facts in (home, *(f for _, f in read)) if facts.pager for url in facts.pager.next_urls}
    later |= {page.url for page, facts in read if facts.pager and facts.pager.current > 1}
    later -= declared | {url for url in menu if page_number(url) < 2}
    pages: list[PageFacts] = []
    landed: dict[str, str] = {}  # where a redirect ended, or a page's second address -> the address it is kept under
    folders: dict[str, tuple[str, int]] = {}
    for page, facts in read:
        if page.url in later:
            continue  # a list goes on here, whichever link led to it
        kept_as, sketch = folders.setdefault(_folder(page.url), (page.url, facts.sketch))
        if kept_as != page.url and sketch_distance(sketch, facts.sketch) <= TWINS:
            landed[page.url] = kept_as
            continue
        landed.setdefault(normalise(facts.url), page.url)
        # A page is known by the address that links name, wherever its redirects end.
        pages.append(replace(facts, url=page.url))

    def key_of(url: str) -> str:
        key = normalise(url)
        return landed.get(key, key) if key else ""

    columns: dict[str, ColumnRecord] = {}
    for column in discover(home, pages, crawl.portal.columns, crawl.scope.hosts):
        key = key_of(column.url)
        if key in later:
            continue
        known = columns.get(key)
        level = column.level if known is None or _NEAR[column.level] < _NEAR[known.level] else known.level
        if known is not None and (known.form is not ColumnForm.UNKNOWN or column.form is ColumnForm.UNKNOWN):
            column = known
        columns[key] = replace(
            column,
            url=key,
            level=level,
            parent=key_of(column.parent),
            children=tuple(dict.fromkeys(key_of(child) for child in column.children)),
            pages_read=1 + further.get(key, 0),
        )
    return tuple(columns.values())


def _folder(url: str) -> str:
    """Returns the address without scheme and the name of a folder's own page: /xwzx/index.html and /xwzx/ are /xwzx."""
    return _INDEX.sub("/", url.partition("://")[2]).rstrip("/")


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
