"""Processes as Linux tells of them: who started whom, and what each holds in memory. Elsewhere nothing is known."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def branch_of(pid: int) -> int:
    """Returns the child of this process that a process descends from (or is); the process itself where none is."""
    own, each = os.getpid(), pid
    while (parent := parent_of(each)) > 1:
        if parent == own:
            return each
        each = parent
    return pid


def descendants(pid: int) -> Iterator[int]:
    """Yields the living processes started by a process, and by those; none where the system does not tell."""
    waiting = [pid]
    while waiting:
        for child in _children(waiting.pop()):
            yield child
            waiting.append(child)


def private_bytes(pid: int) -> int:
    """Returns what a process holds for itself alone, in bytes; 0 where it is gone or the system does not tell."""
    try:
        _, resident, shared, *_ = (_PROC / str(pid) / "statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return max(0, int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def parent_of(pid: int) -> int:
    """Returns the process that started one, 0 where it is gone or the system does not tell."""
    try:
        return int((_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _children(pid: int) -> list[int]:
    # Each thread has children of its own; any of them may end while it is looked at.
    with contextlib.suppress(OSError, ValueError):
        threads = [int(thread.name) for thread in (_PROC / str(pid) / "task").iterdir()]
        return [child for thread in threads for child in born_of(pid, thread)]
    return []


def born_of(pid: int, thread: int) -> list[int]:
    """Returns the living processes that a thread of a process started; none where the system does not tell."""
    try:
        return [int(child) for child in (_PROC / str(pid) / "task" / str(thread) / "children").read_text().split()]
    except (OSError, ValueError):
        return []
