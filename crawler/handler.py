"""Scrapy's way to the network: a download handler that hands every request to the project's one fetcher."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response

from crawler.net.message import Fetched
from portal.artifacts import FetchOutcome

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

FETCHED = "fetched"
"""Key of `Request.meta` under which the fetcher's whole answer (or failure) is found."""

_ERRORS: dict[FetchOutcome, type[Exception]] = {
    FetchOutcome.DNS: CannotResolveHostError,
    FetchOutcome.DNS_UNKNOWN: CannotResolveHostError,
    FetchOutcome.REFUSED: DownloadConnectionRefusedError,
    FetchOutcome.TIMEOUT: DownloadTimeoutError,
    FetchOutcome.RESET: DownloadFailedError,
    FetchOutcome.TLS: DownloadFailedError,
    FetchOutcome.REDIRECT_LOOP: DownloadFailedError,
}


class FetcherHandler(BaseDownloadHandler):
    """Downloads through the fetcher of the spider's crawl: same limiter, guard, robots.txt and evidence as the rest.

    An answer becomes a response under the URL the redirects ended at. No answer raises Scrapy's own exceptions; what
    was never asked (robots.txt, private address, budget) raises IgnoreRequest.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        spider: Any = crawler.spider
        self._ask: Callable[[Request], Awaitable[Fetched]] = spider.ask

    async def download_request(self, request: Request) -> Response:
        """Returns the answer to a request; see the class for what it raises."""
        fetched: Fetched = await self._ask(request)
        request.meta[FETCHED] = fetched
        attempt = fetched.attempt
        if not attempt.status:
            error = _ERRORS.get(attempt.outcome, IgnoreRequest)
            raise error(f"{attempt.outcome.value}: {attempt.error}")
        return _response(request, fetched)


def _response(request: Request, fetched: Fetched) -> Response:
    # Headers, address and the rest stand in `fetched`: nobody here reads them from a response, and to fill one costs.
    attempt = fetched.attempt
    return Response(attempt.final_url or request.url, attempt.status, body=fetched.body, request=request)
