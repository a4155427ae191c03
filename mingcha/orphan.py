"""The end of a parent, as its child learns of it: however the parent ends, the child stops in good order."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import stat
import sys
import threading

_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int = 0) -> None:
    """Has this process stop as after Ctrl-C when its parent ends, or has ended; `parent` is its id where it is known.

    Linux tells it so, without a thread that would keep it from being copied (`mingcha.forked`). Elsewhere a thread
    reads standard input, which is a pipe of the parent that nobody writes to.
    """
    if not _LINUX:
        threading.Thread(target=_watch, daemon=True).start()
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if parent and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGINT)
    elif stat.S_ISFIFO(os.fstat(0).st_mode) and select.select([0], [], [], 0)[0]:
        _watch()  # the pipe has ended already


def _watch() -> None:
    while os.read(0, 64):
        pass
    os.kill(os.getpid(), signal.SIGINT)
