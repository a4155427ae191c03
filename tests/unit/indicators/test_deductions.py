"""Deductions: every certain finding costs its amount, doubts only widen the range, and nothing is lost twice."""

from __future__ import annotations

from indicators.case import Standing
from indicators.reader import Reader
from indicators.system import Deduct, Presence
from tests.unit.indicators.make import case, defects, measured, read

LINKS = measured("broken_links")
FRESH = measured("update_freshness")
DEAD = Deduct(check="broken_links", findings=("not_found", "dns"), each=0.25)
SUSPECT = Standing.SUSPECT


def test_every_certain_finding_costs_its_amount() -> None:
    reading = read(DEAD, case(LINKS, *defects("not_found", 2), *defects("dns", 1)), 2.0)
    assert (reading.least, reading.most, reading.measured) == (0.75, 0.75, 1)
    assert reading.words == "确认3个×0.25分＝0.75分"
    assert [(charge.defect.kind, charge.amount) for charge in reading.charges] == [
        ("not_found", 0.25),
        ("not_found", 0.25),
        ("dns", 0.25),
    ]


def test_a_deduction_stops_at_its_stake() -> None:
    reading = read(DEAD, case(LINKS, *defects("not_found", 9)), 2.0)
    assert (reading.least, reading.most) == (2, 2)
    assert reading.words == "确认9个×0.25分＝2.25分，按上限扣2分"


def test_suspects_widen_only_the_upper_end_of_the_loss() -> None:
    reading = read(DEAD, case(LINKS, *defects("not_found", 1), *defects("dns", 2, SUSPECT)), 2.0)
    assert (reading.least, reading.most, reading.measured) == (0.25, 0.75, 1)
    assert reading.words == "确认1个×0.25分＝0.25分；疑似2个，最多再扣0.5分"
    assert [charge.amount for charge in reading.charges] == [0.25, 0, 0]
    assert reading.unmeasured == ""


def test_what_nobody_could_measure_may_cost_as_much() -> None:
    made = case(measured("broken_links", good=6, skipped=2), *defects("not_found", 2))
    reading = read(DEAD, made, 2.0)
    assert (reading.least, reading.most, reading.measured) == (0.5, 1.0, 0.8)
    assert reading.unmeasured == "未能判定2个"
    assert reading.words == "确认2个×0.25分＝0.5分；未能判定2个，最多再扣0.5分"


def test_doubts_too_stop_at_the_stake() -> None:
    made = case(measured("broken_links", skipped=500), *defects("not_found", 7))
    assert (read(DEAD, made, 2.0).least, read(DEAD, made, 2.0).most) == (1.75, 2)


def test_a_rule_may_say_which_metrics_count_the_unmeasured() -> None:
    rule = Deduct(check="broken_links", level=("home",), unmeasured=("not_measured_home",), each=0.25)
    made = case(measured("broken_links", skipped=90, metrics={"not_measured_home": 1.0, "not_measured_other": 89.0}))
    assert (read(rule, made).most, read(rule, made).unmeasured) == (0.25, "未能判定1个")
    nothing = Deduct(check="broken_links", unmeasured=(), each=0.25)
    assert (read(nothing, made).most, read(nothing, made).unmeasured) == (0, "")


def test_findings_of_other_kinds_and_checks_cost_nothing() -> None:
    made = case(LINKS, measured("search_hits"), *defects("timeout", 3), *defects("title_missed", 3))
    assert read(DEAD, made).most == 0


def test_a_rule_without_kinds_means_all_kinds_of_its_check() -> None:
    rule = Deduct(check="broken_links", each=0.25)
    made = case(LINKS, *defects("not_found", 1), *defects("hijacked", 1), *defects("title_missed", 1))
    assert read(rule, made).least == 0.5


def test_a_level_leaves_out_the_other_pages() -> None:
    made = case(
        LINKS,
        *defects("not_found", 1, level="home"),
        *defects("not_found", 2, level="second"),
        *defects("not_found", 4, level="other"),
    )
    lost = [
        read(Deduct(check="broken_links", level=level, each=1), made, 9.0).least
        for level in ((), ("home",), ("second", "other"))
    ]
    assert lost == [7, 1, 6]


STALE = Deduct(check="update_freshness", findings=("column_stale", "undated"), column_kind=("news",), each=1)


def test_a_column_kind_leaves_out_the_other_columns() -> None:
    made = case(FRESH, *defects("column_stale", 1, column_kind="news"), *defects("column_stale", 2, column_kind="plan"))
    assert (read(STALE, made, 5.0).least, read(STALE, made, 5.0).most) == (1, 1)


def test_a_finding_that_does_not_say_its_column_kind_may_be_meant() -> None:
    made = case(FRESH, *defects("column_stale", 1, column_kind="news"), *defects("undated", 2))
    reading = read(STALE, made, 5.0)
    assert (reading.least, reading.most) == (1, 3)
    assert reading.words == "确认1个×1分＝1分；是否属于本条所指栏目待定2个，最多再扣2分"


def test_without_a_column_kind_in_the_rule_none_is_missed() -> None:
    rule = Deduct(check="update_freshness", findings=("column_stale",), each=1)
    assert read(rule, case(FRESH, *defects("column_stale", 2)), 5.0).least == 2


def test_closed_findings_are_gone_and_set_aside_ones_are_shown_without_cost() -> None:
    made = case(LINKS, *defects("not_found", 3, Standing.CLOSED), *defects("dns", 2, Standing.SET_ASIDE))
    reading = read(DEAD, made, 2.0)
    assert (reading.least, reading.most) == (0, 0)
    assert reading.words == "确认0个×0.25分＝0分；2个已剔除或豁免，不计"
    assert [(charge.defect.standing, charge.amount) for charge in reading.charges] == [(Standing.SET_ASIDE, 0)] * 2


def test_a_kind_nobody_looked_for_leaves_the_whole_stake_open() -> None:
    made = case(measured("broken_links", good={}))
    reading = read(DEAD, made, 2.0)
    assert (reading.least, reading.most, reading.measured) == (0, 2, 0)
    assert reading.unmeasured == "未核查到链接目标不存在、链接域名无法解析"


def test_half_of_the_kinds_looked_for_is_half_measured() -> None:
    rule = Deduct(check="ipv6_support", findings=("no_aaaa", "unreachable"), each=1)
    reading = read(rule, case(measured("ipv6_support", good={"no_aaaa": 1})))
    assert (reading.least, reading.most, reading.measured) == (0, 1, 0.5)
    assert reading.unmeasured == "未核查到IPv6无法访问"


def test_kinds_of_one_group_are_looked_for_together() -> None:
    assert read(DEAD, case(measured("broken_links", good={"unusable": 1}))).most == 0
    stale = case(measured("update_freshness", good={"home_stale": 1}), *defects("undated", 1, Standing.CLOSED))
    assert read(STALE, stale).most == 0


def test_a_kind_implied_by_another_is_looked_for_with_it() -> None:
    rule = Presence(check="broken_links", findings=("private_address", "hijacked"))
    assert read(rule, case(measured("broken_links", good={"unusable": 1}))).most == 0
    assert read(rule, case(measured("broken_links", good={"private": 1}))).most == 1


def test_what_must_be_there_to_be_looked_at_is_asked_for_first() -> None:
    rule = Deduct(check="update_freshness", findings=("column_stale",), needs="columns_news", each=1)
    for metrics, why in (({"columns_news": 0.0}, "未发现动态要闻类栏目"), ({}, "未统计动态要闻类栏目")):
        reading = read(rule, case(measured("update_freshness", metrics=metrics), *defects("column_stale", 1)))
        assert (reading.least, reading.most, reading.measured, reading.unmeasured) == (0, 1, 0, why)
    there = measured("update_freshness", metrics={"columns_news": 1.0})
    assert read(rule, case(there, *defects("column_stale", 1))).least == 1


def test_a_finding_charged_before_costs_nothing_where_points_are_at_stake() -> None:
    one, two = defects("not_found", 2)
    for scored, least in ((True, 0.25), (False, 0.5)):
        reader = Reader(case(LINKS, one, two), charged={one.key: "4.3.1"})
        reading = reader.read(DEAD, 1.0, scored=scored)
        assert reading.least == least
    reading = Reader(case(LINKS, one, two), charged={one.key: "4.3.1"}).read(DEAD, 1.0, scored=True)
    assert reading.words == "确认1个×0.25分＝0.25分；1个已在其他条款计扣，不重复扣分"
    assert {charge.defect.key: (charge.amount, charge.elsewhere) for charge in reading.charges} == {
        one.key: (0, "4.3.1"),
        two.key: (0.25, ""),
    }
