"""双柳县: lists as XML islands (jpage) with a data endpoint, and a search by POST that lost a year."""

from __future__ import annotations

import datetime as dt
from html import escape
from urllib.parse import parse_qs

from tests.portal import files
from tests.portal.builder import Builder, utf8
from tests.portal.content import Column, Item, days, plain, query_of
from tests.portal.model import Answer, Ask, World

ID = "shuangliu"
HOST = "www.shuangliux.gov.cn"
NAME = "双柳县人民政府"
CODE = "3399990003"
ISLAND = 18

_TREE = (
    ("/lmu/l31001/", "双柳要闻", "list"),
    ("/lmu/l31002/", "镇乡动态", "list"),
    ("/lmu/l31003/", "公示公告", "list"),
    ("/lmu/l31004/", "县政府文件", "list"),
    ("/lmu/l31005/", "文件解读", "list"),
    ("/lmu/l31006/", "统计数据", "list"),
    ("/lmu/l31007/", "部门职责", "single"),
    ("/lmu/l31008/", "监督检查", "list"),
    ("/lmu/l31009/", "双柳年鉴", "list"),
    ("/lmu/l31010/", "群众来信", "list"),
)

_SCRIPT = """
function slx(id, per) {
  var xml = document.getElementById('slx-sj-' + id).innerHTML, box = document.getElementById('slx-k-' + id), out = '';
  var all = xml.match(/<record><!\\[CDATA\\[[\\s\\S]*?\\]\\]><\\/record>/g) || [];
  for (var i = 0; i < all.length && i < per; i++) {
    out += all[i].replace(/<record><!\\[CDATA\\[|\\]\\]><\\/record>/g, '');
  }
  box.innerHTML = '<ul>' + out + '</ul>';
}
"""


def build(world: World) -> None:
    """Adds the site, its hosts, its truth and its traps to the world."""
    site = _Shuangliu(world)
    site.grow(_TREE)
    site.fill()
    site.publish()


class _Shuangliu(Builder):
    def __init__(self, world: World) -> None:
        super().__init__(world, ID, NAME, HOST, CODE)

    def address(self, column: Column, day: dt.date) -> str:
        return f"/xxw/{day.year}/{day.month}/{day.day}/x_{column.path[6:11]}_{self.number}.html"

    def fill(self) -> None:
        words, today = self.words, self.today
        for day in [*days(today, 0, 20, 2), *days(today, 820, 6, 9)]:
            self.add("/lmu/l31001/", words.news(), day)
        for day in days(today, 13, 8, 5):
            self.add("/lmu/l31002/", words.news(), day)
        self.trap("update_freshness", "/lmu/l31002/", "13 days old, limit 14")
        for day in [*days(today, 3, 12, 14), *days(today, 800, 6, 12)]:
            self.add("/lmu/l31003/", words.notice(), day)
        for day in days(today, 45, 9, 30):
            self.add("/lmu/l31006/", words.title("{place}{topic}统计快报", "全县{topic}运行情况"), day)
        for day in days(today, 300, 5, 365):
            self.add("/lmu/l31009/", words.title("双柳年鉴：{topic}篇"), day)
        for day in days(today, 9, 6, 20):
            title = words.title("关于{place}{topic}的来信", "请求解决{place}{topic}问题")
            body = (
                f"<p>来信：{words.person()}（电话{words.mobile()}）反映情况，盼回复。</p><p>答复：</p>{words.body(3)}"
            )
            self.add("/lmu/l31010/", title, day, body)
        self.expect("empty_columns", "empty_list", "/lmu/l31008/", "an island without a record")
        self.at["/lmu/l31007/"].html = words.body(5)
        self.trap("empty_columns", "/lmu/l31007/", "a column that is one page of text")
        for at, day in enumerate(days(today, 8, 4, 28)):
            policy, subject = self.policy("/lmu/l31004/", day, "双政规")
            reading = self.reading("/lmu/l31005/", day, policy, subject)
            policy.after = f'<p>【解读】<a href="{reading.path}">{reading.title}</a></p>'
            reading.after = f'<p>【原文】<a href="{policy.path}">{policy.title}</a></p>'
            name = f"/xxw/fj/{at}wj.doc"
            policy.files = [("正式文本.doc", name)]
            self.host.routes[name] = Answer(files.doc(), content_type="application/msword")
        tell = self.at["/lmu/l31003/"].items
        tell[2].files = [("评审结果.xls", "/xxw/fj/pingshen.xls")]
        self.expect("broken_links", "not_found", "/xxw/fj/pingshen.xls", "an attachment")
        tell[3].after = '<p><a href="/lmu/l39999/">更多公示</a></p>'
        self.host.routes["/lmu/l39999/"] = Answer(b"<html><body>HTTP 500</body></html>", 500)
        self.expect("broken_links", "server_error", "/lmu/l39999/", "answers 500 every time")

    def publish(self) -> None:
        routes = self.host.routes
        for column in self.at.values():
            routes[column.path] = routes[f"{column.path}index.html"] = self._column(column)
        for item in self.every():
            routes[item.path] = self._article(item)
        routes["/slx/sl.js"] = Answer(_SCRIPT.encode(), content_type="application/javascript")
        routes["/slx/ftubiao.png"] = Answer(files.png(20, 20), content_type="image/png")
        routes["/slx/daili.do"] = self._more
        routes["/slx/jieguo.do"] = self._found
        parts = "".join(
            f'<div class="slx-mk"><h3><a href="{c.path}">{c.name}</a></h3>{self._island(c, c.items[:6], 6)}</div>'
            for c in self.top
            if c.path[-3:-1] in ("01", "03", "04", "05")
        )
        routes["/"] = self._page("首页", parts)
        self.site.unindexed = frozenset(
            self.url(item.path) for item in self.every() if (self.today - item.date).days < 500
        )
        self.trap("search_hits", "", "its search answers by POST, with classes", "unclassified", "search_broken")
        self.trap("search_hits", "", "the box is in the header", "search_hidden", "no_search")
        inner = [item.path for item in self.every()] + [column.path for column in self.at.values()]
        dead = {path for at, path in enumerate(sorted(inner)) if at % 5 < 3}

        def over_six(ask: Ask) -> Answer | None:
            return Answer(b"<html><body>404</body></html>", 404) if ask.path in dead else None

        self.host.six_routes = over_six
        why = "three of five inner pages are missing over IPv6"
        self.world.expect(ID, "ipv6_support", "inner_links_low", HOST, why, self.home)

    def _page(self, title: str, inside: str, meta: str = "") -> Answer:
        menu = "".join(f'<td><a href="{c.path}index.html">{c.name}</a></td>' for c in self.top)
        return utf8(f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(title)}-{NAME}</title>{meta}
<script src="/slx/sl.js"></script></head><body>
<div id="slx-shang"><strong>{NAME}</strong>
<form method="post" action="/slx/jieguo.do"><input type="text" name="wb" size="20">
<input type="hidden" name="zd" value="{CODE}"><input type="image" src="/slx/ftubiao.png" alt="搜索"></form></div>
<table id="slx-cai"><tr><td><a href="/">首页</a></td>{menu}</tr></table>
<div id="slx-li">{inside}</div>
<div id="slx-xia">版权所有：{NAME}　网站标识码：{CODE}</div></body></html>""")

    def _record(self, item: Item) -> str:
        return f'<li><a href="{item.path}" title="{escape(item.title)}">{escape(item.title)}</a><b>{item.date}</b></li>'

    def _island(self, column: Column, items: list[Item], per: int) -> str:
        key = column.path[6:11]
        records = "".join(f"<record><![CDATA[{self._record(item)}]]></record>\n" for item in items)
        more = f"/slx/daili.do?startrecord=1&endrecord={ISLAND}&perpage={per}&lm={key}"
        return f"""<div id="slx-k-{key}"></div><script type="text/xml" id="slx-sj-{key}">
<datastore><nextgroup><![CDATA[<a href="{more}"></a>]]></nextgroup>
<recordset>
{records}</recordset></datastore></script><script>slx('{key}', {per});</script>"""

    def _column(self, column: Column) -> Answer:
        meta = f'<meta name="ColumnName" content="{column.name}">'
        if column.form == "single":
            return self._page(column.name, f"<h2>{column.name}</h2>{column.html}", meta)
        items = sorted(column.items, key=lambda i: i.date, reverse=True)
        inside = f"<p>位置：<a href='/'>首页</a>&gt;{column.name}</p><h2>{column.name}</h2>"
        return self._page(column.name, inside + self._island(column, items[:ISLAND], ISLAND), meta)

    def _article(self, item: Item) -> Answer:
        table = ""
        if (p := item.paper) is not None:
            table = (
                f"<table><tr><td>索引号</td><td>{p.index_no}</td><td>文号</td><td>{p.number}</td></tr><tr>"
                f"<td>发布机构</td><td>{p.issuer}</td><td>成文日期</td><td>{p.written}</td></tr></table>"
            )
        attached = "".join(f'<p><a href="{path}">附件：{text}</a></p>' for text, path in item.files)
        return self._page(
            item.title,
            f"<p>位置：<a href='/'>首页</a>&gt;<a href='{item.column.path}'>{item.column.name}</a></p>{table}"
            f"<h1>{escape(item.title)}</h1><p>发布日期：{item.date}　信息来源：{item.source}</p>"
            f"<div id='slx-nr'>{item.body}</div>{attached}{item.after}",
            f'<meta name="ArticleTitle" content="{escape(item.title)}"><meta name="PubDate" content="{item.date}">',
        )

    def _more(self, ask: Ask) -> Answer:
        fields = query_of(ask.query)
        column = self.at.get(f"/lmu/{fields.get('lm', '')}/")
        items = sorted(column.items, key=lambda i: i.date, reverse=True)[ISLAND:] if column else []
        records = "".join(f"<record><![CDATA[{self._record(item)}]]></record>" for item in items)
        xml = f"<?xml version='1.0' encoding='UTF-8'?><datastore><recordset>{records}</recordset></datastore>"
        return Answer(xml.encode(), content_type="text/xml; charset=utf-8")

    def _found(self, ask: Ask) -> Answer:
        words = parse_qs(ask.form.decode("utf-8", "replace")).get("wb", [""])[0]
        found = self.find(words, self.site.unindexed)
        rows = "".join(
            f'<tr><td><a href="{self.url(i.path)}">{escape(i.title)}</a><br>{plain(i.body)[:70]}<br>{i.date}</td></tr>'
            for i in found[:10]
        )
        tabs = "".join(f'<a href="#{n}">{n}</a>　' for n in ("综合", "新闻", "政府文件", "公告", "来信"))
        return self._page(
            f"检索{words}",
            f"<p>{tabs}</p><p>检索词“{escape(words)}”，共检索到{len(found)}条信息</p>"
            f"<table class='slx-jb'>{rows}</table>",
        )
