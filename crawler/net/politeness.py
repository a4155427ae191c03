"""Politeness: one limiter per politeness group, shared by everything that sends a request (fetcher, probes, browser).

A group is a hosting platform (`group` of targets.toml) or a network address. It admits `concurrency` requests at a
time, started `rate` per second; it slows down when answers are slow, waits as `Retry-After` says, backs off on 429 and
503, and leaves an endpoint alone that does not accept connections (circuit breaker). Outside the portal's hours nothing
is admitted. Times are seconds of the injected clock, so every decision here can be proven without waiting.

With a `SharedPace` the groups' turns, places, next starts and refusals are those of all audits on the machine that
share the file: together they keep the pace of one.

A page in a browser is one admitted visit; what the page itself asks for (scripts, styles, data) goes out as the browser
sends it and is paid for afterwards (`charge`): the group starts nothing else before that many intervals have passed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from msgspec import Struct, field

from crawler.net.shared import Pace, SharedGroup, SharedPace
from crawler.net.window import Window
from portal.artifacts import FetchOutcome
from portal.model import Portal

SLOW = 2.0  # seconds to answer above which a group is paced by its own answers (AutoThrottle)
SLOWEST = 15.0  # seconds between two starts AutoThrottle never exceeds
PATIENCE = 120.0  # seconds a Retry-After is waited for; a longer one turns callers away instead
BACKOFF = 2.0  # seconds the first 429 or 503 without Retry-After costs; doubled each time in a row
REFUSALS = 6  # 429 or 503 in a row after which callers are turned away while the group rests
BREAKER_WEIGHT = 20  # consecutive failures to connect (a time-out counts four) that open the breaker
BREAKER_PAUSE = 30.0  # seconds a breaker stays open the first time; doubled each time, at most 16 times that
POLL = (0.002, 0.05)  # seconds, least and most, between two looks at a turn or place another audit has
_RESOLUTION = 0.005  # seconds: sleeps are not finer than this, so starts may be early by that much at high rates

_WEIGHTS = {FetchOutcome.TIMEOUT: 4, FetchOutcome.REFUSED: 1, FetchOutcome.RESET: 1, FetchOutcome.NO_ROUTE: 1}


class Clock(Protocol):
    """Where time comes from: monotonic seconds, and waiting for some."""

    def now(self) -> float:
        """Returns monotonic seconds."""

    async def sleep(self, seconds: float) -> None:
        """Waits that long."""


class RealClock:
    """The event loop's own time."""

    def now(self) -> float:
        """Returns the loop's monotonic seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Waits that long."""
        await asyncio.sleep(seconds)


class PolitenessError(Exception):
    """A request is not sent; `outcome` is what its caller records.

    BreakerOpenError   the endpoint does not accept connections, or asked for more patience than there is (ABORTED)
    BudgetSpentError   the audit's requests are used up (BUDGET)
    WindowClosedError  the portal may not be asked at this hour (ABORTED)
    """

    outcome = FetchOutcome.ABORTED


BREAKER = "breaker: "  # how the message of a BreakerOpenError begins


class BreakerOpenError(PolitenessError):
    """The circuit breaker of an endpoint is open, or a group asked to be left alone for longer than PATIENCE."""


class BudgetSpentError(PolitenessError):
    """The request budget of the audit is spent."""

    outcome = FetchOutcome.BUDGET


class WindowClosedError(PolitenessError):
    """It is outside the hours in which the portal may be asked."""


class _Breaker(Struct):
    weight: int = 0
    opened: int = 0  # times in a row
    until: float = -math.inf


class _Group(Struct):
    places: asyncio.Semaphore
    shared: SharedGroup | None = None  # what other audits know of it
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_start: float = -math.inf
    not_before: float = -math.inf
    slowness: float = 0.0  # moving average of seconds to answer
    least_interval: float = 0.0  # Crawl-delay
    refusals: int = 0  # 429/503 in a row
    breakers: dict[str, _Breaker] = field(default_factory=dict)


class Slot:
    """One admitted request; leaving the context frees its place. Tell it how the request went with `done`."""

    __slots__ = ("_endpoint", "_group", "_place", "_politeness", "_started")

    def __init__(self, politeness: Politeness, group: _Group, endpoint: str) -> None:
        self._politeness = politeness
        self._group = group
        self._endpoint = endpoint
        self._started = 0.0
        self._place: int | None = None

    async def __aenter__(self) -> Slot:
        self._started, self._place = await self._politeness._admit(self._group, self._endpoint)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._politeness._free(self._group, self._place)

    def done(
        self,
        outcome: FetchOutcome,
        *,
        status: int = 0,
        retry_after: float | None = None,
        seconds: float | None = None,
    ) -> None:
        """Tells the limiter how the request went: outcome, HTTP status and Retry-After in seconds.

        `seconds` is how long the server took to begin its answer, where that is known, else how long the slot was held.
        """
        taken = self._politeness.clock.now() - self._started if seconds is None else seconds
        self._politeness._learn(self._group, self._endpoint, taken, outcome, status, retry_after)


class Politeness:
    """All politeness groups of one audit, its request budget (0 = unlimited) and its hours.

    `wall` says what time it is (aware), for `window`. `shared` is closed with the limiter.
    """

    def __init__(
        self,
        rate: float = 1.0,
        concurrency: int = 1,
        *,
        budget: int = 0,
        clock: Clock | None = None,
        window: str = "",
        wall: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        shared: SharedPace | None = None,
    ) -> None:
        self.interval = 1.0 / rate if rate > 0 else 0.0
        self.concurrency = max(1, concurrency)
        self.budget = budget
        self.spent = 0
        self.waiting = ""  # group last waited for, for progress
        self.clock: Clock = clock or RealClock()
        self._window = Window(window)
        self._wall = wall
        self._shared = shared
        self._groups: dict[str, _Group] = {}

    @classmethod
    def for_portal(cls, portal: Portal, *, clock: Clock | None = None, shared: SharedPace | None = None) -> Politeness:
        """Returns the limiter a portal's entry of targets.toml asks for."""
        budget, window = portal.max_requests, portal.window
        return cls(portal.rate, portal.concurrency, budget=budget, clock=clock, window=window, shared=shared)

    def slot(self, group: str, endpoint: str = "") -> Slot:
        """Returns a context manager that waits for the group's turn; use it around every request.

        `endpoint` (host:port) is what the circuit breaker watches. Entering raises a PolitenessError where the request
        must not be sent.
        """
        return Slot(self, self._group(group), endpoint or group)

    def charge(self, group: str) -> None:
        """Notes a request of the group that left without a slot: it counts, and the next start is that much later."""
        state = self._group(group)
        now, interval = self.clock.now(), self._interval(state)
        state.next_start = max(state.next_start, now) + interval
        self.spent += 1
        if state.shared is not None:
            state.shared.charged(now, interval)

    def close(self) -> None:
        """Gives back what is shared with other audits; the limiter goes on by itself."""
        if self._shared is not None:
            for group in self._groups.values():
                group.shared = None
            self._shared.close()
            self._shared = None

    def pace(self, group: str, seconds: float) -> None:
        """Makes a group leave at least that many seconds between two starts (Crawl-delay); never makes it faster."""
        state = self._group(group)
        state.least_interval = max(state.least_interval, seconds)

    def _group(self, name: str) -> _Group:
        group = self._groups.get(name)
        if group is None:
            shared = self._shared.group(name) if self._shared is not None else None
            # Names that share a record share everything: nobody can have the record's turn twice.
            twins = (one for one in self._groups.values() if one.shared is shared) if shared is not None else iter(())
            group = next(twins, None) or _Group(asyncio.Semaphore(self.concurrency), shared)
            self._groups[name] = group
        return group

    def _interval(self, group: _Group) -> float:
        paced = min(group.slowness, SLOWEST) if group.slowness > SLOW else 0.0
        return max(self.interval, group.least_interval, paced)

    async def _admit(self, group: _Group, endpoint: str) -> tuple[float, int | None]:
        await group.places.acquire()
        place: int | None = None
        try:
            async with group.turn:
                shared = group.shared
                if shared is None:
                    return await self._wait(group, endpoint), None
                pause = min(max(self._interval(group) / 4, POLL[0]), POLL[1])
                while not shared.take_turn():
                    await self.clock.sleep(pause)
                try:
                    # Whoever has the turn gets the next free place: no audit can keep all places to itself.
                    while (place := shared.take_place(self.concurrency)) is None:
                        await self.clock.sleep(pause)
                    return await self._wait(group, endpoint), place
                finally:
                    shared.end_turn()
        except BaseException:
            self._free(group, place)
            raise

    def _free(self, group: _Group, place: int | None) -> None:
        if place is not None and group.shared is not None:
            group.shared.free_place(place)
        group.places.release()

    async def _wait(self, group: _Group, endpoint: str) -> float:
        while True:
            now = self.clock.now()
            if group.shared is not None:
                self._adopt(group, group.shared.pace())
            breaker = group.breakers.get(endpoint)
            if breaker is not None and breaker.until > now:
                raise BreakerOpenError(f"{BREAKER}{endpoint} does not accept connections, left alone for now")
            if group.not_before - now > PATIENCE or (group.refusals >= REFUSALS and group.not_before > now):
                raise BreakerOpenError(f"{BREAKER}asked to wait {group.not_before - now:.0f} s")
            if self.budget and self.spent >= self.budget:
                raise BudgetSpentError(f"the budget of {self.budget} requests is spent")
            if not self._window.is_open(self._wall()):
                raise WindowClosedError(f"the portal may be asked {self._window.text} only (Asia/Shanghai)")
            start = max(group.next_start, group.not_before)
            if start <= now:
                break
            await self.clock.sleep(start - now)
        interval = self._interval(group)
        # A late start does not earn a burst, except within what a sleep cannot resolve.
        base = max(group.next_start, now - _RESOLUTION) if interval < 2 * _RESOLUTION else now
        group.next_start = base + interval
        if group.shared is not None:
            group.shared.started(group.next_start)
        self.spent += 1
        if breaker is not None and breaker.opened:
            breaker.until = now + self._pause(breaker)  # half open: one goes through, the others wait for its word
        return now

    @staticmethod
    def _adopt(group: _Group, known: Pace) -> None:
        """Takes over what other audits did and learned."""
        group.next_start = max(group.next_start, known.next_start)
        group.not_before = max(group.not_before, known.not_before)
        group.refusals = known.refusals

    def _learn(
        self,
        group: _Group,
        endpoint: str,
        taken: float,
        outcome: FetchOutcome,
        status: int,
        retry_after: float | None,
    ) -> None:
        now = self.clock.now()
        weight = _WEIGHTS.get(outcome, 0)
        if weight:
            breaker = group.breakers.setdefault(endpoint, _Breaker())
            breaker.weight += weight
            if breaker.opened or breaker.weight >= BREAKER_WEIGHT:
                breaker.until = now + self._pause(breaker)
                breaker.opened += 1
            return
        group.breakers.pop(endpoint, None)
        if outcome is FetchOutcome.OK or taken > group.slowness:
            group.slowness = (group.slowness + taken) / 2
        if status in (429, 503):
            group.refusals += 1
            pause = BACKOFF * 2 ** min(group.refusals - 1, 4) if retry_after is None else max(0.0, retry_after)
            group.not_before = max(group.not_before, now + pause)
            if group.shared is not None:
                group.shared.answered(group.refusals, group.not_before)
        elif status and group.refusals:
            group.refusals = 0
            if group.shared is not None:
                group.shared.answered(0, -math.inf)

    @staticmethod
    def _pause(breaker: _Breaker) -> float:
        return BREAKER_PAUSE * 2.0 ** min(breaker.opened, 4)
