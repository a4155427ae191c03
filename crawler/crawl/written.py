"""Links that scripts of a page may write: where what one names is not there, a browser has to show the page.

Markup in a script is no link anybody can follow until the script writes it, and most of what a template names is never
written. So such addresses are asked for once and accuse nobody; a page that names a dead one is opened, and what the
browser shows there is a link like any other.

seen: `var appendix = '<A href="./P0202611.pdf">附件</A>'` below articles of TRS portals, document.write of attachments.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.crawl.scope import HINT
from crawler.crawl.verify import verify
from portal.facts import Element, Link, PageFacts
from portal.urls import normalise

if TYPE_CHECKING:
    from crawler.crawl.crawl import Crawl

MOST = 300  # addresses of one audit that are remembered, and files among them asked for


class Written:
    """What scripts of the pages of one crawl name, with the first page of each."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, Link]] = {}  # by key: page and link
        self._failed: dict[str, bool] = {}  # files asked for, by key

    def note(self, page: str, facts: PageFacts) -> None:
        """Takes note of the links that scripts of a page that was asked for may write."""
        for link in facts.links:
            if link.via == HINT and len(self._first) < MOST and link.element in (Element.A, Element.ATTACHMENT):
                self._first.setdefault(normalise(link.url), (page, link))

    async def pages(self, crawl: Crawl, seconds: float) -> frozenset[str]:
        """Returns the pages whose scripts name an address of the portal that is not there and that no page links.

        Files are asked for, each once and for `seconds` in all; of pages the crawl knows. Raises BundleError.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        found: set[str] = set()
        for key, (page, link) in self._first.items():
            if not crawl.scope.internal(link.url) or crawl.census.get(link.url) is not None:
                continue
            if link.element is Element.A:
                record = crawl.page(key)
                failed = record is not None and record.fetch.outcome.failed
            elif key in self._failed:
                failed = self._failed[key]
            elif crawl.stopped_by or loop.time() >= end:
                continue
            else:
                answers = await verify(link.url, crawl.fetcher, internal=True, referer=page)
                failed = self._failed[key] = bool(answers) and answers[-1].outcome.failed
            if failed:
                found.add(page)
        return frozenset(found)
