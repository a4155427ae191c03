"""Names to addresses, with a DNS server on loopback."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crawler.net.resolver import Endpoint, ResolveError, Resolver
from crawler.probe.probes import name_servers, zone_of
from portal.artifacts import DnsStatus
from portal.model import Network
from tests.net.servers import DnsServer, Records, soa

ZONE = "a.gov.cn"
RECORDS: Records = {
    ("www.a.gov.cn", "A"): ["192.0.2.1", "192.0.2.2"],
    ("www.a.gov.cn", "AAAA"): ["2001:db8::1"],
    ("six.a.gov.cn", "AAAA"): ["2001:db8::6"],
    ("cdn.a.gov.cn", "CNAME"): ["edge.cdn.net"],
    ("edge.cdn.net", "A"): ["192.0.2.9"],
    ("edge.cdn.net", "SOA"): [soa("edge.cdn.net")],
    ("text.a.gov.cn", "TXT"): ['"x"'],
    (ZONE, "SOA"): [soa(ZONE)],
    (ZONE, "NS"): ["ns1.a.gov.cn.", "ns2.other.net."],
    ("ns1.a.gov.cn", "A"): ["192.0.2.53"],
    ("ns1.a.gov.cn", "AAAA"): ["2001:db8::53"],
    ("ns2.other.net", "A"): ["192.0.2.54"],
    ("big.a.gov.cn", "A"): ["192.0.2.3"],
    ("gov.cn", "SOA"): [soa("gov.cn")],
}


def server(**changes: Any) -> DnsServer:
    return DnsServer(dict(RECORDS), **changes)


def resolver_for(dns: DnsServer, **hosts: tuple[str, ...]) -> Resolver:
    table = {name.replace("_", "."): given for name, given in hosts.items()}
    return Resolver(Network(nameservers=(dns.nameserver,), hosts=table), timeout=0.5)


async def test_addresses_come_in_order_of_family() -> None:
    async with server() as dns:
        resolver = resolver_for(dns)
        assert await resolver.resolve("www.a.gov.cn") == (Endpoint("192.0.2.1", 4), Endpoint("192.0.2.2", 4))
        assert await resolver.resolve("WWW.a.gov.cn.", 6) == (Endpoint("2001:db8::1", 6),)
        assert await resolver.resolve("six.a.gov.cn") == (Endpoint("2001:db8::6", 6),)
        assert await resolver.resolve("cdn.a.gov.cn") == (Endpoint("192.0.2.9", 4),)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("missing.a.gov.cn", DnsStatus.NXDOMAIN),
        ("text.a.gov.cn", DnsStatus.NO_ANSWER),
        ("fails.a.gov.cn", DnsStatus.UNKNOWN),
        ("silent.a.gov.cn", DnsStatus.UNKNOWN),
        ("a" * 64 + ".gov.cn", DnsStatus.NXDOMAIN),
    ],
)
async def test_why_a_name_has_no_address(name: str, status: DnsStatus) -> None:
    async with server(failing={"fails.a.gov.cn"}, silent={"silent.a.gov.cn"}) as dns:
        with pytest.raises(ResolveError) as caught:
            await resolver_for(dns).resolve(name)
    assert caught.value.status is status
    assert caught.value.text


async def test_hosts_win_over_dns_for_connecting_and_not_for_questions() -> None:
    async with server() as dns:
        resolver = resolver_for(dns, www_a_gov_cn=("127.0.0.1:8811", "[::1]:8812"))
        assert await resolver.resolve("www.a.gov.cn") == (
            Endpoint("127.0.0.1", 4, 8811, given=True),
            Endpoint("::1", 6, 8812, given=True),
        )
        assert (await resolver.query("www.a.gov.cn", "A")).values == ("192.0.2.1", "192.0.2.2")


async def test_without_name_servers_hosts_answer_questions_too() -> None:
    resolver = Resolver(Network(hosts={"www.a.gov.cn": ("127.0.0.1:80",)}, sealed=True))
    assert (await resolver.query("www.a.gov.cn", "A")).values == ("127.0.0.1",)
    assert (await resolver.query("www.a.gov.cn", "AAAA")).status is DnsStatus.UNKNOWN
    assert (await resolver.query("www.b.gov.cn", "A")).status is DnsStatus.UNKNOWN
    assert resolver.questions == 0


async def test_a_truncated_answer_is_asked_again_over_tcp() -> None:
    async with server(truncated={"big.a.gov.cn"}) as dns:
        assert (await resolver_for(dns).query("big.a.gov.cn", "A")).values == ("192.0.2.3",)
        assert [via for name, _, via in dns.log if name == "big.a.gov.cn"] == ["udp", "tcp"]


async def test_every_question_is_asked_once() -> None:
    async with server() as dns:
        resolver = resolver_for(dns)
        await asyncio.gather(*(resolver.resolve("www.a.gov.cn") for _ in range(10)))
        await resolver.resolve("www.a.gov.cn")
        with pytest.raises(ResolveError):
            await resolver.resolve("missing.a.gov.cn")
        with pytest.raises(ResolveError):
            await resolver.resolve("missing.a.gov.cn")
        assert len(dns.log) == 2


async def test_literal_addresses_need_no_dns() -> None:
    resolver = Resolver(Network(sealed=True))
    assert await resolver.resolve("192.0.2.1") == (Endpoint("192.0.2.1", 4),)
    assert await resolver.resolve("2001:db8::1") == (Endpoint("2001:db8::1", 6),)
    with pytest.raises(ResolveError):
        await resolver.resolve("192.0.2.1", 6)


async def test_zones_and_their_name_servers() -> None:
    async with server() as dns:
        resolver = resolver_for(dns)
        assert await zone_of("www.a.gov.cn", resolver) == ZONE
        assert await zone_of("cdn.a.gov.cn", resolver) == ZONE, "an alias does not make its target's zone ours"
        status, servers = await name_servers(ZONE, resolver)
    assert status is DnsStatus.ANSWER
    found = {s.name: (s.a.status, s.aaaa.status) for s in servers}
    assert found == {
        "ns1.a.gov.cn": (DnsStatus.ANSWER, DnsStatus.ANSWER),
        "ns2.other.net": (DnsStatus.ANSWER, DnsStatus.NO_ANSWER),
    }


async def test_a_zone_that_cannot_be_told_is_not_its_parents() -> None:
    async with server(failing={ZONE}) as dns:
        assert await zone_of("www.a.gov.cn", resolver_for(dns)) == ""
    async with DnsServer({("www.b.gov.cn", "A"): ["192.0.2.1"], ("gov.cn", "SOA"): [soa("gov.cn")]}) as dns:
        assert await zone_of("www.b.gov.cn", resolver_for(dns)) == "", "never above the registered name"
