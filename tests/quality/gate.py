"""`python -m tests.quality.gate [--update] [PORTAL...]`: audits the sample sites through the product and scores it.

The floors in floors.json bind: precision 1.00 and recall 0.98 at least, and whatever was reached before. `--update`
writes what was reached now where it is higher; it never lowers a floor, and it takes no run over some sites only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.portal import AS_OF, build, serve
from tests.quality.score import Said, Score, compare, manners

ROOT = Path(__file__).resolve().parents[2]
FLOORS = Path(__file__).with_name("floors.json")
TARGET = {"precision": 1.0, "recall": 0.98}
LIMIT = 1200  # seconds one audit may take
JOBS = 4  # audits at a time: they wait more than they work


@dataclass(slots=True)
class Gate:
    """One run over some sites."""

    score: Score
    rude: list[str]
    trouble: list[str] = field(default_factory=list)  # audits that did not end as they should

    def failures(self, floors: dict[str, dict[str, float]]) -> list[str]:
        """Returns every figure below its floor (the target where none is pinned), in words."""
        low = []
        for name, figures in self.score.figures().items():
            for figure, value in figures.items():
                floor = max(TARGET[figure], floors.get(name, {}).get(figure, 0.0))
                if value < floor:
                    low.append(f"{name}: {figure} {value:.4f} < {floor:.4f}")
        return low


def read_floors() -> dict[str, dict[str, float]]:
    """Returns the pinned floors."""
    floors: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    return floors


def raised(floors: dict[str, dict[str, float]], figures: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Returns the floors with every figure that is higher now; nothing is lowered or dropped."""
    names = sorted({*floors, *figures})
    return {
        name: {
            figure: max(floors.get(name, {}).get(figure, 0.0), figures.get(name, {}).get(figure, 0.0))
            for figure in ("precision", "recall")
        }
        for name in names
    }


async def run_gate(portals: Sequence[str] = (), folder: Path | None = None) -> Gate:
    """Returns the score of audits of the named sites (default: all) through the command line, JOBS at a time."""
    with tempfile.TemporaryDirectory(prefix="quality-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        async with serve(build(AS_OF)) as served:
            wanted = tuple(portals) or tuple(site.id for site in served.world.sites)
            targets = place / "targets.toml"
            targets.write_text(served.targets_toml, encoding="utf-8")
            findings: list[Said] = []
            results: list[dict[str, Any]] = []
            trouble: list[str] = []
            room = asyncio.Semaphore(JOBS)

            async def audited(portal: str) -> tuple[int, str]:
                async with room:
                    return await _audit(portal, targets, place / portal, place / f"{portal}.sqlite")

            ends = await asyncio.gather(*map(audited, wanted))
            for portal, (code, said) in zip(wanted, ends, strict=True):
                findings += [Said.read(row) for row in _lines(place / portal / "findings.jsonl")]
                results += _lines(place / portal / "results.jsonl")
                if (code != 0) == served.world.site(portal).measurable:
                    trouble.append(f"{portal}: exit code {code}: {said[-600:]}")
            some = frozenset(wanted)
            rude = manners(served.world, ((seen.host, seen.target) for seen in served.log), some)
            return Gate(compare(served.world, findings, results, some), rude, trouble)


def score_kept(folder: Path) -> Gate:
    """Returns the score of the audits an earlier run left in `folder`; what was asked of the sites is not known."""
    world = build(AS_OF)
    kept = [site.id for site in world.sites if (folder / site.id / "results.jsonl").exists()]
    findings = [Said.read(row) for portal in kept for row in _lines(folder / portal / "findings.jsonl")]
    results = [row for portal in kept for row in _lines(folder / portal / "results.jsonl")]
    return Gate(compare(world, findings, results, frozenset(kept)), [])


async def _audit(portal: str, targets: Path, out: Path, database: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "mingcha", "audit", portal, "--targets", str(targets), "--out", str(out)]
    command += ["--as-of", AS_OF.isoformat(), "--confirm", "now", "--spacing", "0,0", "--db", str(database)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    except TimeoutError:
        process.kill()
        await process.wait()
        return -1, f"did not end within {LIMIT} s"
    return process.returncode or 0, said.decode(errors="replace")


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def told(gate: Gate, floors: dict[str, dict[str, float]]) -> str:
    """Returns the run as text: figures first, then everything that went wrong."""
    lines = [f"{'':44}precision  recall"]
    for name, figures in gate.score.figures().items():
        lines.append(f"{name:44}{figures['precision']:9.4f}{figures['recall']:8.4f}")
    for title, items in (
        ("said, and not so", gate.score.false),
        ("so, and not said", gate.score.missed),
        ("caught in a trap", gate.score.trapped),
        ("bad manners", gate.rude),
        ("audits that went wrong", gate.trouble),
        ("below the floor", gate.failures(floors)),
    ):
        if items:
            lines += ["", f"{title}:", *(f"  {item}" for item in items)]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Returns the exit code: 0 when every floor holds and no trap caught anything, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.gate", description=__doc__)
    parser.add_argument("portals", nargs="*", metavar="PORTAL", help="only these sites")
    parser.add_argument("--update", action="store_true", help="raise the floors to what was reached")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to leave the audits")
    parser.add_argument("--kept", type=Path, metavar="DIR", help="score the audits left there, audit nothing")
    options = parser.parse_args(argv)
    if options.update and (options.portals or options.kept):
        parser.error("--update needs a fresh run over all sites")
    floors = read_floors()
    gate = score_kept(options.kept) if options.kept else asyncio.run(run_gate(options.portals, options.keep))
    print(told(gate, floors))
    if options.update:
        text = json.dumps(raised(floors, gate.score.figures()), indent=1, sort_keys=True)
        FLOORS.write_text(text + "\n", encoding="utf-8")
    wrong = gate.failures(floors) or gate.score.trapped or gate.rude or gate.trouble
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
