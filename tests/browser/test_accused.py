"""Pages that are accused of lacking a link are opened in a browser before: scripts may draw it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from checks.base import CheckResult
from crawler.browser.browsers import Found
from crawler.browser.render import RenderRequest, render_pages
from crawler.browser.service import BrowserService
from crawler.sitting import Sitting
from mingcha.judging import judge_bundle
from mingcha.rechecks.second_look import note_unseen, open_accused
from portal.artifacts import (
    Attempt,
    ColumnRecord,
    FetchOutcome,
    GatherSummary,
    Level,
    LinkRecord,
    Occurrence,
    PageRecord,
)
from portal.facts import Element, Region
from portal.model import ColumnForm, ColumnKind
from portal.page import read_page
from storage.bundle import Bundle, Header
from tests.browser.conftest import AS_OF, PORTAL
from tests.browser.site import HOME, Site, html

pytestmark = pytest.mark.browser

POLICY, READING = "/zcwj/1.html", "/zcjd/1.html"
NAME = "《青石县农村道路养护办法》"
TABLE = (
    "<table><tr><td>发文机关</td><td>青石县人民政府</td></tr>"
    "<tr><td>文号</td><td>青政发〔2026〕7号</td></tr><tr><td>成文日期</td><td>2026-10-12</td></tr></table>"
)
PROSE = "<p>" + "各乡镇人民政府要落实养护责任，明确养护标准，保障养护资金。" * 8 + "</p>"
AT = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)


def article(title: str, body: str, script: str = "") -> str:
    said = f"<h1>{title}</h1><p>发布时间：2026-10-13</p><div class=content>{body}</div><div id=more></div>"
    return html(f"{title}_青石县人民政府", said + (f"<script>{script}</script>" if script else ""))


def draws(text: str) -> str:
    """Returns a script that draws a block of links after the page is there, heading and all; its source, in escapes,
    says nothing of it."""
    escaped = "".join(f"\\u{ord(char):04x}" for char in text)
    return f"setTimeout(() => {{ document.getElementById('more').innerHTML = '{escaped}' }}, 50)"


def judged(bundle: Bundle) -> CheckResult:
    (one,) = judge_bundle(bundle, only=frozenset({"policy_linkage"})).results
    return one


async def test_what_only_scripts_draw_is_seen_and_what_is_missing_stays_missing(
    site: Site, found: Found, tmp_path: Path
) -> None:
    block = f"<h3>相关解读</h3><ul><li><a href='{READING}'>{NAME}政策解读</a></li></ul>"
    pages = {
        POLICY: article(f"青石县人民政府关于印发{NAME}的通知", TABLE + PROSE, draws(block)),
        READING: article(f"{NAME}政策解读", f"<p>{NAME}（青政发〔2026〕7号）已印发。</p>" + PROSE),
    }
    header = Header("a-1", PORTAL, site.network, AS_OF, AT, seed="s", version="0")
    with Bundle.create(tmp_path / "b", header) as bundle:
        bundle.add(GatherSummary(AT, AT, home_outcome=FetchOutcome.OK, home_final=f"{HOME}/"))
        for path, text in pages.items():
            site.page(path, text)
            facts = read_page(text.encode(), f"{HOME}{path}", content_type="text/html; charset=utf-8", as_of=AS_OF)
            attempt = Attempt(AT, "get", FetchOutcome.OK, 200, final_url=f"{HOME}{path}")
            bundle.add(PageRecord(f"{HOME}{path}", Level.OTHER, attempt, msgspec.structs.replace(facts, links=())))
        site.page("/", html("青石县人民政府", "<p>首页</p>"))
        bundle.flush()
        accused = [("policy_not_linked", f"{HOME}{READING}"), ("interpretation_not_linked", f"{HOME}{POLICY}")]
        assert [(one.kind, one.subject) for one in judged(bundle).findings] == accused
        before = judge_bundle(bundle, only=frozenset({"policy_linkage"}))
        assert await open_accused(bundle, before, Sitting())
        after = judge_bundle(bundle, only=frozenset({"policy_linkage"}))
        assert [(one.kind, one.subject) for one in after.results[0].findings] == accused[:1]
        assert not await open_accused(bundle, after, Sitting()), "each page is opened once"


async def test_a_title_without_a_link_that_shows_a_hand_leads_nobody_knows_where(
    site: Site, service: BrowserService
) -> None:
    """seen: 相关解读 of applications whose router goes on from any element."""
    opens = f"<h3>相关解读</h3><div class=item style='cursor:pointer'>{NAME}政策解读</div>"
    for block, known in ((opens, 1), (opens.replace("cursor", "color"), 0)):
        url = site.page(POLICY, article(f"青石县人民政府关于印发{NAME}的通知", TABLE + PROSE, draws(block)))
        (result,) = [one async for one in render_pages(service, [RenderRequest(url, "linkage")], as_of=AS_OF)]
        assert result.facts is not None
        assert len(result.facts.links_to_interpretation) == known


async def test_links_the_style_sheet_never_shows_are_no_findings_and_folded_menus_are(
    site: Site, found: Found, tmp_path: Path
) -> None:
    style = "<style>.wap{display:none}.menu ul{display:none}.menu:hover ul{display:block}</style>"
    menu = "<div class=menu>政务<ul><li><a href=/old/>旧版</a></ul></div>"
    parts = "<map name=m><area shape=rect coords=0,0,9,9 href=/part/></map><map name=n><area href=/unused/></map>"
    head = f"<div class=header><a class=wap href=/wap/>手机版</a>{menu}{parts}<img usemap='#m' width=9 height=9></div>"
    site.page("/", html("青石县人民政府", style + head + PROSE))
    header = Header("a-1", PORTAL, site.network, AS_OF, AT, seed="s", version="0")
    failed = tuple(Attempt(AT + dt.timedelta(minutes=n), "get", FetchOutcome.NOT_FOUND, 404) for n in range(3))
    with Bundle.create(tmp_path / "b", header) as bundle:
        bundle.add(GatherSummary(AT, AT, home_outcome=FetchOutcome.OK, home_final=f"{HOME}/"))
        for path, text in (("/wap/", "手机版"), ("/old/", "旧版"), ("/part/", "专栏"), ("/unused/", "专栏")):
            place = Occurrence(f"{HOME}/", text, Element.A, Region.HEADER, level=Level.HOME)
            bundle.add(LinkRecord(f"{HOME}{path}", True, 1, Level.HOME, (place,), failed))
        bundle.flush()
        before = judge_bundle(bundle, only=frozenset({"broken_links"}))
        assert len(before.results[0].findings) == 4
        assert await note_unseen(bundle, before, Sitting())
        after = judge_bundle(bundle, only=frozenset({"broken_links"}))
        assert {one.subject for one in after.results[0].findings} == {f"{HOME}/old/", f"{HOME}/part/"}
        assert not await note_unseen(bundle, after, Sitting())


async def test_an_old_list_that_a_script_draws_anew_is_no_old_list(site: Site, found: Found, tmp_path: Path) -> None:
    """seen: portals generated by Nuxt, whose lists are those of the day they were generated until a script ran."""
    row = "<li><a href=/t/{0}.html>关于第{0}号通告的通知</a><span>2025-10-1{0}</span></li>"
    old = "".join(map(row.format, range(4)))
    new = "<li><a href=/t/9.html>关于第九号通告的通知</a><span>2026-11-18</span></li>"
    ask = "<script>fetch('/api/list').then(r => r.ok && r.text()).then(t => t && (u.innerHTML = t))</script>"
    scripts = {"/plain/": "", "/renewed/": ask, "/same/": ask.replace("api/list", "api/none")}
    pages = {
        path: html("通知公告", f"<h2>通知公告</h2><ul id=u>{old}</ul>{script}") for path, script in scripts.items()
    }
    site.page("/api/list", new + old)
    header = Header("a-1", PORTAL, site.network, AS_OF, AT, seed="s", version="0")
    with Bundle.create(tmp_path / "b", header) as bundle:
        bundle.add(GatherSummary(AT, AT, home_outcome=FetchOutcome.OK, home_final=f"{HOME}/"))
        for path, text in pages.items():
            url = site.page(path, text)
            facts = read_page(text.encode(), url, content_type="text/html; charset=utf-8", as_of=AS_OF, portal=True)
            proof = bundle.put(text.encode(), "text/html; charset=utf-8", url, AT)
            attempt = Attempt(AT, "get", FetchOutcome.OK, 200, final_url=url, evidence=proof)
            bundle.add(PageRecord(url, Level.SECOND, attempt, msgspec.structs.replace(facts, links=())))
            bundle.add(ColumnRecord(url, "通知公告", ("通知公告",), ColumnKind.NOTICE, ColumnForm.LIST))
        bundle.flush()
        before = judge_bundle(bundle, only=frozenset({"update_freshness"}))
        assert {one.subject for one in before.results[0].findings} == {f"{HOME}{path}" for path in scripts}
        assert await open_accused(bundle, before, Sitting())
        after = judge_bundle(bundle, only=frozenset({"update_freshness"}))
        assert {one.subject for one in after.results[0].findings} == {f"{HOME}/plain/", f"{HOME}/same/"}
        opened = {page.url: page.render_reason for page in bundle.all(PageRecord)}
        assert opened == {f"{HOME}/plain/": "", f"{HOME}/renewed/": "outdated", f"{HOME}/same/": "outdated"}
