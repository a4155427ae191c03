"""Audits by the installed command on hostile servers, their memory measured while they run, and what they came to.

audit      runs `mingcha audit` in a folder of its own and returns an `Audited`
Watch      adds up the memory of a process and everything it started, as often as it can
the same   what an attack must not change: the records and findings of everything that did not take part in it
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.artifacts import Attempt, GatherSummary, LinkRecord, PageRecord
from storage.bundle import Bundle

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2026-01-20"
GUARD = 270.0  # seconds after which an audit has not ended whatever its budget, and the test says so
SAMPLE = 0.1  # seconds between two looks at the memory
MINUTES = 60.0  # budget of an audit that is not told another
LATE = 15.0  # seconds gathering may go on after its budget: a browser is closed, what is under way is given up
MEBIBYTE = 1024 * 1024
# What an audit may hold, all its processes together: gathering, judging and writing; and beside them a browser.
QUIET = 512 * MEBIBYTE
BROWSING = 2560 * MEBIBYTE


@dataclass(frozen=True)
class Audited:
    """How an audit ended and what it holds. Memory is in bytes, time in seconds."""

    code: int
    out: str
    err: str
    log: str  # of the gathering process
    seconds: float
    budget: float
    peak: int  # of all its processes together, shared pages counted once
    largest: int  # of the largest process among them
    left: tuple[str, ...]  # processes that outlived it
    results: Mapping[str, Mapping[str, Any]]
    findings: tuple[Mapping[str, Any], ...]
    summary: GatherSummary
    pages: Mapping[str, PageRecord]
    links: Mapping[str, LinkRecord]

    def outcomes(self) -> dict[str, str]:
        """Returns the outcome of every check, with its reason where it has one."""
        return {check: "/".join(filter(None, (r["outcome"], r.get("reason")))) for check, r in self.results.items()}

    def accused(self) -> set[tuple[str, str, str]]:
        """Returns (kind, subject, outcome) of every finding."""
        return {(f["kind"], f["subject"], f["outcome"]) for f in self.findings}

    def last(self, url: str) -> Attempt:
        """Returns the latest attempt at a link."""
        return self.links[url].attempts[-1]


@dataclass
class Watch:
    """The memory of a process and its descendants over time."""

    pid: int
    peak: int = 0
    largest: int = 0
    met: dict[int, str] = field(default_factory=dict)  # descendants ever seen: pid -> start time and name

    def look(self) -> None:
        """Adds up what the tree holds now."""
        descendants = _descendants(self.pid)
        self.met |= descendants
        pids = (self.pid, *descendants)
        self.peak = max(self.peak, sum(_kibibytes(pid, "smaps_rollup", "Pss:") for pid in pids) * 1024)
        self.largest = max(self.largest, *(_kibibytes(pid, "status", "VmHWM:") * 1024 for pid in pids))

    def alive(self) -> tuple[str, ...]:
        """Returns the descendants that still run."""
        return tuple(name for pid, name in self.met.items() if _identity(pid) == name)

    def end(self) -> None:
        """Kills the process and its descendants."""
        self.look()
        for pid in (self.pid, *(pid for pid, name in self.met.items() if _identity(pid) == name)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def audit(
    folder: Path,
    home: str,
    hosts: Mapping[str, str],
    *words: str,
    browser: bool = False,
    network: Sequence[str] = (),
    guard: float = GUARD,
    **keys: Any,
) -> Audited:
    """Returns how `mingcha audit` of the portal `home` ended.

    `hosts` are name -> endpoint, `network` further lines of that table of targets.toml, `keys` further keys of the
    portal. Raises AssertionError when it has not ended after `guard` seconds; then everything it started is killed.
    """
    keys = {"max_minutes": MINUTES, **keys}
    _prepare(folder, home, hosts, network, keys)
    told = ("--out", "out", "--as-of", AS_OF, "--spacing", "0", *(() if browser else ("--no-browser",)), *words)
    begun = time.monotonic()
    process = await _start(folder, told)
    watch = Watch(process.pid)
    ended = asyncio.ensure_future(process.wait())
    while not ended.done():
        watch.look()
        await asyncio.wait({ended}, timeout=SAMPLE)
        if time.monotonic() - begun > guard:
            watch.end()
    code = await ended
    seconds = time.monotonic() - begun
    assert seconds <= guard, f"not ended after {guard:.0f} s: {_text(folder / 'stderr')[-2000:]}"
    left = watch.alive()
    while left and time.monotonic() - begun < seconds + 10:  # the kernel takes a moment to bury a browser
        await asyncio.sleep(SAMPLE)
        left = watch.alive()
    return _read(folder, code, seconds, watch, left, keys["max_minutes"] * 60)


async def _start(folder: Path, told: Sequence[str]) -> asyncio.subprocess.Process:
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mingcha", "audit", "one", *told),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )


def _prepare(
    folder: Path, home: str, hosts: Mapping[str, str], network: Sequence[str], keys: Mapping[str, Any]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = {"id": "one", "name": "石楼县人民政府", "home": home, "rate": 100_000, "concurrency": 4, **keys}
    names = ", ".join(f"{json.dumps(name)} = [{json.dumps(end)}]" for name, end in hosts.items())
    lines = ["[network]", "sealed = true", f"hosts = {{ {names} }}", *network, "[[portal]]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (folder / "targets.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.exists() else ""


def _read(folder: Path, code: int, seconds: float, watch: Watch, left: tuple[str, ...], budget: float) -> Audited:
    said = _text(folder / "stderr")
    with Bundle.open(folder / "out" / "bundle") as bundle:
        summary = bundle.get(GatherSummary, "summary")
        assert summary is not None, said
        pages = {page.url: page for page in bundle.all(PageRecord)}
        links = {link.url: link for link in bundle.all(LinkRecord)}
    return Audited(
        code=code,
        out=_text(folder / "stdout"),
        err=said,
        log=_text(folder / "out" / "bundle" / "audit.log"),
        seconds=seconds,
        budget=budget,
        peak=watch.peak,
        largest=watch.largest,
        left=left,
        results={result["check"]: result for result in _feed(folder / "out" / "results.jsonl")},
        findings=tuple(_feed(folder / "out" / "findings.jsonl")),
        summary=summary,
        pages=pages,
        links=links,
    )


def _feed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _text(path).splitlines()]


# what an attack must not change


def survived(attacked: Audited, peaceful: Audited | None, bound: int = QUIET) -> None:
    """Asserts that an audit came through: no error of ours, nothing left behind, time within its budget, memory within
    `bound` bytes, and everything that took no part in the attack as in the audit without it (where that is given)."""
    print(
        f"{attacked.seconds:.0f} s, {attacked.peak // MEBIBYTE} MiB together, "
        f"{attacked.largest // MEBIBYTE} MiB the largest, ended: {attacked.summary.stopped_by or 'complete'}"
    )
    assert "Traceback" not in attacked.err
    assert attacked.code in {0, 2, 3}, attacked.err
    assert [check for check, result in attacked.results.items() if result["outcome"] == "error"] == []
    assert attacked.left == ()
    assert (attacked.summary.ended - attacked.summary.started).total_seconds() <= attacked.budget + LATE
    assert attacked.peak <= bound, f"{attacked.peak // MEBIBYTE} MiB"
    if peaceful is not None and (differences := unchanged(attacked, peaceful)):
        raise AssertionError("\n".join(differences))


def unchanged(attacked: Audited, peaceful: Audited) -> list[str]:
    """Returns in words what an attack changed about the pages, links and findings of the audit without it."""
    differences = [
        *_differences("page", peaceful.pages, attacked.pages, _page),
        *_differences("link", peaceful.links, attacked.links, _link),
    ]
    subjects = peaceful.links.keys() | peaceful.pages.keys() | {f["subject"] for f in peaceful.findings}
    accused = {one for one in attacked.accused() if one[1] in subjects}
    differences += [f"accused: {one}" for one in sorted(accused - peaceful.accused())]
    differences += [f"not seen any more: {one}" for one in sorted(peaceful.accused() - accused)]
    return differences


def _differences(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], telling: Callable[[Any], object]
) -> Iterator[str]:
    for url, record in before.items():
        found = after.get(url)
        if found is None:
            yield f"{what} {url}: not there"
        elif telling(found) != telling(record):
            yield f"{what} {url}: {telling(found)} instead of {telling(record)}"


def _page(page: PageRecord) -> object:
    facts = page.facts
    seen = (facts.kind, facts.title, facts.pub_date, len(facts.items), facts.text_length) if facts else None
    return page.fetch.outcome, page.fetch.status, page.skipped, page.level, seen


def _link(link: LinkRecord) -> object:
    last = link.attempts[-1] if link.attempts else None
    return link.internal, link.level, link.skipped, last and (last.outcome, last.status, last.sniffed, last.title)


# processes


def _identity(pid: int) -> str:
    try:
        name, fields = _stat(pid)
    except (OSError, IndexError):
        return ""
    return "" if fields[0] == "Z" else f"{name} {pid} since {fields[19]}"


def _stat(pid: int) -> tuple[str, list[str]]:
    text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    return text.partition("(")[2].rpartition(")")[0], text.rpartition(")")[2].split()


def _descendants(pid: int) -> dict[int, str]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                children.setdefault(int(_stat(int(entry.name))[1][1]), []).append(int(entry.name))
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if name := _identity(child):
                found[child] = name
            waiting.append(child)
    return found


def _kibibytes(pid: int, file: str, name: str) -> int:
    """A line of /proc in KiB. Pss: a page shared by several processes counts once in their sum. VmHWM: the most yet."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
