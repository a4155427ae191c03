"""Freshness: limits to the day, dates wherever they stand, and dates that cannot be believed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from checks._freshness import kind_words
from checks.base import CheckResult, Outcome, Severity
from portal.artifacts import Absence, Level, PageRecord
from portal.facts import DateReading, ListItem, PageKind, Pager, Rung
from portal.model import ColumnForm, ColumnKind
from tests.unit.checks.make import (
    HOME,
    NO,
    TODAY,
    ago,
    column,
    facts,
    gathered,
    items,
    kinds,
    only,
    page,
    paper,
    result,
    url,
    vantage,
)

AT = url("/tzgg/")
LIST = PageKind.COLUMN
FRESH_HOME = page(HOME, PageKind.HOME, level=Level.HOME, items=items(ago(1), at="/xw/"))


def judged(*records: Any, **more: Any) -> CheckResult:
    return result("update_freshness", gathered(FRESH_HOME, *records, **more))


def listed(*dates: dt.date | None, **more: Any) -> PageRecord:
    return page(AT, LIST, "通知公告", items=items(*dates), **more)


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (ColumnKind.NEWS, 14),
        (ColumnKind.NOTICE, 180),
        (ColumnKind.POLICY, 180),
        (ColumnKind.INTERPRETATION, 180),
        (ColumnKind.OTHER, 365),
        (ColumnKind.DATA, 365),
    ],
)
def test_exactly_at_the_limit_is_in_time_and_one_day_later_is_not(kind: ColumnKind, days: int) -> None:
    at_limit = judged(column(AT, kind_words(kind), kind), listed(ago(days)))
    assert at_limit.outcome is Outcome.PASS
    assert at_limit.metrics["next_miss_days"] == 0
    late = judged(column(AT, kind_words(kind), kind), listed(ago(days + 1)))
    assert (only(late).kind, only(late).facts["over"]) == ("column_stale", 1)


def test_every_kind_of_column_has_its_words() -> None:
    assert all(kind_words(kind) for kind in ColumnKind)


def test_the_message_says_when_and_how_long() -> None:
    one = only(judged(column(AT), listed(ago(200))))
    assert one.message == (
        f"“政务公开>通知公告”栏目最新信息发布于{ago(200)}，截至{TODAY}已200天未更新，超过6个月内更新要求（超期20天）。"
    )


def test_the_latest_date_counts_whatever_its_place() -> None:
    pinned = (*items(ago(900), ago(800), pinned=True, at="/top/"), *items(ago(300), ago(5), ago(200)))
    assert judged(column(AT), page(AT, LIST, items=pinned)).outcome is Outcome.PASS


@pytest.mark.parametrize("form", [ColumnForm.SINGLE, ColumnForm.INDEX, ColumnForm.EXTERNAL])
def test_what_is_no_list_has_no_limit(form: ColumnForm) -> None:
    assert judged(column(AT, form=form), listed(ago(900))).findings == ()


@pytest.mark.parametrize("kind", [ColumnKind.ORGANISATION, ColumnKind.GUIDE, ColumnKind.DISCLOSURE, ColumnKind.TOPIC])
def test_kinds_without_a_duty_are_exempt(kind: ColumnKind) -> None:
    one = judged(column(AT, kind=kind), listed(ago(2000)))
    assert one.findings == ()
    assert one.metrics["columns_exempt"] == 1


@pytest.mark.parametrize("name", ["法律法规", "法规规章", "国家法律、行政法规", "地方性法规", "规章库", "现行规章"])
def test_columns_of_laws_are_as_new_as_the_law(name: str) -> None:
    one = judged(column(AT, name, kind=ColumnKind.POLICY), listed(ago(600)))
    assert one.findings == ()
    assert one.rows[0]["result"] == "不作判定：法律法规按制定、修改情况更新"
    declared = column(AT, name, kind=ColumnKind.POLICY, limit_days=365)
    assert only(judged(declared, listed(ago(600)))).kind == "column_stale"


@pytest.mark.parametrize("name", ["政策法规", "规范性文件", "规章制度", "政府文件", "法规解读"])
def test_columns_of_documents_are_no_columns_of_laws(name: str) -> None:
    assert only(judged(column(AT, name, kind=ColumnKind.POLICY), listed(ago(600)))).kind == "column_stale"


def test_archived_and_exempted_columns_are_exempt_and_a_declared_limit_wins() -> None:
    assert judged(column(AT, form=ColumnForm.ARCHIVE), listed(ago(2000))).findings == ()
    assert judged(column(AT, exempt="按年度更新"), listed(ago(2000))).findings == ()
    assert only(judged(column(AT, limit_days=30), listed(ago(31)))).facts["limit"] == 30


def test_the_ladder_list_article_meta_address() -> None:
    undated = page(AT, LIST, items=items(None))
    opened = page(url("/tzgg/1.html"), date=ago(3), columns=[AT])
    by_article = judged(column(AT), undated, opened)
    assert by_article.rows[0]["rung"] == "正文页标注"
    by_meta = judged(column(AT), undated, page(url("/tzgg/1.html"), date=ago(3), rung=Rung.META))
    assert by_meta.rows[0]["rung"] == "元数据"
    address = url(f"/tzgg/{ago(3):%Y%m}/t{ago(3):%Y%m%d}_1.html")
    by_address = judged(column(AT), page(AT, LIST, items=(ListItem("通知", address),)))
    assert (by_address.outcome, by_address.rows[0]["rung"]) == (Outcome.PASS, "网址")


def test_undated_needs_opened_articles_without_a_date() -> None:
    undated = page(AT, LIST, items=items(None, None, None))
    closed = judged(column(AT), undated)
    assert closed.coverage.skipped == {Absence.UNDECIDED: 1}
    opened = [page(url(f"/tzgg/{n}.html")) for n in (1, 2, 3)]
    one = judged(column(AT), undated, *opened)
    assert (only(one).kind, only(one).facts["opened"]) == ("undated", 3)
    assert one.metrics["stale"] == 1
    one = judged(column(AT), undated, *opened[:2])
    assert one.findings == (), "the third may carry its date inside"


def test_issues_of_a_gazette_tell_their_year() -> None:
    def issues(year: int, name: str = "", end: str = "（总第109号）") -> CheckResult:
        names = [ListItem(f"{name}{year}年第{n}期{end}", url(f"/gb/{n}.html")) for n in (1, 2, 3)]
        opened = [page(url(f"/gb/{n}.html")) for n in (1, 2, 3)]
        return judged(column(AT), page(AT, LIST, items=tuple(names)), *opened)

    assert issues(TODAY.year).findings == ()
    assert only(issues(TODAY.year - 3)).kind == "column_stale"
    assert issues(TODAY.year, "教育简报", "").findings == ()
    assert only(issues(TODAY.year, "关于公布", "培训班学员名单的通知")).kind == "undated"


def test_undated_and_stale_are_one_defect_of_one_column() -> None:
    opened = [page(url(f"/tzgg/{n}.html")) for n in (1, 2, 3)]
    undated = only(judged(column(AT), page(AT, LIST, items=items(None, None, None)), *opened))
    assert undated.fingerprint == only(judged(column(AT), listed(ago(900)))).fingerprint


def test_items_nobody_opened_may_be_newer() -> None:
    half = page(AT, LIST, items=items(ago(300), None, None))
    assert judged(column(AT), half).findings == ()


def test_a_list_that_grows_at_its_end_hides_its_newest() -> None:
    old_first = [ago(900), ago(800), ago(700)]
    hidden = page(AT, LIST, items=items(*old_first), pager=Pager("links", 3))
    assert judged(column(AT), hidden).findings == ()
    assert kinds(judged(column(AT, pages_read=3), hidden)) == [("column_stale", AT)]
    in_time = judged(column(AT), page(AT, LIST, items=items(ago(900), ago(800), ago(20)), pager=Pager("links", 3)))
    assert (in_time.findings, in_time.metrics["columns_measured"]) == ((), 1), "whatever is hidden is newer still"
    new_first = page(AT, LIST, items=items(*reversed(old_first)), pager=Pager("links", 3))
    assert kinds(judged(column(AT), new_first)) == [("column_stale", AT)]


def test_future_dates_do_not_count_and_are_noted() -> None:
    ahead = TODAY + dt.timedelta(days=40)
    one = judged(column(AT), listed(ahead, ago(900)))
    assert sorted(kinds(one)) == [("column_stale", AT), ("future_date", url("/tzgg/1.html"))]
    assert next(f for f in one.findings if f.kind == "future_date").severity is Severity.NOTICE
    assert judged(column(AT), listed(TODAY)).findings == ()
    session = page(AT, LIST, items=(ListItem("公告", f"{url('/tzgg/1.html')};jsessionid=8A7F", ahead),))
    assert only(judged(column(AT), session)).subject == url("/tzgg/1.html"), "the same finding every night"
    survey = judged(column(AT, kind=ColumnKind.SURVEY), listed(ahead, ago(9)))
    assert survey.findings == (), "lists of surveys show the day they end"
    events = judged(column(AT, "文旅日历", kind=ColumnKind.OTHER), listed(ahead, ago(9)))
    assert events.findings == (), "what will take place is announced with its day"
    own = judged(column(AT), listed(ahead), page(url("/tzgg/1.html"), date=ago(2)))
    assert own.findings == (), "the article's own date corrects the list"


def test_an_unreadable_or_scripted_list_is_not_measured() -> None:
    assert judged(column(AT)).coverage.skipped == {Absence.NOT_GATHERED: 1}
    scripted = judged(column(AT), page(AT, LIST, scripted_list=True), vantage(browser=NO))
    assert scripted.coverage.skipped == {Absence.NO_BROWSER: 1}
    drawn = page(AT, LIST, scripted_list=True, rendered=facts(AT, LIST, items=items(ago(400))))
    assert kinds(judged(column(AT), drawn)) == [("column_stale", AT)]


def test_a_digest_of_child_columns_is_judged_by_them() -> None:
    child = column(url("/tzgg/a/"), "公告", parent=AT)
    digest = page(AT, LIST, items=items(ago(400), at="/tzgg/a/"))
    fresh = judged(column(AT), digest, child, page(child.url, LIST, items=items(ago(2), at="/tzgg/a/n")))
    assert (fresh.findings, fresh.metrics["columns"]) == ((), 1)
    stale = judged(column(AT), digest, child, page(child.url, LIST, items=items(ago(300), at="/tzgg/a/n")))
    assert kinds(stale) == [("column_stale", child.url)]


def test_an_empty_column_that_explains_itself_waits_for_no_browser() -> None:
    one = judged(column(AT), page(AT, LIST, empty_list=True, empty_reason="本月暂无公开信件"))
    assert [row["result"] for row in one.rows] == ["不作判定：栏目无内容"]
    assert one.coverage.skipped.get(Absence.SCRIPTED) is None


def test_an_empty_column_is_no_stale_one() -> None:
    empty = page(AT, LIST, empty_list=True, rendered=facts(AT, LIST, empty_list=True))
    one = judged(column(AT), empty)
    assert (one.findings, one.metrics["columns"]) == ((), 0)


def test_a_parent_without_a_list_is_judged_by_its_children() -> None:
    child = column(url("/tzgg/a/"), parent=AT)
    one = judged(column(AT), page(AT, LIST), child, page(child.url, LIST, items=items(ago(400))))
    assert kinds(one) == [("column_stale", child.url)]


def home(*records: Any, **more: Any) -> CheckResult:
    return result("update_freshness", gathered(*records, **more))


def test_home_by_its_items_and_by_the_articles_it_links() -> None:
    def front(*dates: dt.date | None, **more: Any) -> PageRecord:
        return page(HOME, PageKind.HOME, level=Level.HOME, items=items(*dates), **more)

    assert home(front(ago(14), ago(90), ago(90))).outcome is Outcome.PASS
    stale = home(front(ago(15), ago(90), ago(90)))
    assert (only(stale).kind, only(stale).severity, stale.metrics["veto"]) == ("home_stale", Severity.VETO, 1)
    rescued = home(front(ago(15), ago(90), ago(90)), page(url("/n.html"), level=Level.SECOND, date=ago(2)))
    assert rescued.outcome is Outcome.PASS
    few = home(front(ago(15)))
    assert few.outcome is Outcome.NOT_MEASURED, "one dated item proves nothing"
    unseen = home(front(ago(15), ago(20), ago(20), None, None, None, None))
    assert unseen.findings == ()
    drawn = home(front(ago(15), ago(90), ago(90), scripted_list=True))
    assert drawn.findings == ()


def test_a_home_that_is_an_entrance_is_as_fresh_as_its_columns() -> None:
    front = page(HOME, PageKind.HOME, level=Level.HOME)
    news = column(AT, kind=ColumnKind.NEWS)
    assert home(front, news, listed(ago(3))).outcome is Outcome.PASS
    assert home(front).outcome is Outcome.NOT_MEASURED


def test_published_before_it_was_written() -> None:
    at = url("/zcwj/1.html")
    document = paper(written=ago(10))
    one = judged(page(at, PageKind.POLICY, "通知", date=ago(35), document=document))
    assert (only(one).kind, only(one).outcome, only(one).severity) == ("backdated", Outcome.SUSPECT, Severity.NOTICE)
    assert judged(page(at, PageKind.POLICY, date=ago(10), document=document)).findings == ()


def test_an_address_that_contradicts_the_date() -> None:
    def at(n: int) -> str:
        return url(f"/tzgg/202610/t20261010_{n}.html")

    assert only(judged(page(at(1), date=dt.date(2026, 2, 1)))).kind == "backdated"
    assert judged(page(at(1), date=dt.date(2026, 10, 1))).findings == ()
    migrated = [page(at(n), date=dt.date(2020, n, 1)) for n in range(1, 7)]
    assert judged(*migrated).findings == (), "many articles of one address date were moved, not backdated"
    by_meta = page(at(1), date=dt.date(2026, 2, 1), rung=Rung.META)
    assert judged(by_meta).findings == (), "nobody reads a meta tag as a claim"
    written = page(at(1), date=dt.date(2026, 2, 1), written_date=DateReading(dt.date(2026, 10, 9), Rung.TABLE))
    assert judged(written).findings == ()


def test_thresholds_of_the_veto_are_counted_apart() -> None:
    def stale(kind: ColumnKind, count: int) -> list[Any]:
        made: list[Any] = []
        for n in range(count):
            at = url(f"/{kind.value}{n}/")
            made += [
                column(at, kind_words(kind), kind),
                page(at, LIST, items=items(ago(900), at=f"/{kind.value}{n}/")),
            ]
        return made

    assert judged(*stale(ColumnKind.NEWS, 4), *stale(ColumnKind.DATA, 9)).metrics["veto"] == 0
    assert judged(*stale(ColumnKind.NEWS, 3), *stale(ColumnKind.NOTICE, 2)).metrics["veto"] == 1
    assert judged(*stale(ColumnKind.DATA, 10)).metrics["veto"] == 1


def test_a_share_of_a_class_of_documents_is_late_only_with_the_class() -> None:
    def share(n: int, days: int) -> list[Any]:
        at = url(f"/zcwj/{n}/")
        one = column(at, f"部门文件{n}", ColumnKind.POLICY)
        return [
            replace(one, path=("政务公开", "政策文件", one.name)),
            page(at, LIST, items=items(ago(days), at=f"/w/{n}/")),
        ]

    assert judged(*share(1, 300), *share(2, 20)).findings == ()
    one = judged(*share(1, 300), *share(2, 200))
    assert (len(one.findings), one.metrics["stale_policy"]) == (2, 2)
    late = judged(*share(1, 400), *share(2, 20))
    assert (len(late.findings), late.metrics["stale_other"], late.metrics["stale_policy"]) == (1, 1, 0)


def test_a_month_alone_counts_by_its_last_day_where_nothing_tells_the_day() -> None:
    def month(text: str, opened: DateReading | None = None) -> CheckResult:
        rows = tuple(ListItem(f"热线办理情况通报{n}", url(f"/tzgg/{n}.html"), None, text) for n in range(3))
        papers = [page(url(f"/tzgg/{n}.html"), PageKind.ARTICLE, pub_date=opened) for n in range(3)]
        return judged(column(AT, "通知公告", ColumnKind.NOTICE), page(AT, LIST, "通知公告", items=rows), *papers)

    assert month(f"{TODAY.year}年{TODAY.month}月").outcome is Outcome.PASS
    late = only(month("2025.06"))
    assert (late.kind, late.facts["newest"]) == ("column_stale", "2025-06-30")
    told = DateReading(ago(9), Rung.TEXT, str(ago(9)))
    assert month("2025.06", told).outcome is Outcome.PASS


def test_a_day_in_a_title_accuses_nobody_while_its_page_is_not_opened() -> None:
    rows = tuple(
        ListItem(f"第{n}号令（2021年3月1日）", url(f"/tzgg/{n}.html"), None, "（2021年3月1日）") for n in range(3)
    )
    column_page = page(AT, LIST, "通知公告", items=rows)
    unopened = judged(column(AT, "通知公告", ColumnKind.NOTICE), column_page)
    assert not unopened.findings
    papers = [page(url(f"/tzgg/{n}.html")) for n in range(3)]
    assert only(judged(column(AT, "通知公告", ColumnKind.NOTICE), column_page, *papers)).kind == "column_stale"
