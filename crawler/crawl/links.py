"""Verification of links beside the crawl: what is no page of the portal is asked once, nearest to the home page first.

Hosts take turns and each has few requests under way, so one slow host never holds up the others; at a host the pages
that refer to it take turns. When and how fast requests leave is the limiter's business, which the crawl shares.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from crawler.crawl.census import Entry
from crawler.crawl.turns import Turns
from portal.artifacts import Attempt, Level
from portal.urls import host_of

log = logging.getLogger(__name__)

Check = Callable[[Entry], Awaitable[tuple[Attempt, ...]]]
Settle = Callable[[Entry, tuple[Attempt, ...]], None]

_ORDER = (Level.HOME, Level.SECOND, Level.OTHER)


class LinkWork:
    """Entries waiting to be verified by host, and the tasks verifying them.

    `check` asks for one entry and must not raise for what the network does; `settle` is told the answer. `own` is how
    many requests a host of the portal may have under way, every other host has one.
    """

    def __init__(self, check: Check, settle: Settle, *, own: int = 2, total: int = 24) -> None:
        self._check = check
        self._settle = settle
        self._own = own
        self._total = total
        self._waiting: dict[str, tuple[Turns[Entry], ...]] = {}
        self._ready: deque[str] = deque()
        self._limits: dict[str, int] = {}
        self._busy: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.queued = 0

    @property
    def running(self) -> int:
        """Returns how many are being verified right now."""
        return len(self._tasks)

    def submit(self, entry: Entry) -> None:
        """Queues an entry; it starts as soon as its host's turn comes."""
        host = host_of(entry.url)
        queues = self._waiting.get(host)
        if queues is None:
            queues = self._waiting[host] = tuple(Turns() for _ in _ORDER)
            self._limits[host] = self._own if entry.internal else 1
            self._busy[host] = 0
        if not any(queues):
            self._ready.append(host)
        queues[_ORDER.index(entry.level)].add(entry.page, entry)
        self.queued += 1
        self._idle.clear()
        self._pump()

    async def drain(self) -> None:
        """Returns when nothing waits and nothing is under way, or `stop` was called."""
        await self._idle.wait()

    def halt(self) -> None:
        """Starts nothing any more; what is under way goes on."""
        self._stopped = True
        self._check_idle()

    async def stop(self, grace: float) -> list[Entry]:
        """Starts nothing any more, gives what is under way `grace` seconds; returns the entries left undecided."""
        self.halt()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.gather(*late, return_exceptions=True)
        return [entry for queues in self._waiting.values() for queue in queues for entry in queue]

    def _pump(self) -> None:
        while self._ready and len(self._tasks) < self._total and not self._stopped:
            host = self._ready.popleft()
            if self._busy[host] >= self._limits[host]:
                continue  # it gets its turn back when one of its requests ends
            entry = self._next(host)
            if entry is None:
                continue
            self._busy[host] += 1
            task = asyncio.ensure_future(self._verify(host, entry))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if any(self._waiting[host]):
                self._ready.append(host)

    def _next(self, host: str) -> Entry | None:
        for queue in self._waiting[host]:
            if queue:
                self.queued -= 1
                return queue.take()
        return None

    async def _verify(self, host: str, entry: Entry) -> None:
        try:
            self._settle(entry, await self._check(entry))
        except Exception:
            # One link must not end the others; without attempts it counts as not gathered.
            log.exception("verifying %s", entry.url)
        finally:
            self._busy[host] -= 1
            if any(self._waiting[host]):
                self._ready.append(host)
            task = asyncio.current_task()
            if task is not None:
                self._tasks.discard(task)
            self._pump()
            self._check_idle()

    def _check_idle(self) -> None:
        if not self._tasks and (self._stopped or not self.queued):
            self._idle.set()
