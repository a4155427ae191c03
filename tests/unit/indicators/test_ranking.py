"""Portals side by side: a place is certain only where ranges do not touch."""

from __future__ import annotations

import dataclasses

import pytest

from indicators.case import Mark, Word
from indicators.ranking import ends, ranked
from indicators.score import Score
from indicators.scoring import score
from tests.unit.indicators.make import case, mark, system

POINTS = system(
    """
[[group]]
id = "V"
title = "单项否决"
stage = "veto"

[[leaf]]
id = "V.1"
text = "甲"

[[leaf]]
id = "1"
text = "乙"
points = 60

[[leaf]]
id = "2"
text = "丙"
points = 40
""",
    'points = "leaves"\ntotal = 100',
)
WORDS = system("".join(f'[[leaf]]\nid = "{n}"\ntext = "甲"\n' for n in range(1, 5)))


def of(portal: str, *marks: Mark) -> Score:
    """Returns the score of a portal of which people said that; what they did not say is open."""
    return score(POINTS, dataclasses.replace(case(*marks), portal=portal))


def places(*scores: Score) -> list[tuple[str, int, int]]:
    """Returns portal, best and worst place in the order of the ranking."""
    return [(one.score.case.portal, one.best, one.worst) for one in ranked(scores, {})]


A_HIGH = of("a", mark("1", 60), mark("2", 30))  # 90
B_LOW = of("b", mark("1", 20), mark("2", 30))  # 50
C_OPEN = of("c", mark("1", 45))  # 45 to 85
D_OPEN = of("d", mark("2", 40))  # 40 to 100


def test_portals_whose_ranges_do_not_touch_have_certain_places() -> None:
    assert places(B_LOW, A_HIGH) == [("a", 1, 1), ("b", 2, 2)]


def test_a_range_makes_a_place_a_range() -> None:
    # c may end below or above b, but never above a
    assert places(A_HIGH, B_LOW, C_OPEN) == [("a", 1, 1), ("c", 2, 3), ("b", 2, 3)]
    # d may end anywhere
    assert places(A_HIGH, B_LOW, D_OPEN) == [("a", 1, 2), ("d", 1, 3), ("b", 2, 3)]


def test_equal_portals_share_their_places_and_stand_by_id() -> None:
    same = [of(name, mark("1", 30), mark("2", 30)) for name in ("z", "y")]
    assert places(*same) == [("y", 1, 2), ("z", 1, 2)]


def test_a_confirmed_veto_stands_behind_all_others() -> None:
    vetoed = of("v", mark("1", 60), mark("2", 40), mark("V.1", word=Word.CONFIRMED))
    assert places(vetoed, B_LOW, D_OPEN) == [("d", 1, 2), ("b", 1, 2), ("v", 3, 3)]
    (last,) = [one for one in ranked([vetoed, B_LOW], {}) if one.vetoed]
    assert (last.low, last.high) == (100, 100)


def test_a_dismissed_veto_is_none() -> None:
    spared = of("v", mark("1", 60), mark("2", 40), mark("V.1", word=Word.DISMISSED))
    assert places(spared, B_LOW) == [("v", 1, 1), ("b", 2, 2)]


def test_a_change_is_told_where_there_was_a_last_time() -> None:
    last = {"a": of("a", mark("1", 50)), "b": B_LOW}  # a: 50 to 90
    assert {one.score.case.portal: one.change for one in ranked([A_HIGH, B_LOW, C_OPEN], last)} == {
        "a": (40, 0),
        "b": (0, 0),
        "c": None,
    }


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ([], 0, 100),
        ([Word.MET, Word.MET, Word.NOT_MET], 50, 75),
        ([Word.MET, Word.MET, Word.NOT_MET, Word.NOT_APPLICABLE], 66.67, 66.67),
        ([Word.NOT_APPLICABLE] * 4, 0, 0),
    ],
)
def test_without_points_the_share_of_what_is_met_counts(said: list[Word], low: float, high: float) -> None:
    marks = [mark(str(n), word=word) for n, word in enumerate(said, 1)]
    assert ends(score(WORDS, case(*marks))) == (low, high)
