"""The further sheets of a score workbook: 表1, by responsible unit, findings and what they cost, draws, notes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from indicators.score import Score, span
from indicators.system import Group
from reports.scores import Kind, Row, charge_words, mark_text, name_of, rows, shown
from reports.scores import draws as draws_of
from reports.sheets import CELL, Formats, lines_of, page
from reports.words import china, tone
from storage.views import AuditView

_BACK = (
    "",
    "填好后用 mingcha import marks 文件名 交回。第一列“条款”和隐藏的“_mingcha”工作表请勿删除或改动；列的次序可以变。",
)
_VETO = ("", "单项否决由系统提出，须由具名的人填“否决成立”或“否决不成立”。")
_FILLING = (
    ("怎样填写", "在“赋分表”中按“应填”列的提示填写评分、理由和复核人。不填的条款按系统结果或区间计。"),
    ("", "提示为“扣分”的填扣去的分数（正数），提示为“得分”的填得到的分数；整条不适用的填“不适用”。"),
    _VETO,
    _BACK,
)
_FILLING_WORDS = (
    ("怎样填写", "在“赋分表”中按“应填”列的提示填写结论、理由和复核人。不填的条款按系统结果计，未定的为待定。"),
    _BACK,
)
_READING = (
    ("怎样阅读", "结果为区间的，下限计入疑似和未能判定的全部可能，上限只计已确认的问题；“计算过程”写明如何得出。"),
    ("", "同一问题只扣一次：计入按条款次序最先适用的一条，其他条款注明“已在……计扣”。见“问题与计扣”。"),
    ("", "问题编号与同批次的整改台账一致；批次文件夹中 evidence 目录为截图和原始应答。"),
)


class ScorePages:
    """What every sheet of a score workbook is made from, and the sheets beside the score sheet itself."""

    book: Workbook
    formats: Formats

    def __init__(self, score: Score, view: AuditView, made: dt.datetime) -> None:
        self.score, self.view, self.made = score, view, made
        self.system = score.system
        self.rows = rows(score)

    # 表1

    def matrix(self) -> None:
        """Writes points and marks of the two upper levels, one column a second level."""
        tops = [group for group in self.system.groups if "." not in group.id]
        sheet = self.sheet("表1", 12 + 11 * sum(len(self._seconds(top)) for top in tops))
        at = self.heading(sheet, 0, [*self.system.layout.heading, *self.system.layout.matrix_heading])
        text, head = self.formats["centre"], self.formats["head"]
        sheet.set_column(0, 0, 12)
        for offset, name in enumerate(("一级指标", "满分", "得分", "二级指标", "满分", "得分")):
            sheet.write_string(at + offset, 0, name, head)
            sheet.set_row(at + offset, 32 if offset in (0, 3) else 22)
        index = 1
        for top in tops:
            seconds = self._seconds(top)
            last = index + len(seconds) - 1
            self._across(sheet, at, index, last, top.short or name_of(top), text)
            self._across(sheet, at + 1, index, last, f"{top.points:g}" if top.points else "", text)
            self._across(sheet, at + 2, index, last, self._earned(top), text)
            for second in seconds:
                sheet.set_column(index, index, 11)
                sheet.write_string(at + 3, index, second.short or name_of(second), text)
                sheet.write_string(at + 4, index, f"{second.points:g}" if second.points else "", text)
                sheet.write_string(at + 5, index, self._earned(second), text)
                index += 1
        total = self.score.total
        sheet.set_column(index, index, 12)
        sheet.write_string(at, index, "总得分", head)
        sheet.write_string(at + 1, index, f"{self.system.scheme.total:g}" if self.system.scheme.total else "", text)
        sheet.write_string(at + 2, index, span(round(total.low, 2), round(total.high, 2)) if total else "", text)
        for offset in (3, 4, 5):
            sheet.write_blank(at + offset, index, None, text)
        sheet.write_string(
            at + 7,
            0,
            "得分为区间的，尚有条款待人工评定或未能判定；填写“赋分表”后重新导出即得确数。",
            self.formats["note_line"],
        )

    def _seconds(self, top: Group) -> list[Group]:
        below = [group for group in self.system.groups if group.id.rpartition(".")[0] == top.id]
        return below or [top]

    def _earned(self, group: Group) -> str:
        level = self.score.levels.get(group.id)
        return span(round(level.low, 2), round(level.high, 2)) if level else ""

    def _across(self, sheet: Worksheet, at: int, first: int, last: int, text: str, cell: Any) -> None:
        if last > first:
            sheet.merge_range(at, first, at, last, text, cell)
        else:
            sheet.write_string(at, first, text, cell)

    # further sheets

    def departments(self) -> None:
        """Adds the sheet of clauses by responsible unit."""
        leaves = [row for row in self.rows if row.kind is Kind.LEAF]
        units: dict[str, list[Row]] = {}
        for row in leaves:
            for unit in split_units(row.cells.get("units", "")) or ["（未列责任单位）"]:
                units.setdefault(unit, []).append(row)
        columns = [
            ("责任单位", 22),
            ("条款", 10),
            ("要求", 60),
            ("核查方式", 10),
            ("核查结果", 16),
            ("复核结论", 12),
            ("计算过程", 40),
            ("问题编号", 30),
        ]
        lines = (
            (unit, row.node, row.text, row.how, row.result, str(mark_text(row.mark)), row.words, row.numbers)
            for unit, found in units.items()
            for row in found
        )
        self._list("按责任单位", "每个责任单位涉及的条款（一条涉及多个单位的，各列一行）", columns, lines, verdict_at=4)

    def charges(self) -> None:
        """Adds the sheet of findings by clause, with what each costs there."""
        columns = [("条款", 10), ("条款内容", 46), ("问题编号", 16), ("问题描述", 60), ("计扣", 30), ("对象", 50)]
        lines = (
            (
                row.node,
                row.text,
                charge.defect.number,
                charge.defect.message,
                charge_words(self.score, self.score.leaves[row.node], charge),
                charge.defect.subject,
            )
            for row in self.rows
            for charge in row.charges
        )
        self._list("问题与计扣", "各条款涉及的问题及计扣情况（同一问题只扣一次）", columns, lines)

    def draws(self) -> None:
        """Adds the sheet of drawn members, passes too."""
        columns = [
            ("条款", 10),
            ("条款内容", 46),
            ("抽中对象", 46),
            ("网址", 50),
            ("结果", 12),
            ("总数", 8),
            ("种子", 16),
        ]
        lines = (
            (row.node, row.text, row.title, row.subject, row.result, str(row.candidates), row.seed)
            for row in draws_of(self.score)
        )
        self._list("抽样记录", "按种子抽取，可重复；符合的也列出", columns, lines, verdict_at=4)

    def _list(
        self,
        name: str,
        caption: str,
        columns: Sequence[tuple[str, int]],
        lines: Iterable[tuple[str, ...]],
        verdict_at: int = -1,
    ) -> None:
        sheet = self.sheet(name, sum(width for _, width in columns))
        sheet.write_string(0, 0, caption, self.formats["caption"])
        for index, (header, width) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_string(1, index, header, self.formats["head"])
        last = 1
        for last, line in enumerate(lines, 2):
            tall = max(lines_of(text, width) for text, (_, width) in zip(line, columns, strict=True))
            sheet.set_row(last, 15.0 * min(tall, 8) + 3)
            for index, text in enumerate(line):
                style = tone(text) if index == verdict_at and tone(text) != "text" else "text"
                self.text(sheet, last, index, text, self.formats[style])
        if last == 1:
            last = 2
            sheet.write_string(2, 0, "无", self.formats["text"])
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, last, len(columns) - 1)
        sheet.repeat_rows(0, 1)

    def notes(self) -> None:
        """Adds the sheet that says what was audited and how to read and fill in the others."""
        sheet = self.sheet("说明", 0, landscape=False)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 96)
        sheet.hide_gridlines(2)
        system = self.system
        dates = f"{system.effective_from or ''}起" + (f"至{system.effective_until}" if system.effective_until else "")
        lines = [
            ("体系", f"{system.title}（{system.id}，第{system.version}版，{dates}）"),
            ("来源", system.source),
            *([("体系说明", system.note)] if system.note else []),
            ("网站", f"{self.view.portal.name}　{self.view.portal.home}"),
            (
                "核查",
                f"批次 {self.view.audit.id}，核查日 {self.view.audit.as_of}，本表生成于 {china(self.made)}",
            ),
            *(("提示", note) for note in self.score.notes),
            *(_FILLING if self.score.total is not None else _FILLING_WORDS),
            *_READING,
        ]
        for at, (label, text) in enumerate(lines):
            sheet.set_row(at, 16.0 * lines_of(text, 96) + 2)
            sheet.write_string(at, 0, label, self.formats["label"])
            self.text(sheet, at, 1, text, self.formats["note"])

    # what all sheets share

    def sheet(self, name: str, width: int, *, landscape: bool = True) -> Worksheet:
        """Returns a new sheet, set up for paper; `width` is that of its columns, in characters."""
        sheet = self.book.add_worksheet(name)
        page(sheet, self.view.portal.name, self.view.audit.id, landscape=landscape, width=width)
        return sheet

    def text(self, sheet: Worksheet, at: int, index: int, text: str, cell: Any) -> None:
        """Writes a text that is never read as a formula or link, up to what a cell may hold; "" leaves it blank."""
        if text:
            sheet.write_string(at, index, text[:CELL], cell)
        else:
            sheet.write_blank(at, index, None, cell)

    def heading(self, sheet: Worksheet, at: int, lines: Sequence[str]) -> int:
        """Writes lines above a table from a row on; returns the row below them."""
        for line in lines or ():
            sheet.set_row(at, 22)
            sheet.write_string(at, 0, shown(line), self.formats["caption"])
            at += 1
        return at


_UNITS = re.compile(r"[、，,；;。\n]+")


def split_units(text: str) -> list[str]:
    """Returns the units named in a cell, each once, in order; a bracket's contents stay with their unit."""
    out, depth, unit = [], 0, ""
    for char in text:
        depth += (char in "（(") - (char in "）)")
        if depth == 0 and _UNITS.match(char):
            out.append(unit.strip())
            unit = ""
        else:
            unit += char
    out.append(unit.strip())
    return list(dict.fromkeys(one for one in out if one))
