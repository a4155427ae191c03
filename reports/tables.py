"""One table on one sheet: columns, rows, links, locked and open cells, within the limits of the file format.

Every text is written as a string: a page title that looks like a formula stays a title. Hyperlinks are written only
where the format allows them (2,079 characters, 65,530 a sheet). Works in Excel, WPS and LibreOffice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Struct
from xlsxwriter.worksheet import Worksheet

from checks.base import SheetColumn
from reports import words as shared
from reports.sheets import CELL, Book, Formats, lines_of, page, width_of

LINK = 2_079  # characters a hyperlink may hold
LINKS = 65_000  # hyperlinks a sheet may hold, with some room
ROWS = 1_048_000
NAME = 31  # characters the name of a sheet may have
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
    brief: frozenset[str] = frozenset()  # columns whose texts may be cut: what they say stands elsewhere, too
    tallest: int = 6  # lines a row may be high

    @property
    def open(self) -> frozenset[str]:
        """The columns somebody fills in; where there are any, all else is locked."""
        return self.unit | self.office


class Tables:
    """A workbook of tables. `name` and `batch` stand below every printed page; `shots` maps hashes to files."""

    def __init__(self, path: Path, title: str, name: str, batch: str, shots: Mapping[str, str]) -> None:
        self.book = Book(path, by_row=True)
        self.formats = Formats(self.book)
        self.name, self.batch, self.shots = name, batch, shots
        self.book.set_properties({"title": title, "subject": batch, "author": "mingcha"})

    def close(self) -> None:
        """Writes the file. Raises OSError when the disk refuses."""
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
        sheet.repeat_rows(1)  # without the caption: of pages that continue to the right it would be cut off
        sheet.print_across()
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
        places = [_place(index, column, table) for index, column in enumerate(table.columns)]
        last, links = 1, 0
        for last, row in enumerate(table.rows, 2):
            if last >= ROWS:
                sheet.write_string(last, 0, "行数超出表格上限，其余见CSV或JSONL", self.formats["text"])
                break
            cells = [_cell(row.get(place.key)) for place in places]
            sheet.set_row(last, _height(cells, places, table.tallest))
            for place, cell in zip(places, cells, strict=True):
                links += self._write(sheet, last, place, cell, linking=links < LINKS)
        if last == 1:
            last = 2
            sheet.write_string(2, 0, table.empty[:CELL], self.formats["note_line"])
        return last

    def _write(self, sheet: Worksheet, row: int, place: _Place, cell: str | float, *, linking: bool) -> bool:
        """Writes one cell; returns whether it took a hyperlink, for which there must be room."""
        at = place.index
        if not isinstance(cell, str):
            sheet.write_number(row, at, cell, self.formats["share" if place.show == "share" else "number"])
            return False
        if not cell:
            sheet.write_blank(row, at, None, self.formats[place.format])
            return False
        text = cell
        if linking and place.show in _LINKED:
            target = self._target(place, cell)
            words, text = ("查看截图", cell[:12]) if place.show in _FILES else (cell, cell)
            if target and sheet.write_url(row, at, target, self.formats["link"], words) == 0:
                return True
        sheet.write_string(row, at, text, self.formats[shared.tone(cell) if place.judged else place.format])
        return False

    def _target(self, place: _Place, text: str) -> str:
        """Returns where a cell of a column of links leads, "" where nowhere."""
        if place.show == "url":
            return text if _linkable(text) else ""
        file = text if place.show == "file" else self.shots.get(text.removeprefix("sha256:"), "")
        return f"external:{file}" if file else ""

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


class _Place(Struct, frozen=True):
    """How the cells of one column are written."""

    index: int
    key: str
    show: str
    width: int
    format: str  # of its texts and blanks
    judged: bool  # it holds verdicts, each in its colour
    whole: bool  # rows are as high as its texts want


_FILES = frozenset({"shot", "file"})
_LINKED = _FILES | {"url"}


def _place(index: int, column: SheetColumn, table: Table) -> _Place:
    editable = column.key in table.open
    show = "text" if editable and column.show == "url" else column.show
    whole = column.key not in table.brief and show not in _FILES
    judged = column.key in table.verdicts and not editable
    return _Place(index, column.key, show, column.width, "open" if editable else "text", judged, whole)


def _cell(value: Any) -> str | float:
    """Returns what stands in a cell: a number, or a text no longer than it may be; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return shared.plain(value)[:CELL]


def _height(cells: Sequence[str | float], places: Sequence[_Place], tallest: int) -> float:
    """Returns a row height that shows most of its text: 15 points a line, `tallest` lines at most."""
    texts = zip(cells, places, strict=True)
    lines = [lines_of(cell, place.width) for cell, place in texts if isinstance(cell, str) and place.whole]
    return 15.0 * min(max(lines, default=1), tallest) + 3
