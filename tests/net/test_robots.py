"""robots.txt: asked once, obeyed, and what it means when it cannot be had."""

from __future__ import annotations

import asyncio

import pytest

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.politeness import Politeness
from crawler.net.robots import concerning
from portal.artifacts import FetchOutcome
from tests.net.conftest import HOST, SITE, Reach, make_network, make_portal
from tests.net.servers import AwkwardServer, FakeClock, dead_port

CLOSED = "User-agent: *\nDisallow: /ok\n"


async def test_the_file_is_obeyed_and_asked_for_once(reach: Reach) -> None:
    async with reach(server=AwkwardServer(robots=(200, CLOSED))) as (server, fetcher):
        answers = await asyncio.gather(
            fetcher.fetch(FetchRequest(f"{SITE}/ok")),
            fetcher.fetch(FetchRequest(f"{SITE}/page")),
            fetcher.fetch(FetchRequest(f"{SITE}/to/%2Fok")),
        )
    assert [a.attempt.outcome for a in answers] == [FetchOutcome.ROBOTS, FetchOutcome.OK, FetchOutcome.ROBOTS]
    assert [a.path for a in server.log].count("/robots.txt") == 1
    assert not server.asked("/ok")


async def test_a_group_for_our_name_wins(reach: Reach) -> None:
    text = "User-agent: mingcha\nDisallow: /page\n\nUser-agent: *\nDisallow: /\n"
    async with reach(server=AwkwardServer(robots=(200, text))) as (_, fetcher):
        ok = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome
        page = (await fetcher.fetch(FetchRequest(f"{SITE}/page"))).attempt.outcome
    assert (ok, page) == (FetchOutcome.OK, FetchOutcome.ROBOTS)


async def test_a_written_consent_lifts_it(reach: Reach) -> None:
    server = AwkwardServer(robots=(200, "User-agent: *\nDisallow: /\n"))
    async with reach(server=server, robots="ignore", authorisation="某函〔2026〕1号") as (_, fetcher):
        assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK
    assert [a.path for a in server.log] == ["/ok"]


async def test_ignoring_without_a_consent_does_nothing(reach: Reach) -> None:
    server = AwkwardServer(robots=(200, "User-agent: *\nDisallow: /\n"))
    async with reach(server=server, robots="ignore") as (_, fetcher):
        assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.ROBOTS


@pytest.mark.parametrize("status", [403, 404, 412, 521])
async def test_without_a_file_everything_is_allowed(reach: Reach, status: int) -> None:
    async with reach(server=AwkwardServer(robots=(status, "Disallow: /"))) as (_, fetcher):
        assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK


async def test_an_error_page_is_no_robots_file(reach: Reach) -> None:
    text = "<html>User-agent: *\nDisallow: /\n</html>"
    async with reach(server=AwkwardServer(robots=(200, text))) as (_, fetcher):
        assert (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome is FetchOutcome.OK


async def test_a_file_that_cannot_be_had_leaves_the_home_page_and_is_asked_for_again() -> None:
    clock = FakeClock()
    async with AwkwardServer(robots=(500, "")) as server:
        network = make_network({HOST: server.endpoint})
        async with Fetcher(network, make_portal(), politeness=Politeness(10_000, 1, clock=clock)) as fetcher:
            page = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome
            home = (await fetcher.fetch(FetchRequest(f"{SITE}/", purpose="home"))).attempt.outcome
            server.robots = (404, "")
            early = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome
            clock.time += 301
            later = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome
    assert (page, home) == (FetchOutcome.ROBOTS, FetchOutcome.OK)
    assert (early, later) == (FetchOutcome.ROBOTS, FetchOutcome.OK)


async def test_a_file_that_cannot_be_had_leaves_the_front_page_of_every_host() -> None:
    async with AwkwardServer(robots=(500, "")) as server:
        network = make_network({HOST: server.endpoint, "jyj.a.gov.cn": server.endpoint})
        async with Fetcher(network, make_portal(hosts=("jyj.a.gov.cn",))) as fetcher:
            asked = [f"http://jyj.a.gov.cn{path}" for path in ("/", "", "/ok", "/?id=1")]
            outcomes = [(await fetcher.fetch(FetchRequest(url))).attempt.outcome for url in asked]
    assert outcomes == [FetchOutcome.OK, FetchOutcome.OK, FetchOutcome.ROBOTS, FetchOutcome.ROBOTS]


async def test_a_host_that_refuses_connections_refuses_the_page_and_not_its_robots_file() -> None:
    """A department's site that was closed, linked from the home page: nobody knew of it but that robots.txt is shut."""
    async with AwkwardServer(robots=(200, CLOSED)) as server, dead_port() as dead:
        network = make_network({HOST: f"127.0.0.1:{dead}", "jyj.a.gov.cn": server.endpoint})
        async with Fetcher(network, make_portal(hosts=("jyj.a.gov.cn",))) as fetcher:
            refused = [(await fetcher.fetch(FetchRequest(f"{SITE}/{path}"))).attempt.outcome for path in ("ok", "page")]
            closed = (await fetcher.fetch(FetchRequest("http://jyj.a.gov.cn/ok"))).attempt.outcome
    assert (refused, closed) == ([FetchOutcome.REFUSED] * 2, FetchOutcome.ROBOTS)


async def test_crawl_delay_paces_the_group() -> None:
    clock = FakeClock()
    async with AwkwardServer(robots=(200, "User-agent: *\nCrawl-delay: 7\n")) as server:
        network = make_network({HOST: server.endpoint})
        async with Fetcher(network, make_portal(), politeness=Politeness(10_000, 1, clock=clock)) as fetcher:
            for number in range(3):
                await fetcher.fetch(FetchRequest(f"{SITE}/ok?{number}"))
    assert clock.time == pytest.approx(14.0, abs=0.1)


async def test_other_sites_files_are_not_asked_for() -> None:
    async with AwkwardServer(robots=(200, "User-agent: *\nDisallow: /\n")) as server:
        network = make_network({"www.other.com": server.endpoint})
        async with Fetcher(network, make_portal()) as fetcher:
            attempt = (await fetcher.fetch(FetchRequest("http://www.other.com/ok"))).attempt
    assert attempt.outcome is FetchOutcome.OK
    assert [a.path for a in server.log] == ["/ok"]


async def test_the_file_itself_may_be_a_link(reach: Reach) -> None:
    async with reach(server=AwkwardServer(robots=(200, CLOSED))) as (_, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/robots.txt"))).attempt
    assert attempt.outcome is FetchOutcome.OK


async def test_a_file_that_was_never_asked_for_says_nothing() -> None:
    """Its platform is left alone: the page waits for the file, and is no page the file closes."""
    clock = FakeClock()
    async with AwkwardServer(robots=(200, CLOSED)) as server:
        network = make_network({HOST: server.endpoint})
        politeness = Politeness(10_000, 1, clock=clock)
        async with Fetcher(network, make_portal(), politeness=politeness) as fetcher:
            group = await fetcher.group_of(SITE)
            async with politeness.slot(group) as slot:
                slot.done(FetchOutcome.SERVER_ERROR, status=503, retry_after=1000.0)
            resting = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt
            clock.time += 1001
            rested = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt
    assert (resting.outcome, resting.error) == (FetchOutcome.ABORTED, "breaker: asked to wait 1000 s")
    assert rested.outcome is FetchOutcome.ROBOTS
    assert [answered.path for answered in server.log] == ["/robots.txt"]


@pytest.mark.parametrize(
    "ours", ["User-agent: *", "user agent Mingcha", " User-Agent:mingcha # us", "useragent: MING*", "User-agent: *\r"]
)
async def test_of_thousands_of_names_above_thousands_of_rules_only_what_concerns_us_is_kept(
    reach: Reach, ours: str
) -> None:
    names = [f"User-agent: a{number}" for number in range(10_000)]
    text = "\n".join(
        [*names, "Disallow: /page", "", ours, *[f"Disallow: /{number}" for number in range(10_000)], "Disallow: /ok"]
    )
    assert len(set(concerning(text).splitlines()[:10_000])) == 1  # ten thousand times as many rules would fill 7 GB
    async with reach(server=AwkwardServer(robots=(200, text))) as (_, fetcher):
        ok = (await fetcher.fetch(FetchRequest(f"{SITE}/ok"))).attempt.outcome
        page = (await fetcher.fetch(FetchRequest(f"{SITE}/page"))).attempt.outcome
    assert (ok, page) == (FetchOutcome.ROBOTS, FetchOutcome.OK)
