"""Reads a filled-in ledger back: what it is of, and every row with what people may have written into it.

Nothing is trusted: columns are re-ordered and left out, rows deleted, doubled and merged, sheets copied, values pasted
over formats and formulas over values. What cannot be read is a problem with its cell; whoever reads on decides only
when there is none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mingcha.errors import UsageError
from mingcha.ledger.sheetcells import text_of
from mingcha.ledger.sheetcsv import csv_book
from mingcha.sheetfile import HEADER_ROWS, folded, goes_on, merged_cells, open_sheet
from reports.ledger.rows import FILLED, FOR_UNITS, KEY, NUMBER, SHEET
from reports.ledger.sheet import FORMAT, META, PORTAL, ROW
from reports.workbook import BESIDE

SUBJECT = "问题页面URL"  # tells, where the hidden key is lost, whether a number is of the same finding
_SUFFIX = re.compile(r"\(单位填\)$")
_TELLING = FOR_UNITS - {"备注"}  # columns that tell this table from others with numbers of findings
_WANTED = {_SUFFIX.sub("", folded(header)): header for header in (KEY, NUMBER, SUBJECT, *FILLED)}


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """What a workbook says it is of. `said`: what stood in the open cells when it was exported, by fingerprint."""

    unit: str = ""
    portals: tuple[str, ...] = ()
    made: dt.datetime | None = None  # aware; None where the file does not say (any more)
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """One cell: where it is (问题台账!AD5), what it holds, where its hyperlink leads."""

    place: str
    value: Any
    target: str = ""

    @property
    def text(self) -> str:
        """The cell as text. Raises ValueError."""
        return text_of(self.value)


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One row: where it is, the number and the key it names, and its cells by header of 问题台账."""

    place: str
    number: str
    key: str
    subject: str
    cells: Mapping[str, Given]


@dataclass(slots=True)
class FilledLedger:
    """A ledger as read: rows, and everything that could not be understood, each with its cell."""

    head: LedgerHead
    rows: list[FilledRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unnumbered: list[str] = field(default_factory=list)  # rows with words and no number: 问题台账 第23行


def read_ledger(path: Path) -> FilledLedger:
    """Returns what people filled in. Raises UsageError where the file cannot be read or no table be found in it."""
    book = csv_book(path)
    computed: Callable[[], Workbook] | None = None
    if book is None:
        book = open_sheet(path, "台账")

        def computed() -> Workbook:
            return open_sheet(path, "台账", computed=True)

    filled = FilledLedger(_head(book, path))
    tables = [(sheet, *found) for sheet in book.worksheets if (found := _table(sheet, path)) is not None]
    if not tables:
        raise UsageError(
            f"{path}：没有找到含“{NUMBER}”和“整改情况(单位填)”等列的表头；"
            "请在 mingcha export ledger 导出的文件中填写，列可以移动，不能改名"
        )
    for sheet, header, places in tables:
        _Reader(sheet, header, places, filled, computed).read()
    return filled


def _head(book: Workbook, path: Path) -> LedgerHead:
    if META not in book.sheetnames:
        return LedgerHead()
    values = {
        str(row[0]): str(row[1] or "")
        for row in book[META].iter_rows(max_col=2, values_only=True)
        if row and row[0] is not None
    }
    if "system" in values:
        raise UsageError(f"{path}：是赋分表，不是台账；请用 mingcha import marks 收回")
    try:
        if int(values["format"]) != FORMAT or values["kind"] != "ledger":
            raise UsageError(f"{path}：由更新版本的程序导出，请升级本程序")
        made = dt.datetime.fromisoformat(values["made"])
        if made.tzinfo is None:
            raise ValueError("no zone")
        columns = [str(one) for one in json.loads(values["columns"])]
        said = {
            key.removeprefix(ROW): dict(zip(columns, map(str, json.loads(value)), strict=True))
            for key, value in values.items()
            if key.startswith(ROW)
        }
        named = tuple(key.removeprefix(PORTAL) for key in values if key.startswith(PORTAL))
        return LedgerHead(values.get("unit", ""), named, made, said)
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}：隐藏的工作表“{META}”被改动（{error}），请重新导出台账") from error


def _table(sheet: Worksheet, path: Path) -> tuple[int, Mapping[str, int]] | None:
    """Returns the row of a sheet's header and its columns by header; None for a sheet that is no such table."""
    if sheet.title in BESIDE:
        return None
    for number in range(1, min(sheet.max_row, HEADER_ROWS) + 1):
        found: dict[str, int] = {}
        for cell in sheet[number]:
            name = _WANTED.get(_SUFFIX.sub("", folded(cell.value))) if isinstance(cell.value, str) else None
            if name is None:
                continue
            if name in found:
                first = sheet.cell(number, found[name]).coordinate
                raise UsageError(
                    f"{path}：{sheet.title}!{cell.coordinate}：“{name}”列出现两次（另见{first}），请删去一列"
                )
            found[name] = int(cell.column or 0)
        if (NUMBER in found or KEY in found) and found.keys() & (set(FILLED) if sheet.title == SHEET else _TELLING):
            return number, found
    if sheet.title == SHEET:
        raise UsageError(
            f"{path}：工作表“{SHEET}”中没有找到含“{NUMBER}”和“整改情况(单位填)”等列的表头；列可以移动，不能改名"
        )
    return None


class _Reader:
    """Reads the rows of one table."""

    def __init__(
        self,
        sheet: Worksheet,
        header: int,
        places: Mapping[str, int],
        filled: FilledLedger,
        computed: Callable[[], Workbook] | None,
    ) -> None:
        self.sheet, self.header, self.places, self.filled, self.open = sheet, header, places, filled, computed
        self.merged = merged_cells(sheet)
        self.values: Worksheet | None = None

    def read(self) -> None:
        """Adds every row below the header."""
        written: dict[int, bool] = {}  # rows below, and whether words stand there; a stray cell makes no million others
        for (row, _), cell in self.sheet._cells.items():
            if row > self.header:
                said = isinstance(cell.value, str) and bool(cell.value.strip())
                written[row] = written.get(row, False) or said
        for number in sorted(written):
            self._row(number, said=written[number])

    def _row(self, number: int, *, said: bool) -> None:
        problems: list[str] = []
        cells: dict[str, Given] = {}
        for name, column in self.places.items():
            try:
                cells[name] = self._cell(number, column)
            except ValueError as error:
                problems.append(f"{self._place(number, column)}：{error}")
        texts = {name: cells[name].text if name in cells else "" for name in (NUMBER, KEY, SUBJECT)}
        given = {name: one for name, one in cells.items() if name in FILLED}
        if not texts[NUMBER] and not texts[KEY]:
            written = [one for one in given.values() if one.value not in (None, "")]
            if written and (NUMBER in cells or KEY in cells):
                self.filled.problems.append(f"{written[0].place}：有填写内容，但“{NUMBER}”为空，请补上或清空这一行")
            elif said:
                self.filled.unnumbered.append(f"{self.sheet.title} 第{number}行")
            return
        self.filled.problems += problems
        if not problems:
            place = self._place(number, self.places.get(NUMBER) or self.places[KEY])
            self.filled.rows.append(FilledRow(place, texts[NUMBER], texts[KEY], texts[SUBJECT], given))

    def _cell(self, number: int, column: int) -> Given:
        """Returns what a cell holds. Raises ValueError with what is wrong."""
        at = (number, column)
        cell = self.sheet.cell(*at)
        holder = self.merged.get(at, at)
        if (holder != at or goes_on(self.merged, at)) and self.sheet.cell(*holder).value not in (None, ""):
            raise ValueError("是合并单元格，请取消合并后逐行填写")
        value = self._computed(cell) if cell.data_type == "f" else cell.value
        if cell.data_type == "e" or (isinstance(value, str) and _ERROR.fullmatch(value)):
            raise ValueError(f"是错误值{value}，请直接填写")
        link = getattr(cell, "hyperlink", None)
        given = Given(self._place(number, column), value, str(link.target or "") if link is not None else "")
        given.text  # noqa: B018 - what cannot be told as text is wrong in every column
        return given

    def _computed(self, cell: Cell | MergedCell) -> Any:
        """Returns what a formula last came to. Raises ValueError where the file does not say."""
        if self.values is None and self.open is not None:
            self.values = self.open()[self.sheet.title]
        value = self.values[cell.coordinate].value if self.values is not None else None
        if value is None:
            raise ValueError("是公式，文件中没有它的结果，请直接填写")
        return value

    def _place(self, number: int, column: int) -> str:
        return f"{self.sheet.title}!{self.sheet.cell(number, column).coordinate}"


_ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)")
