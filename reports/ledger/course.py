"""异议豁免 and 复查记录 of a ledger: objections and excuses with who decided, and every look at a single finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.base import SheetColumn
from reports.ledger.checks import INDEX, NUMBER, SITE
from reports.ledger.dossier import Dossier
from reports.tables import Table, numbered
from reports.words import Metas, china, kind_title, title_of
from storage.ledger.entries import LedgerEntry
from storage.ledger.excuses import Excuse, Scope, reasons
from storage.ledger.states import DEEDS, Deed, Line, Stage
from storage.views import FindingView

_DISPUTES = (
    INDEX,
    SheetColumn("what", "类别", "text", 8),
    NUMBER,
    SITE,
    SheetColumn("scope", "范围", "text", 24),
    SheetColumn("message", "问题描述", "text", 44),
    SheetColumn("reason", "事由", "text", 24),
    SheetColumn("text", "理由", "text", 40),
    SheetColumn("who", "提出人", "text", 14),
    SheetColumn("at", "提出时间", "text", 17),
    SheetColumn("link", "佐证链接", "url", 32),
    SheetColumn("evidence", "证据编号", "text", 16),
    SheetColumn("begins", "豁免自", "text", 17),
    SheetColumn("ends", "豁免至", "text", 17),
    SheetColumn("decision", "裁定", "text", 10),
    SheetColumn("decided_by", "裁定人", "text", 12),
    SheetColumn("decided_at", "裁定时间", "text", 17),
    SheetColumn("decided_why", "裁定理由", "text", 32),
    SheetColumn("state", "现状态", "text", 14),
)
_LOOKS = (
    INDEX,
    NUMBER,
    SITE,
    SheetColumn("at", "复查时间", "text", 17),
    SheetColumn("who", "复查人/自动", "text", 14),
    SheetColumn("method", "方法", "text", 28),
    SheetColumn("result", "结果", "text", 12),
    SheetColumn("before", "前截图", "shot", 12),
    SheetColumn("after", "后截图", "shot", 12),
    SheetColumn("conclusion", "结论", "text", 12),
    SheetColumn("note", "说明", "text", 40),
)
_DECISIONS = {DEEDS[Deed.REMOVE]: Stage.REMOVED, DEEDS[Deed.UPHOLD]: Stage.UPHELD}


def dispute_table(dossiers: Sequence[Dossier], metas: Metas) -> Table:
    """Returns 异议豁免: every objection with its decision, and every excuse with how long it holds."""
    rows = numbered(row for one in dossiers for row in _disputes(one, metas))
    title = "异议豁免：对问题的异议及裁定，报备、说明等豁免及期限"
    return Table("异议豁免", title, _DISPUTES, rows, "没有异议和豁免", verdicts=frozenset({"decision", "state"}))


def look_table(dossiers: Sequence[Dossier]) -> Table:
    """Returns 复查记录: every look at single findings, with the pictures before and after."""
    rows = numbered(
        {
            "_number": look.number,
            "_site": one.portal.name,
            "at": china(look.at),
            "who": look.who,
            "method": look.method,
            "result": look.result,
            "before": look.before,
            "after": look.after,
            "conclusion": look.conclusion,
            "note": look.note,
        }
        for one in dossiers
        for look in one.looks
    )
    return Table(
        "复查记录",
        "复查记录：对单个问题的复查，整改前后截图对照",
        _LOOKS,
        rows,
        "尚未单独复查过问题；历次全面核查的结果见“问题台账”",
        verdicts=frozenset({"result", "conclusion"}),
    )


def _disputes(dossier: Dossier, metas: Metas) -> Iterator[Mapping[str, Any]]:
    for finding in dossier.view.findings:
        entry = dossier.view.ledger.get(finding.fingerprint)
        for row in _objections(entry) if entry else ():
            yield {
                "what": "异议",
                "_number": finding.number,
                "_site": dossier.portal.name,
                "scope": kind_title(metas, finding),
                "message": finding.message,
                "state": finding.human,
                **row,
            }
    for excuse in dossier.excuses:
        yield {
            "what": "豁免",
            "_site": dossier.portal.name,
            "reason": reasons()[excuse.kind].word,
            "text": excuse.why,
            "who": excuse.who,
            "at": china(excuse.at),
            "link": excuse.link,
            "evidence": _short(excuse.evidence),
            "begins": china(excuse.begins),
            "ends": china(excuse.ends),
            **_scope(dossier, excuse, metas),
        }


def _objections(entry: LedgerEntry) -> Iterator[dict[str, Any]]:
    """Yields the objections to a finding, the first one first, each with what was decided about it."""
    open_: dict[str, Any] | None = None
    for line in entry.history:
        if line.what == DEEDS[Deed.OBJECT]:
            if open_ is not None:
                yield open_
            open_ = _objection(line)
        elif (decision := _DECISIONS.get(line.what)) is not None:
            decided = {
                "decision": str(decision),
                "decided_by": line.who,
                "decided_at": china(line.at),
                "decided_why": line.why,
            }
            yield {**(open_ or {}), **decided}
            open_ = None
    if open_ is not None:
        yield {**open_, "decision": "待裁定"}


def _objection(line: Line) -> dict[str, Any]:
    code = reasons().get(str(line.data.get("reason", "")))
    evidence = line.data.get("evidence") or ()
    return {
        "reason": code.word if code else "",
        "text": line.why,
        "who": line.who,
        "at": china(line.at),
        "link": str(line.data.get("link", "")),
        "evidence": _short([str(one) for one in evidence]),
    }


def _scope(dossier: Dossier, excuse: Excuse, metas: Metas) -> dict[str, Any]:
    match excuse.scope:
        case Scope.FINDING:
            finding = _finding(dossier, excuse.subject)
            if finding is None:
                entry = dossier.view.ledger.get(excuse.subject)
                return {"scope": "单个问题", "_number": entry.number if entry else ""}
            return {
                "scope": kind_title(metas, finding),
                "_number": finding.number,
                "message": finding.message,
                "state": finding.human,
            }
        case Scope.COLUMN:
            return {"scope": f"栏目：{excuse.subject}"}
        case Scope.CHECK:
            return {"scope": f"检查项：{title_of(metas, excuse.subject)}"}
        case Scope.PORTAL:
            return {"scope": "整个网站"}


def _finding(dossier: Dossier, fingerprint: str) -> FindingView | None:
    return next((one for one in dossier.view.findings if one.fingerprint == fingerprint), None)


def _short(digests: Sequence[str]) -> str:
    return "、".join(digest.removeprefix("sha256:")[:12] for digest in digests)
