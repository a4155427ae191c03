"""A small portal on loopback for crawl tests: pages by path, and a log of every request."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from portal.model import Network, Portal
from tests.loopback import listening

HOST = "www.shilou.gov.cn"

Answer = web.StreamResponse | str | bytes
Page = Answer | Callable[[web.Request], Answer | Awaitable[Answer]]


def html(title: str, body: str, head: str = "") -> str:
    """Returns a whole page."""
    top = f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    return f"{top}<body>{body}</body></html>"


def items(count: int, folder: str, *, year: int = 2026, start: int = 1) -> str:
    """Returns a list of dated items `/folder/N.html`."""
    lines = "".join(
        f'<li><a href="{folder}/{n}.html">石楼县人民政府关于第{n}号重点工作安排的通知</a>'
        f"<span>{year}-01-{n:02d}</span></li>"
        for n in range(start, start + count)
    )
    return f"<div class='box'><ul class='news'>{lines}</ul></div>"


def article(number: int, more: str = "") -> str:
    """Returns an article page."""
    text = f"为做好第{number}号重点工作，现将有关事项通知如下，请各有关单位认真抓好落实。" * 12
    title = f"石楼县人民政府关于第{number}号重点工作安排的通知"
    return html(
        f"{title}_石楼县人民政府",
        f"<h1>{title}</h1><div>发布时间：2026-01-{number % 28 + 1:02d}</div>"
        f"<div class='content'><p>{text}</p>{more}</div>",
    )


@dataclass
class Site:
    """Pages by path (query included where given) and what was asked for."""

    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)  # (method, path and query)
    port: int = 0
    names: tuple[str, ...] = ()  # further hosts that lead here
    hook: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None  # answers instead

    def count(self, path: str) -> int:
        """Returns how often a path was asked for, by any method."""
        return sum(asked == path for _, asked in self.requests)

    def gets(self) -> Counter[str]:
        """Returns the GET requests by path, without robots.txt."""
        return Counter(path for method, path in self.requests if method == "GET" and path != "/robots.txt")

    def network(self) -> Network:
        """Returns a network in which only this site (and its sub-site) exists."""
        there = (f"127.0.0.1:{self.port}",)
        names = (HOST, "zwgk.shilou.gov.cn", "www.elsewhere.cn", *self.names)
        return Network(hosts=dict.fromkeys(names, there), sealed=True)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers from `pages`; 404 for the rest."""
        path = request.path_qs
        self.requests.append((request.method, path))
        page = self.pages.get(path)
        if callable(page):
            made = page(request)
            page = await made if isinstance(made, Awaitable) else made
        if page is None:
            return web.Response(status=404, text=html("404", "您访问的页面不存在"), content_type="text/html")
        if isinstance(page, web.StreamResponse):
            return page
        if isinstance(page, bytes):
            return web.Response(body=page, content_type="application/octet-stream")
        return web.Response(text=page, content_type="text/html", charset="utf-8")


@asynccontextmanager
async def serve(pages: dict[str, Page]) -> AsyncIterator[Site]:
    """Serves pages on a free loopback port."""
    site = Site(dict(pages))

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (site.hook or site.answer)(request)

    async with listening(answer) as site.port:
        yield site


def portal(**changes: object) -> Portal:
    """Returns the test portal at unlimited rate."""
    facts: dict[str, object] = {
        "id": "shilou",
        "name": "石楼县人民政府",
        "home": f"http://{HOST}/",
        "rate": 0,
        "concurrency": 4,
        **changes,
    }
    return Portal(**facts)  # type: ignore[arg-type]  # plain keyword values


def small_portal() -> dict[str, Page]:
    """Returns a portal of a home page, three columns, their items and a second list page, with links to verify."""
    nav = (
        "<div class='nav'><ul><li><a href='/'>首页</a></li>"
        + "".join(
            f"<li><a href='/{folder}/'>{name}</a></li>"
            for folder, name in (("xwzx", "新闻中心"), ("tzgg", "通知公告"), ("zcwj", "政策文件"))
        )
        + "</ul></div>"
    )
    pages: dict[str, Page] = {
        "/": html(
            "石楼县人民政府",
            nav
            + items(4, "/xwzx")
            + "<img src='/logo.png'><a href='/files/plan.pdf'>规划</a><a href='http://www.elsewhere.cn/out'>省政府</a>"
            + "<a href='/gone.html'>已删除的页面</a><a href='/user/logout.do'>退出</a>",
        ),
        "/logo.png": b"\x89PNG\r\n\x1a\n" + b"0" * 64,
        "/files/plan.pdf": b"%PDF-1.4" + b"0" * 5000,
        "/out": html("外部", "外部网站内容"),
    }
    for folder, name in (("xwzx", "新闻中心"), ("tzgg", "通知公告"), ("zcwj", "政策文件")):
        pager = f"<div class='page'><a href='/{folder}/index_2.html'>下一页</a></div>"
        crumb = f"<div>当前位置：<a href='/'>首页</a> &gt; <a href='/{folder}/'>{name}</a></div>"
        pages[f"/{folder}/"] = html(f"{name}_石楼县人民政府", nav + crumb + items(6, f"/{folder}") + pager)
        pages[f"/{folder}/index_2.html"] = html(
            f"{name}_石楼县人民政府", nav + crumb + items(6, f"/{folder}", year=2025, start=7)
        )
        for number in range(1, 13):
            pages[f"/{folder}/{number}.html"] = article(number)
    return pages
