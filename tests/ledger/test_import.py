"""Filled-in ledgers taken back: what units and the office write, and whatever spreadsheets and people do to a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from mingcha.errors import UsageError
from mingcha.ledger.back import lines
from mingcha.ledger.importing import TakenLedger, import_ledger
from mingcha.ledger.sheet import LedgerHead
from portal.zone import CHINA
from storage.ledger.book import claimed
from storage.ledger.rename import rename_portal
from storage.ledger.states import Deed, Stage, Step
from tests.ledger.sheets import LATER, LEDGER, NOW, Office, cell, columns, fill
from tests.steps import claim, record

TEXT, LINK, DAY = "整改情况(单位填)", "整改后链接(单位填)", "整改完成时间"
SPREADSHEET_DAY = dt.datetime(2026, 11, 20)  # noqa: DTZ001 - as spreadsheets keep it
GOOD = {
    ("yun-0001", TEXT): "已恢复页面",
    ("yun-0001", LINK): "https://www.yunxi.example/new.html",
    ("yun-0001", DAY): "2026年11月20日",
}


def take(desk: Office, path: Path, **more: Any) -> TakenLedger:
    return import_ledger(desk.engine, path, now=LATER, **more)


def refused(desk: Office, path: Path, **more: Any) -> str:
    with pytest.raises(UsageError) as error:
        take(desk, path, **more)
    assert not claimed(desk.engine)
    return str(error.value)


def sheet_of(path: Path) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.load_workbook(path)
    return book, book[LEDGER]


def test_what_a_unit_fills_in_waits_for_a_recheck(desk: Office) -> None:
    done = take(desk, fill(desk.exported(), GOOD))
    assert done.claimed == ("yun-0001",) and done.counts == {Deed.CLAIM: 1} and done.unchanged == 12
    entry = desk.entry("yun-0001")
    assert entry.state is Stage.CLAIMED and entry.claim is not None
    assert (entry.claim.text, entry.claim.link) == ("已恢复页面", "https://www.yunxi.example/new.html")
    assert entry.claim.completed == dt.date(2026, 11, 20) and entry.claim.who == "云溪县人民政府办公室"
    assert [one.number for one in claimed(desk.engine)] == ["yun-0001"]


def test_a_file_taken_twice_changes_nothing_the_second_time(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    take(desk, path)
    before = desk.entry("yun-0001").history
    done = take(desk, path)
    assert not done.counts and done.unchanged == 13 and desk.entry("yun-0001").history == before


def test_a_dry_run_keeps_nothing_and_says_the_same(desk: Office) -> None:
    done = take(desk, fill(desk.exported(), GOOD), dry=True)
    assert done.claimed == ("yun-0001",) and not claimed(desk.engine)


@pytest.mark.parametrize("written", [SPREADSHEET_DAY, 46346, "2026.11.20 15:30"])
def test_dates_may_be_written_in_the_usual_ways(desk: Office, written: Any) -> None:
    take(desk, fill(desk.exported(), {**GOOD, ("yun-0001", DAY): written}))
    said = desk.entry("yun-0001").claim
    assert said is not None and said.completed == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("header", "written", "words"),
    [
        (DAY, "11月20日", "不是日期"),
        (DAY, "2062-11-20", "晚于今天"),
        (LINK, "见首页", "不是完整的网址"),
        (TEXT, "=A1&B1", "是公式，文件中没有它的结果"),
        (TEXT, "#N/A", "是错误值"),
        (TEXT, True, "是逻辑值"),
        (TEXT, None, "“整改情况”为空"),
    ],
)
def test_what_cannot_be_meant_is_named_by_its_cell(desk: Office, header: str, written: Any, words: str) -> None:
    path = fill(desk.exported(), {**GOOD, ("yun-0001", header): written})
    _, sheet = sheet_of(path)
    where = f"{LEDGER}!{cell(sheet, 'yun-0001', header if written is not None else LINK).coordinate}"
    said = refused(desk, path)
    assert f"{where}：" in said and words in said and "没有导入任何内容" in said


def test_addresses_of_the_portal_need_no_scheme_and_a_hyperlink_counts(desk: Office) -> None:
    path = fill(desk.exported(), {**GOOD, ("yun-0001", LINK): "www.yunxi.example/a.html", ("yun-0002", TEXT): "已改"})
    book, sheet = sheet_of(path)
    shown = cell(sheet, "yun-0002", LINK)
    shown.value, shown.hyperlink = "点击查看", "https://www.yunxi.example/b.html"
    book.save(path)
    take(desk, path)
    links = [one.claim.link for n in ("yun-0001", "yun-0002") if (one := desk.entry(n)).claim]
    assert links == ["https://www.yunxi.example/a.html", "https://www.yunxi.example/b.html"]


def test_every_wrong_cell_is_told_at_once(desk: Office) -> None:
    said = refused(
        desk, fill(desk.exported(), {**GOOD, ("yun-0002", LINK): "https://x.example/", ("yun-0003", DAY): "昨天"})
    )
    assert said.count(f"{LEDGER}!") == 2


def test_columns_may_move_and_rows_go_and_formats_be_lost(desk: Office, tmp_path: Path) -> None:
    _, sheet = sheet_of(fill(desk.exported(), GOOD))
    wanted = ["备注", DAY, "问题编号", LINK, "序号", TEXT]  # no key, another order, pasted as values
    places = columns(sheet)
    book = openpyxl.Workbook()
    target = book.active
    assert isinstance(target, Worksheet)
    target.append(["本月整改情况"])
    target.append([header.replace("(", "（").replace(")", "） ") for header in wanted])
    for row in range(3, 8):
        target.append([sheet.cell(row, places[header]).value for header in wanted])
    book.save(tmp_path / "copy.xlsx")
    assert take(desk, tmp_path / "copy.xlsx").claimed == ("yun-0001",)


def test_a_row_that_stands_twice_is_taken_once_or_refused(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    book, sheet = sheet_of(path)
    first = cell(sheet, "yun-0001", "问题编号").row
    last = sheet.max_row + 1
    for column in range(1, sheet.max_column + 1):
        sheet.cell(last, column).value = sheet.cell(first, column).value
    sheet.cell(last, columns(sheet)[DAY]).value = None  # one of the copies was not filled in
    book.save(path)
    assert take(desk, path, dry=True).claimed == ("yun-0001",)
    sheet.cell(last, columns(sheet)[TEXT]).value = "另一种说法"
    book.save(path)
    said = refused(desk, path)
    place = sheet.cell(first, columns(sheet)[TEXT]).coordinate
    assert "出现两次且填写不同" in said and f"{LEDGER}!{place}" in said


def test_merged_cells_are_refused(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    book, sheet = sheet_of(path)
    place = cell(sheet, "yun-0001", TEXT)
    sheet.merge_cells(start_row=place.row, end_row=place.row + 2, start_column=place.column, end_column=place.column)
    book.save(path)
    assert refused(desk, path).count("是合并单元格") == 3


def test_several_sheets_of_one_file_are_taken(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    book, _ = sheet_of(path)
    other = book.create_sheet("县民政局")
    other.append(["问题编号", TEXT])
    other.append(["yun-0002", "已改"])
    book.save(path)
    assert set(take(desk, path).claimed) == {"yun-0001", "yun-0002"}


def test_formulas_count_with_what_they_came_to(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    book, sheet = sheet_of(path)
    cell(sheet, "yun-0001", TEXT).value = "=1"
    book.save(path)
    assert "是公式" in refused(desk, path)
    # As a spreadsheet saves it: the formula and what it came to.
    place = cell(sheet, "yun-0001", TEXT).coordinate
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                text = data.decode()
                start = text.find(f'r="{place}"')
                if start > 0 and "<f>1</f>" in text:
                    text = text.replace("<f>1</f><v></v>", "<f>1</f><v>已恢复</v>").replace(
                        "<f>1</f><v />", "<f>1</f><v>已恢复</v>"
                    )
                    text = text.replace(f'<c r="{place}"', f'<c t="str" r="{place}"', 1)
                data = text.encode()
            new.writestr(name, data)
    path.write_bytes(made.getvalue())
    take(desk, path)
    said = desk.entry("yun-0001").claim
    assert said is not None and said.text == "已恢复"


def test_a_ledger_of_elsewhere_is_refused(desk: Office, tmp_path: Path) -> None:
    path = fill(desk.exported(), GOOD)
    book, sheet = sheet_of(path)
    key = columns(sheet)["问题标识"]
    row = cell(sheet, "yun-0001", "问题编号").row
    kept = sheet.cell(row, key).value
    sheet.cell(row, key).value = "f" * 64
    book.save(path)
    assert "不是同一个问题" in refused(desk, path)
    sheet.cell(row, key).value = kept
    cell(sheet, "yun-0001", "问题编号").value = "hai-0001"
    book.save(path)
    assert "网站“hai”在本数据库中没有核查记录" in refused(desk, path)
    assert "不是网站other的" in refused(desk, fill(desk.exported("b.xlsx"), GOOD), portal="other")


def test_without_the_key_the_page_tells_whether_it_is_the_finding(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    book, sheet = sheet_of(path)
    sheet.delete_cols(columns(sheet)["问题标识"])
    cell(sheet, "yun-0001", "问题页面URL").value = "https://elsewhere.example/"
    book.save(path)
    assert "其他数据库的台账" in refused(desk, path)


def test_a_ledger_from_before_the_portal_was_renamed_is_still_understood(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    rename_portal(desk.engine, "yun", "yunxi", who="王科长", at=NOW)
    done = take(desk, path)
    assert done.claimed == ("yunxi-0001",) and done.unchanged == 12
    assert desk.entry("yunxi-0001").state is Stage.CLAIMED


def test_what_was_closed_since_is_left_out_and_said(desk: Office) -> None:
    path = fill(desk.exported(), {**GOOD, ("yun-0002", TEXT): "已改"})
    closing = Step(Deed.CLOSE, "王科长", NOW, "已核实")
    record(desk.engine, desk.entry("yun-0002").fingerprint, closing)
    done = take(desk, path)
    assert done.skipped == (("yun-0002", "已销号"),) and done.claimed == ("yun-0001",)


def test_what_somebody_else_said_since_is_no_longer_overwritten(desk: Office) -> None:
    path = fill(desk.exported(), GOOD)
    finding = desk.entry("yun-0001").fingerprint
    claim(desk.engine, finding, text="已删除链接", who="县融媒体中心", at=NOW + dt.timedelta(hours=1))
    with pytest.raises(UsageError, match="本表导出之后“整改情况\\(单位填\\)”已改为“已删除链接”"):
        take(desk, path)


def test_a_text_that_fills_its_cell_goes_out_and_comes_back(desk: Office) -> None:
    finding = desk.entry("yun-0001").fingerprint
    claim(desk.engine, finding, text="长" * 40_000, who="县融媒体中心", at=NOW)
    path = desk.export(now=LATER)
    assert not take(desk, path).counts
    done = take(desk, fill(path, {("yun-0001", LINK): "https://www.yunxi.example/new.html"}))
    assert done.claimed == ("yun-0001",)


def test_two_copies_filled_in_by_two_units_add_up(desk: Office) -> None:
    source = desk.exported()
    take(desk, fill(source, GOOD, desk.folder / "a.xlsx"))
    done = take(desk, fill(source, {("yun-0002", TEXT): "已改"}, desk.folder / "b.xlsx"))
    assert done.claimed == ("yun-0002",)
    assert {one.number for one in claimed(desk.engine)} == {"yun-0001", "yun-0002"}


def test_objections_notes_and_work_under_way(desk: Office) -> None:
    path = fill(
        desk.exported(),
        {
            ("yun-0001", "异议理由"): "非本单位责任，应由县水利局负责",
            ("yun-0002", TEXT): "正在联系平台方",
            ("yun-0003", "备注"): "=已电话沟通".removeprefix("="),
            ("yun-0003", "责任栏目保障人"): "李四",
        },
    )
    take(desk, path)
    objection = desk.entry("yun-0001").objection
    assert objection is not None and (objection.reason, objection.text) == ("not_ours", "应由县水利局负责")
    assert desk.entry("yun-0001").state is Stage.OBJECTED
    assert desk.entry("yun-0002").state is Stage.UNDER_WAY and not claimed(desk.engine)
    assert (desk.entry("yun-0003").remark, desk.entry("yun-0003").keeper) == ("已电话沟通", "李四")
    assert not take(desk, path).counts
    assert not take(desk, desk.export("again.xlsx", LATER)).counts


def test_an_objection_in_words_of_its_own_is_taken_and_comes_back_as_it_was_written(desk: Office) -> None:
    path = fill(desk.exported(), {("yun-0001", "异议理由"): "该栏目已并入新站，不是问题"})
    assert take(desk, path).counts[Deed.OBJECT] == 1
    objection = desk.entry("yun-0001").objection
    assert objection is not None and (objection.reason, objection.text) == ("other", "该栏目已并入新站，不是问题")
    assert not take(desk, path).counts
    assert not take(desk, desk.export("again.xlsx", LATER)).counts


def test_rows_added_by_hand_are_said_and_the_rest_is_taken(desk: Office) -> None:
    path = fill(desk.exported(), {("yun-0001", TEXT): "已删除"})
    book = openpyxl.load_workbook(path)
    sheet = book["问题台账"]
    last = sheet.max_row + 1
    sheet.cell(last, 12).value = "首页有错别字"
    sheet.cell(last + 1, 1).value = 99  # a number alone says nothing
    book.save(path)
    done = take(desk, path)
    assert done.claimed == ("yun-0001",) and done.unnumbered == (f"问题台账 第{last}行",)
    assert f"没有问题编号的行不导入（台账只收已编号的问题）：问题台账 第{last}行" in lines(done, dry=False, again=False)


def test_what_the_office_decides_needs_a_name(desk: Office) -> None:
    path = fill(
        desk.exported(),
        {
            ("yun-0001", "状态"): "已交办",
            ("yun-0001", "责任单位"): "县水利局",
            ("yun-0001", "整改时限"): "2026-12-01 18:00",
            ("yun-0002", "状态"): "剔除",
            ("yun-0002", "备注"): "经核实为误报",
        },
    )
    assert "--office --by 姓名" in refused(desk, path)
    with pytest.raises(UsageError, match="具名"):
        take(desk, path, office=True)
    take(desk, path, office=True, by="王科长")
    first, second = desk.entry("yun-0001"), desk.entry("yun-0002")
    assert first.state is Stage.HANDED_OUT and first.unit == "县水利局"
    assert first.deadline == dt.datetime(2026, 12, 1, 18, 0, tzinfo=CHINA)
    assert second.state is Stage.REMOVED and second.closed_by == "王科长"
    assert not take(desk, path, office=True, by="王科长").counts


@pytest.mark.parametrize(
    ("state", "remark", "words"),
    [("超期", "x", "不能填写，可填"), ("已销号", "", "须在“备注”中写明理由"), ("维持", "x", "没有待裁定的异议")],
)
def test_states_the_office_may_not_write(desk: Office, state: str, remark: str, words: str) -> None:
    path = fill(desk.exported(), {("yun-0001", "状态"): state, ("yun-0001", "备注"): remark})
    assert words in refused(desk, path, office=True, by="王科长")


def test_a_units_own_file_decides_nothing(desk: Office) -> None:
    path = fill(desk.export(unit="县司法局"), {("yun-0008", "状态"): "已销号"})
    assert "单位填写的台账中不收这一列" in refused(desk, path)
    assert "请填在全部问题的台账中" in refused(desk, path, office=True, by="王科长")


def test_an_emptied_cell_takes_nothing_back(desk: Office) -> None:
    take(desk, fill(desk.exported(), GOOD))
    done = take(desk, fill(desk.export("b.xlsx", LATER), {("yun-0001", TEXT): None, ("yun-0001", LINK): None}))
    assert len(done.cleared) == 2 and not done.counts
    assert desk.entry("yun-0001").state is Stage.CLAIMED


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 broken", "不是XLSX工作簿"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧的.xls"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "设有打开密码",
        ),
        (b"", "不是XLSX工作簿"),
        ("随便一段文字".encode(), "不是XLSX工作簿"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(desk: Office, data: bytes, words: str) -> None:
    path = desk.folder / "x.xlsx"
    path.write_bytes(data)
    said = refused(desk, path)
    assert words in said and "\n" not in said


def test_other_workbooks_are_told_apart(desk: Office) -> None:
    path = desk.exported()
    book, sheet = sheet_of(path)
    for column in (columns(sheet)["问题编号"], columns(sheet)["问题标识"]):
        sheet.cell(2, column).value = "号"
    book.save(path)
    assert "没有找到含“问题编号”" in refused(desk, path)
    book = openpyxl.Workbook()
    book.create_sheet("_mingcha").append(["system", "national-2019"])
    book.save(path)
    assert "mingcha import marks" in refused(desk, path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_table_of_text_is_taken_too(desk: Office, encoding: str) -> None:
    source = desk.export("ledger.csv", form="csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(source, newline="")))
    places = {header: index for index, header in enumerate(rows[0])}
    for row in rows[1:]:
        for (number, header), value in GOOD.items():
            if row[places["问题编号"]] == number:
                row[places[header]] = value
    out = io.StringIO()
    csv.writer(out, delimiter="\t" if encoding == "utf-16" else ",").writerows(rows)
    path = desk.folder / "renamed.xlsx"
    path.write_bytes(out.getvalue().encode(encoding))
    assert "没有导出时的记录" in refused(desk, path, office=True, by="王科长")
    assert take(desk, path).claimed == ("yun-0001",)


def test_many_numbers_are_named_up_to_a_line_and_counted() -> None:
    def told(count: int) -> str:
        done = TakenLedger(LedgerHead(), claimed=tuple(f"yun-{n:04d}" for n in range(count)))
        return next(line for line in lines(done, dry=True, again=False) if line.startswith("待复查"))

    assert told(20).endswith("、yun-0019")
    assert told(21).endswith("、yun-0019 等21处")
