"""Home pages that are not there, not readable, or somewhere else."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from crawler.gather import GatherOptions, gather
from crawler.net.fetcher import Fetcher
from crawler.net.message import Fetched, FetchRequest
from crawler.net.politeness import BREAKER
from crawler.net.shared import SharedPace
from crawler.progress import silent
from crawler.sitting import Sitting
from portal.artifacts import FetchOutcome, GatherSummary, HostRecord, LinkRecord, PageRecord
from portal.model import Network, Portal
from storage.bundle import Bundle
from tests.crawl.drive import AS_OF, open_bundle
from tests.crawl.site import HOST, Page, Site, html, portal, serve, small_portal

OPTIONS = GatherOptions(use_browser=False, home_retries=(0.0, 0.0))


async def run(folder: Path, network: Network, entry: Portal) -> GatherSummary:
    with open_bundle(folder, entry, network) as bundle:
        return await gather(entry, network, bundle, as_of=AS_OF, options=OPTIONS, progress=silent)


async def visit(pages: dict[str, Page], folder: Path, entry: Portal | None = None) -> tuple[GatherSummary, Site]:
    async with serve(pages) as site:
        return await run(folder, site.network(), entry or portal()), site


async def test_a_home_page_that_fails_is_tried_again_and_then_said(tmp_path: Path) -> None:
    summary, site = await visit({"/": lambda _: web.Response(status=500, text="broken")}, tmp_path / "b")
    assert summary.home_outcome is FetchOutcome.SERVER_ERROR
    assert (site.count("/"), summary.pages, summary.stopped_by) == (3, 1, "")
    with Bundle.open(tmp_path / "b") as bundle:
        assert set(bundle.stages()) == {"vantage"}
        assert bundle.count(LinkRecord) == 0


async def test_a_home_page_that_recovers_is_audited(tmp_path: Path) -> None:
    pages = small_portal()
    answers = [web.Response(status=503), web.Response(text=str(pages["/"]), content_type="text/html")]
    summary, _ = await visit({**pages, "/": lambda _: answers.pop(0)}, tmp_path / "b", portal(max_pages=1))
    assert summary.home_outcome is FetchOutcome.OK


async def test_a_home_page_nobody_serves_is_refused(tmp_path: Path) -> None:
    async with serve({}) as site:
        network = site.network()
    summary = await run(tmp_path / "b", network, portal())
    assert summary.home_outcome is FetchOutcome.REFUSED


async def test_a_name_that_does_not_exist(tmp_path: Path) -> None:
    summary = await run(tmp_path / "b", Network(sealed=True), portal())
    assert summary.home_outcome in {FetchOutcome.DNS, FetchOutcome.DNS_UNKNOWN}


async def test_a_portal_that_left_for_another_domain_is_not_followed(tmp_path: Path) -> None:
    away: Page = lambda _: web.Response(status=302, headers={"Location": "http://www.elsewhere.cn/out"})  # noqa: E731 - a page of the site
    summary, site = await visit({**small_portal(), "/": away}, tmp_path / "b")
    assert summary.moved_to == "http://www.elsewhere.cn/out"
    assert site.gets().keys() == {"/", "/out"}


async def test_a_portal_that_redirects_within_its_domain_goes_on_there(tmp_path: Path) -> None:
    def front(request: web.Request) -> web.Response | str:
        if request.host.startswith(HOST):
            return web.Response(status=301, headers={"Location": "http://zwgk.shilou.gov.cn/"})
        return str(small_portal()["/"])

    summary, _ = await visit({**small_portal(), "/": front}, tmp_path / "b")
    assert (summary.moved_to, summary.home_final) == ("", "http://zwgk.shilou.gov.cn/")
    assert summary.pages > 20
    with Bundle.open(tmp_path / "b") as bundle:
        assert bundle.get(PageRecord, f"http://{HOST}/") is not None
        hosts = {record.host for record in bundle.all(HostRecord)}
    assert hosts == {HOST, "zwgk.shilou.gov.cn"}


async def test_bot_protection_without_a_browser_measures_nothing_but_the_hosts(tmp_path: Path) -> None:
    challenge = "<script>document.cookie=('_')+('_')+('jsl');location.href=location.pathname+location.search</script>"
    pages: dict[str, Page] = {
        "/": lambda _: web.Response(status=521, text=challenge, content_type="text/html"),
        "/xwzx/": html("新闻中心", "不应访问"),
    }
    summary, site = await visit(pages, tmp_path / "b")
    assert (summary.challenged, summary.home_outcome) == (True, FetchOutcome.BLOCKED)
    assert site.count("/xwzx/") == 0
    with Bundle.open(tmp_path / "b") as bundle:
        assert set(bundle.stages()) == {"vantage", "probe"}
        home = bundle.get(PageRecord, f"http://{HOST}/")
        assert home is not None and home.facts is None and home.skipped is not None


async def test_robots_that_forbid_everything_are_obeyed_unless_there_is_a_written_consent(tmp_path: Path) -> None:
    pages = {**small_portal(), "/robots.txt": web.Response(text="User-agent: *\nDisallow: /\n")}
    summary, site = await visit(pages, tmp_path / "a")
    assert summary.home_outcome is FetchOutcome.ROBOTS
    assert site.gets() == {}
    pages["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /\n")
    consent = replace(portal(max_pages=3), robots="ignore", authorisation="石政函〔2026〕3号")
    summary, site = await visit(pages, tmp_path / "b", consent)
    assert summary.home_outcome is FetchOutcome.OK
    assert site.count("/robots.txt") == 0


@pytest.mark.parametrize("body", ["", "<html></html>", "<" * 100_000, "<div>" * 50_000])
async def test_an_unreadable_home_page_ends_in_good_order(tmp_path: Path, body: str) -> None:
    page: Page = lambda _: web.Response(text=body, content_type="text/html")  # noqa: E731 - a page of the site
    summary, _ = await visit({"/": page}, tmp_path / "b")
    assert summary.home_outcome is FetchOutcome.OK
    assert summary.stopped_by == ""


async def test_a_platform_that_rests_is_waited_for_and_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another portal of the platform had been refused; this one was never asked: its audit stays open."""
    monkeypatch.setattr("crawler.crawl.home.RESTS", (0.0, 0.0))
    entry, pace = portal(group="g", max_pages=1), tmp_path / "pace"
    shared = SharedPace.open(pace)
    assert shared is not None
    shared.group("g").answered(6, time.monotonic() + 1000)
    shared.close()
    async with serve(small_portal()) as site:
        with open_bundle(tmp_path / "b", entry, site.network()) as bundle:
            options = replace(OPTIONS, sitting=Sitting(pace=pace))
            summary = await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
            assert (summary.home_outcome, summary.stopped_by) == (FetchOutcome.ABORTED, "platform_rests")
            assert (site.requests, bundle.count(PageRecord)) == ([], 0)
            pace.unlink()
            again = await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)
    assert (again.home_outcome, again.stopped_by) == (FetchOutcome.OK, "budget_pages")


async def test_a_platform_that_has_rested_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.crawl.home.RESTS", (0.0, 0.0))
    said = [BREAKER + "asked to wait 9 s", BREAKER + "asked to wait 1 s"]
    whole = Fetcher.fetch

    async def fetch(self: Fetcher, request: FetchRequest) -> Fetched:
        fetched = await whole(self, request)
        if request.purpose != "home" or not said:
            return fetched
        attempt = msgspec.structs.replace(fetched.attempt, outcome=FetchOutcome.ABORTED, status=0, error=said.pop())
        return msgspec.structs.replace(fetched, attempt=attempt)

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    monkeypatch.setattr("tests.crawl.test_home.OPTIONS", replace(OPTIONS, home_retries=()))
    summary, _ = await visit(small_portal(), tmp_path / "b", portal(max_pages=1))
    assert (summary.home_outcome, said) == (FetchOutcome.OK, [])
