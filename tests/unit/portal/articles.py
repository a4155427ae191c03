"""Pages of items for the tests of their readers."""

from __future__ import annotations

from portal.article import Article, read_article
from portal.documents import document_meta
from portal.meta import official_meta
from tests.unit.portal.pages import FOOTER, document

TITLE = "县人民政府召开优化营商环境专题会议"
MENU = '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/xw/">新闻</a></li></ul></div>'


def article(body: str, *, title: str = "", head: str = "", url: str = "https://www.example.gov.cn/x.html") -> Article:
    doc = document(MENU + body + FOOTER, title=title, head=head, url=url)
    return read_article(doc, official_meta(doc), document_meta(doc))


def day(found: Article) -> str:
    return str(found.pub_date.date) if found.pub_date else ""
