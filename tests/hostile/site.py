"""A peaceful portal, and the server that turns hostile on some of its addresses.

`peaceful()` is a small portal without a defect; `HostileServer` serves it and, beside it, whatever attacks a test puts
on further paths. Everything `tests.net.servers.AwkwardServer` does under its own paths is there, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.crawl.site import html
from tests.hostile.drive import Audited, audit
from tests.net.servers import PDF, Asked, AwkwardServer

HOST = "www.shilou.gov.cn"
HOME = f"http://{HOST}"
NEIGHBOUR = "www.xixian.gov.cn"  # another portal, on a server of its own, that nobody attacks
COLUMNS = {"xwzx": "新闻中心", "tzgg": "通知公告", "zcwj": "政策文件"}
ITEMS = 6  # of one list page; every column has two

Attack = Callable[[Asked, asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; returns False where the connection is at its end."""


def peaceful(links: str = "", head: str = "") -> dict[str, str | bytes]:
    """Returns the pages of the portal by path. `links` is markup put at the end of its home page."""
    names = "".join(f"<li><a href='/{folder}/'>{name}</a></li>" for folder, name in COLUMNS.items())
    nav = f"<div class='nav'><ul><li><a href='/'>首页</a></li>{names}</ul></div>"
    foot = f"<p><a href='/files/plan.pdf'>规划</a> <a href='http://{NEIGHBOUR}/'>隰县人民政府</a></p>"
    front = f"{nav}{listing('xwzx', 9, 12)}{foot}<div class='box'>{links}</div>"
    pages: dict[str, str | bytes] = {
        "/": html("石楼县人民政府", front, head),
        "/files/plan.pdf": PDF,
    }
    for folder, name in COLUMNS.items():
        trail = f"<div>当前位置：<a href='/'>首页</a> &gt; <a href='/{folder}/'>{name}</a></div>"
        onward = f"<div class='page'><a href='/{folder}/index_2.html'>下一页</a></div>"
        first = listing(folder, ITEMS + 1, 2 * ITEMS)
        pages[f"/{folder}/"] = html(f"{name}_石楼县人民政府", nav + trail + first + onward)
        pages[f"/{folder}/index_2.html"] = html(f"{name}_石楼县人民政府", nav + trail + listing(folder, 1, ITEMS))
        for number in range(1, 2 * ITEMS + 1):
            pages[f"/{folder}/{number}.html"] = article(folder, number)
    return pages


def title(folder: str, number: int) -> str:
    """Returns the title of an item."""
    return f"石楼县人民政府关于{COLUMNS[folder]}第{number}号重点工作安排的通知"


def article(folder: str, number: int) -> str:
    """Returns the page of an item."""
    text = f"为做好{COLUMNS[folder]}第{number}号重点工作，现将有关事项通知如下，请各有关单位认真抓好落实。" * 12
    return html(
        f"{title(folder, number)}_石楼县人民政府",
        f"<h1>{title(folder, number)}</h1><div>发布时间：2026-01-{number + 1:02}</div>"
        f"<div class='content'><p>{text}</p></div>",
    )


def listing(folder: str, first: int, last: int) -> str:
    """Returns a list of the items of a column, the latest first."""
    lines = "".join(
        f"<li><a href='/{folder}/{n}.html'>{title(folder, n)}</a><span>2026-01-{n + 1:02}</span></li>"
        for n in range(last, first - 1, -1)
    )
    return f"<div class='box'><ul class='news'>{lines}</ul></div>"


def neighbour() -> dict[str, str | bytes]:
    """Returns the one page of the neighbour."""
    return {"/": html("隰县人民政府", "<h1>隰县人民政府</h1><p>欢迎访问隰县人民政府门户网站。</p>")}


def links_to(*paths: str) -> str:
    """Returns a list of links to attacks; whatever stands there, it is named like what a portal links to."""
    return "".join(f"<a href='{path}'>专题专栏之{number}</a> " for number, path in enumerate(paths, 1))


@dataclass
class HostileServer(AwkwardServer):
    """Serves `pages` by path (query left out), `attacks` by path, and what AwkwardServer does for the rest.

    `gate` is asked first about every request: an attack on the whole server, None to let the request pass.
    """

    pages: dict[str, str | bytes] = field(default_factory=dict)
    attacks: dict[str, Attack] = field(default_factory=dict)
    gate: Callable[[Asked], Attack | None] = lambda asked: None
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        for task in self._serving:
            task.cancel()  # an answer without end
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        await super()._serve(reader, writer)

    async def die(self) -> None:
        """Stops listening and resets every connection."""
        assert self._server is not None
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        for _ in range(3):  # turns of the loop: a server closed while it accepts leaks the connection
            await asyncio.sleep(0)
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    async def rise(self) -> None:
        """Listens again where it listened before."""
        self._server = await asyncio.start_server(self._serve, self.address, self.port, ssl=self.tls)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        path = asked.path.partition("?")[0]
        attack = self.gate(asked) or self.attacks.get(path) or self.attacks.get(asked.path)
        if attack is not None:
            return await attack(asked, writer)
        page = self.pages.get(path)
        if page is None:
            return await super()._answer(asked, writer)
        return await answer(page)(asked, writer)


def answer(page: str | bytes, *headers: str, status: int = 200) -> Attack:
    """Returns the answer that gives a page (or, for bytes, a file) whole and honestly."""

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        body = page.encode() if isinstance(page, str) else page
        kind = "text/html; charset=utf-8" if isinstance(page, str) else "application/octet-stream"
        told = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
        writer.write(raw("\r\n".join(told)) + (b"" if asked.method == "HEAD" else body))
        return True

    return give


def raw(head: str) -> bytes:
    """Returns a head as it goes over the line."""
    return head.encode("latin-1") + b"\r\n\r\n"


def bytes_only(data: bytes, *, keep: bool = False) -> Attack:
    """Returns the answer that sends these bytes and nothing else."""

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(data)
        return keep

    return give


async def in_peace(folder: Path) -> Audited:
    """Audits the peaceful portal, and nobody attacks it."""
    async with HostileServer(pages=peaceful()) as server, HostileServer(pages=neighbour()) as other:
        return await audit(folder, f"{HOME}/", {HOST: server.endpoint, NEIGHBOUR: other.endpoint})
