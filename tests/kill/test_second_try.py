"""A column that failed at first is asked a second time at the end, by whoever goes on with the audit, and no third."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank
from crawler.crawl.passes import run_pass
from portal.artifacts import FetchOutcome, PageRecord
from tests.crawl.drive import opened, whole
from tests.crawl.site import HOST, Site, serve, small_portal

COLUMN = "/zcwj/"
URL = f"http://{HOST}{COLUMN}"


def failing(site: Site) -> None:
    """Lets a column answer with an error the first time it is asked."""
    good = site.pages[COLUMN]
    assert isinstance(good, str)

    def answer(_: web.Request) -> web.StreamResponse:
        if site.count(COLUMN) == 1:
            return web.Response(status=503, text="维护中")
        return web.Response(text=good, content_type="text/html", charset="utf-8")

    site.pages[COLUMN] = answer


async def up_to_the_second_try(crawl: Crawl) -> None:
    """Reads everything but what waits for its second try, and writes it down."""
    await run_pass(crawl, last_rank=Rank.DEEPER)
    await crawl.links.stop(0.0)
    crawl.flush()


async def test_a_column_that_failed_is_asked_once_more_and_no_third_time_however_many_pages_lead_to_it(
    tmp_path: Path,
) -> None:
    async with serve(small_portal()) as site:
        site.pages[COLUMN] = lambda _: web.Response(status=503, text="维护中")
        with await whole(site, tmp_path / "b") as bundle:
            page = bundle.get(PageRecord, URL)
            assert page is not None and page.fetch.outcome is FetchOutcome.SERVER_ERROR
        assert site.count(COLUMN) == 2


async def test_whoever_goes_on_makes_the_second_try(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        failing(site)
        async with opened(site, tmp_path / "b") as crawl:
            await up_to_the_second_try(crawl)
        assert site.count(COLUMN) == 1
        with await whole(site, tmp_path / "b") as bundle:
            page = bundle.get(PageRecord, URL)
            assert page is not None and page.fetch.outcome is FetchOutcome.OK
        assert site.count(COLUMN) == 2


async def test_whoever_goes_on_after_the_second_try_makes_no_third(tmp_path: Path) -> None:
    async with serve(small_portal()) as site:
        failing(site)
        (await whole(site, tmp_path / "b")).close()
        assert site.count(COLUMN) == 2
        (await whole(site, tmp_path / "b")).close()
        assert site.count(COLUMN) == 2
