"""What a command costs, what it asked the server for, and how right it was about the broken addresses.

CPU is user and system time of the whole process tree, orphans included; memory the highest sum of proportional set
sizes (PSS) of the tree, sampled ten times a second, so what is shared counts once. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes

from benchmarks.plan import PORTAL, Truth, identity

SAMPLE_SECONDS = 0.1
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_ESCAPED = re.compile(rb"\\x([0-9A-F]{2})")  # how nginx writes what is not printable


@dataclass(frozen=True, slots=True)
class Cost:
    """One finished command: seconds by the clock and of CPU, peak memory in MB, exit code (negative: a signal)."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the server saw: requests, how many different addresses they were for, pages of the portal it sent."""

    requests: int
    addresses: int
    pages: int

    @property
    def per_address(self) -> float:
        """Returns requests for each address asked for."""
        return self.requests / self.addresses if self.addresses else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """How right a list of broken addresses is. `precision` is None for an empty list; `missed` counts by kind."""

    recall: float
    precision: float | None
    missed: Mapping[str, int] = field(default_factory=dict)
    false: tuple[str, ...] = ()


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    limit: float = 900.0,
) -> Cost:
    """Runs a command to its end and returns its cost; stdout and stderr go to files of those names in `folder`.

    After `limit` seconds, or when it ends before the processes it started, what is left of its tree is killed. Raises
    OSError when it cannot be started.
    """
    with _adopting(), (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        others = _children(os.getpid())
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            # As whoever installed it has it: an interpreter that may not keep bytecode compiles at every start.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            peak, timed_out = _watch(process.pid, start + limit)
        finally:
            _kill(_tree([process.pid]))
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = used.ru_utime + used.ru_stime
        while orphans := _children(os.getpid()) - others - {process.pid}:
            _kill(_tree(orphans))
            for orphan in orphans:
                with contextlib.suppress(ChildProcessError):
                    _, _, used = os.wait4(orphan, 0)
                    cpu += used.ru_utime + used.ru_stime
    return Cost(round(wall, 3), round(cpu, 3), round(peak / 1024, 1), process.returncode, timed_out)


def traffic(lines: Iterable[str], truth: Truth) -> Traffic:
    """Returns what the lines of a server's log say."""
    pages = {identity(url) for url in truth.pages}
    base = truth.home.rstrip("/")
    addresses: Counter[tuple[str, str]] = Counter()
    sent: set[str] = set()
    for line in lines:
        parts = line.split(" ", 3)
        if len(parts) < 4:
            continue
        method, status, address, target = parts
        target = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), target.encode("latin-1")).decode("latin-1")
        target = quote_from_bytes(target.encode("latin-1"), safe="/%?&=:;,+~!$'()*@#[]")
        addresses[address, target] += 1
        if address == PORTAL and method == "GET" and status == "200" and (page := identity(base + target)) in pages:
            sent.add(page)
    return Traffic(addresses.total(), len(addresses), len(sent))


def score(found: Iterable[str], truth: Truth) -> Score:
    """Returns how the web addresses reported broken compare with the truth; mailto: and the like do not count."""
    broken = {identity(url): kind for url, kind in truth.broken.items()}
    aliases = {identity(url): identity(of) for url, of in truth.aliases.items()}
    reported = {aliases.get(url, url) for url in map(identity, found) if url.startswith("http")}
    right = reported & broken.keys()
    return Score(
        recall=len(right) / len(broken) if broken else 1.0,
        precision=len(right) / len(reported) if reported else None,
        missed=dict(Counter(broken[url] for url in sorted(broken.keys() - right))),
        false=tuple(sorted(reported - right)),
    )


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Makes processes whose parents ended children of this one, as long as it lasts, so that their time is known."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_SUBREAPER, 0, 0, 0, 0)


def _watch(pid: int, deadline: float) -> tuple[int, bool]:
    """Returns the peak of the tree's PSS in KB once the process ended, or the deadline came (True)."""
    peak = 0
    ended = os.pidfd_open(pid)
    try:
        while time.monotonic() < deadline:
            if select.select([ended], [], [], SAMPLE_SECONDS)[0]:
                return peak, False
            peak = max(peak, sum(map(_pss, _tree([pid]))))
    finally:
        os.close(ended)
    return peak, True


def _tree(roots: Collection[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += _children(pid) - found
    return found


def _children(pid: int) -> set[int]:
    children: set[int] = set()
    with contextlib.suppress(OSError):  # it ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            children.update(map(int, (task / "children").read_text().split()))
    return children


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
