"""The fetcher against servers that misbehave, on loopback."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from crawler.crawl.verify import verify
from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest, resolve_location, retry_after
from crawler.net.outcomes import Failure
from crawler.net.politeness import Politeness
from crawler.net.resolver import Endpoint
from crawler.net.transfer import MAX_HEADER_BYTES, Exchange
from portal.artifacts import FetchOutcome, Hop
from storage.bundle import Bundle, Header
from tests.net.conftest import HOST, SITE, Reach, make_network, make_portal
from tests.net.servers import AwkwardServer, FakeClock, dead_port, silent_port


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/ok", FetchOutcome.OK, 200),
        ("/status/204", FetchOutcome.OK, 204),
        ("/status/404", FetchOutcome.NOT_FOUND, 404),
        ("/status/410", FetchOutcome.NOT_FOUND, 410),
        ("/status/400", FetchOutcome.CLIENT_ERROR, 400),
        ("/status/500", FetchOutcome.SERVER_ERROR, 500),
        ("/status/502", FetchOutcome.SERVER_ERROR, 502),
        ("/status/401", FetchOutcome.BLOCKED, 401),
        ("/status/403", FetchOutcome.BLOCKED, 403),
        ("/status/405", FetchOutcome.BLOCKED, 405),
        ("/status/412", FetchOutcome.BLOCKED, 412),
        ("/status/451", FetchOutcome.BLOCKED, 451),
        ("/status/521", FetchOutcome.BLOCKED, 521),
        ("/status/202", FetchOutcome.BLOCKED, 202),
        ("/hops/3", FetchOutcome.OK, 200),
        ("/hops/19", FetchOutcome.OK, 200),
        ("/hops/21", FetchOutcome.REDIRECT_LOOP, 302),
        ("/loop", FetchOutcome.REDIRECT_LOOP, 302),
        ("/ping", FetchOutcome.REDIRECT_LOOP, 302),
        ("/cookie-wall", FetchOutcome.OK, 200),
        ("/drop", FetchOutcome.RESET, 0),
        ("/reset", FetchOutcome.RESET, 0),
        ("/garbage", FetchOutcome.RESET, 0),
        ("/endless-headers", FetchOutcome.RESET, 0),
        ("/bad-encoding", FetchOutcome.OK, 200),
        ("/partial", FetchOutcome.RESET, 200),
    ],
)
async def test_every_answer_has_its_outcome(reach: Reach, path: str, outcome: FetchOutcome, status: int) -> None:
    async with reach() as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(SITE + path))).attempt
    assert (attempt.outcome, attempt.status) == (outcome, status)


async def test_redirects_are_recorded_hop_by_hop(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        fetched = await fetcher.fetch(FetchRequest(f"{SITE}/hops/2"))
        unfollowed = await fetcher.fetch(FetchRequest(f"{SITE}/hops/2", follow=False))
    assert fetched.attempt.hops == (
        Hop(f"{SITE}/hops/2", 302, f"{SITE}/hops/1"),
        Hop(f"{SITE}/hops/1", 302, f"{SITE}/hops/0"),
    )
    assert fetched.attempt.final_url == f"{SITE}/hops/0"
    assert (unfollowed.attempt.status, unfollowed.attempt.hops) == (302, ())
    assert [a.path for a in server.asked()] == ["/hops/2", "/hops/1", "/hops/0", "/hops/2"]


async def test_no_server_learns_the_route_of_a_page(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        fetched = [
            await fetcher.fetch(FetchRequest(SITE + path)) for path in ("/ok#/col/1", "/hops/1#/col/1", "/ok#top")
        ]
    assert [one.attempt.final_url for one in fetched] == [f"{SITE}/ok#/col/1", f"{SITE}/hops/0#/col/1", f"{SITE}/ok"]
    assert [a.path for a in server.asked()] == ["/ok", "/hops/1", "/hops/0", "/ok"]


async def test_pages_of_an_application_share_the_frame_they_are_answered_with(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        first, *others = [await fetcher.fetch(FetchRequest(f"{SITE}/ok#/col/{n}")) for n in range(60)]
        again = await fetcher.fetch(FetchRequest(f"{SITE}/ok#/col/1", purpose="recheck"))
        plain = await fetcher.fetch(FetchRequest(f"{SITE}/ok"))
        lost = [await fetcher.fetch(FetchRequest(f"{SITE}/status/404#/col/{n}")) for n in range(2)]
    assert [one.attempt.final_url for one in others] == [f"{SITE}/ok#/col/{n}" for n in range(1, 60)]
    assert {one.body for one in (*others, again, plain)} == {first.body}
    assert {one.attempt.at for one in others} == {first.attempt.at}
    assert [one.attempt.status for one in lost] == [404, 404]
    assert [a.path for a in server.asked()] == ["/ok", "/ok", "/ok", "/status/404", "/status/404"]


async def test_a_redirect_into_the_own_network_is_not_followed(reach: Reach) -> None:
    async with AwkwardServer() as inside, reach() as (_, fetcher):
        target = f"http://127.0.0.1:{inside.port}/ok"
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/to/{target}"))).attempt
        assert attempt.outcome is FetchOutcome.PRIVATE
        assert [hop.location for hop in attempt.hops] == [target]
        assert inside.log == []


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://127.0.0.1/", FetchOutcome.PRIVATE),
        ("http://2130706433/", FetchOutcome.PRIVATE),
        ("http://0x7f.1/", FetchOutcome.PRIVATE),
        ("http://[::ffff:10.0.0.1]/", FetchOutcome.PRIVATE),
        ("http://localhost/", FetchOutcome.PRIVATE),
        ("http://169.254.169.254/latest/meta-data/", FetchOutcome.PRIVATE),
        ("ftp://www.a.gov.cn/", FetchOutcome.SCHEME),
        ("htttp://www.a.gov.cn/", FetchOutcome.SCHEME),
        ("http://", FetchOutcome.BAD_URL),
        ("http://a b/", FetchOutcome.BAD_URL),
        ("http://www.a.gov.cn:25/", FetchOutcome.BAD_URL),
        ("http://www.unknown.gov.cn/", FetchOutcome.DNS_UNKNOWN),
    ],
)
async def test_what_is_never_asked(reach: Reach, url: str, outcome: FetchOutcome) -> None:
    async with reach() as (server, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(url))).attempt
    assert attempt.outcome is outcome
    assert attempt.error
    assert not attempt.status
    assert server.log == []


async def test_a_redirect_to_an_app_is_no_answer(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/to/weixin%3A%2F%2Fdl%2Fchat"))).attempt
    assert attempt.outcome is FetchOutcome.SCHEME


async def test_gbk_bytes_in_location_are_sent_back_as_they_came(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        await fetcher.fetch(FetchRequest(f"{SITE}/gbk-location"))
    assert server.asked()[-1].path == "/%D6%D0%CE%C4.html"


def test_locations_resolve_as_in_a_browser() -> None:
    base = "http://www.a.gov.cn/x/y.html"
    assert resolve_location(base, "../z.html#top") == "http://www.a.gov.cn/z.html"
    assert resolve_location(base, "//b.gov.cn\\c") == "http://b.gov.cn/c"
    assert resolve_location(base, "http://") == ""
    assert resolve_location(base, "/#/home") == "http://www.a.gov.cn/#/home"
    assert resolve_location(f"{base}#/home", "/app/") == "http://www.a.gov.cn/app/#/home"
    assert resolve_location(f"{base}#/home", "/#/index") == "http://www.a.gov.cn/#/index"
    assert resolve_location(base, "/中".encode().decode("latin-1")) == "http://www.a.gov.cn/%E4%B8%AD"


def test_retry_after_in_both_forms() -> None:
    now = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
    assert retry_after([("retry-after", "7")], now) == 7.0
    assert retry_after([("Retry-After", "Fri, 20 Nov 2026 12:01:00 GMT")], now) == 60.0
    assert retry_after([("Retry-After", "Fri, 20 Nov 2026 11:00:00 GMT")], now) == 0.0
    assert retry_after([("Retry-After", "soon")], now) is None
    assert retry_after([], now) is None


async def test_endless_bodies_are_cut(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        fetched = await fetcher.fetch(FetchRequest(f"{SITE}/endless", max_bytes=100_000))
    assert fetched.truncated
    assert len(fetched.body) == 100_000
    assert fetched.attempt.outcome is FetchOutcome.OK
    assert fetched.attempt.length is None
    assert server.sent < 16 * 1024 * 1024


async def test_a_gzip_bomb_is_cut_after_decompression(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        fetched = await fetcher.fetch(FetchRequest(f"{SITE}/bomb", max_bytes=1_000_000))
        assert fetched.truncated
        assert len(fetched.body) == 1_000_000
        assert fetcher.bytes < 200_000


async def test_endless_headers_name_themselves(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/endless-headers"))).attempt
    assert str(MAX_HEADER_BYTES) in attempt.error


async def test_a_slow_drip_times_out(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/drip", timeout=0.3))).attempt
    assert attempt.outcome is FetchOutcome.TIMEOUT


async def test_connections_refused_and_silent() -> None:
    async with dead_port() as dead, silent_port() as silent:
        network = make_network({"dead.gov.cn": f"127.0.0.1:{dead}", "silent.gov.cn": f"127.0.0.1:{silent.port}"})
        async with Fetcher(network, make_portal()) as fetcher:
            refused = (await fetcher.fetch(FetchRequest("http://dead.gov.cn/"))).attempt
            timed_out = (await fetcher.fetch(FetchRequest("http://silent.gov.cn/", timeout=0.2))).attempt
    assert refused.outcome is FetchOutcome.REFUSED
    assert timed_out.outcome is FetchOutcome.TIMEOUT


async def test_the_second_address_is_tried_when_the_first_refuses() -> None:
    async with AwkwardServer() as server, dead_port() as dead:
        network = make_network()
        network.hosts[HOST] = (f"127.0.0.1:{dead}", server.endpoint)
        async with Fetcher(network, make_portal()) as fetcher:
            assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK


async def test_the_second_address_is_tried_when_the_first_does_not_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AwkwardServer() as server:
        network = make_network()
        network.hosts[HOST] = ("127.0.0.9:9999", server.endpoint)
        async with Fetcher(network, make_portal()) as fetcher:
            real = fetcher._transport.exchange

            async def swallowed(url: str, endpoint: Endpoint, **how: Any) -> Exchange:
                if endpoint.address != "127.0.0.9":
                    return await real(url, endpoint, **how)
                return Exchange(0, "", [], b"", False, Failure(FetchOutcome.TIMEOUT, "connect"), "", 10.0, 0)

            monkeypatch.setattr(fetcher._transport, "exchange", swallowed)
            assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK


async def test_a_family_is_pinned() -> None:
    async with AwkwardServer() as four, AwkwardServer("::1") as six:
        network = make_network()
        network.hosts[HOST] = (four.endpoint, six.endpoint)
        async with Fetcher(network, make_portal()) as fetcher:
            over6 = (await fetcher.fetch(FetchRequest(f"{SITE}/ok", family=6))).attempt
            over4 = (await fetcher.fetch(FetchRequest(f"{SITE}/ok", family=4))).attempt
    assert (over6.address, over6.family, over6.via) == ("::1", 6, "get6")
    assert (over4.address, over4.family, over4.via) == ("127.0.0.1", 4, "get4")
    assert (len(four.asked()), len(six.asked())) == (1, 1)


async def test_a_family_the_host_does_not_have_is_a_dns_answer(reach: Reach) -> None:
    async with reach() as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/ok", family=6))).attempt
    assert attempt.outcome is FetchOutcome.DNS


async def test_requests_are_honest_and_ask_for_chinese(reach: Reach) -> None:
    async with reach(extra={"contact": "https://audit.gov.cn/"}) as (server, fetcher):
        await fetcher.fetch(FetchRequest(f"{SITE}/ok", referer=f"{SITE}/from#part"))
    headers = server.asked()[0].headers
    assert "Mingcha/" in headers["user-agent"]
    assert "+https://audit.gov.cn/" in headers["user-agent"]
    assert headers["accept-language"].startswith("zh-CN")
    assert headers["referer"] == f"{SITE}/from"
    assert headers["host"] == HOST


async def test_odd_addresses_are_outcomes_and_never_errors(reach: Reach) -> None:
    odd = [
        "http://a.gov.cn\x00/",
        "http://[",
        "http://%/",
        "//a",
        "",
        "http://a.gov.cn:99999/",
        "http://中\ud800/",
        "\ud800",
    ]
    async with reach() as (server, fetcher):
        for url in odd:
            attempt = (await fetcher.fetch(FetchRequest(url))).attempt
            assert not attempt.outcome.asked, url
        await fetcher.fetch(FetchRequest(f"{SITE}/ok", referer=f"{SITE}/中\x00\r\nX-Evil: 1"))
    assert "x-evil" not in server.asked()[0].headers


async def test_credentials_in_a_link_are_not_used(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        await fetcher.fetch(FetchRequest(f"http://admin:secret@{HOST}/ok"))
    assert "authorization" not in server.asked()[0].headers


async def test_equal_requests_in_flight_share_one(reach: Reach) -> None:
    async with reach(server=AwkwardServer(pause=0.05)) as (server, fetcher):
        request = FetchRequest(f"{SITE}/slow-page")
        answers = await asyncio.gather(*(fetcher.fetch(request) for _ in range(5)))
        assert len(server.asked()) == 1
        assert {answer.attempt.status for answer in answers} == {200}
        await fetcher.fetch(request)
        assert len(server.asked()) == 2


async def test_connections_are_kept(reach: Reach) -> None:
    async with reach(concurrency=1) as (server, fetcher):
        for number in range(5):
            await fetcher.fetch(FetchRequest(f"{SITE}/ok?{number}"))
    assert server.connections == 1


async def test_cookies_of_a_browser_go_to_their_host_only() -> None:
    async with AwkwardServer() as server:
        network = make_network({HOST: server.endpoint, "www.b.gov.cn": server.endpoint})
        async with Fetcher(network, make_portal()) as fetcher:
            fetcher.set_cookies(HOST, [{"name": "pass", "value": "1", "path": "/"}], "Browser/1 Mingcha")
            await fetcher.fetch(FetchRequest(f"{SITE}/ok"))
            await fetcher.fetch(FetchRequest("http://www.b.gov.cn/ok"))
    mine, other = server.asked()
    assert (mine.headers["cookie"], mine.headers["user-agent"]) == ("pass=1", "Browser/1 Mingcha")
    assert "cookie" not in other.headers
    assert other.headers["user-agent"] != "Browser/1 Mingcha"


async def test_ranges_take_the_first_bytes_only(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        honest = await fetcher.fetch(FetchRequest(f"{SITE}/file.pdf", method="range"))
        ignored = await fetcher.fetch(FetchRequest(f"{SITE}/big.pdf", method="range"))
        empty = await fetcher.fetch(FetchRequest(f"{SITE}/empty.pdf", method="range"))
    assert (honest.attempt.status, honest.attempt.length, len(honest.body)) == (206, 5009, 1024)
    assert honest.attempt.sniffed == "pdf"
    assert (ignored.attempt.status, ignored.attempt.length, len(ignored.body)) == (200, 900_000_000, 1024)
    assert (empty.attempt.status, empty.attempt.length) == (416, 0)
    assert server.sent < 16 * 1024 * 1024


async def test_evidence_holds_the_answer_and_how_it_came(reach: Reach, tmp_path: Path) -> None:
    start = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    header = Header("a-1", make_portal(), make_network(), start.date(), start, "seed", "0")
    with Bundle.create(tmp_path / "bundle", header) as bundle:
        async with reach(bundle=bundle) as (_, fetcher):
            attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/hops/1", keep_evidence=True))).attempt
            lost = await fetcher.fetch(FetchRequest(f"{SITE}/drop"))
            note = bundle.blob(fetcher.keep(lost).attempt.evidence).decode()
        head, _, body = bundle.blob(attempt.evidence).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 X\r\nContent-Type: text/html; charset=utf-8")
    assert f"X-Mingcha-Redirect: 302 {SITE}/hops/1 -> {SITE}/hops/0".encode() in head
    assert b"X-Mingcha-Address: 127.0.0.1" in head
    assert "好".encode() in body
    assert note.splitlines()[1].startswith("reset: ")


async def test_every_request_is_logged(reach: Reach, tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    async with reach(log=log) as (server, fetcher):
        await fetcher.fetch(FetchRequest(f"{SITE}/hops/1", purpose="link"))
        assert fetcher.requests == len(server.log)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["url"], line["purpose"], line["outcome"]) for line in lines] == [
        (f"{SITE}/robots.txt", "robots", "not_found"),
        (f"{SITE}/hops/1", "link", "ok"),
        (f"{SITE}/hops/0", "link", "ok"),
    ]
    assert all(line["address"] == "127.0.0.1" and line["group"] == "127.0.0.1" for line in lines)


async def test_the_budget_ends_requests(reach: Reach) -> None:
    async with reach(max_requests=3) as (server, fetcher):
        outcomes = [(await fetcher.fetch(FetchRequest(f"{SITE}/ok?{n}"))).attempt.outcome for n in range(4)]
    assert outcomes == [FetchOutcome.OK, FetchOutcome.OK, FetchOutcome.BUDGET, FetchOutcome.BUDGET]
    assert len(server.log) == 3  # robots.txt is a request, too


async def test_retry_after_is_waited_for() -> None:
    clock = FakeClock()
    async with AwkwardServer() as server:
        network = make_network({HOST: server.endpoint})
        async with Fetcher(network, make_portal(), politeness=Politeness(10_000, 1, clock=clock)) as fetcher:
            first = (await fetcher.fetch(FetchRequest(f"{SITE}/later"))).attempt
            before = clock.time
            second = (await fetcher.fetch(FetchRequest(f"{SITE}/later"))).attempt
            await fetcher.fetch(FetchRequest(f"{SITE}/later-long"))
            third = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt
    assert (first.outcome, second.outcome) == (FetchOutcome.BLOCKED, FetchOutcome.OK)
    assert clock.time - before == pytest.approx(1.0, abs=0.01)
    assert third.outcome is FetchOutcome.ABORTED
    assert "wait" in third.error


async def test_everything_sent_keeps_the_rate_of_its_group() -> None:
    clock = FakeClock()
    async with AwkwardServer() as server:
        network = make_network({HOST: server.endpoint, "www.b.gov.cn": server.endpoint})
        portal = make_portal(group="platform", hosts=("www.b.gov.cn",))
        async with Fetcher(network, portal, politeness=Politeness(2.0, 3, clock=clock)) as fetcher:
            await asyncio.gather(
                fetcher.fetch(FetchRequest(f"{SITE}/hops/3")),
                verify(f"{SITE}/fake.pdf", fetcher, internal=True),
                verify("http://www.b.gov.cn/head-405.png", fetcher, internal=True),
                fetcher.fetch(FetchRequest(f"{SITE}/ok")),
            )
            assert fetcher.politeness.spent == len(server.log)
    # Four pages of redirects, two looks at each file, one page, and robots.txt of both hosts: half a second apart.
    assert len(server.log) == 11
    assert clock.time == pytest.approx(5.0, abs=0.05)


async def test_a_dead_host_is_left_alone_after_a_while() -> None:
    async with dead_port() as dead, AwkwardServer() as server:
        network = make_network({"dead.gov.cn": f"127.0.0.1:{dead}", HOST: server.endpoint})
        politeness = Politeness(10_000, 1, clock=FakeClock())
        async with Fetcher(network, make_portal(), politeness=politeness) as fetcher:
            outcomes = [
                (await fetcher.fetch(FetchRequest(f"http://dead.gov.cn/{n}"))).attempt.outcome for n in range(25)
            ]
            alive = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt
    assert outcomes[:20] == [FetchOutcome.REFUSED] * 20
    assert outcomes[20:] == [FetchOutcome.ABORTED] * 5
    assert alive.outcome is FetchOutcome.OK, "the breaker is the endpoint's, not the address's"


async def test_closing_ends_what_is_in_flight() -> None:
    async with silent_port() as silent:
        fetcher = Fetcher(
            make_network({HOST: f"127.0.0.1:{silent.port}"}), make_portal(authorisation="文", robots="ignore")
        )
        flight = asyncio.ensure_future(fetcher.fetch(FetchRequest(f"{SITE}/")))
        await silent.accepted.wait()
        await fetcher.close()
        with pytest.raises(asyncio.CancelledError):
            await flight
