"""The composed reader: whole pages in, facts out; empty lists, scripted lists, robustness."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.facts import PageFacts, PageKind
from portal.page import read_page, read_rendered

URL = "http://www.example.gov.cn/zwgk/tzgg/index.html"
TOP = (
    "<html><head><title>通知公告_示例县人民政府</title><meta name=SiteName content=示例县人民政府>"
    "<meta name=ColumnName content=通知公告></head><body><div class=header><ul class=nav><li><a href=/>首页</a></li>"
    "<li><a href=/zwgk/>政务公开</a></li><li><a href=/bsfw/>办事服务</a></li></ul>"
    "<form action=/search><input name=searchword><input type=submit value=搜索></form></div>"
    "<div class=dqwz>当前位置：<a href=/>首页</a> &gt; <a href=/zwgk/>政务公开</a> &gt; 通知公告</div>"
)
END = (
    "<div class=footer>主办单位：示例县人民政府办公室 网站标识码：6100000001 <a href=/about/>关于我们</a></div>"
    "</body></html>"
)
ROWS = "".join(
    f"<li><a href=202411/t2024111{n}_{n}.html>关于做好第{n}批项目申报工作的通知</a><span>2024-11-1{n}</span></li>"
    for n in range(6)
)


def read(body: str, url: str = URL) -> PageFacts:
    """Returns the facts of a framed page."""
    return read_page((TOP + body + END).encode(), url, content_type="text/html; charset=utf-8")


def test_a_column_is_read_with_list_pager_and_breadcrumb() -> None:
    facts = read(
        f"<div class=main><h2>通知公告</h2><ul>{ROWS}</ul><script>createPageHTML(3,0,'index','html')</script></div>"
    )
    assert facts.kind is PageKind.COLUMN
    assert facts.title == "通知公告"
    assert len(facts.items) == 6
    assert facts.pager is not None
    assert facts.pager.next_urls[0] == "http://www.example.gov.cn/zwgk/tzgg/index_1.html"
    assert [step.text for step in facts.breadcrumb] == ["首页", "政务公开", "通知公告"]
    assert facts.search_box is not None
    assert facts.site_name == "示例县人民政府"
    assert not facts.empty_list
    assert facts.pub_date is None


def test_a_list_above_the_breadcrumb_is_not_the_list_of_the_page() -> None:
    special = "".join(f"<li><a href=/zt/{n}/>深入学习贯彻重要会议精神专题报道之{n}</a></li>" for n in range(8))
    html = TOP.replace("<div class=dqwz>", f"<div><ul>{special}</ul></div><div class=dqwz>")
    facts = read_page((html + "<div class=main><h2>通知公告</h2><ul></ul></div>" + END).encode(), URL)
    assert (facts.kind, facts.items, facts.empty_list) == (PageKind.COLUMN, (), True)


def test_excerpts_of_several_columns_are_an_index_with_all_their_items() -> None:
    block = "<div class=box><h2><a href=/{n}/>{n}</a></h2><ul>{rows}</ul></div>"
    facts = read(block.format(n="yaowen", rows=ROWS) + block.format(n="bumen", rows=ROWS.replace("href=", "href=/b/")))
    assert facts.kind is PageKind.COLUMN_INDEX
    assert len(facts.items) == 12
    assert read(f"<h2>通知公告</h2><ul>{ROWS}</ul>").kind is PageKind.COLUMN


EMPTY = {
    "an empty ul": "<div class=main><h2>通知公告</h2><ul>\n</ul></div>",
    "a pager of zero": "<h2>通知公告</h2><div id=page_div></div>"
    "<script>createPageHTML('page_div',1, 1,'list','shtml',0)</script>",
    "an empty list with a pager": "<ul class=GsTL5></ul><div class=page><a href=index.html>第一页</a>"
    "<a href=index.html>最后一页</a></div>",
    "words": "<table><tr><td>暂无信息！</td></tr></table>",
    "words in the list": "<h3>来信选登</h3><div><ul class=column>无相关记录</ul><div class=Page></div></div>",
    "nothing at all": "<div class=main></div>",
    "only the name": "<div class=main><h2>通知公告</h2></div>",
    "a side list alone": f"<div class=main><ul></ul></div><div><h3>热点推荐</h3><ul>{ROWS}</ul></div>",
}


@pytest.mark.parametrize("case", sorted(EMPTY))
def test_a_column_that_shows_nothing_is_empty(case: str) -> None:
    facts = read(EMPTY[case])
    assert facts.kind is PageKind.COLUMN
    assert facts.empty_list
    assert facts.items == ()
    assert facts.empty_reason == ""
    assert not facts.scripted_list


NOT_EMPTY = {
    "an article": "<h1>机构职能</h1><div class=article-content><p>"
    + "贯彻执行国家法律法规，拟订规划并组织实施。" * 20
    + "</p></div>",
    "a chart": "<div class=main><img src=/upload/2024/jgt.jpg width=900 height=600></div>",
    "pictures that are links": "<div class=main>" + "<a href=v.html><img src=v1.jpg></a>" * 6 + "</div>",
    "a frame": "<div class=main><iframe src=/inner/list.html width=900 height=600></iframe></div>",
    "child columns": "<div class=main><ul><li><a href=/zwgk/a/>机构设置</a></li>"
    "<li><a href=/zwgk/b/>领导信息</a></li>"
    "<li><a href=/zwgk/c/>人事信息</a></li></ul></div>",
    "one item": "<div class=main><ul><li><a href=a.html>关于做好项目申报工作的通知</a>"
    "<span>2024-11-11</span></li></ul></div>",
}


@pytest.mark.parametrize("case", sorted(NOT_EMPTY))
def test_pages_with_contents_are_not_empty(case: str) -> None:
    assert not read(NOT_EMPTY[case]).empty_list


@pytest.mark.parametrize(
    "words",
    [
        "本栏目暂无相关信息，待产生后及时公开。",
        "经核实，我局2024年度无此类信息。",
        "因机构改革，该栏目内容已迁移至县行政审批服务局网站。",
        "说明：截至目前，本年度我县暂未开展重大行政决策事项。",
        "我局未收到行政复议申请。",
        "备注：2026年度市政府未作出行政复议决定，暂无可公开内容。",
        "近期无访谈计划，敬请关注。",
        "当前没有正在进行的征集。",
        "经研究，区政府本年度不制定重大行政决策事项目录。",
    ],
)
def test_words_that_explain_are_kept(words: str) -> None:
    facts = read(f"<div class=main><ul></ul><p>{words}</p></div>")
    assert facts.empty_reason


@pytest.mark.parametrize(
    "words",
    ["暂无相关信息", "目前暂无信息！", "本市未经授权不得转载。", "本单位不承担由此产生的责任。", "当前页未按格式显示"],
)
def test_words_that_explain_nothing(words: str) -> None:
    assert read(f"<div class=main><ul></ul><p>{words}</p></div>").empty_reason == ""


def test_words_beside_explain_where_nothing_else_stands() -> None:
    crumb = "<div>当前位置：<a href=/>首页</a>&gt;<a href=/a/>重大决策</a></div>"
    left = "<div class=left><h3>重大决策</h3></div>"
    right = "<div class=right><p>本单位2026年无重大决策事项。</p><ul></ul></div>"
    assert "无重大决策事项" in read(f"{crumb}{left}{right}").empty_reason
    assert read(f"{crumb}{left}<div class=right><ul></ul></div>").empty_reason == ""


def test_policies_whose_scripts_ask_for_data_may_draw_what_is_missing() -> None:
    title = "某县人民政府关于印发《供水管理办法》的通知"
    head = f"<head><title>{title}</title></head><h1>{title}</h1><p>发布时间：2024-01-02</p>"
    text = f"{head}<div id=zoom><p>{'请认真贯彻执行，切实抓好各项工作落实。' * 20}</p></div>"
    asking = "<script>fetch('/rel/1.json').then(r => r.json())</script>"
    at = "http://www.example.gov.cn/zwgk/202401/t20240102_7.html"
    policy, plain = (
        read_page(page.encode(), at, content_type="text/html; charset=utf-8") for page in (text + asking, text)
    )
    assert (policy.kind, policy.loads_data, plain.kind, plain.loads_data) == (
        PageKind.POLICY,
        True,
        PageKind.POLICY,
        False,
    )
    assert not read(f"<ul>{ROWS}</ul>{asking}").loads_data
    drawn = read_page(
        f"{text}<gov-rel to=/zcjd/1.html></gov-rel>".encode(), at, content_type="text/html; charset=utf-8"
    )
    assert drawn.loads_data, "a component may draw the link"


def test_what_scripts_replace_is_hidden() -> None:
    noscript, template = (
        "<noscript><a href=/n.html>无脚本</a></noscript>",
        "<template><a href=/t.html>模板</a></template>",
    )
    seen = {link.raw: link.visible for link in read(f"{noscript}{template}<p><a href=/a.html>正文</a></p>").links}
    assert (seen["/n.html"], seen["/t.html"], seen["/a.html"]) == (False, False, True)


def test_words_of_construction_are_told() -> None:
    assert read("<div class=main><p>栏目建设中，敬请期待！</p></div>").under_construction
    assert not read(f"<ul>{ROWS}</ul><p>数字政府建设中的经验做法</p>").under_construction


def test_a_column_among_its_neighbours_is_no_index_of_them() -> None:
    menu = "<ul><li><a href=/zwgk/a/>机构设置</a></li><li><a href=/zwgk/b/>领导信息</a></li>"
    own = "<li><a href=/zwgk/tzgg/index.html>通知公告</a></li></ul>"
    beside = f"<div class=beside>{menu}<li><a href=/zwgk/c/>人事信息</a></li>"
    words = "</div><div class=right><h3>通知公告</h3><p>栏目建设中，敬请期待！</p></div>"
    facts = read(beside + own + words)
    assert (facts.kind, facts.under_construction) == (PageKind.COLUMN, "栏目建设中")
    assert len(facts.child_columns) == 3
    assert read(beside + "</ul>" + words).kind is PageKind.COLUMN_INDEX


@pytest.mark.parametrize(("others", "columns"), [(2, 1), (3, 0)])
def test_links_to_other_sites_are_no_menu_because_one_stands_here(others: int, columns: int) -> None:
    away = "".join(f"<li><a href=http://www.site{n}.cn/>友好城市{n}</a></li>" for n in range(others))
    facts = read(f"<div class=beside><ul>{away}<li><a href=/zwgk/a/>机构设置</a></li></ul></div><ul>{ROWS}</ul>")
    assert len(facts.child_columns) == columns


def test_a_place_a_script_left_empty_is_an_empty_list_as_rendered() -> None:
    place = "<h2>通知公告</h2><div id=box data-id=n1>{}</div><script src=/js/list.js></script>"
    source = read(place.format("正在载入…"))
    assert source.scripted_list
    rendered = read_rendered(TOP + place.format("") + END, URL)
    assert rendered.empty_list
    assert not read_rendered(TOP + place.format(f"<ul>{ROWS}</ul>") + END, URL).empty_list


SCRIPTED = {
    "a template": "<ul id=list></ul><script type='text/x-handlebars'>{{#each l}}<li>{{title}}</li>{{/each}}</script>",
    "placeholders": "<ul><li v-for='i in list'><a :href=i.url>{{i.title}}</a></li></ul>",
    "a call": "<ul id=list></ul><script>$.ajax({url:'/api/list',success:function(d){$('#list').html(d)}})</script>",
    "an id a script fills": "<ul id=newsbox></ul><script src=/js/list.js></script><script>fill('newsbox', 3)</script>",
    "rows written by a script": "<div><script>document.write('<li><a href=\"a.html\">标题</a></li>')</script></div>",
    "a chart": "<div id=gdp style='height:400px'></div><script>echarts.init(box).setOption({series: [1, 2]})</script>",
    "items in a comment": "<ul><!--" + ROWS + "--></ul>",
}


@pytest.mark.parametrize("case", sorted(SCRIPTED))
def test_lists_a_script_may_draw_decide_nothing(case: str) -> None:
    facts = read(f"<div class=main>{SCRIPTED[case]}</div>")
    assert facts.scripted_list
    assert facts.items == ()


def test_a_rendered_page_is_read_like_any_other() -> None:
    facts = read_rendered(TOP + f"<ul>{ROWS}</ul>" + END, URL)
    assert (facts.kind, len(facts.items)) == (PageKind.COLUMN, 6)


def test_an_answer_of_json_is_a_list() -> None:
    data = '{"total": 9, "list": [{"title": "关于召开会议的通知", "url": "/a.html", "pubDate": "2024-11-15"}]}'
    facts = read_page(data.encode(), "http://www.example.gov.cn/api/list?page=1", content_type="application/json")
    assert len(facts.items) == 1


def test_dates_without_a_year_need_a_day_to_count_from() -> None:
    body = TOP + "<ul>" + "<li><a href=a.html>关于做好项目申报工作的通知</a><span>11-11</span></li>" * 3 + "</ul>" + END
    assert read_page(body.encode(), URL, as_of=dt.date(2024, 11, 18)).items[0].date == dt.date(2024, 11, 11)
    assert read_page(body.encode(), URL).items[0].date is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe\x00",
        b"<",
        b"<html",
        b"<a href=" + b"x" * 5000,
        b"<div>" * 100_000,
        b"<table><tr><td>" * 20_000,
        b"<a href=x>" * 5_000,
        b"<record>" * 50_000,
        b"{" * 5_000,
        b'{"a":' * 5_000,
        b"<script>" + b"[" * 50_000 + b"</script>",
        bytes(range(256)) * 40,
        "<base href='http://[::1'><a href=x>甲</a>".encode(),
        "<?xml version='1.0' encoding='none'?><a>甲</a>".encode(),
    ],
)
def test_no_page_is_too_broken_to_be_read(data: bytes) -> None:
    facts = read_page(data, URL)
    assert facts.url == URL
    assert facts.kind in PageKind


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            [
                "<ul>",
                "<li>",
                "</ul>",
                "<a href=x>",
                "甲乙丙丁戊己庚辛",
                "<table>",
                "<tr>",
                "<td>",
                "2024-01-01",
                "</a>",
                "<form>",
                "<input name=q>",
                "<script>",
                "</script>",
                "<!--",
                "-->",
                "当前位置：",
                ">",
                "<select onchange=go()>",
                "<option value=/x>",
                "{{a}}",
                "<div style=display:none>",
                "</div>",
                "<iframe src=x>",
                "\x00",
                "<p class=page>",
                "下一页",
            ]
        ),
        max_size=60,
    )
)
def test_any_mixture_of_markup_is_read(parts: list[str]) -> None:
    read_page("".join(parts).encode(), URL, as_of=dt.date(2024, 11, 18))


def test_a_file_in_a_frame_is_an_attachment_of_its_page() -> None:
    frames = "<iframe src=/files/zn.pdf></iframe><iframe src=/zn/list.html></iframe>"
    page = f"<html><body><h1>公开指南</h1>{frames}</body></html>"
    facts = read_page(
        page.encode(), "http://www.qingshi.gov.cn/zn/", content_type="text/html; charset=utf-8", portal=True
    )
    assert [link.url for link in facts.attachments] == ["http://www.qingshi.gov.cn/files/zn.pdf"]


def test_where_a_page_sends_its_visitor_is_a_link_of_it() -> None:
    stub = '<html><head><meta http-equiv="refresh" content="0;url=/zwgk/tzgg/"></head><body></body></html>'
    facts = read_page(stub.encode(), "http://www.a.gov.cn/zwgk/", content_type="text/html")
    assert [(link.url, link.text, link.via) for link in facts.links] == [
        ("http://www.a.gov.cn/zwgk/tzgg/", "自动跳转", "refresh")
    ]
