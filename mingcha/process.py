"""The child process of one audit as its parent sees it: events in, deadline and signals out.

    first signal     the child is asked to stop and keep what it has; after STOP_SECONDS it is killed
    second signal    the child is killed, and KeyboardInterrupt says that nothing more is wanted
    parent killed    the child's standard input ends: it stops by itself, as after a first signal
    child killed     the bundle is noted as unfinished, so that the audit can go on

Only one process works on a bundle at a time: the lock is the child's as well, and lasts as long as either of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from mingcha.errors import IMPOSSIBLE
from mingcha.forked import Forked, can_fork, fork
from mingcha.garbage import loading
from portal.artifacts import GatherSummary
from storage.bundle import Bundle, BundleError

Event = Callable[[dict[str, Any]], None]
Child = Forked | subprocess.Popen[str]

# The child ends by itself at max_minutes; these seconds more are for confirming, screenshots and closing.
GRACE = 900.0
STOP_SECONDS = 20.0  # a child that was asked to stop gets to do so; killed it loses no more than its last batch
LOCK_SECONDS = 45.0  # the child of a killed parent gets to end, before this audit is said to be somebody else's
LOCK = "lock"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_child(folder: Path, limit: float, on_event: Event, sitting: Mapping[str, str]) -> tuple[int, str]:
    """Runs the audit of the bundle in `folder` in a process of its own and waits for it.

    `sitting` is what `mingcha.child` wants to know of this run beside the bundle. `limit` is in seconds; past it (and
    GRACE) the child and all it started are killed. Returns (exit code, why it failed in its own words or ""). Raises
    KeyboardInterrupt after a second Ctrl-C or SIGTERM, and after the first while another process still has the bundle.
    """
    on_event({"event": "started", "folder": str(folder)})
    with _listening() as stops:
        with _locked(folder, stops, on_event) as lock:
            if lock is None:
                if stops.asked:
                    raise KeyboardInterrupt
                return IMPOSSIBLE, f"another process is at work on {folder}: wait for it, or choose another --out"
            code, why = _run(folder, limit, on_event, stops, lock, sitting)
        if len(stops.asked) > 1:
            raise KeyboardInterrupt
    return code, why


class _Stops(Struct):
    """What signals asked for so far, and whom they concern."""

    lines: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)
    asked: list[int] = field(default_factory=list)
    child: Child | None = None
    since: float = 0.0

    def take(self, number: int, _: object = None) -> None:
        """Handles one signal. A terminal that is closed may say so twice: it never counts as the second one."""
        if number == signal.SIGHUP and self.asked:
            return
        self.asked.append(number)
        self.since = self.since or time.monotonic()
        if self.child is not None:
            _signal(self.child, signal.SIGINT if len(self.asked) == 1 else signal.SIGKILL)
        # Told through the queue: a handler may come in the middle of anything, and this put is made for that.
        self.lines.put(json.dumps({"event": "interrupted", "times": len(self.asked)}))


def _run(
    folder: Path, limit: float, on_event: Event, stops: _Stops, lock: int, sitting: Mapping[str, str]
) -> tuple[int, str]:
    child = _start([str(folder), json.dumps(dict(sitting))], folder / "stderr.log", lock)
    stops.child = child
    if stops.asked:  # by a signal that came while the child was being started
        _signal(child, signal.SIGINT)
    threading.Thread(target=_pump, args=(child, stops.lines), daemon=True).start()
    deadline = time.monotonic() + limit + GRACE
    why, done = "", False
    try:
        while True:
            try:
                line = stops.lines.get(timeout=1.0)
            except queue.Empty:
                if time.monotonic() > deadline:
                    why = f"killed after {limit + GRACE:.0f} s"
                elif not stops.asked or time.monotonic() < stops.since + STOP_SECONDS:
                    continue
                _signal(child, signal.SIGKILL)
                deadline = float("inf")
                continue
            if line is None:
                break
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == "failed":
                why = str(event.get("why", ""))
            done = done or event.get("event") == "done"
            on_event(event)
    finally:
        code = _ended(child)
        stops.child = None
    if not done:
        _note_unfinished(folder)
    if code and not why and not stops.asked:
        tail = (folder / "stderr.log").read_text("utf-8", "replace").strip().splitlines()[-1:]
        why = tail[0] if tail else f"the audit process ended with code {code}"
    return code, why


def _start(words: list[str], errors: Path, lock: int) -> Child:
    """Returns the child, in a session of its own: Ctrl-C reaches the parent only, which passes it on once."""
    if can_fork():
        _import_for_both()
        return fork(lambda: _work(words), errors, lock)
    with errors.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "mingcha.child", *words],
            stdin=subprocess.PIPE,  # never written to: it ends when this process does, however that ends
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            start_new_session=True,
            pass_fds=(lock,),
        )


def _import_for_both() -> None:
    """Imports what the child needs and this process will need after it: once, for both."""
    with loading():
        import crawler.heap  # noqa: F401  # used by the child, then here before reports are written
        import portal.encoding  # no check reads bytes, but the report shows them as the child read them
        import portal.personal  # noqa: F401  # pictures and reports mask alike
        from checks.registry import all_checks

        all_checks()


def _work(words: list[str]) -> int:
    with loading():  # in the child only: its parent needs neither Scrapy nor a browser
        from mingcha.child import main

    return main(words)


def _ended(child: Child) -> int:
    """Returns the exit code of the child; one that still runs (something broke here) is asked to end, then made to."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        return child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(child, signal.SIGKILL)
        return child.wait()


def _note_unfinished(folder: Path) -> None:
    """Says in the bundle that the audit did not come to its end, whatever its last stage had said."""
    # A bundle that cannot be written now is unfinished anyway: the stages after this one are missing in it.
    with contextlib.suppress(BundleError, sqlite3.Error), Bundle.open(folder) as bundle:
        summary = bundle.get(GatherSummary, "summary")
        if summary is not None and summary.stopped_by != "interrupted":
            bundle.add(replace(summary, stopped_by="interrupted", ended=dt.datetime.now(dt.UTC)))


@contextlib.contextmanager
def _locked(folder: Path, stops: _Stops, on_event: Event) -> Iterator[int | None]:
    """Yields the descriptor of a bundle's lock, waited for; None where somebody else keeps it, or we are to stop."""
    with (folder / LOCK).open("ab") as file:
        end = time.monotonic() + LOCK_SECONDS
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if stops.asked or time.monotonic() >= end:
                    yield None
                    return
                if not waiting:
                    on_event({"event": "waiting"})
                    waiting = True
                time.sleep(0.1)
                continue
            except OSError:
                pass  # a file system without locks: whoever keeps audits there starts one at a time
            break
        yield file.fileno()


@contextlib.contextmanager
def _listening() -> Iterator[_Stops]:
    """Yields what signals ask for while it is open. Main thread only, elsewhere nothing is ever asked."""
    stops = _Stops()
    if threading.current_thread() is not threading.main_thread():
        yield stops
        return
    before = [
        (number, signal.signal(number, stops.take))
        for number in _SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN  # nohup
    ]
    try:
        yield stops
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _pump(child: Child, lines: queue.SimpleQueue[str | None]) -> None:
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            lines.put(line)
    lines.put(None)


def _signal(child: Child, number: int) -> None:
    try:
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)  # the browser too
        else:
            os.kill(child.pid, number)
    except ProcessLookupError:
        pass
