"""Borders of a page that no class name draws: its menu, its footer, its own contents beside a menu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from portal.breadcrumb import read_breadcrumb
from portal.facts import Region
from portal.html import parse
from portal.nesting import Markup
from portal.regions import layout

LINKS = "".join(f'<a href="/c{n}/">栏目{n}</a>' for n in range(6))
PROSE = "<p>" + "县政府召开常务会议，研究部署近期重点工作。" * 6 + "</p>"
CRUMB = '<p>当前位置：<a href="/">首页</a> &gt; <a href="/a/">政务公开</a> &gt; 数据开放</p>'
MENU = f"<div class=left><h3>政务公开</h3>{LINKS}</div>"


def _regions(body: str) -> dict[str, Region]:
    """Returns the region of every element with an id."""
    doc = parse(f"<html><body>{body}</body></html>".encode(), "http://www.a.gov.cn/x.html", "text/html; charset=utf-8")
    page = layout(doc)
    return {element.get("id", ""): page.place(element).region for element in doc.tree.iter(etree.Element)}


def test_a_menu_with_a_way_home_ends_the_head_of_a_page() -> None:
    head = f'<div id=top>某县人民政府</div><ul id=row><li><a href="/">首页</a></li><li>{LINKS}</li></ul>'
    found = _regions(f"{head}<div id=text>{PROSE}</div>")
    assert (found["top"], found["row"], found["text"]) == (Region.HEADER, Region.HEADER, Region.BODY)


def test_links_without_a_way_home_are_no_menu_of_the_site() -> None:
    found = _regions(f"<ul id=list><li>{LINKS}</li></ul><div id=text>{PROSE}</div>")
    assert found["list"] is Region.BODY


def test_a_way_home_below_the_text_draws_no_border() -> None:
    found = _regions(f'<div id=text>{PROSE}</div><div id=links><a href="/">首页</a>{LINKS}</div>')
    assert found["text"] is Region.BODY


def test_a_footer_begins_with_its_first_line() -> None:
    foot = (
        "<select><option>友情链接</option></select><p id=who>主办：某县人民政府办公室</p><p>网站标识码：6109250001</p>"
    )
    found = _regions(f"<h1>标题</h1><div id=text>{PROSE}</div><div id=foot>{foot}</div>")
    assert (found["foot"], found["who"], found["text"]) == (Region.FOOTER, Region.FOOTER, Region.BODY)


def test_what_is_no_line_of_a_footer_stays_in_the_body() -> None:
    found = _regions(
        f"<h1>标题</h1><div id=all>{PROSE}<p id=last>特此公告。</p><p id=foot>网站标识码：6109250001</p></div>"
    )
    assert (found["last"], found["foot"]) == (Region.BODY, Region.FOOTER)


def test_a_block_called_right_with_the_pages_own_heading_is_its_body() -> None:
    found = _regions(
        f"{LINKS * 4}{CRUMB}{MENU}<div id=own class=right><h3>数据开放</h3><p>栏目建设中，敬请期待！</p></div>"
    )
    assert found["own"] is Region.BODY


def test_a_menu_headed_by_its_column_stays_beside() -> None:
    crumb = '<p>当前位置：<a href="/">首页</a> &gt; 政务公开</p>'
    found = _regions(f"{crumb}{MENU.replace('<div', '<div id=menu')}<div id=text>{PROSE * 3}</div>")
    assert found["menu"] is Region.SIDEBAR


def test_the_label_of_a_breadcrumb_is_no_step() -> None:
    steps = "<li>您当前所在位置：</li><li><a href=/>首页</a></li><li><a href=/a/>政务公开</a></li>"
    body = f"<body><ol class=breadcrumb>{steps}</ol><ul><li><a href=/1.html>通知</a></li></ul></body>"
    doc = parse(body.encode(), "http://www.a.gov.cn/a/", "text/html; charset=utf-8")
    assert [step.text for step in read_breadcrumb(doc)] == ["首页", "政务公开"]


def test_a_plain_breadcrumb_ends_before_the_list() -> None:
    rows = "".join(f'<li><a href="/a/{n}.html">第{n}批项目申报通知</a></li>' for n in range(5))
    text = f"<div><p id=place>现在位置：首页 - 通知公告</p><h3>通知公告</h3><ul id=list>{rows}</ul></div>"
    doc = parse(f"<html><body>{text}</body></html>".encode(), "http://www.a.gov.cn/", "text/html; charset=utf-8")
    assert [step.text for step in read_breadcrumb(doc)] == ["首页", "通知公告"]


def test_a_trail_in_one_of_several_excerpts_is_not_the_pages() -> None:
    excerpts = f"<article><h2>一</h2>{CRUMB}</article><article><h2>二</h2><p>正文</p></article>"
    page = parse(f"<html><body>{excerpts}</body></html>".encode(), "http://www.a.gov.cn/zwgk/", "text/html")
    assert read_breadcrumb(page) == ()
    alone = parse(f"<html><body><article>{CRUMB}{PROSE}</article></body></html>".encode(), "http://www.a.gov.cn/", "")
    assert read_breadcrumb(alone)[-1].text == "数据开放"


@pytest.mark.parametrize(
    "row",
    ['<p>当前位置：</p><a href="/">首页</a>', '<a href="/">首页</a>', '<div class=crumb><a href="/x">一</a></div>'],
)
def test_a_page_full_of_labels_is_not_gone_through_once_for_each(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    text = Markup.text

    def counted(self: Markup, index: int) -> str:
        read.append(self.ends[index] - self.begins[index] + 1)
        return text(self, index)

    monkeypatch.setattr(Markup, "text", counted)
    body = f"<div>{PROSE}{row * 500}</div>"
    _regions(body)
    assert 0 < sum(read) < 4 * body.count("<")


def test_what_is_hidden_stands_where_it_is_and_is_not_visible() -> None:
    inner = "<div id=out><p id=in>甲</p><div id=right class=right>乙</div></div>"
    doc = parse(
        f"<html><body>{PROSE}<div style='display:none'>{inner}</div>{PROSE}</body></html>".encode(), "http://a/"
    )
    page = layout(doc)
    places = {element.get("id"): page.place(element) for element in doc.tree.iter() if element.get("id")}
    assert {(place.region, place.visible) for place in places.values()} == {
        (Region.BODY, False),
        (Region.SIDEBAR, False),
    }
    assert [page.order(element) for element in page.places] == list(range(page.size))


def test_what_a_family_shows_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that hides 2,000 lists takes as many steps, not as many for each of them."""
    steps: list[int] = []
    children = Markup.children

    def counted(self: Markup, index: int) -> Iterator[int]:
        for child in children(self, index):
            steps.append(child)
            yield child

    monkeypatch.setattr(Markup, "children", counted)
    lists = "".join(f"<ul style='display:none' class=c{n}><li>{n}</ul>" for n in range(2000))
    doc = parse(f"<html><body><table><td>{lists}</td></table></body></html>".encode(), "http://a/")
    assert not any(layout(doc).place(each).visible for each in doc.tree.iter("ul"))
    assert len(steps) == 2000


def test_the_header_of_an_article_is_no_header_of_the_page() -> None:
    found = _regions(
        f"<header id=top>某县</header><main id=main><header id=own>题</header>{PROSE}"
        f"<article><section><header id=inner>题</header></section>{PROSE}</article></main><footer id=end>某县</footer>"
    )
    assert [found[name] for name in ("top", "own", "inner", "end")] == [
        Region.HEADER,
        Region.BODY,
        Region.BODY,
        Region.FOOTER,
    ]


def test_what_a_menu_puts_to_its_right_is_still_the_menu() -> None:
    head = "<div class=head><img src=logo.png></div>" + "<p></p>" * 20
    menu = f'<nav class=navbar><ul id=menu class="nav navbar-right"><li>{LINKS}</li></ul></nav>'
    assert _regions(f"{head}{menu}<div id=text>{PROSE}</div>")["menu"] is Region.NAV


def test_classes_that_set_a_distance_say_nothing_of_the_place() -> None:
    card = "<div id=card{0} class='list_div {1}'><a href=/a{0}.html>关于发布第{0}期材料综合价格的通知</a></div>"
    for name in ("mar-top2", "margin-top-10", "padding_left20", "borderTop"):
        cards = "".join(card.format(n, name) for n in range(4))
        found = _regions(f"<div id=first class=site-top><a href=/>首页</a></div><div>{cards}</div>{PROSE * 9}")
        assert {found[f"card{n}"] for n in range(4)} == {Region.BODY}
        assert found["first"] is Region.HEADER


def test_a_nav_that_lists_titles_is_no_menu() -> None:
    top = "<div class=head><img src=logo.png></div>" + "<p></p>" * 20
    titles = "".join(f"<li><a href={n}.html>关于做好第{n}季度有关工作的通知</a></li>" for n in range(4))
    columns = "".join(f"<li><a href={n}/>第{n}类栏目</a></li>" for n in range(4))
    found = _regions(f"{top}<nav id=news><ul>{titles}</ul></nav><nav id=menu><ul>{columns}</ul></nav>{PROSE}")
    assert (found["news"], found["menu"]) == (Region.BODY, Region.NAV)


def test_trails_of_traditional_and_foreign_editions() -> None:
    for label, home, here in (
        ("當前位置：", "首頁", "通知公告"),
        ("You are here: ", "Home", "Notices"),
        ("", "Home", "News"),
    ):
        trail = f"<div>{label}<a href=/>{home}</a> &gt; <a href=/a/>A</a> &gt; {here}</div>"
        doc = parse(
            f"<html><body>{trail}{PROSE}</body></html>".encode(), "http://a.gov.cn/a/b/", "text/html; charset=utf-8"
        )
        assert read_breadcrumb(doc)[-1].text == here


@pytest.mark.parametrize("row", ["div class=card", "li"])
def test_heads_of_rows_are_not_the_head_of_the_page(row: str) -> None:
    head = "<div class=header id=head>某县人民政府</div>"
    cards = "".join(
        f"<{row}><div class=hd id=t{n}><a href=/{n}>关于第{n}次会议的通知</a></div><p>{PROSE}</p></{row.split()[0]}>"
        for n in range(3)
    )
    found = _regions(f"{head}<div class=list>{cards}</div>{PROSE * 4}")
    assert [found[name] for name in ("head", "t0", "t1", "t2")] == [Region.HEADER, *[Region.BODY] * 3]
