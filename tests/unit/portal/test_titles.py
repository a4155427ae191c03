"""Titles of items on pages whose <title> and tags say little, and what is no title."""

from __future__ import annotations

import pytest

from portal.article import Article, read_article
from portal.documents import document_meta
from portal.meta import official_meta
from tests.unit.portal.pages import FOOTER, PROSE, document

SITE = "某省交通运输厅信息公开平台"
NAMED = "某省交通运输厅关于规范信息公开平台有关事项的通知"
LINES = ("某省交通运输厅", "关于规范信息公开平台", "有关事项的通知")


def article(body: str, *, title: str = "", head: str = "") -> Article:
    doc = document(f"<div><a href=/>网站首页</a> <a href=/zw/>政务公开</a></div>{body}{FOOTER}", title=title, head=head)
    return read_article(doc, official_meta(doc), document_meta(doc))


@pytest.mark.parametrize("line", ["<p align=center><b>{}</b></p>", "<div>{}</div>", "<h2>{}</h2>"])
@pytest.mark.parametrize("tagged", [True, False])
def test_a_title_in_several_lines_is_read_whole(line: str, tagged: bool) -> None:
    head = f'<meta name="ArticleTitle" content="{NAMED}">' if tagged else ""
    shown = "".join(line.format(part) for part in LINES)
    found = article(
        f"<div class=con>{shown}<p>某交办〔2019〕61号</p>{PROSE}</div>",
        title="" if tagged else f"{NAMED}_某省",
        head=head,
    )
    assert found.title == NAMED
    assert found.text.startswith("某交办〔2019〕61号")


def test_lines_that_do_not_make_up_the_title_are_none_of_it() -> None:
    found = article(
        f"<p>某省交通运输厅</p><h1>关于规范信息公开平台</h1><p>2024-01-02 来源：某厅</p>{PROSE}", title=f"{NAMED}_某省"
    )
    assert found.title == "关于规范信息公开平台"


def test_a_step_of_the_breadcrumb_is_no_title_of_an_item() -> None:
    crumb = f"<div>当前位置：<a href=/>首页</a> &gt; <a href=/p/>{SITE}</a> &gt; <a href=/q/>服务指南</a></div>"
    rows = "<tr><td>名称</td><td>《行政许可标准化指引》</td><td>发布机构</td><td>政法处</td></tr>"
    rows += "<tr><td>索引号</td><td>0002/2017</td><td>发布日期</td><td></td></tr>"
    byline = "<div>发布日期：2017-01-13 08:30 信息来源： 政法处 访问量：? 字体：[大][中][小]</div>"
    found = article(f"{crumb}<table>{rows}</table><div>《行政许可标准化指引》</div>{byline}{PROSE}", title=SITE)
    assert (found.title, found.source) == ("《行政许可标准化指引》", "政法处")
    assert found.text.startswith("为深入贯彻")


def test_the_line_above_the_metadata_table_is_a_title_where_nothing_else_is() -> None:
    table = "<div><span>发布机构：某省科技厅</span> <span>文号：某科发〔2017〕145号</span></div>"
    table += "<div><span>公开日期： 2018-03-05</span> <span>有效性： 有效</span></div>"
    found = article(
        f"<div class=dt>科技计划严重失信行为记录暂行规定</div>{table}<div class=dc>{PROSE}</div>", title="某市科技大脑"
    )
    assert (found.title, found.source) == ("科技计划严重失信行为记录暂行规定", "某省科技厅")
    assert found.text.startswith("为深入贯彻")
    own = f"<h1>{NAMED}</h1><p>某市科技局网站的一句提示</p>{table}<div class=dc>{PROSE}</div>"
    assert article(own, title="某市科技大脑").title == NAMED


@pytest.mark.parametrize("site", ["某市生态环境局", "某市人民政府门户网站"])
def test_a_title_may_end_in_the_name_of_a_government(site: str) -> None:
    title = "某市生态环境局集体约谈东山县人民政府"
    shown = f"<div class=nav><ul><li><a href=/d/>东山县人民政府</a></li></ul></div><h1>{title}</h1>"
    found = article(f"{shown}<p>发布时间：2024-01-02 来源：某局</p>{PROSE}", title=f"{title}_{site}")
    assert found.title == title
    assert found.title_element is not None
    assert found.title_element.tag == "h1"


@pytest.mark.parametrize(("shown", "found"), [("领导简历", True), ("简历", False)])
def test_a_title_of_four_letters_is_found_where_it_is_all_of_the_head(shown: str, found: bool) -> None:
    element = article(f"<div class=x>{shown}</div><div class=con>{PROSE}</div>", title="领导简历").title_element
    assert (element is not None and element.get("class") == "x") is found


@pytest.mark.parametrize("tagged", [True, False])
def test_line_ends_are_no_blanks_of_a_title_that_is_said_without_them(tagged: bool) -> None:
    shown = f"<h1>{'<br>'.join(LINES)}</h1><p>发布时间：2024-01-02 来源：某局</p>{PROSE}"
    head = f'<meta name="ArticleTitle" content="{NAMED}">' if tagged else ""
    assert article(shown, title="" if tagged else f"{NAMED} - 某省", head=head).title == NAMED
    spaced = NAMED.replace("规范", "规范 ")  # a blank of the title itself
    whole = article(shown.replace("规范", "规范 "), title=f"{spaced} - 某省").title
    assert whole == spaced


def test_a_bracketed_day_in_the_heading_is_no_part_of_the_title() -> None:
    shown = f"<h2>{NAMED}\n<small>( 2024-05-11)</small></h2>{PROSE}"
    assert article(shown, head=f'<meta name="ArticleTitle" content="{NAMED}">').title == NAMED


@pytest.mark.parametrize("line", ["<h2 class=content_subtitle>{}</h2>", "<p class=fbt>{}</p>"])
def test_a_subtitle_above_the_byline_is_no_title(line: str) -> None:
    below = line.format("打造优质公开平台 推动信息规范发布") + f"<p>发布时间：2024-01-02 来源：某局</p>{PROSE}"
    assert article(f"<h1>{NAMED}</h1>{below}", title=SITE).title == NAMED
    # The name of a column stands above a title, too.
    assert article(f"<h1>通知公告栏目</h1>{below}", title=SITE).title == "打造优质公开平台 推动信息规范发布"


def test_centred_lines_above_running_text_are_a_title_where_nothing_else_tells_one() -> None:
    lines = "".join(f"<p align=center><strong>{line}</strong></p>" for line in LINES)
    shown = f"<div class=con>{lines}<p align=center>某交办〔2019〕61号</p>{PROSE}</div>"
    assert article(shown, title="某县人民政府").title == NAMED
    styled = f'<div style="text-align: center">{"<br>".join(LINES)}</div>{PROSE}'
    assert article(styled, title="某县人民政府").title == NAMED
    menu = '<p align=center><a href="/a/">某省交通运输厅信息公开平台</a></p>'
    assert article(f"{menu}{PROSE}", title="某县人民政府").title == "某县人民政府"
    alone = "<p align=center>某省交通运输厅信息公开平台值班安排</p><p>（暂无）</p>"
    assert article(alone, title="某县人民政府").title == "某县人民政府"


def test_a_byline_in_the_heading_is_read_below_a_title_over_several_lines() -> None:
    head = f'<meta name="ArticleTitle" content="{NAMED}">'
    found = article(
        f"<h1>{'<br>'.join(LINES)}<br>发布时间：2024-01-02 来源：某局</h1><div id=zoom>{PROSE}</div>", head=head
    )
    assert (found.title, found.source, found.bylined) == (NAMED, "某局", True)
