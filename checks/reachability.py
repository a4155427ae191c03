"""可用性: whether the site opened in the past week, by the probes of its home page (`mingcha probe`).

Clause: 国办秘函〔2019〕19号 单项否决 站点无法访问: one week, probed at intervals 20 times a day and more; not there
after 15 seconds in 5% of the probes or more. A week with fewer probes decides nothing. Not counted, and said: times the
owner had announced (报备), outages of our own line, what stood before the page (a challenge), what nobody could tell.
The week is that of the last seven days; the running day belongs to it once it has its twenty probes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checks._series import Day, Fate, Week, by_day, last_day, percentile, week_to
from checks._tally import Tally
from checks._words import OUTCOME_WORDS
from checks.base import Artifacts, CheckResult, Finding, Kind, Meta, Outcome, Severity, Sheet, SheetColumn
from portal.artifacts import Absence, Announced, AvailabilityRecord, FetchOutcome, Level, Occurrence
from portal.facts import Element, Region
from portal.zone import CHINA

ANY, IPV6 = 0, 6  # families of `ProbeSeen`


@dataclass(frozen=True, slots=True)
class Params:
    """`days`, `per_day`, `limit` are the clause's own: 监测1周, 每天20次以上, 占比超过（含）5%.

    `warning`: share (0-1) from which the owner is told that the limit is near; 3% is what monitoring services of the
    national check warn at. `least_share`: share (0-1) of the least a week asks for (days x per_day) that must be left
    when announced times are taken out: of a few hours nobody can say how a week was.
    """

    days: int = 7
    per_day: int = 20
    limit: float = 0.05
    warning: float = 0.03
    least_share: float = 0.5


_SOURCE = "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）"
_CLAUSE = (
    f"{_SOURCE}单项否决指标“站点无法访问”：监测1周，每天间隔性访问20次以上，超过（含）15秒网站仍打不开的次数累计占比超过"
    "（含）5%，即单项否决。"
)
_FACTS = ("begin", "end", "probes", "failures", "share", "seen", "aside")

META = Meta(
    id="reachability",
    version=1,
    title="可用性",
    why="网站打不开，所有公开和服务都无从谈起；一周内打不开的次数占比达到5%即单项否决。",
    clauses=("国办秘函〔2019〕19号 单项否决 站点无法访问",),
    requires=("availability",),
    subject="the home page's URL",
    kinds=(
        Kind(
            "site_unreachable",
            "站点无法访问",
            "{begin}至{end}共探测{probes}次，未能打开{failures}次（{seen}），占{share}（达到5%即单项否决）{aside}。",
            Severity.VETO,
            remedy="请立即排查服务器、网络、域名解析和安全证书；计划内的停机请事先报备。",
            clause=_CLAUSE,
            facts=_FACTS,
        ),
        Kind(
            "near_limit",
            "无法访问次数接近上限",
            "{begin}至{end}共探测{probes}次，未能打开{failures}次（{seen}），占{share}，再有{left}次即达到5%（单项否决）{aside}。",
            Severity.NOTICE,
            remedy="请排查访问不稳定的原因，避免达到单项否决。",
            clause=_CLAUSE,
            facts=(*_FACTS, "left"),
            implied_by="site_unreachable",
        ),
        Kind(
            "ipv6_unreachable",
            "IPv6访问不稳定",
            "{begin}至{end}经IPv6共探测{probes}次，未能打开{failures}次（{seen}），占{share}{aside}。",
            Severity.NOTICE,
            remedy="请排查IPv6线路、防火墙和监听配置，使IPv6与IPv4同样稳定可用。",
            clause=f"{_SOURCE}扣分指标“IPv6改造”：未按照要求完成IPv6改造的，扣1分。",
            facts=_FACTS,
        ),
    ),
    metrics={
        "days": "探测次数达到要求的天数，天",
        "least_per_day": "监测期内最少一天的有效探测次数，次",
        "probes": "监测期内计入的探测次数，次",
        "failures": "未能打开的次数，次",
        "failure_share": "未能打开的次数占比",
        "failures_left": "距达到上限还可失败的次数，次",
        "slow": "超过15秒仍未打开的次数，次",
        "announced": "报备停机时段内不计的探测次数，次",
        "own_line": "因本机网络异常不计的探测次数，次",
        "blocked": "因站点拒绝自动访问不计的探测次数，次",
        "unknown": "未能得出结论不计的探测次数，次",
        "mean_seconds": "打开首页的平均耗时，秒",
        "p95_seconds": "打开首页的95分位耗时，秒",
        "ipv6_probes": "经IPv6计入的探测次数，次",
        "ipv6_failures": "经IPv6未能打开的次数，次",
    },
    sheet=Sheet(
        "可用性",
        (
            SheetColumn("date", "日期", "date", 12),
            SheetColumn("how", "访问方式", width=10),
            SheetColumn("probes", "探测次数", "number", 10),
            SheetColumn("failures", "失败次数", "number", 10),
            SheetColumn("share", "失败率", "share", 10),
            SheetColumn("slow", ">=15秒次数", "number", 11),
            SheetColumn("seconds", "平均/95分位耗时（秒）", width=20),
            SheetColumn("vantage", "探测点", width=16),
            SheetColumn("announced", "报备停机", width=34),
            SheetColumn("week_share", "7日累计失败占比", "share", 16),
            SheetColumn("tripped", "是否触发", "bool", 10),
            SheetColumn("note", "说明", width=44),
        ),
    ),
)


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns whether the home page could be opened in the last full week; not measured where the week has gaps."""
    record = artifacts.availability
    assert record is not None  # META.requires
    tally = Tally(META)
    home = artifacts.portal.home
    week = _judged(record, ANY, artifacts.as_of, params, tally)
    metrics = _metrics(week)
    if reason := _unmeasured(week, params):
        tally.unmeasured(home, reason)
        enough = len(week.days) - len(week.lacking)
        tally.warnings.append(
            f"可用性须连续{params.days}日、每日{params.per_day}次以上监测方可判定："
            f"{week.days[0].date}至{week.days[-1].date}中{enough}日达到，计入{week.counted}次"
        )
    else:
        metrics |= {"failure_share": round(week.share, 6), "failures_left": week.left(params.limit)}
        if week.reaches(params.limit):
            tally.bad(_finding("site_unreachable", home, week, record))
        else:
            tally.good("site_unreachable", home)
            if week.reaches(params.warning):
                tally.bad(_finding("near_limit", home, week, record, left=week.left(params.limit)))
            else:
                tally.good("near_limit", home)
    if any(probe.family == IPV6 for probe in record.probes):
        six = _judged(record, IPV6, artifacts.as_of, params, tally)
        metrics |= {"ipv6_probes": six.counted, "ipv6_failures": six.failed}
        if not _unmeasured(six, params):
            if six.reaches(params.limit):
                tally.bad(_finding("ipv6_unreachable", home, six, record))
            else:
                tally.good("ipv6_unreachable", home)
    return tally.conclude(metrics)


def _judged(record: AvailabilityRecord, family: int, as_of: dt.date, params: Params, tally: Tally) -> Week:
    """Returns the week that is judged, and books a row for every day there is."""
    days = by_day([probe for probe in record.probes if probe.family == family], record.announced)
    last = last_day(days, as_of, record.until, params.per_day)
    for date, day in days.items():
        if date <= as_of:
            week = week_to(days, date, params.days, params.per_day) if date <= last else None
            tally.rows.append(_row(day, week, family, record.announced, params))
    return week_to(days, last, params.days, params.per_day)


def _unmeasured(week: Week, params: Params) -> Absence | None:
    """Returns why a week decides nothing, None where it does."""
    least = params.days * params.per_day * params.least_share
    if not week.lacking and week.counted >= least:
        return None
    fates = week.fates()
    aside = {
        Absence.BLOCKED: fates[Fate.BLOCKED],
        Absence.OWN_LINE: fates[Fate.OWN_LINE],
        Absence.UNDECIDED: fates[Fate.UNKNOWN],
    }
    most = max(aside, key=lambda reason: aside[reason])
    # Probed often enough, but to no avail: that is another reason than a prober that was off.
    probed = all(day.fates.total() >= params.per_day for day in week.lacking)
    return most if week.lacking and probed and aside[most] else Absence.SHORT_SERIES


def _metrics(week: Week) -> dict[str, float]:
    fates = week.fates()
    seconds = sorted(second for day in week.days for second in day.seconds)
    return {
        "days": len(week.days) - len(week.lacking),
        "least_per_day": min(day.enough_of for day in week.days),
        "probes": week.counted,
        "failures": week.failed,
        "slow": sum(day.slow for day in week.days),
        "announced": fates[Fate.ANNOUNCED],
        "own_line": fates[Fate.OWN_LINE],
        "blocked": fates[Fate.BLOCKED],
        "unknown": fates[Fate.UNKNOWN],
        "mean_seconds": round(sum(seconds) / len(seconds), 3) if seconds else 0.0,
        "p95_seconds": round(percentile(seconds, 0.95), 3),
    }


def _finding(kind: str, home: str, week: Week, record: AvailabilityRecord, **facts: Any) -> Finding:
    fates = week.fates()
    aside = "，".join(words for one in _ASIDE if (words := _aside(one, fates[one])))
    split = _by_vantage(week, record, IPV6 if kind == "ipv6_unreachable" else ANY)
    return Finding(
        kind,
        home,
        Outcome.FAIL,
        level=Level.HOME,
        occurrences=(Occurrence(home, "", Element.A, Region.BODY, True, Level.HOME),),
        facts={
            "begin": week.days[0].date.isoformat(),
            "end": week.days[-1].date.isoformat(),
            "probes": week.counted,
            "failures": week.failed,
            "share": f"{week.share:.2%}",
            "seen": _failures(week.failures()),
            "aside": (f"；其中{split}" if split else "") + (f"；另有{aside}" if aside else ""),
            **facts,
        },
        evidence=(record.evidence,) if record.evidence else (),
        confirmations=week.failed,
    )


def _by_vantage(week: Week, record: AvailabilityRecord, family: int) -> str:
    """Returns what each vantage saw, "" for a single one: where they differ, the line of one of them may be the cause,
    and whoever confirms a veto has to know."""
    names = sorted({name for day in week.days for name in day.vantages})
    parts = []
    for name in names if len(names) > 1 else ():
        seen = [one for one in record.probes if one.family == family and one.vantage == name]
        own = week_to(by_day(seen, record.announced), week.days[-1].date, len(week.days), 0)
        parts.append(f"探测点“{name}”{own.counted}次中{own.failed}次")
    return "、".join(parts)


_ASIDE: Mapping[Fate, str] = {
    Fate.ANNOUNCED: "报备停机时段内{}次不计",
    Fate.OWN_LINE: "本机网络异常{}次不计",
    Fate.BLOCKED: "拒绝自动访问{}次不计",
    Fate.UNKNOWN: "未能得出结论{}次不计",
}


def _aside(one: Fate, count: int) -> str:
    return _ASIDE[one].format(count) if count else ""


def _failures(found: Mapping[FetchOutcome, int]) -> str:
    """Returns what was seen instead of the page: 超过15秒未打开12次、拒绝连接3次."""
    ranked = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return "、".join(f"{_seen(outcome)}{count}次" for outcome, count in ranked)


def _seen(outcome: FetchOutcome) -> str:
    return "超过15秒未打开" if outcome is FetchOutcome.TIMEOUT else OUTCOME_WORDS[outcome]


def _row(day: Day, week: Week | None, family: int, announced: tuple[Announced, ...], params: Params) -> dict[str, Any]:
    complete = week is not None and _unmeasured(week, params) is None
    notes = [_failures(day.failures)] if day.failures else []
    notes += [words for one in (Fate.OWN_LINE, Fate.BLOCKED, Fate.UNKNOWN) if (words := _aside(one, day.fates[one]))]
    if week is None:
        notes.append("当日未满，暂不计入")
    elif day.enough_of < params.per_day:
        notes.append(f"有效探测不足{params.per_day}次")
    times = f"{sum(day.seconds) / len(day.seconds):.2f}/{percentile(day.seconds, 0.95):.2f}" if day.seconds else ""
    return {
        "date": day.date.isoformat(),
        "how": "IPv6" if family == IPV6 else "默认",
        "probes": day.counted,
        "failures": day.fates[Fate.FAILED],
        "share": round(day.fates[Fate.FAILED] / day.counted, 6) if day.counted else None,
        "slow": day.slow,
        "seconds": times,
        "vantage": "、".join(day.vantages),
        "announced": _announced(day, announced),
        "week_share": round(week.share, 6) if complete and week is not None else None,
        "tripped": week.reaches(params.limit) if complete and week is not None else None,
        "note": "；".join(notes),
    }


def _announced(day: Day, announced: tuple[Announced, ...]) -> str:
    if not day.fates[Fate.ANNOUNCED]:
        return ""
    begin = dt.datetime.combine(day.date, dt.time(), CHINA)
    end = begin + dt.timedelta(days=1)
    times = [
        f"{_clock(max(begin, one.begins), begin)}至{_clock(min(end, one.ends or end), begin)}"
        for one in announced
        if one.begins < end and (one.ends is None or one.ends > begin)
    ]
    return f"{'；'.join(times)}（{day.fates[Fate.ANNOUNCED]}次不计）"


def _clock(when: dt.datetime, midnight: dt.datetime) -> str:
    """Returns a time of the day that begins at `midnight`; its end is 24:00."""
    minutes = int((when - midnight).total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"
