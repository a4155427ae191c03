"""The looks at single findings: kept with the commit of their sitting, read for the ledger and for what is due next.

A sitting is an audit of kind "recheck"; what it saw is an observation like any other, so states fold as they do for
audits. Here is what only a look at one finding has: why it was made, by what, and the pictures before and after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from storage.database import reading
from storage.ledger.states import Deed
from storage.lifecycle import Sight, State
from storage.models import AuditRow, EvidenceRow, FindingRow, LedgerEventRow, ObservationRow, RecheckRow, TransitionRow
from storage.numbers import number
from storage.parts import parts
from storage.queries import audit_head
from storage.views import AuditHead

AUTOMATIC = "自动"  # who looked, where nobody asked for it


class Reason(StrEnum):
    """Why a finding was looked at alone."""

    SUSPECT = "suspect"  # a suspicion whose time had come
    CLAIM = "claim"  # its unit says it was put right
    REGRESSED = "regressed"  # it came back
    ASKED = "asked"  # somebody asked for it


class Look(Struct, frozen=True):
    """One look as its sitting made it. `sight` is what was seen; the rest as in `Recheck`."""

    fingerprint: str
    reason: Reason
    at: dt.datetime
    who: str
    method: str
    sight: Sight
    before: str = ""
    after: str = ""
    note: str = ""


class Recheck(Struct, frozen=True):
    """One look at one finding as it was kept. `at` is aware, UTC; `number` is the 问题编号; texts are Chinese.

    `who` is "自动" or a person. `method` says how it was looked at. `note` says why it could not be measured, or what
    a link given with a claim showed. `before` and `after` are the sha256 of pictures in the evidence store, "" where
    there is none: the newest picture of the defect before the look, and the same page during it.
    """

    audit: str
    fingerprint: str
    number: str
    reason: Reason
    at: dt.datetime
    who: str
    method: str
    sight: Sight
    state_before: str
    state_after: str
    note: str = ""
    before: str = ""
    after: str = ""

    @property
    def result(self) -> str:
        """What was seen: 正常, 仍不正常, 未能复查."""
        return _RESULTS[self.sight]

    @property
    def conclusion(self) -> str:
        """What follows from it: 销号, 排除, 转为确认, 退回, 仍存在, 仍疑似, 未能复查."""
        if self.sight is Sight.UNSEEN:
            return "未能复查"
        if self.sight is Sight.GOOD:
            return "排除" if self.state_after == State.CLEARED else "销号" if self._closed else "正常"
        if self.reason is Reason.CLAIM and self.sight is Sight.FAILED:
            return "退回"
        if self.state_after == State.SUSPECT or self.reason is Reason.CLAIM:
            return "仍疑似"
        return "转为确认" if self.state_before == State.SUSPECT else "仍存在"

    @property
    def _closed(self) -> bool:
        return self.state_after == State.FIXED


_RESULTS = {Sight.GOOD: "正常", Sight.FAILED: "仍不正常", Sight.DOUBTFUL: "仍不正常", Sight.UNSEEN: "未能复查"}


def rechecks(engine: Engine, portal: str) -> tuple[Recheck, ...]:
    """Returns every look at single findings of a portal, in order of time, then of 问题编号."""
    query = (
        select(RecheckRow, FindingRow.number)
        .join(FindingRow, FindingRow.fingerprint == RecheckRow.finding)
        .where(FindingRow.portal == portal)
        .order_by(RecheckRow.at, FindingRow.number)
    )
    with reading(engine) as session:
        return tuple(_view(row, number(portal, count)) for row, count in session.execute(query))


class Waiting(Struct, frozen=True):
    """A finding that may have to be looked at again: its state, since when, when it was seen last, the looks so far.

    Times are aware, UTC; `looks` are (time, why, what was seen), in order of time.
    """

    fingerprint: str
    number: str
    portal: str
    check: str
    kind: str
    state: State
    last_seen: dt.datetime
    since: dt.datetime
    looks: tuple[tuple[dt.datetime, Reason, Sight], ...] = ()


def waiting(engine: Engine, portal: str, besides: Iterable[str] = ()) -> tuple[Waiting, ...]:
    """Returns what is suspect or came back at a portal, and the findings `besides`, by 问题编号."""
    states = [str(State.SUSPECT), str(State.REGRESSED)]
    known = select(FindingRow).where(FindingRow.portal == portal)
    names = sorted(set(besides))
    with reading(engine) as session:
        rows = {row.fingerprint: row for row in session.scalars(known.where(FindingRow.state.in_(states)))}
        for part in parts(names):
            found = session.scalars(known.where(FindingRow.fingerprint.in_(part)))
            rows.update({row.fingerprint: row for row in found})
        since: dict[str, dt.datetime] = {}
        looks: dict[str, list[tuple[dt.datetime, Reason, Sight]]] = {}
        for part in parts(sorted(rows)):
            turned = select(TransitionRow.finding, TransitionRow.at).where(TransitionRow.finding.in_(part))
            since.update(session.execute(turned.order_by(TransitionRow.id)).all())
            for row in session.scalars(select(RecheckRow).where(RecheckRow.finding.in_(part)).order_by(RecheckRow.at)):
                looks.setdefault(row.finding, []).append((row.at, Reason(row.reason), Sight(row.sight)))
        return tuple(
            Waiting(
                fingerprint=row.fingerprint,
                number=number(portal, row.number),
                portal=portal,
                check=row.check,
                kind=row.kind,
                state=State(row.state),
                last_seen=row.last_seen,
                since=since.get(row.fingerprint, row.first_seen),
                looks=tuple(looks.get(row.fingerprint, ())),
            )
            for row in sorted(rows.values(), key=lambda row: row.number)
        )


def keep_looks(session: Session, audit: str, looks: Sequence[Look], before: Mapping[str, str]) -> None:
    """Adds the looks of a sitting inside the transaction that commits it, once the states are settled.

    `before` are the machine states by fingerprint when the sitting began. What the ledger returned because of this
    sitting (退回) failed for certain, whatever a single look may say.
    """
    events = select(LedgerEventRow).where(
        LedgerEventRow.finding.in_([*before]), LedgerEventRow.deed == str(Deed.RETURN)
    )
    returned = {event.finding for event in session.scalars(events) if event.data.get("audit") == audit}
    states = {
        row.fingerprint: row.state
        for row in session.scalars(select(FindingRow).where(FindingRow.fingerprint.in_([*before])))
    }
    rows = [
        {
            "audit": audit,
            "finding": look.fingerprint,
            "reason": str(look.reason),
            "at": look.at,
            "who": look.who,
            "method": look.method,
            "sight": str(Sight.FAILED if look.fingerprint in returned else look.sight),
            "state_before": before[look.fingerprint],
            "state_after": states[look.fingerprint],
            "note": look.note,
            "picture_before": look.before,
            "picture_after": look.after,
        }
        for look in looks
    ]
    if rows:
        session.execute(insert(RecheckRow), rows)


def newest_pictures(engine: Engine, fingerprints: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Returns for each finding the sha256 of the newest pictures of its defect, the one taken for it first.

    Findings without any are left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    names = sorted(set(fingerprints))
    with reading(engine) as session:
        for part in parts(names):
            query = (
                select(ObservationRow.finding, ObservationRow.evidence)
                .join(AuditRow, AuditRow.id == ObservationRow.audit)
                .where(ObservationRow.finding.in_(part))
                .where(ObservationRow.outcome.in_(("fail", "suspect")))
                .order_by(AuditRow.started.desc(), AuditRow.id.desc())
            )
            seen = [(finding, list(evidence)) for finding, evidence in session.execute(query)]
            pictures = _pictures(session, {digest for _, evidence in seen for digest in evidence})
            for finding, evidence in seen:
                if finding not in found and (shots := [one for one in evidence if one in pictures]):
                    found[finding] = tuple(shots)
    return found


def newest_audits(engine: Engine, fingerprints: Iterable[str]) -> dict[str, AuditHead]:
    """Returns for each finding the newest audit or sitting that saw its defect; unknown ones are left out."""
    names = sorted(set(fingerprints))
    found: dict[str, AuditHead] = {}
    with reading(engine) as session:
        for part in parts(names):
            query = (
                select(FindingRow.fingerprint, FindingRow.newest)
                .where(FindingRow.fingerprint.in_(part))
                .where(FindingRow.newest != "")
            )
            newest = dict(session.execute(query).all())
            heads = {name: audit_head(session, name) for name in set(newest.values())}
            found.update({finding: head for finding, audit in newest.items() if (head := heads[audit]) is not None})
    return found


def _pictures(session: Session, digests: Iterable[str]) -> set[str]:
    found = set[str]()
    for part in parts(sorted(digests)):
        query = select(EvidenceRow.sha256).where(EvidenceRow.sha256.in_(part))
        found.update(session.scalars(query.where(EvidenceRow.kind == "screenshot")))
    return found


def _view(row: RecheckRow, name: str) -> Recheck:
    return Recheck(
        audit=row.audit,
        fingerprint=row.finding,
        number=name,
        reason=Reason(row.reason),
        at=row.at,
        who=row.who,
        method=row.method,
        sight=Sight(row.sight),
        state_before=row.state_before,
        state_after=row.state_after,
        note=row.note,
        before=row.picture_before,
        after=row.picture_after,
    )
