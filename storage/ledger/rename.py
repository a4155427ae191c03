"""Carries the whole history of a portal to the id it has now in targets.toml.

A finding's fingerprint is made with its portal's id, so every finding gets a new one, as the next audit will make it;
whatever row of whatever table speaks of the portal or its findings follows. Where the new id was audited already, the
two histories become one: findings both know are one finding, and its state is the fold of what all audits saw.
问题编号 given out before stay understood (`storage.renamed`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

from checks.base import identity
from portal.model import Portal
from storage import items, probes
from storage.commit import AuditRecord, passed_later, settle_findings
from storage.database import StorageError, writing
from storage.following import follow_finding, follow_key, values_of
from storage.models import AuditRow, FindingRow, ObservationRow, PortalRow, RenamedRow, RenumberedRow


def rename_portal(engine: Engine, old: str, new: str, *, who: str, at: dt.datetime, why: str = "") -> int:
    """Gives a portal another id, with all its history, in one transaction; returns how many findings went along.

    Raises StorageError, and then changed nothing, when there is no such portal.
    """
    if not who.strip():
        raise StorageError("改名须写明由谁作出")
    with writing(engine) as session:
        portal = session.get(PortalRow, old, with_for_update=True)
        if portal is None:
            known = ", ".join(session.scalars(select(PortalRow.id).order_by(PortalRow.id))) or "none"
            raise StorageError(f"no portal {old!r} is in the database; there are: {known}")
        if not new.strip() or new == old:
            raise StorageError(f"{new!r} is no new id for the portal {old!r}")
        last = _newest(session, old)
        into = session.get(PortalRow, new, with_for_update=True)
        offset = into.numbers if into is not None else 0
        if into is None:
            session.execute(insert(PortalRow).values(**values_of(portal, id=new)))
        else:
            into.numbers += portal.numbers
        session.flush()
        # Numbers are unique within a portal: the rows that go stand aside, below zero, until they are gone.
        session.execute(update(FindingRow).where(FindingRow.portal == old).values(number=-FindingRow.number))
        items.follow(session, old, new)
        probes.follow(session, old, new)
        follow_key(session, "portal", "portal.id", {old: new})
        names, alone = _again(session, new, offset)
        numbers = _numbers(session, new)
        session.execute(delete(FindingRow).where(FindingRow.portal == new, FindingRow.number < 0))
        session.execute(delete(PortalRow).where(PortalRow.id == old))
        session.execute(delete(RenamedRow).where(RenamedRow.old == new))  # it has its old id again
        session.execute(insert(RenamedRow).values(old=old, portal=new, who=who, why=why, at=at))
        session.expire_all()
        for number, fingerprint in numbers.items():
            session.merge(RenumberedRow(old=old, number=number, finding=names[fingerprint]))
        if into is not None and last is not None:
            _fold(session, new, last, alone, [name for name in names.values() if name not in alone])
        return len(names)


def _newest(session: Session, portal: str) -> AuditRow | None:
    query = select(AuditRow).where(AuditRow.portal == portal).order_by(AuditRow.started.desc(), AuditRow.id.desc())
    return session.scalar(query.limit(1))


def _numbers(session: Session, portal: str) -> dict[int, str]:
    """Returns the numbers of the rows that stand aside, and their fingerprints."""
    query = select(FindingRow.number, FindingRow.fingerprint).where(FindingRow.portal == portal, FindingRow.number < 0)
    return {-number: fingerprint for number, fingerprint in session.execute(query)}


def _again(session: Session, portal: str, offset: int) -> tuple[Mapping[str, str], set[str]]:
    """Gives the findings that stand aside the fingerprints they have under the portal's id, in rows of their own.

    Returns old -> new, and those of the new ones that the portal did not know; they get numbers after its own.
    """
    rows = session.scalars(select(FindingRow).where(FindingRow.portal == portal)).all()
    known = {row.fingerprint for row in rows if row.number > 0}
    names: dict[str, str] = {}
    alone: set[str] = set()
    for row in rows:
        if row.number > 0:
            continue
        group = row.subject_key.removesuffix(row.subject).rstrip(" ")
        names[row.fingerprint] = name = identity(portal, row.check, group, row.subject)
        if name not in known:
            alone.add(name)
            session.execute(insert(FindingRow).values(**values_of(row, fingerprint=name, number=offset - row.number)))
    follow_finding(session, names)
    return names, alone


def _fold(session: Session, portal: str, last: AuditRow, alone: set[str], both: Sequence[str]) -> None:
    """Gives findings of two histories the state that all audits together show, each change a transition.

    `last` is the newest audit of the id that went: later ones may have measured good what they did not know of.
    """
    of_two = Portal(id=portal, name="", home="")
    rows = {row.fingerprint: row for row in session.scalars(select(FindingRow).where(FindingRow.portal == portal))}
    ours = AuditRecord(last.id, of_two, last.as_of, last.started, last.ended)
    good = list(passed_later(session, ours, [rows[name] for name in sorted(alone)]))
    if good:
        session.execute(insert(ObservationRow), good)
    newest = _newest(session, portal) or last
    audit = AuditRecord(newest.id, of_two, newest.as_of, newest.started, newest.ended)
    touched = {observation["finding"] for observation in good}
    settle_findings(session, audit, [rows[name] for name in sorted({*both, *touched})])
