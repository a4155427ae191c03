"""Reads a filled-in score workbook back: what it is of, and every cell people may have written into.

Nothing is trusted: spreadsheets re-order columns, merge cells, turn numbers into dates and texts into formulas. What is
not understood is a problem with its cell; whoever reads on decides only when there is none.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from indicators.system import CellKey, System
from mingcha.errors import UsageError
from mingcha.sheetfile import HEADER_ROWS, folded, goes_on, merged_cells
from reports.scoresheet import FORMAT, KEY, MARK, META, SHEET, sheet_columns

Said = tuple[float | None, str, str]  # points, word, why


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What a workbook says it is of."""

    system: str
    version: int
    portal: str
    period: str
    audit: str
    made: dt.datetime  # aware
    said: Mapping[str, Said] = field(default_factory=dict)  # the marks it was exported with


@dataclass(frozen=True, slots=True)
class Entry:
    """One row people may have filled in. `mark` is a number, a word, or None for an empty cell."""

    node: str
    cell: str  # where the mark stands: 赋分表!K12
    mark: float | str | None
    why: str
    who: str


@dataclass(slots=True)
class Filled:
    """A workbook as read: entries, and everything that could not be understood, each with its cell."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def head_of(book: Workbook, path: Path) -> SheetHead:
    """Returns what the workbook is of. Raises UsageError where it does not say so (any more)."""
    if META not in book.sheetnames:
        raise UsageError(
            f"{path}：缺少工作表“{META}”，无法得知是哪个网站、哪个体系的赋分表；"
            "请在 mingcha export scores 导出的文件中填写，不要另行复制工作表"
        )
    values = {
        str(row[0]): str(row[1])
        for row in book[META].iter_rows(max_col=2, max_row=5000, values_only=True)
        if row[0] is not None and row[1] is not None
    }
    if values.get("kind") == "ledger":
        raise UsageError(f"{path}：是台账，不是赋分表；请用 mingcha import ledger 收回")
    try:
        if int(values["format"]) != FORMAT:
            raise UsageError(f"{path}：由更新版本的程序导出，请升级本程序")
        made = dt.datetime.fromisoformat(values["made"])
        if made.tzinfo is None:
            raise ValueError("no zone")
        said = {
            key.removeprefix(MARK): (float(points) if points is not None else None, str(word), str(why))
            for key, value in values.items()
            if key.startswith(MARK)
            for points, word, why in [json.loads(value)]
        }
        return SheetHead(
            values["system"], int(values["version"]), values["portal"], values["period"], values["audit"], made, said
        )
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}：工作表“{META}”被改动（{error}），请重新导出赋分表") from error


def read_sheet(book: Workbook, system: System, path: Path) -> Filled:
    """Returns what people filled in. Raises UsageError where the table itself cannot be found."""
    sheet, header, places = _table(book, system, path)
    filled = Filled()
    merged = merged_cells(sheet)
    known = {node.id for node in (*system.nodes, *system.remarks)}
    seen: dict[str, Entry] = {}
    rows = sorted({row for row, _ in sheet._cells if row > header})  # a stray cell far below makes no million rows
    for number in rows:
        entry = _entry(sheet, number, places, merged, filled.problems)
        if entry is None or (entry.mark is None and entry.node not in known):
            continue  # lines below the table stand in the first column, too
        before = seen.get(entry.node)
        if before is None:
            seen[entry.node] = entry
            filled.entries.append(entry)
        elif (before.mark, before.why, before.who) != (entry.mark, entry.why, entry.who):
            filled.problems.append(f"{entry.cell}：条款{entry.node}出现两次且填写不同（另见{before.cell}）")
    return filled


def _table(book: Workbook, system: System, path: Path) -> tuple[Worksheet, int, Mapping[CellKey | str, int]]:
    """Returns the sheet, the row of its header, and the columns by key ("key": the clause's id)."""
    wanted: dict[str, CellKey | str] = {KEY: "key"}
    for column in sheet_columns(system):
        if column.key in ("mark", "reason", "who"):
            wanted[folded(column.header)] = column.key
    lacking = ""
    order = sorted((sheet for sheet in book.worksheets if sheet.title != META), key=lambda one: one.title != SHEET)
    for sheet in order:
        for number in range(1, min(sheet.max_row, HEADER_ROWS) + 1):
            found: dict[CellKey | str, int] = {}
            for cell in sheet[number]:
                key = wanted.get(folded(cell.value)) if isinstance(cell.value, str) else None
                if key is None:
                    continue
                if key in found:
                    raise UsageError(f"{path}：{sheet.title}!{cell.coordinate}：“{cell.value}”列出现两次")
                found[key] = int(cell.column or 0)
            if "key" in found and len(found) > 1:
                if missing := [header for header, key in wanted.items() if key not in found]:
                    lacking = (
                        lacking
                        or f"{path}：{sheet.title}第{number}行：缺少“{missing[0]}”列（列可以移动，不能改名或删除）"
                    )
                    break
                return sheet, number, found
    if lacking:
        raise UsageError(lacking)
    raise UsageError(f"{path}：没有找到含“{'”“'.join(wanted)}”各列的表头，请重新导出赋分表")


def _entry(
    sheet: Worksheet,
    number: int,
    places: Mapping[CellKey | str, int],
    merged: Mapping[tuple[int, int], tuple[int, int]],
    problems: list[str],
) -> Entry | None:
    """Returns the entry of a row, None for a row that is none (headings, sums) or that is not understood."""
    mark_at = (number, places["mark"])
    where = f"{sheet.title}!{get_column_letter(places['mark'])}{number}"
    holder = merged.get(mark_at, mark_at)
    mark = sheet.cell(*mark_at)
    texts = {}
    for key in ("reason", "who"):
        at = merged.get((number, places[key]), (number, places[key]))
        cell = sheet.cell(*at)
        if cell.data_type == "f":
            problems.append(f"{sheet.title}!{cell.coordinate}：是公式，请直接填写文字")
            return None
        texts[key] = _text(cell.value)
    node = sheet.cell(number, places["key"])
    name = _text(node.value)
    filled = sheet.cell(*holder).value not in (None, "")
    if not isinstance(node.value, str) or not name:
        if filled and node.value is None:
            problems.append(f"{where}：有评分，但“{KEY}”列为空")
        elif filled:
            problems.append(f"{sheet.title}!{node.coordinate}：条款变成了数字或日期，请恢复为文本")
        return None
    if holder != mark_at or goes_on(merged, mark_at):
        if sheet.cell(*holder).value not in (None, ""):
            problems.append(f"{where}：是合并单元格，请逐条填写")
        return None
    value, problem = _value(mark)
    if problem:
        problems.append(f"{where}：{problem}")
        return None
    return Entry(name, where, value, texts["reason"], texts["who"])


def _value(cell: Any) -> tuple[float | str | None, str]:
    """Returns what a mark cell holds, and what is wrong with it ("" = nothing)."""
    value = cell.value
    if cell.data_type == "f":
        return None, "是公式，请直接填写评分"
    if cell.data_type == "e":
        return None, f"是错误值{value}，请直接填写评分"
    if value is None:
        return None, ""
    if isinstance(value, bool):
        return None, "是逻辑值，请按“应填”列填写"
    if isinstance(value, (int, float)):
        return float(value), ""
    if isinstance(value, str):
        text = folded(value)
        if not text:
            return None, ""
        number = _NUMBER.fullmatch(text)
        return (float(number[1]), "") if number else (text, "")
    return None, "变成了日期，请将单元格设为数值格式后重填"


# A number as people write it, 分 behind it or not. What they take off is a matter of the clause: see `marks`.
_NUMBER = re.compile(r"([+\-]?[0-9]+(?:\.[0-9]+)?)分?")


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
