"""The arithmetic of the gate on plain values."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.portal.model import Site, World
from tests.quality.gate import Gate, raised
from tests.quality.score import TRAP_REQUESTS, Said, compare, manners

HOME = "http://a.gov.cn/"
ALL = frozenset({"a"})


@pytest.fixture
def truth() -> World:
    """Returns a world of one site with two defects and one trap."""
    world = World(dt.date(2026, 10, 21), 1)
    world.sites.append(Site("a", "甲", HOME, "1", never=("/out",), bounded=("/cal/",)))
    world.expect("a", "broken_links", "not_found", HOME + "gone", "gone")
    world.expect("a", "search_hits", "no_search", "", "none")
    world.trap("a", "broken_links", HOME + "fine", "403")
    return world


def _said(kind: str, subject: str, check: str = "broken_links") -> Said:
    return Said("a", check, kind, subject)


def test_all_found_and_nothing_else(truth: World) -> None:
    score = compare(truth, [_said("not_found", HOME + "gone"), _said("no_search", "search", "search_hits")], [], ALL)
    assert {tuple(f.values()) for f in score.figures().values()} == {(1.0, 1.0)}
    assert not (score.false or score.missed or score.trapped)


def test_another_kind_of_the_same_subject_is_wrong_and_missed(truth: World) -> None:
    score = compare(truth, [_said("timeout", HOME + "gone")], [], ALL)
    assert score.figures()["broken_links"] == {"precision": 0.0, "recall": 0.0}
    assert score.figures()["broken_links/timeout"] == {"precision": 0.0, "recall": 1.0}


def test_a_trap_that_catches_is_named(truth: World) -> None:
    score = compare(truth, [_said("not_found", HOME + "fine")], [], ALL)
    assert len(score.trapped) == 1 and "403" in score.trapped[0]


def test_a_subject_may_carry_a_direction(truth: World) -> None:
    score = compare(truth, [_said("not_found", f"{HOME}gone forward")], [], ALL)
    assert score.tallies["broken_links"].found == 1


def test_drawn_titles_decide_what_a_search_missed(truth: World) -> None:
    truth.sites[0].unindexed = frozenset({HOME + "lost", HOME + "never-drawn"})
    members = [{"subject": HOME + "lost"}, {"subject": HOME + "known"}]
    results = [{"portal": "a", "check": "search_hits", "draws": [{"members": members}]}]
    found = [_said("title_missed", HOME + "lost", "search_hits"), _said("title_missed", HOME + "known", "search_hits")]
    score = compare(truth, found, results, ALL)
    tally = score.tallies["search_hits/title_missed"]
    assert (tally.right, tally.wrong, tally.found, tally.missed) == (1, 1, 1, 0)


def test_bad_manners_are_counted(truth: World) -> None:
    asked = [("a.gov.cn", "/out?x")] + [("a.gov.cn", f"/cal/{n}") for n in range(TRAP_REQUESTS + 1)]
    assert len(manners(truth, asked, ALL)) == 2
    assert manners(truth, asked[1:-1], ALL) == []


def test_floors_only_rise() -> None:
    old = {"a": {"precision": 1.0, "recall": 0.9}, "b": {"precision": 0.5, "recall": 0.5}}
    new = raised(old, {"a": {"precision": 0.5, "recall": 0.95}, "c": {"precision": 1.0, "recall": 1.0}})
    assert new == {
        "a": {"precision": 1.0, "recall": 0.95},
        "b": {"precision": 0.5, "recall": 0.5},
        "c": {"precision": 1.0, "recall": 1.0},
    }


def test_the_target_binds_where_no_floor_is_pinned(truth: World) -> None:
    gate = Gate(compare(truth, [], [], ALL), [])
    assert any("recall 0.0000 < 0.9800" in line for line in gate.failures({}))
