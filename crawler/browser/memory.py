"""What the processes of a browser may hold in memory, where the system tells what they do; elsewhere no bound holds.

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

from crawler.processes import born_of, branch_of, descendants, parent_of, private_bytes

SECONDS = 0.25  # between two looks; a fifth of it while half of the limit is passed
EVERY = 8  # of so many looks one asks every thread for its children; a page is forked by the first thread of another

log = logging.getLogger(__name__)


async def keep_below(limit: int, pid: int) -> None:
    """Watches the tree of processes `pid` belongs to until it is gone, and ends the largest whenever all hold too much.

    The tree is the child of this process that `pid` descends from, and everything below it. `limit` is in bytes.
    """
    root = branch_of(pid)
    known: set[int] = set()
    look = 0
    while parent_of(root):
        if look % EVERY == 0:
            known = {root, *descendants(root)}
        else:
            known.update(*[born_of(each, each) for each in known])
        held = {each: private_bytes(each) for each in known}
        if sum(held.values()) > limit:
            largest = max(held, key=lambda each: held[each])
            log.warning("the browser holds %d MB: its largest process is ended", sum(held.values()) >> 20)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(largest, signal.SIGKILL)
        look += 1
        await asyncio.sleep(SECONDS if sum(held.values()) < limit / 2 else SECONDS / 5)
