"""Measures Mingcha beside other programs on one made-up portal, interleaved: `python -m benchmarks.run --help`.

Every round runs every program once, each round beginning with another. Runs go to stderr as they end, one JSON line
each; tables to stdout; everything to --json. Exit codes: 0 measured, 1 beyond a limit (--check), 2 not possible.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.ours import OURS
from benchmarks.peers import PEERS, Command, Contender, PeerError, Place
from benchmarks.plan import Plan, Ports
from benchmarks.serve import Served, ServeError, serve
from benchmarks.site import make
from benchmarks.table import Limit, LimitError, Run, compare, growth, ratios, read_limits, read_runs, table

LIMITS = Path(__file__).parent / "limits.toml"
FALSE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asked for, understood."""

    sizes: tuple[int, ...]
    rounds: int
    ours: tuple[str, ...]
    against: tuple[str, ...]
    contenders: tuple[Contender, ...]
    peers: Path
    folder: Path
    limit: float
    plain: bool
    keep: bool
    options: Mapping[str, bool]  # of the site: gzip, tls, raw_gbk


def main(words: Sequence[str] | None = None) -> int:
    """Measures, prints and compares. Returns the exit code."""
    parser = _parser()
    chosen = parser.parse_args(words)
    try:
        limits = read_limits(chosen.limits)
        asked = _understood(chosen)
        runs = [run for path in chosen.results for run in read_runs(path)] if chosen.results else _all(asked)
    except (PeerError, ServeError, LimitError, OSError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if chosen.json:
        document = {"machine": machine(), "site": dict(asked.options), "runs": [json.loads(run.line()) for run in runs]}
        chosen.json.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    names = list(dict.fromkeys(run.name for run in runs))
    against = [name for name in names if name not in OURS]
    parts = [table(runs), ratios(runs, [name for name in names if name in OURS], against)]
    if len({run.of for run in runs}) > 1:
        parts.append(growth(runs))
    print("\n\n".join(filter(None, parts)))
    return _checked(limits, runs) if chosen.check else 0


def one(contender: Contender, place: Place, number: int, limit: float) -> Run:
    """Returns one run of a program in the folder of `place`."""
    site = place.served.site
    mark = place.served.mark()
    command = contender.command(place)
    cost = measure.run(command, folder=place.folder, environ=contender.environ(place), limit=limit)
    seen = measure.traffic(place.served.since(mark), site.truth)
    note, scored = "", None
    if contender.finds:
        try:
            text = (place.folder / "stdout").read_text("utf-8", "replace")
            scored = measure.score(contender.broken(place, text), site.truth)
        except Exception as error:  # whatever a foreign report made of it, the run is told
            said = (place.folder / "stderr").read_text("utf-8", "replace").strip()[-300:]
            note = f"no readable report: {error!r}; {said}"
    return Run(
        name=contender.name,
        version=contender.version,
        of=site.plan.pages,
        round=number,
        pages=seen.pages,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        cpu_ms_page=round(cost.cpu_s * 1000 / seen.pages, 4) if seen.pages else None,
        peak_mb=cost.peak_mb,
        requests=seen.requests,
        requests_per_url=round(seen.per_address, 4) if seen.addresses else None,
        recall=round(scored.recall, 4) if scored else None,
        precision=round(scored.precision, 4) if scored and scored.precision is not None else None,
        missed=dict(scored.missed) if scored else {},
        false=list(scored.false[:FALSE_SHOWN]) if scored else [],
        exit_code=cost.exit_code,
        stopped=cost.timed_out,
        note=note,
    )


def machine() -> dict[str, Any]:
    """Returns what the figures were taken on."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def _all(asked: Asked) -> list[Run]:
    for contender in asked.contenders:
        contender.ready(asked.peers)
    runs: list[Run] = []
    with _workshop(asked) as workshop:
        for size in asked.sizes:
            plan = Plan(size, Ports.free(), **asked.options)
            site = make(plan, workshop / f"site{size}")
            print(f"{size} pages, {len(site.truth.broken)} broken addresses", file=sys.stderr)
            with serve(site, plain=asked.plain) as served:
                runs += _rounds(asked, served, workshop)
            if not asked.keep:
                shutil.rmtree(site.folder)
    return runs


def _rounds(asked: Asked, served: Served, workshop: Path) -> Iterator[Run]:
    for number in range(asked.rounds):
        first = number % len(asked.contenders)
        for contender in (*asked.contenders[first:], *asked.contenders[:first]):
            folder = workshop / f"{contender.name}-{served.site.plan.pages}-{number}"
            folder.mkdir()
            run = one(contender, Place(served, folder, asked.peers), number, asked.limit)
            print(run.line(), file=sys.stderr, flush=True)
            yield run
            if not asked.keep:
                shutil.rmtree(folder)


@contextlib.contextmanager
def _workshop(asked: Asked) -> Iterator[Path]:
    asked.folder.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix="run-", dir=asked.folder))
    workshop.chmod(0o755)  # LinkChecker becomes somebody else when run as root
    try:
        yield workshop
    finally:
        if asked.keep:
            print(f"kept: {workshop}", file=sys.stderr)
        else:
            shutil.rmtree(workshop, ignore_errors=True)


def _checked(limits: Sequence[Limit], runs: Sequence[Run]) -> int:
    verdicts = compare(limits, runs)
    print("\n" + "\n".join(map(str, verdicts)))
    return 1 if any(verdict.kept is False for verdict in verdicts) else 0


def _understood(chosen: argparse.Namespace) -> Asked:
    own = {name: Command(name, shlex.split(text)) for name, _, text in (word.partition("=") for word in chosen.command)}
    ours = _words(chosen.what or ("product,gather" if chosen.check else "product"))
    against = (*_words(chosen.against), *own)
    known: dict[str, Contender] = {**OURS, **PEERS, **own}
    for name in (*ours, *against):
        if name not in known:
            raise ValueError(f"there is no {name!r}; there are {', '.join(known)}")
    try:
        sizes = tuple(int(word) for word in _words(chosen.pages))
    except ValueError:
        raise ValueError(f"--pages {chosen.pages!r}: write numbers with commas between, such as 1000,3000") from None
    return Asked(
        sizes=sizes,
        rounds=chosen.runs,
        ours=ours,
        against=against,
        contenders=tuple(known[name] for name in dict.fromkeys((*ours, *against))),
        peers=(chosen.peers or chosen.folder / "peers").absolute(),
        folder=chosen.folder.absolute(),
        limit=chosen.limit,
        plain=chosen.plain,
        keep=chosen.keep,
        options={"gzip": chosen.gzip, "tls": chosen.tls, "raw_gbk": chosen.raw_gbk},
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    option = parser.add_argument
    option("--pages", default="3000", help="size of the portal; several with commas between show growth (3000)")
    option("--runs", type=int, default=3, help="rounds (3)")
    option("--what", default="", help=f"of ours: {', '.join(OURS)} (product)")
    option("--against", default="bare,lychee", help=f"programs beside it: {', '.join(PEERS)} (bare,lychee)")
    option("--command", action="append", default=[], metavar="NAME=COMMAND", help="another program: prints what is "
           "broken, an address a line; {home} in it is the portal's")  # fmt: skip
    option("--gzip", action="store_true", help="pages are sent compressed")
    option("--tls", action="store_true", help="https with an authority made for the occasion")
    option("--raw-gbk", action="store_true", help="attachments named in raw GBK bytes in hrefs")
    option("--plain", action="store_true", help="serve with Python though nginx is there")
    option("--limit", type=float, default=900.0, help="seconds after which a run is stopped (900)")
    option("--folder", type=Path, default=Path("out/benchmarks"), help="where sites and runs are made (out/benchmarks)")
    option("--peers", type=Path, help="folder of `python -m benchmarks.peers` (FOLDER/peers)")
    option("--keep", action="store_true", help="leave sites and runs there")
    option("--json", type=Path, help="write machine and runs to this file")
    option("--results", type=Path, action="append", help="measure nothing: use the runs of such a file, or several")
    option("--check", action="store_true", help="compare with the limits, exit 1 beyond")
    option("--limits", type=Path, default=LIMITS, help="the limits (limits.toml beside this module)")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in good order: server and measured program end, too
    sys.exit(main())
