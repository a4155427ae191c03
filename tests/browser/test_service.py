"""The browser service: bounded, vetted, and alive after whatever a page did to it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from crawler.browser.browsers import Found
from crawler.browser.rendered import now
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit, Wait
from crawler.net.politeness import Politeness
from portal.artifacts import FetchOutcome
from portal.model import Network
from tests.browser.site import HOME, HOSTS, Site, html
from tests.hostile.drive import _descendants

pytestmark = pytest.mark.browser
SHORT = Wait(quiet=0.2, cap=2.0)


async def test_a_page_comes_back_as_it_is_shown(site: Site, service: BrowserService) -> None:
    site.page("/data", lambda _: web.json_response(["甲", "乙"]))
    site.page("/f", "<p>框架内容 <a href='inner/x.html'>内页</a></p>")
    script = "fetch('/data').then(r=>r.json()).then(l=>l.forEach(t=>document.querySelector('ul').innerHTML+='<li>'+t))"
    url = site.page("/", html("列表", f"<ul></ul><iframe src=/f></iframe><input id=q><script>{script}</script>"))
    seen = await service.open(url, wait=SHORT)
    assert seen.outcome is FetchOutcome.OK
    assert (seen.status, seen.title, seen.final_url) == (200, "列表", url)
    assert "<li>甲</li><li>乙</li>" in seen.html
    assert f'<div data-mingcha-frame="{HOME}/f"><p>框架内容 <a href="{HOME}/inner/x.html">' in seen.html
    assert seen.address == "127.0.0.1"
    assert seen.settled
    assert "Mingcha" in seen.user_agent
    assert seen.attempt().via == "browser"


def test_a_visit_is_never_before_what_was_before_it() -> None:
    before = dt.datetime.now(dt.UTC)
    assert now() >= before  # a time cut to milliseconds would put a browser's look before the plain one it follows


@pytest.mark.parametrize("tag", ["<object type=text/html data=/f></object>", "<embed type=text/html src=/f>"])
async def test_a_page_in_an_object_is_a_frame(tag: str, site: Site, service: BrowserService) -> None:
    site.page("/f", "<p>框架内容 <a href='inner/x.html'>内页</a></p>")
    url = site.page("/", html("列表", f"<div><object></object>{tag}</div><p>其后</p>"))
    seen = await service.open(url, wait=SHORT)
    assert f'<div data-mingcha-frame="{HOME}/f"><p>框架内容 <a href="{HOME}/inner/x.html">' in seen.html


async def test_a_frameset_shows_what_its_frames_hold(site: Site, service: BrowserService) -> None:
    site.page("/left.htm", "<p>左侧栏目</p>")
    site.page("/main.htm", "<p>正文列表</p>")
    url = site.page("/", "<html><frameset cols='20%,*'><frame src=left.htm><frame src=main.htm></frameset></html>")
    seen = await service.open(url, wait=SHORT)
    assert "<body>" in seen.html
    assert "左侧栏目" in seen.html
    assert "正文列表" in seen.html


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://192.168.1.10/", FetchOutcome.PRIVATE),
        ("http://127.0.0.1:22334/", FetchOutcome.PRIVATE),
        ("http://localhost:22334/", FetchOutcome.PRIVATE),
        ("http://[::1]:22334/", FetchOutcome.PRIVATE),
        ("http://2130706433/", FetchOutcome.PRIVATE),
        ("http://169.254.169.254/latest/meta-data/", FetchOutcome.PRIVATE),
        ("https://unknown.gov.cn/", FetchOutcome.DNS_UNKNOWN),
        ("file:///etc/passwd", FetchOutcome.SCHEME),
        (f"https://{HOSTS[0]}/", FetchOutcome.TLS),
    ],
)
async def test_what_cannot_be_reached_says_why(service: BrowserService, url: str, outcome: FetchOutcome) -> None:
    seen = await service.open(url, wait=SHORT)
    assert (seen.outcome, seen.html) == (outcome, "")


async def test_a_page_cannot_make_the_browser_ask_a_private_address(site: Site, service: BrowserService) -> None:
    # The server itself listens on loopback: reached by its name it is the portal, by its address it is not.
    inside = f"http://127.0.0.1:{site.port}/secret"
    body = f"<img src='{inside}?img'><iframe src='{inside}?frame'></iframe><script>fetch('{inside}?fetch')</script>"
    url = site.page("/", html("页", body))
    seen = await service.open(url, wait=SHORT, images=True)
    assert seen.outcome is FetchOutcome.OK
    assert site.times("/secret") == 0
    assert any("?fetch" in failed.url for failed in seen.failed)
    redirecting = site.page("/go", lambda _: web.Response(status=302, headers={"Location": inside}))
    away = await service.open(redirecting, wait=SHORT)
    assert away.outcome is FetchOutcome.PRIVATE
    assert away.hops[0].location == inside
    assert site.times("/secret") == 0


async def test_statuses_and_downloads_are_outcomes(site: Site, service: BrowserService) -> None:
    site.page("/500", lambda _: web.Response(status=500, text="broken"))
    site.page(
        "/file", lambda _: web.Response(body=b"PK", headers={"Content-Disposition": "attachment; filename=a.zip"})
    )
    assert (await service.open(f"{HOME}/none", wait=SHORT)).outcome is FetchOutcome.NOT_FOUND
    assert (await service.open(f"{HOME}/500", wait=SHORT)).outcome is FetchOutcome.SERVER_ERROR
    file = await service.open(f"{HOME}/file", wait=SHORT)
    assert (file.outcome, file.status) == (FetchOutcome.OK, 200)
    assert "download" in file.error


async def test_alerts_confirms_and_prompts_do_not_hold_a_page(site: Site, service: BrowserService) -> None:
    storm = "for (let i = 0; i < 60; i++) alert('公告' + i); confirm('离开？'); prompt('姓名')"
    seen = await service.open(site.page("/", html("页", f"<script>{storm}</script><p>正文")), wait=SHORT)
    assert "正文" in seen.html
    assert seen.dialogs[0] == "公告0"
    assert len(seen.dialogs) <= 20


async def test_a_flood_of_windows_is_closed(site: Site, service: BrowserService) -> None:
    site.page("/ad", html("广告", "广告"))
    flood = "for (let i = 0; i < 300; i++) window.open('/ad?' + i)"
    seen = await service.open(site.page("/", html("页", f"<p>正文</p><script>{flood}</script>")), wait=SHORT)
    assert "正文" in seen.html
    assert seen.popups <= 3
    assert site.times("/ad") <= 3


async def test_a_page_that_never_rests_is_taken_as_it_stands_when_the_time_is_up(
    site: Site, service: BrowserService
) -> None:
    busy = "setInterval(() => { fetch('/tick'); document.body.append(document.createElement('i')) }, 40)"
    site.page("/tick", "x")
    seen = await service.open(site.page("/", html("页", f"<p>正文</p><script>{busy}</script>")), wait=Wait(0.3, 1.0))
    assert (seen.outcome, seen.settled) == (FetchOutcome.OK, False)
    assert "正文" in seen.html


async def test_a_page_that_never_ends_is_left(site: Site, found: Found) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        await response.write(html("慢", "<p>开头</p>").encode())
        try:
            while True:
                await response.write(b"<!-- more -->")
                await asyncio.sleep(0.05)
        except (ConnectionError, asyncio.CancelledError):
            return response

    url = site.page("/", endless)
    other = site.page("/ok", html("好", "<p>好"))
    async with BrowserService(site.network, found=found, page_seconds=4.0) as service:
        seen = await service.open(url, wait=Wait(0.2, 0.5))
        assert "开头" in seen.html
        spin = site.page("/spin", html("转", "<script>setTimeout(() => { while (true) {} }, 50)</script>"))
        stuck = await service.open(spin, wait=Wait(0.2, 1.0))
        assert (stuck.outcome, stuck.html) == (FetchOutcome.TIMEOUT, "")
        assert (await service.open(other, wait=SHORT)).outcome is FetchOutcome.OK


async def test_images_are_only_loaded_for_pictures(site: Site, service: BrowserService) -> None:
    pixel = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
    site.page("/logo.gif", lambda _: web.Response(body=pixel, content_type="image/gif"))
    url = site.page("/", html("页", "<img src=/logo.gif>"))
    await service.open(url, wait=SHORT)
    assert site.times("/logo.gif") == 0
    seen = await service.open(url, wait=SHORT, picture=True)
    assert site.times("/logo.gif") == 1
    assert seen.screenshot.startswith(b"\xff\xd8")


async def crash(visit: Visit) -> None:
    """Kills the tab's renderer and goes on waiting for it, as an action that noticed nothing would."""
    with contextlib.suppress(PlaywrightError):
        await visit.page.goto("chrome://crash")
    await asyncio.Event().wait()


async def test_a_crashed_tab_is_repeated_once(site: Site, found: Found) -> None:
    url = site.page("/", html("页", "<p>正文"))
    async with BrowserService(site.network, found=found) as service:
        calls: list[int] = []

        async def action(visit: Visit) -> str:
            calls.append(1)
            if len(calls) == 1:
                await crash(visit)
            await visit.goto(url, SHORT)
            return (await visit.snapshot()).html

        assert "正文" in await service.run(action)
        assert len(calls) == 2

        async def always(visit: Visit) -> None:
            await crash(visit)

        with pytest.raises(BrowserLostError):
            await service.run(always)
        assert (await service.open(url, wait=SHORT)).outcome is FetchOutcome.OK


async def test_a_killed_browser_is_started_again(site: Site, found: Found) -> None:
    url = site.page("/", html("页", "<p>正文"))
    async with BrowserService(site.network, found=found) as service:
        assert (await service.open(url, wait=SHORT)).outcome is FetchOutcome.OK
        killed: list[int] = []

        async def action(visit: Visit) -> FetchOutcome:
            if not killed:
                session = await visit.page.context.browser.new_browser_cdp_session()  # type: ignore[union-attr]  # it is open
                info = await session.send("SystemInfo.getProcessInfo")
                own = [entry["id"] for entry in info["processInfo"] if entry["type"] == "browser"]
                killed.extend(own)
                os.kill(own[0], signal.SIGKILL)
            return await visit.goto(url, SHORT)

        assert await service.run(action) is FetchOutcome.OK
        assert (len(killed), service.launches) == (1, 2)


def started_with(pid: int) -> list[str]:
    """The words a process was started with."""
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system does not tell how it was started")
async def test_no_feature_playwright_turns_off_is_on_because_of_our_own_list(site: Site, found: Found) -> None:
    async with BrowserService(site.network, found=found) as service:
        session = await service._browser.new_browser_cdp_session()  # type: ignore[union-attr]  # it is started
        info = await session.send("SystemInfo.getProcessInfo")
        pid = next(entry["id"] for entry in info["processInfo"] if entry["type"] == "browser")
        words = started_with(pid)
    off = [set(word.partition("=")[2].split(",")) for word in words if word.startswith("--disable-features=")]
    assert len(off) == 2
    assert off[0] < off[1]  # the last list is the one that holds


async def test_contexts_are_renewed_and_cookies_go_along(site: Site, found: Found) -> None:
    def count(request: web.Request) -> web.Response:
        seen = int(request.cookies.get("seen", "0")) + 1
        response = web.Response(text=html("页", f"<p id=n>{seen}"), content_type="text/html")
        response.set_cookie("seen", str(seen))
        return response

    url = site.page("/", count)
    async with BrowserService(site.network, found=found, pages_per_context=2, pages_per_browser=5) as service:
        for number in range(1, 5):
            assert f'<p id="n">{number}</p>' in (await service.open(url, wait=SHORT)).html
        assert service.launches == 1
        await service.open(url, wait=SHORT)
        await service.open(url, wait=SHORT)
        assert service.launches == 2


async def test_a_tab_serves_one_page_after_another_and_keeps_nothing_of_them(site: Site, found: Found) -> None:
    count = "<script>document.title = sessionStorage.n = Number(sessionStorage.n || 0) + 1</script>"
    first, second = site.page("/first", html("甲", count)), site.page("/second", html("乙", count))
    loud = site.page("/loud", html("丙", "<script>alert(1)</script>"))
    tabs: list[Page] = []

    async def look(visit: Visit, url: str) -> str:
        tabs.append(visit.page)
        await visit.goto(url, SHORT)
        return (await visit.snapshot()).title

    async with BrowserService(site.network, found=found, tabs=1) as service:
        assert await service.run(lambda visit: look(visit, first)) == "1"
        assert await service.run(lambda visit: look(visit, second)) == "1"
        await tabs[0].wait_for_url("about:blank")  # left alone it is emptied, whatever its page went on doing
        assert await service.run(lambda visit: look(visit, second)) == "1"
        assert await service.run(lambda visit: look(visit, loud)) == "丙"
        assert await service.run(lambda visit: look(visit, second)) == "1"
    assert tabs[0] is tabs[1] is tabs[2] is tabs[3]
    assert tabs[4] is not tabs[3]  # one that rang is not trusted to be quiet


async def test_every_page_passes_the_shared_limiter(site: Site, found: Found) -> None:
    url = site.page("/", html("页", "<p>正文"))
    politeness = Politeness(rate=0, budget=2)

    async def group(_: str) -> str:
        return "platform"

    async with BrowserService(site.network, found=found, politeness=politeness, group=group) as service:
        assert [(await service.open(url, wait=SHORT)).outcome for _ in range(3)] == [
            FetchOutcome.OK, FetchOutcome.OK, FetchOutcome.BUDGET,
        ]  # fmt: skip
    assert politeness.spent == 2
    assert site.times("/") == 2


async def test_what_an_action_does_wrong_is_a_page_error(site: Site, service: BrowserService) -> None:
    async def wrong(visit: Visit) -> None:
        await visit.page.click("#nothing", timeout=50)

    async def slow(visit: Visit) -> None:
        await asyncio.Event().wait()

    with pytest.raises(PageError):
        await service.run(wrong)
    with pytest.raises(PageError, match="not done within"):
        await service.run(slow, seconds=0.2)


async def test_without_a_working_browser_the_service_says_so(tmp_path: Path) -> None:
    broken = Found(str(tmp_path / "gone"), "gone", "0", True)
    service = BrowserService(Network(sealed=True), found=broken)
    try:
        with pytest.raises(NoBrowserError, match="gone"):
            await service.open("http://a.gov.cn/")
    finally:
        await service.close()


async def test_a_driver_that_was_killed_costs_one_page(site: Site, found: Found) -> None:
    url = site.page("/", html("页", "<p>正文</p>"))
    others = set(_descendants(os.getpid()))
    async with BrowserService(site.network, found=found) as service:
        await service.open(url, wait=SHORT)
        (driver,) = (pid for pid, name in _descendants(os.getpid()).items() if name[:4] == "node" and pid not in others)
        os.kill(driver, signal.SIGKILL)
        with pytest.raises(BrowserLostError):
            await service.open(url, wait=SHORT)
        assert "正文" in (await service.open(url, wait=SHORT)).html


async def test_what_a_page_says_to_its_console_goes_nowhere(site: Site, service: BrowserService) -> None:
    url = site.page("/", html("页", "<script>console.log('x'); console.error('y'); document.title = '到底'</script>"))
    said: list[object] = []

    async def action(visit: Visit) -> str:
        visit.page.on("console", lambda message: said.append(message))
        await visit.goto(url, SHORT)
        return await visit.page.title()

    assert await service.run(action) == "到底"
    assert said == []
