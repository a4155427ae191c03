"""Carries the whole history of a portal to the id it has now in targets.toml, and knows the ids it once had.

A finding's fingerprint is made with its portal's id, so every finding gets a new one, as the next audit will make it;
whatever row of whatever table speaks of the portal or its findings follows. 问题编号 given out before stay understood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Engine, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from checks.base import identity
from storage.database import StorageError, reading, writing
from storage.models import Base, ExcuseRow, FindingRow, PortalRow, RenamedRow


def rename_portal(engine: Engine, old: str, new: str, *, who: str, at: dt.datetime, why: str = "") -> int:
    """Gives a portal another id, with all its history, in one transaction; returns how many findings went along.

    Raises StorageError, and then changed nothing, when there is no such portal, or the new id has a history of its own.
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
        if session.get(PortalRow, new) is not None:
            raise StorageError(
                f"the portal {new!r} has audits of its own in the database, and two histories cannot become one: "
                f"give the portal its id {old!r} back in targets.toml, or choose a third id for it"
            )
        session.execute(insert(PortalRow).values(**_values(portal, id=new)))
        _follow(session, "portal", "portal.id", {old: new})
        names = _again(session, new)
        session.execute(delete(PortalRow).where(PortalRow.id == old))
        session.execute(delete(RenamedRow).where(RenamedRow.old == new))  # it has its old id again
        session.execute(insert(RenamedRow).values(old=old, portal=new, who=who, why=why, at=at))
        return len(names)


def renamed(engine: Engine, portal: str) -> str:
    """Returns the id a portal has now that once had this one; the same where it never had another."""
    with reading(engine) as session:
        return renamed_in(session, portal)


def renamed_in(session: Session, portal: str) -> str:
    """Returns what `renamed` does, as the session sees the database. An id that is in use is nobody's old one."""
    if session.get(PortalRow, portal) is not None:
        return portal
    return session.scalar(select(RenamedRow.portal).where(RenamedRow.old == portal)) or portal


def strayed(engine: Engine, targets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Returns (old id, new id) of portals that seem to have been renamed in targets.toml, which is given as id -> home.

    The old one is in the database and no longer in targets.toml, where another id has its address.
    """
    with reading(engine) as session:
        rows = session.scalars(select(PortalRow).order_by(PortalRow.id)).all()
    gone = [row for row in rows if row.id not in targets]
    return tuple((row.id, name) for row in gone for name, home in targets.items() if home == row.home)


def _again(session: Session, portal: str) -> Mapping[str, str]:
    """Gives every finding of a portal the fingerprint it has under the portal's id; returns old -> new."""
    rows = session.scalars(select(FindingRow).where(FindingRow.portal == portal)).all()
    session.expunge_all()
    names: dict[str, str] = {}
    numbers = {row.fingerprint: row.number for row in rows}
    for row in rows:
        group = row.subject_key.removesuffix(row.subject).rstrip(" ")
        names[row.fingerprint] = identity(portal, row.check, group, row.subject)
    # Numbers are unique within a portal: the rows that go stand aside (below zero) until they are gone.
    session.execute(update(FindingRow).where(FindingRow.portal == portal).values(number=-FindingRow.number))
    for row in rows:
        session.execute(
            insert(FindingRow).values(
                **_values(row, fingerprint=names[row.fingerprint], number=numbers[row.fingerprint])
            )
        )
    _follow(session, "finding", "finding.fingerprint", names)
    for old, new in names.items():
        of_finding = ExcuseRow.__table__.c.scope == "finding"
        session.execute(update(ExcuseRow).where(of_finding, ExcuseRow.subject == old).values(subject=new))
    session.execute(delete(FindingRow).where(FindingRow.portal == portal, FindingRow.number < 0))
    return names


def _follow(session: Session, name: str, key: str, names: Mapping[str, str]) -> None:
    """Changes a key ("portal.id") in every column that refers to it, by foreign key or by being called `name`."""
    if not names:
        return
    for column in _referring(name, key):
        if column.primary_key and not column.foreign_keys:
            # A series without a foreign key may have gone on under the new id; then the old part stays where it is.
            taken = select(column).where(column.in_(list(names.values()))).limit(1)
            if session.scalar(taken) is not None:
                continue
        changed = update(column.table).where(column == bindparam("was")).values({column.name: bindparam("is_now")})
        rows = [{"was": was, "is_now": now} for was, now in names.items()]
        session.connection().execute(changed, rows)


def _referring(name: str, key: str) -> Iterator[Column[Any]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            refers = any(one.target_fullname == key for one in column.foreign_keys)
            if refers or (column.name == name and not column.foreign_keys):
                yield column


def _values(row: Base, **changed: object) -> dict[str, object]:
    return {attribute.key: getattr(row, attribute.key) for attribute in row.__mapper__.column_attrs} | changed
