"""Kills a Python process from within, at a call chosen beforehand: between two requests there is no other event.

Python runs this file at its start when its folder is on PYTHONPATH. Nothing of the program is replaced: calls are only
counted.

    MINGCHA_KILL = "parent:commit:1200"   SIGKILL at the 1200th call after the phase `commit` began, in the parent
    MINGCHA_SIGNAL = "SIGTERM"            another signal instead
    MINGCHA_CALLS = FILE                  how many calls each phase took is written there (JSON) when the process ends

A phase lasts from the call of its function to its return; the last one ends with the process.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

# Function -> the phase that begins with it, for the two processes of an audit.
PHASES = {
    "parent": {
        ("bundle.py", "Bundle.create"): "create",
        ("judging.py", "judge_bundle"): "judge",
        ("evidence.py", "EvidenceStore.copy"): "copy",
        ("commit.py", "commit_audit"): "commit",
        ("telling.py", "_scored"): "score",
        ("write.py", "write_all"): "write",
        ("scoring.py", "write_sheets"): "sheets",
        ("bundle.py", "Bundle.mark"): "mark",
    },
    "child": {
        ("bundle.py", "Bundle.flush"): "flush",
        ("bundle.py", "Bundle.mark"): "mark",
        ("wrapup.py", "conclude"): "conclude",
        ("second_look.py", "try_again"): "confirm",
    },
}


class Counter:
    """Counts calls by phase, and kills at the one wanted."""

    def __init__(self, role: str, kill: str) -> None:
        self.phases = PHASES[role]
        self.calls: dict[str, int] = {}
        self.phase = ""
        self.within: FrameType | None = None  # the call the phase lasts for
        _, self.kill_phase, number = kill.split(":") if kill.startswith(role) else ("", "", "0")
        self.kill_at = int(number)

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Takes note of one call or return."""
        if event == "call" and self.within is None:
            self.enter(frame)
        if self.within is None:
            return
        if event in ("call", "c_call"):
            count = self.calls[self.phase] = self.calls.get(self.phase, 0) + 1
            if self.phase == self.kill_phase and count == self.kill_at:
                os.kill(os.getpid(), signal.Signals[os.environ.get("MINGCHA_SIGNAL", "SIGKILL")])
        elif event == "return" and frame is self.within:
            self.within = None

    def enter(self, frame: FrameType) -> None:
        """Begins the phase of a function that is called."""
        code = frame.f_code
        phase = self.phases.get((code.co_filename.rpartition("/")[2], code.co_qualname))
        if phase is not None:
            self.phase, self.within = phase, frame


def begin(role: str) -> None:
    """Counts in the process that is meant, from the first database it opens: nothing is to be killed before that."""
    kill, calls = os.environ.get("MINGCHA_KILL", ""), os.environ.get("MINGCHA_CALLS", "")
    counting = bool(calls) and role == "parent"
    if not counting and not kill.startswith(role):
        return
    counter = Counter(role, kill)
    if counting:
        atexit.register(lambda: Path(calls).write_text(json.dumps(counter.calls), "utf-8"))
    begun = False

    def hook(event: str, _: object) -> None:
        nonlocal begun
        if event == "sqlite3.connect" and not begun and os.getpid() == process:
            begun = True
            frame = sys._getframe().f_back
            while frame is not None and counter.within is None:  # the phase may be what opens it
                counter.enter(frame)
                frame = frame.f_back
            sys.setprofile(counter)

    process = os.getpid()
    sys.addaudithook(hook)


def begin_in_copy() -> None:
    """Counts anew in a child that is a copy of its parent."""
    sys.setprofile(None)
    begin("child")


begin("child" if "mingcha.child" in sys.orig_argv else "parent")
os.register_at_fork(after_in_child=begin_in_copy)
