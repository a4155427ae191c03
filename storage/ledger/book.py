"""The rectification ledger (整改台账): what people do with findings, kept as rows that are only ever added.

What is allowed and what it adds up to is decided by `storage.ledger.states`; here it is read and kept, in whole
transactions. Times are aware; where `now` is left out, the present is meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

from portal.workdays import WorkCalendar
from storage.database import StorageError, reading, writing
from storage.ledger.deadlines import Limit, Rule, limit_by, read_rules, rule_for
from storage.ledger.entries import (
    CALENDAR,
    LedgerEntry,
    courses_where,
    described_by,
    entries_in,
    entries_of,
    entries_where,
)
from storage.ledger.excuses import unknown_reason
from storage.ledger.fold import MACHINE
from storage.ledger.states import Course, Deed, Stage, Step, refusal
from storage.lifecycle import Life, Sight, Sighting, State, advance, day_of, sight_of
from storage.models import AuditRow, FindingRow, LedgerEventRow, ObservationRow, TransitionRow
from storage.numbers import number
from storage.parts import parts


class StepRefusedError(StorageError):
    """A step cannot be taken from where a finding stands; the message is one Chinese sentence with its 问题编号."""


def record_all(engine: Engine, steps: Iterable[tuple[str, Step]]) -> None:
    """Keeps steps in their order, in one transaction: all of them or, when one is refused, none."""
    with writing(engine) as session:
        for fingerprint, step in steps:
            _keep(session, fingerprint, step)


def take_all(engine: Engine, steps: Sequence[tuple[str, Step]], *, keep: bool = True) -> dict[int, str]:
    """Takes steps in their order, in one transaction, and returns why some are refused, by their place, from 0.

    When one is refused, or without `keep`, nothing is kept. Raises StorageError for an unknown finding.
    """
    refused: dict[int, str] = {}
    try:
        with writing(engine) as session:
            for place, (fingerprint, step) in enumerate(steps):
                try:
                    _keep(session, fingerprint, step)
                except StepRefusedError as error:
                    refused[place] = str(error)
            if refused or not keep:
                raise _UndoneError
    except _UndoneError:
        pass
    return refused


class _UndoneError(Exception):
    """Ends a transaction of which nothing is to be kept."""


class Handing(Struct, frozen=True):
    """How findings are handed out (交办): by whom, when (aware: deadlines run from then), to whom, by which rules.

    Without `unit` it goes to who answers for the column or the portal. `deadline` stands instead of those of the rules.
    """

    who: str
    at: dt.datetime
    unit: str = ""
    keeper: str = ""
    issuer: str = ""
    why: str = ""
    rules: Sequence[Rule] | None = None  # None: those that come along
    calendar: WorkCalendar = CALENDAR
    deadline: dt.datetime | None = None


def hand_out(engine: Engine, fingerprints: Sequence[str], how: Handing) -> dict[str, LedgerEntry]:
    """Hands findings out, all or none, and returns their entries. Raises StepRefusedError, StorageError."""
    with writing(engine) as session:
        return hand_out_in(session, fingerprints, how)


def hand_out_in(session: Session, fingerprints: Sequence[str], how: Handing) -> dict[str, LedgerEntry]:
    """Hands findings out in a transaction of the caller's, as `hand_out` does, and returns their entries."""
    rules = how.rules if how.rules is not None else read_rules()
    for fingerprint in fingerprints:
        row = _row(session, fingerprint)
        described = described_by(session, FindingRow.fingerprint == fingerprint).get(fingerprint)
        rule = rule_for(rules, how.issuer, described.severity if described else "", row.kind)
        limit = limit_by(rule, how.at, how.calendar) if rule is not None else Limit()
        if how.deadline is not None:
            limit = Limit(how.deadline)
        given = {"unit": how.unit, "keeper": how.keeper, "issuer": how.issuer, "limit": limit.data()}
        _keep(session, fingerprint, Step(Deed.ASSIGN, how.who, how.at, how.why, given))
    return entries_of(session, fingerprints, how.at, how.calendar)


def claim_step(*, text: str, link: str = "", completed: dt.date | None = None, who: str, at: dt.datetime) -> Step:
    """Returns the step of a claim, for `record_all`."""
    return Step(
        Deed.CLAIM,
        who,
        at,
        text,
        {"text": text, "link": link, "completed": completed.isoformat() if completed else ""},
    )


def entry(
    engine: Engine, fingerprint: str, now: dt.datetime | None = None, calendar: WorkCalendar = CALENDAR
) -> LedgerEntry:
    """Returns what the ledger says of a finding. Raises StorageError for an unknown one."""
    with reading(engine) as session:
        found = entries_of(session, [fingerprint], now or dt.datetime.now(dt.UTC), calendar)
    if fingerprint not in found:
        raise StorageError(f"no finding {fingerprint!r} is in the database")
    return found[fingerprint]


def entries(
    engine: Engine, portal: str, now: dt.datetime | None = None, calendar: WorkCalendar = CALENDAR
) -> dict[str, LedgerEntry]:
    """Returns what the ledger says of every finding a portal ever had, by fingerprint, in the order of numbers."""
    with reading(engine) as session:
        return entries_in(session, portal, now or dt.datetime.now(dt.UTC), calendar)


def claimed(engine: Engine, portal: str | None = None, now: dt.datetime | None = None) -> tuple[LedgerEntry, ...]:
    """Returns what waits to be measured again because a unit says it is put right, the longest waiting first."""
    known = select(LedgerEventRow.finding).where(LedgerEventRow.deed == str(Deed.CLAIM))
    wanted: ColumnElement[bool] = FindingRow.fingerprint.in_(known)
    if portal is not None:
        wanted = wanted & (FindingRow.portal == portal)
    with reading(engine) as session:
        found = entries_where(session, wanted, now or dt.datetime.now(dt.UTC), CALENDAR)
    return tuple(sorted((one for one in found.values() if one.waits), key=lambda one: (one.since, one.number)))


def settle(session: Session, fingerprints: Sequence[str]) -> None:
    """Keeps what the audits committed so far mean for what people did; in a commit's transaction.

    A claim, or a closing by a person, is to the machine a repair that is still to be proven: when audits that began
    later show the defect by the rules of `storage.lifecycle`, a claim is 退回 and a closed finding 反弹. What a person
    opened again although the machine had seen it repaired is closed when a later audit measures it good once more.
    """
    for part in parts(fingerprints):
        said = select(LedgerEventRow.finding).where(
            LedgerEventRow.finding.in_(part), LedgerEventRow.deed.in_([Deed.CLAIM, Deed.CLOSE, Deed.REOPEN])
        )
        known = courses_where(session, FindingRow.fingerprint.in_(session.scalars(said.distinct()).all()))
        for fingerprint, seen in _sightings(session, list(known)).items():
            if (step := _shown(session.get_one(FindingRow, fingerprint), known[fingerprint], seen)) is not None:
                _keep(session, fingerprint, step)


def reopened(session: Session, portal: str) -> frozenset[str]:
    """Returns the findings of a portal that a person opened again although the machine had seen them repaired."""
    again = select(LedgerEventRow.finding).where(LedgerEventRow.deed == Deed.REOPEN)
    wanted = (FindingRow.portal == portal) & FindingRow.fingerprint.in_(again) & FindingRow.state.in_(_REPAIRED)
    return frozenset(name for name, course in courses_where(session, wanted).items() if course.stage.live)


_REPAIRED = (State.FIXED, State.CLEARED)


def _shown(row: FindingRow, course: Course, seen: Sequence[tuple[dt.datetime, Sighting]]) -> Step | None:
    """Returns the step that sightings since the newest step of a person call for, None for none."""
    since = course.claim.at if course.stage is Stage.CLAIMED and course.claim else course.since
    later = [sighting for started, sighting in seen if since is None or started >= since]
    if course.stage.live and row.state in _REPAIRED:
        good = next((one for one in later if one.sight is Sight.GOOD and not one.degraded), None)
        return Step(Deed.CLOSE, MACHINE, good.at, "再次核查正常", {"audit": good.audit}) if good else None
    if course.stage not in (Stage.CLAIMED, Stage.CLOSED) or course.by_machine:
        return None
    life = Life(State.FIXED, was_fixed=True)
    for one in later:
        life, _ = advance(life, one)
        if life.state is State.REGRESSED:
            if course.stage is Stage.CLAIMED:
                return Step(Deed.RETURN, MACHINE, one.at, "复查未通过，问题仍然存在", {"audit": one.audit})
            return Step(Deed.RELAPSE, MACHINE, one.at, "销号后再次核查，问题仍然存在", {"audit": one.audit})
    return None


def _keep(session: Session, fingerprint: str, step: Step) -> None:
    row = _row(session, fingerprint)
    course = courses_where(session, FindingRow.fingerprint == fingerprint)[fingerprint]
    why = refusal(course, step)
    if step.deed is Deed.OBJECT and not why:
        why = unknown_reason(str(step.data.get("reason", "")), objection=True)
    if why:
        raise StepRefusedError(f"{number(row.portal, row.number)}：{why}")
    turn = session.scalar(select(func.max(TransitionRow.id)).where(TransitionRow.finding == fingerprint))
    session.add(
        LedgerEventRow(
            finding=fingerprint,
            deed=str(step.deed),
            at=step.at,
            who=step.who,
            why=step.why,
            data=dict(step.data),
            turn=turn or 0,
        )
    )
    session.flush()


def _row(session: Session, fingerprint: str) -> FindingRow:
    """Returns a finding, held so that of two steps at once the second sees the first."""
    row = session.get(FindingRow, fingerprint, with_for_update=True)
    if row is None:
        raise StorageError(f"no finding {fingerprint!r} is in the database")
    return row


def _sightings(session: Session, fingerprints: Sequence[str]) -> dict[str, list[tuple[dt.datetime, Sighting]]]:
    """Returns what audits saw of findings, with when each began, in order of time."""
    query = (
        select(ObservationRow.finding, ObservationRow.outcome, ObservationRow.confirmations, AuditRow)
        .join(AuditRow, AuditRow.id == ObservationRow.audit)
        .where(ObservationRow.finding.in_(fingerprints))
        .order_by(AuditRow.started, AuditRow.id)
    )
    found: dict[str, list[tuple[dt.datetime, Sighting]]] = {}
    for finding, outcome, confirmations, head in session.execute(query) if fingerprints else ():
        day = day_of(head.started)
        seen = Sighting(head.id, day, head.ended, sight_of(outcome), bool(head.degraded), confirmations)
        found.setdefault(finding, []).append((head.started, seen))
    return found
