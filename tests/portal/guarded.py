"""云门县 lets a browser in after a script set a cookie; 霞岭县 asks everybody for a captcha."""

from __future__ import annotations

from html import escape

from tests.portal import files
from tests.portal.builder import Builder, utf8
from tests.portal.content import Column, Item, days, plain, query_of
from tests.portal.model import Answer, Ask, Six, World, Zone

COOKIE_ID, COOKIE_HOST, COOKIE_NAME, COOKIE_CODE = "yunmen", "www.yunmenx.gov.cn", "云门县人民政府", "3399990005"
CAPTCHA_ID, CAPTCHA_HOST, CAPTCHA_NAME, CAPTCHA_CODE = "xialing", "www.xialingx.gov.cn", "霞岭县人民政府", "3399990006"

_TREE = (
    ("/ymyw/", "云门要闻", "list"),
    ("/ymgg/", "公告公示", "list"),
    ("/ymwj/", "政策文件", "list"),
    ("/ymjd/", "政策解读", "list"),
    ("/ymgk/", "县情概况", "single"),
    ("/ymtj/", "统计公报", "list"),
)


def build(world: World) -> None:
    """Adds both sites with their truth and traps to the world."""
    site = _Yunmen(world)
    site.grow(_TREE)
    site.fill()
    site.publish()
    _captcha(world)


class _Yunmen(Builder):
    def __init__(self, world: World) -> None:
        super().__init__(world, COOKIE_ID, COOKIE_NAME, COOKIE_HOST, COOKIE_CODE)
        world.zones.append(Zone("yunmenx.gov.cn", ("dns1.yunmenx.gov.cn", "dns2.yunmenx.gov.cn"), servers_six=False))
        self.key = "7e3a" + f"{world.seed * 7919 % 65536:04x}"

    def fill(self) -> None:
        words, today = self.words, self.today
        for day in days(today, 2, 15, 2):
            self.add("/ymyw/", words.news(), day)
        for day in days(today, 11, 9, 13):
            self.add("/ymgg/", words.notice(), day)
        for day in days(today, 80, 5, 60):
            self.add("/ymtj/", words.title("{place}{topic}公报"), day)
        self.at["/ymgk/"].html = words.body(6)
        for day in days(today, 17, 4, 35):
            policy, subject = self.policy("/ymwj/", day, "云政办")
            reading = self.reading("/ymjd/", day, policy, subject)
            policy.after = f'<div class="ymx-gl">关联解读：<a href="{reading.path}">{reading.title}</a></div>'
            reading.after = f'<div class="ymx-gl">关联文件：<a href="{policy.path}">{policy.title}</a></div>'
        self.at["/ymgg/"].items[1].after = '<p><a href="/ymgg/2020/jiu.html">上期公告</a></p>'
        self.expect("broken_links", "not_found", "/ymgg/2020/jiu.html", "linked from an article, behind the challenge")
        self.expect("search_hits", "search_hidden", "", "the box stands on an inner page only")
        self.trap("search_hits", "", "its search finds everything, with classes", "title_missed", "unclassified")
        why = "no name server of the zone has an IPv6 address"
        self.world.expect(
            COOKIE_ID, "ipv6_support", "nameserver_ipv4_only", COOKIE_HOST, why, self.home, "yunmenx.gov.cn"
        )
        kinds = ("unreachable", "content_differs", "inner_links_low", "no_aaaa")
        self.trap("ipv6_support", "", "the challenge stands on IPv6 as well and says nothing about it", *kinds)
        self.trap("broken_links", self.home, "521 is a challenge, and a browser passes it")

    def publish(self) -> None:
        pages: dict[str, Answer] = {}
        for column in self.at.values():
            pages[column.path] = pages[f"{column.path}index.html"] = self._column(column)
        for item in self.every():
            pages[item.path] = self._article(item)
        blocks = "".join(
            f'<div class="ymx-lan"><h4><a href="{c.path}">{c.name}</a></h4>{self._rows(c.items[:6])}</div>'
            for c in self.top
            if c.form == "list"
        )
        pages["/"] = self._page("首页", blocks)
        pages["/ymx/tu.png"] = Answer(files.png(300, 60), content_type="image/png")

        def guarded(ask: Ask) -> Answer:
            if ask.cookies.get("ymx_tg") != self.key:
                return self._challenge()
            if ask.path == "/zhao/":
                return self._search(ask)
            return pages.get(ask.path) or self._page("404", "<h2>404</h2><p>没有这个页面。</p>", 404)

        self.host.prefixes["/"] = guarded
        self.host.routes["/robots.txt"] = Answer(b"User-agent: *\nAllow: /\n", content_type="text/plain")

    def _challenge(self) -> Answer:
        half = len(self.key) // 2
        script = (
            f"<script>document.cookie=('ymx')+('_')+('tg')+('=')+('{self.key[:half]}')+('{self.key[half:]}')+(';path=/');"
            "location.href=location.pathname+location.search</script>"
        )
        return utf8(script, 521)

    def _page(self, title: str, inside: str, status: int = 200) -> Answer:
        menu = "".join(f'<li><a href="{c.path}">{c.name}</a></li>' for c in self.top)
        return utf8(
            f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(title)}_{COOKIE_NAME}</title>
<meta name="SiteName" content="{COOKIE_NAME}"><meta name="SiteIDCode" content="{COOKIE_CODE}"></head><body>
<div class="ymx-tou"><img src="/ymx/tu.png" alt="{COOKIE_NAME}"></div>
<ul class="ymx-cai"><li><a href="/">首页</a></li>{menu}<li><a href="/zhao/">站内搜索</a></li></ul>
<div class="ymx-shen">{inside}</div><div class="ymx-di">网站标识码：{COOKIE_CODE}</div></body></html>""",
            status,
        )

    def _rows(self, items: list[Item]) -> str:
        return "".join(
            f'<dl class="ymx-t"><dt><a href="{i.path}">{escape(i.title)}</a></dt><dd>（{i.date}）</dd></dl>'
            for i in items
        )

    def _column(self, column: Column) -> Answer:
        inside = column.html if column.form == "single" else self._rows(column.items)
        return self._page(column.name, f"<p>现在位置：首页 - {column.name}</p><h3>{column.name}</h3>{inside}")

    def _article(self, item: Item) -> Answer:
        table = ""
        if (p := item.paper) is not None:
            table = (
                f'<p class="ymx-ys">索引号：{p.index_no}　发文机关：{p.issuer}　文号：{p.number}　'
                f"成文日期：{p.written}</p>"
            )
        return self._page(
            item.title,
            f'<p>现在位置：<a href="/">首页</a> - <a href="{item.column.path}">{item.column.name}</a></p>{table}'
            f"<h2>{escape(item.title)}</h2><p>发布日期：{item.date}</p><div>{item.body}</div>{item.after}",
        )

    def _search(self, ask: Ask) -> Answer:
        words = query_of(ask.query).get("nr", "")
        box = '<input type="text" name="nr" size="30"><button>站内搜索</button>'
        form = f'<form action="/zhao/" class="ymx-zhao">{box}</form>'
        if not words:
            return self._page("站内搜索", form)
        found = self.find(words)
        rows = "".join(
            f'<div class="ymx-jie"><a href="{i.path}">{escape(i.title)}</a>'
            f"<p>{plain(i.body)[:60]}</p><i>{i.date}</i></div>"
            for i in found[:10]
        )
        tabs = "".join(
            f'<a href="/zhao/?nr={escape(words)}&amp;l={n}">{n}</a> ' for n in ("全部", "新闻", "文件", "公告")
        )
        return self._page("站内搜索", f"{form}<p>{tabs}</p><p>找到 {len(found)} 条记录</p>{rows}")


def _captcha(world: World) -> None:
    site = Builder(world, CAPTCHA_ID, CAPTCHA_NAME, CAPTCHA_HOST, CAPTCHA_CODE, six=Six.SAME)
    site.site.measurable = False
    site.host.fallback = utf8(
        """<!DOCTYPE html><html><head><meta charset="utf-8"><title>安全验证</title></head><body>
<h3>访问验证</h3><p>系统检测到您的访问较为频繁，请输入图片中的验证码后继续访问。</p>
<form method="post" action="/xlx/yz"><img src="/xlx/yz.png" width="120" height="40" alt="验证码">
<input type="text" name="yzm" maxlength="4"><button>提交</button></form></body></html>"""
    )
    site.host.routes["/xlx/yz.png"] = Answer(files.png(120, 40), content_type="image/png")
    site.host.routes["/robots.txt"] = Answer(b"not here", 404, "text/plain")
    site.trap("", "", "a captcha keeps machines out: nothing was measured, so nothing is wrong")
