"""The XLSX workbook of one audit: 说明, 汇总, 问题台账, and a sheet for every check from its own declaration.

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
from reports.feeds import write
from reports.ledger import FOR_UNITS, HUMAN_STATES, LEDGER, ledger_row, owners
from reports.sheets import CELL, OPTIONS, Formats, lines_of, page, width_of
from reports.words import Metas
from storage.queries import AuditView, ResultView

LINK = 2_079  # characters a hyperlink may hold
LINKS = 65_000  # hyperlinks a sheet may hold, with some room
ROWS = 1_048_000


def write_workbook(view: AuditView, path: Path, metas: Metas, shots: Mapping[str, str]) -> Path:
    """Writes the workbook and returns its path. `shots` maps screenshots' hashes to paths relative to it.

    Raises StorageError when the disk refuses.
    """

    def fill(part: Path) -> None:
        try:
            _Book(view, metas, shots).save(part)
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from error

    return write(path, fill)


_LEADING = (SheetColumn("_index", "序号", "number", 6), SheetColumn("_number", "问题编号", "text", 16))


@dataclass(slots=True)
class _Sheet:
    """A table about to be written: its columns, rows, and what is special about them."""

    name: str
    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Mapping[str, Any]]
    editable: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    verdicts: frozenset[str] = frozenset()


class _Book:
    def __init__(self, view: AuditView, metas: Metas, shots: Mapping[str, str]) -> None:
        self.view, self.metas, self.shots = view, metas, shots

    def save(self, path: Path) -> None:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, **OPTIONS})
        self.book, self._formats = book, Formats(book)
        book.set_properties(
            {"title": f"{self.view.portal.name} 核查问题台账", "subject": self.view.audit.id, "author": "mingcha"}
        )
        self._notes()
        self._summary()
        self._table(self._ledger())
        for result in self._results():
            meta = self.metas[result.check]
            verdicts = frozenset(column.key for column in meta.sheet.columns if column.header in ("结论", "次日复核"))
            title = f"{meta.title}：{shared.OUTCOMES.get(result.outcome, result.outcome)}"
            if result.reason:
                title += f"（{shared.reason(result.reason)}）"
            rows = self._numbered(result, meta.sheet.columns)
            self._table(_Sheet(meta.sheet.name, title, (*_LEADING, *meta.sheet.columns), rows, verdicts=verdicts))
        book.close()

    # the sheets

    def _notes(self) -> None:
        sheet = self._sheet("说明", landscape=False)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 92)
        sheet.hide_gridlines(2)
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, f"{self.view.portal.name} 政府网站核查问题台账", self._formats["title"])
        row = 2
        for heading, lines in self._note_lines():
            sheet.write_string(row, 0, heading, self._formats["label"])
            for line in lines or ("无",):
                text = line[:CELL]
                sheet.set_row(row, 17 * max(1, -(-width_of(text) // 96)))
                sheet.write_string(row, 1, text, self._formats["note"])
                row += 1
            row += 1

    def _note_lines(self) -> list[tuple[str, list[str]]]:
        view, audit = self.view, self.view.audit
        summary = audit.summary
        about = [
            f"{view.portal.name}　{view.portal.home}",
            f"核查批次 {audit.id}，核查日 {audit.as_of}，{shared.china(audit.started)} 至 {shared.china(audit.ended)}",
            f"读取页面 {summary.get('pages', 0)} 个，发出请求 {summary.get('requests', 0)} 次，"
            f"浏览器渲染 {summary.get('rendered', 0)} 个页面",
        ]
        if why := shared.degraded(view):
            about.append(f"本次核查不完整（{why}）：所列问题有效，但未列出不代表没有问题，也不据此销号。")
        about += [f"本次核查自身：{hint['text']}" for hint in summary.get("health", ())]
        about += [f"HTTPS：{said}" for said in summary.get("https", ())]
        read = [
            "“问题台账”每行是一个已去重的问题：同一失效链接出现在多个页面，只记一行，“涉及页面数”列出处数。",
            "“问题编号”在历次核查中保持不变；请勿改动，回传台账时据此对应。带底色标题的列由整改单位或主管单位填写。",
            "“机器判定”：疑似＝待复核，不作为问题通报；未整改＝已确认且仍存在；已整改＝再次核查确认正常；"
            "反弹＝整改后又出现；已排除＝复核后不成立。未再次核查到正常结果的问题不会自动销号。",
            "“严重程度”：单项否决、扣分、提示，依据相应条款；单项否决由机器提出，须经人工确认。",
            "“截图”链接指向同一文件夹内 evidence 目录中的文件，请整体拷贝。证据编号为证据文件内容的SHA-256前12位。",
            "重新核查单个问题：mingcha recheck 问题编号。",
        ]
        gaps = [
            f"{title}：{why}" + (f"（{count}项）" if count else "（整项）")
            for title, why, count in shared.not_measured(view, self.metas)
        ]
        cover = []
        for result in self._results(every=True):
            c = result.coverage
            cover.append(
                f"{shared.title_of(self.metas, result.check)}：应核查 {c.intended} 项，实际核查 {c.measured} 项；"
                f"{shared.OUTCOMES.get(result.outcome, result.outcome)}"
            )
        versions = [f"{name} {version}" for name, version in shared.versions(view).items()]
        versions += [
            f"规则 {result.check}（{shared.title_of(self.metas, result.check)}）第{result.version}版"
            for result in self._results(every=True)
        ]
        return [
            ("核查对象", about),
            ("怎样阅读", read),
            ("未能判定", gaps),
            ("覆盖情况", cover),
            ("版本", versions),
        ]

    def _summary(self) -> None:
        columns = (
            SheetColumn("title", "检查项", "text", 16),
            SheetColumn("outcome", "结论", "text", 18),
            SheetColumn("open", "未整改", "number", 9),
            SheetColumn("suspect", "疑似待复核", "number", 11),
            SheetColumn("new", "本次新增", "number", 10),
            SheetColumn("regressed", "反弹", "number", 8),
            SheetColumn("fixed", "本次确认已整改", "number", 12),
            SheetColumn("intended", "应核查", "number", 9),
            SheetColumn("measured", "实际核查", "number", 10),
            SheetColumn("gaps", "未能判定的部分及原因", "text", 44),
            SheetColumn("metrics", "主要数据", "text", 64),
        )
        self._table(
            _Sheet(
                "汇总",
                f"{self.view.portal.name}：各检查项结果",
                columns,
                self._summary_rows(),
                verdicts=frozenset({"outcome"}),
            )
        )

    def _summary_rows(self) -> list[dict[str, Any]]:
        rows = []
        for result in self._results(every=True):
            found = self.view.by_check(result.check)
            skipped = "；".join(f"{shared.reason(k)} {n}项" for k, n in sorted(result.coverage.skipped.items()))
            rows.append(
                {
                    "title": shared.title_of(self.metas, result.check),
                    "outcome": shared.OUTCOMES.get(result.outcome, result.outcome),
                    "open": sum(f.wrong for f in found),
                    "suspect": sum(f.doubted for f in found),
                    "new": sum(f.change == "new" for f in found),
                    "regressed": sum(f.state == "regressed" for f in found),
                    "fixed": sum(f.change == "fixed" for f in found),
                    "intended": result.coverage.intended,
                    "measured": result.coverage.measured,
                    "gaps": skipped or shared.reason(result.reason),
                    "metrics": "；".join(shared.metrics(self.metas, result)),
                }
            )
        return rows

    def _ledger(self) -> _Sheet:
        links = {"网址", "问题页面URL", "父页面URL"}
        numbers = {"序号", "涉及页面数", "确认次数"}
        columns = tuple(
            SheetColumn(
                header,
                header,
                "url" if header in links else "number" if header in numbers else "file" if header == "截图" else "text",
                width,
            )
            for header, width in LEDGER
        )
        owner = owners(self.view, self.metas)
        rows = (
            ledger_row(self.view, self.metas, index, finding, self.shots, owner.get(finding.subject, ""))
            for index, finding in enumerate(self.view.findings, 1)
        )
        return _Sheet(
            "问题台账",
            f"{self.view.portal.name}：问题台账（每行一个问题；带底色标题的列由单位填写）",
            columns,
            rows,
            editable=FOR_UNITS,
            hidden=frozenset({"问题标识"}),
            choices={"状态": HUMAN_STATES},
            verdicts=frozenset({"严重程度", "状态", "机器判定", "复查结果"}),
        )

    def _numbered(self, result: ResultView, columns: Sequence[SheetColumn]) -> Iterator[Mapping[str, Any]]:
        """Yields the rows of a check's sheet, each with its number and with that of the finding it speaks of."""
        numbers = {f.subject: f.number for f in self.view.by_check(result.check) if f.live}
        keys = [column.key for column in columns]
        for index, row in enumerate(result.rows, 1):
            number = next((numbers[v] for key in keys if isinstance(v := row.get(key), str) and v in numbers), "")
            yield {**row, "_index": index, "_number": number}

    # one table

    def _table(self, table: _Sheet) -> None:
        columns = table.columns
        sheet = self._sheet(table.name, width=sum(column.width for column in columns))
        for index, column in enumerate(columns):
            options = {"hidden": True} if column.key in table.hidden else {}
            unlocked = self._formats["unlocked"] if column.key in table.editable else None
            sheet.set_column(index, index, column.width, unlocked, options)
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, table.title[:CELL], self._formats["caption"])
        sheet.set_row(1, 32)
        for index, column in enumerate(columns):
            sheet.write_string(
                1, index, column.header, self._formats["unit" if column.key in table.editable else "head"]
            )
        last, links = 1, 0
        for last, row in enumerate(table.rows, 2):
            if last >= ROWS:
                sheet.write_string(last, 0, "行数超出表格上限，其余见CSV或JSONL", self._formats["text"])
                break
            sheet.set_row(last, _height(row, columns))
            for index, column in enumerate(columns):
                links += self._cell(sheet, last, index, column, row.get(column.key), table, links)
        if last == 1:
            last = 2
            sheet.write_string(2, 0, "无", self._formats["text"])
        sheet.freeze_panes(2, 2 if len(columns) > 8 else 1)
        sheet.autofilter(1, 0, last, len(columns) - 1)
        sheet.repeat_rows(0, 1)
        if len(columns) > 20:
            sheet.repeat_columns(0, 1)
        for index, column in enumerate(columns):
            if column.key in table.choices:
                sheet.data_validation(
                    2,
                    index,
                    max(last, 200),
                    index,
                    {"validate": "list", "source": list(table.choices[column.key]), "error_type": "warning"},
                )

    def _cell(
        self, sheet: Worksheet, row: int, index: int, column: SheetColumn, value: Any, table: _Sheet, links: int
    ) -> int:
        """Writes one cell; returns how many hyperlinks it took."""
        editable = column.key in table.editable
        if value is None or value == "" or value == []:
            sheet.write_blank(row, index, None, self._formats["open" if editable else "text"])
            return 0
        if column.show == "share" and isinstance(value, (int, float)):
            sheet.write_number(row, index, value, self._formats["share"])
            return 0
        if isinstance(value, bool):
            sheet.write_string(row, index, "是" if value else "否", self._formats["text"])
            return 0
        if isinstance(value, (int, float)):
            sheet.write_number(row, index, value, self._formats["number"])
            return 0
        text = shared.plain(value)[:CELL]
        name = "open" if editable else "text"
        if column.key in table.verdicts:
            name = shared.tone(text)
        if column.show in ("shot", "file") and links < LINKS:
            target = text if column.show == "file" else self.shots.get(text.removeprefix("sha256:"), "")
            if target and sheet.write_url(row, index, f"external:{target}", self._formats["link"], "查看截图") == 0:
                return 1
            text = text[:12]
        linked = column.show == "url" and links < LINKS and _linkable(text)
        if linked and sheet.write_url(row, index, text, self._formats["link"], text) == 0:
            return 1
        sheet.write_string(row, index, text, self._formats[name])
        return 0

    # what all sheets share

    def _results(self, every: bool = False) -> list[ResultView]:
        found = [result for result in self.view.results if every or result.check in self.metas]
        return shared.in_order(self.metas, found)

    def _sheet(self, name: str, landscape: bool = True, width: int = 0) -> Worksheet:
        sheet = self.book.add_worksheet(name[:31])
        page(sheet, self.view.portal.name, self.view.audit.id, landscape=landscape, width=width)
        return sheet


def _linkable(text: str) -> bool:
    return text.startswith(("http://", "https://")) and len(text) <= LINK and not any(c in text for c in ' "<>')


def _height(row: Mapping[str, Any], columns: Sequence[SheetColumn]) -> float:
    """Returns a row height that shows most of its text: 15 points a line, six lines at most."""
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
    return 15.0 * min(lines, 6) + 3
