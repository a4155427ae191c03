"""What a crawl writes: records of pages with the links they changed, in batches a kill never splits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from portal.artifacts import Absence, Level, PageRecord
from portal.facts import Element, PageFacts
from portal.urls import normalise

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

FLUSH_SECONDS = 5.0  # a kill loses no more than this
FLUSH_PAGES = 250  # each batch writes much of the indices anew, and what waits is in memory


class Keeping:
    """Keeps the pages of one crawl in its bundle. `landed` is where redirects ended, by the page that was asked for."""

    def __init__(self, crawl: Crawl) -> None:
        self.landed: dict[str, str] = {}
        self._crawl = crawl
        self._unwritten = 0  # pages
        self._flushed = 0.0

    def begin(self) -> None:
        """Has every batch from now on hold what the pages in it changed; to be called when the journal was read."""
        crawl = self._crawl
        crawl.bundle.feeding(self._tell_links)
        crawl.bundle.noting("under_way", lambda: list(crawl.under_way))
        crawl.bundle.noting("outages", crawl.outages.state)

    def keep(self, record: PageRecord) -> None:
        """Keeps the record of a page, and what it says of links to the page."""
        census = self._crawl.census
        if record.level is not Level.HOME:
            record = msgspec.structs.replace(record, facts=_lean(record.facts), rendered=_lean(record.rendered))
        self._crawl.bundle.hold(record)
        self._unwritten += 1
        if record.rendered is None and (entry := census.get(record.url)) is not None:
            if record.carried:
                census.carry(entry, (record.fetch,), record.carried, owed=record.owed)
            elif record.skipped in {Absence.ROBOTS, Absence.BUDGET}:
                census.settle(entry, skipped=record.skipped)
            elif not census.knows(entry, record.fetch):
                census.settle(entry, (record.fetch,))

    def land(self, record: PageRecord) -> None:
        """Notes where a redirect within the portal ended: that address was answered too and is not asked again."""
        final = normalise(record.fetch.final_url) if record.fetch.final_url else ""
        if not final or final == record.url or record.facts is None or final in self.landed:
            return
        if final in self._crawl.under_way or self._crawl.page(final) is not None:
            return
        frontier = self._crawl.frontier
        waiting = final in frontier
        self.landed[final] = record.url
        frontier.done(final)
        if waiting or self._crawl.census.get(final):
            self.alias(final, record.url)

    def alias(self, final: str, page: str) -> None:
        """Keeps the answer of a redirect's end under its own address as well: something on the portal refers to it."""
        record = self._crawl.page(page)
        if record is not None:
            self.keep(msgspec.structs.replace(record, url=final, fetch=msgspec.structs.replace(record.fetch, hops=())))

    def flush_when_due(self) -> None:
        """Writes what is new when enough of it is there, or long enough."""
        now = asyncio.get_running_loop().time()
        if now - self._flushed >= FLUSH_SECONDS or self._unwritten >= FLUSH_PAGES:
            self.flush()
            self._flushed = now

    def flush(self) -> None:
        """Writes what is new."""
        self._crawl.bundle.flush()
        self._unwritten = 0

    def _tell_links(self) -> None:
        census, bundle = self._crawl.census, self._crawl.bundle
        bundle.count_links(*census.told())
        met, known = census.changed()
        for record in met:
            bundle.meet_link(record)
        for record in known:
            bundle.hold_link(record)


def _lean(facts: PageFacts | None) -> PageFacts | None:
    """Returns the facts without the links every page repeats; the census has them all."""
    if facts is None:
        return None
    return msgspec.structs.replace(facts, links=tuple([link for link in facts.links if link.element is Element.IFRAME]))
