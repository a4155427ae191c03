"""The lists of a page: what is read of them before its kind is known, and what a page of some kind shows of them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from portal.columns import looks_like_column
from portal.emptiness import Emptiness, read_emptiness
from portal.facts import Crumb, Element, Link, ListItem, PageKind, Pager, Region
from portal.html import Document
from portal.islands import Island, is_data, read_island
from portal.kind_evidence import Lists
from portal.listing import Listing
from portal.lists import listings, main_list
from portal.pagination import read_pager
from portal.parts import items_in_parts
from portal.unlinked import unlinked_items
from portal.urls import host_of, normalise, twin

_FIRST_PAGE = re.compile(r"/(?:(?:index|default)\.\w{3,5})?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageLists:
    """The lists of a page; without arguments, those of a page that has none."""

    main: Listing | None = None
    items: tuple[ListItem, ...] = ()  # of the main list, or of the one held as data
    others: tuple[Listing, ...] = ()
    pager: Pager | None = None
    emptiness: Emptiness = Emptiness()  # noqa: RUF009 - frozen


NO_LISTS = PageLists()


def read_lists(doc: Document, as_of: dt.date | None) -> PageLists:
    """Returns the lists of a page, whatever the page is for. `as_of` (Asia/Shanghai) serves dates without a year."""
    if is_data(doc):
        island = read_island(doc, reference=as_of)
        items = island.items if island is not None else ()
        return PageLists(items=items, pager=island.pager if island is not None else None)
    main = main_list(doc, reference=as_of)
    island = read_island(doc, reference=as_of)
    items = main.items if main is not None else ()
    if island is not None and island.items and _outweighs(island, main):
        items, main = island.items, None
    items = items or unlinked_items(doc, reference=as_of)
    others = tuple(other for other in listings(doc, reference=as_of) if other is not main)
    pager = read_pager(doc)
    if island is not None and island.items and not (main and main.items) and island.pager is not None:
        pager = pager or island.pager
    if main is not None and pager is None:
        items = items_in_parts(doc, main, reference=as_of)
    return PageLists(
        main,
        items,
        others,
        pager,
        Emptiness() if items else read_emptiness(doc, pager, [other.parent for other in others if other.aside]),
    )


def _outweighs(island: Island, main: Listing | None) -> bool:
    """Returns whether the list held as data is the list of the page: it is dated, or made of nothing but rows of a list
    (jpage), and the tree has none like it."""
    dated = sum(item.date is not None for item in island.items)
    if main is None:
        return island.form == "jpage" or dated * 2 >= len(island.items)
    return island.form == "jpage" and dated > main.dated


def blocks_of(lists: PageLists) -> tuple[Listing, ...]:
    """Returns the lists of items on a page that shows several, each in a block of its own."""
    found = [lists.main] if lists.main is not None else []
    found += [
        other
        for other in lists.others
        if other.visible
        and other.region in (Region.BODY, Region.SIDEBAR)
        and len(other.items) >= 2
        and _of_items(other)
    ]
    return tuple(found)


def is_channel(lists: PageLists, title: str, crumbs: tuple[Crumb, ...]) -> bool:
    """Returns whether a page shows excerpts of several columns, each under a heading that leads to it, and no list of
    its own."""
    if lists.main is None or lists.pager is not None or not lists.main.headed:
        return False
    heading = lists.main.heading
    if title and title in heading and not (len(crumbs) > 1 and all(crumb.text in heading for crumb in crumbs)):
        return False  # its own list, with excerpts of others below (seen: www.gov.cn__02_column)
    return sum(1 for block in blocks_of(lists) if block.headed and block.region is Region.BODY) >= 2


def _of_items(listing: Listing) -> bool:
    titles = [len(item.title) for item in listing.items]
    return listing.dated > 0 or sum(titles) / len(titles) >= 9


def items_for(kind: PageKind, lists: PageLists) -> tuple[ListItem, ...]:
    """Returns the items a page of this kind shows: the main list of a column, every list of a home page or an index."""
    if kind is PageKind.COLUMN:
        return lists.items
    if kind not in (PageKind.HOME, PageKind.COLUMN_INDEX):
        return ()
    seen: dict[tuple[str, str], ListItem] = {}
    for listing in blocks_of(lists):
        for item in listing.items if kind is PageKind.HOME or not listing.beside else ():
            seen.setdefault((item.url, item.title), item)
    for item in lists.items:
        seen.setdefault((item.url, item.title), item)
    return tuple(seen.values())


def child_columns(doc: Document, lists: PageLists, crumbs: tuple[Crumb, ...]) -> tuple[tuple[Crumb, ...], int]:
    """Returns the columns a page leads to from a menu of its own (short links beside or in place of its list), and how
    many of them stand below it: a menu in which the page itself is one of the entries names its neighbours.
    """
    host = host_of(doc.url)
    hosts = frozenset({host, twin(host)} - {""})
    own = _column_of(doc.url)
    above = {_column_of(crumb.url) for crumb in crumbs if crumb.url}
    found: dict[str, Crumb] = {}
    below: set[str] = set()
    for listing in lists.others:
        if listing.region not in (Region.SIDEBAR, Region.BODY) or not listing.visible or listing.dated:
            continue
        if len(listing.items) < 2 or sum(len(item.title) for item in listing.items) / len(listing.items) > 12:
            continue
        # First of all it may be the heading of its own menu.
        neighbours = listing.beside or any(item.url and _column_of(item.url) == own for item in listing.items[1:])
        menu = [item for item in listing.items if looks_like_column(_menu_link(item, listing.region), hosts)]
        if len(menu) * 3 < sum(1 for item in listing.items if item.url):
            continue  # links to other sites, one of which stands below this host
        for item in menu:
            key = _column_of(item.url)
            if key != own and key not in above:
                found.setdefault(key, Crumb(item.title, item.url))
                if not neighbours:
                    below.add(key)
    return tuple(found.values())[:200], len(below)


def _menu_link(item: ListItem, region: Region) -> Link:
    return Link(item.url, item.url, item.title, Element.A, region)


@lru_cache(maxsize=1024)  # the menus of a site stand on most of its pages
def _column_of(url: str) -> str:
    """Returns the identity of the column an address means: that of its first page, however it is written (a folder with
    or without its slash, the index in it)."""
    return _FIRST_PAGE.sub("", normalise(url))


def outline(lists: PageLists, below: int) -> Lists:
    """Returns what `page_kind` asks of the lists; `below` as `child_columns` counts it."""
    blocks = blocks_of(lists)
    return Lists(
        items=len(lists.items),
        dated=sum(item.date is not None for item in lists.items),
        pager=lists.pager is not None,
        empty=lists.emptiness.empty,
        scripted=lists.emptiness.scripted,
        child_columns=below,
        blocks=len(blocks),
        beside=sum(block.beside for block in blocks),
    )
