"""Scrapy's downloader as an audit needs it: a request goes straight to the fetcher.

Slots, delays and their queues would be a second limiter beside the fetcher's, which never binds: there are as many
places as requests in flight. To go through them costs two tasks, a queue and three signals nobody listens to, for every
page. On the command line Scrapy's own stands, for whoever adds middlewares or extensions there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scrapy.core.downloader import Downloader
from scrapy.logformatter import LogFormatter
from scrapy.utils.defer import deferred_from_coro

from crawler.handler import FetcherHandler

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

Result = TypeVar("Result")


class StraightDownloader(Downloader):
    """Downloads by the project's handler alone; what it raises is the failure of the request."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._handler = FetcherHandler(crawler)

    def fetch(self, request: Request) -> Deferred[Response]:  # type: ignore[override]
        """Returns the answer to a request, when it is there."""
        self.active.add(request)
        coming: Deferred[Response] = deferred_from_coro(self._handler.download_request(request))
        # Not before the answer is handed on: in between the engine would take a crawl for done that only waits for it.
        return coming.addBoth(self._left, request)

    def _left(self, result: Result, request: Request) -> Result:
        self.active.remove(request)
        return result


class Unsaid(LogFormatter):
    """Says of no page that it was crawled: the log of requests does, and to put the line together costs."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:  # type: ignore[override]
        """Returns None, by which Scrapy leaves the line out."""
