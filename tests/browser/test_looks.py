"""What only a browser sees: challenges passed by a plain visit, lists drawn by script, proof, second looks."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt

import msgspec
import pytest
from aiohttp import web

from crawler.browser.challenge import Passed, pass_challenge
from crawler.browser.proof import ShotRequest, shoot
from crawler.browser.render import RenderRequest, RenderResult, render_pages
from crawler.browser.service import BrowserService
from crawler.browser.visit import Visit, Wait
from crawler.crawl.confirm import ConfirmRequest, browse, confirm
from crawler.crawl.survey import survey_home
from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.politeness import Politeness
from portal.artifacts import Absence, Attempt, FetchOutcome, Hop, Level, PageRecord, Shot
from storage.bundle import Bundle
from tests.browser.conftest import AS_OF, PORTAL
from tests.browser.site import HOME, Site, home, html

pytestmark = pytest.mark.browser

BOX = '<form action="/s"><input type="text" name="q"><button>搜索</button></form>'
LIST = "".join(
    f'<li><a href="/tz/{n}.html">关于开展第{n}次督查的通知</a><span>2026-10-1{n}</span></li>' for n in range(8)
)
SETTER = (
    "<script>document.cookie=('_')+('_jsl_clearance_s=')+('1234|0|abc')+';path=/';"
    "location.href=location.pathname+location.search</script>"
)


def fetcher_for(site: Site) -> Fetcher:
    return Fetcher(site.network, PORTAL, politeness=Politeness(rate=0, concurrency=4))


# challenges


async def test_a_cookie_challenge_is_passed_by_visiting_and_the_fetcher_goes_on(
    site: Site, service: BrowserService
) -> None:
    def guarded(request: web.Request) -> web.Response | str:
        if "__jsl_clearance_s" in request.cookies:
            return home(BOX)
        return web.Response(status=521, text=SETTER, content_type="text/html")

    url = site.page("/", guarded)
    site.page("/robots.txt", lambda _: web.Response(status=404))
    async with fetcher_for(site) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).attempt.outcome is FetchOutcome.BLOCKED
        passed = await pass_challenge(service, url, as_of=AS_OF)
        assert isinstance(passed, Passed)
        assert passed.rendered.status == 200
        assert "青石县人民政府" in passed.rendered.html
        passed.hand_over(fetcher)
        after = await fetcher.fetch(FetchRequest(url, purpose="home"))
        assert after.attempt.outcome is FetchOutcome.OK


async def test_a_captcha_is_left_to_a_person(site: Site, service: BrowserService) -> None:
    captcha = (
        "<h3>访问验证</h3><p>请完成安全验证，拖动滑块完成拼图</p><form><img src=/captcha.png width=90 height=30>"
        "<input name=captcha><button>提交</button></form>"
    )
    url = site.page("/", html("安全验证", captcha))
    assert await pass_challenge(service, url, patience=0.5) is Absence.CAPTCHA


async def test_a_challenge_that_never_lets_through_ends(site: Site, service: BrowserService) -> None:
    url = site.page("/", lambda _: web.Response(status=521, text="<script>var a=1</script>", content_type="text/html"))
    assert await pass_challenge(service, url, patience=0.5) in (Absence.CHALLENGE, Absence.BLOCKED)
    broken = site.page("/x", lambda _: web.Response(status=500, text="x"))
    assert await pass_challenge(service, broken, patience=0.5) is Absence.UNREACHABLE


# the survey


async def test_the_survey_sees_what_scripts_put_on_the_home_page(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    site.page("/head.html", BOX)
    script = "fetch('/head.html').then(r => r.text()).then(t => document.getElementById('h').innerHTML = t)"
    site.page("/", home('<div id="h"></div>', script=script))
    seen = await survey_home(service, PORTAL, bundle=bundle, as_of=AS_OF, wait=Wait(0.3, 4.0))
    assert seen.failed is None
    assert seen.facts is not None
    assert any(link.url == f"{HOME}/zwgk/" for link in seen.facts.links)
    assert seen.entry is not None
    assert seen.in_header
    assert bundle.blob(seen.screenshot).startswith(b"\xff\xd8")
    assert "搜索" in bundle.blob(seen.evidence).decode()


@pytest.mark.parametrize(
    ("status", "absence"), [(500, Absence.UNREACHABLE), (404, Absence.UNREACHABLE), (403, Absence.BLOCKED)]
)
async def test_a_home_page_that_does_not_come_is_said(
    site: Site, service: BrowserService, status: int, absence: Absence
) -> None:
    site.page("/", lambda _: web.Response(status=status, text="x"))
    assert (await survey_home(service, PORTAL, wait=Wait(0.2, 1.0))).failed is absence


async def test_a_home_page_that_asks_for_a_captcha_is_not_a_home_page_without_a_search(
    site: Site, service: BrowserService
) -> None:
    proof = (
        "<h3>访问验证</h3><p>请输入图片中的字符</p><form><img src=/yzm.png width=90 height=30><input name=yzm></form>"
    )
    site.page("/", html("验证", proof))
    assert (await survey_home(service, PORTAL, wait=Wait(0.2, 1.0))).failed is Absence.CAPTCHA


# rendering


async def rendered(service: BrowserService, bundle: Bundle | None, *urls: str, **options: float) -> list[RenderResult]:
    requests = [RenderRequest(url, "scripted_list") for url in urls]
    return [r async for r in render_pages(service, requests, bundle=bundle, as_of=AS_OF, **options)]  # type: ignore[arg-type]  # seconds and pages are numbers


async def test_a_list_drawn_by_script_is_there_once_rendered(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    async def rows(_: web.Request) -> web.Response:
        await asyncio.sleep(1.2)  # slower than the page needs to stand still
        return web.Response(text=LIST, content_type="text/html")

    site.page("/rows", rows)
    script = (
        "setTimeout(() => fetch('/rows').then(r => r.text())"
        ".then(t => document.querySelector('ul').innerHTML = t), 300)"
    )
    url = site.page("/tz/", html("通知公告", f"<h2>通知公告</h2><ul class=list></ul><script>{script}</script>"))
    (result,) = await rendered(service, bundle, url)
    assert result.failed is None
    assert result.facts is not None
    assert len(result.facts.items) == 8
    assert "督查" in bundle.blob(result.evidence).decode()
    fetched = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "get", FetchOutcome.OK)
    record = result.onto(PageRecord(url, Level.SECOND, fetched))
    assert (record.rendered, record.render_reason) == (result.facts, "scripted_list")


async def test_a_list_whose_data_fails_says_which_request_failed(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    site.page("/api/list", lambda _: web.Response(status=500, text="x"))
    script = "fetch('/api/list?c=1'); fetch('http://www.other.gov.cn/count.js')"
    url = site.page("/tz/", html("通知公告", f"<h2>通知公告</h2><ul class=list></ul><script>{script}</script>"))
    (result,) = await rendered(service, bundle, url)
    assert result.script_errors == (f"fetch 500 {HOME}/api/list?c=1",)


async def test_what_the_budget_does_not_reach_is_said(site: Site, service: BrowserService) -> None:
    urls = [site.page(f"/{n}", html("页", f"<ul>{LIST}</ul>")) for n in range(3)]
    results = {r.url: r.failed for r in await rendered(service, None, *urls, pages=1)}
    assert results == {urls[0]: None, urls[1]: Absence.BUDGET, urls[2]: Absence.BUDGET}
    assert {r.failed for r in await rendered(service, None, *urls, seconds=0)} == {Absence.DEADLINE}


async def test_pages_that_fail_are_absences(site: Site, service: BrowserService) -> None:
    site.page("/403", lambda _: web.Response(status=403, text="x"))
    results = {r.url: r.failed for r in await rendered(service, None, f"{HOME}/403", f"{HOME}/404")}
    assert results == {f"{HOME}/403": Absence.BLOCKED, f"{HOME}/404": Absence.UNREACHABLE}


# proof


async def outlined_pixels(service: BrowserService, picture: bytes) -> int:
    """Counts pixels of the outline's red in a picture, by drawing it on a canvas."""
    source = "data:image/jpeg;base64," + base64.b64encode(picture).decode()

    async def action(visit: Visit) -> int:
        return int(
            await visit.page.evaluate(
                """async source => { const i = new Image(); i.src = source; await i.decode();
                const c = document.createElement('canvas'); c.width = i.width; c.height = i.height;
                const x = c.getContext('2d'); x.drawImage(i, 0, 0);
                const d = x.getImageData(0, 0, c.width, c.height).data; let n = 0;
                for (let k = 0; k < d.length; k += 4) if (d[k] > 180 && d[k+1] < 50 && d[k+2] < 50) n++;
                return n; }""",
                source,
            )
        )

    return await service.run(action, images=True)


async def test_the_offending_element_is_outlined_and_one_visit_serves_several_findings(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    far = '<div style="height:4000px">正文</div>'
    menu = '<div id="m">菜单<p style="display:none"><a href="/gone2.html">折叠的链接</a></p></div>'
    body = f'{menu}{far}<a href="gone.html#top">失效链接</a><img src="/x.png" width="80" height="40"><ul id="l"></ul>'
    url = site.page("/p", html("页", body))
    requests = [
        ShotRequest("f1", url, target=f"{HOME}/gone.html", caption="链接无法打开（404）"),
        ShotRequest("f2", url, target=f"{HOME}/gone2.html"),
        ShotRequest("f3", url, target=f"{HOME}/nowhere.html", rank=1),
        ShotRequest("f4", url, selector="#m"),
    ]
    shots = {shot.fingerprint: shot for shot in await shoot(service, bundle, requests)}
    assert {name: shot.outlined for name, shot in shots.items()} == {"f1": True, "f2": True, "f3": False, "f4": True}
    assert site.times("/p") == 1
    pixels = {name: await outlined_pixels(service, bundle.blob(shot.sha256)) for name, shot in shots.items()}
    assert pixels["f1"] > 100
    assert pixels["f2"] > 100
    assert pixels["f3"] == 0
    assert pixels["f4"] > 100
    kept = bundle.get(Shot, "f1")
    assert kept == shots["f1"]
    assert kept.page == url


async def test_the_most_severe_come_first_and_pages_that_fail_have_no_picture(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    good = site.page("/good", html("页", "<p>正文"))
    requests = [
        ShotRequest("late", good, rank=9),
        ShotRequest("none", "http://192.168.3.4/", rank=0),
        ShotRequest("early", site.page("/other", html("页", "<p>正文")), rank=0),
    ]
    assert [shot.fingerprint for shot in await shoot(service, bundle, requests, limit=2)] == ["early"]
    assert await shoot(service, bundle, requests, seconds=0) == []


# second looks


async def test_what_fails_is_looked_at_again_by_other_methods_and_the_browser_last(
    site: Site, service: BrowserService
) -> None:
    url = site.page("/dead", lambda _: web.Response(status=500, text="x"))
    first = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "head", FetchOutcome.SERVER_ERROR, 500)
    async with fetcher_for(site) as fetcher:
        found = await confirm([ConfirmRequest(url, (first,))], fetcher, service, spacing=(0, 0, 0))
    assert [(a.via, a.outcome) for a in found[url]] == [
        ("get", FetchOutcome.SERVER_ERROR),
        ("get", FetchOutcome.SERVER_ERROR),
        ("browser", FetchOutcome.SERVER_ERROR),
    ]


async def test_a_success_ends_the_looking(site: Site, service: BrowserService) -> None:
    url = site.page("/back", html("页", "<p>又好了"))
    first = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "get", FetchOutcome.TIMEOUT)
    async with fetcher_for(site) as fetcher:
        found = await confirm([ConfirmRequest(url, (first,))], fetcher, service, spacing=(0, 0, 0))
        private = ConfirmRequest("http://10.0.0.1/", (Attempt(first.at, "get", FetchOutcome.PRIVATE),))
        assert await confirm([private], fetcher, service, spacing=(0,)) == {"http://10.0.0.1/": ()}
        sent = msgspec.structs.replace(private.previous[0], hops=(Hop(url, 302, "http://10.0.0.1/"),))
        (again,) = (await confirm([ConfirmRequest(url, (sent,))], fetcher, spacing=(0,)))[url]
        assert again.outcome is FetchOutcome.OK, "a redirect may lead elsewhere by now"
    assert [(a.via, a.outcome) for a in found[url]] == [("get", FetchOutcome.OK)]


async def test_a_page_only_browsers_get_is_cleared_by_the_browser(site: Site, service: BrowserService) -> None:
    def picky(request: web.Request) -> web.Response | str:
        if "Chrome" in request.headers["User-Agent"]:
            return html("办事指南", "<p>正文内容</p>")
        return web.Response(status=404, text="x")

    url = site.page("/picky", picky)
    first = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "get", FetchOutcome.NOT_FOUND, 404)
    async with fetcher_for(site) as fetcher:
        found = await confirm([ConfirmRequest(url, (first,))], fetcher, service, spacing=(0, 0))
    last = found[url][-1]
    assert (last.via, last.outcome, last.title) == ("browser", FetchOutcome.OK, "办事指南")
    assert last.text_length == len("正文内容")


async def test_the_browsers_look_at_a_challenge_is_blocked_not_good(site: Site, service: BrowserService) -> None:
    url = site.page("/c", lambda _: web.Response(status=403, text="no"))
    attempt = await browse(service, url)
    assert attempt is not None
    assert attempt.outcome is FetchOutcome.BLOCKED


@pytest.mark.parametrize("on", ["history.go(-1)", "location.href = '/front'"])
async def test_what_an_alert_says_is_not_undone_by_where_the_page_goes(
    site: Site, service: BrowserService, on: str
) -> None:
    site.page("/front", html("首页", "<p>欢迎访问</p>"))
    attempt = await browse(service, site.page("/gone", f"<script>alert('该信息不存在');{on}</script>"))
    assert attempt is not None
    assert attempt.signs[-1] == "soft_404:alert"


@pytest.mark.parametrize(
    ("said", "sign"), [("文件不存在", "soft_404:report"), ("系统繁忙，请稍后再试", "working:busy"), ("", "")]
)
async def test_a_report_of_an_error_is_one_in_the_browser_too(
    site: Site, service: BrowserService, said: str, sign: str
) -> None:
    told = f'{{"code":500,"msg":"{said}"}}'
    url = site.page("/f.do", lambda _: web.Response(text=told, content_type="application/json"))
    attempt = await browse(service, url)
    assert attempt is not None
    assert attempt.signs == (sign,) * bool(sign)


# shadows


@pytest.mark.parametrize("mode", ["open", "closed"])
async def test_what_an_element_draws_into_its_shadow_is_what_a_visitor_sees(
    site: Site, service: BrowserService, mode: str
) -> None:
    draws = (
        "<script>customElements.define('gov-list', class extends HTMLElement { connectedCallback() {"
        f"const root = this.attachShadow({{mode: '{mode}'}});"
        f"root.innerHTML = `<ul>{LIST}</ul><slot></slot>`; }} }})</script>"
    )
    url = site.page("/tz/", html("通知公告", f"<gov-list><p>联系电话：0916-1234567</p></gov-list>{draws}"))
    frame = site.page("/zt/", html("专题", "<iframe src='/tz/'></iframe>"))
    shown, within = [
        result async for result in render_pages(service, [RenderRequest(one, "scripted_list") for one in (url, frame)])
    ]
    for result in (shown, within):
        assert result.facts is not None
        assert [link.url for link in result.facts.links if link.text.startswith("关于")][:2] == [
            f"{HOME}/tz/0.html",
            f"{HOME}/tz/1.html",
        ]
    assert len((await service.open(url)).html.split("0916-1234567")) == 2, "what stands in the slot is there once"


async def test_a_list_that_comes_when_it_is_scrolled_to_is_there_once_rendered(
    site: Site, service: BrowserService
) -> None:
    site.page("/rows", lambda _: web.Response(text=LIST, content_type="text/html"))
    script = (
        "new IntersectionObserver((seen, o) => { if (seen[0].isIntersecting) { o.disconnect(); fetch('/rows')"
        ".then(r => r.text()).then(t => document.querySelector('ul').innerHTML = t) } })"
        ".observe(document.getElementById('end'))"
    )
    banner = "<div style='height:2500px'></div>"
    body = f"{banner}<h2>示范创建</h2><ul class=list></ul><i id=end>&nbsp;</i>{banner}<script>{script}</script>"
    (result,) = await rendered(service, None, site.page("/sf/", html("示范创建", body)))
    assert result.facts is not None
    assert len(result.facts.items) == 8


async def test_a_list_is_waited_for_as_long_as_a_skeleton_stands_in_its_place(
    site: Site, service: BrowserService
) -> None:
    script = f"setTimeout(() => document.querySelector('ul').innerHTML = `{LIST}`, 4500)"
    row = "<div class='el-skeleton__item'></div>"
    body = f"<h2>教育信息</h2><ul class=list>{row * 3}</ul><script>{script}</script>"
    (result,) = await rendered(service, None, site.page("/jy/", html("教育信息", body)))
    assert result.facts is not None
    assert len(result.facts.items) == 8


async def test_behind_a_picture_with_the_way_in_the_portal_begins(site: Site, service: BrowserService) -> None:
    site.page("/", html("青石县人民政府", "<a href=/sy/><img src=/e.png alt=进入网站></a>"))
    site.page("/sy/", home(BOX))
    seen = await survey_home(service, PORTAL, as_of=AS_OF)
    assert seen.entry is not None
    assert (seen.entry.page, seen.in_header) == (f"{HOME}/sy/", True)


async def test_a_page_that_asks_whether_a_program_is_looking_says_so(site: Site, service: BrowserService) -> None:
    site.page("/js/own.js", lambda _: web.Response(text="navigator.webdriver", content_type="text/javascript"))
    script = f"<script>if (!navigator.webdriver) document.querySelector('ul').innerHTML = `{LIST}`</script>"
    body = f"<h2>卫生健康</h2><ul class=list></ul><script src=/js/own.js></script>{script}"
    url = site.page("/ws/", html("卫生健康", body))
    (result,) = await rendered(service, None, url)
    assert set(result.script_errors) == {f"webdriver {url}", f"webdriver {HOME}/js/own.js"}
