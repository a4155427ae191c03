"""Which columns are late when: what the rule's words say, and what a column's name says of its duty."""

from __future__ import annotations

import pytest

from checks._columns import Dated
from checks._freshness import Freshness, class_of, classes_in_time, limit_of
from portal.artifacts import ColumnRecord
from portal.columns import column_kind
from portal.facts import Rung
from portal.model import ColumnForm, ColumnKind
from tests.unit.checks.make import TODAY, ago, url


def found(*path: str, at: str = "/a1/", **more: object) -> ColumnRecord:
    """Returns a list column with the kind its name, path and address give it."""
    kind = column_kind(path[-1], path, "", url(at))
    return ColumnRecord(url(at), path[-1], path, kind, ColumnForm.LIST, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "常见问题",
        "互动交流知识库",
        "使用帮助",
        "FAQ",
        "专项规划",
        "国土空间规划",
        "规划信息",
        "应急预案",
        "收费目录",
        "失效废止文件",
        "新闻发言人",
    ],
)
def test_what_changes_with_its_subject_only_is_not_late_by_the_calendar(name: str) -> None:
    assert limit_of(found("政务公开", name), {}).exempt


@pytest.mark.parametrize(
    "name", ["规划计划", "年度计划", "规划公示", "规划动态", "县长信箱", "重大项目", "招考信息", "抽查结果"]
)
def test_what_goes_on_has_a_limit(name: str) -> None:
    assert not limit_of(found("政务公开", name), {}).exempt


@pytest.mark.parametrize("name", ["政府工作报告", "统计公报", "部门预算", "财政决算", "工作要点", "法治政府建设"])
def test_what_comes_once_a_year_may_come_some_weeks_later(name: str) -> None:
    assert limit_of(found("政务公开", name), {}).days == 455


@pytest.mark.parametrize("name", ["本地要闻", "部门动态", "图片新闻", "时政快讯"])
def test_news_of_two_weeks_say_so(name: str) -> None:
    assert limit_of(found("新闻中心", name), {}).days == 14


@pytest.mark.parametrize("name", ["公益广告", "常务会议", "媒体关注", "影像明州图库", "活动日程"])
def test_what_else_stands_below_the_news_is_held_to_a_year(name: str) -> None:
    limit = limit_of(found("新闻中心", name, at="/xwzx/b2/"), {})
    assert (limit.days, limit.veto) == (365, "other")


def test_a_units_share_of_the_news_is_news() -> None:
    assert limit_of(found("部门动态", "县教育局"), {}).days == 14
    assert limit_of(found("乡镇动态", "港城镇"), {}).days == 14


@pytest.mark.parametrize(
    ("name", "at"), [("News", "/en/news/"), ("Policies", "/en/zcwj/"), ("ལས་དོན", "/zangwen/gzdt/")]
)
def test_other_languages_have_no_two_weeks(name: str, at: str) -> None:
    column = found(name, at=at)
    assert (column.kind, limit_of(column, {}).days) == (ColumnKind.OTHER, 365)


@pytest.mark.parametrize(
    ("name", "days"), [("通知公告", 180), ("公示公告", 180), ("县区公告", 180), ("环评公示", 365), ("拍卖公告", 365)]
)
def test_announcements_of_one_thing_are_other_columns(name: str, days: int) -> None:
    assert limit_of(found("政务公开", name), {}).days == days


def test_the_owners_word_and_a_parameter_win() -> None:
    assert limit_of(found("政务公开", "常见问题", limit_days=30), {}).days == 30
    assert limit_of(found("政务公开", "环评公示", declared=True), {}).days == 180
    assert limit_of(found("政务公开", "部门预算"), {ColumnKind.FINANCE: 90}).days == 90


def test_a_class_is_in_time_where_any_of_its_columns_is() -> None:
    one, other = found("政务公开", "政策文件", "政府文件"), found("政务公开", "政策文件", "部门文件", at="/a2/")
    assert class_of(one) == class_of(other) == ("政务公开", "政策文件")
    ages = {c.url: Freshness(newest=Dated(c.url, "", ago(d), Rung.LIST)) for c, d in ((one, 300), (other, 20))}
    columns = {c.url: c for c in (one, other)}
    assert classes_in_time(ages, columns, {}, TODAY) == {("政务公开", "政策文件")}
    assert not classes_in_time({one.url: ages[one.url]}, columns, {}, TODAY)
    assert limit_of(one, {}, with_class=True).days == 365
    assert limit_of(one, {}).days == 180
