"""What the processes of a browser hold in memory, as Linux tells it. Elsewhere nothing is known, and nothing bounded.

A page may ask for as much memory as it likes: its renderer is a process of its own, and nothing bounds it. So the
browser service looks a few times a second (`keep_below`) and ends the process that holds most once all of them
together hold too much: to the service that is a crash like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

SECONDS = 0.25  # between two looks; a fifth of it while half of the limit is passed
EVERY = 8  # of so many looks one asks every thread for its children; a page is forked by the first thread of another

log = logging.getLogger(__name__)
_PROC = Path("/proc")


async def keep_below(limit: int, pid: int) -> None:
    """Watches the tree of processes `pid` belongs to until it is gone, and ends the largest whenever all hold too much.

    The tree is the child of this process that `pid` descends from, and everything below it. `limit` is in bytes.
    """
    root = branch_of(pid)
    known: set[int] = set()
    look = 0
    while _parent(root):
        if look % EVERY == 0:
            known = {root, *descendants(root)}
        else:
            known.update(*[_born(each, each) for each in known])
        held = {each: private_bytes(each) for each in known}
        if sum(held.values()) > limit:
            largest = max(held, key=lambda each: held[each])
            log.warning("the browser holds %d MB: its largest process is ended", sum(held.values()) >> 20)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(largest, signal.SIGKILL)
        look += 1
        await asyncio.sleep(SECONDS if sum(held.values()) < limit / 2 else SECONDS / 5)


def branch_of(pid: int) -> int:
    """Returns the child of this process that a process descends from (or is); the process itself where none is."""
    own, each = os.getpid(), pid
    while (parent := _parent(each)) > 1:
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


def _parent(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _children(pid: int) -> list[int]:
    # Each thread has children of its own; any of them may end while it is looked at.
    with contextlib.suppress(OSError, ValueError):
        threads = [int(thread.name) for thread in (_PROC / str(pid) / "task").iterdir()]
        return [child for thread in threads for child in _born(pid, thread)]
    return []


def _born(pid: int, thread: int) -> list[int]:
    try:
        return [int(child) for child in (_PROC / str(pid) / "task" / str(thread) / "children").read_text().split()]
    except (OSError, ValueError):
        return []
