"""The portal's own search, asked as a visitor asks it: in its own box, with titles the portal published.

    find        the box on the home page as rendered, or on the page a search link leads to
    ask         clear, type, submit; follow a new window, another host, POST, script-drawn or framed results
    read        hits, count and classes of the first result page; "nothing found" is an answer, too

A captcha or a login ends a session and is said; nothing is ever solved. A session that broke is repeated once later.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import msgspec

from crawler.browser import driver
from crawler.browser.asking import asks_for_login, asks_for_proof, visible_text
from crawler.browser.box import Entry, click, clickable_beside, prepare, press_submit, type_title
from crawler.browser.rendered import Rendered, now
from crawler.browser.sending import sends_search
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.unseen import mark_unseen
from crawler.browser.visit import Visit, Wait
from crawler.browser.words import says, says_nothing, squeezed
from crawler.crawl.survey import Survey, survey_page
from crawler.net.politeness import PolitenessError
from crawler.reading import shown
from portal.artifacts import FetchOutcome, SearchRecord, SearchSession, SearchStatus, SearchTitle
from portal.facts import PageFacts, SearchHit
from portal.html import Document, parse
from portal.model import Portal, SearchOverride
from portal.results import read_results
from portal.text import fold_title
from portal.urls import absolute, normalise
from storage.bundle import Bundle

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

PAUSE = 6.0  # between two questions: search engines often allow one in five seconds
RETRY_AFTER = 60.0  # before a broken search is asked once more
TITLES_BEFORE_GIVING_UP = 2  # broken in a row: the search is down, the other titles would only say so again
PICTURE_HEIGHT = 2200
FEW = 5  # results of the shortest first page

_TO_A_DEED = "it goes to what changes something: not followed"
_FAILING = frozenset({SearchStatus.BROKEN, SearchStatus.TIMEOUT})
_BARRED = frozenset({SearchStatus.CAPTCHA, SearchStatus.LOGIN})  # the next title would meet it, too
# The operator's own selector for one result.
_PICKED = """selector => [...document.querySelectorAll(selector)].slice(0, 100).map(e => {
  const a = e.matches('a[href]') ? e : e.querySelector('a[href]');
  return [(a || e).innerText || '', a ? a.href : ''];
})"""

# Every link: its text, its address, and the first words of the blocks it stands in.
_LINKS = """() => [...document.links].map(a => {
  const words = [];
  for (let e = a.parentElement, up = 0; e && e !== document.body && up < 5; e = e.parentElement, up++) {
    words.push((e.innerText || '').trim().slice(0, 12));
    words.push(((e.previousElementSibling || {}).innerText || '').trim().slice(0, 12));
  }
  return [a.innerText || '', a.href, words.join('\n')];
})"""
_AGAIN = 6  # characters of the question by which an address asks it again


class _ForeignFormError(Exception):
    """What would be sent is another form."""


class _NoButtonError(Exception):
    """How this box is sent is not known: that is no word on the search."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a search session waits, in seconds."""

    entry: Wait  # for the page with the box
    result: Wait  # for the result page to stand still
    typing: Wait  # for suggestions asked for while typing
    reaction: float  # in which a pressed button must have done something
    answer: float  # in which results, or the word that there are none, must have appeared


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page after a submitted search came to."""

    status: SearchStatus
    rendered: Rendered
    facts: PageFacts | None = None
    hits: tuple[SearchHit, ...] = ()
    error: str = ""


PATIENCE = Patience(
    entry=Wait(quiet=0.4, cap=8.0),
    result=Wait(quiet=0.7, cap=12.0),
    typing=Wait(quiet=0.3, cap=1.5),
    reaction=4.0,
    answer=20.0,
)


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
    return replace(record, sessions=await asker.ask_all([*titles, *words], pause, retry_after, seconds))


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
        self._patience = patience
        self._service = service
        self._portal = portal
        self._entry = entry
        self._bundle = bundle
        self._as_of = as_of

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
        row = 0  # of failures one after another
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
            if session.status in _BARRED:
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
            answer = await self._question(visit, title.title)
            if answer.status is SearchStatus.BLOCKED and answer.error.startswith("too often"):
                await asyncio.sleep(PAUSE * 2)
                answer = await self._question(visit, title.title)
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

    def _session(
        self, title: SearchTitle, at: dt.datetime, started: float, visit: Visit, answer: _Answer
    ) -> SearchSession:
        rendered, facts, bundle = answer.rendered, answer.facts, self._bundle
        shot = evidence = ""
        url = rendered.final_url or self._entry.page
        if bundle is not None and rendered.screenshot:
            shot = bundle.put(rendered.screenshot, "image/jpeg", url, at)
        if bundle is not None and rendered.html:
            evidence = bundle.put(rendered.html.encode(), "text/html; charset=utf-8", url, at)
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

    async def _question(self, visit: Visit, text: str) -> _Answer:
        for page in visit.popups:
            await page.close()
        visit.popups.clear()
        visit.dialogs.clear()
        outcome = await visit.goto(self._entry.page, self._patience.entry)
        if outcome is not FetchOutcome.OK:
            # The page with the box did not come: that says nothing about the search.
            return _Answer(SearchStatus.BLOCKED, await visit.snapshot(), error=f"entry page: {outcome} {visit.error}")
        box = await prepare(visit, self._entry)
        if box is None:
            return _Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error="the box is gone")
        try:
            typed = await type_title(box, text)
        except driver.Error as error:
            why = f"the box takes no text: {str(error).splitlines()[0][:120]}"
            return _Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error=why)
        if not typed:
            return _Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error="the box takes no text")
        try:
            reacted = await self._submit(visit, box)
        except PolitenessError as error:
            return _Answer(SearchStatus.BLOCKED, await visit.snapshot(), error=str(error))
        except (_ForeignFormError, _NoButtonError) as error:
            return _Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error=str(error))
        if not reacted:
            await visit.settle(self._patience.result)
            if visit.leads_to_deed:
                shown = await visit.snapshot(picture=True)
                return _Answer(SearchStatus.UNREADABLE, shown, error=_TO_A_DEED)
            shown = await visit.snapshot(picture=True)
            return _Answer(SearchStatus.BROKEN, shown, error="nothing happened after submitting")
        target = visit.popups[-1] if visit.popups else visit.page
        return await self._await_answer(visit, target, fold_title(typed))

    async def _submit(self, visit: Visit, box: Locator) -> bool:
        """Whether the page did anything: a request, a window, another address, a dialog. Raises _ForeignFormError."""
        await visit.settle(self._patience.typing)  # suggestions asked for while typing are no reaction to submitting
        await visit.turn()
        before, pressed = _activity(visit), False
        try:
            named = bool(self._portal.search.submit)
            pressed = await press_submit(visit, box, self._entry.box.submit, named=named)
            if pressed and await _reacted(visit, before, self._patience.reaction):
                return True
        except driver.Error as error:
            if visit.lost:
                raise
            visit.error = str(error).splitlines()[0][:120]
        if _activity(visit) != before:
            return True
        if not await sends_search(box):
            raise _ForeignFormError("Enter would send a form that is no search")
        try:
            await box.press("Enter", timeout=3000, no_wait_after=True)
        except driver.TimeoutError:
            return False
        reacted = await _reacted(visit, before, self._patience.reaction)
        if reacted or pressed:
            return reacted
        if self._entry.box.submit:
            raise _ForeignFormError("the button beside the box sends a form that is no search")
        for beside in await clickable_beside(box):
            if await click(beside) and await _reacted(visit, before, self._patience.reaction):
                return True
        raise _NoButtonError("Enter does nothing, and nothing beside the box sends it")

    async def _await_answer(self, visit: Visit, target: Page, asked: str) -> _Answer:
        """The answer as soon as it can be told; what is still undecided when the time is up stays undecided."""
        end = time.monotonic() + self._patience.answer
        while True:
            still = await visit.settle(self._patience.result, target)
            answer = await self._read(visit, target, asked)
            last = time.monotonic() >= end
            if answer is not None or last:
                break
            if visit.popups and target is not visit.popups[-1]:
                target = visit.popups[-1]
            await asyncio.sleep(0.3)
            if still:
                end = min(end, time.monotonic() + self._patience.result.cap / 3)
        picture = await visit.picture(target, clip_height=PICTURE_HEIGHT)
        if answer is None:
            rendered = await visit.snapshot(target)
            unanswered = not rendered.status and not rendered.title
            status = SearchStatus.TIMEOUT if unanswered else SearchStatus.UNREADABLE
            facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
            if _counted(rendered, facts, asked):
                answer = _Answer(SearchStatus.ANSWERED, rendered, facts, facts.hits)
            else:
                answer = _Answer(status, rendered, facts, error="no results and no word that there are none")
        return replace(answer, rendered=replace(answer.rendered, screenshot=picture))

    async def _read(self, visit: Visit, target: Page, asked: str) -> _Answer | None:
        """The answer on the page as it stands, None while it cannot be told."""
        await mark_unseen(target)
        rendered = await visit.snapshot(target)
        if target.url.startswith("chrome-error:") and visit.leads_to_deed:
            return _Answer(SearchStatus.UNREADABLE, rendered, error=_TO_A_DEED)
        if target.url.startswith("chrome-error:"):
            return _Answer(SearchStatus.BROKEN, rendered, error="the result page cannot be reached")
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if facts.challenge is not None and facts.challenge.interactive:
            return _Answer(SearchStatus.CAPTCHA, rendered, facts, error=facts.challenge.vendor)
        moved = _plain(target.url) not in (_plain(self._entry.page), _plain(self._portal.home))
        if moved and not facts.hits:
            facts = _as_results(rendered, facts, asked)
        hits = await self._hits(target, facts, asked)
        if hits and (self._portal.search.results or _related(hits, asked)):
            return _Answer(SearchStatus.ANSWERED, rendered, facts, hits)
        if facts.challenge is not None:
            return None  # it may still pass by itself
        if rendered.outcome is FetchOutcome.BLOCKED:
            return _Answer(SearchStatus.BLOCKED, rendered, facts, error=f"status {rendered.status}")
        text = await visible_text(target)
        if (verdict := await self._verdict(visit, target, facts, text, rendered.status)) is not None:
            return _Answer(verdict[0], rendered, facts, error=verdict[1])
        none = facts.result_total == 0 or says_nothing(text)
        if none and not await _shows(target, asked):
            return _Answer(SearchStatus.ANSWERED, rendered, facts)  # what is recommended instead is no hit
        return None

    async def _verdict(
        self, visit: Visit, target: Page, facts: PageFacts, text: str, status: int
    ) -> tuple[SearchStatus, str] | None:
        """What stands in the way of results, where there are none."""
        said = " ".join((*visit.dialogs, text))
        if says("too_often", said):
            return SearchStatus.BLOCKED, f"too often: {says('too_often', said)}"
        if asked := says("captcha", " ".join(visit.dialogs)) or await asks_for_proof(target, text):
            return SearchStatus.CAPTCHA, asked
        if asked := await asks_for_login(target, text):
            return SearchStatus.LOGIN, asked
        if status >= 400:
            return SearchStatus.BROKEN, f"status {status}"
        if facts.error_words:
            return SearchStatus.BROKEN, facts.error_words[:80]
        if (broken := says("broken", said)) and len(squeezed(text)) < 2000:
            return SearchStatus.BROKEN, broken
        return None

    async def _hits(self, target: Page, facts: PageFacts, asked: str) -> tuple[SearchHit, ...]:
        override: SearchOverride = self._portal.search
        if not override.results:
            return _as_many_as_said(facts, asked)
        picked: list[SearchHit] = []
        for frame in target.frames[:8]:
            try:
                found: Any = await frame.evaluate(_PICKED, override.results)
            except driver.Error:
                continue
            picked += [SearchHit(" ".join(str(t).split()), absolute(frame.url, str(u))) for t, u in found if t]
        return tuple(picked)


def _unasked(title: SearchTitle, barred: SearchSession | None = None) -> SearchSession:
    """The session of a title that was drawn and not asked: another one was barred, or the time was up."""
    if barred is None:
        return SearchSession(title, now(), SearchStatus.BLOCKED, error="not asked: no time left")
    return SearchSession(title, now(), barred.status, error=f"not asked: {barred.error}")


def _activity(visit: Visit) -> tuple[int, int, int, str]:
    return visit.requests, visit.opened, len(visit.dialogs), visit.page.url


async def _reacted(visit: Visit, before: tuple[int, int, int, str], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if _activity(visit) != before:
            return True
        await asyncio.sleep(0.05)
    return False


async def _shows(page: Page, asked: str) -> bool:
    """Whether a link of the page carries the title asked for: then there are results, only not readable ones.

    Links that ask the same again, and those of blocks headed 搜索历史, carry every question.
    """
    for frame in page.frames[:8]:
        try:
            links: list[tuple[str, str, str]] = await frame.evaluate(_LINKS)
        except driver.Error:
            continue
        for text, address, heading in links:
            again = asked[:_AGAIN] in fold_title(unquote_plus(address)) or says("asked_before", heading)
            if asked and asked in fold_title(text) and not again:
                return True
    return False


def _as_results(rendered: Rendered, facts: PageFacts, asked: str) -> PageFacts:
    """The facts with hits read although the page does not look like a result page, where it repeats the question."""
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    if not _repeats(doc, rendered, asked):
        return facts
    found = read_results(doc)
    return msgspec.structs.replace(facts, hits=found.hits, result_total=found.total, result_tabs=found.tabs)


def _repeats(doc: Document, rendered: Rendered, asked: str) -> bool:
    """Whether a page repeats the question in its address, its title or a box."""
    boxes = (field.get("value") or "" for field in doc.tree.iter("input"))
    return any(asked in fold_title(text) for text in (unquote_plus(rendered.final_url), rendered.title, *boxes))


def _counted(rendered: Rendered, facts: PageFacts, asked: str) -> bool:
    """Whether results that have nothing to do with the question are the answer all the same: the page repeats the
    question, says how many results there are, and shows as many, or a page of them."""
    if not facts.result_total or not min(facts.result_total, FEW) <= len(facts.hits) <= facts.result_total:
        return False
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    return _repeats(doc, rendered, asked)


def _as_many_as_said(facts: PageFacts, asked: str) -> tuple[SearchHit, ...]:
    """The hits read; where the page says there are fewer, only those that have to do with the question."""
    if not facts.result_total or len(facts.hits) <= facts.result_total:
        return facts.hits
    return tuple(hit for hit in facts.hits if _related([hit], asked)) or facts.hits


def _related(hits: Sequence[SearchHit], asked: str) -> bool:
    """Whether any hit has to do with the question: recommendations beside an empty result list do not."""
    parts = {asked[i : i + 3] for i in range(max(1, len(asked) - 2))}
    return any(part in fold_title(hit.title) for hit in hits for part in parts)


def _plain(url: str) -> str:
    return normalise(url).rstrip("/")
