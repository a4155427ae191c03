"""What is asked again over IPv6 before it counts, what silence proves, and whose addresses DNS speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from aiohttp import web

from crawler.net.fetcher import Fetcher
from crawler.net.resolver import Resolver
from crawler.probe.over_ipv6 import DUAL, OverIPv6, over_ipv6, own_addresses
from crawler.probe.probes import name_servers
from portal.artifacts import DnsStatus, FetchOutcome
from portal.model import Network
from tests.loopback import listening
from tests.net.conftest import HOST, SITE, make_portal
from tests.net.servers import AwkwardServer, DnsServer, Records, dead_port

INNER = tuple((f"{SITE}/inner/{number}", 2) for number in range(4))
Say = Callable[[str, int, int], int]  # path, how often it was asked for, requests so far -> status; 0: hang up


async def looked(say: Say, *, times: int = 3, pauses: tuple[float, ...] = ()) -> OverIPv6:
    """Returns what a server came to that says so."""
    asked: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked[request.path] += 1
        if not (status := say(request.path, asked[request.path], asked.total())):
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=status or 500, text="<title>甲县</title>要闻", content_type="text/html")

    async with listening(answer, "::1") as port:
        network = Network(hosts={HOST: (f"[::1]:{port}",)}, sealed=True)
        async with Fetcher(network, make_portal(robots="authorised", authorisation="文")) as fetcher:
            return await over_ipv6(f"{SITE}/", fetcher, INNER, times=times, pauses=pauses)


def outcomes(seen: OverIPv6) -> set[FetchOutcome]:
    return {probe.attempt.outcome for probe in seen.inner}


async def test_an_inner_link_that_failed_is_asked_once_more() -> None:
    assert outcomes(await looked(lambda path, nth, _: 502 if "inner" in path and nth == 1 else 200)) == {
        FetchOutcome.OK
    }
    assert outcomes(await looked(lambda path, *_: 404 if "inner" in path else 200)) == {FetchOutcome.NOT_FOUND}


async def test_a_page_that_failed_is_asked_again_after_a_pause_until_it_answers() -> None:
    back = await looked(lambda path, nth, _: 404 if path == "/" and nth <= 2 else 200, times=2, pauses=(0.0, 0.0))
    assert [one.outcome for one in back.tries] == [FetchOutcome.NOT_FOUND] * 2 + [FetchOutcome.OK]
    down = await looked(lambda path, *_: 404 if path == "/" else 200, times=2, pauses=(0.0, 0.0))
    assert [one.outcome for one in down.tries] == [FetchOutcome.NOT_FOUND] * 4


async def test_links_are_not_blamed_for_a_silence_the_page_shares() -> None:
    shut = await looked(lambda _path, _nth, total: 0 if total > 4 else 200)
    assert outcomes(shut) == {FetchOutcome.OK, FetchOutcome.NO_ROUTE}
    assert shut.tries[0].outcome is FetchOutcome.OK
    alone = await looked(lambda path, *_: 0 if path.endswith("/inner/1") else 200)
    assert outcomes(alone) == {FetchOutcome.OK, FetchOutcome.RESET}, "the page answers, so the link is to blame"


async def test_addresses_that_refuse_are_passed_over_as_browsers_do() -> None:
    async with AwkwardServer("::1") as six, dead_port() as dead:
        network = Network(hosts={HOST: (*[f"[::1]:{dead}"] * 4, six.endpoint)}, sealed=True)
        async with Fetcher(network, make_portal()) as fetcher:
            seen = await over_ipv6(f"{SITE}/ok", fetcher, (), times=1)
    assert [one.outcome for one in seen.tries] == [FetchOutcome.OK]


@pytest.mark.parametrize("form", ["64:ff9b::ca6c:101", "::ffff:202.108.1.1"])
async def test_an_ipv4_address_in_ipv6_form_is_no_ipv6_address(form: str) -> None:
    records: Records = {(HOST, "A"): ["202.108.1.1"], (HOST, "AAAA"): [form]}
    async with DnsServer(records) as dns:
        resolver = Resolver(Network((dns.nameserver,)))
        assert (await own_addresses(HOST, resolver)).status is DnsStatus.NO_ANSWER
        records[(HOST, "AAAA")] = [form, "2400:3200::1"]
        both = await own_addresses(HOST, Resolver(Network((dns.nameserver,))))
    assert both.values == ("2400:3200::1",)


@pytest.mark.parametrize(
    ("known", "with_ipv6", "status"),
    [
        (3, 0, DnsStatus.UNKNOWN),  # left out for everybody
        (3, 1, DnsStatus.NO_ANSWER),
        (1, 0, DnsStatus.NO_ANSWER),  # one name proves nothing
        (0, 0, DnsStatus.NO_ANSWER),  # a network of its own, without these names
    ],
)
async def test_a_resolver_that_leaves_ipv6_addresses_out_accuses_nobody(
    known: int, with_ipv6: int, status: DnsStatus
) -> None:
    records: Records = {(HOST, "A"): ["202.108.1.1"]}
    records |= {(name, "A"): ["202.108.1.2"] for name in DUAL[:known]}
    records |= {(name, "AAAA"): ["2400:3200::2"] for name in DUAL[:with_ipv6]}
    records[("a.gov.cn", "NS")] = [f"{HOST}."]
    async with DnsServer(records) as dns:
        resolver = Resolver(Network((dns.nameserver,)))
        assert (await own_addresses(HOST, resolver)).status is status
        _, (server,) = await name_servers("a.gov.cn", resolver)
    assert server.aaaa.status is status
