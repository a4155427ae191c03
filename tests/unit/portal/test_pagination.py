"""How lists go on, in every form of the field guide."""

from __future__ import annotations

import pytest

from portal.facts import Pager
from portal.html import parse
from portal.pagination import numbered_url, read_pager, unnumbered

FOLDER = "http://www.example.gov.cn/zwgk/"


def pager_of(body: str, name: str = "index.html") -> Pager | None:
    """Returns the pager of a page with this body."""
    return read_pager(parse(f"<html><body>{body}</body></html>".encode(), FOLDER + name, "text/html; charset=utf-8"))


def names(pager: Pager | None) -> list[str]:
    """Returns the file names of the following pages."""
    return [url.removeprefix(FOLDER) for url in pager.next_urls] if pager else []


def test_createpagehtml_counting_from_zero() -> None:
    pager = pager_of('<script><!--\ncreatePageHTML(4, 0, "index", "html");\n//--></script>')
    assert pager is not None
    assert (pager.form, pager.pages, pager.items) == ("createPageHTML", 4, None)
    assert names(pager) == ["index_1.html", "index_2.html", "index_3.html"]
    assert names(pager_of('<script>createPageHTML(4, 2, "index", "html")</script>', "index_2.html")) == ["index_3.html"]


def test_createpagehtml_with_a_container_counts_from_one() -> None:
    pager = pager_of("<script>window.onload=function() {createPageHTML('page_div',3, 1,'list','shtml',57);}</script>")
    assert pager is not None
    assert (pager.pages, pager.items) == (3, 57)
    assert names(pager) == ["list_2.shtml", "list_3.shtml"]


def test_a_pager_of_zero_items() -> None:
    pager = pager_of("<script>createPageHTML('page_div',1, 1,'list','shtml',0)</script>")
    assert pager is not None
    assert (pager.items, pager.next_urls) == (0, ())


@pytest.mark.parametrize(
    "code",
    [
        'createPageHTML(1,0,"t20190918_693227","shtml");',
        '//createPageHTML(9, 0, "index", "html");',
        "function createPageHTML(pages, current, name, ext) {}",
        "createPageHTML(pageCount, current, 'index', 'html')",
    ],
)
def test_calls_that_page_through_no_list(code: str) -> None:
    assert pager_of(f"<script>{code}</script>") is None


def test_numbered_links_are_a_pager() -> None:
    pager = pager_of(
        "<div class=page><span>1</span><a href=index_2.html>2</a><a href=index_3.html>3</a>"
        "<a href=index_2.html>下一页</a><a href=index_27.html>尾页</a> 共27页</div>"
    )
    assert pager is not None
    assert (pager.form, pager.pages) == ("links", 27)
    assert names(pager) == ["index_2.html", "index_3.html"]


def test_only_following_pages_are_next() -> None:
    body = (
        "<div class=pages><a href=1.html?page=1>1</a><a href=1.html?page=3>3</a><a href=1.html?page=1>上一页</a></div>"
    )
    assert names(pager_of(body, "1.html?page=2")) == ["1.html?page=3"]


def test_bare_next_link_without_a_named_block() -> None:
    assert names(pager_of("<p><a href=a1.html>上一页</a><a href=a3.html>下一页</a></p>")) == ["a3.html"]


def test_previous_and_next_article_are_no_pager() -> None:
    body = "<div class=page><p>上一篇：<a href=1.html>关于召开春季农业生产工作会议的通知</a></p></div>"
    assert pager_of(body) is None


def test_a_list_to_jump_to_pages_is_a_pager() -> None:
    pager = pager_of(
        "<select onchange='location.href=this.value'><option value=p1.html selected>1</option>"
        "<option value=p2.html>2</option><option value=p3.html>3</option></select>"
    )
    assert pager is not None
    assert pager.form == "select"
    assert names(pager) == ["p2.html", "p3.html"]
    bare = pager_of("<select onchange=go(this)><option>1</option><option>2</option><option value=p3.html>3</option>")
    assert bare is not None
    assert (bare.form, names(bare)) == ("select", ["p3.html"])  # what names no page leads to none


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("<form name=pageForm method=post><input name=currpage type=hidden></form>", "post"),
        (
            "<div class=page><a href='javascript:toPage(2)'>2</a><a href='javascript:toPage(3)'>下一页</a></div>",
            "script",
        ),
        ("<script>var h = decodeURIComponent(atob($('#pages').html()))</script>", "encoded"),
        ("<script>laypage.render({count: 9})</script>", "script"),
        ("<script>var u='/module/web/jpage/dataproxy.jsp?startrecord=1'</script>", "jpage"),
    ],
)
def test_pagers_that_name_no_address(body: str, form: str) -> None:
    pager = pager_of(body)
    assert pager is not None
    assert (pager.form, pager.next_urls) == (form, ())


def test_counts_in_words_tell_pages_and_items() -> None:
    pager = pager_of("<div class=page>共 383 条 第1页/共 20 页 <a href=index_1.html>下一页</a></div>")
    assert pager is not None
    assert (pager.pages, pager.items) == (20, 383)


def test_the_address_of_a_page_is_made_from_that_of_the_first() -> None:
    assert numbered_url(FOLDER + "index.html", "index", "html", 0) == FOLDER + "index.html"
    assert numbered_url(FOLDER, "index", "html", 2) == FOLDER + "index_2.html"


def test_links_with_words_around_the_number() -> None:
    rows = (
        '<nav class="navigation pagination"><a class="page-numbers" href="/tag/page/2">Page 2</a>'
        '<a class="page-numbers" href="/tag/page/9">第9页</a>'
        '<a class="next page-numbers" href="/tag/page/2">Older posts</a></nav>'
    )
    pager = pager_of(rows)
    assert pager is not None
    assert (pager.form, pager.pages) == ("links", 9)
    assert [url.rpartition("/tag")[2] for url in pager.next_urls] == ["/page/2", "/page/9"]
    back = "<div class=pagination><a class=prev href=/tag/page/8>Newer posts</a><a href=/tag/page/1>Page 1</a></div>"
    last = read_pager(parse(back.encode(), "http://www.example.gov.cn/tag/page/9", "text/html"))
    assert last is None or last.next_urls == ()


def test_a_count_in_prose_is_no_pager() -> None:
    assert pager_of("<p>本条例共30条。自公布之日起施行。</p>") is None


@pytest.mark.parametrize(
    ("name", "body", "current"),
    [
        ("index_27.html", '<script>createPageHTML(28, 27, "index", "html")</script>', 28),
        ("list_3.shtml", "<script>createPageHTML('page_div',3, 3,'list','shtml',57)</script>", 3),
        ("list_12.html", '<div class=page><a href="list_12_2.html">2</a><a href="list_12_3.html">3</a></div>', 0),
        ("index_3.html", '<div class=page><a href="index_2.html">2</a><a href="index_4.html">4</a></div>', 3),
        ("index.html", '<div class=page><a href="index_2.html">2</a><a href="index_3.html">3</a></div>', 0),
    ],
)
def test_which_page_it_is_where_the_pager_proves_it(name: str, body: str, current: int) -> None:
    pager = pager_of(body, name)
    assert pager is not None
    assert pager.current == current


def test_a_pager_that_its_script_writes_from_variables() -> None:
    pager = pager_of(
        """<script>var currentPage = 0;//所在页从0开始
        var nextPage = currentPage+1
        var countPage = 4//共多少页
        if(countPage>1&&currentPage!=(countPage-1))
          document.write("<a href=\\"index"+"_" + nextPage + "."+"shtml\\" target=\\"_self\\">下一页</a>");</script>"""
    )
    assert pager is not None
    assert (pager.form, pager.pages, pager.current) == ("script", 4, 1)
    assert names(pager) == ["index_1.shtml", "index_2.shtml", "index_3.shtml"]


def test_an_address_put_together_from_the_number_of_the_page_itself() -> None:
    code = 'var pageCount=9;var currPage=2;s+="<a href=\'list_"+(currPage+1)+".html\'>下一页</a>"'
    assert names(pager_of(f"<script>{code}</script>", "list_2.html"))[:2] == ["list_3.html", "list_4.html"]


def test_pages_put_in_place_by_script_have_a_number_and_no_address() -> None:
    code = 'var maxPageNum = 199; function turn(n){ s += "<a href="+createUrl(n)+">下页</a>&nbsp;总页数:"+maxPageNum }'
    assert pager_of(f"<script>{code}</script>") == Pager("script", 199)


@pytest.mark.parametrize(
    "code",
    [
        'var countPage = 1; document.write("<a>下一页</a>")',
        "var countPage = 4; // 下一页",
        'var countPage = 3; var nextPage = 1; write("<a href=t20240918_69_" + nextPage + ".html>下一页</a>")'.replace(
            "href=t20240918_69_", "href='t20240918_69_"
        ),
    ],
)
def test_variables_that_turn_no_list(code: str) -> None:
    assert pager_of(f"<script>{code}</script>") is None


def test_the_last_page_of_pagers_that_count_from_zero() -> None:
    links = "<a href=index_1.html>2</a><a href=index_2.html>3</a><a href=index_9.html>下5页</a>"
    pager = pager_of(f"<div class=pager><span>1</span>{links}<a href=index_25.html>尾页</a></div>")
    assert pager is not None
    assert pager.pages == 26


def test_pages_asp_net_turns_by_posting() -> None:
    turn = "<a href=\"javascript:__doPostBack('ctl0$List','{}')\">{}</a>"
    table = "".join(f"<td>{turn.format(f'Page${n}', text)}</td>" for n, text in ((2, "2"), (3, "3"), (11, "...")))
    assert pager_of(f"<form><table><tr><td><span>1</span></td>{table}</tr></table></form>") == Pager("post", 11)
    links = f"<span>1</span>{turn.format(2, 2)}{turn.format(3, 3)}{turn.format(2, '下一页')}{turn.format(27, '尾页')}"
    assert pager_of(f"<form><div id=AspNetPager1>{links}</div></form>") == Pager("script", 27)
    assert pager_of("<form><a href=\"javascript:__doPostBack('ctl0$Download','')\">下载</a></form>") is None


def test_a_pager_set_up_with_its_items_and_the_rows_of_a_page() -> None:
    code = "$('.pages').pagination({ totalData: 34, showData: 15, callback: turn });"
    assert pager_of(f"<script>{code}</script>") == Pager("script", 3, 34)
    assert pager_of("<script>$('.pages').pagination({ callback: turn });</script>") == Pager("script")


def test_counts_in_pieces_of_a_webplus_pager() -> None:
    counts = "<span>每页 <em>14</em> 记录</span><span>总共 <em>353</em> 记录</span>"
    turn = "<a class=next href=list2.htm>下一页&gt;&gt;</a><span>页码 <em>1</em>/<em>26</em></span>"
    pager = pager_of(f"<div class=wp_paging>{counts}{turn}</div>", "list.htm")
    assert pager == Pager("links", 26, 353, (FOLDER + "list2.htm",))


def test_the_items_behind_the_pages_of_a_dedecms_pager() -> None:
    turn = "<li>1</li><li><a href=list_12_2.html>2</a></li><li><a href=list_12_2.html>下一页</a></li>"
    counts = "<li>共 <strong>7</strong>页<strong>68</strong>条</li>"
    pager = pager_of(f"<ul class=pagelist>{turn}{counts}</ul>", "list_12_1.html")
    assert pager is not None
    assert (pager.pages, pager.items) == (7, 68)


def test_more_ways_to_say_how_many_pages() -> None:
    assert pager_of("<script>laypage.render({elem: 'p', count: 386, limit: 15})</script>") == Pager("script", 26, 386)
    assert pager_of("<script>laypage.render({elem: 'p', count: 0, limit: 15})</script>") == Pager("script")  # not yet
    asked = "<a tagname='/ui?p=2' href='javascript:;'>下一页</a><span>1 / 44</span><b>共 871条记录</b>"
    pager = pager_of(f"<div class=easysite-page-wrap>{asked}</div>")
    assert pager is not None
    assert (pager.pages, pager.items) == (44, 871)
    drawn = "每页 <input value=15> 条记录 总共 <b>340</b> 条记录 <a>下一页</a> 第 <input value=1> / <b>23</b> 页"
    pager = pager_of(f"<table class=default_pgContainer><tr><td>{drawn}</td></tr></table>")
    assert pager is not None
    assert (pager.pages, pager.items) == (23, 340)
    pager = pager_of("<div class=pager>总记录数:386,每页显示15条,当前页: 1/26 <a href=index_1.html>[下页]</a></div>")
    assert pager is not None
    assert (pager.pages, pager.items) == (26, 386)


def test_links_that_carry_the_address_of_their_page_as_a_name() -> None:
    turn = (
        "<a tagname='[HOMEPAGE]'>首页</a><a tagname='/tfs/144957/21892-2.html'>下一页</a>"
        "<a tagname='/tfs/144957/21892-6.html'>尾页</a>"
    )
    pager = pager_of(f"<table><tr><td>{turn}</td></tr></table>")
    assert pager is not None
    assert (pager.pages, [url.rpartition("/")[2] for url in pager.next_urls]) == (6, ["21892-2.html"])


def test_the_last_page_counts_from_nought_where_the_second_is_called_1() -> None:
    turn = "<a href=index.html>首页</a> <a href=index_1.html>下一页</a> <a href=index_1.html>尾页</a>"
    pager = pager_of(f"<p>共计 <font>2</font> 页 {turn}</p>", "index.html")
    assert pager is not None
    assert pager.pages == 2


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("http://a.cn/x/8_2.html", "http://a.cn/x/8.html"),
        ("http://a.cn/x/8.html", "http://a.cn/x/8.html"),
        ("http://a.cn/x?id=8&page=2", "http://a.cn/x?id=8"),
        ("http://a.cn/x?page=2", "http://a.cn/x"),
        ("http://a.cn/x/page/3/", "http://a.cn/x/"),
        ("http://a.cn/t20261120_1234567.html", "http://a.cn/t20261120_1234567.html"),
    ],
)
def test_an_address_without_its_page_number(url: str, first: str) -> None:
    assert unnumbered(url) == first
