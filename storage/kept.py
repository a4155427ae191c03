"""Records of one type in a bundle as a mapping that reads each when it is asked for, and holds none of them."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from functools import lru_cache
from typing import TypeVar, cast

from portal.records import Record, record_key
from storage.bundle import Bundle

R = TypeVar("R", bound=Record)
T = TypeVar("T")
AT_HAND = 64  # records read last: who asks for one often asks for it twice


class Kept(Mapping[str, R]):
    """Records by key, in order of key; those that `wanted` refuses are not there. The bundle must stay open."""

    def __init__(self, bundle: Bundle, record_type: type[R], wanted: Callable[[R], bool] = lambda record: True) -> None:
        self._bundle = bundle
        self._type = record_type
        self._wanted = wanted
        self._at_hand = lru_cache(AT_HAND)(self._read)

    def _read(self, key: str) -> R | None:
        record = self._bundle.get(self._type, key)
        return record if record is not None and self._wanted(record) else None

    def __getitem__(self, key: str) -> R:
        record = self._at_hand(key)
        if record is None:
            raise KeyError(key)
        return record

    def __iter__(self) -> Iterator[str]:
        for key, _ in self._pairs():
            yield key

    def __len__(self) -> int:
        return sum(1 for _ in self._pairs())

    def __bool__(self) -> bool:
        return any(True for _ in self._pairs())

    def items(self) -> ItemsView[str, R]:
        """Returns keys and records; going through them reads each once."""
        return _Items(self)

    def values(self) -> ValuesView[R]:
        """Returns the records; going through them reads each once."""
        return _Values(self)

    def outlines(self, shape: type[T]) -> Iterator[T]:
        """Yields the records in order of key as a type with fewer fields, with all that `wanted` looks at."""
        return (one for one in self._bundle.outlines(self._type, shape) if self._wanted(cast(R, one)))

    def _pairs(self) -> Iterator[tuple[str, R]]:
        for record in self._bundle.all(self._type):
            if self._wanted(record):
                yield record_key(record)[1], record


class _Items(ItemsView[str, R]):
    _mapping: Kept[R]

    def __iter__(self) -> Iterator[tuple[str, R]]:
        return self._mapping._pairs()


class _Values(ValuesView[R]):
    _mapping: Kept[R]

    def __iter__(self) -> Iterator[R]:
        return (record for _, record in self._mapping._pairs())
