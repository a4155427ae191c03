"""What must hold of every score: its range is sound, doubts only widen it, and order and time change nothing."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.base import DrawMember
from indicators.case import Case, Defect, Standing, Word
from indicators.score import LevelScore, Scale, Score, Status
from indicators.scoring import score
from tests.unit.indicators.make import case, defect, draw, mark, measured, member, shipped, system

# Every kind of rule, every way of carrying points.
MIX = system(
    """
[[group]]
id = "V"
title = "单项否决"
stage = "veto"
[[leaf]]
id = "V.1"
text = "空白"
decide = "auto"
rule = { kind = "veto", check = "empty_columns", findings = ["empty_list"], at_least = 3 }
[[group]]
id = "1"
title = "链接"
points = 5
[[leaf]]
id = "1.1"
text = "首页"
decide = "auto"
rule = { kind = "deduct", check = "broken_links", level = ["home"], each = 0.5, unmeasured = ["not_measured_home"] }
[[leaf]]
id = "1.2"
text = "全部"
most = 2
decide = "auto"
rule = { kind = "deduct", check = "broken_links", each = 0.25 }
[[group]]
id = "2"
title = "搜索"
points = 4
[[leaf]]
id = "2.1"
text = "可用"
most = 2
decide = "auto"
rule = { kind = "presence", check = "search_hits", findings = ["no_search", "search_broken"], unmeasured = [] }
[[leaf]]
id = "2.2"
text = "抽查"
decide = "auto"
[leaf.rule]
kind = "sample"
check = "search_hits"
findings = ["title_missed"]
draw = "search_titles"
size = 3
each = 1
[[leaf]]
id = "2.3"
text = "全部"
decide = "auto"
rule = { kind = "deduct", check = "search_hits", findings = ["title_missed"], each = 0.1 }
[[leaf]]
id = "3"
text = "空白栏目"
points = 2
decide = "auto"
rule = { kind = "presence", check = "empty_columns" }
[[leaf]]
id = "4"
text = "内链"
points = 3
decide = "auto"
rule = { kind = "share", check = "ipv6_support", metric = "level2_share" }
[[leaf]]
id = "5"
text = "检索"
points = 5
decide = "assisted"
[leaf.rule]
kind = "tier"
check = "search_hits"
metric = "keyword_hits_min"
metric_high = "keyword_hits_max"
bands = [{ at_least = 5, low = 3, high = 5 }, { at_most = 5, low = 0, high = 2 }]
[[leaf]]
id = "6"
text = "人工"
points = 1
[[leaf]]
id = "7"
text = "更新"
points = 2
decide = "assisted"
clears = true
rule = { kind = "deduct", check = "update_freshness", column_kind = ["news"], each = 1 }
[[group]]
id = "B"
title = "加分"
stage = "bonus"
points = 3
[[leaf]]
id = "B.1"
text = "视频"
points = 3
decide = "auto"
rule = { kind = "bonus", check = "policy_linkage", metrics = ["forms_video"], each = 1 }
""",
    'points = "indicators"\ntotal = 22\nbonus_above = 15',
)

SYSTEMS = [MIX, *(shipped(name) for name in ("national-2019", "wuwei-2020", "langfang-2023", "siping-2022"))]
KINDS = [
    *("not_found", "dns", "hijacked", "search_broken", "unclassified", "empty_list", "blank_document", "home_stale"),
    *("column_stale", "undated", "no_aaaa", "no_interpretation", "late_interpretation"),
]


@st.composite
def findings(pick: st.DrawFn, subject: int, standing: Standing | None = None) -> Defect:
    """Returns a finding of any kind about the subject of that number."""
    return defect(
        pick(st.sampled_from(KINDS)),
        f"s{subject}",
        standing or pick(st.sampled_from(Standing)),
        level=pick(st.sampled_from(["home", "second", "other"])),
        column_kind=pick(st.sampled_from(["news", "policy", "topic", None])),
    )


@st.composite
def interpretations(pick: st.DrawFn) -> tuple[list[DrawMember], list[Defect]]:
    """Returns drawn interpretations of two policies, and a finding for each page that lacks a link."""
    signs = st.sampled_from(["pass", "fail", "not_measured"])
    back = [pick(signs) for _ in range(2)]
    forth = pick(st.lists(signs, max_size=4))
    members = [
        member(f"i{n}", to_policy=sign, to_interpretation=back[n % 2], policy_url=f"p{n % 2}")
        for n, sign in enumerate(forth)
    ]
    found = [defect("policy_not_linked", f"i{n}") for n, sign in enumerate(forth) if sign == "fail"]
    found += [defect("interpretation_not_linked", f"p{n}") for n, sign in enumerate(back) if sign == "fail"]
    return members, found


@st.composite
def cases(pick: st.DrawFn) -> Case:
    """Returns a case in which every kind was looked for; members of draws that failed have their findings."""
    small = st.integers(0, 4)
    hits = pick(st.integers(0, 7))
    signs = pick(st.lists(st.sampled_from(["pass", "fail", "not_measured"]), max_size=5))
    titles = [member(f"t{n}", sign) for n, sign in enumerate(signs)]
    figures: dict[str, dict[str, float]] = {
        "broken_links": {"not_measured_home": pick(small), "not_measured_second": pick(small)},
        "ipv6_support": {"level2_share": pick(st.floats(0, 1))},
        "search_hits": {"keyword_hits_min": hits, "keyword_hits_max": hits + pick(small)},
        "policy_linkage": {"forms_video": pick(small), "in_scope": pick(small)},
        "update_freshness": {"columns_news": pick(small), "columns_policy": pick(small)},
        "empty_columns": {},
    }
    drawn = draw("search_titles", titles[:3], titles[3:], len(titles) + pick(small))
    linked, unlinked = pick(interpretations())
    more: dict[str, dict[str, Any]] = {
        "search_hits": {"draws": drawn},
        "policy_linkage": {"draws": draw("interpretations", linked[:3], linked[3:])},
    }
    checks = [
        measured(name, good=pick(st.integers(1, 30)), skipped=pick(small), metrics=metrics, **more.get(name, {}))
        for name, metrics in figures.items()
        if pick(st.integers(0, 5))
    ]
    missed = [defect("title_missed", one.subject) for one in titles if one.result == "fail"]
    found = [pick(findings(subject=n)) for n in range(pick(st.integers(0, 12)))]
    return case(*checks, *missed, *unlinked, *found, *pick(MARKS))


MARKS = st.lists(
    st.sampled_from(
        [
            mark("1.1", 0.5),
            mark("1", 2),
            mark("2.1", word=Word.NOT_APPLICABLE),
            mark("3", word=Word.NOT_APPLICABLE),
            mark("6", 1),
            mark("7", 0.5),
            mark("4.6", word=Word.NOT_APPLICABLE),
            mark("1.8.2", 0),
        ]
    ),
    unique_by=lambda one: one.node,
    max_size=4,
)
often = settings(max_examples=80, deadline=None)


def told(one: Score) -> list[object]:
    """Returns all a score says but the order in which leaves list their findings."""
    leaves = [(leaf.status, leaf.lost, leaf.word, leaf.measured, leaf.words) for leaf in one.leaves.values()]
    return [leaves, one.levels, one.total, one.bonus, one.factor, one.notes, one.passed, one.low, one.high]


def ends(one: Score) -> tuple[float, float]:
    """Returns the range of a score; without points those of all requirements added up."""
    if one.total is not None:
        return one.low, one.high
    return -sum(leaf.lost[1] for leaf in one.leaves.values()), -sum(leaf.lost[0] for leaf in one.leaves.values())


def within(level: LevelScore) -> bool:
    """Returns whether a level's figures are sound."""
    parts = level.automatic + level.by_people + level.waiting
    whole = level.waiting == 0 or parts == pytest.approx(level.points)
    return 0 <= level.low <= level.high <= level.points and whole


@given(cases())
@often
def test_every_range_lies_within_its_points(made_of: Case) -> None:
    for made in SYSTEMS:
        one = score(made, made_of)
        leaves = one.leaves.values()
        assert [leaf.leaf.id for leaf in leaves if not 0 <= leaf.lost[0] <= leaf.lost[1] <= leaf.stake] == []
        assert [leaf.leaf.id for leaf in leaves if not 0 <= leaf.measured <= 1] == []
        levels = {**one.levels, "total": one.total, "bonus": one.bonus}
        assert {name: level for name, level in levels.items() if level is not None and not within(level)} == {}
        assert 0 <= one.low <= one.high <= (made.scheme.total or 0) + (one.bonus.points if one.bonus else 0)
        assert 0 <= one.measured_share <= one.decided_share <= 1


@given(cases(), findings(subject=99, standing=Standing.SUSPECT))
@often
def test_a_suspect_moves_only_the_lower_end(made_of: Case, more: Defect) -> None:
    for made in SYSTEMS:
        before, after = (ends(score(made, one)) for one in (made_of, _with(made_of, more)))
        assert (after[0] <= before[0], after[1]) == (True, before[1]), made.id


@given(cases(), findings(subject=99, standing=Standing.CERTAIN))
@often
def test_a_certain_finding_never_raises_the_upper_end(made_of: Case, more: Defect) -> None:
    for made in SYSTEMS:
        before, after = (ends(score(made, one)) for one in (made_of, _with(made_of, more)))
        assert after[1] <= before[1], made.id


@given(cases(), findings(subject=99))
@often
def test_the_worse_a_finding_stands_the_less_is_earned(made_of: Case, more: Defect) -> None:
    order = (Standing.SET_ASIDE, Standing.SUSPECT, Standing.CERTAIN)
    stood = [_with(made_of, dataclasses.replace(more, standing=standing)) for standing in order]
    for made in SYSTEMS:
        lows, highs = zip(*(ends(score(made, one)) for one in stood), strict=True)
        assert (sorted(lows, reverse=True), sorted(highs, reverse=True)) == (list(lows), list(highs)), made.id


@given(cases(), st.randoms(use_true_random=False))
@often
def test_order_changes_nothing(made_of: Case, shuffle: random.Random) -> None:
    found = list(made_of.defects)
    shuffle.shuffle(found)
    other = dataclasses.replace(
        made_of,
        defects=tuple(found),
        measured=dict(reversed(list(made_of.measured.items()))),
        marks=dict(reversed(list(made_of.marks.items()))),
    )
    for made in SYSTEMS:
        assert told(score(made, other)) == told(score(made, made_of)), made.id


@given(cases())
@often
def test_no_finding_is_deducted_twice(made_of: Case) -> None:
    for made in SYSTEMS:
        paid = [
            charge.defect.key
            for leaf in score(made, made_of).leaves.values()
            if leaf.scale in (Scale.POINTS, Scale.SCOPE) and leaf.status in (Status.DECIDED, Status.RANGE)
            for charge in (leaf.reading.charges if leaf.reading else ())
            if charge.amount
        ]
        assert sorted(set(paid)) == sorted(paid), made.id


def _with(made_of: Case, more: Defect) -> Case:
    return dataclasses.replace(made_of, defects=(*made_of.defects, more))


def test_the_systems_of_these_tests_know_every_kind_of_rule_and_of_scale() -> None:
    kinds = {type(leaf.rule).__name__ for made in SYSTEMS for leaf in made.leaves}
    assert kinds == {"NoneType", "Veto", "Deduct", "Sample", "Presence", "Proportion", "Tier", "Bonus"}
    one = score(
        MIX, case(*(measured(name) for name in ("broken_links", "search_hits", "update_freshness")), mark("6", 1))
    )
    assert {leaf.status for leaf in one.leaves.values()} == {
        Status.DECIDED,
        Status.NOT_MEASURED,
        Status.PERSON,
        Status.MARKED,
    }
    assert {made.scheme.points for made in SYSTEMS} == {"indicators", "leaves", "none"}
