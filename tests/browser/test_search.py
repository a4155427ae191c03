"""The portal's own search, asked in a real browser, in the forms portals give it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import replace
from urllib.parse import quote

import msgspec
import pytest
from aiohttp import web

from crawler.browser.answers import as_many_as_said
from crawler.browser.patience import Patience
from crawler.browser.search import search_portal
from crawler.browser.service import BrowserService
from crawler.browser.visit import Wait
from crawler.crawl.survey import Survey, survey_home
from portal.artifacts import Absence, SearchRecord, SearchStatus, SearchTitle
from portal.facts import PageFacts, PageKind, SearchHit
from portal.model import Portal, SearchOverride
from storage.bundle import Bundle
from tests.browser.conftest import AS_OF, PORTAL
from tests.browser.site import HOME, Site, home, html, results

pytestmark = pytest.mark.browser

TITLE = "关于做好第3号工作的通知"
TARGET = f"{HOME}/zwgk/tz/3.html"
SO = "so.qingshi.gov.cn"
FOUND = [
    (TITLE, TARGET),
    ("关于做好第8号工作的通知", f"{HOME}/zwgk/tz/8.html"),
    ("做好其他工作的情况说明", f"{HOME}/o/1.html"),
]
BOX = '<form action="/s"><input type="text" name="q"><button>搜索</button></form>'
QUICK = Patience(Wait(0.15, 3.0), Wait(0.2, 4.0), Wait(0.15, 0.5), reaction=1.0, answer=6.0, asking=8.0, doubt=0.2)
DRAWN = SearchTitle(TITLE, TARGET, dt.date(2026, 10, 3), "通知公告")


async def ask(
    service: BrowserService,
    *titles: SearchTitle,
    portal: Portal = PORTAL,
    bundle: Bundle | None = None,
    survey: Survey | None = None,
    doubt: float = QUICK.doubt,
) -> SearchRecord:
    survey = survey or await survey_home(service, portal, bundle=bundle, as_of=AS_OF, wait=QUICK.entry)
    return await search_portal(
        service,
        portal,
        survey,
        titles or (DRAWN,),
        seed="s",
        bundle=bundle,
        as_of=AS_OF,
        pause=0,
        retry_after=0,
        patience=replace(QUICK, doubt=doubt),
    )


def answering(request: web.Request) -> str:
    asked = request.query.get("q", "")
    return results(asked, FOUND if asked == TITLE else [])


async def test_results_in_a_new_tab_on_another_host_with_proof(
    site: Site, service: BrowserService, bundle: Bundle
) -> None:
    form = (
        f'<form action="http://{SO}/s" target="_blank"><input type="text" name="q" id="kw"><button>搜索</button></form>'
    )
    site.page("/", home(form))
    site.page("/s", answering, SO)
    record = await ask(service, bundle=bundle)
    assert (record.entry_page, record.in_header, record.visible) == (f"{HOME}/", True, True)
    (session,) = record.sessions
    assert session.status is SearchStatus.ANSWERED
    assert session.new_tab
    assert session.result_url.startswith(f"http://{SO}/s?q=")
    assert session.hits[0].url == TARGET
    assert (session.total, session.page_size) == (3, 3)
    assert session.tabs == ("全部", "政策文件", "办事指南")
    assert bundle.blob(session.screenshot).startswith(b"\xff\xd8")
    assert TITLE in bundle.blob(session.evidence).decode()
    assert bundle.blob(record.screenshot).startswith(b"\xff\xd8")


async def test_default_text_in_the_box_is_cleared_first(site: Site, service: BrowserService) -> None:
    form = (
        '<form action="/s"><input type="text" name="q" value="请输入关键字"><input type="submit" value="搜索"></form>'
    )
    site.page("/", home(form))
    site.page("/s", answering)
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert [path for _, _, path in site.asked if path.startswith("/s?")] == [f"/s?q={quote(TITLE)}"]


async def test_a_search_that_posts(site: Site, service: BrowserService) -> None:
    async def post(request: web.Request) -> str:
        form = await request.post()
        return results(str(form["searchword"]), FOUND) if request.method == "POST" else html("405", "405")

    site.page("/was5/web/search", post)
    form = (
        '<form method="post" action="/was5/web/search"><input type="hidden" name="channelid" value="2">'
        '<input name="searchword" type="text" placeholder="请输入搜索内容"><button type="submit">检索</button></form>'
    )
    site.page("/", home(form))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert session.hits[0].url == TARGET
    assert ("POST", "www.qingshi.gov.cn", "/was5/web/search") in site.asked


async def test_an_address_built_by_script_and_results_drawn_by_script(site: Site, service: BrowserService) -> None:
    async def api(request: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        rows = [{"t": t, "u": u} for t, u in FOUND]
        return web.Response(text=json.dumps({"rows": rows, "total": len(rows)}), content_type="application/json")

    site.page("/search/api", api, SO)
    draw = (
        "fetch('/search/api').then(r => r.json()).then(d => { document.querySelector('#n').textContent = d.total;"
        "document.querySelector('#list').innerHTML = d.rows.map(r =>"
        '`<div class=jg><a class=bt href="${r.u}">${r.t}</a>'
        "<p class=zy>摘要：为进一步做好有关工作，现将有关事项通知如下。</p><span>2026-10-03</span></div>`).join('') })"
    )
    shell = f'<div>共找到<em id="n"></em>条结果</div><div id="list">正在加载……</div><script>{draw}</script>'
    site.page("/search/index.html", html("站内搜索", shell), SO)
    box = (
        '<div class="ss"><input id="keyword" type="text" placeholder="请输入关键词">'
        '<a id="j_search_btn" href="javascript:;">搜索</a></div>'
    )
    go = (
        "document.getElementById('j_search_btn').onclick = () => window.open("
        f"'http://{SO}/search/index.html?q=' + document.getElementById('keyword').value)"
    )
    site.page("/", home(box, script=go))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert session.new_tab
    assert [hit.url for hit in session.hits] == [url for _, url in FOUND]


async def test_results_in_a_frame_of_another_host(site: Site, service: BrowserService) -> None:
    site.page("/s", answering, SO)
    site.page(
        "/search.html",
        lambda request: html(
            f"{request.query['q']} 搜索结果",
            f'<p>站内搜索</p><iframe width="900" height="600" src="http://{SO}/s?q={request.query["q"]}"></iframe>',
        ),
    )
    site.page("/", home('<form action="/search.html"><input type="text" name="q"><button>搜索</button></form>'))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert TARGET in [hit.url for hit in session.hits]


async def test_nothing_found_is_an_answer(site: Site, service: BrowserService) -> None:
    site.page("/", home(BOX))
    site.page("/s", answering)
    (session,) = (await ask(service, replace(DRAWN, title="一条搜索系统不知道的信息"))).sessions
    assert (session.status, session.hits, session.total) == (SearchStatus.ANSWERED, (), 0)


async def test_recommendations_beside_results_that_never_come_are_no_answer(
    site: Site, service: BrowserService
) -> None:
    hot = "".join(
        f"<li><a href='/h/{n}.html'>热门服务事项推荐之{n}</a><span>2026-11-0{n}</span></li>" for n in range(1, 7)
    )
    site.page("/s", lambda r: html(f"{r.query['q']}-搜索", f"<div id=list>正在加载</div><h3>热门</h3><ul>{hot}</ul>"))
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert (session.status, session.hits) == (SearchStatus.UNREADABLE, ())


def test_where_a_page_says_how_many_there_are_what_has_nothing_to_do_with_it_is_no_hit() -> None:
    hits = (SearchHit("新闻动态", "n"), SearchHit(TITLE, TARGET))
    facts = PageFacts("u", PageKind.SEARCH, "utf-8", "", "", {}, hits=hits, result_total=1)
    assert as_many_as_said(facts, TITLE) == hits[1:]
    assert as_many_as_said(msgspec.structs.replace(facts, result_total=2), TITLE) == hits
    assert as_many_as_said(msgspec.structs.replace(facts, result_total=None), TITLE) == hits


async def test_a_captcha_is_said_and_ends_the_questions(site: Site, service: BrowserService) -> None:
    captcha = '<form><p>请输入验证码后继续搜索</p><input name="verifycode"><img src="/v.jpg" width="80" height="30">'
    site.page("/s", html("安全验证", captcha))
    site.page("/", home(BOX))
    record = await ask(service, DRAWN, replace(DRAWN, url="x"), replace(DRAWN, url="y"))
    assert [session.status for session in record.sessions] == [SearchStatus.CAPTCHA] * 3
    assert [session.error.startswith("not asked") for session in record.sessions] == [False, True, True]
    assert site.times("/s") == 1


async def test_a_login_is_said(site: Site, service: BrowserService) -> None:
    login = '<h2>统一身份认证</h2>账号 <input name="u"> 密码 <input type="password" name="p"><button>登录</button>'
    site.page("/s", html("登录", login))
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.LOGIN


async def test_a_dead_search_is_tried_once_more_and_not_with_every_title(site: Site, service: BrowserService) -> None:
    site.page("/s", lambda _: web.Response(status=500, text="HTTP Status 500", content_type="text/html"))
    site.page("/", home(BOX))
    titles = [replace(DRAWN, url=f"u{n}") for n in range(4)]
    record = await ask(service, *titles)
    assert [session.status for session in record.sessions] == [SearchStatus.BROKEN] * 3
    assert [session.drawn.url for session in record.sessions] == ["u0", "u1", "u0"]
    assert site.times("/s") == 3


async def test_a_search_that_recovers_is_asked_again(site: Site, service: BrowserService) -> None:
    broken = [True]

    def flaky(request: web.Request) -> web.Response | str:
        if broken.pop() if broken else False:
            return web.Response(status=503, text="busy", content_type="text/html")
        return answering(request)

    site.page("/s", flaky)
    site.page("/", home(BOX))
    record = await ask(service)
    assert [session.status for session in record.sessions] == [SearchStatus.BROKEN, SearchStatus.ANSWERED]


async def test_after_it_recovered_the_other_titles_are_asked(site: Site, service: BrowserService) -> None:
    asked: set[str] = set()

    def busy(request: web.Request) -> web.Response | str:
        if (word := request.query["q"]) not in asked:
            asked.add(word)
            return web.Response(status=500, text="busy", content_type="text/html")
        return answering(request)

    site.page("/s", busy)
    site.page("/", home(BOX))
    record = await ask(service, *(replace(DRAWN, title=title, url=url) for title, url in FOUND))
    answered = {s.drawn.url for s in record.sessions if s.status is SearchStatus.ANSWERED}
    assert answered == {url for _, url in FOUND}


async def test_a_button_that_does_nothing_is_broken(site: Site, service: BrowserService) -> None:
    site.page("/", home(BOX.replace('action="/s"', 'onsubmit="return false"')))
    record = await ask(service)
    assert {session.status for session in record.sessions} == {SearchStatus.BROKEN}
    assert "nothing happened" in record.sessions[0].error


async def test_enter_submits_where_there_is_no_button(site: Site, service: BrowserService) -> None:
    site.page("/", home('<form action="/s"><input type="search" name="q" placeholder="请输入搜索内容"></form>'))
    site.page("/s", answering)
    (session,) = (await ask(service)).sessions
    assert session.hits[0].url == TARGET


async def test_a_box_further_down_is_not_in_the_header(site: Site, service: BrowserService) -> None:
    site.page("/", home("").replace("</body>", f'<div style="height:1500px"></div>{BOX}</body>'))
    site.page("/s", answering)
    record = await ask(service)
    assert record.box is not None
    assert (record.visible, record.in_header) == (True, False)
    assert record.sessions[0].status is SearchStatus.ANSWERED


async def test_a_folded_box_is_unfolded(site: Site, service: BrowserService) -> None:
    form = (
        '<i class="icon-search" style="display:inline-block;width:24px;height:24px" '
        "onclick=\"f.style.display='block'\"></i>" + BOX.replace("<form", '<form id="f" style="display:none"')
    )
    site.page("/", home(form))
    site.page("/s", answering)
    record = await ask(service)
    assert (record.visible, record.in_header) == (True, True)
    assert record.sessions[0].hits[0].url == TARGET


async def test_a_link_in_the_head_leads_to_the_search_page(site: Site, service: BrowserService) -> None:
    site.page("/", home('<a href="/ss/index.html">站内搜索</a>'))
    site.page(
        "/ss/index.html",
        html(
            "站内搜索",
            '<form action="/s"><input type="text" name="q" placeholder="请输入搜索内容"><button>搜索</button></form>',
        ),
    )
    site.page("/s", answering)
    record = await ask(service)
    assert record.entry_page == f"{HOME}/ss/index.html"
    assert record.pages_looked == (f"{HOME}/", f"{HOME}/ss/index.html")
    assert record.sessions[0].hits[0].url == TARGET


async def test_a_box_no_source_word_tells_is_found_by_its_looks(site: Site, service: BrowserService) -> None:
    code = '<form action="/x"><input name="c1" placeholder="请输入查询码"><button>搜索</button></form>'
    login = '<form action="/l"><input name="u1"><input type="password" name="p1"><button>搜索</button></form>'
    mine = '<div><input name="zzq"><input type="image" src="/go.png" alt="搜 索" onclick="location=\'/s?q=\'+%s"></div>'
    site.page("/", home(code + login + mine % "document.getElementsByName('zzq')[0].value"))
    site.page("/s", answering)
    record = await ask(service)
    assert record.box is not None
    assert record.box.field == "zzq"
    assert record.in_header
    assert record.sessions[0].hits[0].url == TARGET


async def test_a_portal_without_a_search_has_no_box(site: Site, service: BrowserService) -> None:
    site.page("/", home(""))
    record = await ask(service)
    assert (record.box, record.skipped, record.sessions) == (None, None, ())
    assert record.pages_looked == (f"{HOME}/",)


async def test_the_operators_word_wins(site: Site, service: BrowserService) -> None:
    site.page("/", home(""))
    site.page(
        "/entry", html("查询", '<div><input class="zz-1"><span class="zz-2" onclick="location=\'/r\'">走</span></div>')
    )
    rows = "".join(f'<p class="zz-3"><a href="{url}">{title}</a></p>' for title, url in FOUND)
    site.page("/r", html("页", rows))
    override = SearchOverride(entry=f"{HOME}/entry", box=".zz-1", submit=".zz-2", results=".zz-3", page_size=10)
    record = await ask(service, portal=replace(PORTAL, search=override))
    assert record.entry_page == f"{HOME}/entry"
    assert [hit.url for hit in record.sessions[0].hits] == [url for _, url in FOUND]
    assert record.sessions[0].page_size == 10


async def test_a_home_page_that_does_not_come_leaves_the_search_unmeasured(site: Site, service: BrowserService) -> None:
    site.page("/", lambda _: web.Response(status=403, text="no"))
    record = await ask(service)
    assert (record.skipped, record.sessions) == (Absence.BLOCKED, ())
