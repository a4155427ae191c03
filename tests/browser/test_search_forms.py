"""Boxes and result pages only a browser can tell: what is not laid out, icons without a word, large search forms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from crawler.browser.service import BrowserService
from portal.artifacts import SearchStatus
from tests.browser.site import HOME, Site, home, html, results
from tests.browser.test_search import BOX, DRAWN, FOUND, TITLE, answering, ask

pytestmark = pytest.mark.browser


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
