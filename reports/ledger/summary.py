"""汇总 of a ledger: a line for every check, of several portals one for each portal before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.base import SheetColumn
from reports import words as shared
from reports.ledger.checks import SITE
from reports.ledger.dossier import Dossier
from reports.tables import Table
from reports.words import Metas
from storage.ledger.states import Stage
from storage.views import AuditView, FindingView

SHEET = "汇总"
ALL = "全部"  # 检查项 of the line of a whole portal
_COLUMNS = (
    SheetColumn("title", "检查项", "text", 14),
    SheetColumn("outcome", "结论", "text", 16),
    SheetColumn("open", "未整改", "number", 8),
    SheetColumn("suspect", "疑似待复核", "number", 10),
    SheetColumn("new", "本次新增", "number", 9),
    SheetColumn("regressed", "反弹", "number", 6),
    SheetColumn("fixed", "本次确认已整改", "number", 10),
    SheetColumn("claimed", "已反馈待复查", "number", 10),
    SheetColumn("overdue", "超期", "number", 7),
    SheetColumn("objected", "异议中", "number", 7),
    SheetColumn("aside", "剔除或豁免", "number", 9),
    SheetColumn("closed", "已销号", "number", 8),
    SheetColumn("intended", "应核查", "number", 8),
    SheetColumn("measured", "实际核查", "number", 9),
    SheetColumn("gaps", "未能判定的部分及原因", "text", 36),
    SheetColumn("metrics", "主要数据", "text", 40),
)
_HIDDEN_OF_UNITS = frozenset({"outcome", "intended", "measured", "gaps", "metrics"})  # of the portal, not of a unit


def summary_table(dossiers: Sequence[Dossier], metas: Metas) -> Table:
    """Returns the sheet."""
    several, unit = len(dossiers) > 1, dossiers[0].unit
    columns: tuple[SheetColumn, ...] = (SITE, *_COLUMNS) if several else _COLUMNS
    if unit:
        columns = tuple(column for column in columns if column.key not in _HIDDEN_OF_UNITS)
    name = unit or (f"{len(dossiers)}个网站" if several else dossiers[0].portal.name)
    rows = (row for one in dossiers for row in _rows(one, metas, whole=several))
    return Table(SHEET, f"{name}：各检查项结果", columns, rows, verdicts=frozenset({"outcome"}), tallest=16)


def _rows(dossier: Dossier, metas: Metas, *, whole: bool) -> Iterator[Mapping[str, Any]]:
    view = dossier.view
    if whole:
        yield {
            "_site": view.portal.name,
            "title": ALL,
            **_counts(view, view.findings),
            "gaps": f"本次核查不完整（{why}）" if (why := shared.degraded(view)) else "",
            "metrics": f"核查日 {view.audit.as_of}，读取页面 {view.audit.summary.get('pages', 0)} 个",
        }
    for result in dossier.results(metas):
        found = view.by_check(result.check)
        if dossier.unit and not found:
            continue
        skipped = "；".join(f"{shared.reason(k)} {n}项" for k, n in sorted(result.coverage.skipped.items()))
        yield {
            "_site": view.portal.name,
            "title": shared.title_of(metas, result.check),
            "outcome": shared.OUTCOMES[view.comes_to(result)],
            **_counts(view, found),
            "intended": result.coverage.intended,
            "measured": result.coverage.measured,
            "gaps": skipped or shared.reason(result.reason),
            "metrics": "；".join(shared.metrics(metas, result)),
        }


def _counts(view: AuditView, found: Sequence[FindingView]) -> dict[str, int]:
    """Returns how many there are in which state: the machine's first, then what people did with them."""
    entries = [entry for f in found if (entry := view.ledger.get(f.fingerprint)) is not None]
    states = Counter(entry.state for entry in entries)
    return {
        "open": sum(f.wrong for f in found),
        "suspect": sum(f.doubted for f in found),
        "new": sum(f.change == "new" for f in found),
        "regressed": sum(f.state == "regressed" for f in found),
        "fixed": sum(f.change == "fixed" for f in found),
        "claimed": sum(entry.waits for entry in entries),
        "overdue": sum(entry.overdue for entry in entries),
        "objected": states[Stage.OBJECTED],
        "aside": states[Stage.REMOVED] + states[Stage.EXCUSED],
        "closed": states[Stage.CLOSED],
    }
