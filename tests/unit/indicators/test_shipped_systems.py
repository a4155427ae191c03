"""The systems that ship: as many requirements, points and names as their documents have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from indicators.system import DITTO, Group, Leaf, System, Tier, parent_of
from tests.unit.indicators.make import shipped

LEAVES = {
    "changchun-xinqu": 71,
    "langao-2023": 83,
    "langfang-2023": 64,
    "national-2019": 16 + 56 + 17,
    "siping-2022": 85,
    "wuwei-2020": 93,
}
WITHOUT_POINTS = ("changchun-xinqu", "siping-2022")


def points(nodes: Sequence[Group | Leaf]) -> list[float | None]:
    """Returns the points of nodes in order."""
    return [node.points for node in nodes]


def added(nodes: Sequence[Group | Leaf]) -> float:
    """Returns the points of nodes together."""
    return round(sum(node.points or 0.0 for node in nodes), 6)


@pytest.mark.parametrize(("name", "count"), LEAVES.items())
def test_every_requirement_of_the_document_is_a_leaf(name: str, count: int) -> None:
    assert len(shipped(name).leaves) == count


@pytest.mark.parametrize("name", LEAVES)
def test_every_node_has_an_id_of_its_own_and_stands_below_a_group(name: str) -> None:
    made = shipped(name)
    ids = [node.id for node in (*made.nodes, *made.remarks)]
    groups = {group.id for group in made.groups}
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    assert {parent_of(leaf.id) for leaf in made.leaves} <= groups
    assert {parent_of(group.id) for group in made.groups} <= groups | {""}


@pytest.mark.parametrize("name", LEAVES)
def test_exemptions_name_nodes_that_are_there(name: str) -> None:
    made = shipped(name)
    nodes = {node.id for node in made.nodes}
    assert {node for one in made.exemptions for node in one.nodes} <= nodes


def test_the_national_table_knows_two_exemptions() -> None:
    made = shipped("national-2019")
    assert {one.id: one.nodes for one in made.exemptions} == {"no-services": ("2", "V.6"), "departments": ("1.1",)}


@pytest.mark.parametrize("name", LEAVES)
def test_every_level_of_the_sheet_has_the_name_its_document_gives(name: str) -> None:
    made = shipped(name)
    headers = {column.key: column.header for column in made.layout.columns}
    shown = [headers[key] for key in ("level1", "level2", "level3", "level4") if key in headers]
    assert shown == list(made.levels)


@pytest.mark.parametrize("name", WITHOUT_POINTS)
def test_a_document_without_points_gets_none(name: str) -> None:
    made = shipped(name)
    assert made.scheme.points == "none"
    assert set(points(made.nodes)) == {None}
    assert [leaf.id for leaf in made.leaves if leaf.most is not None] == []


def test_langao_has_points_only_at_the_top() -> None:
    made = shipped("langao-2023")
    assert points(made.children("")) == [38, 14, 10, 25, 13]
    assert added(made.children("")) == made.scheme.total == 100
    assert {node.points for node in made.nodes if "." in node.id} == {None}


def test_langao_ends_with_two_remarks() -> None:
    remarks = shipped("langao-2023").remarks
    assert [[choice.points for choice in remark.choices] for remark in remarks] == [[-3, 3], [1]]


@pytest.mark.parametrize("name", ["langfang-2023", "wuwei-2020"])
def test_every_node_is_the_sum_of_what_stands_below(name: str) -> None:
    made = shipped(name)
    scored = [group for group in made.groups if group.points is not None]
    assert {group.id: added(made.children(group.id)) for group in scored} == {
        group.id: group.points for group in scored
    }
    assert added(made.children("")) == made.scheme.total == 100
    assert added(made.leaves) == 100


def test_langfang_gives_every_requirement_points() -> None:
    made = shipped("langfang-2023")
    assert points(made.children("")) == [50, 8, 10, 2, 22, 8]
    assert [node.id for node in made.nodes if node.points is None or node.unscored] == []


PRINTED = re.compile(r"[(（]?(\d+(?:\.\d+)?)(?:分|(?<=\.00))[)）]?$")


@pytest.mark.parametrize(
    ("name", "count"), [("langao-2023", 5), ("langfang-2023", 52), ("national-2019", 9), ("wuwei-2020", 47)]
)
def test_points_are_those_printed_in_the_title(name: str, count: int) -> None:
    printed = {group.id: PRINTED.search(group.title) for group in shipped(name).groups}
    read = {group: float(match.group(1)) for group, match in printed.items() if match}
    assert len(read) == count
    assert read == {group: shipped(name).group(group).points for group in read}


@pytest.mark.parametrize(("name", "count"), [("langfang-2023", 38), ("wuwei-2020", 58)])
def test_points_are_those_printed_behind_the_text(name: str, count: int) -> None:
    printed = {leaf: re.findall(r"[(（](\d+(?:\.\d+)?)分[)）]", leaf.text) for leaf in shipped(name).leaves}
    read = {leaf.id: float(found[-1]) for leaf, found in printed.items() if found}
    assert len(read) == count
    assert read == {leaf: shipped(name).leaf(leaf).points for leaf in read}


def numbered(made: System) -> dict[int, Group]:
    """Returns the groups of the third level by the number their titles begin with."""
    found = {}
    for group in made.groups:
        if match := re.match(r"(\d+)\. ?", group.title):
            found[int(match.group(1))] = group
    return found


def test_wuwei_has_no_29_and_no_30_and_prints_no_3() -> None:
    made = shipped("wuwei-2020")
    assert set(numbered(made)) == set(range(1, 35)) - {3, 29, 30}
    assert made.group("1.2.1").title == "政策精准解读信息（5分）"


def test_wuwei_gives_its_item_17_and_five_sentences_no_points() -> None:
    made = shipped("wuwei-2020")
    assert (numbered(made)[17].points, numbered(made)[17].unscored) == (None, True)
    without = [leaf.id for leaf in made.leaves if leaf.unscored]
    assert without == ["1.3.3.4", "1.4.1.1", "1.4.1.2", "1.4.1.3", "2.2.1.1", "2.3.2.1"]
    assert [leaf.id for leaf in made.leaves if leaf.points is None] == without


def test_wuwei_pays_ten_hits_by_two_bands() -> None:
    (rule,) = [leaf.rule for leaf in shipped("wuwei-2020").leaves if isinstance(leaf.rule, Tier)]
    assert [(band.low, band.high) for band in rule.bands if (band.at_least or 0) <= 10 <= (band.at_most or 10)] == [
        (5, 5),
        (3, 4),
    ]
    assert len(rule.keywords) == 4


def test_siping_has_seven_goals_and_counts_its_leaves_from_1_to_85() -> None:
    made = shipped("siping-2022")
    assert len(made.children("")) == 7
    assert len(made.groups) == 7 + 33
    assert [int(leaf.text.partition(".")[0]) for leaf in made.leaves] == list(range(1, 86))


def test_siping_writes_every_measure_once_in_order() -> None:
    measures = [text for leaf in shipped("siping-2022").leaves for text in leaf.measures or () if text != DITTO]
    numbers = [re.match(r"（(\d+)）", text) for text in measures]
    assert [match and int(match.group(1)) for match in numbers] == list(range(1, 93))


def test_the_national_table_has_six_vetoes_of_sixteen_situations() -> None:
    made = shipped("national-2019")
    vetoes = [leaf for leaf in made.leaves if made.stage(leaf.id) == "veto"]
    assert len(made.children("V")) == 6
    assert len(vetoes) == 16
    assert set(points([*made.children("V"), *vetoes])) == {None}


def test_the_national_table_deducts_from_100_and_adds_up_to_30() -> None:
    made = shipped("national-2019")
    stages = {stage: [top for top in made.children("") if made.stage(top.id) == stage] for stage in ("score", "bonus")}
    assert points(stages["score"]) == [31, 25, 23, 21]
    assert points(stages["bonus"]) == [7, 6, 8, 6, 3]
    assert (added(stages["score"]), added(stages["bonus"])) == (made.scheme.total, made.scheme.bonus_total) == (100, 30)
    assert (made.scheme.pass_at, made.scheme.bonus_above, made.scheme.period) == (60, 80, "half")


def test_the_national_table_carries_points_by_indicator_and_bonus_by_clause() -> None:
    made = shipped("national-2019")
    indicators = [group for group in made.groups if made.stage(group.id) == "score" and "." in group.id]
    clauses = [leaf for leaf in made.leaves if made.stage(leaf.id) == "score"]
    bonus = [leaf for leaf in made.leaves if made.stage(leaf.id) == "bonus"]
    assert (len(indicators), added(indicators)) == (29, 100)
    assert (len(clauses), set(points(clauses))) == (56, {None})
    assert (len(bonus), added(bonus)) == (17, 30)


def test_the_most_a_clause_can_cost_stays_within_its_indicator() -> None:
    made = shipped("national-2019")
    capped = [leaf for leaf in made.leaves if leaf.most is not None]
    over = [leaf.id for leaf in capped if (leaf.most or 0) > (made.group(parent_of(leaf.id)).points or 0)]
    assert (len(capped) > 0, over) == (True, [])


def test_only_the_national_table_is_a_restatement_and_says_so() -> None:
    restated = [name for name in LEAVES if shipped(name).transcription == "restated"]
    assert restated == ["national-2019"]
    assert "核对" in shipped("national-2019").note
