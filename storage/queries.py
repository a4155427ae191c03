"""Reads the results database into plain frozen values for reports and commands. Nothing here writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from checks.base import Coverage, Draw
from storage.database import StorageError, reading
from storage.lifecycle import Life, State, advance, sighting
from storage.models import (
    AuditRow,
    EvidenceRow,
    FindingRow,
    ObservationRow,
    PortalRow,
    ResultRow,
    TransitionRow,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PortalView:
    """A portal as its newest audit described it."""

    id: str
    name: str
    home: str
    site_code: str = ""
    level: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """One audit; times are aware, UTC. `degraded` says why it closes and scores nothing, "" when it is sound."""

    id: str
    portal: str
    kind: str
    as_of: dt.date
    started: dt.datetime
    ended: dt.datetime
    degraded: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class ResultView:
    """What one check said in one audit. `coverage.passed` is left out: it can be long and no report shows it."""

    check: str
    version: int
    outcome: str
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    draws: tuple[Draw, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OccurrenceView:
    """One place where the subject is referred to."""

    page: str
    text: str
    element: str
    region: str = ""
    visible: bool = True
    level: str = "other"
    raw: str = ""


@dataclass(frozen=True, slots=True)
class TransitionView:
    """One change of a finding's state."""

    before: str
    after: str
    at: dt.datetime
    who: str
    why: str
    audit: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding as this audit leaves it. `outcome` is what this audit saw: fail, suspect, pass, not_measured.

    Message, facts, occurrences and evidence are those of the newest audit up to this one that saw the defect.
    """

    fingerprint: str
    number: str  # 问题编号
    check: str
    kind: str
    subject: str
    outcome: str
    state: str
    human: str
    severity: str
    title: str
    column: str
    level: str
    internal: bool
    message: str
    clause: str
    remedy: str
    facts: Mapping[str, Any]
    occurrences: tuple[OccurrenceView, ...]
    occurrence_count: int
    evidence: tuple[str, ...]
    first_seen: dt.datetime
    last_seen: dt.datetime
    confirmations: int
    regressions: int = 0
    closed: dt.datetime | None = None
    change: str = ""  # what this audit changed: new, suspected, opened, fixed, cleared, regressed
    transitions: tuple[TransitionView, ...] = ()

    @property
    def live(self) -> bool:
        """True while it is suspect, open or regressed."""
        return State(self.state).live


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of proof in the index."""

    sha256: str
    kind: str
    media_type: str
    size: int
    url: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class AuditView:
    """All that reports tell about one audit. Findings: seen by it, still live without having been measured by it, or
    closed by it; the worst first, then by number."""

    portal: PortalView
    audit: AuditHead
    results: tuple[ResultView, ...]
    findings: tuple[FindingView, ...]
    evidence: Mapping[str, EvidenceView] = field(default_factory=dict)
    earlier: int = 0  # audits of this portal before this one

    def by_check(self, check: str) -> tuple[FindingView, ...]:
        """Returns the findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def changed(self, change: str) -> tuple[FindingView, ...]:
        """Returns the findings this audit changed in that way."""
        return tuple(finding for finding in self.findings if finding.change == change)

    @property
    def persisting(self) -> tuple[FindingView, ...]:
        """The findings known before and seen again, their state unchanged."""
        return tuple(f for f in self.findings if not f.change and f.outcome in ("fail", "suspect"))


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


def find(engine: Engine, reference: str) -> FindingView:
    """Returns the finding whose fingerprint begins with, or whose 问题编号 is, `reference`; as its last audit left it.

    Raises StorageError when there is none, or when fewer than all digits fit several.
    """
    text = reference.strip()
    with reading(engine) as session:
        query = select(FindingRow)
        portal, _, number = text.rpartition("-")
        if portal and number.isdigit():
            rows = list(
                session.scalars(query.where(FindingRow.portal == portal, FindingRow.number == int(number)).limit(2))
            )
        else:
            pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            rows = list(session.scalars(query.where(FindingRow.fingerprint.like(pattern, escape="\\")).limit(2)))
        if not text or not rows:
            raise StorageError(f"no finding {reference!r} is in the database")
        if len(rows) > 1:
            raise StorageError(f"several findings begin with {reference!r}: give more of it")
        views = _findings(session, rows, audit=None)
        if not views:
            raise StorageError(f"the finding {reference!r} was withdrawn: its audit was judged again without it")
        return views[0]


def portal_of(engine: Engine, finding: FindingView) -> str:
    """Returns the id of the portal a finding belongs to. Raises StorageError for an unknown one."""
    with reading(engine) as session:
        found = session.scalar(select(FindingRow.portal).where(FindingRow.fingerprint == finding.fingerprint))
    if found is None:
        raise StorageError(f"no finding {finding.fingerprint!r} is in the database")
    return found


def audit_view(engine: Engine, audit: str = "", *, portal: str = "") -> AuditView:
    """Returns one audit, by its id or as the newest full one of a portal. Raises StorageError when there is none."""
    name = audit or latest_audit(engine, portal)
    with reading(engine) as session:
        head = session.get(AuditRow, name)
        if head is None:
            raise StorageError(f"no audit {name!r} is in the database")
        portal_row = session.get_one(PortalRow, head.portal)
        results = session.scalars(select(ResultRow).where(ResultRow.audit == name).order_by(ResultRow.check))
        rows = session.scalars(select(FindingRow).where(FindingRow.portal == head.portal).order_by(FindingRow.number))
        findings = _findings(session, list(rows), audit=head)
        index = session.scalars(select(EvidenceRow).where(EvidenceRow.audit == name))
        before = select(AuditRow.id).where(
            AuditRow.portal == head.portal, AuditRow.started < head.started, AuditRow.kind == "audit"
        )
        return AuditView(
            portal=_portal(portal_row),
            audit=_audit(head),
            results=tuple(_result(row) for row in results),
            findings=findings,
            evidence={
                row.sha256: EvidenceView(row.sha256, row.kind, row.media_type, row.size, row.url, row.at)
                for row in index
            },
            earlier=len(session.scalars(before).all()),
        )


_RANK = {State.REGRESSED: 0, State.OPEN: 0, State.SUSPECT: 1, State.FIXED: 2, State.CLEARED: 3}
_SEVERITY = {"veto": 0, "deduct": 1, "notice": 2}


def _findings(session: Session, rows: Sequence[FindingRow], audit: AuditRow | None) -> tuple[FindingView, ...]:
    """Returns the views of rows: all of them as they are now, or those that concern one audit, as it left them."""
    names = [row.fingerprint for row in rows]
    transitions: dict[str, list[TransitionView]] = {}
    seen: dict[str, list[tuple[ObservationRow, AuditRow]]] = {}
    for part in _parts(names, 500):
        for change in session.scalars(
            select(TransitionRow).where(TransitionRow.finding.in_(part)).order_by(TransitionRow.id)
        ):
            transitions.setdefault(change.finding, []).append(
                TransitionView(change.before, change.after, change.at, change.who, change.why, change.audit)
            )
        for observation, when in session.execute(
            select(ObservationRow, AuditRow)
            .join(AuditRow, AuditRow.id == ObservationRow.audit)
            .where(ObservationRow.finding.in_(part))
            .order_by(AuditRow.started, AuditRow.id)
        ):
            seen.setdefault(observation.finding, []).append((observation, when))
    views = []
    for row in rows:
        view = _finding(row, seen.get(row.fingerprint, []), transitions.get(row.fingerprint, []), audit)
        if view is not None:
            views.append(view)
    views.sort(key=lambda view: (_RANK[State(view.state)], _SEVERITY.get(view.severity, 3), view.check, view.number))
    return tuple(views)


def _finding(
    row: FindingRow,
    seen: Sequence[tuple[ObservationRow, AuditRow]],
    transitions: Sequence[TransitionView],
    audit: AuditRow | None,
) -> FindingView | None:
    limit = (audit.started, audit.id) if audit else None
    upto = [(o, when) for o, when in seen if limit is None or (when.started, when.id) <= limit]
    failures = [(o, when) for o, when in upto if o.outcome in ("fail", "suspect")]
    if not failures:
        return None
    # The state as this audit left it, whatever later ones found: the same fold the commit makes.
    lives = [Life()]
    for o, when in upto:
        seen_then = sighting(
            when.id,
            when.started,
            when.ended,
            o.outcome,
            degraded=bool(when.degraded),
            confirmations=o.confirmations,
        )
        lives.append(advance(lives[-1], seen_then)[0])
    life = lives[-1]
    state = life.state or State.CLEARED
    here = upto[-1][0] if audit and upto[-1][1].id == audit.id else None
    outcome = here.outcome if here else ("not_measured" if audit else upto[-1][0].outcome)
    change = _change(lives[-2].state, state) if here else ""
    if audit and not state.live and not (change in ("fixed", "cleared") or outcome in ("fail", "suspect")):
        return None
    shown = failures[-1][0]
    return FindingView(
        fingerprint=row.fingerprint,
        number=number(row.portal, row.number),
        check=row.check,
        kind=shown.kind,
        subject=row.subject,
        outcome=outcome,
        state=state,
        human=row.human,
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
        first_seen=failures[0][1].ended,
        last_seen=failures[-1][1].ended,
        confirmations=sum(count for _, count in life.confirmed),
        regressions=life.regressions,
        closed=life.closed,
        change=change,
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


def number(portal: str, count: int) -> str:
    """Returns the 问题编号 of a finding: portal id and a number that is given once and never used again."""
    return f"{portal}-{count:04d}"


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
    )


def _parts(values: Sequence[T], size: int) -> list[Sequence[T]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
