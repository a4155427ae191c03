"""The workbook, read back with another library: sheets, columns, links, no formulas, limits of the format."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports.ledger.dossier import Dossier
from reports.ledger.rows import DECIDED, LEDGER
from reports.sheets import CELL, OPTIONS, Book, Formats, lines_of
from reports.words import tone
from reports.workbook import write_workbook
from storage.database import StorageError
from storage.views import AuditView
from tests.reports import make

SHOTS: Mapping[str, str] = {digest: f"evidence/{digest[:20]}.png" for digest in make.SHOTS}


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return make.view(tmp_path_factory.mktemp("workbook"))


@pytest.fixture(scope="module")
def book(view: AuditView, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = write(view, tmp_path_factory.mktemp("book") / "ledger.xlsx", SHOTS)
    return openpyxl.load_workbook(path)


def write(view: AuditView, path: Path, shots: Mapping[str, str] = MappingProxyType({})) -> Path:
    return write_workbook([Dossier(view, shots)], path, make.METAS, made=view.audit.ended)


def headers(sheet: Worksheet) -> list[object]:
    return [cell.value for cell in sheet[2]]


def test_the_sheets_stand_in_their_order(book: Workbook) -> None:
    assert book.sheetnames == [
        *("说明", "汇总", "问题台账"),
        *("链接明细", "栏目更新", "空白栏目", "搜索测试", "解读关联", "IPv6", "互动留言"),
        *("人工核查", "异议豁免", "复查记录", "规则清单", "_mingcha"),
    ]


def test_the_ledger_has_the_columns_of_assessors_and_one_row_a_finding(book: Workbook, view: AuditView) -> None:
    sheet = book["问题台账"]
    assert headers(sheet) == [header for header, _ in LEDGER]
    assert sheet.max_row == 2 + len(view.findings)
    row = {header: cell.value for header, cell in zip(headers(sheet), sheet[3], strict=True)}
    assert row["问题编号"] == "yun-0004" and row["严重程度"] == "单项否决" and row["机器判定"] == "未整改"
    assert row["首次发现时间"] == "2026-11-17 22:41" and row["状态"] == "待核实"
    assert row["问题标识"] == view.findings[0].fingerprint
    last = {header: cell.value for header, cell in zip(headers(sheet), sheet[sheet.max_row], strict=True)}
    assert (last["机器判定"], last["状态"], last["销号人"], last["复查结果"]) == (
        "已整改",
        "已销号",
        "自动复查",
        "已整改",
    )
    owners = {r[headers(sheet).index("责任单位")].value for r in sheet.iter_rows(min_row=3)}
    assert "县司法局" in owners


def test_it_is_ready_to_work_with_and_to_print(book: Workbook) -> None:
    sheet = book["问题台账"]
    assert sheet.freeze_panes == "C3" and str(sheet.auto_filter.ref).startswith("A2:")
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    assert sheet.print_title_rows == "$2:$2" and sheet.page_setup.pageOrder == "overThenDown"
    assert sheet.oddFooter is not None and sheet.oddFooter.center.text == "&A"
    (states,) = sheet.data_validations.dataValidation
    assert states.formula1.strip('"').split(",") == list(DECIDED)
    names = headers(sheet)
    assert sheet.column_dimensions[get_column_letter(names.index("问题标识") + 1)].hidden
    assert not sheet.cell(3, names.index("整改情况(单位填)") + 1).protection.locked
    assert sheet.cell(3, names.index("问题编号") + 1).protection.locked


def test_the_rules_show_their_clauses_whole_and_texts_stand_off_the_line(book: Workbook) -> None:
    rules = book["规则清单"]
    place = headers(rules).index("判定依据") + 1
    for row in range(3, rules.max_row + 1):
        lines = lines_of(str(rules.cell(row, place).value), 54)
        assert 0 < lines <= 12 and float(rules.row_dimensions[row].height or 0) >= 15 * lines
    assert rules.cell(3, place).alignment.horizontal == "left" and rules.cell(3, place).alignment.indent == 1


def test_screenshots_and_addresses_are_links_and_numbers_lead_to_the_ledger(book: Workbook) -> None:
    sheet = book["问题台账"]
    names = headers(sheet)
    shot = sheet.cell(3, names.index("截图") + 1)
    assert shot.hyperlink is not None and str(shot.hyperlink.target).startswith("evidence")
    links = book["链接明细"]
    assert headers(links)[:2] == ["序号", "问题编号"]
    assert {row[1].value for row in links.iter_rows(min_row=3)} == {f"yun-000{n}" for n in (1, 2, 3, 4, 5)}
    passes = [row[1].value for row in book["栏目更新"].iter_rows(min_row=3)]
    assert len(passes) == 15 and passes.count(None) == 11


def test_what_this_audit_alone_suspects_and_earlier_ones_settled_is_told_as_certain(
    book: Workbook, view: AuditView, tmp_path: Path
) -> None:
    def told(links: Worksheet) -> set[object]:
        return {row[headers(links).index("结论")].value for row in links.iter_rows(min_row=3)}

    settled = {"确认：链接目标不存在", "确认：链接长时间无响应（此前已确认）"}
    assert told(book["链接明细"]) == settled
    doubted = tuple(replace(one, state="suspect") if one.kind == "timeout" else one for one in view.findings)
    other = openpyxl.load_workbook(write(replace(view, findings=doubted), tmp_path / "a.xlsx"))
    assert told(other["链接明细"]) == {"确认：链接目标不存在", "疑似：链接长时间无响应"}


def test_a_check_comes_to_what_its_findings_do_whatever_this_audit_alone_saw(view: AuditView, tmp_path: Path) -> None:
    once = tuple(replace(one, outcome="suspect") if one.check == "broken_links" else one for one in view.results)
    doubted = tuple(replace(one, state="suspect") if one.check == "broken_links" else one for one in view.findings)
    for findings, said in ((view.findings, "发现问题"), (doubted, "疑似问题，待复核")):
        path = write(replace(view, results=once, findings=findings), tmp_path / "a.xlsx")
        told = {row[0].value: row[1].value for row in openpyxl.load_workbook(path)["汇总"].iter_rows(min_row=3)}
        assert (told["链接有效性"], told["IPv6支持"]) == (said, "未能判定")


def test_the_notes_say_what_was_not_measured(book: Workbook) -> None:
    text = "\n".join(str(cell.value) for row in book["说明"].iter_rows() for cell in row if cell.value)
    assert "IPv6支持：本机无IPv6出口（整项）" in text and "链接有效性：站点拒绝自动访问（61项）" in text
    assert "应核查 1486 项，实际核查 1392 项" in text
    summary = {row[0].value: [cell.value for cell in row] for row in book["汇总"].iter_rows(min_row=3)}
    assert summary["IPv6支持"][1] == "未能判定" and summary["链接有效性"][2] == 5


def test_titles_that_look_like_formulas_stay_titles_and_long_ones_are_cut(view: AuditView, tmp_path: Path) -> None:
    evil = replace(
        view.findings[0],
        message="=cmd|' /C calc'!A0",
        column="+1-1",
        remedy="长" * (CELL + 5),
        subject="https://a.example/" + "x" * 3000,
        clause="{=1+1}",
    )
    path = write(replace(view, findings=(evil,)), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(path)["问题台账"]
    row = dict(zip(headers(sheet), sheet[3], strict=True))
    for name, value in (("问题描述", evil.message), ("栏目路径", "+1-1"), ("判定依据", "{=1+1}")):
        assert row[name].value == value and row[name].data_type == "s"
    assert len(str(row["整改要求"].value)) == CELL
    assert row["问题页面URL"].value == evil.subject and row["问题页面URL"].hyperlink is None


def cells_of(book: xlsxwriter.Workbook, path: Path) -> bytes:
    """Writes cells of every kind, some with texts that XML or the format cannot hold as they are, and returns them."""
    sheet, formats = book.add_worksheet("甲"), Formats(book)
    texts = [
        "通知",
        'a<b>&amp;"c"\'',
        " 前后 ",
        "甲\n乙",
        "snake_case",
        "_x0041_",
        "\x01",
        "\ufffe",
        "<r>",
        "x</r>",
        "",
    ]
    for row, text in enumerate(texts):
        sheet.write_string(row, 0, text, formats["text"])
        sheet.write_string(row, 1, text)
        sheet.write_blank(row, 2, None, formats["number"])
        sheet.write_number(row, 3, row / 3, formats["number"])
        sheet.write_boolean(row, 4, True, formats["text"])
    book.close()
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml"))


@pytest.mark.parametrize("by_row", [True, False])
def test_cells_are_written_as_the_library_writes_them(tmp_path: Path, by_row: bool) -> None:
    ours, theirs = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    plain = xlsxwriter.Workbook(str(theirs), {**OPTIONS, "constant_memory": by_row})
    assert cells_of(Book(ours, by_row=by_row), ours) == cells_of(plain, theirs)


@pytest.mark.parametrize("by_row", [True, False])
def test_no_title_is_taken_for_markup(tmp_path: Path, by_row: bool) -> None:
    book = Book(tmp_path / "a.xlsx", by_row=by_row)
    book.add_worksheet("甲").write_string(0, 0, "<r>甲 & 乙</r>", Formats(book)["text"])
    book.close()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["甲"]["A1"].value == "<r>甲 & 乙</r> "


def test_an_audit_without_findings_is_a_workbook_too(view: AuditView, tmp_path: Path) -> None:
    bare = replace(view, findings=(), results=(), audit=replace(view.audit, degraded="stopped early: deadline"))
    book = openpyxl.load_workbook(write(bare, tmp_path / "a.xlsx"))
    assert book["问题台账"]["A3"].value == "本次核查没有问题"
    assert "本次核查不完整" in "".join(str(cell.value) for cell in book["说明"]["B"])


def test_a_place_that_cannot_be_written_is_one_sentence(view: AuditView, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot write"):
        write(view, tmp_path / "file" / "a.xlsx")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("未发现问题", "good"),
        ("发现问题", "bad"),
        ("未命中", "bad"),
        ("命中", "good"),
        ("疑似，待复核", "doubt"),
        ("未能判定", "none"),
        ("问题：超期3天；未能判定：无", "bad"),
        ("确认：链接目标不存在", "bad"),
        ("合格", "good"),
        ("上级文件解读，不作判定", "none"),
        ("未能判定：需要验证码，请人工核查", "none"),
        ("别的", "text"),
    ],
)
def test_verdicts_have_their_tone(words: str, name: str) -> None:
    assert tone(words) == name
