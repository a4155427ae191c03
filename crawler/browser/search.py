"""The portal's own search, asked as a visitor asks it: in its own box, with titles the portal published.

    find        `box`: the box on the home page as rendered, or on the page a search link leads to
    ask         `question`: clear, type, submit; a new window, another host, POST, script-drawn or framed results
    read        `reader`: hits, count and classes of the first result page; "nothing found" is an answer, too

A captcha or a login ends a session and is said; nothing is ever solved. A session that broke is repeated once later.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from crawler.browser.box import Entry
from crawler.browser.furniture import without_furniture
from crawler.browser.patience import PATIENCE, Patience
from crawler.browser.question import Questioner
from crawler.browser.reader import REFUSED, STILL_ASKING, Answer, Reader, at_entry, has
from crawler.browser.rendered import now
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit
from crawler.crawl.survey import Survey, survey_page
from portal.actions import changes_something
from portal.artifacts import FetchOutcome, SearchRecord, SearchSession, SearchStatus, SearchTitle
from portal.decorated import begins_same
from portal.model import Portal
from portal.results import leads_to
from storage.bundle import Bundle

PAUSE = 6.0  # between two questions: search engines often allow one in five seconds
RETRY_AFTER = 60.0  # before a broken search is asked once more
TITLES_BEFORE_GIVING_UP = 2  # broken in a row: the search is down, the other titles would only say so again
REFUSALS = 3  # by a firewall in a row: it is not the words of one title
SILENT = 2  # answers that never came, of a search that has not answered yet: the others would cost half a minute each
OPENED = 2  # results whose title is cut short that are opened to see what they are

_SIGNS = re.compile(r"[^\w\s]")
_FAILING = frozenset({SearchStatus.BROKEN, SearchStatus.TIMEOUT})
_BARRED = frozenset({SearchStatus.CAPTCHA, SearchStatus.LOGIN})  # the next title would meet it, too


async def search_portal(
    service: BrowserService,
    portal: Portal,
    survey: Survey,
    titles: Sequence[SearchTitle],
    *,
    seed: str = "",
    candidates: int = 0,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    keywords: Sequence[str] = (),
    pause: float = PAUSE,
    retry_after: float = RETRY_AFTER,
    seconds: float = 900.0,
    patience: Patience = PATIENCE,
) -> SearchRecord:
    """Returns the record of the portal's search: the box, and one session per title (a broken one with its retry).

    `survey` is that of the home page; where the operator names another entry (`portal.search.entry`) it is opened, too.
    `keywords` are asked after the titles, for systems that count hits. `seconds` bounds the whole. Never raises for
    what the portal does.
    """
    record = SearchRecord(
        entry_page="", pages_looked=survey.looked, seed=seed, candidates=candidates, screenshot=survey.screenshot
    )
    if survey.failed is not None and not portal.search.entry:
        return replace(record, skipped=survey.failed)
    entry = survey.entry
    if portal.search.entry:
        declared = await survey_page(service, portal.search.entry, portal.search, bundle=bundle, as_of=as_of)
        record = replace(record, pages_looked=(*record.pages_looked, portal.search.entry))
        entry = declared.entry or entry
        if entry is None and declared.failed is not None:
            return replace(record, skipped=declared.failed)
    if entry is None:
        return record
    record = replace(
        record,
        entry_page=entry.page,
        box=entry.box,
        in_header=survey.in_header,
        visible=entry.sight.visible,
    )
    asker = _Asker(service, portal, entry, bundle, as_of, patience)
    words = [SearchTitle(word, "", None, "") for word in keywords]
    sessions = await asker.ask_all([*titles, *words], pause, retry_after, seconds)
    return replace(record, sessions=without_furniture(sessions, asker.pages, portal.name))


class _Asker:
    """Asks one portal's search, question by question."""

    def __init__(
        self,
        service: BrowserService,
        portal: Portal,
        entry: Entry,
        bundle: Bundle | None,
        as_of: dt.date | None,
        patience: Patience,
    ) -> None:
        self._service = service
        self._portal = portal
        self._entry = entry
        self._bundle = bundle
        reader = Reader(portal, entry, as_of, patience)
        self._questioner = Questioner(portal, entry, patience, reader)
        self.pages: dict[str, str] = {}  # result pages of their own by the last question they answered

    async def ask_all(
        self, titles: Sequence[SearchTitle], pause: float, retry_after: float, seconds: float
    ) -> tuple[SearchSession, ...]:
        """Returns a session for every title asked, and for those a captcha, a login or the end of the time left out.

        A search that fails twice in a row is left alone for a while and asked the same again: only where it fails still
        is it down, and the other titles would only say so again.
        """
        end = time.monotonic() + seconds
        waiting, broken = list(titles), list[SearchTitle]()
        sessions: list[SearchSession] = []
        row = refused = silent = 0  # of failures one after another
        while (waiting or broken) and time.monotonic() < end:
            again = row >= TITLES_BEFORE_GIVING_UP or not waiting
            if sessions:
                await asyncio.sleep(retry_after if again else pause)
            if again and not await self._again(broken, sessions, pause):
                return tuple(sessions)
            row = 0 if again else row
            if again or time.monotonic() >= end:
                continue
            session = await self.ask(waiting.pop(0))
            sessions.append(session)
            refused = refused + 1 if session.error == REFUSED else 0
            silent = silent + 1 if session.error == STILL_ASKING else 0
            mute = silent >= SILENT and all(each.status is not SearchStatus.ANSWERED for each in sessions)
            if session.status in _BARRED or refused >= REFUSALS or mute:
                return (*sessions, *(_unasked(title, session) for title in waiting))
            row = row + 1 if session.status in _FAILING else 0
            if row:
                broken.append(session.drawn)
        return (*sessions, *(_unasked(title) for title in waiting))

    async def _again(self, broken: list[SearchTitle], sessions: list[SearchSession], pause: float) -> bool:
        """Asks what broke once more and returns if the search goes again; one repeated failure says it does not."""
        for number, title in enumerate(broken):
            if number:
                await asyncio.sleep(pause)
            sessions.append(await self.ask(title))
            if sessions[-1].status in _FAILING:
                return False
        broken.clear()
        return True

    async def ask(self, title: SearchTitle) -> SearchSession:
        at, started = now(), time.monotonic()

        async def action(visit: Visit) -> SearchSession:
            answer = await self._questioner.ask(visit, title)
            if answer.status is SearchStatus.BLOCKED and answer.error.startswith("too often"):
                await asyncio.sleep(PAUSE * 2)
                answer = await self._questioner.ask(visit, title)
            if answer.status is SearchStatus.ANSWERED:
                answer = await self._opened(visit, answer, title)
            elif text := _instead(title.title, answer):
                await asyncio.sleep(PAUSE)
                answer = self._best(answer, await self._questioner.ask(visit, title, text), title)
            return self._session(title, at, started, visit, answer)

        try:
            return await self._service.run(
                action, images=True, popups=2, seconds=self._service.page_seconds * 3, purpose="search"
            )
        except NoBrowserError as error:
            return SearchSession(title, at, SearchStatus.BLOCKED, error=str(error))
        except (PageError, BrowserLostError) as error:
            # Our own trouble with the page is no word on the search.
            elapsed = round(time.monotonic() - started, 3)
            return SearchSession(title, at, SearchStatus.UNREADABLE, elapsed=elapsed, error=str(error))

    def _best(self, answer: Answer, again: Answer, title: SearchTitle) -> Answer:
        """The answer to a title that was asked with less of it again: found counts, missed with less is not missed.

        A search that fails with the signs of a title and not without them is there.
        """
        if has(again, title, self._portal.name):
            return again
        if answer.status in _FAILING and again.status not in _FAILING:
            return replace(answer, status=SearchStatus.UNREADABLE, error=f"only with the signs: {answer.error}")
        return answer

    def _session(
        self, title: SearchTitle, at: dt.datetime, started: float, visit: Visit, answer: Answer
    ) -> SearchSession:
        rendered, facts, bundle = answer.rendered, answer.facts, self._bundle
        shot = evidence = ""
        url = rendered.final_url or self._entry.page
        if bundle is not None and rendered.screenshot:
            shot = bundle.put(rendered.screenshot, "image/jpeg", url, at)
        if bundle is not None and rendered.html:
            evidence = bundle.put(rendered.html.encode(), "text/html; charset=utf-8", url, at)
        read = answer.status in (SearchStatus.ANSWERED, SearchStatus.UNREADABLE) and not answer.unread
        if (
            read
            and rendered.final_url
            and not at_entry(rendered.final_url, self._entry, self._portal)
            and not self._portal.search.results
            and not leads_to(rendered.final_url, title.url)
        ):
            self.pages[title.title] = rendered.html
        return SearchSession(
            drawn=title,
            at=at,
            status=answer.status,
            result_url=rendered.final_url,
            new_tab=bool(visit.popups),
            hits=answer.hits,
            total=facts.result_total if facts is not None else None,
            tabs=facts.result_tabs if facts is not None else (),
            page_size=self._portal.search.page_size or len(answer.hits),
            elapsed=round(time.monotonic() - started, 3),
            screenshot=shot,
            evidence=evidence,
            error=answer.error,
        )

    async def _opened(self, visit: Visit, answer: Answer, title: SearchTitle) -> Answer:
        """The answer with where those results lead that show so little of the title that a visitor would open them."""
        if has(answer, title, self._portal.name):
            return answer
        likely = [n for n, hit in enumerate(answer.hits) if hit.url and begins_same(hit.title, title.title)]
        hits = list(answer.hits)
        for number in likely[:OPENED]:
            if changes_something(hits[number].url) or await visit.goto(hits[number].url) is not FetchOutcome.OK:
                continue
            if leads_to(visit.page.url, title.url):
                hits[number] = msgspec.structs.replace(hits[number], url=visit.page.url)
                break
        return replace(answer, hits=tuple(hits))


def _unasked(title: SearchTitle, barred: SearchSession | None = None) -> SearchSession:
    """The session of a title that was drawn and not asked: another one was barred, or the time was up."""
    if barred is None:
        return SearchSession(title, now(), SearchStatus.BLOCKED, error="not asked: no time left")
    return SearchSession(title, now(), barred.status, error=f"not asked: {barred.error}")


def _instead(title: str, answer: Answer) -> str:
    """Returns what a search may take of a title that it does not take whole: its beginning, or its words without
    quotes, brackets and signs, which break some; "" where there is nothing else to be asked."""
    if 0 < answer.takes < len(title):
        return title[: answer.takes]
    words = " ".join(_SIGNS.sub(" ", title).split())
    return words if words != title and (answer.plain or answer.status in _FAILING) else ""
