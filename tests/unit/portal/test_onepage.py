"""A policy and its interpretation on one page: tabs, panels and text below a heading."""

from __future__ import annotations

import pytest

from portal.article import read_article
from portal.facts import PageKind
from portal.linkage import interpretation_links, policy_links
from portal.meta import official_meta
from tests.unit.portal.pages import FOOTER, PROSE, document

POLICY = "某县人民政府关于印发《某县供水管理办法》的通知"
READING = "《某县供水管理办法》政策解读"
HERE = ("#",)


def _read(title: str, body: str, kind: PageKind) -> tuple[str, ...]:
    crumb = '<p>当前位置：<a href="/">首页</a> > 文件</p>'
    doc = document(f"{crumb}<h1>{title}</h1><p>发布时间：2026-01-02</p>{body}{FOOTER}", title=title)
    article = read_article(doc, official_meta(doc), None)
    return (interpretation_links if kind is PageKind.POLICY else policy_links)(doc, article, kind)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<div id=zoom>{p}<div class=panel><h4>政策解读</h4><div>{p}</div></div></div>", HERE),
        ("<div id=zoom>{p}<p><strong>政策解读：</strong></p>{p}</div>", HERE),
        ("<div id=zoom>{p}<details><summary>解读</summary>{p}</details></div>", HERE),
        ("<div id=zoom>{p}<p>政策图解</p><p><img src=t.jpg width=800 height=2000></p></div>", HERE),
        ("<div id=zoom>{p}</div><div><h3>【解读】</h3>{p}</div>", HERE),
        (
            "<ul><li>原文</li><li>解读</li></ul><div><div id=zoom>{p}</div><div style='display:none'>{p}</div></div>",
            HERE,
        ),
        ("<div><span>原文</span><span>文字解读</span></div><div id=zoom>{p}</div><div class=hide>{p}</div>", HERE),
        (
            "<ul><li><a href=#a>原文</a><li><a href=#b>解读</a></ul><div id=zoom>{p}</div><div id=b>{p}</div>",
            HERE,
        ),
        ("<div id=zoom>{p}<p>附：政策解读</p>{p}</div>", HERE),
        ("<div id=zoom>{p}</div><div><h3>一图读懂</h3><p><img src=t.jpg width=900 height=2000></p></div>", HERE),
        (
            "<div class=main><div id=zoom>{p}</div><h3>政策解读</h3><iframe src=/view?file=jd.pdf></iframe></div>",
            HERE,
        ),
        ("<div class=main><div id=zoom>{p}</div><h3>政策解读</h3><p>分享到：微信 微博</p>{p}</div>", ()),
        ("<div id=zoom>{p}</div><div><h3>政策解读</h3><p><img src=qr.jpg></p></div>", ()),
        ("<div id=zoom>{p}<p>政策解读：</p></div>", ()),
        ("<div id=zoom>{p}<p>政策解读：<a href=#>政策解读</a></p></div>", ()),
        ("<div id=zoom>{p}<h4>政策解读</h4><ul><li><a href=/a/>某县养老办法公布</a></li></ul></div>", ()),
        ("<ul><li>原文</li><li>解读</li></ul><div><div id=zoom>{p}</div><div>暂无解读</div></div>", ()),
        ("<h4>政策解读</h4><div id=zoom>{p}</div>", ()),
        ("<div id=zoom>{p}<p>（三）政策解读</p>{p}</div>", ()),
    ],
)
def test_an_interpretation_on_the_page_of_its_policy(body: str, found: tuple[str, ...]) -> None:
    assert _read(POLICY, body.format(p=PROSE), PageKind.POLICY) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "<ul><li>解读</li><li>原文</li></ul><div><div id=zoom>{p}</div><div style='display:none'>{t}</div></div>",
            HERE,
        ),
        ("<div id=zoom>{p}<p>附：某县人民政府关于印发《某县供水管理办法》的通知</p>{t}</div>", HERE),
        ("<div id=zoom>{p}<p>某县人民政府关于印发某县供水管理办法的通知</p>{t}</div>", HERE),
        ("<div id=zoom>{p}<h4>政策原文</h4>{t}</div>", HERE),
        ("<div id=zoom>{p}<p>政策原文</p><p><img src=s1.jpg width=900 height=1200></p></div>", HERE),
        ("<div id=zoom>{p}<p>某县人民政府<br>关于印发《某县供水管理办法》的通知</p>{t}</div>", HERE),
        ("<div id=zoom>{p}<p><b>某县供水管理办法</b></p><p>第一条 为了加强管理，制定本办法。</p>{t}</div>", HERE),
        ("<div id=zoom>{p}<p>《某县排水管理办法》</p><p>第一条 为了加强管理，制定本办法。</p>{t}</div>", ()),
        ("<div id=zoom>{p}<p>政策原文：</p></div>", ()),
        ("<div id=zoom><p>政策原文：</p>{t}</div>", ()),
        ("<div id=zoom>{p}<p>附：某县人民政府关于印发《某县排水管理办法》的通知</p>{t}</div>", ()),
        ("<div id=zoom>{p}<p>二、《某县供水管理办法》出台的背景</p>{t}</div>", ()),
    ],
)
def test_the_text_of_the_policy_on_the_page_of_its_interpretation(body: str, found: tuple[str, ...]) -> None:
    assert _read(READING, body.format(p=PROSE, t=PROSE * 3), PageKind.INTERPRETATION) == found
