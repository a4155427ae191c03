"""The score sheet as a workbook: the system's own layout, what the machine measured beside it, cells for people.

It is made to be filled in and taken back (`mingcha import marks`): every row carries the id of its clause in the first
column, a hidden sheet says which system, portal and period it is of and when it was made.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from indicators.case import Mark, Word
from indicators.score import WORDS, Scale, Score
from indicators.system import CellKey, Column, System
from reports.conclusion import figures, verdict
from reports.files import write_whole
from reports.scorepages import ScorePages
from reports.scores import Kind, Row, mark_date, mark_text, remark_entry, shown
from reports.sheets import Book, Formats, lines_of
from reports.words import period
from storage.views import AuditView

SHEET, META = "赋分表", "_mingcha"
MARK = "mark:"  # keys of META under which the marks stand that the sheet was exported with
KEY = "条款"  # header of the first column: the id of the clause
FORMAT = 1  # of the workbook, for taking it back
KEY_WIDTH = 9
TALLEST = 24  # lines a row may be high
LINE = 15.0  # points

# Ours, where the layout does not place them: key, header, width, whether people fill it in.
_OURS: Sequence[tuple[CellKey, str, int]] = (
    ("how", "核查方式", 9),
    ("result", "核查结果", 16),
    ("score", "系统评分", 11),
    ("words", "计算过程", 38),
    ("numbers", "问题编号", 24),
    ("evidence", "证据编号", 16),
    ("entry", "应填", 16),
    ("mark", "复核评分（结论）", 12),
    ("reason", "复核理由", 28),
    ("who", "复核人", 10),
    ("date", "复核时间", 16),
)
ENTRIES: frozenset[CellKey] = frozenset({"mark", "reason", "who"})
_MERGED: frozenset[CellKey] = frozenset({"method", "units", "measures", "deadline", "deliverable", "remark"})


def write_sheet(score: Score, view: AuditView, path: Path, *, made: dt.datetime) -> Path:
    """Writes the workbook of one portal under one system and returns its path. `made` is when, aware.

    The score comes in with personal data masked already. Raises StorageError when the disk refuses.
    """

    return write_whole(path, _Book(score, view, made).save)


def sheet_columns(system: System) -> tuple[Column, ...]:
    """Returns the columns of a sheet: those the layout places, then ours it does not, points only where there are."""
    layout = system.layout
    placed = {column.key for column in layout.columns}
    pointless = system.scheme.points == "none"
    ours = [
        Column(key=key, header="复核结论" if key == "mark" and pointless else header, width=width)
        for key, header, width in _OURS
        if key not in placed and not (key == "score" and pointless)
    ]
    return (*layout.columns, *ours)


class _Span(Struct):
    """A cell that goes on over rows: its column, its first and last row within the table, what it says."""

    index: int
    first: int
    last: int
    text: str
    key: object


def _chains(rows: Sequence[Row]) -> dict[tuple[str, CellKey], int]:
    """Returns for every requirement which of a column's cells it has: rows of one number share a cell."""
    found: dict[tuple[str, CellKey], int] = {}
    latest: dict[CellKey, int] = {}
    for row in rows:
        for key in _MERGED if row.kind is Kind.LEAF else ():
            if key not in row.merged or key not in latest:
                latest[key] = latest.get(key, 0) + 1
            found[row.node, key] = latest[key]
    return found


class _Book(ScorePages):
    def save(self, path: Path) -> None:
        book = Book(path)
        self.book, self.formats = book, Formats(book)
        self.columns = sheet_columns(self.system)
        self.chains = _chains(self.rows)
        book.set_properties(
            {
                "title": f"{self.view.portal.name} {self.system.title}",
                "subject": self.view.audit.id,
                "author": "mingcha",
            }
        )
        if self.system.layout.matrix:
            self.matrix()
        self._table()
        if self.system.layout.departments:
            self.departments()
        self.charges()
        self.draws()
        self.notes()
        self._meta()
        book.close()

    # 赋分表

    def _table(self) -> None:
        columns = self.columns
        sheet = self.sheet(SHEET, KEY_WIDTH + sum(column.width for column in columns))
        for index, column in enumerate(columns, 1):
            sheet.set_column(index, index, column.width)
        sheet.set_column(0, 0, KEY_WIDTH)
        sheet.repeat_columns(0)  # of a page that continues to the right, the clause can be told
        at = self.heading(sheet, 0, [*self.system.layout.heading] if not self.system.layout.matrix else [])
        at = self.heading(sheet, at, self.system.layout.table_heading)
        printed = "".join([*self.system.layout.heading, *self.system.layout.table_heading])
        named = f"体系：{self.system.title}　　" if self.system.title not in printed else ""
        about = (
            f"{named}网站：{self.view.portal.name}　{self.view.portal.home}　　核查日：{self.view.audit.as_of}　　"
            f"评估周期：{period(self.score.case.period)}　　批次：{self.view.audit.id}"
        )
        sheet.write_string(at, 0, about, self.formats["note_line"])
        sheet.write_string(at + 1, 0, f"结论：{verdict(self.score)[0]}", self.formats["label_line"])
        head = at + 2
        sheet.set_row(head, 34)
        for index, column in enumerate(columns, 1):
            sheet.write_string(head, index, column.header, self.formats["unit" if column.key in ENTRIES else "head"])
        sheet.write_string(head, 0, KEY, self.formats["head"])
        sheet.freeze_panes(head + 1, 0)
        sheet.repeat_rows(head)
        last = self._body(sheet, head + 1)
        self._footer(sheet, last + 1)

    def _body(self, sheet: Worksheet, first: int) -> int:
        spans = self._spans()
        for offset, height in enumerate(self._heights(spans)):
            sheet.set_row(first + offset, height)
        for one in spans:
            if one.last > one.first:
                sheet.merge_range(first + one.first, one.index, first + one.last, one.index, "", self.formats["text"])
            self.text(sheet, first + one.first, one.index, one.text, self.formats["text"])
        number = 0
        for offset, row in enumerate(self.rows):
            number += row.kind is Kind.LEAF
            name = row.node if row.kind in (Kind.LEAF, Kind.LEVEL) else ""
            self.text(sheet, first + offset, 0, name, self.formats["key"])
            for index, column in enumerate(self.columns, 1):
                if self._merging(row, column) is None:
                    self._cell(sheet, first + offset, index, column.key, row, number)
        return first + len(self.rows) - 1

    def _spans(self) -> list[_Span]:
        """Returns the cells that may go on over rows, each whole, by column."""
        found: list[_Span] = []
        for index, column in enumerate(self.columns, 1):
            open_: _Span | None = None
            for offset, row in enumerate(self.rows):
                merged = self._merging(row, column)
                if merged is None:
                    open_ = None
                elif open_ is not None and merged[0] == open_.key:
                    open_.last = offset
                else:
                    open_ = _Span(index, offset, offset, merged[1], merged[0])
                    found.append(open_)
        return found

    def _heights(self, spans: Sequence[_Span]) -> list[float]:
        """Returns the rows' heights in points: what a merged cell needs beyond its rows, the last of them gets."""
        heights = [self._height(row) for row in self.rows]
        for one in spans:
            needed = LINE * lines_of(one.text, self.columns[one.index - 1].width) + 4
            lacking = needed - sum(heights[one.first : one.last + 1])
            heights[one.last] += max(0.0, lacking)
        return [min(height, 400.0) for height in heights]  # 409 points is the most a row may have

    def _merging(self, row: Row, column: Column) -> tuple[object, str] | None:
        """Returns what cell goes on over rows here: (its identity, its text); None for a cell of its own."""
        key = column.key
        if key.startswith("level"):
            depth = int(key[-1])
            if len(row.titles) < depth:
                return (row.node, depth), ""
            above = ".".join(row.node.split(".")[:depth])
            return (above, depth), row.titles[depth - 1]
        if key in _MERGED and row.kind is Kind.LEAF:
            return (key, self.chains[row.node, key]), row.cells.get(key, "")
        return None

    def _cell(self, sheet: Worksheet, at: int, index: int, key: CellKey, row: Row, number: int) -> None:
        plain = self.formats["level" if row.kind is Kind.LEVEL else "aside" if row.kind is not Kind.LEAF else "text"]
        entry = bool(row.entry) and key in ENTRIES
        match key:
            case "index":
                if row.kind is Kind.LEAF:
                    sheet.write_number(at, index, number, plain)
                else:
                    sheet.write_blank(at, index, None, plain)
            case "result":
                self.text(sheet, at, index, row.result, self.formats[row.tone] if row.result else plain)
            case "mark":
                self._mark(sheet, at, index, row, plain)
            case _:
                self.text(sheet, at, index, self._said(key, row), self.formats["open"] if entry else plain)

    def _said(self, key: CellKey, row: Row) -> str:
        mark = row.mark
        match key:
            case "text":
                return row.text
            case "points":
                return row.points
            case "how":
                return row.how
            case "score":
                return row.score
            case "words":
                return "\n".join(filter(None, (row.words, row.note and f"注：{row.note}")))
            case "numbers":
                return row.numbers
            case "evidence":
                return "、".join(digest[:12] for digest in row.evidence[:6])
            case "entry":
                return row.entry
            case "reason":
                return mark.why if mark else ""
            case "who":
                return mark.who if mark else ""
            case "date":
                return mark_date(mark)
            case _:
                return row.cells.get(key, "")

    def _mark(self, sheet: Worksheet, at: int, index: int, row: Row, plain: Any) -> None:
        if not row.entry:
            sheet.write_blank(at, index, None, plain)
            return
        cell = self.formats["open"]
        value = mark_text(row.mark)
        if isinstance(value, float):
            sheet.write_number(at, index, value, self.formats["open_number"])
        else:
            self.text(sheet, at, index, value, cell)
        sheet.data_validation(at, index, at, index, self._validation(row, xl_rowcol_to_cell(at, index)))

    def _validation(self, row: Row, cell: str) -> dict[str, Any]:
        words = _words_of(self.score, row)
        about = {"input_title": "应填", "input_message": row.entry[:250], "error_title": "不能填写这个值"}
        if row.stake is None or (row.kind is Kind.LEVEL and not row.entry.startswith("得分")):
            return {"validate": "list", "source": words, "error_message": row.entry[:250], **about}
        word = words[0]
        formula = f'=OR(AND(ISNUMBER({cell}),{cell}>=0,{cell}<={row.stake:g}),{cell}="{word}")'
        return {"validate": "custom", "value": formula, "error_message": row.entry[:250], **about}

    def _height(self, row: Row) -> float:
        lines = 1
        for column in self.columns:
            if column.key.startswith("level") or column.key in _MERGED:
                continue
            text = self._said(column.key, row) if column.key not in ("index", "mark", "result") else row.result
            lines = max(lines, lines_of(text, column.width))
        return LINE * min(lines, TALLEST) + 4

    def _footer(self, sheet: Worksheet, at: int) -> None:
        """Writes the lines below the table: figures, clauses after the total, signatures."""
        for figure in figures(self.score):
            note = f"（{figure.note}）" if figure.note else ""
            sheet.write_string(at, 1, f"{figure.name}：{figure.value}{note}", self.formats["label_line"])
            at += 1
        places = {column.key: index for index, column in enumerate(self.columns, 1)}
        for one in self.score.remarks:
            sheet.set_row(at, LINE * min(TALLEST, lines_of(shown(one.remark.text), 60)) + 4)
            for index in range(1, len(self.columns) + 1):
                sheet.write_blank(at, index, None, self.formats["text"])
            self.text(sheet, at, places["text"], shown(one.remark.text), self.formats["text"])
            self.text(sheet, at, 0, one.remark.id, self.formats["key"])
            self.text(sheet, at, 1, "备注加减分", self.formats["text"])
            self.text(sheet, at, places["entry"], remark_entry(one), self.formats["text"])
            mark = one.mark
            if mark is not None and mark.points is not None:
                sheet.write_number(at, places["mark"], mark.points, self.formats["open_number"])
            else:
                sheet.write_blank(at, places["mark"], None, self.formats["open"])
            self.text(sheet, at, places["reason"], mark.why if mark else "", self.formats["open"])
            self.text(sheet, at, places["who"], mark.who if mark else "", self.formats["open"])
            if "date" in places:
                self.text(sheet, at, places["date"], mark_date(mark), self.formats["text"])
            at += 1
        for note in self.score.notes:
            sheet.write_string(at, 1, f"说明：{note}", self.formats["note_line"])
            at += 1
        for line in self.system.layout.signatures:
            at += 1
            sheet.write_string(at, 1, line, self.formats["note_line"])

    def _marks(self) -> list[tuple[str, Mark]]:
        return list(self.score.case.marks.items())

    def _meta(self) -> None:
        sheet = self.book.add_worksheet(META)
        values = {
            "format": str(FORMAT),
            "system": self.system.id,
            "version": str(self.system.version),
            "portal": self.view.portal.id,
            "period": self.score.case.period,
            "audit": self.view.audit.id,
            "made": self.made.isoformat(),
            **{f"{MARK}{node}": json.dumps(_said(mark), ensure_ascii=False) for node, mark in sorted(self._marks())},
        }
        for at, (key, value) in enumerate(values.items()):
            sheet.write_string(at, 0, key)
            sheet.write_string(at, 1, value)
        sheet.hide()


def _said(mark: Mark) -> tuple[float | None, str, str]:
    return mark.points, str(mark.word or ""), mark.why


def _words_of(score: Score, row: Row) -> list[str]:
    """Returns the words a cell may hold beside numbers."""
    one = score.leaves.get(row.node)
    if one is None or one.scale in (Scale.POINTS, Scale.SCOPE):
        return [WORDS[Word.NOT_APPLICABLE]]
    if one.scale is Scale.VETO:
        return [WORDS[Word.CONFIRMED], WORDS[Word.DISMISSED], WORDS[Word.NOT_APPLICABLE]]
    return [WORDS[Word.MET], WORDS[Word.NOT_MET], WORDS[Word.NOT_APPLICABLE]]
