"""人工核查: everything a person has to look at, since the machine could not or may not decide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.base import SheetColumn
from indicators.system import Leaf
from reports import words as shared
from reports.ledger.checks import INDEX, NUMBER, SITE
from reports.ledger.dossier import Dossier
from reports.scores import Kind, rows
from reports.tables import Table, numbered
from reports.unjudged import listed
from reports.words import Metas
from storage.views import ResultView

SHEET = "人工核查"
LISTED = 500  # things without a verdict that are named for each check; all links of a portal behind a wall are more
_LOOK = "请人工核查；未能判定不等于合格，也不等于不合格。"
_COLUMNS = (
    INDEX,
    SITE,
    SheetColumn("what", "类别", "text", 14),
    SheetColumn("where", "检查项或条款", "text", 22),
    NUMBER,
    SheetColumn("text", "内容", "text", 52),
    SheetColumn("url", "URL", "url", 34),
    SheetColumn("said", "机器给出的结果或原因", "text", 34),
    SheetColumn("how", "怎样处理", "text", 32),
)


def people_table(dossiers: Sequence[Dossier], metas: Metas) -> Table:
    """Returns the sheet: suspicions to be confirmed, what was not measured, clauses only people may decide."""
    rows_ = (row for dossier in dossiers for row in _rows(dossier, metas))
    title = "人工核查：机器未能判定、尚待复核或须由人评定的事项"
    return Table(SHEET, title, _COLUMNS, numbered(rows_), "没有需要人工核查的事项")


def _rows(dossier: Dossier, metas: Metas) -> Iterator[Mapping[str, Any]]:
    site = dossier.portal.name
    for one in dossier.view.findings:
        if one.wrong and one.severity == "veto":
            yield {
                "_site": site,
                "what": "单项否决待确认",
                "where": shared.kind_title(metas, one),
                "_number": one.number,
                "text": one.message,
                "url": one.subject,
                "said": shared.STATES[one.state],
                "how": "单项否决由机器提出，须经具名的人确认。",
            }
        elif one.doubted:
            yield {
                "_site": site,
                "what": "疑似问题待复核",
                "where": shared.kind_title(metas, one),
                "_number": one.number,
                "text": one.message,
                "url": one.subject,
                "said": "疑似",
                "how": f"程序将另日复核；也可立即复核：{shared.rerun(one)}",
            }
    for result in dossier.results(metas):
        yield from _without_verdict(site, result, metas)
    yield from _clauses(dossier)


def _without_verdict(site: str, result: ResultView, metas: Metas) -> Iterator[Mapping[str, Any]]:
    """Yields what a check could not say anything about: one by one where its sheet lists them, the rest by reason."""
    row = {"_site": site, "what": "未能判定", "where": shared.title_of(metas, result.check), "how": _LOOK}
    if result.outcome in ("not_measured", "error"):
        yield {**row, "text": "整项", "said": shared.reason(result.reason) or shared.OUTCOMES[result.outcome]}
        return
    named, rest = listed(metas.get(result.check), result, LISTED)
    for one in named:
        page = f"（所在页面：{one.page}）" if one.page else ""
        yield {**row, "text": f"{one.name or one.url}{page}", "url": one.url, "said": one.why}
    for why, count in rest:
        yield {**row, "text": count, "said": why}


def _clauses(dossier: Dossier) -> Iterator[Mapping[str, Any]]:
    """Yields the clauses whose result people have still to give."""
    for score in dossier.scores:
        for row in rows(score):
            one = score.leaves.get(row.node)
            if row.kind is Kind.LEAF and one is not None and _is_peoples(one.leaf) and row.mark is None:
                yield {
                    "_site": dossier.portal.name,
                    "what": "须人工评定的条款",
                    "where": f"{score.system.id} {row.node}",
                    "text": row.text,
                    "said": "；".join(filter(None, (row.how, row.words))),
                    "how": f"在赋分表中评定，{row.entry}" if row.entry else "在赋分表中评定",
                }


def _is_peoples(leaf: Leaf) -> bool:
    return leaf.decide in ("assisted", "manual")
