"""How a gathering reports that it is alive: the fields of one `Tick`, a few times a second, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Tick:
    """Where the gathering stands. Counts are of this audit, resumed parts included; `rate` is requests per second."""

    stage: str  # vantage, survey, crawl, links, render, probe, search
    pages: int = 0  # pages read
    queued: int = 0  # pages known and not yet read
    links: int = 0  # distinct URLs decided
    links_queued: int = 0  # distinct URLs waiting to be verified
    rate: float = 0.0
    waiting_for: str = ""  # what it is waiting for, in words; "" when it is busy


class Progress(Protocol):
    """Whoever wants to know: called with the fields of a `Tick`, from the event loop; it must return at once."""

    def __call__(self, **facts: Any) -> None:
        """Takes note of one tick."""


def silent(**facts: Any) -> None:
    """Ignores the tick: the progress of those who watch nothing."""


class Meter:
    """Passes ticks on, at most `per_second` of them, and works out the request rate between two of them."""

    def __init__(self, progress: Progress, clock: Callable[[], float], per_second: float = 4.0) -> None:
        self._progress = progress
        self._clock = clock
        self._pause = 1.0 / per_second
        self._last = float("-inf")
        self._requests = 0
        self._rate = 0.0

    def due(self) -> bool:
        """Returns whether a tick would be passed on now; asks before the caller counts anything."""
        return self._clock() - self._last >= self._pause

    def tick(self, requests: int, tick: Tick, *, force: bool = False) -> None:
        """Passes the tick on with the rate filled in, unless the last one was just now; `force` passes it anyway."""
        now = self._clock()
        passed = now - self._last
        if passed < self._pause and not force:
            return
        if 0 < passed < float("inf"):
            self._rate = (requests - self._requests) / passed
        self._last, self._requests = now, requests
        self._progress(**asdict(replace(tick, rate=round(self._rate, 2))))
