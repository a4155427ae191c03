"""Three nights over many portals: every transition expected against every transition that was, and what nights cost.

    python -m tests.nights.three [--portals 40] [--platforms 10] [--jobs 2] [--browser]

Prints one line a night (requests, bytes, CPU of the program) and every difference. Exit code 1 where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.app.run import ROOT, Ran
from tests.nights.world import Portal, World, portals, serving

DAY = 24 * 3600
SHIFT = Path(__file__).with_name("shift")


@dataclass(frozen=True)
class Outcome:
    """One night: how the command ended, its night.json, what was asked, what it cost, and the states after it."""

    ran: Ran
    told: dict[str, Any]
    asked: list[str]  # portal ids in the order of the requests
    answers: Counter[int]
    bytes: int
    seconds: float  # CPU of the command and all its processes
    states: dict[tuple[str, str], str]  # (portal, "check path") -> machine state


def environment(night: int) -> dict[str, str]:
    """Returns the environment in which a night's processes have the clock of that night."""
    path = os.pathsep.join((str(SHIFT), str(ROOT)))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "MINGCHA_SHIFT": str((night - 1) * DAY)}


def words(jobs: int, *, browser: bool, canary: bool = False) -> tuple[str, ...]:
    """Returns the words of a night's command line."""
    line = ["nightly", "--out", "nights", "--db", "m.sqlite", "--jobs", str(jobs)]
    line += [] if browser else ["--no-browser"]
    line += [] if canary else ["--no-canary"]
    return tuple(line)


async def one_night(folder: Path, world: World, night: int, line: tuple[str, ...]) -> Outcome:
    """Runs a night of the world as a process and returns what it came to."""
    world.night = night
    world.asked.clear()
    world.answers.clear()
    world.bytes = 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mingcha",
        *line,
        cwd=folder,
        env=environment(night),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode is not None
    ran = Ran(process.returncode, out.decode(), err.decode())
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = newest_night(folder)
    return Outcome(ran, told, list(world.asked), Counter(world.answers), world.bytes, seconds, states(folder))


def newest_night(folder: Path) -> dict[str, Any]:
    """Returns the night.json of the newest night, {} where there is none."""
    path = max((folder / "nights").glob("*/night.json"), default=None)
    return json.loads(path.read_text("utf-8")) if path else {}


def states(folder: Path) -> dict[tuple[str, str], str]:
    """Returns the machine state of every finding in the results database."""
    with closing(sqlite3.connect(folder / "m.sqlite")) as database:
        rows = database.execute("select portal, check_id, subject, state from finding").fetchall()
    return {(portal, f"{check} {urlsplit(subject).path or subject}"): state for portal, check, subject, state in rows}


def differences(all_portals: list[Portal], outcome: Outcome, night: int) -> list[str]:
    """Returns every state and every result that is not as expected, one a line."""
    wanted = {(one.id, what): state for one in all_portals for what, state in one.expected(night).items()}
    found = [
        f"night {night}: {portal} {what}: expected {wanted.get((portal, what), 'nothing')}, "
        f"is {outcome.states.get((portal, what), 'nothing')}"
        for portal, what in sorted(wanted.keys() | outcome.states.keys())
        if wanted.get((portal, what)) != outcome.states.get((portal, what))
    ]
    results = {entry["portal"]: entry["result"] for entry in outcome.told.get("portals", ())}
    for one in all_portals:
        if results.get(one.id) != one.result(night):
            found.append(f"night {night}: {one.id}: expected {one.result(night)}, was {results.get(one.id)}")
    platform = {one.id: one.platform for one in all_portals}
    for number in set(platform.values()):
        turns = [name for name, _ in groupby(name for name in outcome.asked if platform[name] == number)]
        if len(turns) != len(set(turns)):
            found.append(f"night {night}: platform {number} was visited for several portals at a time: {turns}")
    return found


async def main(count: int, platforms: int, jobs: int, *, browser: bool) -> int:
    """Runs the three nights in a folder of their own. Returns 1 where something is not as expected."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder, all_portals = Path(name), portals(count, platforms)
        async with serving(all_portals) as world:
            (folder / "targets.toml").write_text(world.targets(), "utf-8")
            for night in (1, 2, 3):
                outcome = await one_night(folder, world, night, words(jobs, browser=browser))
                counts = Counter(outcome.states.values())
                print(
                    f"night {night}: exit {outcome.ran.code}, {len(outcome.asked)} requests {dict(outcome.answers)}, "
                    f"{outcome.bytes / 1e6:.2f} MB, {outcome.seconds:.1f} CPU-s, findings {dict(counts)}",
                    flush=True,
                )
                wrong += differences(all_portals, outcome, night)
    print("\n".join(wrong) or "every state and result as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.nights.three")
    parser.add_argument("--portals", type=int, default=40)
    parser.add_argument("--platforms", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--browser", action="store_true")
    chosen = parser.parse_args()
    sys.exit(asyncio.run(main(chosen.portals, chosen.platforms, chosen.jobs, browser=chosen.browser)))
