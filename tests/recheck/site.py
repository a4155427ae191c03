"""A portal on loopback that can be changed between an audit and its re-checks, served in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
from aiohttp import web

from tests.portal.dnsserver import NameServerProtocol, UdpNames
from tests.portal.model import World

PDF = b"%PDF-1.4\n" + b"0" * 2000
Answer = Callable[[web.Request], web.StreamResponse]


@dataclass
class Site:
    """What the portals answer by (host, path), what they were asked for, and hosts that hold every request."""

    pages: dict[tuple[str, str], str | bytes | Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)  # hosts that answer 503
    held: set[str] = field(default_factory=set)  # hosts that do not answer
    cut: Callable[[str], bool] = lambda path: False  # whether the line is dead when a path is asked for
    reached: threading.Event = field(default_factory=threading.Event)  # a held host was asked
    endpoint: str = ""
    endpoint6: str = ""  # "" where this machine has no ::1
    world: World | None = None  # what the name server knows; None: there is none
    nameserver: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers a request as the site stands now."""
        host = request.host.partition(":")[0]
        self.asked.append((host, request.path_qs))
        if self.cut(request.path):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if host in self.held:
            self.reached.set()
            await asyncio.Event().wait()
        if host in self.down:
            return web.Response(status=503, text="维护中")
        content = self.pages.get((host, request.path))
        if callable(content):
            return content(request)
        if isinstance(content, bytes):
            return web.Response(body=content, content_type="application/pdf")
        if content is None:
            return web.Response(status=404, text=html("404", "<p>页面不存在</p>"), content_type="text/html")
        return web.Response(text=content, content_type="text/html")


def html(title: str, body: str, head: str = "") -> str:
    """Returns a page."""
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


class Names(UdpNames):
    """Answers as the site's world stands when asked."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """Returns the answer to a query."""
        assert self._site.world is not None
        return NameServerProtocol(self._site.world, has_six=True).respond(query)


@contextlib.contextmanager
def running(world: World | None = None) -> Iterator[Site]:
    """Yields the site while it is served; a thread of its own, since a re-check has a loop of its own.

    With a `world` a name server answers, too, about its hosts and zones.
    """
    site, ready, loop = Site(), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    site.world = world

    async def main() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", site.answer)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.endpoint = f"127.0.0.1:{runner.addresses[0][1]}"
        with contextlib.suppress(OSError):
            await web.TCPSite(runner, "::1", 0).start()
            site.endpoint6 = f"[::1]:{runner.addresses[1][1]}"
        names = None
        if world is not None:
            names, _ = await loop.create_datagram_endpoint(lambda: Names(site), local_addr=("127.0.0.1", 0))
            site.nameserver = f"127.0.0.1:{names.get_extra_info('sockname')[1]}"
        ready.set()
        await stop.wait()
        if names is not None:
            names.close()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def write_targets(folder: Path, site: Site, names: dict[str, str], *, six: bool = False, **keys: object) -> Path:
    """Writes a targets.toml with portals of (id, host), on IPv6 as well with `six`, and returns its path."""
    ends = [site.endpoint, *([site.endpoint6] if six else [])]
    lines = ["[network]", "sealed = true", f"nameservers = {json.dumps([site.nameserver] if site.nameserver else [])}"]
    lines += ["[network.hosts]", *(f"{json.dumps(host)} = {json.dumps(ends)}" for host in names.values())]
    for name, host in names.items():
        lines += ["[[portal]]", f'id = "{name}"', 'name = "某县人民政府"', f'home = "http://{host}/"', "rate = 1000"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    path = folder / "targets.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
