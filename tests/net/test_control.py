"""A silent answer of another site counts only while sites known to be good answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from checks.base import Outcome
from crawler.crawl.verify import verify
from crawler.net.control import LASTS
from crawler.net.fetcher import Fetcher
from crawler.net.known import KnownLinks
from crawler.net.politeness import Politeness
from portal.artifacts import Absence, Attempt, FetchOutcome
from tests.net.conftest import make_network, make_portal
from tests.net.servers import AwkwardServer, FakeClock, dead_port
from tests.unit.checks.make import gathered, link, result

GOOD = [f"http://www.good{n}.cn/ok" for n in range(6)]
DEAD = "http://www.dead.cn/ok"
ANSWER = Attempt(dt.datetime(2026, 11, 27, tzinfo=dt.UTC), "get", FetchOutcome.OK, 200)


@asynccontextmanager
async def line(tmp_path: Path, *, works: bool) -> AsyncIterator[tuple[AwkwardServer, Fetcher, FakeClock]]:
    """Yields a server of the good sites (or nobody there), a fetcher that knows them, and its clock."""
    KnownLinks.write(tmp_path / "known.sqlite", [(url, ANSWER) for url in GOOD])
    clock = FakeClock()
    async with AwkwardServer() as server, dead_port() as port:
        nobody = f"127.0.0.1:{port}"
        hosts = dict.fromkeys([f"www.good{n}.cn" for n in range(6)], server.endpoint if works else nobody)
        network = make_network(hosts | {"www.dead.cn": nobody, "www.gone.cn": nobody})
        politeness = Politeness(100_000, 4, clock=clock)
        known = KnownLinks.open(tmp_path / "known.sqlite")
        async with Fetcher(network, make_portal(), politeness=politeness, known=known) as fetcher:
            yield server, fetcher, clock


async def test_a_known_link_is_taken_over_unasked(tmp_path: Path) -> None:
    async with line(tmp_path, works=True) as (server, fetcher, _):
        (attempt,) = await verify(GOOD[2], fetcher, internal=False)
        assert (attempt.known, attempt.at, attempt.outcome) == (True, ANSWER.at, FetchOutcome.OK)
        assert server.log == []
        (own,) = await verify(GOOD[2], fetcher, internal=True)
        assert not own.known
        assert len(server.log) == 1


async def test_a_dead_site_is_dead_while_others_answer(tmp_path: Path) -> None:
    async with line(tmp_path, works=True) as (server, fetcher, clock):
        for url in (DEAD, "http://www.gone.cn/x.pdf"):
            *_, last = await verify(url, fetcher, internal=False)
            assert last.outcome is FetchOutcome.REFUSED
        assert [asked.method for asked in server.log] == ["HEAD"]  # one control for both
        clock.time += LASTS
        await verify(DEAD, fetcher, internal=False)
        assert [asked.method for asked in server.log] == ["HEAD", "HEAD"]


async def test_a_site_that_answers_badly_needs_no_control(tmp_path: Path) -> None:
    async with line(tmp_path, works=True) as (server, fetcher, _):
        (bad,) = await verify("http://www.good0.cn/status/404", fetcher, internal=False)
        assert bad.outcome is FetchOutcome.NOT_FOUND
        assert len(server.log) == 1


async def test_nobody_is_accused_while_nobody_answers(tmp_path: Path) -> None:
    async with line(tmp_path, works=False) as (_, fetcher, _):
        attempts = await verify(DEAD, fetcher, internal=False)
    assert [attempt.outcome for attempt in attempts] == [FetchOutcome.NO_ROUTE]
    assert "our own line" in attempts[0].error
    assert fetcher.requests == 4  # the site itself and three others
    one = result("broken_links", gathered(link(DEAD, *attempts, internal=False)))
    assert (one.outcome, one.reason, one.findings) == (Outcome.NOT_MEASURED, Absence.OWN_LINE, ())


async def test_where_nothing_is_known_nothing_is_controlled() -> None:
    async with dead_port() as port:
        network = make_network({"www.dead.cn": f"127.0.0.1:{port}"})
        async with Fetcher(network, make_portal()) as fetcher:
            (attempt,) = await verify(DEAD, fetcher, internal=False)
    assert (attempt.outcome, fetcher.requests) == (FetchOutcome.REFUSED, 1)


def test_controls_are_other_hosts(tmp_path: Path) -> None:
    KnownLinks.write(tmp_path / "k.sqlite", [(url, ANSWER) for url in (*GOOD, "http://www.good3.cn/more")])
    known = KnownLinks.open(tmp_path / "k.sqlite")
    assert known is not None
    found = known.others("www.good3.cn", 3)
    assert len({url.split("/")[2] for url in found}) == len(found) == 3
    assert not any("good3" in url for url in found)
    assert len(known.others("www.z.cn", 10)) == 6
    known.close()
