"""Whose turn it is in a rolling audit, and in what order what has its turn is asked for. Pure.

    FINDING   a finding stands against it: asked every night, the most severe first
    NEAR      home page, second level, first pages of columns: every night
    CHANGED   new, not good the last time, or further on in a list that changed: every night
    SHARE     its turn in the census: every address comes up once in so many nights (`census_nights` of targets.toml)
    NONE      not tonight: what the last audit knew of it is carried over

The share of a night is a fixed part of all addresses, by a checksum, so that nights are alike and nobody has to keep
count. What was due and could not be asked (budget, window, deadline) is owed: it is due the next night and comes first
among those of its kind, the longest unseen before the others.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

from msgspec import Struct

from portal.artifacts import Level


class Claim(IntEnum):
    """Why something is asked for tonight; lower first."""

    FINDING = 0
    NEAR = 1
    CHANGED = 2
    SHARE = 3
    NONE = 4


class Seen(Struct, frozen=True):
    """When something was measured last, and whether it was owed already. Only of what was good then."""

    day: dt.date
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a census that comes round in `nights`."""

    day: dt.date
    nights: int

    def age(self, seen: Seen) -> int:
        """Returns the days since something was measured; what is owed counts as a whole round older."""
        return max(0, (self.day - seen.day).days) + (self.nights if seen.owed else 0)

    def turn(self, key: str, seen: Seen) -> bool:
        """Returns whether an address has its turn in the census tonight."""
        return self.age(seen) >= self.nights or crc32(key.encode()) % self.nights == self.day.toordinal() % self.nights


def claim_of(
    key: str,
    night: Night,
    seen: Seen | None,
    *,
    accused: bool,
    level: Level,
    column: bool = False,
    goes_on: bool = False,
) -> Claim:
    """Returns why an address is asked for tonight, NONE where it is not.

    `seen` is None where nothing good is known of it. `column`: it is the first page of a column; `goes_on`: a further
    page of a list whose first page changed.
    """
    if accused:
        return Claim.FINDING
    if level in (Level.HOME, Level.SECOND) or column:
        return Claim.NEAR
    if seen is None or goes_on:
        return Claim.CHANGED
    return Claim.SHARE if night.turn(key, seen) else Claim.NONE
