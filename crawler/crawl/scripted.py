"""Columns and items whose source decides nothing: chosen for the browser, and what it saw fed back into the crawl."""

from __future__ import annotations

import time
from collections.abc import Iterable

import msgspec

from crawler.browser.render import LINKAGE, RenderRequest, RenderResult, render_pages
from crawler.browser.service import BrowserService
from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank
from portal.artifacts import NEARNESS, Absence, ColumnRecord, FetchOutcome, PageRecord
from portal.drawn import frame_of, is_frame
from portal.facts import PageFacts, PageKind
from portal.model import ColumnForm
from portal.urls import is_attachment, normalise

PAGES = 150  # at most, at one time: each costs a hundred times a fetched one
ALL = 300  # at most, in one audit
UNLINKED = "unlinked"  # a reason to open a page: rows of its list are no links in its source
WRITTEN = "written"  # another: a script of it names what is not there, and may write a link to it
SHOWN = "soft_404:shown"  # sign of an attempt: a browser shows the page to be an error
SHELL_TEXT = 60  # characters of main text below which a page without list and children may be waiting for a script

_NEVER = frozenset({PageKind.ERROR, PageKind.CHALLENGE, PageKind.SEARCH, PageKind.HOME})
_LATER = frozenset({Absence.DEADLINE, Absence.BUDGET, Absence.NO_BROWSER})


async def render_scripted(
    crawl: Crawl, service: BrowserService, columns: Iterable[ColumnRecord], *, seconds: float, items: bool = False
) -> int:
    """Returns how many pages were opened in the browser: columns, and with `items` also blank items.

    What the browser shows goes into the page's record, its links into the census, its items into the frontier. Ends
    after `seconds`; what was not reached is kept as DEADLINE.
    """
    begin = time.monotonic()
    # A file costs one request here, an opened page a hundred: most of the time is for those.
    written = await crawl.written.pages(crawl, seconds / 3) if items else frozenset()
    requests, left = _requests(crawl, columns, items, written)
    seconds = max(0.1, seconds - (time.monotonic() - begin))
    opened = 0
    if not left:
        return 0
    async for result in render_pages(
        service, requests, seconds=seconds, bundle=crawl.bundle, as_of=crawl.as_of, pages=min(PAGES, left)
    ):
        page = crawl.page(result.url)
        if page is None:
            continue
        opened += result.failed not in _LATER
        crawl.add_rendered(result.onto(page), Rank.CHILD)
        _note_error(crawl, result)
        crawl.tick("render", "browser")
    crawl.flush()
    return opened


def _note_error(crawl: Crawl, result: RenderResult) -> None:
    """Tells the link to a page what a browser saw of it, where that is an error the server's answer did not tell."""
    facts, attempt, entry = result.facts, result.attempt, crawl.census.get(result.url)
    if facts is None or facts.kind is not PageKind.ERROR or attempt is None or entry is None or entry.carried:
        return
    seen = msgspec.structs.replace(
        attempt, sniffed="html", signs=(SHOWN,), sketch=facts.sketch, evidence=result.evidence
    )
    crawl.census.settle(entry, (seen,))


def needs_browser(facts: PageFacts, *, column: bool) -> str:
    """Returns why a page's source decides nothing (scripted_list, empty_list, blank, linkage), "" where it does."""
    if facts.kind in _NEVER or facts.items or facts.redirect:
        return ""
    if facts.scripted_list:
        return "scripted_list"
    if facts.empty_list and not facts.empty_reason:
        # A menu of child columns beside it may be the menu of its siblings: the list itself is what counts.
        return "empty_list"
    # A menu of child columns on the page of a column may be the menu of its siblings, too.
    leads = facts.kind is PageKind.COLUMN_INDEX or (facts.child_columns and not column)
    bare = facts.text_length < SHELL_TEXT and not (leads or facts.empty_reason or facts.media or facts.attachments)
    if facts.body_empty or (column and bare):
        return "blank"
    if facts.links_awaited and not (facts.links_to_policy or facts.links_to_interpretation):
        return LINKAGE
    return ""


def _dead_rows(crawl: Crawl, facts: PageFacts) -> bool:
    """Returns whether rows of a list that is held as data lead to files nobody asked for, or to pages that are not
    there: only a browser shows whether they are links."""
    for item in facts.items:
        if item.url and crawl.scope.internal(item.url) and crawl.census.get(item.url) is None:
            page = crawl.page(normalise(crawl.scope.own(item.url)))
            if is_attachment(item.url) or (page is not None and page.fetch.outcome is FetchOutcome.NOT_FOUND):
                return True
    return False


def _requests(
    crawl: Crawl, columns: Iterable[ColumnRecord], items: bool, written: frozenset[str]
) -> tuple[list[RenderRequest], int]:
    """Returns what has to be opened, the nearest columns first, and how many pages of the audit are left for it."""
    wanted = {column.url: column for column in columns if column.form not in (ColumnForm.EXTERNAL, ColumnForm.ARCHIVE)}
    crawl.flush()
    chosen: list[tuple[bool, int, str, str]] = []
    frame = frame_of(crawl.page(crawl.scope.home))
    left = ALL
    for page in crawl.bundle.all(PageRecord):
        column = page.url in wanted
        left -= bool(page.render_reason) and page.render_failed not in _LATER
        if page.facts is None or page.carried or (page.render_reason and page.render_failed not in _LATER):
            continue
        if not (column or items):
            continue
        reason = "frame" if is_frame(page, frame) else needs_browser(page.facts, column=column)
        reason = reason or (WRITTEN if page.url in written else "")
        if reason := reason or (UNLINKED if column and _dead_rows(crawl, page.facts) else ""):
            chosen.append((not column, NEARNESS[page.level], page.url, reason))
    return [RenderRequest(url, reason) for _, _, url, reason in sorted(chosen)], max(0, left)
