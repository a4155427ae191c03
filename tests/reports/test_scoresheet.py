"""What score sheets say, read back with another library: results, findings, draws, open cells, and no formulas."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from indicators.case import Word
from reports.scoresheet import write_sheet
from storage.database import StorageError
from tests.reports.scores import SYSTEMS
from tests.reports.sheetdesk import MADE, Desk, rows_of
from tests.scores import scored
from tests.scores.scored import COUNTY, PERIOD, QUARTER, YUNSHAN
from tests.scores.sheet import Sheet

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


@pytest.mark.parametrize("name", (*SYSTEMS, COUNTY))
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


@pytest.mark.parametrize("name", (*SYSTEMS, COUNTY))
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
