"""What the browser sends by itself: all of it is listed, and paid for at the limiter."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from crawler.browser.browsers import Found
from crawler.browser.service import BrowserService
from crawler.browser.visit import Visit, Wait
from crawler.net.politeness import Politeness
from crawler.net.requestlog import RequestLog, read_log
from portal.artifacts import FetchOutcome
from tests.browser.site import HOSTS, Site, html

pytestmark = pytest.mark.browser

OTHER = f"http://{HOSTS[3]}"
SHORT = Wait(quiet=0.3, cap=3.0)
SCRIPT = f"""
fetch('/data'); fetch('/post', {{method: 'POST', body: 'x'}}); fetch('data:text/plain,x');
fetch('{OTHER}/cors', {{headers: {{'x-a': '1'}}}}).catch(() => 0);
fetch('http://192.168.1.1/inside').catch(() => 0); fetch('http://nowhere.gov.cn/').catch(() => 0);
new Worker('/worker.js'); navigator.sendBeacon('/beacon', 'x'); new WebSocket('ws://{HOSTS[0]}/socket');
const stop = new AbortController(); fetch('/waits', {{signal: stop.signal}}).catch(() => 0);
setTimeout(() => stop.abort(), 200);
"""
WORKER = f"""
fetch('/of-worker'); new Worker('/inner.js');
fetch('{OTHER}/cors?worker', {{headers: {{'x-a': '1'}}}}).catch(() => 0);
"""
INNER = f"fetch('{OTHER}/cors?inner', {{headers: {{'x-a': '1'}}}}).catch(() => 0);"
ALLOW = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "x-a"}


def furnish(site: Site) -> str:
    """Serves a page that asks in every way a page can; returns the address of a redirect to it."""
    lasting = {"Cache-Control": "max-age=600"}

    async def waits(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async def socket(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.close()
        return answer

    def script(text: str, headers: dict[str, str] | None = None) -> web.Response:
        return web.Response(text=text, content_type="text/javascript", headers=headers)

    site.page("/a.js", lambda _: script("1", lasting))
    site.page("/moved.js", lambda _: web.Response(status=302, headers={"Location": "/a.js"}))
    site.page("/worker.js", lambda _: script(WORKER))
    site.page("/inner.js", lambda _: script(INNER))
    site.page("/data", lambda _: web.json_response([1]))
    site.page("/waits", waits)
    site.page("/socket", socket)
    site.page("/cors", lambda _: web.Response(headers=ALLOW), HOSTS[3])
    site.page("/frame", html("框架", "<script>fetch('/in-frame')</script>"), HOSTS[3])
    body = f"<script src=/a.js></script><script src=/moved.js></script><img src=/picture.png><iframe src={OTHER}/frame>"
    site.page("/page", html("页", f"{body}</iframe><script>{SCRIPT}</script>"))
    return site.page("/go", lambda _: web.Response(status=302, headers={"Location": "/page"}))


async def test_the_log_and_the_server_agree_one_to_one(site: Site, found: Found, tmp_path: Path) -> None:
    url = furnish(site)
    log = RequestLog(tmp_path / "requests.jsonl", audit="qingshi-1", portal="qingshi")
    last = asyncio.Event()

    def cors(request: web.Request) -> web.Response:
        if (request.method, request.query_string) == ("GET", "inner"):
            last.set()
        return web.Response(headers=ALLOW)

    site.page("/cors", cors, HOSTS[3])

    async def look(visit: Visit) -> FetchOutcome:
        last.clear()
        outcome = await visit.goto(url, SHORT)
        await asyncio.wait_for(last.wait(), 20)  # workers begin when the machine has time for them
        await visit.settle(SHORT)
        return outcome

    async with BrowserService(site.network, found=found, log=log) as service:
        for _ in range(2):  # the second time much comes from the cache
            assert await service.run(look) is FetchOutcome.OK
    lines = read_log(log.path)
    ours = Counter((line.method, line.url.partition("://")[2]) for line in lines)
    assert ours == Counter((method, host + path) for method, host, path in site.asked)
    assert ours["GET", f"{HOSTS[0]}/a.js"] == 1
    assert ours["GET", f"{HOSTS[0]}/picture.png"] == 0  # pictures are blocked
    for asked in ("", "?worker", "?inner"):  # by the page, its worker, and the worker of that
        assert ours["OPTIONS", f"{HOSTS[3]}/cors{asked}"] >= 1
    assert {line.address for line in lines} == {"127.0.0.1"}
    by_path = {urlsplit(line.url).path: line for line in lines}
    assert by_path["/waits"].outcome is FetchOutcome.ABORTED
    assert (by_path["/go"].status, by_path["/page"].status, by_path["/beacon"].status) == (302, 200, 404)
    assert by_path["/page"].bytes > len(html("页", ""))
    assert by_path["/socket"].outcome is FetchOutcome.OK


class Charged(Politeness):
    """Knows to which groups what was sent was charged."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self.groups: list[str] = []

    def charge(self, group: str) -> None:
        """Notes it, and charges."""
        self.groups.append(group)
        super().charge(group)


async def test_what_a_page_asks_for_is_charged_to_its_group(site: Site, found: Found) -> None:
    politeness = Charged(rate=20.0)

    async def group(url: str) -> str:
        return urlsplit(url).hostname or ""

    scripts = "".join(f"<script src=/{n}.js></script>" for n in range(8))
    url = site.page("/", html("页", scripts + f"<script src={OTHER}/x.js></script>"))
    async with BrowserService(site.network, found=found, politeness=politeness, group=group) as service:
        first = asyncio.get_running_loop().time()
        await service.open(url, wait=SHORT)
        assert sorted(politeness.groups) == sorted([*[HOSTS[0]] * 8, HOSTS[3]])
        assert politeness.spent == 10
        assert len(site.asked) == 10
        # Everything of the page is paid for before the group starts anything else.
        async with politeness.slot(HOSTS[0]):
            assert asyncio.get_running_loop().time() - first >= 9 / 20


async def test_what_a_frame_of_another_site_asks_for_is_seen(site: Site, found: Found) -> None:
    async def late(_: web.Request) -> web.Response:
        await asyncio.sleep(1.0)
        return web.json_response(["甲"])

    script = "fetch('/gone'); fetch('/late').then(r => r.json()).then(l => document.body.append(l[0]))"
    site.page("/gone", lambda _: web.Response(status=500), HOSTS[3])
    site.page("/late", late, HOSTS[3])
    site.page("/frame", html("框架", f"<script>{script}</script>"), HOSTS[3])
    url = site.page("/", html("页", f"<iframe src={OTHER}/frame></iframe>"))
    async with BrowserService(site.network, found=found) as service:
        seen = await service.open(url, wait=SHORT)
    assert seen.settled
    assert "甲" in seen.html  # what was on its way was waited for
    assert [str(failed) for failed in seen.failed] == [f"fetch 500 {OTHER}/gone"]
