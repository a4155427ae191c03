"""Passes of a crawl: the spider over the frontier until nothing of the wanted ranks is left, or time is up."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner, Crawler

from crawler.crawl.crawl import Crawl
from crawler.crawl.frontier import Rank
from crawler.settings import crawl_settings
from crawler.spider import PortalSpider

GRACE = 20.0  # seconds requests under way get when a crawl is stopped,
GRACE_SHARE = 0.1  # of its time at most: a server that makes them wait is not to use up the time of what comes after


async def run_pass(crawl: Crawl, *, last_rank: Rank = Rank.LOST, seconds: float | None = None) -> None:
    """Runs the spider over the frontier up to `last_rank`, for at most `seconds`; returns when it has ended.

    Time up is `stopped_by` "budget_time". Cancelling stops the spider in good order before it is passed on.
    """
    crawl.last_rank = last_rank
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    if crawl.carrying is not None and crawl.carrying.under_way:
        await crawl.carry_over()  # whoever goes on does things in the same order
    while True:
        if crawl.pending():
            await _run_spider(crawl, None if end is None else max(0.1, end - loop.time()))
        await crawl.carry_over()  # which may lead to pages whose turn it is
        if not crawl.pending():
            return


async def _run_spider(crawl: Crawl, seconds: float | None) -> None:
    in_flight = max(4, crawl.portal.concurrency + 2)
    runner = AsyncCrawlerRunner(
        crawl_settings(
            LOG_ENABLED=False,
            CONCURRENT_REQUESTS=in_flight,
            CONCURRENT_REQUESTS_PER_DOMAIN=in_flight,
            EXTENSIONS_BASE={},
            DOWNLOADER="crawler.downloader.StraightDownloader",
            LOG_FORMATTER="crawler.downloader.Unsaid",
        )
    )
    crawler = runner.create_crawler(PortalSpider)
    task = asyncio.ensure_future(runner.crawl(crawler, crawl=crawl))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            crawl.stop("budget_time")
            await _stop(crawler, task, GRACE if seconds is None else min(GRACE, GRACE_SHARE * seconds))
    except asyncio.CancelledError:
        await _stop(crawler, task, GRACE)
        crawl.flush()
        raise
    if crawl.error is None:
        crawl.flush()
    if task.done():
        task.result()
    if crawl.error is not None:
        raise crawl.error


async def _stop(crawler: Crawler, task: asyncio.Future[Any], grace: float) -> None:
    await asyncio.wait({asyncio.ensure_future(crawler.stop_async()), task}, timeout=grace)
