"""What the checks of columns share: the view that counts, why a page cannot be judged, dated items of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.base import Artifacts
from portal.artifacts import Absence, FetchOutcome, PageRecord
from portal.dates import date_from_url
from portal.facts import ListItem, PageFacts, PageKind, Region, Rung
from portal.urls import normalise

ARTICLE_KINDS = frozenset({PageKind.ARTICLE, PageKind.POLICY, PageKind.INTERPRETATION, PageKind.LETTER, PageKind.GUIDE})

# Where a date was found, in Chinese.
RUNG_WORDS: Mapping[Rung, str] = {
    Rung.LIST: "列表",
    Rung.TEXT: "正文页标注",
    Rung.BYLINE: "正文页标题下方",
    Rung.TABLE: "文件信息表",
    Rung.META: "元数据",
    Rung.URL: "网址",
}


@dataclass(frozen=True, slots=True)
class Dated:
    """One published item with the day it carries and where the day was read."""

    url: str
    title: str
    date: dt.date
    rung: Rung


def page_of(artifacts: Artifacts, url: str) -> PageRecord | None:
    """Returns the page record of an address, also where it is kept under the normalised form."""
    return artifacts.pages.get(url) or artifacts.pages.get(normalise(url))


def carried_pages(artifacts: Artifacts) -> frozenset[str]:
    """Returns the pages known from an earlier day only: they tell of others, and are not measured themselves."""
    return frozenset(url for url, page in artifacts.pages.items() if page.carried)


def view_of(page: PageRecord) -> PageFacts | None:
    """Returns the facts that count: what a browser shows where one looked, else what the source says."""
    return page.rendered or page.facts


def unreadable(page: PageRecord | None) -> Absence | None:
    """Returns why nothing can be said about the contents of a page, None where its contents were read."""
    if page is None:
        return Absence.NOT_GATHERED
    facts = view_of(page)
    if page.skipped:
        return page.skipped
    if page.rendered is None and page.render_failed in {Absence.CAPTCHA, Absence.CHALLENGE, Absence.LOGIN}:
        return page.render_failed
    if facts is not None and facts.kind is PageKind.CHALLENGE:
        interactive = facts.challenge is not None and facts.challenge.interactive
        return Absence.CAPTCHA if interactive else Absence.CHALLENGE
    if page.rendered is None and page.fetch.outcome is not FetchOutcome.OK:
        return {
            FetchOutcome.BLOCKED: Absence.BLOCKED,
            FetchOutcome.ROBOTS: Absence.ROBOTS,
            FetchOutcome.PRIVATE: Absence.PRIVATE,
            FetchOutcome.DEED: Absence.DEED,
            FetchOutcome.BUDGET: Absence.BUDGET,
            FetchOutcome.DNS_UNKNOWN: Absence.NO_DNS,
            FetchOutcome.ABORTED: Absence.NOT_GATHERED,
        }.get(page.fetch.outcome, Absence.UNREACHABLE)
    if facts is None:
        return Absence.NOT_GATHERED
    if facts.kind is PageKind.ERROR or facts.redirect:
        # An error page in the place of a column is a matter of links, not of its contents.
        return Absence.UNREACHABLE
    return None


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
    folders = {_folder(url): url for url in sorted(artifacts.columns, reverse=True) if _folder(url)}
    for url in artifacts.columns:
        parts = url.partition("?")[0].rstrip("/").split("/")
        for depth in range(4, len(parts) + 1):
            above = folders.get("/".join(parts[:depth]) + "/")
            if above is not None and above != url and _folder(url) != _folder(above):
                found.setdefault(above, set()).add(url)
    for column in artifacts.columns.values():
        found.setdefault(column.url, set()).update(url for url in column.children if url != column.url)
        if column.parent and column.parent != column.url:
            found.setdefault(column.parent, set()).add(column.url)
    return {url: tuple(sorted(children)) for url, children in found.items()}


def columns_with_own_links(artifacts: Artifacts) -> frozenset[str]:
    """Returns the columns whose pages hold a visible link, beside header and footer, to an article in their own folder.

    What a reader of lists did not recognise as a list is a list all the same: such a column is not empty.
    """
    folders = {url: folder for url in artifacts.columns if (folder := _folder(url))}
    found: set[str] = set()
    for target, link in artifacts.links.items():
        page = artifacts.pages.get(target)
        facts = view_of(page) if page is not None else None
        if not link.internal or target in artifacts.columns or facts is None or facts.kind not in ARTICLE_KINDS:
            continue
        found.update(
            place.page
            for place in link.occurrences
            if place.visible
            and place.region not in {Region.HEADER, Region.FOOTER}
            and place.page in folders
            and target.startswith(folders[place.page])
        )
    return frozenset(found)


def _folder(url: str) -> str:
    """Returns the folder a column stands for (/a/ of /a/ and /a/index.html), "" for the root and for other pages."""
    path = url.partition("?")[0]
    stem, _, name = path.rpartition("/")
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


def members_of(artifacts: Artifacts) -> dict[str, list[PageRecord]]:
    """Returns the pages known to stand in each column's list, by column, in order of address."""
    found: dict[str, list[PageRecord]] = {}
    for url in sorted(artifacts.pages):
        for column in artifacts.pages[url].columns:
            found.setdefault(column, []).append(artifacts.pages[url])
    return found


def dated_items(
    artifacts: Artifacts, items: tuple[ListItem, ...], members: list[PageRecord]
) -> Iterator[Dated | tuple[str, bool]]:
    """Yields a `Dated` for every item with a date, else (address, whether its page was opened and read).

    The ladder of one item: the list, the article, its meta tags, its address.
    """
    seen: set[str] = set()
    for item in items:
        page = page_of(artifacts, item.url) if item.url else None
        if page is not None:
            seen.add(page.url)
        date = item.date or (page.list_date if page is not None else None)
        if date is not None:
            yield Dated(item.url, item.title, date, Rung.LIST)
        else:
            yield _from_page(item.url, item.title, page)
    for page in members:
        if page.url in seen:
            continue
        if page.list_date is not None:
            yield Dated(page.url, _title(page), page.list_date, Rung.LIST)
        else:
            yield _from_page(page.url, _title(page), page)


def page_date(page: PageRecord) -> tuple[dt.date, Rung] | None:
    """Returns the publication day of an article page with its rung, None where it shows none."""
    facts = view_of(page)
    if facts is None:
        return None
    reading = facts.pub_date or (page.facts.pub_date if page.facts is not None else None)
    return (reading.date, reading.rung) if reading is not None else None


def _from_page(url: str, title: str, page: PageRecord | None) -> Dated | tuple[str, bool]:
    opened = page is not None and unreadable(page) is None
    found = page_date(page) if page is not None and opened else None
    if found is not None:
        return Dated(url, title, *found)
    by_url = date_from_url(url) if url else None
    if by_url is not None:
        return Dated(url, title, by_url, Rung.URL)
    return url or title, opened


def _title(page: PageRecord) -> str:
    facts = view_of(page)
    return (facts.title if facts is not None else "") or page.list_title or page.url
