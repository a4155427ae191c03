"""A queue in which those who bring work take turns, so that one page with a hundred thousand links holds up nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Work by who brought it: first come first served for each of them, and each in turn. Empty ones are false."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[T]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def add(self, source: str, work: T) -> None:
        """Queues work that a source brought."""
        self._queues.setdefault(source, deque()).append(work)

    def take(self) -> T:
        """Returns the work whose turn it is; its source comes last then. Raises StopIteration when there is none."""
        source = next(iter(self._queues))
        queue = self._queues.pop(source)
        work = queue.popleft()
        if queue:
            self._queues[source] = queue
        return work

    def __iter__(self) -> Iterator[T]:
        """Yields all work, source by source."""
        return (work for queue in self._queues.values() for work in queue)
