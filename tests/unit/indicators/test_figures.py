"""What rules make of a check's figures: presences, shares, tiers and bonuses."""

from __future__ import annotations

import pytest

from indicators.reading import Reading
from indicators.system import AutoRule, Band, Bonus, Presence, Proportion, Tier
from tests.unit.indicators.make import case, defects, measured, read


def figures(rule: AutoRule, stake: float = 1.0, *, scored: bool = True, **metrics: float) -> Reading:
    """Returns what a rule makes of those metrics of its check."""
    return read(rule, case(measured(rule.check, metrics=metrics)), stake, scored=scored)


def ends(reading: Reading) -> tuple[float, float, float]:
    """Returns the points lost at least and at most, and the share that was measured."""
    return reading.least, reading.most, reading.measured


# presence by metrics

FORMS = Presence(check="policy_linkage", metrics=("forms_image", "forms_video"))
USABLE = Presence(check="search_hits", metrics=("search_usable",))


def test_enough_of_what_is_counted_is_granted() -> None:
    assert ends(figures(FORMS, 2.0, forms_image=1.0, forms_video=0.0)) == (0, 0, 1)
    assert figures(FORMS, forms_image=1.0, forms_video=2.0).words == "图解、视频解读3个，符合"


def test_one_of_several_metrics_is_enough_where_the_others_were_not_counted() -> None:
    assert ends(figures(FORMS, 2.0, forms_video=1.0)) == (0, 0, 1)


def test_less_than_enough_proves_nothing() -> None:
    reading = figures(FORMS, 2.0, forms_image=0.0, forms_video=0.0)
    assert ends(reading) == (0, 2, 0)
    assert reading.words == "仅见图解、视频解读0个，不足以认定没有，须人工核实"
    five = Presence(check="policy_linkage", metrics=("forms_image", "forms_video"), at_least=5)
    assert ends(figures(five, 2.0, forms_image=2.0, forms_video=2.0)) == (0, 2, 0)
    assert ends(figures(five, 2.0, forms_image=2.0, forms_video=3.0)) == (0, 0, 1)


def test_what_was_not_counted_is_open() -> None:
    reading = figures(FORMS, 2.0)
    assert ends(reading) == (0, 2, 0)
    assert reading.unmeasured == "未统计图解、视频解读"


def test_a_metric_of_yes_or_no_is_answered_so() -> None:
    assert figures(USABLE, search_usable=1.0).words == "搜索功能可用：是"
    assert ends(figures(USABLE, search_usable=0.0)) == (0, 1, 0)


def test_findings_do_not_bear_on_a_presence_by_metrics() -> None:
    found = measured("search_hits", metrics={"search_usable": 1.0})
    assert ends(read(USABLE, case(found, *defects("search_broken", 1)))) == (0, 0, 1)


# shares

SHARE = Proportion(check="ipv6_support", metric="level2_share", pass_at=0.8)


@pytest.mark.parametrize(("share", "lost"), [(0.0, 4), (0.25, 3), (0.9, 0.4), (1.0, 0), (1 / 3, 2.666667)])
def test_a_share_earns_its_part_of_the_points(share: float, lost: float) -> None:
    assert ends(figures(SHARE, 4.0, level2_share=share)) == (lost, lost, 1)


@pytest.mark.parametrize(("share", "lost"), [(0.79, 1), (0.8, 0), (1.0, 0), (0.0, 1)])
def test_without_points_a_share_passes_from_a_line_on(share: float, lost: float) -> None:
    assert ends(figures(SHARE, scored=False, level2_share=share)) == (lost, lost, 1)


def test_a_share_is_said_in_percent() -> None:
    assert figures(SHARE, 4.0, level2_share=0.875).words == "二级内链IPv6支持率87.5%"
    assert figures(SHARE, scored=False, level2_share=0.875).words == "二级内链IPv6支持率87.5%，要求80%"


def test_what_a_share_was_not_measured_of_may_be_good_or_bad() -> None:
    half = measured("ipv6_support", seen=8, skipped=8, metrics={"level2_share": 0.5})
    reading = read(SHARE, case(half), 4.0)
    assert ends(reading) == (1, 3, 0.5)
    assert reading.words == "二级内链IPv6支持率50.0%（未能判定8个，计为25.0%～75.0%）"
    assert ends(read(SHARE, case(half), scored=False)) == (1, 1, 0.5), "80% are out of reach"
    most = measured("ipv6_support", seen=8, skipped=2, metrics={"level2_share": 0.9})
    assert ends(read(SHARE, case(most), scored=False)) == (0, 1, 0.8)
    nearly = measured("ipv6_support", seen=19, skipped=1, metrics={"level2_share": 0.9})
    assert ends(read(SHARE, case(nearly), scored=False)) == (0, 0, 0.95)


@pytest.mark.parametrize("scored", [True, False])
def test_a_share_nobody_counted_is_open(scored: bool) -> None:
    assert ends(figures(SHARE, 1.0, scored=scored)) == (0, 1, 0)


# tiers: the keyword test of Wuwei, worth 5 points; 10 hits stand in two bands

HITS = Tier(
    check="search_hits",
    metric="keyword_hits_min",
    metric_high="keyword_hits_max",
    bands=(
        Band(at_least=10, low=5, high=5),
        Band(at_least=6, at_most=10, low=3, high=4),
        Band(at_least=3, at_most=5, low=1, high=2),
        Band(at_least=0, at_most=2, low=0, high=0),
    ),
)


@pytest.mark.parametrize(
    ("low", "high", "given"),
    [
        (0, 0, (0, 0)),
        (2, 2, (0, 0)),
        (3, 3, (1, 2)),
        (5, 5, (1, 2)),
        (6, 6, (3, 4)),
        (9, 9, (3, 4)),
        (10, 10, (3, 5)),
        (11, 11, (5, 5)),
        (40, 40, (5, 5)),
        (0, 40, (0, 5)),
        (4, 7, (1, 4)),
        (7, 9, (3, 4)),
        (9, 10, (3, 5)),
    ],
)
def test_a_count_gives_what_all_bands_it_falls_into_allow(low: float, high: float, given: tuple[float, float]) -> None:
    reading = figures(HITS, 5.0, keyword_hits_min=low, keyword_hits_max=high)
    assert (5 - reading.most, 5 - reading.least) == given
    assert reading.measured == 1


def test_a_tier_proposes_points_in_words() -> None:
    words = [
        figures(HITS, 5.0, keyword_hits_min=low, keyword_hits_max=high).words
        for low, high in ((10, 10), (4, 7), (11, 12))
    ]
    assert words == [
        "关键词首页命中条数的最小值10，建议3至5分",
        "关键词首页命中条数的最小值4、关键词首页命中条数的最大值7，建议1至4分",
        "关键词首页命中条数的最小值11、关键词首页命中条数的最大值12，建议5分",
    ]


def test_a_count_between_the_bands_is_for_a_person() -> None:
    reading = figures(HITS, 5.0, keyword_hits_min=2.5, keyword_hits_max=2.5)
    assert ends(reading) == (0, 5, 0)
    assert reading.unmeasured == "不在任何一档内"
    assert ends(figures(HITS, 5.0, keyword_hits_min=5.5, keyword_hits_max=6.0)) == (1, 2, 1)


def test_a_tier_needs_both_of_its_metrics() -> None:
    for metrics in ({}, {"keyword_hits_min": 3.0}, {"keyword_hits_max": 3.0}):
        assert ends(read(HITS, case(measured("search_hits", metrics=metrics)), 5.0)) == (0, 5, 0)
    one = Tier(check="search_hits", metric="keywords", bands=(Band(at_least=1, low=2, high=2), Band(low=0, high=0)))
    assert ends(figures(one, 2.0, keywords=0.0)) == (2, 2, 1)


# bonus

VIDEO = Bonus(check="policy_linkage", metrics=("forms_video", "forms_image"), each=0.5, up_to=6)


@pytest.mark.parametrize(
    ("count", "stake", "lost"), [(0, 2, 2), (1, 2, 1.5), (3, 2, 0.5), (4, 2, 0), (9, 2, 0), (9, 5, 2), (6, 5, 2)]
)
def test_every_unit_adds_its_amount_up_to_the_points_and_the_units(count: float, stake: float, lost: float) -> None:
    assert ends(figures(VIDEO, stake, forms_video=count)) == (lost, lost, 1)


def test_metrics_of_a_bonus_are_added_up() -> None:
    reading = figures(VIDEO, 2.0, forms_video=1.0, forms_image=2.0)
    assert ends(reading) == (0.5, 0.5, 1)
    assert reading.words == "视频解读、图解共3个×0.5分，加1.5分"


def test_a_bonus_nobody_counted_is_open() -> None:
    reading = figures(VIDEO, 2.0)
    assert ends(reading) == (0, 2, 0)
    assert reading.words == "未能判定：未统计视频解读、图解"


# all of them


@pytest.mark.parametrize(
    ("rule", "metrics"),
    [
        (USABLE, {"search_usable": 1.0}),
        (SHARE, {"level2_share": 1.0}),
        (HITS, {"keyword_hits_min": 3.0, "keyword_hits_max": 3.0}),
        (VIDEO, {"forms_video": 1.0}),
    ],
    ids=["presence", "share", "tier", "bonus"],
)
def test_figures_of_an_older_check_are_used_and_said_to_be_old(rule: AutoRule, metrics: dict[str, float]) -> None:
    new = read(rule, case(measured(rule.check, metrics=metrics)), 5.0)
    old = read(rule, case(measured(rule.check, metrics=metrics, version=0)), 5.0)
    assert ends(old) == ends(new)
    assert old.words.removeprefix(new.words).startswith("（依据第0版检查规则的结果，现行为第")
