"""One probe against real servers on loopback: what opens, what does not, and what is no fault of the portal's."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from crawler.net.message import PAGE_BYTES
from crawler.net.shared import SharedPace
from crawler.probe import reach as module
from crawler.probe.reach import Reached, reach, resolver_answers
from portal.artifacts import Capability, FetchOutcome
from portal.model import Network
from tests.loopback import listening
from tests.net.conftest import HOST, SITE, make_network, make_portal
from tests.net.servers import AwkwardServer, DnsServer, dead_port, silent_port, soa

CHALLENGE = (
    b"<html><head><meta charset=utf-8></head><body><script>var _0x=1;document.cookie='acw_sc__v2=1';"
    b"location.reload()</script></body></html>"
)


async def at(endpoint: str, path: str = "/", **more: Any) -> Reached:
    portal = more.pop("portal", make_portal(home=f"{SITE}{path}", window="02:00-02:01"))
    reached = await reach(portal, make_network({HOST: endpoint}), **more)
    assert reached is not None
    return reached


async def test_a_home_page_is_asked_for_once_and_robots_not_at_all() -> None:
    async with AwkwardServer(robots=(200, "User-agent: *\nDisallow: /")) as server:
        seen = await at(server.endpoint, "/ok")
        assert (seen.outcome, seen.status, seen.address) == (FetchOutcome.OK, 200, "127.0.0.1")
        assert seen.at.tzinfo is not None
        assert 0 < seen.seconds < 15
        assert [asked.path for asked in server.log] == ["/ok"]


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/hops/3", FetchOutcome.OK),
        ("/status/404", FetchOutcome.NOT_FOUND),
        ("/status/502", FetchOutcome.SERVER_ERROR),
        ("/status/403", FetchOutcome.BLOCKED),
        ("/loop", FetchOutcome.REDIRECT_LOOP),
        ("/reset", FetchOutcome.RESET),
    ],
)
async def test_what_an_answer_comes_to(path: str, outcome: FetchOutcome) -> None:
    async with AwkwardServer() as server:
        assert (await at(server.endpoint, path, limit=0.9)).outcome is outcome


async def test_a_large_page_is_not_taken_whole() -> None:
    async with AwkwardServer() as server:
        assert (await at(server.endpoint, "/endless")).outcome is FetchOutcome.OK
        assert server.sent < PAGE_BYTES  # what buffers on the way swallow, not what an audit would take


async def test_a_challenge_is_neither_good_nor_bad() -> None:
    async with AwkwardServer(files={"/wall.html": CHALLENGE}) as server:
        seen = await at(server.endpoint, "/wall.html")
    assert (seen.outcome, seen.outcome.failed) == (FetchOutcome.BLOCKED, False)


async def test_a_port_nobody_listens_on_is_refused() -> None:
    async with dead_port() as port:
        seen = await at(f"127.0.0.1:{port}", limit=0.9)
    assert (seen.outcome, seen.status) == (FetchOutcome.REFUSED, 0)


async def test_a_server_that_restarts_opens_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs up twice before it says anything; what has said anything is not asked again."""
    monkeypatch.setattr(module, "_AGAIN", 0.01)
    for hangs_up, says, seen_as, asked in ((2, 200, FetchOutcome.OK, 3), (0, 503, FetchOutcome.SERVER_ERROR, 1)):
        visits = 0

        async def answer(request: web.Request, hangs_up: int = hangs_up, says: int = says) -> web.StreamResponse:
            nonlocal visits
            visits += 1
            if visits <= hangs_up:
                assert request.transport is not None
                request.transport.abort()
            return web.Response(status=says, text="<title>甲县</title>要闻", content_type="text/html")

        async with listening(answer) as port:
            seen = await at(f"127.0.0.1:{port}")
        assert (seen.outcome, visits) == (seen_as, asked)


async def test_an_answer_that_comes_late_was_not_there() -> None:
    async with silent_port() as silent:
        seen = await at(f"127.0.0.1:{silent.port}", limit=0.4)
    assert seen.outcome is FetchOutcome.TIMEOUT
    assert seen.seconds >= 0.3
    assert "0.4 s" in seen.error


async def test_the_limit_is_that_of_all_redirects_together() -> None:
    """The first address answers at once and leads to one that says nothing."""
    async with AwkwardServer() as server, silent_port() as silent:
        portal = make_portal(home=f"{SITE}/to/http%3A%2F%2Fsilent.a.gov.cn%2F")
        network = make_network({HOST: server.endpoint, "silent.a.gov.cn": f"127.0.0.1:{silent.port}"})
        seen = await reach(portal, network, limit=0.5)
    assert seen is not None
    assert seen.outcome is FetchOutcome.TIMEOUT


async def test_waiting_for_the_turn_is_not_held_against_the_portal(tmp_path: Path) -> None:
    """Another audit of the platform has the turn for longer than the limit."""
    pace = tmp_path / "pace"
    other = SharedPace.open(pace)
    assert other is not None
    async with AwkwardServer() as server:
        portal = make_portal(home=f"{SITE}/ok", group="platform")
        group = other.group("platform")
        assert group.take_turn()
        asyncio.get_running_loop().call_later(0.6, group.end_turn)
        seen = await at(server.endpoint, portal=portal, limit=0.3, pace=pace)
    other.close()
    assert seen.outcome is FetchOutcome.OK
    assert seen.seconds < 0.3


async def test_a_turn_that_never_comes_accuses_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN", 0.2)
    other = SharedPace.open(tmp_path / "pace")
    assert other is not None
    assert other.group("platform").take_turn()
    async with AwkwardServer() as server:
        portal = make_portal(home=f"{SITE}/ok", group="platform")
        seen = await at(server.endpoint, portal=portal, pace=tmp_path / "pace")
        assert server.log == []
    other.close()
    assert (seen.outcome, seen.error) == (FetchOutcome.ABORTED, "its turn did not come")


async def test_a_machine_that_stood_still_accuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Jumping(dt.datetime):
        calls = 0

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            cls.calls += 1
            return dt.datetime(2026, 11, 20, tzinfo=tz) + dt.timedelta(seconds=600 * (cls.calls > 2))

    async with silent_port() as silent:
        network = make_network({HOST: f"127.0.0.1:{silent.port}"})
        monkeypatch.setattr("crawler.probe.reach.dt", SimpleNamespace(datetime=Jumping, UTC=dt.UTC))
        seen = await reach(make_portal(home=f"{SITE}/"), network, limit=0.2)
    assert seen is not None
    assert (seen.outcome, seen.error) == (FetchOutcome.ABORTED, "this machine stood still meanwhile")


async def test_both_families_are_asked_apart() -> None:
    async with AwkwardServer(address="::1") as six, AwkwardServer() as four:
        network = Network(hosts={HOST: (four.endpoint, six.endpoint)}, sealed=True)
        portal = make_portal(home=f"{SITE}/ok")
        any_, pinned = await reach(portal, network), await reach(portal, network, family=6)
        assert (len(four.log), len(six.log)) == (1, 1)
    assert any_ is not None and pinned is not None
    assert (any_.family, any_.address) == (0, "127.0.0.1")
    assert (pinned.family, pinned.address, pinned.outcome) == (6, "::1", FetchOutcome.OK)


async def test_a_host_without_ipv6_is_not_asked_over_it() -> None:
    async with AwkwardServer() as four:
        network = make_network({HOST: four.endpoint})
        assert await reach(make_portal(home=f"{SITE}/ok"), network, family=6) is None
        assert four.log == []


async def test_without_a_way_over_ipv6_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "route", lambda address: Capability(False, "no IPv6 route"))
    network = Network(hosts={HOST: ("[::1]:9",)}, sealed=True)
    seen = await reach(make_portal(home=f"{SITE}/ok"), network, family=6)
    assert seen is not None
    assert (seen.outcome, seen.outcome.asked) == (FetchOutcome.NO_ROUTE, False)


@pytest.mark.parametrize(
    ("trouble", "outcome"), [("gone", FetchOutcome.DNS), ("failing", FetchOutcome.DNS_UNKNOWN)], ids=["gone", "failing"]
)
async def test_names_that_do_not_resolve(trouble: str, outcome: FetchOutcome) -> None:
    async with DnsServer(
        {("gov.cn", "SOA"): [soa("gov.cn")]}, failing={HOST} if trouble == "failing" else set()
    ) as dns:
        network = Network(nameservers=(dns.nameserver,))
        seen = await reach(make_portal(), network)
    assert seen is not None
    assert seen.outcome is outcome


async def test_an_address_inside_is_never_connected_to() -> None:
    async with AwkwardServer() as server, DnsServer({(HOST, "A"): ["127.0.0.1"]}) as dns:
        portal = make_portal(home=f"http://{HOST}:{server.port}/")
        seen = await reach(portal, Network(nameservers=(dns.nameserver,)))
        assert server.log == []
    assert seen is not None
    assert (seen.outcome, seen.outcome.failed) == (FetchOutcome.PRIVATE, False)


async def test_whether_name_servers_answer_at_all() -> None:
    async with DnsServer({("gov.cn", "SOA"): [soa("gov.cn")]}, silent={"a.gov.cn"}) as dns:
        assert await resolver_answers(Network(nameservers=(dns.nameserver,)), [HOST], patience=0.3) is True
        dns.silent.add("gov.cn")
        assert await resolver_answers(Network(nameservers=(dns.nameserver,)), [HOST], patience=0.3) is False
    assert await resolver_answers(Network(sealed=True), [HOST]) is None
