"""What an item shows when it has no text, and items that show nothing at all."""

from __future__ import annotations

import pytest

from portal.article import Article, read_article
from portal.documents import document_meta
from portal.meta import official_meta
from tests.unit.portal.pages import FOOTER, document

TITLE = "某县2024年度部门预算公开情况的公告"
TEXT = "正文内容在此处，详见下列事项，请认真贯彻执行。"
CRUMB = "<div class=crumb>当前位置：<a href=/>首页</a> &gt; <a href=/a/>通知公告</a></div>"
BYLINE = "<div class=info>发布时间：2024-01-02 10:00 来源：县政府办 浏览次数：<span id=hits></span></div>"


def article(shown: str) -> Article:
    doc = document(
        f"<div class=nav><a href=/>首页</a><a href=/a/>新闻</a></div>{CRUMB}"
        f"<div class=main><h1>{TITLE}</h1>{BYLINE}{shown}</div>{FOOTER}",
        title=f"{TITLE}-某县人民政府",
    )
    return read_article(doc, official_meta(doc), document_meta(doc))


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "<div class=abc><p>&nbsp;</p></div>",
        "<div id=zoom><p>&nbsp;</p></div>",
        "<div id=zoom><p>无</p></div>",
        '<p>分享：<a href="http://service.weibo.com/share/share.php?url=http://a.gov.cn/1.html&title=t">微博</a></p>',
        "<div class=TRS_Editor><style>.TRS_Editor P{line-height:2}</style></div><p>责任编辑：张三</p>",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "",
        "<div>上一篇：<a href=/1.html>某某县召开重点工作推进会议</a></div>",
        "<div>相关新闻<ul><li><a href=/1.html>某某县召开重点工作推进会议</a></li></ul></div>",
        "<div>分享到：<a class=wx></a></div><div>扫一扫在手机打开当前页</div><div>【打印本页】【关闭窗口】</div>",
        "<div style='display:none'>打开微信，点击底部的“发现”，使用“扫一扫”即可将网页分享至朋友圈。</div>",
        "<iframe src=/visit/count.html width=0 height=0></iframe>",
        "<div>版权声明：本网站所有内容未经许可不得转载。</div>",
        "<div>您访问的链接即将离开“某县人民政府门户网站”，是否继续？</div><div>【我为政府网站找错】 监督一下</div>",
    ],
)
def test_what_stands_around_every_item_shows_nothing(shown: str, around: str) -> None:
    assert article(f"{shown}{around}").body_empty


def test_the_line_of_who_and_when_of_drupal_shows_nothing() -> None:
    for when in ("周一, 11/23/2026 - 09:20", "星期一, 23 十一月, 2026 - 09:20"):
        line = (
            f"<div class=node__submitted>由 <span>信息员</span> 于 <time datetime=2026-11-23>{when}</time> 发表</div>"
        )
        assert article(f"{line}<div class=field--name-body><p></p></div>").body_empty


def test_an_empty_item_in_a_table_that_holds_its_breadcrumb_and_counter_too() -> None:
    """As EmpireCMS lays pages out: the cell of the text is all the page, its counter a script of the server."""

    def laid(shown: str) -> Article:
        doc = document(
            "<table><tr><td class=list_content><table class=position><tr><td>现在的位置：<a href=/>首页</a> &gt; "
            f"<a href=/xw/>要闻</a></td></tr></table><table><tr><td><h1>{TITLE}</h1></td></tr><tr><td>"
            "时间：2024-01-02 来源：县融媒 点击：<script src='/e/public/ViewClick/?id=9'></script></td></tr></table>"
            f"<table><tr><td id=text>{shown}</td></tr></table><a href='/e/DoPrint/?id=9'>打印本页</a></td></tr></table>"
            f"{FOOTER}",
            title=f"{TITLE}-某县人民政府",
        )
        return read_article(doc, official_meta(doc), document_meta(doc))

    assert laid("<p>&nbsp;</p>").body_empty
    assert not laid("<p><a href=/zt/>专题</a></p>").body_empty
    assert not laid("<script src=/js/body.js></script>").body_empty


@pytest.mark.parametrize(
    "shown",
    [
        "<div id=zoom><iframe src=/pdf/viewer.html?file=/a/1.pdf></iframe></div>",
        "<div id=zoom></div><iframe src=/pdf/viewer.html?file=/a/1.pdf></iframe>",
        "<div id=zoom></div><object data=/a/1.pdf type=application/pdf></object>",
        "<div id=zoom></div><embed src=/a/1.pdf>",
    ],
)
def test_frames_and_players_show_something_wherever_they_are(shown: str) -> None:
    assert not article(shown).body_empty


@pytest.mark.parametrize(
    "shown",
    [
        "<div style='background:url(/a/long.jpg);height:3000px'></div>",
        "<div id=zoom><div style='background-image:url(/a/long.jpg);height:3000px'></div></div>",
    ],
)
def test_images_in_style_sheets_are_seen(shown: str) -> None:
    assert not article(shown).body_empty


@pytest.mark.parametrize(
    "shown",
    [
        '<div id=zoom></div><div>附件：<a href="javascript:void(0)" onclick="down(3)">预算表.xlsx</a></div>',
        "<div id=zoom></div><div>附件：<a href=/a/1.pdf>预算表</a></div>",
    ],
)
def test_files_beside_an_empty_container_are_what_is_shown(shown: str) -> None:
    assert not article(shown).body_empty


@pytest.mark.parametrize(
    "shown",
    [
        f"<div style='display:none'><p>{TEXT}</p></div>",
        f"<div id=zoom style='display:none'><p>{TEXT}</p></div>",
        f"<div id=zoom></div><div><p>{TEXT}</p></div>",
        "<div class=abc><img src=/a/scan1.jpg width=700></div>",
        "<div class=abc><form action=/x><input name=a></form></div>",
        f"<div id=zoom><textarea readonly>{TEXT}</textarea></div>",
        "<div id=zoom><form action=/x><input name=a><button>提交</button></form></div>",
        "<div id=zoom><a href=https://mp.weixin.qq.com/s/abc>点击查看</a></div>",
        "<div id=zoom></div>"
        "<table><tr><td>序号</td><td>单位名称</td></tr><tr><td>1</td><td>某县人民医院</td></tr></table>",
    ],
)
def test_texts_out_of_sight_or_out_of_place_are_in_doubt_shown(shown: str) -> None:
    assert not article(shown).body_empty


@pytest.mark.parametrize("container", ["id=zoom", "class=txt"])
def test_little_is_not_nothing(container: str) -> None:
    assert not article(f"<div {container}><p>特此公告。</p></div>").body_empty
    link = "<a href=http://www.example.gov.cn/zhengce/1.htm>国务院办公厅关于有关工作的通知</a>"
    assert not article(f"<div {container}><p>{link}</p></div><p>编辑：张三</p>").body_empty


@pytest.mark.parametrize(
    "shown",
    [
        "<div class=entry-content></div><footer>标签：<a href=/tag/a/>农业</a></footer>"
        "<aside><section><h2>最新文章</h2><ul><li><a href=/1.html>某县召开会议</a></li></ul></section>"
        "<section><h2>热门文章归档标签</h2></section></aside>",
        "<table><tr><td>点击：<script src=hits.asp?id=155></script> 次</td></tr><tr><td id=zoom></td></tr></table>",
    ],
)
def test_counters_and_what_stands_aside_show_nothing_of_an_item(shown: str) -> None:
    assert article(shown).body_empty


def test_a_remark_is_its_article_s_own() -> None:
    assert not article("<aside>特此公告，请各单位遵照执行。</aside>").body_empty
    remark = "<aside>请各单位遵照执行，并于年底前报送情况。<a href=/1.html>另见</a></aside>"
    assert not article(f"<article><div id=zoom></div>{remark}</article>").body_empty


@pytest.mark.parametrize("script", ["<script src=/static/detail.js></script>", "<script>draw('zoom')</script>"])
def test_a_script_may_still_write_the_item(script: str) -> None:
    assert not article(f"<div id=zoom>{script}</div>").body_empty
