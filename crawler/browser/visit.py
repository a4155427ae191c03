"""One visit of one page in a browser tab: going there, waiting until it stands still, taking it down as a value.

A page may do what it likes: ring alerts, open windows, never go idle, start a download, navigate by itself. A visit
dismisses, closes, caps and refuses, and its result says so. Only a lost browser raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ada_url

from crawler.browser import driver
from crawler.browser.gateway import Passage
from crawler.browser.loads import FAILED, Answer, Loads
from crawler.browser.privacy import masked
from crawler.browser.rendered import (
    Cookie,
    Rendered,
    now,
    outcome_of_error,
    outcome_of_status,
    storable,
)
from crawler.browser.serialise import ELEMENTS, TOO_MANY, serialise
from crawler.browser.tab import Chores, Tab, shut
from crawler.net.politeness import PolitenessError, Slot
from portal.actions import changes_something
from portal.artifacts import FetchOutcome, Hop
from portal.urls import LONGEST_ADDRESS

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Page

DIALOGS = 20
POLL = 0.2  # seconds between two looks at a page that is loading
SHOT_SECONDS = 8.0
EVALUATE_SECONDS = 8.0  # a busy page answers late or never
_NO_PAGE = "chrome-error:"  # what a browser shows where nothing came
DEED = "the page goes to what changes something"
SCREENS = 12  # of a page that are leafed through
SCREEN_SECONDS = 0.1  # each is looked at: a page learns of what is in view once it was drawn

# Counts, not a MutationObserver: clocks and sliders change attributes and digits all the time, lists add elements.
_STATE = """() => {
  const look = (page, depth) => {
    let sum = page.getElementsByTagName('*').length * 7 + (page.body ? page.body.textContent.length : 0);
    if (depth) for (const frame of page.querySelectorAll('iframe,frame,object')) {
      try { if (frame.contentDocument) sum += look(frame.contentDocument, depth - 1); } catch (foreign) {}
    }
    return sum;
  };
  return [document.readyState, location.href, look(document, 2), !!window[Symbol.for('mingcha.refused')]];
}"""

_LEAF_THROUGH = """async ([screens, pause]) => {
  for (let n = 0; n < screens; n++) {
    const before = scrollY;
    scrollBy(0, innerHeight * 0.9);
    await new Promise(done => setTimeout(done, pause));
    if (scrollY === before) break;
  }
  scrollTo(0, 0);
}"""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a page: still for `quiet` seconds and nothing loading, at most `cap` seconds."""

    quiet: float = 0.4
    cap: float = 8.0


class Visit:
    """A tab while it shows one page. Made by `BrowserService.visit`; not to be kept longer."""

    def __init__(
        self,
        tab: Tab,
        *,
        listen: Callable[[Page, Callable[[], None]], Awaitable[Loads]],
        slot: Callable[[str], Awaitable[Slot]],
        passage: Callable[[str, int], Passage | None],
        user_agent: str,
        popups: int = 0,
        seconds: float = 45.0,
    ) -> None:
        self.page = tab.page
        self.url = ""
        self.at = now()
        self.popups: list[Page] = []  # windows that were wanted and are open
        self.opened = 0  # windows the page tried to open
        self.dialogs: list[str] = []
        self.gone = asyncio.Event()  # the renderer crashed or the browser went away
        self.flooded = asyncio.Event()  # the page asked for more than a visit may
        self.error = ""
        self._tab = tab
        self._windows: dict[Page, Loads] = {}
        self._listen = listen
        self._allowed = popups
        self._slot = slot
        self._passage = passage
        self._user_agent = user_agent
        self._seconds = seconds
        self._outcome: FetchOutcome | None = None
        self._settled = True
        self._refused = False
        self._started = time.monotonic()
        self._elapsed = 0.0
        self._chores = Chores()
        tab.guest = self

    @property
    def lost(self) -> bool:
        """Returns whether the tab is lost: its renderer crashed or the browser went away."""
        return self.gone.is_set()

    @property
    def requests(self) -> int:
        """Returns how many documents and scripts were asked for so far, by this page and its wanted windows."""
        return self._tab.loads.sent + sum(loads.sent for loads in self._windows.values())

    # going there

    async def goto(self, url: str, wait: Wait | None = None, *, referer: str = "") -> FetchOutcome:
        """Returns how the page answered, after it stood still. The target's failures are outcomes, never exceptions.

        Raises playwright's Error only when the browser or the tab is lost.
        """
        fresh = not self.url
        self.url, self.at, self._started = url, now(), time.monotonic()
        self._outcome, self.error, self._refused = None, "", False
        if urlsplit(url).scheme.lower() not in {"http", "https"}:
            self._outcome, self.error = FetchOutcome.SCHEME, "not an http address"
            return self._outcome
        try:
            async with await self._slot(url) as slot:
                await self._tab.begin(url)
                if fresh:  # what the page before did until now is not this one's
                    self.opened = 0
                    self.dialogs.clear()
                self._started = time.monotonic()
                await self._request(url, referer)
                answered = self._tab.loads.answered
                slot.done(
                    self.outcome, status=self.status(self.page), seconds=max(0.0, answered - self._started) or None
                )
        except PolitenessError as error:
            self._outcome, self.error = error.outcome, str(error)
        if self._outcome is None:
            self._settled = await self.settle(wait or Wait())
            if self.leads_to_deed:
                self._outcome, self.error = FetchOutcome.DEED, DEED
        self._elapsed = time.monotonic() - self._started
        return self.outcome

    async def turn(self) -> None:
        """Waits for the page's politeness group: before anything that makes the page ask its server again.

        Raises PolitenessError where nothing may be sent.
        """
        async with await self._slot(self.url):
            return

    @property
    def leads_to_deed(self) -> bool:
        """Returns whether the page led to an address that changes something (`crawler.browser.deeds`): it was held back
        from one, came to one by a way nobody could hold, or loaded well and was then kept from one."""
        answers = self._tab.loads.answers
        held = any(loads.held for loads in (self._tab.loads, *self._windows.values()))
        past = bool(answers and changes_something(answers[-1].url))
        return held or past or (self._refused and self.outcome is FetchOutcome.OK)

    @property
    def outcome(self) -> FetchOutcome:
        """Returns how the main document came out so far."""
        if self._outcome is not None:
            return self._outcome
        return outcome_of_status(self.status(self.page))

    def status(self, page: Page) -> int:
        """Returns the status of the latest main document of a page or wanted window, 0 when none came."""
        loads = self._loads(page)
        return loads.status if loads is not None else 0

    async def settle(self, wait: Wait, page: Page | None = None) -> bool:
        """Returns whether the page came to stand still (no new content, nothing loading) before the cap."""
        target = page or self.page
        end = time.monotonic() + wait.cap
        last: list[Any] | None = None
        since = time.monotonic()
        while True:
            state = await self._state(target)
            moment = time.monotonic()
            loads = self._loads(target)
            rested = loads.rested(moment) if loads is not None else 0.0
            since = moment if state is None or state != last or state[0] == "loading" else max(since, rested)
            last = state
            self._refused = bool(state[3]) if state is not None and target is self.page else self._refused
            if moment - since >= wait.quiet:
                return True
            if moment >= end:
                return False
            # What is on its way may be there at any moment. What is there needs no look before it can have stood still.
            there = state is not None and state[0] == "complete" and rested < moment
            await asyncio.sleep(min(since + wait.quiet - moment if there else POLL, end - moment))

    async def leaf_through(self) -> None:
        """Scrolls down the page, a screen at a time, and back: some lists are asked for only when they come into view.
        Never raises for what the page does; playwright's Error where the tab is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVALUATE_SECONDS):
                try:
                    await self.page.evaluate(_LEAF_THROUGH, [SCREENS, SCREEN_SECONDS * 1000])
                except driver.Error as error:
                    self._raise_if_lost(error)

    async def changes(self, seconds: float) -> bool:
        """Returns whether the page shows anything else within that time: it is left as soon as it does."""
        before, end = await self._state(self.page), time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(POLL)
            if await self._state(self.page) != before:
                return True
        return False

    # taking it down

    async def snapshot(self, page: Page | None = None, *, picture: bool = False) -> Rendered:
        """Returns the page (or a wanted window) as it stands. Raises playwright's Error only when the tab is lost."""
        target = page or self.page
        loads = self._loads(target)
        answers = list(loads.answers) if loads is not None else []
        if target is not self.page and not answers:
            answers = await self._ask_status(target)
        html = title = ""
        if target is self.page and self._outcome is None:
            await self._follow()
        status = next((answer.status for answer in reversed(answers) if answer.final), 0)
        outcome = self.outcome if target is self.page else outcome_of_status(status)
        unreached = self._outcome is not None and target is self.page
        if not unreached:
            html, title = await self._serialise_page(target)
        final = "" if unreached else target.url[:LONGEST_ADDRESS]
        passage = self._passage(*_endpoint(final or self.url))
        return Rendered(
            url=self.url,
            at=self.at,
            outcome=outcome,
            final_url=final,
            status=status,
            html=storable(html),
            title=storable(title),
            elapsed=round(self._elapsed or time.monotonic() - self._started, 3),
            address=passage.address if passage else "",
            family=passage.family if passage else 0,
            content_type=next((answer.content_type for answer in reversed(answers) if answer.final), ""),
            hops=tuple(Hop(answer.url, answer.status, answer.location) for answer in answers if not answer.final),
            user_agent=self._user_agent,
            failed=tuple(failed for each in (self._tab.loads, *self._windows.values()) for failed in each.failed)[
                :FAILED
            ],
            dialogs=tuple(map(storable, self.dialogs)),
            popups=self.opened,
            settled=self._settled,
            error=self.error,
            screenshot=await self.picture(target) if picture and html else b"",
        )

    async def _follow(self) -> None:
        """Looks where the page is by now: what it left for may be no page of its own."""
        if self.page.url.startswith(_NO_PAGE):
            self._outcome, self.error = FetchOutcome.ABORTED, "the page went on to an address that did not answer"
            return
        try:
            went_back = self.url != self.page.url and await self._tab.went_back()
        except driver.Error as error:
            self._raise_if_lost(error)
            return
        if went_back:
            self._outcome, self.error = FetchOutcome.ABORTED, "the page went back to the one before it"

    async def cookies(self) -> tuple[Cookie, ...]:
        """Returns the cookies the browser holds, of every site it visited. Raises playwright's Error."""
        held = await self.page.context.cookies()
        return tuple(Cookie(each["name"], each["value"], each["domain"], each["path"]) for each in held)

    async def picture(self, page: Page | None = None, *, clip_height: int = 0) -> bytes:
        """Returns a JPEG of the first screen (or, with `clip_height`, of that many pixels), b"" when there is none.

        Personal data in the text is masked while the picture is taken.
        """
        target = page or self.page
        try:
            async with asyncio.timeout(SHOT_SECONDS + 2), masked(target):
                options: dict[str, Any] = {}
                if clip_height:
                    height = await target.evaluate("() => document.documentElement.scrollHeight")
                    width = await target.evaluate("() => innerWidth")
                    clip = {"x": 0, "y": 0, "width": width, "height": max(200, min(int(height), clip_height))}
                    options = {"full_page": True, "clip": clip}
                return await target.screenshot(
                    type="jpeg", quality=70, timeout=SHOT_SECONDS * 1000, animations="disabled", **options
                )
        except (driver.Error, TimeoutError) as error:
            self.error = self.error or f"no screenshot: {_brief(error)}"
            return b""

    @property
    def tidy(self) -> bool:
        """Returns whether the tab may serve another page: this one did nothing that could still be going on."""
        busy = self.lost or self.flooded.is_set() or self.opened or self.dialogs
        return self._settled and not (busy or self.error or self.page.is_closed())

    async def leave(self) -> None:
        """Closes the windows of the page and what was still being done about it; the tab stays as it is."""
        self._chores.drop()
        for page in self.popups:
            await shut(page)

    # inside

    async def _request(self, url: str, referer: str) -> None:
        try:
            await self.page.goto(
                url, wait_until="domcontentloaded", timeout=self._seconds * 500, referer=referer or None
            )
        except driver.TimeoutError:
            # A slow script holds DOMContentLoaded back; what is there may still be read.
            if not self._tab.loads.answers:
                self._outcome, self.error = self._refusal() or (FetchOutcome.TIMEOUT, "no answer in time")
        except driver.Error as error:
            self._raise_if_lost(error)
            self._judge(error)

    def on_dialog(self, dialog: Dialog) -> None:
        """Dismisses what the page asks its visitor; whether it may be left is no question."""
        if dialog.type == "beforeunload":
            self._chores.do(dialog.accept())
            return
        if len(self.dialogs) < DIALOGS:
            self.dialogs.append(dialog.message[:200])
        self._chores.do(dialog.dismiss())

    def on_window(self, window: Page) -> None:
        """Keeps a window that was wanted, closes any other."""
        self.opened += 1
        if len(self.popups) < self._allowed:
            self.popups.append(window)
            window.on("dialog", self.on_dialog)
            window.on("popup", self.on_window)
            window.on("crash", lambda _: self.on_crash())
            self._chores.do(self._look_into(window))
        else:
            self._chores.do(window.close())

    def on_crash(self) -> None:
        """The tab, or a window of its page, is lost."""
        self.gone.set()

    def on_flood(self) -> None:
        """The page, or a window of it, asks for more than a visit may: it ends here, and nothing is measured by it."""
        self.flooded.set()

    async def _look_into(self, window: Page) -> None:
        self._windows[window] = await self._listen(window, self.on_flood)

    def _loads(self, page: Page) -> Loads | None:
        return self._tab.loads if page is self.page else self._windows.get(page)

    def _raise_if_lost(self, error: driver.Error) -> None:
        if self.lost or self.page.is_closed() or "crashed" in error.message or "has been closed" in error.message:
            self.gone.set()
            raise error

    def _judge(self, error: driver.Error) -> None:
        message = error.message
        if "interrupted by another navigation" in message and "chrome-error" not in message:
            return  # the page went on by itself; settle() follows it
        if "Download is starting" in message or ("ERR_ABORTED" in message and self.status(self.page)):
            # The server answered with a file or with no content: that is its answer.
            self._outcome = outcome_of_status(self.status(self.page))
            self.error = "a download, refused"
            return
        self._outcome, self.error = outcome_of_error(message), _brief(error)
        if self._outcome is FetchOutcome.DEED:
            self.error = DEED
            return
        if (refusal := self._refusal()) is not None and self._outcome is not FetchOutcome.TLS:
            self._outcome, self.error = refusal

    def _refusal(self) -> tuple[FetchOutcome, str] | None:
        """Returns what the gateway knows about the host that could not be reached."""
        answers = self._tab.loads.answers
        last = answers[-1].location if answers and answers[-1].location.startswith("http") else self.url
        passage = self._passage(*_endpoint(last))
        if passage is None or passage.outcome is FetchOutcome.OK:
            return None
        return passage.outcome, passage.why

    async def _ask_status(self, page: Page) -> list[Answer]:
        # A window's first answer comes before the window is known here; its own record of it stays.
        with contextlib.suppress(driver.Error, TimeoutError):
            async with asyncio.timeout(EVALUATE_SECONDS):
                status = await page.evaluate(
                    "() => (performance.getEntriesByType('navigation')[0] || {}).responseStatus || 0"
                )
                if status:
                    return [Answer(page.url, int(status), "text/html", "")]
        return []

    async def _state(self, page: Page) -> list[Any] | None:
        try:
            async with asyncio.timeout(EVALUATE_SECONDS):
                state: list[Any] = await page.evaluate(_STATE)
                return state
        except TimeoutError:
            return None  # too busy to answer: not still
        except driver.Error as error:
            if page is self.page:
                self._raise_if_lost(error)
            return None  # on its way to another page

    async def _serialise_page(self, page: Page) -> tuple[str, str]:
        """The document, frames included, and its title; both empty where the page does not let itself be read."""
        for _ in range(3):
            try:
                async with asyncio.timeout(EVALUATE_SECONDS):
                    return await serialise(page)
            except TimeoutError:
                self.error = self.error or "the page was too busy to be read"
                return "", ""
            except driver.Error as error:
                if TOO_MANY in error.message:
                    self.error = self.error or f"the page has more than {ELEMENTS} elements"
                    return "", ""
                if page is self.page:
                    self._raise_if_lost(error)
                with contextlib.suppress(driver.Error):
                    await page.wait_for_load_state("domcontentloaded", timeout=3000)
        return "", ""


def _endpoint(url: str) -> tuple[str, int]:
    """Host and port as the browser asks the gateway for them: 2130706433 is 127.0.0.1 to it."""
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return "", 0
    return str(parsed.hostname), int(parsed.port or (443 if parsed.protocol == "https:" else 80))


def _brief(error: BaseException) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.removeprefix("Page.goto: ")[:200]
