"""What people decide wins over what rules say; a veto is a proposal until a person confirms it."""

from __future__ import annotations

import pytest

from indicators.case import Mark, Standing, Word
from indicators.score import Scale, Score, Status
from indicators.scoring import score
from indicators.system import System
from tests.unit.indicators.make import case, defect, defects, mark, measured, one_leaf, system

LINKS = measured("broken_links")
BAD = defects("dns", 3)
DEDUCT = 'rule = { kind = "deduct", check = "broken_links", each = 0.5 }'
AUTO = one_leaf(f'decide = "auto"\n{DEDUCT}', 4)
ASSISTED = one_leaf(f'decide = "assisted"\n{DEDUCT}', 4)
MANUAL = one_leaf("", 4)


@pytest.mark.parametrize("made", [AUTO, ASSISTED, MANUAL], ids=["auto", "assisted", "manual"])
def test_points_a_person_gives_win_over_every_rule(made: System) -> None:
    one = score(made, case(LINKS, *BAD, mark("1", 3.5)))
    assert (one.low, one.high) == (3.5, 3.5)
    assert one.leaves["1"].status is Status.MARKED
    assert (one.measured_share, one.decided_share) == (0, 1)


@pytest.mark.parametrize(("given", "kept"), [(99, 4), (-1, 0), (0, 0)])
def test_points_given_stay_within_the_points_there_are(given: float, kept: float) -> None:
    one = score(MANUAL, case(mark("1", given)))
    assert (one.low, one.high) == (kept, kept)


def test_a_marked_leaf_still_tells_what_the_machine_found() -> None:
    one = score(AUTO, case(LINKS, *BAD, mark("1", 3.5, why="已整改"))).leaves["1"]
    assert one.words == "3.5分（王芳评定：已整改）；系统核查：确认3个×0.5分＝1.5分"
    assert one.reading is not None
    assert one.reading.least == 1.5
    assert score(MANUAL, case(mark("1", 3))).leaves["1"].words == "3分（王芳评定）"


def test_what_waits_for_a_person_says_so() -> None:
    assert score(MANUAL, case()).leaves["1"].words == "由人工评定"
    assert score(ASSISTED, case(LINKS, *BAD)).leaves["1"].words == "建议：确认3个×0.5分＝1.5分；须人工认定"
    assert (score(ASSISTED, case(LINKS, *BAD)).low, score(ASSISTED, case(LINKS, *BAD)).high) == (0, 4)


SCOPE = system(
    f"""
[[group]]
id = "1"
title = "甲"
points = 4

[[leaf]]
id = "1.1"
text = "乙"
decide = "auto"
{DEDUCT}

[[leaf]]
id = "1.2"
text = "丙"
most = 1
""",
    'points = "indicators"\ntotal = 4',
)


def test_where_a_level_carries_the_points_a_mark_says_what_is_deducted() -> None:
    one = score(SCOPE, case(LINKS, *BAD, mark("1.2", 0.5)))
    assert one.leaves["1.2"].scale is Scale.SCOPE
    assert one.leaves["1.2"].words == "扣0.5分（王芳评定）"
    assert (one.low, one.high, one.levels["1"].words) == (2, 2, "4－2＝2分")


def test_a_deduction_stays_within_the_most_a_leaf_may_cost() -> None:
    assert score(SCOPE, case(LINKS, mark("1.2", 3))).low == 3


def test_a_mark_on_the_level_itself_settles_it_whole() -> None:
    one = score(SCOPE, case(LINKS, *BAD, mark("1", 3)))
    assert (one.low, one.high) == (3, 3)
    assert (one.levels["1"].by_people, one.levels["1"].words) == (4, "3分（王芳评定）")
    assert score(SCOPE, case(mark("1", 99))).low == 4


def test_shares_split_a_level_by_what_its_leaves_may_cost() -> None:
    one = score(SCOPE, case(LINKS))
    assert (one.levels["1"].automatic, one.levels["1"].waiting) == (3.2, 0.8)
    assert one.measured_share == one.decided_share == 0.8
    one = score(SCOPE, case(LINKS, mark("1.2", 1)))
    assert one.measured_share == 0.8
    assert one.decided_share == 1


def test_a_range_counts_as_measured_as_far_as_it_was() -> None:
    one = score(AUTO, case(measured("broken_links", good={"unusable": 3}, skipped=1)))
    assert (one.low, one.high, one.measured_share) == (3.5, 4, 0.75)


def test_a_level_that_cannot_move_any_more_is_settled_whatever_is_open_below() -> None:
    one = score(SCOPE, case(LINKS, *defects("dns", 8)))
    assert (one.low, one.high, one.measured_share) == (0, 0, 1)


WORD = one_leaf('decide = "auto"\nrule = { kind = "presence", check = "broken_links" }')


@pytest.mark.parametrize(
    ("marks", "word"),
    [
        ((), Word.NOT_MET),
        ((mark("1", word=Word.MET),), Word.MET),
        ((mark("1", word=Word.NOT_MET),), Word.NOT_MET),
        ((mark("1", word=Word.NOT_APPLICABLE),), Word.NOT_APPLICABLE),
    ],
)
def test_a_word_wins_over_every_rule(marks: tuple[Mark, ...], word: Word) -> None:
    assert score(WORD, case(LINKS, *BAD, *marks)).leaves["1"].word is word


def test_a_word_nobody_said_and_nothing_settles_is_open() -> None:
    one = score(WORD, case(LINKS, *defects("dns", 1, Standing.SUSPECT)))
    assert (one.leaves["1"].word, one.words(None)) == (None, 1)
    assert score(WORD, case(LINKS)).leaves["1"].word is Word.MET


def test_marks_of_nodes_that_are_not_there_are_passed_over() -> None:
    assert score(MANUAL, case(mark("9", 1), mark("8", word=Word.NOT_APPLICABLE))).high == 4


# vetoes

VETO = system(
    """
[[group]]
id = "V"
title = "单项否决"
stage = "veto"

[[leaf]]
id = "V.1"
text = "空白栏目"
decide = "auto"
rule = { kind = "veto", check = "empty_columns", findings = ["empty_list"], at_least = 5 }

[[leaf]]
id = "1"
text = "甲"
points = 100
""",
    'points = "leaves"\ntotal = 100\npass_at = 60',
)
EMPTY = measured("empty_columns")
PASSING = mark("1", 70)


def vetoed(count: int, *marks: Mark, standing: Standing = Standing.CERTAIN) -> Score:
    """Returns the score of a portal with so many empty columns and 70 points."""
    return score(VETO, case(EMPTY, PASSING, *defects("empty_list", count, standing), *marks))


def test_a_veto_that_is_met_is_only_proposed() -> None:
    one = vetoed(5)
    assert [leaf.leaf.id for leaf in one.vetoes()] == ["V.1"]
    assert (one.leaves["V.1"].status, one.leaves["V.1"].word) == (Status.PERSON, None)
    assert one.vetoes(Word.CONFIRMED) == ()
    assert one.passed is None


def test_a_veto_that_is_confirmed_fails_the_portal_whatever_its_points() -> None:
    one = vetoed(5, mark("V.1", word=Word.CONFIRMED))
    assert [leaf.leaf.id for leaf in one.vetoes(Word.CONFIRMED)] == ["V.1"]
    assert (one.vetoes(), one.passed, one.low) == ((), False, 70)


def test_a_veto_that_is_dismissed_is_gone() -> None:
    one = vetoed(5, mark("V.1", word=Word.DISMISSED))
    assert (one.vetoes(), one.passed) == ((), True)
    assert [leaf.leaf.id for leaf in one.vetoes(Word.DISMISSED)] == ["V.1"]


def test_a_person_may_confirm_what_the_machine_did_not_propose() -> None:
    assert vetoed(0, mark("V.1", word=Word.CONFIRMED)).passed is False


def test_a_veto_that_is_not_met_lets_the_portal_pass() -> None:
    one = vetoed(4)
    assert (one.vetoes(), one.passed) == ((), True)
    assert (one.leaves["V.1"].status, one.leaves["V.1"].settled) == (Status.DECIDED, True)


def test_a_veto_that_may_be_met_leaves_the_end_open() -> None:
    one = vetoed(5, standing=Standing.SUSPECT)
    assert (one.vetoes(), one.passed) == ((), None)


@pytest.mark.parametrize("node", ["V.1", "V"])
def test_a_veto_that_does_not_apply_is_none(node: str) -> None:
    one = vetoed(5, mark(node, word=Word.NOT_APPLICABLE))
    assert (one.leaves["V.1"].status, one.passed) == (Status.NOT_APPLICABLE, True)
    assert one.vetoes() == ()


def test_vetoes_move_no_points_and_are_counted_among_no_words() -> None:
    one = vetoed(5, mark("V.1", word=Word.CONFIRMED))
    assert one.decided_share == 1
    assert one.words(Word.CONFIRMED) == one.words(None) == 0


def test_points_below_the_line_fail_whatever_the_vetoes_say() -> None:
    one = score(VETO, case(EMPTY, mark("1", 59), *defects("empty_list", 5), defect("empty_list", "z")))
    assert one.passed is False
