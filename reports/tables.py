"""One table on one sheet: columns, rows, links, locked and open cells, within the limits of the file format.

Every text is written as a string: a page title that looks like a formula stays a title. Hyperlinks are written only
where the format allows them (2,079 characters, 65,530 a sheet). Works in Excel, WPS and LibreOffice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from checks.base import SheetColumn
from reports import words as shared
from reports.sheets import CELL, OPTIONS, Formats, lines_of, page, width_of

LINK = 2_079  # characters a hyperlink may hold
LINKS = 65_000  # hyperlinks a sheet may hold, with some room
ROWS = 1_048_000
NAME = 31  # characters the name of a sheet may have
FIRST = 3  # row, as spreadsheets count, in which the first row of a table stands: title, header, rows
SPARE = 200  # rows below the table in which a drop-down is offered, too


@dataclass(frozen=True, slots=True)
class Table:
    """A table about to be written: its columns, rows, and what is special about them. Columns are named by key."""

    name: str
    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Mapping[str, Any]]
    empty: str = "无"  # the one line that stands where there is no row
    unit: frozenset[str] = frozenset()  # columns the responsible unit fills in
    office: frozenset[str] = frozenset()  # columns the supervising office fills in
    hidden: frozenset[str] = frozenset()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    verdicts: frozenset[str] = frozenset()
    tallest: int = 6  # lines a row may be high

    @property
    def open(self) -> frozenset[str]:
        """The columns somebody fills in; where there are any, all else is locked."""
        return self.unit | self.office


class Tables:
    """A workbook of tables. `name` and `batch` stand below every printed page; `shots` maps hashes to files."""

    def __init__(self, path: Path, title: str, name: str, batch: str, shots: Mapping[str, str]) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, **OPTIONS})
        self.formats = Formats(self.book)
        self.name, self.batch, self.shots = name, batch, shots
        self.book.set_properties({"title": title, "subject": batch, "author": "mingcha"})

    def close(self) -> None:
        """Writes the file. Raises xlsxwriter's FileCreateError."""
        self.book.close()

    def notes(self, name: str, title: str, lines: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Writes a sheet of texts under headings."""
        sheet = self._sheet(name, landscape=False)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 92)
        sheet.hide_gridlines(2)
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, title, self.formats["title"])
        row = 2
        for heading, said in lines:
            sheet.write_string(row, 0, heading, self.formats["label"])
            for line in said or ("无",):
                text = line[:CELL]
                sheet.set_row(row, 17 * max(1, -(-width_of(text) // 96)))
                sheet.write_string(row, 1, text, self.formats["note"])
                row += 1
            row += 1

    def table(self, table: Table) -> None:
        """Writes a table on a sheet of its own: header frozen and repeated on paper, filters, drop-downs."""
        columns = table.columns
        sheet = self._sheet(table.name, width=sum(column.width for column in columns))
        for index, column in enumerate(columns):
            options = {"hidden": True} if column.key in table.hidden else {}
            unlocked = self.formats["unlocked"] if column.key in table.open else None
            sheet.set_column(index, index, column.width, unlocked, options)
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, table.title[:CELL], self.formats["caption"])
        sheet.set_row(1, 32)
        for index, column in enumerate(columns):
            head = "unit" if column.key in table.unit else "office" if column.key in table.office else "head"
            sheet.write_string(1, index, column.header, self.formats[head])
        last = self._rows(sheet, table)
        sheet.freeze_panes(2, 2 if len(columns) > 8 else 1)
        sheet.autofilter(1, 0, last, len(columns) - 1)
        sheet.repeat_rows(0, 1)
        if len(columns) > 20:
            sheet.repeat_columns(0, 1)
        for index, column in enumerate(columns):
            if column.key in table.choices:
                source = list(table.choices[column.key])
                rule = {"validate": "list", "source": source, "error_type": "warning"}
                sheet.data_validation(2, index, max(last, SPARE), index, rule)
        if table.open:
            sheet.protect("", _ALLOWED)

    def values(self, name: str, values: Iterable[tuple[str, str]]) -> None:
        """Writes a hidden sheet of names and texts, none longer than a cell may hold, for taking the file back."""
        sheet = self.book.add_worksheet(name)
        for at, (key, value) in enumerate(values):
            sheet.write_string(at, 0, key)
            sheet.write_string(at, 1, value)
        sheet.hide()

    def _rows(self, sheet: Worksheet, table: Table) -> int:
        """Writes the rows and returns the number of the last one, from 0."""
        last, links = 1, 0
        for last, row in enumerate(table.rows, 2):
            if last >= ROWS:
                sheet.write_string(last, 0, "行数超出表格上限，其余见CSV或JSONL", self.formats["text"])
                break
            sheet.set_row(last, _height(row, table.columns, table.tallest))
            for index, column in enumerate(table.columns):
                links += self._cell(sheet, last, index, column, row.get(column.key), table, links)
        if last == 1:
            last = 2
            sheet.write_string(2, 0, table.empty[:CELL], self.formats["note_line"])
        return last

    def _cell(
        self, sheet: Worksheet, row: int, index: int, column: SheetColumn, value: Any, table: Table, links: int
    ) -> int:
        """Writes one cell; returns how many hyperlinks it took."""
        editable = column.key in table.open
        if value is None or value == "" or value == []:
            sheet.write_blank(row, index, None, self.formats["open" if editable else "text"])
            return 0
        if column.show == "share" and isinstance(value, (int, float)):
            sheet.write_number(row, index, value, self.formats["share"])
            return 0
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            sheet.write_number(row, index, value, self.formats["number"])
            return 0
        text = shared.plain(value)[:CELL]
        name = "open" if editable else "text"
        if column.key in table.verdicts and not editable:
            name = shared.tone(text)
        if column.show in ("shot", "file") and links < LINKS:
            target = text if column.show == "file" else self.shots.get(text.removeprefix("sha256:"), "")
            if target and sheet.write_url(row, index, f"external:{target}", self.formats["link"], "查看截图") == 0:
                return 1
            text = text[:12]
        linked = column.show == "url" and links < LINKS and _linkable(text) and not editable
        if linked and sheet.write_url(row, index, text, self.formats["link"], text) == 0:
            return 1
        sheet.write_string(row, index, text, self.formats[name])
        return 0

    def _sheet(self, name: str, landscape: bool = True, width: int = 0) -> Worksheet:
        sheet = self.book.add_worksheet(name[:NAME])
        page(sheet, self.name, self.batch, landscape=landscape, width=width)
        return sheet


# What a locked sheet still lets people do: there is no password, the lock only keeps hands off by mistake.
_ALLOWED = {
    "autofilter": True,
    "sort": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "delete_rows": True,
}


def numbered(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yields the rows with their number, from 1, as `_index`."""
    for index, row in enumerate(rows, 1):
        yield {**row, "_index": index}


def _linkable(text: str) -> bool:
    return text.startswith(("http://", "https://")) and len(text) <= LINK and not any(c in text for c in ' "<>')


def _height(row: Mapping[str, Any], columns: Sequence[SheetColumn], tallest: int) -> float:
    """Returns a row height that shows most of its text: 15 points a line, `tallest` lines at most."""
    lines = 1
    for column in columns:
        value = row.get(column.key)
        # The clause is the same on every row of a kind: it may be cut, what happened may not.
        if (
            not value
            or isinstance(value, (int, float))
            or column.header == "判定依据"
            or column.show in ("shot", "file")
        ):
            continue
        lines = max(lines, lines_of(shared.plain(value), column.width))
    return 15.0 * min(lines, tallest) + 3
