"""One portal under the national table, reckoned by hand: what each indicator must come to, and why.

    found for certain                                             indicator            lost
    3 dead links of the home page, 4 of second-level pages        4.3  可用性   1 pt   3×0.2 + 4×0.1 = 1
    1 of 4 titles not found by the search                         4.6  站内搜索 4 pt   1×1
    search results are not classified                             4.6  站内搜索        1
    1 empty column of another kind (plan)                         1.9  其他栏目 4 pt   1×2
    1 of 3 interpretations does not lead to its policy            1.8  解读关联 3 pt   1×0.5
    the home page's host has no AAAA record                       4.10 IPv6改造 1 pt   1

All other indicators a machine can judge are good: 1.4, 1.5, 1.6 (5 points each), 1.7 (3). The rest waits for people.
"""

from __future__ import annotations

import dataclasses

import pytest

from indicators.case import Case, Defect, Measured, Standing, Word
from indicators.score import Status
from indicators.scoring import score
from tests.unit.indicators.make import case, defect, defects, draw, mark, measured, member, shipped

NATIONAL = shipped("national-2019")
LINKED = {"to_policy": "pass", "to_interpretation": "pass"}
CHECKS: tuple[Measured, ...] = (
    measured("broken_links", good=400),
    measured("empty_columns", good=40),
    measured("ipv6_support", good={"nameserver_ipv4_only": 1}),
    measured("reachability", good={"site_unreachable": 1}),
    measured(
        "policy_linkage",
        draws={
            **draw("policies", [member(f"p{n}") for n in range(3)], [member("p9")]),
            **draw(
                "interpretations",
                [
                    member("i0", **LINKED, policy_url="p0"),
                    member("i1", "fail", **{**LINKED, "to_policy": "fail"}, policy_url="p1"),
                    member("i2", **LINKED, policy_url="p2"),
                ],
            ),
        },
    ),
    measured(
        "search_hits",
        draws=draw("search_titles", [member("t0"), member("t1", "fail"), member("t2"), member("t3")], candidates=50),
    ),
    measured("update_freshness", metrics={"columns_news": 4, "columns_policy": 2, "columns_interpretation": 1}),
)
FOUND: tuple[Defect, ...] = (
    *defects("not_found", 2, level="home"),
    defect("timeout", "h3", level="home"),
    *defects("dns", 4, level="second"),
    defect("title_missed", "t1"),
    defect("unclassified", "search"),
    defect("empty_list", "c1", column_kind="plan", level="second"),
    defect("policy_not_linked", "i1"),
    defect("no_aaaa", "www.qinhe.gov.cn", level="home"),
)
CASE = case(*CHECKS, *FOUND)

# indicator: points earned at least and at most, of how many
BY_HAND = {
    # 发布解读: 1.1 to 1.3 wait for people (0 to 2 each); 15 + 3 are earned, 2.5 of 3 and 2 of 4
    "1.1": (0, 2, 2),
    "1.2": (0, 2, 2),
    "1.3": (0, 2, 2),
    "1.4": (5, 5, 5),
    "1.5": (5, 5, 5),
    "1.6": (5, 5, 5),
    "1.7": (3, 3, 3),
    "1.8": (2.5, 2.5, 3),  # 3 － 0.5
    "1.9": (2, 2, 4),  # 4 － 2
    "1": (22.5, 28.5, 31),  # 5+5+5+3+2.5+2, and at most 2+2+2 more
    # 办事服务 and 互动交流: people only
    "2": (0, 25, 25),
    "3": (0, 23, 23),
    # 功能设计
    "4.1": (0, 3, 3),
    "4.2": (0, 3, 3),
    "4.3": (0, 0, 1),  # 1 － (0.6 + 0.4)
    "4.4": (0, 1, 1),
    "4.5": (0, 3, 3),
    "4.6": (2, 2, 4),  # 4 － 1 － 1
    "4.7": (0, 2, 2),
    "4.8": (0, 1, 1),
    "4.9": (0, 2, 2),
    "4.10": (0, 0, 1),  # 1 － 1
    "4": (2, 17, 21),  # 2, and at most 3+3+1+3+2+1+2 = 15 more
}


@pytest.mark.parametrize(("node", "points"), BY_HAND.items())
def test_every_indicator_comes_to_what_a_person_reckons(node: str, points: tuple[float, float, float]) -> None:
    level = score(NATIONAL, CASE).levels[node]
    assert (level.low, level.high, level.points) == points


def test_the_total_lies_between_what_is_earned_and_what_is_not_lost() -> None:
    one = score(NATIONAL, CASE)
    assert one.total is not None
    # at least 22.5 + 0 + 0 + 2; at most 100 less 0.5 + 2 + 1 + 2 + 1 = 6.5
    assert (one.total.low, one.total.high) == (24.5, 93.5)
    # the bonus of up to 30 counts above 80: not at the lower end
    assert (one.low, one.high) == (24.5, 123.5)


def test_the_machine_settled_31_of_100_points() -> None:
    # 1.4 to 1.9: 5+5+5+3+3+4 = 25; 4.3 1, 4.6 4, 4.10 1
    one = score(NATIONAL, CASE)
    assert (one.measured_share, one.decided_share) == (0.31, 0.31)


def test_every_leaf_shows_its_calculation() -> None:
    words = {name: leaf.words for name, leaf in score(NATIONAL, CASE).leaves.items()}
    assert words["4.3.1"] == "确认3个×0.2分＝0.6分"
    assert words["4.3.2"] == "确认4个×0.1分＝0.4分"
    assert words["4.6.1"] == "未发现问题"
    assert words["4.6.2"] == "随机抽取4个已发布信息的标题（共50个，种子s1），1个不符合×1分＝1分"
    assert words["4.6.3"] == "确认1个问题"
    assert words["1.9.1"] == "确认1个×2分＝2分"
    assert words["1.8.1"] == "随机抽取3个对应到本站政策文件的解读材料（共3个，种子s1），1个不符合×0.5分＝0.5分"
    assert words["1.4.1"] == "动态要闻类栏目4个，符合"
    assert words["2.1.1"] == "由人工评定"


def test_no_veto_is_proposed_and_those_of_people_are_open() -> None:
    one = score(NATIONAL, CASE)
    vetoes = {name: leaf.status for name, leaf in one.leaves.items() if name.startswith("V.")}
    decided = [name for name, status in vetoes.items() if status is Status.DECIDED]
    assert decided == ["V.2.1", "V.3.1", "V.4.1", "V.4.3"]
    assert (one.vetoes(), one.passed) == ((), None)


def test_two_more_links_cost_nothing_more_since_the_indicator_is_used_up() -> None:
    more = dataclasses.replace(CASE, defects=(*FOUND, *defects("soft_404", 2, level="other")))
    one = score(NATIONAL, more)
    assert one.leaves["4.3.2"].lost == pytest.approx((0.6, 0.6))
    assert (one.levels["4.3"].low, one.levels["4.3"].high) == (0, 0)
    assert one.high == 123.5


def test_suspects_take_from_the_lower_end_only() -> None:
    # two suspect columns of other kinds: 1.9 between 4 - 2 - 2×1 = 0 and 2
    doubts = tuple(defect("column_stale", f"c{n}", Standing.SUSPECT, column_kind="topic") for n in (7, 8))
    one = score(NATIONAL, dataclasses.replace(CASE, defects=(*FOUND, *doubts)))
    assert (one.levels["1.9"].low, one.levels["1.9"].high) == (0, 2)
    assert (one.low, one.high) == (22.5, 123.5)


def test_a_portal_without_services_is_scored_by_75_points_times_four_thirds() -> None:
    one = score(NATIONAL, dataclasses.replace(CASE, exemptions=frozenset({"no-services"})))
    assert one.factor == pytest.approx(4 / 3)
    assert one.total is not None
    # 24.5 and 93.5 - 25 = 68.5 of 75
    assert (one.total.low, one.total.high) == (round(24.5 * 4 / 3, 6), round(68.5 * 4 / 3, 6))
    assert one.measured_share == pytest.approx(31 / 75)
    services = [leaf.status for name, leaf in one.leaves.items() if name.startswith(("2.", "V.6."))]
    assert set(services) == {Status.NOT_APPLICABLE}


def finished(bonus: float) -> Case:
    """Returns the case with everything people had to decide decided: nothing more is lost, the bonus as given."""
    first = score(NATIONAL, CASE)
    waiting = [leaf for leaf in first.leaves.values() if leaf.status is Status.PERSON]
    marks = [
        mark(leaf.leaf.id, word=Word.DISMISSED)
        if leaf.scale.value == "veto"
        else mark(leaf.leaf.id, bonus if leaf.leaf.id == "B5.1.1" else 0)
        for leaf in waiting
    ]
    return case(*CHECKS, *FOUND, *marks)


def test_with_everything_decided_the_score_is_one_number() -> None:
    one = score(NATIONAL, finished(bonus=3))
    # 93.5 is above 80, so the 3 points for 创新发展 count
    assert (one.low, one.high, one.passed) == (96.5, 96.5, True)
    assert one.decided_share == 1
    assert one.measured_share == pytest.approx(0.31)


def test_one_confirmed_veto_fails_the_portal_with_all_its_points() -> None:
    made = finished(bonus=0)
    marks = {**made.marks, "V.1.1": mark("V.1.1", word=Word.CONFIRMED, why="首页出现严重表述错误")}
    one = score(NATIONAL, dataclasses.replace(made, marks=marks))
    assert (one.low, one.passed) == (93.5, False)
    assert [leaf.words for leaf in one.vetoes(Word.CONFIRMED)] == ["否决成立（王芳评定：首页出现严重表述错误）"]
