"""A draw is judged as assessors do: the first so many by the seed, each as it stands now, with the census beside it."""

from __future__ import annotations

import pytest

from checks.base import DrawMember
from indicators.case import Defect, Standing
from indicators.reader import Reader
from indicators.reading import Reading
from indicators.system import Sample
from tests.unit.indicators.make import case, defect, defects, draw, measured, member, read

TITLES = Sample(check="search_hits", findings=("title_missed",), draw="search_titles", size=4, each=1)
NO_TITLES = Sample(check="search_hits", findings=("title_missed",), draw="search_titles", size=4)


def titles(results: str, rest: str = "") -> tuple[list[DrawMember], list[DrawMember]]:
    """Returns members and rest of a draw: + was found, - was missed, ? could not be judged."""
    words = {"+": "pass", "-": "fail", "?": "not_measured"}
    made = [member(f"t{n}", words[sign]) for n, sign in enumerate(results + rest)]
    return made[: len(results)], made[len(results) :]


def judged(results: str, rest: str = "", candidates: int | None = None, rule: Sample = TITLES) -> Reading:
    """Returns the reading of a draw of titles; every title that was missed has its finding."""
    members, others = titles(results, rest)
    missed = [defect("title_missed", one.subject) for one in (*members, *others) if one.result == "fail"]
    drawn = draw("search_titles", members, others, candidates)
    return read(rule, case(measured("search_hits", draws=drawn), *missed), 4.0 if rule.each else 1.0)


def test_every_drawn_member_that_failed_costs_its_amount() -> None:
    reading = judged("+--+")
    assert (reading.least, reading.most, reading.measured, reading.unmeasured) == (2, 2, 1, "")
    assert reading.words == "随机抽取4个已发布信息的标题（共4个，种子s1），2个不符合×1分＝2分"
    assert [(charge.defect.subject, charge.amount) for charge in reading.charges] == [("t1", 1), ("t2", 1)]


def test_the_first_of_the_ranking_are_drawn_and_the_rest_is_census() -> None:
    reading = judged("+++", "-----+")
    assert reading.draw is not None
    assert [one.subject for one in reading.draw.members] == ["t0", "t1", "t2", "t3"]
    assert reading.draw.results == ("pass", "pass", "pass", "fail")
    assert reading.draw.census == {"pass": 4, "fail": 5}
    assert (reading.least, reading.most) == (1, 1)
    assert reading.words.endswith("（共9个，种子s1），1个不符合×1分＝1分；全部9个中5个不符合")
    assert [charge.defect.subject for charge in reading.charges] == ["t3"]


def test_of_a_larger_draw_only_the_first_are_asked() -> None:
    reading = judged("++++--")
    assert (reading.least, reading.most) == (0, 0)
    assert reading.draw is not None
    assert (len(reading.draw.members), reading.draw.census) == (4, {"pass": 4, "fail": 2})


def test_fewer_candidates_than_the_clause_asks_for_are_all_checked() -> None:
    reading = judged("-+")
    assert (reading.least, reading.most, reading.measured) == (1, 1, 1)
    assert reading.words.endswith("1个不符合×1分＝1分（不足4个，全部核查）")


def test_a_member_nobody_could_judge_is_open() -> None:
    reading = judged("-+?+")
    assert (reading.least, reading.most, reading.measured) == (1, 2, 0.75)
    assert reading.unmeasured == "抽中的1个未能判定"
    assert reading.words.endswith("1个不符合×1分＝1分；1个未能判定")


def test_members_that_should_have_been_drawn_are_open() -> None:
    reading = judged("-+", candidates=30)
    assert (reading.least, reading.most, reading.measured) == (1, 3, 0.5)


def test_a_draw_stops_at_its_stake() -> None:
    rule = Sample(check="search_hits", findings=("title_missed",), draw="search_titles", size=4, each=3)
    members, rest = titles("---?")
    missed = [defect("title_missed", one.subject) for one in members[:3]]
    made = case(measured("search_hits", draws=draw("search_titles", members, rest)), *missed)
    assert (read(rule, made, 4.0).least, read(rule, made, 4.0).most) == (4, 4)


@pytest.mark.parametrize("drawn", [{}, draw("search_titles", ()), draw("other", [member("a", "fail")])])
def test_without_a_draw_all_is_open(drawn: object) -> None:
    made = case(measured("search_hits", draws=drawn), defect("title_missed", "t0"))
    reading = read(TITLES, made, 4.0)
    assert (reading.least, reading.most, reading.measured) == (0, 4, 0)
    assert reading.words == "没有可抽查的已发布信息的标题，须人工核实"
    assert [charge.amount for charge in reading.charges] == [0]


def standing(state: Standing | None) -> Reading:
    """Returns the reading of a draw of one member that failed and whose finding stands like that now."""
    found = [] if state is None else [defect("title_missed", "t0", state)]
    return read(TITLES, case(measured("search_hits", draws=draw("search_titles", [member("t0", "fail")])), *found), 4.0)


@pytest.mark.parametrize(
    ("state", "result", "least", "most"),
    [
        (None, "fail", 1, 1),
        (Standing.CERTAIN, "fail", 1, 1),
        (Standing.SUSPECT, "not_measured", 0, 1),
        (Standing.CLOSED, "pass", 0, 0),
        (Standing.SET_ASIDE, "pass", 0, 0),
    ],
)
def test_a_member_counts_as_its_finding_stands_now(
    state: Standing | None, result: str, least: float, most: float
) -> None:
    reading = standing(state)
    assert reading.draw is not None
    assert (reading.draw.results, reading.draw.census) == ((result,), {result: 1})
    assert (reading.least, reading.most) == (least, most)


def test_a_finding_of_another_kind_does_not_excuse_a_member() -> None:
    made = case(
        measured("search_hits", draws=draw("search_titles", [member("t0", "fail")])),
        defect("unclassified", "t0", Standing.CLOSED),
    )
    assert read(TITLES, made, 4.0).least == 1


def test_one_member_that_failed_is_enough_where_there_are_no_points() -> None:
    assert (judged("+-++", rule=NO_TITLES).least, judged("+-++", rule=NO_TITLES).most) == (1, 1)
    assert (judged("++++", rule=NO_TITLES).least, judged("++++", rule=NO_TITLES).most) == (0, 0)
    assert (judged("++?+", rule=NO_TITLES).least, judged("++?+", rule=NO_TITLES).most) == (0, 1)
    assert judged("+-++", rule=NO_TITLES).words == "随机抽取4个已发布信息的标题（共4个，种子s1），1个不符合"


TO_POLICY = Sample(
    check="policy_linkage",
    findings=("policy_not_linked",),
    draw="interpretations",
    size=3,
    result="to_policy",
    each=0.5,
)
TO_INTERPRETATION = Sample(
    check="policy_linkage",
    findings=("interpretation_not_linked",),
    draw="interpretations",
    size=3,
    result="to_interpretation",
    each=0.5,
)


def pair(number: int, forth: str, back: str, policy: int | None = None) -> DrawMember:
    """Returns a drawn interpretation that does (not) lead to its policy, and is (not) led to from there."""
    url = f"p{number if policy is None else policy}"
    return member(f"i{number}", "fail", to_policy=forth, to_interpretation=back, policy_url=url)


def test_a_result_may_lie_in_a_fact_of_the_member() -> None:
    drawn = draw("interpretations", [pair(1, "fail", "pass"), pair(2, "pass", "fail"), pair(3, "fail", "pass")])
    found = [
        defect("policy_not_linked", "i1"),
        defect("policy_not_linked", "i3"),
        defect("interpretation_not_linked", "p2"),
    ]
    made = case(measured("policy_linkage", draws=drawn), *found)
    forth, back = read(TO_POLICY, made, 1.5), read(TO_INTERPRETATION, made, 1.5)
    assert (forth.least, back.least) == (1, 0.5)
    assert [charge.defect.subject for charge in forth.charges] == ["i1", "i3"]
    assert [charge.defect.subject for charge in back.charges] == ["p2"]


def test_a_fact_that_is_missing_is_open() -> None:
    drawn = draw("interpretations", [member("i1", "pass", policy_url="p1")])
    reading = read(TO_POLICY, case(measured("policy_linkage", draws=drawn)), 1.5)
    assert (reading.least, reading.most) == (0, 0.5)


def test_a_finding_about_the_policy_of_a_member_is_its_own() -> None:
    drawn = draw("interpretations", [pair(1, "pass", "fail")])
    made = case(measured("policy_linkage", draws=drawn), defect("interpretation_not_linked", "p1", Standing.SET_ASIDE))
    assert read(TO_INTERPRETATION, made, 1.5).most == 0


def shared(standing: Standing) -> Reading:
    """Returns the reading of two interpretations of one policy that leads to neither, and has one finding."""
    drawn = draw("interpretations", [pair(1, "pass", "fail", 7), pair(2, "pass", "fail", 7)])
    found = defect("interpretation_not_linked", "p7", standing)
    return read(TO_INTERPRETATION, case(measured("policy_linkage", draws=drawn), found), 1.5)


def test_two_members_with_one_finding_are_deducted_once() -> None:
    reading = shared(Standing.CERTAIN)
    assert (reading.least, reading.most) == (0.5, 0.5)
    assert [charge.amount for charge in reading.charges] == [0.5]
    assert "2个不符合×0.5分＝1分，其中1个与前者是同一问题，只扣一次" in reading.words
    assert shared(Standing.SET_ASIDE).most == 0


def test_two_members_with_one_suspect_may_be_deducted_once() -> None:
    reading = shared(Standing.SUSPECT)
    assert (reading.least, reading.most) == (0, 0.5)


def test_a_member_charged_before_costs_nothing_and_is_said_to() -> None:
    members, rest = titles("--+?")
    first, second = (defect("title_missed", subject) for subject in ("t0", "t1"))
    made = case(measured("search_hits", draws=draw("search_titles", members, rest)), first, second)
    for scored, least in ((True, 1), (False, 2)):
        reader = Reader(made, charged={first.key: "4.1"})
        assert reader.read(TITLES, 4.0, scored=scored).least == least
    reading = Reader(made, charged={first.key: "4.1"}).read(TITLES, 4.0, scored=True)
    assert reading.most == 2
    assert "，其中1个已在其他条款计扣；1个未能判定" in reading.words
    assert [(charge.amount, charge.elsewhere) for charge in reading.charges] == [(0, "4.1"), (1, "")]


WITH_CLASSES = Sample(
    check="search_hits", findings=("title_missed",), draw="search_titles", size=2, also=("unclassified", "no_search")
)


@pytest.mark.parametrize(
    ("results", "beside", "good", "least", "most"),
    [
        ("++", (), 1, 0, 0),
        ("+-", (), 1, 1, 1),
        ("++", defects("unclassified", 1), 1, 1, 1),
        ("++", defects("unclassified", 1, Standing.SUSPECT), 1, 0, 1),
        ("+?", defects("no_search", 1), 1, 1, 1),
        ("+?", (), 1, 0, 1),
        ("++", (), 0, 0, 1),
    ],
)
def test_what_else_a_clause_asks_for_may_not_fail_either(
    results: str, beside: tuple[Defect, ...], good: int, least: float, most: float
) -> None:
    members, rest = titles(results)
    missed = [defect("title_missed", one.subject) for one in members if one.result == "fail"]
    found = measured("search_hits", good=good, draws=draw("search_titles", members, rest))
    reading = read(WITH_CLASSES, case(found, *missed, *beside), scored=False)
    assert (reading.least, reading.most) == (least, most)


def test_the_words_of_a_clause_name_both_of_its_parts() -> None:
    members, rest = titles("+?")
    made = case(measured("search_hits", draws=draw("search_titles", members, rest)), *defects("unclassified", 1))
    reading = read(WITH_CLASSES, made, scored=False)
    assert reading.words.startswith("随机抽取2个已发布信息的标题")
    assert reading.words.endswith("；同条其他要求：确认1个问题")
    assert reading.unmeasured == "抽中的1个未能判定"
    assert reading.measured == 0.75
    assert [charge.defect.kind for charge in reading.charges] == ["unclassified"]
