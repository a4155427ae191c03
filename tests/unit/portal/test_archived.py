"""A column is archived by its own words, never by the name of another page it links to."""

from __future__ import annotations

import pytest

from portal.page import read_page

URL = "http://www.qinhe.gov.cn/zwgk/tzgg/"
ROWS = "".join(
    f'<li><a href="{n}.html">关于第{n}项工作的通知公告</a><span>2026-11-{n:02d}</span></li>' for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("html", "archived"),
    [
        ('<div class="nav"><a href="/zt/1/">脱贫攻坚专题（已归档）</a></div><ul>{rows}</ul>', False),
        ('<div class="nav"><a href="/zt/1/">专题</a></div><p>本栏目已停止更新</p><ul>{rows}</ul>', True),
        ("<ul>{rows}</ul>", False),
        ("<h3>正在征集</h3><ul>{rows}</ul><h3>往期征集</h3><p>共12期</p>", False),
    ],
)
def test_pages_say_that_they_are_archived(html: str, archived: bool) -> None:
    page = f"<html><head><title>通知公告_沁河县人民政府</title></head><body>{html.format(rows=ROWS)}</body></html>"
    facts = read_page(page.encode(), URL)
    assert len(facts.items) == 8
    assert facts.archived is archived
