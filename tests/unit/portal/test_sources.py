"""Who is named as the source of an item at the foot of its text or below it."""

from __future__ import annotations

import pytest

from portal.article import read_article
from portal.documents import document_meta
from portal.meta import official_meta
from tests.unit.portal.pages import PROSE, document

TITLE = "全县启动安全生产大检查工作"
ITEM = f"<h1>{TITLE}</h1><p>发布日期：2024-06-13</p><div id=zoom>{PROSE}</div>"
COMMENTS = "<p>扫一扫在手机打开当前页</p><p>全部留言</p><form>匿名评论：联系手机：留言内容：验证码：提交留言</form>"


def source(body: str, head: str = "") -> str:
    doc = document(body, title=TITLE, head=head)
    return read_article(doc, official_meta(doc), document_meta(doc)).source


@pytest.mark.parametrize(
    ("below", "named"),
    [
        ("<div>发布日期：2024-06-13　来源：某部　<a>下载</a>　<span>收藏</span></div>", "某部"),
        (f"{COMMENTS}<p><span>来 源：某某日报</span> <em>责任编辑：某某</em></p>", "某某日报"),
        ("<div>编辑：（某某）</div><div>信息来源：某市文化局</div>", "某市文化局"),
        ("<ul><li>2024-05-01 别处的一条消息，很长 来源：某某报</li></ul>", ""),
        ("<ul><li>别的消息 来源：某某报</li></ul>", ""),
    ],
)
def test_a_line_below_the_text_names_the_source_where_nothing_else_does(below: str, named: str) -> None:
    assert source(ITEM + below) == named
    assert source(ITEM + below, '<meta name="ContentSource" content="某局">') in {"某局", named}


def test_the_byline_goes_before_the_foot() -> None:
    item = ITEM.replace("2024-06-13", "2024-06-13 来源：某县政府办")
    assert source(f"{item}<p>发布日期：2024-06-13 来源：某部</p>") == "某县政府办"
