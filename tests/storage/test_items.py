"""First sights of items and readings of lists: kept with an audit, the same whenever they are asked for, bounded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.history import History, ListReading
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import reading
from storage.items import READINGS, ListSeen, history, keep_lists
from storage.models import ItemRow, ListRow
from tests.storage.make import audit, metas, result

LIST = "https://www.yun.example/tz/"
A, B, C = "a" * 32, "b" * 32, "c" * 32


def at(day: int) -> dt.datetime:
    return audit(day).started


def saw(engine: Engine, day: int, keys: Sequence[str], reach: tuple[int, int] | None, *, sound: bool = True) -> None:
    """Commits an audit of that day that read the one list; `reach` are days of February."""
    days = None if reach is None else (dt.date(2026, 2, reach[0]), dt.date(2026, 2, reach[1]))
    lists = [ListSeen(LIST, tuple(keys), days)]
    commit_audit(
        engine,
        audit(day),
        [result()],
        metas=metas,
        also=lambda session: keep_lists(session, "yun", at(day), lists, sound=sound),
    )


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def read(day: int, oldest: int, newest: int) -> ListReading:
    return ListReading(march(day), dt.date(2026, 2, oldest), dt.date(2026, 2, newest))


def test_what_was_known_before_an_audit_is_the_same_for_ever(engine: Engine) -> None:
    saw(engine, 1, [A], (1, 20))
    saw(engine, 2, [A], (1, 20))
    saw(engine, 3, [A, B], (1, 20))
    before = history(engine, "yun", at(5))
    assert before == History({A: march(1), B: march(3)}, {LIST: (read(2, 1, 20), read(3, 1, 20))})
    saw(engine, 5, [B, C], (2, 24))
    assert history(engine, "yun", at(5)) == before
    after = history(engine, "yun", at(6))
    assert after.items == {A: march(1), B: march(3), C: march(5)}
    assert after.lists == {LIST: (read(2, 1, 20), read(3, 1, 20), read(5, 2, 24))}
    assert history(engine, "yun", at(2)) == History({A: march(1)}, {LIST: (read(1, 1, 20),)})
    assert history(engine, "another", at(6)) == History()


def test_a_degraded_audit_sees_items_and_proves_no_absence(engine: Engine) -> None:
    saw(engine, 1, [A], (1, 20), sound=False)
    assert history(engine, "yun", at(2)) == History({A: march(1)}, {})


def test_an_older_audit_committed_late_takes_its_place_in_the_past(engine: Engine) -> None:
    saw(engine, 5, [A], (2, 24))
    saw(engine, 2, [A], (1, 20))
    assert history(engine, "yun", at(6)) == History({A: march(2)}, {LIST: (read(2, 1, 20), read(5, 2, 24))})


def test_the_same_audit_again_adds_nothing(engine: Engine) -> None:
    saw(engine, 1, [A], (1, 20))
    saw(engine, 3, [A], (1, 20))
    known = history(engine, "yun", at(4))
    commit_audit(  # judged again, with another result
        engine,
        audit(3),
        [result(passed=["https://a.example/"])],
        metas=metas,
        also=lambda session: keep_lists(
            session, "yun", at(3), [ListSeen(LIST, (A,), (dt.date(2026, 2, 1), dt.date(2026, 2, 20)))], sound=True
        ),
    )
    assert history(engine, "yun", at(4)) == known


def test_what_is_long_gone_is_forgotten_and_readings_are_bounded(engine: Engine) -> None:
    saw(engine, 1, [A], (1, 20))
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(ItemRow)) == 1
    start = dt.datetime(2027, 8, 1, tzinfo=CHINA)

    def every_day(session: Session) -> None:
        for n in range(READINGS + 5):
            reach = (dt.date(2027, 1, 1), dt.date(2027, 1, 2) + dt.timedelta(days=n))
            keep_lists(session, "yun", start + dt.timedelta(days=n), [ListSeen(LIST, (B,), reach)], sound=True)

    commit_audit(engine, audit(2), [result()], metas=metas, also=every_day)
    with reading(engine) as session:
        assert list(session.scalars(select(ItemRow.key))) == [B]
        assert session.scalar(select(func.count()).select_from(ListRow)) == READINGS
        assert session.scalar(select(func.max(ListRow.since))) == start + dt.timedelta(days=READINGS + 4)
