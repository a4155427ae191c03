"""The site search among the inputs of a page; shapes after field guide 7."""

from __future__ import annotations

import pytest
from lxml.cssselect import CSSSelector

from portal.facts import SearchBox
from portal.html import Document, parse
from portal.searchbox import search_box, selector_of

URL = "http://www.example.gov.cn/index.html"
BODY = (
    "<div class=main><ul>"
    + "<li><a href=a.html>关于召开会议的通知</a><span>2024-01-01</span></li>" * 20
    + "</ul></div>"
)


def page(head: str, body: str = BODY) -> Document:
    """Returns a page with a header and a body."""
    source = f"<html><body><div class=header>{head}</div>{body}</body></html>"
    return parse(source.encode(), URL, "text/html; charset=utf-8")


def box_of(head: str, body: str = BODY) -> SearchBox | None:
    """Returns the search box of a page with this header."""
    return search_box(page(head, body))


SEARCHES = {
    "TRS WAS": "<form id=searchform action='http://1.2.3.4:8083/was5/web/search' method=post><input name=searchword>"
    "<input type=hidden name=channelid value=1><input type=image src=ss.gif></form>",
    "input and script link": "<input id=keyword value='请输入关键字'><a id=j_search_btn href='javascript:;'>搜索</a>",
    "three targets": "<input id=ymssgjc value=''><a onclick='ssgjc1()'>本站</a><a onclick='searchAll()'>站群</a>",
    "cloud host": "<form action='http://zs.example.cn/s' target=_blank><input name=searchWord>"
    "<input name=siteCode type=hidden><input type=submit value=搜索></form>",
    "jsearchfront": "<form action='/jsearchfront/search.do'><input name=q><input type=hidden name=websiteid>"
    "<button>搜</button></form>",
    "short form": "<form action=/so/s><input name=qt><button type=submit>搜本网</button>"
    "<button>一网通查</button></form>",
    "unknown type": "<input type=keywords id=txt_search placeholder=请输入关键字>"
    "<input type=submit onclick='sousuo()'>",
    "phpcms": "<form action='/index.php?m=search&c=index'><input name=q><input type=submit value=搜索></form>",
    "vsb": "<form name=_l_s_m_form action='/ssjg.jsp?wbtreeid=1001' method=post><input type=hidden name=kw>"
    "<input name=kw_temp placeholder=请输入搜索内容><input type=image src=btn_search.png></form>",
    "ASP.NET": "站内搜索：<input name=Head1$txtKey id=Head1_txtKey><input type=submit name=Head1$Button1 value=搜索>",
    "prompt and nothing else": "<div class=q1><input type=text placeholder=搜索 class=q2><span class=q3></span></div>",
    "avalon": "<div role=search><input ms-duplex=key placeholder=请输入搜索内容>"
    "<a class=icon-sousuo href=javascript:;></a></div>",
}


@pytest.mark.parametrize("name", sorted(SEARCHES))
def test_the_search_of_a_page_is_found(name: str) -> None:
    doc = page(SEARCHES[name])
    box = search_box(doc)
    assert box is not None
    found = CSSSelector(box.selector)(doc.tree)
    assert isinstance(found, list)
    assert len(found) == 1


OTHERS = {
    "login": "<form action=login.do><input name=username placeholder=请输入用户名>"
    "<input type=password name=pwd></form>",
    "letter lookup": "<form name=frmQuery method=post><input name=queryCode placeholder=请输入查询码>"
    "<input type=submit value=查询></form>",
    "comment": "<form class=comment><textarea name=content></textarea><input name=yzm>"
    "<input type=submit value=提交></form>",
    "pager jump": "<div class=page>转到<input name=gopage id=gopage>页<input type=button value=GO></div>",
    "service guide": "<form action='http://zwfw.example.cn/jsearchfront/search.do'>"
    "<input name=q value=请输入办事指南关键字></form>",
    "application": "<form id=frmApply method=post>" + "".join(f"<input name=field{n}>" for n in range(8)) + "</form>",
    "dates": "<input name=startDate><input name=endDate><input type=button value=查询>",
    "hidden only": "<input type=hidden name=keyword>",
    "correction": "<form class=feedback><input name=email placeholder=您的邮箱><input type=submit value=纠错></form>",
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_inputs_are_no_site_search(name: str) -> None:
    assert box_of("<a href=/>首页</a>", f"{BODY}<div class=con>{OTHERS[name]}</div>") is None


def test_of_two_inputs_alike_what_stands_around_them_decides() -> None:
    one, other = "<input name=keyword id=one>", "<input name=keyword id=other>"
    found = box_of(f"<div class=tools>{one}</div><div class=search>{other}</div>")
    assert found is not None and found.selector.endswith("#other")


def test_the_header_wins_over_the_search_of_a_column() -> None:
    column = (
        "<div class=dqwz>当前位置：<a href=/>首页</a> &gt; 公告</div>"
        "<form id=formSearch action=list.jsp><input name=columnid "
        "type=hidden value=3><input name=keyword><input type=submit value=搜索></form>"
    )
    box = box_of(SEARCHES["short form"], column + BODY)
    assert box is not None
    assert box.field == "qt"
    assert box_of("", column + BODY) is None


def test_prompt_method_action_and_button() -> None:
    box = box_of(
        "<form action=/s method=POST><input name=q value=请输入关键字><input type=submit id=go value=搜索></form>"
    )
    assert box is not None
    assert (box.method, box.action, box.prompt) == ("post", "http://www.example.gov.cn/s", "请输入关键字")
    assert box.submit == "input#go"


def test_the_shell_of_an_application_is_no_second_box() -> None:
    source = (
        "<html><body><div id=app><header><div><input type=text placeholder=搜索 class=q2></div></header>"
        f"{BODY}</div></body></html>"
    )
    assert search_box(parse(source.encode(), URL, "text/html; charset=utf-8")) is not None


def test_a_hidden_box_is_found_and_said_to_be_hidden() -> None:
    box = box_of(f"<div style='display:none'>{SEARCHES['phpcms']}</div>")
    assert box is not None
    assert not box.visible


@pytest.mark.parametrize(
    "head",
    [
        "<input name=keyword id=k1><input name=keyword id=k2><a onclick='search()'>搜索</a>",
        "<input id=k name=keyword><input id=k name=keyword><a onclick='search()'>搜索</a>",
        "<input><input class='search txt'><a onclick='search()'>搜索</a>",
        "<form><input name='a\"b[0]'></form>",
    ],
)
def test_selectors_match_one_element_each(head: str) -> None:
    doc = page(head)
    for element in doc.tree.iter("input"):
        assert CSSSelector(selector_of(doc, element))(doc.tree) == [element]


def test_a_search_of_its_own_column_is_none_of_the_site() -> None:
    form = "<form id=schform action=/was5/web/search>{}<input name=searchword id=keyword{}><button>搜索</button></form>"
    assert box_of(form.format("", "")) is not None
    assert box_of(form.format("", " placeholder=本栏检索")) is None
    assert box_of(form.format("<label>本栏检索</label>", "")) is None


def test_the_words_of_another_form_are_no_label() -> None:
    letters = "<form action=/subscribe method=post><input type=text name=email><button>订阅</button></form>"
    found = box_of(f"{letters}<form action=/search><input type=text name=keys><button>搜</button></form>")
    assert found is not None
    assert found.field == "keys"
