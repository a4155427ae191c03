"""Looks again at single subjects of an audit: the same address, the same titles, the same questions as before.

The caller says what to look at; what comes back replaces the records in the bundle, so that judging it again gives the
verdict of the second look.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import msgspec

from crawler.browser.browsers import Found, find_browser
from crawler.browser.render import LINKAGE, RenderRequest, render_page
from crawler.browser.search import search_portal
from crawler.browser.service import BrowserService
from crawler.crawl.confirm import ConfirmRequest, browse, confirm, drawn
from crawler.crawl.home import Arrival, arrive
from crawler.crawl.survey import survey_home
from crawler.crawl.verify import verify
from crawler.net.control import SILENT, LineControl
from crawler.net.fetcher import Fetcher
from crawler.net.known import KnownLinks
from crawler.net.message import FetchRequest
from crawler.probe.probes import ask_nonsense, probe_host
from crawler.probe.vantage import vantage
from crawler.reading import SlowPageError, described, in_time
from crawler.sitting import Sitting
from portal.actions import changes_something
from portal.artifacts import (
    Absence,
    Attempt,
    Capability,
    FetchOutcome,
    HostRecord,
    LinkRecord,
    PageRecord,
    SearchRecord,
    Vantage,
)
from portal.facts import Element, PageFacts
from portal.page import read_page
from portal.text import SAME_TEXT, sketch_distance
from portal.urls import host_of, normalise
from storage.bundle import Bundle

NEIGHBOURS = 6  # pages of a host that are known before an answer is held against that to nonsense

# What a target came to that may be the fault of our own line.
_SILENCE = SILENT | {FetchOutcome.DNS_UNKNOWN, FetchOutcome.NO_ROUTE}


@dataclass(frozen=True, slots=True)
class Subjects:
    """What to look at again. `fresh` forgets the earlier attempts at links; else they are added to."""

    links: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    search: bool = False
    fresh: bool = False

    def __bool__(self) -> bool:
        return bool(self.links or self.pages or self.hosts or self.search)


@dataclass(frozen=True, slots=True)
class Again:
    """How another look went. `line_lost` says that our own line failed in it: then it says nothing about anybody."""

    arrival: Arrival
    line_lost: bool = False

    @property
    def holds(self) -> bool:
        """True where what was seen may be judged."""
        return self.arrival.readable and not self.line_lost

    @property
    def may_pass(self) -> bool:
        """True where it may be otherwise in a moment: nobody answered, and the fault may be on our side."""
        return self.line_lost or (not self.holds and self.arrival.fetched.attempt.outcome in _SILENCE)


@contextlib.asynccontextmanager
async def tools(
    bundle: Bundle, *, use_browser: bool, sitting: Sitting
) -> AsyncIterator[tuple[Fetcher, BrowserService | None]]:
    """Yields a fetcher and, where one is wanted and proven, a browser that share limiter and guard."""
    header = bundle.header
    async with sitting.fetcher(header.network, header.portal, bundle) as fetcher:
        found = await find_browser() if use_browser else None
        service = BrowserService.beside(fetcher, found=found) if isinstance(found, Found) else None
        try:
            yield fetcher, service
        finally:
            if service is not None:
                await service.close()


async def look_again(
    bundle: Bundle,
    subjects: Subjects,
    fetcher: Fetcher,
    service: BrowserService | None,
    *,
    spacing: Sequence[float],
    known: KnownLinks | None = None,
) -> Again:
    """Returns how the home page was found now; where it is readable, the subjects' records in the bundle are renewed.

    A portal that cannot be read at all now says nothing about its parts: then no record is touched. `spacing` is the
    pause before each further try, in seconds. `known` are good links of other sites: where one of the subjects is
    silent they show whether our own line is. Raises BundleError.
    """
    header = bundle.header
    # Cookies are not kept between sittings: a plain browser visit passes a challenge again.
    home = FetchRequest(header.portal.home, purpose="home")
    arrival = await arrive(
        header.portal, fetcher, home, (lambda: service) if service is not None else None, retries=tuple(spacing[:2])
    )
    seen = await vantage(header.network, header.portal, resolver=fetcher.resolver)
    if not arrival.readable or not _has_line(seen):
        return Again(arrival, line_lost=not _has_line(seen))
    before = bundle.get(Vantage, "vantage")
    glyphs = before.glyphs if before else Capability(False, "not tried")
    browser = Capability(True, detail=service.found.product) if service and service.found else Capability(False, "none")
    seen = replace(seen, browser=browser, glyphs=glyphs)
    bundle.add(seen)
    if subjects.pages:
        await _pages(bundle, subjects, fetcher, service)
    if subjects.links:
        await _links(bundle, subjects, fetcher, service, spacing, seen)
    for host in sorted(subjects.hosts):
        await _host(bundle, host, fetcher, seen, spacing[:2])
    if subjects.fresh:
        await _nonsense(bundle, subjects, fetcher)
    if subjects.search and (service is not None or subjects.fresh):
        await _search(bundle, service)
    bundle.flush()
    return Again(arrival, line_lost=not await _line_holds(bundle, subjects, fetcher, known))


async def open_links(urls: Iterable[str], fetcher: Fetcher) -> dict[str, Attempt | None]:
    """Returns what opening each address once came to, None for what is no address of a page, or changes something.

    Raises BundleError.
    """
    found: dict[str, Attempt | None] = {}
    for url in dict.fromkeys(urls):
        is_page = url.startswith(("http://", "https://")) and not changes_something(url)
        found[url] = described(await fetcher.fetch(FetchRequest(url, purpose="recheck"))) if is_page else None
    return found


def _has_line(seen: Vantage) -> bool:
    return seen.ipv4.ok or seen.ipv6.ok


async def _line_holds(bundle: Bundle, subjects: Subjects, fetcher: Fetcher, known: KnownLinks | None) -> bool:
    """Returns whether our own line held to the end. Where nothing was silent, it did and nobody is asked."""
    silent: dict[str, tuple[Attempt, bool]] = {}
    for url in sorted(subjects.links):
        link = bundle.get(LinkRecord, url)
        if link is not None and link.attempts and link.attempts[-1].outcome in _SILENCE:
            silent[url] = (link.attempts[-1], link.internal)
    for url in sorted(subjects.pages):
        page = bundle.get(PageRecord, url)
        if page is not None and page.fetch.outcome in _SILENCE:
            silent[url] = (page.fetch, True)
    if not silent:
        return True
    header = bundle.header
    if not _has_line(await vantage(header.network, header.portal, resolver=fetcher.resolver)):
        return False
    home = await fetcher.fetch(FetchRequest(header.portal.home, purpose="home"))
    if home.attempt.outcome in _SILENCE:
        return False
    control = LineControl(known) if known is not None else None
    for url, (attempt, internal) in silent.items():
        if internal or control is None or attempt.outcome not in SILENT:
            continue
        if (await control.judged(attempt, url, fetcher)).outcome is FetchOutcome.NO_ROUTE:
            return False
    return True


async def _pages(bundle: Bundle, subjects: Subjects, fetcher: Fetcher, service: BrowserService | None) -> None:
    links_on: dict[str, set[str]] = {}
    for url in sorted(subjects.pages):
        old = bundle.get(PageRecord, url)
        if old is None:
            continue
        fetched = await fetcher.fetch(FetchRequest(url, purpose="recheck", keep_evidence=True))
        attempt = described(fetched)
        facts = None
        if fetched.body and attempt.outcome is not FetchOutcome.BLOCKED:
            with contextlib.suppress(SlowPageError), in_time():
                facts = read_page(
                    fetched.body,
                    attempt.final_url or url,
                    content_type=attempt.content_type,
                    as_of=bundle.header.as_of,
                    home=True if normalise(bundle.header.portal.home) == url else None,
                    portal=True,
                )
        record = msgspec.structs.replace(
            old, fetch=attempt, facts=facts, rendered=None, render_failed=None, copy=None, carried=None, owed=False
        )
        if old.render_reason and service is not None:
            request = RenderRequest(url, old.render_reason)
            result = await render_page(service, request, bundle=bundle, as_of=bundle.header.as_of)
            record = result.onto(record)
        if attempt.outcome is FetchOutcome.OK:
            links_on[url] = _addresses(record.facts) | _addresses(record.rendered)
        # As in the crawl, a page's links are kept with the links, not with the page.
        bundle.add(with_links(msgspec.structs.replace(record, facts=_lean(record.facts))))
    for url in subjects.links:
        if link := bundle.get(LinkRecord, url):
            bundle.add(_without_gone(link, links_on))


def _without_gone(link: LinkRecord, links_on: dict[str, set[str]]) -> LinkRecord:
    """Returns the link without the places that were read again and hold it no more; count 0 = gone everywhere."""
    kept = tuple(
        place for place in link.occurrences if place.page not in links_on or normalise(link.url) in links_on[place.page]
    )
    return msgspec.structs.replace(link, occurrences=kept, count=link.count - (len(link.occurrences) - len(kept)))


def _addresses(facts: PageFacts | None) -> set[str]:
    return {normalise(link.url) for link in facts.links} if facts else set()


def with_links(record: PageRecord) -> PageRecord:
    """Returns the record of a page opened again without the links a browser showed, or with those that visitors follow
    where it was opened for them: nobody takes them in, as a crawl does."""
    shown = record.rendered
    if shown is None or record.render_reason != LINKAGE:
        return msgspec.structs.replace(record, rendered=_lean(shown))
    links = tuple(link for link in shown.links if link.element is Element.A)
    return msgspec.structs.replace(record, rendered=msgspec.structs.replace(shown, links=links))


def _lean(facts: PageFacts | None) -> PageFacts | None:
    return msgspec.structs.replace(facts, links=()) if facts else None


async def _links(
    bundle: Bundle,
    subjects: Subjects,
    fetcher: Fetcher,
    service: BrowserService | None,
    spacing: Sequence[float],
    seen: Vantage,
) -> None:
    found = [bundle.get(LinkRecord, url) for url in sorted(subjects.links)]
    records = [record for record in found if record is not None and record.count > 0]
    if subjects.fresh:
        rounds = await asyncio.gather(*(_first_round(record, fetcher, service) for record in records))
        records = [
            msgspec.structs.replace(record, attempts=attempts) for record, attempts in zip(records, rounds, strict=True)
        ]
    requests = [
        ConfirmRequest(record.url, record.attempts, record.internal, _referer(record))
        for record in records
        if not subjects.fresh or not record.attempts or record.attempts[-1].outcome is not FetchOutcome.BLOCKED
    ]
    families = [family for family, can in ((4, seen.ipv4), (6, seen.ipv6)) if can.ok]
    new = await confirm(requests, fetcher, service, spacing=spacing, families=families)
    for record in records:
        looked = (*record.attempts, *new.get(record.url, ()))
        bundle.add(msgspec.structs.replace(record, attempts=looked, carried=None, owed=False))


async def _first_round(record: LinkRecord, fetcher: Fetcher, service: BrowserService | None) -> tuple[Attempt, ...]:
    referer = _referer(record)
    attempts = await verify(record.url, fetcher, internal=record.internal, referer=referer, purpose="recheck")
    if attempts and attempts[-1].outcome is FetchOutcome.OK and drawn(record.attempts) and service is not None:
        seen = await browse(service, record.url, referer=referer)
        return (*attempts, seen) if seen is not None else attempts
    return attempts


def _referer(record: LinkRecord) -> str:
    return record.occurrences[0].page if record.occurrences else ""


async def _host(bundle: Bundle, host: str, fetcher: Fetcher, seen: Vantage, pauses: Sequence[float]) -> None:
    old = bundle.get(HostRecord, host)
    if old is None:
        return
    url = _address_of(old, bundle.header.portal.home)
    inner = [(probe.url, probe.level) for probe in old.inner]
    record = await probe_host(
        host,
        url,
        fetcher,
        fetcher.resolver,
        seen,
        inner=inner,
        pauses=pauses,
        seed=bundle.header.seed,
        home=old.home,
    )
    bundle.add(record)


async def _nonsense(bundle: Bundle, subjects: Subjects, fetcher: Fetcher) -> None:
    """Asks the hosts of what was read just now for addresses that cannot exist: today's answers are compared with
    today's."""
    answers = [(url, page.fetch) for url in subjects.pages if (page := bundle.get(PageRecord, url))]
    links = [link for url in subjects.links if (link := bundle.get(LinkRecord, url))]
    answers += [(link.url, attempt) for link in links for attempt in link.attempts]
    hosts = {
        host_of(answer.final_url or url)
        for url, answer in answers
        if answer.outcome is FetchOutcome.OK and answer.sketch
    }
    for host in sorted(hosts - subjects.hosts):
        if (old := bundle.get(HostRecord, host)) is not None:
            url = _address_of(old, bundle.header.portal.home)
            random_page, random_file = await ask_nonsense(url, fetcher, bundle.header.seed)
            bundle.add(replace(old, random_page=random_page, random_file=random_file))
            said = [one.sketch for one in (random_page, random_file) if one.sketch]
            if any(
                answer.sketch
                and host_of(answer.final_url or of) == host
                and sketch_distance(answer.sketch, one) <= SAME_TEXT
                for of, answer in answers
                for one in said
            ):
                await _neighbours(bundle, host, subjects, fetcher)


class _Known(msgspec.Struct):
    """As much of a link as tells whether today's readers know the text of its page."""

    url: str
    internal: bool
    attempts: tuple[Attempt, ...] = ()


async def _neighbours(bundle: Bundle, host: str, subjects: Subjects, fetcher: Fetcher) -> None:
    """Reads some more pages of a host where too few were read by the readers of today: what is like the answer to
    nonsense is nothing only where others are unlike it."""
    read, unread = 0, []
    for link in bundle.outlines(LinkRecord, _Known):
        if link.internal and link.url not in subjects.links and host_of(link.url) == host:
            good = [one for one in link.attempts if one.outcome is FetchOutcome.OK and one.sniffed == "html"]
            read += any(one.sketch for one in good)
            unread += [link.url] if good and not any(one.sketch for one in good) else []
    for url in unread[: NEIGHBOURS - read] if read < NEIGHBOURS else ():
        if (record := bundle.get(LinkRecord, url)) is not None:
            again = described(await fetcher.fetch(FetchRequest(url, purpose="recheck")))
            bundle.add(msgspec.structs.replace(record, attempts=(*record.attempts, again)))


def _address_of(host: HostRecord, home: str) -> str:
    """Returns the address a host was probed by."""
    if host.home:
        return home
    probed = next(_asked(host.ipv4 + host.ipv6), "")
    nonsense = next(_asked([one for one in (host.random_page, host.random_file) if one is not None]), "")
    return probed or (urljoin(nonsense, "/") if nonsense else f"http://{host.host}/")


def _asked(attempts: Iterable[Attempt]) -> Iterator[str]:
    for attempt in attempts:
        first = attempt.hops[0].url if attempt.hops else attempt.final_url
        if first:
            yield first


async def _search(bundle: Bundle, service: BrowserService | None) -> None:
    header = bundle.header
    old = bundle.get(SearchRecord, "search")
    if service is None:
        # What was seen last time is no new look.
        old = old or SearchRecord(entry_page="")
        bundle.add(replace(old, sessions=(), skipped=Absence.NO_BROWSER))
        return
    titles = list(dict.fromkeys(session.drawn for session in old.sessions)) if old else []
    portal = header.portal
    survey = await survey_home(service, portal, bundle=bundle, as_of=header.as_of)
    if survey.entry is None and old is not None and not portal.search.entry:
        # Found on another page then: asked there again.
        portal = replace(portal, search=replace(portal.search, entry=old.entry_page))
    record = await search_portal(
        service,
        portal,
        survey,
        titles,
        seed=old.seed if old else header.seed,
        candidates=old.candidates if old else 0,
        bundle=bundle,
        as_of=header.as_of,
    )
    bundle.add(record)
