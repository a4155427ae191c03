"""An overlay is its base with what it changes, drops and adds; what comes out must be as sound as any system."""

from __future__ import annotations

import datetime as dt

import pytest

from indicators.loading import IndicatorError, parse_system
from indicators.system import System
from tests.unit.indicators.make import line_with, system

BASE = system(
    """
[[group]]
id = "1"
title = "甲"
points = 4

[[leaf]]
id = "1.1"
text = "甲一"
points = 3
units = "办公室"

[[leaf]]
id = "1.2"
text = "甲二"
points = 1

[[group]]
id = "2"
title = "乙"
points = 6

[[leaf]]
id = "2.1"
text = "乙一"
points = 6

[[remark]]
id = "R1"
text = "加分"
choices = [{ label = "表扬", points = 1 }]

[[exemption]]
id = "whole"
title = "不查乙"
nodes = ["2"]

[[exemption]]
id = "some"
title = "不查一部分"
nodes = ["1.2", "2.1"]
""",
    'points = "leaves"\ntotal = 10',
)
HEAD = 'format = 1\nbase = "own"\nid = "variant"\nversion = 3\ntitle = "变体"\nsource = "某县"\n'


def overlaid(lines: str = "") -> System:
    """Returns the base with those changes."""
    return parse_system(HEAD + lines, "variant.toml", {"own": BASE})


def said(lines: str) -> str:
    """Returns the only complaint about an overlay; where a line is marked `# here`, it must be named."""
    with pytest.raises(IndicatorError) as caught:
        overlaid(lines)
    (problem,) = caught.value.problems
    place = f"variant.toml, line {line_with(HEAD + lines, '# here')}: " if "# here" in lines else "variant.toml: "
    assert problem.startswith(place), problem
    return problem.removeprefix(place)


def points(made: System) -> dict[str, float | None]:
    """Returns the points of every node."""
    return {node.id: node.points for node in made.nodes}


def test_what_an_overlay_does_not_say_is_its_base_s() -> None:
    made = overlaid()
    assert (made.id, made.version, made.title, made.source) == ("variant", 3, "变体", "某县")
    assert made.groups == BASE.groups
    assert made.leaves == BASE.leaves
    assert made.remarks == BASE.remarks
    assert made.exemptions == BASE.exemptions
    assert (made.scheme, made.layout, made.levels) == (BASE.scheme, BASE.layout, BASE.levels)


def test_a_change_says_only_what_is_different() -> None:
    made = overlaid('[[change]]\nid = "1.1"\npoints = 2\n[[change]]\nid = "1.2"\npoints = 2\nunits = "网信办"')
    assert points(made) == {"1": 4, "2": 6, "1.1": 2, "1.2": 2, "2.1": 6}
    assert (made.leaf("1.1").text, made.leaf("1.1").units, made.leaf("1.2").units) == ("甲一", "办公室", "网信办")
    assert points(BASE)["1.1"] == 3


def test_a_change_may_name_groups_and_rules() -> None:
    rule = 'rule = { kind = "presence", check = "search_hits" }'
    made = overlaid(f'[[change]]\nid = "1"\ntitle = "丙"\n[[change]]\nid = "1.1"\ndecide = "auto"\n{rule}')
    assert made.group("1").title == "丙"
    assert made.leaf("1.1").decide == "auto"


def test_points_given_to_an_unscored_leaf_make_it_scored() -> None:
    base = system('[[leaf]]\nid = "1"\ntext = "甲"\npoints = 4\n[[leaf]]\nid = "2"\ntext = "乙"\nunscored = true', FOUR)
    text = HEAD + '[[change]]\nid = "1"\npoints = 3\n[[change]]\nid = "2"\npoints = 1'
    made = parse_system(text, "variant.toml", {"own": base})
    assert (made.leaf("2").points, made.leaf("2").unscored) == (1, False)


FOUR = 'points = "leaves"\ntotal = 4'


def test_what_is_added_stands_in_its_place_as_people_count() -> None:
    added = "".join(f'[[leaf]]\nid = "{node}"\ntext = "新"\npoints = 1\n' for node in ("1.10", "1.9"))
    made = overlaid(f'scheme = {{ points = "leaves", total = 12 }}\n[[change]]\nid = "1"\npoints = 6\n{added}')
    assert [leaf.id for leaf in made.leaves] == ["1.1", "1.2", "1.9", "1.10", "2.1"]


def test_remarks_and_exemptions_are_added_to_those_of_the_base() -> None:
    made = overlaid(
        '[[remark]]\nid = "R2"\ntext = "扣分"\nchoices = [{ label = "批评", points = -1 }]\n'
        '[[exemption]]\nid = "own"\ntitle = "不查甲"\nnodes = ["1"]'
    )
    assert [one.id for one in made.remarks] == ["R1", "R2"]
    assert [one.id for one in made.exemptions] == ["whole", "some", "own"]


def test_what_stands_below_a_dropped_group_is_gone_too() -> None:
    made = overlaid('scheme = { points = "leaves", total = 6 }\ndrop = ["1", "1.2"]')
    assert [node.id for node in made.nodes] == ["2", "2.1"]


def test_exemptions_lose_the_nodes_that_are_dropped() -> None:
    made = overlaid('scheme = { points = "leaves", total = 4 }\ndrop = ["2", "2.1"]')
    assert {one.id: one.nodes for one in made.exemptions} == {"some": ("1.2",)}


def test_exemptions_lose_what_stands_below_a_dropped_node() -> None:
    made = overlaid('scheme = { points = "leaves", total = 4 }\ndrop = ["2"]')
    assert {one.id: one.nodes for one in made.exemptions} == {"some": ("1.2",)}


def test_a_remark_can_be_dropped() -> None:
    assert overlaid('drop = ["R1"]').remarks == ()


def test_a_scheme_replaces_that_of_the_base_whole() -> None:
    made = overlaid('[scheme]\npoints = "leaves"\ntotal = 10\npass_at = 6\nperiod = "month"\n')
    assert (made.scheme.pass_at, made.scheme.period, made.scheme.bonus_total) == (6, "month", None)


def test_dates_of_an_overlay_are_its_own() -> None:
    made = overlaid("effective_from = 2026-01-01\neffective_until = 2026-12-31\n")
    assert (made.effective_from, made.effective_until) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


REFUSED = {
    "a node to drop": ('drop = ["9"]  # here\n', "drop: there is no '9' in own"),
    "a node to change": (
        '[[change]]\nid = "9"  # here\npoints = 2\n',
        "change '9': there is no such group or leaf in own",
    ),
    "a title of a leaf": ('[[change]]\nid = "1.1"  # here\ntitle = "丙"\n', "change '1.1': a leaf has no title"),
    "a text of a group": ('[[change]]\nid = "1"  # here\ntext = "丙"\n', "change '1': a group has no text"),
    "a key": ('drops = ["1"]  # here\n', "unknown key 'drops'; did you mean 'drop'?"),
    "a key of a change": (
        '[[change]]\nid = "1"\npionts = 3  # here\n',
        "change '1': unknown key 'pionts'; did you mean 'points'?",
    ),
    "an id added twice": ('[[leaf]]\nid = "1.1"  # here\ntext = "丙"\npoints = 1\n', "1.1: this id is used twice"),
    "a sum": ('[[change]]\nid = "1.1"\npoints = 2\n', "1: has 4 points, but what stands below adds up to 3"),
    "a rule for a person": (
        '[[change]]\nid = "1.1"\nrule = { kind = "presence", check = "search_hits" }  # here\n',
        '1.1: has an automatic rule but decide = "manual": say auto or assisted, or take the rule out',
    ),
}


@pytest.mark.parametrize(("lines", "words"), REFUSED.values(), ids=REFUSED)
def test_an_overlay_that_does_not_fit_is_refused(lines: str, words: str) -> None:
    assert said(lines) == words


def test_an_unknown_base_is_named_with_those_that_are_known() -> None:
    for bases, known in (({"own": BASE}, "own"), ({}, "none")):
        with pytest.raises(IndicatorError) as caught:
            parse_system(HEAD.replace('"own"', '"owen"'), "variant.toml", bases)
        assert str(caught.value) == f"variant.toml, line 2: the base 'owen' is not known; known are: {known}"
