"""How a crawl begins: with what the journal of its bundle holds, or anew with home page and declared columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crawler.crawl.census import Entry, Fate
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.renewal_order import Claim
from crawler.crawl.scope import DOOR, FOLDER
from portal.artifacts import Absence, LinkRecord, PageRecord

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl


def resume(crawl: Crawl) -> None:
    """Takes up what the bundle's journal holds; every batch from now on is part of it."""
    if door := crawl.bundle.noted(DOOR):
        crawl.scope.enter(door)
    crawl.scope.enclose(crawl.bundle.noted(FOLDER) or "")
    visits = {key: Visit.restored(key, state) for key, state in crawl.bundle.frontier()}
    _take_up_pages(crawl, frozenset(visit.key for visit in visits.values() if visit.rank >= Rank.AGAIN))
    for visit in visits.values():
        crawl.keep_origin(visit)
        if visit.claim is not Claim.NONE:
            crawl.frontier.restore(visit)
        elif crawl.carrying is not None and visit.key not in crawl.frontier:
            crawl.carrying.keep_aside(visit)
    crawl.frontier.first([visits[key] for key in crawl.bundle.noted("under_way") or () if key in visits])
    for entry in _take_up_links(crawl, visits):
        crawl.linking.submit(entry)
    for visit in crawl.scope.seeds():
        crawl.offer(visit)
    for visit in crawl.carrying.accused() if crawl.carrying is not None else ():
        crawl.offer(visit)
    if (state := crawl.bundle.noted("outages")) is not None:
        for entry in crawl.outages.restore(state, visits, crawl.census.get):
            crawl.links.submit(entry)
    crawl.keeping.begin()


def _take_up_pages(crawl: Crawl, again: frozenset[str]) -> None:
    """Counts the pages that were read; those whose second try is still to come are not."""
    read: list[tuple[dt.datetime, str, int]] = []
    if (home := crawl.page(crawl.scope.home)) is not None:
        crawl.scope.know_frame(home)
    for page in crawl.bundle.all(PageRecord):
        if page.url in again:
            continue
        crawl.pages += 1
        crawl.frontier.done(page.url)
        if page.carried and crawl.carrying is not None:
            crawl.carrying.was_carried(page.url)
        crawl.keeping.land(page)
        if page.facts:
            read.append((page.fetch.at, page.url, page.facts.sketch))
    for _, url, sketch in sorted(read):
        crawl.scope.repetition.note(url, sketch)


def _take_up_links(crawl: Crawl, visits: Mapping[str, Visit]) -> list[Entry]:
    """Returns the links that were waiting to be verified, after taking all up."""
    unverified = []
    for record in crawl.bundle.all(LinkRecord):
        visit = visits.get(record.url)
        fate = Fate.VISIT if visit is not None else Fate.LEAVE if record.skipped else Fate.VERIFY
        url = visit.url if visit is not None else record.url
        entry = crawl.census.restore(record, fate, url)
        if fate is Fate.VERIFY and not entry.settled:
            unverified.append(entry)
        elif fate is Fate.LEAVE and record.skipped is Absence.NOT_GATHERED:
            crawl.scope.leave(record.url)
    return unverified
