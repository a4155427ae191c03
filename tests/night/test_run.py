"""The runner with processes that are none: what is started, what is stopped, and what is written about it."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mingcha.night.nightly import platforms
from mingcha.night.plan import Left, Result
from mingcha.night.report import others
from mingcha.night.run import Process
from portal.model import Network, Portal
from tests.night.pretended import NOW, Pretended, night, written


def say(log: Path) -> None:
    log.write_text("some words\nmingcha: the disk is full\n", "utf-8")


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
