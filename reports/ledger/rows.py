"""问题台账: its columns in the order assessors use, and the row of one finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checks.base import Meta
from reports.words import SEVERITIES, STATES, Metas, china, kind_title
from storage.ledger.entries import LedgerEntry
from storage.ledger.excuses import OTHER, reasons
from storage.ledger.states import DEEDS, Deed, Objection, Stage
from storage.rechecks import Recheck
from storage.views import AuditView, FindingView, PortalView

# 问题台账, assessor's order of columns; the last two are ours: the machine's own word, and the key for re-import.
LEDGER: tuple[tuple[str, int], ...] = (
    ("序号", 6),
    ("问题编号", 16),
    ("检查批次", 22),
    ("地区", 10),
    ("单位(主办)", 18),
    ("网站名称", 18),
    ("网站标识码", 13),
    ("网址", 26),
    ("问题类型", 18),
    ("严重程度", 10),
    ("栏目路径", 24),
    ("问题描述", 52),
    ("判定依据", 44),
    ("规则编号及版本", 24),
    ("问题页面URL", 40),
    ("父页面URL", 40),
    ("涉及页面数", 8),
    ("检查时最新信息日期", 13),
    ("首次发现时间", 17),
    ("最近确认时间", 17),
    ("确认次数", 8),
    ("核查方式", 9),
    ("截图", 12),
    ("证据编号", 22),
    ("责任单位", 16),
    ("责任栏目保障人", 12),
    ("整改要求", 36),
    ("整改时限", 12),
    ("剩余工作日", 9),
    ("整改情况(单位填)", 28),
    ("整改后链接(单位填)", 28),
    ("整改完成时间", 14),
    ("复查时间", 17),
    ("复查结果", 14),
    ("状态", 10),
    ("销号时间", 17),
    ("销号人", 10),
    ("异议理由", 22),
    ("备注", 22),
    ("机器判定", 10),
    ("问题标识", 20),
)
# What is filled in: by the responsible unit, and by the supervising office.
FOR_UNITS = frozenset({"责任栏目保障人", "整改情况(单位填)", "整改后链接(单位填)", "整改完成时间", "异议理由", "备注"})
FOR_OFFICE = frozenset({"责任单位", "整改时限", "状态"})
FILLED = tuple(header for header, _ in LEDGER if header in FOR_UNITS | FOR_OFFICE)
# 状态 the office may write; the others follow from what the unit says, the machine sees or the day is.
DECIDED = tuple(
    str(stage)
    for stage in (
        *(Stage.CONFIRMED, Stage.HANDED_OUT, Stage.UNDER_WAY, Stage.RETURNED, Stage.CLOSED),
        *(Stage.REMOVED, Stage.UPHELD),
    )
)
# What, done with a finding, replaces what its unit said before.
_MOVES = frozenset(DEEDS[deed] for deed in (Deed.START, Deed.ASSIGN, Deed.CLAIM, Deed.CLOSE, Deed.REOPEN, Deed.REMOVE))
SHEET = "问题台账"
NUMBER, KEY = "问题编号", "问题标识"  # of the finding: what people read, and its fingerprint

# Where findings and sheets say when the newest item was published, and who answers for the column.
_NEWEST = ("newest",)
_OWNER = "保障单位"  # header of a sheet's column
# The place a portal speaks for, as its name says it: 陕西省岚皋县人民政府 -> 陕西省岚皋县.
_REGION = re.compile(r"([\u4e00-\u9fff]{2,}?(?:省|市|县|区|旗|州|盟|特别行政区))人民政府")


def ledger_row(
    view: AuditView,
    metas: Metas,
    index: int,
    finding: FindingView,
    shots: Mapping[str, str],
    owner: str = "",
    look: Recheck | None = None,
) -> dict[str, Any]:
    """Returns the row of 问题台账 of one finding, by header. `shots` maps screenshots' hashes to relative paths; `look`
    is the newest re-check of the finding alone."""
    meta = metas.get(finding.check)
    shot = next((shots[digest] for digest in finding.evidence if digest in shots), "")
    return {
        "序号": index,
        "问题编号": finding.number,
        "检查批次": view.audit.id,
        "地区": region(view.portal),
        "单位(主办)": view.portal.unit,
        "网站名称": view.portal.name,
        "网站标识码": view.portal.site_code,
        "网址": view.portal.home,
        "问题类型": kind_title(metas, finding),
        "严重程度": SEVERITIES.get(finding.severity, finding.severity),
        "栏目路径": finding.column,
        "问题描述": finding.message,
        "判定依据": finding.clause,
        "规则编号及版本": f"{finding.check}.{finding.kind} v{_version(view, finding, meta)}",
        "问题页面URL": finding.subject,
        "父页面URL": finding.occurrences[0].page if finding.occurrences else "",
        "涉及页面数": finding.occurrence_count or "",
        "检查时最新信息日期": _first_fact(finding, _NEWEST),
        "首次发现时间": china(finding.first_seen),
        "最近确认时间": china(finding.last_seen),
        "确认次数": finding.confirmations,
        "核查方式": "自动",
        "截图": shot,
        "证据编号": "、".join(digest[:12] for digest in finding.evidence),
        "整改要求": finding.remedy,
        **_checked(view, finding, look),
        "状态": finding.human,
        "机器判定": STATES[finding.state],
        "问题标识": finding.fingerprint,
        **(kept_cells(entry) if (entry := view.ledger.get(finding.fingerprint)) else {}),
        "责任单位": unit_of(view, finding, owner),
    }


def kept_cells(entry: LedgerEntry) -> dict[str, Any]:
    """Returns the cells of a row that tell what people did with a finding, by header."""
    said, end = entry.claim, entry.deadline
    return {
        "责任单位": entry.unit,
        "责任栏目保障人": entry.keeper,
        "整改时限": china(end) if end else entry.deadline_note,
        "剩余工作日": entry.remaining,
        "整改情况(单位填)": said.text if said else under_way(entry),
        "整改后链接(单位填)": said.link if said else "",
        "整改完成时间": said.completed.isoformat() if said and said.completed else "",
        "状态": str(entry.state),
        "销号时间": china(entry.closed_at),
        "销号人": entry.closed_by,
        "异议理由": objected(entry.objection),
        "备注": entry.remark,
    }


def under_way(entry: LedgerEntry) -> str:
    """Returns what a unit said when it began to work on a finding, "" when it did not or something came after it."""
    last = next((line for line in reversed(entry.history) if line.what in _MOVES), None)
    return last.why if last is not None and last.what == DEEDS[Deed.START] else ""


def objected(objection: Objection | None) -> str:
    """Returns an objection as it stands in its cell: the words of its reason code, what was written; "" for none.

    Words that were written are not said twice.
    """
    if objection is None:
        return ""
    code = reasons().get(objection.reason)
    word = code.word if code and code.id != OTHER else ""
    if word and word.partition("(")[0] in objection.text:
        return objection.text
    return "：".join(filter(None, (word, objection.text)))


def unit_of(view: AuditView, finding: FindingView, owner: str = "") -> str:
    """Returns who answers for a finding: whom the ledger names, else `owner`, else the portal's unit, else ""."""
    entry = view.ledger.get(finding.fingerprint)
    named = entry.unit if entry else ""
    return named if named and named != view.portal.unit else owner or named or view.portal.unit


def region(portal: PortalView) -> str:
    """Returns the 地区 : the place its name or unit speaks of, else the division code of its 标识码, else ""."""
    for text in (portal.name, portal.unit):
        if found := _REGION.match(text):
            return found[1]
    code = portal.site_code
    return code[:6] if len(code) == 10 and code.isdigit() else ""  # 行政区划代码: the first six of ten digits


def owners(view: AuditView, metas: Metas) -> dict[str, str]:
    """Returns who answers for a subject, as far as a check's sheet says so: subject -> 保障单位."""
    found: dict[str, str] = {}
    for result in view.results:
        columns = metas[result.check].sheet.columns if result.check in metas else ()
        key = next((column.key for column in columns if column.header == _OWNER), "")
        addresses = [column.key for column in columns if column.show == "url"][:1]
        for row in result.rows if key else ():
            for name in addresses:
                if row.get(key) and row.get(name):
                    found.setdefault(str(row[name]), str(row[key]))
    return found


def _first_fact(finding: FindingView, names: tuple[str, ...]) -> str:
    """Returns the first of those facts that holds text, "" when none does."""
    for name in names:
        value = finding.facts.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _version(view: AuditView, finding: FindingView, meta: Meta | None) -> int:
    for result in view.results:
        if result.check == finding.check:
            return result.version
    return meta.version if meta else 0


def _checked(view: AuditView, finding: FindingView, look: Recheck | None) -> dict[str, str]:
    """Returns when the finding was last looked at again, by an audit or alone, and what that came to."""
    if look is not None and look.at > view.audit.ended:
        return {"复查时间": china(look.at), "复查结果": f"{look.result}（{look.conclusion}）"}
    seen = finding.change != "new" and finding.outcome != "not_measured"
    return {"复查时间": china(view.audit.ended) if seen else "", "复查结果": _recheck(finding)}


def _recheck(finding: FindingView) -> str:
    if finding.outcome == "pass":
        return "已整改" if finding.state == "fixed" else "排除疑似" if finding.state == "cleared" else "正常"
    if finding.outcome == "not_measured":
        return "本次未能复查"
    return "" if finding.change == "new" else "未整改" if finding.state != "suspect" else "仍疑似"
