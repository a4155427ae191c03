"""When is a finding to be looked at again by itself? Pure: what is known of it and the rules decide.

    suspicion   some hours after it was last seen, then on the next day; two dates make it a defect
    claim       as soon as a unit says it was put right
    regressed   once more, some hours after it came back

At most one look that measured a day for one reason. The hours and their sources are in `rules.toml`.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from portal.zone import CHINA
from storage.lifecycle import State, day_of
from storage.rechecks import Reason


@dataclass(frozen=True, slots=True)
class Tried:
    """One look at a finding: when (aware), why, and whether it measured anything."""

    at: dt.datetime
    reason: Reason
    measured: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one finding that may be due; times are aware.

    `since` is when it came into its state. `claimed` is when its unit said it was put right, `completed` the day the
    unit gives for it; None where there is no claim. `spared`: an excuse or objection holds, nothing is due meanwhile.
    """

    fingerprint: str
    number: str
    portal: str
    check: str
    kind: str
    state: State
    last_seen: dt.datetime
    since: dt.datetime
    claimed: dt.datetime | None = None
    completed: dt.date | None = None
    link: str = ""
    spared: bool = False
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A look that is to be made, from `at` on (aware)."""

    standing: Standing
    reason: Reason
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """The hours of `rules.toml`; `people` are kinds ("check.kind") no second look decides."""

    suspect: dt.timedelta
    checks: Mapping[str, dt.timedelta] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    claim: dt.timedelta = dt.timedelta(0)
    regressed: dt.timedelta = dt.timedelta(hours=6)
    unmeasured: dt.timedelta = dt.timedelta(hours=3)
    sitting: int = 200


@cache
def rules() -> Rules:
    """Returns the rules that ship."""
    data = tomllib.loads(files("mingcha.rechecks").joinpath("rules.toml").read_text("utf-8"))
    return Rules(
        suspect=_hours(data["suspect"]["after_hours"]),
        checks={check: _hours(hours) for check, hours in data["suspect"]["checks"].items()},
        people=frozenset(data["suspect"]["people"]["kinds"]),
        claim=_hours(data["claim"]["after_hours"]),
        regressed=_hours(data["regressed"]["after_hours"]),
        unmeasured=_hours(data["unmeasured"]["after_hours"]),
        sitting=int(data["sitting"]["findings"]),
    )


def due(standing: Standing, by: Rules) -> Due | None:
    """Returns the next look a finding is due for, None where it is due for none until something happens to it."""
    reason, base = _wanted(standing, by)
    if reason is None or standing.spared:
        return None
    at = base
    for one in sorted(standing.tried, key=lambda one: one.at):
        if one.reason is not reason or (reason is not Reason.SUSPECT and one.at < standing_since(standing, reason)):
            continue
        if not one.measured:
            at = max(at, one.at + by.unmeasured)
        elif reason is Reason.REGRESSED:
            return None  # it was looked at once more, that is all
        elif day_of(one.at) >= day_of(at):
            at = _next_day(one.at)
    return Due(standing, reason, at)


def plan(standings: Iterable[Standing], by: Rules, *, claims_only: bool = False) -> tuple[Due, ...]:
    """Returns the next look of everything that is due now or later, by time; claims first, then by 问题编号."""
    found = [one for one in (due(standing, by) for standing in standings) if one is not None]
    kept = [one for one in found if one.reason is Reason.CLAIM or not claims_only]
    order = {reason: place for place, reason in enumerate((Reason.CLAIM, Reason.SUSPECT, Reason.REGRESSED))}
    return tuple(sorted(kept, key=lambda one: (one.at, order[one.reason], one.standing.portal, one.standing.number)))


def believed(standing: Standing, now: dt.datetime) -> Standing:
    """Returns what may be believed of a finding while it is `now`: nothing that is said to have happened later.

    A clock that ran ahead for a while and was put right must not put off looks until that time comes: what is said to
    lie in the future counts as of yesterday, and looks made then as not made.
    """

    def past(at: dt.datetime) -> dt.datetime:
        return at if at <= now else now - dt.timedelta(days=1)

    return replace(
        standing,
        last_seen=past(standing.last_seen),
        since=past(standing.since),
        claimed=past(standing.claimed) if standing.claimed is not None else None,
        tried=tuple(one for one in standing.tried if one.at <= now),
    )


def standing_since(standing: Standing, reason: Reason) -> dt.datetime:
    """Returns when (aware) what a look would be for began: the claim, else the state."""
    return standing.claimed if reason is Reason.CLAIM and standing.claimed else standing.since


def _wanted(standing: Standing, by: Rules) -> tuple[Reason | None, dt.datetime]:
    """Returns why it is to be looked at, if at all, and from when on as far as looks made are left out."""
    if standing.claimed is not None:
        begins = standing.claimed + by.claim
        if standing.completed is not None:
            begins = max(begins, dt.datetime.combine(standing.completed, dt.time(), CHINA))
        return Reason.CLAIM, begins
    if standing.state is State.SUSPECT:
        if f"{standing.check}.{standing.kind}" in by.people:
            return None, standing.since
        return Reason.SUSPECT, standing.last_seen + by.checks.get(standing.check, by.suspect)
    if standing.state is State.REGRESSED:
        return Reason.REGRESSED, standing.since + by.regressed
    return None, standing.since


def _next_day(at: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day_of(at) + dt.timedelta(days=1), dt.time(), CHINA)


def _hours(hours: float) -> dt.timedelta:
    return dt.timedelta(hours=hours)
