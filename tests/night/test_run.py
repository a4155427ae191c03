"""The runner with processes that are none: what is started, what is stopped, and what is written about it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from mingcha.night.nightly import platforms
from mingcha.night.plan import Candidate, Left, Night, Result
from mingcha.night.report import Entry, others
from mingcha.night.run import NightOptions, Process, Run
from portal.model import Network, Portal
from portal.zone import CHINA
from storage.database import open_database

DAY = dt.date(2026, 11, 28)
NOW = dt.datetime(2026, 11, 28, 22, 0, tzinfo=CHINA)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "mingcha.sqlite")
    yield engine
    engine.dispose()


@dataclass
class Pretended:
    """A process that ends with a code when it is let go, or asked to stop."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 1
    signals: list[int] = field(default_factory=list)

    async def wait(self) -> int:
        await self.ended.wait()
        return self.code

    def send_signal(self, signal: int, /) -> None:
        self.signals.append(signal)
        self.code = 130
        self.ended.set()


def night(
    tmp_path: Path,
    engine: Engine,
    names: str,
    start: Any,
    clock: Any,
    until: dt.datetime | None,
    jobs: int,
    start_canary: Any = None,
    *,
    browser: bool = True,
) -> Run:
    """Returns a night over portals of one letter each, every one on a platform of its own."""
    portals = [Portal(name, f"{name}县", f"http://www.{name}.gov.cn/") for name in names]
    entries = {one.id: Entry(one, out=tmp_path / "nights" / "2026-11-28" / one.id) for one in portals}
    options = NightOptions(tmp_path / "nights", tmp_path / "targets.toml", "", jobs=jobs, browser=browser)
    waiting = [Candidate(one, frozenset({one.id})) for one in portals]
    return Run(Night(DAY, until), entries, (), {}, waiting, engine, options, start, clock, start_canary)


def say(log: Path) -> None:
    log.write_text("some words\nmingcha: the disk is full\n", "utf-8")


def written(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "nights" / "2026-11-28" / "night.json").read_text("utf-8"))
    return found


async def test_at_the_end_audits_are_asked_to_stop_and_nothing_more_is_begun(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, started = [NOW], list[Pretended]()

    async def start(portal: Portal, out: Path, log: Path, more: Sequence[str] = ()) -> Process:
        (out.parent).mkdir(parents=True, exist_ok=True)
        started.append(Pretended())
        clock[0] = NOW + dt.timedelta(hours=1)  # the end comes while it runs
        return started[-1]

    until = NOW + dt.timedelta(milliseconds=1)
    run = night(tmp_path, engine, "ab", start, lambda: clock[0], until, jobs=1)
    assert await run.whole() == 3
    assert [one.signals for one in started] == [[signal.SIGINT]]
    assert {name: (one.result, one.why) for name, one in run.entries.items()} == {
        "a": (Result.LEFT_OVER, Left.UNTIL),  # stopped before it had asked anything
        "b": (Result.LEFT_OVER, Left.UNTIL),
    }
    known = written(tmp_path)
    assert (known["exit_code"], known["until"]) == (3, "2026-11-28T22:00:00.001000+08:00")
    assert [(one["portal"], one["result"], one["why"]) for one in known["portals"]] == [
        ("a", "left_over", "until"),
        ("b", "left_over", "until"),
    ]
    shown = capsys.readouterr().out
    assert shown.count("未轮到") == 3
    assert "已到结束时间" in shown


async def test_a_signal_is_passed_on_once_and_nothing_more_is_begun(tmp_path: Path, engine: Engine) -> None:
    started = list[Pretended]()

    async def start(portal: Portal, out: Path, log: Path, more: Sequence[str] = ()) -> Process:
        out.parent.mkdir(parents=True, exist_ok=True)
        started.append(Pretended())
        signal.raise_signal(signal.SIGTERM)
        return started[-1]

    run = night(tmp_path, engine, "ab", start, lambda: NOW, None, jobs=1)
    assert await run.whole() == 3
    assert [one.signals for one in started] == [[signal.SIGINT]]
    assert {(one.result, one.why) for one in run.entries.values()} == {(Result.LEFT_OVER, Left.STOPPED)}


async def test_a_process_that_cannot_be_started_or_breaks_concerns_its_portal_only(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    running, most = set[str](), list[int]()

    async def start(portal: Portal, out: Path, log: Path, more: Sequence[str] = ()) -> Process:
        if portal.id == "a":
            raise OSError(28, "No space left on device")
        out.parent.mkdir(parents=True, exist_ok=True)
        say(log)
        running.add(portal.id)
        most.append(len(running))
        if len(running) == 2:
            for one in pretended.values():
                one.ended.set()
        return pretended[portal.id]

    pretended = {name: Pretended() for name in "bc"}
    run = night(tmp_path, engine, "abc", start, lambda: NOW, None, jobs=2)
    assert await run.whole() == 2
    assert {name: one.why for name, one in run.entries.items()} == {
        "a": "cannot start the audit: No space left on device",
        "b": "the disk is full",
        "c": "the disk is full",
    }
    assert {one.result for one in run.entries.values()} == {Result.IMPOSSIBLE}
    assert most == [1, 2]
    assert "无法核查 3 个" in capsys.readouterr().out


async def test_a_portal_stands_on_its_group_and_on_the_addresses_of_its_home() -> None:
    network = Network(
        hosts={"www.a.gov.cn": ("127.0.0.1:81", "[::1]:81"), "www.b.gov.cn": ("127.0.0.1:82",)}, sealed=True
    )
    a = Portal("a", "a", "http://www.a.gov.cn/", group="x")
    b, c = Portal("b", "b", "http://www.b.gov.cn/"), Portal("c", "c", "http://www.c.gov.cn/")
    found = await platforms([a, b, c], network)
    assert found == {
        "a": {"group x", "address 127.0.0.1", "address ::1"},
        "b": {"address 127.0.0.1"},
        "c": {"host www.c.gov.cn"},  # nobody can tell
    }


def test_what_a_killed_sitting_said_of_other_portals_is_put_right() -> None:
    earlier = {
        name: {"portal": name, "result": result, "why": ""}
        for name, result in (("a", "done"), ("b", "running"), ("c", "waiting"), ("d", "running"))
    }
    assert [(one["portal"], one["result"], one["why"]) for one in others(earlier, {"d"})] == [
        ("a", "done", ""),
        ("b", "unfinished", "the night was killed"),
        ("c", "left_over", "stopped"),
    ]
