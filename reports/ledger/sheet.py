"""问题台账 as a sheet to be filled in and taken back, and the hidden sheet that says what it was exported with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.base import SheetColumn
from reports.ledger.dossier import Dossier
from reports.ledger.rows import DECIDED, FILLED, FOR_OFFICE, FOR_UNITS, KEY, LEDGER, SHEET, ledger_row, owners
from reports.sheets import CELL
from reports.tables import Table
from reports.words import Metas, plain

META = "_mingcha"
PORTAL = "portal:"  # keys of META that name the portals
ROW = "row:"  # keys of META under which stand the cells people fill in, as they were exported
FORMAT = 1  # of the workbook, for taking it back
_LINKS = frozenset({"网址", "问题页面URL", "父页面URL"})
_NUMBERS = frozenset({"序号", "涉及页面数", "确认次数", "剩余工作日"})


def ledger_rows(dossiers: Sequence[Dossier], metas: Metas) -> Iterator[dict[str, Any]]:
    """Yields the rows of 问题台账, portal by portal, the worst first, by header."""
    index = 0
    for one in dossiers:
        column = owners(one.view, metas)
        looks = {look.fingerprint: look for look in one.looks}
        for finding in one.view.findings:
            index += 1
            owner, look = column.get(finding.subject, ""), looks.get(finding.fingerprint)
            yield ledger_row(one.view, metas, index, finding, one.shots, owner, look)


def ledger_table(dossiers: Sequence[Dossier], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the sheet. In the file of a unit only the unit's columns are open."""
    unit = dossiers[0].unit
    name = unit or (f"{len(dossiers)}个网站" if len(dossiers) > 1 else dossiers[0].portal.name)
    who = "棕色标题的列由单位填写" if unit else "棕色标题的列由单位填写，灰色标题的列由主管单位填写"
    return Table(
        SHEET,
        f"{name}：问题台账（每行一个问题；{who}）",
        tuple(SheetColumn(header, header, _show(header), width) for header, width in LEDGER),
        rows,
        "本次核查没有问题" if not unit else "没有由本单位负责的问题",
        unit=FOR_UNITS,
        office=frozenset() if unit else FOR_OFFICE,
        hidden=frozenset({KEY}),
        choices={} if unit else {"状态": DECIDED},
        verdicts=frozenset({"严重程度", "状态", "机器判定", "复查结果"}),
        brief=frozenset({"判定依据"}),  # the same on every row of a kind, and whole in 规则清单
    )


def meta_values(
    dossiers: Sequence[Dossier], rows: Sequence[Mapping[str, Any]], made: dt.datetime
) -> Iterator[tuple[str, str]]:
    """Yields what the hidden sheet says: of which portals and unit the file is, and what was in the open cells.

    So two people may fill in two copies: each changes only what he changed. `made` is aware.
    """
    yield "format", str(FORMAT)
    yield "kind", "ledger"
    yield "made", made.isoformat()
    yield "unit", dossiers[0].unit
    for one in dossiers:
        yield f"{PORTAL}{one.portal.id}", one.portal.name
    yield "columns", json.dumps(FILLED, ensure_ascii=False)
    for row in rows:
        cells = json.dumps([plain(row.get(header) or "") for header in FILLED], ensure_ascii=False)
        if len(cells) <= CELL:  # else the row is held against the ledger as it is when the file comes back
            yield f"{ROW}{row[KEY]}", cells


def _show(header: str) -> str:
    if header in _LINKS:
        return "url"
    return "number" if header in _NUMBERS else "file" if header == "截图" else "text"
