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

import msgspec

from crawler.browser import driver
from crawler.browser.answers import as_many_as_said, as_results, counted, question_failed, related, shows, with_results
from crawler.browser.asking import asks_for_login, asks_for_proof, visible_text
from crawler.browser.box import Entry, click, clickable_beside, prepare, press_submit, type_title
from crawler.browser.furniture import without_furniture
from crawler.browser.proof import headed
from crawler.browser.rendered import Rendered, now
from crawler.browser.sending import sends_search
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.unseen import fresh_block, mark_before, mark_unseen, stayed
from crawler.browser.visit import Visit, Wait
from crawler.browser.words import longest, says, says_nothing, squeezed
from crawler.crawl.survey import Survey, survey_page
from crawler.net.politeness import PolitenessError
from crawler.reading import shown
from portal.actions import changes_something
from portal.artifacts import FetchOutcome, SearchRecord, SearchSession, SearchStatus, SearchTitle
from portal.decorated import begins_same, names_same
from portal.facts import PageFacts, SearchHit
from portal.html import parse
from portal.model import Portal, SearchOverride
from portal.results import leads_to
from portal.text import fold_title
from portal.urls import absolute, normalise
from storage.bundle import Bundle

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

PAUSE = 6.0  # between two questions: search engines often allow one in five seconds
RETRY_AFTER = 60.0  # before a broken search is asked once more
TITLES_BEFORE_GIVING_UP = 2  # broken in a row: the search is down, the other titles would only say so again
PICTURE_HEIGHT = 2200
OPENED = 2  # results whose title is cut short that are opened to see what they are

_TO_A_DEED = "it goes to what changes something: not followed"
_FAILING = frozenset({SearchStatus.BROKEN, SearchStatus.TIMEOUT})
_BARRED = frozenset({SearchStatus.CAPTCHA, SearchStatus.LOGIN})  # the next title would meet it, too
# The operator's own selector for one result.
_PICKED = """selector => [...document.querySelectorAll(selector)].slice(0, 100).map(e => {
  const a = e.matches('a[href]') ? e : e.querySelector('a[href]');
  return [(a || e).innerText || '', a ? a.href : ''];
})"""


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
    doubt: (
        float  # after which results without the title are looked at once more: some are shown before they are asked for
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page after a submitted search came to."""

    status: SearchStatus
    rendered: Rendered
    facts: PageFacts | None = None
    hits: tuple[SearchHit, ...] = ()
    error: str = ""
    takes: int = 0  # characters the search says it takes at most


PATIENCE = Patience(
    entry=Wait(quiet=0.4, cap=8.0),
    result=Wait(quiet=0.7, cap=12.0),
    typing=Wait(quiet=0.3, cap=1.5),
    reaction=4.0,
    answer=20.0,
    doubt=3.0,
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
        self._patience = patience
        self._service = service
        self._portal = portal
        self._entry = entry
        self._bundle = bundle
        self._as_of = as_of
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
            if answer.status is SearchStatus.ANSWERED:
                answer = await self._opened(visit, answer, title)
            elif 0 < answer.takes < len(title.title):
                await asyncio.sleep(PAUSE)
                short = await self._question(visit, title.title[: answer.takes])
                answer = (
                    short if _has(short, title, self._portal.name) else answer
                )  # missed with half of its title is not missed
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
        read = answer.status in (SearchStatus.ANSWERED, SearchStatus.UNREADABLE)
        if read and rendered.final_url and not self._at_entry(rendered.final_url) and not self._portal.search.results:
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

    async def _opened(self, visit: Visit, answer: _Answer, title: SearchTitle) -> _Answer:
        """The answer with where those results lead that show so little of the title that a visitor would open them."""
        if _has(answer, title, self._portal.name):
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
        await mark_before(visit.page)
        visible = await visible_text(visit.page)
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
            takes = longest(await visible_text(visit.page))
            if 0 < takes < len(typed):
                return _Answer(SearchStatus.UNREADABLE, shown, error=f"takes {takes} characters", takes=takes)
            return _Answer(SearchStatus.BROKEN, shown, error="nothing happened after submitting")
        target = visit.popups[-1] if visit.popups else visit.page
        return await self._await_answer(visit, target, typed, says_nothing(visible))

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

    async def _await_answer(self, visit: Visit, target: Page, typed: str, said_nothing: bool) -> _Answer:
        """The answer as soon as it can be told; what is still undecided when the time is up stays undecided.

        `said_nothing`: the page that was asked said 没有找到 of something else before.
        """
        asked, doubted = fold_title(typed), False
        end = time.monotonic() + self._patience.answer
        while True:
            still = await visit.settle(self._patience.result, target)
            answer = await self._read(visit, target, asked, said_nothing)
            if answer is not None and not doubted and _may_change(answer, asked):
                doubted = True
                await asyncio.sleep(self._patience.doubt)
                continue
            last = time.monotonic() >= end
            if answer is not None or last:
                break
            if visit.popups and target is not visit.popups[-1]:
                target = visit.popups[-1]
            await asyncio.sleep(0.3)
            if still:
                end = min(end, time.monotonic() + self._patience.result.cap / 2)
        async with headed(target, f"检索词：{typed}"):
            picture = await visit.picture(target, clip_height=PICTURE_HEIGHT)
        if answer is None:
            rendered = await visit.snapshot(target)
            unanswered = not rendered.status and not rendered.title
            status = SearchStatus.TIMEOUT if unanswered else SearchStatus.UNREADABLE
            facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
            if failed := question_failed(rendered, asked):
                answer = _Answer(SearchStatus.BROKEN, rendered, facts, error=failed)
            elif counted(rendered, facts, asked):
                answer = _Answer(SearchStatus.ANSWERED, rendered, facts, facts.hits)
            else:
                takes = longest(" ".join((*visit.dialogs, await visible_text(target))))
                why = f"takes {takes} characters" if takes else "no results and no word that there are none"
                answer = _Answer(status, rendered, facts, error=why, takes=takes)
        return replace(answer, rendered=replace(answer.rendered, screenshot=picture))

    async def _read(self, visit: Visit, target: Page, asked: str, said_nothing: bool) -> _Answer | None:
        """The answer on the page as it stands, None while it cannot be told."""
        moved = not self._at_entry(target.url)
        same = not moved and target is visit.page and await stayed(target)
        old = await mark_unseen(target, same=same)
        rendered = await visit.snapshot(target)
        if target.url.startswith("chrome-error:") and visit.leads_to_deed:
            return _Answer(SearchStatus.UNREADABLE, rendered, error=_TO_A_DEED)
        if target.url.startswith("chrome-error:"):
            return _Answer(SearchStatus.BROKEN, rendered, error="the result page cannot be reached")
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if facts.challenge is not None and facts.challenge.interactive:
            return _Answer(SearchStatus.CAPTCHA, rendered, facts, error=facts.challenge.vendor)
        if same and (block := await fresh_block(target)):
            facts = with_results(facts, parse(block.encode(), target.url, "text/html; charset=utf-8"))
        elif moved and not facts.hits:
            facts = as_results(rendered, facts, asked)
        hits = await self._hits(target, facts, asked)
        if hits and (self._portal.search.results or related(hits, asked, self._portal.name)):
            answer = _Answer(SearchStatus.ANSWERED, rendered, facts, hits)
            # A list that is filtered where it stands may hold the title in the place it had.
            return None if not _holds(answer, asked) and any(asked in fold_title(text) for text in old) else answer
        if facts.challenge is not None:
            return None  # it may still pass by itself
        if rendered.outcome is FetchOutcome.BLOCKED:
            return _Answer(SearchStatus.BLOCKED, rendered, facts, error=f"status {rendered.status}")
        text = await visible_text(target)
        if (verdict := await self._verdict(visit, target, facts, text, rendered.status)) is not None:
            return _Answer(verdict[0], rendered, facts, error=verdict[1])
        none = (facts.result_total == 0 or says_nothing(text)) and not (same and said_nothing)
        if says_nothing(" ".join(visit.dialogs)) or (none and not await shows(target, asked)):
            return _Answer(SearchStatus.ANSWERED, rendered, facts)  # what is recommended instead is no hit
        return None

    def _at_entry(self, url: str) -> bool:
        return _plain(url) in (_plain(self._entry.page), _plain(self._portal.home))

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
        if facts.redirect and not self._at_entry(facts.redirect):
            return None  # 正在跳转: it goes on by itself
        if facts.error_words:
            return SearchStatus.BROKEN, facts.error_words[:80]
        if (broken := says("broken", said)) and len(squeezed(text)) < 2000:
            return SearchStatus.BROKEN, broken
        return None

    async def _hits(self, target: Page, facts: PageFacts, asked: str) -> tuple[SearchHit, ...]:
        override: SearchOverride = self._portal.search
        if not override.results:
            return as_many_as_said(facts, asked)
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


def _may_change(answer: _Answer, asked: str) -> bool:
    """Whether a page that answers so may come to say better: 共0条 before it has asked, an error in between."""
    return answer.status is SearchStatus.BROKEN or (
        answer.status is SearchStatus.ANSWERED and not _holds(answer, asked)
    )


def _has(answer: _Answer, title: SearchTitle, name: str) -> bool:
    """Whether the title is among the results, by its address or by its name; `name` is the portal's."""
    labels = (name, *title.column.split(">"))
    return any(
        (hit.url and leads_to(hit.url, title.url)) or names_same(hit.title, title.title, labels) for hit in answer.hits
    )


def _holds(answer: _Answer, asked: str) -> bool:
    return any(asked in fold_title(hit.title) for hit in answer.hits)


def _plain(url: str) -> str:
    return normalise(url).rstrip("/")
