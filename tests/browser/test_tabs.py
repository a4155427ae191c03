"""Tabs whose panel is fetched when they are pressed: what stands behind them is looked for where a page lacks it."""

from __future__ import annotations

import datetime as dt

import pytest
from aiohttp import web

from crawler.browser.render import RenderRequest, render_pages
from crawler.browser.service import BrowserService
from portal.facts import PageFacts, PageKind
from tests.browser.conftest import AS_OF
from tests.browser.site import HOME, Site, html

pytestmark = pytest.mark.browser

LOADS = (
    "<script>document.addEventListener('click', e => { const tab = e.target.closest('[data-load]'); if (!tab) return;"
    "e.preventDefault(); fetch(tab.dataset.load).then(r => r.text())"
    ".then(t => document.getElementById('panel').innerHTML = t) })</script>"
)
PANEL = "<div id=panel role=tabpanel>{}</div>"
PROSE = "<p>" + "各乡镇人民政府要落实养护责任，明确养护标准，保障养护资金。" * 8 + "</p>"
TABLE = (
    "<table><tr><td>发文机关</td><td>青石县人民政府</td></tr><tr><td>文号</td><td>青政发〔2026〕7号</td></tr></table>"
)


def rows(year: int, folder: str = "tz") -> str:
    lines = (
        f"<li><a href=/{folder}/{n}.html>关于开展第{n}次督查的通知</a><span>{year}-10-1{n}</span>" for n in range(6)
    )
    return f"<ul class=list>{''.join(lines)}</ul>"


def tabs(*others: str, first: str = "<a role=tab aria-selected=true data-load=/first href='#'>公告</a>") -> str:
    return f"<div role=tablist>{first}{''.join(others)}</div>"


def tab(name: str, load: str, href: str = "#") -> str:
    return f"<a role=tab data-load={load} href='{href}'>{name}</a>"


async def seen(service: BrowserService, url: str, reason: str) -> PageFacts:
    (result,) = [one async for one in render_pages(service, [RenderRequest(url, reason)], as_of=AS_OF)]
    assert result.facts is not None
    return result.facts


async def test_a_list_behind_another_tab_is_contents_and_nothing_behind_any_stays_nothing(
    site: Site, service: BrowserService
) -> None:
    site.page("/rows", rows(2026))
    for load, count in (("/rows", 6), ("/first", 0)):
        site.page("/first", "<ul class=list></ul>")
        body = "<h2>重点领域</h2>" + tabs(tab("通知", load)) + PANEL.format("<ul class=list></ul>") + LOADS
        facts = await seen(service, site.page("/zdly/", html("重点领域", body)), "empty_list")
        assert (len(facts.items), facts.empty_list) == (count, not count)


async def test_what_a_tab_could_not_fetch_is_told(site: Site, service: BrowserService) -> None:
    site.page("/first", "<ul class=list></ul>")
    site.page("/rows", lambda _: web.Response(status=500))
    body = "<h2>重点领域</h2>" + tabs(tab("通知", "/rows")) + PANEL.format("<ul class=list></ul>") + LOADS
    url = site.page("/zdly/", html("重点领域", body))
    (result,) = [one async for one in render_pages(service, [RenderRequest(url, "empty_list")], as_of=AS_OF)]
    assert result.script_errors == (f"fetch 500 {HOME}/rows",)


async def test_newer_items_behind_another_tab_are_items_of_the_column_beside_the_old(
    site: Site, service: BrowserService
) -> None:
    site.page("/rows", rows(2026, "new"))
    body = "<h2>通知公告</h2>" + tabs(tab("通知", "/rows")) + PANEL.format(rows(2024)) + LOADS
    facts = await seen(service, site.page("/tzgg/", html("通知公告", body)), "outdated")
    assert max(item.date for item in facts.items if item.date) == dt.date(2026, 10, 15)
    assert {item.url for item in facts.items} == {
        f"{HOME}/{where}/{n}.html" for where in ("tz", "new") for n in range(6)
    }
    assert f"{HOME}/tz/0.html" in {link.url for link in facts.links}


async def test_a_counterpart_behind_a_tab_is_a_link_to_it(site: Site, service: BrowserService) -> None:
    site.page("/rel", "<ul><li><a href=/jd/7.html>《青石县农村公路养护管理办法》政策解读</a></li></ul>")
    text = "<h1>青石县人民政府关于印发《青石县农村公路养护管理办法》的通知</h1><p>发布时间：2026-10-13</p>"
    panel = tabs(tab("政策解读", "/rel"), first="") + PANEL.format("")
    body = f"{text}<div class=content>{TABLE}{PROSE}</div>{panel}{LOADS}"
    facts = await seen(service, site.page("/zcwj/7.html", html("青石县人民政府", body)), "linkage")
    assert facts.links_to_interpretation == ("/jd/7.html",)


async def test_only_tabs_are_pressed_that_stay_on_the_page_and_change_nothing(
    site: Site, service: BrowserService
) -> None:
    for path in ("/form", "/deed", "/away", "/menu", "/second", "/more"):
        site.page(path, "<ul class=list></ul>")
    body = (
        f"<nav>{tab('栏目', '/menu')}</nav><form>{tab('提交', '/form')}</form><h2>重点领域</h2>"
        + tabs(tab("退出", "/deed"), tab("更多", "/away", "/more"), tab("食品", "/second"))
        + PANEL.format("<ul class=list></ul>")
        + LOADS
    )
    site.page("/first", "<ul class=list></ul>")
    await seen(service, site.page("/zdly/", html("重点领域", body)), "empty_list")
    pressed = [path for _, _, path in site.asked if path not in ("/zdly/", "/favicon.ico")]
    assert pressed == ["/second", "/first"], "the tab shown first is pressed last: the page is left as it was"


async def test_a_tab_that_leads_elsewhere_is_left_and_the_page_is_looked_at_again(
    site: Site, service: BrowserService
) -> None:
    other = "<h1>青石县人民政府领导</h1><div style='cursor:pointer'>《青石县农村公路养护管理办法》政策解读</div>"
    site.page("/away", html("领导之窗", other))
    site.page("/rel", "<ul></ul>")
    text = "<h1>青石县人民政府关于印发《青石县农村公路养护管理办法》的通知</h1><p>发布时间：2026-10-13</p>"
    tab_away = "<span role=tab onclick=\"location.href='/away'\">领导</span>"
    both = tabs(tab_away, tab("政策解读", "/rel"), first="")
    body = f"{text}<div class=content>{TABLE}{PROSE}</div>{both}{PANEL.format('')}{LOADS}"
    facts = await seen(service, site.page("/zcwj/7.html", html("青石县人民政府", body)), "linkage")
    assert (facts.kind, facts.links_to_interpretation) == (PageKind.POLICY, ())
    assert not any(path == "/rel" for _, _, path in site.asked)
