"""Metadata tables of documents in every layout seen."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.article import read_article
from portal.documents import document_meta
from portal.facts import PageKind
from portal.page import read_page
from tests.unit.portal.pages import PROSE, document

TABLE = (
    "<table><tr><td>索 引 号</td><td>A-1</td><td>文　号</td><td>某政发〔2020〕1号</td></tr>"
    "<tr><td>成文日期</td><td>2020-01-02</td><td>发布机构</td><td>某局</td></tr></table>"
)
LINES = (
    "<ul><li><b>索引号：</b>A-1</li><li><b>发布机构：</b><span>某局</span></li>"
    "<li>文号：某政发〔2020〕1号 成文日期：2020年1月2日</li><li>主题词：</li></ul>"
)
DEFINITIONS = (
    "<dl><dt>索取号</dt><dd>A-1</dd><dt>制发机关</dt><dd>某局</dd><dt>发文字号</dt><dd>某政发〔2020〕1号</dd>"
    "<dt>生成日期</dt><dd>2020年01月02日</dd></dl>"
)
GRID = (
    "<div><div>索引号</div><div>A-1</div><div>主题分类</div><div></div><div>发文机关</div><div>某局</div>"
    "<div>发文字号</div><div>某政发〔2020〕1号</div><div>成文日期</div><div>2020-01-02</div></div>"
)
HEADER_ROW = (
    "<table><tr><td>信息索引</td><td>生成日期</td><td>有效性</td><td>发文机构</td><td>发文字号</td></tr>"
    "<tr><td>A-1</td><td>2020-01-02</td><td></td><td>某局</td><td>某政发〔2020〕1号</td></tr></table>"
)
BLANK_SEPARATED = (
    "<p>索引号 A-1</p><p>主题分类 教育</p><p>发文机关 某局</p><p>发文字号 某政发〔2020〕1号</p>"
    "<p>成文日期 2020-01-02</p>"
)


BRACKETED = (
    "<ul><li><b>【索引号】</b>A-1</li><li>【发文机关】某局</li><li>【发文字号】某政发〔2020〕1号</li>"
    "<li>【成文日期】2020-01-02</li></ul>"
)
# Kept apart by a style sheet alone; a value may end in a letter then.
TIGHT = (
    "<p><span>索引号：A-1</span><span>主题分类：水利</span><span>发文机关：某局</span>"
    "<span>发文字号：某政发〔2020〕1号</span><span>成文日期：2020-01-02</span></p>"
)
BARS = "<p>索引号：A-1 | 发文机关：某局 | 发文字号：某政发〔2020〕1号 | 成文日期：2020-01-02</p>"
BROKEN = TABLE.replace("〔2020〕1号", "〔\n  2020〕\n  1号")  # line ends of the source in a number


@pytest.mark.parametrize(
    "table", [TABLE, LINES, DEFINITIONS, GRID, HEADER_ROW, BLANK_SEPARATED, BRACKETED, TIGHT, BARS, BROKEN]
)
def test_the_metadata_table_is_read_in_every_layout(table: str) -> None:
    meta = document_meta(document(f"{table}<h1>关于某事的通知</h1>{PROSE}"))
    assert meta is not None
    assert (meta.index_no, meta.issuer, meta.doc_no) == ("A-1", "某局", "某政发〔2020〕1号")
    assert meta.written == dt.date(2020, 1, 2)


def test_an_empty_last_value_is_not_the_title() -> None:
    meta = document_meta(document(f"{LINES}<h1>关于某事的通知</h1>{PROSE}"))
    assert meta is not None
    assert meta.fields["主题词"] == ""


def test_of_two_copies_the_fuller_value_counts() -> None:
    mobile = "<ul><li>索引号：</li><li>有效性：有效</li><li>文号：</li><li>废止时间：暂无</li></ul>"
    meta = document_meta(document(f"{mobile}{TABLE}<h1>关于某事的通知</h1>"))
    assert meta is not None
    assert (meta.index_no, meta.validity, meta.expires) == ("A-1", "有效", "")


CARDS = "".join(
    f"<table><tr><td>索引号：</td><td>A-{n}</td><td>发布日期：</td><td>2020-01-0{n}</td></tr>"
    f"<tr><td>文号：</td><td>某发〔2020〕{n}号</td><td>名称：</td>"
    f"<td><a href={n}.html>某局关于第{n}件事的通知</a></td></tr></table>"
    for n in range(1, 4)
)


@pytest.mark.parametrize(
    "body",
    [
        "<h1>要闻</h1><p>发布时间：2024-01-02 来源：某报 浏览次数：3 字号：大 中 小</p>" + PROSE,
        "".join(f"<li>索引号：{n} 文号：某发〔2020〕{n}号 发文日期：2020-01-0{n}</li>" for n in range(1, 8)),
        CARDS,
        "",
    ],
)
def test_bylines_and_lists_are_no_tables(body: str) -> None:
    assert document_meta(document(body)) is None


@pytest.mark.parametrize("table", [TABLE, LINES, DEFINITIONS, GRID, BLANK_SEPARATED, BARS])
@pytest.mark.parametrize("name", ["zoom", "abc"])
def test_a_table_between_title_and_text_is_no_text(table: str, name: str) -> None:
    title = "某局关于某事的通知"
    doc = document(f"<div id={name}><h1>{title}</h1><p>发布时间：2020-01-05</p>{table}{PROSE}</div>", title=title)
    found = read_article(doc, {}, document_meta(doc))
    assert found.text.startswith("为深入贯彻")
    blank = document(f"<div id={name}><h1>{title}</h1><p>发布时间：2020-01-05</p>{table}</div>", title=title)
    assert read_article(blank, {}, document_meta(blank)).text == ""


def test_a_table_at_the_end_of_the_text_cuts_nothing_off() -> None:
    title = "某局关于某事的通知"
    doc = document(f"<div id=zoom><h1>{title}</h1>{PROSE}{TABLE}</div>", title=title)
    assert read_article(doc, {}, document_meta(doc)).text.startswith("为深入贯彻")


def test_cards_of_items_are_the_list_of_their_page() -> None:
    facts = read_page(f"<html><title>规范性文件</title><body>{CARDS}</body></html>".encode(), "http://a.gov.cn/gfxwj/")
    assert (facts.kind, [str(item.date) for item in facts.items]) == (
        PageKind.COLUMN,
        ["2020-01-01", "2020-01-02", "2020-01-03"],
    )


@pytest.mark.parametrize("last", ["备注", "页面数"])
def test_beside_a_label_of_a_row_of_labels_stands_no_value(last: str) -> None:
    labels = ("索取号", "发布时间", "发布机构", "文件编号", last)
    values = ("A-1", "", "某局", "某卫〔2020〕1号", "")
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (labels, values))
    title = "某局关于某事的通知"
    doc = document(f"<h2>{title}</h2><div class=a><table>{rows}</table>{PROSE}</div>", title=title)
    meta = document_meta(doc)
    assert meta is not None
    assert (meta.index_no, meta.issuer, meta.doc_no) == ("A-1", "某局", "某卫〔2020〕1号")
    assert read_article(doc, {}, meta).source == ""
