"""`mingcha audit --profile FILE`: where the CPU of an audit went, by phase, as a file speedscope and others read.

A timer of CPU time interrupts the process some hundred times a second and notes the stack; each sample weighs the CPU
seconds since the one before. Nothing is measured when it is off. The file is speedscope's JSON: one profile a phase,
and the figures of the phases under `phases`. The browser is other processes: of it only the CPU seconds are known.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

from crawler.phases import Phase
from mingcha import __version__

INTERVAL = 0.01  # CPU seconds between two samples
DEPTH = 80  # frames of a stack that are kept, the innermost
_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_ROOT = str(Path(__file__).resolve().parent.parent) + "/"

Stack = tuple[tuple[str, str, int], ...]  # (function, file, line), outermost first


class Sampler:
    """Samples the main thread while it is entered. `phase` is what samples are counted under."""

    def __init__(self, phase: str = "") -> None:
        self.phase = phase
        self._seconds: dict[tuple[str, tuple[CodeType, ...]], float] = {}
        self._last = 0.0
        self._before: Any = None

    def __enter__(self) -> Sampler:
        self._last = time.process_time()
        self._before = signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, self._before)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        codes: list[CodeType] = []
        while frame is not None and len(codes) < DEPTH:
            codes.append(frame.f_code)
            frame = frame.f_back
        now = time.process_time()
        key = self.phase, tuple(codes)
        self._seconds[key] = self._seconds.get(key, 0.0) + now - self._last
        self._last = now

    def stacks(self) -> dict[str, dict[Stack, float]]:
        """Returns CPU seconds by phase and stack."""
        found: dict[str, dict[Stack, float]] = {}
        for (phase, codes), seconds in self._seconds.items():
            stack = tuple(
                (code.co_qualname, code.co_filename.removeprefix(_ROOT), code.co_firstlineno)
                for code in reversed(codes)
            )
            of_phase = found.setdefault(phase, {})
            of_phase[stack] = of_phase.get(stack, 0.0) + seconds
        return found


def speedscope(name: str, stacks: Mapping[str, Mapping[Stack, float]], phases: Iterable[Phase]) -> dict[str, Any]:
    """Returns a profile in speedscope's format, its phases in the order given."""
    phases = tuple(phases)
    numbers: dict[tuple[str, str, int], int] = {}
    order = [phase.name for phase in phases if phase.name in stacks]
    profiles = []
    for phase in dict.fromkeys([*order, *stacks]):
        samples = [[numbers.setdefault(frame, len(numbers)) for frame in stack] for stack in stacks[phase]]
        weights = [round(seconds, 6) for seconds in stacks[phase].values()]
        profiles.append(
            {
                "type": "sampled",
                "name": phase or "start",
                "unit": "seconds",
                "startValue": 0,
                "endValue": round(sum(weights), 6),
                "samples": samples,
                "weights": weights,
            }
        )
    return {
        "$schema": _SCHEMA,
        "exporter": f"mingcha {__version__}",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": at, "file": file, "line": line} for at, file, line in numbers]},
        "profiles": profiles,
        "phases": [asdict(phase) for phase in phases],
    }


def write_stacks(path: Path, stacks: Mapping[str, Mapping[Stack, float]]) -> None:
    """Writes what one process sampled, for the process that makes the profile. Raises OSError."""
    rows = [(phase, stack, seconds) for phase, of_phase in stacks.items() for stack, seconds in of_phase.items()]
    path.write_text(json.dumps(rows), "utf-8")


def read_stacks(path: Path) -> dict[str, dict[Stack, float]]:
    """Returns what another process sampled; nothing where it was killed before it wrote."""
    found: dict[str, dict[Stack, float]] = {}
    try:
        rows = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return found
    for phase, stack, seconds in rows:
        found.setdefault(phase, {})[tuple((at, file, line) for at, file, line in stack)] = seconds
    return found
