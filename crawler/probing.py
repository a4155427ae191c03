"""Which hosts of the portal are probed, and with which inner links."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable

from crawler.crawl import Crawl
from crawler.probes import probe_host
from portal.artifacts import DnsStatus, FetchOutcome, HostRecord, Level, PageRecord, Vantage
from portal.urls import host_of, twin

INNER = 20  # inner links of each level that are tried over IPv6
HOSTS = 12  # hosts of one portal that are probed


async def probe_hosts(crawl: Crawl, vantage: Vantage, seed: str) -> AsyncIterator[HostRecord]:
    """Yields the record of the home page's host, then of its www twin and of every other host pages were read from.

    Inner links are tried from the home page's host only: they are a draw reproducible from `seed`. A twin without an
    address in DNS is no host of the portal. Raises BundleError.
    """
    fetcher = crawl.fetcher
    done = {record.host for record in crawl.bundle.all(HostRecord)}
    pages = [page for page in crawl.bundle.all(PageRecord) if page.fetch.outcome is FetchOutcome.OK]
    home = host_of(crawl.portal.home)
    addresses = {home: crawl.portal.home}
    other = twin(home)
    if other and (await fetcher.resolver.query(other, "A")).status is DnsStatus.ANSWER:
        addresses[other] = crawl.portal.home.replace(home, other, 1)
    for page in pages:
        addresses.setdefault(host_of(page.url), page.url)
    for host in list(addresses)[:HOSTS]:
        if host in done:
            continue
        inner = [*_draw(pages, Level.SECOND, 2, seed), *_draw(pages, Level.OTHER, 3, seed)] if host == home else []
        yield await probe_host(
            host, addresses[host], fetcher, fetcher.resolver, vantage, inner=inner, seed=seed, home=host == home
        )


def _draw(pages: Iterable[PageRecord], level: Level, number: int, seed: str) -> list[tuple[str, int]]:
    urls = [page.url for page in pages if page.level is level]
    urls.sort(key=lambda url: hashlib.sha256(f"{seed}|ipv6|{url}".encode()).digest())
    return [(url, number) for url in urls[:INNER]]
