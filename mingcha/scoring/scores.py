"""From the results database to scores: which audit is scored, what stands now, and what people have decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Engine

from checks.base import Outcome
from indicators.case import Case, Defect, Mark, Measured, Standing, Word
from indicators.library import Library
from indicators.periods import before, days_of, period_of
from indicators.score import Score
from indicators.scoring import score
from indicators.system import System
from mingcha.errors import UsageError
from mingcha.scoring.systems import chosen, known_exemptions
from portal.artifacts import Absence
from reports.words import degraded
from storage.ledger.states import Stage
from storage.lifecycle import State
from storage.marks import MarkView, marks
from storage.queries import audit_view, audits, standings
from storage.views import AuditHead, AuditView, FindingView, ResultView

ASIDE = frozenset({Stage.REMOVED, Stage.EXCUSED})  # human states under which a finding costs nothing
_STANDINGS = {
    State.OPEN: Standing.CERTAIN,
    State.REGRESSED: Standing.CERTAIN,
    State.SUSPECT: Standing.SUSPECT,
    State.FIXED: Standing.CLOSED,
    State.CLEARED: Standing.CLOSED,
}


class Scored(Struct, frozen=True):
    """One portal under one system: the score and the audit it was made from."""

    score: Score
    view: AuditView


def newest_sound(engine: Engine, portal: str, within: tuple[dt.date, dt.date] | None = None) -> AuditHead | None:
    """Returns the audit a portal is scored by: the newest sound one, else the newest; of a span of days, if given."""
    heads = [head for head in audits(engine, portal) if head.kind == "audit"]
    if within is not None:
        heads = [head for head in heads if within[0] <= head.as_of <= within[1]]
    return _sound(heads)


def _sound(heads: Sequence[AuditHead]) -> AuditHead | None:
    return next((head for head in heads if not head.degraded), heads[0] if heads else None)


def score_portal(
    engine: Engine,
    portal: str,
    names: Sequence[str],
    books: Library,
    *,
    audit: str = "",
    exemptions: Iterable[str] = (),
    within: tuple[dt.date, dt.date] | None = None,
    view: AuditView | None = None,
) -> tuple[Scored, ...]:
    """Returns the scores of one portal under the systems of those ids, in their order; touches no network.

    `audit` names one, and `view` is it where it was read already; otherwise the newest sound one (of the days `within`)
    counts. The portal's newest audit is scored with the findings as they stand now: what a re-check closed since costs
    nothing. Of every system the version in force on the day of the audit is used. Raises UsageError for a portal
    without such an audit and an unknown system or exemption, StorageError.
    """
    head = None if audit else newest_sound(engine, portal, within)
    name = audit or (head.id if head else "")
    if not name:
        when = f" between {within[0]} and {within[1]}" if within else ""
        raise UsageError(f"portal {portal!r} was never audited{when}: run mingcha audit {portal} first")
    if view is None or view.audit.id != name:
        view = audit_view(engine, name)
    if view.portal.id != portal:
        raise UsageError(f"--audit {name}: is an audit of {view.portal.id!r}, not of {portal!r}")
    systems = [chosen(books, each, view.audit.as_of) for each in names]
    given = tuple(exemptions)
    known_exemptions(systems, given)
    now = _standing(engine, view)
    found = []
    for system in systems:
        period = period_of(view.audit.as_of, system.scheme.period)
        held = {node: _mark(mark) for node, mark in marks(engine, portal, system.id, period).items()}
        found.append(Scored(score(system, case_of(view, held, period, now, given)), view))
    return tuple(found)


def _standing(engine: Engine, view: AuditView) -> Mapping[str, tuple[str, str]]:
    """Returns the machine and the human state findings have now, where the audit is the portal's newest that counts."""
    heads = [head for head in audits(engine, view.portal.id) if head.kind == "audit"]
    newest = _sound(heads)
    if newest is None or newest.id != view.audit.id:
        return {}
    if heads[0].id != newest.id:  # followed by one that does not count: the view tells of the time before that
        return standings(engine, view.portal.id)
    return {name: (str(entry.machine), str(entry.state)) for name, entry in view.ledger.items()}


def earlier(engine: Engine, this: Scored, books: Library, exemptions: Iterable[str] = ()) -> Scored | None:
    """Returns the score of the last time: of the period before, else of the sound audit before this one; None where
    there was none."""
    system, portal = this.score.system, this.view.portal.id
    span = days_of(before(this.score.case.period, system.scheme.period), system.scheme.period)
    if (head := newest_sound(engine, portal, span)) is not None and not head.degraded:
        return score_portal(engine, portal, [system.id], books, exemptions=exemptions, within=span)[0]
    heads = [head for head in audits(engine, portal) if head.kind == "audit" and not head.degraded]
    older = next((head for head in heads if head.started < this.view.audit.started), None)
    if older is None:
        return None
    return score_portal(engine, portal, [system.id], books, audit=older.id, exemptions=exemptions)[0]


def span_of(period: str, system: System) -> tuple[dt.date, dt.date]:
    """Returns the days of a period of a system. Raises UsageError for a period of another form."""
    try:
        return days_of(period, system.scheme.period)
    except ValueError as error:
        raise UsageError(f"--period: {error} ({system.id} is assessed by the {system.scheme.period})") from error


def case_of(
    view: AuditView,
    given: Mapping[str, Mark],
    period: str,
    now: Mapping[str, tuple[str, str]] | None = None,
    exemptions: Iterable[str] = (),
) -> Case:
    """Returns what a score is made from.

    `given` are the marks of `period`; `now` maps fingerprints to the (machine, human) state they have now.
    """
    return Case(
        portal=view.portal.id,
        audit=view.audit.id,
        as_of=view.audit.as_of,
        measured={result.check: _measured(result) for result in view.results},
        defects=tuple(_defect(finding, (now or {}).get(finding.fingerprint)) for finding in view.findings),
        marks=given,
        period=period,
        exemptions=frozenset(exemptions),
        unusable=f"本次核查不完整（{degraded(view)}）" if view.audit.degraded else "",
    )


def _defect(finding: FindingView, now: tuple[str, str] | None) -> Defect:
    state, human = now or (finding.state, finding.human)
    standing = _STANDINGS[State(state)]
    if human in ASIDE and standing is not Standing.CLOSED:
        standing = Standing.SET_ASIDE
    elif human == Stage.CLOSED and now is not None:  # by a person, where the machine has not seen it repaired
        standing = Standing.CLOSED
    kind = finding.facts.get("column_kind")
    return Defect(
        key=finding.fingerprint,
        number=finding.number,
        check=finding.check,
        kind=finding.kind,
        subject=finding.subject,
        standing=standing,
        title=finding.title,
        message=finding.message,
        level=finding.level,
        column_kind=kind if isinstance(kind, str) else None,
        evidence=finding.evidence,
    )


def _measured(result: ResultView) -> Measured:
    return Measured(
        check=result.check,
        version=result.version,
        outcome=Outcome(result.outcome),
        reason=result.reason,
        metrics=result.metrics,
        seen=result.coverage.measured,
        # What was carried over was measured within the nights of one round, and what was found then still stands.
        skipped=sum(number for why, number in result.coverage.skipped.items() if why != Absence.CARRIED),
        passed=result.passed,
        draws={draw.name: draw for draw in result.draws},
    )


def _mark(mark: MarkView) -> Mark:
    return Mark(mark.node, mark.who, mark.at, mark.points, Word(mark.word) if mark.word else None, mark.why)
