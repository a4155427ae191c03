"""A night killed at random moments and gone on with, against the same night undisturbed.

    python -m tests.nights.killed [--portals 40] [--platforms 10] [--kills 10] [--seed N]

Who is killed is left to chance too: everybody, the night alone, or one audit. Both begin from the same first night.
Compared is what the results database says in the end: findings with number, state and counts, transitions in their
order, results. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.kill.audit import children_of
from tests.nights.three import environment, newest_night, one_night, words
from tests.nights.world import World, portals, serving

SITTINGS = 4  # after the last kill, for portals whose platform rested

_FINDINGS = """select portal, number, check_id, kind, subject, state, confirmations, regressions from finding
order by portal, number"""
_TRANSITIONS = """select finding.portal, finding.number, before, after, who, why from transition
join finding on finding.fingerprint = transition.finding order by transition.finding, transition.id"""
_RESULTS = """select audit.portal, audit.as_of, audit.degraded, check_id, outcome, reason, metrics, coverage, passed
from result join audit on audit.id = result.audit order by audit.portal, audit.as_of, check_id"""


def contents(folder: Path) -> dict[str, list[Any]]:
    """Returns what the results database holds, times and the names of audits left out."""
    with closing(sqlite3.connect(folder / "m.sqlite")) as database:
        found = (("finding", _FINDINGS), ("transition", _TRANSITIONS), ("result", _RESULTS))
        return {name: database.execute(query).fetchall() for name, query in found}


def everybody(pid: int) -> list[int]:
    """Returns a process and all below it."""
    return [pid, *(one for child in children_of(pid) for one in everybody(child))]


async def disturbed(folder: Path, world: World, line: tuple[str, ...], chance: random.Random, kills: int) -> list[str]:
    """Runs the second night in `folder`, killed so often and gone on with. Returns who was killed when."""
    world.night = 2
    world.asked.clear()
    moments = sorted(chance.sample(range(2, world.usual), kills))
    said: list[str] = []
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mingcha",
            *line,
            cwd=folder,
            env=environment(2),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        ended = asyncio.create_task(process.wait())
        if len(said) >= kills:
            code, results = await ended, Counter(one["result"] for one in newest_night(folder)["portals"])
            said.append(f"exit {code}, {dict(results)}")
            if not results["unfinished"] or len(said) == kills + SITTINGS:
                return said
            continue
        moment = max(moments[len(said)], len(world.asked) + 1)
        reached = asyncio.create_task(world.at_request.setdefault(moment, asyncio.Event()).wait())
        await asyncio.wait({ended, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if ended.done():  # going on asked for less than chance had counted on
            kills = len(said)
            continue
        await asyncio.sleep(chance.uniform(0, 1.5))  # also between requests: while it judges, commits, writes
        who = chance.choice(("everybody", "the night", "an audit"))
        pids = everybody(process.pid) if process.returncode is None else []
        for pid in {"everybody": pids, "the night": pids[:1], "an audit": pids[1:2]}[who]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        said.append(f"{who} at request {len(world.asked)}")
        if who == "an audit":
            process.send_signal(signal.SIGTERM)  # the night ends in good order, and is begun again
        await ended


async def main(count: int, platforms: int, kills: int, seed: int) -> int:
    """Compares the two nights. Returns 1 where anything differs."""
    chance, line = random.Random(seed), words(2, browser=False)
    with tempfile.TemporaryDirectory() as name:
        calm, wild = Path(name) / "calm", Path(name) / "wild"
        calm.mkdir()
        async with serving(portals(count, platforms)) as world:
            (calm / "targets.toml").write_text(world.targets(), "utf-8")
            await one_night(calm, world, 1, line)
            shutil.copytree(calm, wild)
            world.usual = len((await one_night(calm, world, 2, line)).asked)
            said = await disturbed(wild, world, line, chance, kills)
            print(f"undisturbed {world.usual} requests, killed {len(world.asked)}: {'; '.join(said)}", flush=True)
        one, other = contents(calm), contents(wild)
    wrong = [f"{table}: {row}" for table, rows in one.items() for row in set(rows) ^ set(other[table])]
    wrong += [f"{table}: another order" for table in one if not wrong and one[table] != other[table]]
    print("\n".join(wrong) or f"the same: {', '.join(f'{len(rows)} {table}s' for table, rows in one.items())}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.nights.killed")
    parser.add_argument("--portals", type=int, default=40)
    parser.add_argument("--platforms", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}")
    sys.exit(asyncio.run(main(chosen.portals, chosen.platforms, chosen.kills, chosen.seed)))
