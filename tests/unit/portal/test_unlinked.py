"""Lists whose rows open by a script alone."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.facts import PageFacts, PageKind
from portal.page import read_page

TODAY = dt.date(2026, 11, 20)
_PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>通知公告-某县人民政府</title></head><body>
<div class="header"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/hdjl/">互动交流</a></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; 通知公告</div><div class="main"><h2>通知公告</h2>%s</div>
<div class="footer">主办：某县人民政府办公室</div></body></html>"""
_TITLE = "关于第{n}批重点任务分工的通知"


def page(rows: str) -> PageFacts:
    """Returns the facts of a column page with such rows."""
    return read_page((_PAGE % rows).encode(), "http://www.example.gov.cn/tzgg/", as_of=TODAY)


def listed(row: str, days: list[str]) -> str:
    """Returns a row for each day, numbered from 1."""
    return "".join(row.format(title=_TITLE.format(n=n), n=n, day=day) for n, day in enumerate(days, 1))


BACK = ["2026-11-18", "2026-11-12", "2026-11-12", "2026-10-30"]


@pytest.mark.parametrize(
    "rows",
    [
        "<ul>" + listed('<li class="item"><span>{title}</span><span class="time">{day}</span></li>', BACK) + "</ul>",
        listed('<div class="row"><div class="t">{title}</div><p>发布时间：{day} 09:30:00</p></div>', BACK),
        "<table><tr><th>序号</th><th>标题</th><th>状态</th><th>日期</th></tr>"
        + listed("<tr><td>{n}</td><td><div>{title}</div></td><td>已办结</td><td>{day}</td></tr>", BACK)
        + "</table>",
    ],
)
def test_rows_without_a_link_are_items_without_an_address(rows: str) -> None:
    facts = page(rows)
    assert facts.kind is PageKind.COLUMN
    assert [(item.title, item.url, str(item.date)) for item in facts.items] == [
        (_TITLE.format(n=n), "", day) for n, day in enumerate(BACK, 1)
    ]
    assert not facts.empty_list and not facts.scripted_list


@pytest.mark.parametrize(
    "rows",
    [
        listed("<p>{day}，{title}印发各乡镇执行，县直有关部门按照职责分工抓好落实。</p>", BACK),  # running text
        listed("<li><span>{title}</span><span>{day}</span></li>", BACK[::-1]),  # a history
        listed("<li><span>{title}</span><span>{day}</span></li>", BACK[:2]),
        listed("<li><span>已办结</span><span>{day}</span></li>", BACK),
        listed("<li><span>县政务服务大厅综合窗口</span><span>{day}</span></li>", BACK),  # one name for all
        listed('<li style="display:none"><span>{title}</span><span>{day}</span></li>', BACK),
    ],
)
def test_other_rows_with_a_day_are_no_list(rows: str) -> None:
    assert page(f"<ul>{rows}</ul>").items == ()


def test_a_list_with_links_is_the_list_of_the_page() -> None:
    linked = listed('<li><a href="/a/{n}.html">{title}</a><span>{day}</span></li>', BACK[:2])
    facts = page(f"<ul>{linked}</ul><ul>{listed('<li><b>{title}</b><i>{day}</i></li>', BACK)}</ul>")
    assert [item.url for item in facts.items] == [f"http://www.example.gov.cn/a/{n}.html" for n in (1, 2)]


def test_rows_that_keep_their_address_for_a_script_lead_there() -> None:
    row = '<div class="item" data-url="/tzgg/{n}.html"><h3>{title}</h3><span>{day}</span></div>'
    assert [item.url for item in page(listed(row, BACK)).items][:2] == [
        "http://www.example.gov.cn/tzgg/1.html",
        "http://www.example.gov.cn/tzgg/2.html",
    ]
    inner = '<div class="item"><a data-href="list-{n}" class="x"></a><h3>{title}</h3><span>{day}</span></div>'
    assert {item.url for item in page(listed(inner.replace("<a", "<b").replace("</a", "</b"), BACK)).items} == {""}


def test_the_title_of_a_card_is_its_heading_however_long_its_summary() -> None:
    said = "为深入贯彻有关文件精神，进一步加强名录建设，结合工作实际决定如下"
    card = f"<div class=card><h3>{{title}}</h3><p>{said}</p><p>{{day}}</p></div>"
    found = page(listed(card, [day.replace("-", ".") for day in BACK])).items
    assert [item.title for item in found] == [_TITLE.format(n=n) for n in range(1, 5)]
    assert [str(item.date) for item in found] == BACK
