"""What cannot wait for the morning: findings that just became certain. Only reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Engine, select

from storage.database import reading
from storage.ledger.entries import CALENDAR, entries_where
from storage.lifecycle import State
from storage.models import FindingRow, ObservationRow, TransitionRow


@dataclass(frozen=True, slots=True)
class Turned:
    """A finding that became certain or came back. `turn` grows with every transition the database learns of."""

    portal: str
    kind: str
    severity: str
    turn: int


def turned(engine: Engine, since: dt.datetime, now: dt.datetime) -> tuple[Turned, ...]:
    """Returns the findings that opened or came back since then and are still to be put right, in that order.

    What is excused, removed or closed meanwhile is left out.
    """
    certain = (str(State.OPEN), str(State.REGRESSED))
    query = (
        select(TransitionRow.id, TransitionRow.finding)
        .join(FindingRow, FindingRow.fingerprint == TransitionRow.finding)
        .where(TransitionRow.after.in_(certain), TransitionRow.at >= since, FindingRow.state.in_(certain))
        .order_by(TransitionRow.id)
    )
    with reading(engine) as session:
        newest = {finding: turn for turn, finding in session.execute(query)}
        names = sorted(newest)
        found = []
        for start in range(0, len(names), 500):
            part = names[start : start + 500]
            kinds = dict(
                session.execute(
                    select(ObservationRow.finding, ObservationRow.kind)
                    .join(FindingRow, FindingRow.fingerprint == ObservationRow.finding)
                    .where(ObservationRow.finding.in_(part), ObservationRow.audit == FindingRow.newest)
                ).all()
            )
            for name, entry in entries_where(session, FindingRow.fingerprint.in_(part), now, CALENDAR).items():
                if entry.live:
                    found.append(Turned(entry.portal, kinds.get(name, ""), entry.severity, newest[name]))
    return tuple(sorted(found, key=lambda one: one.turn))
