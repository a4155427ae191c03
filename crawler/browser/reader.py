"""The answer of a search, read off the page that came after a question: when it can be told, and what it is.

"Nothing found" is an answer, too; captchas, logins, limits and errors are told apart from results that are not there.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.browser import driver
from crawler.browser.answers import (
    as_many_as_said,
    as_results,
    counted,
    framed,
    question_failed,
    related,
    says_what_was_asked,
    shows,
    with_results,
)
from crawler.browser.asking import asks_for_login, asks_for_proof, visible_text
from crawler.browser.box import Entry
from crawler.browser.doubts import Asked, Doubts, Kind, asked_by_script
from crawler.browser.patience import Patience
from crawler.browser.proof import headed
from crawler.browser.rendered import Rendered, now
from crawler.browser.retry import press_retry
from crawler.browser.sent import Watch
from crawler.browser.unread import row_left_out, stands_unread
from crawler.browser.unseen import fresh_block, led_frame, mark_unseen, stayed
from crawler.browser.visit import Visit
from crawler.browser.words import longest, says, says_nothing, squeezed
from crawler.reading import shown
from portal.alone import alone
from portal.artifacts import FetchOutcome, SearchStatus, SearchTitle
from portal.decorated import names_same
from portal.facts import PageFacts, SearchHit
from portal.html import Document, parse
from portal.model import Portal, SearchOverride
from portal.results import leads_to
from portal.text import fold_title
from portal.urls import absolute, normalise

if TYPE_CHECKING:
    from playwright.async_api import Page

PICTURE_HEIGHT = 2200
STILL_ASKING = "the request for results is still without an answer"
_FIREWALL = "generic"  # block pages, by the name they have in the vocabulary of challenges
REFUSED = "a firewall refuses the question"
TO_A_DEED = "it goes to what changes something: not followed"

# The operator's own selector for one result.
_PICKED = """selector => [...document.querySelectorAll(selector)].slice(0, 100).map(e => {
  const a = e.matches('a[href]') ? e : e.querySelector('a[href]');
  return [(a || e).innerText || '', a ? a.href : ''];
})"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page after a submitted search came to."""

    status: SearchStatus
    rendered: Rendered
    facts: PageFacts | None = None
    hits: tuple[SearchHit, ...] = ()
    error: str = ""
    takes: int = 0  # characters the search says it takes at most
    plain: bool = False  # the search says that it takes no quotes, brackets and signs
    unread: bool = False  # what the page shows is not, or not yet, its answer: no second reading tells more


@dataclass(frozen=True, slots=True)
class _Look:
    """An answer that was doubted, and how many requests of scripts there had been by then."""

    kind: Kind
    answer: Answer
    requests: int

    def changed(self, answer: Answer | None, requests: int) -> bool:
        """Returns whether the page came to another answer, or asked for something."""
        before = self.answer.status, self.answer.hits
        return answer is None or before != (answer.status, answer.hits) or requests != self.requests


class Reader:
    """Reads the answers of one portal's search."""

    def __init__(self, portal: Portal, entry: Entry, as_of: dt.date | None, patience: Patience) -> None:
        self._portal = portal
        self._entry = entry
        self._as_of = as_of
        self._patience = patience
        self._doubts = Doubts()

    async def answer(
        self, visit: Visit, target: Page, title: SearchTitle, typed: str, said_nothing: bool, watch: Watch
    ) -> Answer:
        """The answer as soon as it can be told; what is still undecided when the time is up stays undecided.

        `said_nothing`: the page that was asked said 没有找到 of something else before.
        """
        asked = fold_title(typed)
        began = time.monotonic()
        end = began + self._patience.answer
        look: _Look | None = None
        retried = False
        while True:
            while watch.waits_to_leave(target):  # a browser that waits for a page answers no questions about the last
                if time.monotonic() >= began + self._patience.asking:
                    return _nothing_came(visit, target)
                await asyncio.sleep(0.3)
            still = await visit.settle(self._patience.result, target)
            what = asked_by_script(sent := watch.of(target), asked)  # before the page is read: it may be answered now
            answer = await self._straight(visit, target, title)
            answer = answer or await self._read(visit, target, asked, said_nothing)
            waits = False
            if answer is None or not (_holds(answer, asked) or has(answer, title, self._portal.name)):
                waits = what is Asked.WAITS
                if not (waits or retried or (answer is not None and answer.hits)):
                    retried = await press_retry(visit, target)
                    if retried:
                        continue
                if waits:
                    end = max(end, began + self._patience.asking)
                elif look is None and (seen := answer or await self._counted(visit, target, asked)) is not None:
                    kind = seen.status, bool(seen.hits), answer is not None, what
                    if self._doubts.about(kind):
                        look = _Look(kind, seen, len(sent))
                        await asyncio.sleep(self._patience.doubt if answer is not None else 0)
                        continue
                    answer = seen
            if (answer is not None and not waits) or time.monotonic() >= end:
                break
            if visit.popups and target is not visit.popups[-1]:
                target = visit.popups[-1]
            await asyncio.sleep(0.3)
            if still and not waits:
                end = min(end, time.monotonic() + self._patience.result.cap / 2)
        if waits:
            answer = Answer(SearchStatus.UNREADABLE, await visit.snapshot(target), error=STILL_ASKING, unread=True)
        async with headed(target, f"检索词：{typed}"):
            picture = await visit.picture(target, clip_height=PICTURE_HEIGHT)
        if answer is None:
            answer = await self._undecided(visit, target, asked)
        if look is not None:
            self._doubts.learn(look.kind, changed=look.changed(answer, len(watch.of(target))))
        return replace(answer, rendered=replace(answer.rendered, screenshot=picture))

    async def _straight(self, visit: Visit, target: Page, title: SearchTitle) -> Answer | None:
        """The answer of a search that leads straight to the document where it is its only result."""
        if at_entry(target.url, self._entry, self._portal) or not leads_to(target.url, title.url):
            return None
        rendered = await visit.snapshot(target)
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if visit.status(target) >= 400 or facts.challenge is not None:
            return None
        return Answer(SearchStatus.ANSWERED, rendered, facts, (SearchHit(title.title, rendered.final_url),))

    async def _counted(self, visit: Visit, target: Page, asked: str) -> Answer | None:
        """The answer of a page that shows as many results as it says, none of which has to do with the question."""
        rendered = await visit.snapshot(target)
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if not counted(rendered, facts, asked) or _unread(rendered, asked, facts.hits):
            return None
        return Answer(SearchStatus.ANSWERED, rendered, facts, facts.hits)

    async def _undecided(self, visit: Visit, target: Page, asked: str) -> Answer:
        """What can be said of a page that came to no answer in time."""
        rendered = await visit.snapshot(target)
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if failed := question_failed(rendered, asked):
            return Answer(SearchStatus.BROKEN, rendered, facts, error=failed)
        if (answer := await self._counted(visit, target, asked)) is not None:
            return answer
        if _unread(rendered, asked, facts.hits):
            why = "the title stands there, and not in what was read"
            return Answer(SearchStatus.UNREADABLE, rendered, facts, error=why, unread=True)
        said = " ".join((*visit.dialogs, await visible_text(target)))
        takes, refused = longest(said), says("only_words", said)
        why = f"takes {takes} characters" if takes else refused or "no results and no word that there are none"
        unanswered = not rendered.status and not rendered.title
        status = SearchStatus.TIMEOUT if unanswered else SearchStatus.UNREADABLE
        return Answer(status, rendered, facts, error=why, takes=takes, plain=bool(refused))

    async def _read(self, visit: Visit, target: Page, asked: str, said_nothing: bool) -> Answer | None:
        """The answer on the page as it stands, None while it cannot be told."""
        moved = not at_entry(target.url, self._entry, self._portal)
        frame = None if moved else await led_frame(target)
        same = not moved and frame is None and target is visit.page and await stayed(target)
        old = await mark_unseen(target, same=same)
        rendered = await visit.snapshot(target)
        if frame is not None:
            rendered, moved = framed(rendered, frame.url), True
        if target.url.startswith("chrome-error:") and visit.leads_to_deed:
            return Answer(SearchStatus.UNREADABLE, rendered, error=TO_A_DEED)
        if target.url.startswith("chrome-error:"):
            return Answer(SearchStatus.BROKEN, rendered, error="the result page cannot be reached")
        facts = shown(rendered.html, rendered.final_url, as_of=self._as_of)
        if facts.challenge is not None and facts.challenge.vendor == _FIREWALL and facts.challenge.interactive:
            return Answer(SearchStatus.BLOCKED, rendered, facts, error=REFUSED)  # quotes or percent signs may be why
        if facts.challenge is not None and facts.challenge.interactive:
            return Answer(SearchStatus.CAPTCHA, rendered, facts, error=facts.challenge.vendor)
        if same and (block := await fresh_block(target)):
            facts = with_results(facts, parse(block.encode(), target.url, "text/html; charset=utf-8"))
        elif moved and not facts.hits:
            facts = as_results(rendered, facts, asked)
        hits = await self._hits(target, facts, asked)
        if rendered.status >= 400 and not says_what_was_asked(rendered, asked):
            hits = ()  # the lists of a home page, shown in place of what is gone
        if hits and (self._portal.search.results or related(hits, asked, self._portal.name)):
            answer = Answer(SearchStatus.ANSWERED, rendered, facts, hits)
            if _holds(answer, asked):
                return answer
            if (best := alone(_parsed(rendered), asked)) is not None and not self._portal.search.results:
                # Nobody knows where it leads without an address.
                return replace(answer, hits=(best, *hits)) if best.url else None
            # A list that is filtered where it stands may hold the title in the place it had.
            unread = any(asked in fold_title(text) for text in old) or _unread(rendered, asked, hits)
            return None if unread else answer
        if facts.challenge is not None:
            return None  # it may still pass by itself
        if rendered.outcome is FetchOutcome.BLOCKED:
            return Answer(SearchStatus.BLOCKED, rendered, facts, error=f"status {rendered.status}")
        text = await visible_text(target)
        if (verdict := await self._verdict(visit, target, facts, text, rendered.status)) is not None:
            return Answer(verdict[0], rendered, facts, error=verdict[1])
        none = (facts.result_total == 0 or says_nothing(text)) and not (same and said_nothing)
        if says_nothing(" ".join(visit.dialogs)) or (none and not await shows(target, asked)):
            return Answer(SearchStatus.ANSWERED, rendered, facts)  # what is recommended instead is no hit
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
        if facts.redirect and not at_entry(facts.redirect, self._entry, self._portal):
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


def _nothing_came(visit: Visit, target: Page) -> Answer:
    visit.error = visit.error or "a page it waited for did not come"  # its tab serves nobody else
    rendered = Rendered(visit.url, now(), FetchOutcome.TIMEOUT, final_url=target.url)
    return Answer(SearchStatus.TIMEOUT, rendered, error="the result page did not come")


def _unread(rendered: Rendered, asked: str, hits: Sequence[SearchHit]) -> bool:
    """Whether the title asked for stands on the page as a result, and in none of those read."""
    doc = _parsed(rendered)
    if stands_unread(doc, asked) or row_left_out(doc, asked, hits):
        return True
    lone = alone(doc, asked)
    return lone is not None and not lone.url


def _parsed(rendered: Rendered) -> Document:
    return parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")


def at_entry(url: str, entry: Entry, portal: Portal) -> bool:
    """Returns whether an address is that of the page with the box, or of the home page."""
    return _plain(url) in (_plain(entry.page), _plain(portal.home))


def has(answer: Answer, title: SearchTitle, name: str) -> bool:
    """Whether the title is among the results, by its address or by its name; `name` is the portal's."""
    labels = (name, *title.column.split(">"))
    return any(
        (hit.url and leads_to(hit.url, title.url)) or names_same(hit.title, title.title, labels) for hit in answer.hits
    )


def _holds(answer: Answer, asked: str) -> bool:
    return any(asked in fold_title(hit.title) for hit in answer.hits)


def _plain(url: str) -> str:
    return normalise(url).rstrip("/")
