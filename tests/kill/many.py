"""`python -m tests.kill.many 50 [--seed N] [--browser N] [--keep FOLDER]`: kills that many audits, and prints figures.

Each trial is an audit of a portal of several hundred pages as a process of its own, killed at events chosen by a seeded
chance, started again until it is done, and compared with an undisturbed one. `--browser` adds that many on a portal
with scripts and a search. Exits with 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.kill.audit import serving
from tests.kill.site import portal
from tests.kill.trial import EVERYBODY, Kill, Outcome, plan, trial, undisturbed

BROWSER = ("--confirm", "now", "--spacing", "0")


async def many(folder: Path, kills: int, seed: int, with_browser: int) -> list[Outcome]:
    """Returns the outcomes of as many trials as it takes for that many kills to strike."""
    outcomes: list[Outcome] = []
    async with serving(portal(20, 3), pace=0.004) as server:
        reference = await undisturbed(folder / "undisturbed", server)
        print(f"undisturbed: {len(reference.findings)} findings, {reference.requests} requests", flush=True)
        number = 0
        while sum(outcome.done for outcome in outcomes) < kills:
            chosen = plan(number, reference, random.Random(f"{seed}|{number}"))
            outcomes.append(await trial(folder / f"trial-{number}", server, chosen, reference))
            _show(number, outcomes[-1])
            number += 1
    if with_browser:
        async with serving(portal(3, 2, script=True)) as server:
            reference = await undisturbed(folder / "undisturbed-browser", server, BROWSER, search_titles=4)
            print(f"undisturbed, with browser: {len(reference.findings)} findings, {reference.requests} requests")
            for number in range(with_browser):
                chance = random.Random(f"{seed}|browser|{number}")
                chosen = [Kill(EVERYBODY if number % 3 else "child", "request", chance.randint(1, reference.requests))]
                place = folder / f"browser-{number}"
                outcomes.append(await trial(place, server, chosen, reference, BROWSER, search_titles=4))
                _show(number, outcomes[-1])
    return outcomes


def _show(number: int, outcome: Outcome) -> None:
    words = "; ".join(map(str, outcome.kills))
    verdict = "ok" if not outcome.wrong else "WRONG " + " | ".join(each[:400] for each in outcome.wrong[:5])
    print(
        f"{number:3}  {words:60} struck {outcome.done}, {outcome.sittings} sittings, asked twice {outcome.lost:3}, "
        f"{outcome.seconds:5.1f} s  {verdict}",
        flush=True,
    )


def main() -> int:
    """Returns 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill.many", description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--browser", type=int, default=0, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the audits are kept to be looked into")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kill-") as temporary:
        folder = options.keep or Path(temporary)
        outcomes = asyncio.run(many(folder, options.kills, options.seed, options.browser))
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    by_victim = Counter(f"{kill.victim}/{kill.event}" for outcome in outcomes for kill in outcome.kills[: outcome.done])
    print(
        f"{sum(outcome.done for outcome in outcomes)} kills ({dict(by_victim)}) in {len(outcomes)} audits, "
        f"{sum(outcome.sittings for outcome in outcomes)} sittings, "
        f"{sum(outcome.lost for outcome in outcomes)} requests made again for what was not stored yet, "
        f"{len(wrong)} audits with something wrong, {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
