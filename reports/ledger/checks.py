"""The sheets of the checks in a ledger: one a check, from its own declaration; and those no check fills, with why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from checks.base import Meta, SheetColumn
from reports import words as shared
from reports.ledger.dossier import Dossier
from reports.tables import Table
from reports.words import Metas
from storage.lifecycle import State
from storage.views import ResultView

INDEX = SheetColumn("_index", "序号", "number", 6)
NUMBER = SheetColumn("_number", "问题编号", "text", 16)
SITE = SheetColumn("_site", "网站名称", "text", 20)
_VERDICTS = ("结论", "次日复核", "复核", "是否触发")
_SUSPECTED, _WAITS = "疑似：", "待复核"  # how checks word what they saw once
_SHEETS = Path(__file__).with_name("sheets.toml")


def check_tables(dossiers: Sequence[Dossier], metas: Metas) -> Iterator[Table]:
    """Yields the sheets in the order assessors list them; one that has no rows says why in one line."""
    bare = {name: sheet for name, sheet in _bare().items() if all(meta.sheet.name != name for meta in metas.values())}
    by_name: dict[str, Meta | Table] = {**{meta.sheet.name: meta for meta in metas.values()}, **bare}
    for name in sorted(by_name, key=shared.sheet_place):
        one = by_name[name]
        yield one if isinstance(one, Table) else _of_check(dossiers, one)


def _of_check(dossiers: Sequence[Dossier], meta: Meta) -> Table:
    several = len(dossiers) > 1
    results = [(one, _result(one, meta.id)) for one in dossiers]
    said = [_said(one, result) for one, result in results]
    named = dossiers[0].unit or (f"{len(dossiers)}个网站" if several else said[0])
    title = f"{meta.title}：{named}"
    empty = said[0] if len(set(said)) == 1 else "各网站均无可列的内容，原因见“汇总”"
    leading = (INDEX, NUMBER, SITE) if several else (INDEX, NUMBER)
    verdicts = frozenset(column.key for column in meta.sheet.columns if column.header in _VERDICTS)
    return Table(
        meta.sheet.name,
        title,
        (*leading, *meta.sheet.columns),
        _rows(results, meta, verdicts),
        empty,
        verdicts=verdicts,
    )


def _rows(
    results: Sequence[tuple[Dossier, ResultView | None]], meta: Meta, verdicts: Iterable[str]
) -> Iterator[Mapping[str, Any]]:
    """Yields the rows of a check, each with its number and with that of the finding it speaks of."""
    keys = [column.key for column in meta.sheet.columns]
    last = keys[-1]
    index = 0
    for dossier, result in results:
        findings = dossier.view.by_check(meta.id)
        of = {f.subject: f for f in findings if f.live}
        for row in result.rows if result else ():
            finding = next((of[v] for key in keys if isinstance(v := row.get(key), str) and v in of), None)
            if finding is not None or not dossier.unit:
                index += 1
                number = finding.number if finding else ""
                told = _settled(row, verdicts) if finding is not None and finding.state != State.SUSPECT else row
                yield {**told, "_index": index, "_number": number, "_site": dossier.portal.name}
        if len(results) > 1 and not dossier.unit and not (result and result.rows):
            index += 1
            yield {"_index": index, "_site": dossier.portal.name, last: _said(dossier, result)}


def _settled(row: Mapping[str, Any], verdicts: Iterable[str]) -> Mapping[str, Any]:
    """Returns a row about a defect that is certain: what this audit alone suspects was confirmed by others."""
    told = dict(row)
    for key in verdicts:
        said = str(row.get(key, ""))
        if said.startswith(_SUSPECTED):
            told[key] = f"确认：{said.removeprefix(_SUSPECTED)}（此前已确认）"
        elif said == _WAITS:
            told[key] = "此前已确认"
    return told


def _result(dossier: Dossier, check: str) -> ResultView | None:
    return next((result for result in dossier.view.results if result.check == check), None)


def _said(dossier: Dossier, result: ResultView | None) -> str:
    """Returns what a check came to, and why where it could not say."""
    if result is None:
        return "本次未核查此项"
    words = shared.OUTCOMES[dossier.view.comes_to(result)]
    return f"{words}（{shared.reason(result.reason)}）" if result.reason else words


@cache
def _bare() -> Mapping[str, Table]:
    found = {}
    for one in tomllib.loads(_SHEETS.read_text("utf-8"))["sheet"]:
        columns = tuple(
            SheetColumn(header, header, how[0] if how else "text", width) for header, width, *how in one["columns"]
        )
        found[one["name"]] = Table(one["name"], one["name"], (INDEX, *columns), (), one["why"])
    return found
