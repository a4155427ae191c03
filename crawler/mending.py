"""An audit that goes on after a power cut: what its bundle speaks of and does not hold is gathered again.

A kill damages nothing: proof is written before the batch that speaks of it.
"""

from __future__ import annotations

import logging

import msgspec

from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank, Visit
from crawler.net.describe import describe
from portal.artifacts import FetchOutcome, HostRecord, Level, LinkRecord, PageRecord, SearchRecord, Shot
from portal.page import read_page
from portal.records import evidence_of

log = logging.getLogger(__name__)


async def mend(crawl: Crawl) -> None:
    """Gathers again what the bundle speaks of and does not hold, and unmarks the stages that do. Raises BundleError."""
    bundle = crawl.bundle
    damaged = bundle.damaged()
    if not damaged:
        return
    log.warning("%d blobs are missing or damaged: gathered again", len(damaged))
    visits = {key: Visit.restored(key, state) for key, state in bundle.frontier()}
    with bundle.together():
        for url in [page.url for page in bundle.all(PageRecord) if damaged.intersection(evidence_of(page))]:
            if (page := bundle.get(PageRecord, url)) is not None:
                visit = visits.get(page.url) or Visit(page.url, page.url, Rank.DEEPER, page.level)
                bundle.add(await _mended(crawl, page, visit, damaged))
                bundle.unmark("render")
        for url in [link.url for link in bundle.all(LinkRecord) if damaged.intersection(evidence_of(link))]:
            if (link := bundle.get(LinkRecord, url)) is not None:
                read = bundle.get(PageRecord, link.url)
                bundle.add(msgspec.structs.replace(link, attempts=(read.fetch,) if read else ()))
                bundle.unmark("links", "confirm")
        for host in list(bundle.all(HostRecord)):
            if damaged.intersection(evidence_of(host)):
                bundle.forget(HostRecord, host.host)
                bundle.unmark("probe")
        for search in list(bundle.all(SearchRecord)):
            if damaged.intersection(evidence_of(search)):
                bundle.forget(SearchRecord, "search")
                bundle.unmark("search")
        for shot in list(bundle.all(Shot)):
            if shot.sha256 in damaged:
                bundle.forget(Shot, shot.fingerprint)
                bundle.unmark("proof")


async def _mended(crawl: Crawl, page: PageRecord, visit: Visit, damaged: frozenset[str]) -> PageRecord:
    """Returns the record of a page with proof that is there. Its links were counted when it was read first."""
    if damaged.intersection((page.render_evidence, page.screenshot)):
        page = msgspec.structs.replace(
            page, rendered=None, render_reason="", render_failed=None, render_evidence="", screenshot=""
        )
    if page.fetch.evidence not in damaged:
        return page
    fetched = await crawl.fetcher.fetch(crawl.request(visit))
    attempt = describe(fetched)
    if not attempt.outcome.asked:
        return msgspec.structs.replace(page, fetch=msgspec.structs.replace(page.fetch, evidence=""))
    facts = None
    if attempt.outcome is FetchOutcome.OK and page.facts is not None:
        final, home = attempt.final_url or visit.url, True if page.level is Level.HOME else None
        facts = read_page(
            fetched.body, final, content_type=attempt.content_type, as_of=crawl.as_of, home=home, portal=True
        )
        facts = facts if home else msgspec.structs.replace(facts, links=page.facts.links)
    return msgspec.structs.replace(page, fetch=attempt, facts=facts, copy=None, carried=None, owed=False)
