"""Gathering one portal, stage by stage, into its bundle.

    survey   vantage, the home page by request and in a browser
    crawl    main columns and their items; columns drawn by script in a browser; then what the budget allows
    render   pages read late whose source decides nothing
    links    every link on the pages read, verified once (begun beside the crawl)
    probe    DNS and family-pinned requests of the portal's hosts
    search   the portal's own search, asked with titles it published

A stage that is done is marked in the bundle and not done again. All ends at `max_minutes`: the crawl leaves time for
the stages after it. Ctrl-C once (or SIGTERM) ends in good order within seconds and keeps everything, twice ends at
once; one SIGINT and one SIGTERM are one wish, since who stops a service tells all its processes.

An audit that goes on first looks whether everything the bundle speaks of is there: what a power cut damaged is gathered
again (`mend`).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import msgspec

from crawler.account import Account
from crawler.browser.box import page_with_box
from crawler.browser.browsers import Found, find_browser
from crawler.browser.search import PAUSE, RETRY_AFTER, search_portal
from crawler.browser.service import BrowserService
from crawler.crawl.columns import find_columns
from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank
from crawler.crawl.home import RETRIES, Arrival, arrive, gone_to
from crawler.crawl.passes import run_pass
from crawler.crawl.readers import note_reader
from crawler.crawl.renewal import Renewal
from crawler.crawl.rolling import Rolling
from crawler.crawl.scripted import render_scripted
from crawler.crawl.survey import Survey, survey_home
from crawler.crawl.wrapup import conclude
from crawler.ending import GRACE, Ending
from crawler.heap import give_back
from crawler.mending import mend
from crawler.net.fetcher import Fetcher
from crawler.phases import Phases, Unwatched, Watcher
from crawler.probe.probing import probe_hosts
from crawler.probe.vantage import vantage
from crawler.progress import Meter, Progress
from crawler.sitting import Sitting
from portal.artifacts import (
    Absence,
    Capability,
    ColumnRecord,
    FetchOutcome,
    GatherSummary,
    PageRecord,
    SearchRecord,
    Vantage,
)
from portal.draws import candidates_from, draw_titles
from portal.model import Network, Portal
from portal.urls import host_of, registrable
from storage.bundle import Bundle

# Shares of the time that are kept for the stages after the crawl.
_SHARES = {"render": 0.12, "probe": 0.05, "search": 0.13}
_LINKS_SHARE = 0.12  # of the time, for links still unverified when the crawl ends


@dataclass(frozen=True, slots=True)
class GatherOptions:
    """What a caller may choose. `only` names record types that are wanted ("page", "link", "host", ...); empty: all."""

    use_browser: bool = True
    rolling: bool = False  # ask for what has its turn; carry over the rest from the audit before, where there is one
    only: frozenset[str] = frozenset()
    sitting: Sitting = field(default_factory=Sitting)
    watcher: Watcher = field(default_factory=Unwatched)  # of phases
    max_pages: int | None = None  # override of the portal's own
    max_requests: int | None = None
    max_minutes: float | None = None
    home_retries: tuple[float, ...] = RETRIES  # seconds before each further try at a home page that is not there
    search_pause: float = PAUSE  # seconds between two questions to the portal's search
    search_retry_after: float = RETRY_AFTER  # seconds before a broken search is asked once more

    def wants(self, record_type: str) -> bool:
        """Returns whether records of that type are asked for."""
        return not self.only or record_type in self.only


async def gather(
    portal: Portal,
    network: Network,
    bundle: Bundle,
    *,
    as_of: dt.date,
    options: GatherOptions,
    progress: Progress,
) -> GatherSummary:
    """Returns how the gathering went; everything gathered is in the bundle, also after an interruption.

    Never raises for what the portal does. Raises BundleError when the disk refuses; asyncio.CancelledError after the
    second Ctrl-C, with everything gathered so far written.
    """
    portal = replace(
        portal,
        max_pages=options.max_pages or portal.max_pages,
        max_requests=options.max_requests or portal.max_requests,
        max_minutes=options.max_minutes or portal.max_minutes,
    )
    note_reader(bundle)
    renewal = options.sitting.renewal(portal, bundle)
    with contextlib.closing(renewal.earlier) if renewal is not None else contextlib.nullcontext():
        return await _gather(portal, network, bundle, as_of, options, progress, renewal)


async def _gather(
    portal: Portal,
    network: Network,
    bundle: Bundle,
    as_of: dt.date,
    options: GatherOptions,
    progress: Progress,
    renewal: Renewal | None,
) -> GatherSummary:
    async with options.sitting.fetcher(network, portal, bundle) as fetcher:
        gathering = _Gathering(portal, network, bundle, fetcher, as_of, options, progress, renewal)
        with gathering.ending.listening():
            try:
                await gathering.run()
            finally:
                summary = await gathering.close()
    return summary


class _Gathering:
    def __init__(
        self,
        portal: Portal,
        network: Network,
        bundle: Bundle,
        fetcher: Fetcher,
        as_of: dt.date,
        options: GatherOptions,
        progress: Progress,
        renewal: Renewal | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.portal = portal
        self.network = network
        self.bundle = bundle
        self.fetcher = fetcher
        self.options = options
        self.as_of = as_of
        rolling = Rolling(renewal, bundle, portal.census_nights) if renewal is not None and options.rolling else None
        meter = Meter(progress, loop.time)
        self.crawl = Crawl(portal, fetcher, bundle, as_of=as_of, meter=meter, renewal=renewal, rolling=rolling)
        self.vantage: Vantage | None = None
        self.survey: Survey | None = None
        self.account = Account(self.crawl)
        self.facts = self.account.facts
        self.ending = Ending(self._end)
        self._begin = loop.time()
        self._seconds = portal.max_minutes * 60
        self._service: BrowserService | None = None
        self._no_browser = "" if options.use_browser else "not wanted"
        self.crawl.pages = self.account.before.pages
        fetcher.politeness.spent = self.account.before.requests  # the budget is the audit's, not the sitting's
        self._phases = Phases(self.account.counts, options.watcher)

    # the course of things

    async def run(self) -> None:
        await self._stage("vantage", self._see_what_we_can, mark=False)
        if self.bundle.count(PageRecord):
            await self._stage("mend", lambda: mend(self.crawl), mark=False)
        await self._stage("survey", self._survey, mark=False)
        if self.facts.readable:
            await self._stage("crawl", self._crawl, patient=True)
            if self._has_browser() and (self.options.wants("page") or self.options.wants("column")):
                await self._stage("render", self._render)
            await self._stage("links", self._links, patient=True)
        if (self.facts.readable or self.facts.blocked) and self.options.wants("host"):
            await self._stage("probe", self._probe)
        if self.facts.readable and self.options.wants("search"):
            await self._stage("search", self._search)

    async def _stage(
        self, name: str, work: Callable[[], Awaitable[None]], *, patient: bool = False, mark: bool = True
    ) -> None:
        """Does one stage unless it is done. A patient one ends by itself when told; the others are cancelled."""
        if (mark and name in self.bundle.stages()) or self.ending.wishes:
            return
        left = self._begin + self._seconds - asyncio.get_running_loop().time()
        if left <= 0:
            self.facts.stopped_by = "deadline"
            return
        self.crawl.tick(name, force=True)
        over = self._phases.begin(name)
        stage = asyncio.ensure_future(_done(work))
        try:
            with self.ending.reaching(stage, patient=patient):
                done, _ = await asyncio.wait({stage}, timeout=None if patient else left)
                if not done:
                    self.facts.stopped_by = "deadline"
                    await _cancelled(stage)
                    return
                if stage.cancelled():
                    return  # by the first Ctrl-C
                stage.result()
        except asyncio.CancelledError:
            await _cancelled(stage)
            raise
        finally:
            self.account.write("interrupted")
            over()
        if mark and not self.ending.wishes:
            self.bundle.note("stopped_by", self.crawl.stopped_by)  # of a stage that is not done again
            self.bundle.mark(name, dt.datetime.now(dt.UTC))

    async def _see_what_we_can(self) -> None:
        seen = await vantage(self.network, self.portal, resolver=self.fetcher.resolver)
        browser, glyphs = Capability(False, self._no_browser), Capability(False, "no browser")
        if self.options.use_browser:
            found = await find_browser()
            if isinstance(found, Found):
                browser = Capability(True, detail=f"{found.product} {found.version}")
                glyphs = Capability(found.glyphs, "" if found.glyphs else "no font for Chinese characters")
                self._service = self.account.service = BrowserService.beside(self.fetcher, found=found)
            else:
                self._no_browser = found.why
                browser = Capability(False, found.why)
        self.vantage = replace(seen, browser=browser, glyphs=glyphs)
        self.bundle.add(self.vantage)
        self.bundle.mark("vantage", dt.datetime.now(dt.UTC))

    async def _survey(self) -> None:
        """The home page: asked once (a resumed audit has its answer), then opened in the browser."""
        home = self.bundle.get(PageRecord, self.crawl.scope.home)
        if home is None:
            visit = next(self.crawl.scope.seeds())
            request = self.crawl.request(visit, purpose="home")
            browser = self._browser if self._has_browser() else None
            arrival = await arrive(self.portal, self.fetcher, request, browser, retries=self.options.home_retries)
            self._adopt(arrival.portal)
            self._open()
            home = self._read_home(arrival)
            self.crawl.flush()
        else:
            self._adopt_host(home.fetch.final_url)
            self._open()
            self.facts.learn(home, self.portal)
        if self.facts.readable and home and self._has_browser() and not home.render_reason:
            self.survey = await survey_home(self._browser(), self.portal, bundle=self.bundle, as_of=self.as_of)
            seen = self.survey
            record = msgspec.structs.replace(
                home,
                rendered=seen.facts if seen.failed is None else None,
                render_reason="survey",
                render_failed=seen.failed,
                screenshot=seen.screenshot,
                render_evidence=seen.evidence,
            )
            self.crawl.add_rendered(record, Rank.HOME)
            self.crawl.flush()

    def _open(self) -> None:
        self.crawl.pages = 0
        self.crawl.open()
        # Records are more than pages: where a redirect ends has one of its own.
        self.crawl.pages = self.account.before.pages or self.crawl.pages

    def _read_home(self, arrival: Arrival) -> PageRecord | None:
        self.facts.home_outcome = arrival.fetched.attempt.outcome
        self.facts.home_final = arrival.fetched.attempt.final_url
        self.facts.moved_to = arrival.moved_to
        self.facts.blocked = arrival.blocked
        visit = self.crawl.frontier.take()
        assert visit is not None and visit.rank is Rank.HOME
        record = self.crawl.read(visit, arrival.fetched)
        if record is None:
            return None
        if arrival.challenged or arrival.blocked:
            record = msgspec.structs.replace(record, challenged=arrival.challenged, skipped=arrival.blocked)
            self.crawl.add_rendered(record, Rank.HOME)
        self.facts.moved_to = arrival.moved_to or gone_to(record, self.portal)
        self.facts.readable = arrival.readable and record.facts is not None and not self.facts.moved_to
        return record

    async def _crawl(self) -> None:
        """Main columns first, then the columns a browser has to open, then the rest."""
        crawl = self.crawl
        if not self.options.wants("link"):
            crawl.links.halt()
        end = self._seconds * (1 - _LINKS_SHARE - sum(self._reserve().values()))
        if self._has_browser():
            await run_pass(crawl, last_rank=Rank.ITEM, seconds=self._until(end * 0.7))
            if not self.ending.wishes:
                await render_scripted(crawl, self._browser(), find_columns(crawl), seconds=self._until(end * 0.85))
        await run_pass(crawl, seconds=self._until(end))
        if self._has_browser() and not self.ending.wishes:
            # What only a browser shows leads to columns and items that nobody has asked for yet; a frame may be either.
            columns, end_of_looks = find_columns(crawl), self._until(end * 0.95)
            if await render_scripted(crawl, self._browser(), columns, seconds=end_of_looks, items=True):
                await run_pass(crawl, seconds=self._until(end))
        if not self.ending.wishes:
            await crawl.carry_rest()
            give_back()
            conclude(crawl)
            give_back()

    async def _links(self) -> None:
        crawl = self.crawl
        if not self.options.wants("link"):
            return
        crawl.linking.verify_rest()
        end = self._seconds * (1 - sum(share for stage, share in self._reserve().items() if stage != "render"))
        drained = asyncio.ensure_future(crawl.links.drain())
        done, _ = await asyncio.wait({drained}, timeout=self._until(end))
        if not done:
            drained.cancel()
            crawl.stop("budget_time")
        if done and not self.ending.wishes and crawl.linking.verify_later():
            await asyncio.wait({asyncio.ensure_future(crawl.links.drain())}, timeout=self._until(end))
        if done and not self.ending.wishes:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(crawl.linking.see_through(), self._until(end))
        if done and not self.ending.wishes and crawl.look_after_all():
            await run_pass(crawl, seconds=self._until(end))
            await asyncio.wait({asyncio.ensure_future(crawl.links.drain())}, timeout=self._until(end))
            if not self.ending.wishes:
                conclude(crawl)
        await crawl.links.stop(GRACE)
        if not self.ending.wishes:
            crawl.linking.leave_rest(Absence.BUDGET if crawl.stopped_by == "budget_requests" else Absence.DEADLINE)
        crawl.flush()

    async def _render(self) -> None:
        """Once more over the columns: pages read late may need the browser as well."""
        share = self._seconds * (1 - _LINKS_SHARE - _SHARES["probe"] - _SHARES["search"])
        columns = tuple(self.bundle.all(ColumnRecord))
        await render_scripted(self.crawl, self._browser(), columns, seconds=self._until(share), items=True)
        conclude(self.crawl)

    async def _probe(self) -> None:
        assert self.vantage is not None
        async for record in probe_hosts(self.crawl, self.vantage, self.bundle.header.seed, self.options.home_retries):
            self.bundle.add(record)
            self.bundle.flush()
            self.crawl.tick("probe")

    async def _search(self) -> None:
        if not self._has_browser():
            self.bundle.add(SearchRecord("", skipped=Absence.NO_BROWSER))
            return
        candidates = candidates_from(self.bundle.all(PageRecord), list(self.bundle.all(ColumnRecord)))
        seed = self.bundle.header.seed
        titles = draw_titles(candidates, self.portal.search_titles, seed, self.as_of)
        survey = self.survey
        if survey is None:  # a resumed audit: the sitting before saw the box, this one has to find it again
            survey = await survey_home(self._browser(), self.portal, bundle=self.bundle, as_of=self.as_of)
        end = self._begin + self._seconds - asyncio.get_running_loop().time()
        portal = self.portal
        if survey.entry is None and survey.failed is None and not portal.search.entry:
            # A search that stands on other pages is hidden from the home page, not missing.
            portal = replace(
                portal,
                search=replace(portal.search, entry=page_with_box(self.bundle.all(PageRecord), self.portal.home)),
            )
        record = await search_portal(
            self._browser(),
            portal,
            survey,
            titles,
            seed=seed,
            candidates=len(candidates),
            bundle=self.bundle,
            as_of=self.as_of,
            keywords=self.portal.search_keywords,
            pause=self.options.search_pause,
            retry_after=self.options.search_retry_after,
            seconds=max(1.0, end - 5.0),
        )
        self.bundle.add(record)
        self.bundle.flush()

    # helpers

    def _has_browser(self) -> bool:
        return self._service is not None

    def _browser(self) -> BrowserService:
        assert self._service is not None
        return self._service

    def _adopt(self, portal: Portal) -> None:
        if portal is not self.portal:
            self.portal = portal
            self.crawl.adopt(portal)

    def _adopt_host(self, url: str) -> None:
        host = host_of(url)
        if host and host not in self.crawl.scope.hosts and registrable(host) == registrable(host_of(self.portal.home)):
            self._adopt(replace(self.portal, hosts=(*self.portal.hosts, host)))
            self.fetcher.site_hosts = self.fetcher.site_hosts | {host}

    def _until(self, seconds: float) -> float:
        """Returns the seconds left until that many seconds after the beginning, at least a moment."""
        return max(0.1, self._begin + seconds - asyncio.get_running_loop().time())

    def _reserve(self) -> dict[str, float]:
        wanted = {"host": "probe"} | ({"page": "render", "search": "search"} if self._has_browser() else {})
        return {stage: _SHARES[stage] for kind, stage in wanted.items() if self.options.wants(kind)}

    def _end(self) -> None:
        self.crawl.stop("interrupted")
        self.crawl.links.halt()

    async def close(self) -> GatherSummary:
        """Writes what is there and ends the browser."""
        if self.ending.wishes:
            await self.crawl.links.stop(self.ending.left)
        self.crawl.flush()
        if self._service is not None:
            await self._service.close()
        stopped = self.crawl.stopped_by or self.facts.stopped_by or str(self.bundle.noted("stopped_by") or "")
        if not stopped and self.facts.home_outcome is FetchOutcome.ABORTED:
            stopped = "platform_rests"  # the home page could not even be asked for
        return self.account.write("interrupted" if self.ending.wishes else stopped)


async def _done(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
