"""Lists held as data, and the signs of lists drawn by script."""

from __future__ import annotations

import json

import pytest

from portal.html import parse
from portal.islands import Island, is_data, read_island, read_scripting
from portal.page import read_page

URL = "http://www.example.gov.cn/col/col1229/index.html"


def island_of(source: str) -> Island | None:
    """Returns the list held as data in a page."""
    return read_island(parse(source.encode(), URL, "text/html; charset=utf-8"))


RECORDS = "".join(
    f"<record><![CDATA[<li><a href=\"/art/2024/11/{n}/art_1_{n}.html\" title='关于第{n}号文件的通知'>"
    f"关于第{n}号文件的通知</a><span>2024-11-{n:02}</span></li>]]></record>"
    for n in range(1, 6)
)


def test_jpage_island_in_a_script() -> None:
    found = island_of(
        '<html><body><div id="1229"><script type="text/xml"><datastore><totalrecord>383</totalrecord>'
        f"<totalpage>77</totalpage><recordset>{RECORDS}</recordset></datastore></script></div></body></html>"
    )
    assert found is not None
    assert found.form == "jpage"
    assert [item.title for item in found.items] == [f"关于第{n}号文件的通知" for n in range(1, 6)]
    assert str(found.items[4].date) == "2024-11-05"
    assert found.items[0].url == "http://www.example.gov.cn/art/2024/11/1/art_1_1.html"
    assert found.pager is not None
    assert (found.pager.pages, found.pager.items) == (77, 383)


def test_the_answer_of_a_data_proxy_is_read_alone() -> None:
    source = f"<datastore><nextgroup></nextgroup><recordset>{RECORDS}</recordset></datastore>"
    doc = parse(source.encode(), URL, "text/xml; charset=utf-8")
    found = read_island(doc)
    assert is_data(doc)
    assert found is not None
    assert len(found.items) == 5


ARTICLES = [
    {
        "id": n,
        "title": f"<em>关于</em>第{n}号文件的公告",
        "url": f"/content/post_{n}.html",
        "date": 1731600000 + n * 86400,
    }
    for n in range(3)
]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda items: json.dumps({"articles": items, "classify": {"post_count": 44}}),
        lambda items: f"<html><script>var list = {json.dumps(items)};</script></html>",
        lambda items: f'<html><script type="application/json">{json.dumps({"a": {"b": items}})}</script></html>',
    ],
)
def test_a_list_in_json_is_read_however_it_is_wrapped(wrap: object) -> None:
    assert callable(wrap)
    found = island_of(wrap(ARTICLES))
    assert found is not None
    assert [item.title for item in found.items] == [f"关于第{n}号文件的公告" for n in range(3)]
    assert [str(item.date) for item in found.items] == ["2024-11-15", "2024-11-16", "2024-11-17"]


@pytest.mark.parametrize("lengths", [(2, 3), (3, 2)])
def test_of_several_lists_in_json_the_longest_is_the_pages(lengths: tuple[int, int]) -> None:
    first, second = (json.dumps(ARTICLES[:length]) for length in lengths)
    found = island_of(f"<html><script>var top = {first};</script><script>var list = {second};</script></html>")
    assert found is not None
    assert len(found.items) == 3


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE00", "\\ud83d。\\ude00"])
def test_half_a_character_in_json_is_none(half: str) -> None:
    items = json.dumps(ARTICLES).replace('"}', f'{half}"}}').replace('"title": "', f'"title": "{half}\\ud83d\\ude00')
    for source in (items, f"<html><script>var list = {items};</script></html>"):
        found = island_of(source)
        assert found is not None
        assert all(item.title.encode() and "😀" in item.title for item in found.items)


def test_json_that_holds_html() -> None:
    rows = "".join(
        f"<li><a href='/a{n}.html'>关于第{n}号文件的通知</a><span>2024-11-0{n}</span></li>" for n in range(1, 4)
    )
    found = island_of(json.dumps({"success": True, "data": {"html": f"<ul>{rows}</ul>"}}))
    assert found is not None
    assert len(found.items) == 3


def test_menus_held_as_data_are_no_lists() -> None:
    node = {"channelType": "0", "childCount": 0, "releaseTime": 1764058603030}
    menu = [{"name": f"栏目第{n}个", "urls": f'{{"pc": "/col/col{n}/"}}', **node} for n in range(9)]
    articles = [
        {"title": f"《示例办法》第{n}次政策解读", "pubDate": f"2025-07-0{n} 16:59", "urls": f'{{"pc": "/a/{n}.html"}}'}
        for n in range(1, 4)
    ]
    found = island_of(
        f"<html><script>menu({json.dumps({'name': '政务公开', 'children': menu})});</script>"
        f"<script>var data = {{articleList: {json.dumps(articles)}, total: 3}};</script></html>"
    )
    assert found is not None
    assert [item.title for item in found.items] == [f"《示例办法》第{n}次政策解读" for n in range(1, 4)]
    assert found.items[0].url == "http://www.example.gov.cn/a/1.html"


def test_json_that_holds_each_row_as_html() -> None:
    rows = [
        f"<div class='box'><div class='title'><a href='go.do?url=a{n}'>关于<em>示例</em>第{n}号文件的通知</a></div>"
        f"<p>为深入贯彻落实，经研究，现将有关事项通知如下，请认真组织实施</p><span>2022-02-1{n}</span>"
        f"<div class='url'><a href='go.do?url=a{n}'>http://www.example.gov.cn/art/2022/2/1/a{n}.html</a></div></div>"
        for n in range(3)
    ]
    found = island_of(json.dumps({"result": rows, "total": 386}))
    assert found is not None
    assert [item.title for item in found.items] == [f"关于示例第{n}号文件的通知" for n in range(3)]
    assert [str(item.date) for item in found.items] == ["2022-02-10", "2022-02-11", "2022-02-12"]
    assert found.pager is not None
    assert found.pager.items == 386


@pytest.mark.parametrize("inner", ["source", "_source"])
def test_json_hits_of_search_engines_hold_their_documents(inner: str) -> None:
    hits = [{"id": n, inner: ARTICLES[n]} for n in range(3)]
    published = [{**ARTICLES[n], inner: {"name": "示例县人民政府"}} for n in range(3)]
    for results in (hits, published):
        found = island_of(json.dumps({"data": {"total": 3, "results": results}}))
        assert found is not None
        assert [item.title for item in found.items] == [f"关于第{n}号文件的公告" for n in range(3)]


@pytest.mark.parametrize(
    "date", ["20241115", "2024-11-15 08:00:00", 1731628800000, 1731628800, "1731628800000", "/Date(1731628800000)/"]
)
def test_json_dates_of_every_kind_are_days_in_china(date: object) -> None:
    found = island_of(json.dumps([{"title": "关于召开会议的通知", "link": "/a.html", "pubDate": date}]))
    assert found is not None
    assert str(found.items[0].date) == "2024-11-15"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "{",
        "[" * 5000,
        '{"a": [1, 2, 3]}',
        "<html><script>var x = {'not': json};</script></html>",
        "<datastore><recordset></recordset></datastore>",
    ],
)
def test_data_without_a_list_is_none(source: str) -> None:
    assert island_of(source) is None


@pytest.mark.parametrize(
    ("body", "templated", "commented"),
    [
        ("<script type='text/x-handlebars'>{{#each list}}<li>{{title}}</li>{{/each}}</script>", True, 0),
        ("<ul><li ng-repeat='i in list'>{{i.title}}</li></ul>", True, 0),
        ("<ul ms-controller=list><li></li></ul>", True, 0),
        ("<ul><!--" + "<li><a href=x>甲乙丙丁</a></li>" * 20 + "--></ul>", False, 20),
        ("<!--[if lt IE 9]><a href=1><li></li><a href=2><li><a href=3><li><![endif]-->", False, 0),
        ("<ul><li><a href=x>甲</a></li></ul>", False, 0),
    ],
)
def test_signs_of_lists_drawn_by_script(body: str, templated: bool, commented: int) -> None:
    found = read_scripting(parse(f"<html><body>{body}</body></html>".encode(), URL, "text/html; charset=utf-8"))
    assert (found.templated, found.commented) == (templated, commented)
    assert found.likely is (templated or commented > 0)


def test_rows_that_write_their_links_are_a_list_drawn_by_script() -> None:
    row = "<li><script>var to = './t{}.html'; document.write('<a href=' + to + '>' + name + '</a>');</script></li>"
    doc = parse(f"<html><body><ul>{''.join(map(row.format, range(3)))}</ul></body></html>".encode(), URL)
    assert read_scripting(doc).likely
    doc = parse(f"<html><body><ul>{row.format(1)}</ul></body></html>".encode(), URL)  # one writes the trail
    assert not read_scripting(doc).likely


def test_records_without_a_day_are_the_list_of_their_page() -> None:
    records = "".join(
        f"<record><![CDATA[<li><a href=/art/{n}.html>示例县第{n}次工作会议召开</a></li>]]></record>" for n in range(4)
    )
    island = f'<div id=1><script type="text/xml"><datastore><recordset>{records}</recordset></datastore></script></div>'
    facts = read_page(f"<html><title>要闻</title><body>{island}</body></html>".encode(), URL)
    assert (len(facts.items), facts.empty_list) == (4, False)


def test_data_beside_a_page_drawn_on_the_server_is_its_list_only_where_it_is_shown() -> None:
    """seen: Nuxt writes rankings and menus of the whole portal into every page."""
    titles = ("县志资料汇编第一期", "县志资料汇编第二期")
    hot = [{"title": title, "date": "2018-03-01", "url": f"/n/{n}"} for n, title in enumerate(titles)]
    script = f"<script>window.__NUXT__={{hot:{json.dumps(hot)}}}</script>"
    shown = f"<ul><li>{titles[0]}</li><li>县志资料汇编 第二期</li></ul>"
    for mark in ('<div id="__nuxt" data-server-rendered="true">', '<script id="__NEXT_DATA__"></script><div>'):
        assert island_of(f"<html><body>{mark}<h1>政府采购</h1><p>暂无数据</p></div>{script}</body></html>") is None
        found = island_of(f"<html><body>{mark}<h1>政府采购</h1>{shown}</div>{script}</body></html>")
        assert found is not None
        assert [item.title for item in found.items] == list(titles)
    assert island_of(f"<html><body><div id=app></div>{script}</body></html>") is not None, "a script may draw it"
