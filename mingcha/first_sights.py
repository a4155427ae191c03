"""First sights of items (旧文新发): what a judged audit adds to them, and what was known before one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from checks._first_sights import listed
from mingcha.errors import ImpossibleError
from mingcha.judging import Judgement
from mingcha.opening import opened
from portal.history import History, keys_of, reach_of
from storage.bundle import Header
from storage.items import ListSeen, history, keep_lists
from storage.lifecycle import day_of


def seen_before(header: Header, database: str) -> History:
    """Returns what audits that began before this one saw of the portal's lists. Raises ImpossibleError."""
    with opened(database, ImpossibleError) as engine:
        return history(engine, header.portal.id, header.started)


def keeping(header: Header, judgement: Judgement) -> Callable[[Session], None]:
    """Returns what writes the lists an audit saw, for the transaction of its commit."""
    today = day_of(header.started)
    lists = [
        ListSeen(column.url, tuple(key for item in items for key in keys_of(item)), reach_of(items, today))
        for column, items in listed(judgement.artifacts)
    ]
    return lambda session: keep_lists(session, header.portal.id, header.started, lists, sound=not judgement.degraded)
