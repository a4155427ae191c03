"""Probes of a host and what this machine can see, on loopback with a DNS server of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.net.fetcher import Fetcher
from crawler.probe.probes import probe_host, random_paths
from crawler.probe.probing import hosts_read
from crawler.probe.vantage import ipv6_works, route, vantage
from portal.artifacts import Capability, DnsStatus, FetchOutcome, Vantage
from portal.model import Network
from storage.bundle import Bundle, Header
from tests.net.conftest import HOST, SITE, make_portal
from tests.net.servers import AwkwardServer, DnsServer, Records, dead_port, soa

YES = Capability(True)
SEES_ALL = Vantage(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), YES, YES, YES, YES, YES)
RECORDS: Records = {
    (HOST, "A"): ["127.0.0.1"],
    (HOST, "AAAA"): ["::1"],
    ("a.gov.cn", "SOA"): [soa("a.gov.cn")],
    ("a.gov.cn", "NS"): ["ns1.a.gov.cn."],
    ("ns1.a.gov.cn", "A"): ["192.0.2.53"],
}


async def test_a_host_is_probed_over_both_families(tmp_path: Path) -> None:
    start = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    header = Header("a-1", make_portal(), Network(), start.date(), start, "seed", "0")
    async with AwkwardServer() as four, AwkwardServer("::1") as six, DnsServer(dict(RECORDS)) as dns:
        network = Network((dns.nameserver,), {HOST: (four.endpoint, six.endpoint)}, sealed=True)
        with Bundle.create(tmp_path / "bundle", header) as bundle:
            async with Fetcher(network, make_portal(), bundle) as fetcher:
                record = await probe_host(
                    HOST,
                    f"{SITE}/ok",
                    fetcher,
                    fetcher.resolver,
                    SEES_ALL,
                    inner=((f"{SITE}/page", 2), (f"{SITE}/status/404", 3), ("http://four.gov.cn/", 3)),
                    seed="s",
                    home=True,
                )
            evidence = bundle.blob(record.evidence).decode()
    assert [a.via for a in record.ipv4] == ["get4"] * 3
    assert [(a.via, a.outcome, a.title) for a in record.ipv6] == [("get6", FetchOutcome.OK, "标题")] * 3
    assert record.ipv4[0].sketch == record.ipv6[0].sketch != 0
    assert [(p.level, p.attempt.outcome) for p in record.inner] == [
        (2, FetchOutcome.OK),
        (3, FetchOutcome.NOT_FOUND),
        (3, FetchOutcome.DNS),
    ]
    assert (record.zone, record.nameservers_status) == ("a.gov.cn", DnsStatus.ANSWER)
    assert [(s.name, s.a.status, s.aaaa.status) for s in record.nameservers] == [
        ("ns1.a.gov.cn", DnsStatus.ANSWER, DnsStatus.NO_ANSWER)
    ]
    assert record.random_page is not None
    assert record.random_file is not None
    assert record.random_page.outcome is record.random_file.outcome is FetchOutcome.NOT_FOUND
    assert f"{HOST} AAAA answer ::1" in evidence
    assert len(four.asked("/ok")) == len(six.asked("/ok")) == 3


async def test_without_a_way_out_nothing_is_tried_over_ipv6() -> None:
    async with AwkwardServer() as four, AwkwardServer("::1") as six, DnsServer(dict(RECORDS)) as dns:
        network = Network((dns.nameserver,), {HOST: (four.endpoint, six.endpoint)}, sealed=True)
        blind = replace(SEES_ALL, ipv6=Capability(False, "no route"))
        async with Fetcher(network, make_portal()) as fetcher:
            record = await probe_host(
                HOST, f"{SITE}/ok", fetcher, fetcher.resolver, blind, inner=((f"{SITE}/page", 2),)
            )
    assert record.aaaa.status is DnsStatus.ANSWER
    assert (record.ipv6, record.inner, six.log) == ((), (), [])
    assert len(record.ipv4) == 3


async def test_a_host_after_the_first_ones_is_asked_for_nonsense_alone() -> None:
    async with AwkwardServer() as four, AwkwardServer("::1") as six, DnsServer(dict(RECORDS)) as dns:
        network = Network((dns.nameserver,), {HOST: (four.endpoint, six.endpoint)}, sealed=True)
        async with Fetcher(network, make_portal()) as fetcher:
            record = await probe_host(HOST, f"{SITE}/ok", fetcher, fetcher.resolver, SEES_ALL, whole=False)
    assert (record.ipv4, record.ipv6, record.inner, record.certificate) == ((), (), (), None)
    assert record.aaaa.status is DnsStatus.ANSWER
    assert record.random_page is not None and record.random_page.outcome is FetchOutcome.NOT_FOUND
    assert four.asked("/ok") == six.asked("/ok") == []


def test_hosts_with_the_most_pages_are_probed_first() -> None:
    pages = ["http://a.gov.cn/1", "http://c.gov.cn/1", "http://b.gov.cn/1", "http://c.gov.cn/2"]
    assert hosts_read(pages) == [
        ("c.gov.cn", "http://c.gov.cn/1"),
        ("a.gov.cn", "http://a.gov.cn/1"),
        ("b.gov.cn", "http://b.gov.cn/1"),
    ]


async def test_a_host_that_does_not_answer_over_ipv6() -> None:
    async with AwkwardServer() as four, dead_port() as dead, DnsServer(dict(RECORDS)) as dns:
        network = Network((dns.nameserver,), {HOST: (four.endpoint, f"[::1]:{dead}")}, sealed=True)
        async with Fetcher(network, make_portal()) as fetcher:
            record = await probe_host(HOST, f"{SITE}/ok", fetcher, fetcher.resolver, SEES_ALL)
    assert [a.outcome for a in record.ipv6] == [FetchOutcome.REFUSED] * 3
    assert [a.outcome for a in record.ipv4] == [FetchOutcome.OK] * 3


async def test_a_tunnel_that_swallows_packets_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(network: Network) -> Capability:
        return Capability(False, "no public address answers")

    monkeypatch.setattr("crawler.probe.over_ipv6.ipv6_works", broken)
    async with AwkwardServer() as four, dead_port() as dead, DnsServer(dict(RECORDS)) as dns:
        network = Network((dns.nameserver,), {HOST: (four.endpoint, f"[::1]:{dead}")}, sealed=True)
        async with Fetcher(network, make_portal()) as fetcher:
            record = await probe_host(
                HOST, f"{SITE}/ok", fetcher, fetcher.resolver, SEES_ALL, inner=((f"{SITE}/page", 2),)
            )
    assert ({a.outcome for a in record.ipv6}, record.inner) == ({FetchOutcome.NO_ROUTE}, ())


async def test_the_control_of_ipv6() -> None:
    async with AwkwardServer("::1") as six, dead_port() as dead:
        assert (await ipv6_works(Network(), (("::1", dead), ("::1", six.port)))).ok
        assert not (await ipv6_works(Network(), (("::1", dead),))).ok
        assert (await ipv6_works(Network(sealed=True), (("::1", dead),))).ok


def test_random_paths_follow_from_the_seed() -> None:
    page, file = random_paths("http://www.a.gov.cn:8080/x/y.html", "s")
    assert (page, file) == random_paths("http://www.a.gov.cn:8080/", "s")
    assert page.startswith("http://www.a.gov.cn:8080/")
    assert (page.endswith(".html"), file.endswith(".pdf")) == (True, True)
    assert page != random_paths("http://www.a.gov.cn:8080/", "t")[0]
    assert page.rpartition("/")[2] != random_paths("http://www.b.gov.cn/", "s")[0].rpartition("/")[2]


async def test_the_vantage_is_taken_towards_the_portal() -> None:
    network = Network(hosts={HOST: ("127.0.0.1:80", "[::1]:80")}, sealed=True)
    seen = await vantage(network, make_portal(extra={"contact": "x@a.gov.cn"}))
    assert (seen.ipv4.ok, seen.ipv4.detail) == (True, "127.0.0.1")
    assert (seen.ipv6.ok, seen.ipv6.detail) == (True, "::1")
    assert seen.dns.ok
    assert not seen.browser.ok
    assert "x@a.gov.cn" in seen.user_agent


async def test_dns_that_cannot_be_told_is_a_gap_of_this_machine() -> None:
    async with DnsServer({}, failing={HOST, "gov.cn"}) as dns:
        seen = await vantage(Network((dns.nameserver,)), make_portal())
    assert not seen.dns.ok
    assert seen.dns.why
    async with DnsServer({}) as dns:
        missing = await vantage(Network((dns.nameserver,)), make_portal())
    assert missing.dns.ok, "a name that does not exist is an answer"


def test_routes_are_looked_up_without_a_packet() -> None:
    assert route("127.0.0.1") == Capability(True, detail="127.0.0.1")
    assert not route("255.255.255.255").ok
