"""Long sequences in parts: a statement takes only so many values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def parts(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Yields the values in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
