"""规则清单: by which rules the findings of a ledger were made, each in the words of its clause."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from checks.base import Confirm, SheetColumn
from reports import words as shared
from reports.ledger.checks import INDEX
from reports.ledger.dossier import Dossier
from reports.tables import Table, numbered
from reports.words import Metas

SHEET = "规则清单"
_GAPS = Path(__file__).with_name("gaps.toml")
_GAP = re.compile(r"\{(\w+)\}")
_COLUMNS = (
    INDEX,
    SheetColumn("rule", "规则编号及版本", "text", 29),
    SheetColumn("check", "检查项", "text", 14),
    SheetColumn("kind", "问题类型", "text", 20),
    SheetColumn("severity", "严重程度", "text", 9),
    SheetColumn("clause", "判定依据", "text", 54),
    SheetColumn("message", "问题描述用语", "text", 42),
    SheetColumn("remedy", "整改要求", "text", 30),
    SheetColumn("confirm", "何时确认", "text", 18),
    SheetColumn("count", "本表问题数", "number", 7),
)
_CONFIRMED = {
    Confirm.STRUCTURAL: "页面所见即可确认",
    Confirm.NETWORK: "另一时间、另一方法复核仍不正常",
}


def wording(message: str) -> str:
    """Returns the sentence of a kind with its gaps named in Chinese: “〔链接文字〕”链接无法打开."""
    return _GAP.sub(lambda gap: f"〔{_gaps().get(gap[1], '……')}〕", message)


@cache
def _gaps() -> Mapping[str, str]:
    found: Mapping[str, str] = tomllib.loads(_GAPS.read_text("utf-8"))["gap"]
    return found


def rules_table(dossiers: Sequence[Dossier], metas: Metas) -> Table:
    """Returns the sheet: every kind of finding of the checks, with the number of those in this ledger.

    The file of a unit has only the kinds that occur in it.
    """
    unit = dossiers[0].unit
    rows = numbered(row for row in _rows(dossiers, metas) if row["count"] or not unit)
    return Table(
        SHEET, "规则清单：本表所列问题的判定规则", _COLUMNS, rows, verdicts=frozenset({"severity"}), tallest=12
    )


def _rows(dossiers: Sequence[Dossier], metas: Metas) -> Iterator[Mapping[str, Any]]:
    counted: dict[tuple[str, str], int] = {}
    for dossier in dossiers:
        for one in dossier.view.findings:
            counted[one.check, one.kind] = counted.get((one.check, one.kind), 0) + 1
    for meta in sorted(metas.values(), key=lambda one: (shared.sheet_place(one.sheet.name), one.id)):
        for kind in meta.kinds:
            yield {
                "rule": f"{meta.id}.{kind.id} v{meta.version}",
                "check": meta.title,
                "kind": kind.title,
                "severity": shared.SEVERITIES[kind.severity],
                "clause": kind.clause or "、".join(meta.clauses),
                "message": wording(kind.message),
                "remedy": kind.remedy,
                "confirm": _CONFIRMED[kind.confirm],
                "count": counted.get((meta.id, kind.id), 0),
            }
