"""What a night asks the results database: when portals were last audited completely, and what an audit changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import Engine, func, select

from storage.database import reading
from storage.models import AuditRow, TransitionRow


def last_complete(engine: Engine) -> dict[str, dt.datetime]:
    """Returns when the newest sound audit of every portal ended (aware, UTC); re-checks and degraded ones left out."""
    query = select(AuditRow.portal, func.max(AuditRow.ended)).where(AuditRow.kind == "audit", AuditRow.degraded == "")
    with reading(engine) as session:
        return dict(session.execute(query.group_by(AuditRow.portal)).all())


def changes(engine: Engine, audit: str) -> Counter[str]:
    """Returns how many findings an audit brought into each state: open, suspect, fixed, cleared, regressed."""
    with reading(engine) as session:
        return Counter(session.scalars(select(TransitionRow.after).where(TransitionRow.audit == audit)))
