"""石桥区: frames and tables of the year 2003, no search, no IPv6, and every unknown address answers 200."""

from __future__ import annotations

import datetime as dt
from html import escape

from tests.portal import files
from tests.portal.builder import Builder
from tests.portal.content import Column, Item, days
from tests.portal.model import Answer, Six, World

ID = "shiqiao"
HOST = "www.shiqiaoqu.gov.cn"
NAME = "石桥区人民政府"
CODE = "3399990004"

_TREE = (
    ("/jinkuang/", "工作动态", "list"),
    ("/qiangbao/", "公告栏", "list"),
    ("/laiwen/", "文件通知", "list"),
    ("/zenyangban/", "办事指南", "list"),
    ("/women/", "机构设置", "single"),
    ("/biaogeku/", "下载中心", "list"),
    ("/jianghua/", "领导讲话", "list"),
)


def build(world: World) -> None:
    """Adds the site, its hosts, its truth and its traps to the world."""
    site = _Shiqiao(world)
    site.grow(_TREE)
    site.fill()
    site.publish()


def _gb(html: str, status: int = 200) -> Answer:
    return Answer(html.encode("gb18030"), status, "text/html; charset=GB2312")


class _Shiqiao(Builder):
    def __init__(self, world: World) -> None:
        super().__init__(world, ID, NAME, HOST, CODE, six=Six.NONE)

    def address(self, column: Column, day: dt.date) -> str:
        return f"{column.path}kan_{self.number}.htm"

    def fill(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 5, 14, 4):
            self.add("/jinkuang/", words.news(), day)
        for day in days(today, 20, 9, 15):
            self.add("/qiangbao/", words.notice(), day)
        for day in days(today, 90, 6, 30):
            self.add("/laiwen/", words.title("关于召开{topic}工作例会的通知", "关于报送{topic}材料的通知"), day)
        for day in days(today, 150, 5, 10):
            self.add("/zenyangban/", words.title("{topic}窗口办理须知"), day)
        for at, day in enumerate(days(today, 210, 5, 30)):
            name = f"/biaogeku/wj/b{at}.doc"
            self.add("/biaogeku/", words.title("{topic}申报表（空白表）"), day, files=[("点击下载", name)])
            self.host.routes[name] = Answer(files.doc(), content_type="application/msword")
        for day in days(today, 500, 6, 30):
            self.add("/jianghua/", words.title("在全区{topic}会议上的讲话"), day)
        self.expect("update_freshness", "column_stale", "/jianghua/", "a table list, the newest item 500 days old")
        self.at["/women/"].html = words.body(5)
        self.trap("empty_columns", "/women/", "a column that is one page of text")
        news = self.at["/jinkuang/"].items
        news[2].after = '<p><a href="/jingtou/2017/zhanban.htm">宣传展板</a></p>'
        self.expect(
            "broken_links", "soft_404", "/jingtou/2017/zhanban.htm", "answers 200 as every unknown address here"
        )
        self.at["/zenyangban/"].html = '<p><a href="/wangzhan/ditu.htm">流程总图</a></p>'
        self.expect("broken_links", "soft_404", "/wangzhan/ditu.htm", "answers 200 as every unknown address here")
        self.expect("search_hits", "no_search", "", "there is no search anywhere")
        self.world.expect(ID, "ipv6_support", "no_aaaa", HOST, "the name has no AAAA record", self.home)
        self.trap("update_freshness", self.home, "frames with items five days old", "home_stale")

    def publish(self) -> None:
        routes = self.host.routes
        for column in self.at.values():
            routes[column.path] = routes[f"{column.path}index.htm"] = self._column(column)
        for item in self.every():
            routes[item.path] = self._article(item)
        routes["/"] = _gb(
            f"""<html><head><title>{NAME}</title></head>
<frameset rows="90,*" border="0"><frame src="/sbl.htm" name="sqx1" noresize>
<frameset cols="160,*"><frame src="/zbl.htm" name="sqx2"><frame src="/zjl.htm" name="sqx3"></frameset>
<noframes><body>请使用支持框架的浏览器。</body></noframes></frameset></html>"""
        )
        routes["/sbl.htm"] = _gb(
            f'<html><body bgcolor="#cc0000"><font color="#ffffff" size="6">{NAME}</font>'
            '<img src="/sqtu/hui.png" width="60" height="60"></body></html>'
        )
        routes["/sqtu/hui.png"] = Answer(files.png(60, 60), content_type="image/png")
        menu = "".join(f'<tr><td><a href="{c.path}index.htm" target="sqx3">{c.name}</a></td></tr>' for c in self.top)
        progress = (
            '<form action="/chaban.htm" method="get">办件进度查询<br>请输入受理编号：'
            '<input type="text" name="slbh" size="12">'
            '<input type="submit" value="查询"></form>'
        )
        self.trap(
            "search_hits", "", "a box for the number of an application is no search", "search_broken", "title_missed"
        )
        routes["/chaban.htm"] = _gb("<html><head><title>办件查询</title></head><body>没有该编号的办件。</body></html>")
        routes["/zbl.htm"] = _gb(f"<html><body><table border=1>{menu}</table>{progress}</body></html>")
        blocks = "".join(
            f'<td valign="top"><font color="red"><b>{self.at[p].name}</b></font>'
            f"<table>{self._rows(self.at[p].items[:7])}</table></td>"
            for p in ("/jinkuang/", "/qiangbao/")
        )
        routes["/zjl.htm"] = _gb(
            f"<html><head><title>{NAME}</title></head><body><table width=700><tr>{blocks}</tr></table>"
            f"<hr>网站标识码：{CODE}</body></html>"
        )
        self.host.fallback = _gb(
            f"<html><head><title>{NAME}</title></head><body><table align=center><tr><td><h2>出错啦</h2>"
            "您要找的内容可能搬家了，五秒后将回到首页。</td></tr></table></body></html>"
        )
        routes["/robots.txt"] = Answer(b"", content_type="text/plain")

    def _rows(self, items: list[Item]) -> str:
        return "".join(
            f"<tr><td width=12><font color=blue>■</font></td>"
            f'<td><a href="{i.path}" target="_blank">{escape(i.title)}</a>'
            f"</td><td nowrap>{i.date.year}/{i.date.month}/{i.date.day}</td></tr>"
            for i in items
        )

    def _column(self, column: Column) -> Answer:
        inside = column.html
        if column.form == "list":
            inside = f"<table width=680>{self._rows(column.items)}</table>{column.html}"
        return _gb(
            f"<html><head><title>{column.name}</title></head><body><table width=700 align=center><tr><td>"
            f"当前位置：首页 &gt;&gt; {column.name}</td></tr><tr><td>{inside}</td></tr></table></body></html>"
        )

    def _article(self, item: Item) -> Answer:
        attached = "".join(f'<p><a href="{path}">{text}</a></p>' for text, path in item.files)
        return _gb(
            f"<html><head><title>{escape(item.title)}</title></head><body><table width=700 align=center>"
            f"<tr><td align=center><font size=5><b>{escape(item.title)}</b></font></td></tr>"
            f"<tr><td align=center>日期：{item.date.year}年{item.date.month}月{item.date.day}日</td></tr>"
            f"<tr><td>{item.body}{attached}{item.after}</td></tr></table></body></html>"
        )
