"""A child process that is a copy of this one: what both need is imported once, and lies in memory once.

Only where a copy is sound: a process with one thread, on a system whose libraries stand it. Elsewhere (macOS is one)
whoever wants a child starts a new interpreter.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from subprocess import TimeoutExpired
from typing import NoReturn, TextIO

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 0.02  # seconds between two looks whether a child that was told to end has done so


def can_fork() -> bool:
    """Returns whether a copy of this process would be sound: no other thread holds a lock in it for ever."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


class Forked:
    """A child, used like the `subprocess.Popen` of one: `pid`, `stdin`, `stdout`, `wait`."""

    def __init__(self, pid: int, stdin: TextIO, stdout: TextIO) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code, negative for a signal. Raises TimeoutExpired after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while self._code is None:
            pid, status = os.waitpid(self.pid, 0 if end is None else os.WNOHANG)
            if pid:
                self.stdin.close()
                self._code = os.waitstatus_to_exitcode(status)
            elif end is not None and time.monotonic() >= end:
                raise TimeoutExpired("fork", timeout or 0.0)
            else:
                time.sleep(_LOOK)
        return self._code


def aside(work: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Returns what `work` returns. It is done in a copy of this process where that is sound: what it imports and holds
    is gone when it is done. What goes wrong in the copy, its death included, is done again here and goes wrong here."""
    if not can_fork():
        return work()
    inner, outer = os.pipe()
    gc.freeze()
    pid = os.fork()
    if not pid:
        try:
            with os.fdopen(outer, "wb") as file:
                file.write(json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(outer)
    with os.fdopen(inner, "rb") as file:
        said = file.read()
    os.waitpid(pid, 0)
    try:
        found: dict[str, str] = json.loads(said)
    except ValueError:
        return work()
    return found


def fork(work: Callable[[], int], errors: Path, keep: int) -> Forked:
    """Runs `work` in a copy of this process and returns it; what `work` returns is its exit code.

    It has a session of its own, pipes for input and output, `errors` for its error output, signals as a new process
    has them, and of the files open here only `keep`.
    """
    inner, ours = os.pipe()
    theirs, outer = os.pipe()
    gc.freeze()  # to look for garbage among what is here now would copy all of it
    # No signal may reach the copy while it would still take it for ours.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
        if not pid:
            with errors.open("ab") as file:
                be_child(work, (inner, outer, file.fileno()), [keep], before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(inner)
    os.close(outer)
    return Forked(pid, os.fdopen(ours, "w"), os.fdopen(theirs, encoding="utf-8"))


def be_child(
    work: Callable[[], int], streams: tuple[int, int, int], keep: Collection[int], mask: Iterable[int]
) -> NoReturn:
    """Does the work in a process just forked and ends it: nothing of what its parent was about to do is done twice.

    `streams` become its input, output and error output, `keep` are the other files that stay open, `mask` the signals
    that stay blocked.
    """
    code = 1
    try:
        os.setsid()
        for number, end in enumerate(streams):
            os.dup2(end, number)
        for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
            if number > 2 and number not in keep:
                with contextlib.suppress(OSError):  # the one the list itself was read by
                    os.close(number)
        # Not sys.__stdout__: it may hold what the parent has not written yet.
        sys.stdin = os.fdopen(0)
        sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
        for one in SIGNALS:
            if signal.getsignal(one) is not signal.SIG_IGN:  # nohup
                signal.signal(one, signal.default_int_handler if one is signal.SIGINT else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
