"""The log of events: one JSON line for everything that happens in an audit, for machines that watch many of them.

Every line has `at` (UTC), `event`, `audit`, `portal` and `phase`; what else there is depends on the event:

    begin      version, as_of, resumed
    progress   pages, queued, links, links_queued, rate, waiting_for; at most one in PROGRESS_SECONDS and phase
    phase      a phase is over: name, seconds, cpu, cpu_others, requests, pages, links, bytes
    log        a warning of the program: level, logger, message
    window     the portal's hours are over. Likewise: interrupted (a signal came), waiting (another process has the
               bundle), failed (why)
    end        exit_code, degraded, stopped_by, pages, requests, findings by outcome, health
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

EVENTS = "events.jsonl"  # in a bundle's folder
PROGRESS_SECONDS = 5.0
_OWN = ("at", "event", "audit", "portal", "phase")


class EventLog:
    """Writes events to files that are only added to. A file that cannot be written is left out, never the audit."""

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        audit: str,
        portal: str,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._names = {"audit": audit, "portal": portal}
        self._clock = clock
        self._wall = wall
        self._phase = ""
        self._last = float("-inf")
        self._files: list[int] = []
        for path in paths:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._files.append(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644))
            except OSError:
                continue

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Takes an event of the audit's process."""
        facts = dict(event)
        kind = str(facts.pop("event", ""))
        phase = str(facts.get("stage") or facts.get("name") or self._phase)
        if kind == "stage" or (kind == "progress" and phase == self._phase and self._recent()):
            self._phase = phase
            return  # a stage is told when it is over
        self._phase = phase
        if kind == "progress":
            self._last = self._clock()
            facts.pop("stage", None)
        self.write(kind, **facts)

    def write(self, event: str, **facts: Any) -> None:
        """Adds one line."""
        line = {"at": self._wall().isoformat(timespec="milliseconds"), "event": event, **self._names}
        line |= {"phase": self._phase} | {key: value for key, value in facts.items() if key not in _OWN}
        data = (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")
        for file in list(self._files):
            try:
                os.write(file, data)
            except OSError:
                self._files.remove(file)
                os.close(file)

    def close(self) -> None:
        """Closes the files."""
        while self._files:
            os.close(self._files.pop())

    def _recent(self) -> bool:
        return self._clock() - self._last < PROGRESS_SECONDS
