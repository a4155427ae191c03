"""The columns of a portal as the pages read so far show them, and what of those pages is needed to tell.

A portal of many thousand pages has some hundred columns: of its other pages one for each breadcrumb is looked at, and
whatever menus and breadcrumbs lead to.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from portal.artifacts import NEARNESS, Attempt, ColumnRecord, FetchOutcome, Level, PageRecord
from portal.columns import PageOutline, candidate_columns, discover
from portal.facts import Crumb, PageKind
from portal.model import ColumnForm
from portal.pagination import page_number
from portal.text import SAME_TEXT, sketch_distance
from portal.urls import normalise, routed

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

_INDEX = re.compile(r"/(?:index|default|main|home)\.[a-z]{3,5}$", re.IGNORECASE)
_LISTS = frozenset({PageKind.COLUMN, PageKind.COLUMN_INDEX})


class _Outlined(msgspec.Struct):
    """As much of a `PageRecord` as tells columns."""

    url: str
    level: Level
    facts: PageOutline | None = None
    rendered: PageOutline | None = None


class _Fetched(msgspec.Struct):
    fetch: Attempt


class _Read(NamedTuple):
    url: str
    level: Level
    seen: PageOutline


def find_columns(crawl: Crawl) -> tuple[ColumnRecord, ...]:
    """Returns the columns as far as the pages read so far show them; () without a readable home page."""
    crawl.flush()
    home_record = crawl.bundle.get(PageRecord, crawl.scope.home)
    home = home_record.rendered or home_record.facts if home_record else None
    if home is None:
        return ()
    declared = frozenset(normalise(column.url) for column in crawl.portal.columns)
    menu = frozenset(normalise(crumb.url) for crumb in candidate_columns(home, crawl.scope.hosts))
    further = Counter(
        first
        for url, first in crawl.further()
        if (page := crawl.bundle.outline(PageRecord, url, _Fetched)) and page.fetch.outcome is FetchOutcome.OK
    )
    read = _telling(crawl, declared, menu)
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
        key = normalise(crawl.scope.own(url))
        return landed.get(key, key) if key else ""

    columns: dict[str, ColumnRecord] = {}
    for column in discover(home, pages, crawl.portal.columns, crawl.scope.hosts):
        key = key_of(column.url)
        if key in later or not (column.declared or crawl.scope.internal(column.url)):
            continue
        known = columns.get(key)
        level = column.level if known is None or NEARNESS[column.level] < NEARNESS[known.level] else known.level
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


class _Order(NamedTuple):
    """By what one of several pages is chosen: the declared one, else the one nearest to the home page."""

    undeclared: bool
    near: int
    url: str


def _telling(crawl: Crawl, declared: frozenset[str], menu: frozenset[str]) -> list[_Read]:
    """Returns the pages that tell columns, in order: lists, whatever goes on over several pages, the first page with
    each breadcrumb, and all that is named by menus and breadcrumbs."""

    def order(page: _Read) -> _Order:
        return _Order(page.url not in declared, NEARNESS[page.level], page.url)

    first: dict[tuple[Crumb, ...], _Order] = {}
    named = set(declared | menu)
    wanted: set[str] = set()
    others: list[tuple[str, str]] = []  # address, and where a redirect from it ended
    for outline in crawl.bundle.outlines(PageRecord, _Outlined):
        if (page := _read(crawl, outline)) is None:
            continue
        trail, own = _trail(page), order(page)
        first[trail] = min(first.get(trail, own), own)
        if page.seen.kind in _LISTS or page.seen.pager is not None:
            wanted.add(page.url)
        else:
            others.append((page.url, page.seen.url if page.seen.url != page.url else ""))
        if page.seen.kind in _LISTS:
            named.update(normalise(crumb.url) for crumb in page.seen.child_columns)
    named.update(normalise(crumb.url) for trail in first for crumb in trail if crumb.url)
    wanted.update(place.url for place in first.values())
    folders = {_folder(url) for url in named}
    wanted.update(url for url, final in others if _folder(url) in folders or (final and normalise(final) in named))
    outlines = (crawl.bundle.outline(PageRecord, url, _Outlined) for url in wanted)
    pages = (_read(crawl, outline) for outline in outlines if outline is not None)
    return sorted((page for page in pages if page is not None), key=order)


def _read(crawl: Crawl, page: _Outlined) -> _Read | None:
    """Returns a page that was read, None for the home page, further pages of lists, and a frame alone: that of an
    application has the name and words of none of its pages."""
    seen = page.rendered or (None if routed(page.url) else page.facts)
    if seen is None or page.url == crawl.scope.home or crawl.origin_of(page.url):
        return None
    return _Read(page.url, page.level, seen)


def _trail(page: _Read) -> tuple[Crumb, ...]:
    """Returns the breadcrumb of a page as far as it leads to others: its end often names the page itself."""
    trail = page.seen.breadcrumb
    while trail and trail[-1].url in ("", page.seen.url, page.url):
        trail = trail[:-1]
    return trail


def _folder(url: str) -> str:
    """Returns the address without scheme and the name of a folder's own page: /xwzx/index.html and /xwzx/ are /xwzx."""
    return _INDEX.sub("/", url.partition("://")[2]).rstrip("/")
