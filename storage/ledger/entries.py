"""What the ledger says of findings at one time: rows of the database become entries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from msgspec import Struct
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.workdays import WorkCalendar
from storage.ledger.deadlines import limit_of, remaining
from storage.ledger.excuses import Excuse, kept, letting_off, within
from storage.ledger.fold import fold
from storage.ledger.states import Claim, Course, Deed, Event, Line, Objection, Stage, Step, Turn
from storage.lifecycle import State, day_of
from storage.models import FindingRow, LedgerEventRow, ObservationRow, PortalRow, TransitionRow
from storage.numbers import number
from storage.parts import parts

CALENDAR = WorkCalendar()
_WITHOUT_TIME = frozenset({Deed.REMOVE, Deed.REOPEN})  # they say what a finding always was


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger says of one finding at one time."""

    fingerprint: str
    portal: str
    number: str  # 问题编号
    check: str
    kind: str
    subject: str
    severity: str
    column: str
    message: str  # in Chinese, as the newest audit that saw it words it; may hold personal data of pages
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


def entries_of(
    session: Session, fingerprints: Sequence[str], now: dt.datetime, calendar: WorkCalendar = CALENDAR
) -> dict[str, LedgerEntry]:
    """Returns what the ledger says of those findings, as the session sees the database; unknown ones are left out."""
    found: dict[str, LedgerEntry] = {}
    for part in parts(fingerprints):
        found |= entries_where(session, FindingRow.fingerprint.in_(part), now, calendar)
    return found


def entries_in(
    session: Session,
    portal: str,
    now: dt.datetime,
    calendar: WorkCalendar = CALENDAR,
    *,
    until: dt.datetime | None = None,
) -> dict[str, LedgerEntry]:
    """Returns what the ledger says of every finding a portal ever had, as the session sees the database.

    With `until` it is told as it was then: what came later is left out, but for 剔除, which says that it never was.
    """
    return entries_where(session, FindingRow.portal == portal, now, calendar, until)


class Described(Struct, frozen=True):
    """What the newest audit that saw a finding says of it, as far as the ledger needs it."""

    severity: str = ""
    column: str = ""
    message: str = ""


def entries_where(
    session: Session,
    wanted: ColumnElement[bool],
    now: dt.datetime,
    calendar: WorkCalendar,
    until: dt.datetime | None = None,
) -> dict[str, LedgerEntry]:
    """Returns what the ledger says of the findings wanted, by fingerprint, in the order of their numbers."""
    rows = session.scalars(select(FindingRow).where(wanted).order_by(FindingRow.portal, FindingRow.number)).all()
    courses = courses_where(session, wanted, until)
    described = described_by(session, wanted)
    names = {row.portal for row in rows}
    portals = {row.id: row for row in session.scalars(select(PortalRow).where(PortalRow.id.in_(names)))}
    excuses = {name: kept(session, name) for name in names}

    @cache  # many findings end on one day, and days are counted one by one
    def left(last: dt.date) -> int | None:
        return remaining(last, day_of(now), calendar)

    found = {}
    for row in rows:
        words = described.get(row.fingerprint, Described())
        excuse = letting_off(excuses[row.portal], row.fingerprint, row.check, words.column, now, row.last_seen)
        found[row.fingerprint] = _entry(
            row, courses[row.fingerprint], words, portals[row.portal], excuse, now, calendar, left
        )
    return found


def _entry(
    row: FindingRow,
    course: Course,
    words: Described,
    portal: PortalRow,
    excuse: Excuse | None,
    now: dt.datetime,
    calendar: WorkCalendar,
    left: Callable[[dt.date], int | None],
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
        kind=row.kind,
        subject=row.subject,
        severity=words.severity,
        column=words.column,
        message=words.message,
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
        remaining=left(day_of(limit.at)) if limit.at is not None and course.stage.live else None,
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


def courses_where(session: Session, wanted: ColumnElement[bool], until: dt.datetime | None = None) -> dict[str, Course]:
    """Returns the course of every finding wanted; see `entries_in` for `until`."""
    events: dict[str, list[Event]] = {}
    of_event = select(LedgerEventRow).join(FindingRow, FindingRow.fingerprint == LedgerEventRow.finding)
    for one in session.scalars(of_event.where(wanted).order_by(LedgerEventRow.id)):
        step = Step(Deed(one.deed), one.who, one.at, one.why, one.data)
        if until is None or step.at <= until or step.deed in _WITHOUT_TIME:
            events.setdefault(one.finding, []).append(Event(step, one.turn))
    turns: dict[str, list[Turn]] = {}
    of_turn = select(TransitionRow).join(FindingRow, FindingRow.fingerprint == TransitionRow.finding)
    for row in session.scalars(of_turn.where(wanted).order_by(TransitionRow.id)):
        if until is None or row.at <= until:
            turns.setdefault(row.finding, []).append(Turn(row.id, State(row.after), row.at, row.who, row.why))
    names = session.scalars(select(FindingRow.fingerprint).where(wanted))
    return {name: fold(events.get(name, ()), turns.get(name, ())) for name in names}


def described_by(session: Session, wanted: ColumnElement[bool]) -> dict[str, Described]:
    """Returns what the newest audit that saw each finding says of it, as far as the ledger needs it."""
    query = (
        select(ObservationRow.finding, ObservationRow.severity, ObservationRow.column, ObservationRow.message)
        .join(
            FindingRow,
            (FindingRow.fingerprint == ObservationRow.finding) & (FindingRow.newest == ObservationRow.audit),
        )
        .where(wanted)
    )
    return {finding: Described(*words) for finding, *words in session.execute(query)}
