"""What of the pages read so far tells the columns of a portal."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.crawl.columns import _Read, _trail
from crawler.crawl.wrapup import take_back
from portal.artifacts import ColumnRecord, Level
from portal.columns import ColumnTags, PageOutline
from portal.facts import Crumb, PageKind
from portal.model import Network
from storage.bundle import Bundle, Header
from tests.unit.checks.make import NOON, PORTAL, TODAY, column, facts, page, url

PAGE = "http://www.example.gov.cn/zwgk/tzgg/"
HOME, PARENT = Crumb("首页", "http://www.example.gov.cn/"), Crumb("政务公开", "http://www.example.gov.cn/zwgk/")


@pytest.mark.parametrize(
    ("trail", "leads"),
    [
        ((HOME, PARENT), (HOME, PARENT)),
        ((HOME, PARENT, Crumb("通知公告", PAGE)), (HOME, PARENT)),
        ((HOME, PARENT, Crumb("通知公告", PAGE), Crumb("正文", "")), (HOME, PARENT)),
        ((Crumb("通知公告", PAGE),), ()),
        ((), ()),
    ],
)
def test_a_breadcrumb_leads_as_far_as_its_last_step_to_another_page(
    trail: tuple[Crumb, ...], leads: tuple[Crumb, ...]
) -> None:
    seen = PageOutline(PAGE, PageKind.COLUMN, "通知公告", ColumnTags(), trail)
    assert _trail(_Read(PAGE, Level.SECOND, seen)) == leads


def test_what_a_browser_shows_to_be_an_item_is_no_column_any_more(tmp_path: Path) -> None:
    item, listed, kept = url("/gkmlpt/content/2/3/post_301.html"), url("/tzgg/"), url("/zcwj/")
    with Bundle.create(tmp_path / "bundle", Header("qinhe-1", PORTAL, Network(), TODAY, NOON, "s", "0")) as bundle:
        bundle.add(
            *map(column, (item, listed, kept)),
            page(item, PageKind.COLUMN, "印发办法的通知", rendered=facts(item, PageKind.POLICY)),
            page(listed, PageKind.COLUMN, "通知公告", rendered=facts(listed, PageKind.COLUMN)),
        )
        take_back(bundle, frozenset({kept}))
        assert {one.url for one in bundle.all(ColumnRecord)} == {listed, kept}
