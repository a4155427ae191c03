"""Marks of people: the newest of a clause holds, every one is kept, and an older sheet changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from storage.commit import commit_audit
from storage.database import StorageError, open_database
from storage.marks import Kept, MarkView, history, keep_marks, marks
from tests.storage.make import PORTAL, audit, metas, result

MORNING = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
OTHER = replace(PORTAL, id="shan", name="山县人民政府", home="https://www.shan.example/")


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    engine = open_database(place)
    commit_audit(engine, audit(1), [result()], metas=metas)
    commit_audit(engine, audit(1, id="shan-1", portal=OTHER), [result()], metas=metas)
    yield engine
    engine.dispose()


def mark(node: str, points: float | None = None, word: str = "", *, at: dt.datetime = MORNING, **more: str) -> MarkView:
    """Returns what 王芳 said of a clause; neither points nor word takes back what was said before."""
    return MarkView(node, **{"who": "王芳", **more}, at=at, points=points, word=word)


def keep(
    engine: Engine,
    *given: MarkView,
    portal: str = PORTAL.id,
    system: str = "own",
    period: str = "2026",
    basis: dt.datetime = MORNING,
) -> Kept:
    return keep_marks(engine, portal, system, period, given, basis=basis)


def held(
    engine: Engine, portal: str = PORTAL.id, system: str = "own", period: str = "2026"
) -> dict[str, tuple[float | None, str]]:
    return {node: (one.points, one.word) for node, one in marks(engine, portal, system, period).items()}


def told(engine: Engine) -> list[tuple[str, float | None, str]]:
    return [(one.node, one.points, one.word) for one in history(engine, PORTAL.id, "own", "2026")]


def test_a_mark_comes_back_as_it_was_given(engine: Engine) -> None:
    china = dt.timezone(dt.timedelta(hours=8))
    given = mark("1.1", 1.5, at=MORNING.astimezone(china), why="无\n说明", source="a.xlsx sha256:00")
    assert keep(engine, given) == Kept(new=(given,))
    (kept,) = marks(engine, PORTAL.id, "own", "2026").values()
    assert kept == given and kept.at.utcoffset() == dt.timedelta(0)
    assert kept.says() == (1.5, "", "无\n说明") and not kept.withdrawn


def test_of_a_clause_the_newest_mark_holds_and_all_are_kept(engine: Engine) -> None:
    keep(engine, mark("1", 1.0), mark("2", word="met"))
    keep(engine, mark("1", 0.0, at=MORNING + HOUR), basis=MORNING)
    keep(engine, mark("1", word="not_applicable", at=MORNING + 2 * HOUR), basis=MORNING + HOUR)
    assert held(engine) == {"1": (None, "not_applicable"), "2": (None, "met")}
    assert told(engine) == [("1", 1.0, ""), ("2", None, "met"), ("1", 0.0, ""), ("1", None, "not_applicable")]


def test_no_points_are_no_withdrawal(engine: Engine) -> None:
    keep(engine, mark("1", 0.0))
    assert held(engine) == {"1": (0.0, "")}


def test_a_withdrawn_mark_no_longer_holds_and_stays_in_the_history(engine: Engine) -> None:
    keep(engine, mark("1", 1.0), mark("2", 2.0))
    done = keep(engine, mark("1", at=MORNING + HOUR), basis=MORNING)
    assert [one.withdrawn for one in done.new] == [True]
    assert held(engine) == {"2": (2.0, "")}
    assert told(engine) == [("1", 1.0, ""), ("2", 2.0, ""), ("1", None, "")]


def test_what_was_never_marked_or_is_withdrawn_cannot_be_withdrawn(engine: Engine) -> None:
    assert keep(engine, mark("1")) == Kept()
    keep(engine, mark("1", 1.0))
    keep(engine, mark("1", at=MORNING + HOUR))
    assert keep(engine, mark("1", at=MORNING + 2 * HOUR, why="又一次"), basis=MORNING + HOUR) == Kept()
    assert len(told(engine)) == 2


def test_a_clause_can_be_marked_again_after_it_was_withdrawn(engine: Engine) -> None:
    keep(engine, mark("1", 1.0))
    keep(engine, mark("1", at=MORNING + HOUR))
    assert len(keep(engine, mark("1", 1.0, at=MORNING + 2 * HOUR), basis=MORNING + HOUR).new) == 1
    assert held(engine) == {"1": (1.0, "")}


def test_the_same_mark_again_is_not_new_whoever_gives_it_and_whenever(engine: Engine) -> None:
    keep(engine, mark("1", 1.0, why="见记录"))
    again = mark("1", 1.0, at=MORNING + HOUR, why="见记录", who="李强", source="b.xlsx")
    assert keep(engine, again, basis=MORNING - HOUR) == Kept()
    assert told(engine) == [("1", 1.0, "")]


def test_another_reason_is_another_mark(engine: Engine) -> None:
    keep(engine, mark("1", 1.0, why="见记录"))
    assert len(keep(engine, mark("1", 1.0, at=MORNING + HOUR, why="已改"), basis=MORNING).new) == 1
    assert [one.why for one in marks(engine, PORTAL.id, "own", "2026").values()] == ["已改"]


@pytest.mark.parametrize("later", [mark("1", 2.0, who="李强"), mark("1", who="李强")], ids=["changed", "withdrawn"])
def test_a_sheet_older_than_a_mark_writes_nothing_and_names_the_newer_ones(engine: Engine, later: MarkView) -> None:
    keep(engine, mark("1", 1.0))
    newer = replace(later, at=MORNING + 2 * HOUR)
    keep(engine, newer, basis=MORNING + HOUR)
    before = told(engine)
    done = keep(engine, mark("1", 3.0, at=MORNING + 3 * HOUR), mark("2", 1.0), basis=MORNING + HOUR)
    assert done == Kept(newer=(newer,))
    assert told(engine) == before


def test_a_sheet_made_at_the_moment_of_a_mark_already_knows_it(engine: Engine) -> None:
    keep(engine, mark("1", 1.0))
    assert len(keep(engine, mark("1", 2.0, at=MORNING + HOUR), basis=MORNING).new) == 1


def test_an_older_sheet_that_says_what_holds_may_add_others(engine: Engine) -> None:
    keep(engine, mark("1", 1.0, at=MORNING + 2 * HOUR))
    done = keep(engine, mark("1", 1.0), mark("2", 2.0, at=MORNING + 3 * HOUR), basis=MORNING)
    assert [one.node for one in done.new] == ["2"]
    assert held(engine) == {"1": (1.0, ""), "2": (2.0, "")}


def test_marks_are_kept_all_or_none(engine: Engine) -> None:
    naive = mark("2", 1.0, at=dt.datetime(2026, 3, 2, 8))  # noqa: DTZ001 (a time nobody may store)
    with pytest.raises(Exception, match="without a zone"):
        keep(engine, mark("1", 1.0), naive)
    assert told(engine) == []


@pytest.mark.parametrize("portal", ["nobody", "", "yun'; DROP TABLE mark; --"])
def test_a_portal_nobody_audited_is_refused_and_nothing_is_kept(engine: Engine, portal: str) -> None:
    with pytest.raises(StorageError, match="audit it first"):
        keep(engine, mark("1", 1.0), portal=portal)
    assert history(engine, portal, "own", "2026") == () and told(engine) == []


def test_portals_systems_and_periods_are_told_apart(engine: Engine) -> None:
    keep(engine, mark("1", 1.0))
    keep(engine, mark("1", 2.0), portal=OTHER.id)
    keep(engine, mark("1", 3.0), system="other")
    keep(engine, mark("1", 4.0), period="2026H1")
    keep(engine, mark("1", at=MORNING + HOUR), system="other")
    assert held(engine) == {"1": (1.0, "")}
    assert held(engine, portal=OTHER.id) == {"1": (2.0, "")}
    assert held(engine, system="other") == {}
    assert held(engine, period="2026H1") == {"1": (4.0, "")}
    assert held(engine, period="2026H2") == {}


def test_marks_outlive_the_connection(engine: Engine, place: str) -> None:
    keep(engine, mark("1", 0.1 + 0.2, why="=1+1"))
    engine.dispose()
    again = open_database(place)
    (kept,) = marks(again, PORTAL.id, "own", "2026").values()
    again.dispose()
    assert (kept.points, kept.why) == (0.1 + 0.2, "=1+1")
