"""From leaves to levels: no finding is deducted twice, and no level loses more than it has."""

from __future__ import annotations

import pytest

from indicators.case import Case, Defect, Measured, Standing, Word
from indicators.score import LevelScore, Scale, Score, Status
from indicators.scoring import score
from indicators.system import System
from tests.unit.indicators.make import case, defect, defects, draw, mark, measured, member, system

SUSPECT = Standing.SUSPECT
LINKS = measured("broken_links")
FIVE = 'points = "indicators"\ntotal = 5'
HOME_LEAF = """
[[leaf]]
id = "1.1"
text = "首页链接"
decide = "auto"
rule = { kind = "deduct", check = "broken_links", level = ["home"], each = 0.5, unmeasured = ["not_measured_home"] }
"""
ALL_LEAF = """
[[leaf]]
id = "1.2"
text = "所有链接"
decide = "auto"
rule = { kind = "deduct", check = "broken_links", each = 0.25 }
"""
TOP = '[[group]]\nid = "1"\ntitle = "可用性"\npoints = 5\n'
BOTH = system(TOP + HOME_LEAF + ALL_LEAF, FIVE)


def fold(made: System, *parts: Measured | Defect, **more: object) -> Score:
    """Returns the score of a case of those parts."""
    return score(made, case(*parts, **more))


def ends(level: LevelScore) -> tuple[float, float]:
    """Returns what a level earns at least and at most."""
    return level.low, level.high


def shown(one: Score, leaf: str) -> list[tuple[str, float, str]]:
    """Returns the findings a leaf speaks of: subject, cost here, leaf charged before."""
    reading = one.leaves[leaf].reading
    assert reading is not None
    return [(charge.defect.subject, charge.amount, charge.elsewhere) for charge in reading.charges]


# one finding, one deduction


def test_a_finding_is_charged_to_the_first_leaf_and_shown_with_its_name_at_the_others() -> None:
    one = fold(BOTH, LINKS, defect("dns", "a", level="home"), defect("dns", "b", level="other"))
    assert one.leaves["1.1"].lost == (0.5, 0.5)
    assert one.leaves["1.2"].lost == (0.25, 0.25)
    assert shown(one, "1.1") == [("a", 0.5, "")]
    assert shown(one, "1.2") == [("b", 0.25, ""), ("a", 0, "1.1")]
    assert one.leaves["1.2"].words == "确认1个×0.25分＝0.25分；1个已在其他条款计扣，不重复扣分"


def test_the_first_leaf_is_the_first_declared() -> None:
    made = system(TOP + ALL_LEAF + HOME_LEAF, FIVE)
    one = fold(made, LINKS, defect("dns", "a", level="home"))
    assert (one.leaves["1.2"].lost, one.leaves["1.1"].lost) == ((0.25, 0.25), (0, 0))


def test_a_suspect_widens_only_the_first_leaf_it_may_cost() -> None:
    one = fold(BOTH, LINKS, defect("dns", "a", SUSPECT, level="home"))
    assert (one.leaves["1.1"].lost, one.leaves["1.2"].lost) == ((0, 0.5), (0, 0))
    assert ends(one.levels["1"]) == (4.5, 5)


def test_a_suspect_charged_elsewhere_settles_nothing() -> None:
    rule = 'check = "broken_links", findings = ["dns"]'
    made = system(
        f"""
[[leaf]]
id = "1"
text = "每处"
points = 5
decide = "auto"
rule = {{ kind = "deduct", {rule}, each = 0.5 }}

[[leaf]]
id = "2"
text = "全部"
points = 2
decide = "auto"
rule = {{ kind = "presence", {rule} }}
""",
        'points = "leaves"\ntotal = 7',
    )
    links = measured("broken_links", good=8, skipped=1)
    before, after = fold(made, links), fold(made, links, defect("dns", standing=SUSPECT))
    assert before.leaves["2"].lost == (0.0, 2.0)  # 8 of 9 seen: too few to say that none is wrong
    assert after.low <= before.low


def test_findings_set_aside_or_closed_are_charged_nowhere() -> None:
    one = fold(BOTH, LINKS, defect("dns", "a", Standing.SET_ASIDE, level="home"), defect("dns", "b", Standing.CLOSED))
    assert ends(one.levels["1"]) == (5, 5)
    assert shown(one, "1.1") == [("a", 0, "")]
    assert shown(one, "1.2") == [("a", 0, "")]


def test_a_draw_and_a_deduction_share_their_findings() -> None:
    body = """
[[group]]
id = "1"
title = "搜索"
points = 5

[[leaf]]
id = "1.1"
text = "抽查"
decide = "auto"
[leaf.rule]
kind = "sample"
check = "search_hits"
findings = ["title_missed"]
draw = "search_titles"
size = 1
each = 1

[[leaf]]
id = "1.2"
text = "全部"
decide = "auto"
rule = { kind = "deduct", check = "search_hits", findings = ["title_missed"], each = 0.5 }
"""
    drawn = draw("search_titles", [member("t0", "fail"), member("t1", "fail")])
    found = measured("search_hits", draws=drawn)
    missed = (defect("title_missed", "t0"), defect("title_missed", "t1"))
    one = fold(system(body, FIVE), found, *missed)
    assert (one.leaves["1.1"].lost, one.leaves["1.2"].lost) == ((1, 1), (0.5, 0.5))
    assert shown(one, "1.2") == [("t1", 0.5, ""), ("t0", 0, "1.1")]


def test_a_leaf_that_waits_for_a_person_charges_nothing() -> None:
    made = system(TOP + HOME_LEAF.replace("auto", "assisted") + ALL_LEAF, FIVE)
    one = fold(made, LINKS, defect("dns", "a", level="home"))
    assert one.leaves["1.1"].status is Status.PERSON
    assert one.leaves["1.1"].words == "建议：确认1个×0.5分＝0.5分；须人工认定"
    assert one.leaves["1.2"].lost == (0.25, 0.25)


@pytest.mark.parametrize(("deducted", "rest"), [(0.5, 0), (0, 0.25)])
def test_a_leaf_a_person_deducts_from_is_charged_with_its_findings(deducted: float, rest: float) -> None:
    made = system(TOP + HOME_LEAF.replace("auto", "assisted") + ALL_LEAF, FIVE)
    one = score(made, case(LINKS, defect("dns", "a", level="home"), mark("1.1", deducted)))
    assert one.leaves["1.1"].lost == (deducted, deducted)
    assert one.leaves["1.2"].lost == (rest, rest)


def test_a_leaf_that_does_not_apply_charges_nothing() -> None:
    one = score(BOTH, case(LINKS, defect("dns", "a", level="home"), mark("1.1", word=Word.NOT_APPLICABLE)))
    assert one.leaves["1.1"].status is Status.NOT_APPLICABLE
    assert one.leaves["1.2"].lost == (0.25, 0.25)


def test_where_there_are_no_points_every_requirement_is_judged_for_itself() -> None:
    rule = 'decide = "auto"\nrule = { kind = "presence", check = "broken_links", findings = ["dns"] }\n'
    made = system("".join(f'[[leaf]]\nid = "{n}"\ntext = "甲"\n{rule}' for n in (1, 2)))
    one = fold(made, LINKS, defect("dns"))
    assert [leaf.word for leaf in one.leaves.values()] == [Word.NOT_MET, Word.NOT_MET]


VETO = """
[[group]]
id = "V"
title = "单项否决"
stage = "veto"

[[leaf]]
id = "V.1"
text = "链接失效"
decide = "auto"
rule = { kind = "veto", check = "broken_links" }
"""


def test_a_veto_and_a_deduction_may_rest_on_one_finding() -> None:
    one = fold(system(VETO + TOP + HOME_LEAF, FIVE), LINKS, defect("dns", level="home"))
    assert len(one.vetoes()) == 1
    assert one.leaves["1.1"].lost == (0.5, 0.5)


# levels


def test_a_level_never_loses_more_than_its_points() -> None:
    found = (*defects("dns", 6, level="home"), *defects("dns", 12, level="other"))
    one = fold(BOTH, LINKS, *found)
    assert (one.leaves["1.1"].lost, one.leaves["1.2"].lost) == ((3, 3), (3, 3))
    assert ends(one.levels["1"]) == (0, 0)
    assert one.levels["1"].words == "5－5＝0分（各项共扣6分，以5分为限）"


def test_a_leaf_never_loses_more_than_the_most_it_may_cost() -> None:
    capped = system(TOP + HOME_LEAF + ALL_LEAF.replace('decide = "auto"', 'most = 1\ndecide = "auto"'), FIVE)
    one = fold(capped, LINKS, *defects("dns", 12, level="other"))
    assert (one.leaves["1.2"].stake, one.leaves["1.2"].lost) == (1, (1, 1))
    assert ends(one.levels["1"]) == (4, 4)


def test_doubts_of_all_leaves_widen_the_level() -> None:
    one = fold(BOTH, LINKS, defect("dns", "a", SUSPECT, level="home"), *defects("dns", 2, SUSPECT), defect("dns", "z"))
    assert ends(one.levels["1"]) == (3.75, 4.75)


def test_points_of_leaves_add_up_level_by_level() -> None:
    leaf = '[[leaf]]\nid = "{}"\ntext = "甲"\npoints = {}\n'
    made = system(
        '[[group]]\nid = "1"\ntitle = "甲"\npoints = 5\n[[group]]\nid = "1.1"\ntitle = "乙"\npoints = 3\n'
        + leaf.format("1.1.1", 2)
        + leaf.format("1.1.2", 1)
        + leaf.format("1.2", 2),
        'points = "leaves"\ntotal = 5',
        head='format = 1\nid = "own"\nversion = 1\ntitle = "指标"\nsource = "某市"\nlevels = ["一", "二"]\n',
    )
    one = score(made, case(mark("1.1.1", 1.5), mark("1.2", 2)))
    assert ends(one.levels["1.1"]) == (1.5, 2.5)
    assert ends(one.levels["1"]) == (3.5, 4.5)
    assert one.leaves["1.1.1"].earned == (1.5, 1.5)
    assert one.leaves["1.1.2"].earned == (0.0, 1.0)
    assert one.total is not None
    assert ends(one.total) == (3.5, 4.5)


def test_unscored_requirements_are_said_in_words_and_move_no_points() -> None:
    made = system(
        '[[leaf]]\nid = "1"\ntext = "甲"\npoints = 5\n[[leaf]]\nid = "2"\ntext = "乙"\nunscored = true',
        'points = "leaves"\ntotal = 5',
    )
    one = score(made, case(mark("1", 4), mark("2", word=Word.NOT_MET)))
    assert (one.leaves["2"].scale, one.leaves["2"].word) == (Scale.WORD, Word.NOT_MET)
    assert (one.low, one.high, one.leaves["2"].weight) == (4, 4, 0)
    assert one.decided_share == 1


def test_only_groups_are_levels_and_only_leaves_without_points_have_words() -> None:
    one = fold(BOTH, LINKS)
    assert set(one.levels) == {"1"}
    assert [leaf.word for leaf in one.leaves.values()] == [None, None]


def test_the_weight_of_a_leaf_is_its_part_of_the_total() -> None:
    # 1.1 and 1.2 may each cost all 5 points of their level
    assert [leaf.weight for leaf in fold(BOTH, LINKS).leaves.values()] == [2.5, 2.5]
    words = system("".join(f'[[leaf]]\nid = "{n}"\ntext = "甲"\n' for n in (1, 2)))
    assert [leaf.weight for leaf in score(words, case()).leaves.values()] == [1, 1]


# who decided


def test_a_leaf_says_who_decided_it() -> None:
    def status(made: Case) -> Status:
        return score(BOTH, made).leaves["1.1"].status

    assert status(case(LINKS)) is Status.DECIDED
    assert status(case(LINKS, defect("dns", level="home"))) is Status.DECIDED
    assert status(case(LINKS, defect("dns", standing=SUSPECT, level="home"))) is Status.RANGE
    assert status(case()) is Status.NOT_MEASURED
    assert status(case(LINKS, mark("1.1", 0.5))) is Status.MARKED
    assert status(case(LINKS, mark("1", word=Word.NOT_APPLICABLE))) is Status.NOT_APPLICABLE
    assert score(BOTH, case(LINKS)).leaves["1.1"].settled
    assert not score(BOTH, case()).leaves["1.1"].settled


def test_an_assisted_leaf_may_be_cleared_by_the_machine_and_charged_by_people_only() -> None:
    made = system(TOP + HOME_LEAF.replace('"auto"', '"assisted"\nclears = true'), FIVE)
    clean, bad = fold(made, LINKS), fold(made, LINKS, defect("dns", level="home"))
    assert (clean.leaves["1.1"].status, ends(clean.levels["1"])) == (Status.DECIDED, (5, 5))
    assert (bad.leaves["1.1"].status, ends(bad.levels["1"])) == (Status.PERSON, (0, 5))
    unsure = fold(made, measured("broken_links", metrics={"not_measured_home": 1.0}))
    assert unsure.leaves["1.1"].status is Status.PERSON


def test_a_tier_a_person_picks_from_is_open_only_within_its_bands() -> None:
    made = system(
        """
[[leaf]]
id = "1"
text = "检索"
points = 5
decide = "assisted"
[leaf.rule]
kind = "tier"
check = "search_hits"
metric = "keyword_hits_min"
bands = [{ at_least = 6, low = 3, high = 4 }, { at_most = 5, low = 0, high = 2 }]
""",
        'points = "leaves"\ntotal = 5',
    )
    one = fold(made, measured("search_hits", metrics={"keyword_hits_min": 7.0}))
    assert (one.leaves["1"].status, one.leaves["1"].earned) == (Status.PERSON, (3, 4))
    assert (one.decided_share, one.low, one.high) == (0, 3, 4)
