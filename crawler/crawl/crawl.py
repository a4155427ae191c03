"""The crawl: pages of one portal in order of importance, every link on them verified once, all of it journalled.

`Crawl` holds the state and decides which page is next and what becomes of one that was asked for; `Linking` decides
over the links, `Keeping` writes. The spider (Scrapy) brings the pages, `LinkWork` the links beside them. A crawl may
run in several passes (main columns first, the rest after the browser has opened what scripts draw) over one state.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from crawler.crawl.answers import facts_of
from crawler.crawl.carrying import Carrying
from crawler.crawl.census import Census, Entry, Fate
from crawler.crawl.frontier import Frontier, Rank, Visit
from crawler.crawl.keeping import Keeping
from crawler.crawl.linking import LEFT_ALONE, Linking
from crawler.crawl.links import LinkWork
from crawler.crawl.outages import Asked, Outages
from crawler.crawl.renewal import Renewal
from crawler.crawl.renewal_order import Claim
from crawler.crawl.renewal_rules import ANEW, copy_of
from crawler.crawl.resuming import resume
from crawler.crawl.rolling import Rolling
from crawler.crawl.scope import DOOR, FOLDER, HINT, HOPS, Scope
from crawler.crawl.written import Written
from crawler.net.attempts import NOT_MODIFIED
from crawler.net.fetcher import Fetcher
from crawler.net.message import REFUSALS, Fetched, FetchRequest
from crawler.progress import Meter, Tick
from crawler.reading import SlowPageError, in_time
from portal.artifacts import Absence, Attempt, Copy, FetchOutcome, Level, PageRecord
from portal.facts import Link, PageFacts
from portal.model import Portal
from portal.urls import normalise
from storage.bundle import Bundle, BundleError

log = logging.getLogger(__name__)

PAGE_BYTES = 4_000_000  # of one page; the reader looks at no more
BREAK_PAUSE = 31.0  # seconds the crawl rests when the portal accepts no connections
BREAKS = 4  # rests without a single answer between them after which the crawl ends

# Ranks at which addresses that go on for ever are met: what a list or the home page names itself is always asked.
_ENDLESS = frozenset({Rank.CHILD, Rank.LIST_PAGE, Rank.DEEPER, Rank.AGAIN})
_TRANSIENT = frozenset(
    {FetchOutcome.TIMEOUT, FetchOutcome.RESET, FetchOutcome.REFUSED, FetchOutcome.SERVER_ERROR, FetchOutcome.ABORTED}
)


class Crawl:
    """The state of one portal's crawl. Everything in it comes from, and goes to, the bundle.

    `as_of` serves dates without a year. Stopping is `stop(reason)`: nothing new is begun, `stopped_by` says why.
    """

    def __init__(
        self,
        portal: Portal,
        fetcher: Fetcher,
        bundle: Bundle,
        *,
        as_of: dt.date,
        meter: Meter,
        renewal: Renewal | None = None,
        rolling: Rolling | None = None,
    ) -> None:
        self.portal = portal
        self.fetcher = fetcher
        self.bundle = bundle
        self.frontier = Frontier(portal.max_pages)
        self.scope = Scope(portal, self.frontier.wants)
        self.census = Census(self.scope.judge, self.bundle.link)
        self.outages = Outages()
        self.keeping = Keeping(self)
        self.linking = Linking(self)
        self.links = LinkWork(self.linking.check, self.linking.settle, own=max(2, portal.concurrency))
        self.written = Written()
        self.under_way: dict[str, Visit] = {}
        self.pages = 0
        self.stopped_by = ""
        self.error: BundleError | None = None
        self.last_rank = Rank.LOST  # of this pass: visits of later ranks wait for another pass
        self.as_of = as_of
        self.renewal = renewal
        self.carrying = Carrying(self, rolling) if rolling is not None else None
        self._meter = meter
        self._origin: dict[str, str] = {}  # further list page -> first page of its column
        self._rest_until = 0.0
        self._breaks = 0

    def open(self) -> None:
        """Takes up what the bundle's journal holds, or begins anew with home page and declared columns."""
        resume(self)

    def flush(self) -> None:
        """Writes what is new."""
        self.keeping.flush()

    # what the scheduler asks (crawler.crawl.frontier.Source)

    def take(self) -> Visit | None:
        """Returns the next visit of this pass, None when there is none now."""
        if not self._may_go_on():
            return None
        while self.frontier.next_rank() <= self.last_rank and (visit := self.frontier.take()) is not None:
            if visit.rank in _ENDLESS and self.scope.repetition.stops(visit.key):
                self.linking.leave_repeating(visit.key)
                continue
            if visit.rank is Rank.LOST and self.outages.hopeless:
                self.pages += 1  # as it was read before
                self._no_more_tries(visit)
                continue
            self.under_way[visit.key] = visit
            return visit
        return None

    def pending(self) -> bool:
        """Returns whether the crawl has a visit to make, now or after a rest."""
        if self.stopped_by or not self._within_budget():
            return False
        return self.frontier.next_rank() <= self.last_rank

    def enqueue(self, url: str) -> bool:
        """Takes a URL asked for from outside; False when it was seen before."""
        return self.offer(Visit(normalise(url), url, Rank.DEEPER, Level.OTHER))

    def stop(self, reason: str) -> None:
        """Begins nothing new from now on; the first reason stands."""
        self.stopped_by = self.stopped_by or reason

    def adopt(self, portal: Portal) -> None:
        """Takes over a portal that gained hosts; before the crawl is opened."""
        self.portal = portal
        self.scope = Scope(portal, self.frontier.wants)
        self.census = Census(self.scope.judge, self.bundle.link)

    def request(self, visit: Visit, *, purpose: str = "page", refusals: int = 0) -> FetchRequest:
        """Returns what is asked of the fetcher for a visit."""
        return FetchRequest(
            visit.url,
            purpose=purpose,
            max_bytes=PAGE_BYTES,
            keep_evidence=True,
            referer=visit.referrer,
            refusals=refusals,
        )

    async def ask(self, visit: Visit) -> Fetched:
        """Returns what a visit comes to: a page, or that it is the one an earlier audit read. Raises BundleError."""
        request = self.request(visit, refusals=REFUSALS)
        if self.renewal is None:
            fetched = await self.fetcher.fetch(request)
        else:
            fetched = await self.renewal.ask(visit, request, self.fetcher)
        if fetched.attempt.status == NOT_MODIFIED and fetched.attempt.outcome is not FetchOutcome.OK:
            # It was asked without conditions.
            fetched = await self.fetcher.fetch(msgspec.structs.replace(request, headers=ANEW))
        return fetched

    def _may_go_on(self) -> bool:
        if not self.pending():
            return False
        return not self._rest_until or asyncio.get_running_loop().time() >= self._rest_until

    def _within_budget(self) -> bool:
        carried = self.carrying.pages if self.carrying is not None else 0
        if self.pages - carried + len(self.under_way) >= self.portal.max_pages:
            if self.frontier.next_rank() <= self.last_rank and not self.under_way:
                self.stop("budget_pages")
            return False
        return True

    # pages

    def read(self, visit: Visit, fetched: Fetched) -> PageRecord | None:
        """Returns the record of a page that was fetched, after taking in all it leads to; None when it was put back."""
        self.under_way.pop(visit.key, None)
        attempt = fetched.attempt
        if attempt.outcome is FetchOutcome.BUDGET:
            self.frontier.again(visit)
            self.stop("budget_requests")
            return None
        if attempt.outcome is FetchOutcome.ABORTED:
            self._rest(visit)
            return None
        self._breaks, self._rest_until = 0, 0.0
        skipped = LEFT_ALONE.get(attempt.outcome)
        kept = self.renewal.take_over(visit, fetched) if self.renewal is not None else None
        facts: PageFacts | None
        copy: Copy | None = None
        try:
            if kept is not None:
                facts, attempt, copy = kept.facts, kept.attempt, kept.copy
            else:
                with in_time():
                    facts, attempt = facts_of(visit, fetched, self.scope, self.as_of)
        except SlowPageError as error:
            log.warning("%s: %s", visit.url, error)
            facts, attempt, skipped = None, msgspec.structs.replace(attempt, error=str(error)), Absence.ERROR
        if facts and facts.challenge:
            # What came is not the page: nothing on it may be taken for content.
            skipped = Absence.CAPTCHA if facts.challenge.interactive else Absence.CHALLENGE
            attempt = msgspec.structs.replace(attempt, outcome=FetchOutcome.BLOCKED)
            facts = None
        elif attempt.outcome is FetchOutcome.BLOCKED:
            skipped = Absence.BLOCKED
        copy = (copy or copy_of(fetched)) if facts and skipped is None else None
        record = PageRecord(visit.key, visit.level, attempt, facts, referrer=visit.referrer, skipped=skipped, copy=copy)
        if self.carrying is not None and (before := self.carrying.links_if_carried(visit.key)) is not None:
            self.bundle.count_links(*self.census.told())
            self.bundle.take_back_links(visit.key, self.census.take_back(before))
            self.pages -= 1
        if facts and skipped is None:
            self.bundle.keep_links(visit.key, facts.links)
        self.pages += 1
        self.keeping.keep(record)
        if facts:
            if visit.rank is Rank.HOME:
                self._arrive(attempt, facts)
            self.scope.repetition.note(visit.key, facts.sketch)
            self.take_in(visit, facts)
            self.written.note(visit.key, facts)
        elif attempt.outcome in _TRANSIENT and visit.rank.opens_column and visit.rank is not Rank.AGAIN:
            self._once_more(visit)
        if visit.rank >= Rank.AGAIN:
            self._no_more_tries(visit)
        self.weather(visit, record.fetch.outcome, blocked=record.skipped is Absence.BLOCKED)
        self.keeping.land(record)
        self.tick_when_due("crawl")
        self.keeping.flush_when_due()
        return record

    def _arrive(self, home: Attempt, facts: PageFacts) -> None:
        self.scope.arrive(home, facts)
        self.bundle.note(DOOR, self.scope.door)
        self.bundle.note(FOLDER, self.scope.folder)

    def lost(self, visit: Visit, error: BaseException) -> None:
        """Notes that a page was lost by our own fault. A bundle that cannot be written ends the crawl."""
        self.under_way.pop(visit.key, None)
        if isinstance(error, BundleError):
            self.error = self.error or error
            self.stop("interrupted")
            return
        if isinstance(error, asyncio.CancelledError):  # the audit is being stopped: whoever goes on with it asks again
            self.frontier.again(visit)
            return
        log.error("page lost: %s", visit.url, exc_info=error)
        attempt = Attempt(
            dt.datetime.now(dt.UTC), "get", FetchOutcome.ABORTED, error=f"{type(error).__name__}: {error}"
        )
        self.pages += 1
        self.keeping.keep(PageRecord(visit.key, visit.level, attempt, referrer=visit.referrer, skipped=Absence.ERROR))

    def take_in(self, visit: Visit, facts: PageFacts, *, only_new: bool = False) -> None:
        """Counts the links of a page and queues what it leads to. `only_new`: links met before are not counted."""
        items = {item.url for item in facts.items}
        # Markup inside a script may never be written: it is a hint where to look, and no link anybody can follow; but
        # the rows of the page's own list are (records of jpage).
        links = [link for link in facts.links if link.via != HINT or link.url in items]
        if only_new:
            links = [link for link in links if self.census.get(link.url) is None]
        fresh = self.census.note(visit.key, visit.level, links)
        new: list[Entry] = []
        for entry in fresh:
            if entry.fate is Fate.VERIFY:
                self.linking.submit(entry)
                if entry.internal and self.scope.own(entry.url) != entry.url:
                    new.append(entry)
            elif entry.fate is Fate.VISIT:
                if visit.level is not Level.HOME and entry.url not in items and self.scope.repetition.stops(entry.key):
                    self.linking.leave_repeating(entry.key)
                elif (page := self.keeping.landed.get(entry.key)) is not None:
                    self.keeping.alias(entry.key, page)
                elif entry.key not in self.frontier:
                    new.append(entry)
                else:
                    self.linking.settle_visited(entry)
        for onward in self.scope.visits(visit, facts, new):
            self.offer(onward)

    def carry(self, visit: Visit, record: PageRecord, links: tuple[Link, ...]) -> None:
        """Takes in a page as the last audit knew it, without asking for it."""
        assert record.facts is not None
        self.frontier.done(visit.key)
        self.bundle.keep_links(visit.key, links)
        self.pages += 1
        self.keeping.keep(record)
        self.scope.repetition.note(visit.key, record.facts.sketch)
        self.take_in(visit, msgspec.structs.replace(record.facts, links=links))
        self.keeping.land(record)
        self.tick_when_due("crawl")
        self.keeping.flush_when_due()

    async def carry_over(self) -> None:
        """Carries over the pages whose turn it is not, as far as they are known by now."""
        if self.carrying is not None:
            await self.carrying.take_over()

    def look_after_all(self) -> bool:
        """Queues the pages that were carried over and have to be looked at all the same; returns whether there are
        any."""
        visits = self.carrying.in_doubt() if self.carrying is not None and not self.stopped_by else []
        for visit in visits:
            self.frontier.again(visit)
            self.bundle.remember_frontier(visit.key, visit.state())
        return bool(visits)

    async def carry_rest(self) -> None:
        """Carries over what had its turn and was not reached."""
        if self.carrying is not None:
            await self.carrying.take_rest(self.frontier.waiting())
        self.flush()

    def add_rendered(self, record: PageRecord, rank: Rank) -> None:
        """Keeps a page's record with what a browser saw, and takes in links and items only the browser showed."""
        self.keeping.keep(record)
        if record.url == self.scope.home:
            self.scope.know_frame(record)
        if record.rendered is not None:
            if rank is Rank.HOME:
                self._arrive(record.fetch, record.rendered)
            visit = Visit(record.url, record.url, rank, record.level, hops=HOPS)
            self.take_in(visit, record.rendered, only_new=True)
        self.keeping.flush_when_due()

    def page(self, key: str) -> PageRecord | None:
        """Returns the record of a page, written or not."""
        return self.bundle.get(PageRecord, key)

    def offer(self, visit: Visit) -> bool:
        """Queues a visit, or keeps it aside where it is not its turn; returns whether it was new to the queue."""
        if not self.frontier.wants(visit.key, visit.rank):
            return False
        if not visit.origin and (origin := self._origin.get(visit.key)):
            visit = replace(visit, origin=origin)  # met again by a better way it still goes on a list
        if self.carrying is not None and visit.claim is Claim.NEAR and visit.rank is not Rank.HOME:
            claimed = self.carrying.claimed(visit)
            if claimed is None:
                self.keep_origin(visit)
                return False
            visit = claimed
        new = self.frontier.offer(visit)
        if new:
            self.keep_origin(visit)
            self.bundle.remember_frontier(visit.key, visit.state())
        return new

    def keep_origin(self, visit: Visit) -> None:
        """Remembers to which list a page belongs that continues one."""
        if visit.origin:
            self._origin[visit.key] = visit.origin

    def _rest(self, visit: Visit) -> None:
        """Puts a visit back: the portal accepts no connections, or asked to be left alone."""
        self._put_back(visit)
        now = asyncio.get_running_loop().time()
        if now < self._rest_until:
            return
        self._breaks += 1
        self._rest_until = now + BREAK_PAUSE
        if self._breaks > BREAKS:
            self.stop("breaker")

    def _put_back(self, visit: Visit) -> None:
        self.frontier.again(visit)
        self.bundle.remember_frontier(visit.key, visit.state())

    def _once_more(self, visit: Visit) -> bool:
        """Puts a visit that failed back for the end of the crawl; False where it is asked again already."""
        again = replace(visit, rank=Rank.AGAIN if visit.rank.opens_column else Rank.LOST)
        if visit.key in self.under_way or not self.frontier.again(again):
            return False
        self.bundle.remember_frontier(again.key, again.state())
        self.pages -= 1
        return True

    def _no_more_tries(self, visit: Visit) -> None:
        self.bundle.remember_frontier(visit.key, replace(visit, rank=Rank.DEEPER).state())

    def weather(self, one: Asked, outcome: FetchOutcome, *, blocked: bool) -> None:
        """Asks again for what was lost in an outage once it is over, or looks whether it is."""
        if outcome is FetchOutcome.OK:
            for lost in self.outages.over(one):
                if isinstance(lost, Visit):
                    self._once_more(lost)
                else:
                    self.links.submit(lost)
        elif outcome in _TRANSIENT or blocked:
            self.outages.lost(one)
            last = self.last_rank is Rank.LOST and not self.under_way and self.frontier.next_rank() > self.last_rank
            if last and isinstance(one, Visit) and (look := self.outages.look(Visit)) is not None:
                page, pause = look
                if self._once_more(page):
                    self._rest_until = asyncio.get_running_loop().time() + pause

    def origin_of(self, key: str) -> str:
        """Returns the first page of the column a further list page belongs to, "" for any other page."""
        return self._origin.get(key, "")

    def further(self) -> Iterator[tuple[str, str]]:
        """Yields every further list page met with the first page of its column."""
        return iter(self._origin.items())

    def tick_when_due(self, stage: str) -> None:
        """Reports where the gathering stands, a few times a second."""
        if self._meter.due():
            self.tick(stage)

    def tick(self, stage: str, waiting_for: str = "", *, force: bool = False) -> None:
        """Reports where the gathering stands."""
        self._meter.tick(
            self.fetcher.requests,
            Tick(
                stage,
                pages=self.pages,
                queued=len(self.frontier),
                links=self.census.settled,
                links_queued=self.links.queued + self.links.running,
                waiting_for=waiting_for,
            ),
            force=force,
        )
