"""From levels to the end: what applies is stretched to the whole, bonus and remarks come on top, a line is passed."""

from __future__ import annotations

import datetime as dt

import pytest

from indicators.case import Case, Mark, Word
from indicators.score import LevelScore, Score, Status
from indicators.scoring import score
from indicators.system import System
from tests.unit.indicators.make import HEAD, TODAY, case, mark, measured, shipped, system

LEAF = '[[leaf]]\nid = "{}"\ntext = "甲"\npoints = {}\n'
TWO = system(
    '[[group]]\nid = "1"\ntitle = "甲"\npoints = 75\n[[group]]\nid = "2"\ntitle = "乙"\npoints = 25\n'
    + LEAF.format("1.1", 50)
    + LEAF.format("1.2", 25)
    + LEAF.format("2.1", 25)
    + '[[exemption]]\nid = "no-services"\ntitle = "没有服务"\nnodes = ["2"]\n',
    'points = "leaves"\ntotal = 100',
)


def ends(level: LevelScore | None) -> tuple[float, float]:
    """Returns what a level earns at least and at most."""
    assert level is not None
    return level.low, level.high


def marked(made: System, *marks: Mark, **more: object) -> Score:
    """Returns the score of a case of which only people said something."""
    return score(made, case(*marks, **more))


# what does not apply


def test_an_exemption_leaves_three_quarters_that_count_as_the_whole() -> None:
    one = marked(TWO, mark("1.1", 30), mark("1.2", 15), exemptions=frozenset({"no-services"}))
    assert one.factor == pytest.approx(4 / 3)
    assert (one.low, one.high) == (60, 60)
    assert one.total is not None
    assert (one.total.points, one.levels["1"].points, one.levels["1"].low) == (100, 75, 45)
    assert (one.levels["2"].points, one.levels["2"].words) == (0, "不适用")
    assert one.leaves["2.1"].status is Status.NOT_APPLICABLE
    assert one.notes == ("不适用的部分不计，按75分折算为100分（×1.333）", "按“没有服务”不核查相应部分")


def test_a_mark_on_a_group_leaves_it_out_just_so() -> None:
    by_mark = marked(TWO, mark("1.1", 30), mark("1.2", 15), mark("2", word=Word.NOT_APPLICABLE, why="无窗口"))
    assert by_mark.factor == pytest.approx(4 / 3)
    assert (by_mark.low, by_mark.high) == (60, 60)
    assert by_mark.levels["2"].mark == mark("2", word=Word.NOT_APPLICABLE, why="无窗口")


def test_a_mark_on_a_leaf_leaves_out_its_points() -> None:
    one = marked(TWO, mark("1.1", word=Word.NOT_APPLICABLE, why="无"), mark("1.2", 25), mark("2.1", 0))
    assert (one.factor, one.low) == (2, 50)
    assert one.leaves["1.1"].words == "不适用（王芳评定：无）"
    assert one.leaves["1.1"].word is Word.NOT_APPLICABLE


def test_an_exemption_the_portal_does_not_have_changes_nothing() -> None:
    one = marked(TWO, exemptions=frozenset({"departments"}))
    assert (one.factor, one.low, one.high, one.notes) == (1, 0, 100, ())


def test_where_nothing_applies_nothing_is_earned() -> None:
    one = marked(TWO, mark("1", word=Word.NOT_APPLICABLE), mark("2", word=Word.NOT_APPLICABLE))
    assert (one.low, one.high, one.factor) == (0, 0, 1)
    assert (one.measured_share, one.decided_share) == (0, 0)


CARRIED = system(
    '[[group]]\nid = "1"\ntitle = "甲"\npoints = 4\n[[group]]\nid = "2"\ntitle = "乙"\npoints = 4\n'
    + "".join(f'[[leaf]]\nid = "{node}"\ntext = "甲"\n' for node in ("1.1", "1.2", "2.1")),
    'points = "indicators"\ntotal = 8',
)


def test_a_level_keeps_its_points_until_none_of_its_requirements_applies() -> None:
    half = marked(CARRIED, mark("1.1", word=Word.NOT_APPLICABLE), mark("1.2", 1), mark("2.1", 0))
    assert (ends(half.levels["1"]), half.factor, half.low) == ((3, 3), 1, 7)
    none = marked(CARRIED, mark("1.1", word=Word.NOT_APPLICABLE), mark("1.2", word=Word.NOT_APPLICABLE), mark("2.1", 1))
    assert (none.levels["1"].points, none.factor, none.low, none.high) == (0, 2, 6, 6)


# bonus, remarks, the line

BONUS = system(
    LEAF.format("1", 100)
    + '[[group]]\nid = "B"\ntitle = "加分"\nstage = "bonus"\npoints = 30\n'
    + LEAF.format("B.1", 30)
    + '[[remark]]\nid = "R1"\ntext = "通报"\n'
    + 'choices = [{ label = "批评", points = -3 }, { label = "表扬", points = 3 }]\n'
    + '[[remark]]\nid = "R2"\ntext = "转载"\nchoices = [{ label = "转载", points = 1 }]\n',
    'points = "leaves"\ntotal = 100\nbonus_total = 30\nbonus_above = 80\npass_at = 60',
)


@pytest.mark.parametrize(
    ("base", "extra", "low", "high"),
    [
        (90, 10, 100, 100),
        (81, 30, 111, 111),
        (80, 30, 80, 80),
        (50, 30, 50, 50),
        (90, None, 90, 120),
        (80, None, 80, 80),
        (None, 10, 0, 110),
        (None, None, 0, 130),
    ],
)
def test_a_bonus_counts_only_where_the_total_is_above_its_threshold(
    base: float | None, extra: float | None, low: float, high: float
) -> None:
    marks = [mark(node, points) for node, points in (("1", base), ("B.1", extra)) if points is not None]
    one = marked(BONUS, *marks)
    assert (one.low, one.high) == (low, high)
    assert ends(one.bonus) == ((0, 30) if extra is None else (extra, extra))


def test_without_a_threshold_a_bonus_always_counts() -> None:
    made = system(
        LEAF.format("1", 100)
        + '[[group]]\nid = "B"\ntitle = "加分"\nstage = "bonus"\npoints = 5\n'
        + LEAF.format("B.1", 5),
        'points = "leaves"\ntotal = 100',
    )
    assert marked(made, mark("1", 0), mark("B.1", 5)).low == 5


def test_the_threshold_looks_at_the_stretched_total() -> None:
    made = system(
        LEAF.format("1", 50)
        + LEAF.format("2", 50)
        + '[[group]]\nid = "B"\ntitle = "加分"\nstage = "bonus"\npoints = 5\n'
        + LEAF.format("B.1", 5),
        'points = "leaves"\ntotal = 100\nbonus_above = 80',
    )
    one = marked(made, mark("1", 45), mark("2", word=Word.NOT_APPLICABLE), mark("B.1", 5))
    assert (one.low, one.high) == (95, 95)


def test_remarks_are_added_when_people_say_so() -> None:
    one = marked(BONUS, mark("1", 70), mark("R1", -3), mark("R2", 1))
    assert [remark.points for remark in one.remarks] == [-3, 1]
    assert (one.low, one.high) == (68, 68)
    none = marked(BONUS, mark("1", 70))
    assert [remark.points for remark in none.remarks] == [None, None]
    assert none.low == 70


@pytest.mark.parametrize(("points", "passed"), [(59, False), (60, True), (100, True), (None, None)])
def test_a_line_is_passed_or_missed_once_the_total_is_certain(points: float | None, passed: bool | None) -> None:
    assert marked(BONUS, *([] if points is None else [mark("1", points)])).passed is passed


def test_a_system_without_a_line_passes_nobody() -> None:
    assert marked(TWO, mark("1.1", 50), mark("1.2", 25), mark("2.1", 25)).passed is None


# systems without points, and with points only at the top


def test_without_points_requirements_are_counted_by_how_they_came_out() -> None:
    made = shipped("siping-2022")
    names = [leaf.id for leaf in made.leaves if leaf.decide == "manual"]
    marks = [
        mark(names[0], word=Word.MET),
        mark(names[1], word=Word.MET),
        mark(names[2], word=Word.NOT_MET),
        mark(names[3], word=Word.NOT_APPLICABLE),
    ]
    one = marked(made, *marks)
    words = {word: one.words(word) for word in (Word.MET, Word.NOT_MET, Word.NOT_APPLICABLE, None)}
    assert words == {Word.MET: 2, Word.NOT_MET: 1, Word.NOT_APPLICABLE: 1, None: 81}
    assert (one.total, one.bonus, one.low, one.high) == (None, None, 0, 0)
    assert one.decided_share == pytest.approx(3 / 84)
    assert one.measured_share == 0


def test_without_points_the_share_is_that_of_requirements() -> None:
    look = 'decide = "auto"\nrule = { kind = "presence", check = "search_hits", findings = ["unclassified"] }\n'
    made = system("".join(f'[[leaf]]\nid = "{n}"\ntext = "甲"\n' + (look if n == 1 else "") for n in (1, 2, 3, 4)))
    one = score(made, case(measured("search_hits"), mark("2", word=Word.MET)))
    assert (one.measured_share, one.decided_share) == (0.25, 0.5)


def test_points_only_at_the_top_stay_open_until_a_person_gives_them() -> None:
    made = shipped("langao-2023")
    checks = [measured(name) for name in ("search_hits", "update_freshness", "policy_linkage", "empty_columns")]
    one = score(made, case(*checks))
    assert {name: ends(one.levels[name]) for name in "12345"} == {
        "1": (0, 38),
        "2": (0, 14),
        "3": (0, 10),
        "4": (0, 25),
        "5": (0, 13),
    }
    assert (one.low, one.high, one.decided_share) == (0, 100, 0)
    one = score(made, case(*checks, mark("1", 30), mark("3", 99)))
    assert (ends(one.levels["1"]), ends(one.levels["3"])) == ((30, 30), (10, 10))
    assert (one.low, one.high, one.decided_share) == (40, 92, 0.48)


def test_marks_below_the_top_say_nothing_about_points() -> None:
    made = shipped("langao-2023")
    first = made.leaves[0].id
    one = marked(made, mark(first, word=Word.NOT_MET))
    assert one.leaves[first].word is Word.NOT_MET
    assert ends(one.levels["1"]) == (0, 38)


# what a reader must know


def test_an_unusable_audit_scores_nothing() -> None:
    made = shipped("national-2019")
    checks = [measured(name) for name in ("broken_links", "search_hits", "update_freshness", "policy_linkage")]
    one = score(made, case(*checks, unusable="采集不完整"))
    assert (one.low, one.high, one.measured_share, one.passed) == (0, 130, 0, None)
    assert {leaf.status for leaf in one.leaves.values()} == {Status.PERSON, Status.NOT_MEASURED}
    assert one.notes[0] == "本次核查不计分：采集不完整"


def test_a_day_outside_of_the_dates_of_a_system_is_said() -> None:
    def notes(day: dt.date, *dates: str) -> tuple[str, ...]:
        made = system(LEAF.format("1", 1), 'points = "leaves"\ntotal = 1', head=HEAD + "\n".join(dates) + "\n")
        return score(made, Case("qinhe", "a1", day)).notes

    begin, end = "effective_from = 2026-01-01", "effective_until = 2026-12-31"
    assert notes(dt.date(2025, 12, 31), begin) == ("核查日2025-12-31不在本体系适用期内（2026-01-01至）",)
    assert notes(dt.date(2027, 1, 1), begin, end) == ("核查日2027-01-01不在本体系适用期内（2026-01-01至2026-12-31）",)
    assert notes(dt.date(2026, 1, 1), begin, end) == notes(dt.date(2026, 12, 31), begin, end) == ()
    assert notes(TODAY) == ()


def test_a_restated_document_is_said_to_be_one() -> None:
    assert marked(shipped("national-2019")).notes == ("本体系条款文字为转述，用于正式评估前须与公报原文核对",)
    assert marked(shipped("wuwei-2020")).notes == ()
