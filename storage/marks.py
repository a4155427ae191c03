"""Keeps what people decide about clauses: per portal, system and period, every change a row, the newest holds.

Storage does not know indicator systems: nodes, words and points are kept as given, whoever calls has checked them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storage.database import StorageError, reading, writing
from storage.models import MarkRow, PortalRow


@dataclass(frozen=True, slots=True)
class MarkView:
    """One mark. Points and word both empty: an earlier one was withdrawn. `at` is aware, UTC."""

    node: str
    who: str
    at: dt.datetime
    points: float | None = None
    word: str = ""
    why: str = ""
    source: str = ""

    @property
    def withdrawn(self) -> bool:
        """Whether it takes an earlier mark back."""
        return self.points is None and not self.word

    def says(self) -> tuple[float | None, str, str]:
        """Returns what it decides, without who and when."""
        return self.points, self.word, self.why


class Kept(Struct, frozen=True):
    """What became of marks handed in: those that were new, and current ones that are newer than the sheet (then
    nothing was written at all)."""

    new: tuple[MarkView, ...] = ()
    newer: tuple[MarkView, ...] = ()


def marks(engine: Engine, portal: str, system: str, period: str) -> dict[str, MarkView]:
    """Returns the mark that holds of every node that has one; withdrawn ones are left out."""
    with reading(engine) as session:
        current = _current(session, portal, system, period)
    return {node: mark for node, mark in current.items() if not mark.withdrawn}


def history(engine: Engine, portal: str, system: str, period: str) -> tuple[MarkView, ...]:
    """Returns every mark ever kept, in the order they came, withdrawals included."""
    with reading(engine) as session:
        return tuple(_rows(session, portal, system, period))


def keep_marks(
    engine: Engine,
    portal: str,
    system: str,
    period: str,
    given: Sequence[MarkView],
    *,
    basis: dt.datetime,
    sheet: str = "",
) -> Kept:
    """Adds the marks that say something new, in one transaction, all or none, and returns which these are.

    `basis` is when the sheet they stand in was made: where a node got another mark since, nothing is written and those
    marks are returned as `newer`; marks whose source begins with `sheet` came from that very sheet and are none of
    them. Raises StorageError for a portal that is not in the database.
    """
    with writing(engine) as session:
        # The row is held, so that of two imports at once the second sees the first.
        if session.get(PortalRow, portal, with_for_update=True) is None:
            raise StorageError(f"no portal {portal!r} is in the database: audit it first")
        current = _current(session, portal, system, period)
        fresh = [mark for mark in given if _differs(mark, current.get(mark.node))]
        found = [held for mark in fresh if (held := current.get(mark.node)) is not None and held.at > basis]
        newer = [held for held in found if not (sheet and held.source.startswith(f"{sheet} "))]
        if newer:
            return Kept(newer=tuple(newer))
        for mark in fresh:
            session.add(
                MarkRow(
                    portal=portal,
                    system=system,
                    period=period,
                    node=mark.node,
                    points=mark.points,
                    word=mark.word,
                    who=mark.who,
                    why=mark.why,
                    at=mark.at,
                    source=mark.source,
                )
            )
        return Kept(new=tuple(fresh))


def _differs(mark: MarkView, held: MarkView | None) -> bool:
    if held is None:
        return not mark.withdrawn
    return mark.says() != held.says() and not (mark.withdrawn and held.withdrawn)


def _current(session: Session, portal: str, system: str, period: str) -> dict[str, MarkView]:
    return {mark.node: mark for mark in _rows(session, portal, system, period)}


def _rows(session: Session, portal: str, system: str, period: str) -> list[MarkView]:
    query = select(MarkRow).where(MarkRow.portal == portal, MarkRow.system == system, MarkRow.period == period)
    return [
        MarkView(row.node, row.who, row.at, row.points, row.word, row.why, row.source)
        for row in session.scalars(query.order_by(MarkRow.id))
    ]
