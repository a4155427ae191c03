"""Pages the source does not answer, as a browser shows them: script-drawn lists, empty lists, blank bodies.

A rendered page costs a hundred times a fetched one, so only pages that need it come here, and what cannot be done in
the time is said (`Absence`), never guessed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from crawler.browser.lacking import lacks_counterpart, unfilled
from crawler.browser.pressed import note_pressed
from crawler.browser.rendered import FailedRequest, Rendered, absence_of
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.tabs import behind, document_of, lacks, through_tabs
from crawler.browser.visit import Visit, Wait
from crawler.browser.watched import ASKS, who_asked
from crawler.reading import shown
from portal.artifacts import Absence, Attempt, FetchOutcome, PageRecord
from portal.facts import PageFacts
from portal.urls import registrable
from portal.vocabulary import any_of, load
from storage.bundle import Bundle

WAIT = Wait(quiet=0.8, cap=12.0)
LATE = Wait(quiet=1.5, cap=8.0)  # a second wait for a list that is still not there
COMING_SECONDS = 6.0  # more for one whose page says itself that something is still to come
ANNOUNCED_SECONDS = 2.0  # more for one that announces its counterpart (相关解读) and shows none there
PICTURE_HEIGHT = 1600
LINKAGE = "linkage"  # a reason to open a page: its links to a counterpart may be drawn by scripts
LEAST = 10.0  # seconds a page gets that is begun just before the time is up,
LEAST_SHARE = 0.1  # of the time at most: what comes after has little to lose
_SCRIPTED: Mapping[str, Any] = load("lists")["scripted"]
_COMING = re.compile(
    f"class=[\"'][^\"'<>]{{0,80}}(?:{any_of(_SCRIPTED['coming'])})|{any_of(_SCRIPTED['loading'])}", re.IGNORECASE
)


class RenderRequest(Struct, frozen=True):
    """A page to be opened, and why: survey, scripted_list, empty_list, blank, frame, unlinked, written, linkage,
    outdated, challenge, sample."""

    url: str
    reason: str


class RenderResult(Struct, frozen=True):
    """What came of it: `facts` as rendered, or `failed` with the reason why there are none."""

    url: str
    reason: str
    facts: PageFacts | None = None
    failed: Absence | None = None
    attempt: Attempt | None = None
    script_errors: tuple[str, ...] = ()  # "xhr 500 URL", "webdriver URL", the page's own site only
    screenshot: str = ""
    evidence: str = ""

    def onto(self, record: PageRecord) -> PageRecord:
        """Returns the page's record with this result in it."""
        return msgspec.structs.replace(
            record,
            rendered=self.facts,
            render_reason=self.reason,
            render_failed=self.failed,
            script_errors=self.script_errors,
            screenshot=self.screenshot or record.screenshot,
            render_evidence=self.evidence,
        )


async def render_pages(
    service: BrowserService,
    requests: Sequence[RenderRequest],
    *,
    seconds: float = 600.0,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    pages: int = 0,
) -> AsyncIterator[RenderResult]:
    """Yields one result per request, as they come in; two pages at a time.

    What is not begun after `seconds`, or beyond `pages` (0: all), comes back as DEADLINE or BUDGET; without a browser
    everything is NO_BROWSER. Never raises for what pages do.
    """
    end = time.monotonic() + seconds
    wanted = requests[:pages] if pages else requests
    for request in requests[len(wanted) :]:
        yield RenderResult(request.url, request.reason, failed=Absence.BUDGET)

    async def one(request: RenderRequest) -> RenderResult:
        async with gate:
            if time.monotonic() >= end:
                return RenderResult(request.url, request.reason, failed=Absence.DEADLINE)
            left = max(min(LEAST, LEAST_SHARE * seconds), end - time.monotonic())
            return await render_page(service, request, bundle=bundle, as_of=as_of, seconds=left)

    gate = asyncio.Semaphore(2)
    tasks = [asyncio.ensure_future(one(request)) for request in wanted]
    try:
        for finished in asyncio.as_completed(tasks):
            yield await finished
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def render_page(
    service: BrowserService,
    request: RenderRequest,
    *,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    seconds: float = math.inf,
) -> RenderResult:
    """Returns what one page shows in a browser. A list that is still not there is waited for a second time, after the
    page was leafed through: some come only when they are scrolled to. Where the page says that something is coming
    (加载中, a skeleton in its place), a third time.

    A page gets the service's time for one, or `seconds` where that is less.
    """

    async def action(visit: Visit) -> tuple[Rendered, PageFacts | None]:
        async def look() -> tuple[Rendered, PageFacts | None]:
            seen = await visit.snapshot()
            return seen, shown(seen.html, seen.final_url, as_of=as_of, portal=True) if seen.html else None

        await visit.goto(request.url, WAIT)
        rendered, facts = await look()
        if facts is None:
            return rendered, None
        if unfilled(facts):
            await visit.leaf_through()
            await visit.settle(LATE)
            rendered, facts = await look()
        if unfilled(facts) and _COMING.search(rendered.html) and await visit.changes(COMING_SECONDS):
            await visit.settle(LATE)
            rendered, facts = await look()
        awaited = facts is not None and lacks_counterpart(facts) and facts.links_awaited
        if awaited and await visit.changes(ANNOUNCED_SECONDS):
            await visit.settle(LATE)
            rendered, facts = await look()
        if facts is not None and lacks(facts, as_of):
            async for _ in through_tabs(visit):
                seen, found = await look()
                rendered = replace(rendered, failed=seen.failed)  # what a tab could not fetch may have been its list
                if (more := behind(facts, found, as_of)) is not None:
                    rendered, facts = seen, more
                if not lacks(facts, as_of):
                    break
            if document_of(visit.page.url) != document_of(rendered.final_url):
                await visit.goto(request.url, WAIT)  # a tab led elsewhere: what is looked at is this page
        if lacks_counterpart(facts) and await note_pressed(visit.page):
            rendered, facts = await look()
        asked.extend(await who_asked(visit.page))
        picture = b""
        if bundle is not None and facts is not None and (unfilled(facts) or facts.under_construction):
            # The proof of emptiness is what a visitor sees; a full page needs no picture.
            picture = await visit.picture(clip_height=PICTURE_HEIGHT)
        return replace(rendered, screenshot=picture), facts

    asked: list[str] = []
    try:
        rendered, facts = await service.run(action, seconds=min(service.page_seconds, seconds), purpose="render")
    except NoBrowserError:
        return RenderResult(request.url, request.reason, failed=Absence.NO_BROWSER)
    except PageError:
        cut = seconds < service.page_seconds  # what it would have come to is not known
        return RenderResult(request.url, request.reason, failed=Absence.DEADLINE if cut else Absence.ERROR)
    except BrowserLostError:
        return RenderResult(request.url, request.reason, failed=Absence.ERROR)
    absence = _absence(rendered, facts)
    picture, html = rendered.screenshot, rendered.html.encode()
    return RenderResult(
        request.url,
        request.reason,
        facts if absence is None else None,
        absence,
        rendered.attempt(),
        (*own_errors(rendered), *askers(rendered, asked)),
        bundle.put(picture, "image/jpeg", request.url, rendered.at) if bundle is not None and picture else "",
        bundle.put(html, "text/html; charset=utf-8", request.url, rendered.at) if bundle is not None and html else "",
    )


def own_errors(rendered: Rendered) -> tuple[str, ...]:
    """Returns the failed data requests of the page's own site; statistics and maps of others fill no list."""
    home = registrable(urlsplit(rendered.final_url or rendered.url).hostname or "")
    return tuple(str(failed) for failed in rendered.failed if _fills(failed, home))


def askers(rendered: Rendered, asked: Sequence[str]) -> tuple[str, ...]:
    """Returns "webdriver URL" of the page's own scripts that asked whether a program is there, once each."""
    home = registrable(urlsplit(rendered.final_url or rendered.url).hostname or "")
    own = dict.fromkeys(url for url in asked if registrable(urlsplit(url).hostname or "") == home)
    return tuple(f"{ASKS} {url}" for url in own)


def _fills(failed: FailedRequest, home: str) -> bool:
    return failed.kind in {"xhr", "fetch", "script"} and registrable(urlsplit(failed.url).hostname or "") == home


def _absence(rendered: Rendered, facts: PageFacts | None) -> Absence | None:
    if facts is not None and facts.challenge is not None:
        return Absence.CAPTCHA if facts.challenge.interactive else Absence.CHALLENGE
    if rendered.outcome is FetchOutcome.OK and facts is None:
        return Absence.ERROR
    return absence_of(rendered.outcome)
