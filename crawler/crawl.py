"""The crawl: pages of one portal in order of importance, every link on them verified once, all of it journalled.

`Crawl` holds the state and decides; the spider (Scrapy) brings the pages, `LinkWork` the links beside them. A crawl may
run in several passes (main columns first, the rest after the browser has opened what scripts draw) over one state.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crawler.carrying import Carrying
from crawler.census import Census, Entry, Fate
from crawler.describe import describe
from crawler.fetcher import NOT_MODIFIED, Fetched, Fetcher, FetchRequest
from crawler.frontier import Frontier, Rank, Visit
from crawler.links import LinkWork
from crawler.message import REFUSALS
from crawler.outages import Asked, Outages
from crawler.progress import Meter, Tick
from crawler.reading import SlowPageError, in_time
from crawler.renewal import Renewal
from crawler.renewal_order import Claim
from crawler.renewal_rules import ANEW, copy_of
from crawler.rolling import Rolling
from crawler.scope import HINT, HOPS, Scope
from crawler.verify import verify
from portal.artifacts import Absence, Attempt, Copy, FetchOutcome, Level, LinkRecord, PageRecord
from portal.facts import Element, Link, PageFacts
from portal.flow import flow_of
from portal.html import parse
from portal.model import Portal
from portal.page import READ_LIMIT, read_document
from portal.signs import signs_in
from portal.text import visible
from portal.urls import normalise
from storage.bundle import Bundle, BundleError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

log = logging.getLogger(__name__)

PAGE_BYTES = 4_000_000  # of one page; the reader looks at no more
FLUSH_SECONDS = 5.0  # a kill loses no more than this; every batch writes anew what its pages link to
FLUSH_PAGES = 300
GRACE = 20.0  # seconds requests under way get when a crawl is stopped,
GRACE_SHARE = 0.1  # of its time at most: a server that makes them wait is not to use up the time of what comes after
BREAK_PAUSE = 31.0  # seconds the crawl rests when the portal accepts no connections
BREAKS = 4  # rests without a single answer between them after which the crawl ends

# Ranks at which addresses that go on for ever are met: what a list or the home page names itself is always asked.
_ENDLESS = frozenset({Rank.CHILD, Rank.LIST_PAGE, Rank.DEEPER, Rank.AGAIN})
_READABLE = frozenset({"html", "xml", "text", ""})
_LEFT_ALONE = {FetchOutcome.ROBOTS: Absence.ROBOTS, FetchOutcome.BUDGET: Absence.BUDGET}
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
        self.census = Census(self.scope.judge, self._kept_link)
        self.links = LinkWork(self._verify, self._settle, own=max(2, portal.concurrency))
        self.pages = 0
        self.stopped_by = ""
        self.error: BundleError | None = None
        self.last_rank = Rank.LOST  # of this pass: visits of later ranks wait for another pass
        self.as_of = as_of
        self.renewal = renewal
        self.carrying = Carrying(self, rolling) if rolling is not None else None
        self._meter = meter
        self._under_way: dict[str, Visit] = {}
        self._landed: dict[str, str] = {}  # where a redirect ended -> the page that was asked for
        self._origin: dict[str, str] = {}  # further list page -> first page of its column
        self._unwritten = 0  # pages
        self._last_flush = 0.0
        self._rest_until = 0.0
        self._breaks = 0
        self._outages = Outages()
        self._later: list[Entry] = []
        self._last_chance: set[str] = set()

    # opening and resuming

    def open(self) -> None:
        """Takes up what the bundle's journal holds, or begins anew with home page and declared columns."""
        visits = {key: Visit.restored(key, state) for key, state in self.bundle.frontier()}
        again = {visit.key for visit in visits.values() if visit.rank >= Rank.AGAIN}
        read: list[tuple[dt.datetime, str, int]] = []
        for page in self.bundle.all(PageRecord):
            if page.url in again:
                continue  # its second try is still to come
            self.pages += 1
            self.frontier.done(page.url)
            if page.carried and self.carrying is not None:
                self.carrying.was_carried(page.url)
            self._land(page)
            if page.facts:
                read.append((page.fetch.at, page.url, page.facts.sketch))
        for _, url, sketch in sorted(read):
            self.scope.repetition.note(url, sketch)
        addresses: dict[str, str] = {}
        for visit in visits.values():
            addresses[visit.key] = visit.url
            self._keep_origin(visit)
            if visit.claim is not Claim.NONE:
                self.frontier.restore(visit)
            elif self.carrying is not None and visit.key not in self.frontier:
                self.carrying.keep_aside(visit)
        self.frontier.first([visits[key] for key in self.bundle.noted("under_way") or () if key in visits])
        unverified = []
        told = {url: (number, page) for url, number, page in self.bundle.places_told()}
        for record in self.bundle.all(LinkRecord):
            fate = Fate.VISIT if record.url in addresses else Fate.LEAVE if record.skipped else Fate.VERIFY
            url = addresses.get(record.url, record.url)
            entry = self.census.restore(record, fate, url, told.get(record.url, (0, "")))
            if fate is Fate.VERIFY and not entry.settled:
                unverified.append(entry)
            elif fate is Fate.LEAVE and record.skipped is Absence.NOT_GATHERED:
                self.scope.leave(record.url)
        for entry in unverified:
            self._submit(entry)
        for visit in self.scope.seeds():
            self.offer(visit)
        for visit in self.carrying.accused() if self.carrying is not None else ():
            self.offer(visit)
        if (state := self.bundle.noted("outages")) is not None:
            for entry in self._outages.restore(state, visits, self.census.get):
                self.links.submit(entry)
        # Pages come into the bundle together with the links they changed: a kill never splits them.
        self.bundle.feeding(self._tell_links)
        self.bundle.noting("under_way", lambda: list(self._under_way))
        self.bundle.noting("outages", self._outages.state)

    # what the scheduler asks (crawler.frontier.Source)

    def take(self) -> Visit | None:
        """Returns the next visit of this pass, None when there is none now."""
        if not self._may_go_on():
            return None
        while self.frontier.next_rank() <= self.last_rank and (visit := self.frontier.take()) is not None:
            if visit.rank in _ENDLESS and self.scope.repetition.stops(visit.key):
                self._leave_repeating(visit.key)
                continue
            if visit.rank is Rank.LOST and self._outages.hopeless:
                self.pages += 1  # as it was read before
                self._no_more_tries(visit)
                continue
            self._under_way[visit.key] = visit
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
        self.census = Census(self.scope.judge, self._kept_link)

    def request(self, visit: Visit) -> FetchRequest:
        """Returns what is asked of the fetcher for a visit."""
        return FetchRequest(
            visit.url, method="get", purpose="page", max_bytes=PAGE_BYTES, keep_evidence=True, referer=visit.referrer
        )

    async def ask(self, visit: Visit) -> Fetched:
        """Returns what a visit comes to: a page, or that it is the one an earlier audit read. Raises BundleError."""
        request = replace(self.request(visit), refusals=REFUSALS)
        if self.renewal is None:
            fetched = await self.fetcher.fetch(request)
        else:
            fetched = await self.renewal.ask(visit, request, self.fetcher)
        if fetched.attempt.status == NOT_MODIFIED and fetched.attempt.outcome is not FetchOutcome.OK:
            fetched = await self.fetcher.fetch(replace(request, headers=ANEW))  # it was asked without conditions
        return fetched

    def _may_go_on(self) -> bool:
        if not self.pending():
            return False
        return not self._rest_until or asyncio.get_running_loop().time() >= self._rest_until

    def _within_budget(self) -> bool:
        carried = self.carrying.pages if self.carrying is not None else 0
        if self.pages - carried + len(self._under_way) >= self.portal.max_pages:
            if self.frontier.next_rank() <= self.last_rank and not self._under_way:
                self.stop("budget_pages")
            return False
        return True

    # pages

    def read(self, visit: Visit, fetched: Fetched) -> PageRecord | None:
        """Returns the record of a page that was fetched, after taking in all it leads to; None when it was put back."""
        self._under_way.pop(visit.key, None)
        attempt = fetched.attempt
        if attempt.outcome is FetchOutcome.BUDGET:
            self.frontier.again(visit)
            self.stop("budget_requests")
            return None
        if attempt.outcome is FetchOutcome.ABORTED:
            self._rest(visit)
            return None
        self._breaks, self._rest_until = 0, 0.0
        skipped = _LEFT_ALONE.get(attempt.outcome)
        kept = self.renewal.take_over(visit, fetched) if self.renewal is not None else None
        facts: PageFacts | None
        copy: Copy | None = None
        try:
            if kept is not None:
                facts, attempt, copy = kept.facts, kept.attempt, kept.copy
            else:
                with in_time():
                    facts, attempt = self._facts(visit, fetched)
        except SlowPageError as error:
            log.warning("%s: %s", visit.url, error)
            facts, attempt, skipped = None, replace(attempt, error=str(error)), Absence.ERROR
        if facts and facts.challenge:
            # What came is not the page: nothing on it may be taken for content.
            skipped = Absence.CAPTCHA if facts.challenge.interactive else Absence.CHALLENGE
            attempt = replace(attempt, outcome=FetchOutcome.BLOCKED)
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
        self._keep(record)
        if facts:
            self.scope.repetition.note(visit.key, facts.sketch)
            self.take_in(visit, facts)
        elif attempt.outcome in _TRANSIENT and visit.rank.opens_column and visit.rank is not Rank.AGAIN:
            self._once_more(visit)
        if visit.rank >= Rank.AGAIN:
            self._no_more_tries(visit)
        self._weather(visit, record.fetch.outcome, blocked=record.skipped is Absence.BLOCKED)
        self._land(record)
        self._tick("crawl")
        self._flush_when_due()
        return record

    def lost(self, visit: Visit, error: BaseException) -> None:
        """Notes that a page was lost by our own fault. A bundle that cannot be written ends the crawl."""
        self._under_way.pop(visit.key, None)
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
        self._keep(PageRecord(visit.key, visit.level, attempt, referrer=visit.referrer, skipped=Absence.ERROR))

    def take_in(self, visit: Visit, facts: PageFacts, *, only_new: bool = False) -> None:
        """Counts the links of a page and queues what it leads to. `only_new`: links met before are not counted."""
        # Markup inside a script may never be written: it is a hint where to look, and no link anybody can follow.
        links = [link for link in facts.links if link.via != HINT]
        if only_new:
            links = [link for link in links if self.census.get(link.url) is None]
        fresh = self.census.note(visit.key, visit.level, links)
        new: list[Entry] = []
        items = {item.url for item in facts.items}
        for entry in fresh:
            if entry.fate is Fate.VERIFY:
                self._submit(entry)
            elif entry.fate is Fate.VISIT:
                if visit.level is not Level.HOME and entry.url not in items and self.scope.repetition.stops(entry.key):
                    self._leave_repeating(entry.key)
                elif (page := self._landed.get(entry.key)) is not None:
                    self._alias(entry.key, page)
                elif entry.key not in self.frontier:
                    new.append(entry)
                else:
                    self._settle_visited(entry)
        for onward in self.scope.visits(visit, facts, new):
            self.offer(onward)

    def carry(self, visit: Visit, record: PageRecord, links: tuple[Link, ...]) -> None:
        """Takes in a page as the last audit knew it, without asking for it."""
        assert record.facts is not None
        self.frontier.done(visit.key)
        self.bundle.keep_links(visit.key, links)
        self.pages += 1
        self._keep(record)
        self.scope.repetition.note(visit.key, record.facts.sketch)
        self.take_in(visit, replace(record.facts, links=links))
        self._land(record)
        self._tick("crawl")
        self._flush_when_due()

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
        self._keep(record)
        if record.rendered is not None:
            visit = Visit(record.url, record.url, rank, record.level, hops=HOPS)
            self.take_in(visit, record.rendered, only_new=True)
        self._flush_when_due()

    def page(self, key: str) -> PageRecord | None:
        """Returns the record of a page, written or not."""
        return self.bundle.get(PageRecord, key)

    def _facts(self, visit: Visit, fetched: Fetched) -> tuple[PageFacts | None, Attempt]:
        """Returns what is read on the page (None where no page of the portal came), and the attempt described."""
        attempt = fetched.attempt
        answered = attempt.outcome is FetchOutcome.OK or (attempt.outcome is FetchOutcome.BLOCKED and attempt.status)
        if not answered or not _is_page(attempt, fetched.body):
            return None, attempt
        final = attempt.final_url or visit.url
        if not self.scope.internal(final):
            return None, describe(fetched)  # it left the portal: what is there is not the portal's page
        doc = parse(fetched.body[:READ_LIMIT], final, attempt.content_type)
        home = True if visit.key == self.scope.home else None
        facts = read_document(doc, as_of=self.as_of, home=home, portal=True)
        text = flow_of(doc).text
        attempt = replace(
            attempt,
            title=facts.head_title[:200],
            text_length=visible(text),
            sketch=facts.sketch,
            signs=signs_in(text, facts.head_title),
        )
        return (facts if attempt.outcome is FetchOutcome.OK or facts.challenge else None), attempt

    def _leave_repeating(self, key: str) -> None:
        self.scope.skipped["trap_repeating"] += 1
        if (entry := self.census.get(key)) is not None:
            self.census.settle(entry, skipped=Absence.NOT_GATHERED)

    def offer(self, visit: Visit) -> bool:
        """Queues a visit, or keeps it aside where it is not its turn; returns whether it was new to the queue."""
        if not self.frontier.wants(visit.key, visit.rank):
            return False
        if not visit.origin and (origin := self._origin.get(visit.key)):
            visit = replace(visit, origin=origin)  # met again by a better way it still goes on a list
        if self.carrying is not None and visit.claim is Claim.NEAR and visit.rank is not Rank.HOME:
            claimed = self.carrying.claimed(visit)
            if claimed is None:
                self._keep_origin(visit)
                return False
            visit = claimed
        new = self.frontier.offer(visit)
        if new:
            self._keep_origin(visit)
            self.bundle.remember_frontier(visit.key, visit.state())
        return new

    def _keep_origin(self, visit: Visit) -> None:
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
        if visit.key in self._under_way or not self.frontier.again(again):
            return False
        self.bundle.remember_frontier(again.key, again.state())
        self.pages -= 1
        return True

    def _no_more_tries(self, visit: Visit) -> None:
        self.bundle.remember_frontier(visit.key, replace(visit, rank=Rank.DEEPER).state())

    def _weather(self, one: Asked, outcome: FetchOutcome, *, blocked: bool) -> None:
        """Asks again for what was lost in an outage once it is over, or looks whether it is."""
        if outcome is FetchOutcome.OK:
            for lost in self._outages.over(one):
                if isinstance(lost, Visit):
                    self._once_more(lost)
                else:
                    self.links.submit(lost)
        elif outcome in _TRANSIENT or blocked:
            self._outages.lost(one)
            last = self.last_rank is Rank.LOST and not self._under_way and self.frontier.next_rank() > self.last_rank
            if last and isinstance(one, Visit) and (look := self._outages.look(Visit)) is not None:
                page, pause = look
                if isinstance(page, Visit) and self._once_more(page):
                    self._rest_until = asyncio.get_running_loop().time() + pause

    async def see_links_through(self) -> None:
        """Looks whether an outage in which links were lost is over, where no page is left that could tell; returns when
        they were asked again, or there is no use in it."""
        while not self.stopped_by and (look := self._outages.look(Entry)) is not None:
            link, pause = look
            await asyncio.sleep(pause)
            if isinstance(link, Entry):
                self.links.submit(link)
            await self.links.drain()

    def rest_over(self) -> None:
        """Ends a rest early."""
        self._rest_until = 0.0

    # redirects within the portal

    def _land(self, record: PageRecord) -> None:
        """Notes where a redirect ended: that address was answered too and is not asked again."""
        final = normalise(record.fetch.final_url) if record.fetch.final_url else ""
        if not final or final == record.url or record.facts is None or final in self._landed:
            return
        if self.page(final) is not None:
            return
        if final in self._under_way:
            return
        waiting = final in self.frontier
        self._landed[final] = record.url
        self.frontier.done(final)
        if waiting or self.census.get(final):
            self._alias(final, record.url)

    def _alias(self, final: str, page: str) -> None:
        """Keeps the answer of a redirect's end under its own address as well: something on the portal refers to it."""
        record = self.page(page)
        if record is None:
            return
        attempt = replace(record.fetch, hops=(), final_url=record.fetch.final_url)
        self._keep(replace(record, url=final, fetch=attempt))

    # links

    async def _verify(self, entry: Entry) -> tuple[Attempt, ...]:
        self._tick("links" if not self._under_way else "crawl")
        if self._outages.given_up(entry):
            return ()
        return await verify(entry.url, self.fetcher, internal=entry.internal)

    def _settle(self, entry: Entry, attempts: tuple[Attempt, ...]) -> None:
        if entry.settled and not attempts:
            return  # not asked again after all
        last = attempts[-1].outcome if attempts else FetchOutcome.ABORTED
        if (reason := _LEFT_ALONE.get(last)) is not None:
            if last is FetchOutcome.BUDGET:
                self.stop("budget_requests")
            if last is not FetchOutcome.BUDGET or self.carrying is None or not self.carrying.settle(entry):
                self.census.settle(entry, attempts[:-1], skipped=reason)
        elif last is FetchOutcome.ABORTED and entry.key not in self._last_chance:
            self._later.append(entry)
        elif last is not FetchOutcome.ABORTED or not entry.settled:
            self.census.settle(entry, attempts)
            if entry.internal:
                self._weather(entry, last, blocked=last is FetchOutcome.BLOCKED)
        self._flush_when_due()

    def _settle_visited(self, entry: Entry) -> None:
        """A link to a page that was visited before anything linked to it (a declared column, the home page)."""
        record = self.page(entry.key)
        if record is not None and record.carried:
            self.census.carry(entry, (record.fetch,), record.carried, owed=record.owed)
        elif record is not None:
            self.census.settle(entry, () if record.skipped is Absence.ROBOTS else (record.fetch,), record.skipped)

    def verify_rest(self) -> None:
        """Queues for verification the pages no visit is left for."""
        for entry in list(self.census):
            if entry.fate is Fate.VISIT and not entry.settled and entry.key not in self._under_way:
                if entry.level is Level.OTHER and self.scope.repetition.stops(entry.key):
                    self._leave_repeating(entry.key)
                    continue
                entry.fate = Fate.VERIFY
                self.frontier.done(entry.key)
                self._submit(entry)
        for entry in self.carrying.due_after_all() if self.carrying is not None else ():
            self.links.submit(entry)

    def verify_later(self) -> bool:
        """Queues once more what could not be asked at first (a breaker was open); returns whether there was any."""
        again, self._later = self._later, []
        self._last_chance.update(entry.key for entry in again)
        for entry in again:
            self.links.submit(entry)
        return bool(again)

    def leave_rest(self, reason: Absence) -> None:
        """Notes of every link still undecided why it was not asked."""
        for entry in list(self.census):
            if not entry.settled and not (self.carrying is not None and self.carrying.settle(entry)):
                self.census.settle(entry, skipped=reason)
                self.scope.skipped[reason.value] += 1

    def _submit(self, entry: Entry) -> None:
        if self.carrying is None or not self.carrying.waits(entry):
            self.links.submit(entry)

    # journal

    def _keep(self, record: PageRecord) -> None:
        if record.level is not Level.HOME:
            record = replace(record, facts=_lean(record.facts), rendered=_lean(record.rendered))
        self.bundle.hold(record)
        self._unwritten += 1
        if record.rendered is None and (entry := self.census.get(record.url)) is not None:
            if record.carried:
                self.census.carry(entry, (record.fetch,), record.carried, owed=record.owed)
            elif record.skipped in {Absence.ROBOTS, Absence.BUDGET}:
                self.census.settle(entry, skipped=record.skipped)
            elif not self.census.knows(entry, record.fetch):
                self.census.settle(entry, (record.fetch,))

    def _flush_when_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._last_flush >= FLUSH_SECONDS or self._unwritten >= FLUSH_PAGES:
            self.flush()
            self._last_flush = now

    def flush(self) -> None:
        """Writes what is new."""
        self.bundle.flush()
        self._unwritten = 0

    def _tell_links(self) -> None:
        self.bundle.count_links(*self.census.told())
        for record in self.census.changed():
            self.bundle.hold(record)

    def close(self) -> None:
        """Writes what is new, and completes the records of links with what was counted of them."""
        self.flush()
        self.bundle.complete_links()

    def _kept_link(self, key: str) -> LinkRecord | None:
        return self.bundle.get(LinkRecord, key)

    def origin_of(self, key: str) -> str:
        """Returns the first page of the column a further list page belongs to, "" for any other page."""
        return self._origin.get(key, "")

    def further(self) -> Iterator[tuple[str, str]]:
        """Yields every further list page met with the first page of its column."""
        return iter(self._origin.items())

    def _tick(self, stage: str) -> None:
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


async def run_pass(crawl: Crawl, *, last_rank: Rank = Rank.LOST, seconds: float | None = None) -> None:
    """Runs the spider over the frontier up to `last_rank`, for at most `seconds`; returns when it has ended.

    Time up is `stopped_by` "budget_time". Cancelling stops the spider in good order before it is passed on.
    """
    crawl.last_rank = last_rank
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    if crawl.carrying is not None and crawl.carrying.under_way:
        await crawl.carry_over()  # whoever goes on does things in the same order
    while True:
        if crawl.pending():
            await _run_spider(crawl, None if end is None else max(0.1, end - loop.time()))
        await crawl.carry_over()  # which may lead to pages whose turn it is
        if not crawl.pending():
            return


async def _run_spider(crawl: Crawl, seconds: float | None) -> None:
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.settings import crawl_settings
    from crawler.spider import PortalSpider

    in_flight = max(4, crawl.portal.concurrency + 2)
    runner = AsyncCrawlerRunner(
        crawl_settings(
            LOG_ENABLED=False, CONCURRENT_REQUESTS=in_flight, CONCURRENT_REQUESTS_PER_DOMAIN=in_flight, EXTENSIONS={}
        )
    )
    crawler = runner.create_crawler(PortalSpider)
    task = asyncio.ensure_future(runner.crawl(crawler, crawl=crawl))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            crawl.stop("budget_time")
            await _stop(crawler, task, GRACE if seconds is None else min(GRACE, GRACE_SHARE * seconds))
    except asyncio.CancelledError:
        await _stop(crawler, task, GRACE)
        crawl.flush()
        raise
    if crawl.error is None:
        crawl.flush()
    if task.done():
        task.result()
    if crawl.error is not None:
        raise crawl.error


async def _stop(crawler: Crawler, task: asyncio.Future[Any], grace: float) -> None:
    await asyncio.wait({asyncio.ensure_future(crawler.stop_async()), task}, timeout=grace)


def _is_page(attempt: Attempt, body: bytes) -> bool:
    kind = attempt.content_type.partition(";")[0].strip().lower()
    if attempt.sniffed:
        return attempt.sniffed in _READABLE or attempt.sniffed == "json"
    return not kind or "html" in kind or "xml" in kind or kind.startswith("text/") or not body


def _lean(facts: PageFacts | None) -> PageFacts | None:
    """Returns the facts without the links every page repeats; the census has them all."""
    if facts is None:
        return None
    kept = tuple(link for link in facts.links if link.element is Element.IFRAME)
    return replace(facts, links=kept)
