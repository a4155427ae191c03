"""The browser service: one browser for one audit, kept alive, bounded and polite.

    service          one browser, relaunched after a crash or some hundred pages
      context        cookies and cache, renewed every 50 pages; cookies go along
        visit        one tab, one page (`crawler.browser.visit`); at most two at a time

Everything the browser asks for leaves through the gateway, where it is resolved and vetted as `[network]` says. Its
processes together hold no more memory than MEMORY: past it the largest is ended, which is a crash like any other.

    BrowserServiceError
      NoBrowserError   none is installed, or it does not start
      BrowserLostError it crashed, was started anew, and crashed again on the same page
      PageError        the page did not do what was asked of it, or the time for it was up
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from crawler.browser import driver
from crawler.browser.browsers import Found, Missing, find_browser
from crawler.browser.deeds import HELD_BACK
from crawler.browser.gateway import Gateway, finder
from crawler.browser.launch import browser_name, launch, new_context, watch_memory
from crawler.browser.loads import Loads
from crawler.browser.rendered import Cookie, Rendered, now
from crawler.browser.shadows import know_drawn
from crawler.browser.tab import Tab
from crawler.browser.traffic import MOST_SENT, Traffic
from crawler.browser.visit import Visit, Wait
from crawler.net.politeness import Politeness, PolitenessError, Slot
from crawler.net.requestlog import RequestLog
from crawler.net.resolver import Resolver
from portal.artifacts import FetchOutcome
from portal.model import Network
from storage.bundle import BundleError

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright, StorageState

    from crawler.net.fetcher import Fetcher

log = logging.getLogger(__name__)

TABS = 2
PAGES_PER_CONTEXT = 50
PAGES_PER_BROWSER = 250
PAGE_SECONDS = 45.0
CRASH_GRACE = 0.3
MEMORY = 1024 * 1024 * 1024  # bytes the browser's processes and its driver may hold together: two heavy pages
T = TypeVar("T")

# Patterns rather than interception: every intercepted request would pass through this process and skip the cache.
_FILMS = ("*.mp4*", "*.flv*", "*.m3u8*", "*.avi*", "*.wmv*", "*.mp3*", "*.mov*", "*.webm*")
_PICTURES = ("*.jpg*", "*.jpeg*", "*.png*", "*.gif*", "*.webp*", "*.bmp*", "*.ico*", "*.svg*")


class BrowserServiceError(Exception):
    """The base of what the browser service raises; see the module docstring."""


class NoBrowserError(BrowserServiceError):
    """No browser works on this machine; `remedies` are the commands that would help."""

    def __init__(self, why: str, remedies: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.remedies = remedies


class BrowserLostError(BrowserServiceError):
    """The browser crashed twice on the same page."""


class PageError(BrowserServiceError):
    """A page did not do what was asked of it, or did not do it in time."""


# What may come out of an action on a page, beside the driver's errors; anything else is what a page made of it.
_FORESEEN = (BrowserServiceError, PolitenessError, BundleError, TimeoutError)


@dataclass(slots=True, eq=False)
class _Room:
    context: BrowserContext
    idle: list[Tab] = field(default_factory=list)
    used: int = 0
    active: int = 0
    retired: bool = False

    def vacate(self) -> None:
        """Ends what still goes on about its tabs, which are closed with it."""
        for tab in self.idle:
            tab.drop()


class BrowserService:
    """One browser for one audit; an async context manager. Starts at the first visit, or with `start`.

    `politeness` is the limiter all requests of the audit share, `group` names the politeness group of an address
    (without it: its host). `user_agent` is the fetcher's: pages are told a browser's name with the fetcher's own words
    behind it, because some portals serve nothing to an unknown name. `log` gets a line for every request of the
    browser. `beside` takes all of them from a fetcher.
    """

    def __init__(
        self,
        network: Network,
        *,
        politeness: Politeness | None = None,
        group: Callable[[str], Awaitable[str]] | None = None,
        resolver: Resolver | None = None,
        user_agent: str = "",
        found: Found | None = None,
        tabs: int = TABS,
        pages_per_context: int = PAGES_PER_CONTEXT,
        pages_per_browser: int = PAGES_PER_BROWSER,
        page_seconds: float = PAGE_SECONDS,
        memory: int = MEMORY,
        log: RequestLog | None = None,
    ) -> None:
        self.network = network
        self.page_seconds = page_seconds
        self.memory = memory
        self.found = found
        self.pages = 0  # visits so far
        self.launches = 0
        self.gateway = Gateway(finder(resolver or Resolver(network), network))
        self._politeness = politeness or Politeness(rate=0)
        self._group = group or _host
        self._traffic = Traffic(self._politeness, self._group, self.gateway.passage, log)
        self._user_agent = user_agent
        self._agent = ""
        self._tabs = asyncio.Semaphore(tabs)
        self._limits = (pages_per_context, pages_per_browser)
        self._door = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._room: _Room | None = None
        self._rooms: set[_Room] = set()
        self._since_launch = 0
        self._watcher: asyncio.Task[None] | None = None

    @classmethod
    def beside(cls, fetcher: Fetcher, **options: Any) -> BrowserService:
        """Returns a service that shares a fetcher's network, resolver, limiter, politeness groups and words."""
        return cls(
            fetcher.network,
            politeness=fetcher.politeness,
            group=fetcher.group_of,
            resolver=fetcher.resolver,
            user_agent=fetcher.user_agent,
            log=fetcher.log,
            **options,
        )

    async def __aenter__(self) -> BrowserService:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> Found:
        """Returns the browser in use, started. Raises NoBrowserError."""
        async with self._door:
            await self._launch()
        assert self.found is not None
        return self.found

    async def close(self) -> None:
        """Ends the browser and the gateway. May be called twice."""
        async with self._door:
            await self._quit()
            await self._traffic.close()
            if self._playwright is not None:
                with contextlib.suppress(driver.Error):
                    await self._playwright.stop()
                self._playwright = None
            await self.gateway.close()

    @property
    def user_agent(self) -> str:
        """Returns what pages are told who asks; "" before the browser was started."""
        return self._agent

    @property
    def requests(self) -> int:
        """Returns how many requests the browser sent, those of pages among them."""
        return self._traffic.sent

    async def open(
        self,
        url: str,
        *,
        wait: Wait | None = None,
        purpose: str = "render",
        picture: bool = False,
        images: bool = False,
        referer: str = "",
    ) -> Rendered:
        """Returns the page at `url` as a browser shows it; the target's failures are outcomes.

        `picture` adds a screenshot of the first screen (and loads images). Raises NoBrowserError or BrowserLostError.
        """

        async def action(visit: Visit) -> Rendered:
            await visit.goto(url, wait, referer=referer)
            return await visit.snapshot(picture=picture)

        started = now()
        try:
            return await self.run(action, images=images or picture, purpose=purpose)
        except PageError as error:
            return Rendered(url, started, FetchOutcome.TIMEOUT, error=str(error), user_agent=self._agent)

    async def run(
        self,
        action: Callable[[Visit], Awaitable[T]],
        *,
        images: bool = False,
        popups: int = 0,
        seconds: float = 0.0,
        purpose: str = "",
    ) -> T:
        """Returns what `action` makes of a fresh tab; after a crash it is done once more in a new browser.

        Raises NoBrowserError, BrowserLostError, and PageError when the action failed or took longer than `seconds`
        (default: the service's time for a page).
        """
        budget = seconds or self.page_seconds
        for again in (True, False):
            visit: Visit | None = None
            try:
                async with self.visit(images=images, popups=popups, seconds=budget) as visit:
                    return await self._do(action, visit, budget)
            except driver.Error as error:
                if not self._lost(visit, error):
                    raise PageError(_brief(error)) from error
                if visit is None:  # not even a tab was to be had: what drives the browser may be gone
                    await self._dismiss()
                if not again:
                    raise BrowserLostError(f"the browser crashed twice: {_brief(error)} {purpose}".strip()) from error
        raise AssertionError("unreachable")

    async def _do(self, action: Callable[[Visit], Awaitable[T]], visit: Visit, budget: float) -> T:
        """The action, ended by its time and by the loss of its tab: what waits for a crashed tab may wait forever."""
        work = asyncio.ensure_future(action(visit))
        loss = asyncio.ensure_future(visit.gone.wait())
        flood = asyncio.ensure_future(visit.flooded.wait())
        try:
            await asyncio.wait({work, loss, flood}, timeout=budget, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                error = work.exception()
                if error is not None and not isinstance(error, (driver.Error, *_FORESEEN)):
                    # A page may give anything for an answer; what that breaks must not end the audit.
                    log.error("page not read: %s", visit.url, exc_info=error)
                    raise PageError(f"not read: {error!r}"[:200]) from error
                if not isinstance(error, driver.Error):
                    return work.result()
                # The word of a crash may come just behind the error it caused.
                await asyncio.wait({loss}, timeout=CRASH_GRACE)
                return work.result()
            if loss.done():
                raise driver.Error("the tab crashed")
            if flood.done():
                raise PageError(f"it asked for more than {MOST_SENT} parts")
            raise PageError(f"not done within {budget:.0f} s")
        except TimeoutError as error:
            raise PageError(f"not done in time: {error}") from error
        finally:
            for task in (work, loss, flood):
                task.cancel()
            await asyncio.gather(work, loss, flood, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def visit(self, *, images: bool = False, popups: int = 0, seconds: float = 0.0) -> AsyncIterator[Visit]:
        """Yields a fresh tab. `popups` is how many windows the page may open for good.

        Raises NoBrowserError, and playwright's Error when the browser is lost meanwhile; `run` handles that.
        """
        async with self._tabs:
            room = await self._enter()
            visit: Visit | None = None
            tab: Tab | None = None
            done = False
            try:
                tab = await self._tab(room, images)
                visit = Visit(
                    tab,
                    listen=self._look_into,
                    slot=self._slot,
                    passage=self.gateway.passage,
                    user_agent=self._agent,
                    popups=popups,
                    seconds=seconds or self.page_seconds,
                )
                yield visit
                done = True
            finally:
                if visit is not None:
                    await self._traffic.settled()
                    await visit.leave()
                    if visit.lost:
                        self._retire(room)
                if tab is not None and done and visit is not None and visit.tidy and await tab.leave():
                    room.idle.append(tab)
                elif tab is not None:
                    await tab.close()
                await self._leave(room)

    async def add_cookies(self, cookies: tuple[Cookie, ...]) -> None:
        """Gives cookies to the present context. Raises NoBrowserError."""
        room = await self._enter()
        try:
            await room.context.add_cookies(
                [{"name": c.name, "value": c.value, "domain": c.domain, "path": c.path} for c in cookies]
            )
        finally:
            await self._leave(room)

    # inside

    async def _slot(self, url: str) -> Slot:
        return self._politeness.slot(await self._group(url), urlsplit(url).netloc)

    def _lost(self, visit: Visit | None, error: driver.Error) -> bool:
        if visit is not None and visit.lost:
            return True
        gone = self._browser is None or not self._browser.is_connected()
        return gone or "crashed" in error.message or "has been closed" in error.message

    async def _enter(self) -> _Room:
        async with self._door:
            per_context, per_browser = self._limits
            if self._since_launch >= per_browser and not any(room.active for room in self._rooms):
                await self._quit()
            await self._launch()
            room = self._room
            if room is None or room.retired or room.used >= per_context:
                state: StorageState | None = None
                if room is not None and not room.retired:
                    with contextlib.suppress(driver.Error):
                        state = await room.context.storage_state()
                    self._retire(room)
                    await self._sweep()
                room = await self._furnish(state)
            room.used += 1
            room.active += 1
            self.pages += 1
            self._since_launch += 1
            return room

    async def _leave(self, room: _Room) -> None:
        room.active -= 1
        async with self._door:
            await self._sweep()

    def _retire(self, room: _Room) -> None:
        room.retired = True
        if self._room is room:
            self._room = None

    async def _sweep(self) -> None:
        for room in [room for room in self._rooms if room.retired]:
            while room.idle:  # at once: beside the tabs of the next room they would be a third process, and a fourth
                await room.idle.pop().close()
            if room.active:
                continue
            self._rooms.discard(room)
            with contextlib.suppress(driver.Error, TimeoutError):
                async with asyncio.timeout(5):
                    await room.context.close()

    async def _furnish(self, state: StorageState | None) -> _Room:
        assert self._browser is not None
        context = await new_context(self._browser, self._agent, state)
        self._traffic.watch(context)
        self._room = _Room(context)
        self._rooms.add(self._room)
        return self._room

    async def _tab(self, room: _Room, images: bool) -> Tab:
        """Returns a tab that served before and is as good as new, or a new one."""
        tab = None
        while room.idle and tab is None:
            tab = room.idle.pop()
            if tab.spoiled:
                await tab.close()
                tab = None
        if tab is None:
            page = await room.context.new_page()
            guest: list[Callable[[], None]] = []  # the tab is made of what listening gives
            tab = Tab(page, *await self._listen(page, lambda: guest[0]()))
            guest.append(tab.on_flood)
        if tab.images is not images:
            tab.images = images
            patterns = _FILMS if images else (*_FILMS, *_PICTURES)
            with contextlib.suppress(driver.Error):  # another browser may name it otherwise: only costs time
                await tab.session.send("Network.setBlockedURLs", {"urls": list(patterns)})
        return tab

    async def _listen(self, page: Page, flood: Callable[[], object]) -> tuple[CDPSession, Loads, Callable[[], None]]:
        """Listens to what a page asks for; returns the session, what it tells, what to call before a paid request.
        `flood` is called when it asks for too much."""
        session = await page.context.new_cdp_session(page)
        target = await session.send("Target.getTargetInfo")
        loads = Loads(session, target["targetInfo"]["targetId"])
        first = await self._traffic.tab(session, flood)
        with contextlib.suppress(driver.Error):  # an older browser does not know it
            await session.send("Network.emulateNetworkConditionsByRule", dict(HELD_BACK))
        return session, loads, first

    async def _look_into(self, window: Page, flood: Callable[[], None]) -> Loads:
        _, loads, _ = await self._listen(window, flood)
        return loads

    async def _launch(self) -> None:
        if self._browser is not None and self._browser.is_connected():
            return
        await self._quit()
        if self.found is None:
            found = await find_browser()
            if isinstance(found, Missing):
                raise NoBrowserError(found.why, found.remedies)
            self.found = found
        try:
            await self.gateway.open()
            if self._playwright is None:
                self._playwright = await driver.start()
                await know_drawn(self._playwright)
            self._browser = await launch(self._playwright, self.found.path, self.gateway.url)
        except (driver.Error, OSError) as error:
            raise NoBrowserError(f"{self.found.path} does not start: {_brief(error)}") from error
        self.launches += 1
        self._since_launch = 0
        self._watcher = await watch_memory(self._browser, self.memory)
        self._agent = browser_name(self._browser.version, self._user_agent)

    async def _dismiss(self) -> None:
        """Ends the browser and its driver, which are started anew for the next page."""
        async with self._door:
            await self._quit()
            if self._playwright is not None:
                # Of a driver that was killed its own library raises what it likes, or nothing ever comes.
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(5):
                        await self._playwright.stop()
                self._playwright = None

    async def _quit(self) -> None:
        self._room = None
        for room in self._rooms:
            room.vacate()
        self._rooms.clear()
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        if self._browser is not None:
            with contextlib.suppress(Exception):  # as above
                async with asyncio.timeout(10):
                    await self._browser.close()
            self._browser = None


async def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _brief(error: BaseException) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text[:200]
