"""A ledger as CSV, as spreadsheets save it, made a workbook of one sheet: it is read on like any other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.workbook import Workbook

from mingcha.errors import UsageError
from mingcha.sheetfile import LARGEST, folded, unreadable
from reports.feeds import unguarded
from reports.ledger.rows import NUMBER, SHEET

_ENCODINGS = ("utf-8-sig", "gb18030")  # ours; and what Chinese spreadsheets save as


def csv_book(path: Path) -> Workbook | None:
    """Returns the table of a CSV file, None for a file that is none. Raises UsageError for one that cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    text = _text(data)
    if text is None or NUMBER not in folded(text[:20_000]):
        return None
    head = text[:2_000]
    delimiter = "\t" if head.count("\t") > head.count(",") else ","
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one
    sheet.title = SHEET
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            for index, cell in enumerate(row, 1):
                if words := ILLEGAL_CHARACTERS_RE.sub("", unguarded(cell)).strip():
                    place = sheet.cell(number, index, words)
                    place.data_type = "s"  # what looks like a formula is text here
    except csv.Error as error:
        raise UsageError(f"{path}：CSV有误（{error}），请重新导出") from error
    return book


def _text(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16")
    if b"\0" in data[:4096]:
        return None
    return next((text for name in _ENCODINGS if (text := _decoded(data, name)) is not None), None)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
