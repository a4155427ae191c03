"""The sheet of the search test: a row for every question put to the search, what came of it, and what that says."""

from __future__ import annotations

from typing import Any

from checks._search_matches import Match, answered
from checks._words import minute
from checks.base import Sheet, SheetColumn
from portal.artifacts import SearchRecord, SearchSession, SearchStatus

SHEET = Sheet(
    "搜索测试",
    (
        SheetColumn("number", "轮次", "number", 8),
        SheetColumn("seed", "抽样种子", width=16),
        SheetColumn("title", "标题或关键词", width=40),
        SheetColumn("url", "原文URL", "url", 50),
        SheetColumn("published", "发布日期", "date", 12),
        SheetColumn("column", "来源栏目", width=26),
        SheetColumn("entry", "搜索入口URL", "url", 40),
        SheetColumn("result_url", "结果页URL", "url", 50),
        SheetColumn("new_tab", "新窗口打开", "bool", 10),
        SheetColumn("shown", "首页结果条数", "number", 10),
        SheetColumn("found", "是否命中", width=10),
        SheetColumn("rank", "命中位次", "number", 10),
        SheetColumn("hit_url", "命中URL", "url", 50),
        SheetColumn("match", "匹配方式", width=12),
        SheetColumn("tabs", "分类展现", "list", 26),
        SheetColumn("seconds", "耗时(秒)", "number", 10),
        SheetColumn("at", "测试时间", width=18),
        SheetColumn("shot", "截图", "shot", 14),
        SheetColumn("result", "结论", width=26),
    ),
)

STATUS_WORDS = {
    SearchStatus.BROKEN: "返回错误或没有反应",
    SearchStatus.TIMEOUT: "超时未响应",
    SearchStatus.CAPTCHA: "需要验证码",
    SearchStatus.LOGIN: "需要登录",
    SearchStatus.BLOCKED: "访问受限",
    SearchStatus.UNREADABLE: "结果页未能识别",
}


def sheet_row(
    record: SearchRecord,
    session: SearchSession,
    number: int,
    result: str,
    match: Match | None,
    *,
    keyword: bool = False,
) -> dict[str, Any]:
    """Returns the row of one session in the sheet of the search test; `keyword` where no document was sought."""
    drawn = session.drawn
    read = answered(session)
    return {
        "number": number,
        "seed": record.seed,
        "title": drawn.title,
        "url": drawn.url,
        "published": drawn.published.isoformat() if drawn.published else "",
        "column": drawn.column,
        "entry": record.entry_page,
        "result_url": session.result_url,
        "new_tab": session.new_tab,
        "shown": len(session.hits) if read else None,
        "found": "" if keyword or not read else "是" if match else "否",
        "rank": match.rank if match else None,
        "hit_url": match.hit.url if match else "",
        "match": match.how if match else "",
        "tabs": list(session.tabs),
        "seconds": round(session.elapsed, 2),
        "at": minute(session.at),
        "shot": session.screenshot,
        "result": result,
    }
