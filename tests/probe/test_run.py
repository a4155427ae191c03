"""Probing under way, over hours of an injected clock: who is asked when, what is kept, what a kill costs."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crawler.probe.reach import Reached
from mingcha.probes import run as proberun
from mingcha.probes.run import Prober
from portal.artifacts import FetchOutcome, ProbeSeen
from portal.model import Portal
from portal.zone import CHINA
from storage.database import StorageError, open_database
from storage.probes import LASTS, Probe, keep, series

BEGIN = dt.datetime(2026, 11, 20, tzinfo=CHINA)
OK, TIMEOUT, REFUSED = FetchOutcome.OK, FetchOutcome.TIMEOUT, FetchOutcome.REFUSED


class Hours:
    """A clock that moves on when everybody waits, and stops the prober at its end."""

    def __init__(self, begin: dt.datetime, hours: float) -> None:
        self.at, self.end = begin, begin + dt.timedelta(hours=hours)
        self.passed = 0.0
        self.stop: Callable[[], None] = lambda: None

    def now(self) -> dt.datetime:
        return self.at

    def seconds(self) -> float:
        return self.passed

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        for _ in range(60):  # what is under way comes to its end first
            if event.is_set():
                return
            await asyncio.sleep(0)
        self.at += dt.timedelta(seconds=seconds)
        self.passed += seconds
        if self.at >= self.end:
            self.stop()


class Ear:
    def __init__(self) -> None:
        self.seen: list[tuple[str, ProbeSeen]] = []
        self.warnings: list[str] = []

    def probed(self, portal: Portal, seen: ProbeSeen) -> None:
        self.seen.append((portal.id, seen))

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class World:
    """Portals that answer as `answers` says, and who asked them when."""

    def __init__(self, engine: Engine, portals: list[Portal]) -> None:
        self.engine = engine
        self.portals = portals
        self.answers: Callable[[str, dt.datetime], FetchOutcome] = lambda portal, at: OK
        self.line: bool | None = None
        self.asked: list[tuple[str, int, dt.datetime]] = []
        self.ear = Ear()

    async def run(self, begin: dt.datetime, hours: float, *, once: bool = False, ipv6: bool = False) -> Counter[str]:
        clock = Hours(begin, hours)

        async def ask(portal: Portal, family: int) -> Reached | None:
            self.asked.append((portal.id, family, clock.now()))
            outcome = self.answers(portal.id, clock.now())
            address = f"192.0.2.{1 + [one.id for one in self.portals].index(portal.id)}" if outcome is OK else ""
            return Reached(clock.now(), family, outcome, 200 if outcome is OK else 0, 0.1, address)

        async def line() -> bool | None:
            return self.line

        prober = Prober(self.portals, self.engine, "本机", ask, line, self.ear, ipv6=ipv6, clock=clock)
        clock.stop = prober.stop
        seen = await (prober.once() if once else prober.until_stopped())
        return Counter({outcome.value: count for outcome, count in seen.items()})

    def kept(self, portal: str = "a") -> tuple[ProbeSeen, ...]:
        return series(self.engine, portal, BEGIN - dt.timedelta(days=900), BEGIN + dt.timedelta(days=30))


def portal(name: str, **more: object) -> Portal:
    return Portal(id=name, name=name, home=f"http://www.{name}.gov.cn/", **more)  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    async def here(function: Callable[..., object], *words: object) -> object:
        return function(*words)

    monkeypatch.setattr("asyncio.to_thread", here)  # the injected clock knows no threads
    engine = open_database(tmp_path / "results.sqlite")
    yield World(engine, [portal("a"), portal("b"), portal("c")])
    engine.dispose()


async def test_every_portal_is_asked_24_times_a_day_and_never_two_at_once(world: World) -> None:
    seen = await world.run(BEGIN, 25)
    days = Counter((name, at.date()) for name, _, at in world.asked)
    # a slot of the day before may be due at the beginning
    assert all(24 <= days[name, BEGIN.date()] <= 25 for name in "abc")
    assert len({at for _, _, at in world.asked}) == len(world.asked)
    assert seen == {"ok": len(world.asked)}
    assert sum(len(world.kept(name)) for name in "abc") == len(world.asked)


async def test_more_times_a_day_and_over_ipv6_where_it_is_asked_for(world: World) -> None:
    world.portals = [portal("a", probes_per_day=48), portal("b", probe_ipv6=True)]
    await world.run(BEGIN + dt.timedelta(hours=1), 10)
    counts = Counter((name, family) for name, family, _ in world.asked)
    assert counts[("a", 0)] == pytest.approx(20, abs=1)
    assert counts[("b", 0)] == counts[("b", 6)] == pytest.approx(10, abs=1)
    assert ("a", 6) not in counts
    assert {seen.family for seen in world.kept("b")} == {0, 6}


async def test_once_asks_each_portal_once_however_often_it_is_called(world: World) -> None:
    at = BEGIN + dt.timedelta(hours=12)
    first = await world.run(at, 1, once=True)
    assert first == {"ok": 3}
    assert await world.run(at + dt.timedelta(seconds=2), 1, once=True) == {}
    await world.run(at + dt.timedelta(hours=1, minutes=15), 1, once=True)
    assert len(world.asked) == 6


async def test_a_cron_line_of_every_ten_minutes_keeps_the_rule(world: World) -> None:
    for minutes in range(0, 24 * 60, 10):
        await world.run(BEGIN + dt.timedelta(minutes=minutes), 0.1, once=True)
    assert all(23 <= len(world.kept(name)) <= 25 for name in "abc")


async def test_it_goes_on_after_a_kill_and_doubles_nothing(world: World) -> None:
    await world.run(BEGIN, 12.0)
    await world.run(BEGIN + dt.timedelta(hours=12), 12.0)
    for name in "abc":
        per_slot = Counter(seen.at.astimezone(CHINA).hour for seen in world.kept(name))
        assert len(world.kept(name)) in (24, 25)
        assert max(per_slot.values()) <= 2
    assert sum(len(world.kept(name)) for name in "abc") == len(world.asked)


async def test_a_kill_in_the_middle_of_a_probe_leaves_its_slot_unprobed(world: World) -> None:
    at = BEGIN + dt.timedelta(hours=12)
    hanging = asyncio.Event()

    async def ask(one: Portal, family: int) -> Reached | None:
        hanging.set()
        await asyncio.Event().wait()
        return None

    async def line() -> bool | None:
        return None

    prober = Prober(world.portals[:1], world.engine, "本机", ask, line, world.ear, clock=Hours(at, 1))
    task = asyncio.ensure_future(prober.until_stopped())
    await hanging.wait()
    prober.stop()
    assert await task == {}
    assert world.kept() == ()
    assert await world.run(at, 1, once=True) == {"ok": 3}


async def test_when_all_portals_fail_the_line_is_ours_and_nobody_is_charged(world: World) -> None:
    down = (BEGIN + dt.timedelta(hours=4), BEGIN + dt.timedelta(hours=7))
    world.answers = lambda portal, at: TIMEOUT if down[0] <= at < down[1] else OK
    await world.run(BEGIN, 10)
    for name in "abc":
        failed = [seen for seen in world.kept(name) if seen.outcome is TIMEOUT]
        assert len(failed) >= 2
        assert all(seen.own_line for seen in failed)
        assert not any(seen.own_line for seen in world.kept(name) if seen.outcome is OK)


async def test_one_portal_that_is_down_is_charged(world: World) -> None:
    world.answers = lambda portal, at: REFUSED if portal == "a" else OK
    await world.run(BEGIN, 10)
    assert len(world.kept("a")) >= 9
    assert not any(seen.own_line for seen in world.kept("a"))


async def test_two_of_three_that_are_down_are_charged(world: World) -> None:
    world.answers = lambda portal, at: REFUSED if portal in "ab" else OK
    await world.run(BEGIN, 10)
    assert not any(seen.own_line for name in "ab" for seen in world.kept(name))


async def test_portals_of_one_group_are_no_witnesses_of_each_other(world: World) -> None:
    world.portals = [portal(name, group="platform") for name in "abc"]
    world.answers = lambda portal, at: TIMEOUT
    await world.run(BEGIN, 6)
    assert not any(seen.own_line for name in "abc" for seen in world.kept(name))


async def test_a_single_portal_is_not_charged_while_no_name_server_answers(world: World) -> None:
    world.portals = [portal("a")]
    world.answers = lambda portal, at: TIMEOUT
    world.line = False
    await world.run(BEGIN, 3)
    world.line = True
    await world.run(BEGIN + dt.timedelta(hours=3), 3)
    marks = [seen.own_line for seen in world.kept()]
    assert marks[:3] == [True] * 3
    assert marks[-2:] == [False] * 2


async def test_a_database_that_refuses_for_a_while_costs_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([True] * 5)

    def refusing(engine: Engine, probes: list[Probe]) -> int:
        if next(refusals, False):
            raise StorageError("the disk of the database is full: free some space")
        return keep(engine, probes)

    monkeypatch.setattr(proberun, "keep", refusing)
    await world.run(BEGIN, 6)
    assert sum(len(world.kept(name)) for name in "abc") == len(world.asked)
    assert world.ear.warnings == ["暂未保存，下次再试：the disk of the database is full: free some space"]


async def test_a_database_that_refuses_to_the_end_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(engine: Engine, probes: list[Probe]) -> int:
        raise StorageError("full")

    monkeypatch.setattr(proberun, "keep", refusing)
    await world.run(BEGIN + dt.timedelta(hours=12), 1, once=True)
    assert world.ear.warnings[-1] == "3 次探测结果未能保存"


async def test_what_breaks_in_one_probe_concerns_that_one(world: World) -> None:
    def answers(portal: str, at: dt.datetime) -> FetchOutcome:
        if portal == "b":
            raise RuntimeError("odd")
        return OK

    world.answers = answers
    await world.run(BEGIN, 3)
    counts = Counter(name for name, _, _ in world.asked)
    assert 3 <= counts["b"] <= 4  # once a slot, broken or not
    assert len(world.kept("a")) == counts["a"]
    assert set(world.ear.warnings) == {"b：RuntimeError: odd"}


async def test_what_is_too_old_is_forgotten(world: World) -> None:
    old = ProbeSeen(BEGIN - LASTS - dt.timedelta(hours=1), 0, OK, 0.1, 200, "本机")
    keep(world.engine, [Probe("a", old.at, "x", old)])
    await world.run(BEGIN, 1, once=True)
    assert old not in world.kept()


async def test_a_clock_that_is_set_back_leaves_nobody_alone(world: World) -> None:
    """It had been ten hours ahead."""
    await world.run(BEGIN + dt.timedelta(hours=10), 2)
    before = len(world.asked)
    clock = Hours(BEGIN + dt.timedelta(hours=10), 20)

    async def ask(one: Portal, family: int) -> Reached | None:
        world.asked.append((one.id, family, clock.now()))
        if len(world.asked) == before + 6:
            clock.at, clock.end = BEGIN, BEGIN + dt.timedelta(hours=5)
        return Reached(clock.now(), family, OK, 200, 0.1, "192.0.2.1")

    async def line() -> bool | None:
        return None

    prober = Prober(world.portals, world.engine, "本机", ask, line, world.ear, clock=clock)
    clock.stop = prober.stop
    await prober.until_stopped()
    assert Counter(name for name, _, at in world.asked[before + 6 :] if at < BEGIN + dt.timedelta(hours=5)) == {
        name: pytest.approx(5, abs=1) for name in "abc"
    }
