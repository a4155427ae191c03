"""What a column shows beside its list is the column's, where its page says so; nothing else makes one fresh."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from checks.base import CheckResult
from portal.artifacts import Level, PageRecord
from portal.facts import Crumb, PageKind, Pager
from portal.model import ColumnKind
from tests.unit.checks.make import HOME, ago, column, gathered, items, kinds, link, only, page, result, url

AT = url("/xwzx/bmdt/")
HEADLINE = url("/xwzx/bmdt/202611/t1.html")
FLAT = url("/content/2026-7.html")
HOME_PAGE = page(HOME, PageKind.HOME, level=Level.HOME, items=items(ago(1), at="/xw/"))


def judged(*records: Any, listed: PageRecord | None = None, **more: Any) -> CheckResult:
    """Returns the verdict on a column of news whose list is two months old."""
    own = listed or page(AT, PageKind.COLUMN, "部门动态", items=items(ago(60), ago(70), ago(90)))
    return result(
        "update_freshness", gathered(HOME_PAGE, column(AT, "部门动态", ColumnKind.NEWS, **more), own, *records)
    )


def test_a_headline_in_the_folder_of_the_column_is_its_newest_item() -> None:
    assert kinds(judged()) == [("column_stale", AT)]
    assert not judged(page(HEADLINE, date=ago(3)), link(HEADLINE, page=AT)).findings
    late = only(judged(page(HEADLINE, date=ago(30)), link(HEADLINE, page=AT)))
    assert (late.facts["newest"], late.facts["newest_url"]) == (str(ago(30)), HEADLINE)


def test_a_headline_elsewhere_is_the_columns_where_its_breadcrumb_names_it() -> None:
    trail = (Crumb("首页", HOME), Crumb("部门动态", AT))
    assert not judged(page(FLAT, date=ago(3), breadcrumb=trail), link(FLAT, page=AT)).findings
    title = (*trail, Crumb("县水务局召开会议", ""))
    assert not judged(page(FLAT, date=ago(3), breadcrumb=title), link(FLAT, page=AT)).findings
    other = (Crumb("首页", HOME), Crumb("县内要闻", url("/yw/")))
    assert kinds(judged(page(FLAT, date=ago(3), breadcrumb=other), link(FLAT, page=AT))) == [("column_stale", AT)]


@pytest.mark.parametrize(
    ("date", "link_of"),
    [
        (ago(3), {"page": HOME}),  # on another page
        (ago(3), {"page": AT, "visible": False}),
        (ago(-3), {"page": AT}),  # still to come
        (ago(80), {"page": AT}),  # older than the list
        (None, {"page": AT}),
    ],
)
def test_other_links_make_nothing_fresh(date: dt.date | None, link_of: dict[str, Any]) -> None:
    found = judged(page(HEADLINE, date=date), link(HEADLINE, **link_of))
    assert [finding.kind for finding in found.findings if finding.kind != "future_date"] == ["column_stale"]
    assert only(found).facts["newest"] == str(ago(60))


def test_an_item_of_the_list_is_as_old_as_the_list_says_whatever_its_page_does() -> None:
    own = page(AT, PageKind.COLUMN, "部门动态", items=items(ago(60), ago(70), ago(90), at="/xwzx/bmdt/"))
    assert own.facts is not None
    first = own.facts.items[0].url
    found = judged(page(first, date=ago(3)), link(first, page=AT), listed=own)
    assert kinds(found) == [("column_stale", AT)]


def test_of_a_list_that_grows_at_its_end_an_older_item_beside_it_tells_nothing() -> None:
    forth = page(
        AT,
        PageKind.COLUMN,
        items=items(ago(200), ago(150), ago(60)),
        pager=Pager("links", 3, None, (f"{AT}index_1.html",)),
    )
    assert not judged(page(HEADLINE, date=ago(30)), link(HEADLINE, page=AT), listed=forth).findings
    fresh = judged(page(HEADLINE, date=ago(3)), link(HEADLINE, page=AT), listed=forth)
    assert fresh.metrics["next_miss_days"] == 11


def test_a_dated_headline_above_items_without_a_day_tells_the_only_one() -> None:
    undated = page(AT, PageKind.COLUMN, items=items(None, None, None))
    opened = [page(item.url) for item in items(None, None, None)]
    assert kinds(judged(*opened, listed=undated)) == [("undated", AT)]
    assert not judged(*opened, page(HEADLINE, date=ago(3)), link(HEADLINE, page=AT), listed=undated).findings
