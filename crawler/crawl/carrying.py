"""What a crawl does not ask for tonight: kept aside while it runs, then carried over from the last audit.

Nothing here leaves the machine. Pages are taken over between passes of the spider, a few at a time, so that requests
under way are not kept waiting; links when the crawl is over and it is known where each of them stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.crawl.census import Entry
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.renewal_order import Claim
from crawler.crawl.rolling import Rolling
from portal.artifacts import LinkRecord
from portal.facts import Link

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

PLACES = 3  # pages that are looked at after all for one link; every other has its turn within the round
SLICE = 20  # pages taken over at a time: some 10 ms
UNDER_WAY = "carrying"  # note of a bundle


class Carrying:
    """Pages and links of one crawl whose turn it is not. `pages` counts the pages carried over."""

    def __init__(self, crawl: Crawl, rolling: Rolling) -> None:
        self.pages = 0
        self._crawl = crawl
        self._rolling = rolling
        self._aside: dict[str, Visit] = {}
        self._done: set[str] = set()
        self._links: dict[str, Entry] = {}
        self._moved: dict[str, bool] = {}  # first page of a list -> whether it changed

    def accused(self) -> list[Visit]:
        """Returns the visits of pages findings stand against, with their claims."""
        return [visit for visit in self._rolling.accused() if self._crawl.scope.internal(visit.url)]

    # pages

    def claimed(self, visit: Visit) -> Visit | None:
        """Returns the visit with its claim; None where it is kept aside, or was kept aside before as it should be."""
        if visit.key in self._done:
            return None
        known = self._aside.get(visit.key)
        if known is not None and known.rank <= visit.rank:
            return None
        visit = self._rolling.claimed(visit, goes_on=bool(visit.origin) and self._changed(visit.origin))
        if visit.claim is not Claim.NONE:
            self._aside.pop(visit.key, None)
            return visit
        self.keep_aside(visit)
        self._crawl.bundle.remember_frontier(visit.key, visit.state())
        return None

    def keep_aside(self, visit: Visit) -> None:
        """Keeps a visit aside whose turn it is not; a journal may have kept it."""
        self._aside.pop(visit.key, None)  # said again it comes last, as in the journal
        self._aside[visit.key] = visit

    def was_carried(self, key: str) -> None:
        """Takes note of a page that an earlier sitting carried over."""
        self._done.add(key)
        self.pages += 1

    @property
    def under_way(self) -> bool:
        """Whether an earlier sitting was ended while it carried pages over."""
        return bool(self._crawl.bundle.noted(UNDER_WAY))

    async def take_over(self) -> None:
        """Carries over the pages kept aside, and those they lead to; what cannot be carried over is to be asked for."""
        self._crawl.bundle.note(UNDER_WAY, True)
        while self._aside and self.pages < self._crawl.portal.max_pages and self._crawl.stopped_by != "interrupted":
            for _ in range(min(SLICE, len(self._aside))):
                key = next(iter(self._aside))
                visit = self._aside.pop(key)
                if not self._carry(visit):
                    self._crawl.offer(replace(visit, claim=Claim.CHANGED))
            await asyncio.sleep(0)
        self._crawl.bundle.note(UNDER_WAY, False)

    async def take_rest(self, waiting: Iterable[Visit]) -> None:
        """Carries over what had its turn and was not reached: it is owed."""
        left = [visit for visit in waiting if visit.rank < Rank.AGAIN]  # the others were asked for and failed
        for number, visit in enumerate(left):
            if self.pages >= self._crawl.portal.max_pages:
                return
            self._carry(visit)
            if number % SLICE == 0:
                await asyncio.sleep(0)
        await self.take_over()

    def _carry(self, visit: Visit) -> bool:
        known = self._rolling.page(visit)
        if known is None:
            return False
        self._done.add(visit.key)
        self.pages += 1
        self._crawl.carry(visit, *known)
        return True

    def _changed(self, first: str) -> bool:
        if first not in self._moved:
            self._moved[first] = self._rolling.changed(self._crawl.page(first))
        return self._moved[first]

    def links_if_carried(self, key: str) -> tuple[Link, ...] | None:
        """Returns the links a page was carried over with, None where it was not. From then on it counts as asked."""
        if key not in self._done:
            return None
        self._done.discard(key)
        self.pages -= 1
        return self._crawl.bundle.links_of(key) or ()

    def in_doubt(self) -> list[Visit]:
        """Returns the visits of pages to be looked at after all: a link they alone are known to hold is not good now,
        and who knows whether they still hold it."""
        found: dict[str, Visit] = {}
        for link in self._crawl.bundle.all(LinkRecord):
            last = link.attempts[-1] if link.attempts and not link.carried else None
            if last is None or not (last.outcome.failed or last.signs) or not link.occurrences:
                continue
            pages = list(dict.fromkeys(place.page for place in link.occurrences))
            if all(page in self._done for page in pages):
                for page in pages[:PLACES]:
                    state = self._crawl.bundle.visit(page)
                    if state is not None:
                        found[page] = replace(Visit.restored(page, state), claim=Claim.FINDING, age=0)
        return list(found.values())

    # links

    def waits(self, entry: Entry) -> bool:
        """Returns whether a link is kept aside: it is not its turn, as far as is known."""
        if self._rolling.link_claim(entry) is not Claim.NONE:
            return False
        self._links[entry.key] = entry
        return True

    def due_after_all(self) -> list[Entry]:
        """Carries over the links kept aside; returns those whose turn it is, nearer to the home page as they turned out
        to be."""
        kept, self._links = self._links, {}
        due = []
        for entry in kept.values():
            if entry.settled:
                continue
            if self._rolling.link_claim(entry) is not Claim.NONE or not self.settle(entry, owed=False):
                due.append(entry)
        return due

    def settle(self, entry: Entry, *, owed: bool = True) -> bool:
        """Carries over a link that is not asked for tonight; returns whether anything good is known of it."""
        known = self._rolling.link(entry)
        if known is None:
            return False
        attempts, day = known
        self._crawl.census.carry(entry, attempts, day, owed=owed)
        return True
