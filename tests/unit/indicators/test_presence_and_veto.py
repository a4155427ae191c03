"""All or nothing: what presences and vetoes make of findings, and every rule of a check that says nothing."""

from __future__ import annotations

import dataclasses

import pytest

from checks.base import Outcome
from checks.registry import check
from indicators.case import Case, Standing
from indicators.reader import Reader
from indicators.system import AutoRule, Band, Bonus, Deduct, Presence, Proportion, Sample, Tier, Veto
from tests.unit.indicators.make import case, defect, defects, measured, read

LINKS = measured("broken_links")
DEAD = Deduct(check="broken_links", findings=("not_found", "dns"), each=0.25)
NO_DEAD = Presence(check="broken_links", findings=("not_found", "dns"))
SUSPECT = Standing.SUSPECT

EVERY_RULE: tuple[AutoRule, ...] = (
    Veto(check="broken_links"),
    DEAD,
    NO_DEAD,
    Sample(check="broken_links", draw="policies", size=3, each=1),
    Presence(check="broken_links", metrics=("links",)),
    Proportion(check="broken_links", metric="broken_share"),
    Tier(check="broken_links", metric="broken", bands=(Band(low=1, high=1),)),
    Bonus(check="broken_links", metrics=("checked",), each=1),
)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize(
    ("made", "why"),
    [
        (case(), "本次核查未包含“链接有效性”"),
        (case(measured("broken_links", outcome=Outcome.NOT_MEASURED, reason="deadline")), "超出本次核查的时间上限"),
        (case(measured("broken_links", outcome=Outcome.NOT_MEASURED, reason="unheard")), "unheard"),
        (case(measured("broken_links", outcome=Outcome.NOT_APPLICABLE, reason="无外部链接")), "无外部链接"),
        (case(measured("broken_links", outcome=Outcome.ERROR, reason="KeyError: 3")), "核查程序出错"),
        (case(LINKS, unusable="覆盖不足"), "覆盖不足"),
    ],
    ids=["not audited", "not measured", "unknown reason", "not applicable", "broken", "unusable"],
)
def test_where_a_check_says_nothing_all_is_open(rule: AutoRule, made: Case, why: str) -> None:
    made = dataclasses.replace(made, defects=defects("not_found", 2))
    reading = read(rule, made, 2.0)
    assert (reading.least, reading.most, reading.measured) == (0, 2, 0)
    assert (reading.unmeasured, reading.words) == (why, f"未能判定：{why}")
    assert (reading.charges, reading.draw, reading.met) == ((), None, None)


# presence


def test_one_certain_finding_takes_all() -> None:
    reading = read(NO_DEAD, case(LINKS, *defects("dns", 3)), 2.0)
    assert (reading.least, reading.most, reading.words) == (2, 2, "确认3个问题")


def test_nothing_found_where_everything_was_seen_is_granted() -> None:
    reading = read(NO_DEAD, case(LINKS), 2.0)
    assert (reading.least, reading.most, reading.measured, reading.words) == (0, 0, 1, "未发现问题")


def test_one_suspect_leaves_it_to_a_person() -> None:
    reading = read(NO_DEAD, case(LINKS, *defects("dns", 1, SUSPECT)), 2.0)
    assert (reading.least, reading.most) == (0, 2)
    assert reading.words == "未发现问题；疑似1个，须人工核实"


@pytest.mark.parametrize(("good", "gap", "most"), [(9, 1, 0), (8, 1, 2), (0, 1, 2), (90, 10, 0), (89, 10, 2)])
def test_nine_in_ten_must_have_been_seen_before_nothing_is_wrong(good: int, gap: int, most: float) -> None:
    assert read(NO_DEAD, case(measured("broken_links", good=good, skipped=gap)), 2.0).most == most


def test_a_gap_too_small_to_matter_is_still_told() -> None:
    reading = read(NO_DEAD, case(measured("broken_links", good=90, skipped=10)))
    assert (reading.words, reading.unmeasured) == ("未发现问题；未能判定10个", "")


def test_a_subject_good_in_several_ways_was_seen_once() -> None:
    rule = Presence(check="broken_links", findings=("not_found", "hijacked"))
    reading = read(rule, case(measured("broken_links", good={"unusable": 90, "hijacked": 90}, skipped=20)))
    assert (reading.most, round(reading.measured, 2)) == (1, round(90 / 110, 2))


def test_many_good_documents_do_not_stand_for_columns_nobody_saw() -> None:
    half = measured("empty_columns", good={"column": 5, "blank_document": 1000}, skipped=5)
    assert read(Presence(check="empty_columns"), case(half)).most == 1


def test_good_links_elsewhere_do_not_stand_for_links_of_the_home_page_nobody_saw() -> None:
    rule = Presence(check="broken_links", findings=("dns",), level=("home",), unmeasured=("not_measured_home",))
    made = case(measured("broken_links", good={"unusable": 5000}, metrics={"not_measured_home": 40.0}))
    assert read(rule, made).most == 1


# veto


def five(rule_count: int, certain: int, suspects: int = 0, gap: int = 0) -> tuple[bool | None, float, float]:
    """Returns whether a veto at so many is met, and its range."""
    rule = Veto(check="empty_columns", findings=("empty_list",), at_least=rule_count)
    found = (*defects("empty_list", certain), *defects("empty_list", suspects, SUSPECT))
    reading = read(rule, case(measured("empty_columns", skipped=gap), *found), scored=False)
    return reading.met, reading.least, reading.most


def test_a_veto_is_met_by_certain_findings_only() -> None:
    assert five(5, 5) == (True, 1, 1)
    assert five(5, 6, suspects=3) == (True, 1, 1)
    assert five(5, 4) == (False, 0, 0)
    assert five(1, 0) == (False, 0, 0)


def test_doubts_that_may_complete_a_veto_leave_it_open() -> None:
    assert five(5, 4, suspects=1) == (None, 0, 1)
    assert five(5, 4, gap=1) == (None, 0, 1)
    assert five(5, 3, suspects=1) == (False, 0, 0)
    assert five(5, 2, suspects=1, gap=1) == (False, 0, 0)


def test_a_veto_says_how_it_came_about() -> None:
    rule = Veto(check="empty_columns", findings=("empty_list",), at_least=2)
    met = case(measured("empty_columns"), *defects("empty_list", 2), *defects("empty_list", 1, SUSPECT))
    assert read(rule, met).words == "确认2个，达到2个即否决；另有疑似1个；建议否决，须经人工确认"
    assert [charge.amount for charge in read(rule, met).charges] == [0, 0, 0]
    spared = case(measured("empty_columns"), *defects("empty_list", 2, Standing.SET_ASIDE))
    assert read(rule, spared).words == "确认0个，达到2个即否决，未触发"


def test_a_veto_nobody_looked_for_is_open() -> None:
    rule = Veto(check="update_freshness", findings=("home_stale",))
    reading = read(rule, case(measured("update_freshness", good={"stale": 9})))
    assert (reading.met, reading.least, reading.most, reading.measured) == (None, 0, 1, 0)
    assert reading.unmeasured == "未核查到：首页未更新"


def test_a_veto_asks_first_whether_there_is_anything_to_look_at() -> None:
    rule = Veto(check="update_freshness", findings=("column_stale",), needs="columns_news")
    reading = read(rule, case(measured("update_freshness", metrics={"columns_news": 0.0})))
    assert (reading.met, reading.least, reading.most, reading.unmeasured) == (None, 0, 1, "未发现动态要闻类栏目")


def test_a_veto_of_many_findings_nobody_looked_for_is_open_too() -> None:
    rule = Veto(check="update_freshness", findings=("column_stale", "undated"), at_least=5)
    reading = read(rule, case(measured("update_freshness", good={"home_stale": 1})))
    assert (reading.met, reading.least, reading.most, reading.measured) == (None, 0, 1, 0)


def test_a_veto_half_of_whose_kinds_nobody_looked_for_is_open() -> None:
    rule = Veto(check="empty_columns", findings=("empty_list", "blank_document"), at_least=5)
    reading = read(rule, case(measured("empty_columns", good={"blank_document": 9})))
    assert (reading.met, reading.least, reading.most) == (None, 0, 1)


def test_results_of_an_older_check_are_used_and_said_to_be_old() -> None:
    for rule in (DEAD, NO_DEAD, Veto(check="broken_links", findings=("dns",))):
        new = read(rule, case(LINKS))
        old = read(rule, case(measured("broken_links", version=1)))
        assert old.words == f"{new.words}（依据第1版检查规则的结果，现行为第{check('broken_links').META.version}版）"
        assert (old.least, old.most) == (new.least, new.most)


def test_a_presence_is_not_taken_by_what_was_charged_before() -> None:
    one = defect("dns")
    reading = Reader(case(LINKS, one), charged={one.key: "1"}).read(NO_DEAD, 2.0, scored=True)
    assert (reading.least, reading.most) == (0, 0)
    assert reading.words == "未另计问题；1个已在其他条款计扣，不重复扣分"


def test_a_clause_about_columns_of_the_first_rank_is_not_met_by_deeper_ones_for_certain() -> None:
    rule = Veto(
        check="update_freshness",
        findings=("column_stale",),
        column_kind=("news", "policy"),
        first_level=("policy",),
        at_least=5,
    )
    fresh = measured("update_freshness")
    three = defects("column_stale", 3, column_kind="news", level="other")
    deep = tuple(defect("column_stale", f"deep{n}", column_kind="policy", level="other") for n in range(2))
    first = tuple(defect("column_stale", f"first{n}", column_kind="policy", level="second") for n in range(2))
    assert read(rule, case(fresh, *three, *first), 1.0).met is True
    open_ = read(rule, case(fresh, *three, *deep), 1.0)
    assert (open_.met, open_.least, open_.most) == (None, 0, 1)
    assert open_.words == "确认3个，达到5个即否决；另有是否属于本条所指栏目待定2个，尚不能排除"
