"""Rows that get another key: whatever row of whatever table speaks of them follows, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, bindparam, select, update
from sqlalchemy.orm import Session

from storage.models import Base, ExcuseRow


def follow_finding(session: Session, names: Mapping[str, str]) -> None:
    """Changes fingerprints, old -> new, in all that refers to findings, excuses too. The rows of the new are there."""
    follow_key(session, "finding", "finding.fingerprint", names)
    of_finding = ExcuseRow.scope == "finding"
    for old, new in names.items():
        session.execute(update(ExcuseRow).where(of_finding, ExcuseRow.subject == old).values(subject=new))


def follow_key(session: Session, name: str, key: str, names: Mapping[str, str]) -> None:
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


def values_of(row: Base, **changed: object) -> dict[str, object]:
    """Returns the values of a row as a new one would be inserted with them, some of them changed."""
    return {attribute.key: getattr(row, attribute.key) for attribute in row.__mapper__.column_attrs} | changed
