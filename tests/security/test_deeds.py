"""A guest changes nothing: no log-out, delete or vote is followed, no form but the search is filled in or sent."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from checks._words import status_words
from crawler.browser import driver
from crawler.browser.deeds import HELD_BACK
from crawler.browser.patience import Patience
from crawler.browser.search import search_portal
from crawler.browser.service import BrowserService
from crawler.browser.visit import Wait
from crawler.crawl.survey import survey_home
from crawler.net.message import FetchRequest
from mingcha.rechecks.words import link_said
from portal.actions import changes_something
from portal.artifacts import Absence, Attempt, FetchOutcome, SearchStatus, SearchTitle
from portal.model import Portal
from tests.browser.site import HOME, Handler, Site, home, html, results
from tests.hostile.drive import Audited, audit
from tests.hostile.site import HOST, peaceful
from tests.net.conftest import SITE, Reach

# Addresses that say it themselves, whatever the link says.
DEEDS = (
    "/logout",
    "/user/logout.do?back=/",
    "/uids-sso/api/logout?backurl=/",
    "/SignOut.aspx",
    "/member/tuichu.jsp",
    "/sys/exit.action",
    "/index.php?m=member&a=logout",
    "/gbook/del.jsp?id=4",
    "/comment/delete/5",
    "/news?action=delete&id=3",
    "/admin/article.do?method=deleteById&id=9",
    "/order/cancel?id=7",
    "/yuyue/quxiao.do?id=7",
    "/poll/vote.do?id=3&option=2",
    "/toupiao.jsp?id=1",
    "/survey?op=dovote&id=1",
    "/article/like?id=9",
    "/zan.php?id=9",
    "/api/dianzan?aid=9",
    "/mail/unsubscribe?m=a@example.com",
    "/user?action=delete&id=3",
    "/vote/dovote?id=1",
    "/sso/%6Cog%6fut",
    "/news?%61ction=del%65te&id=3",
)
# Addresses that say nothing, with what the link says.
SAID = {
    "/member/out.jsp": "退出",
    "/member/bye": "[ 安全退出 ]",
    "/u/close.do": "注销",
    "/box/r.do?id=1": "删除",
    "/box/c.do?id=1": "取消",
    "/box/b.do?id=1": "撤回",
    "/wj/tp_go?id=3": "我要投票",
    "/wj/t.do?id=3": "投票（128）",
    "/art/z?id=3": "点赞 +1",
    "/art/d?id=3": "顶(12)",
}
# What is no deed, though it speaks of one.
PAGES = {
    "/zwgk/tp/": "投票",
    "/hdjl/vote/": "我要投票",
    "/hdjl/wstp/index.html": "投票",
    "/fuwu/qiye/zxtc/": "注销",
    "/zwgk/1.html": "关于取消一批证明事项的通知",
    "/bszn/zx.jsp?id=8": "企业注销登记",
    "/xwzx/2.html": "删除",
    "/bszn/list.do?type=delivery": "送达",
    "/exit-entry/": "出入境",
    "/sso/in.jsp?back=http%3A%2F%2Fa.cn%2Flogout": "登录",
}
# Where a deed may hide: an image, a frame, a file, a handler, a jump list, a refresh.
HIDDEN = {
    "/logout?img": "<img src='{}'>",
    "/logout?frame": "<iframe src='{}'></iframe>",
    "/logout?script": "<script src='{}'></script>",
    "/file/delete.do?name=a.doc": "<a href='{}'>附件</a>",
    "/logout?click": "<a href='javascript:;' onclick=\"location.href='{}'\">首页</a>",
    "/logout?jump": "<select onchange='location.href=this.value'><option value='{}'>上级</option></select>",
    "/logout?written": "<script>var s = '<li><a href=\"{}\">人事</a></li>'</script>",
}
FORMS = (
    "<form action='/login' method='post'><input name='user'><input type='password' name='pass'>"
    "<button>登录</button></form>"
    "<form action='/message' method='post'><input name='title'><textarea name='body'></textarea>"
    "<button>提交</button></form>"
    "<form action='/ballot' method='post'><input type='radio' name='v'><input type='submit' value='投票'></form>"
    "<form action='/subscribe'><input name='mail' type='email'><button>订阅</button></form>"
    "<form action='/query'><input name='code' placeholder='请输入查询码'><button>查询</button></form>"
)
FORM_PATHS = ("/login", "/message", "/ballot", "/subscribe", "/query")


@pytest.mark.parametrize("path", DEEDS)
def test_addresses_that_change_something_are_told(path: str) -> None:
    assert changes_something(f"https://www.a.gov.cn{path}")


@pytest.mark.parametrize(("path", "text"), SAID.items())
def test_links_that_say_so_are_told(path: str, text: str) -> None:
    assert changes_something(f"https://www.a.gov.cn{path}", text)
    assert not changes_something(f"https://www.a.gov.cn{path}", "更多")


@pytest.mark.parametrize(("path", "text"), PAGES.items())
def test_pages_that_only_speak_of_it_are_read(path: str, text: str) -> None:
    assert not changes_something(f"https://www.a.gov.cn{path}", text)


def file(data: bytes) -> Handler:
    """Returns what serves a PDF."""
    return lambda _: web.Response(body=data, content_type="application/pdf")


def moved(target: str) -> Handler:
    """Returns what redirects there."""
    return lambda _: web.Response(status=302, headers={"Location": target})


@asynccontextmanager
async def serving(pages: dict[str, str | bytes]) -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    for path, page in pages.items():
        site.pages[HOST, path] = page if isinstance(page, str) else file(page)
    yield site
    await site.stop()


@pytest.fixture(scope="module")
async def tempted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Audited, Site]]:
    """The audit of a portal full of what must not be touched, and what its server was asked."""
    plain = {path: f"<a href='{path}'>专题专栏</a>" for path in DEEDS}
    said = {path: f"<a href='{path}'>{text}</a>" for path, text in (SAID | PAGES).items()}
    hidden = {path: markup.format(escape(path)) for path, markup in HIDDEN.items()}
    links = "".join((plain | said | hidden).values())
    onward = "<a href='/moved/1'>单点登录</a><a href='/moved/2'>专题</a><a href='/turned.html'>公示</a>"
    pages = peaceful(links + onward + FORMS)
    # The same in a navigation and in a list, where columns and items are taken from.
    bar = (
        "<div class='nav'><ul><li><a href='/xwzx/'>新闻中心</a></li><li><a href='/nav/out.do'>退出</a></li></ul></div>"
    )
    rows = "".join(
        f"<li><a href='/row/{n}.do?id={n}'>{word}</a><span>2026-01-0{n}</span></li>"
        for n, word in enumerate(("删除", "取消", "投票", "点赞", "注销", "退出"), 1)
    )
    front = pages["/"]
    assert isinstance(front, str)
    pages["/"] = front.replace("<body>", f"<body>{bar}")
    column = pages["/tzgg/"]
    assert isinstance(column, str)
    pages["/tzgg/"] = column.replace("<ul class='news'>", f"<ul class='news'>{rows}")
    pages["/turned.html"] = html(
        "转", "<p>正在跳转</p>", "<meta http-equiv='refresh' content='0; url=/logout?refresh'>"
    )
    async with serving(pages) as site:
        for name, target in {"1": "/logout?moved", "2": "/poll/vote.do?moved=1"}.items():
            site.pages[HOST, f"/moved/{name}"] = moved(target)
        hosts = {HOST: f"127.0.0.1:{site.port}"}
        yield await audit(tmp_path_factory.mktemp("tempted"), f"http://{HOST}/", hosts), site


def asked(site: Site) -> Iterator[str]:
    """Yields path and query of every request."""
    return (path for _, _, path in site.asked)


def test_no_deed_is_done_by_an_audit(tempted: tuple[Audited, Site]) -> None:
    _, site = tempted
    done = sorted(path for path in asked(site) if changes_something(f"http://{HOST}{path}"))
    assert done == []
    forbidden = {*SAID, "/nav/out.do"}
    assert sorted(path for path in asked(site) if path in forbidden or path.startswith("/row/")) == []


def test_everything_else_is_read_all_the_same(tempted: tuple[Audited, Site]) -> None:
    audited, site = tempted
    seen = set(asked(site))
    assert {*PAGES, "/moved/1", "/moved/2", "/turned.html", "/zcwj/12.html"} <= seen
    assert audited.code in (0, 3)


def test_an_audit_sends_no_form_and_posts_nothing(tempted: tuple[Audited, Site]) -> None:
    _, site = tempted
    assert {method for method, _, _ in site.asked} <= {"GET", "HEAD"}
    assert [path for path in asked(site) if path.startswith(FORM_PATHS)] == []


def test_a_link_that_leads_to_a_deed_says_so_and_is_not_measured(tempted: tuple[Audited, Site]) -> None:
    audited, _ = tempted
    for path in ("/moved/1", "/moved/2"):
        last = audited.last(f"http://{HOST}{path}")
        assert (last.outcome, last.status, len(last.hops)) == (FetchOutcome.DEED, 0, 1)
    assert audited.results["broken_links"]["coverage"]["skipped"][Absence.DEED] == 2


def test_a_deed_behind_a_redirect_is_never_a_failure() -> None:
    assert not FetchOutcome.DEED.failed
    assert not FetchOutcome.DEED.asked
    tried = Attempt(dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "get", FetchOutcome.DEED)
    assert status_words(tried) == "会改动内容，未打开"
    portal = Portal(id="a", name="甲县", home=f"http://{HOST}/")
    assert link_said(f"http://{HOST}/done.html", tried, portal) == "整改后链接会改动网站内容，未打开"


def test_nobody_is_accused_of_what_was_left_alone(tempted: tuple[Audited, Site]) -> None:
    audited, _ = tempted
    for _, subject, _ in audited.accused():
        path = subject.removeprefix(f"http://{HOST}")
        assert path in PAGES, subject  # which the server does not have


async def test_a_redirect_to_a_deed_is_not_followed(reach: Reach) -> None:
    async with reach() as (server, fetcher):
        attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/to/{SITE}/sso/logout?back=/"))).attempt
        assert (attempt.outcome, len(attempt.hops)) == (FetchOutcome.DEED, 1)
        assert "changes something" in attempt.error
        assert [one.path for one in server.asked()] == [f"/to/{SITE}/sso/logout?back=/"]


@pytest.mark.browser
async def test_only_the_search_is_typed_into_and_sent(site: Site, service: BrowserService, tmp_path: Path) -> None:
    title = "关于做好第3号工作的通知"
    bodies: list[str] = []

    async def search(request: web.Request) -> str:
        bodies.append(await request.text())
        found = [(title, f"{HOME}/zwgk/tz/3.html")]
        return results(title, found).replace("</body>", FORMS + "</body>")

    site.page("/find", search)
    box = "<form action='/find' method='post'><input name='q' placeholder='请输入搜索内容'><button>搜索</button></form>"
    typed = (
        "document.addEventListener('input', e => { if (e.target.name !== 'q') fetch('/typed?' + e.target.name) }, true)"
    )
    site.page("/", home(f"{box}{FORMS}", script=typed))
    portal = Portal(id="qingshi", name="青石县人民政府", home=f"{HOME}/")
    quick = Patience(Wait(0.15, 3.0), Wait(0.2, 4.0), Wait(0.15, 0.5), reaction=1.0, answer=6.0, asking=8.0, doubt=0.2)
    survey = await survey_home(service, portal, wait=quick.entry)
    drawn = SearchTitle(title, f"{HOME}/zwgk/tz/3.html", None, "通知公告")
    record = await search_portal(service, portal, survey, (drawn,), pause=0, retry_after=0, patience=quick)
    assert [session.status for session in record.sessions] == [SearchStatus.ANSWERED]
    assert len(bodies) == 1
    assert [path for method, _, path in site.asked if method == "POST"] == ["/find"]
    assert [path for path in asked(site) if path.startswith((*FORM_PATHS, "/typed"))] == []


def test_no_record_of_a_request_has_a_body() -> None:
    # What the fetcher can be asked for has no place for one, and no method that needs one.
    assert {field.name for field in msgspec.structs.fields(FetchRequest)}.isdisjoint({"body", "data", "form"})


LOGIN = "<input name='user'><input type='password' name='pass'><button>登录</button>"
PROMPT = "placeholder='请输入搜索关键词'"
# Boxes without a button of their own, beside or inside what is no search.
TRAPS = {
    "beside": f"<form action='/find'><input name='q' {PROMPT}></form>"
    f"<form action='/login' method='post'>{LOGIN}</form>",
    "inside": f"<form action='/login' method='post'>{LOGIN}<p><input name='q' {PROMPT}></p></form>",
    "ballot": f"<div><input name='q' {PROMPT}></div><form action='/ballot' method='post'><input type='radio' name='v'>"
    "<input type='submit' value='投票'></form>",
    "message": f"<form action='/message' method='post'><textarea name='m'></textarea><input type='submit' value='提交'>"
    f"<div><input name='q' {PROMPT}></div></form>",
    # A button that is alone with the box and says what it does, or a form that goes where it is done.
    "said": f"<form action='/ballot'><input name='q' {PROMPT}><button>投票（3）</button></form>",
    "address": f"<form action='/ballot/vote.do' method='post'><input name='q' {PROMPT}><button>搜索</button></form>",
    "handler": f"<div><input name='q' {PROMPT}><button onclick=\"location='/ballot/cancel?id=1'\">搜索</button></div>",
    "entered": f"<form action='/ballot/delete'><input name='q' {PROMPT}></form>",
    "made": f"<div><input name='q' {PROMPT}><button onclick=\"location='/ball'+'ot/vote.do?id=1'\">搜索</button></div>",
}
# The same crowds with a search in them.
CROWDS = {
    "whole": f"<form action='/' method='post'>{LOGIN}<p><input name='q' {PROMPT}>"
    "<input type='button' value='搜索' onclick=\"location='/find?q='+this.previousElementSibling.value\"></p></form>",
    "icon": f"<div><input name='mail' value=''><p><input name='q' {PROMPT}>"
    "<img alt='搜索' class='search-btn' onclick=\"location='/find?q=1'\" width=30 height=30 src='/i.png'></p></div>",
    "enter": f"<form action='/find'><input name='q' {PROMPT}></form><p><input name='mail'></p>",
    # Its address speaks of a like, once it is sent: it was looked at before it was pressed.
    "like": f"<form action='/find'><input name='q' {PROMPT}><input type=hidden name='type' value='like'>"
    "<button>搜索</button></form>",
}


async def asked_once(site: Site, service: BrowserService, form: str) -> SearchStatus | None:
    """Returns what one question came to on a home page with that form, None where no box was found."""
    title = "关于做好第3号工作的通知"
    site.page("/find", results(title, [(title, f"{HOME}/zwgk/tz/3.html")]))
    site.page("/", home(form))
    portal = Portal(id="qingshi", name="青石县人民政府", home=f"{HOME}/")
    quick = Patience(Wait(0.15, 3.0), Wait(0.2, 3.0), Wait(0.15, 0.5), reaction=1.0, answer=3.0, asking=4.0, doubt=0.2)
    survey = await survey_home(service, portal, wait=quick.entry)
    drawn = SearchTitle(title, f"{HOME}/zwgk/tz/3.html", None, "通知公告")
    record = await search_portal(service, portal, survey, (drawn,), pause=0, retry_after=0, patience=quick)
    return record.sessions[0].status if record.sessions else None


@pytest.mark.browser
@pytest.mark.parametrize("name", TRAPS)
async def test_a_box_beside_another_form_sends_nothing_but_itself(
    name: str, site: Site, service: BrowserService
) -> None:
    status = await asked_once(site, service, TRAPS[name])
    assert [path for path in asked(site) if path.startswith(FORM_PATHS)] == []
    assert [method for method, _, _ in site.asked if method == "POST"] == []
    # It is not told to be broken for what we did not press.
    assert status in (None, SearchStatus.ANSWERED, SearchStatus.UNREADABLE)


@pytest.mark.browser
@pytest.mark.parametrize("name", CROWDS)
async def test_a_search_in_a_crowd_is_asked(name: str, site: Site, service: BrowserService) -> None:
    assert await asked_once(site, service, CROWDS[name]) is SearchStatus.ANSWERED
    assert [path for path in asked(site) if path.startswith("/find")]
    assert [method for method, _, _ in site.asked if method == "POST"] == []


# How a page leaves for another by itself: what stands in its head, and in its body.
LEAVING = {
    "refresh": ("<meta http-equiv='refresh' content='0; url=/logout'>", ""),
    "script": ("", "<script>location = '/logout'</script>"),
    "later": ("", "<script>setTimeout(() => location.replace('/sso/%6Cog%6Fut?back=/'), 200)</script>"),
    "form": ("", "<form id=f action='/user/logout.do'><input name=q></form><script>f.submit()</script>"),
    "post": ("", "<form id=f action='/poll/vote.do?id=1' method=post></form><script>f.requestSubmit()</script>"),
    "link": ("", "<a id=a href='/comment/delete/5'>评论</a><script>a.click()</script>"),
    "elsewhere": ("", "<script>location.href = 'http://www.other.gov.cn/logout'</script>"),
    "frame": ("", "<iframe src='/inner'></iframe>"),
}


@pytest.mark.browser
@pytest.mark.parametrize("way", LEAVING)
async def test_a_page_in_the_browser_does_not_leave_for_a_deed(way: str, site: Site, service: BrowserService) -> None:
    head, body = LEAVING[way]
    site.page("/inner", html("内", "<script>top.location = '/logout'</script>"))
    url = site.page("/page", html("页", f"<p>正文</p>{body}").replace("<head>", f"<head>{head}"))
    shown = await service.open(url, wait=Wait(0.4, 4.0))
    assert (shown.outcome, shown.status, shown.html) == (FetchOutcome.DEED, 200, "")
    assert set(asked(site)) <= {"/page", "/inner", "/favicon.ico"}


@pytest.mark.browser
async def test_a_page_whose_server_sends_it_on_to_a_deed_is_not_measured(site: Site, service: BrowserService) -> None:
    site.page("/go", moved("/sso/%6Cogout"))
    url = site.page("/page", html("页", "<p>正文</p><script>location = '/go'</script>"))
    assert (await service.open(url, wait=Wait(0.4, 4.0))).outcome is FetchOutcome.DEED, (
        "what came there is another page"
    )


# How a page comes to a deed, or asks for one, that its own script could not keep it from.
PAST_THE_SCRIPT = {
    "server": ("/go", ""),
    "twice": ("/go/twice", ""),
    "script": ("/page", "<script>location = '/go'</script>"),
    "refresh": ("/page", "<meta http-equiv='refresh' content='0; url=/go/twice'>"),
    "form": ("/page", "<form id=f action='/go' method=post></form><script>f.submit()</script>"),
    "frame": ("/page", "<iframe src='http://www.other.gov.cn/moves'></iframe>"),
    "frames": ("/page", "<iframe src='http://www.other.gov.cn/inner'></iframe>"),
}
# What it asks for without leaving: it is read all the same.
BESIDE = {
    "picture": "<img src='/logout'><img src='/go'>",
    "frame": "<iframe src='/poll/vote.do?id=3'></iframe><iframe src='/go'></iframe>",
    "fetch": "<script>fetch('/api/logout').catch(() => 0); fetch('/go').catch(() => 0)</script>",
    "post": "<script>fetch('/comment/delete/5', {method: 'POST'}).catch(() => 0)</script>",
    "beacon": "<script>navigator.sendBeacon('/news?action=delete&id=3')</script>",
    "worker": "<script>new Worker('/worker.js')</script>",
    "style": "<link rel='stylesheet' href='/go'><link rel='prefetch' href='/logout'>",
    "socket": "<script>new WebSocket('ws://www.qingshi.gov.cn/logout'); new EventSource('/logout')</script>",
    "window": "<script>open('/logout'); open('/sso/%6Cogout')</script>",
}


@pytest.fixture
def led(site: Site) -> Site:
    """The server with addresses that lead to deeds."""
    site.page("/go", moved("/user/logout.do?back=/"))
    site.page("/go/twice", moved("/go"))
    site.page("/moves", html("动", f"<script>top.location = '{HOME}/comment/delete/5'</script>"), "www.other.gov.cn")
    site.page("/inner", html("内", "<iframe src='/moves'></iframe>"), "www.other.gov.cn")
    site.page("/worker.js", lambda _: script("fetch('/logout').catch(() => 0); fetch('/go').catch(() => 0)"))
    return site


def script(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/javascript")


@pytest.mark.browser
@pytest.mark.parametrize("way", PAST_THE_SCRIPT)
async def test_what_leads_to_a_deed_is_held_back(way: str, led: Site, service: BrowserService) -> None:
    path, body = PAST_THE_SCRIPT[way]
    led.page("/page", html("页", f"<p>正文</p>{body}"))
    shown = await service.open(f"{HOME}{path}", wait=Wait(0.5, 5.0))
    assert (shown.outcome, shown.html, shown.failed) == (FetchOutcome.DEED, "", ())
    assert set(asked(led)) <= {"/page", "/go", "/go/twice", "/moves", "/inner", "/favicon.ico"}


@pytest.mark.browser
@pytest.mark.parametrize("way", BESIDE)
async def test_a_page_does_no_deed_beside_itself(way: str, led: Site, service: BrowserService) -> None:
    url = led.page("/page", html("页", f"<p>正文</p>{BESIDE[way]}"))
    shown = await service.open(url, wait=Wait(0.5, 5.0), images=True)
    assert (shown.outcome, "正文" in shown.html) == (FetchOutcome.OK, True)
    assert shown.failed == (), "what was held back is no failure of the server"
    assert set(asked(led)) <= {"/page", "/go", "/worker.js", "/favicon.ico"}


# Deeds the browser's rules do not tell: escapes, a verb in the middle of a value.
NOT_PLAIN = {"/sso/%6Cog%6fut", "/news?%61ction=del%65te&id=3", "/admin/article.do?method=deleteById&id=9"}
# Files that are called so: what only a deed's page is made of.
FILES = ("/js/logout.js", "/css/vote.css", "/img/delete.png", "/data/like.json?id=1", "/vote/list.json?action=delete")


@pytest.mark.browser
async def test_the_browser_holds_back_deeds_and_nothing_else(site: Site, service: BrowserService) -> None:
    goes = json.dumps([*DEEDS, *PAGES, *FILES])
    site.page("/page", html("页", f"<p>正文</p><script>for (const path of {goes}) fetch(path).catch(() => 0)</script>"))
    await service.open(f"{HOME}/page", wait=Wait(1.0, 15.0), images=True)
    assert set(asked(site)) - {"/page", "/favicon.ico"} == {*PAGES, *FILES, *NOT_PLAIN}


@pytest.mark.browser
async def test_the_browser_tells_deeds_as_everything_else_does(site: Site, service: BrowserService) -> None:
    goes = json.dumps([*DEEDS, *PAGES])
    script = f"""for (const path of {goes}) {{
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.onload = () => {{ frame.onload = null; frame.contentWindow.location = path; }};
      frame.src = '/empty';
    }}"""
    site.page("/empty", html("空", ""))
    url = site.page("/page", html("页", f"<p>正文</p><script>{script}</script>"))
    shown = await service.open(url, wait=Wait(1.0, 15.0))
    assert shown.outcome is FetchOutcome.OK, "a frame is a part of it"
    assert set(asked(site)) - {"/page", "/empty", "/favicon.ico"} == set(PAGES)


@pytest.mark.browser
async def test_every_rule_is_one_the_browser_understands(service: BrowserService) -> None:
    patterns = [rule["urlPattern"] for rule in HELD_BACK["matchedNetworkConditions"]]
    async with service.visit() as visit:
        session = await visit.page.context.new_cdp_session(visit.page)
        # What it takes for a rule without a word, it refuses here by name.
        blocked = [{"urlPattern": pattern, "block": False} for pattern in patterns]
        await session.send("Network.setBlockedURLs", {"urlPatterns": blocked})
        with pytest.raises(driver.Error, match="failed to parse"):
            await session.send("Network.setBlockedURLs", {"urlPatterns": [{"urlPattern": "*://*:*/(", "block": False}]})
    assert len(set(patterns)) == len(patterns)
