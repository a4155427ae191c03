"""What is written down about one audit while it runs: its log of events and, where wanted, its profile."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.phases import Counts, Phase, Phases
from mingcha import __version__
from mingcha.errors import UsageError
from mingcha.logs import EVENTS, EventLog
from mingcha.profile import Sampler, read_stacks, speedscope
from storage.bundle import Header

if TYPE_CHECKING:
    from mingcha.audit import AuditOutcome

STACKS = "stacks.json"  # in a bundle's folder: what the audit's process sampled

Show = Callable[[dict[str, Any]], None]


class Watch:
    """Watches the audit of the bundle in `folder`: its process by the events it sends, this process by `phases`.

    `log` is a further file for events, `profile` the file for the profile. A context manager: what it holds is written
    at its end, however that comes. Raises UsageError where the profile cannot be written there.
    """

    def __init__(self, folder: Path, header: Header, show: Show, *, log: Path | None, profile: Path | None) -> None:
        files = [folder / EVENTS, *([log] if log is not None else [])]
        self._events = EventLog(files, audit=header.audit, portal=header.portal.id)
        self._header = header
        self._folder = folder
        self._show = show
        self._profile = profile
        self._sampler = Sampler("start") if profile is not None else None
        self.measured: list[Phase] = []
        self.phases = Phases(Counts, self)

    def __enter__(self) -> Watch:
        header = self._header
        if self._profile is not None:
            try:
                self._profile.parent.mkdir(parents=True, exist_ok=True)
                self._profile.open("a").close()
            except OSError as error:
                raise UsageError(f"--profile {self._profile}: cannot be written: {error.strerror or error}") from error
            (self._folder / STACKS).unlink(missing_ok=True)
        self._events.write("begin", version=__version__, as_of=header.as_of, options=header.options)
        return self

    def __exit__(self, *_: object) -> None:
        self._events.close()
        if self._profile is not None and self._sampler is not None:
            stacks = read_stacks(self._folder / STACKS)
            (self._folder / STACKS).unlink(missing_ok=True)
            for phase, found in self._sampler.stacks().items():
                stacks.setdefault(phase, {}).update(found)
            made = speedscope(self._header.audit, stacks, self.measured)
            with contextlib.suppress(OSError):  # the disk is full: the audit itself is not lost by that
                self._profile.write_text(json.dumps(made, ensure_ascii=False), "utf-8")

    @property
    def stacks(self) -> dict[str, str]:
        """Returns what the audit's process is told about the profile."""
        return {"profile": str((self._folder / STACKS).absolute())} if self._profile is not None else {}

    def on_event(self, event: dict[str, Any]) -> None:
        """Takes an event of the audit's process, and shows it."""
        self._events(event)
        if event.get("event") == "phase":
            facts = {name: value for name, value in event.items() if name != "event"}
            self.measured.append(msgspec.convert(facts, Phase))
        self._show(event)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measures what this process does inside as a phase."""
        over = self.phases.begin(name)
        with self._sampler or contextlib.nullcontext():
            yield
        over()

    def began(self, name: str) -> None:
        """Has samples counted under the phase."""
        if self._sampler is not None:
            self._sampler.phase = name

    def over(self, phase: Phase) -> None:
        """Writes down what a phase of this process took."""
        self.on_event({"event": "phase", **msgspec.to_builtins(phase)})

    def end(self, outcome: AuditOutcome) -> None:
        """Writes down how the audit ended."""
        artifacts, results = outcome.judgement.artifacts, outcome.judgement.results
        found = Counter(finding.outcome.value for result in results for finding in result.findings)
        self._events.write(
            "end",
            exit_code=outcome.exit_code,
            degraded=outcome.judgement.degraded,
            stopped_by=artifacts.summary.stopped_by,
            pages=artifacts.summary.pages,
            requests=artifacts.summary.requests,
            bytes=artifacts.summary.bytes,
            findings=dict(found),
            health=[msgspec.to_builtins(hint) for hint in outcome.judgement.health],
        )
