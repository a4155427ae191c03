"""The hours in which a portal may be asked: what they are, and that nothing leaves outside them."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.politeness import Politeness, WindowClosedError
from crawler.net.window import Window
from mingcha.audit import refuse_outside_window
from mingcha.child import stop_at_closing
from mingcha.errors import ImpossibleError
from portal.artifacts import FetchOutcome
from portal.model import Portal
from tests.app.run import mingcha
from tests.net.conftest import HOST, SITE, make_network, make_portal
from tests.net.servers import AwkwardServer, FakeClock
from tests.seen.recorder import recording, targets

NIGHT = "22:00-06:00"


def china(hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    """Returns that time of a day in Shanghai, in UTC as clocks give it."""
    at = dt.datetime(2026, 11, 28, hour, minute, second, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    return at.astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("text", "hour", "minute", "left"),
    [
        (NIGHT, 22, 0, 8 * 3600.0),
        (NIGHT, 0, 0, 6 * 3600.0),
        (NIGHT, 5, 59, 60.0),
        (NIGHT, 6, 0, 0.0),
        (NIGHT, 21, 59, 0.0),
        (NIGHT, 14, 0, 0.0),
        ("09:30-17:00", 9, 29, 0.0),
        ("09:30-17:00", 9, 30, 7.5 * 3600),
        ("09:30-17:00", 17, 0, 0.0),
        ("", 3, 0, float("inf")),
    ],
)
def test_hours_are_those_of_shanghai(text: str, hour: int, minute: int, left: float) -> None:
    assert Window(text).closes_in(china(hour, minute)) == left
    assert Window(text).is_open(china(hour, minute)) is (left > 0)


@pytest.mark.parametrize(
    ("text", "hour", "opens"), [(NIGHT, 21, 3600.0), (NIGHT, 6, 16 * 3600.0), (NIGHT, 23, 0.0), ("", 3, 0.0)]
)
def test_hours_that_are_over_begin_again(text: str, hour: int, opens: float) -> None:
    assert Window(text).opens_in(china(hour)) == opens


async def test_nothing_is_admitted_outside_the_hours() -> None:
    clock = FakeClock()
    opened = china(5, 59, 58)
    politeness = Politeness(
        1.0, 1, clock=clock, window=NIGHT, wall=lambda: opened + dt.timedelta(seconds=clock.time), budget=100
    )
    for _ in range(2):
        async with politeness.slot("g"):
            pass
    with pytest.raises(WindowClosedError, match="22:00-06:00"):  # it waited for its turn, and that came too late
        async with politeness.slot("g"):
            pass
    assert (clock.time, politeness.spent) == (2.0, 2)
    clock.time = 16 * 3600.0 + 2  # the next evening
    async with politeness.slot("g"):
        pass
    assert politeness.spent == 3


async def test_a_fetcher_sends_nothing_outside_the_hours() -> None:
    async with AwkwardServer() as server:
        network = make_network({HOST: server.endpoint})
        politeness = Politeness(10_000, 1, window=NIGHT, wall=lambda: china(12))
        async with Fetcher(network, make_portal(window=NIGHT), politeness=politeness) as fetcher:
            attempts = [
                (await fetcher.fetch(FetchRequest(f"{SITE}/ok?{purpose}", purpose=purpose))).attempt
                for purpose in ("home", "link", "probe", "robots")
            ]
            assert {attempt.outcome for attempt in attempts} <= {FetchOutcome.ABORTED, FetchOutcome.ROBOTS}
            assert (fetcher.requests, server.log) == (0, [])


def test_the_hours_of_targets_reach_the_limiter() -> None:
    portal = Portal(id="a", name="a", home=f"{SITE}/", window=NIGHT)
    assert Politeness.for_portal(portal)._window == Window(NIGHT)


def test_an_audit_is_refused_outside_the_hours() -> None:
    portal = Portal(id="langao", name="a", home=f"{SITE}/", window=NIGHT)
    refuse_outside_window(portal, china(23))
    with pytest.raises(ImpossibleError, match=r"langao may be asked 22:00-06:00 only and it is 14:05"):
        refuse_outside_window(portal, china(14, 5))


def test_the_end_of_the_hours_stops_an_audit(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    planned: list[tuple[float, Callable[[], None]]] = []
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    stop_at_closing("", china(3), lambda seconds, work: planned.append((seconds, work)))
    assert planned == []
    stop_at_closing(NIGHT, china(5, 30), lambda seconds, work: planned.append((seconds, work)))
    ((seconds, work),) = planned
    assert seconds == 1800.0
    work()
    assert sent == [(os.getpid(), signal.SIGTERM)]
    assert '"event": "window"' in capfd.readouterr().out


async def test_the_command_asks_nothing_outside_the_hours(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=8)))
    later = f"{now + dt.timedelta(hours=2):%H:%M}-{now + dt.timedelta(hours=3):%H:%M}"
    async with recording({}) as recorder:
        targets(tmp_path, recorder.port, {"one": "www.shilou.gov.cn"}, window=f'"{later}"')
        ran = await mingcha("audit", "one", cwd=tmp_path)
    assert (ran.code, recorder.asked) == (2, [])
    assert later in ran.err
