"""What each phase of an audit took and did: seconds, CPU of this process and of those it started, and counters."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from crawler.processes import descendants


class Counts(Struct, frozen=True):
    """What was done so far."""

    requests: int = 0
    pages: int = 0
    links: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase that is over. `cpu` is this process's, `cpu_others` that of processes it started (the browser)."""

    name: str
    seconds: float
    cpu: float
    cpu_others: float
    requests: int
    pages: int
    links: int
    bytes: int


class Watcher(Protocol):
    """Whoever wants to know; it must return at once."""

    def began(self, name: str) -> None:
        """Takes note of a phase that begins."""

    def over(self, phase: Phase) -> None:
        """Takes note of a phase that is over."""


class Unwatched:
    """Nobody wants to know."""

    def began(self, name: str) -> None:
        """Ignores it."""

    def over(self, phase: Phase) -> None:
        """Ignores it."""


class Phases:
    """Measures phases and tells each when it is over. `count` says what was done so far."""

    def __init__(self, count: Callable[[], Counts], watcher: Watcher) -> None:
        self._count = count
        self._watcher = watcher

    def begin(self, name: str) -> Callable[[], None]:
        """Begins a phase and returns what ends it."""
        self._watcher.began(name)
        before, begun, cpu, others = self._count(), time.monotonic(), time.process_time(), cpu_of_others()

        def end() -> None:
            now = self._count()
            self._watcher.over(
                Phase(
                    name,
                    round(time.monotonic() - begun, 3),
                    round(time.process_time() - cpu, 3),
                    round(max(0.0, cpu_of_others() - others), 3),
                    now.requests - before.requests,
                    now.pages - before.pages,
                    now.links - before.links,
                    now.bytes - before.bytes,
                )
            )

        return end


def cpu_of_others() -> float:
    """Returns the CPU seconds of all processes this one started, living and ended; as far as the system tells."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = sum(_ticks(pid) for pid in descendants(os.getpid()))
    return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """Returns user and system time of a process and of those of its children it has seen end."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
    except (OSError, ValueError):
        return 0
