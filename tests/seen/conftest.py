"""One audit with everything that can be seen of it, shared by the tests of the folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from crawler.net.requestlog import RequestLine, read_log
from tests.app.run import Ran, mingcha
from tests.crawl.site import Page, html, small_portal
from tests.seen.recorder import Recorder, recording, targets

HOST = "www.shilou.gov.cn"


def pages() -> dict[str, Page]:
    """Returns the small portal with a column only a browser can read, a script, a search, and a column shut to us."""
    made = small_portal()
    made |= {
        path: lambda _: web.Response(status=403) for path in made if path.startswith("/zcwj/") and path[6:7].isdigit()
    }
    draw = "fetch('/data').then(r => r.text()).then(t => document.querySelector('ul.news').innerHTML = t)"
    made["/data"] = "".join(
        f"<li><a href='/tzgg/{n}.html'>关于第{n}号通知</a><span>2026-02-0{n}</span></li>" for n in range(1, 7)
    )
    made["/drawn/"] = html("公示公告", f"<ul class='news'></ul><script>{draw}</script>")
    home = made["/"]
    assert isinstance(home, str)
    more = "<a href='/drawn/'>公示公告</a><form action='/s'><input name='q'><button>搜索</button></form>"
    made["/"] = home.replace("<ul><li>", f"<script src='/home.js'></script>{more}<ul><li>", 1)
    return made


@dataclass(frozen=True)
class Audited:
    """One audit: what its log says, and what the server was asked."""

    lines: list[RequestLine]
    recorder: Recorder
    folder: Path
    ran: Ran


@pytest.fixture(scope="session")
async def audited(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Audited]:
    """An audit of a portal with a browser, where there is one."""
    folder = tmp_path_factory.mktemp("requests")
    async with recording(pages()) as recorder:
        targets(folder, recorder.port, {"shilou": HOST}, rate="100", group='"lvliang"')
        ran = await mingcha(
            "audit", "shilou", "--out", "out", "--as-of", "2026-03-02", "--requests", "requests.jsonl",
            "--log-json", "all.jsonl", "--profile", "profile.json", cwd=folder,
        )  # fmt: skip
        assert ran.code in {0, 3}, ran.err
        yield Audited(read_log(folder / "requests.jsonl"), recorder, folder, ran)
