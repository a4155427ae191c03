"""Commits one audit to the results database: one transaction, idempotent, every change of state a row.

The same audit again changes nothing. A judged-again audit replaces its own results and observations and nothing else.
States are always the fold of all observations in order of time (`storage.lifecycle`), so an older audit committed
late takes its place in the past and does not rewrite what newer audits found.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from checks.base import CheckResult, Finding, Meta, Outcome, subject_key
from portal.model import Portal
from portal.urls import site_hosts
from storage.database import StorageError, writing
from storage.doors import good_by_another, readdress
from storage.evidence import digest_of, referenced
from storage.ledger.book import reopened, settle
from storage.lifecycle import Life, Sight, Sighting, State, Step, day_of, fold, sight_of
from storage.models import (
    AuditRow,
    EvidenceRow,
    FindingRow,
    ObservationRow,
    PortalRow,
    ResultRow,
    TransitionRow,
)
from storage.parts import parts
from storage.renamed import renamed_in

WHO = "自动核查"
WITHDRAWN = "重新判定后不再成立"
REVISED = "补录较早的核查后重新推定"

Blob = tuple[str, str, int, str, dt.datetime]  # sha256, media type, bytes, url, time: as Bundle.blobs() yields them
Metas = Callable[[str], Meta]  # check id -> what the check declares; KeyError for an unknown one


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One audit as it is committed. Times are aware; `degraded` says why it closes nothing, "" when it is sound."""

    id: str
    portal: Portal
    as_of: dt.date
    started: dt.datetime
    ended: dt.datetime
    degraded: str = ""
    summary: object = field(default_factory=dict)  # any JSON-able value with string keys: GatherSummary
    versions: Mapping[str, str] = field(default_factory=dict)
    bundle: str = ""  # folder of the bundle
    kind: str = "audit"  # audit, or recheck: of single findings


class CommitReport(Struct, frozen=True):
    """What a commit did, as fingerprints. `unchanged` is True when the same audit was there already."""

    unchanged: bool = False
    new: tuple[str, ...] = ()
    persisting: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()  # suspicions that became certain
    fixed: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    regressed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def commit_audit(
    engine: Engine,
    audit: AuditRecord,
    results: Sequence[CheckResult],
    blobs: Iterable[Blob] = (),
    *,
    metas: Metas | None = None,
    proof: Iterable[str] = (),
    also: Callable[[Session], None] | None = None,
) -> CommitReport:
    """Returns what changed, after writing the audit in one transaction. Raises StorageError, and then wrote nothing.

    `proof` are hashes of `blobs` worth keeping that no finding refers to. `also` writes what else belongs to the audit,
    once the states of findings are settled, in the same transaction; not where the same audit was there already.
    """
    metas = metas or registered
    named = dict.fromkeys((*referenced(results), *proof))
    kept = {blob[0]: blob for blob in blobs if blob[0] in named}  # of all there are few are proof of anything
    wanted = [kept[digest] for digest in named if digest in kept]
    digest = _digest(audit, results, wanted)
    with writing(engine) as session:
        old = session.get(AuditRow, audit.id)
        if old is not None and old.digest == digest:
            return CommitReport(unchanged=True)
        if old is not None and old.started != audit.started and "" != old.bundle != audit.bundle:
            raise StorageError(
                f"another audit, that in {old.bundle}, is in the database as {audit.id}: two began in the same second; "
                "audit again"
            )
        portal, newest = _keep_portal(session, audit)
        if newest and audit.kind == "audit":
            readdress(session, results, audit.portal)
        touched = _forget(session, audit.id) if old is not None else set()
        _keep_audit(session, audit, digest)
        session.flush()
        for result in results:  # one by one: as JSON they are large
            _insert(session, ResultRow, [_result(audit.id, result)])
        rows = [(sha, audit.id, _evidence_kind(media), media, size, url, at) for sha, media, size, url, at in wanted]
        names = ("sha256", "audit", "kind", "media_type", "size", "url", "at")
        _insert(session, EvidenceRow, [dict(zip(names, row, strict=True)) for row in rows])
        report = _observe(session, audit, results, portal, metas, touched, latest=newest and old is None)
        if also is not None:
            session.flush()
            also(session)
        return report


def registered(check_id: str) -> Meta:
    """Returns what a registered check declares. Raises KeyError for an unknown one."""
    from checks.registry import check  # late: the registry imports every check, which reading a ledger does not need

    meta: Meta = check(check_id).META
    return meta


# the parts of a commit, in their order


def _keep_portal(session: Session, audit: AuditRecord) -> tuple[PortalRow, bool]:
    """Returns the portal's row, and whether this audit is its newest."""
    portal = audit.portal
    row = session.get(PortalRow, portal.id)
    later = session.scalar(
        select(AuditRow.id)
        .where(AuditRow.portal == portal.id, AuditRow.started > audit.started, AuditRow.id != audit.id)
        .limit(1)
    )
    if row is None and (now := renamed_in(session, portal.id)) != portal.id:
        raise StorageError(
            f"the portal {portal.id!r} is called {now!r} now, and {audit.id} was made under its old id: "
            f"audit {now} anew"
        )
    if row is None:
        row = PortalRow(id=portal.id, name=portal.name, home=portal.home, numbers=0)
        session.add(row)
    if later is None:
        row.name, row.home, row.site_code = portal.name, portal.home, portal.site_code
        row.level, row.unit = portal.level, portal.unit
        row.owners = [[">".join(column.path), column.owner] for column in portal.columns if column.owner]
    session.flush()
    return row, later is None


def _forget(session: Session, audit: str) -> set[str]:
    """Removes what an audit said before it was judged again; returns the findings it had spoken of."""
    touched = set(session.scalars(select(ObservationRow.finding).where(ObservationRow.audit == audit)))
    for table in (ObservationRow, ResultRow, EvidenceRow):
        session.execute(delete(table).where(table.audit == audit))
    return touched


def _keep_audit(session: Session, audit: AuditRecord, digest: str) -> None:
    session.merge(
        AuditRow(
            id=audit.id,
            portal=audit.portal.id,
            kind=audit.kind,
            as_of=audit.as_of,
            started=audit.started,
            ended=audit.ended,
            degraded=audit.degraded,
            summary=msgspec.to_builtins(audit.summary),
            versions=dict(audit.versions),
            bundle=audit.bundle,
            digest=digest,
        )
    )


def _result(audit: str, result: CheckResult) -> dict[str, Any]:
    coverage = msgspec.to_builtins(replace(result.coverage, passed=()))
    coverage.pop("passed")
    return {
        "audit": audit,
        "check": result.check,
        "version": result.version,
        "outcome": result.outcome,
        "reason": result.reason,
        "metrics": dict(result.metrics),
        "coverage": coverage,
        "passed": "\n".join(result.coverage.passed),
        "draws": msgspec.to_builtins(result.draws),
        "rows": msgspec.to_builtins(result.rows),
        "warnings": list(result.warnings),
    }


def _observe(
    session: Session,
    audit: AuditRecord,
    results: Sequence[CheckResult],
    portal: PortalRow,
    metas: Metas,
    touched: set[str],
    *,
    latest: bool,
) -> CommitReport:
    known = {row.fingerprint: row for row in session.scalars(select(FindingRow).where(FindingRow.portal == portal.id))}
    observations: dict[str, dict[str, Any]] = {}
    fresh: dict[str, tuple[CheckResult, Finding]] = {}
    for result in results:
        for finding in result.findings:
            if not finding.fingerprint or finding.fingerprint in observations:
                continue  # without an identity it cannot be followed; the same twice in one audit is one
            observations[finding.fingerprint] = _observation(audit.id, finding)
            if finding.fingerprint not in known:
                fresh[finding.fingerprint] = (result, finding)
    again, hosts = reopened(session, portal.id), site_hosts(audit.portal)
    for result in results:
        passed = frozenset(result.coverage.passed)
        for row in known.values() if passed else ():
            # A closed finding that passes again says nothing new; it is noted only where the order of time matters.
            if row.check != result.check or row.fingerprint in observations:
                continue
            if row.subject_key not in passed and not good_by_another(row, passed, hosts):
                continue
            if not latest or State(row.state).live or row.fingerprint in again:
                observations[row.fingerprint] = _passed(audit.id, row)
    for fingerprint, (result, finding) in fresh.items():
        portal.numbers += 1
        row = FindingRow(
            fingerprint=fingerprint,
            portal=portal.id,
            number=portal.numbers,
            check=result.check,
            kind=finding.kind,
            subject=finding.subject,
            subject_key=_subject_key(metas, result.check, finding),
            state="",
            first_seen=audit.ended,
            last_seen=audit.ended,
            confirmations=0,
            regressions=0,
        )
        known[fingerprint] = row
        session.add(row)
    session.flush()
    extra = [] if latest else passed_later(session, audit, [known[fingerprint] for fingerprint in fresh])
    _insert(session, ObservationRow, [*observations.values(), *extra])
    affected = [known[fingerprint] for fingerprint in (*observations, *sorted(touched - observations.keys()))]
    return settle_findings(session, audit, affected)


def settle_findings(session: Session, audit: AuditRecord, affected: Sequence[FindingRow]) -> CommitReport:
    """Folds the observations of each finding into its state and notes the transitions; returns what changed."""
    changes: dict[str, list[str]] = {"new": [], "persisting": [], **{state: [] for state in State}}
    sightings = _sightings(session, affected)
    transitions: list[dict[str, Any]] = []
    for row in affected:
        seen = sightings.get(row.fingerprint, [])
        life, steps = fold(each for each, _ in seen)
        before, after = row.state, life.state or (State.CLEARED if row.state else None)
        if after is None:
            continue
        _apply(row, life, seen, audit)
        row.state = after
        if before != after or not before:
            transitions += [_transition(row, step) for step in _new_steps(before, after, steps, audit)]
        here = next((each for each, _ in seen if each.audit == audit.id), None)
        failed = here is not None and here.sight in (Sight.FAILED, Sight.DOUBTFUL)
        if not before:
            changes["new"].append(row.fingerprint)
        elif before != after:
            changes[after].append(row.fingerprint)
        if before and failed and before == after:
            changes["persisting"].append(row.fingerprint)
    _insert(session, TransitionRow, transitions)
    session.flush()
    settle(session, [row.fingerprint for row in affected])
    return CommitReport(
        new=tuple(changes["new"]),
        persisting=tuple(changes["persisting"]),
        opened=tuple(changes[State.OPEN]),
        fixed=tuple(changes[State.FIXED]),
        cleared=tuple(changes[State.CLEARED]),
        regressed=tuple(changes[State.REGRESSED]),
    )


def _apply(row: FindingRow, life: Life, seen: Sequence[tuple[Sighting, str]], audit: AuditRecord) -> None:
    failures = [(each, kind) for each, kind in seen if each.sight in (Sight.FAILED, Sight.DOUBTFUL)]
    if failures:
        row.kind, row.newest = failures[-1][1], failures[-1][0].audit
    if life.first_seen and life.last_seen:
        row.first_seen, row.last_seen = life.first_seen, life.last_seen
    row.confirmations = life.confirmations
    row.regressions = life.regressions
    row.closed = life.closed if life.state else audit.ended


def _new_steps(before: str, after: State, steps: Sequence[Step], audit: AuditRecord) -> Sequence[Step]:
    """Returns the steps that lead on from the state in the ledger; one that says so where history was revised."""
    if not before:
        return steps
    if steps and steps[-1].before == before and steps[-1].audit == audit.id:
        return steps[-1:]
    why = REVISED if steps else WITHDRAWN
    return [Step(State(before), after, audit.ended, why, audit.id)]


def _sightings(session: Session, rows: Sequence[FindingRow]) -> dict[str, list[tuple[Sighting, str]]]:
    """Returns what audits saw of each finding and the kind they gave it, in order of time."""
    portals = {row.portal for row in rows}
    heads = {head.id: head for head in session.scalars(select(AuditRow).where(AuditRow.portal.in_(portals)))}
    days = {head.id: day_of(head.started) for head in heads.values()}
    order = {name: place for place, name in enumerate(sorted(heads, key=lambda name: (heads[name].started, name)))}
    found: dict[str, list[tuple[Sighting, str]]] = {}
    columns = (ObservationRow.finding, ObservationRow.audit, ObservationRow.outcome, ObservationRow.kind)
    for part in parts([row.fingerprint for row in rows]):
        query = select(*columns, ObservationRow.confirmations).where(ObservationRow.finding.in_(part))
        for finding, audit, outcome, kind, confirmations in session.execute(query):
            head = heads[audit]
            seen = Sighting(audit, days[audit], head.ended, sight_of(outcome), bool(head.degraded), confirmations)
            found.setdefault(finding, []).append((seen, kind))
    for each in found.values():
        each.sort(key=lambda pair: order[pair[0].audit])
    return found


def passed_later(session: Session, audit: AuditRecord, rows: Sequence[FindingRow]) -> Iterator[dict[str, Any]]:
    """Yields what newer audits had already measured as good of findings that only this older audit brought in."""
    if not rows:
        return
    for name, check, passed in session.execute(
        select(ResultRow.audit, ResultRow.check, ResultRow.passed)
        .join(AuditRow, AuditRow.id == ResultRow.audit)
        .where(AuditRow.portal == audit.portal.id, AuditRow.started > audit.started)
    ):
        keys = frozenset(passed.split("\n"))
        for row in rows:
            if row.check == check and row.subject_key in keys:
                yield _passed(name, row)


def _observation(audit: str, finding: Finding) -> dict[str, Any]:
    return {
        "audit": audit,
        "finding": finding.fingerprint,
        "kind": finding.kind,
        "outcome": str(finding.outcome),
        "severity": str(finding.severity),
        "title": finding.title,
        "column": finding.column,
        "page_level": str(finding.level),
        "internal": finding.internal,
        "message": finding.message,
        "clause": finding.clause,
        "remedy": finding.remedy,
        "facts": msgspec.to_builtins(finding.facts),
        "occurrences": msgspec.to_builtins(finding.occurrences),
        "occurrence_count": max(finding.occurrence_count, len(finding.occurrences)),
        "evidence": [digest for text in finding.evidence if (digest := digest_of(text))],
        "confirmations": finding.confirmations,
    }


def _passed(audit: str, row: FindingRow) -> dict[str, Any]:
    return {
        "audit": audit,
        "finding": row.fingerprint,
        "kind": row.kind,
        "outcome": str(Outcome.PASS),
        "severity": "",
        "title": "",
        "column": "",
        "page_level": "",
        "internal": True,
        "message": "",
        "clause": "",
        "remedy": "",
        "facts": {},
        "occurrences": [],
        "occurrence_count": 0,
        "evidence": [],
        "confirmations": 0,
    }


def _transition(row: FindingRow, step: Step) -> dict[str, Any]:
    return {
        "finding": row.fingerprint,
        "before": step.before or "",
        "after": str(step.after),
        "at": step.at,
        "who": WHO,
        "why": step.why,
        "audit": step.audit,
    }


def _subject_key(metas: Metas, check: str, finding: Finding) -> str:
    try:
        return subject_key(metas(check), finding.kind, finding.subject)
    except KeyError:
        return f"{finding.kind} {finding.subject}"


def _evidence_kind(media_type: str) -> str:
    return "screenshot" if media_type.startswith("image/") else "answer"


def _digest(audit: AuditRecord, results: Sequence[CheckResult], blobs: Sequence[Blob]) -> str:
    digest = hashlib.sha256()
    for value in (audit, [blob[0] for blob in blobs], *results):  # one by one: together they are large
        digest.update(msgspec.json.encode(value, order="deterministic"))
    return digest.hexdigest()


def _insert(session: Session, table: type, rows: Iterable[dict[str, Any]]) -> None:
    for part in parts(list(rows), 1000):
        session.execute(insert(table), part)
