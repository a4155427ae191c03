"""How a portal's defects went on: what stood at an audit and at the ones it is compared with, and what changed since.

Counted from transitions, so re-checks between two audits count where they happened. What a person removed as no defect
(剔除) is left out at every time: it never was one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storage.database import StorageError, reading
from storage.ledger.book import entries
from storage.ledger.states import Stage
from storage.lifecycle import State
from storage.models import AuditRow, FindingRow, PortalRow, TransitionRow

# How far the audit of the same period may lie from the day a year before: portals are assessed by the quarter, and a
# month either way stays in the same season of a year's business.
SAME_PERIOD = dt.timedelta(days=31)

Severities = Callable[[str, str], str]  # check, kind -> veto, deduct, notice


@dataclass(frozen=True, slots=True)
class Moment:
    """One audit a trend looks at: its id and when it ended (aware, UTC)."""

    audit: str
    as_of: dt.date
    ended: dt.datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """What stood at one moment: confirmed defects by severity (veto, deduct, notice), and suspicions."""

    live: Mapping[str, int] = field(default_factory=dict)
    suspect: int = 0

    @property
    def total(self) -> int:
        """Confirmed defects of any severity."""
        return sum(self.live.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What happened between two moments: findings that became certain for the first time, were fixed, came back."""

    new: int = 0
    fixed: int = 0
    regressed: int = 0


@dataclass(frozen=True, slots=True)
class CheckTrend:
    """One check: how it stands, and stood at the last audit and the same period of last year (None: no such audit)."""

    check: str
    now: Stand
    last: Stand | None
    year: Stand | None
    change: Change | None  # since the last audit


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend of one portal. `checks` hold every check with anything to say, `all` their sum."""

    portal: str
    name: str
    now: Moment
    last: Moment | None
    year: Moment | None
    checks: tuple[CheckTrend, ...]
    all: CheckTrend


@dataclass(frozen=True, slots=True)
class _Turn:
    """One transition of a finding, with what it is a defect of."""

    finding: str
    check: str
    severity: str
    before: str
    after: str
    at: dt.datetime


def trend(
    engine: Engine, portal: str, severities: Severities, *, audit: str = "", against: dt.date | None = None
) -> Trend:
    """Returns the trend of a portal at an audit, by default its newest sound one.

    The newest one counts with what re-checks found since: it is how things stand. It is compared with the sound audit
    before it, or with the newest one made for the day `against` or earlier, and with the one nearest to the same day a
    year before. Raises StorageError when there is no such audit.
    """
    removed = {name for name, one in entries(engine, portal).items() if one.stage is Stage.REMOVED and one.machine.live}
    with reading(engine) as session:
        moments = _moments(session, portal)
        now = next((one for one in moments if not audit or one.audit == audit), None)
        if now is None:
            raise StorageError(f"no sound audit {audit or 'of ' + repr(portal)} is in the database")
        earlier = [one for one in moments if one.ended < now.ended]
        last = next((one for one in earlier if against is None or one.as_of <= against), None)
        year = _same_period(earlier, now)
        name = session.get_one(PortalRow, portal).name
        until = None if now is moments[0] else now.ended
        turns = [one for one in _turns(session, portal, until, severities) if one.finding not in removed]
    found = sorted({one.check for one in turns})
    checks = [_of_check(check, [one for one in turns if one.check == check], last, year) for check in found]
    return Trend(portal, name, now, last, year, tuple(checks), _of_check("", turns, last, year))


def _of_check(check: str, turns: Sequence[_Turn], last: Moment | None, year: Moment | None) -> CheckTrend:
    return CheckTrend(
        check=check,
        now=_stand(turns),
        last=_stand(turns, last.ended) if last is not None else None,
        year=_stand(turns, year.ended) if year is not None else None,
        change=_change(turns, last.ended) if last is not None else None,
    )


def _stand(turns: Iterable[_Turn], at: dt.datetime | None = None) -> Stand:
    states = {
        one.finding: one for one in turns if at is None or one.at <= at
    }  # the last one of each: they are in order
    live: dict[str, int] = {}
    for one in states.values():
        if one.after in (State.OPEN, State.REGRESSED):
            live[one.severity] = live.get(one.severity, 0) + 1
    return Stand(live, sum(one.after == State.SUSPECT for one in states.values()))


def _change(turns: Iterable[_Turn], since: dt.datetime) -> Change:
    within = [one for one in turns if one.at > since]
    return Change(
        new=len({one.finding for one in within if one.after == State.OPEN}),
        fixed=len({one.finding for one in within if one.after == State.FIXED}),
        regressed=len({one.finding for one in within if one.after == State.REGRESSED}),
    )


def _moments(session: Session, portal: str) -> list[Moment]:
    """Returns the sound audits of a portal, newest first."""
    query = (
        select(AuditRow.id, AuditRow.as_of, AuditRow.ended)
        .where(AuditRow.portal == portal, AuditRow.kind == "audit", AuditRow.degraded == "")
        .order_by(AuditRow.started.desc(), AuditRow.id.desc())
    )
    return [Moment(*row) for row in session.execute(query)]


def _same_period(earlier: Sequence[Moment], now: Moment) -> Moment | None:
    try:
        then = now.as_of.replace(year=now.as_of.year - 1)
    except ValueError:  # the 29th of February
        then = now.as_of.replace(year=now.as_of.year - 1, day=28)
    near = [one for one in earlier if abs(one.as_of - then) <= SAME_PERIOD]
    return min(near, key=lambda one: abs(one.as_of - then), default=None)


def _turns(session: Session, portal: str, until: dt.datetime | None, severities: Severities) -> list[_Turn]:
    query = (
        select(
            TransitionRow.finding,
            FindingRow.check,
            FindingRow.kind,
            TransitionRow.before,
            TransitionRow.after,
            TransitionRow.at,
        )
        .join(FindingRow, FindingRow.fingerprint == TransitionRow.finding)
        .where(FindingRow.portal == portal)
        .order_by(TransitionRow.at, TransitionRow.id)
    )
    if until is not None:
        query = query.where(TransitionRow.at <= until)
    return [
        _Turn(finding, check, severities(check, kind), before, after, at)
        for finding, check, kind, before, after, at in session.execute(query)
    ]
