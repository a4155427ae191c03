"""Portals on loopback that record every request: when it came, what it asked, when it was answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from crawler.net.requestlog import RequestLine
from tests.crawl.site import Page, Site
from tests.loopback import listening


@dataclass
class Asked:
    """One request as the server saw it, at a time in seconds since the epoch."""

    at: float
    method: str
    url: str


@dataclass
class Recorder:
    """What was asked of all hosts, in order."""

    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    delay: float = 0.0  # seconds each answer takes
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def counts(self) -> Counter[tuple[str, str]]:
        """Returns how often each (method, address) was asked."""
        return Counter((one.method, one.url) for one in self.asked)

    async def until(self, count: int) -> None:
        """Returns when that many requests have come."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.asked) >= count)


@asynccontextmanager
async def recording(pages: dict[str, Page]) -> AsyncIterator[Recorder]:
    """Serves the pages under every host name on a free loopback port."""
    recorder, site = Recorder(), Site(dict(pages))

    async def answer(request: web.Request) -> web.StreamResponse:
        recorder.asked.append(Asked(time.time(), request.method, f"http://{request.host}{request.path_qs}"))
        async with recorder.arrived:
            recorder.arrived.notify_all()
        await asyncio.sleep(recorder.delay)
        return await site.answer(request)

    async with listening(answer) as recorder.port:
        yield recorder


def listed(lines: list[RequestLine]) -> Counter[tuple[str, str]]:
    """Returns how often each (method, address) stands in a log, without handshakes, of which no server is told."""
    return Counter((line.method, line.url) for line in lines if line.method != "TLS")


def targets(folder: Path, port: int, portals: dict[str, str], **keys: str) -> Path:
    """Writes a targets.toml for portals (id -> host), all at one port, with keys for all of them; returns its path."""
    defaults = "\n".join(f"{key} = {value}" for key, value in keys.items())
    hosts = ", ".join(f'"{host}" = ["127.0.0.1:{port}"]' for host in (*portals.values(), "www.elsewhere.cn"))
    entries = "\n".join(
        f'[[portal]]\nid = "{name}"\nname = "{name}"\nhome = "http://{host}/"' for name, host in portals.items()
    )
    path = folder / "targets.toml"
    path.write_text(f"[network]\nsealed = true\nhosts = {{ {hosts} }}\n[defaults]\n{defaults}\n{entries}\n", "utf-8")
    return path
