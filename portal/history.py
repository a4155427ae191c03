"""What earlier audits saw of a portal's lists: when each item was first there, and how far back a list reached.

An item that claims an old date and was first seen much later may have been published late, or dated back (旧文新发).
It is known by its address and by its title, so that a moved site does not make everything new.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, field

from portal.facts import ListItem
from portal.text import fold_title
from portal.urls import normalise

LEAST = 5  # items in order of date that show how far back a list reaches: fewer may be a selection


class ListReading(Struct, frozen=True):
    """One reading of a list by a sound audit: the day (Asia/Shanghai) and the dates of its last and first item.

    Everything dated after `oldest` and published by `day` was on the page.
    """

    day: dt.date
    oldest: dt.date
    newest: dt.date


class History(Struct, frozen=True):
    """`items`: key of `keys_of` -> day it was first seen; `lists`: address of a list -> its readings, oldest first."""

    items: Mapping[str, dt.date] = field(default_factory=dict)
    lists: Mapping[str, tuple[ListReading, ...]] = field(default_factory=dict)

    def first_seen(self, item: ListItem) -> dt.date | None:
        """Returns the day an item was first seen, None for one that is new."""
        keys = keys_of(item) if self.items else ()
        days = [day for key in keys if (day := self.items.get(key)) is not None]
        return min(days, default=None)

    def without(self, url: str, claimed: dt.date, before: dt.date, late: int) -> ListReading | None:
        """Returns the last reading of a list that should have shown an item of the day `claimed` and did not.

        It is one of a day before the item was first seen, more than `late` days after the one it claims, and reached
        back beyond that. None where there is none: then nothing speaks against the date.
        """
        proof = [
            one
            for one in self.lists.get(url, ())
            if one.day < before and (one.day - claimed).days > late and one.oldest < claimed
        ]
        return proof[-1] if proof else None


def keys_of(item: ListItem) -> tuple[str, ...]:
    """Returns what an item is known by: a digest of its address and one of its folded title, where it has them."""
    return _keys(item.url, item.title)


@lru_cache(2048)  # lists of columns repeat those of the columns below them
def _keys(url: str, title: str) -> tuple[str, ...]:
    names = [f"url {normalise(url)}"] if url else []
    names += [f"title {folded}"] if (folded := fold_title(title)) else []
    return tuple(hashlib.sha256(name.encode()).hexdigest()[:32] for name in names)


def reach_of(items: Sequence[ListItem], today: dt.date) -> tuple[dt.date, dt.date] | None:
    """Returns the dates of the last and the first item of a list that goes back in time, None for any other.

    Items at the top that stand out of order (pinned ones, said or not) are left out; so are dates after `today`.
    """
    days = [item.date for item in items if not item.pinned]
    if any(day is None for day in days):
        return None  # what carries no date may be anything
    known = [day for day in days if day is not None]
    start = max((at for at in range(1, len(known)) if known[at - 1] < known[at]), default=0)
    rest = [day for day in known[start:] if day <= today]
    if len(rest) < max(LEAST, len(known) // 2):
        return None
    return rest[-1], rest[0]
