"""A series of probes, day by day, and the weeks the clause about sites that cannot be opened speaks of."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct, field

from portal.artifacts import Announced, FetchOutcome, ProbeSeen
from portal.zone import CHINA

# Certificates nobody here can follow to a trusted root may be good to browsers of this country, and never accuse.
_UNTRUSTED = ("issuer certificate is not known here", "self-signed certificate in the chain")


class Fate(StrEnum):
    """What a probe is to the clause; only the first two count."""

    OPENED = "opened"
    FAILED = "failed"
    ANNOUNCED = "announced"  # in a time the owner had announced (报备)
    OWN_LINE = "own_line"  # this machine's own line was down
    BLOCKED = "blocked"  # something stood before the page: it may be open to people
    UNKNOWN = "unknown"  # never asked, or nobody could tell


class Day(Struct, frozen=True):
    """The probes of one calendar day, Asia/Shanghai."""

    date: dt.date
    fates: Counter[Fate] = field(default_factory=Counter)
    failures: Counter[FetchOutcome] = field(default_factory=Counter)
    seconds: tuple[float, ...] = ()  # of pages that opened, ascending
    vantages: tuple[str, ...] = ()

    @property
    def counted(self) -> int:
        """Probes the share is of."""
        return self.fates[Fate.OPENED] + self.fates[Fate.FAILED]

    @property
    def enough_of(self) -> int:
        """Probes by which the day is as often probed as the clause asks: those in announced times were made, too."""
        return self.counted + self.fates[Fate.ANNOUNCED]

    @property
    def slow(self) -> int:
        """Probes whose page was not there at the limit."""
        return self.failures[FetchOutcome.TIMEOUT]


class Week(Struct, frozen=True):
    """Successive days; `lacking` are those with too few probes."""

    days: tuple[Day, ...]
    lacking: tuple[Day, ...] = ()

    @property
    def counted(self) -> int:
        """Probes the share is of."""
        return sum(day.counted for day in self.days)

    @property
    def failed(self) -> int:
        """Probes that count as failures."""
        return sum(day.fates[Fate.FAILED] for day in self.days)

    @property
    def share(self) -> float:
        """Share (0-1) of the counted probes that failed; 0 where none counts."""
        return self.failed / self.counted if self.counted else 0.0

    def fates(self) -> Counter[Fate]:
        """Returns how many probes met each fate."""
        return sum((day.fates for day in self.days), Counter())

    def failures(self) -> Counter[FetchOutcome]:
        """Returns what the failures were."""
        return sum((day.failures for day in self.days), Counter())

    def reaches(self, limit: float) -> bool:
        """Returns whether the share is that limit or more, exactly."""
        return bool(self.counted) and Fraction(self.failed, self.counted) >= _exact(limit)

    def left(self, limit: float) -> int:
        """Returns how many failures more, of as many probes, reach the limit."""
        least = -(-self.counted * _exact(limit) // 1)  # the next whole number
        return max(0, int(least) - self.failed)


def fate(probe: ProbeSeen, announced: Iterable[Announced]) -> Fate:
    """Returns what a probe is to the clause."""
    if any(one.begins <= probe.at and (one.ends is None or probe.at < one.ends) for one in announced):
        return Fate.ANNOUNCED
    if probe.own_line:
        return Fate.OWN_LINE
    if probe.outcome is FetchOutcome.OK:
        return Fate.OPENED
    if probe.outcome is FetchOutcome.BLOCKED:
        return Fate.BLOCKED
    if probe.outcome is FetchOutcome.TLS and probe.error.startswith(_UNTRUSTED):
        return Fate.UNKNOWN
    return Fate.FAILED if probe.outcome.failed else Fate.UNKNOWN


def by_day(probes: Sequence[ProbeSeen], announced: Sequence[Announced]) -> Mapping[dt.date, Day]:
    """Returns the days on which something was probed, in order."""
    sorted_out: dict[dt.date, list[ProbeSeen]] = {}
    for probe in sorted(probes, key=lambda one: (one.at, one.vantage)):
        sorted_out.setdefault(probe.at.astimezone(CHINA).date(), []).append(probe)
    days = {}
    for date, those in sorted(sorted_out.items()):
        fates = [fate(probe, announced) for probe in those]
        met = list(zip(those, fates, strict=True))
        days[date] = Day(
            date,
            Counter(fates),
            Counter(probe.outcome for probe, one in met if one is Fate.FAILED),
            tuple(sorted(probe.seconds for probe, one in met if one is Fate.OPENED)),
            tuple(sorted({probe.vantage for probe in those if probe.vantage})),
        )
    return days


def week_to(days: Mapping[dt.date, Day], last: dt.date, length: int, per_day: int) -> Week:
    """Returns the `length` days up to `last`, with those that have fewer than `per_day` probes."""
    dates = [last - dt.timedelta(days=back) for back in reversed(range(length))]
    chosen = tuple(days.get(date, Day(date)) for date in dates)
    return Week(chosen, tuple(day for day in chosen if day.enough_of < per_day))


def last_day(days: Mapping[dt.date, Day], as_of: dt.date, until: dt.datetime, per_day: int) -> dt.date:
    """Returns the last day that can be judged: `as_of` once it is over or has its probes, else the day before."""
    over = until.astimezone(CHINA).date() > as_of
    probed = as_of in days and days[as_of].enough_of >= per_day
    return as_of if over or probed else as_of - dt.timedelta(days=1)


def percentile(ascending: Sequence[float], share: float) -> float:
    """Returns the smallest value that at least that share (0-1) of the values do not exceed; 0 for none."""
    if not ascending:
        return 0.0
    rank = -(-len(ascending) * _exact(share) // 1)
    return ascending[max(0, int(rank) - 1)]


def _exact(share: float) -> Fraction:
    return Fraction(str(share))
