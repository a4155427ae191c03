"""What is known only when the pages are there: the columns, and which list each page stands in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from portal.artifacts import ColumnRecord, Level, PageRecord
from portal.columns import ColumnTags, PageOutline, candidate_columns, discover
from portal.facts import Crumb, ListItem
from portal.model import ColumnForm
from portal.pagination import page_number
from portal.text import SAME_TEXT, sketch_distance
from portal.urls import normalise

if TYPE_CHECKING:
    from crawler.crawl import Crawl


_NEAR = {Level.HOME: 0, Level.SECOND: 1, Level.OTHER: 2}
AT_ONCE = 50  # pages that are written together: they are whole, and large
_INDEX = re.compile(r"/(?:index|default|main|home)\.[a-z]{3,5}$", re.IGNORECASE)


class _Outlined(msgspec.Struct):
    """As much of a `PageRecord` as tells columns."""

    url: str
    level: Level
    facts: PageOutline | None = None
    rendered: PageOutline | None = None


class _Items(msgspec.Struct):
    items: tuple[ListItem, ...] = ()


class _Listed(msgspec.Struct):
    """As much of a `PageRecord` as tells what its lists hold."""

    url: str
    facts: _Items | None = None
    rendered: _Items | None = None


class _Read(NamedTuple):
    url: str
    level: Level
    seen: PageOutline


@dataclass(slots=True)
class _Listing:
    columns: list[str] = field(default_factory=list)
    date: dt.date | None = None
    title: str = ""


def conclude(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns of the portal after keeping them, and tells every page which lists hold it."""
    crawl.flush()
    columns = find_columns(crawl)
    crawl.bundle.add(*columns)
    for number, page in enumerate(_listed_pages(crawl, columns), 1):
        crawl.bundle.add(page)
        if number % AT_ONCE == 0:
            crawl.bundle.flush()
    crawl.bundle.flush()
    return columns


def find_columns(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns as far as the pages read so far show them; () without a readable home page."""
    crawl.flush()
    home_record = crawl.bundle.get(PageRecord, crawl.scope.home)
    home = home_record.rendered or home_record.facts if home_record else None
    if home is None:
        return ()
    further: dict[str, int] = {}
    read: list[_Read] = []
    trails: dict[tuple[Crumb, ...], tuple[Crumb, ...]] = {}  # the items of a column share theirs
    tags: dict[ColumnTags, ColumnTags] = {}
    for page in crawl.bundle.outlines(PageRecord, _Outlined):
        if first := crawl.origin_of(page.url):
            further[first] = further.get(first, 0) + 1
        elif (seen := page.rendered or page.facts) is not None and page.url != crawl.scope.home:
            trail, meta = trails.setdefault(seen.breadcrumb, seen.breadcrumb), tags.setdefault(seen.meta, seen.meta)
            address = page.url if seen.url == page.url else seen.url  # one string of two equal ones
            seen = msgspec.structs.replace(seen, url=address, breadcrumb=trail, meta=meta)
            read.append(_Read(page.url, page.level, seen))
    declared = {normalise(column.url) for column in crawl.portal.columns}
    # Of two addresses of one page the declared one stands, else the one nearest to the home page.
    read.sort(key=lambda page: (page.url not in declared, _NEAR[page.level], page.url))
    menu = {normalise(crumb.url) for crumb in candidate_columns(home, crawl.scope.hosts)}
    pagers = [home.pager, *(page.seen.pager for page in read)]
    later = {normalise(url) for pager in pagers if pager for url in pager.next_urls}
    later |= {page.url for page in read if page.seen.pager and page.seen.pager.current > 1}
    later -= declared | {url for url in menu if page_number(url) < 2}
    pages: list[PageOutline] = []
    landed: dict[str, str] = {}  # where a redirect ended, or a page's second address -> the address it is kept under
    folders: dict[str, tuple[str, int]] = {}
    for url, _, seen in read:
        if url in later:
            continue  # a list goes on here, whichever link led to it
        kept_as, sketch = folders.setdefault(_folder(url), (url, seen.sketch))
        if kept_as != url and sketch_distance(sketch, seen.sketch) <= SAME_TEXT:
            landed[url] = kept_as
            continue
        landed.setdefault(normalise(seen.url), url)
        # A page is known by the address that links name, wherever its redirects end.
        pages.append(seen if seen.url == url else msgspec.structs.replace(seen, url=url))

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


def _listed_pages(crawl: Crawl, columns: tuple[ColumnRecord, ...]) -> Iterator[PageRecord]:
    """Yields the pages that stand in lists and did not say so yet."""
    lists = {column.url for column in columns if column.form in (ColumnForm.LIST, ColumnForm.ARCHIVE)}
    listings: dict[str, _Listing] = {}
    for shown in crawl.bundle.outlines(PageRecord, _Listed):
        column = crawl.origin_of(shown.url) or shown.url
        seen = shown.rendered or shown.facts
        for item in seen.items if seen is not None and column in lists else ():
            if item.url:
                _note(listings.setdefault(normalise(item.url), _Listing()), item, column)
    for url, listing in sorted(listings.items()):
        page = crawl.bundle.get(PageRecord, url)
        if page is None:
            continue
        new = replace(
            page,
            columns=tuple(listing.columns),
            list_date=listing.date,
            list_title=listing.title or page.list_title,
        )
        if new != page:
            yield new


def _note(listing: _Listing, item: ListItem, column: str) -> None:
    if column not in listing.columns:
        listing.columns.append(column)
    listing.date = listing.date or item.date
    listing.title = listing.title or item.title
