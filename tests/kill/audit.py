"""Audits as processes of their own on a counting server, and how they are ended: by signals, from without or within."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tests.crawl.site import Page
from tests.kill import site
from tests.loopback import listening
from tests.net.servers import dead_port

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).with_name("inside")  # on PYTHONPATH: the process kills itself at a chosen call

Hook = Callable[[int], None]  # called with the number of the request, before it is answered


@dataclass
class Server:
    """The portal on loopback. `hook` is told of every request; `silent_from` leaves requests unanswered for good."""

    pages: dict[str, Page]
    port: int = 0
    dead: int = 0  # a port nobody listens on
    pace: float = 0.0  # seconds an answer takes
    asked: list[tuple[str, str]] = field(default_factory=list)  # method, host and path
    hook: Hook | None = None
    silent_from: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, hook: Hook | None = None, *, silent_from: int = 0) -> None:
        """Counts from one again: another sitting begins."""
        self.asked.clear()
        self.hook, self.silent_from = hook, silent_from

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answers from the pages; 404 for the rest."""
        path = request.path_qs
        self.asked.append((request.method, request.host.partition(":")[0] + path))
        if self.hook is not None:
            self.hook(len(self.asked))
        if self.silent_from and len(self.asked) >= self.silent_from:
            await self._closing.wait()
        if self.pace:
            await asyncio.sleep(self.pace)
        page = site.answer(path, self.pages.get(path), self.pages)
        if callable(page):
            made = page(request)
            assert isinstance(made, web.StreamResponse)
            return made
        if isinstance(page, bytes):
            kind = "image/png" if path.endswith(".png") else "application/octet-stream"
            return web.Response(body=page, content_type=kind)
        if page is None:
            text = "<!doctype html><title>404</title><p>您访问的页面不存在</p>"
            return web.Response(status=404, text=text, content_type="text/html")
        return web.Response(text=str(page), content_type="text/html", charset="utf-8")

    def close(self) -> None:
        """Lets go of the requests that were left unanswered."""
        self._closing.set()


@asynccontextmanager
async def serving(pages: dict[str, Page], *, pace: float = 0.0) -> AsyncIterator[Server]:
    """Yields the portal on a free loopback port."""
    async with dead_port() as dead:
        server = Server(pages, dead=dead, pace=pace)
        async with listening(server.answer) as server.port:
            try:
                yield server
            finally:
                server.close()


@dataclass
class Audit:
    """One audit in a folder of its own: started, ended somehow and started again with the same words."""

    folder: Path
    server: Server
    options: tuple[str, ...] = ("--no-browser", "--confirm", "now", "--spacing", "0")
    keys: dict[str, object] = field(default_factory=dict)  # of the portal's entry in targets.toml

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        here, dead = f"127.0.0.1:{self.server.port}", f"127.0.0.1:{self.server.dead}"
        hosts = {site.HOST: here, site.OTHER: here, site.DEAD: dead}
        names = ", ".join(f"{json.dumps(name)} = [{json.dumps(end)}]" for name, end in hosts.items())
        entry: dict[str, object] = {
            "id": "shilou",
            "name": "石楼县人民政府",
            "home": f"http://{site.HOST}/",
            "rate": 100000,
            **self.keys,
        }
        lines = ["[network]", "sealed = true", f"hosts = {{ {names} }}", "[[portal]]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
        (self.folder / "targets.toml").write_text("\n".join(lines) + "\n", "utf-8")

    @property
    def words(self) -> tuple[str, ...]:
        """The command line of the audit, the same every time."""
        fixed = ("--out", "out", "--as-of", site.AS_OF, "--requests", "requests.jsonl")
        return ("audit", "shilou", *fixed, *self.options)

    @property
    def out(self) -> Path:
        """Where the audit writes."""
        return self.folder / "out"

    async def start(self, *words: str, **environ: str) -> asyncio.subprocess.Process:
        """Returns the command just started, in a session of its own."""
        paths = os.pathsep.join([str(INSIDE), str(ROOT)] if environ else [str(ROOT)])
        return await asyncio.create_subprocess_exec(
            *command(),
            *(words or self.words),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1", **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def run(self, *words: str, **environ: str) -> tuple[int, str, str]:
        """Returns exit code, output and messages of one run to its end."""
        process = await self.start(*words, **environ)
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    def log(self) -> list[tuple[str, str]]:
        """Returns every request an audit says it made, the second look's left out, as (purpose, address)."""
        path = self.folder / "requests.jsonl"
        found = []
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            with contextlib.suppress(ValueError):  # the last line of a killed sitting
                one = json.loads(line)
                found.append((str(one["purpose"]), str(one["url"])))
        return found


def command() -> list[str]:
    """Returns the installed command."""
    installed = Path(sys.executable).with_name("mingcha")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "mingcha"]


def children_of(pid: int) -> list[int]:
    """Returns every living process that descends from `pid`, nearest first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
                if state != "Z":
                    parents.setdefault(int(parent), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        waiting = [child for each in waiting for child in parents.get(each, [])]
        found += waiting
    return found


def kill(pids: Iterable[int]) -> None:
    """Kills processes without asking them."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def gone(pids: Iterable[int]) -> None:
    """Returns when none of the processes lives any more."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
