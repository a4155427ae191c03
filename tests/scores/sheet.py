"""A score sheet as somebody has it open in a spreadsheet program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet


class Sheet:
    """The cells of a score sheet by clause and header, wherever they stand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.table: Worksheet = self.book["赋分表"]
        self.head = next(row[0].row for row in self.table.iter_rows(max_col=1) if row[0].value == "条款")

    @property
    def headers(self) -> list[str]:
        """The headers of the table, in order."""
        (line,) = self.table.iter_rows(min_row=self.head, max_row=self.head, values_only=True)
        return [str(value) for value in line if value is not None]

    @property
    def nodes(self) -> list[str]:
        """The clauses of the first column, in order."""
        column = self.table.iter_rows(min_row=self.head + 1, max_col=1, values_only=True)
        return [str(value) for (value,) in column if value is not None]

    def row(self, node: str) -> int:
        """Returns the number of a clause's row."""
        rows = self.table.iter_rows(min_row=self.head + 1, max_col=1)
        return next(cell.row for (cell,) in rows if cell.value == node)

    def cell(self, node: str, header: str) -> Cell:
        """Returns a clause's cell below a header; of a merged one the cell that holds the value."""
        column = self.headers.index(header) + 1
        at = self.table.cell(self.row(node), column)
        if isinstance(at, MergedCell):
            areas = (area.bounds for area in self.table.merged_cells.ranges)
            left, top = next(
                (left, top)
                for left, top, right, bottom in areas
                if left <= at.column <= right and top <= at.row <= bottom
            )
            at = self.table.cell(top, left)
        assert isinstance(at, Cell)
        return at

    def said(self, node: str, header: str) -> object:
        """Returns what a clause's cell says."""
        return self.cell(node, header).value

    def fill(self, node: str, mark: Any, why: str = "", who: str = "王芳") -> str:
        """Writes a mark as people do and returns the address of its cell."""
        reason = "赋分说明" if "赋分说明" in self.headers else "复核理由"
        cell = self.table.cell(self.row(node), self.headers.index(self.mark) + 1)
        cell.value = mark
        self.table.cell(self.row(node), self.headers.index(reason) + 1).value = why or None
        self.table.cell(self.row(node), self.headers.index("复核人") + 1).value = who or None
        return f"{self.table.title}!{cell.coordinate}"

    @property
    def mark(self) -> str:
        """The header of the column people mark in."""
        return next(name for name in ("复核评分（结论）", "复核结论", "得分", "核销") if name in self.headers)

    def save(self, path: Path | None = None) -> Path:
        """Saves the workbook, under another name if one is given, and returns the path."""
        self.book.save(path or self.path)
        return path or self.path


def lines_of(sheet: Sheet) -> list[list[Any]]:
    """Returns the table, its header first."""
    return [list(row) for row in sheet.table.iter_rows(min_row=sheet.head, values_only=True)]


def rewrite(sheet: Sheet, lines: Sequence[Sequence[Any]]) -> None:
    """Puts other lines in the place of the table; merged cells are taken apart."""
    unmerge(sheet)
    sheet.table.delete_rows(sheet.head, sheet.table.max_row)
    for line in lines:
        sheet.table.append(list(line))
    sheet.table.cell(sheet.head, 1)


def unmerge(sheet: Sheet) -> None:
    """Takes all merged cells apart."""
    for area in list(sheet.table.merged_cells.ranges):
        sheet.table.unmerge_cells(str(area))
