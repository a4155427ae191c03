"""Pages made to cost: what holds itself, repeats itself or nearly matches is read in step with its length."""

from __future__ import annotations

import datetime as dt

import pytest

from checks._ownership import place_stems
from crawler.reading import in_time
from portal.facts import PageKind
from portal.page import TITLE_LIMIT, read_page
from portal.personal import mask_personal
from portal.text import is_truncated
from portal.urls import LONGEST_ADDRESS
from tests.unit.checks.make import HOME, gathered, page

AS_OF = dt.date(2026, 11, 20)
SECONDS = 2.5  # of computing; each of these took five times that and more, or hours
SIZE = 120_000  # characters
TRAIL = "<div>当前位置：<a href='/'>首页</a> &gt; <a href='/tzgg/'>通知公告</a></div>"
ROW = "<li><a href='/a/{n}.html'>关于第{n}号工作的通知</a><span>2026-01-02</span>"
POLICY = (
    TRAIL + "<table><tr><td>索引号</td><td>1</td><td>文号</td><td>某政发〔2026〕1号</td></tr></table>"
    "<h1>某县人民政府关于印发《某县供水办法》的通知</h1><p>发布时间：2026-01-02</p><p>各镇人民政府，现将办法印发给你们。</p>"
)

GROWN = {
    "rows in rows": ("<ul>" + ROW, TRAIL),
    "links in links": ("<li><a href='/{n}'>字", TRAIL),
    "links in links with scripts": ("<li><a href='/{n}'>字<script>1</script>", TRAIL),
    "links in links with frames": ("<li><a href='/{n}'>字<noscript><b>x</b></noscript>", TRAIL),
    "boxes to fill in": ("<input name='q{n}'>", "<table>"),
    "forms in forms": ("<form><input name='q{n}'>", "<table>"),
    "pages that follow": ("<a href='index_{n}.html'>下一页</a>", TRAIL),
    "pagers in pagers": ("<div class='page'><a href='/{n}.html'>长长长长长长长长长长长长长长</a>", TRAIL),
    "lists in a row": ("<dl><dt>题{n}</dt></dl>", TRAIL + "<ul><li><a href='/x'>关于做好工作的通知</a>"),
    "windows of a script": ("window.open(a, '_self');a=$('x');", "<script>"),
    "windows without end": ("window.", "<script>location;"),
    "pages turned": ("page", TRAIL + "<a href='#' onclick='"),
    "totals in tags": ("<aa> ", "<title>搜索结果</title><p>&lt;找到1 "),
    "words of an interpretation": ("解读", POLICY),
    "tabs in tabs": ("<div style='display:none'>《某县供水办法》解读", POLICY),
    "dots": ("…", TRAIL + "<ul><li><a href='/a'>"),
}


@pytest.mark.parametrize("name", GROWN)
def test_what_is_grown_is_read_in_step_with_its_length(name: str) -> None:
    unit, before = GROWN[name]
    made, size, number = [before], 0, 0
    while size < SIZE:
        made.append(unit.replace("{n}", str(number)))
        size += len(made[-1])
        number += 1
    with in_time(SECONDS):
        read_page("".join(made).encode() + b"x", "http://www.qinhe.gov.cn/so/?q=x", as_of=AS_OF, portal=True)


def test_a_name_that_ends_in_all_ways_at_once_is_tried_in_a_few() -> None:
    home = page(HOME, PageKind.HOME, site_name="人民政府门户网站" * 60 + "。")
    with in_time(SECONDS):
        assert place_stems(gathered(home))[0] == "沁河县"


def test_a_title_of_dots_is_looked_at_where_it_ends() -> None:
    with in_time(SECONDS):
        assert not is_truncated("…" * 200_000 + "的通知")
    assert is_truncated("关于做好农田水利建设工作的通……")


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1381234", "１", "a.", "a@", "张三先生", "我叫", "110101 1990", "4000 ", "护照"]
)
def test_personal_data_is_looked_for_in_step_with_the_length(unit: str) -> None:
    with in_time(SECONDS):
        mask_personal(unit * (SIZE // len(unit)) + "一")


@pytest.mark.parametrize(
    "markup",
    [
        "<title>{big}</title><h1>{big}</h1>",
        "<meta name='ArticleTitle' content='{big}'><meta name='SiteName' content='{big}'>",
        "<a href='/{big}' title='{big}'>{big}</a><base href='/{big}/'><meta http-equiv=refresh content='0;url=/{big}'>",
        "<form action='/{big}'><input name='{big}' value='{big}' placeholder='搜索{big}'></form>",
        "<ul><li><a href='/{big}.html'>{big}</a><span>2026-01-02</span></li><li><a href='/b'>{big}</a>2026-01-02</ul>",
    ],
)
def test_what_is_kept_of_a_page_is_bounded(markup: str) -> None:
    data = markup.replace("{big}", "长" * 100_000).encode()
    facts = read_page(data, "http://www.qinhe.gov.cn/tzgg/", content_type="text/html; charset=utf-8", as_of=AS_OF)
    assert (
        max(len(facts.title), len(facts.head_title), len(facts.site_name), *map(len, facts.meta.values()), 0)
        <= TITLE_LIMIT
    )
    addresses = [facts.base, facts.redirect, *(form.action for form in facts.forms), *(one.url for one in facts.links)]
    assert max(map(len, [*addresses, *(item.url for item in facts.items)])) <= LONGEST_ADDRESS
    assert max([len(one.value) for form in facts.forms for one in form.fields], default=0) <= 2 * TITLE_LIMIT
