"""IPv6: what DNS says, what answers, what it says, and what a machine without IPv6 cannot know."""

from __future__ import annotations

from typing import Any

import pytest

from checks.base import CheckResult, Outcome
from portal.artifacts import Absence, DnsAnswer, DnsStatus, FetchOutcome, HostRecord, InnerLinkProbe, NameServer
from portal.model import Portal
from tests.unit.checks.make import (
    CONTENT,
    HOME,
    NO,
    found,
    gathered,
    host,
    kinds,
    link,
    only,
    result,
    tried,
    url,
    vantage,
)

UNKNOWN = DnsAnswer(DnsStatus.UNKNOWN)


def judged(*records: Any, **more: Any) -> CheckResult:
    return result("ipv6_support", gathered(*records, **more))


def six(outcome: FetchOutcome, count: int = 3, **more: Any) -> dict[str, Any]:
    return {"ipv6": tuple(tried(outcome, "get6", after=n, family=6, **more) for n in range(count))}


def test_a_host_that_does_all_passes() -> None:
    one = judged(host())
    assert one.outcome is Outcome.PASS
    assert one.metrics["home_success_share"] == 1
    assert one.metrics["same_content"] == 1


@pytest.mark.parametrize("status", [DnsStatus.NO_ANSWER, DnsStatus.NXDOMAIN])
def test_a_name_without_an_aaaa_record_is_a_finding(status: DnsStatus) -> None:
    one = judged(host(aaaa=DnsAnswer(status), ipv6=()))
    assert kinds(one) == [("no_aaaa", "www.qinhe.gov.cn")]
    assert only(one).message == "域名www.qinhe.gov.cn无AAAA记录，未支持IPv6。"


def test_dns_that_could_not_tell_is_not_measured() -> None:
    one = judged(host(aaaa=UNKNOWN, ipv6=(), nameservers_status=DnsStatus.UNKNOWN, nameservers=()))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.NO_DNS)


def test_without_a_route_only_dns_is_judged() -> None:
    blind = vantage(ipv6=NO)
    well = judged(host(**six(FetchOutcome.NO_ROUTE)), blind)
    assert (well.outcome, well.reason) == (Outcome.NOT_MEASURED, Absence.NO_IPV6)
    assert "no_aaaa www.qinhe.gov.cn" in well.coverage.passed
    assert kinds(judged(host(aaaa=found(), **six(FetchOutcome.NO_ROUTE)), blind)) == [("no_aaaa", "www.qinhe.gov.cn")]


@pytest.mark.parametrize("outcome", [FetchOutcome.REFUSED, FetchOutcome.TIMEOUT, FetchOutcome.SERVER_ERROR])
def test_unreachable_needs_several_tries_and_a_living_ipv4(outcome: FetchOutcome) -> None:
    assert kinds(judged(host(**six(outcome)))) == [("unreachable", "www.qinhe.gov.cn")]
    assert judged(host(**six(outcome))).outcome is Outcome.FAIL
    assert judged(host(**six(outcome, 1))).outcome is Outcome.SUSPECT
    dead: dict[str, Any] = {"ipv4": tuple(tried(outcome, "get4", after=n) for n in range(3))}
    assert judged(host(**six(outcome), **dead)).findings == ()


def test_blocked_over_ipv6_is_no_failure_and_one_answer_is_reachable() -> None:
    assert judged(host(**six(FetchOutcome.BLOCKED))).findings == ()
    mixed = (tried(FetchOutcome.TIMEOUT, "get6"), tried(via="get6", after=5, **CONTENT))
    one = judged(host(ipv6=mixed))
    assert one.findings == ()
    assert one.metrics["home_success_share"] == 0.5


def test_contents_that_differ_between_families_are_a_finding() -> None:
    other: dict[str, Any] = {"title": "Welcome to nginx!", "sketch": (1 << 30) - 1, "text_length": 200}
    one = judged(host(**six(FetchOutcome.OK, **other)))
    assert kinds(one) == [("content_differs", "www.qinhe.gov.cn")]


@pytest.mark.parametrize(
    "near",
    [
        {"title": "沁河县人民政府", "sketch": 0b1111011, "text_length": 2990},
        {"title": "沁河县人民政府（今日访问123）", "sketch": 0b1111, "text_length": 3010},
        {"title": "沁河县人民政府", "sketch": 0, "text_length": None},
    ],
)
def test_counters_clocks_and_unread_pages_are_no_difference(near: dict[str, Any]) -> None:
    assert judged(host(**six(FetchOutcome.OK, **near))).findings == ()


def probes(
    good: int, bad: int, level: int = 2, outcome: FetchOutcome = FetchOutcome.TIMEOUT
) -> tuple[InnerLinkProbe, ...]:
    return tuple(
        InnerLinkProbe(url(f"/{level}/{n}.html"), level, tried(FetchOutcome.OK if n < good else outcome, "get6"))
        for n in range(good + bad)
    )


def test_too_few_inner_links_over_ipv6_are_a_finding() -> None:
    assert judged(host(inner=probes(9, 1))).outcome is Outcome.PASS
    one = judged(host(inner=probes(8, 2) + probes(10, 0, 3)))
    assert only(one).kind == "inner_links_low"
    assert (one.metrics["level2_share"], one.metrics["level3_share"]) == (0.8, 1)
    assert judged(host(inner=probes(0, 2))).findings == (), "two links are no share"
    assert judged(host(inner=probes(8, 5, outcome=FetchOutcome.BLOCKED))).findings == ()


def test_inner_links_dead_over_ipv4_too_do_not_count() -> None:
    dead = [link(url(f"/2/{n}.html"), tried(FetchOutcome.NOT_FOUND)) for n in (8, 9)]
    assert judged(host(inner=probes(8, 2)), *dead).findings == ()


def test_a_zone_without_an_ipv6_name_server_is_a_finding() -> None:
    four_only = (
        NameServer("ns1.x.cn", found("192.0.2.1"), found()),
        NameServer("ns2.x.cn", found("192.0.2.2"), found()),
    )
    one = judged(host(nameservers=four_only))
    assert kinds(one) == [("nameserver_ipv4_only", "www.qinhe.gov.cn")]
    half = (*four_only, NameServer("ns3.x.cn", found(), found("2001:db8::1")))
    assert judged(host(nameservers=half)).findings == ()
    unsure = (four_only[0], NameServer("ns2.x.cn", found("192.0.2.2"), UNKNOWN))
    assert judged(host(nameservers=unsure)).findings == ()


def test_a_zone_is_judged_once_and_other_peoples_hosts_never() -> None:
    four_only = (NameServer("ns1.x.cn", found("192.0.2.1"), found()),)
    portal = Portal(id="q", name="沁河县人民政府", home=HOME, hosts=("so.qinhe.gov.cn",))
    hosts: list[HostRecord] = [
        host(nameservers=four_only),
        host("so.qinhe.gov.cn", home=False, nameservers=four_only, aaaa=found()),
        host("www.other.cn", home=False, aaaa=found()),
        host("qinhe.gov.cn", home=False, aaaa=found()),
    ]
    one = judged(*hosts, portal=portal)
    assert kinds(one) == [("no_aaaa", "so.qinhe.gov.cn"), ("nameserver_ipv4_only", "www.qinhe.gov.cn")]


def test_home_that_could_not_be_told_is_not_measured() -> None:
    silent = judged(host(aaaa=UNKNOWN, ipv6=()))
    assert (silent.outcome, silent.reason) == (Outcome.NOT_MEASURED, Absence.NO_DNS)
    closed = judged(host(**six(FetchOutcome.PRIVATE)))
    assert (closed.outcome, closed.reason) == (Outcome.NOT_MEASURED, Absence.PRIVATE)
    assert "内网地址" in closed.rows[0]["result"]
    fended = judged(host(**six(FetchOutcome.BLOCKED)))
    assert (fended.outcome, fended.reason) == (Outcome.NOT_MEASURED, Absence.BLOCKED)


def test_the_name_the_home_page_is_shown_under_is_the_portals() -> None:
    bare = "qinhe.gov.cn"
    portal = Portal(id="q", name="沁河县人民政府", home=f"http://{bare}/")
    to_www = (tried(via="get4", final=HOME, **CONTENT),)
    entrance = host(bare, aaaa=found(), ipv6=(), ipv4=to_www, inner=probes(5, 5))
    www = host(home=False)
    one = judged(entrance, www, portal=portal)
    assert kinds(one) == [("inner_links_low", "www.qinhe.gov.cn")]
    assert one.metrics["home_aaaa"] == 1
    assert f"no_aaaa {bare}" in one.coverage.passed, "what older rules held against the entrance is withdrawn"
    blind = judged(entrance, www, vantage(ipv6=NO), portal=portal)
    assert f"no_aaaa {bare}" in blind.coverage.passed
    assert not any(key.startswith("unreachable") for key in blind.coverage.passed)
    without = judged(entrance, host(home=False, aaaa=found(), ipv6=()), portal=portal)
    assert kinds(without) == [("no_aaaa", "www.qinhe.gov.cn")]
    stays = host(bare, aaaa=found(), ipv6=(), ipv4=(tried(via="get4", final=f"http://{bare}/", **CONTENT),))
    assert kinds(judged(stays, www, portal=portal)) == [("no_aaaa", bare)]


def test_an_answer_without_a_byte() -> None:
    blank: dict[str, Any] = {"title": "", "sketch": 0, "text_length": None}
    assert kinds(judged(host(**six(FetchOutcome.OK, length=0, **blank)))) == [("content_differs", "www.qinhe.gov.cn")]
    assert judged(host(**six(FetchOutcome.OK, length=900, **blank))).findings == (), "drawn by a script, maybe"
