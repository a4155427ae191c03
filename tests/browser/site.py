"""A loopback server with many host names, for pages that do to a browser what portals do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from portal.model import Network

Answer = str | web.StreamResponse
Handler = Callable[[web.Request], Awaitable[Answer] | Answer]
HOSTS = ("www.qingshi.gov.cn", "so.qingshi.gov.cn", "data.qingshi.gov.cn", "www.other.gov.cn")
HOME = "http://www.qingshi.gov.cn"


@dataclass
class Site:
    """What the server answers per (host, path), and what it was asked for."""

    pages: dict[tuple[str, str], Handler | str] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, host, path with query
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def network(self) -> Network:
        """Returns the network in which the hosts lead here and nothing else resolves."""
        return Network(hosts=dict.fromkeys(HOSTS, (f"127.0.0.1:{self.port}",)), sealed=True)

    def page(self, path: str, content: Handler | str, host: str = HOSTS[0]) -> str:
        """Serves `content` (a body, or a function of the request) there; returns its URL."""
        self.pages[host, path] = content
        return f"http://{host}{path}"

    def times(self, path: str) -> int:
        """Returns how often a path was asked for, on any host, with any query."""
        return sum(1 for _, _, asked in self.asked if asked.partition("?")[0] == path)

    async def start(self) -> None:
        """Listens on a free loopback port."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        self.asked.append((request.method, host, request.path_qs))
        content = self.pages.get((host, request.path))
        if content is None:
            return web.Response(status=404, text=html("404", "<p>页面不存在</p>"), content_type="text/html")
        if isinstance(content, str):
            return web.Response(text=content, content_type="text/html")
        answer = content(request)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        return answer


def html(title: str, body: str, head: str = "") -> str:
    """Returns a whole page."""
    start = f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    return f"{start}<body>{body}</body></html>"


def home(form: str, *, script: str = "", above: str = "") -> str:
    """Returns a home page with a search form in its head, a navigation and some news."""
    items = "".join(
        f'<li><a href="/zwgk/tz/{n}.html">关于做好第{n}号工作的通知</a><span>2026-10-0{n}</span></li>'
        for n in range(1, 8)
    )
    return html(
        "青石县人民政府",
        f'{above}<div class="header"><h1>青石县人民政府</h1>{form}</div>'
        '<div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a> <a href="/zmhd/">政民互动</a></div>'
        f'<div class="main"><h2>通知公告</h2><ul>{items}</ul></div><script>{script}</script>',
    )


def results(asked: str, found: list[tuple[str, str]], *, total: int | None = None) -> str:
    """Returns a result page in one of the usual layouts; found is (title, URL)."""
    count = len(found) if total is None else total
    blocks = "".join(_result(asked, title, url, n) for n, (title, url) in enumerate(found))
    body = blocks or '<div class="result-none">抱歉，没有找到与您查询的相关结果。</div>'
    return html(
        f"{asked}_搜索结果",
        f'<div class="top"><form action="/s"><input name="q" value="{asked}"><button>搜索</button></form></div>'
        '<div class="tabs"><a href="?t=all">全部</a><a href="?t=zc">政策文件</a><a href="?t=fw">办事指南</a></div>'
        f'<div class="count">共找到 <b>{count}</b> 条结果</div><div class="result-list">{body}</div>',
    )


def _result(asked: str, title: str, url: str, number: int) -> str:
    marked = title.replace(asked, f"<em>{asked}</em>")
    return (
        f'<div class="result-item"><h3><a href="{url}" target="_blank">{marked}</a></h3>'
        f"<p>{title}。为贯彻落实有关要求，现将有关事项通知如下，请认真组织实施。</p>"
        f'<div class="info"><span>来源：县政府办公室</span><span>2026-09-1{number % 9}</span>'
        f"<span>{url}</span></div></div>"
    )
