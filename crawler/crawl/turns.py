"""A queue in which those who bring work take turns, so that one page with a hundred thousand links holds up nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Work by who brought it: first come first served for each of them, and each in turn. Empty ones are false."""

    def __init__(self) -> None:
        self._next: dict[str, T] = {}  # the next work of each source, in the order of their turns
        self._more: dict[str, deque[T]] = {}  # what few have: the rest of it

    def __bool__(self) -> bool:
        return bool(self._next)

    def add(self, source: str, work: T) -> None:
        """Queues work that a source brought."""
        if source in self._next:
            self._more.setdefault(source, deque()).append(work)
        else:
            self._next[source] = work

    def take(self) -> T:
        """Returns the work whose turn it is; its source comes last then. Raises StopIteration when there is none."""
        source = next(iter(self._next))
        work = self._next.pop(source)
        if more := self._more.get(source):
            self._next[source] = more.popleft()
            if not more:
                del self._more[source]
        return work

    def __iter__(self) -> Iterator[T]:
        """Yields all work, source by source."""
        return (work for source, first in self._next.items() for work in (first, *self._more.get(source, ())))
