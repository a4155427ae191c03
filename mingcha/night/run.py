"""A night under way: audits as processes of their own, started when their turn comes, stopped at the night's end.

A process that hangs, crashes or is killed concerns its portal only. `Run.entries` is what the night has come to so far;
it is written to night.json whenever a portal begins or ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from mingcha.errors import DEGRADED, DONE
from mingcha.night.canary.verdict import Verdict
from mingcha.night.folder import NIGHT, kept, last_end, last_line, write_night
from mingcha.night.plan import Candidate, Left, Night, Result, exit_code, next_up, opens_in, result_of, why_left
from mingcha.night.report import Entry, NightTerminal, facts
from mingcha.night.trust import FOLDER, as_dict, judged, said
from mingcha.signals import at_signals
from portal.model import Portal
from storage.database import StorageError
from storage.nights import changes, coverage

LOOK = 60.0  # seconds after which the clock is looked at in any case: it may have been moved
PATIENCE = 900.0  # seconds an audit that was asked to stop may judge what it has, before it is killed

Clock = Callable[[], dt.datetime]  # aware


class Process(Protocol):
    """An audit's process as this module uses it."""

    async def wait(self) -> int:
        """Returns its exit code once it has ended."""

    def send_signal(self, signal: int, /) -> None:
        """Sends a signal. Raises ProcessLookupError when it has ended."""


# Portal, --out, file for what it prints, further words of the command line.
Start = Callable[[Portal, Path, Path, Sequence[str]], Awaitable[Process]]
# Starts the canary's audit: targets.toml, results database, then as above.
StartCanary = Callable[[Path, Path, Portal, Path, Path], Awaitable[Process]]


@dataclass(frozen=True, slots=True)
class NightOptions:
    """What a caller may choose about a night."""

    folder: Path
    targets: Path
    database: str
    jobs: int = 2
    hours: float = 20.0  # a portal is due when its last complete audit ended at least that long ago
    until: dt.time | None = None  # Asia/Shanghai
    browser: bool = True
    whole: bool = False  # ask for every page and link, not only for those that have their turn
    canary: bool = True  # audit the faulty portal that comes along first
    systems: Path | None = None
    requests: Path | None = None


class Run:
    """A night under way. `waiting` is in the order in which portals are to be audited.

    `carried` are entries of night.json about portals this sitting is not about, `rested` the portals that are not due.
    """

    def __init__(
        self,
        night: Night,
        entries: dict[str, Entry],
        carried: Sequence[dict[str, Any]],
        rested: dict[str, dt.datetime],
        waiting: Sequence[Candidate],
        engine: Engine,
        options: NightOptions,
        start: Start,
        clock: Clock,
        start_canary: StartCanary | None = None,
        verdict: Verdict | None = None,
    ) -> None:
        self.night = night
        self.entries = entries
        self._carried = carried
        self._rested = rested
        self._waiting = list(waiting)
        self._engine = engine
        self._options = options
        self._start = start
        self._clock = clock
        self._start_canary = start_canary
        self._verdict = verdict  # of the canary; None: not known, or not asked for
        self._running: dict[str, Candidate] = {}
        self._processes: dict[str, Process] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._signals = 0  # that asked to stop
        self._asked: float | None = None  # when running audits were asked to stop, seconds of the loop
        self._began = clock()
        self._terminal = NightTerminal(len(self._waiting))

    async def whole(self) -> int:
        """Runs the night to its end, prints the summary and returns the exit code."""
        self._terminal.begin(self.night)
        self._write()
        with at_signals(self._on_signal):
            await self._try_canary()
            while True:
                self._move()
                seconds = self._until_something()
                if seconds is None:
                    break
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
                self._wake.clear()
        now = self._clock()
        for one in self._waiting:
            entry = self.entries[one.portal.id]
            entry.result, entry.why = Result.LEFT_OVER, why_left(one, self.night, now, stopped=bool(self._signals))
        code = exit_code({name: entry.result for name, entry in self.entries.items()})
        if code == DONE and self._verdict is not None and not self._verdict.sound:
            code = DEGRADED
        self._write(code)
        verdict = said(self._verdict, browser=self._options.browser) if self._verdict else ""
        self._terminal.summary(list(self.entries.values()), self._rested, self._file, now, verdict)
        return code

    async def _try_canary(self) -> None:
        """Audits the canary where this night has not done so and there is something to audit."""
        start = self._start_canary
        if start is None or self._verdict is not None or not self._waiting or not self.night.open_at(self._clock()):
            return

        async def audit(targets: Path, database: Path, portal: Portal, out: Path, log: Path) -> int:
            process = await start(targets, database, portal, out, log)
            self._processes[FOLDER] = process
            try:
                return await process.wait()
            finally:
                del self._processes[FOLDER]

        found = await judged(self._file.parent, audit, self._clock(), browser=self._options.browser)
        if self._asked is None:  # stopped meanwhile, it says nothing
            self._verdict = found
            self._terminal.warn(said(found, browser=self._options.browser))
            self._write()

    def _move(self) -> None:
        """Starts what may start now; asks audits to stop where the night is over; kills those that do not."""
        loop = asyncio.get_running_loop()
        if not self.night.open_at(self._clock()) and self._asked is None:
            self._ask_to_stop()
        if self._asked is not None:
            if loop.time() >= self._asked + PATIENCE:
                self._signal(signal.SIGKILL)
            return
        while one := next_up(self._waiting, self._running.values(), self.night, self._clock(), jobs=self._options.jobs):
            self._waiting.remove(one)
            self._running[one.portal.id] = one
            task = loop.create_task(self._audit(one))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _until_something(self) -> float | None:
        """Returns the seconds after which to look again at the latest, None when nothing is left to wait for."""
        now = self._clock()
        moments = [LOOK]
        if self._asked is None:
            opening = opens_in(self._waiting, self.night, now)
            if not self._running and opening is None:
                return None
            moments += [opening] if opening is not None else []
            moments += [(self.night.until - now).total_seconds()] if self.night.until else []
        elif not self._running:
            return None
        return max(0.0, min(moments))

    async def _audit(self, one: Candidate) -> None:
        entry = self.entries[one.portal.id]
        assert entry.out is not None
        log = entry.out.with_name(f"{entry.out.name}.log")
        entry.result, entry.began = Result.RUNNING, self._clock()
        self._terminal.started(entry)
        self._write()
        try:
            await self._process(one.portal, entry, entry.out, log)
        except OSError as error:
            entry.result, entry.why = Result.IMPOSSIBLE, f"cannot start the audit: {error.strerror or error}"
        except Exception as error:  # whatever breaks here concerns this portal only
            entry.result, entry.why = Result.IMPOSSIBLE, f"{type(error).__name__}: {error}"
        entry.ended = self._clock()
        del self._running[one.portal.id]
        self._terminal.ended(entry)
        self._write()
        self._wake.set()

    async def _process(self, portal: Portal, entry: Entry, out: Path, log: Path) -> None:
        doubted = self._verdict is not None and not self._verdict.sound
        process = await self._start(portal, out, log, ("--doubted",) if doubted else ())
        self._processes[portal.id] = process
        try:
            if self._asked is not None:  # while it was being started
                _send(process, signal.SIGINT)
            code = await process.wait()
        finally:
            del self._processes[portal.id]
        settle(entry, code, self._engine, stopped=self._asked is not None, log=log)
        if entry.result is Result.UNFINISHED and not entry.audit and self._asked is not None:
            # It was stopped before it had asked the portal anything.
            entry.result, entry.why = Result.LEFT_OVER, Left.STOPPED if self._signals else Left.UNTIL

    def _ask_to_stop(self) -> None:
        self._asked = asyncio.get_running_loop().time()
        self._terminal.stopping(len(self._running), by_signal=bool(self._signals))
        self._signal(signal.SIGINT)

    def _signal(self, number: int) -> None:
        for process in self._processes.values():
            _send(process, number)

    def _on_signal(self) -> None:
        self._signals += 1
        if self._asked is None:
            self._ask_to_stop()
        else:
            self._signal(signal.SIGINT)  # a second one ends an audit at once, keeping what is stored
        self._wake.set()

    @property
    def _file(self) -> Path:
        return self._options.folder / self.night.day.isoformat() / NIGHT

    def _write(self, code: int | None = None) -> None:
        now = self._clock()
        entries, canary = self.entries.values(), as_dict(self._verdict)
        known = facts(self.night, entries, self._carried, self._rested, self._began, now, code, canary)
        try:
            write_night(self._file, known)
        except OSError as error:
            self._terminal.warn(f"无法写入 {self._file}：{error.strerror or error}")


def settle(entry: Entry, code: int | None, engine: Engine, *, stopped: bool = False, log: Path | None = None) -> None:
    """Writes into an entry what its audit came to; `code` None: it ended earlier, and its folder tells."""
    assert entry.out is not None
    audit, end = kept(entry.out), last_end(entry.out)
    if code is None:
        code = int(end.get("exit_code", 0))
    told = audit is not None and audit.told is not None
    entry.result = result_of(code, told=told, stopped=stopped or end.get("stopped_by") == "interrupted")
    entry.why = str(end.get("degraded") or "")
    if entry.result is not Result.DONE and not entry.why and log is not None:
        entry.why = last_line(log) or f"the audit ended with code {code}"
    if audit is not None:
        entry.audit = audit.audit
        with contextlib.suppress(StorageError, sqlite3.Error):  # counts stay unknown; the audit is kept
            entry.changes, entry.coverage = changes(engine, audit.audit), coverage(engine, audit.audit)


def _send(process: Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
