"""Answers that come late, first of all as something else, or only after a word of the visitor."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from aiohttp import web

from crawler.browser.doubts import Asked, Doubts, asked_by_script
from crawler.browser.reader import REFUSED
from crawler.browser.sent import Sent
from crawler.browser.service import BrowserService
from portal.artifacts import SearchStatus, SearchTitle
from portal.text import fold_title
from tests.browser.site import HOME, Site, home, html
from tests.browser.test_search import BOX, DRAWN, FOUND, QUICK, TARGET, TITLE, answering, ask

ANSWERED, BROKEN = SearchStatus.ANSWERED, SearchStatus.BROKEN
ROWS = "".join(f"<li><a href='{url}'>{title}</a><i>2026-09-11</i></li>" for title, url in FOUND)
# Shows that there is nothing before its request is answered, and asks as `%s` says.
SHELL = (
    '<div id="n">共找到 0 条结果</div><ul id="l"></ul><script>const w = new URLSearchParams(location.search).get("q");'
    'const show = d => { n.textContent = "共找到 3 条结果"; l.innerHTML = d.rows }; %s</script>'
)
POSTS = 'fetch("/api", {method: "POST", body: JSON.stringify({w})}).then(r => r.json()).then(show)'


def other(number: int) -> SearchTitle:
    return replace(DRAWN, title=f"关于第{number}次道路施工封闭的公告", url=f"{HOME}/zwgk/dl/{number}.html")


@pytest.mark.browser
@pytest.mark.parametrize(("comes", "target"), [(True, "_self"), (True, "_blank"), (False, "_self")])
async def test_what_is_shown_while_the_question_waits_for_its_answer_is_no_answer(
    site: Site, service: BrowserService, comes: bool, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.browser.loads.STALE", 0.1)  # such a request no longer counts as loading
    asked, done = asyncio.Event(), asyncio.Event()

    async def api(request: web.Request) -> web.Response:
        asked.set()
        await (asyncio.sleep(1.2) if comes else done.wait())
        return web.Response(text=json.dumps({"rows": ROWS}), content_type="application/json")

    site.page("/", home(BOX.replace("<form", f"<form target={target}")))
    site.page("/s", lambda r: html("搜索结果", SHELL % POSTS))
    site.page("/api", api)
    (session,) = (await ask(service)).sessions
    done.set()
    assert asked.is_set()
    if comes:
        assert session.status is ANSWERED
        assert session.hits[0].url == TARGET
    else:
        assert session.status is SearchStatus.UNREADABLE
        assert session.error == "the request for results is still without an answer"


@pytest.mark.browser
@pytest.mark.parametrize(("answers", "asked"), [(False, 2), (True, 4)])
async def test_a_search_that_never_answered_twice_is_not_asked_the_rest(
    site: Site, service: BrowserService, answers: bool, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.test_search.QUICK", replace(QUICK, answer=1.0, asking=1.5))
    done, questions = asyncio.Event(), list[str]()

    async def api(request: web.Request) -> web.Response:
        questions.append(await request.text())
        if not (answers and len(questions) == 1):
            await done.wait()
        return web.Response(text=json.dumps({"rows": ROWS}), content_type="application/json")

    site.page("/", home(BOX))
    site.page("/s", lambda r: html("搜索结果", SHELL % POSTS))
    site.page("/api", api)
    sessions = (await ask(service, DRAWN, *(other(n) for n in range(3)))).sessions
    done.set()
    assert len(questions) == asked
    assert [session.status for session in sessions[1:]] == [SearchStatus.UNREADABLE] * 3
    assert sessions[-1].error.startswith("not asked") is not answers


@pytest.mark.browser
async def test_a_result_page_that_never_comes_is_a_timeout(
    site: Site, service: BrowserService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.test_search.QUICK", replace(QUICK, asking=1.5))
    done = asyncio.Event()

    async def silent(request: web.Request) -> str:
        await done.wait()
        return ""

    site.page("/", home(BOX))
    site.page("/s", silent)
    sessions = (await ask(service)).sessions
    done.set()
    assert [session.status for session in sessions] == [SearchStatus.TIMEOUT] * 2


@pytest.mark.browser
@pytest.mark.parametrize(
    "offer",
    [
        "<p>加载失败，<a href='javascript:go()'>点击重试</a></p>",
        "<div onclick='go()'><i></i>请求失败，请点击重试</div>",
    ],
)
async def test_what_a_page_offers_to_try_again_is_tried_once(site: Site, service: BrowserService, offer: str) -> None:
    times: list[int] = []

    def api(request: web.Request) -> web.Response:
        times.append(1)
        rows = ROWS if len(times) == 2 else offer
        return web.Response(text=json.dumps({"rows": rows}), content_type="application/json")

    site.page("/", home(BOX))
    get = 'function go() { fetch("/api?w=" + encodeURIComponent(w)).then(r => r.json()).then(show) } go()'
    site.page("/s", lambda r: html("搜索结果", SHELL % get))
    site.page("/api", api)
    first, second = (await ask(service, DRAWN, other(1))).sessions[:2]
    assert first.hits[0].url == TARGET
    assert second.status is BROKEN
    assert len(times) >= 4


@pytest.mark.browser
async def test_a_firewall_that_refuses_one_title_is_asked_the_others(site: Site, service: BrowserService) -> None:
    quoted = replace(DRAWN, title="“一老一小”整体解决方案")

    def answer(request: web.Request) -> str:
        if "“" in request.query["q"] or "施工" in request.query["q"]:
            return html("访问拦截", "<h2>网站防火墙</h2><p>您的请求带有不合法参数，已被网站管理员设置拦截！</p>")
        return answering(request)

    site.page("/", home(BOX))
    site.page("/s", answer)
    titles = (quoted, DRAWN, *(other(n) for n in range(4)), replace(DRAWN, url=f"{HOME}/x.html"))
    sessions = (await ask(service, *titles)).sessions
    assert [session.status for session in sessions] == [SearchStatus.BLOCKED, ANSWERED, *[SearchStatus.BLOCKED] * 5]
    assert [session.error for session in sessions[2:]] == [REFUSED] * 3 + [f"not asked: {REFUSED}"] * 2


@pytest.mark.browser
async def test_a_title_in_rows_without_links_is_not_missed(site: Site, service: BrowserService) -> None:
    """Links of rows whose titles are plain text were read instead: nobody knows what they lead to."""
    rows = "".join(
        f"<tr><td><u>{title}</u></td><td><a href='/go?id={n}'>做好第{n}号工作的情况说明全文</a></td></tr>"
        for n, (title, _) in enumerate(FOUND)
    )
    site.page("/", home(BOX))
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索结果", f"共找到3条结果<table>{rows}</table>"))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.UNREADABLE


PART = fold_title(TITLE)
ASKS = [
    Sent(f"http://a/api?q={quote(TITLE)}", "", False),
    Sent("http://a/api", json.dumps({"w": TITLE}), False),
    Sent("http://a/api", json.dumps({"w": TITLE}, ensure_ascii=False), False),
    Sent("http://a/api", f"p=1&w={quote(TITLE)}", False),
]


@pytest.mark.parametrize("sent", ASKS)
def test_a_request_carries_the_question_in_its_address_or_its_body(sent: Sent) -> None:
    assert asked_by_script([sent], PART) is Asked.WAITS
    sent.waits = False
    assert asked_by_script([sent], PART) is Asked.ANSWERED
    sent.waits = True


def test_counters_and_requests_for_something_else_tell_nothing() -> None:
    counter = Sent(f"http://c/hm.js?t={quote(TITLE)}", "", True)
    assert asked_by_script([counter, Sent("http://a/hot", "", False)], PART) is Asked.NOT


def test_answers_that_stayed_are_believed() -> None:
    doubts = Doubts()
    late, none, own = (
        (ANSWERED, True, True, Asked.NOT),
        (ANSWERED, False, True, Asked.NOT),
        (ANSWERED, True, True, Asked.ANSWERED),
    )
    for kind, looks in ((late, 2), (none, 2), (own, 1)):
        for _ in range(looks):
            assert doubts.about(kind)
            doubts.learn(kind, changed=False)
        assert not doubts.about(kind)


def test_a_search_whose_answers_change_is_never_believed_at_once() -> None:
    doubts = Doubts()
    for changed in (False, False, True, False, False):
        doubts.learn((ANSWERED, True, True, Asked.NOT), changed=changed)
    assert doubts.about((ANSWERED, True, True, Asked.NOT))
    assert doubts.about((ANSWERED, True, True, Asked.ANSWERED))


@pytest.mark.browser
async def test_nothing_for_every_title_is_an_answer(site: Site, service: BrowserService) -> None:
    site.page("/", home(BOX))
    site.page("/s", lambda r: html("搜索结果", f"<div>暂无数据</div><ul>{ROWS.replace(TITLE, '其他通知')}</ul>"))
    sessions = (await ask(service, *(other(n) for n in range(3)))).sessions
    assert [(session.status, session.hits) for session in sessions] == [(ANSWERED, ())] * 3
