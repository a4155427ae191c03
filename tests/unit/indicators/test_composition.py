"""What a system consists of: leaves and points by who decides them."""

from __future__ import annotations

import pytest

from indicators.composition import composition
from tests.unit.indicators.make import shipped, system

NAMES = ["changchun-xinqu", "langao-2023", "langfang-2023", "national-2019", "siping-2022", "wuwei-2020"]


@pytest.mark.parametrize("name", NAMES)
def test_every_leaf_and_every_point_is_decided_in_one_way(name: str) -> None:
    made = shipped(name)
    one = composition(made)
    assert one.total == len(made.leaves)
    if made.scheme.points in ("none", "top"):
        assert one.points is None
    else:
        assert one.points is not None
        assert sum(one.points.values()) == pytest.approx(made.scheme.total, abs=0.02)


def test_a_level_that_carries_the_points_gives_each_leaf_its_part() -> None:
    rule = 'rule = { kind = "deduct", check = "broken_links", each = 1 }'
    made = system(
        f"""
[[group]]
id = "1"
title = "甲"
points = 6

[[leaf]]
id = "1.1"
text = "乙"
decide = "auto"
{rule}

[[leaf]]
id = "1.2"
text = "丙"
most = 2
decide = "assisted"
{rule}

[[leaf]]
id = "1.3"
text = "丁"
most = 4

[[leaf]]
id = "2"
text = "戊"
points = 4
""",
        'points = "indicators"\ntotal = 10',
    )
    one = composition(made)
    assert one.leaves == {"auto": 1, "assisted": 1, "manual": 2}
    # 6 points by what each may cost: 6, 2 and 4 of 12; and 4 of the leaf's own
    assert one.points == {"auto": 3, "assisted": 1, "manual": 6}


def test_vetoes_and_bonus_are_leaves_without_points_of_the_score() -> None:
    made = shipped("national-2019")
    one = composition(made)
    assert one.total == 16 + 56 + 17
    assert one.points is not None
    assert one.points["auto"] < 31 < 100
