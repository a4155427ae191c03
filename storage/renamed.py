"""The ids portals once had in targets.toml, and what numbers given out under them mean now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.urls import bare
from storage.database import reading
from storage.models import FindingRow, PortalRow, RenamedRow, RenumberedRow


def renamed(engine: Engine, portal: str) -> str:
    """Returns the id a portal has now that once had this one; the same where it never had another."""
    with reading(engine) as session:
        return renamed_in(session, portal)


def renamed_in(session: Session, portal: str) -> str:
    """Returns what `renamed` does, as the session sees the database. An id that is in use is nobody's old one."""
    if session.get(PortalRow, portal) is not None:
        return portal
    return session.scalar(select(RenamedRow.portal).where(RenamedRow.old == portal)) or portal


def number_in(session: Session, portal: str, number: int) -> tuple[str, int]:
    """Returns portal and number of the finding that a number means, also one given out under an old id."""
    if session.get(PortalRow, portal) is None:
        row = session.get(RenumberedRow, (portal, number))
        finding = session.get(FindingRow, row.finding) if row is not None else None
        if finding is not None:
            return finding.portal, finding.number
    return portal, number


def strayed(engine: Engine, targets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Returns (old id, new id) of portals that seem to have been renamed in targets.toml, which is given as id -> home.

    The old one is in the database and no longer in targets.toml, where another id has its address, by http or https.
    """
    with reading(engine) as session:
        rows = session.scalars(select(PortalRow).order_by(PortalRow.id)).all()
    gone = [row for row in rows if row.id not in targets]
    homes = {name: bare(home) for name, home in targets.items()}
    return tuple((row.id, name) for row in gone for name, home in homes.items() if home == bare(row.home))
