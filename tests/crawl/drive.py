"""Running a crawl over a test site: state made, passes run, links verified, everything closed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from crawler.crawl.crawl import Crawl
from crawler.crawl.passes import run_pass
from crawler.crawl.wrapup import conclude
from crawler.net.fetcher import Fetcher
from crawler.progress import Meter, silent
from portal.model import Network, Portal
from storage.bundle import Bundle, Header
from tests.crawl.site import Site, portal

AS_OF = dt.date(2026, 3, 2)
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def open_bundle(folder: Path, entry: Portal, network: Network) -> Bundle:
    """Returns the bundle in `folder`, new or as it was left."""
    if (folder / "bundle.sqlite").exists():
        return Bundle.open(folder)
    return Bundle.create(folder, Header("shilou-1", entry, network, AS_OF, START, "seed", "test"))


@asynccontextmanager
async def opened(site: Site, folder: Path, entry: Portal | None = None) -> AsyncIterator[Crawl]:
    """Yields an opened crawl; fetcher and bundle are closed afterwards."""
    entry = entry or portal()
    with open_bundle(folder, entry, site.network()) as bundle:
        async with Fetcher(site.network(), entry, bundle) as fetcher:
            meter = Meter(silent, asyncio.get_running_loop().time)
            crawl = Crawl(entry, fetcher, bundle, as_of=AS_OF, meter=meter)
            crawl.open()
            yield crawl


async def whole(site: Site, folder: Path, entry: Portal | None = None) -> Bundle:
    """Crawls all of a site and returns its bundle, open for reading."""
    async with opened(site, folder, entry) as crawl:
        await run_pass(crawl)
        crawl.linking.verify_rest()
        await crawl.links.drain()
        conclude(crawl)
        crawl.flush()
    return Bundle.open(folder)
