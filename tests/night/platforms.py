"""Three small portals on two platforms, one of which can be held back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tests.crawl.site import Page, Site, article, html, items
from tests.loopback import listening

HOSTS = {f"p{number}": f"www.p{number}.gov.cn" for number in range(3)}
KILLED_AT = 4  # the request of p1 at which the first night is killed


def pages() -> dict[str, Page]:
    """Returns a portal of a home page, a column and its items, with a picture that is gone."""
    nav = "<div class='nav'><ul><li><a href='/'>首页</a></li><li><a href='/tzgg/'>通知公告</a></li></ul></div>"
    crumb = "<div>当前位置：<a href='/'>首页</a> &gt; <a href='/tzgg/'>通知公告</a></div>"
    made: dict[str, Page] = {
        "/": html("某县人民政府", nav + items(6, "/tzgg") + "<img src='/gone.png'>"),
        "/tzgg/": html("通知公告_某县人民政府", nav + crumb + items(8, "/tzgg")),
    }
    return made | {f"/tzgg/{number}.html": article(number) for number in range(1, 9)}


@dataclass
class Platforms:
    """Three portals on two addresses, and every request in the order it came: (portal, path)."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    kill: asyncio.Event = field(default_factory=asyncio.Event)  # p1 has been asked often enough for it
    let_go: asyncio.Event = field(default_factory=asyncio.Event)  # p1 answers again
    _site: Site = field(default_factory=lambda: Site(pages()))

    def of(self, portal: str) -> list[str]:
        """Returns what was asked of a portal."""
        return [path for name, path in self.asked if name == portal]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers; p0 not before another was asked, and p1 not from `kill` to `let_go`."""
        portal = request.host.removeprefix("www.").partition(".")[0]
        self.asked.append((portal, request.path))
        async with self.arrived:
            self.arrived.notify_all()
            if portal == "p0":
                await self.arrived.wait_for(lambda: self.of("p2") or self.of("p1"))
        if portal == "p1" and len(self.of("p1")) >= KILLED_AT:
            self.kill.set()
            await self.let_go.wait()
        return await self._site.answer(request)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Platforms]:
    """Yields the portals being served, with their targets.toml written into `folder`."""
    platforms = Platforms()
    ends = {"p0": "127.0.0.1", "p1": "127.0.0.1", "p2": "127.0.0.2"}
    async with listening(platforms.answer, *sorted(set(ends.values()))) as platforms.port:
        hosts = ", ".join(f'"{host}" = ["{ends[name]}:{platforms.port}"]' for name, host in HOSTS.items())
        lines = [f"[network]\nsealed = true\nhosts = {{ {hosts} }}", "[defaults]\nrate = 1000"]
        lines += [
            f'[[portal]]\nid = "{name}"\nname = "{name}县"\nhome = "http://{host}/"' for name, host in HOSTS.items()
        ]
        (folder / "targets.toml").write_text("\n".join(lines) + "\n", "utf-8")
        try:
            yield platforms
        finally:
            platforms.let_go.set()
