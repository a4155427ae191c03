"""更新时效: whether home page and columns are updated within their limits, and whether dates can be believed.

Clause: 国办秘函〔2019〕19号 首页不更新, 栏目不更新, 其他栏目; limits by kind in portal/vocabulary/freshness.toml.
The newest item is the one with the latest visible date, whatever its place; exactly at the limit is in time. All days
are calendar days, Asia/Shanghai, counted to `as_of`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks._beside_lists import with_items_beside
from checks._columns import (
    RUNG_WORDS,
    Dated,
    browser_missing,
    carried_pages,
    children_of,
    list_items,
    members_of,
    outline_at,
    page_of,
)
from checks._doubted_dates import judge_backdated, judge_future
from checks._first_sights import KIND, judge_first_sights
from checks._freshness import Freshness, Limit, class_of, classes_in_time, freshness, kind_words, limit_of
from checks._outlines import ARTICLE_KINDS, PageOutline, unreadable, view_of
from checks._parts import as_one, parts_of
from checks._tally import Tally
from checks._words import path_of
from checks.base import (
    REASONS,
    Artifacts,
    CheckResult,
    Finding,
    Kind,
    Meta,
    Outcome,
    Severity,
    Sheet,
    SheetColumn,
)
from portal.artifacts import Absence, ColumnRecord, Level, PageRecord
from portal.facts import Rung
from portal.model import ColumnForm, ColumnKind


@dataclass(frozen=True, slots=True)
class Params:
    """`home_days`: limit of the home page (days). `days`: limits by column kind that replace the vocabulary's (days).

    `opened_floor`: articles that must be opened before a list counts as undated. `written_gap`: days by which a
    publication date must precede 成文日期, and `url_gap`: days by which it must differ from the date in its address,
    before that is worth a hint. `migrated`: articles sharing one address date that show a migration, not a trick.
    `late_days`: days an item may be published after the day it carries before an earlier reading of its list without it
    is worth a hint: 20 working days are what 政府信息公开条例第二十六条 leaves for publication, some 30 with weekends.
    """

    home_days: int = 14
    days: Mapping[ColumnKind, int] = field(default_factory=dict)
    opened_floor: int = 3
    written_gap: int = 2
    url_gap: int = 30
    migrated: int = 3
    late_days: int = 30
    veto_main: int = 5
    veto_other: int = 10


_SOURCE = "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）"
_HOME_CLAUSE = f"{_SOURCE}单项否决指标“首页不更新”：监测2周，首页无信息更新的，即单项否决。"
_COLUMN_CLAUSE = (
    f"{_SOURCE}单项否决指标“栏目不更新”：监测时间点前2周内的动态、要闻类栏目，以及监测时间点前6个月内的通知公告、"
    "政策文件类一级栏目，累计超过（含）5个未更新。应更新但长期未更新的栏目数量超过（含）10个。"
    "扣分指标“其他栏目”：其他栏目存在应更新未更新的，每发现一个，扣1分。"
)
_UNDATED_CLAUSE = f"{_SOURCE}单项否决指标“首页不更新”“栏目不更新”：稿件发布页未注明发布时间的视为不更新。"
_FORGED_CLAUSE = f"{_SOURCE}单项否决指标“安全、泄密事故等严重问题”：存在弄虚作假行为（如伪造发稿日期等）。"

META = Meta(
    id="update_freshness",
    version=7,
    title="更新时效",
    why="长期不更新使公众误把旧情况当作现状；首页2周不更新或多个栏目超期即单项否决。",
    clauses=(
        "国办秘函〔2019〕19号 首页不更新",
        "国办秘函〔2019〕19号 栏目不更新",
        "国办秘函〔2019〕19号 其他栏目",
    ),
    requires=("page",),
    subject="the home page's or the column's URL; for dates that cannot be believed, the item's URL",
    kinds=(
        Kind(
            "home_stale",
            "首页未更新",
            "首页最新信息发布于{newest}，截至{as_of}已{days}天未更新，超过{limit}天更新要求。",
            Severity.VETO,
            remedy="立即更新首页信息，并落实日常更新责任。",
            clause=_HOME_CLAUSE,
            facts=("newest", "as_of", "days", "limit"),
        ),
        Kind(
            "column_stale",
            "栏目超期未更新",
            "“{title}”栏目最新信息发布于{newest}，截至{as_of}已{days}天未更新，超过{demand}要求（超期{over}天）。",
            group="stale",
            remedy="更新栏目内容；已无更新需要的，归档并注明，或撤并该栏目。",
            clause=_COLUMN_CLAUSE,
            facts=("newest", "as_of", "days", "demand", "over"),
            outdated=True,
        ),
        Kind(
            "undated",
            "信息未注明发布时间",
            "“{title}”栏目的信息未注明发布时间，按未更新处理（列表无日期，已打开的{opened}篇信息也未注明）。",
            group="stale",
            remedy="在列表和正文页注明信息发布时间。",
            clause=_UNDATED_CLAUSE,
            facts=("opened",),
        ),
        Kind(
            "future_date",
            "信息日期晚于检查日",
            "《{title}》标注的日期为{date}，晚于检查日{as_of}，不作为更新计算。",
            Severity.NOTICE,
            remedy="核实并更正发布日期。",
            clause=_FORGED_CLAUSE,
            facts=("date", "as_of"),
            implied_by="column_stale",
        ),
        Kind(
            "backdated",
            "信息日期前后不一致",
            "《{title}》标注的发布日期为{date}，与{other}{other_date}不一致，请人工核实。",
            Severity.NOTICE,
            remedy="核实发布日期；确有错误的，更正并说明。",
            clause=_FORGED_CLAUSE,
            facts=("date", "other", "other_date"),
            implied_by="column_stale",
        ),
        Kind(
            "listed_late",
            "疑似旧文新发",
            "《{title}》标注的日期为{date}，{first_seen}才首次见到（晚{late}天）；{absent}核查同一列表时，列表已显示至"
            "{reached}的信息，其中没有该信息，请人工核实。",
            Severity.NOTICE,
            remedy="核实发布日期；属补发的，按实际发布日期标注。",
            clause=_FORGED_CLAUSE,
            facts=("date", "first_seen", "late", "absent", "reached"),
        ),
    ),
    metrics={
        "columns": "有更新要求的栏目，个",
        "columns_measured": "得出结论的栏目，个",
        "columns_exempt": "无更新要求的栏目，个",
        "columns_news": "动态要闻类栏目，个",
        "columns_notice": "通知公告类栏目，个",
        "columns_policy": "政策文件类栏目，个",
        "columns_interpretation": "政策解读类栏目，个",
        "stale": "超期未更新的栏目，个",
        "stale_main": "其中动态要闻、通知公告、政策文件类，个",
        "stale_other": "其中其他应更新栏目，个",
        "undated": "其中因未注明发布时间按未更新处理，个",
        "stale_news": "动态要闻类栏目超期，个",
        "stale_policy": "政策文件类栏目超期，个",
        "stale_interpretation": "政策解读类栏目超期，个",
        "home_days": "首页最新信息距检查日，天",
        "next_miss_days": "在时限内的栏目中，最早将超期的剩余天数，天",
        "future_dates": "日期晚于检查日的信息，条",
        "listed_late": "标注日期后很久才首次见到的信息，条",
        "veto": "是否达到单项否决情形（1是，0否）",
    },
    sheet=Sheet(
        "栏目更新",
        (
            SheetColumn("column", "栏目路径", width=36),
            SheetColumn("url", "栏目URL", "url", 50),
            SheetColumn("kind", "栏目类别", width=14),
            SheetColumn("demand", "更新要求", width=16),
            SheetColumn("basis", "依据", width=20),
            SheetColumn("newest_title", "最新信息标题", width=36),
            SheetColumn("newest_url", "最新信息URL", "url", 50),
            SheetColumn("newest", "最新信息日期", "date", 12),
            SheetColumn("rung", "日期来源", width=12),
            SheetColumn("days", "距检查日天数", "number", 10),
            SheetColumn("limit", "时限天数", "number", 10),
            SheetColumn("over", "超期天数", "number", 10),
            SheetColumn("days_left", "预警(剩余天数)", "number", 10),
            SheetColumn("owner", "保障单位", width=18),
            SheetColumn("result", "结论", width=24),
        ),
    ),
)

_MAIN = "main"

# Share of items without a date that nobody opened, above which an old newest date proves nothing.
UNSEEN = 0.2


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on the home page, every list column with a duty, and every date that cannot be believed."""
    tally = Tally(META, carried_pages(artifacts))
    counts: Counter[str] = Counter()
    members = members_of(artifacts)
    children = children_of(artifacts)
    left: list[int] = []
    future: dict[str, tuple[Dated, str]] = {}
    newest_second: list[Dated] = []
    ages = {
        url: freshness(artifacts, column, members.get(url, []), params.opened_floor)
        for url, column in sorted(artifacts.columns.items())
        if _is_list(artifacts, column, children)
    }
    ages = with_items_beside(artifacts, as_one(ages, parts_of(artifacts, children)))
    in_time = classes_in_time(ages, artifacts.columns, params.days, artifacts.as_of)
    for url, found in ages.items():
        column = artifacts.columns[url]
        steps = class_of(column)
        limit = limit_of(column, params.days, with_class=len(column.path) > len(steps) and steps in in_time)
        if column.level is Level.SECOND and found.newest is not None:
            newest_second.append(found.newest)
        if limit.exempt:
            counts["exempt"] += 1
            _row(tally, artifacts, column, limit, found, f"不作判定：{limit.exempt}")
            continue
        if found.empty:
            # An empty column is a defect of its own (empty_columns); one defect is deducted once.
            _row(tally, artifacts, column, limit, found, "不作判定：栏目无内容")
            continue
        if _speaks_for_children(artifacts, found, limit, [ages[c] for c in children.get(url, ()) if c in ages]):
            _row(tally, artifacts, column, limit, found, "不作判定：由子栏目判定")
            continue
        counts["columns"] += 1
        if not limit.future_dates:
            future |= {one.url: (one, path_of(column)) for one in found.future if one.url and one.rung is not Rung.URL}
        _column(tally, artifacts, column, limit, found, counts, left, members.get(url, []))
    measured = tally.measured
    metrics = _column_metrics(counts, measured, left, params) | _kinds(artifacts)
    home_days = _home(tally, artifacts, params, newest_second)
    if home_days is not None:
        metrics["home_days"] = home_days
    metrics["future_dates"] = judge_future(tally, artifacts, future)
    judge_backdated(tally, artifacts, written_gap=params.written_gap, url_gap=params.url_gap, migrated=params.migrated)
    metrics[KIND] = judge_first_sights(tally, artifacts, params.late_days)
    stale_home = any(finding.kind == "home_stale" for finding in tally.findings)
    metrics["veto"] = int(bool(metrics["veto"]) or stale_home)
    return tally.conclude(metrics, nothing="未发现可核查的栏目")


def _is_list(artifacts: Artifacts, column: ColumnRecord, children: Mapping[str, tuple[str, ...]]) -> bool:
    if column.form in {ColumnForm.LIST, ColumnForm.ARCHIVE}:
        page = page_of(artifacts, column.url)
        own = page is not None and bool(list_items(page))
        return own or not children.get(column.url)
    return False


def _speaks_for_children(artifacts: Artifacts, own: Freshness, limit: Limit, below: list[Freshness]) -> bool:
    """Returns whether a column's own list is too old, or unread, while its child columns can be judged themselves: what
    such a page shows is a selection of theirs."""
    in_time = own.newest is not None and (artifacts.as_of - own.newest.date).days <= limit.days
    return not in_time and any(found.newest is not None for found in below)


def _column(
    tally: Tally,
    artifacts: Artifacts,
    column: ColumnRecord,
    limit: Limit,
    found: Freshness,
    counts: Counter[str],
    left: list[int],
    members: list[PageOutline],
) -> None:
    if found.undated:
        counts["undated"] += 1
        _count_stale(counts, column, limit)
        page = page_of(artifacts, column.url)
        items = list_items(page) if page is not None else ()
        opened = [u for u in sorted({i.url for i in items} | {m.url for m in members}) if _opened(artifacts, u)]
        facts = {"opened": len(opened), "articles": opened[:20]}
        tally.bad(_finding(artifacts, column, "undated", facts))
        _row(tally, artifacts, column, limit, found, "问题：信息未注明发布时间，按未更新处理")
        return
    if found.newest is None:
        reason = found.reason or Absence.UNDECIDED
        tally.unmeasured(column.url, reason)
        _row(tally, artifacts, column, limit, found, f"未能判定：{REASONS[reason]}")
        return
    days = (artifacts.as_of - found.newest.date).days
    if days <= limit.days:
        tally.good("column_stale", column.url)
        left.append(limit.days - days)
        _row(tally, artifacts, column, limit, found, "合格")
        return
    if found.unseen_share > UNSEEN:
        tally.unmeasured(column.url, Absence.UNDECIDED)
        _row(tally, artifacts, column, limit, found, f"未能判定：{REASONS[Absence.UNDECIDED]}")
        return
    _count_stale(counts, column, limit)
    facts = {
        "newest": found.newest.date.isoformat(),
        "newest_url": found.newest.url,
        "newest_title": found.newest.title,
        "rung": found.newest.rung.value,
        "as_of": artifacts.as_of.isoformat(),
        "days": days,
        "limit": limit.days,
        "demand": limit.demand,
        "over": days - limit.days,
    }
    tally.bad(_finding(artifacts, column, "column_stale", facts))
    _row(tally, artifacts, column, limit, found, f"问题：超期{days - limit.days}天")


def _count_stale(counts: Counter[str], column: ColumnRecord, limit: Limit) -> None:
    counts["stale"] += 1
    counts["stale_main" if limit.veto == _MAIN else "stale_other"] += 1
    if limit.of_kind:
        counts[f"stale_{column.kind.value}"] += 1


def _opened(artifacts: Artifacts, url: str) -> bool:
    page = outline_at(artifacts, url) if url else None
    return page is not None and page.unreadable is None


def _finding(artifacts: Artifacts, column: ColumnRecord, kind: str, facts: Mapping[str, Any]) -> Finding:
    page = page_of(artifacts, column.url)
    return Finding(
        kind=kind,
        subject=column.url,
        outcome=Outcome.FAIL,
        title=path_of(column),
        column=path_of(column),
        level=column.level,
        facts={**facts, "column_kind": column.kind.value},
        evidence=tuple(filter(None, (page.fetch.evidence, page.screenshot))) if page is not None else (),
        confirmations=1,
    )


def _row(tally: Tally, artifacts: Artifacts, column: ColumnRecord, limit: Limit, found: Freshness, result: str) -> None:
    newest = found.newest
    days = (artifacts.as_of - newest.date).days if newest is not None else None
    bound = limit.days if not limit.exempt else None
    tally.rows.append(
        {
            "column": path_of(column),
            "url": column.url,
            "kind": kind_words(column.kind),
            "demand": limit.demand or "无",
            "basis": "栏目声明" if column.limit_days is not None or column.exempt else "国办秘函〔2019〕19号",
            "newest_title": newest.title if newest is not None else "",
            "newest_url": newest.url if newest is not None else "",
            "newest": newest.date.isoformat() if newest is not None else "",
            "rung": RUNG_WORDS[newest.rung] if newest is not None else "",
            "days": days,
            "limit": bound,
            "over": max(0, days - bound) if days is not None and bound is not None else None,
            "days_left": bound - days if days is not None and bound is not None and days <= bound else None,
            "owner": column.owner,
            "result": result,
        }
    )


def _column_metrics(counts: Counter[str], measured: int, left: list[int], params: Params) -> dict[str, float]:
    metrics: dict[str, float] = {
        "columns": counts["columns"],
        "columns_measured": measured,
        "columns_exempt": counts["exempt"],
        "undated": counts["undated"],
        "stale": counts["stale"],
        "stale_main": counts["stale_main"],
        "stale_other": counts["stale_other"],
        "stale_news": counts["stale_news"],
        "stale_policy": counts["stale_policy"],
        "stale_interpretation": counts["stale_interpretation"],
        "veto": int(counts["stale_main"] >= params.veto_main or counts["stale_other"] >= params.veto_other),
    }
    if left:
        metrics["next_miss_days"] = min(left)
    return metrics


def _kinds(artifacts: Artifacts) -> dict[str, float]:
    """Returns how many columns there are of the kinds a portal must have."""
    kinds = Counter(column.kind for column in artifacts.columns.values())
    main = (ColumnKind.NEWS, ColumnKind.NOTICE, ColumnKind.POLICY, ColumnKind.INTERPRETATION)
    return {f"columns_{kind.value}": kinds[kind] for kind in main}


def _home(tally: Tally, artifacts: Artifacts, params: Params, second: list[Dated]) -> int | None:
    """Judges the home page by what it links to; where it is only an entrance, by the columns it opens."""
    home = artifacts.portal.home
    page = page_of(artifacts, home)
    if reason := unreadable(page):
        tally.unmeasured(home, reason)
        return None
    assert page is not None
    dated, blank = _linked_from_home(artifacts, page)
    past = [one for one in dated if one.date <= artifacts.as_of]
    facts = view_of(page)
    entrance = not dated and blank == 0
    if entrance:
        past = [one for one in second if one.date <= artifacts.as_of]
    if not past:
        scripted = page.rendered is None and facts is not None and facts.scripted_list
        tally.unmeasured(home, Absence.NO_BROWSER if scripted and browser_missing(artifacts) else Absence.UNDECIDED)
        return None
    newest = max(past, key=lambda one: (one.date, one.url))
    days = (artifacts.as_of - newest.date).days
    if days <= params.home_days:
        tally.good("home_stale", home)
        return days
    enough = len(past) >= 3 and (entrance or len(dated) >= blank)
    if not enough or (page.rendered is None and facts is not None and facts.scripted_list):
        # What nobody opened, or a script would show, may be newer.
        tally.unmeasured(home, Absence.UNDECIDED)
        return days
    tally.bad(
        Finding(
            kind="home_stale",
            subject=home,
            outcome=Outcome.FAIL,
            title=artifacts.portal.name,
            column="首页",
            level=Level.HOME,
            facts={
                "newest": newest.date.isoformat(),
                "newest_url": newest.url,
                "newest_title": newest.title,
                "rung": newest.rung.value,
                "as_of": artifacts.as_of.isoformat(),
                "days": days,
                "limit": params.home_days,
                "entrance_only": entrance,
                "dated": len(past),
            },
            evidence=tuple(filter(None, (page.fetch.evidence, page.screenshot))),
            confirmations=1,
        )
    )
    return days


def _linked_from_home(artifacts: Artifacts, page: PageRecord) -> tuple[list[Dated], int]:
    """Returns the dated items the home page shows or links to, and how many items carry no date anybody saw."""
    dated: dict[str, Dated] = {}
    blank: set[str] = set()
    for item in list_items(page):
        target = outline_at(artifacts, item.url) if item.url else None
        url = target.url if target is not None else item.url
        if item.date is not None:
            dated[url or item.title] = Dated(item.url, item.title, item.date, Rung.LIST)
        elif url and url not in artifacts.columns:
            blank.add(url)
    for url, target in artifacts.outlines.items():
        if target.level is not Level.SECOND or target.kind not in ARTICLE_KINDS or url in dated:
            continue
        found = target.date or ((target.list_date, Rung.LIST) if target.list_date is not None else None)
        if found is not None:
            dated[url] = Dated(url, target.title, *found)
        else:
            blank.add(url)
    return list(dated.values()), len(blank - set(dated))
