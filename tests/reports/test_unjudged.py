"""What a check could not judge is named, with address and reason, in the report and in 人工核查; the counts agree."""

from __future__ import annotations

from checks.base import Coverage, Meta
from checks.registry import all_checks
from portal.artifacts import Absence
from reports.ledger.rules import wording
from reports.unjudged import Unjudged, reasons, unjudged
from storage.views import ResultView

METAS = {one.META.id: one.META for one in all_checks()}


def link(text: str, url: str, why: str, result: str = "未能判定") -> dict[str, str]:
    return {"text": text, "url": url, "page": "http://www.a.cn/", "error": why, "result": result}


def result(meta: Meta, rows: list[dict[str, str]], skipped: dict[str, int]) -> ResultView:
    return ResultView(meta.id, meta.version, "fail", coverage=Coverage(9, 5, skipped), rows=tuple(rows))


def test_links_are_named_with_their_page_and_reason() -> None:
    meta = METAS["broken_links"]
    rows = [
        link("明州银行", "http://www.bank.cn/", "站点拒绝自动访问"),
        link("旧站", "http://old.a.cn/", "链接目标不存在", "确认：链接目标不存在"),
        link("", "http://www.a.cn/x.js", "站点拒绝自动访问"),
    ]
    found = result(meta, rows, {Absence.BLOCKED: 2, Absence.CARRIED: 3})
    assert list(unjudged(meta, found)) == [
        Unjudged("明州银行", "http://www.bank.cn/", "http://www.a.cn/", "站点拒绝自动访问"),
        Unjudged("", "http://www.a.cn/x.js", "http://www.a.cn/", "站点拒绝自动访问"),
    ]
    assert reasons(found) == {"站点拒绝自动访问": 2}  # what is carried over has a verdict


def test_no_more_is_named_than_the_coverage_counts() -> None:
    meta = METAS["empty_columns"]
    rows = [
        {"column": "办事服务>预约", "url": "http://www.a.cn/yy.html", "result": "未能判定：网站或页面无法打开"},
        {"column": "通讯录", "url": "http://www.a.cn/txl.html", "result": "未能判定：robots.txt不允许自动访问"},
    ]
    found = list(unjudged(meta, result(meta, rows, {Absence.ROBOTS: 1})))
    assert found == [Unjudged("通讯录", "http://www.a.cn/txl.html", "", "robots.txt不允许自动访问")]


def test_every_gap_of_every_message_has_a_name() -> None:
    told = {f"{meta.id}.{kind.id}": wording(kind.message) for meta in METAS.values() for kind in meta.kinds}
    assert told["broken_links.not_found"].startswith(
        "〔所在页面〕（〔页面层级〕）中“〔链接文字〕”〔链接、图片或附件〕无法打开"
    )
    assert not [name for name, words in told.items() if "……" in words or "{" in words]
