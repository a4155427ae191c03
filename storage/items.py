"""When items of lists were first seen, and how far back each list reached: written with the commit of an audit.

Facts of what was read, not verdicts: judging an audit again changes nothing here. An older audit committed late takes
its place in the past. What nobody saw for a year is forgotten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence, Set

from msgspec import Struct
from sqlalchemy import Engine, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from portal.history import History, ListReading
from storage.database import reading
from storage.lifecycle import day_of
from storage.models import ItemRow, ListRow
from storage.parts import parts

# An item that left the first page of its list for longer than that is of no use any more: a list that shows a date of
# more than a year ago is not one in which dates of last month are hidden.
FORGOTTEN = dt.timedelta(days=400)
READINGS = 120  # readings kept of one list: one that changes every working day is remembered for half a year


class ListSeen(Struct, frozen=True):
    """One list as an audit read it: its address, the keys of its items, how far it reached (None if that is open)."""

    url: str
    keys: tuple[str, ...]
    reach: tuple[dt.date, dt.date] | None = None  # dates of its last and its first item


def keep_lists(session: Session, portal: str, started: dt.datetime, lists: Sequence[ListSeen], *, sound: bool) -> None:
    """Adds what an audit that began at `started` (aware) saw, inside its commit. A degraded one proves no absence."""
    new = _keep_items(session, portal, started, {key for one in lists for key in one.keys})
    if sound:
        read = {hashlib.sha256(one.url.encode()).hexdigest(): one for one in lists if one.reach is not None}
        for part in parts(list(read)):
            _keep_readings(session, portal, started, {key: read[key] for key in part}, new)
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


def follow(session: Session, old: str, new: str) -> None:
    """Gives what was seen of the lists of a portal that got another id to that one, which may have been audited."""
    ours, theirs = aliased(ItemRow), aliased(ItemRow)
    both = select(ours.key, ours.first, ours.last, theirs.first, theirs.last).join(theirs, theirs.key == ours.key)
    seen = [
        {"of": key, "earliest": min(first, other_first), "latest": max(last, other_last)}
        for key, first, last, other_first, other_last in session.execute(
            both.where(ours.portal == new, theirs.portal == old)
        )
    ]
    if seen:
        these = update(ItemRow).where(ItemRow.portal == new, ItemRow.key == bindparam("of"))
        changed = these.values(first=bindparam("earliest"), last=bindparam("latest"))
        session.connection().execute(changed, seen)
    item, reading_of = aliased(ItemRow), aliased(ListRow)
    taken = (
        (ItemRow, select(item.key).where(item.portal == new, item.key == ItemRow.key)),
        (
            ListRow,
            select(reading_of.key).where(
                reading_of.portal == new, reading_of.key == ListRow.key, reading_of.since == ListRow.since
            ),
        ),
    )
    for table, same in taken:
        moved = update(table).where(table.portal == old, ~same.exists()).values(portal=new)
        session.execute(moved.execution_options(synchronize_session=False))
        session.execute(delete(table).where(table.portal == old))


def _keep_items(session: Session, portal: str, started: dt.datetime, keys: Set[str]) -> Set[str]:
    """Keeps when items were seen; returns those nobody had seen before."""
    new = keys - set(session.scalars(select(ItemRow.key).where(ItemRow.portal == portal)))
    for part in parts(sorted(keys - new)):
        among = (ItemRow.portal == portal, ItemRow.key.in_(part))
        session.execute(update(ItemRow).where(*among, ItemRow.first > started).values(first=started))
        session.execute(update(ItemRow).where(*among, ItemRow.last < started).values(last=started))
    row = {"portal": portal, "first": started, "last": started}
    for part in parts(sorted(new), 1000):
        session.execute(insert(ItemRow), [{**row, "key": key} for key in part])
    return new


def _keep_readings(
    session: Session, portal: str, started: dt.datetime, lists: Mapping[str, ListSeen], new: Set[str]
) -> None:
    """Keeps readings of lists by key. One that reached as far as the last and shows nothing `new` only moves the end of
    that.

    So of what is new in a list the last reading without it is always known.
    """
    among = (ListRow.portal == portal, ListRow.key.in_(lists))
    latest = (
        select(ListRow.key, func.max(ListRow.since).label("since"))
        .where(*among, ListRow.since <= started)
        .group_by(ListRow.key)
        .subquery()
    )
    these = and_(ListRow.portal == portal, ListRow.key == latest.c.key, ListRow.since == latest.c.since)
    known = {row.key: row for row in session.scalars(select(ListRow).join(latest, these))}
    rows = []
    for key, one in lists.items():
        last = known.get(key)
        if last is not None and started <= last.until:
            continue  # judged again, or committed late in the middle of what is known already
        if last is not None and (last.oldest, last.newest) == one.reach and new.isdisjoint(one.keys):
            last.until = started
        elif one.reach is not None:
            row = {"portal": portal, "key": key, "url": one.url, "since": started, "until": started}
            rows.append({**row, "oldest": one.reach[0], "newest": one.reach[1]})
    if rows:
        session.execute(insert(ListRow), rows)
    full = select(ListRow.key).where(*among).group_by(ListRow.key).having(func.count() > READINGS)
    for key in session.scalars(full).all():
        mine = (ListRow.portal == portal, ListRow.key == key)
        old = session.scalars(select(ListRow.since).where(*mine).order_by(ListRow.since.desc()).offset(READINGS)).all()
        session.execute(delete(ListRow).where(*mine, ListRow.since <= max(old)))
