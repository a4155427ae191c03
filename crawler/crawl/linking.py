"""What becomes of the links of a portal: verified beside the crawl, or answered by the pages that were read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.crawl.census import Entry, Fate
from crawler.crawl.verify import verify
from portal.artifacts import Absence, Attempt, FetchOutcome, Level

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

LEFT_ALONE = {FetchOutcome.ROBOTS: Absence.ROBOTS, FetchOutcome.BUDGET: Absence.BUDGET}


class Linking:
    """Decides over the links of one crawl; `LinkWork` asks for them."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self._later: list[Entry] = []
        self._last_chance: set[str] = set()

    def submit(self, entry: Entry) -> None:
        """Queues a link for verification, or keeps it aside where it is not its turn."""
        carrying = self._crawl.carrying
        if carrying is None or not carrying.waits(entry):
            self._crawl.links.submit(entry)

    async def check(self, entry: Entry) -> tuple[Attempt, ...]:
        """Returns the attempts at a link; () where it was to be asked again and there is no use in it."""
        crawl = self._crawl
        crawl.tick_when_due("links" if not crawl.under_way else "crawl")
        if crawl.outages.given_up(entry):
            return ()
        return await verify(entry.url, crawl.fetcher, internal=entry.internal)

    def settle(self, entry: Entry, attempts: tuple[Attempt, ...]) -> None:
        """Notes what a link answered."""
        if entry.settled and not attempts:
            return
        crawl = self._crawl
        last = attempts[-1].outcome if attempts else FetchOutcome.ABORTED
        if (reason := LEFT_ALONE.get(last)) is not None:
            if last is FetchOutcome.BUDGET:
                crawl.stop("budget_requests")
            if last is not FetchOutcome.BUDGET or crawl.carrying is None or not crawl.carrying.settle(entry):
                crawl.census.settle(entry, attempts[:-1], skipped=reason)
        elif last is FetchOutcome.ABORTED and entry.key not in self._last_chance:
            self._later.append(entry)
        elif last is not FetchOutcome.ABORTED or not entry.settled:
            crawl.census.settle(entry, attempts)
            if entry.internal:
                crawl.weather(entry, last, blocked=last is FetchOutcome.BLOCKED)
        crawl.keeping.flush_when_due()

    def settle_visited(self, entry: Entry) -> None:
        """A link to a page that was visited before anything linked to it (a declared column, the home page)."""
        record, census = self._crawl.page(entry.key), self._crawl.census
        if record is not None and record.carried:
            census.carry(entry, (record.fetch,), record.carried, owed=record.owed)
        elif record is not None:
            census.settle(entry, () if record.skipped is Absence.ROBOTS else (record.fetch,), record.skipped)

    def leave_repeating(self, key: str) -> None:
        """Notes of an address of a kind that goes on for ever that it is not asked."""
        self._crawl.scope.skipped["trap_repeating"] += 1
        if (entry := self._crawl.census.get(key)) is not None:
            self._crawl.census.settle(entry, skipped=Absence.NOT_GATHERED)

    def verify_rest(self) -> None:
        """Queues for verification the pages no visit is left for."""
        crawl = self._crawl
        for entry in list(crawl.census):
            if entry.fate is Fate.VISIT and not entry.settled and entry.key not in crawl.under_way:
                if entry.level is Level.OTHER and crawl.scope.repetition.stops(entry.key):
                    self.leave_repeating(entry.key)
                    continue
                entry.fate = Fate.VERIFY
                crawl.frontier.done(entry.key)
                self.submit(entry)
        for entry in crawl.carrying.due_after_all() if crawl.carrying is not None else ():
            crawl.links.submit(entry)

    def verify_later(self) -> bool:
        """Queues once more what could not be asked at first (a breaker was open); returns whether there was any."""
        again, self._later = self._later, []
        self._last_chance.update(entry.key for entry in again)
        for entry in again:
            self._crawl.links.submit(entry)
        return bool(again)

    async def see_through(self) -> None:
        """Looks whether an outage in which links were lost is over, where no page is left that could tell; returns when
        they were asked again, or there is no use in it."""
        while not self._crawl.stopped_by and (look := self._crawl.outages.look(Entry)) is not None:
            link, pause = look
            await asyncio.sleep(pause)
            self._crawl.links.submit(link)
            await self._crawl.links.drain()

    def leave_rest(self, reason: Absence) -> None:
        """Notes of every link still undecided why it was not asked."""
        crawl = self._crawl
        for entry in list(crawl.census):
            if not entry.settled and not (crawl.carrying is not None and crawl.carrying.settle(entry)):
                crawl.census.settle(entry, skipped=reason)
                crawl.scope.skipped[reason.value] += 1
