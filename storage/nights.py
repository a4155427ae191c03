"""What a night asks the results database: when portals were last audited completely, what an audit came to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import Engine, func, select

from checks.base import Outcome
from portal.artifacts import Absence
from storage.database import reading
from storage.models import AuditRow, FindingRow, ObservationRow, ResultRow, TransitionRow


def last_complete(engine: Engine) -> dict[str, dt.datetime]:
    """Returns when the newest sound audit of every portal ended (aware, UTC); re-checks and degraded ones left out."""
    query = select(AuditRow.portal, func.max(AuditRow.ended)).where(AuditRow.kind == "audit", AuditRow.degraded == "")
    with reading(engine) as session:
        return dict(session.execute(query.group_by(AuditRow.portal)).all())


def ahead(engine: Engine, now: dt.datetime) -> dt.datetime | None:
    """Returns when the newest audit or re-check began (aware, UTC) where that is more than an hour after `now`.

    The clock was or is wrong then: what such an audit saw stays the newest word until that time comes.
    """
    with reading(engine) as session:
        return session.scalar(select(func.max(AuditRow.started)).where(AuditRow.started > now + dt.timedelta(hours=1)))


def changes(engine: Engine, audit: str) -> Counter[str]:
    """Returns how many findings an audit brought into each state: open, suspect, fixed, cleared, regressed."""
    with reading(engine) as session:
        return Counter(session.scalars(select(TransitionRow.after).where(TransitionRow.audit == audit)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much one audit saw: pages, and subjects over all checks that were to be measured and were.

    Of `pages` a rolling audit carried over `carried`; their links were seen last on `carried_since` or later. What it
    carried over was not to be measured.
    """

    pages: int
    intended: int
    measured: int
    carried: int = 0
    carried_since: dt.date | None = None

    @property
    def share(self) -> float | None:
        """Returns the measured share, None where nothing was to be measured."""
        return self.measured / self.intended if self.intended else None


def coverage(engine: Engine, audit: str) -> Coverage | None:
    """Returns how much an audit saw, None for one that is not in the database."""
    with reading(engine) as session:
        head = session.get(AuditRow, audit)
        if head is None:
            return None
        seen = list(session.scalars(select(ResultRow.coverage).where(ResultRow.audit == audit)))
        intended, measured = (sum(int(one.get(name) or 0) for one in seen) for name in ("intended", "measured"))
        carried = sum(int((one.get("skipped") or {}).get(Absence.CARRIED, 0)) for one in seen)
        since = head.summary.get("carried_since")
        return Coverage(
            pages=int(head.summary.get("pages") or 0),
            intended=intended - carried,
            measured=measured,
            carried=int(head.summary.get("carried_pages") or 0),
            carried_since=dt.date.fromisoformat(since) if since else None,
        )


class Figures(Struct, frozen=True):
    """What one audit came to. `findings`: check -> its version and how many findings failed or are suspect."""

    audit: str
    degraded: str
    pages: int
    findings: Mapping[str, tuple[int, int]]


def figures(engine: Engine, portal: str, before: dt.datetime, count: int) -> tuple[Figures, ...]:
    """Returns the audits of a portal that started before an aware time, newest first.

    All since the `count`-th newest sound one; re-checks left out.
    """
    query = select(AuditRow).where(AuditRow.portal == portal, AuditRow.kind == "audit", AuditRow.started < before)
    with reading(engine) as session:
        heads: list[AuditRow] = []
        for head in session.scalars(query.order_by(AuditRow.started.desc(), AuditRow.id.desc())):
            heads.append(head)
            if sum(not one.degraded for one in heads) == count:
                break
        names = [head.id for head in heads]
        versions: dict[str, dict[str, int]] = {name: {} for name in names}
        for name, check, version in session.execute(
            select(ResultRow.audit, ResultRow.check, ResultRow.version).where(ResultRow.audit.in_(names))
        ):
            versions[name][check] = version
        failed = (
            select(ObservationRow.audit, FindingRow.check, func.count())
            .join(FindingRow, FindingRow.fingerprint == ObservationRow.finding)
            .where(ObservationRow.audit.in_(names), ObservationRow.outcome.in_((Outcome.FAIL, Outcome.SUSPECT)))
            .group_by(ObservationRow.audit, FindingRow.check)
        )
        counts = {(name, check): number for name, check, number in session.execute(failed)}
        return tuple(
            Figures(
                head.id,
                head.degraded,
                int(head.summary.get("pages") or 0),
                {check: (version, counts.get((head.id, check), 0)) for check, version in versions[head.id].items()},
            )
            for head in heads
        )
