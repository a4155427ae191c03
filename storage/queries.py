"""Reads the results database into plain frozen values for reports and commands. Nothing here writes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from checks.base import Coverage, Draw
from portal.workdays import WorkCalendar
from storage.database import StorageError, reading
from storage.ledger.book import entries
from storage.ledger.entries import CALENDAR, LedgerEntry, entries_in, entries_of
from storage.lifecycle import Life, Sighting, State, advance, day_of, sight_of
from storage.models import AuditRow, EvidenceRow, FindingRow, ObservationRow, PortalRow, ResultRow, TransitionRow
from storage.numbers import number
from storage.parts import parts
from storage.renamed import number_in
from storage.views import (
    AuditHead,
    AuditView,
    EvidenceView,
    FindingView,
    OccurrenceView,
    PortalView,
    ResultView,
    TransitionView,
)


def latest_audit(engine: Engine, portal: str) -> str:
    """Returns the id of the newest full audit of a portal. Raises StorageError when there is none."""
    with reading(engine) as session:
        newest = select(AuditRow.id).where(AuditRow.portal == portal, AuditRow.kind == "audit")
        found = session.scalar(newest.order_by(AuditRow.started.desc(), AuditRow.id.desc()).limit(1))
    if found is None:
        raise StorageError(f"no audit of {portal!r} is in the database")
    return found


def portals(engine: Engine) -> tuple[PortalView, ...]:
    """Returns every portal in the database, by id."""
    with reading(engine) as session:
        return tuple(_portal(row) for row in session.scalars(select(PortalRow).order_by(PortalRow.id)))


def audits(engine: Engine, portal: str = "") -> tuple[AuditHead, ...]:
    """Returns the audits of one portal, or of all, newest first."""
    query = select(AuditRow).order_by(AuditRow.started.desc(), AuditRow.id.desc())
    if portal:
        query = query.where(AuditRow.portal == portal)
    with reading(engine) as session:
        return tuple(_audit(row) for row in session.scalars(query))


def audited(engine: Engine) -> frozenset[str]:
    """Returns the portals that had a full audit, sound or not. Years of audits are not read for it."""
    with reading(engine) as session:
        return frozenset(session.scalars(select(AuditRow.portal).where(AuditRow.kind == "audit").distinct()))


def audited_last(engine: Engine) -> str:
    """Returns the portal whose full audit began last, "" where there was none."""
    newest = select(AuditRow.portal).where(AuditRow.kind == "audit")
    with reading(engine) as session:
        return session.scalar(newest.order_by(AuditRow.started.desc(), AuditRow.id.desc()).limit(1)) or ""


def last_day(engine: Engine) -> dt.date | None:
    """Returns the latest `as_of` of any audit or re-check, None where there is none."""
    with reading(engine) as session:
        return session.scalar(select(func.max(AuditRow.as_of)))


def find(engine: Engine, reference: str) -> FindingView:
    """Returns the finding whose fingerprint begins with, or whose 问题编号 is, `reference`; as its last audit left it.

    Raises StorageError when there is none, or when fewer than all digits fit several.
    """
    text = reference.strip()
    with reading(engine) as session:
        query = select(FindingRow)
        portal, _, number = text.rpartition("-")
        if portal and number.isdigit():
            place = number_in(session, portal, int(number))
            rows = list(session.scalars(query.where(FindingRow.portal == place[0], FindingRow.number == place[1])))
        else:
            pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            rows = list(session.scalars(query.where(FindingRow.fingerprint.like(pattern, escape="\\")).limit(2)))
        if not text or not rows:
            raise StorageError(f"no finding {reference!r} is in the database")
        if len(rows) > 1:
            raise StorageError(f"several findings begin with {reference!r}: give more of it")
        views = _findings(session, rows, None, entries_of(session, [rows[0].fingerprint], dt.datetime.now(dt.UTC)))
        if not views:
            raise StorageError(f"the finding {reference!r} was withdrawn: its audit was judged again without it")
        return views[0]


def live_findings(engine: Engine, portal: str) -> tuple[FindingView, ...]:
    """Returns the findings of a portal that stand now, by number, re-checks since its last audit included."""
    states = [state for state in State if state.live]
    with reading(engine) as session:
        query = select(FindingRow).where(FindingRow.portal == portal, FindingRow.state.in_(states))
        rows = list(session.scalars(query.order_by(FindingRow.number)))
        known = entries_of(session, [row.fingerprint for row in rows], dt.datetime.now(dt.UTC))
        return _findings(session, rows, None, known)


def standings(engine: Engine, portal: str, now: dt.datetime | None = None) -> dict[str, tuple[str, str]]:
    """Returns the machine and the human state every finding of a portal has now, by fingerprint."""
    return {
        fingerprint: (str(one.machine), str(one.state)) for fingerprint, one in entries(engine, portal, now).items()
    }


def subjects(engine: Engine, portal: str) -> dict[str, tuple[str, str]]:
    """Returns kind and subject of every finding a portal ever had, by fingerprint."""
    query = select(FindingRow.fingerprint, FindingRow.kind, FindingRow.subject).where(FindingRow.portal == portal)
    with reading(engine) as session:
        return {fingerprint: (kind, subject) for fingerprint, kind, subject in session.execute(query)}


def portal_of(engine: Engine, finding: FindingView) -> str:
    """Returns the id of the portal a finding belongs to. Raises StorageError for an unknown one."""
    with reading(engine) as session:
        found = session.scalar(select(FindingRow.portal).where(FindingRow.fingerprint == finding.fingerprint))
    if found is None:
        raise StorageError(f"no finding {finding.fingerprint!r} is in the database")
    return found


def audit_view(
    engine: Engine,
    audit: str = "",
    *,
    portal: str = "",
    now: dt.datetime | None = None,
    calendar: WorkCalendar = CALENDAR,
) -> AuditView:
    """Returns one audit, by its id or as the newest full one of a portal. Raises StorageError when there is none.

    What people did with its findings is told as of `now`, by default the present. Of an audit that newer ones followed
    it is told as it was when that audit ended, so that an excuse of today changes nothing in what is told of last year.
    """
    name = audit or latest_audit(engine, portal)
    with reading(engine) as session:
        head = session.get(AuditRow, name)
        if head is None:
            raise StorageError(f"no audit {name!r} is in the database")
        portal_row = session.get_one(PortalRow, head.portal)
        results = session.scalars(select(ResultRow).where(ResultRow.audit == name).order_by(ResultRow.check))
        rows = session.scalars(select(FindingRow).where(FindingRow.portal == head.portal).order_by(FindingRow.number))
        newer = select(AuditRow.id).where(AuditRow.portal == head.portal, AuditRow.started > head.started)
        past = head.kind == "audit" and session.scalar(newer.where(AuditRow.kind == "audit").limit(1)) is not None
        at = now or (head.ended if past else dt.datetime.now(dt.UTC))
        ledger = entries_in(session, head.portal, at, calendar, until=head.ended if past else None)
        findings = _findings(session, list(rows), head, ledger)
        index = _evidence(session, name, findings)
        before = select(AuditRow.id).where(
            AuditRow.portal == head.portal, AuditRow.started < head.started, AuditRow.kind == "audit"
        )
        return AuditView(
            portal=_portal(portal_row),
            audit=_audit(head),
            results=tuple(_result(row) for row in results),
            findings=findings,
            evidence=index,
            earlier=len(session.scalars(before).all()),
            ledger=ledger,
        )


def ledger_view(
    engine: Engine, portal: str, *, now: dt.datetime, closed: bool = False, calendar: WorkCalendar = CALENDAR
) -> AuditView:
    """Returns the newest full audit of a portal with its findings as they stand at `now`, whatever came after it.

    Of those that are put right or set aside, the ones closed since that audit began; with `closed` all there ever were.
    Raises StorageError when there is no audit.
    """
    view = audit_view(engine, portal=portal, now=now, calendar=calendar)
    told = {one.fingerprint: one for one in view.findings}
    with reading(engine) as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.portal == portal).order_by(FindingRow.number))
        standing = _findings(session, list(rows), None, view.ledger)
        found = tuple(
            _since(one, told.get(one.fingerprint))
            for one in standing
            if closed or one.fingerprint in told or (one.closed is not None and one.closed >= view.audit.started)
        )
        return replace(view, findings=found, evidence=_evidence(session, view.audit.id, found))


def _since(one: FindingView, told: FindingView | None) -> FindingView:
    """Returns a finding as it stands, with what the newest audit changed of it, or what changed after that."""
    if told is None:
        return one
    if told.state == one.state:
        return replace(one, change=told.change, outcome=told.outcome)
    return replace(one, change=_change(State(told.state), State(one.state)))


def _evidence(session: Session, audit: str, findings: Sequence[FindingView]) -> dict[str, EvidenceView]:
    """Returns the index of what an audit kept, and of what earlier ones kept of findings it only carries on."""
    rows = list(session.scalars(select(EvidenceRow).where(EvidenceRow.audit == audit)))
    here = {row.sha256 for row in rows}
    others = sorted({digest for finding in findings for digest in finding.evidence} - here)
    for part in parts(others):
        rows += session.scalars(select(EvidenceRow).where(EvidenceRow.sha256.in_(part)))
    return {row.sha256: EvidenceView(row.sha256, row.kind, row.media_type, row.size, row.url, row.at) for row in rows}


def media_types(engine: Engine, digests: Collection[str]) -> dict[str, str]:
    """Returns what kind of file each piece of proof is, hash -> media type; those not in the index are left out."""
    found: dict[str, str] = {}
    with reading(engine) as session:
        for part in parts(sorted(digests)):
            query = select(EvidenceRow.sha256, EvidenceRow.media_type).where(EvidenceRow.sha256.in_(part))
            for digest, media_type in session.execute(query):
                found[digest] = media_type
    return found


_RANK = {State.REGRESSED: 0, State.OPEN: 0, State.SUSPECT: 1, State.FIXED: 2, State.CLEARED: 3}
_SEVERITY = {"veto": 0, "deduct": 1, "notice": 2}


def _findings(
    session: Session, rows: Sequence[FindingRow], audit: AuditRow | None, ledger: Mapping[str, LedgerEntry]
) -> tuple[FindingView, ...]:
    """Returns the views of rows: all of them as they are now, or those that concern one audit, as it left them."""
    seen = _seen(session, rows, (audit.started, audit.id) if audit else None)
    drafts = [draft for row in rows if (draft := _draft(row, seen.get(row.fingerprint, []), audit)) is not None]
    shown = _shown(session, drafts)
    named = {draft.row.fingerprint: draft for draft in drafts}
    transitions = _transitions(session, list(named))
    views = [_finding(draft, shown[name], transitions.get(name, []), ledger[name]) for name, draft in named.items()]
    views.sort(
        key=lambda view: (
            _RANK[State(view.state)],
            _SEVERITY.get(view.severity, 3),
            view.check,
            len(view.number),
            view.number,
        )
    )
    return tuple(views)


class _Seen(Struct, frozen=True):
    """What one audit saw of a finding, without the words and places of the observation."""

    audit: str
    at: dt.datetime
    outcome: str
    sighting: Sighting


class _Draft(Struct, frozen=True):
    """A finding to be shown: its life so far and the observation that describes it."""

    row: FindingRow
    life: Life
    state: State
    outcome: str
    change: str
    first: _Seen
    last: _Seen


def _seen(
    session: Session, rows: Sequence[FindingRow], limit: tuple[dt.datetime, str] | None
) -> dict[str, list[_Seen]]:
    """Returns what audits up to `limit` saw of findings, in order of time; no words: a ledger may be years old."""
    found: dict[str, list[_Seen]] = {}
    portals = {row.portal for row in rows}
    heads = {head.id: head for head in session.scalars(select(AuditRow).where(AuditRow.portal.in_(portals)))}
    days = {head.id: day_of(head.started) for head in heads.values()}
    columns = (ObservationRow.finding, ObservationRow.audit, ObservationRow.outcome, ObservationRow.confirmations)
    for part in parts([row.fingerprint for row in rows]):
        for finding, audit, outcome, confirmations in session.execute(
            select(*columns).where(ObservationRow.finding.in_(part))
        ):
            head = heads[audit]
            if limit is None or (head.started, head.id) <= limit:
                one = Sighting(audit, days[audit], head.ended, sight_of(outcome), bool(head.degraded), confirmations)
                found.setdefault(finding, []).append(_Seen(audit, head.ended, outcome, one))
    for each in found.values():
        each.sort(key=lambda one: (heads[one.audit].started, one.audit))
    return found


def _draft(row: FindingRow, seen: Sequence[_Seen], audit: AuditRow | None) -> _Draft | None:
    """Returns what is to be shown of a finding, None where it does not concern the audit or was withdrawn."""
    failures = [one for one in seen if one.outcome in ("fail", "suspect")]
    if not failures:
        return None
    # The state as this audit left it, whatever later ones found: the same fold the commit makes.
    before = Life()
    for one in seen[:-1]:
        before = advance(before, one.sighting)[0]
    life = advance(before, seen[-1].sighting)[0]
    state = life.state or State.CLEARED
    here = audit is not None and seen[-1].audit == audit.id
    outcome = seen[-1].outcome if here or audit is None else "not_measured"
    change = _change(before.state, state) if here else ""
    if audit and not state.live and not (change in ("fixed", "cleared") or outcome in ("fail", "suspect")):
        return None
    return _Draft(row, life, state, outcome, change, failures[0], failures[-1])


def _shown(session: Session, drafts: Sequence[_Draft]) -> dict[str, ObservationRow]:
    """Returns the observation that describes each finding: of the newest audit that saw the defect."""
    by_audit: dict[str, list[str]] = {}
    for draft in drafts:
        by_audit.setdefault(draft.last.audit, []).append(draft.row.fingerprint)
    found = {}
    for audit, names in by_audit.items():
        for part in parts(names):
            query = select(ObservationRow).where(ObservationRow.audit == audit, ObservationRow.finding.in_(part))
            found.update({row.finding: row for row in session.scalars(query)})
    return found


def _transitions(session: Session, names: Sequence[str]) -> dict[str, list[TransitionView]]:
    found: dict[str, list[TransitionView]] = {}
    for part in parts(names):
        query = select(TransitionRow).where(TransitionRow.finding.in_(part)).order_by(TransitionRow.id)
        for row in session.scalars(query):
            found.setdefault(row.finding, []).append(
                TransitionView(row.before, row.after, row.at, row.who, row.why, row.audit)
            )
    return found


def _finding(
    draft: _Draft, shown: ObservationRow, transitions: Sequence[TransitionView], entry: LedgerEntry
) -> FindingView:
    row, life, state = draft.row, draft.life, draft.state
    return FindingView(
        fingerprint=row.fingerprint,
        number=number(row.portal, row.number),
        check=row.check,
        kind=shown.kind,
        subject=row.subject,
        outcome=draft.outcome,
        state=str(state),
        human=str(entry.state),
        severity=shown.severity,
        title=shown.title,
        column=shown.column,
        level=shown.page_level,
        internal=shown.internal,
        message=shown.message,
        clause=shown.clause,
        remedy=shown.remedy,
        facts=shown.facts,
        occurrences=tuple(msgspec.convert(o, OccurrenceView) for o in shown.occurrences),
        occurrence_count=shown.occurrence_count,
        evidence=tuple(shown.evidence),
        first_seen=draft.first.at,
        last_seen=draft.last.at,
        confirmations=life.confirmations,
        regressions=life.regressions,
        closed=life.closed,
        change=draft.change,
        transitions=tuple(transitions),
    )


def _change(before: State | None, after: State) -> str:
    if before is None:
        return "new"
    return "" if before is after else _CHANGES[after]


_CHANGES = {
    State.SUSPECT: "suspected",
    State.OPEN: "opened",
    State.FIXED: "fixed",
    State.CLEARED: "cleared",
    State.REGRESSED: "regressed",
}


def audit_head(session: Session, audit: str) -> AuditHead | None:
    """Returns one audit by its id, inside a session that is open, None for an unknown one."""
    row = session.get(AuditRow, audit)
    return None if row is None else _audit(row)


def _portal(row: PortalRow) -> PortalView:
    return PortalView(row.id, row.name, row.home, row.site_code, row.level, row.unit)


def _audit(row: AuditRow) -> AuditHead:
    return AuditHead(
        id=row.id,
        portal=row.portal,
        kind=row.kind,
        as_of=row.as_of,
        started=row.started,
        ended=row.ended,
        degraded=row.degraded,
        summary=row.summary,
        versions=row.versions,
        bundle=row.bundle,
    )


def _result(row: ResultRow) -> ResultView:
    return ResultView(
        check=row.check,
        version=row.version,
        outcome=row.outcome,
        reason=row.reason,
        metrics=row.metrics,
        coverage=msgspec.convert(row.coverage, Coverage),
        draws=tuple(msgspec.convert(draw, Draw) for draw in row.draws),
        rows=tuple(row.rows),
        warnings=tuple(row.warnings),
        passed=Counter(key.partition(" ")[0] for key in row.passed.split("\n") if key),
    )
