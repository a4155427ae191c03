"""What the checks of columns share: the view that counts, why a page cannot be judged, dated items of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from checks._outlines import ARTICLE_KINDS, PageOutline
from checks.base import Artifacts
from portal.artifacts import Absence, PageRecord
from portal.dates import date_from_url
from portal.facts import ListItem, Region, Rung
from portal.loose_days import issue_in_title, latest_day
from portal.urls import host_of, is_image, normalise, twin

T = TypeVar("T")
FEW = 5  # times that a picture may be referred to which is no decoration of the site

# Where a date was found, in Chinese.
RUNG_WORDS: Mapping[Rung, str] = {
    Rung.LIST: "列表",
    Rung.TEXT: "正文页标注",
    Rung.BYLINE: "正文页标题下方",
    Rung.TABLE: "文件信息表",
    Rung.META: "元数据",
    Rung.URL: "网址",
}


class Dated(msgspec.Struct, frozen=True, gc=False):
    """One published item with the day it carries and where the day was read."""

    url: str
    title: str
    date: dt.date
    rung: Rung


def page_of(artifacts: Artifacts, url: str) -> PageRecord | None:
    """Returns the page record of an address, also where it is kept under the normalised form, or was read by another
    door of the portal."""
    return _found(artifacts.pages, url, artifacts)


def outline_at(artifacts: Artifacts, url: str) -> PageOutline | None:
    """Returns the outline of a page, found as by `page_of`."""
    return _found(artifacts.outlines, url, artifacts)


def _found(kept: Mapping[str, T], url: str, artifacts: Artifacts) -> T | None:
    known = kept.get(url) or kept.get(normalise(url))
    if known is not None or not url:
        return known
    home, host = host_of(artifacts.portal.home), host_of(url)
    if host not in (home, twin(home)):
        return None
    # The crawler reads a page by one door only: http or https, with www or without.
    scheme, _, rest = normalise(url).partition("://")
    others = (f"{way}://{name}{rest[len(host) :]}" for way in (scheme, "https", "http") for name in (host, twin(host)))
    return next((page for other in others if (page := kept.get(other)) is not None), None) if twin(host) else None


def carried_pages(artifacts: Artifacts) -> frozenset[str]:
    """Returns the pages known from an earlier day only: they tell of others, and are not measured themselves."""
    return frozenset(url for url, page in artifacts.outlines.items() if page.carried)


def browser_missing(artifacts: Artifacts) -> bool:
    """Returns whether this audit had no browser to look with."""
    return artifacts.vantage is not None and not artifacts.vantage.browser.ok


def unrendered(artifacts: Artifacts, page: PageRecord) -> Absence:
    """Returns why a page was not looked at in a browser."""
    if page.render_failed:
        return page.render_failed
    return Absence.NO_BROWSER if browser_missing(artifacts) else Absence.SCRIPTED


def children_of(artifacts: Artifacts) -> dict[str, tuple[str, ...]]:
    """Returns the known child columns of every column: as either end says, and by folders of the address.

    A column in a folder below another's is its child whatever menus say; the root folder is nobody's parent.
    """
    found: dict[str, set[str]] = {}
    folders = {folder_of(url): url for url in sorted(artifacts.columns, reverse=True) if folder_of(url)}
    for url in artifacts.columns:
        parts = url.partition("?")[0].rstrip("/").split("/")
        for depth in range(4, len(parts) + 1):
            above = folders.get("/".join(parts[:depth]) + "/")
            if above is not None and above != url and folder_of(url) != folder_of(above):
                found.setdefault(above, set()).add(url)
    for column in artifacts.columns.values():
        found.setdefault(column.url, set()).update(url for url in column.children if url != column.url)
        if column.parent and column.parent != column.url:
            found.setdefault(column.parent, set()).add(column.url)
    return {url: tuple(sorted(children)) for url, children in found.items()}


def columns_with_own_links(artifacts: Artifacts, among: Iterable[str]) -> frozenset[str]:
    """Returns those columns whose pages hold a visible link, beside header and footer, to an article in their folder.

    What a reader of lists did not recognise as a list is a list all the same: such a column is not empty.
    """
    folders = {url: folder for url in among if (folder := folder_of(url))}
    begin = tuple(set(folders.values()))
    found: set[str] = set()
    for target, outline in artifacts.link_outlines.items():
        if not outline.internal or not target.startswith(begin) or target in artifacts.columns:
            continue
        page = artifacts.outlines.get(target)
        if page is None or page.kind not in ARTICLE_KINDS:
            continue
        found.update(
            place.page
            for place in artifacts.links[target].occurrences
            if place.visible
            and place.region not in {Region.HEADER, Region.FOOTER}
            and place.page in folders
            and target.startswith(folders[place.page])
        )
    return frozenset(found)


def with_pictures(artifacts: Artifacts, among: Iterable[str]) -> frozenset[str]:
    """Returns those of some pages that show a picture of their own in their body: not one that stands on many."""
    pages = frozenset(among)
    found: set[str] = set()
    for target, outline in artifacts.link_outlines.items() if pages else ():
        if outline.internal and is_image(target) and (link := artifacts.links[target]).count <= FEW:
            found.update(
                place.page
                for place in link.occurrences
                if place.page in pages and place.visible and place.region is Region.BODY
            )
    return frozenset(found)


def folder_of(url: str) -> str:
    """Returns the folder a column stands for (/a/ of /a/ and /a/index.html), "" for the root and for other pages."""
    path, _, query = url.partition("?")
    stem, _, name = path.rpartition("/")
    if query:
        return ""  # /plus/list.php?tid=12 shares its folder with all columns and items
    if name and name.partition(".")[0] not in {"index", "default", "list"}:
        return ""
    return stem + "/" if stem.count("/") >= 3 else ""


def list_items(page: PageRecord) -> tuple[ListItem, ...]:
    """Returns the items of the list as source and browser show them, each address once, in order."""
    seen: dict[tuple[str, str], ListItem] = {}
    for facts in (page.rendered, page.facts):
        for item in facts.items if facts is not None else ():
            key = (item.url, "" if item.url else item.title)
            known = seen.get(key)
            if known is None or (known.date is None and item.date is not None):
                seen[key] = item
    return tuple(seen.values())


def members_of(artifacts: Artifacts) -> dict[str, list[PageOutline]]:
    """Returns the pages known to stand in each column's list, by column, in order of address."""
    found: dict[str, list[PageOutline]] = {}
    for page in artifacts.outlines.values():
        for column in page.columns:
            found.setdefault(column, []).append(page)
    return found


def dated_items(
    artifacts: Artifacts, items: tuple[ListItem, ...], members: list[PageOutline]
) -> Iterator[Dated | tuple[str, bool]]:
    """Yields a `Dated` for every item with a date, else (address, whether its page was opened and read).

    The ladder of one item: the list, the article, its meta tags, its address, the month its list tells.
    """
    seen: set[str] = set()
    for item in items:
        page = outline_at(artifacts, item.url) if item.url else None
        if page is not None:
            seen.add(page.url)
        url = page.url if page is not None else normalise(item.url)  # a session in the link is none of its identity
        date = item.date or (page.list_date if page is not None else None)
        if date is not None:
            yield Dated(url, item.title, date, Rung.LIST)
        else:
            yield _from_page(url, item.title, page, item.date_text, artifacts.as_of)
    for page in members:
        if page.url in seen:
            continue
        title = page.title or page.list_title or page.url
        if page.list_date is not None:
            yield Dated(page.url, title, page.list_date, Rung.LIST)
        else:
            yield _from_page(page.url, title, page, "", artifacts.as_of)


def _from_page(url: str, title: str, page: PageOutline | None, told: str, as_of: dt.date) -> Dated | tuple[str, bool]:
    """`told` is what the list tells without a day, of use where nothing tells the day: a day that is part of the title
    may be any other, and only serves where the page was opened and has none."""
    opened = page is not None and page.unreadable is None
    found = page.date if page is not None and opened else None
    if found is not None:
        return Dated(url, title, *found)
    by_url = date_from_url(url) if url else None
    if by_url is not None:
        return Dated(url, title, by_url, Rung.URL)
    told = told or issue_in_title(title)
    if told and (opened or told not in title) and (latest := latest_day(told, as_of)) is not None:
        return Dated(url, title, latest, Rung.LIST)
    return url or title, opened
