"""When items of lists were first seen, and how far back each list reached: written with the commit of an audit.

Facts of what was read, not verdicts: judging an audit again changes nothing here. An older audit committed late takes
its place in the past. What nobody saw for a year is forgotten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from portal.history import History, ListReading
from storage.database import reading
from storage.lifecycle import day_of
from storage.models import ItemRow, ListRow

# An item that left the first page of its list for longer than that is of no use any more: a list that shows a date of
# more than a year ago is not one in which dates of last month are hidden.
FORGOTTEN = dt.timedelta(days=400)
READINGS = 120  # readings kept of one list: one that changes every working day is remembered for half a year


@dataclass(frozen=True, slots=True)
class ListSeen:
    """One list as an audit read it: its address, the keys of its items, how far it reached (None if that is open)."""

    url: str
    keys: tuple[str, ...]
    reach: tuple[dt.date, dt.date] | None = None  # dates of its last and its first item


def keep_lists(session: Session, portal: str, started: dt.datetime, lists: Sequence[ListSeen], *, sound: bool) -> None:
    """Adds what an audit that began at `started` (aware) saw, inside its commit. A degraded one proves no absence."""
    new = _keep_items(session, portal, started, {key for one in lists for key in one.keys})
    if sound:
        for one in lists:
            if one.reach is not None:
                _keep_reading(session, portal, started, one.url, one.reach, grown=not new.isdisjoint(one.keys))
    session.execute(delete(ItemRow).where(ItemRow.portal == portal, ItemRow.last < started - FORGOTTEN))


def history(engine: Engine, portal: str, before: dt.datetime) -> History:
    """Returns what audits that began before that time (aware) had seen: the same whenever it is asked for."""
    with reading(engine) as session:
        items = session.execute(
            select(ItemRow.key, ItemRow.first).where(ItemRow.portal == portal, ItemRow.first < before)
        )
        days = {key: day_of(first) for key, first in items}
        lists: dict[str, list[ListReading]] = {}
        rows = select(ListRow).where(ListRow.portal == portal, ListRow.since < before).order_by(ListRow.since)
        for row in session.scalars(rows):
            last = row.until if row.until < before else row.since
            lists.setdefault(row.url, []).append(ListReading(day_of(last), row.oldest, row.newest))
    return History(days, {url: tuple(found) for url, found in lists.items()})


def _keep_items(session: Session, portal: str, started: dt.datetime, keys: Iterable[str]) -> set[str]:
    """Keeps when items were seen; returns those nobody had seen before."""
    names, found = sorted(keys), set[str]()
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        known = {
            row.key: row
            for row in session.scalars(select(ItemRow).where(ItemRow.portal == portal, ItemRow.key.in_(part)))
        }
        for row in known.values():
            row.first, row.last = min(row.first, started), max(row.last, started)
        new: list[dict[str, Any]] = [
            {"portal": portal, "key": key, "first": started, "last": started} for key in part if key not in known
        ]
        if new:
            session.execute(insert(ItemRow), new)
            found.update(row["key"] for row in new)
    return found


def _keep_reading(
    session: Session, portal: str, started: dt.datetime, url: str, reach: tuple[dt.date, dt.date], *, grown: bool
) -> None:
    """Keeps a reading; one that reached as far as the last and shows nothing new only moves the end of that.

    So of what is new in a list the last reading without it is always known.
    """
    key = hashlib.sha256(url.encode()).hexdigest()
    mine = (ListRow.portal == portal, ListRow.key == key)
    around = select(ListRow).where(*mine, ListRow.since <= started).order_by(ListRow.since.desc()).limit(1)
    last = session.scalar(around)
    if last is not None and started <= last.until:
        return  # judged again, or committed late in the middle of what is known already
    if last is not None and (last.oldest, last.newest) == reach and not grown:
        last.until = started
        return
    row = {"portal": portal, "key": key, "url": url, "since": started, "until": started}
    session.execute(insert(ListRow), [{**row, "oldest": reach[0], "newest": reach[1]}])
    old = session.scalars(select(ListRow.since).where(*mine).order_by(ListRow.since.desc()).offset(READINGS)).all()
    if old:
        session.execute(delete(ListRow).where(*mine, ListRow.since <= max(old)))
