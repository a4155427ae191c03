"""Excuses (报备, 规范性说明, 本期无此业务 ...): why a finding, a column, a check or a portal is let off for a while.

Rows are only ever added: an excuse is ended early by a row that withdraws it. Every excuse has a beginning and an end.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storage.database import StorageError, reading, writing
from storage.models import ExcuseRow, FindingRow, PortalRow

MAINTENANCE = "maintenance"  # the reason under which announced windows are kept
OTHER = "other"  # the reason of an objection in words of its own
_REASONS = Path(__file__).with_name("excuses.toml")


class Scope(StrEnum):
    """What an excuse speaks of: its `subject` is a fingerprint, a column path (政务公开>通知公告), a check id or ""."""

    FINDING = "finding"
    COLUMN = "column"
    CHECK = "check"
    PORTAL = "portal"


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason code: what people read, what it may be given for, and where it comes from."""

    id: str
    word: str
    source: str
    excuse: bool = False
    objection: bool = False
    seen_within: bool = False


@dataclass(frozen=True, slots=True)
class Excuse:
    """One excuse as kept. Times are aware; it holds from `begins` until before `ends`. `id` is 0 before it is kept."""

    portal: str
    scope: Scope
    subject: str
    kind: str  # id of a Reason
    why: str
    begins: dt.datetime
    ends: dt.datetime
    who: str
    at: dt.datetime
    link: str = ""
    evidence: tuple[str, ...] = ()  # sha256 in the evidence store
    id: int = 0

    def holds(self, at: dt.datetime) -> bool:
        """Returns whether it holds at that time."""
        return self.begins <= at < self.ends

    def covers(self, fingerprint: str, check: str, column: str) -> bool:
        """Returns whether it speaks of a finding of its portal."""
        match self.scope:
            case Scope.FINDING:
                return self.subject == fingerprint
            case Scope.CHECK:
                return self.subject == check
            case Scope.COLUMN:
                return within(column, self.subject)
            case Scope.PORTAL:
                return True

    def lets_off(self, now: dt.datetime, last_seen: dt.datetime) -> bool:
        """Returns whether a finding it covers is excused: it holds now, or what was seen was seen while it held."""
        return self.holds(now) or (reasons()[self.kind].seen_within and self.holds(last_seen))


@cache
def reasons() -> Mapping[str, Reason]:
    """Returns the reason codes by id, in the order they are offered."""
    table = tomllib.loads(_REASONS.read_text("utf-8"))["reason"]
    return {reason.id: reason for reason in msgspec.convert(table, list[Reason])}


def reason_named(text: str, *, objection: bool) -> str:
    """Returns the id of the reason that is called so, by its id, its words or what stands before their bracket.

    A text that names none is returned as it is.
    """
    offered = [one for one in reasons().values() if (one.objection if objection else one.excuse)]
    wanted = unicodedata.normalize("NFKC", text).strip()
    for one in offered:
        word = unicodedata.normalize("NFKC", one.word)
        if wanted in (one.id, word, word.partition("(")[0]):
            return one.id
    return text


def unknown_reason(code: str, *, objection: bool) -> str:
    """Returns, in Chinese, that there is no such reason code for an objection or an excuse, and which there are."""
    offered = [one for one in reasons().values() if (one.objection if objection else one.excuse)]
    if any(one.id == code for one in offered):
        return ""
    known = "、".join(f"{one.id}（{one.word}）" for one in offered)
    return f"没有{'异议' if objection else '豁免'}事由“{code}”；可用的有：{known}"


def within(column: str, path: str) -> bool:
    """Returns whether a column's path is that path, or lies below it; the beginning of a path may be left out."""
    have = [part.strip() for part in column.split(">")]
    want = [part.strip() for part in path.split(">")]
    return path.strip() != "" and any(have[start : start + len(want)] == want for start in range(len(have)))


def excuse(engine: Engine, given: Excuse) -> Excuse:
    """Keeps an excuse and returns it with its id. Raises StorageError with why it cannot be kept."""
    with writing(engine) as session:
        _check(session, given)
        row = ExcuseRow(
            portal=given.portal,
            scope=str(given.scope),
            subject=given.subject,
            kind=given.kind,
            why=given.why,
            link=given.link,
            evidence=list(given.evidence),
            begins=given.begins,
            ends=given.ends,
            who=given.who,
            at=given.at,
        )
        session.add(row)
        session.flush()
        return _excuse(row)


def withdraw(engine: Engine, number: int, *, who: str, at: dt.datetime, why: str) -> Excuse:
    """Ends an excuse from now on and returns it as it was. Raises StorageError for one that is not there or ended."""
    with writing(engine) as session:
        row = session.get(ExcuseRow, number, with_for_update=True)
        if row is None or row.withdraws is not None:
            raise StorageError(f"没有编号为{number}的豁免")
        if session.scalar(select(ExcuseRow.id).where(ExcuseRow.withdraws == number)) is not None:
            raise StorageError(f"编号为{number}的豁免已撤销")
        if not who.strip() or not why.strip():
            raise StorageError("撤销豁免须写明由谁作出及理由")
        session.add(
            ExcuseRow(
                portal=row.portal,
                scope=row.scope,
                subject=row.subject,
                kind=row.kind,
                why=why,
                link="",
                evidence=[],
                begins=row.begins,
                ends=row.ends,
                who=who,
                at=at,
                withdraws=number,
            )
        )
        return _excuse(row)


def excuses(
    engine: Engine, portal: str, *, kind: str | None = None, at: dt.datetime | None = None
) -> tuple[Excuse, ...]:
    """Returns a portal's excuses that were not withdrawn, by beginning: of that kind, holding at that time, or all.

    `kind=MAINTENANCE` with `scope` portal are the announced windows of the whole portal. A withdrawn excuse still
    counts for the time before it was withdrawn.
    """
    with reading(engine) as session:
        found = kept(session, portal)
    return tuple(one for one in found if (kind is None or one.kind == kind) and (at is None or one.holds(at)))


def kept(session: Session, portal: str) -> tuple[Excuse, ...]:
    """Returns a portal's excuses by beginning; one that was withdrawn ends when that was, or is left out."""
    rows = session.scalars(select(ExcuseRow).where(ExcuseRow.portal == portal).order_by(ExcuseRow.id)).all()
    ended = {row.withdraws: row.at for row in rows if row.withdraws is not None}
    found: list[Excuse] = []
    for row in rows:
        if row.withdraws is None:
            one = _excuse(row, ended.get(row.id))
            if one.begins < one.ends:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (one.begins, one.id)))


def letting_off(
    found: Sequence[Excuse], fingerprint: str, check: str, column: str, now: dt.datetime, last_seen: dt.datetime
) -> Excuse | None:
    """Returns the excuse under which a finding is let off; of several the one that ends last."""
    holding = [one for one in found if one.covers(fingerprint, check, column) and one.lets_off(now, last_seen)]
    return max(holding, key=lambda one: one.ends, default=None)


def _check(session: Session, given: Excuse) -> None:
    if wrong := unknown_reason(given.kind, objection=False):
        raise StorageError(wrong)
    if not given.who.strip():
        raise StorageError("豁免须写明由谁作出")
    if not given.why.strip():
        raise StorageError("豁免须写明理由")
    if given.ends <= given.begins:
        raise StorageError("豁免的结束时间须晚于开始时间")
    if session.get(PortalRow, given.portal) is None:
        raise StorageError(f"no portal {given.portal!r} is in the database: audit it first")
    if given.scope is Scope.FINDING:
        row = session.get(FindingRow, given.subject)
        if row is None or row.portal != given.portal:
            raise StorageError(f"no finding {given.subject!r} of portal {given.portal!r} is in the database")
    elif (given.scope is Scope.PORTAL) != (not given.subject.strip()):
        raise StorageError("豁免须写明范围：一个问题、一个栏目、一个检查项，或整个网站")


def _excuse(row: ExcuseRow, withdrawn: dt.datetime | None = None) -> Excuse:
    return Excuse(
        portal=row.portal,
        scope=Scope(row.scope),
        subject=row.subject,
        kind=row.kind,
        why=row.why,
        begins=row.begins,
        ends=row.ends if withdrawn is None else min(row.ends, withdrawn),
        who=row.who,
        at=row.at,
        link=row.link,
        evidence=tuple(row.evidence),
        id=row.id,
    )
