"""The browser reaches nothing but what the guard lets through, whatever a page makes it do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser

from crawler.browser.browsers import Found
from crawler.browser.service import BrowserService
from crawler.browser.visit import Visit, Wait
from crawler.net.resolver import Endpoint, Resolver
from portal.artifacts import FetchOutcome
from portal.model import Network
from tests.browser.site import HOSTS, Handler, Site, html
from tests.security.pages import WAYS, asking, calling, looking_for_calls
from tests.security.sockets import listening
from tests.security.traps import DISGUISES, Trap, trap

pytestmark = pytest.mark.browser
SHORT = Wait(quiet=0.3, cap=3.0)
CALLED = Wait(quiet=1.0, cap=3.0)


def kept_out(inside: Trap, service: BrowserService, hosts: tuple[str, ...]) -> None:
    """Nobody came, and the gateway was asked to let each host through and refused."""
    assert inside.met == []
    for host in hosts:
        passage = service.gateway.passage(host, inside.port)
        assert passage is not None, host
        assert passage.outcome is FetchOutcome.PRIVATE


async def test_every_way_a_page_has_to_ask_is_one_that_works(site: Site, service: BrowserService) -> None:
    # Only what reaches an open server proves something where it does not reach a closed one.
    site.pages.update({(HOSTS[1], f"/{way}"): "x" for way in WAYS})
    url = site.page("/", asking([f"http://{HOSTS[1]}/"]))
    await service.open(url, wait=SHORT, images=True)
    assert set(WAYS) <= {path.strip("/") for _, host, path in site.asked if host == HOSTS[1]}


async def test_no_way_leads_a_page_to_this_machine(site: Site, service: BrowserService) -> None:
    async with trap() as inside:
        bases = [f"http://{host}:{inside.port}/" for host in ("127.0.0.1", "localhost", "[::1]", "2130706433")]
        seen = await service.open(site.page("/", asking(bases)), wait=SHORT, images=True)
        assert "正文" in seen.html
        kept_out(inside, service, ("127.0.0.1", "localhost", "::1"))


async def test_no_spelling_of_this_machine_leads_there(site: Site, service: BrowserService) -> None:
    async with trap() as inside:
        few = {name: WAYS[name] for name in ("fetch", "img", "socket", "iframe")}
        bases = [f"http://{host}:{inside.port}/" for host in DISGUISES]
        await service.open(site.page("/", asking(bases, few)), wait=SHORT, images=True)
        for host in DISGUISES:
            seen = await service.open(f"http://{host}:{inside.port}/", wait=SHORT)
            assert (seen.outcome, seen.html) == (FetchOutcome.PRIVATE, ""), host
        kept_out(inside, service, ("127.0.0.1", "0.0.0.0", "::1", "portal.localhost"))


async def test_no_answer_of_a_server_leads_there(site: Site, service: BrowserService) -> None:
    async with trap() as inside:
        target = f"http://127.0.0.1:{inside.port}/"
        ways: dict[str, Handler | str] = {
            "/moved": lambda _: web.Response(status=302, headers={"Location": target}),
            "/refreshed": lambda _: web.Response(text="x", headers={"Refresh": f"0; url={target}"}),
            "/meta": html("页", "", f'<meta http-equiv="refresh" content="0; url={target}">'),
            "/script": html("页", f"<script>location.replace('{target}')</script>"),
            "/linked": lambda _: web.Response(
                text="<p>x", content_type="text/html", headers={"Link": f"<{target}>; rel=preload; as=script"}
            ),
            "/told": lambda _: web.Response(
                text="<p>x",
                content_type="text/html",
                headers={
                    "Alt-Svc": f'h2="127.0.0.1:{inside.port}"; ma=9999',
                    "Content-Security-Policy-Report-Only": f"default-src 'none'; report-uri {target}csp",
                    "NEL": '{"report_to": "a", "max_age": 9, "success_fraction": 1.0}',
                    "Report-To": f'{{"group": "a", "max_age": 9, "endpoints": [{{"url": "{target}nel"}}]}}',
                },
            ),
            "/framed": html("页", "<iframe src='/moved'></iframe><img src='/moved'><script src='/moved'></script>"),
        }
        for path, answer in ways.items():
            seen = await service.open(site.page(path, answer), wait=SHORT, images=True)
            assert "secret" not in seen.html
        kept_out(inside, service, ("127.0.0.1",))


async def test_a_page_reaches_this_machine_only_where_that_is_allowed(site: Site, found: Found) -> None:
    async with trap() as inside:
        url = site.page("/", asking([f"http://127.0.0.1:{inside.port}/"], {"fetch": WAYS["fetch"]}))
        network = Network(hosts=site.network.hosts, allow_private=("127.0.0.1/32",), sealed=True)
        async with BrowserService(network, found=found) as service:
            await service.open(url, wait=SHORT)
        assert inside.met == ["tcp GET /fetch"]


class Turning(Resolver):
    """Leads one host to the server the first time, and to this machine ever after."""

    turned = 0

    async def resolve(self, host: str, family: int = 0) -> tuple[Endpoint, ...]:
        """Returns where to connect."""
        if host != HOSTS[1]:
            return await super().resolve(host, family)
        self.turned += 1
        return (await super().resolve(host, family)) if self.turned == 1 else (Endpoint("127.0.0.1", 4),)


async def test_a_name_that_turns_inwards_under_an_open_page_is_refused(site: Site, found: Found) -> None:
    site.pages[HOSTS[1], "/close"] = lambda _: web.Response(text="x", headers={"Connection": "close"})
    again = f"fetch('http://{HOSTS[1]}/close', {{mode: 'no-cors'}})"
    script = f"{again}.then(() => {again}).then(() => document.title = 'in', () => document.title = 'out')"
    url = site.page("/", html("页", f"<script>{script}</script>"))
    resolver = Turning(site.network)
    async with BrowserService(site.network, found=found, resolver=resolver) as service:
        seen = await service.open(url, wait=SHORT)
        passage = service.gateway.passage(HOSTS[1], 80)
    assert seen.title == "out"
    assert resolver.turned >= 2
    assert passage is not None
    assert passage.outcome is FetchOutcome.PRIVATE


async def test_calls_between_browsers_are_no_way_out_and_open_no_ear(
    site: Site, service: BrowserService, bare: Browser
) -> None:
    async with trap() as inside:
        url = site.page("/", calling(inside.port))
        before = listening(os.getpid())
        seen = await service.open(url, wait=CALLED)
        assert seen.title == "页"
        assert inside.met == []
        assert listening(os.getpid()) - before == set()
        # A browser started without our words does call: the page and the trap are good.
        page = await bare.new_page()
        await page.set_content(calling(inside.port))
        await inside.visited.wait()
        assert any(met.startswith("udp") for met in inside.met)
        assert {where.split()[0] for _, where in listening(os.getpid()) - before} >= {"udp"}
        await page.close()


async def test_no_frame_or_window_of_a_page_can_call(site: Site, service: BrowserService, bare: Browser) -> None:
    told = "<script>parent.postMessage({where: 'other site', has: !!self.RTCPeerConnection}, '*')</script>"
    other = site.page("/frame", html("框", told), host="www.other.gov.cn")
    url = site.page("/", looking_for_calls(other))
    seen = await service.open(url, wait=SHORT)
    assert seen.title == "5 frames, found:"
    site.page("/", looking_for_calls("about:blank"), host="127.0.0.1")
    page = await bare.new_page()
    await page.goto(f"http://127.0.0.1:{site.port}/")
    await page.wait_for_function("document.title.includes('sandboxed')")
    assert "found: window empty frame at once" in await page.title()
    await page.close()


async def test_no_worker_stays_behind_a_page(site: Site, found: Found, bare: Browser) -> None:
    # Only pages a browser thinks safe may have one: those of 127.0.0.1 are, without TLS.
    script = (
        "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.getRegistrations())"
        ".then(all => document.title = 'workers ' + all.length, () => document.title = 'refused')"
    )
    site.page("/worker.js", lambda _: web.Response(text="0", content_type="text/javascript"), host="127.0.0.1")
    site.page("/", html("页", f"<script>{script}</script>"), host="127.0.0.1")
    url = f"http://127.0.0.1:{site.port}/"
    async with BrowserService(Network(allow_private=("127.0.0.1/32",), sealed=True), found=found) as service:
        seen = await service.open(url, wait=SHORT)
    assert seen.title in ("refused", "workers 0")
    assert site.times("/worker.js") == 0
    page = await bare.new_page()
    await page.goto(url)
    await page.wait_for_function("document.title === 'workers 1'")
    await page.close()


async def test_files_of_this_machine_are_not_shown(site: Site, service: BrowserService, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("<p>geheim</p><script>top.document.title = 'read'</script>")
    address = secret.as_uri()
    ways = (
        f"<iframe src='{address}'></iframe><img src='{address}'><script src='{address}'></script>"
        f"<link rel=stylesheet href='{address}'>"
        f"<script>fetch('{address}').then(r => r.text()).then(t => document.title = t, () => 0);"
        f"window.open('{address}')</script>"
    )
    seen = await service.open(site.page("/", html("页", ways)), wait=SHORT, images=True)
    assert seen.title == "页"
    assert "geheim" not in seen.html
    # A frame that is refused never comes to be; the page around it is read all the same.
    seen = await service.open(site.page("/", html("页", f"<p>正文</p><object data='{address}'></object>")), wait=SHORT)
    assert ("正文" in seen.html, "geheim" in seen.html) == (True, False)
    answers: dict[str, Handler | str] = {
        "/moved": lambda _: web.Response(status=302, headers={"Location": address}),
        "/script": html("页", f"<script>location.href = '{address}'</script>"),
        "/data": html("页", "<script>location.href = 'data:text/html,<p>ge' + 'heim'</script>"),
        "/moved-data": lambda _: web.Response(status=302, headers={"Location": "data:text/html,<p>geheim"}),
    }
    for path, answer in answers.items():
        seen = await service.open(site.page(path, answer), wait=SHORT)
        assert "geheim" not in seen.html

    async def straight(visit: Visit) -> FetchOutcome:
        return await visit.goto("data:text/html,<p>geheim", SHORT)

    for target in (address, "data:text/html,x", "view-source:file:///etc/passwd", "chrome://version", "javascript:1"):
        assert (await service.open(target, wait=SHORT)).outcome is FetchOutcome.SCHEME
    assert await service.run(straight) is FetchOutcome.SCHEME
