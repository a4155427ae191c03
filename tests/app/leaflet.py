"""A small portal whose one attachment can be there or not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from tests.loopback import listening

PDF = b"%PDF-1.4\n" + b"0" * 2000
LISTING = "".join(
    f'<li><a href="/gg/{n}.html">某县关于第{n}号事项的公告</a><span>2026-11-{n:02}</span></li>' for n in range(1, 13)
)


@dataclass
class Site:
    """A small portal whose one attachment can be there or not, and whose link to it can be taken away."""

    file_there: bool = False
    linked: bool = True
    alive: bool = True
    endpoint: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if not self.alive:
            return web.Response(status=503, text="维护中")
        if request.path == "/":
            link = '<p><a href="/fj/biao.pdf">申请表</a></p>' if self.linked else "<p>申请表请到窗口领取。</p>"
            return page("某县人民政府", f"<h1>某县人民政府</h1>{link}<ul>{LISTING}</ul>")
        if request.path.startswith("/gg/"):
            return page("公告", f"<h1>某县公告</h1><p>发布时间：2026-11-01</p><p>{'公告的正文。' * 40}</p>")
        if request.path == "/fj/biao.pdf" and self.file_there:
            return web.Response(body=PDF, content_type="application/pdf")
        return web.Response(status=404, text="not here")


def page(title: str, body: str) -> web.Response:
    html = f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"
    return web.Response(text=html, content_type="text/html")


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Site]:
    site = Site()
    async with listening(site.answer) as port:
        site.endpoint = f"127.0.0.1:{port}"
        yield site
