"""The arithmetic of runs: medians, ratios within a round, limits. Knows nothing of how runs are made.

A ratio is taken within each round, where both programs ran one after the other, and the median of those is given: what
else the machine did weighs on both alike. Programs that did not read about as many pages are not compared, and runs
that were stopped count nowhere.
"""

from __future__ import annotations

import json
import statistics
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

ALIKE = 0.9  # share of pages two programs must have read of each other's to be compared
FIGURES = ("cpu_ms_page", "peak_mb", "requests_per_url", "recall", "precision")
_HEADS = ("CPU-ms a page (min–max)", "peak MB", "requests per URL", "recall", "precision")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one program over one site of `of` pages. A figure that does not apply is None."""

    name: str
    version: str
    of: int
    round: int
    pages: int  # read by it
    wall_s: float
    cpu_s: float
    cpu_ms_page: float | None
    peak_mb: float
    requests: int
    requests_per_url: float | None
    recall: float | None
    precision: float | None
    missed: dict[str, int] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)  # the first few addresses called broken wrongly
    exit_code: int = 0
    stopped: bool = False  # it took too long
    note: str = ""

    def line(self) -> str:
        """Returns the run as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a figure of a program may be at `most` or must be at `least`.

    With `against` the figure is the ratio to that program, with `than` the ratio to itself on a site of so many pages.
    `pages` is the size of the site it holds for, 0 for every size. `aim` is where the figure should get to: it is told,
    and breaks nothing.
    """

    of: str
    figure: str
    most: float | None = None
    least: float | None = None
    against: str = ""
    than: int = 0
    pages: int = 0
    aim: float | None = None

    def __str__(self) -> str:
        other = f" against {self.against}" if self.against else f" against {self.than} pages" if self.than else ""
        bound = f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
        return f"{self.of}: {self.figure}{other} {bound}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit and what was measured on a site of `pages`; `value` is None where that could not be."""

    limit: Limit
    pages: int
    value: float | None

    @property
    def kept(self) -> bool | None:
        """Returns whether the limit was kept, None where nothing was measured."""
        if self.value is None:
            return None
        below = self.limit.most is None or self.value <= self.limit.most
        return below and (self.limit.least is None or self.value >= self.limit.least)

    def __str__(self) -> str:
        word = {True: "kept", False: "BEYOND", None: "not measured"}[self.kept]
        value = "" if self.value is None else f" ({self.value:.4g})"
        aim = "" if self.limit.aim is None else f", aim {self.limit.aim:g}"
        return f"{word:<13}{self.limit}{aim}, {self.pages} pages{value}"


class LimitError(Exception):
    """limits.toml cannot be understood; the message says why."""


def read_runs(path: Path) -> list[Run]:
    """Returns the runs of a file written by `benchmarks.run`. Raises OSError, ValueError, TypeError."""
    return [Run(**run) for run in json.loads(path.read_text("utf-8"))["runs"]]


def read_limits(path: Path) -> list[Limit]:
    """Returns the limits of a file. Raises LimitError, OSError."""
    known = {one.name for one in fields(Limit)}
    limits = []
    for entry in tomllib.loads(path.read_text("utf-8")).get("limit", []):
        if odd := entry.keys() - known:
            raise LimitError(f"{path}: unknown key {sorted(odd)[0]!r}")
        limit = Limit(**entry)
        if limit.figure not in FIGURES or (limit.most is None and limit.least is None):
            raise LimitError(f"{path}: {entry}: a limit has one of {', '.join(FIGURES)}, and most or least")
        limits.append(limit)
    return limits


def median(runs: Iterable[Run], name: str, of: int, figure: str) -> float | None:
    """Returns the median of a figure of a program on sites of one size, None where it has none."""
    return _median(_values(runs, name, of, figure).values())


def ratio(runs: Sequence[Run], name: str, against: str, of: int, figure: str) -> float | None:
    """Returns the median over the rounds of the ratio of two programs' figures, None where no round has both."""
    read, others = median(runs, name, of, "pages"), median(runs, against, of, "pages")
    if not read or not others or min(read, others) < ALIKE * max(read, others):
        return None
    mine, other = _values(runs, name, of, figure), _values(runs, against, of, figure)
    return _median([mine[number] / other[number] for number in sorted(mine) if other.get(number)])


def compare(limits: Iterable[Limit], runs: Sequence[Run]) -> list[Verdict]:
    """Returns what the runs say about each limit, at each size of site it holds for."""
    sizes = sorted({run.of for run in runs})
    verdicts = []
    for limit in limits:
        for size in [limit.pages] if limit.pages else sizes:
            verdicts.append(Verdict(limit, size, _measured(limit, runs, size)))
    return verdicts


def table(runs: Sequence[Run]) -> str:
    """Returns the medians as a Markdown table: cheapest first within each size of site."""
    rows = []
    for of, name in _pairs(runs):
        mine = [run for run in runs if (run.of, run.name) == (of, name)]
        good = [run for run in mine if not run.stopped]
        costs = [run.cpu_ms_page for run in good if run.cpu_ms_page is not None]
        cost = f"{statistics.median(costs):.2f} ({min(costs):.2f}–{max(costs):.2f})" if costs else "—"
        title = f"{name} {mine[0].version}".strip()
        read = statistics.median(run.pages for run in mine)
        others = [_cell(median(runs, name, of, figure), figure) for figure in FIGURES[1:]]
        stopped = f", {len(mine) - len(good)} stopped" if len(good) < len(mine) else ""
        rows.append([title, f"{of:,}", f"{len(mine)}{stopped}", f"{read:,.0f}", cost, *others])
    return _markdown(["program", "site", "runs", "pages read", *_HEADS], rows)


def ratios(runs: Sequence[Run], names: Sequence[str], against: Sequence[str]) -> str:
    """Returns a Markdown table of each name's CPU and memory as multiples of each other program's, "" without any."""
    rows: dict[tuple[str, str], list[float | None]] = {}
    for of in sorted({run.of for run in runs}):
        for name in names:
            for figure, word in (("cpu_ms_page", "CPU a page"), ("peak_mb", "peak memory")):
                rows[f"{name}, {word}", f"{of:,}"] = [ratio(runs, name, other, of, figure) for other in against]
    shown = [i for i in range(len(against)) if any(values[i] is not None for values in rows.values())]
    heads = ["ratio", "site", *(f"to {against[i]}" for i in shown)]
    cells = [
        [*row, *(_times(values[i]) for i in shown)] for row, values in rows.items() if values.count(None) < len(values)
    ]
    return _markdown(heads, cells) if cells else ""


def growth(runs: Sequence[Run]) -> str:
    """Returns a Markdown table of CPU-ms a page and peak MB by size of the site."""
    sizes = sorted({run.of for run in runs})
    rows = []
    for name in dict.fromkeys(name for _, name in _pairs(runs)):
        cells = []
        for of in sizes:
            cost, peak = median(runs, name, of, "cpu_ms_page"), median(runs, name, of, "peak_mb")
            cells.append("—" if cost is None or peak is None else f"{cost:.2f} / {peak:.0f}")
        rows.append([name, *cells])
    return _markdown(["CPU-ms a page / peak MB", *(f"{of:,}" for of in sizes)], rows)


def _measured(limit: Limit, runs: Sequence[Run], size: int) -> float | None:
    if limit.against:
        return ratio(runs, limit.of, limit.against, size, limit.figure)
    value = median(runs, limit.of, size, limit.figure)
    if not limit.than or value is None:
        return value
    base = median(runs, limit.of, limit.than, limit.figure)
    return value / base if base else None


def _values(runs: Iterable[Run], name: str, of: int, figure: str) -> dict[int, float]:
    values: dict[int, float] = {}
    for run in runs:
        value = getattr(run, figure)
        if run.name == name and run.of == of and not run.stopped and value is not None:
            values[run.round] = float(value)
    return values


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return statistics.median(known) if known else None


def _pairs(runs: Iterable[Run]) -> list[tuple[int, str]]:
    every = list(runs)
    costs = {(run.of, run.name): median(every, run.name, run.of, "cpu_ms_page") for run in every}
    return sorted(costs, key=lambda pair: (pair[0], costs[pair] if costs[pair] is not None else float("inf")))


def _cell(value: float | None, figure: str) -> str:
    return "—" if value is None else f"{value:.0f}" if figure == "peak_mb" else f"{value:.3f}"


def _times(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}x" if value >= 0.095 else f"{value:.3f}x"


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])
