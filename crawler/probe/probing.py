"""Which hosts of the portal are probed, and with which inner links."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from heapq import nsmallest

import msgspec

from crawler.crawl.crawl import Crawl
from crawler.probe.probes import probe_host
from portal.artifacts import DnsStatus, FetchOutcome, HostRecord, Level, PageRecord, Vantage
from portal.urls import host_of, twin

INNER = 20  # inner links of each level that are tried over IPv6
HOSTS = 12  # hosts of one portal that are probed in full
STRANGERS = 100  # hosts beside these that are asked for what cannot exist alone, two requests each


class _Fetch(msgspec.Struct):
    outcome: FetchOutcome


class _Page(msgspec.Struct):
    """As much of a `PageRecord` as tells which hosts there are."""

    url: str
    level: Level
    fetch: _Fetch


async def probe_hosts(crawl: Crawl, vantage: Vantage, seed: str, pauses: Sequence[float]) -> AsyncIterator[HostRecord]:
    """Yields the record of the home page's host, then of its www twin and of every other host pages were read from,
    those with the most pages first.

    The first HOSTS are probed in full; of those after them only DNS is asked, and the host for paths that cannot exist:
    without that no soft 404 of theirs could be told. Inner links are tried from the home page's host only: they are a
    draw reproducible from `seed`. A twin without an address in DNS is no host of the portal. `pauses` are those of
    `probe_host`, for the home page's host and its twin. Raises BundleError.
    """
    fetcher = crawl.fetcher
    done = {record.host for record in crawl.bundle.all(HostRecord)}
    pages = [
        (page.url, page.level)
        for page in crawl.bundle.outlines(PageRecord, _Page)
        if page.fetch.outcome is FetchOutcome.OK
    ]
    home = host_of(crawl.portal.home)
    addresses = {home: crawl.portal.home}
    other = twin(home)
    if other and (await fetcher.resolver.query(other, "A")).status is DnsStatus.ANSWER:
        addresses[other] = crawl.portal.home.replace(home, other, 1)
    for host, url in hosts_read([url for url, _ in pages]):
        addresses.setdefault(host, url)
    for place, host in enumerate(list(addresses)[: HOSTS + STRANGERS]):
        if host in done:
            continue
        inner = [*_draw(pages, Level.SECOND, 2, seed), *_draw(pages, Level.OTHER, 3, seed)] if host == home else []
        yield await probe_host(
            host,
            addresses[host],
            fetcher,
            fetcher.resolver,
            vantage,
            inner=inner,
            pauses=pauses if host in {home, other} else (),
            seed=seed,
            home=host == home,
            whole=place < HOSTS,
        )


def hosts_read(urls: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the hosts of pages with the first page of each, those with the most pages first."""
    pages = Counter(map(host_of, urls))
    first = {host_of(url): url for url in reversed(urls)}
    return sorted(first.items(), key=lambda one: (-pages[one[0]], one[0]))


def _draw(pages: Iterable[tuple[str, Level]], level: Level, number: int, seed: str) -> list[tuple[str, int]]:
    drawn = nsmallest(
        INNER,
        (url for url, where in pages if where is level),
        key=lambda url: hashlib.sha256(f"{seed}|ipv6|{url}".encode()).digest(),
    )
    return [(url, number) for url in drawn]
