"""Which portals a night audits, in which order, and which may start next. Pure: the time comes in as a value.

A night lasts from noon to noon (Asia/Shanghai) and is named for the day it begins on, so that one that is killed after
midnight and started again is still the same. Its end (`--until`) is a clock time in it, and does not move to another
day when the night is started late: a timer that fires in the morning, because the machine was off, starts nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.net.window import Window
from portal.model import Portal
from portal.zone import CHINA

NOON = dt.time(12, tzinfo=CHINA)
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class Result(StrEnum):
    """What a night made of one portal. The first two are passing states of a night under way."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"  # audited completely
    DEGRADED = "degraded"  # audited, but too little was seen: closes nothing
    UNFINISHED = "unfinished"  # stopped or killed; goes on where it was
    IMPOSSIBLE = "impossible"  # could not be audited
    LEFT_OVER = "left_over"  # its turn did not come


class Left(StrEnum):
    """Why the turn of a portal did not come."""

    UNTIL = "until"  # the end of the night came first
    WINDOW = "window"  # its hours do not begin before the night ends
    STOPPED = "stopped"  # somebody stopped the night


@dataclass(frozen=True, slots=True)
class Night:
    """One night: the day it is named for, and the aware time after which nothing is asked any more, if any."""

    day: dt.date
    until: dt.datetime | None = None

    @property
    def begins(self) -> dt.datetime:
        """Returns its noon."""
        return dt.datetime.combine(self.day, NOON)

    @property
    def ends(self) -> dt.datetime:
        """Returns the time up to which a portal's hours are waited for: `until`, else the next noon."""
        return self.until or self.begins + dt.timedelta(days=1)

    def open_at(self, now: dt.datetime) -> bool:
        """Returns whether an audit may be started."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Candidate:
    """A portal a night may audit.

    `platforms` are the names of its politeness group and addresses: who shares one is never visited at the same time.
    `completed` is when its last complete audit ended; `under_way` whether an unfinished audit of it goes on.
    """

    portal: Portal
    platforms: frozenset[str]
    completed: dt.datetime | None = None
    under_way: bool = False


def night_at(now: dt.datetime, until: dt.time | None = None) -> Night:
    """Returns the night an aware time falls into. `until` is a clock time, Asia/Shanghai."""
    day = (now.astimezone(CHINA) - dt.timedelta(hours=12)).date()
    if until is None:
        return Night(day)
    if until.replace(tzinfo=CHINA) < NOON:
        return Night(day, dt.datetime.combine(day + dt.timedelta(days=1), until, CHINA))
    return Night(day, dt.datetime.combine(day, until, CHINA))


def is_due(completed: dt.datetime | None, now: dt.datetime, hours: float) -> bool:
    """Returns whether the last complete audit ended at least that many hours ago; always so without one.

    One that ended in the future (a clock was moved) is no reason to leave a portal alone.
    """
    return completed is None or not now - dt.timedelta(hours=hours) < completed <= now


def in_order(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Returns candidates longest not completed first, never completed before all; equals: those under way first."""
    return tuple(sorted(candidates, key=lambda one: (one.completed or _NEVER, not one.under_way, one.portal.id)))


def next_up(
    waiting: Sequence[Candidate], running: Iterable[Candidate], night: Night, now: dt.datetime, jobs: int
) -> Candidate | None:
    """Returns which of `waiting` (in order) starts now: the first whose platforms are free and whose hours it is."""
    running = tuple(running)
    if len(running) >= jobs or not night.open_at(now):
        return None
    busy = frozenset[str]().union(*(one.platforms for one in running))
    free = (one for one in waiting if not one.platforms & busy)
    return next((one for one in free if Window(one.portal.window).is_open(now)), None)


def opens_in(waiting: Iterable[Candidate], night: Night, now: dt.datetime) -> float | None:
    """Returns the seconds until the hours of a waiting portal begin, None where none do before the night ends."""
    left = (night.ends - now).total_seconds()
    seconds = (Window(one.portal.window).opens_in(now) for one in waiting)
    return min((each for each in seconds if 0 < each < left), default=None)


def why_left(candidate: Candidate, night: Night, now: dt.datetime, *, stopped: bool) -> Left:
    """Returns why a portal that still waits at the end of the night was not begun."""
    if stopped:
        return Left.STOPPED
    return Left.UNTIL if Window(candidate.portal.window).is_open(now) or not night.open_at(now) else Left.WINDOW


def result_of(code: int, *, told: bool, stopped: bool) -> Result:
    """Returns what an audit came to by its exit code: `told` when its reports are final, `stopped` when it was asked to
    stop."""
    if told:
        return {0: Result.DONE, 3: Result.DEGRADED}.get(code, Result.IMPOSSIBLE)
    return Result.IMPOSSIBLE if code in (1, 2) and not stopped else Result.UNFINISHED


def exit_code(results: Mapping[str, Result]) -> int:
    """Returns 0 when every portal was audited completely, 2 when none could be audited at all, 3 for all between."""
    found = set(results.values())
    if found <= {Result.DONE}:
        return 0
    return 2 if found == {Result.IMPOSSIBLE} else 3
