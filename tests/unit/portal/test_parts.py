"""Lists in parts: by unit, in panels of tabs, in columns; and what stands beside a list without being part of it."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.page import read_page

TODAY = dt.date(2026, 11, 29)
_PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>乡镇动态-某县人民政府</title></head><body>
<div class="header"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/tzgg/">通知公告</a></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/xzdt/">乡镇动态</a></div><div class="main">{body}</div>
<div class="footer">主办：某县人民政府办公室 网站标识码：5100000001</div></body></html>"""
OLD, NEW = ("2026-08-31", "2026-08-01", "2026-05-13"), ("2026-11-24", "2026-09-20")


def part(name: str, days: tuple[str, ...], kind: str = "list") -> str:
    """Returns one list of dated rows."""
    rows = "".join(
        f"<li><a href='{name}{n}.html'>{name}第{n}批惠民项目顺利完工并交付使用</a><span>{day}</span></li>"
        for n, day in enumerate(days)
    )
    return f"<ul class='{kind}'>{rows}</ul>"


def days(body: str) -> list[str]:
    """Returns the days of the items the reader finds on a column page, in order."""
    found = read_page(_PAGE.format(body=body).encode(), "http://www.example.gov.cn/xzdt/", as_of=TODAY, portal=True)
    return [str(item.date) for item in found.items]


@pytest.mark.parametrize(
    "body",
    [
        f"<h4>石桥镇</h4>{part('石桥', OLD)}<h4>白云乡</h4>{part('白云', NEW)}",
        f"<div class=zm><b>A</b>{part('a', OLD)}</div><div class=zm><b>B</b>{part('b', NEW)}</div>",
        "<div class=tab><ul class=hd><li class=on>组织建设</li><li>干部教育</li></ul><div class=bd>"
        f"<div class=con style='display:block'>{part('a', OLD)}</div>"
        f"<div class=con style='display:none'>{part('b', NEW)}</div></div></div>",
        f"<details open><summary>执法</summary>{part('a', OLD)}</details>"
        f"<details><summary>监管</summary>{part('b', NEW)}</details>",
        f"<div class=l>{part('a', OLD)}</div><div class=r>{part('b', NEW)}</div>",
    ],
    ids=["units", "letters", "tabs", "accordion", "columns"],
)
def test_the_items_of_every_part_are_items_of_the_list(body: str) -> None:
    assert days(body) == [*OLD, *NEW]


def test_a_part_of_one_row_counts() -> None:
    body = f"<h4>石桥镇</h4>{part('石桥', OLD)}<h4>白云乡</h4>{part('白云', NEW[:1])}"
    assert days(body) == [*OLD, NEW[0]]


@pytest.mark.parametrize(
    "beside",
    [
        "<h4><a href='/tzgg/'>通知公告</a></h4>" + part("b", NEW),  # leads to a column of its own
        "<h4>通知公告</h4>" + part("b", NEW),  # named like one of the menu
        "<h4>热点推荐</h4>" + part("b", NEW),
        "<h4>最新信息</h4>" + part("b", NEW),
        part("b", NEW, "other"),  # not of its kind
        "<ul class='list'><li><a href='x.html'>某县乡村振兴工作简介和联系方式</a></li></ul>",  # not dated
    ],
    ids=["leads", "menu", "aside", "latest", "class", "undated"],
)
def test_what_stands_beside_a_list_is_no_part_of_it(beside: str) -> None:
    assert days(f"<h4>石桥镇</h4>{part('石桥', OLD)}{beside}") == [*OLD]


def test_a_heading_sets_a_block_apart_from_a_list_under_the_name_of_the_page() -> None:
    assert days(f"<h4>乡镇动态</h4>{part('a', OLD)}<h4>本县风光</h4>{part('b', NEW)}") == [*OLD]


def test_a_list_with_pages_has_no_parts() -> None:
    pager = "<div class=page><a href='index_1.html'>2</a><a href='index_1.html'>下一页</a></div>"
    assert days(f"<h4>石桥镇</h4>{part('石桥', OLD)}{pager}<h4>白云乡</h4>{part('白云', NEW)}") == [*OLD]


def test_every_part_stands_in_the_year_of_its_own_heading() -> None:
    body = "".join(
        f"<div class=y><div class=yh><b>{year}年度</b></div><div class=yc>{part(year, told)}</div></div>"
        for year, told in (("2024", ("12-20", "11-03")), ("2023", ("12-28", "04-01")))
    )
    assert days(body) == ["2024-12-20", "2024-11-03", "2023-12-28", "2023-04-01"]
