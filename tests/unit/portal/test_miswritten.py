"""Addresses written wrongly: what no browser opens, and what is conspicuous about a dead one."""

from __future__ import annotations

import pytest

from portal.links import read_links
from portal.miswritten import kept, oddity, unopenable
from tests.unit.portal.pages import document

BELOW = "http://www.a.gov.cn/zwgk/"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("htp://www.a.cn/x", "“htp”应为http或https"),
        ("htttps://www.a.cn/", "“htttps”应为http或https"),
        ("http://", "没有写域名"),
        ("http://www. a.cn/x", "域名中有空格"),
        ("http://www.a.cn:808O/", "端口不是数字"),
        ("http://http//www.a.cn/", "“http://”重复书写"),
        ("http://www.a.cn:8080/", ""),
        ("ftp://www.a.cn/", ""),
        ("thunder://QUFodHRw", ""),
        ("file:///C:/a.doc", ""),
    ],
)
def test_what_no_browser_opens(url: str, why: str) -> None:
    assert unopenable(url) == why


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"{BELOW}http%EF%BC%9A//www.b.cn/a.html", "地址中“http://”书写有误"),
        (f"{BELOW}http//www.b.cn/a.html", "地址中“http://”书写有误"),
        (f"{BELOW}www.b.gov.cn/a.html", "地址前缺少“http://”"),
        (f"{BELOW}a.html%E3%80%82", "地址末尾多出“。”"),
        (f"{BELOW}a.html%E3%80%80", "地址末尾多出空格"),
        (f"{BELOW}a.html%E2%80%8B", "地址中有不可见字符"),
        (f"{BELOW}a.html%20target=", "地址后缺少引号"),
        (f"{BELOW}%E2%80%9Ca.html", "地址中有中文引号"),
        (f"{BELOW}undefined", "地址没有生成（undefined）"),
        (f"{BELOW}%7B%7Bitem.url%7D%7D", "模板变量“{{item.url}}”没有替换"),
        (f"{BELOW}%25E5%2585%25AC.html", "地址被重复编码"),
        (f"{BELOW}t20260101_1.html", ""),
        (f"{BELOW}%E9%80%9A%E7%9F%A5%EF%BC%882026%EF%BC%89.doc", ""),
        ("http://www.b.gov.cn/", ""),
        ("http://www.b.gov.cn/link?url=http://www.c.cn/a", ""),
    ],
)
def test_what_is_conspicuous_about_a_dead_address(url: str, words: str) -> None:
    assert oddity(url) == words


def test_what_a_script_fills_in_is_not_kept() -> None:
    assert kept("http://{{host}}/a") == kept("http://${ip}/a") == kept("javascript:;") == ""


def test_links_that_resolve_to_nothing_are_links() -> None:
    page = document(
        r"""<a href="C:\Users\a\1.doc">附件</a><a href="http://www. a.cn/">文</a><a href="http://{{h}}/">{{t}}</a>"""
        r"""<img src="D:\a.jpg"><option value="http://">--</option><svg><a xlink:href="/q.html">图</a></svg>"""
        """<a href="/b.html\u3000">末</a>"""
    )
    assert [link.url.rpartition("gov.cn")[2] for link in read_links(page)] == [
        "file:///C:/Users/a/1.doc",
        "http://www. a.cn/",
        "http://{{h}}/",
        "file:///D:/a.jpg",
        "/q.html",
        "/b.html%E3%80%80",
    ]
