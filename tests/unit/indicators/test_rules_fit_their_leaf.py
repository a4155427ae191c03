"""A leaf whose rule does not fit its way of deciding, its points or its stage is refused at that leaf."""

from __future__ import annotations

import pytest

from tests.unit.indicators.make import line_with, one_leaf, refusal, system, text_of

LEAF = '[[leaf]]\nid = "1"\ntext = "甲"\n'
LOOK = 'rule = { kind = "presence", check = "search_hits" }'
TITLES = 'check = "search_hits"\ndraw = "search_titles"\nsize = 4'


def said(text: str) -> list[str]:
    """Returns the complaints about a text without their places; the first is about the line marked `# here`."""
    problems = refusal(text)
    assert problems[0].startswith(f"own.toml, line {line_with(text, '# here')}: 1: "), problems
    return [problem.partition(": 1: ")[2] for problem in problems]


def of_leaf(lines: str, points: float | None) -> str:
    """Returns a text of one leaf with those lines and points."""
    if points is None:
        return text_of(LEAF + lines)
    return text_of(f"{LEAF}points = {points}\n{lines}", f'points = "leaves"\ntotal = {points}')


MISFITS: dict[str, tuple[str, float | None, str]] = {
    "a person decides, and a rule": (
        f"{LOOK}  # here",
        None,
        'has an automatic rule but decide = "manual": say auto or assisted, or take the rule out',
    ),
    "auto without a rule": ('decide = "auto"  # here', None, 'decide = "auto" needs a rule'),
    "auto by hand": ('decide = "auto"  # here\nrule = { kind = "manual" }', None, 'decide = "auto" needs a rule'),
    "assisted by nothing": (
        'decide = "assisted"  # here',
        None,
        'decide = "assisted" needs a rule, or evidence = [...] naming checks',
    ),
    "clears by hand": ("clears = true  # here", None, 'clears is for a leaf with decide = "assisted" and a rule'),
    "clears by itself": (
        f'clears = true  # here\ndecide = "auto"\n{LOOK}',
        None,
        'clears is for a leaf with decide = "assisted" and a rule',
    ),
    "clears by evidence": (
        'clears = true  # here\ndecide = "assisted"\nevidence = ["search_hits"]',
        None,
        'clears is for a leaf with decide = "assisted" and a rule',
    ),
    "a veto among the scored": (
        'decide = "auto"\nrule = { kind = "veto", check = "search_hits" }  # here',
        None,
        'a veto rule belongs below a group with stage = "veto", and only a veto rule does',
    ),
    "a bonus among the scored": (
        'decide = "auto"\n[leaf.rule]  # here\nkind = "bonus"\ncheck = "policy_linkage"\n'
        'metrics = ["forms_image"]\neach = 1',
        4,
        'a bonus rule belongs below a group with stage = "bonus"',
    ),
    "a deduction from nothing": (
        'decide = "auto"\nrule = { kind = "deduct", check = "search_hits", each = 1 }  # here',
        None,
        "a deduction needs points here or in a group above: without, use presence",
    ),
    "a deduction of more than there is": (
        'decide = "auto"\nrule = { kind = "deduct", check = "search_hits", each = 5 }  # here',
        4,
        "one finding costs 5, more than the 4 points there are",
    ),
    "a draw that costs, without points": (
        f'decide = "auto"\n[leaf.rule]\nkind = "sample"\n{TITLES}\neach = 1  # here',
        None,
        "each is needed where points are, and only there",
    ),
    "a draw that costs nothing, with points": (
        f'decide = "auto"\n[leaf.rule]\nkind = "sample"\n{TITLES}',
        4,
        "each is needed where points are, and only there",
    ),
    "more than a draw, with points": (
        f'decide = "auto"\n[leaf.rule]\nkind = "sample"\n{TITLES}\neach = 1\nalso = ["unclassified"]  # here',
        4,
        "where points are, what else a clause asks for is a leaf of its own",
    ),
    "a tier that gives points there are none of": (
        'decide = "assisted"\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keywords"\n'
        "bands = [{ low = 0, high = 0 }]",
        None,
        "this rule gives points, so the leaf needs its own",
    ),
    "a band above the points": (
        'decide = "auto"\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keywords"\n'
        "bands = [{ low = 5, high = 5 }]  # here",
        4,
        "a band gives 5 to 5 of 4 points",
    ),
    "a band upside down": (
        'decide = "auto"\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keywords"\n'
        "bands = [{ low = 3, high = 3 }, { low = 2, high = 1 }]  # here",
        4,
        "a band gives 2 to 1 of 4 points",
    ),
    "a band with a choice, and nobody to choose": (
        'decide = "auto"  # here\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keywords"\n'
        "bands = [{ low = 3, high = 4 }]",
        4,
        'bands that leave a range are for a person: decide = "assisted"',
    ),
    "a presence by metrics and findings": (
        'decide = "auto"\n[leaf.rule]  # here\nkind = "presence"\ncheck = "search_hits"\n'
        'metrics = ["search_usable"]\nfindings = ["no_search"]',
        None,
        "a presence is judged by metrics or by findings, not by both",
    ),
    "a presence by metrics of one level": (
        'decide = "auto"\n[leaf.rule]  # here\nkind = "presence"\ncheck = "search_hits"\n'
        'metrics = ["search_usable"]\nlevel = ["home"]',
        None,
        "a presence is judged by metrics or by findings, not by both",
    ),
    "the most a leaf with points of its own can cost": (
        "most = 1  # here",
        4,
        "most is for a leaf whose scope carries the points; this one has its own",
    ),
}


@pytest.mark.parametrize(("lines", "points", "words"), MISFITS.values(), ids=MISFITS)
def test_a_rule_that_does_not_fit_its_leaf_is_refused(lines: str, points: float | None, words: str) -> None:
    text = of_leaf(lines, points)
    # What is missing is looked for at the leaf itself.
    assert words in said(text if "# here" in text else text.replace("[[leaf]]", "[[leaf]]  # here"))


@pytest.mark.parametrize(
    "lines",
    [
        'decide = "auto"\n' + LOOK,
        'decide = "assisted"\nclears = true\n' + LOOK,
        'decide = "assisted"\nevidence = ["search_hits"]',
        'rule = { kind = "manual" }',
        f'decide = "auto"\n[leaf.rule]\nkind = "sample"\n{TITLES}\nalso = ["unclassified"]',
    ],
)
def test_rules_that_fit_are_accepted(lines: str) -> None:
    assert one_leaf(lines).leaf("1").text == "甲"


def test_only_a_veto_rule_stands_below_a_veto_group() -> None:
    veto = '[[group]]\nid = "V"\ntitle = "否决"\nstage = "veto"\n[[leaf]]\nid = "V.1"\ntext = "乙"\ndecide = "auto"\n'
    (problem,) = refusal(text_of(veto + LOOK))
    assert problem.endswith('V.1: a veto rule belongs below a group with stage = "veto", and only a veto rule does')
    sound = system(veto + 'rule = { kind = "veto", check = "search_hits", findings = ["no_search"] }')
    assert sound.stage("V.1") == "veto"


def test_the_most_a_leaf_can_cost_needs_a_level_that_has_as_much() -> None:
    none = f"{LEAF}most = 1  # here"
    assert said(text_of(none)) == ["most needs points in a group above"]
    level = '[[group]]\nid = "1"\ntitle = "甲"\npoints = 4\n[[leaf]]\nid = "1.1"\ntext = "乙"\nmost = 9  # here'
    text = text_of(level, 'points = "indicators"\ntotal = 4')
    (problem,) = refusal(text)
    assert problem == f"own.toml, line {line_with(text, '# here')}: 1.1: most is 9, more than the 4 points of 1"
