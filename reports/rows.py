"""The words and rows every report shares: outcomes, states and times in Chinese, machine objects, ledger rows.

Reports decide nothing. Times shown are Asia/Shanghai. Text that comes from pages passes `masked` (personal data) here,
once, before any report sees it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from checks.base import REASONS, Meta
from portal.text import mask_personal
from storage.lifecycle import CHINA
from storage.queries import AuditView, FindingView, OccurrenceView, ResultView

SCHEMA_VERSION = 1

Metas = Mapping[str, Meta]

OUTCOMES: Mapping[str, str] = {
    "pass": "未发现问题",
    "fail": "发现问题",
    "suspect": "疑似问题，待复核",
    "not_measured": "未能判定",
    "not_applicable": "不适用",
    "error": "核查程序出错",
}
STATES: Mapping[str, str] = {
    "suspect": "疑似",
    "open": "未整改",
    "regressed": "反弹",
    "fixed": "已整改",
    "cleared": "已排除",
}
SEVERITIES: Mapping[str, str] = {"veto": "单项否决", "deduct": "扣分", "notice": "提示"}
LEVELS: Mapping[str, str] = {"home": "首页", "second": "二级页面", "other": "其他页面"}
ELEMENTS: Mapping[str, str] = {
    "a": "页面链接",
    "img": "图片",
    "attachment": "附件",
    "iframe": "内嵌页面",
    "script": "脚本",
    "css": "样式",
    "media": "音视频",
}
CHANGES: Mapping[str, str] = {
    "new": "本次新增",
    "suspected": "再次疑似",
    "opened": "复核确认",
    "regressed": "整改后反弹",
    "fixed": "本次确认已整改",
    "cleared": "本次排除",
}
STOPPED: Mapping[str, str] = {
    "budget_pages": "达到页面数上限",
    "budget_requests": "达到请求数上限",
    "deadline": "达到时间上限",
    "window": "超出允许的核查时段",
    "breaker": "站点连续出错，暂停访问",
    "interrupted": "核查被中断",
}
# 状态 of the ledger, where the machine alone may say it; everything else is for people.
HUMAN_STATES = (
    "待核实",
    "已确认",
    "已交办",
    "整改中",
    "待复查",
    "已销号",
    "异议",
    "剔除",
    "豁免",
    "超期",
    "反弹",
)


def china(at: dt.datetime | None) -> str:
    """Returns a time as people write it, Asia/Shanghai: 2026-11-20 09:30; "" for None."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if at else ""


def iso(at: dt.datetime) -> str:
    """Returns a time as ISO 8601 with the offset of Asia/Shanghai, to the second."""
    return at.astimezone(CHINA).isoformat(timespec="seconds")


def reason(text: str) -> str:
    """Returns why something was not measured, in Chinese; words stay as they are."""
    return REASONS.get(text, text)


def degraded(view: AuditView) -> str:
    """Returns in Chinese why the audit closes nothing, "" for a sound one."""
    text = view.audit.degraded
    if not text:
        return ""
    if stopped := str(view.audit.summary.get("stopped_by") or ""):
        return STOPPED.get(stopped, stopped)
    if text.startswith("home page:"):
        return "首页未能正常打开"
    if text.startswith("check ") and " broke" in text:
        return "有检查项在核查中出错"
    if text.startswith("check "):
        return "有检查项覆盖率过低"
    return text


def rerun(finding: FindingView) -> str:
    """Returns the command that repeats a finding's test."""
    return f"mingcha recheck {finding.number}"


def masked(view: AuditView, mask: Callable[[str], str] = mask_personal) -> AuditView:
    """Returns the view with personal data masked in every text that comes from pages; addresses stay as they are."""

    def clean(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return value if _is_address(key, value) else mask(value)
        if isinstance(value, Mapping):
            return {name: clean(part, name) for name, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(part, key) for part in value]
        return value

    def occurrence(seen: OccurrenceView) -> OccurrenceView:
        return replace(seen, text=mask(seen.text))

    findings = tuple(
        replace(
            finding,
            title=mask(finding.title),
            message=mask(finding.message),
            facts=clean(finding.facts),
            occurrences=tuple(occurrence(seen) for seen in finding.occurrences),
        )
        for finding in view.findings
    )
    results = tuple(
        replace(
            result,
            rows=tuple(clean(row) for row in result.rows),
            draws=tuple(
                replace(
                    draw,
                    members=tuple(
                        replace(member, title=mask(member.title), facts=clean(member.facts)) for member in draw.members
                    ),
                )
                for draw in result.draws
            ),
        )
        for result in view.results
    )
    return replace(view, findings=findings, results=results)


def _is_address(key: str, value: str) -> bool:
    return "url" in key or "://" in value[:12] or (len(value) == 64 and value.isalnum())


def finding_object(view: AuditView, finding: FindingView) -> dict[str, Any]:
    """Returns one object of findings.jsonl: the machine contract, only ever added to.

    `outcome` is what this audit saw: fail or suspect; pass where it was measured good (state fixed or cleared);
    not_measured where it is still open and this audit could say nothing.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "portal": view.portal.id,
        "audit": view.audit.id,
        "check": finding.check,
        "kind": finding.kind,
        "outcome": finding.outcome,
        "state": finding.state,
        "severity": finding.severity,
        "subject": finding.subject,
        "title": finding.title,
        "column": finding.column,
        "level": finding.level,
        "internal": finding.internal,
        "message": finding.message,
        "clause": finding.clause,
        "occurrences": [
            {
                "page": seen.page,
                "text": seen.text,
                "element": seen.element,
                "level": seen.level,
                "region": seen.region,
                "visible": seen.visible,
            }
            for seen in finding.occurrences
        ],
        "facts": finding.facts,
        "first_seen": iso(finding.first_seen),
        "last_seen": iso(finding.last_seen),
        "confirmations": finding.confirmations,
        "evidence": [f"sha256:{digest}" for digest in finding.evidence],
        "fingerprint": finding.fingerprint,
        "number": finding.number,
        "human_state": finding.human,
        "change": finding.change,
        "remedy": finding.remedy,
        "occurrence_count": finding.occurrence_count,
        "regressions": finding.regressions,
        "rerun": rerun(finding),
    }


def result_object(view: AuditView, result: ResultView) -> dict[str, Any]:
    """Returns one object of results.jsonl: one check of one portal, its draws with their passes included."""
    return {
        "schema_version": SCHEMA_VERSION,
        "portal": view.portal.id,
        "audit": view.audit.id,
        "as_of": view.audit.as_of.isoformat(),
        "check": result.check,
        "version": result.version,
        "outcome": result.outcome,
        "reason": result.reason,
        "reason_text": reason(result.reason),
        "metrics": result.metrics,
        "coverage": {
            "intended": result.coverage.intended,
            "measured": result.coverage.measured,
            "skipped": result.coverage.skipped,
        },
        "draws": msgspec.to_builtins(result.draws),
        "warnings": list(result.warnings),
        "degraded": bool(view.audit.degraded),
    }


_SHEETS = ("链接明细", "栏目更新", "空白栏目", "搜索测试", "解读关联", "IPv6")

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
FOR_UNITS = frozenset(
    {"责任单位", "责任栏目保障人", "整改时限", "整改情况(单位填)", "整改后链接(单位填)", "整改完成时间", "状态"}
    | {"销号时间", "销号人", "异议理由", "备注"}
)
# Where findings and sheets say when the newest item was published, and who answers for the column.
_NEWEST = ("newest",)
_OWNER = "保障单位"  # header of a sheet's column
_YES_NO = "（1是，0否）"


def ledger_row(
    view: AuditView, metas: Metas, index: int, finding: FindingView, shots: Mapping[str, str], owner: str = ""
) -> dict[str, Any]:
    """Returns the row of 问题台账 of one finding, by header. `shots` maps screenshots' hashes to relative paths."""
    meta = metas.get(finding.check)
    closed = finding.state in ("fixed", "cleared")
    shot = next((shots[digest] for digest in finding.evidence if digest in shots), "")
    return {
        "序号": index,
        "问题编号": finding.number,
        "检查批次": view.audit.id,
        "地区": "",
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
        "检查时最新信息日期": first_fact(finding, _NEWEST),
        "首次发现时间": china(finding.first_seen),
        "最近确认时间": china(finding.last_seen),
        "确认次数": finding.confirmations,
        "核查方式": "自动",
        "截图": shot,
        "证据编号": "、".join(digest[:12] for digest in finding.evidence),
        "责任单位": owner,
        "整改要求": finding.remedy,
        "复查时间": china(view.audit.ended) if finding.change != "new" and finding.outcome != "not_measured" else "",
        "复查结果": _recheck(finding),
        "状态": _status(finding),
        "销号时间": china(finding.closed) if closed else "",
        "销号人": "自动复查" if closed else "",
        "机器判定": STATES[finding.state],
        "问题标识": finding.fingerprint,
    }


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


def versions(view: AuditView) -> dict[str, str]:
    """Returns the versions of programs; those of the checks stand with their results."""
    return {name: str(value) for name, value in view.audit.versions.items() if not name.startswith("check:")}


# How conclusions of checks and states begin, and their tone; the longer of two that fit stands first.
_BEGINNINGS: tuple[tuple[str, str], ...] = (
    *((words, "good") for words in ("未发现", "合格", "已整改", "已销号", "正常", "命中")),
    *((words, "bad") for words in ("发现问题", "问题", "确认", "单项否决", "未整改", "反弹", "超期", "未命中")),
    *((words, "doubt") for words in ("疑似", "仍疑似", "再次疑似", "异议", "待复查")),
    *((words, "none") for words in ("未能", "本次未能", "不作判定", "不适用", "已排除", "排除", "剔除", "豁免")),
)


def tone(text: str) -> str:
    """Returns the tone of a conclusion or state: good, bad, doubt, none; text where its words are not known."""
    for words, name in _BEGINNINGS:
        if text.startswith(words):
            return name
    return "none" if text.endswith("不作判定") else "text"


def kind_title(metas: Metas, finding: FindingView) -> str:
    """Returns the Chinese name of a finding's kind: 链接有效性-链接无法打开; the ids where the check is unknown."""
    meta = metas.get(finding.check)
    if meta is None:
        return f"{finding.check}-{finding.kind}"
    try:
        return f"{meta.title}-{meta.kind(finding.kind).title}"
    except KeyError:
        return f"{meta.title}-{finding.kind}"


def title_of(metas: Metas, check: str) -> str:
    """Returns the Chinese title of a check, its id where it is unknown."""
    return metas[check].title if check in metas else check


def metric(words: str, value: float) -> str:
    """Returns a metric as people read it: its meaning, and its value with the unit that follows the last comma."""
    if words.endswith(_YES_NO):
        return f"{words.removesuffix(_YES_NO)}：{'是' if value else '否'}"
    meaning, _, unit = words.rpartition("，")
    if not meaning or len(unit) > 3:
        meaning, unit = words, ""
    share = not unit and value <= 1 and ("比例" in meaning or meaning.endswith("率"))
    return f"{meaning} {f'{value:.1%}' if share else plain(value)}{unit}"


def metrics(metas: Metas, result: ResultView) -> list[str]:
    """Returns the metrics of a result as people read them, in the order the check declares them."""
    words = metas[result.check].metrics if result.check in metas else {}
    names = [*(name for name in words if name in result.metrics), *(n for n in result.metrics if n not in words)]
    return [metric(words.get(name, name), result.metrics[name]) for name in names]


def in_order(metas: Metas, results: Iterable[ResultView]) -> list[ResultView]:
    """Returns results in the order assessors list the sheets of their checks; further checks follow by id."""

    def place(result: ResultView) -> tuple[int, str]:
        name = metas[result.check].sheet.name if result.check in metas else ""
        return (_SHEETS.index(name) if name in _SHEETS else len(_SHEETS)), result.check

    return sorted(results, key=place)


def plain(value: Any) -> str:
    """Returns any JSON value as text for people; lists one entry a line."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, tuple)):
        return "\n".join(plain(part) for part in value)
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{plain(part)}" for key, part in value.items())
    return str(value)


def first_fact(finding: FindingView, names: Sequence[str]) -> str:
    """Returns the first of those facts that holds text, "" when none does."""
    for name in names:
        value = finding.facts.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def not_measured(view: AuditView, metas: Metas) -> list[tuple[str, str, int]]:
    """Returns what the audit could not say anything about: (check title, reason in Chinese, subjects; 0 = all)."""
    lines = []
    for result in in_order(metas, view.results):
        title = title_of(metas, result.check)
        if result.outcome in ("not_measured", "error"):
            lines.append((title, reason(result.reason) or OUTCOMES[result.outcome], 0))
        else:
            lines.extend((title, reason(why), count) for why, count in sorted(result.coverage.skipped.items()))
    return lines


def _version(view: AuditView, finding: FindingView, meta: Meta | None) -> int:
    for result in view.results:
        if result.check == finding.check:
            return result.version
    return meta.version if meta else 0


def _recheck(finding: FindingView) -> str:
    if finding.outcome == "pass":
        return "已整改" if finding.state == "fixed" else "排除疑似" if finding.state == "cleared" else "正常"
    if finding.outcome == "not_measured":
        return "本次未能复查"
    return "" if finding.change == "new" else "未整改" if finding.state != "suspect" else "仍疑似"


def _status(finding: FindingView) -> str:
    if finding.human != HUMAN_STATES[0]:
        return finding.human
    return {"fixed": "已销号", "cleared": "剔除", "regressed": "反弹"}.get(finding.state, finding.human)
