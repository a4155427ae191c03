"""How rectification went in a span of time: what had to be put right, what was, what came back, what is overdue.

Told from the ledger as it stood at the end of the span, so what audits, re-checks and people did counts where it
happened. Suspicions are no defects; what was removed as none (剔除) never was one, and what is let off (豁免) at the
end of the span is nobody's debt then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storage.database import reading
from storage.ledger.entries import CALENDAR, LedgerEntry, entries_in
from storage.ledger.states import Line, Stage
from storage.models import AuditRow

OFTEN = 2  # a defect that came back so many times is one that keeps coming back (反复出现)


@dataclass(frozen=True, slots=True)
class Rectification:
    """The rectification of portals in a span of time, in numbers of findings."""

    audits: int = 0  # sound ones that ended within
    begun: int = 0  # had to be put right when the span began (期初)
    new: int = 0  # became certain within, for the first time (新增)
    back: int = 0  # came back within (反弹)
    due: int = 0  # had to be put right at any time of the span (应整改): repaired or standing at its end
    repaired: int = 0  # of `due`, closed at the end (已整改)
    standing: int = 0  # of `due`, not closed at the end (未整改)
    overdue: int = 0  # of `standing`, past their deadline (超期)
    often: int = 0  # of `due`, came back `OFTEN` times or more until the end (反复出现)

    @property
    def rate(self) -> float | None:
        """The share of `due` that is repaired (整改率), None where nothing was due."""
        return self.repaired / self.due if self.due else None


def summed(many: Iterable[Rectification]) -> Rectification:
    """Returns the sum over portals of one span."""
    found = list(many)
    return Rectification(**{one.name: sum(getattr(each, one.name) for each in found) for one in fields(Rectification)})


def rectification(engine: Engine, portal: str, begin: dt.datetime, end: dt.datetime) -> Rectification:
    """Returns how rectification of a portal went from `begin` until just before `end` (aware). All zeros for a portal
    the database does not know."""
    last = end - dt.timedelta(microseconds=1)
    with reading(engine) as session:
        audits = _audits(session, portal, begin, last)
        known = entries_in(session, portal, last, CALENDAR, until=last)
    return summed([Rectification(audits=audits), *(_of_finding(one, begin, last) for one in known.values())])


def _audits(session: Session, portal: str, begin: dt.datetime, last: dt.datetime) -> int:
    query = select(func.count()).where(
        AuditRow.portal == portal,
        AuditRow.kind == "audit",
        AuditRow.degraded == "",
        AuditRow.ended >= begin,
        AuditRow.ended <= last,
    )
    return session.scalar(query) or 0


def _of_finding(entry: LedgerEntry, begin: dt.datetime, last: dt.datetime) -> Rectification:
    if entry.state in (Stage.REMOVED, Stage.EXCUSED):
        return Rectification()
    # The machine's lines and people's stand in the order the database learnt of them, not in that of their times.
    history = sorted((line for line in entry.history if line.at <= last), key=lambda line: line.at)
    before = [line for line in history if line.at < begin]
    within = [line for line in history if line.at >= begin]
    begun = bool(before) and _owed(before[-1])
    if not (begun or any(map(_owed, within))):
        return Rectification()
    closed = not entry.stage.live
    return Rectification(
        begun=begun,
        new=not any(map(_owed, before)),
        back=_returns(history) > _returns(before),
        due=1,
        repaired=closed,
        standing=not closed,
        overdue=entry.overdue,
        often=_returns(history) >= OFTEN,
    )


def _owed(line: Line) -> bool:
    """Returns whether a step left a finding a certain defect that somebody has to put right."""
    return line.stage.live and line.stage is not Stage.SUSPECTED


def _returns(lines: Sequence[Line]) -> int:
    """Returns how many times a finding came back in its history so far."""
    there = [line.stage is Stage.RELAPSED for line in lines]
    return sum(now and not before for before, now in zip([False, *there], there, strict=False))
