"""Pages that attack the browser that shows them. Each is a column whose list only a script draws: it must be opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crawler.browser.browsers import Found
from crawler.browser.render import RenderRequest, RenderResult, render_page, render_pages
from crawler.browser.service import BrowserService
from portal.artifacts import Absence
from portal.model import Network
from tests.crawl.site import html
from tests.hostile import wire
from tests.hostile.drive import BROWSING, Audited, audit, survived
from tests.hostile.site import (
    HOME,
    HOST,
    NEIGHBOUR,
    Attack,
    HostileServer,
    answer,
    article,
    bytes_only,
    neighbour,
    peaceful,
    raw,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = 5  # items the script of a page draws, whatever else it does
DRAW = (
    "const row = n => `<li><a href='/x/item.html'>关于第${n}号工作安排的通知</a><span>2026-01-0${n}</span></li>`;"
    f"document.getElementById('list').innerHTML = [1, 2, 3, 4, {DRAWN}].map(row).join('');"
)


def column(script: str, body: str = "", *, draws: bool = True) -> str:
    """Returns a column page whose script does something to the browser and draws the list, or draws none."""
    trail = "<div>当前位置：<a href='/'>首页</a> &gt; 专栏</div><h2>专栏</h2>"
    drawing = f"<script>{DRAW}</script>" if draws else ""
    return html(
        "专栏_石楼县人民政府", f"{trail}<ul class='list' id='list'></ul>{drawing}{body}<script>{script}</script>"
    )


# What a page may do and still be read.
RESTLESS = {
    "addresses-without-end": column(
        "setInterval(() => history.pushState('x'.repeat(1e5), '', '/p' + Math.random()), 1)"
    ),
    "alerts": column("for (let n = 0; n < 300; n++) alert('公告' + n)"),
    "alerts-of-megabytes": column("for (let n = 0; n < 3; n++) alert('公'.repeat(1e7))"),
    "computing-beside": column(
        "for (let n = 0; n < 4; n++) new Worker(URL.createObjectURL(new Blob(['while (true) {}'])))"
    ),
    "downloads": column(
        "setInterval(() => { const a = document.createElement('a'); a.download = 'a.exe';"
        "a.href = URL.createObjectURL(new Blob(['x'.repeat(1e6)])); a.click() }, 50)"
    ),
    "goes-back": column("history.go(-1); setTimeout(() => history.back(), 50)"),
    "half-a-character": column("document.title = '公告\\ud83d'; document.body.append('公告\\ud83d')"),
    "leaving-is-asked": column("onbeforeunload = event => { event.preventDefault(); return '离开？' }"),
    "network-never-idle": column("setInterval(() => fetch('/ok?' + Math.random()), 20)"),
    "own-functions": column("document.getElementsByTagName = () => ({length: {}})"),
    "prints": column("onafterprint = () => print(); print()"),
    "sends-files": column("document.body.append(Object.assign(document.createElement('iframe'), {src: '/x/file'}))"),
    "service-worker": column("if (navigator.serviceWorker) navigator.serviceWorker.register('/x/worker.js')"),
    "sockets": column("setInterval(() => new WebSocket('ws://' + location.host + '/x/socket'), 50)"),
    "stores": column("try { for (let n = 0; ; n++) sessionStorage['k' + n] = 'x'.repeat(1e6) } catch (full) {}"),
    "talks-without-end": column("const s = 'x'.repeat(1e5); setInterval(() => console.log(s, {s}, [s]), 5)"),
    "windows": column("for (let n = 0; n < 300; n++) open('/x/item.html?' + n)"),
    "windows-by-links": column(
        "for (let n = 0; n < 100; n++) { const a = document.createElement('a'); a.href = '/x/item.html?' + n;"
        "a.target = '_blank'; document.body.append(a); a.click(); a.remove() }"
    ),
}
# What no visitor could read either: the page, not the audit, is lost.
DEADLY = {
    "eats-memory": column(
        "const kept = []; setInterval(() => kept.push(new Uint8Array(1e8).fill(1)), 10)", draws=False
    ),
    "elements-without-end": column(
        "setInterval(() => { for (let n = 0; n < 20000; n++) document.body.append(document.createElement('p')) }, 1)"
    ),
    "frozen": column("while (true) {}", draws=False),
    "own-answers": column(
        "Object.defineProperty(Element.prototype, 'outerHTML', {get() { return {slice: () => 5} }})"
    ),
    "refreshes": html("专栏", "<ul id='list'></ul>", "<meta http-equiv='refresh' content='0'>"),
    "reloads": column("location.reload()", draws=False),
    "rings-for-ever": column("while (true) alert('公告')", draws=False),
}  # fmt: skip
BOMB = "unpacks-to-a-gigabyte"
GOOD = "good"
PAGE_SECONDS = 5.0  # of a page where each is opened; an audit gives 45
MORE: dict[str, Attack] = {
    "/x/item.html": answer(article("tzgg", 3)),
    "/x/file": bytes_only(
        raw("HTTP/1.1 200 X\r\nContent-Disposition: attachment; filename=a.exe\r\nContent-Length: 9") + b"x" * 9,
        keep=True,
    ),
    "/x/worker.js": answer(b"self.addEventListener('fetch', event => event.respondWith(new Response('x')))"),
}
SEARCH = "<div class='header'><form action='/search'><input name='q'><button>搜索</button></form></div>"


def bomb() -> Attack:
    """Returns the page that unpacks to a gigabyte of paragraphs."""
    return wire.packed(wire.bomb("gzip", unit=b"<p>x"), "gzip")


async def shown(
    folder: Path, attacks: dict[str, str], *, bombs: Sequence[str] = (), search: str = "", minutes: float, titles: int
) -> Audited:
    """Returns the audit, with a browser, of a portal that has these pages, and bombs, among its columns."""
    paths = {f"/{name}/": answer(page) for name, page in attacks.items()}
    paths |= {f"/{name}/": bomb() for name in bombs}
    pages = peaceful()
    names = "".join(f"<li><a href='{path}'>专栏{number}</a></li>" for number, path in enumerate(paths))
    front = str(pages["/"]).replace("</ul></div>", f"{names}</ul></div>", 1)
    pages["/"] = front.replace("<body>", f"<body>{SEARCH}") if search else front
    more = MORE | ({"/search": answer(search)} if search else {})
    server = HostileServer(pages=pages, attacks=paths | more)
    async with server, HostileServer(pages=neighbour()) as other:
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        return await audit(folder, f"{HOME}/", hosts, browser=True, max_minutes=minutes, search_titles=titles)


@pytest.fixture(scope="module")
async def restless(found: Found, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of the restless portal."""
    return await audit_restless(tmp_path_factory.mktemp("restless"))


@pytest.fixture(scope="module")
async def deadly(found: Found, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of the deadly portal."""
    return await audit_deadly(tmp_path_factory.mktemp("deadly"))


async def audit_restless(folder: Path) -> Audited:
    """Audits a portal whose columns never leave the browser alone."""
    return await shown(folder, RESTLESS, minutes=4, titles=0)


async def audit_deadly(folder: Path) -> Audited:
    """Audits a portal whose columns, and search, kill the browser or freeze it: time is up before all were tried."""
    return await shown(folder, DEADLY, bombs=[BOMB], search=DEADLY["frozen"], minutes=0.8, titles=2)


@pytest.fixture(scope="module")
async def each(found: Found) -> dict[str, RenderResult]:
    """What every deadly page comes to by itself."""
    return await open_each(found)


async def open_each(found: Found) -> dict[str, RenderResult]:
    """Returns what every deadly page, and a good one after them, comes to in one browser, a few seconds each."""
    attacks = {name: answer(page) for name, page in (DEADLY | {GOOD: column("")}).items()}
    attacks[BOMB] = bomb()
    async with HostileServer(attacks={f"/{name}/": attack for name, attack in attacks.items()}) as server:
        network = Network(hosts={HOST: (server.endpoint,)}, sealed=True)
        async with BrowserService(network, found=found, page_seconds=PAGE_SECONDS) as service:
            wanted = [RenderRequest(f"{HOME}/{name}/", name) for name in (*DEADLY, BOMB)]
            results = {result.reason: result async for result in render_pages(service, wanted)}
            results[GOOD] = await render_page(service, RenderRequest(f"{HOME}/{GOOD}/", GOOD))
    return results


def test_pages_that_never_leave_the_browser_alone_change_nothing_for_the_others(
    restless: Audited, peace: Audited
) -> None:
    survived(restless, peace, BROWSING)
    assert restless.summary.stopped_by == ""


@pytest.mark.parametrize("name", RESTLESS)
def test_a_page_that_rings_opens_downloads_or_never_rests_is_read_all_the_same(restless: Audited, name: str) -> None:
    page = restless.pages[f"{HOME}/{name}/"]
    assert (page.render_reason, page.render_failed) == ("scripted_list", None)
    assert page.rendered is not None
    assert len(page.rendered.items) == DRAWN


def test_pages_that_kill_or_freeze_the_browser_change_nothing_for_the_others(deadly: Audited, peace: Audited) -> None:
    survived(deadly, peace, BROWSING)
    assert "largest process is ended" in deadly.log


@pytest.mark.parametrize("name", [*DEADLY, BOMB])
def test_a_page_that_cannot_be_shown_is_not_measured(deadly: Audited, name: str) -> None:
    page = deadly.pages[f"{HOME}/{name}/"]
    assert page.render_reason == ("blank" if name == BOMB else "scripted_list")
    assert page.render_failed in {Absence.ERROR, Absence.DEADLINE}
    assert not {one for one in deadly.accused() if one[1] == page.url}


@pytest.mark.parametrize("name", [*DEADLY, BOMB])
def test_a_browser_gives_up_a_page_that_cannot_be_shown(each: dict[str, RenderResult], name: str) -> None:
    assert each[name].failed is Absence.ERROR


def test_a_browser_that_met_all_of_them_shows_a_good_page(each: dict[str, RenderResult]) -> None:
    facts = each[GOOD].facts
    assert facts is not None
    assert len(facts.items) == DRAWN


def test_a_search_that_freezes_the_browser_is_not_measured(deadly: Audited) -> None:
    assert deadly.results["search_hits"]["outcome"] == "not_measured"
    assert deadly.results["search_hits"]["reason"] in {"deadline", "undecided", "not_gathered"}
