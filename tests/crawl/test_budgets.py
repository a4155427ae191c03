"""Budgets, deadlines and pauses: what ends a crawl, and what is said about the rest."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from aiohttp import web

import crawler.crawl.crawl
from crawler.crawl.passes import run_pass
from crawler.gather import GatherOptions, gather
from crawler.net.message import Fetched
from crawler.progress import silent
from portal.artifacts import Absence, Attempt, FetchOutcome, GatherSummary, LinkRecord, PageRecord
from storage.bundle import Bundle
from tests.crawl.drive import AS_OF, open_bundle, opened
from tests.crawl.site import HOST, Page, Site, html, portal, serve, small_portal

BASE = f"http://{HOST}"


async def run(site: Site, folder: Path, **changes: object) -> GatherSummary:
    entry = portal(**changes)
    options = GatherOptions(use_browser=False, home_retries=())
    with open_bundle(folder, entry, site.network()) as bundle:
        return await gather(entry, site.network(), bundle, as_of=AS_OF, options=options, progress=silent)


async def test_the_page_budget_is_spent_by_importance_and_the_rest_is_verified(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        summary = await run(site, tmp_path / "b", max_pages=4)
        assert (summary.stopped_by, summary.pages) == ("budget_pages", 4)
        with Bundle.open(tmp_path / "b") as bundle:
            pages = {page.url.removeprefix(BASE) for page in bundle.all(PageRecord)}
            links = {link.url.removeprefix(BASE): link for link in bundle.all(LinkRecord)}
        assert pages == {"/", "/xwzx/", "/tzgg/", "/zcwj/"}
        assert links["/tzgg/5.html"].attempts[-1].outcome is FetchOutcome.OK
        assert all(site.gets()[f"/tzgg/{n}.html"] == 1 for n in range(1, 7))
        assert site.count("/tzgg/9.html") == 0  # it stands on a page nobody opened


async def test_the_request_budget_ends_everything_and_says_so(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        summary = await run(site, tmp_path / "b", max_requests=8)
        assert summary.stopped_by == "budget_requests"
        assert len(site.requests) == 8
        with Bundle.open(tmp_path / "b") as bundle:
            reasons = {link.skipped for link in bundle.all(LinkRecord) if not link.attempts}
        assert Absence.BUDGET in reasons and None not in reasons


class Endless(dict[str, Page]):
    """A site without an end, every page different."""

    def get(self, path: str, default: Page | None = None) -> Page | None:  # type: ignore[override]  # all there is to a page
        if path == "/robots.txt":
            return web.Response(status=404)
        digest = hashlib.sha256(path.encode()).hexdigest()
        words = " ".join(hashlib.sha256(f"{digest}{n}".encode()).hexdigest() for n in range(60))
        return html(digest, f"<p>{words}</p><a href='/{digest[:9]}.html'>一</a><a href='/{digest[9:18]}.html'>二</a>")


async def test_the_time_ends_a_crawl_and_what_was_gathered_is_kept(tmp_path: Path) -> None:
    async with serve({}) as site:
        site.pages = Endless()
        summary = await run(site, tmp_path / "b", max_minutes=0.04, max_pages=10**6, max_requests=0)
    assert summary.stopped_by in {"budget_time", "deadline"}
    with Bundle.open(tmp_path / "b") as bundle:
        assert bundle.count(PageRecord) == summary.pages > 5
        assert "crawl" in bundle.stages()


async def test_a_counter_in_the_query_that_shows_one_page_for_ever_is_left(tmp_path: Path) -> None:
    def endless(request: web.Request) -> str:
        day = int(request.query["d"])
        links = "".join(f"<a href='/duty?d={day + n}'>下一天</a>" for n in (1, 2, 3))
        return html("值班安排", f"<p>今日值班安排请致电办公室咨询，感谢您的关注与支持。</p>{links}")

    class Duty(dict[str, Page]):
        def get(self, path: str, default: Page | None = None) -> Page | None:  # type: ignore[override]  # by prefix
            return endless if path.startswith("/duty") else super().get(path, default)

    async with serve({}) as site:
        site.pages = Duty({"/": html("首页", "<p>首页</p><a href='/duty?d=1'>值班</a>")})
        summary = await run(site, tmp_path / "b")
        assert summary.stopped_by == ""
        assert len([path for path in site.gets() if path.startswith("/duty")]) < 30
        assert summary.skipped["trap_repeating"] >= 1


async def test_a_portal_that_accepts_no_connections_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aborted = Attempt(dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "get", FetchOutcome.ABORTED, error="breaker")
    async with serve({}) as site, opened(site, tmp_path / "b") as crawl:
        for number in range(crawler.crawl.crawl.BREAKS + 1):
            monkeypatch.setattr(crawler.crawl.crawl, "BREAK_PAUSE", 3600.0)
            visit = crawl.take()
            assert visit is not None and crawl.stopped_by == ""
            assert crawl.read(visit, Fetched(aborted)) is None
            if number < crawler.crawl.crawl.BREAKS:
                assert crawl.pending() and crawl.take() is None  # it rests
            monkeypatch.setattr(crawler.crawl.crawl, "BREAK_PAUSE", 0.0)
            crawl._rest_until = 0.0  # the rest is over
        assert (crawl.stopped_by, crawl.pending(), crawl.pages) == ("breaker", False, 0)


async def test_passes_stop_at_their_last_rank(tmp_path: Path) -> None:
    from crawler.crawl.frontier import Rank

    async with serve(small_portal()) as site, opened(site, tmp_path / "b") as crawl:
        await run_pass(crawl, last_rank=Rank.CHILD)
        assert site.gets().keys() >= {"/", "/xwzx/"}
        assert not any(path.startswith("/xwzx/") and path != "/xwzx/" for path in site.gets())
        await run_pass(crawl)
        assert crawl.pages == 44
        await crawl.links.stop(1.0)
