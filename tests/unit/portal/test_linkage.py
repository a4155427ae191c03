"""Links between policies and interpretations: what counts, and what only looks like one."""

from __future__ import annotations

import pytest

from portal.article import read_article
from portal.facts import PageKind
from portal.interpreting import interprets
from portal.linkage import awaited_links, interpretation_links, names_policy, policy_links
from portal.meta import official_meta
from tests.unit.portal.pages import FOOTER, PROSE, document

POLICY = "某县人民政府关于印发《某县供水管理办法》的通知"
READING = "《某县供水管理办法》政策解读"
MENU = (
    '<div class="nav"><a href="/zcwj/">政策文件</a><a href="/zcjd/">政策解读</a></div>'
    '<p>当前位置：<a href="/">首页</a> > 政策解读</p>'
)


def links(title: str, body: str, kind: PageKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    doc = document(f"{MENU}<h1>{title}</h1><p>发布时间：2024-01-02</p>{body}{FOOTER}", title=title)
    article = read_article(doc, official_meta(doc), None)
    return policy_links(doc, article, kind), interpretation_links(doc, article, kind)


def of_policy(body: str) -> tuple[str, ...]:
    return links(POLICY, body, PageKind.POLICY)[1]


def of_reading(body: str) -> tuple[str, ...]:
    return links(READING, body, PageKind.INTERPRETATION)[0]


@pytest.mark.parametrize(
    "body",
    [
        '<div id="zoom">{prose}<p><a href="j.html">【政策解读】某县供水有了新规</a></p></div>',
        '<div id="zoom">{prose}<p>附件：</p><p><a href="j.html">关于《某县供水管理办法》的解读</a></p></div>',
        '<div id="zoom">{prose}</div><div><h3>相关解读</h3><ul><li><a href="j.html">新规来了</a></li></ul></div>',
        '<div id="zoom">{prose}</div><div><span>相关文件：</span><a href="j.html">图解：供水管理办法</a></div>',
        '<div id="zoom">{prose}<a href="#" onclick="window.open(\'j.html\')">一图读懂供水管理办法</a></div>',
        '<div id="zoom">{prose}</div><div>相关解读：<a href="j.html">新规来了</a></div>',
        '<div id="zoom">{prose}</div><div><h4>相关解读</h4><p><a href="j.html">一图看懂：新规来了</a>01-02</p></div>',
        '<div id="zoom">{prose}</div><div>配套<a href="j.html">《某县供水管理办法》图解</a></div>',
    ],
)
def test_a_policy_that_links_its_interpretation_leads_there(body: str) -> None:
    assert of_policy(body.format(prose=PROSE)) == ("j.html",)


@pytest.mark.parametrize(
    "body",
    [
        '<div id="zoom"><p><a href="p.html">某县供水管理办法</a></p>{prose}</div>',
        '<div id="zoom"><p>根据<a href="p.html">《国务院办公厅关于做好供水工作的指导意见》</a>制定</p>{prose}</div>',
        '<div id="zoom">{prose}<p><a href="p.html">政策原文</a></p></div>',
        '<div id="zoom">{prose}</div><p>点这里看：<a href="p.html">关于印发《某县供水管理办法》的通知</a></p>',
        '<div id="zoom">{prose}</div><p>解读文件：<a href="p.html">供水新政（2024版）</a></p>',
        '<div id="zoom">{prose}</div><div><h4>关联政策</h4><p><a href="p.html">供水新政（2024版）</a></p></div>',
        '<div id="zoom">{prose}<a href="p.html">关于印发某县供水管理办法的通知（某政发〔2024〕1号）</a></div>',
    ],
)
def test_an_interpretation_that_links_its_policy_leads_there(body: str) -> None:
    assert of_reading(body.format(prose=PROSE)) == ("p.html",)


@pytest.mark.parametrize(
    "body",
    [
        '<div id="zoom">{prose}</div><h3>相关解读</h3><ul></ul>',
        '<div id="zoom">{prose}</div><div style="display:none"><h3>相关解读</h3><p><a href=j.html>解读一</a></p></div>',
        '<div class="sidebar"><h3>最新解读</h3><a href="j.html">某县养老办法解读</a></div><div id="zoom">{prose}</div>',
        '<div id="zoom">{prose}<p>相关新闻</p><ul><li><a href="j.html">某县养老办法政策解读</a></li></ul></div>',
        '<div id="zoom">{prose}</div><p>下一篇：<a href="j.html">某县养老办法政策解读</a></p>',
        '<div id="zoom">{prose}<a href="javascript:;">打印</a><a href="javascript:;">解读</a></div>',
        '<div id="zoom">{prose}<a href="t.doc">填写说明</a></div>',
    ],
)
def test_what_is_no_link_to_an_interpretation(body: str) -> None:
    assert of_policy(body.format(prose=PROSE)) == ()


def test_a_row_of_the_table_above_the_title_holds_links() -> None:
    cells = (
        "<td>索引号</td><td>1/2026-1</td><td>发布机构</td><td>某县人民政府</td>",
        "<td>文号</td><td>某政发〔2026〕1号</td>",
    )
    rows = "".join(f"<tr>{row}</tr>" for row in (*cells, "<td>解 读</td><td>{0}</td>"))
    body = f"<table>{rows}</table><h1>{POLICY}</h1><p>发布时间：2026-01-02</p><div id=zoom>{PROSE}</div>"
    for held, found in (('<a href="j.html">供水有新规 这些费用免了</a>', ("j.html",)), ("", ())):
        doc = document(f"{MENU}{body.format(held)}{FOOTER}", title=POLICY)
        article = read_article(doc, official_meta(doc), None)
        assert interpretation_links(doc, article, PageKind.POLICY) == found


def test_neutralised_address_counts_where_the_text_names_a_title() -> None:
    body = f'<div id="zoom">{PROSE}<a href="javascript:;">图解：《某县供水管理办法》</a></div>'
    assert of_policy(body) == ("javascript:;",)


EMPTY_BLOCK = '<div id="rel"><h3>相关解读</h3><ul></ul></div>'
SCRIPT = '<script src="/js/rel.js"></script>'


@pytest.mark.parametrize(
    ("body", "awaited"),
    [
        (EMPTY_BLOCK + SCRIPT, True),
        (EMPTY_BLOCK, False),  # nothing on the page could draw one
        ("<script>var u='j.html'; show(\"<a href='\" + u + \"'>查看</a>\")</script>", True),
        ("<script>var u = '../'; location.href = u;</script>", False),
        ("<h3>政策解读</h3><script>document.write('<a href=j.html>解读</a>')</script>", True),
        ('<h3>相关解读</h3><ul><li><a href="j.html">《某县供水管理办法》解读</a></li></ul>', False),
        (f"<div>{EMPTY_BLOCK}<p>上一条：<a href='javascript:void(0)'>无</a></p></div>{SCRIPT}", True),
        ("<h3>相关文件</h3><ul></ul>", False),  # other policies
        ("<p>请做好相关解读工作。</p>", False),
    ],
)
def test_a_heading_without_a_link_announces_what_a_script_may_draw(body: str, awaited: bool) -> None:
    doc = document(f"{MENU}<h1>{POLICY}</h1><p>发布时间：2024-01-02</p>{PROSE}{body}{FOOTER}", title=POLICY)
    article = read_article(doc, official_meta(doc), None)
    assert awaited_links(doc, article, PageKind.POLICY) is awaited
    assert not awaited_links(doc, article, PageKind.ARTICLE)


def test_the_original_is_named_so_beside_the_text_too() -> None:
    beside = '<div id="zoom">{0}</div><p><a href="p.html">{1}</a></p>'
    assert of_reading(beside.format(PROSE, "点击查看原文")) == ("p.html",)
    assert of_reading(beside.format(PROSE, "政策文件")) == ()  # may be a menu of columns


def test_an_interpretation_on_the_page_of_the_policy_is_one() -> None:
    tab = f"<div><h3>《某县供水管理办法》政策解读</h3>{PROSE * 3}</div>"
    hidden = tab.replace("<div>", '<div style="display:none">')
    for shown in (tab, hidden):
        assert of_policy(f'<div id="zoom">{PROSE}</div>{shown}') == ("#",)
    title_alone = "<p>《某县供水管理办法》政策解读</p>"
    assert of_policy(f'<div id="zoom">{PROSE}</div>{title_alone}') == ()
    for another in (tab.replace("供水", "排水"), hidden.replace("供水", "排水")):
        assert of_policy(f'<div id="zoom">{PROSE}</div>{another}') == ()
    listed = '<ul><li><a href="/a/">《某县供水管理办法》解读</a></li></ul>'
    assert of_policy(f'<div id="zoom">{PROSE}</div>{listed}') == ("/a/",)


def test_a_policy_links_to_no_policy_and_a_reading_to_no_reading() -> None:
    body = f'<div id="zoom">{PROSE}<a href="a.html">某省供水管理条例</a><a href="b.html">条例解读问答</a></div>'
    assert links(POLICY, body, PageKind.POLICY) == ((), ("b.html",))
    assert links(READING, body, PageKind.INTERPRETATION) == (("a.html",), ())
    assert links(READING, body, PageKind.COLUMN) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("政策解读", True), ("答记者问", True), ("填表说明", False), ("供水管理办法", False), ("一图读懂", True)],
)
def test_which_words_announce_an_interpretation(text: str, expected: bool) -> None:
    assert interprets(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《某县供水管理办法》", True),
        ("关于印发实施方案的通知（某政发〔2024〕1号）", True),
        ("1.某县供水管理办法（试行）.pdf", True),
        ("政策原文", True),
        ("更多", False),
        ("办法", False),
        ("县领导调研供水工作", False),
        ("《某办法》解读", False),
    ],
)
def test_which_link_texts_name_a_policy(text: str, expected: bool) -> None:
    assert names_policy(text) is expected
