"""Probing under way: portals are asked when their moment comes, results kept at once, failures told apart from our own.

A kill at any moment loses the probes under way and nothing else: their slots count as not probed, and whoever starts
next probes them if they are still the newest. A database that is busy or full is tried again with the next result.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Engine

from crawler.probe.reach import Reached
from mingcha.probes.plan import LOOK_BACK, SILENT, Slot, next_slot, ours, platforms_of
from mingcha.wording import chinese
from portal.artifacts import FetchOutcome, ProbeSeen
from portal.model import Portal
from portal.urls import host_of, registrable
from portal.zone import CHINA
from storage.database import StorageError
from storage.probes import LASTS, Probe, forget, keep, lately, mark_own_line, slots_done

JOBS = 32  # probes at a time: most of them wait for an answer, or for their group's turn
GAP = 0.25  # seconds between two starts: after a pause many portals are due at once, and are not asked at once
LOOK = 60.0  # seconds after which the clock is looked at in any case: it may have been moved
LINE_LASTS = 60.0  # seconds a look at our own line holds
UNKEPT = 50_000  # probes held in memory while the database refuses; beyond it the oldest are dropped

Ask = Callable[[Portal, int], Awaitable[Reached | None]]  # portal, family
LineTest = Callable[[], Awaitable[bool | None]]  # False: our own line is down; None: cannot be told


class Clock(Protocol):
    """Where time comes from: the wall clock (aware), monotonic seconds, and waiting."""

    def now(self) -> dt.datetime:
        """Returns the time."""

    def seconds(self) -> float:
        """Returns monotonic seconds."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Waits for the event, at most that long."""


class RealClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """Returns the time, UTC."""
        return dt.datetime.now(dt.UTC)

    def seconds(self) -> float:
        """Returns the loop's monotonic seconds."""
        return asyncio.get_running_loop().time()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Waits for the event, at most that long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


class Told(Protocol):
    """Who is told what happens."""

    def probed(self, portal: Portal, seen: ProbeSeen) -> None:
        """Takes one probe."""

    def warn(self, text: str) -> None:
        """Takes one sentence about something that went wrong here."""


class Prober:
    """Probes portals in their slots. `ipv6` asks every portal over IPv6, too; else those that want it."""

    def __init__(
        self,
        portals: Sequence[Portal],
        engine: Engine,
        vantage: str,
        ask: Ask,
        line: LineTest,
        told: Told,
        *,
        ipv6: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._portals = portals
        self._engine = engine
        self._vantage = vantage
        self._ask = ask
        self._line = line
        self._told = told
        self._ipv6 = ipv6
        self._clock = clock or RealClock()
        self._done: dict[str, dt.datetime] = {}
        self._turns: dict[str, Slot] = {}  # what comes next of each portal
        self._looked_at = self._clock.now()
        self._platforms = {one.id: one.group or registrable(host_of(one.home)) for one in portals}
        self._places = asyncio.Semaphore(JOBS)
        self._groups: dict[str, asyncio.Lock] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unkept: list[Probe] = []
        self._writing = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._looked: tuple[float, bool | None] = (float("-inf"), None)
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._started = float("-inf")
        self._swept: dt.date | None = None
        self._warned = ""
        self.seen: Counter[FetchOutcome] = Counter()  # in this sitting, over both families

    async def once(self) -> Counter[FetchOutcome]:
        """Probes every portal whose moment has come and whose slot was not probed yet; returns what was seen.

        Raises StorageError when the database cannot be read.
        """
        await self._begin()
        await self._sweep()
        await self._start(self._due())
        await self._over()
        return self.seen

    async def until_stopped(self) -> Counter[FetchOutcome]:
        """Probes portals whenever their moment comes, until `stop`; returns what was seen. Raises StorageError."""
        await self._begin()
        while not self._stopped.is_set():
            self._wake.clear()
            await self._sweep()
            await self._start(self._due())
            await self._clock.wait(self._wake, self._until_next())
        await self._over()
        return self.seen

    def stop(self) -> None:
        """Ends probing: what is under way is given up and counts as not probed. To be called in the event loop."""
        self._stopped.set()
        self._wake.set()
        for task in self._tasks.values():
            task.cancel()

    # whose turn it is

    async def _begin(self) -> None:
        now = self._clock.now()
        self._done = await asyncio.to_thread(slots_done, self._engine, self._vantage, now - 2 * LOOK_BACK)
        earlier = await asyncio.to_thread(lately, self._engine, self._vantage, 0, now - 2 * LOOK_BACK)
        self._platforms = platforms_of(earlier, self._platforms)

    def _turn(self, portal: Portal, now: dt.datetime) -> Slot:
        turn = self._turns.get(portal.id)
        if turn is None:
            done = self._done.get(portal.id)
            turn = self._turns[portal.id] = next_slot(portal.id, portal.probes_per_day, now, done)
        return turn

    def _due(self) -> list[tuple[Slot, Portal]]:
        now = self._clock.now()
        if now < self._looked_at:  # the clock was set back: what comes next is another slot
            self._turns.clear()
        self._looked_at = now
        turns = [(self._turn(one, now), one) for one in self._portals if one.id not in self._tasks]
        return sorted((turn for turn in turns if turn[0].due <= now), key=lambda turn: (turn[0].due, turn[1].id))

    def _until_next(self) -> float:
        now = self._clock.now()
        turns = (self._turn(one, now).due for one in self._portals if one.id not in self._tasks)
        return min(LOOK, max(0.0, (min(turns, default=now + dt.timedelta(seconds=LOOK)) - now).total_seconds()))

    async def _start(self, turns: Sequence[tuple[Slot, Portal]]) -> None:
        for slot, portal in turns:
            early = self._started + GAP - self._clock.seconds()
            if early > 0:
                await self._clock.wait(self._stopped, early)
            if self._stopped.is_set():
                return
            self._started = self._clock.seconds()
            self._tasks[portal.id] = asyncio.ensure_future(self._probed(portal, slot))

    async def _over(self) -> None:
        """Waits for what is under way, and tries once more to keep what was not."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._unkept:
            await self._keep(())
        if self._unkept:
            self._told.warn(f"{len(self._unkept)} 次探测结果未能保存")

    # one portal

    async def _probed(self, portal: Portal, slot: Slot) -> None:
        try:
            group = self._groups.setdefault(portal.group or portal.id, asyncio.Lock())
            async with group, self._places:
                for family in (0, 6) if self._ipv6 or portal.probe_ipv6 else (0,):
                    reached = await self._ask(portal, family)
                    if reached is not None:
                        await self._take(portal, slot, reached)
        except Exception as error:  # whatever breaks here concerns one probe only
            self._told.warn(f"{portal.id}：{type(error).__name__}: {error}")
        finally:
            if not self._stopped.is_set():
                self._done[portal.id] = slot.begins
                self._turns.pop(portal.id, None)
            self._tasks.pop(portal.id, None)
            self._wake.set()

    async def _take(self, portal: Portal, slot: Slot, reached: Reached) -> None:
        silent = reached.outcome in SILENT
        seen = ProbeSeen(
            reached.at,
            reached.family,
            reached.outcome,
            reached.seconds,
            reached.status,
            self._vantage,
            reached.address,
            reached.error,
            own_line=silent and await self._line_works() is False,
        )
        zone = registrable(host_of(portal.home))
        if reached.address and not reached.family and not portal.group:
            self._platforms[portal.id] = reached.address
        # What no name server tells of a zone is the zone's outage, whatever its portals are hosted on.
        unnamed = reached.outcome in (FetchOutcome.DNS, FetchOutcome.DNS_UNKNOWN)
        platform = zone if unnamed and not portal.group else self._platforms[portal.id]
        self.seen[seen.outcome] += 1
        kept = await self._keep([Probe(portal.id, slot.begins, platform, seen)])
        self._told.probed(portal, replace(seen, own_line=seen.own_line or kept))

    async def _line_works(self) -> bool | None:
        async with self._looking:
            at, works = self._looked
            if self._clock.seconds() - at >= LINE_LASTS:
                works = await self._line()
                self._looked = self._clock.seconds(), works
            return works

    # what is kept

    async def _keep(self, probes: Sequence[Probe]) -> bool:
        """Keeps probes, with those that could not be kept before; returns whether the last one is our own line's."""
        async with self._writing:
            self._unkept = [*self._unkept, *probes][-UNKEPT:]
            try:
                marked = await asyncio.to_thread(self._write, tuple(self._unkept), len(set(self._platforms.values())))
            except StorageError as error:
                if str(error) != self._warned:
                    self._told.warn(f"暂未保存，下次再试：{chinese(str(error))}")
                self._warned = str(error)
                return False
            self._unkept, self._warned = [], ""
            return marked

    def _write(self, probes: Sequence[Probe], platforms: int) -> bool:
        keep(self._engine, probes)
        marked = False
        for family in sorted({probe.seen.family for probe in probes if probe.seen.outcome in SILENT}):
            newest = max(probe.seen.at for probe in probes if probe.seen.family == family)
            found = ours(lately(self._engine, self._vantage, family, newest - LOOK_BACK), platforms)
            if fresh := [probe for probe in found if not probe.seen.own_line]:
                mark_own_line(self._engine, fresh)
            marked = marked or bool(found)
        return marked

    async def _sweep(self) -> None:
        """Forgets, once a day, what is older than it is kept for."""
        now = self._clock.now()
        today = now.astimezone(CHINA).date()
        if today != self._swept:
            self._swept = today
            with contextlib.suppress(StorageError):  # another day, then
                await asyncio.to_thread(forget, self._engine, now - LASTS)


def failures(seen: Counter[FetchOutcome]) -> Iterator[tuple[FetchOutcome, int]]:
    """Yields the outcomes that accuse a portal with how often they were seen, the commonest first."""
    yield from ((outcome, count) for outcome, count in seen.most_common() if outcome.failed)
