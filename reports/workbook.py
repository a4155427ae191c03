"""The ledger workbook (整改台账): all sheets assessors list, of one portal, of several, or of one responsible unit.

说明 · 汇总 · 问题台账 · a sheet for every check (链接明细 … 可用性 · 互动留言) · 人工核查 · 异议豁免 · 复查记录 ·
赋分表_<system> · 规则清单. The files for units leave out what is not theirs: 人工核查, 赋分表, and sheets without a row
of theirs. A ledger of several portals has no 赋分表, either: there is a ranking (`mingcha export ranking`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reports.files import write_whole
from reports.ledger.checks import check_tables
from reports.ledger.course import dispute_table, look_table
from reports.ledger.dossier import Dossier
from reports.ledger.notes import note_lines, title_of
from reports.ledger.people import people_table
from reports.ledger.rules import rules_table
from reports.ledger.scores import score_table
from reports.ledger.sheet import META, ledger_rows, ledger_table, meta_values
from reports.ledger.summary import summary_table
from reports.tables import Tables
from reports.words import Metas

NOTES = "说明"
# Sheets of the workbook that speak of findings and are not filled in.
BESIDE = frozenset({NOTES, "汇总", "人工核查", "异议豁免", "复查记录", "规则清单", META})


def write_workbook(dossiers: Sequence[Dossier], path: Path, metas: Metas, *, made: dt.datetime) -> Path:
    """Writes the workbook and returns its path. `made` is when, aware. Personal data is masked already.

    Raises StorageError when the disk refuses.
    """

    return write_whole(path, lambda part: _fill(dossiers, part, metas, made))


def _fill(dossiers: Sequence[Dossier], path: Path, metas: Metas, made: dt.datetime) -> None:
    first = dossiers[0]
    shots = {digest: place for one in dossiers for digest, place in one.shots.items()}
    name = first.unit or (first.portal.name if len(dossiers) == 1 else f"{len(dossiers)}个网站")
    batch = first.view.audit.id if len(dossiers) == 1 else str(max(one.view.audit.as_of for one in dossiers))
    book = Tables(path, title_of(dossiers), name, batch, shots)
    book.notes(NOTES, title_of(dossiers), note_lines(dossiers, metas))
    book.table(summary_table(dossiers, metas))
    rows = list(ledger_rows(dossiers, metas))
    book.table(ledger_table(dossiers, rows))
    people = () if first.unit else (people_table(dossiers, metas),)
    for table in (
        *check_tables(dossiers, metas),
        *people,
        dispute_table(dossiers, metas),
        look_table(dossiers),
    ):
        kept = replace(table, rows=list(table.rows)) if first.unit else table
        if kept.rows or not first.unit:
            book.table(kept)
    if len(dossiers) == 1:
        for score in first.scores:
            book.table(score_table(score))
    book.table(rules_table(dossiers, metas))
    book.values(META, meta_values(dossiers, rows, made))
    book.close()
