"""Result pages of site searches, static and as rendered."""

from __future__ import annotations

import pytest

from portal.html import Document, parse
from portal.results import read_results, speaks_of_search, unwrapped

URL = "http://so.example.gov.cn/s?q=%E5%85%AC%E5%91%8A"
TITLES = ["关于<em>公开</em>征求供水管理办法意见的公告", "示例县<em>公开</em>招聘教师公告", "政府信息<em>公开</em>指南"]
PLAIN = ["关于公开征求供水管理办法意见的公告", "示例县公开招聘教师公告", "政府信息公开指南"]
SUMMARY = "为进一步规范相关工作，现将有关事项公告如下，请社会各界监督，并提出宝贵意见和建议。"
TABS = "<ul class=tabs><li>全部</li><li>政策文件</li><li>新闻动态</li><li>办事服务</li></ul>"


def page(body: str, total: str = "共找到 <b>1,549</b> 条结果", title: str = "搜索结果") -> Document:
    """Returns a result page."""
    source = f"<html><head><title>{title}</title></head><body><div class=bar>{total}</div>{body}</body></html>"
    return parse(source.encode(), URL, "text/html; charset=utf-8")


LAYOUTS = {
    "rows with heading and summary": "".join(
        f"<div class=r><h3><a href=http://www.example.gov.cn/a{n}.html>{title}</a></h3><p>{SUMMARY}</p>"
        f"<span>2024-0{n + 1}-01</span></div>"
        for n, title in enumerate(TITLES)
    ),
    "list": "<ul>"
    + "".join(
        f"<li><a href=http://www.example.gov.cn/a{n}.html>{title}</a><div>{SUMMARY}</div><i>2024-0{n + 1}-01</i></li>"
        for n, title in enumerate(TITLES)
    )
    + "</ul>",
    "a list for every result": "".join(
        f"<ul class=list><li class=tit><a href=http://www.example.gov.cn/a{n}.html>{title}</a></li><li>{SUMMARY}"
        f"<a href=x>[查看全文]</a></li><li>发布时间：2024-0{n + 1}-01</li></ul>"
        for n, title in enumerate(TITLES)
    ),
    "address and day on one line": "".join(
        f"<div class=item><h4><a href=http://www.example.gov.cn/a{n}.html>{title}</a></h4><p>{SUMMARY}</p>"
        f"<p>http://www.example.gov.cn/zwgk/tzgg/202401/a{n}.html\u30002024-0{n + 1}-01</p></div>"
        for n, title in enumerate(TITLES)
    ),
    "table": "<table>"
    + "".join(
        f"<tr><td><a href=http://www.example.gov.cn/a{n}.html>{title}</a></td><td>2024-0{n + 1}-01</td></tr>"
        for n, title in enumerate(TITLES)
    )
    + "</table>",
}


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_hits_of_every_layout(layout: str) -> None:
    hot = "<div class=right><h4>热门搜索</h4><ul>" + "<li><a href=/s?q=x>医保</a></li>" * 8 + "</ul></div>"
    found = read_results(page(TABS + LAYOUTS[layout] + hot))
    assert [hit.title for hit in found.hits] == PLAIN
    assert [str(hit.date) for hit in found.hits] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert found.hits[0].url == "http://www.example.gov.cn/a0.html"
    assert found.total == 1549
    assert found.tabs == ("全部", "政策文件", "新闻动态", "办事服务")


def test_one_result_is_a_result() -> None:
    body = f"<div class=res><h3><a href=http://www.example.gov.cn/a.html>{TITLES[0]}</a></h3><p>{SUMMARY}</p></div>"
    found = read_results(page(body, "共找到1条结果"))
    assert [hit.title for hit in found.hits] == PLAIN[:1]


@pytest.mark.parametrize(("total", "kept"), [("共找到1条相关结果", 1), ("", 0)])
def test_a_plain_row_alone_is_a_result_where_the_page_says_there_is_one(total: str, kept: int) -> None:
    classes = "<div class=c><a href='?t=1'>政策文件</a><a href='?t=2'>新闻动态</a><a href='?t=3'>办事服务</a></div>"
    row = "<ul><li><a href=/a.html>街道推进夜间经济</a> 2024-01-01</li></ul>"
    robot = '<div class=robot><a href="javascript:void(0)">智能问答</a></div>'
    body = f"<div class=content>{classes}<p>{total}</p>{row}</div>{robot}"
    assert len(read_results(page(body, "")).hits) == kept


@pytest.mark.parametrize("words", ["抱歉，没有找到相关结果", "为您找到 0 条结果"])
def test_nothing_found_is_said(words: str) -> None:
    found = read_results(
        page("<ul class=hot><li><a href=/x>医疗保险</a></li><li><a href=/y>住房公积金</a></li></ul>", words)
    )
    assert found.none
    assert found.hits == ()


def test_counting_redirects_are_unwrapped() -> None:
    target = "http://www.example.gov.cn/a.html"
    assert unwrapped("http://so.example.cn/visit/link.do?url=http%3A%2F%2Fwww.example.gov.cn%2Fa.html&q=x") == target
    assert unwrapped(target) == target
    assert (
        unwrapped("http://so.example.cn/login?from=http%3A%2F%2Fb.cn")
        == "http://so.example.cn/login?from=http%3A%2F%2Fb.cn"
    )


def test_signs_of_a_result_page() -> None:
    assert speaks_of_search(page(""), "搜索结果")
    column = parse(
        "<html><body>通知公告</body></html>".encode(), "http://www.example.gov.cn/tzgg/", "text/html; charset=utf-8"
    )
    assert not speaks_of_search(column, "通知公告_示例县人民政府")


@pytest.mark.parametrize(
    "links",
    [
        "<a href=#zc>政策文件</a> <a href=#xw>新闻动态</a>",
        "<a href='javascript:;' onclick='f(1)'>政策文件</a><a href='javascript:;' onclick='f(2)'>新闻动态</a>",
        "<a href='/s?q=x&amp;t=1'>政策文件</a><a href='/news?q=x'>新闻动态</a><a href='/'>返回首页</a>",
        "<a href='/s'>政策文件</a><a href='http://zck.example.gov.cn/list?word=x'>新闻动态</a>",
        "<select name=cls><option value=1>政策文件</option><option value=2>新闻动态</option></select>",
    ],
)
@pytest.mark.parametrize("name", ["tabs", "nav"])
def test_classes_narrow_the_same_search(links: str, name: str) -> None:
    assert read_results(page(f"<div class={name}>{links}</div>")).tabs == ("政策文件", "新闻动态")


def test_entries_of_a_menu_are_no_classes() -> None:
    menu = "<div><a href=/zcwj/>政策文件</a><a href=/xwdt/>新闻动态</a><a href=/bsfw/>办事服务</a></div>"
    assert read_results(page(menu + LAYOUTS["list"])).tabs == ()
    numbered = "<div><a href=/list.asp?cid=1>政策文件</a><a href=/list.asp?cid=2>新闻动态</a></div>"
    assert read_results(page(numbered + LAYOUTS["list"])).tabs == ()


def test_a_select_of_other_sites_is_no_class() -> None:
    sites = "".join(f"<option value=http://www.a{n}.gov.cn/>{n}政务服务网</option>" for n in "甲乙丙")
    assert read_results(page(f"<select>{sites}</select>{LAYOUTS['list']}")).tabs == ()


def test_latest_news_beside_the_results_are_no_results() -> None:
    asked = "万山县召开重点项目推进会"
    news = "".join(f"<li><a href=/n{n}.html>全省深化教育督导改革第{n}次会议召开</a></li>" for n in range(9))
    form = f'<form><input type=search name=s value="{asked}"></form>'
    aside = f"<aside>{form}<ul>{news}</ul></aside>"
    hit = f"<main><article><header><h2><a href=/39.html>{asked}</a></h2></header></article></main>"

    def hits(body: str) -> list[str]:
        source = f"<html><head><title>搜索结果</title></head><body>{body}{aside}</body></html>"
        doc = parse(source.encode(), f"http://www.example.gov.cn/?s={asked}", "text/html; charset=utf-8")
        assert speaks_of_search(doc, "搜索结果")
        return [found.title for found in read_results(doc).hits]

    assert hits(hit) == [asked]
    assert hits("<main><p>Sorry, but nothing matched your search terms.</p></main>") == []


def test_cards_without_links_are_results() -> None:
    cards = "".join(
        f"<div class=card><div class=card-title>{title}</div><div>{SUMMARY}</div><i>2024-0{n + 1}-01</i></div>"
        for n, title in enumerate(TITLES)
    )
    found = read_results(page(TABS + cards, ""))
    assert [(hit.title, hit.url, str(hit.date)) for hit in found.hits] == [
        (title, "", f"2024-0{n + 1}-01") for n, title in enumerate(PLAIN)
    ]


def test_cards_of_another_kind_beside_the_results_are_none() -> None:
    def cards(kind: str, titles: list[str]) -> str:
        return "".join(
            f"<div class={kind}><div class=card-title>{title}</div><div>{SUMMARY}</div></div>" for title in titles
        )

    recommended = cards("recommend", ["全县教育工作会议召开", "县长调研供水工作"])
    found = read_results(page(TABS + cards("card", PLAIN) + recommended, ""))
    assert [hit.title for hit in found.hits] == PLAIN


def test_a_heading_that_repeats_the_question_is_no_result() -> None:
    tips = (
        f"<div class=card><h2 class=title>{PLAIN[0]}</h2><p>建议：请检查输入是否正确；尝试其他词语；{SUMMARY}</p></div>"
    )
    assert read_results(page(tips, "")).hits == ()


def test_titles_whose_link_says_details_are_whole() -> None:
    rows = "".join(
        f"<div class=it><h4>{title}</h4><p>{SUMMARY}</p><p>2024-0{n + 1}-01 <a href=/d?id={n}>查看详情</a></p></div>"
        for n, title in enumerate(TITLES)
    )
    assert [hit.title for hit in read_results(page(rows)).hits] == PLAIN


def test_what_the_browser_does_not_lay_out_is_no_result() -> None:
    rows = "".join(
        f"<li><a href=/a{n}.html{' data-mingcha-unseen' if n == 1 else ''}>{title}</a><div>{SUMMARY}</div></li>"
        for n, title in enumerate(TITLES)
    )
    assert [hit.title for hit in read_results(page(f"<ul>{rows}</ul>")).hits] == [PLAIN[0], PLAIN[2]]


@pytest.mark.parametrize(("heading", "kept"), [("热门推荐", 0), ("相关结果", 3), ("相关度 时间", 3), ("相关政策", 3)])
def test_recommended_items_are_no_results(heading: str, kept: int) -> None:
    rows = "".join(f"<li><a href=/a{n}.html>{title}</a></li>" for n, title in enumerate(PLAIN))
    assert len(read_results(page(f"<h3>{heading}</h3><ul>{rows}</ul>", "")).hits) == kept


def test_results_class_by_class_are_all_results_and_classified() -> None:
    def group(name: str, titles: list[str]) -> str:
        rows = "".join(f"<li><a href=/{title}.html>{title}</a><i>2024-01-01</i></li>" for title in titles)
        return f"<div class=grp><h3>{name}<a href=/s?q=x&t=1>更多</a></h3><ul>{rows}</ul></div>"

    found = read_results(page(group("政策文件", PLAIN[:1]) + group("新闻动态", PLAIN[1:]), "“公开”的搜索结果"))
    assert [hit.title for hit in found.hits] == PLAIN
    assert found.tabs == ("政策文件", "新闻动态")


def test_results_one_below_the_other_are_no_classes() -> None:
    assert read_results(page(LAYOUTS["rows with heading and summary"])).tabs == ()
    assert read_results(page(LAYOUTS["a list for every result"])).tabs == ()


def test_blocks_alike_without_names_that_tell_are_results() -> None:
    rows = "".join(
        f"<div class=a3f><div class=b1x>{title}</div><div class=c9z>{SUMMARY}</div><i>2024-0{n + 1}-01</i></div>"
        for n, title in enumerate(TITLES)
    )
    assert [hit.title for hit in read_results(page(TABS + rows, "")).hits] == PLAIN


def test_links_that_are_summaries_have_the_title_before_them() -> None:
    rows = "".join(
        f"<div class=r><b>{title}</b><div><a href=/go?i={n}>{SUMMARY}{SUMMARY}</a></div></div>"
        for n, title in enumerate(PLAIN)
    )
    assert [hit.title for hit in read_results(page(rows)).hits] == PLAIN


@pytest.mark.parametrize(
    "card",
    [
        "<figure><a href=/go?i={}><img src=/p.jpg></a><figcaption>{}</figcaption><time>2024-0{}-01</time></figure>",
        "<div class=m><p><a href=/go?i={}><img src=/p.jpg></a></p><div><div>{}</div>"
        f"<p>{SUMMARY}</p><p>2024-0{{}}-01</p></div></div>",
    ],
)
def test_pictures_with_the_title_below_them(card: str) -> None:
    cards = "".join(card.format(n, title, n + 1) for n, title in enumerate(PLAIN))
    found = read_results(page(TABS + cards)).hits
    assert [(hit.title, hit.url, hit.date and hit.date.month) for hit in found] == [
        (title, f"http://so.example.gov.cn/go?i={n}", n + 1) for n, title in enumerate(PLAIN)
    ]


@pytest.mark.parametrize(
    "again",
    [
        "仍然搜索：<a href='javascript:so()'>示例县公办幼儿园招生公告</a>",
        "<span>您要找的是不是：</span><a onclick=so()>示例县公办幼儿园招生公告</a>",
        "<h4>搜索历史</h4><ul><li><a>医保缴费标准查询</a></li><li><a>示例县公办幼儿园招生公告</a></li></ul>",
        "您是不是要找：<a href='/x'>示例县公办幼儿园招生公告</a>",
        "<p><a href='/s2/index.html?exact=1&keyword=示例县公办幼儿园招生公告'>示例县公办幼儿园招生公告</a></p>",
        "<p><a href='/s?f=1&q=示例县公办幼儿园招生公告'>示例县公办幼儿园招生公告</a></p>",
    ],
)
def test_links_that_ask_again_are_no_results(again: str) -> None:
    found = read_results(page(f"<div>{again}</div>{LAYOUTS['rows with heading and summary']}"))
    assert [hit.title for hit in found.hits] == PLAIN


def test_the_button_for_more_is_no_result() -> None:
    cards = "".join(
        f"<section><h2><div onclick=go({n})>{title}</div></h2><div>{SUMMARY}</div></section>"
        for n, title in enumerate(PLAIN)
    )
    found = read_results(page(f"{cards}<div class=more><a href='javascript:;'>加载更多</a></div>", total=""))
    assert [hit.title for hit in found.hits] == PLAIN


def test_a_count_of_nothing_from_before_the_results_came() -> None:
    found = read_results(page(LAYOUTS["list"], total="共找到 <b>0</b> 条结果</div><div>为您找到相关结果约 <b>3</b> 条"))
    assert (found.total, len(found.hits)) == (3, 3)


def test_classes_as_panels_that_unfold() -> None:
    def panel(name: str, at: int) -> str:
        rows = "".join(f"<li><a href=/go?i={at}{n}>{title}</a></li>" for n, title in enumerate(PLAIN))
        return f"<details open><summary>{name} <span>3</span></summary><ul>{rows}</ul></details>"

    found = read_results(page(panel("政府文件", 1) + panel("政务动态", 2), total=""))
    assert (found.tabs, len(found.hits)) == (("政府文件", "政务动态"), 6)


def test_links_that_carry_the_question_and_lead_to_a_document_are_results() -> None:
    rows = "".join(
        f"<li><a href='/jsearch/link.do?url=http%3A%2F%2Fwww.example.gov.cn%2F{n}.html&q={title}'>{title}</a></li>"
        for n, title in enumerate(PLAIN)
    )
    assert [hit.url for hit in read_results(page(f"<ul>{rows}</ul>")).hits] == [
        f"http://www.example.gov.cn/{n}.html" for n in range(3)
    ]


def test_classes_in_columns_with_classes_of_their_own_are_all_results() -> None:
    def column(name: str, css: str, titles: list[str]) -> str:
        rows = "".join(f"<li><a href=/{title}.html>{title}</a><i>2024-01-01</i></li>" for title in titles)
        return f"<div class={css}><h3>{name}</h3><ul>{rows}</ul></div>"

    found = read_results(page(f"<div>{column('新闻动态', 'lt', PLAIN[:2])}{column('政策文件', 'rt', PLAIN[2:])}</div>"))
    assert {hit.title for hit in found.hits} == set(PLAIN)


@pytest.mark.parametrize(("beside", "own"), [("最新公开", "全部"), ("政策文件", "搜索结果"), ("热门推荐", "新闻动态")])
def test_a_block_alike_beside_the_results_holds_none(beside: str, own: str) -> None:
    def block(name: str, titles: list[str]) -> str:
        rows = "".join(f"<li><a href=/{len(title)}.html>{title}</a><i>2024-01-01</i></li>" for title in titles)
        return f"<div class=box><h3>{name}</h3><ul>{rows}</ul></div>"

    newest = [f"示例县召开第{n}次工作会议" for n in (1, 20, 300)]
    found = read_results(page(block(beside, newest) + block(own, TITLES)))
    assert [hit.title for hit in found.hits] == PLAIN


def test_titles_in_cells_beside_a_link_that_says_look_are_whole() -> None:
    rows = "".join(
        f"<tr><td>{n}</td><td>{title}</td><td>2024-0{n + 1}-01</td><td><a href=/d?id={n}>查看</a></td></tr>"
        for n, title in enumerate(["关于<em>公开征求供水</em>管理办法<em>意见</em>的公告", *TITLES[1:]])
    )
    head = "<tr><th>序号</th><th>标题</th><th>日期</th><th>操作</th></tr>"
    assert [hit.title for hit in read_results(page(f"<table>{head}{rows}</table>")).hits] == PLAIN
