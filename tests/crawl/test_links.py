"""Link verification beside the crawl: nearest first, hosts take turns, stopping keeps the rest."""

from __future__ import annotations

import asyncio
import datetime as dt

from crawler.crawl.census import Entry, Fate
from crawler.crawl.links import LinkWork
from portal.artifacts import Attempt, FetchOutcome, Level

OK = Attempt(dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "get", FetchOutcome.OK, 200)


def entry(url: str, level: Level = Level.OTHER, *, internal: bool = False) -> Entry:
    return Entry(url, url, internal, Fate.VERIFY, level)


class Desk:
    """Checks that end when they are told to, and what was begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.settled: list[str] = []
        self.gate = asyncio.Event()
        self.most = 0
        self._now = 0

    async def check(self, asked: Entry) -> tuple[Attempt, ...]:
        self.begun.append(asked.url)
        self._now += 1
        self.most = max(self.most, self._now)
        await self.gate.wait()
        self._now -= 1
        return (OK,)

    def settle(self, asked: Entry, attempts: tuple[Attempt, ...]) -> None:
        self.settled.append(asked.url)


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_slow_host_holds_up_nobody_and_each_host_has_one_request() -> None:
    desk = Desk()
    work = LinkWork(desk.check, desk.settle, total=4)
    for n in range(10):
        work.submit(entry(f"http://slow.cn/{n}"))
    work.submit(entry("http://fast.cn/0"))
    await turn()
    assert desk.begun == ["http://slow.cn/0", "http://fast.cn/0"]
    desk.gate.set()
    await work.drain()
    assert len(desk.settled) == 11 and desk.most == 2 and work.queued == 0


async def test_links_of_the_home_page_go_first() -> None:
    desk = Desk()
    work = LinkWork(desk.check, desk.settle, own=1)
    for url, level in (("a", Level.OTHER), ("b", Level.OTHER), ("c", Level.SECOND), ("d", Level.HOME)):
        work.submit(entry(f"http://own.cn/{url}", level, internal=True))
    desk.gate.set()
    await work.drain()
    assert [url[-1] for url in desk.begun] == ["a", "d", "c", "b"]  # a was the only one when it was begun


async def test_stopping_returns_what_was_not_begun_and_cancels_what_hangs() -> None:
    desk = Desk()
    work = LinkWork(desk.check, desk.settle, own=1)
    for n in range(3):
        work.submit(entry(f"http://own.cn/{n}", internal=True))
    await turn()
    rest = await work.stop(0.0)
    assert [item.url for item in rest] == ["http://own.cn/1", "http://own.cn/2"]
    assert desk.settled == [] and work.running == 0
    await work.drain()


async def test_a_broken_check_does_not_end_the_others() -> None:
    seen: list[str] = []

    async def check(asked: Entry) -> tuple[Attempt, ...]:
        if asked.url.endswith("/0"):
            raise RuntimeError("broken")
        return (OK,)

    work = LinkWork(check, lambda asked, _: seen.append(asked.url), own=1)
    for n in range(3):
        work.submit(entry(f"http://own.cn/{n}", internal=True))
    await work.drain()
    assert seen == ["http://own.cn/1", "http://own.cn/2"]
