"""Workbooks that are large and say little: formatted down to the last row, merged to the last column, packed full."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from mingcha import sheetfile
from mingcha.errors import UsageError
from mingcha.ledger.sheet import FilledLedger, read_ledger
from reports.ledger.rows import KEY, NUMBER, SHEET

TEXT = "整改情况(单位填)"
GOOD = (["台账"], [NUMBER, KEY, TEXT], ["yun-0001", "k1", "已改"])


def workbook(path: Path, *changes: tuple[bytes, bytes], rows: tuple[list[str], ...] = GOOD) -> Path:
    """Writes a ledger with words of its sheet replaced."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                for before, after in changes:
                    assert before in data
                    data = data.replace(before, after)
            new.writestr(name, data)
    return path


def said(filled: FilledLedger) -> list[tuple[str, str]]:
    """Returns number and text of every row."""
    assert filled.problems == []
    return [(row.number, row.cells[TEXT].text) for row in filled.rows]


def test_rows_formatted_to_the_end_of_a_sheet_are_no_rows(tmp_path: Path) -> None:
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row><row r="%d"/>' % (n, n, n + 1) for n in range(4, 60_000, 2))
    path = workbook(tmp_path / "a.xlsx", (b"</sheetData>", empty + b"</sheetData>"))
    assert len(sheetfile.open_sheet(path, "台账").worksheets[0]._cells) == 7
    assert said(read_ledger(path)) == [("yun-0001", "已改")]


def test_an_empty_cell_that_keeps_the_place_of_others_stays(tmp_path: Path) -> None:
    row = b"<row><c t='inlineStr'><is><t>yun-0002</t></is></c><c/><c t='inlineStr'><is><t>x</t></is></c></row>"
    path = workbook(tmp_path / "a.xlsx", (b"</sheetData>", row + b"</sheetData>"))
    assert said(read_ledger(path)) == [("yun-0001", "已改"), ("yun-0002", "x")]


@pytest.mark.parametrize("area", [b"A1:XFD1048576", b"E5:CZ1048576"])
def test_cells_merged_to_the_end_of_a_sheet_are_read_as_if_they_were_not(tmp_path: Path, area: bytes) -> None:
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="' + area + b'"/></mergeCells>'
    path = workbook(tmp_path / "a.xlsx", (b"</sheetData>", merged))
    assert said(read_ledger(path)) == [("yun-0001", "已改")]


def test_merged_cells_are_bounded_together(tmp_path: Path) -> None:
    areas = b"".join(b'<mergeCell ref="E%d:CZ%d"/>' % (n, n + 899) for n in range(10, 90_000, 900))
    path = workbook(tmp_path / "a.xlsx", (b"</sheetData>", b"</sheetData><mergeCells>" + areas + b"</mergeCells>"))
    assert len(sheetfile.merged_cells(sheetfile.open_sheet(path, "台账").worksheets[0])) <= sheetfile.MERGED
    assert said(read_ledger(path)) == [("yun-0001", "已改")]


def test_a_stray_cell_in_the_last_column_makes_no_others(tmp_path: Path) -> None:
    far = b"".join(
        b'<row r="%d"><c r="XFD%d" t="inlineStr"><is><t>x</t></is></c></row>' % (n, n) for n in range(4, 900)
    )
    filled = read_ledger(workbook(tmp_path / "a.xlsx", (b"</sheetData>", far + b"</sheetData>")))
    assert said(filled) == [("yun-0001", "已改")]
    assert len(filled.unnumbered) == 896


def test_too_many_cells_are_no_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheetfile, "MOST_CELLS", 6)
    with pytest.raises(UsageError, match="内容过大"):
        read_ledger(workbook(tmp_path / "a.xlsx"))


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_of_a_workbook_are_not_read(tmp_path: Path, declared: bytes) -> None:
    path = workbook(tmp_path / "a.xlsx", (b"<worksheet", declared + b"<worksheet"), (b"<sheetData>", b"&a;<sheetData>"))
    with pytest.raises(UsageError, match="损坏"):
        read_ledger(path)
