"""青禾县: header, home page, lists and search results are drawn by scripts from JSON."""

from __future__ import annotations

import datetime as dt
import json
from html import escape

from tests.portal import files, outside
from tests.portal.builder import Builder, utf8
from tests.portal.content import Column, Item, days, plain, query_of
from tests.portal.model import Answer, Ask, World

ID = "qinghe"
HOST = "www.qinghex.gov.cn"
NAME = "青禾县人民政府"
CODE = "3399990002"
JSON = "application/json; charset=utf-8"

_TREE = (
    ("/pd/n11/", "要闻动态", "list"),
    ("/pd/n12/", "镇街动态", "list"),
    ("/pd/n13/", "通知公告", "list"),
    ("/pd/n14/", "政策文件", "list"),
    ("/pd/n15/", "政策解读", "list"),
    ("/pd/n16/", "办事指南", "list"),
    ("/pd/n17/", "数据发布", "list"),
    ("/pd/n18/", "招标信息", "list"),
    ("/pd/n19/", "乡村振兴", "list"),
    ("/pd/n20/", "人事信息", "list"),
    ("/pd/n21/", "领导之窗", "single"),
)

_HEADER = """document.write('<div id="qhx-meitou"><b>青禾县人民政府</b>'
+ '<form id="qhx-bd" action="/zhao.html"><input id="qhx-gjc" name="gjc" placeholder="搜一搜">'
+ '<button type="submit">搜索</button></form></div><div id="qhx-cd">%s</div>');"""

_LIST = """
(function () {
  var box = document.getElementById('qhx-lb'), ask = new XMLHttpRequest();
  ask.open('GET', '/jiekou/lb?lm=' + box.getAttribute('data-lm') + '&ye=1');
  ask.onload = function () {
    if (ask.status != 200) { return; }
    var back = JSON.parse(ask.responseText), html = '';
    for (var i = 0; i < back.shuju.length; i++) {
      var one = back.shuju[i];
      html += '<div class="qhx-hang"><em>' + one.rq + '</em><a href="' + one.lj + '">' + one.bt + '</a></div>';
    }
    box.innerHTML = html;
  };
  ask.send();
})();
"""

_FOUND = """
(function () {
  var word = new URLSearchParams(location.search).get('gjc') || '';
  document.getElementById('qhx-gjc').value = word;
  fetch('/jiekou/cha?gjc=' + encodeURIComponent(word)).then(function (r) { return r.json(); }).then(function (back) {
    var html = '<p>共 ' + back.zong + ' 条结果</p>';
    back.shuju.forEach(function (one) {
      html += '<dl class="qhx-jg"><dt><a href="' + one.lj + '">' + one.bt + '</a></dt><dd>' + one.zy + '</dd><dd>' +
        one.rq + '</dd></dl>';
    });
    if (!back.shuju.length) { html += '<p>没有找到相关内容</p>'; }
    document.getElementById('qhx-jieguo').innerHTML = html;
  });
})();
"""


def build(world: World) -> None:
    """Adds the site, its hosts, its truth and its traps to the world."""
    site = _Qinghe(world)
    site.grow(_TREE)
    site.fill()
    site.publish()


class _Qinghe(Builder):
    def __init__(self, world: World) -> None:
        super().__init__(world, ID, NAME, HOST, CODE)
        self.sources = ["青禾融媒", "县政府办"]

    def address(self, column: Column, day: dt.date) -> str:
        return f"/yuedu/{day:%Y/%m/%d}/{self.number * 7919 % 1_000_003:06d}.html"

    def fill(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 1, 14, 1):
            self.add("/pd/n11/", words.news(), day)
        for day in days(today, 60, 10, 6):
            self.add("/pd/n12/", words.news(), day)
        self.expect("update_freshness", "column_stale", "/pd/n12/", "a script-drawn list, the newest item 60 days old")
        for day in days(today, 180, 8, 11):
            self.add("/pd/n13/", words.notice(), day)
        self.trap("update_freshness", "/pd/n13/", "a script-drawn list exactly at its limit of 180 days")
        for day in days(today, 33, 6, 40):
            self.add("/pd/n16/", words.title("{topic}补贴申领", "{topic}备案登记"), day)
        for day in days(today, 21, 9, 30):
            self.add("/pd/n17/", words.title("{place}{topic}数据", "{topic}季度数据"), day)
        for day in days(today, 70, 6, 50):
            self.add("/pd/n20/", words.title("{unit}{topic}岗位招聘公示"), day)
        for day in days(today, 20, 5, 21):
            self.add("/pd/n18/", words.title("{place}{topic}工程中标公告"), day)
        self.expect("empty_columns", "load_failed", "/pd/n18/", "the request behind its list answers 500")
        self.expect("empty_columns", "empty_list", "/pd/n19/", "still without an item once drawn")
        for path in ("/pd/n11/", "/pd/n13/", "/pd/n16/", "/pd/n17/", "/pd/n20/", "/pd/n14/", "/pd/n15/"):
            self.trap("empty_columns", path, "nothing in the source, full once drawn")

        pairs = [self.policy("/pd/n14/", day, "青政发") for day in days(today, 12, 4, 30)]
        for at, (policy, subject) in enumerate(pairs):
            reading = self.reading("/pd/n15/", policy.date, policy, subject)
            policy.after = f'<p>解读链接：<a href="{reading.path}">{reading.title}</a></p>'
            if at != 2:
                reading.after = f'<p>文件链接：<a href="{policy.path}">{policy.title}</a></p>'
            else:
                self.expect("policy_linkage", "policy_not_linked", reading.path, "no way back to the policy")

        news = self.at["/pd/n11/"].items
        news[3].after = '<p><a href="/zt/2023/fenghui.html">峰会专题</a></p>'
        self.expect("broken_links", "not_found", "/zt/2023/fenghui.html", "linked from an article")
        news[4].after = f'<p><img src="/zhaopian/dingge.jpg" alt=""><a href="http://{outside.CITY}/">明南市</a></p>'
        self.expect("broken_links", "not_found", "/zhaopian/dingge.jpg", "an image in an article")
        guide = self.at["/pd/n16/"].items[0]
        guide.files = [("申请表.docx", "/xz/sqb.docx"), ("样表.zip", "/xz/yb.zip")]
        self.host.routes["/xz/sqb.docx"] = Answer(files.docx("申请表"), content_type="application/octet-stream")
        self.host.routes["/xz/yb.zip"] = Answer(files.archive(yb__txt=b"sample"), content_type="application/zip")

    def publish(self) -> None:
        routes = self.host.routes
        for column in self.at.values():
            routes[column.path] = self._column(column)
        for item in self.every():
            routes[item.path] = self._article(item)
        menu = "".join(f'<a href="{c.path}">{c.name}</a> ' for c in self.top)
        routes["/qhx/yemei.js"] = Answer(
            (_HEADER % menu).encode(), content_type="application/javascript; charset=utf-8"
        )
        routes["/qhx/lb.js"] = Answer(_LIST.encode(), content_type="application/javascript; charset=utf-8")
        routes["/qhx/jg.js"] = Answer(_FOUND.encode(), content_type="application/javascript; charset=utf-8")
        routes["/jiekou/lb"] = self._list_data
        routes["/jiekou/cha"] = self._search_data
        routes["/zhao.html"] = self._page("搜索结果", '<div id="qhx-jieguo"></div><script src="/qhx/jg.js"></script>')
        home = "".join(
            f'<h3><a href="{path}">{self.at[path].name}</a></h3><div class="qhx-kuai" data-lm="{path[4:7]}"></div>'
            for path in ("/pd/n11/", "/pd/n13/", "/pd/n14/", "/pd/n15/")
        )
        script = _LIST.replace("(function () {", "document.querySelectorAll('.qhx-kuai').forEach(function (box) {")
        script = script.replace("var box = document.getElementById('qhx-lb'), ask", "var ask").replace("})();", "});")
        routes["/"] = self._page("首页", f"{home}<script>{script}</script>")
        self.trap("update_freshness", self.home, "drawn by script, with items of yesterday", "home_stale")
        self.expect("search_hits", "unclassified", "", "results without any classes")
        self.trap("search_hits", "", "results are drawn by a script", "title_missed", "search_broken", "no_search")
        self.trap("search_hits", "", "the box is in a header written by a script", "search_hidden")

        old = utf8(
            "<!DOCTYPE html><html><head><meta charset=utf-8><title>Welcome to nginx!</title></head><body>"
            "<h1>Welcome to nginx!</h1><p>If you see this page, the web server is successfully installed and working."
            " Further configuration is required.</p></body></html>"
        )
        self.host.six_routes = lambda ask: old if ask.path == "/" else None
        self.world.expect(ID, "ipv6_support", "content_differs", HOST, "IPv6 shows a server's welcome page", self.home)

    def _page(self, title: str, inside: str, meta: str = "") -> Answer:
        return utf8(f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)} - {NAME}</title>
<meta name="SiteName" content="{NAME}"><meta name="SiteIDCode" content="{CODE}">{meta}</head>
<body><script src="/qhx/yemei.js"></script>
<div class="qhx-tongti">{inside}</div>
<div class="qhx-wei">{NAME}主办　标识码 {CODE}</div></body></html>""")

    def _column(self, column: Column) -> Answer:
        if column.form == "single":
            people = "".join(
                f"<p>{post}　{self.words.person()}：主持{part}工作，联系{self.words.title('{place}{topic}')}项目。</p>"
                for post, part in (("县长", "县政府全面"), ("副县长", "教育、卫生"), ("副县长", "农业、水利"))
            )
            return self._page(column.name, f"<h2>{column.name}</h2>{people}")
        comment = ""
        if column.path == "/pd/n20/":  # an old static list was left behind as a comment
            rows = "".join(
                f'<li><a href="/jiu/{n}.html">旧公示{n}</a><i>2019-05-{n:02d}</i></li>' for n in range(1, 13)
            )
            comment = f"<!-- <ul>{rows}</ul> -->"
            for n in range(1, 13):
                self.trap("broken_links", f"/jiu/{n}.html", "a link in a comment is no link")
            self.trap("update_freshness", column.path, "old items in a comment, fresh ones drawn by script")
        return self._page(
            column.name,
            f'<p>当前位置：<a href="/">首页</a> &gt; {column.name}</p><h2>{column.name}</h2>{comment}'
            f'<div id="qhx-lb" data-lm="{column.path[4:7]}">正在载入…</div><script src="/qhx/lb.js"></script>',
            f'<meta name="ColumnName" content="{column.name}">',
        )

    def _article(self, item: Item) -> Answer:
        table = ""
        if item.paper is not None:
            p = item.paper
            table = (
                f"<dl class=qhx-yuan><dt>索引号</dt><dd>{p.index_no}</dd><dt>发布机构</dt><dd>{p.issuer}</dd>"
                f"<dt>发文字号</dt><dd>{p.number}</dd><dt>成文日期</dt><dd>{p.written:%Y-%m-%d}</dd></dl>"
            )
        attached = "".join(f'<p>附件：<a href="{path}">{text}</a></p>' for text, path in item.files)
        return self._page(
            item.title,
            f'<p>当前位置：<a href="/">首页</a> &gt; <a href="{item.column.path}">{item.column.name}</a> &gt; 正文</p>'
            f"{table}"
            f"<h2>{escape(item.title)}</h2><p>时间：{item.date:%Y年%m月%d日}　来源：{item.source}</p>"
            f'<div class="qhx-zhengw">{item.body}</div>{attached}{item.after}',
            f'<meta name="ArticleTitle" content="{escape(item.title)}">'
            f'<meta name="PubDate" content="{item.date:%Y-%m-%d}">',
        )

    def _list_data(self, ask: Ask) -> Answer:
        key = query_of(ask.query).get("lm", "")
        column = self.at.get(f"/pd/{key}/")
        if column is None or key == "n18":
            return Answer(b'{"cuowu":"internal"}', 500, JSON)
        rows = [
            {"bt": i.title, "lj": i.path, "rq": f"{i.date:%Y-%m-%d}"}
            for i in sorted(column.items, key=lambda i: i.date, reverse=True)[:20]
        ]
        data = json.dumps({"zong": len(column.items), "shuju": rows}, ensure_ascii=False).encode()
        return Answer(data, content_type=JSON, delay=1.2 if key == "n17" else 0.0)

    def _search_data(self, ask: Ask) -> Answer:
        found = self.find(query_of(ask.query).get("gjc", ""))
        rows = [{"bt": i.title, "lj": i.path, "rq": f"{i.date:%Y-%m-%d}", "zy": plain(i.body)[:60]} for i in found[:10]]
        data = json.dumps({"zong": len(found), "shuju": rows}, ensure_ascii=False).encode()
        return Answer(data, content_type=JSON)
