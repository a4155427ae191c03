"""What of the pages read so far tells the columns of a portal."""

from __future__ import annotations

import pytest

from crawler.crawl.columns import _Read, _trail
from portal.artifacts import Level
from portal.columns import ColumnTags, PageOutline
from portal.facts import Crumb, PageKind

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
