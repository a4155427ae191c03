"""Probes of home pages in the results database: kept once a slot, marked where our own line was down, read as a series.

Rows are added and, after two years, forgotten; the only things ever changed in one are `own_line`, and the portal's id
where that got another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import Engine, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from portal.artifacts import FetchOutcome, ProbeSeen
from storage.database import reading, writing
from storage.models import ProbeRow

LASTS = dt.timedelta(days=750)  # two years and the days around them: a yearly assessment can be told of the year before
_BATCH = 200


class Probe(Struct, frozen=True):
    """One probe to be kept: which portal, which slot of its day, from where, and what was seen."""

    portal: str
    slot: dt.datetime  # aware: when the slot begins
    platform: str  # what the portal is hosted on, as far as this probe saw
    seen: ProbeSeen


def keep(engine: Engine, probes: Sequence[Probe]) -> int:
    """Keeps probes in one transaction and returns how many were new; a slot that is there already stays as it is.

    Raises StorageError.
    """
    kept = 0
    with writing(engine) as session:
        for start in range(0, len(probes), _BATCH):
            batch = {_key(probe): probe for probe in reversed(probes[start : start + _BATCH])}
            columns = (ProbeRow.portal, ProbeRow.slot, ProbeRow.vantage, ProbeRow.family)
            there = session.execute(select(*columns).where(tuple_(*columns).in_(list(batch))))
            for row in there.all():
                batch.pop((row[0], row[1], row[2], row[3]), None)
            if batch:
                session.execute(insert(ProbeRow), [_row(probe) for probe in batch.values()])
            kept += len(batch)
    return kept


def slots_done(engine: Engine, vantage: str, since: dt.datetime) -> dict[str, dt.datetime]:
    """Returns the newest slot of each portal that was probed from there, of those that begin at `since` or later."""
    query = select(ProbeRow.portal, ProbeRow.slot).where(ProbeRow.vantage == vantage, ProbeRow.slot >= since)
    newest: dict[str, dt.datetime] = {}
    with reading(engine) as session:
        for portal, slot in session.execute(query):
            newest[portal] = max(slot, newest.get(portal, slot))
    return newest


def lately(engine: Engine, vantage: str, family: int, since: dt.datetime) -> tuple[Probe, ...]:
    """Returns the probes of all portals from one vantage over one family since an aware time, in time order."""
    where = (ProbeRow.vantage == vantage, ProbeRow.family == family, ProbeRow.at >= since)
    with reading(engine) as session:
        rows = session.scalars(select(ProbeRow).where(*where).order_by(ProbeRow.at, ProbeRow.portal))
        return tuple(Probe(row.portal, row.slot, row.platform, _seen(row)) for row in rows)


def mark_own_line(engine: Engine, probes: Iterable[Probe]) -> None:
    """Marks probes as made while our own line was down. Raises StorageError."""
    with writing(engine) as session:
        for probe in probes:
            portal, slot, vantage, family = _key(probe)
            where = (ProbeRow.portal == portal, ProbeRow.slot == slot)
            session.execute(
                update(ProbeRow)
                .where(*where, ProbeRow.vantage == vantage, ProbeRow.family == family)
                .values(own_line=True)
            )


def series(engine: Engine, portal: str, since: dt.datetime, until: dt.datetime) -> tuple[ProbeSeen, ...]:
    """Returns the probes of a portal from all vantages, `since` included and `until` excluded, in time order."""
    where = (ProbeRow.portal == portal, ProbeRow.at >= since, ProbeRow.at < until)
    order = (ProbeRow.at, ProbeRow.vantage, ProbeRow.family)
    with reading(engine) as session:
        return tuple(_seen(row) for row in session.scalars(select(ProbeRow).where(*where).order_by(*order)))


def forget(engine: Engine, before: dt.datetime) -> None:
    """Forgets the probes made before an aware time. Raises StorageError."""
    with writing(engine) as session:
        session.execute(delete(ProbeRow).where(ProbeRow.at < before))


def follow(session: Session, old: str, new: str) -> None:
    """Gives the probes of a portal that got another id to that one; of a slot both have, the new one's stays."""
    other = aliased(ProbeRow)
    same = (other.slot == ProbeRow.slot, other.vantage == ProbeRow.vantage, other.family == ProbeRow.family)
    taken = select(other.portal).where(other.portal == new, *same).exists()
    session.execute(
        update(ProbeRow)
        .where(ProbeRow.portal == old, ~taken)
        .values(portal=new)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(ProbeRow).where(ProbeRow.portal == old))


def _key(probe: Probe) -> tuple[str, dt.datetime, str, int]:
    return probe.portal, probe.slot.astimezone(dt.UTC), probe.seen.vantage, probe.seen.family


def _row(probe: Probe) -> dict[str, object]:
    seen = probe.seen
    return {
        "portal": probe.portal,
        "slot": probe.slot,
        "vantage": seen.vantage,
        "family": seen.family,
        "at": seen.at,
        "outcome": seen.outcome.value,
        "status": seen.status,
        "seconds": seen.seconds,
        "address": seen.address or None,
        "platform": probe.platform[:255],
        "error": seen.error or None,
        "own_line": seen.own_line,
    }


def _seen(row: ProbeRow) -> ProbeSeen:
    return ProbeSeen(
        at=row.at,
        family=row.family,
        outcome=FetchOutcome(row.outcome),
        seconds=row.seconds,
        status=row.status,
        vantage=row.vantage,
        address=row.address or "",
        error=row.error or "",
        own_line=row.own_line,
    )
