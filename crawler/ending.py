"""The wish to end, told by signals: once in good order within seconds, twice at once.

One SIGINT and one SIGTERM are one wish, since who stops a service tells all its processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import Callable, Iterator

GRACE = 3.0  # seconds requests under way get after the first wish
AGAIN = 1.0  # seconds after which a stage that is still not over is left where it stands


class Ending:
    """Wishes to end, and the stage they reach. `told` is called with each new wish; it must return at once."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._wishes: Counter[int] = Counter()  # by signal
        self._stage: asyncio.Task[None] | None = None
        self._patient = False
        self._at = 0.0  # by the loop's clock: when a patient stage has had its time

    @property
    def wishes(self) -> int:
        """How often an end was wished for."""
        return max(self._wishes.values(), default=0)

    @property
    def left(self) -> float:
        """Seconds that requests under way still have."""
        return max(0.0, self._at - asyncio.get_running_loop().time()) if self.wishes == 1 else 0.0

    @contextlib.contextmanager
    def reaching(self, stage: asyncio.Task[None], *, patient: bool) -> Iterator[None]:
        """Has wishes reach a stage: a patient one ends by itself when told and is cancelled late, others at once."""
        self._stage, self._patient = stage, patient
        try:
            yield
        finally:
            self._stage = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Takes Ctrl-C and SIGTERM while it is open, where the loop may (the main thread). The second wish cancels the
        task that called this."""
        loop = asyncio.get_running_loop()
        taken = []
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not in a thread, nor where loops take no signals: whoever runs us there ends us another way.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._wish, number, asyncio.current_task())
                taken.append(number)
        try:
            yield
        finally:
            for number in taken:
                loop.remove_signal_handler(number)

    def _wish(self, number: int, everything: asyncio.Task[object] | None) -> None:
        before = self.wishes
        self._wishes[number] += 1
        if self.wishes == before:
            return
        self._told()
        loop = asyncio.get_running_loop()
        self._at = self._at or loop.time() + GRACE
        if self._stage is not None and self._patient and not before:
            loop.call_at(self._at, self._hurry, self._stage)
        elif self._stage is not None:
            self._hurry(self._stage)
        if before and everything is not None:
            everything.cancel()

    def _hurry(self, stage: asyncio.Task[None]) -> None:
        """Cancels a stage, and does so again when it takes its time to end."""
        if not stage.done():
            stage.cancel()
            asyncio.get_running_loop().call_later(AGAIN, self._hurry, stage)
