"""One question put to the portal's own search: the page with the box, the title typed, the button or Enter pressed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from crawler.browser import driver
from crawler.browser.asking import visible_text
from crawler.browser.box import Entry, click, clickable_beside, prepare, press_submit, type_title
from crawler.browser.patience import Patience
from crawler.browser.reader import TO_A_DEED, Answer, Reader
from crawler.browser.sending import sends_search
from crawler.browser.sent import Watch
from crawler.browser.unseen import mark_before
from crawler.browser.visit import Visit
from crawler.browser.words import longest, says, says_nothing
from crawler.net.politeness import PolitenessError
from portal.artifacts import FetchOutcome, SearchStatus, SearchTitle
from portal.model import Portal

if TYPE_CHECKING:
    from playwright.async_api import Locator


class _ForeignFormError(Exception):
    """What would be sent is another form."""


class _NoButtonError(Exception):
    """How this box is sent is not known: that is no word on the search."""


class Questioner:
    """Puts questions to one portal's search."""

    def __init__(self, portal: Portal, entry: Entry, patience: Patience, reader: Reader) -> None:
        self._portal = portal
        self._entry = entry
        self._patience = patience
        self._reader = reader

    async def ask(self, visit: Visit, title: SearchTitle, text: str = "") -> Answer:
        """The answer to a title, or to `text`, which is the beginning of it or its words."""
        with Watch(visit.page.context) as watch:
            return await self._ask(visit, title, text or title.title, watch)

    async def _ask(self, visit: Visit, title: SearchTitle, text: str, watch: Watch) -> Answer:
        for page in visit.popups:
            await page.close()
        visit.popups.clear()
        visit.dialogs.clear()
        outcome = await visit.goto(self._entry.page, self._patience.entry)
        if outcome is not FetchOutcome.OK:
            # The page with the box did not come: that says nothing about the search.
            return Answer(SearchStatus.BLOCKED, await visit.snapshot(), error=f"entry page: {outcome} {visit.error}")
        box = await prepare(visit, self._entry)
        if box is None:
            return Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error="the box is gone")
        await mark_before(visit.page)
        visible = await visible_text(visit.page)
        try:
            typed = await type_title(box, text)
        except driver.Error as error:
            why = f"the box takes no text: {str(error).splitlines()[0][:120]}"
            return Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error=why)
        if not typed:
            return Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error="the box takes no text")
        try:
            reacted = await self._submit(visit, box)
        except PolitenessError as error:
            return Answer(SearchStatus.BLOCKED, await visit.snapshot(), error=str(error))
        except (_ForeignFormError, _NoButtonError) as error:
            return Answer(SearchStatus.UNREADABLE, await visit.snapshot(picture=True), error=str(error))
        if not reacted:
            await visit.settle(self._patience.result)
            if visit.leads_to_deed:
                shown = await visit.snapshot(picture=True)
                return Answer(SearchStatus.UNREADABLE, shown, error=TO_A_DEED)
            shown = await visit.snapshot(picture=True)
            said = await visible_text(visit.page)
            takes = longest(said)
            if 0 < takes < len(typed):
                return Answer(SearchStatus.UNREADABLE, shown, error=f"takes {takes} characters", takes=takes)
            if refused := says("only_words", said.replace(visible, "")):
                return Answer(SearchStatus.UNREADABLE, shown, error=refused, plain=True)
            return Answer(SearchStatus.BROKEN, shown, error="nothing happened after submitting")
        target = visit.popups[-1] if visit.popups else visit.page
        return await self._reader.answer(visit, target, title, typed, says_nothing(visible), watch)

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


def _activity(visit: Visit) -> tuple[int, int, int, str]:
    return visit.requests, visit.opened, len(visit.dialogs), visit.page.url


async def _reacted(visit: Visit, before: tuple[int, int, int, str], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if _activity(visit) != before:
            return True
        await asyncio.sleep(0.05)
    return False
