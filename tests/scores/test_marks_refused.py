"""Cells of a score sheet that are refused, each with its address, and nothing kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

from mingcha.errors import UsageError
from tests.scores.office import Office
from tests.scores.scored import COUNTY
from tests.scores.sheet import lines_of, rewrite

FORMULA, ERROR, DATED = "是公式", "是错误值", "变成了日期"


@pytest.mark.parametrize(
    ("node", "value", "says"),
    [
        ("2.2", 2.5, "2.5超出范围，应填得分0～2"),
        ("2.2", -1, "-1超出范围，应填得分0～2"),
        ("2.2", "-0.5分", "-0.5超出范围"),
        ("2.2", 1e9, "超出范围"),
        ("2.2", "nan", "nan"),
        ("2.2", "inf", "inf"),
        ("2.2", "优", "“优”不是分数，应填得分0～2，或不适用"),
        ("2.2", "达标", "“达标”不是分数"),
        ("2.2", "否决成立", "“否决成立”不是分数"),
        ("2.2", "1,5", "“1,5”不是分数"),
        ("2.2", "90%", "“90%”不是分数"),
        ("2.2", "1～2", "不是分数"),
        ("1.1.1", 3.5, "3.5超出范围，应填扣分0～3"),
        ("1.1.1", -0.5, "-0.5超出范围，应填扣分0～3"),
        ("1.1.1", "不达标", "“不达标”不是分数，应填扣分0～3"),
        ("1.1", 2, "“2”不能填写，应填不适用"),
        ("1.1", "达标", "“达标”不能填写，应填不适用"),
        ("2.3", 1, "“1”不能填写，应填达标、不达标、不适用"),
        ("2.3", "好", "“好”不能填写，应填达标、不达标、不适用"),
        ("2.3", "否决成立", "“否决成立”不能填写，应填达标"),
        ("V.1", "达标", "“达标”不能填写，应填否决成立、否决不成立、不适用"),
        ("V.1", 0, "“0”不能填写，应填否决成立"),
        ("R1", 2, "“2”不能填写，应填-3、0、3之一"),
        ("R1", "通报批评", "“通报批评”不能填写"),
        ("R1", "不适用", "“不适用”不能填写，应填-3、0、3之一"),
        ("2.2", "=1+1", FORMULA),
        ("2.3", '="达标"', FORMULA),
        ("2.2", "#N/A", f"{ERROR}#N/A"),
        ("2.2", "#VALUE!", f"{ERROR}#VALUE!"),
        ("2.2", dt.datetime(2026, 1, 2), DATED),  # noqa: DTZ001 (a cell has no zone)
        ("2.2", dt.time(1, 30), DATED),
        ("2.2", True, "是逻辑值"),
        ("2.3", False, "是逻辑值"),
        ("2.2", "0_1", "不是分数"),
        ("2.2", "扣1分", "扣1"),
        ("R1", "扣3分", "扣3"),
    ],
)
def test_a_mark_its_clause_cannot_be_given_is_refused_with_its_cell(
    office: Office, node: str, value: Any, says: str
) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill(node, value)
    first, problem = office.refuse(sheet)
    assert first == "没有导入任何评定，请更正后重新导入："
    assert problem.startswith(f"{at}：") and says in problem


def test_every_problem_is_said_at_once(office: Office) -> None:
    sheet = office.sheet()
    cells = [sheet.fill("2.1", 9), sheet.fill("2.2", "优"), sheet.fill("2.3", "=1"), sheet.fill("1.1.1", 1, who="")]
    _, *problems = office.refuse(sheet)
    assert {line.partition("：")[0] for line in problems} == set(cells)


def test_of_very_many_problems_the_first_fifty_are_said_and_the_others_counted(office: Office) -> None:
    sheet = office.sheet("wuwei-2020")
    for node in sheet.nodes:
        sheet.fill(node, 99)
    _, *problems = office.refuse(sheet)
    assert len(problems) == 51 and problems[-1] == "另有43处"


@pytest.mark.parametrize("header", ["复核理由", "复核人"])
def test_a_formula_in_a_text_of_people_is_refused_with_its_cell(office: Office, header: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", header)
    cell.value = "=A1"
    _, problem = office.refuse(sheet)
    assert problem.startswith(f"赋分表!{cell.coordinate}：{FORMULA}")


def test_a_mark_for_a_clause_the_system_does_not_have_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill("2.2", 1)
    sheet.cell("2.2", "条款").value = "2.9"
    assert office.refuse(sheet)[1:] == [f"{at}：体系{COUNTY}中没有条款2.9"]


def test_a_clause_that_became_a_number_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", "条款")
    cell.value = 2.2
    assert office.refuse(sheet)[1:] == [f"赋分表!{cell.coordinate}：条款变成了数字或日期，请恢复为文本"]


def test_a_clause_that_became_a_date_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", "条款")
    cell.value = dt.datetime(2026, 2, 2)  # noqa: DTZ001 (a cell has no zone)
    office.refuse(sheet, f"赋分表!{cell.coordinate}：")


def test_a_mark_beside_an_emptied_clause_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill("2.2", 1)
    sheet.cell("2.2", "条款").value = None
    assert office.refuse(sheet)[1:] == [f"{at}：有评分，但“条款”列为空"]


def test_a_mark_beside_an_emptied_clause_is_refused_where_the_name_comes_from_outside(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    sheet.cell("2.2", "条款").value = None
    office.refuse(sheet, f"{at}：", by="李强")


def test_mark_cells_merged_over_rows_are_refused_each_with_its_cell(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    first, second = sheet.fill("1.1.1", 0.5), sheet.fill("1.1.2", None)
    sheet.table.merge_cells(f"{first.partition('!')[2]}:{second.partition('!')[2]}")
    assert office.refuse(sheet)[1:] == [f"{cell}：是合并单元格，请逐条填写" for cell in (first, second)]


def test_a_name_merged_over_rows_holds_for_all_of_them(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    sheet.fill("2.3", "达标", who="")
    sheet.table.merge_cells(f"{sheet.cell('2.2', '复核人').coordinate}:{sheet.cell('2.3', '复核人').coordinate}")
    assert {mark.node: mark.who for mark in office.take(sheet).new} == {"2.2": "王芳", "2.3": "王芳"}


def test_a_mark_cell_merged_with_its_reason_does_not_become_the_reason(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1).partition("!")[2]
    sheet.table.merge_cells(f"{at}:{sheet.cell('2.2', '复核理由').coordinate}")
    try:
        (mark,) = office.take(sheet).new
    except UsageError as error:
        assert f"{at}：" in str(error)
    else:
        assert mark.why == ""


def test_a_mark_without_a_name_is_refused_and_by_supplies_it(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    sheet.fill("2.3", "达标", who="李强")
    assert office.refuse(sheet)[1:] == [f"{at}：缺少复核人：请填写“复核人”列，或用 --by 姓名"]
    done = office.take(sheet, by="王芳")
    assert {mark.node: mark.who for mark in done.new} == {"2.2": "王芳", "2.3": "李强"}


def test_blanks_are_nobodys_name(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    office.refuse(sheet, f"{at}：缺少复核人", by="  ")


@pytest.mark.parametrize("header", ["复核评分（结论）", "复核理由", "复核人"])
@pytest.mark.parametrize("how", ["deleted", "renamed"])
def test_a_column_that_was_deleted_or_renamed_is_named(office: Office, header: str, how: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    at = sheet.headers.index(header)
    lines = lines_of(sheet)
    if how == "deleted":
        rewrite(sheet, [line[:at] + line[at + 1 :] for line in lines])
    else:
        rewrite(sheet, [[*lines[0][:at], "打分人", *lines[0][at + 1 :]], *lines[1:]])
    missing = header.replace("（", "(").replace("）", ")")
    said = "".join(office.refuse(sheet)).replace("（", "(").replace("）", ")")
    assert f"赋分表第{sheet.head}行：缺少“{missing}”列" in said


def test_without_the_column_of_clauses_there_is_no_table(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    rewrite(sheet, [line[1:] for line in lines_of(sheet)])
    office.refuse(sheet, "没有找到含“条款”", "请重新导出赋分表")


@pytest.mark.parametrize("header", ["条款", "复核评分（结论）", "复核理由", "复核人"])
def test_a_column_that_is_there_twice_is_refused_with_its_cell(office: Office, header: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    at = sheet.headers.index(header)
    rewrite(sheet, [[*line, line[at]] for line in lines_of(sheet)])
    cell = f"{get_column_letter(len(sheet.headers))}{sheet.head}"
    assert office.refuse(sheet) == [f"赋分表!{cell}：“{header}”列出现两次"]


@pytest.mark.parametrize(("header", "value"), [("复核评分（结论）", 2), ("复核理由", "另一个"), ("复核人", "李强")])
def test_a_clause_that_is_there_twice_and_says_two_things_is_refused(office: Office, header: str, value: Any) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1)
    lines = lines_of(sheet)
    other = next([*line] for line in lines if line[0] == "2.2")
    other[sheet.headers.index(header)] = value
    rewrite(sheet, [*lines, other])
    again = f"{at.rstrip('0123456789')}{sheet.table.max_row}"
    assert office.refuse(sheet)[1:] == [f"{again}：条款2.2出现两次且填写不同（另见{at}）"]
