"""Keeps the notices issued to units: a number is given once, what was said is kept, nothing is ever deleted.

Issuing is one transaction: the numbers, what the notices say, and the hand-out of their findings in the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.workdays import WorkCalendar
from storage.database import StorageError, reading, writing
from storage.ledger.book import Handing, hand_out_in
from storage.ledger.deadlines import Rule
from storage.ledger.entries import CALENDAR, LedgerEntry, entries_of
from storage.lifecycle import day_of
from storage.models import NoticeItemRow, NoticeRow
from storage.parts import parts


class Tone(StrEnum):
    """The closed set of notices, from the mildest."""

    TIP = "tip"  # 提示单: before anything is overdue
    ORDER = "order"  # 整改通知书: findings handed out
    PRESS = "press"  # 督办单: overdue, or back again


class OvertakenError(StorageError):
    """Somebody else was quicker; nothing was issued."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing a notice speaks of: `subject` is its identity (a fingerprint, or a digest), `finding` the fingerprint
    of a finding, None for what has not gone wrong yet."""

    subject: str
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """One notice as issued. `at` is aware, UTC; `content` is what it said."""

    tone: Tone
    number: str
    unit: str
    at: dt.datetime
    who: str
    content: Mapping[str, Any]
    topics: tuple[Topic, ...]


# What a notice says, made once its number is known and its findings stand in the ledger as handed out.
Say = Callable[[str, Mapping[str, LedgerEntry]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice about to be issued. `hand_out` are those of its findings that are handed out by it, `past` the numbers
    of the notices known to have spoken of its topics."""

    tone: Tone
    unit: str
    topics: tuple[Topic, ...]
    hand_out: tuple[str, ...]
    say: Say
    past: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Numbering:
    """How numbers are printed: 代字, letter of the tone, 〔year〕, serial. Tones count apart, every year anew."""

    code: str
    letters: Mapping[Tone, str]

    def number(self, tone: Tone, year: int, serial: int) -> str:
        """Returns a number as printed: 明政网整〔2026〕1号."""
        return f"{self.code}{self.letters[tone]}〔{year}〕{serial}号"


def issue(
    engine: Engine,
    drafts: Sequence[Draft],
    numbering: Numbering,
    *,
    who: str,
    at: dt.datetime,
    issuer: str = "",
    rules: Sequence[Rule] | None = None,
    calendar: WorkCalendar = CALENDAR,
) -> tuple[Issued, ...]:
    """Issues notices, all or none, and returns them in their order; their findings are handed out (交办) by it.

    Raises OvertakenError where somebody else issued a notice about the same meanwhile, StepRefusedError where the
    ledger refuses one of the findings, StorageError.
    """
    with writing(engine) as session:
        return tuple(_issue(session, draft, numbering, who, at, issuer, rules, calendar) for draft in drafts)


def _issue(
    session: Session,
    draft: Draft,
    numbering: Numbering,
    who: str,
    at: dt.datetime,
    issuer: str,
    rules: Sequence[Rule] | None,
    calendar: WorkCalendar,
) -> Issued:
    if _numbers(session, [topic.subject for topic in draft.topics]) != draft.past:
        raise OvertakenError("其他人刚刚就同一事项印发了通知，请重新运行本命令")
    year = day_of(at).year
    newest = select(func.max(NoticeRow.serial)).where(NoticeRow.tone == str(draft.tone), NoticeRow.year == year)
    serial = (session.scalar(newest) or 0) + 1
    number = numbering.number(draft.tone, year, serial)
    how = Handing(who, at, draft.unit, issuer=issuer, why=f"印发{number}", rules=rules, calendar=calendar)
    hand_out_in(session, draft.hand_out, how)
    findings = [topic.finding for topic in draft.topics if topic.finding is not None]
    content = dict(draft.say(number, entries_of(session, findings, at, calendar)))
    row = NoticeRow(
        tone=str(draft.tone),
        year=year,
        serial=serial,
        number=number,
        unit=draft.unit,
        at=at,
        who=who,
        content=content,
    )
    session.add(row)
    session.flush()
    session.add_all(
        NoticeItemRow(notice=row.id, place=place, subject=topic.subject, finding=topic.finding)
        for place, topic in enumerate(draft.topics)
    )
    session.flush()
    return Issued(draft.tone, number, draft.unit, at, who, content, draft.topics)


def issued(engine: Engine, subjects: Sequence[str] | None = None) -> tuple[Issued, ...]:
    """Returns the notices issued so far, or those that speak of one of `subjects`; the oldest first."""
    with reading(engine) as session:
        wanted = None if subjects is None else _numbers(session, subjects)
        rows = [
            row
            for row in session.scalars(select(NoticeRow).order_by(NoticeRow.at, NoticeRow.id))
            if wanted is None or row.number in wanted
        ]
        topics: dict[int, list[Topic]] = {}
        items = select(NoticeItemRow).order_by(NoticeItemRow.notice, NoticeItemRow.place)
        for row in rows:
            found = session.scalars(items.where(NoticeItemRow.notice == row.id))
            topics[row.id] = [Topic(item.subject, item.finding) for item in found]
        return tuple(
            Issued(Tone(row.tone), row.number, row.unit, row.at, row.who, row.content, tuple(topics[row.id]))
            for row in rows
        )


def _numbers(session: Session, subjects: Sequence[str]) -> frozenset[str]:
    """Returns the numbers of the notices that speak of one of `subjects`."""
    found: set[str] = set()
    for part in parts(subjects):
        query = select(NoticeRow.number).join(NoticeItemRow, NoticeItemRow.notice == NoticeRow.id)
        # A finding by its own column: that one follows when the portal gets another id, and the finding another name.
        spoken = NoticeItemRow.subject.in_(part) | NoticeItemRow.finding.in_(part)
        found.update(session.scalars(query.where(spoken)))
    return frozenset(found)
