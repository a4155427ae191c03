"""The machine state of a finding: one pure function, folded over what successive audits saw.

                     failed for certain, or again on another day
        ┌─────────────────────────────────────────────────┐
        │                                                 v
    (new) ──looks wrong──> suspect ──failed again───────> open ──measured good──> fixed
                             │  ^                                                   │
             measured good   │  │ looks wrong again                                 │ failed for certain
                             v  │                                                   v
                           cleared                       regressed ──measured good──> fixed

    fixed ──looks wrong──> suspect ──failed again──> regressed         (it was fixed before, so it came back)
    anything ──not measured, or a degraded audit found nothing──> unchanged

- "Measured good" means: the subject is among `Coverage.passed` of that audit. Absence from a crawl is no repair.
- "Another day" is another calendar day in Asia/Shanghai on which an audit really ran; `as_of` does not count.
- A degraded audit closes nothing, and its doubts confirm nothing; what it saw for certain still opens.
- `cleared` is a suspicion that did not hold: it was never open, so it is neither a defect nor a repair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from msgspec import Struct

from checks.base import Outcome
from portal.zone import CHINA


class State(StrEnum):
    """The closed set of machine states; see the diagram of the module."""

    SUSPECT = "suspect"
    OPEN = "open"
    FIXED = "fixed"
    REGRESSED = "regressed"
    CLEARED = "cleared"

    @property
    def live(self) -> bool:
        """True while something is believed, or suspected, to be wrong."""
        return self in (State.SUSPECT, State.OPEN, State.REGRESSED)


class Sight(StrEnum):
    """What one audit saw of a subject."""

    FAILED = "failed"  # for certain
    DOUBTFUL = "doubtful"  # looks wrong, only a second look may say so
    GOOD = "good"  # measured and found good
    UNSEEN = "unseen"  # not measured: says nothing


_SIGHTS = {Outcome.FAIL: Sight.FAILED, Outcome.SUSPECT: Sight.DOUBTFUL, Outcome.PASS: Sight.GOOD}


class Sighting(Struct, frozen=True):
    """One audit's view of one finding. `day` is the calendar day the audit ran on, in Asia/Shanghai."""

    audit: str
    day: dt.date
    at: dt.datetime
    sight: Sight
    degraded: bool = False
    confirmations: int = 1


@dataclass(frozen=True, slots=True)
class Life:
    """What the sightings so far add up to. `state` is None before the first failure."""

    state: State | None = None
    was_fixed: bool = False
    doubted_on: dt.date | None = None  # first day of the present suspicion
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    closed: dt.datetime | None = None
    regressions: int = 0
    confirmations: int = 0  # failures seen since the last repair; of several audits on one day the most
    counted_on: dt.date | None = None
    counted: int = 0  # of `confirmations`, those of the day `counted_on`


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: before is None for a new finding."""

    before: State | None
    after: State
    at: dt.datetime
    why: str
    audit: str


def sight_of(outcome: str) -> Sight:
    """Returns what an observation with that outcome of `checks.base` is to a life. Raises ValueError for another."""
    return _SIGHTS.get(Outcome(outcome), Sight.UNSEEN)


def day_of(at: dt.datetime) -> dt.date:
    """Returns the calendar day of a time, Asia/Shanghai."""
    return at.astimezone(CHINA).date()


def next_state(life: Life, seen: Sighting) -> tuple[State | None, str]:
    """Returns the state after one more sighting and, in Chinese, why; see the diagram of the module."""
    state = life.state
    match seen.sight:
        case Sight.UNSEEN:
            return state, ""
        case Sight.GOOD:
            if seen.degraded or state is None or not state.live:
                return state, ""
            if state is State.SUSPECT and not life.was_fixed:
                return State.CLEARED, "再次核查正常，排除疑似"
            return State.FIXED, "再次核查正常"
        case Sight.FAILED:
            if state is None:
                return State.OPEN, "首次发现，证据确凿"
            if state is State.FIXED or (state is State.SUSPECT and life.was_fixed):
                return State.REGRESSED, "整改后再次出现"
            if state in (State.SUSPECT, State.CLEARED):
                return State.OPEN, "再次核查仍不正常"
            return state, ""
        case Sight.DOUBTFUL:
            if state is None:
                return State.SUSPECT, "首次发现，待复核"
            if not state.live:
                return State.SUSPECT, "再次疑似，待复核"
            another_day = life.doubted_on is not None and seen.day > life.doubted_on
            if state is State.SUSPECT and another_day and not seen.degraded:
                return (State.REGRESSED if life.was_fixed else State.OPEN), "隔日复核仍不正常"
            return state, ""


def advance(life: Life, seen: Sighting) -> tuple[Life, Step | None]:
    """Returns the life after one more sighting, and the transition it caused, if any."""
    after, why = next_state(life, seen)
    before = life.state
    if seen.sight in (Sight.FAILED, Sight.DOUBTFUL):
        reborn = before is not None and not before.live
        same_day = not reborn and seen.day == life.counted_on
        counted = max(life.counted if same_day else 0, seen.confirmations, 1)
        life = replace(
            life,
            first_seen=life.first_seen or seen.at,
            last_seen=seen.at,
            confirmations=(0 if reborn else life.confirmations) + counted - (life.counted if same_day else 0),
            counted_on=seen.day,
            counted=counted,
        )
    if after is before or after is None:
        return life, None
    life = replace(
        life,
        state=after,
        was_fixed=life.was_fixed or after is State.FIXED,
        doubted_on=seen.day if after is State.SUSPECT else None,
        closed=seen.at if not after.live else None,
        regressions=life.regressions + (after is State.REGRESSED),
    )
    return life, Step(before, after, seen.at, why, seen.audit)


def fold(sightings: Iterable[Sighting]) -> tuple[Life, tuple[Step, ...]]:
    """Returns the life that sightings in order of time add up to, and every transition on the way."""
    life, steps = Life(), []
    for seen in sightings:
        life, step = advance(life, seen)
        if step is not None:
            steps.append(step)
    return life, tuple(steps)
