"""The rectification ledger (整改台账): what people do with findings, kept as rows that are only ever added.

What is allowed and what it adds up to is decided by `storage.ledgerstates`; here it is read and kept, in whole
transactions. Times are aware; where `now` is left out, the present is meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

from portal.workdays import WorkCalendar
from storage.database import StorageError, reading, writing
from storage.ledgerdeadlines import Limit, Rule, limit_by, limit_of, read_rules, remaining, rule_for
from storage.ledgerexcuses import Excuse, kept, letting_off, within
from storage.ledgerstates import (
    MACHINE,
    Claim,
    Course,
    Deed,
    Event,
    Line,
    Objection,
    Stage,
    Step,
    Turn,
    fold,
    refusal,
)
from storage.lifecycle import Life, Sighting, State, advance, day_of, sight_of
from storage.models import AuditRow, FindingRow, LedgerEventRow, ObservationRow, PortalRow, TransitionRow
from storage.numbers import number

__all__ = ["Claim", "Deed", "LedgerEntry", "Line", "Objection", "Stage", "Step", "StepRefusedError"]

CALENDAR = WorkCalendar()


class StepRefusedError(StorageError):
    """A step cannot be taken from where a finding stands; the message is one Chinese sentence with its 问题编号."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger says of one finding at one time."""

    fingerprint: str
    portal: str
    number: str  # 问题编号
    check: str
    severity: str
    machine: State
    state: Stage  # what people read; 超期, 豁免 and 异议中 lie over `stage`
    stage: Stage
    since: dt.datetime
    unit: str  # 责任单位: set by hand, else of the column, else of the portal
    keeper: str  # 责任栏目保障人
    issuer: str
    handed_out: dt.datetime | None
    deadline: dt.datetime | None
    deadline_note: str  # why there is none although it was handed out; "" otherwise
    deadline_rule: str  # id of the rule it follows, "" for one set by hand
    remaining: int | None  # working days left, below 0 past it; None without a deadline or where not decidable
    overdue: bool
    claim: Claim | None
    objection: Objection | None
    excuse: Excuse | None
    closed_at: dt.datetime | None
    closed_by: str
    remark: str
    history: tuple[Line, ...]

    @property
    def live(self) -> bool:
        """True while somebody still has to do something about it."""
        return self.state.live

    @property
    def waits(self) -> bool:
        """True while a claim of the unit waits to be measured again."""
        return self.stage is Stage.CLAIMED


def record(engine: Engine, fingerprint: str, step: Step) -> None:
    """Keeps one step. Raises StepRefusedError when it is not allowed, StorageError for an unknown finding."""
    record_all(engine, [(fingerprint, step)])


def record_all(engine: Engine, steps: Iterable[tuple[str, Step]]) -> None:
    """Keeps steps in their order, in one transaction: all of them or, when one is refused, none."""
    with writing(engine) as session:
        for fingerprint, step in steps:
            _keep(session, fingerprint, step)


def hand_out(
    engine: Engine,
    fingerprints: Sequence[str],
    *,
    who: str,
    at: dt.datetime,
    unit: str = "",
    keeper: str = "",
    issuer: str = "",
    why: str = "",
    rules: Sequence[Rule] | None = None,
    calendar: WorkCalendar = CALENDAR,
    deadline: dt.datetime | None = None,
) -> dict[str, LedgerEntry]:
    """Hands findings out (交办), all or none, and returns their entries; the deadlines run from `at`.

    Each gets the deadline of the rule for its kind, the issuer and its severity, unless `deadline` says another.
    Without `unit` it goes to who answers for the column or the portal. Raises StepRefusedError, StorageError.
    """
    known = rules if rules is not None else read_rules()
    with writing(engine) as session:
        for fingerprint in fingerprints:
            row = _row(session, fingerprint)
            described = _described(session, FindingRow.fingerprint == fingerprint).get(fingerprint)
            rule = rule_for(known, issuer, described.severity if described else "", row.kind)
            limit = (
                Limit(deadline)
                if deadline is not None
                else limit_by(rule, at, calendar)
                if rule is not None
                else Limit()
            )
            given = {"unit": unit, "keeper": keeper, "issuer": issuer, "limit": limit.data()}
            _keep(session, fingerprint, Step(Deed.ASSIGN, who, at, why, given))
        return entries_of(session, fingerprints, at, calendar)


def claim(
    engine: Engine,
    fingerprint: str,
    *,
    text: str,
    link: str = "",
    completed: dt.date | None = None,
    who: str,
    at: dt.datetime,
) -> None:
    """Keeps what a unit says it did (整改情况, 整改后链接, 整改完成时间): it now waits to be measured again."""
    record(engine, fingerprint, claim_step(text=text, link=link, completed=completed, who=who, at=at))


def claim_step(*, text: str, link: str = "", completed: dt.date | None = None, who: str, at: dt.datetime) -> Step:
    """Returns the step of a claim, for `record_all`."""
    return Step(
        Deed.CLAIM,
        who,
        at,
        text,
        {"text": text, "link": link, "completed": completed.isoformat() if completed else ""},
    )


def set_deadline(
    engine: Engine, fingerprint: str, deadline: dt.datetime, *, who: str, at: dt.datetime, why: str
) -> None:
    """Sets another deadline by hand. Raises StepRefusedError without a reason or for what is closed."""
    record(engine, fingerprint, Step(Deed.DEADLINE, who, at, why, {"limit": Limit(deadline).data()}))


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


def entries_of(
    session: Session, fingerprints: Sequence[str], now: dt.datetime, calendar: WorkCalendar = CALENDAR
) -> dict[str, LedgerEntry]:
    """Returns what the ledger says of those findings, as the session sees the database; unknown ones are left out."""
    found: dict[str, LedgerEntry] = {}
    for part in _parts(fingerprints):
        found |= _entries(session, FindingRow.fingerprint.in_(part), now, calendar)
    return found


def entries_in(
    session: Session, portal: str, now: dt.datetime, calendar: WorkCalendar = CALENDAR
) -> dict[str, LedgerEntry]:
    """Returns what `entries` does, as the session sees the database."""
    return _entries(session, FindingRow.portal == portal, now, calendar)


def claimed(engine: Engine, portal: str | None = None, now: dt.datetime | None = None) -> tuple[LedgerEntry, ...]:
    """Returns what waits to be measured again because a unit says it is put right, the longest waiting first."""
    known = select(LedgerEventRow.finding).where(LedgerEventRow.deed == str(Deed.CLAIM))
    wanted: ColumnElement[bool] = FindingRow.fingerprint.in_(known)
    if portal is not None:
        wanted = wanted & (FindingRow.portal == portal)
    with reading(engine) as session:
        found = _entries(session, wanted, now or dt.datetime.now(dt.UTC), CALENDAR)
    return tuple(sorted((one for one in found.values() if one.waits), key=lambda one: (one.since, one.number)))


def settle(session: Session, audit: str, fingerprints: Sequence[str]) -> None:
    """Keeps what an audit just committed means for what units claimed and people closed; in the commit's transaction.

    A claim, or a closing by a person, is to the machine a repair that is still to be proven: when audits that began
    later show the defect by the rules of `storage.lifecycle`, a claim is 退回 and a closed finding 反弹.
    """
    settled = {Stage.CLAIMED: Deed.RETURN, Stage.CLOSED: Deed.RELAPSE}
    for part in _parts(fingerprints):
        courses = _courses(session, FindingRow.fingerprint.in_(part))
        open_ones = {
            fingerprint: course
            for fingerprint, course in courses.items()
            if course.stage in settled and not course.by_machine
        }
        for fingerprint, seen in _sightings(session, list(open_ones)).items():
            course = open_ones[fingerprint]
            last = _came_back(seen, course.since)
            if last is not None and last.audit == audit:
                why = "复查未通过，问题仍然存在" if course.stage is Stage.CLAIMED else "销号后再次核查，问题仍然存在"
                _keep(session, fingerprint, Step(settled[course.stage], MACHINE, last.at, why, {"audit": audit}))


# how rows become entries


@dataclass(frozen=True, slots=True)
class _Described:
    severity: str
    column: str


def _keep(session: Session, fingerprint: str, step: Step) -> None:
    row = _row(session, fingerprint)
    course = _courses(session, FindingRow.fingerprint == fingerprint)[fingerprint]
    if why := refusal(course, step):
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


def _entries(
    session: Session, wanted: ColumnElement[bool], now: dt.datetime, calendar: WorkCalendar
) -> dict[str, LedgerEntry]:
    rows = session.scalars(select(FindingRow).where(wanted).order_by(FindingRow.portal, FindingRow.number)).all()
    courses = _courses(session, wanted)
    described = _described(session, wanted)
    names = {row.portal for row in rows}
    portals = {row.id: row for row in session.scalars(select(PortalRow).where(PortalRow.id.in_(names)))}
    excuses = {name: kept(session, name) for name in names}
    found = {}
    for row in rows:
        words = described.get(row.fingerprint, _Described("", ""))
        excuse = letting_off(excuses[row.portal], row.fingerprint, row.check, words.column, now, row.last_seen)
        found[row.fingerprint] = _entry(
            row, courses[row.fingerprint], words, portals[row.portal], excuse, now, calendar
        )
    return found


def _entry(
    row: FindingRow,
    course: Course,
    words: _Described,
    portal: PortalRow,
    excuse: Excuse | None,
    now: dt.datetime,
    calendar: WorkCalendar,
) -> LedgerEntry:
    limit = limit_of(course.limit, course.handed_out, calendar)
    overdue = is_overdue(course, limit.at, now) and excuse is None
    state, since = course.stage, course.since or row.first_seen
    if state.live:
        if excuse is not None:
            state, since = Stage.EXCUSED, excuse.begins
        elif course.pending and course.objection is not None:
            state, since = Stage.OBJECTED, course.objection.at
        elif overdue and limit.at is not None:
            state, since = Stage.OVERDUE, limit.at
    return LedgerEntry(
        fingerprint=row.fingerprint,
        portal=row.portal,
        number=number(row.portal, row.number),
        check=row.check,
        severity=words.severity,
        machine=State(row.state),
        state=state,
        stage=course.stage,
        since=since,
        unit=course.unit or owner_of(words.column, portal.owners) or portal.unit,
        keeper=course.keeper,
        issuer=course.issuer,
        handed_out=course.handed_out,
        deadline=limit.at,
        deadline_note=limit.note,
        deadline_rule=limit.rule,
        remaining=remaining(limit.at, now, calendar) if limit.at is not None and course.stage.live else None,
        overdue=overdue,
        claim=course.claim,
        objection=course.objection,
        excuse=excuse,
        closed_at=course.closed_at,
        closed_by=course.closed_by,
        remark=course.remark,
        history=course.history,
    )


def is_overdue(course: Course, deadline: dt.datetime | None, now: dt.datetime) -> bool:
    """Returns whether a deadline has passed and nothing was fed back; an objection made in time holds it up."""
    if deadline is None or now <= deadline or not course.stage.live or course.stage is Stage.CLAIMED:
        return False
    return not (course.pending and course.objection is not None and course.objection.at <= deadline)


def owner_of(column: str, owners: Iterable[Sequence[str]]) -> str:
    """Returns the unit of the most particular column a path lies in, "" where none is declared."""
    fitting = [(path.count(">"), unit) for path, unit in owners if within(column, path)]
    return max(fitting, default=(0, ""))[1]


def _courses(session: Session, wanted: ColumnElement[bool]) -> dict[str, Course]:
    """Returns the course of every finding wanted."""
    events: dict[str, list[Event]] = {}
    of_event = select(LedgerEventRow).join(FindingRow, FindingRow.fingerprint == LedgerEventRow.finding)
    for one in session.scalars(of_event.where(wanted).order_by(LedgerEventRow.id)):
        step = Step(Deed(one.deed), one.who, one.at, one.why, one.data)
        events.setdefault(one.finding, []).append(Event(step, one.turn))
    turns: dict[str, list[Turn]] = {}
    of_turn = select(TransitionRow).join(FindingRow, FindingRow.fingerprint == TransitionRow.finding)
    for row in session.scalars(of_turn.where(wanted).order_by(TransitionRow.id)):
        turns.setdefault(row.finding, []).append(Turn(row.id, State(row.after), row.at, row.who, row.why))
    names = session.scalars(select(FindingRow.fingerprint).where(wanted))
    return {name: fold(events.get(name, ()), turns.get(name, ())) for name in names}


def _described(session: Session, wanted: ColumnElement[bool]) -> dict[str, _Described]:
    """Returns what the newest audit that saw each finding says of it, as far as the ledger needs it."""
    query = (
        select(ObservationRow.finding, ObservationRow.severity, ObservationRow.column)
        .join(
            FindingRow,
            (FindingRow.fingerprint == ObservationRow.finding) & (FindingRow.newest == ObservationRow.audit),
        )
        .where(wanted)
    )
    return {finding: _Described(severity, column) for finding, severity, column in session.execute(query)}


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


def _came_back(seen: Iterable[tuple[dt.datetime, Sighting]], since: dt.datetime | None) -> Sighting | None:
    """Returns the sighting that shows a repair of `since` did not hold, None while nothing shows it."""
    life = Life(State.FIXED, was_fixed=True)
    for started, sighting in seen:
        if since is not None and started >= since:
            life, _ = advance(life, sighting)
            if life.state is State.REGRESSED:
                return sighting
    return None


def _parts(values: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
