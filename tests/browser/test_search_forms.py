"""Boxes and result pages only a browser can tell: what is not laid out, icons without a word, large search forms."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from aiohttp import web

from crawler.browser.proof import headed
from crawler.browser.service import BrowserService
from crawler.browser.visit import Visit
from portal.artifacts import SearchStatus
from tests.browser.conftest import PORTAL
from tests.browser.site import HOME, Site, home, html, results
from tests.browser.test_search import BOX, DRAWN, FOUND, TITLE, answering, ask

pytestmark = pytest.mark.browser

LAYER = (
    '<p class="search"><input id="key" placeholder="请输入关键词"><button id="go">搜索</button></p><div id="l"></div>'
)


def rows(found: list[tuple[str, str]]) -> str:
    return "".join(f"<li><a href='{url}'>{title}</a><i>2026-09-11</i></li>" for title, url in found)


@pytest.mark.parametrize("style", [".p{display:none} .p.on{display:block}", "#s~.p{display:none} #s+.p{display:block}"])
async def test_what_a_page_does_not_lay_out_is_no_result(site: Site, service: BrowserService, style: str) -> None:
    on, off = ([(f"做好第{n}号工作的情况", f"{HOME}/o/{n}.html") for n in range(at, at + 4)] for at in (20, 30))
    body = f"<div id=s>新闻 政策</div><ul class='p on'>{rows(on)}</ul><ul class=p>{rows(FOUND[:1] + off)}</ul>"
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索结果", f"共找到9条结果{body}", f"<style>{style}</style>"))
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert [hit.title for hit in session.hits] == [title for title, _ in on]


@pytest.mark.parametrize(
    "again",
    [
        "<h3>相关搜索</h3><ul><li><a href='/s?q=%s'>%s</a></li></ul>",
        "<p><a href='/s?q=%s'>%s</a></p>",
        "<div>搜索历史 <ul><li><a href='javascript:' title='%s'>%s</a></li></ul></div>",
    ],
)
async def test_links_that_ask_again_are_no_unread_results(site: Site, service: BrowserService, again: str) -> None:
    def nothing(request: web.Request) -> str:
        asked = request.query["q"]
        return html(f"{asked}_搜索", f"<p>没有找到与“{asked}”相关的内容</p>" + again % (asked, asked))

    site.page("/s", nothing)
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert (session.status, session.hits) == (SearchStatus.ANSWERED, ())


async def test_what_is_recommended_instead_is_no_hit(site: Site, service: BrowserService) -> None:
    other = rows([(f"县城乡建设领域专项检查通报{n}", f"{HOME}/o/{n}.html") for n in range(6)])
    sorry = f"<p>抱歉，没有找到相关内容</p><h3>为您推荐</h3><ul>{other}</ul>"
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索", sorry))
    site.page("/", home(BOX))
    (session,) = (await ask(service, replace(DRAWN, title="最低生活保障标准"))).sessions
    assert (session.status, session.hits) == (SearchStatus.ANSWERED, ())


async def test_results_that_are_counted_are_the_answer_whatever_they_are(site: Site, service: BrowserService) -> None:
    others = [(f"县城乡建设领域专项检查通报{n}", f"{HOME}/o/{n}.html") for n in range(6)]
    site.page("/s", lambda r: results(r.query["q"], others))
    site.page("/", home(BOX))
    (session,) = (await ask(service, replace(DRAWN, title="最低生活保障标准"))).sessions
    assert session.status is SearchStatus.ANSWERED
    assert len(session.hits) == 6


async def test_an_icon_with_a_hand_over_it_sends(site: Site, service: BrowserService) -> None:
    icon = '<i style="display:inline-block;width:20px;height:20px;cursor:pointer"></i>'
    script = (
        "document.querySelector('.b i').addEventListener('click', function () {"
        " location.href = '/s?q=' + encodeURIComponent(document.querySelector('.b input').value); })"
    )
    site.page("/", home(f'<div class="b"><input placeholder="请输入您要查找的内容">{icon}</div>', script=script))
    site.page("/s", answering)
    (session,) = (await ask(service)).sessions
    assert session.hits[0].title == TITLE


async def test_a_box_nobody_knows_how_to_send_is_not_broken(site: Site, service: BrowserService) -> None:
    site.page("/", home('<div class="b"><input placeholder="请输入您要查找的内容"></div>'))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.UNREADABLE


async def test_a_link_to_a_large_search_form(site: Site, service: BrowserService) -> None:
    fields = (
        '<tr><td>标题包含</td><td><input name="t"></td></tr><tr><td>正文包含</td><td><input name="c"></td></tr>'
        '<tr><td>发布时间</td><td><input name="a"> 至 <input name="b"></td></tr>'
    )
    form = f'<form action="/so/do"><table>{fields}</table><input type="submit" value="开始搜索"></form>'
    site.page("/", home('<a href="/so/more.html">高级搜索</a>'))
    site.page("/so/more.html", html("高级搜索", form))
    site.page("/so/do", lambda r: results(r.query["t"], FOUND if r.query["t"] == TITLE else []))
    record = await ask(service)
    assert record.entry_page == f"{HOME}/so/more.html"
    assert record.sessions[0].hits[0].title == TITLE


async def test_results_whose_title_is_cut_short_are_opened(site: Site, service: BrowserService) -> None:
    found = [("县政府常务会议研究部署", "/o/1"), (TITLE[:8], "/o/3"), (TITLE[:7], "/o/2")]
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索结果", f"共找到3条结果<ul>{rows(found)}</ul>"))

    def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"/zwgk/tz/{request.path[-1]}.html")

    for number in (1, 2, 3):
        site.page(f"/o/{number}", away)
        site.page(f"/zwgk/tz/{number}.html", html(f"第{number}号", "<p>正文</p>"))
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert session.status is SearchStatus.ANSWERED
    assert [hit.url for hit in session.hits] == [f"{HOME}/o/1", f"{HOME}/zwgk/tz/3.html", f"{HOME}/o/2"]
    assert (site.times("/o/1"), site.times("/o/2"), site.times("/o/3")) == (0, 0, 1)


@pytest.mark.parametrize("known", [True, False])
async def test_results_in_a_layer_over_the_page(site: Site, service: BrowserService, known: bool) -> None:
    script = (
        "document.getElementById('go').onclick = () => fetch('/f?q=' + encodeURIComponent("
        "document.getElementById('key').value)).then(r => r.text()).then(t => {"
        " document.getElementById('l').innerHTML = t; })"
    )
    found = [("做好第40号工作的通知", f"{HOME}/zwgk/tz/40.html"), ("做好第41号工作的通知", f"{HOME}/zwgk/tz/41.html")]
    mine = ("关于做好第42号工作的通知", f"{HOME}/zwgk/tz/42.html")
    site.page("/f", f"共找到3条结果<ul>{rows([mine, *found] if known else found)}</ul>")
    site.page("/", home(LAYER, script=script))
    (session,) = (await ask(service, replace(DRAWN, title=mine[0], url=mine[1]))).sessions
    assert session.status is SearchStatus.ANSWERED
    assert [hit.title for hit in session.hits] == [title for title, _ in ([mine, *found] if known else found)]


async def test_a_title_the_page_showed_before_it_was_asked_decides_nothing(site: Site, service: BrowserService) -> None:
    script = (
        "document.getElementById('go').onclick = () => fetch('/f').then(r => r.text()).then(t => {"
        " document.getElementById('l').innerHTML = t; })"
    )
    site.page("/f", f"共找到2条结果<ul>{rows([('做好第40号工作的通知', '/40'), ('做好第41号工作的通知', '/41')])}</ul>")
    site.page("/", home(LAYER, script=script))
    (session,) = (await ask(service)).sessions  # stands among the news of the home page
    assert session.status is SearchStatus.UNREADABLE


async def test_none_before_it_was_asked_is_no_answer(site: Site, service: BrowserService) -> None:
    later = "setTimeout(() => fetch('/a').then(r => r.text()).then(t => { document.body.innerHTML = t; }), 1500)"
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索", f"<p>共找到 0 条结果</p><script>{later}</script>"))
    site.page("/a", f"<input value={TITLE}>共找到3条结果<ul>{rows(FOUND)}</ul>")
    site.page("/", home(BOX))
    (session,) = (await ask(service, doubt=2.5)).sessions
    assert [hit.title for hit in session.hits] == [title for title, _ in FOUND]


async def test_a_page_in_between_is_not_broken(site: Site, service: BrowserService) -> None:
    site.page(
        "/s",
        lambda r: html(
            "跳转", "正在跳转到搜索系统", f'<meta http-equiv="refresh" content="2;url=/r?q={quote(r.query["q"])}">'
        ),
    )
    site.page("/r", answering)
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert session.hits[0].title == TITLE


async def test_the_button_of_the_site_goes_before_the_one_of_the_province(site: Site, service: BrowserService) -> None:
    button = "<a href=\"javascript:location='%s?q='+encodeURIComponent(document.getElementById('k').value)\">%s</a>"
    site.page("/", home(f'<input id="k" name="qt">{button % ("/all", "一网通查")}{button % ("/s", "搜本网")}'))
    site.page("/s", answering)
    (session,) = (await ask(service)).sessions
    assert session.hits[0].title == TITLE
    assert site.times("/all") == 0


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("how", ["page", "line", "alert"])
async def test_a_search_that_takes_few_characters_is_asked_with_as_many(
    site: Site, service: BrowserService, how: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.browser.search.PAUSE", 0)
    refuse = {"page": "", "line": "this.m.value='最多输入8个字符'", "alert": "alert('搜索词不能超过8个字')"}[how]
    check = f' onsubmit="if(this.q.value.length>8){{{refuse};return false}}"' if refuse else ""
    form = f'<form action="/s"{check}><input name="q"><button>搜索</button><output name="m"></output></form>'

    def answer(request: web.Request) -> str:
        asked = request.query["q"]
        if len(asked) > 8:
            return html("搜索", "<p>对不起，搜索词不能超过8个字，请重新输入</p>")
        return results(asked, FOUND if known else FOUND[1:])

    site.page("/s", answer)
    site.page("/", home(form))
    (session,) = (await ask(service)).sessions
    assert session.status is (SearchStatus.ANSWERED if known else SearchStatus.UNREADABLE)
    assert [hit.title for hit in session.hits[:1]] == ([TITLE] if known else [])


async def test_lists_on_every_result_page_are_no_results(site: Site, service: BrowserService) -> None:
    newest = f"<ul>{rows([(TITLE, DRAWN.url), *((f'关于召开第{n}次会议的通知', f'/n/{n}') for n in range(6))])}</ul>"
    others = {word: [(f"{word}第{n}号", f"/{word}/{n}") for n in range(3)] for word in ("工作情况", "通知")}

    def answer(request: web.Request) -> str:
        asked = request.query["q"]
        word = "通知" if asked == TITLE else "工作情况"
        return html(f"{asked}_搜索结果", f"{newest}<p>共找到3条结果</p><div><ul>{rows(others[word])}</ul></div>")

    site.page("/s", answer)
    site.page("/", home(BOX))
    record = await ask(service, DRAWN, replace(DRAWN, title="工作情况第2号", url=f"{HOME}/工作情况/2"))
    missed, found = record.sessions
    assert [hit.title for hit in missed.hits] == [title for title, _ in others["通知"]]
    assert "工作情况第2号" in [hit.title for hit in found.hits]


async def test_what_shares_no_more_than_the_name_of_the_county_is_no_answer(
    site: Site, service: BrowserService
) -> None:
    newest = rows([(f"青石县召开第{n}次会议的通知", f"/n/{n}") for n in range(7)])
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索结果", f"<div id=list></div><ul>{newest}</ul>"))
    site.page("/", home(BOX))
    portal = replace(PORTAL, name="青石县人民政府")
    (session,) = (await ask(service, replace(DRAWN, title="青石县粮食应急预案的通知"), portal=portal)).sessions
    assert session.status is SearchStatus.UNREADABLE


async def test_a_list_that_changes_with_the_question_is_the_answer(site: Site, service: BrowserService) -> None:
    def answer(request: web.Request) -> str:
        asked = request.query["q"]
        known = [(asked, f"/{asked}/1")] if asked != "最低生活保障标准" else []
        others = [(f"青石县召开第{len(asked) * n}次会议", f"/n/{len(asked) * n}") for n in range(1, 7)]
        return html(f"{asked}_搜索结果", f"<ul>{rows([*known, *others])}</ul>")

    site.page("/s", answer)
    site.page("/", home(BOX))
    titles = ["做好粮食应急工作的情况", "开展森林防灭火检查的通报", "最低生活保障标准"]
    record = await ask(service, *(replace(DRAWN, title=title, url=title) for title in titles))
    assert [session.status for session in record.sessions] == [SearchStatus.ANSWERED] * 3
    assert [len(session.hits) for session in record.sessions] == [7, 7, 6]


@pytest.mark.parametrize("mine", [True, False])
async def test_a_page_whose_own_question_fails_is_broken(site: Site, service: BrowserService, mine: bool) -> None:
    script = f"<script>fetch('/api/q' + {'location.search' if mine else repr('?hot=1')})</script>"
    site.page("/s", lambda r: html(f"{r.query['q']}_搜索结果", f"<div id=list></div>{script}"))
    site.page("/api/q", lambda _: web.Response(status=502, text="Bad Gateway"))
    site.page("/", home(BOX))
    record = await ask(service)
    expected = SearchStatus.BROKEN if mine else SearchStatus.UNREADABLE
    assert {session.status for session in record.sessions} == {expected}


async def test_an_alert_that_says_nothing_was_found_is_an_answer(site: Site, service: BrowserService) -> None:
    site.page("/s", html("", "<script>alert('对不起，没有找到您要的信息！');history.back()</script>"))
    site.page("/", home(BOX))
    (session,) = (await ask(service)).sessions
    assert (session.status, session.hits) == (SearchStatus.ANSWERED, ())


async def test_a_picture_of_results_says_what_was_asked_and_where(site: Site, service: BrowserService) -> None:
    site.page("/s", html("搜索结果", "<p>没有找到</p>"))

    async def action(visit: Visit) -> list[str]:
        await visit.goto(f"{HOME}/s?q=%E5%85%AC%E5%91%8A")
        text = "() => document.documentElement.innerText"
        async with headed(visit.page, f"检索词：{TITLE}"):
            shown = await visit.page.evaluate(text)
        return [shown, await visit.page.evaluate(text)]

    during, after = await service.run(action)
    assert during.startswith(f"检索词：{TITLE}\n{HOME}/s?q=公告 ")
    assert "北京时间" in during
    assert after.strip() == "没有找到"


@pytest.mark.parametrize("how", ["page", "alert"])
async def test_a_search_that_takes_no_signs_is_asked_the_words_alone(
    site: Site, service: BrowserService, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.browser.search.PAUSE", 0)
    quoted = replace(DRAWN, title="关于印发《青石县“一老一小”方案（试行）》的通知")
    check = "if(/[《“（]/.test(this.q.value)){alert('搜索内容不能包含特殊字符');return false}" if how == "alert" else ""

    def answer(request: web.Request) -> str:
        asked = request.query["q"]
        if "《" in asked:
            return html("搜索", "<div>您输入的关键词含有非法字符，请重新输入！</div>")
        return results(asked, [(quoted.title, quoted.url), *FOUND[1:]] if asked.startswith("关于印发") else [])

    site.page("/", home(f'<form action="/s" onsubmit="{check}"><input name="q"><button>搜索</button></form>'))
    site.page("/s", answer)
    (session,) = (await ask(service, quoted)).sessions
    assert session.hits[0].url == quoted.url
    assert (
        site.asked[-1][2] == f"/s?q={quote('关于印发 青石县 一老一小 方案 试行 的通知', safe='').replace('%20', '+')}"
    )


@pytest.mark.parametrize("indexed", [True, False])
async def test_a_search_that_fails_with_quotes_is_not_down(
    site: Site, service: BrowserService, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several titles with quotes in a row made it 站内搜索不可用, or the others were not asked."""
    monkeypatch.setattr("crawler.browser.search.PAUSE", 0)
    titles = [replace(DRAWN, title=f"关于“第{n}批”名单的公示", url=f"{HOME}/gs/{n}.html") for n in range(3)]

    def answer(request: web.Request) -> web.Response:
        asked = request.query["q"]
        if "“" in asked:
            return web.Response(status=500, text="HTTP Status 500")
        known = [(title.title, title.url) for title in titles] if indexed else []
        page = results(asked, known if "批" in asked else FOUND)
        return web.Response(text=page, content_type="text/html")

    site.page("/", home(BOX))
    site.page("/s", answer)
    *quoted, plain = (await ask(service, *titles, DRAWN)).sessions
    assert plain.status is SearchStatus.ANSWERED
    expected = SearchStatus.ANSWERED if indexed else SearchStatus.UNREADABLE
    assert [session.status for session in quoted] == [expected] * 3
