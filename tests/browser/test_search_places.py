"""Where a search begins and where its answer comes: boxes built late or in closed shadows, framesets, documents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from crawler.browser.service import BrowserService
from crawler.browser.words import longest, says, says_nothing
from portal.artifacts import SearchStatus
from tests.browser.site import HOME, Site, home, html, results
from tests.browser.test_search import BOX, DRAWN, FOUND, TARGET, TITLE, answering, ask


@pytest.mark.browser
async def test_a_box_a_script_builds_late_is_there(site: Site, service: BrowserService) -> None:
    """It was 未提供站内搜索: the page had stood still before."""
    build = f"setTimeout(() => {{ document.getElementById('hd').innerHTML = `{BOX}` }}, 2500)"
    site.page("/", home('<div id="hd"></div>', script=build))
    site.page("/s", answering)
    record = await ask(service)
    assert record.in_header
    assert record.sessions[0].hits[0].url == TARGET


@pytest.mark.browser
@pytest.mark.parametrize(("mode", "named"), [("open", ""), ("closed", ""), ("closed", "id=zw")])
async def test_a_box_in_a_shadow_is_found_and_used(site: Site, service: BrowserService, mode: str, named: str) -> None:
    """In a closed one it was 未提供站内搜索: no selector reached it."""
    define = (
        "customElements.define('zw-search', class extends HTMLElement { connectedCallback() {"
        f"const root = this.attachShadow({{mode: '{mode}'}});"
        f"root.innerHTML = '<div><input {named} placeholder=请输入关键词><button>搜索</button></div>';"
        "root.querySelector('button').onclick = () => location.href = '/s?q=' +"
        "encodeURIComponent(root.querySelector('input').value) } })"
    )
    site.page("/", home("<zw-search></zw-search>", script=define))
    site.page("/s", answering)
    record = await ask(service)
    assert (record.visible, record.in_header) == (True, True)
    (session,) = record.sessions
    assert session.hits[0].url == TARGET
    assert site.times("/s") == 1


@pytest.mark.browser
@pytest.mark.parametrize("known", [True, False])
async def test_results_in_another_frame_of_a_frameset(site: Site, service: BrowserService, known: bool) -> None:
    frames = '<frameset rows="160,*"><frame src="/top.html"><frame src="/main.html" name="main"></frameset>'
    site.page("/", f"<html><head><title>青石县人民政府</title></head>{frames}</html>")
    site.page("/top.html", html("", BOX.replace("<form", '<form target="main"')))
    site.page("/main.html", home(""))
    site.page("/s", lambda r: results(r.query["q"], FOUND if known else FOUND[1:]))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert session.result_url.startswith(f"{HOME}/s?q=")
    assert [hit.title for hit in session.hits] == [title for title, _ in (FOUND if known else FOUND[1:])]


@pytest.mark.browser
async def test_a_search_that_leads_straight_to_the_document_has_found_it(site: Site, service: BrowserService) -> None:
    def answer(request: web.Request) -> str:
        if request.query["q"] == TITLE:
            raise web.HTTPFound(TARGET)
        return results(request.query["q"], FOUND[1:])

    site.page("/", home(BOX))
    site.page("/s", answer)
    site.page("/zwgk/tz/3.html", html(TITLE, f"<h1>{TITLE}</h1><p>各镇、各部门：现将有关事项通知如下。</p>"))
    found, missed = (await ask(service, DRAWN, replace(DRAWN, title="做好第19号工作", url=f"{HOME}/19.html"))).sessions
    assert (found.status, [hit.url for hit in found.hits]) == (SearchStatus.ANSWERED, [TARGET])
    assert [hit.title for hit in missed.hits] == [title for title, _ in FOUND[1:]]


@pytest.mark.browser
@pytest.mark.parametrize("own", [True, False])
async def test_the_home_page_in_place_of_a_search_that_is_gone_is_no_answer(
    site: Site, service: BrowserService, own: bool
) -> None:
    """seen: a retired search of a tax office, 404 with the whole home page. Applications answer 404, too."""
    asked = replace(DRAWN, title="做好第5号粮食安全工作", url=f"{HOME}/5.html")

    def gone(request: web.Request) -> web.Response:
        page = results(request.query["q"], FOUND) if own else home(BOX)
        return web.Response(status=404, text=page, content_type="text/html")

    site.page("/", home(BOX))
    site.page("/s", gone)
    sessions = (await ask(service, asked)).sessions
    assert {session.status for session in sessions} == {SearchStatus.ANSWERED if own else SearchStatus.BROKEN}


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("请输入2-20个字的检索词！", 20),
        ("关键词长度为 2 至 30 个字符", 30),
        ("不能超过15个字", 15),
        ("2026-10-20 个人", 0),
    ],
)
def test_how_many_characters_a_search_takes(said: str, most: int) -> None:
    assert longest(said) == most


@pytest.mark.parametrize("said", ["您的搜索太快了，请稍等片刻再试", "对不起，请稍候再搜索", "操作过于频繁"])
def test_a_search_that_asks_for_a_pause(said: str) -> None:
    assert says("too_often", said)


@pytest.mark.parametrize("said", ["非常遗憾，没能为您找到和“节水”有关的内容", "未能找到相关结果"])
def test_ways_to_say_that_nothing_was_found(said: str) -> None:
    assert says_nothing(said)
