"""The words every report shares: outcomes, states, times and numbers in Chinese, and the order of the checks.

Reports decide nothing. Times shown are Asia/Shanghai.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from checks._words import OUTCOME_WORDS
from checks.base import REASONS, Meta
from portal.zone import CHINA
from storage.views import AuditView, FindingView, ResultView

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
    "platform_rests": "所在平台要求暂停访问，首页尚未请求",
    "interrupted": "核查被中断",
}
# Sheets of checks in the order assessors list them.
_SHEETS = ("链接明细", "栏目更新", "空白栏目", "搜索测试", "解读关联", "IPv6", "可用性", "互动留言")
_YES_NO = "（1是，0否）"  # how a metric of yes or no ends


# How the English reasons for which an audit closes nothing begin; the first that fits.
_HOME = "home page: "
_OPENED: Mapping[str, str] = {str(outcome): words for outcome, words in OUTCOME_WORDS.items()}
_INCOMPLETE: tuple[tuple[str, str], ...] = (
    (_HOME, "首页未能正常打开"),
    ("check .* broke", "有检查项在核查中出错"),
    ("check ", "有检查项覆盖率过低"),
    ("out of band:", "结果与往次相差过大，待下次核查印证"),
    ("canary:", "当夜自检未通过，结果不可信"),
)


def china(at: dt.datetime | None) -> str:
    """Returns a time as people write it, Asia/Shanghai: 2026-11-20 09:30; "" for None."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if at else ""


def iso(at: dt.datetime) -> str:
    """Returns a time as ISO 8601 with the offset of Asia/Shanghai, to the second."""
    return at.astimezone(CHINA).isoformat(timespec="seconds")


def day(date: dt.date) -> str:
    """Returns a date as official documents write it: 2026年11月8日 (GB/T 9704 7.3.5.3: no zero before)."""
    return f"{date.year}年{date.month}月{date.day}日"


def moment(at: dt.datetime) -> str:
    """Returns an aware time as official documents write it, Asia/Shanghai: 2026年11月8日18时, 2026年11月8日18时30分."""
    local = at.astimezone(CHINA)
    return f"{day(local.date())}{local.hour}时" + (f"{local.minute}分" if local.minute else "")


def period(label: str) -> str:
    """Returns a period of `indicators.periods` as official documents write it: 2026年, 2026年下半年, 2026年第4季度,
    2026年11月."""
    year, rest = label[:4], label[4:]
    if rest[:1] == "H":
        return f"{year}年{'上' if rest[1:] == '1' else '下'}半年"
    if rest[:1] == "Q":
        return f"{year}年第{rest[1:]}季度"
    return f"{year}年{int(rest[1:])}月" if rest else f"{year}年"


def size(count: int) -> str:
    """Returns a number of bytes as people read it: 1.2 KB, 34.5 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} KB"


def reason(text: str) -> str:
    """Returns why something was not measured, in Chinese; words stay as they are."""
    return REASONS.get(text, text)


def degraded(view: AuditView) -> str:
    """Returns in Chinese why the audit closes nothing, "" for a sound one."""
    return incomplete(view.audit.degraded, str(view.audit.summary.get("stopped_by") or ""))


def incomplete(text: str, stopped: str = "") -> str:
    """Returns in Chinese what `audit.degraded` says in English; what is not known stays as it is."""
    if not text:
        return ""
    stopped = stopped or text.removeprefix("stopped early: ") * text.startswith("stopped early: ")
    if stopped:
        return STOPPED.get(stopped, stopped)
    said = next((words for beginning, words in _INCOMPLETE if re.match(beginning, text)), text)
    home = _OPENED.get(text.removeprefix(_HOME)) if text.startswith(_HOME) else None
    return f"{said}：{home}" if home else said


def rerun(finding: FindingView) -> str:
    """Returns the command that repeats a finding's test."""
    return f"mingcha recheck {finding.number}"


def versions(view: AuditView) -> dict[str, str]:
    """Returns the versions of programs by what people call them; those of the checks stand with their results."""
    known = {name: str(value) for name, value in view.audit.versions.items() if not name.startswith("check:")}
    if known.get("judged_by") == known.get("mingcha"):
        known.pop("judged_by", None)
    return {_PROGRAMS.get(name, name): value for name, value in known.items()}


_PROGRAMS: Mapping[str, str] = {"mingcha": "明察", "judged_by": "判定所用明察"}

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

    def place(result: ResultView) -> tuple[int, str, str]:
        return (*sheet_place(metas[result.check].sheet.name if result.check in metas else ""), result.check)

    return sorted(results, key=place)


def sheet_place(name: str) -> tuple[int, str]:
    """Returns where the sheet of a check stands among the others: to be sorted by."""
    return (_SHEETS.index(name), "") if name in _SHEETS else (len(_SHEETS), name)


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
