"""The layout of score sheets, read back with another library: the document's own columns, words and merged cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

import msgspec
import pytest

from indicators.system import DITTO, Column, Group, Leaf, System
from reports.scorepages import split_units
from reports.scoresheet import sheet_columns
from tests.reports.sheetdesk import Desk, header_of, plain, rows_of
from tests.scores.scored import COUNTY, DAY, QINGHE

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


def test_what_the_layout_does_not_place_follows_by_itself(desk: Desk) -> None:
    system = desk.system(COUNTY)
    placed = (Column(key="mark", header="打分"), Column(key="text", header="要求"), Column(key="date", header="日期"))
    layout = msgspec.structs.replace(system.layout, columns=placed)
    columns = sheet_columns(msgspec.structs.replace(system, layout=layout))
    assert [column.header for column in columns[:3]] == ["打分", "要求", "日期"]
    assert [column.header for column in columns[3:]] == [*OURS[:-1], "复核理由", "复核人"]
