"""What the charts of the report page are drawn from: found in the checks' sheets by their headers.

A new check whose sheet has the same headers is drawn, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from msgspec import Struct, field

from checks.base import Meta
from reports import charts
from reports import words as shared
from reports.charts import Bar, Segment, Stack
from reports.pictures import Picture, Pictures
from storage.views import AuditView, FindingView, ResultView

ROWS_A_CHART = 24  # bars of one picture: it must fit on a page
COLUMNS_SHOWN = 96


class SearchCard(Struct, frozen=True):
    """One drawn title and the first page of results for it."""

    title: str
    url: str
    column: str
    published: str
    tone: str
    verdict: str
    detail: str
    result_url: str
    shot: Picture | None


class Sheets(Struct):
    """What the charts are drawn from, found in the checks' sheets by the headers they carry."""

    columns: list[Bar] = field(default_factory=list)
    links: list[Stack] = field(default_factory=list)
    levels: list[Stack] = field(default_factory=list)
    kinds: list[Stack] = field(default_factory=list)
    searches: list[SearchCard] = field(default_factory=list)


def read_sheet(view: AuditView, meta: Meta, result: ResultView, pictures: Pictures, into: Sheets) -> None:
    """Adds what the rows of one check's sheet say to the values charts are drawn from."""
    keys = {column.header: column.key for column in meta.sheet.columns}
    if "距检查日天数" in keys and "栏目路径" in keys:
        into.columns += [_column_bar(keys, row) for row in result.rows]
    if "页面层级" in keys and "目标URL" in keys:
        _link_stacks(view, meta, result, into)
    if "是否命中" in keys and "结果页URL" in keys:
        into.searches += [_search_card(keys, row, pictures) for row in result.rows]


def _column_bar(keys: Mapping[str, str], row: Mapping[str, Any]) -> Bar:
    days = _number(row, keys, "距检查日天数")
    late, left = _number(row, keys, "超期天数"), _number(row, keys, "预警(剩余天数)", "剩余天数", "预警")
    limit = _number(row, keys, "时限天数")
    if limit is None and days is not None:
        limit = days - late if late else days + left if left is not None else None
    outcome = _cell(row, keys, "结论")
    note = "；".join(filter(None, (_cell(row, keys, "更新要求"), _cell(row, keys, "最新信息日期"), outcome)))
    measured = shared.tone(outcome) != "none"
    return Bar(_cell(row, keys, "栏目路径") or _cell(row, keys, "栏目URL"), days, limit, note, measured)


def judged_columns(bars: Sequence[Bar]) -> list[Bar]:
    """Returns the columns that have a limit and were judged, the latest first; the others say nothing here."""
    judged = [bar for bar in bars if bar.measured and bar.limit]
    judged.sort(key=lambda bar: (-(bar.days / (bar.limit or 1)) if bar.days is not None else float("-inf"), bar.name))
    return judged


def column_charts(bars: Sequence[Bar]) -> list[Markup]:
    """Returns the bars of columns as pictures that fit on a page each, the first COLUMNS_SHOWN of them."""
    shown = bars[:COLUMNS_SHOWN]
    return [Markup(charts.freshness(shown[i : i + ROWS_A_CHART])) for i in range(0, len(shown), ROWS_A_CHART)]


def _link_stacks(view: AuditView, meta: Meta, result: ResultView, into: Sheets) -> None:
    seen = [finding for finding in view.by_check(result.check) if finding.live]
    found = [finding for finding in seen if not finding.aside]
    wrong = [finding for finding in found if finding.state != "suspect"]
    cover = result.coverage
    into.links.append(
        Stack(
            "全部链接",
            (
                Segment("正常", max(0, cover.measured - len(seen)), charts.GOOD),
                Segment("有问题", len(wrong), charts.BAD),
                Segment("疑似", len(found) - len(wrong), charts.DOUBT),
                Segment("未能判定", max(0, cover.intended - cover.measured), charts.NONE),
            ),
        )
    )
    into.levels += [_wrong_stack(words, [f for f in found if f.level == name]) for name, words in shared.LEVELS.items()]
    into.kinds += [_wrong_stack(kind.title, [f for f in found if f.kind == kind.id]) for kind in meta.kinds]


def _wrong_stack(name: str, found: Sequence[FindingView]) -> Stack:
    doubts = sum(finding.state == "suspect" for finding in found)
    return Stack(name, (Segment("有问题", len(found) - doubts, charts.BAD), Segment("疑似", doubts, charts.DOUBT)))


def _search_card(keys: Mapping[str, str], row: Mapping[str, Any], pictures: Pictures) -> SearchCard:
    outcome = _cell(row, keys, "结论")
    hit = row.get(keys["是否命中"])
    found = hit is True or hit == "是"
    missed = hit is False or hit == "否"
    tone = shared.tone(outcome)
    if tone == "text":
        tone = "good" if found else "bad" if missed else "none"
    place = _number(row, keys, "命中位次")
    shown = _number(row, keys, "首页结果条数")
    detail = f"第{place}条" if found and place else ""
    if shown is not None:
        detail = "，".join(filter(None, (detail, f"首页共{shown}条结果")))
    digest = _cell(row, keys, "截图")
    return SearchCard(
        title=_cell(row, keys, "标题或关键词", "标题", "关键词"),
        url=_cell(row, keys, "原文URL"),
        column=_cell(row, keys, "来源栏目"),
        published=_cell(row, keys, "发布日期"),
        tone=tone,
        verdict=outcome or ("命中" if found else "未命中"),
        detail=detail,
        result_url=_cell(row, keys, "结果页URL"),
        shot=pictures.place(digest) if digest else None,
    )


def _cell(row: Mapping[str, Any], keys: Mapping[str, str], *headers: str) -> str:
    for header in headers:
        value = row.get(keys.get(header, ""))
        if value not in (None, ""):
            return shared.plain(value)
    return ""


def _number(row: Mapping[str, Any], keys: Mapping[str, str], *headers: str) -> int | None:
    for header in headers:
        value = row.get(keys.get(header, ""))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return int(value)
    return None
