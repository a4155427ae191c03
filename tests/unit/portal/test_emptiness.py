"""What fills a column without a list: pictures, drawings, links in the block beside the menu, words that explain."""

from __future__ import annotations

import pytest

from portal.facts import PageFacts
from portal.page import read_page, read_rendered

URL = "http://www.example.gov.cn/zwgk/zxgk/"
MENU = (
    "<div class=left><h3>政务公开</h3><ul><li><a href=./>专项公开</a></li><li><a href=../a/>公开指南</a></li>"
    "{more}</ul></div>"
)


def seen(body: str, *, called: str = "right", heading: str = "<h2>专项公开</h2>", menu: str = "") -> PageFacts:
    """Returns what is read of a column whose own block is called as such blocks are, and hardly holds a word."""
    return read_rendered(
        "<html><head><title>专项公开_示例县人民政府</title></head><body><div class=header><a href=/>首页</a></div>"
        "<div class=main><div class=position>当前位置：<a href=/>首页</a> &gt; <a href=../>政务公开</a> &gt; 专项公开"
        "</div>"
        f"{MENU.format(more=menu)}<div class={called}>{heading}{body}</div></div>"
        "<div class=footer>版权所有：示例县人民政府 网站标识码：6100000001</div></body></html>",
        URL,
        portal=True,
    )


@pytest.mark.parametrize("called", ["right", "list"])
@pytest.mark.parametrize("heading", ["<h2>专项公开</h2>", ""])
@pytest.mark.parametrize(
    "body",
    [
        "<a href=/zt/><img src=/images/W01.jpg width=700></a>",
        "<svg width=900 height=300><text>2024</text></svg>",
        "<audio controls src=/a.mp3></audio>",
        '<div style="height:480px;background:url(/images/ditu.jpg)"></div>',
        "<ul><li><a href=a1.html><img src=/p1.jpg></a></li><li><a href=a2.html><img src=/p2.jpg></a></li></ul>",
    ],
)
def test_a_column_that_shows_a_picture_is_not_empty(body: str, heading: str, called: str) -> None:
    assert not seen(body, heading=heading, called=called).empty_list


def test_short_links_beside_the_menu_are_contents() -> None:
    tiles = "".join(f"<a href=/bm/{n}/>{name}</a>" for n, name in enumerate(["公交", "医院", "学校", "天气", "停车"]))
    assert not seen(tiles).empty_list


def test_a_picture_of_the_menu_fills_nothing() -> None:
    menu = "<li><a href=../b/>公开制度</a></li><li><a href=/zt/><img src=/images/W01.jpg width=200></a></li>"
    assert seen("", menu=menu).empty_list


def test_words_however_deep_in_their_block_are_contents_and_those_of_scripts_are_none() -> None:
    said = "本县行政区域内的专项资金由县财政局统一公开，公众可以到县政务服务中心二楼查询。" * 2
    assert not seen(f"<div><div><div><span>{said}</span></div></div></div>").empty_list
    assert seen(f"<div><noscript><div><span>{said}</span></div></noscript></div>").empty_list


@pytest.mark.parametrize(
    "icon",
    ["<svg width=24></svg>", "<audio src=/read.mp3></audio>", "<svg></svg>", '<i style="background:url(/i.png)"></i>'],
)
def test_an_icon_fills_nothing(icon: str) -> None:
    assert seen(icon).empty_list


def test_words_that_nothing_is_in_force_explain() -> None:
    assert seen("<p>当前无生效预警信号</p>").empty_reason == "当前无生效预警"


@pytest.mark.parametrize(
    "said",
    [
        "财政预决算信息请查看<a href=/cz/>财政信息</a>栏目。",
        "许可和处罚信息统一在“信用中国”公开，<a href=//credit.gov.cn>点击进入</a>。",
        "公共资源交易信息请到<a href=//ggzy.gov.cn>省公共资源交易平台</a>查询",
        "街道无人事任免权限，相关信息请见<a href=//q.gov.cn/rs/>区政府网站“人事信息”栏目</a>。",
    ],
)
def test_words_that_say_where_it_is_instead_explain(said: str) -> None:
    assert seen(f"<p>{said}</p>").empty_reason


@pytest.mark.parametrize(
    "said", ["请浏览其他栏目", "请登录后查看", "请稍后查看", "请在上方输入名称查询", "本栏目暂无内容，请浏览其他栏目。"]
)
def test_words_that_lead_nowhere_explain_nothing(said: str) -> None:
    assert not seen(f"<p>{said}</p>").empty_reason


def test_contents_being_put_in_order_are_under_construction() -> None:
    assert seen("<p>本栏目内容正在整理中</p>").under_construction


PAGER = "<div class=page><script>createPageHTML(1, 0, 'index', 'html');</script></div>"
COVER = "<li><a href=g{0}.html><img src=/g{0}.jpg></a><p><a href=g{0}.html>2024年第{0}期</a></p></li>"


@pytest.mark.parametrize(
    "body",
    [
        f"<ul>{COVER.format(1)}{COVER.format(2)}</ul>",
        "<ul><li><a href=a1.html>关于做好城乡居民基本医疗保险参保缴费工作的通知</a></li></ul>",
    ],
)
def test_items_without_a_day_above_a_pager_fill_a_column(body: str) -> None:
    assert not seen(body + PAGER).empty_list


def test_a_banner_above_a_pager_fills_nothing() -> None:
    assert seen("<a href=/zt/><img src=/images/W01.jpg width=700></a>" + PAGER).empty_list


def test_a_button_to_another_site_is_what_its_column_is() -> None:
    assert not seen("<a href=http://zwfw.example.gov.cn/><img src=/images/btn.png></a>").empty_list
    assert seen("<a href=javascript:print()><img src=/images/btn.png></a>").empty_list


FRAME = (
    "<div class=mid><div class=lm_l><div class=tit>栏目导航</div><p><a href=/zwgk/zxgk/>专项公开</a></p>"
    "<p><a href=/zwgk/a/>公开指南</a></p><p><a href=/zwgk/b/>公开制度</a></p></div><div class=lm_r>{}</div></div>"
)


def test_the_menu_a_page_stands_in_fills_nothing() -> None:
    assert seen(FRAME.format("<div class=lm_t>专项公开</div><p>&nbsp;</p>"), called="wrap").empty_list
    said = "<p>本栏目公开本县财政专项资金的分配、使用和监督检查情况。</p>"
    assert not seen(FRAME.format(said), called="wrap").empty_list


def test_links_below_a_heading_that_leads_to_the_page_itself_are_no_menu() -> None:
    tiles = "".join(f"<li><a href=/bm/{n}/>{name}服务</a></li>" for n, name in enumerate(["公交", "医院", "学校"]))
    assert not seen(f"<h3><a href=./>专项公开</a></h3><ul>{tiles}</ul>", called="wrap", heading="").empty_list


def test_a_small_table_without_links_is_contents() -> None:
    head = "<tr><th>姓名</th><th>职务</th></tr>"
    assert not seen(f"<table>{head}<tr><td>王明</td><td>县长</td></tr></table>", heading="", called="wrap").empty_list
    assert seen(f"<table>{head}</table>", heading="", called="wrap").empty_list


@pytest.mark.parametrize(
    "said",
    [
        "<p>服务热线：12345</p>",
        "<p>电话：0800-1234567</p>",
        "<b>0571-87654321</b>",
        "<p>AQI <b>52</b> 良</p>",
        "<p>水位 12.4米</p>",
    ],
)
def test_a_number_to_call_or_a_measured_value_is_contents(said: str) -> None:
    assert not seen(said, called="con").empty_list
    assert seen("<p>服务热线</p>", called="con").empty_list


@pytest.mark.parametrize(
    "words",
    [
        "该栏目暂无内容，请浏览其他栏目。",
        "对不起，本栏目暂无信息！",
        "此栏目尚未添加内容！",
        "该栏目下没有文章",
        "本栏目没有发布任何信息",
        "该栏目暂无内容，请到其他栏目查看。",
    ],
)
def test_words_that_only_say_there_is_nothing_explain_nothing(words: str) -> None:
    facts = seen(f"<p>{words}</p>")
    assert (facts.empty_list, facts.empty_reason) == (True, "")


@pytest.mark.parametrize(
    "words",
    [
        "因涉及个人隐私，该类信息不予公开。",
        "该事项由市级部门统一实施，县级不再单独公布。",
        "经梳理，本级无政府定价收费项目。",
        "根据机构改革方案，该职能已划转至县数据局。",
        "相关信息请到县数据局栏目查询。",
    ],
)
def test_words_that_say_who_or_what_keeps_a_column_empty_explain_it(words: str) -> None:
    assert seen(f"<p>{words}</p>").empty_reason


@pytest.mark.parametrize("words", ["栏目正在整理中，敬请关注", "Coming soon", "信息正在录入，请耐心等待"])
def test_words_that_something_is_to_come_are_told(words: str) -> None:
    assert seen(f"<p>{words}</p>").under_construction


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ("<video src=/v.mp4 width=640></video>", ("video",)),
        ("<audio controls src=/a.mp3></audio>", ("audio",)),
        ("<canvas width=600 height=300></canvas>", ("chart",)),
        ("<svg width=600 height=300><text>一季度</text></svg>", ("chart",)),
        ("<canvas width=128 height=128></canvas>", ()),
        ("<img src=/images/W01.jpg width=900>", ()),
    ],
)
def test_what_a_column_plays_or_draws_is_told_and_a_picture_may_be_a_banner(body: str, media: tuple[str, ...]) -> None:
    assert seen(body, called="con").media == media


def test_the_list_of_a_column_called_hot_is_no_block_beside_it() -> None:
    rows = "".join(
        f"<li><a href={n}.html>关于第{n}个社会关注问题的回应说明</a><span>2026-11-1{n}</span></li>" for n in range(4)
    )
    source = (
        "<html><head><meta charset=utf-8><title>热点回应-某县人民政府</title></head><body><div class=crumb>当前位置："
        "<a href=/>首页</a> &gt; <a href=/rdhy/>热点回应</a></div><div class=main><div class=t>{}</div>"
        f"<ul>{rows}</ul></div></body></html>"
    )
    own = read_page(source.format("热点回应").encode(), "http://www.example.gov.cn/rdhy/", portal=True)
    assert (len(own.items), own.empty_list) == (4, False)
    beside = read_page(source.format("热点推荐").encode(), "http://www.example.gov.cn/rdhy/", portal=True)
    assert beside.items == ()


def test_a_theme_says_that_it_found_nothing() -> None:
    assert seen("<section><p>似乎我们找不到您想要的内容，试试搜索？</p></section>").empty_list


def test_a_directory_drawn_by_script_leads_to_its_columns() -> None:
    names = ("机构职能", "规章库", "年度报告", "行政许可", "行政处罚")
    tree = "".join(f"<li><a href=/gkmlpt/index#{number}>{name}</a></li>" for number, name in enumerate(names, 41))
    shown = read_rendered(
        f"<html><head><title>政府信息公开目录</title></head><body><div class=header><a href=/>首页</a></div>"
        f"<div class=crumb>当前位置：<a href=/>首页</a> &gt; 法定主动公开内容</div>"
        f"<div id=list><h3>法定主动公开内容</h3><ul>{tree}</ul></div></body></html>",
        "http://www.example.gov.cn/gkmlpt/index#40",
        portal=True,
    )
    assert (shown.empty_list, [crumb.text for crumb in shown.child_columns]) == (False, [*names])
