"""临江新区: a small site nobody keeps up. Its home page is stale, its search answers 500, its IPv6 address is dead."""

from __future__ import annotations

from html import escape

from tests.portal.builder import Builder, utf8
from tests.portal.content import Column, Item, days
from tests.portal.model import Answer, Six, World

ID = "linjiang"
HOST = "www.linjiangxq.gov.cn"
NAME = "临江新区管理委员会"
CODE = "3399990007"

_TREE = (
    ("/ljzx/", "新区动态", "list"),
    ("/ljgs/", "通知公告", "list"),
    ("/ljtz/", "投资指南", "list"),
    ("/ljjs/", "新区介绍", "single"),
    ("/ljqy/", "企业风采", "list"),
)


def build(world: World) -> None:
    """Adds the site, its hosts, its truth and its traps to the world."""
    site = _Linjiang(world)
    site.grow(_TREE)
    site.fill()
    site.publish()


class _Linjiang(Builder):
    def __init__(self, world: World) -> None:
        super().__init__(world, ID, NAME, HOST, CODE, six=Six.REFUSES)

    def fill(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 40, 12, 9):
            self.add("/ljzx/", words.title("新区{topic}工作{result}", "新区{place}片区{topic}{result}"), day)
        self.expect("update_freshness", "column_stale", "/ljzx/", "news, the newest item 40 days old")
        self.expect("update_freshness", "home_stale", self.home, "nothing on the home page is younger than 40 days")
        for day in days(today, 48, 8, 20):
            self.add("/ljgs/", words.notice(), day)
        self.trap("update_freshness", "/ljgs/", "notices 48 days old, limit 180")
        for day in days(today, 200, 5, 30):
            self.add("/ljtz/", words.title("{topic}投资服务手册", "{place}地块{topic}招商条件"), day)
        for day in days(today, 100, 6, 40):
            self.add("/ljqy/", words.title("企业风采：{place}{topic}企业{result}"), day)
        self.at["/ljjs/"].html = words.body(6)
        self.expect("search_hits", "search_broken", "", "every search answers 500")
        self.trap("search_hits", "", "a dead search is one finding, not one per title", "title_missed")
        self.world.expect(ID, "ipv6_support", "unreachable", HOST, "AAAA is there, nothing listens", self.home)

    def publish(self) -> None:
        routes = self.host.routes
        for column in self.at.values():
            routes[column.path] = self._column(column)
        for item in self.every():
            routes[item.path] = self._article(item)
        cards = "".join(
            f'<section class="ljx-ka"><h2><a href="{c.path}">{c.name}</a></h2>{self._rows(c.items[:5])}</section>'
            for c in self.top
            if c.form == "list"
        )
        routes["/"] = self._page(NAME, cards)
        routes["/souyisou"] = Answer(b"<html><body><h1>500</h1>java.lang.NullPointerException</body></html>", 500)

    def _page(self, title: str, inside: str) -> Answer:
        menu = "".join(f'<a href="{c.path}">{c.name}</a>' for c in self.top)
        return utf8(f"""<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title></head>
<body><header class="ljx-t"><h1>{NAME}</h1>
<form action="/souyisou"><input type="search" name="w" placeholder="请输入关键字"><button>搜索</button></form></header>
<nav class="ljx-n"><a href="/">首页</a>{menu}</nav>
<main class="ljx-m">{inside}</main><footer>{NAME}　网站标识码：{CODE}</footer></body></html>""")

    def _rows(self, items: list[Item]) -> str:
        return "".join(
            f'<div class="ljx-h"><div class="ljx-r"><b>{i.date:%d}</b><i>{i.date:%Y-%m}</i></div>'
            f'<div class="ljx-b"><a href="{i.path}">{escape(i.title)}</a></div></div>'
            for i in items
        )

    def _column(self, column: Column) -> Answer:
        inside = column.html if column.form == "single" else self._rows(column.items)
        return self._page(
            f"{column.name}-{NAME}",
            f'<p>您的位置：<a href="/">首页</a> / {column.name}</p><h2>{column.name}</h2>{inside}',
        )

    def _article(self, item: Item) -> Answer:
        return self._page(
            f"{item.title}-{item.column.name}-{NAME}",
            f'<p>您的位置：<a href="/">首页</a> / <a href="{item.column.path}">{item.column.name}</a></p>'
            f"<article><h3>{escape(item.title)}</h3><p>{item.date.year}年{item.date.month}月{item.date.day}日 10:05　"
            f"来源：{item.source}</p>{item.body}</article>",
        )
