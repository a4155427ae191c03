"""A file that is not understood is refused with the file, the line and the leaf; `# here` marks that line below."""

from __future__ import annotations

import pytest

from indicators.loading import parse_system
from tests.unit.indicators.make import HEAD, LAYOUT, line_with, refusal, text_of

LEAF = '[[leaf]]\nid = "1"\ntext = "甲"\n'
NONE = 'points = "none"'


def leaves(total: float) -> str:
    """Returns a scheme whose leaves carry the points."""
    return f'points = "leaves"\ntotal = {total}'


def said(text: str) -> str:
    """Returns the first complaint about a text, without its place, which must be the line marked `# here`."""
    problem = refusal(text)[0]
    place = f"own.toml, line {line_with(text, '# here')}: "
    assert problem.startswith(place), problem
    return problem.removeprefix(place)


UNKNOWN_WORDS = {
    "a key of a leaf": ('txt = "乙"  # here', "leaf '1': unknown key 'txt'; did you mean 'text'?"),
    "a key of a rule": (
        'decide = "auto"\nrule = { kind = "presence", check = "search_hits", finding = ["no_search"] }  # here',
        "leaf '1': rule: unknown key 'finding'; did you mean 'findings'?",
    ),
    "a key of a rule's own table": (
        'decide = "auto"\n[leaf.rule]\nkind = "presence"\ncheck = "search_hits"\nfinding = []  # here',
        "leaf '1': rule: unknown key 'finding'; did you mean 'findings'?",
    ),
    "a kind of rule": (
        'decide = "auto"\nrule = { kind = "presense", check = "search_hits" }  # here',
        "leaf '1': rule: kind: 'presense' is none of bonus, deduct, manual, presence, sample, share, tier, veto; "
        "did you mean 'presence'?",
    ),
    "a way of deciding": ('decide = "maybe"  # here', "leaf '1': decide: 'maybe' is none of assisted, auto, manual"),
    "a check": (
        'decide = "auto"\nrule = { kind = "presence", check = "search_hit" }  # here',
        "1: there is no check 'search_hit'; did you mean 'search_hits'?",
    ),
    "a check of the evidence": (
        'decide = "assisted"\nevidence = ["search"]  # here',
        "1: there is no check 'search'; did you mean 'search_hits'?",
    ),
    "a finding kind": (
        'decide = "auto"\nrule = { kind = "presence", check = "search_hits", findings = ["no_serch"] }  # here',
        "1: search_hits has no finding kind 'no_serch'; did you mean 'no_search'?",
    ),
    "a finding kind of another check": (
        'decide = "auto"\nrule = { kind = "presence", check = "ipv6_support", findings = ["dns"] }  # here',
        "1: ipv6_support has no finding kind 'dns'; there are: no_aaaa, unreachable, content_differs, "
        "inner_links_low, nameserver_ipv4_only",
    ),
    "a metric": (
        'decide = "auto"\nrule = { kind = "presence", check = "search_hits", metrics = ["search_usabel"] }  # here',
        "1: search_hits has no metric 'search_usabel'; did you mean 'search_usable'?",
    ),
    "a metric of a share": (
        'decide = "auto"\nrule = { kind = "share", check = "ipv6_support", metric = "level_2_share" }  # here',
        "1: ipv6_support has no metric 'level_2_share'; did you mean 'level2_share'?",
    ),
    "a count for a share": (
        'decide = "auto"\nrule = { kind = "share", check = "broken_links", metric = "links" }  # here',
        "1: 'links' counts, and a share lies between 0 and 1: use tier or bonus",
    ),
    "a share of what is wrong": (
        'decide = "auto"\nrule = { kind = "share", check = "broken_links", metric = "broken_share" }  # here',
        "1: 'broken_share' is the larger the worse: a portal without defects would get nothing",
    ),
    "a metric of a tier": (
        'decide = "assisted"\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keyword"  # here\n'
        "bands = [{ low = 0, high = 0 }]",
        "1: search_hits has no metric 'keyword'; did you mean 'keywords'?",
    ),
    "the upper metric of a tier": (
        'decide = "assisted"\n[leaf.rule]\nkind = "tier"\ncheck = "search_hits"\nmetric = "keywords"  # here\n'
        'metric_high = "second_max"\nbands = [{ low = 0, high = 0 }]',
        "1: search_hits has no metric 'second_max'; did you mean 'seconds_max'?",
    ),
    "a metric of a bonus": (
        'decide = "assisted"\n[leaf.rule]\nkind = "bonus"\ncheck = "policy_linkage"\n'
        'metrics = ["forms_vidio"]  # here\neach = 1',
        "1: policy_linkage has no metric 'forms_vidio'; did you mean 'forms_video'?",
    ),
    "a metric that counts the unmeasured": (
        'decide = "auto"\nrule = { kind = "presence", check = "broken_links", unmeasured = ["not_mesured"] }  # here',
        "1: broken_links has no metric 'not_mesured'; did you mean 'not_measured'?",
    ),
    "a metric that is needed": (
        'decide = "auto"\nrule = { kind = "presence", check = "update_freshness", needs = "columns_polcy" }  # here',
        "1: update_freshness has no metric 'columns_polcy'; did you mean 'columns_policy'?",
    ),
    "a draw": (
        'decide = "auto"\nrule = { kind = "sample", check = "search_hits", draw = "titles", size = 4 }  # here',
        "1: search_hits has no draw 'titles'; did you mean 'search_titles'?",
    ),
    "a kind beside a draw": (
        'decide = "auto"\n[leaf.rule]\nkind = "sample"\ncheck = "search_hits"\ndraw = "search_titles"\nsize = 4\n'
        'also = ["unclasified"]  # here',
        "1: search_hits has no finding kind 'unclasified'; did you mean 'unclassified'?",
    ),
    "a column kind": (
        'decide = "auto"\nrule = { kind = "presence", check = "update_freshness", column_kind = ["newz"] }  # here',
        "1: there is no column kind 'newz'; did you mean 'news'?",
    ),
    "a kind of first_level that the rule is not about": (
        'decide = "auto"\n[leaf.rule]\nkind = "presence"\ncheck = "update_freshness"\n'
        'column_kind = ["news"]\nfirst_level = ["policy"]  # here',
        "1: 'policy' is none of the column_kind of this rule",
    ),
}


@pytest.mark.parametrize(("lines", "words"), UNKNOWN_WORDS.values(), ids=UNKNOWN_WORDS)
def test_an_unknown_word_is_named_with_what_was_probably_meant(lines: str, words: str) -> None:
    assert said(text_of(LEAF + lines)) == words


def test_unknown_keys_outside_of_leaves_are_named_with_their_table() -> None:
    top = text_of(LEAF, head=HEAD + 'titel = "乙"  # here\n')
    assert said(top) == "unknown key 'titel'; did you mean 'title'?"
    scheme = text_of(LEAF, 'points = "none"\ntotl = 100  # here')
    assert said(scheme) == "scheme: unknown key 'totl'; did you mean 'total'?"
    layout = text_of(LEAF, layout='[layout]\ncolumns = [{ key = "texts", header = "要求" }]  # here\n')
    assert said(layout).startswith("layout.columns[0].key: 'texts' is none of blank, ")
    assert said(layout).endswith("did you mean 'text'?")


def test_what_is_missing_or_of_the_wrong_type_is_named() -> None:
    assert said(text_of('[[leaf]]  # here\nid = "1"')) == "leaf '1': lacks the key 'text'"
    assert said(text_of('[[leaf]]  # here\ntext = "甲"')) == "leaf number 1: lacks the key 'id'"
    assert said(text_of(LEAF + 'points = "3"  # here')) == "leaf '1': points: must be a number, without quotes"
    assert said(text_of(LEAF + "points = nan  # here")).startswith("leaf '1': points: must be ")
    assert said(text_of(LEAF + "points = 0  # here")) == "leaf '1': points: must be more than 0"
    assert said(text_of('[[leaf]]\nid = "1．2"  # here\ntext = "甲"')) == (
        "leaf '1．2': id: must be letters and digits joined by dots, as 1.2.3"
    )
    assert said(text_of('[[leaf]]\nid = "1"\ntext = ""  # here')) == "leaf '1': text: must not be empty"
    assert said(text_of(LEAF + 'measures = "核查"  # here')).endswith('measures: must be a list, as ["..."]')
    assert said(text_of(LEAF, head=HEAD.replace("format = 1", "format = 2  # here"))).startswith("format: ")
    assert refusal(text_of(LEAF, head=HEAD.replace("version = 1\n", ""))) == ("own.toml: lacks the key 'version'",)


def test_every_table_that_is_not_understood_is_named_at_once() -> None:
    fine = '[[leaf]]\nid = "{}"\ntext = "甲"\n'
    text = text_of(
        fine.format(1)
        + "pionts = 1\n"
        + fine.format(2)
        + fine.format(3)
        + 'decide = "人工"\n'
        + fine.format(4)
        + "points = -1"
    )
    assert [problem.partition(": ")[2].partition(":")[0] for problem in refusal(text)] == [
        "leaf '1'",
        "leaf '3'",
        "leaf '4'",
    ]
    assert [int(problem.split("line ")[1].split(":")[0]) for problem in refusal(text)] == [
        line_with(text, words) for words in ("pionts", "人工", "-1")
    ]


TREES = {
    "an id is used twice": (LEAF.replace('"1"', '"1"  # here') + LEAF, "1: this id is used twice"),
    "a group above is missing": (
        '[[leaf]]\nid = "2.1"  # here\ntext = "甲"',
        "2.1: stands below '2', which is not there",
    ),
    "what stands above is a leaf": (
        LEAF + '[[leaf]]\nid = "1.1"  # here\ntext = "乙"',
        "1.1: stands below '1', which is a leaf",
    ),
    "a group has no leaf": (LEAF + '[[group]]\nid = "2"  # here\ntitle = "乙"', "2: this group has no leaf"),
    "a remark is named like a leaf": (
        LEAF.replace('"1"', '"1"  # here')
        + '[[remark]]\nid = "1"\ntext = "注"\nchoices = [{ label = "无", points = 0 }]',
        "1: this id is used twice",
    ),
    "a level has no name": (
        '[[group]]\nid = "1"\ntitle = "甲"\n[[group]]\nid = "1.1"  # here\ntitle = "乙"\n'
        '[[leaf]]\nid = "1.1.1"\ntext = "丙"',
        "1.1: stands on level 2, but levels names 1",
    ),
    "a cell is merged with nothing": (
        LEAF + 'units = "〃"  # here',
        "1: units is 〃, but there is no cell above to merge with",
    ),
    "a cell is merged with one that is not given": (
        LEAF + 'method = "网站"\n[[leaf]]\nid = "2"\ntext = "乙"\nunits = "〃"  # here',
        "2: units is 〃, but there is no cell above to merge with",
    ),
    "measures are merged with nothing": (
        LEAF + 'measures = ["〃"]  # here',
        "1: measures is 〃, but there is no cell above to merge with",
    ),
}


@pytest.mark.parametrize(("body", "words"), TREES.values(), ids=TREES)
def test_a_broken_tree_is_refused(body: str, words: str) -> None:
    assert said(text_of(body)) == words


def test_a_stage_belongs_to_a_group_at_the_top() -> None:
    body = (
        '[[group]]\nid = "1"\ntitle = "甲"\n[[group]]\nid = "1.1"\ntitle = "乙"\nstage = "veto"  # here\n'
        '[[leaf]]\nid = "1.1.1"\ntext = "丙"'
    )
    text = text_of(body, head=HEAD.replace('["一级指标"]', '["一级指标", "二级指标"]'))
    assert said(text) == "1.1: stage belongs to a group at the top"


GROUP = '[[group]]\nid = "1"\ntitle = "甲"\n'
FIRST = '[[leaf]]\nid = "1.1"\ntext = "乙"\npoints = 3\n'
SUMS = {
    "the top": (LEAF + "points = 3", leaves(4).replace("4", "4  # here"), "the parts at the top add up to 3, not 4"),
    "a group": (
        GROUP + "points = 4  # here\n" + FIRST,
        leaves(4),
        "1: has 4 points, but what stands below adds up to 3",
    ),
    "the bonus": (
        LEAF + 'points = 1\n[[group]]\nid = "B"\ntitle = "乙"\nstage = "bonus"\npoints = 2\n'
        '[[leaf]]\nid = "B.1"\ntext = "丙"\npoints = 2',
        leaves(1) + "\nbonus_total = 3  # here",
        "the parts at the top add up to 2, not 3",
    ),
    "a leaf without": (
        GROUP + 'points = 3\n[[leaf]]  # here\nid = "1.1"\ntext = "乙"',
        leaves(3),
        '1.1: has no points, but scheme.points is "leaves"',
    ),
    "a neighbour without": (
        GROUP + "points = 3\n" + FIRST + '[[leaf]]  # here\nid = "1.2"\ntext = "丙"',
        'points = "indicators"\ntotal = 3',
        "1.2: has no points, though its neighbours have: give them, or say unscored = true",
    ),
    "points and unscored": (
        LEAF + "points = 3\nunscored = true  # here",
        leaves(3),
        "1: has points and is unscored at once",
    ),
    "points in a system without": (LEAF + "points = 3  # here", NONE, '1: has points, but scheme.points is "none"'),
    "a total without points": (
        LEAF,
        NONE + "\ntotal = 3  # here",
        "a system without points has no total: take it out, or say where the points are",
    ),
    "points without a total": (
        LEAF + "points = 3",
        'points = "leaves"  # here',
        "scheme.total is missing: the points of the document",
    ),
    "points below the top": (
        GROUP + "points = 3\n" + FIRST.replace("3", "3  # here"),
        'points = "top"\ntotal = 3',
        '1.1: has points, but scheme.points is "top"',
    ),
    "a pass line above all points": (
        LEAF + "points = 3",
        leaves(3) + "\npass_at = 60  # here",
        "pass_at is 60, more than the 3 points there are",
    ),
    "points of a veto": (
        LEAF + 'points = 3\n[[group]]\nid = "V"\ntitle = "乙"\nstage = "veto"\n'
        '[[leaf]]\nid = "V.1"\ntext = "丙"\npoints = 2  # here',
        leaves(3),
        "V.1: a veto has no points",
    ),
}


@pytest.mark.parametrize(("body", "scheme", "words"), SUMS.values(), ids=SUMS)
def test_points_that_do_not_add_up_are_refused(body: str, scheme: str, words: str) -> None:
    assert said(text_of(body, scheme)) == words


def test_a_group_whose_leaves_have_points_needs_its_own() -> None:
    text = text_of(GROUP.replace("]]", "]]  # here") + FIRST, leaves(3))
    total, group = refusal(text)
    assert total.endswith("the parts at the top add up to 0, not 3")
    place = f"own.toml, line {line_with(text, '# here')}: "
    assert group == f"{place}1: has no points, though what stands below adds up to 3"


def test_every_problem_of_a_file_is_said_at_once() -> None:
    text = text_of(LEAF + 'units = "〃"\ndecide = "auto"\n[[leaf]]\nid = "2"\ntext = "乙"\nclears = true')
    assert [problem.partition(": ")[2] for problem in refusal(text)] == [
        "1: units is 〃, but there is no cell above to merge with",
        '1: decide = "auto" needs a rule',
        '2: clears is for a leaf with decide = "assisted" and a rule',
    ]


def test_layouts_that_cannot_be_drawn_are_refused() -> None:
    twice = '[layout]\ncolumns = [{ key = "text", header = "甲" }, { key = "text", header = "乙" }]  # here\n'
    assert said(text_of(LEAF, layout=twice)) == "layout: the column 'text' is there twice"
    lacking = '[layout]\ncolumns = [{ key = "mark", header = "甲" }]  # here\n'
    assert said(text_of(LEAF, layout=lacking)) == "layout: the column 'text' is missing"
    deep = '[layout]\ncolumns = [{ key = "text", header = "甲" }, { key = "level2", header = "乙" }]  # here\n'
    assert said(text_of(LEAF, layout=deep)) == "layout: 'level2' is shown, but levels names 1"
    assert said(text_of(LEAF, layout=LAYOUT + "matrix = true  # here\n")) == "layout: a matrix of points needs points"


def test_blank_columns_may_stand_in_a_layout_more_than_once() -> None:
    blank = '{ key = "blank", header = "甲" }'
    layout = f'[layout]\ncolumns = [{{ key = "text", header = "乙" }}, {blank}, {blank}]\n'
    assert len(parse_system(text_of(LEAF, layout=layout), "own.toml").layout.columns) == 3


def test_a_system_does_not_end_before_it_begins() -> None:
    dates = "effective_from = 2026-01-01\neffective_until = 2025-12-31  # here\n"
    assert said(text_of(LEAF, head=HEAD + dates)) == "effective_until is before effective_from"


EXEMPTION = '[[exemption]]\nid = "a"\ntitle = "乙"\nnodes = ["1"]\n'


def test_an_exemption_names_what_is_there() -> None:
    body = LEAF + EXEMPTION.replace('["1"]', '["2"]  # here')
    assert said(text_of(body)) == "exemption 'a': there is no '2'"


def test_of_two_exemptions_the_one_that_is_wrong_is_pointed_at() -> None:
    body = LEAF + EXEMPTION + EXEMPTION.replace('"a"', '"b"').replace('["1"]', '["2"]  # here')
    assert said(text_of(body)) == "exemption 'b': there is no '2'"


def test_two_exemptions_of_one_id_are_refused() -> None:
    text = text_of(LEAF + EXEMPTION.replace('"a"', '"a"  # here') + EXEMPTION)
    assert said(text) == "exemption 'a' is there twice"
