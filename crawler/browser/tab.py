"""One tab of the browser, which serves one visit after another: a new one takes a process and half of a page's work.

visit       a guest has the tab: dialogs, windows and crashes are told to him
rest        the page of the last guest is still there, for a moment; what it does is nobody's
asleep      an empty page; emptying costs a third of a page, so a tab that is wanted at once goes straight on
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from crawler.browser import driver
from crawler.browser.loads import Loads

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Dialog, Page

REST_SECONDS = 1.0  # after which a tab nobody went on with is emptied
SWEPT_EVERY = 5  # visits; left to itself a tab keeps what dozens of pages left, 30 MB, and sweeping costs 10 ms
EMPTY_SECONDS = 3.0  # a tab that cannot be emptied in that time is closed


class Guest(Protocol):
    """Who is told what the page in a tab does."""

    def on_dialog(self, dialog: Dialog) -> None:
        """Answers an alert, confirm, prompt, or the question whether to leave."""

    def on_window(self, window: Page) -> None:
        """Keeps or closes a window the page opened."""

    def on_crash(self) -> None:
        """Learns that the tab is lost."""

    def on_flood(self) -> None:
        """Learns that the page asks for more than a visit may."""


class Tab:
    """One tab. `first` is called before the first request of each visit, which was admitted by the limiter."""

    def __init__(self, page: Page, session: CDPSession, loads: Loads, first: Callable[[], None]) -> None:
        self.page = page
        self.session = session
        self.loads = loads
        self.images: bool | None = None  # None: nothing was said yet
        self.guest: Guest | None = None
        self.former = ""  # where the tab was when the visit began; "" where it is new
        self.spoiled = False  # the page did something while nobody looked, or could not be left
        self._first = first
        self._rest: asyncio.Task[None] | None = None
        self._leaving = False
        self._visits = 0
        self._chores = Chores()
        page.on("dialog", self._on_dialog)
        page.on("popup", self._on_window)
        page.on("crash", self._on_crash)

    async def begin(self, url: str) -> None:
        """Ends the rest: what is asked for from here on is the guest's. Raises playwright's Error."""
        if self._rest is not None:
            if not self._leaving:
                self._rest.cancel()
            await asyncio.wait({self._rest})
            self._rest = None
        if "#" in url and url.partition("#")[0] == self.page.url.partition("#")[0]:
            await self.page.goto("about:blank")  # or nothing would be loaded: another place on the same page
        if self._visits:
            self.former = self.page.url
            await self.session.send("Page.resetNavigationHistory")
        self.loads.begin()
        self._first()

    async def went_back(self) -> bool:
        """Returns whether the page of the visit went back to the one before it. Raises playwright's Error."""
        if not self.former or self.page.url != self.former:
            return False
        history = await self.session.send("Page.getNavigationHistory")
        return bool(history["currentIndex"] == 0)

    async def leave(self) -> bool:
        """Returns whether the tab may serve another guest; nothing is kept for the session of the page in it."""
        self.guest = None
        self._visits += 1
        origin = "/".join(self.page.url.split("/", 3)[:3])
        try:
            async with asyncio.timeout(EMPTY_SECONDS):
                with contextlib.suppress(driver.Error):  # an origin without storage
                    storage = {"securityOrigin": origin, "isLocalStorage": False}
                    await self.session.send("DOMStorage.clear", {"storageId": storage})
                if self._visits % SWEPT_EVERY == 0:
                    await self.session.send("HeapProfiler.collectGarbage")
        except (driver.Error, TimeoutError):
            return False
        self._rest = asyncio.ensure_future(self._sleep())
        return True

    async def close(self) -> None:
        """Closes the tab, as far as the browser does so within a moment."""
        self.drop()
        await shut(self.page)

    def drop(self) -> None:
        """Ends what still goes on about the tab."""
        if self._rest is not None:
            self._rest.cancel()
        self._chores.drop()

    async def _sleep(self) -> None:
        self._leaving = False
        await asyncio.sleep(REST_SECONDS)
        self._leaving = True  # two pages must not be gone to at once
        try:
            async with asyncio.timeout(EMPTY_SECONDS):
                await self.page.goto("about:blank")
        except (driver.Error, TimeoutError):
            self.spoiled = True
            await shut(self.page)

    def _on_dialog(self, dialog: Dialog) -> None:
        if self.guest is not None:
            self.guest.on_dialog(dialog)
        else:
            self.spoiled = True
            self._chores.do(dialog.dismiss())

    def _on_window(self, window: Page) -> None:
        if self.guest is not None:
            self.guest.on_window(window)
        else:
            self.spoiled = True
            self._chores.do(window.close())

    def on_flood(self) -> None:
        """Tells the guest that the page asks for more than a visit may; the page of one who left is closed."""
        self.spoiled = True
        if self.guest is not None:
            self.guest.on_flood()
        else:
            self._chores.do(shut(self.page))

    def _on_crash(self, _: Page) -> None:
        self.spoiled = True
        if self.guest is not None:
            self.guest.on_crash()


class Chores:
    """Small tasks about a page that run beside everything else. When the page is gone they end in silence."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, chore: Awaitable[Any]) -> None:
        """Begins one."""
        task = asyncio.ensure_future(_quietly(chore))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def drop(self) -> None:
        """Ends what is not done yet."""
        for task in list(self._tasks):
            task.cancel()


async def shut(page: Page) -> None:
    """Closes a tab or window, as far as the browser does so within a moment."""
    with contextlib.suppress(driver.Error, TimeoutError):
        async with asyncio.timeout(5):
            await page.close()


async def _quietly(chore: Awaitable[Any]) -> None:
    with contextlib.suppress(driver.Error):
        await chore
