"""Nights over three small portals, two of them on one platform, as processes: killed once, gone on with, run again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app.run import ROOT, Ran, mingcha
from tests.kill.audit import children_of, gone
from tests.night.platforms import HOSTS, serving

WORDS = ("nightly", "--no-browser", "--jobs", "2", "--out", "nights")


@dataclass
class Nights:
    """The same night begun four times: killed, gone on with, and twice more with nothing left to do."""

    killed: dict[str, Any]  # its night.json
    asked: list[list[tuple[str, str]]]  # in the first, in the second, after it
    second: Ran
    third: Ran
    night: dict[str, Any]
    again: dict[str, Any]
    fourth: Ran  # of one portal only
    last: dict[str, Any]


def night_json(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "nights").glob("*/night.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
async def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("nights")
    async with serving(folder) as platforms:
        first = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mingcha",
            *WORDS,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await platforms.kill.wait()
        left_behind = children_of(first.pid)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        killed = night_json(folder)
        second = asyncio.create_task(mingcha(*WORDS, cwd=folder))
        await gone(left_behind)  # by themselves; the second night waits for it
        second_began = len(platforms.asked)
        platforms.let_go.set()
        ran = await second
        night = night_json(folder)
        third_began = len(platforms.asked)
        third = await mingcha(*WORDS, cwd=folder)
        again = night_json(folder)
        fourth = await mingcha(*WORDS, "p2", cwd=folder)
        asked = platforms.asked
        parts = [asked[:second_began], asked[second_began:third_began], asked[third_began:]]
        return Nights(killed, parts, ran, third, night, again, fourth, night_json(folder))


def test_all_portals_are_audited_completely(nights: Nights) -> None:
    assert nights.second.code == 0, nights.second.err + nights.second.out
    assert {one["portal"]: one["result"] for one in nights.night["portals"]} == dict.fromkeys(HOSTS, "done")
    assert nights.night["exit_code"] == 0
    assert all(one["suspected"] >= 1 and one["seconds"] > 0 for one in nights.night["portals"])
    assert nights.second.out.count("完成") == 4


def test_two_of_one_platform_are_never_visited_at_the_same_time_but_others_are(nights: Nights) -> None:
    asked = [name for name, _ in nights.asked[0]]
    order = [name for name in asked if name in ("p0", "p1")]
    assert order == sorted(order)
    assert asked.index("p2") < asked.index("p1")  # p0 got its answer because p2 was asked beside it


def test_a_killed_night_goes_on_where_it_was(nights: Nights) -> None:
    before = {one["portal"]: one for one in nights.killed["portals"]}
    after = {one["portal"]: one for one in nights.night["portals"]}
    assert (before["p0"]["result"], before["p1"]["result"]) == ("done", "running")
    assert nights.killed["exit_code"] is None
    assert "p0" not in [name for name, _ in nights.asked[1]]
    assert (after["p1"]["resumed"], after["p1"]["out"]) == (True, before["p1"]["out"])
    assert after["p0"] == before["p0"]


def test_the_same_night_once_more_has_nothing_to_do(nights: Nights) -> None:
    assert (nights.third.code, nights.asked[2]) == (0, [])
    assert nights.again["portals"] == nights.night["portals"]


def test_a_sitting_of_one_portal_forgets_nothing_of_the_others(nights: Nights) -> None:
    assert (nights.fourth.code, nights.fourth.out.count("完成")) == (0, 2)
    by_name = {one["portal"]: one for one in nights.again["portals"]}
    assert {one["portal"]: one for one in nights.last["portals"]} == by_name
