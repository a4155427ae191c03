"""Probes of one host: DNS (A, AAAA, the zone's name servers), requests pinned to a family, paths that cannot exist.

Serves the IPv6 measurements (AAAA, reachability over several tries, same content, inner links, authority chain) and the
comparison a soft 404 needs. Nothing is tried over a family this machine has no way out for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.resolver import Resolver
from crawler.probe.over_ipv6 import OverIPv6, over_ipv6, own_addresses, pinned
from crawler.reading import described
from portal.artifacts import (
    Attempt,
    DnsAnswer,
    DnsStatus,
    HostRecord,
    NameServer,
    Vantage,
)
from portal.urls import registrable


async def probe_host(
    host: str,
    url: str,
    fetcher: Fetcher,
    resolver: Resolver,
    vantage: Vantage,
    *,
    inner: Sequence[tuple[str, int]] = (),
    times: int = 3,
    pauses: Sequence[float] = (),
    seed: str = "",
    home: bool = False,
    whole: bool = True,
) -> HostRecord:
    """Returns what DNS and pinned requests say about a host.

    `url` is the page asked `times` times over each family; `inner` are inner links with their level (2 or 3), each
    asked over IPv6. `pauses` are seconds before each further try at a page that failed over IPv6. Unless `whole`, only
    DNS and paths that cannot exist are asked for. Raises BundleError.
    """
    a = await resolver.query(host, "A")
    aaaa = await own_addresses(host, resolver)
    zone = await zone_of(host, resolver)
    status, servers = await name_servers(zone, resolver)
    ipv4: tuple[Attempt, ...] = ()
    six = OverIPv6()
    if whole and a.status is DnsStatus.ANSWER and vantage.ipv4.ok:
        ipv4 = await pinned(url, fetcher, 4, times)
    if whole and vantage.ipv6.ok:
        asked = times if aaaa.status is DnsStatus.ANSWER else 0
        six = await over_ipv6(url, fetcher, inner, times=asked, pauses=pauses)
    random_page, random_file = await ask_nonsense(url, fetcher, seed)
    evidence = ""
    if fetcher.bundle is not None:
        text = dns_text(host, a, aaaa, zone, servers)
        evidence = fetcher.bundle.put(
            text.encode(), "text/plain; charset=utf-8", f"dns:{host}", dt.datetime.now(dt.UTC)
        )
    return HostRecord(
        host=host,
        a=a,
        aaaa=aaaa,
        zone=zone,
        nameservers=servers,
        nameservers_status=status,
        ipv4=ipv4,
        ipv6=six.tries,
        inner=six.inner,
        random_page=random_page,
        random_file=random_file,
        home=home,
        evidence=evidence,
        certificate=await fetcher.certificate(secure_address(url)) if whole else None,
    )


def secure_address(url: str) -> str:
    """Returns the root of a page's host over https: on the port of an https address, else on the one browsers try."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"https://{parts.netloc}/" if parts.scheme == "https" else f"https://{host}/"


async def zone_of(host: str, resolver: Resolver) -> str:
    """Returns the zone a host lies in, not above its registrable name; "" where it could not be told."""
    top = registrable(host)
    name = host.rstrip(".").lower()
    while True:
        answer = await resolver.query(name, "SOA")
        if answer.status is DnsStatus.ANSWER:
            return name
        # Above a name that could not be asked, an answer would be another zone's.
        if answer.status is DnsStatus.UNKNOWN or name == top or "." not in name:
            return ""
        name = name.partition(".")[2]


async def name_servers(zone: str, resolver: Resolver) -> tuple[DnsStatus, tuple[NameServer, ...]]:
    """Returns the status of the NS question and every authoritative server with the addresses it has."""
    if not zone:
        return DnsStatus.UNKNOWN, ()
    answer = await resolver.query(zone, "NS")
    servers = [
        NameServer(name, await resolver.query(name, "A"), await own_addresses(name, resolver)) for name in answer.values
    ]
    return answer.status, tuple(servers)


async def ask_nonsense(url: str, fetcher: Fetcher, seed: str) -> tuple[Attempt, Attempt]:
    """Returns what the host of a URL answers to two addresses that cannot exist, as `random_paths` draws them.

    Raises BundleError.
    """
    requests = [FetchRequest(path, purpose="probe", keep_evidence=True) for path in random_paths(url, seed)]
    page, file = [described(await fetcher.fetch(request)) for request in requests]
    return page, file


def random_paths(url: str, seed: str) -> tuple[str, str]:
    """Returns two addresses on the URL's origin that cannot exist, one like a page and one like a file."""
    parts = urlsplit(url)
    digest = hashlib.sha256(f"{seed}|{parts.netloc}".encode()).hexdigest()
    origin = f"{parts.scheme}://{parts.netloc}"
    return f"{origin}/{digest[:8]}/{digest[8:20]}.html", f"{origin}/{digest[:8]}/{digest[20:32]}.pdf"


def dns_text(host: str, a: DnsAnswer, aaaa: DnsAnswer, zone: str, servers: Sequence[NameServer]) -> str:
    """Returns the DNS answers as text, one question a line: the evidence of a DNS finding."""
    lines = [_line(host, "A", a), _line(host, "AAAA", aaaa), f"{host} zone {zone or 'unknown'}"]
    for server in servers:
        lines += [
            f"{zone} NS {server.name}",
            _line(server.name, "A", server.a),
            _line(server.name, "AAAA", server.aaaa),
        ]
    return "\n".join(lines) + "\n"


def _line(name: str, kind: str, answer: DnsAnswer) -> str:
    return f"{name} {kind} {answer.status.value} {' '.join(answer.values) or answer.error}".rstrip()
