"""The child process of one audit as its parent sees it: events in, deadline and Ctrl-C out."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Event = Callable[[dict[str, Any]], None]

# The child ends by itself at max_minutes; these seconds more are for confirming, screenshots and closing.
GRACE = 900.0


def run_child(folder: Path, limit: float, on_event: Event) -> tuple[int, str]:
    """Runs the audit of the bundle in `folder` in a process of its own and waits for it.

    `limit` is in seconds; past it (and GRACE) the child and all it started are killed. The first Ctrl-C asks the child
    to stop and keep what it has, the second kills it. Returns (exit code, why it failed in its own words or "").
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "mingcha.child", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(folder / "stderr.log").open("ab"),
        text=True,
        start_new_session=True,  # Ctrl-C reaches the parent only, which passes it on once
    )
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_pump, args=(child, lines), daemon=True).start()
    deadline = time.monotonic() + limit + GRACE
    why = ""
    with _interrupts(child, lines) as asked:
        while True:
            try:
                line = lines.get(timeout=1.0)
            except queue.Empty:
                if time.monotonic() > deadline:
                    why = f"killed after {limit + GRACE:.0f} s"
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
            on_event(event)
        code = child.wait()
    if code and not why and not asked:
        tail = (folder / "stderr.log").read_text("utf-8", "replace").strip().splitlines()[-1:]
        why = tail[0] if tail else f"the audit process ended with code {code}"
    return code, why


@contextlib.contextmanager
def _interrupts(child: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> Iterator[list[int]]:
    """Yields the Ctrl-Cs so far; the first asks the child to stop, the second kills it. Main thread only, else none."""
    asked: list[int] = []

    def interrupted(number: int, _: object) -> None:
        asked.append(number)
        _signal(child, signal.SIGINT if len(asked) == 1 else signal.SIGKILL)
        # Told through the queue: a handler may come in the middle of anything, and this put is made for that.
        lines.put(json.dumps({"event": "interrupted", "times": len(asked)}))

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = [(number, signal.signal(number, interrupted)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield asked
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _pump(child: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        lines.put(line)
    lines.put(None)


def _signal(child: subprocess.Popen[str], number: int) -> None:
    try:
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)  # the browser too
        else:
            os.kill(child.pid, number)
    except ProcessLookupError:
        pass
