"""The score sheet, read back with another library: the document's layout and words, findings, draws, open cells."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import pytest

from indicators.case import Word
from indicators.score import Score
from indicators.system import DITTO, Column, Group, Leaf, System
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.zone import CHINA
from reports.masking import masked_scores
from reports.scorepages import split_units
from reports.scoresheet import sheet_columns, write_sheet
from storage.database import StorageError, open_database
from storage.marks import MarkView, keep_marks
from tests.scores import scored
from tests.scores.scored import COUNTY, DAY, PERIOD, QINGHE, QUARTER, YUNSHAN
from tests.scores.sheet import Sheet

MADE = dt.datetime(2026, 11, 28, 9, 30, tzinfo=CHINA)
MARKED = dt.datetime(2026, 11, 27, 2, 5, tzinfo=dt.UTC)
# What people already decided when the sheets were made.
DECIDED = {
    (COUNTY, QUARTER): (
        ("1.1.1", 0.5, "", "已修复一处"),
        ("2.2", 1.5, "", "=1+1"),
        ("2.3", None, "met", ""),
        ("V.1", None, "dismissed", "域名仍属本单位"),
        ("1.2", None, "not_applicable", ""),
        ("R1", -3.0, "", "国办通报"),
    ),
    ("langao-2023", "2026"): (("1", 30.0, "", ""),),
    ("wuwei-2020", "2026"): tuple((f"1.1.1.{number}", 1.0, "", "") for number in range(1, 9)),
}
OURS = ("核查方式", "核查结果", "系统评分", "计算过程", "问题编号", "证据编号", "应填", "复核评分（结论）")
PEOPLE = ("复核理由", "复核人", "复核时间")
WORDS = tuple("复核结论" if header == "复核评分（结论）" else header for header in OURS if header != "系统评分")
LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "national-2019": ("一级指标", "二级指标", "评分细则", "分值", *OURS, *PEOPLE),
    "changchun-xinqu": ("一级指标", "二级指标", "监测要点", "具体要求", "责任部门", *WORDS, *PEOPLE),
    "langao-2023": (
        *("一级指标", "二级指标", "三级指标", "四级指标", "评估点", "采样方式", "责任单位"),
        *(*OURS, *PEOPLE),
    ),
    "langfang-2023": (
        *("一级指标", "二级指标", "三级指标", "考核要点", "考评方式", "牵头单位、责任单位"),
        *(*OURS, *PEOPLE),
    ),
    "siping-2022": (
        *("序号", "目    标", "主要任务", "细化指标", "责任单位", "工作措施", "完成时限", "可检视成果"),
        *("检查结果", "证据", "核销"),
        *("核查方式", "计算过程", "问题编号", "应填", *PEOPLE),
    ),
    "wuwei-2020": (
        *("一级指标", "二级指标", "三级指标", "赋分标准及计算要求", "得分", "责任单位", "赋分说明"),
        *("核查方式", "核查结果", "系统评分", "计算过程", "问题编号", "证据编号", "应填", "复核人", "复核时间"),
    ),
    COUNTY: ("序号", "一级指标", "二级指标", "考评要点", "责任单位", *OURS, *PEOPLE),
}


class Desk:
    """The sheets of two portals, each written and read once; only of qinghe somebody decided something."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.books = systems_at_hand(scored.county(folder / "systems"))
        self.engine = open_database(scored.database(folder / "mingcha.sqlite"))
        for (system, period), given in DECIDED.items():
            views = [MarkView(node, "王芳", MARKED, points, word, why, "a.xlsx") for node, points, word, why in given]
            keep_marks(self.engine, QINGHE.id, system, period, views, basis=MARKED)
        self.sheet = cache(self._sheet)
        self.scored = cache(self._scored)

    def system(self, name: str) -> System:
        return self.books.get(name)

    def score(self, name: str, portal: str = QINGHE.id) -> Score:
        return self.scored(name, portal).score

    def _scored(self, name: str, portal: str = QINGHE.id) -> Scored:
        return score_portal(self.engine, portal, [name], self.books)[0]

    def _sheet(self, name: str, portal: str = QINGHE.id) -> Sheet:
        one = self.scored(name, portal)
        (score,) = masked_scores([one.score])
        return Sheet(write_sheet(score, one.view, self.folder / f"{portal}-{name}.xlsx", made=MADE))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("scoresheet"))
    yield made
    made.engine.dispose()


def plain(text: object) -> str:
    """Returns a text without its blanks and line breaks."""
    return "".join(str(text or "").split())


def header_of(system: System, key: str) -> str:
    return next(column.header for column in sheet_columns(system) if column.key == key)


def rows_of(sheet: Sheet, title: str) -> list[dict[str, str]]:
    """Returns the lines of a further sheet by header."""
    _, headers, *lines = sheet.book[title].iter_rows(values_only=True)
    return [{str(key): str(value or "") for key, value in zip(headers, line, strict=True)} for line in lines]


# layout


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_columns_are_the_documents_in_its_order_and_ours_beside_them(desk: Desk, name: str) -> None:
    assert desk.sheet(name).headers == ["条款", *LAYOUTS[name]]


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_requirement_is_there_once_with_its_id_and_its_own_words(desk: Desk, name: str) -> None:
    sheet, system = desk.sheet(name), desk.system(name)
    ids = {leaf.id for leaf in system.leaves}
    assert [node for node in sheet.nodes if node in ids] == [leaf.id for leaf in system.leaves]
    header = header_of(system, "text")
    for leaf in system.leaves:
        assert plain(sheet.said(leaf.id, header)) == plain(leaf.text)
        assert sheet.cell(leaf.id, header).data_type == "s"


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_level_that_carries_the_points_of_all_below_it_has_a_row_of_its_own(desk: Desk, name: str) -> None:
    sheet, system = desk.sheet(name), desk.system(name)
    carriers = {
        group.id
        for group in system.groups
        if group.points is not None and all(child.points is None for child in system.children(group.id))
    }
    others = set(sheet.nodes) - {leaf.id for leaf in system.leaves} - {remark.id for remark in system.remarks}
    assert others == carriers
    for group in carriers:
        last = max(sheet.row(leaf.id) for leaf in system.leaves if leaf.id.startswith(f"{group}."))
        assert sheet.row(group) > last


@pytest.mark.parametrize("name", LAYOUTS)
def test_titles_of_levels_go_on_over_all_their_rows(desk: Desk, name: str) -> None:
    sheet, system = desk.sheet(name), desk.system(name)
    for leaf in system.leaves:
        for depth, group in enumerate(system.ancestors(leaf.id), 1):
            cell = sheet.cell(leaf.id, header_of(system, f"level{depth}"))
            assert plain(cell.value) == plain(group.title)
    starts = {
        (cell.row, cell.column)
        for depth in range(1, len(system.levels) + 1)
        for leaf in system.leaves
        if (cell := sheet.cell(leaf.id, header_of(system, f"level{depth}"))).value
    }
    titled = [group for group in system.groups if plain(group.title)]
    assert len(starts) == len(titled)


def effective(system: System, leaf: Leaf, name: str) -> tuple[str, object]:
    """Returns a cell of the document and what it is one with: a ditto goes on from above, a level's holds below it."""
    before = system.leaves[: system.leaves.index(leaf)]
    for node in (leaf, *reversed(system.ancestors(leaf.id))):
        value: object = getattr(node, name)
        value = "".join(value) if isinstance(value, tuple) else value
        if value == DITTO:
            return effective(system, before[-1], name)
        if value is not None:
            return plain(value), (node.id if isinstance(node, Group) else leaf.id)
    return "", None


@pytest.mark.parametrize("name", LAYOUTS)
def test_cells_are_merged_where_the_document_merges_them_and_nowhere_else(desk: Desk, name: str) -> None:
    sheet, system = desk.sheet(name), desk.system(name)
    for column in system.layout.columns:
        if column.key not in ("method", "units", "measures", "deadline", "deliverable", "remark"):
            continue
        for leaf in system.leaves:
            assert plain(sheet.said(leaf.id, column.header)) == effective(system, leaf, column.key)[0], leaf.id
        for above, leaf in itertools.pairwise(system.leaves):
            if sheet.row(leaf.id) != sheet.row(above.id) + 1:
                continue  # a line of the document stands between them
            text, holder = effective(system, leaf, column.key)
            one = sheet.cell(leaf.id, column.header).coordinate == sheet.cell(above.id, column.header).coordinate
            if text:
                assert one is (effective(system, above, column.key) == (text, holder)), leaf.id


def test_siping_is_its_task_list_with_numbers_and_a_column_to_sign_off(desk: Desk) -> None:
    sheet, system = desk.sheet("siping-2022"), desk.system("siping-2022")
    assert [sheet.said(leaf.id, "序号") for leaf in system.leaves] == list(range(1, 86))
    assert sheet.cell("1.1.1", "责任单位").coordinate == sheet.cell("1.1.2", "责任单位").coordinate
    assert sheet.cell("1.1.2", "责任单位").coordinate != sheet.cell("1.2.1", "责任单位").coordinate
    measures = {sheet.cell(leaf.id, "工作措施").coordinate: sheet.said(leaf.id, "工作措施") for leaf in system.leaves}
    assert sum(len(str(text).splitlines()) for text in measures.values()) == 92
    assert sheet.said("1.3.1", "检查结果") == "待评定（有建议）"
    assert sheet.mark == "核销"


def test_wuwei_begins_with_its_matrix_of_points_and_earned_points(desk: Desk) -> None:
    sheet, system = desk.sheet("wuwei-2020"), desk.system("wuwei-2020")
    assert sheet.book.sheetnames[:2] == ["表1", "赋分表"]
    matrix = sheet.book["表1"]
    head = next(row[0].row for row in matrix.iter_rows(max_col=1) if row[0].value == "一级指标")
    assert [plain(matrix.cell(row, 1).value) for row in range(1, head)] == [
        plain(line) for line in (*system.layout.heading, *system.layout.matrix_heading)
    ]
    labels = [matrix.cell(head + offset, 1).value for offset in range(6)]
    assert labels == ["一级指标", "满分", "得分", "二级指标", "满分", "得分"]
    lines = {offset: [matrix.cell(head + offset, index).value for index in range(2, 15)] for offset in range(6)}
    tops = [group for group in system.groups if "." not in group.id]
    assert [value for value in lines[0] if value] == [
        *("主动公开", "依申请公开"),
        "政务新媒体与信息平台建设",
        "监督保障",
        "总得分",
    ]
    assert [float(str(value)) for value in lines[1] if value] == [58.5, 11.5, 20, 10, 100]
    seconds = [float(str(value)) for value in lines[4] if value]
    assert sum(seconds) == 100 and len(seconds) == 12
    spans = {str(area): area for area in matrix.merged_cells.ranges if area.min_row == head + 1}
    for top in tops:
        first = lines[1].index(f"{top.points:g}")
        width = next((area.size["columns"] for area in spans.values() if area.min_col == first + 2), 1)
        assert sum(seconds[first : first + width]) == top.points
    assert [lines[5][0], lines[4][0]] == ["8～10", "10"]  # eight of its ten points are marked
    level = desk.score("wuwei-2020").levels["1"]
    assert lines[2][0] == f"{level.low:g}～{level.high:g}"
    total = desk.score("wuwei-2020").total
    assert total is not None and lines[2][12] == f"{total.low:g}～{total.high:g}"


def test_wuwei_takes_marks_in_its_own_columns_and_ends_with_signatures(desk: Desk) -> None:
    sheet, system = desk.sheet("wuwei-2020"), desk.system("wuwei-2020")
    assert (sheet.said("1.1.1.1", "得分"), sheet.said("1.1.1.1", "复核人")) == (1, "王芳")
    lines = [
        str(row[1].value) for row in sheet.table.iter_rows(min_row=sheet.row(system.leaves[-1].id) + 1) if row[1].value
    ]
    assert (
        tuple(lines[-5:]) == system.layout.signatures == ("合格分", "填报人：", "填报日期：", "审核人：", "审核日期：")
    )


@pytest.mark.parametrize(
    ("name", "bracketed"), [("changchun-xinqu", "党政办（档案室）"), (COUNTY, "县委办（档案室、信访局）")]
)
def test_every_requirement_stands_under_each_of_its_units_and_brackets_hold_together(
    desk: Desk, name: str, bracketed: str
) -> None:
    sheet, system = desk.sheet(name), desk.system(name)
    found: dict[str, set[str]] = {}
    order: list[str] = []
    for line in rows_of(sheet, "按责任单位"):
        assert line["责任单位"] not in found.setdefault(line["条款"], set())
        found[line["条款"]].add(line["责任单位"])
        order.append(line["责任单位"])
    for leaf in system.leaves:
        units = effective(system, leaf, "units")[0]
        outside = re.split(r"[、，,；;。]+(?![^（(]*[）)])", units)
        assert found[leaf.id] == {unit for unit in outside if unit} or {"（未列责任单位）"}
    assert len([key for key, _ in itertools.groupby(order)]) == len(set(order))  # one unit's lines stand together
    assert bracketed in order


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", []),
        ("甲、乙，丙；丁\n戊。", ["甲", "乙", "丙", "丁", "戊"]),
        ("甲（一、二）、乙(三，四)", ["甲（一、二）", "乙(三，四)"]),
        ("甲、甲、 乙 ", ["甲", "乙"]),
        ("甲（一（二、三）、四）、乙", ["甲（一（二、三）、四）", "乙"]),
    ],
)
def test_units_of_a_cell_are_told_apart(text: str, units: list[str]) -> None:
    assert split_units(text) == units


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_sheet_by_unit_is_only_for_documents_that_ask_for_it(desk: Desk, name: str) -> None:
    names = desk.sheet(name).book.sheetnames
    assert ("按责任单位" in names) is (name in ("changchun-xinqu", COUNTY))
    assert ("表1" in names) is (name == "wuwei-2020")
    assert names[-4:] == ["问题与计扣", "抽样记录", "说明", "_mingcha"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_document_is_headed_as_its_people_know_it(desk: Desk, name: str) -> None:
    sheet, layout = desk.sheet(name), desk.system(name).layout
    above = [plain(row[0].value) for row in sheet.table.iter_rows(max_row=sheet.head - 1, max_col=1)]
    wanted = [] if layout.matrix else [*layout.heading]
    assert above[: len(above) - 2] == [plain(line) for line in (*wanted, *layout.table_heading)]
    assert QINGHE.name in above[-2] and QINGHE.home in above[-2] and f"{DAY}" in above[-2]
    assert above[-1].startswith("结论：")
    assert sheet.table.freeze_panes == f"A{sheet.head + 1}"


# what the machine says


def test_results_scores_and_findings_stand_beside_the_requirement(desk: Desk) -> None:
    sheet = desk.sheet("national-2019")
    assert (sheet.said("4.3.1", "核查方式"), sheet.said("V.1.1", "核查方式")) == ("自动核查", "人工核查")
    assert (sheet.said("4.3.1", "核查结果"), sheet.said("4.3.1", "系统评分")) == ("不达标", "扣0.4")
    assert str(sheet.said("4.3.1", "计算过程")).startswith("确认2个×0.2分＝0.4分")
    numbers = str(sheet.said("4.3.1", "问题编号")).split("、")
    assert sorted(numbers) == sorted(
        line["问题编号"] for line in rows_of(sheet, "问题与计扣") if line["条款"] == "4.3.1"
    )
    assert sheet.said("4.10.1", "核查结果") == "未能判定" and "IPv6" in str(sheet.said("4.10.1", "计算过程"))
    assert sheet.said("V.1.3", "核查结果") == "建议否决，待确认"
    assert (sheet.said("B5.1.1", "核查结果"), sheet.said("B5.1.1", "系统评分")) == ("待人工评定", "0～3")


def test_findings_say_what_they_cost_and_where_they_were_charged_before(desk: Desk) -> None:
    lines = rows_of(desk.sheet(COUNTY), "问题与计扣")
    said = {(line["条款"], line["对象"].rpartition("/")[2]): line["计扣"] for line in lines}
    assert said["1.1.2", "evil.html"] == "扣0.5分"
    assert said["1.1.2", "slow.html"].startswith("疑似，暂不扣")
    assert said["1.1.2", "home0.html"] == said["1.1.2", "home1.html"] == "已在“链接”（1.1.1）计扣"
    assert len({(line["条款"], line["问题编号"]) for line in lines}) == len(lines)
    assert [line["条款"] for line in rows_of(desk.sheet(COUNTY, YUNSHAN.id), "问题与计扣")] == ["无"]


def test_a_column_whose_kind_nobody_knows_is_said_to_be_open(desk: Desk) -> None:
    lines = rows_of(desk.sheet("national-2019"), "问题与计扣")
    said = {line["条款"]: line["计扣"] for line in lines if line["对象"].endswith("/unknown/")}
    assert said["V.4.1"] == "是否属于本条所指栏目待定"
    assert said["1.9.2"] == "是否属于本条所指栏目待定，暂不扣，计入区间下限"


@pytest.mark.parametrize("name", ["changchun-xinqu", "siping-2022"])
def test_where_there_are_no_points_no_finding_costs_any(desk: Desk, name: str) -> None:
    lines = rows_of(desk.sheet(name), "问题与计扣")
    assert len(lines) > 3
    assert [line["计扣"] for line in lines if "分" in line["计扣"]] == []


def test_the_findings_of_a_clause_do_not_cost_more_than_the_clause(desk: Desk) -> None:
    lines = [line["计扣"] for line in rows_of(desk.sheet("wuwei-2020"), "问题与计扣") if line["条款"] == "3.2.3.2"]
    assert len(lines) == 2
    assert sum(float(cost[1]) for line in lines if (cost := re.search(r"扣([\d.]+)分", line))) == 0.5


def test_personal_data_in_findings_is_masked(desk: Desk) -> None:
    text = "\n".join(line["问题描述"] for line in rows_of(desk.sheet(COUNTY), "问题与计扣"))
    assert "139****5678" in text and "13912345678" not in text


def test_the_record_of_draws_lists_those_that_passed_too(desk: Desk) -> None:
    lines = [line for line in rows_of(desk.sheet("national-2019"), "抽样记录") if line["条款"] == "4.6.2"]
    assert [line["结果"] for line in lines] == ["符合", "符合", "符合", "不符合"]
    assert {(line["总数"], line["种子"]) for line in lines} == {("204", "seed-search_titles")}
    assert lines[0]["网址"] == f"{scored.SITE}/t0" and lines[0]["抽中对象"] == "抽中的t0"
    assert [line["条款"] for line in rows_of(desk.sheet("wuwei-2020"), "抽样记录")] == ["无"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_figures_below_the_table_are_the_scores_own(desk: Desk, name: str) -> None:
    sheet, score = desk.sheet(name), desk.score(name)
    lines = (str(row[1].value) for row in sheet.table.iter_rows(min_row=sheet.head + 1) if not row[0].value)
    below = {name: value for line in lines for name, colon, value in [line.partition("：")] if colon}
    if score.total is None:
        for name, word in (("达标", Word.MET), ("不达标", Word.NOT_MET), ("待定", None)):
            assert below[f"{name}项数"] == str(sum(one.word is word for one in score.leaves.values()))
        assert "得分区间" not in below
    else:
        low, high = round(score.total.low, 2), round(score.total.high, 2)
        assert below["得分区间"].partition("（")[0] == (f"{low:g}" if low == high else f"{low:g}～{high:g}")
    assert str(below["结论"]).startswith(str(sheet.table.cell(sheet.head - 1, 1).value).removeprefix("结论：")[:10])


# cells to fill in


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_clause_that_can_be_marked_says_how_and_its_cell_takes_nothing_else(desk: Desk, name: str) -> None:
    sheet = desk.sheet(name)
    remarks = {remark.id for remark in desk.system(name).remarks}
    rules = {str(one.sqref): one for one in sheet.table.data_validations.dataValidation}
    wanted = {sheet.cell(node, sheet.mark).coordinate: node for node in sheet.nodes if node not in remarks}
    assert set(rules) == set(wanted)
    for at, node in wanted.items():
        entry, rule = str(sheet.said(node, "应填")), rules[at]
        if most := re.match(r"(?:得分|扣分) 0～([\d.]+)，或 不适用$", entry):
            assert rule.type == "custom"
            assert rule.formula1 == f'OR(AND(ISNUMBER({at}),{at}>=0,{at}<={most[1]}),{at}="不适用")'
        else:
            assert rule.type == "list"
            assert str(rule.formula1).strip('"').split(",") == entry.split("／")
        assert rule.prompt == entry == rule.error
        assert not sheet.cell(node, sheet.mark).protection.locked


def test_what_can_be_filled_in_fits_the_clause(desk: Desk) -> None:
    county = desk.sheet(COUNTY)
    assert {node: county.said(node, "应填") for node in county.nodes} == {
        "V.1": "否决成立／否决不成立／不适用",
        "1.1.1": "扣分 0～3，或 不适用",
        "1.1.2": "扣分 0～3，或 不适用",
        "1.1": "不适用",
        "1.2.1": "扣分 0～3，或 不适用",
        "1.2": "不适用",
        "2.1": "得分 0～2，或 不适用",
        "2.2": "得分 0～2，或 不适用",
        "2.3": "达标／不达标／不适用",
        "R1": "通报批评 -3；通报表扬 +3；无 0",
    }
    langao = desk.sheet("langao-2023")
    assert langao.said("1", "应填") == "得分 0～38，或 不适用"
    assert langao.said("1.1.1.1.1", "应填") == "达标／不达标／不适用"
    assert desk.sheet("siping-2022").said("1.1.1", "应填") == "达标／不达标／不适用"


def test_a_mark_that_holds_is_shown_with_who_when_and_why(desk: Desk) -> None:
    sheet = desk.sheet(COUNTY)
    shown = {node: sheet.said(node, sheet.mark) for node in sheet.nodes if sheet.said(node, sheet.mark) is not None}
    assert shown == {"1.1.1": 0.5, "2.2": 1.5, "2.3": "达标", "V.1": "否决不成立", "1.2": "不适用", "R1": -3}
    for node in shown:
        assert (sheet.said(node, "复核人"), sheet.said(node, "复核时间")) == ("王芳", "2026-11-27 10:05")
    assert sheet.said("1.1.1", "复核理由") == "已修复一处"
    assert sheet.said("1.1.1", "系统评分") == "扣0.5" and "王芳评定：已修复一处" in str(sheet.said("1.1.1", "计算过程"))
    assert sheet.said("1.2", "核查结果") == sheet.said("1.2.1", "核查结果") == "不适用"
    assert [sheet.said(node, header) for node in ("1.1.2", "2.1") for header in (sheet.mark, "复核人")] == [None] * 4
    langao = desk.sheet("langao-2023")
    assert (langao.said("1", langao.mark), langao.said("1", "系统评分")) == (30, "30")


def test_without_marks_no_cell_of_people_is_filled(desk: Desk) -> None:
    sheet = desk.sheet(COUNTY, YUNSHAN.id)
    for node in sheet.nodes:
        assert [sheet.said(node, header) for header in (sheet.mark, "复核理由", "复核人", "复核时间")] == [None] * 4


# safety


def test_no_text_of_a_page_a_clause_or_a_person_is_a_formula(desk: Desk) -> None:
    one = desk.scored(COUNTY)
    view = replace(one.view, portal=replace(one.view.portal, name="=1+1", home="@SUM(A1)"))
    path = write_sheet(one.score, view, desk.folder / "hostile.xlsx", made=MADE)
    sheet = Sheet(path)
    cells = [cell for page in sheet.book.worksheets for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [cell.coordinate for cell in cells if cell.hyperlink] == []
    assert sheet.said("2.2", "考评要点") == "=1+1" and sheet.said("2.3", "考评要点") == "@x<script>alert(1)</script>"
    assert sheet.said("2.2", "责任单位") == "@各部门" and sheet.said("2.2", "复核理由") == "=1+1"
    assert any(str(cell.value).startswith(scored.HOSTILE) for cell in cells)


def test_a_hidden_sheet_says_what_the_workbook_is_of(desk: Desk) -> None:
    book = desk.sheet(COUNTY).book
    assert {sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"} == {"_mingcha"}
    said = {str(row[0].value): row[1].value for row in book["_mingcha"].iter_rows()}
    assert said["mark:2.3"] == '[null, "met", ""]'  # the marks it was exported with
    assert {key: value for key, value in said.items() if not key.startswith("mark:")} == {
        "format": "1",
        "system": COUNTY,
        "version": "1",
        "portal": "qinghe",
        "period": QUARTER,
        "audit": "qinghe-20261120-220000",
        "made": "2026-11-28T09:30:00+08:00",
    }
    assert desk.sheet("national-2019").book["_mingcha"]["B5"].value == PERIOD


def test_ids_of_clauses_are_text_and_stay_text(desk: Desk) -> None:
    sheet = desk.sheet("langao-2023")
    assert {sheet.cell(node, "条款").data_type for node in sheet.nodes} == {"s"}
    assert "1" in sheet.nodes and "2.1.1.2.1" in sheet.nodes


def test_a_place_that_cannot_be_written_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    one = desk.scored(COUNTY)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot write"):
        write_sheet(one.score, one.view, tmp_path / "file" / "a.xlsx", made=MADE)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_the_layout_does_not_place_follows_by_itself(desk: Desk) -> None:
    system = desk.system(COUNTY)
    placed = (Column(key="mark", header="打分"), Column(key="text", header="要求"), Column(key="date", header="日期"))
    layout = msgspec.structs.replace(system.layout, columns=placed)
    columns = sheet_columns(msgspec.structs.replace(system, layout=layout))
    assert [column.header for column in columns[:3]] == ["打分", "要求", "日期"]
    assert [column.header for column in columns[3:]] == [*OURS[:-1], "复核理由", "复核人"]
