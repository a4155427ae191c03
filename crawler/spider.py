"""The one spider: brings the pages of a portal to the crawl's state, and nothing else.

Audits hand it that state (`crawl=`). On the command line it makes its own:

    scrapy crawl portal -a portal=ID [-a targets=targets.toml] [-a out=DIR] [-O pages.jsonl]

which reads the pages and verifies the links of one portal without a browser into the bundle DIR (taken up again when
it is there), and yields one item a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from crawler.crawl.frontier import VISIT, Visit
from crawler.handler import FETCHED
from portal.zone import CHINA

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from crawler.crawl.crawl import Crawl
    from crawler.net.message import Fetched


class PortalSpider(scrapy.Spider):
    """Visits the pages of one portal in the order its crawl's frontier gives.

    Arguments of the command line: `portal` (id in targets.toml), `targets`, `out` (folder of the bundle), `as_of`
    (date, default today in Asia/Shanghai). Raises ValueError for an unknown portal and what reading targets raises.
    """

    name = "portal"

    def __init__(
        self,
        crawl: Crawl | None = None,
        portal: str = "",
        targets: str = "targets.toml",
        out: str = "",
        as_of: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._alone = crawl is None
        self.crawl = crawl or _own_crawl(portal, targets, out, as_of)
        self.source = self.crawl
        self.fetcher = self.crawl.fetcher

    async def start(self) -> AsyncIterator[Any]:
        """Yields nothing: the frontier holds the home page and the declared columns already."""
        if not self.crawl.pending():
            raise CloseSpider("nothing to visit: this crawl is complete")
        nothing: tuple[scrapy.Request, ...] = ()
        for request in nothing:
            yield request

    async def ask(self, request: scrapy.Request) -> Fetched:
        """Returns what a Scrapy request came to. Raises BundleError."""
        return await self.crawl.ask(_visit(request))

    def parse(self, response: Response, **_: Any) -> list[dict[str, Any]]:
        """Hands a page to the crawl; returns an item for it on the command line, nothing in an audit."""
        assert response.request is not None
        return self._read(response.request)

    def failed(self, failure: Failure) -> list[dict[str, Any]]:
        """Hands a failed request to the crawl. Raises what is not the network's doing."""
        request: scrapy.Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy on every failure
        if FETCHED not in request.meta:
            self.crawl.lost(_visit(request), failure.value or RuntimeError("no answer"))
            return []
        return self._read(request)

    async def closed(self, reason: str) -> None:
        """Ends a crawl begun on the command line: links not yet verified, columns, closing. An audit does it itself."""
        if not self._alone:
            return
        from crawler.crawl.wrapup import conclude

        if reason == "finished" or self.crawl.stopped_by in {"", "budget_pages"}:
            self.crawl.linking.verify_rest()
            await self.crawl.links.drain()
        else:
            await self.crawl.links.stop(grace=5.0)
        conclude(self.crawl)
        self.crawl.flush()
        await self.fetcher.close()
        self.crawl.bundle.close()

    def _read(self, request: scrapy.Request) -> list[dict[str, Any]]:
        visit = _visit(request)
        try:
            record = self.crawl.read(visit, request.meta[FETCHED])
        except Exception as error:  # one page must not end the crawl; a disk that refuses does, see `lost`
            self.crawl.lost(visit, error)
            return []
        if not self._alone or record is None:
            return []
        facts = record.facts
        return [
            {
                "url": record.url,
                "outcome": record.fetch.outcome.value,
                "status": record.fetch.status,
                "level": record.level.value,
                "kind": facts.kind.value if facts else "",
                "title": facts.title if facts else "",
                "published": facts.pub_date.date.isoformat() if facts and facts.pub_date else "",
                "items": len(facts.items) if facts else 0,
            }
        ]


def _visit(request: scrapy.Request) -> Visit:
    visit: Visit = request.meta[VISIT]
    return visit


def _own_crawl(portal_id: str, targets_file: str, out: str, as_of: str) -> Crawl:
    import asyncio

    from crawler.crawl.crawl import Crawl
    from crawler.net.fetcher import Fetcher
    from crawler.progress import Meter, silent
    from crawler.targets import load_targets
    from storage.bundle import Bundle, Header

    targets = load_targets(Path(targets_file))
    portal = next((entry for entry in targets.portals if entry.id == portal_id), None)
    if portal is None:
        known = ", ".join(entry.id for entry in targets.portals) or "none"
        raise ValueError(f"no portal {portal_id!r} in {targets_file}; there are: {known}")
    now = dt.datetime.now(CHINA)
    day = dt.date.fromisoformat(as_of) if as_of else now.date()
    folder, network = Path(out or f"crawl-{portal.id}"), targets.network_of(portal)
    if (folder / "bundle.sqlite").exists():
        bundle = Bundle.open(folder)
    else:
        audit = f"{portal.id}-{now:%Y%m%d-%H%M%S}"
        bundle = Bundle.create(folder, Header(audit, portal, network, day, now, portal.id, "crawl"))
    meter = Meter(silent, asyncio.get_running_loop().time)
    crawl = Crawl(portal, Fetcher(network, portal, bundle), bundle, as_of=bundle.header.as_of, meter=meter)
    crawl.open()
    return crawl
