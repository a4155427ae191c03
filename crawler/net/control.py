"""The control of our own line: do other sites answer that were good lately?

Where every link of a portal to other sites is silent at once, our own line is held responsible. Links that are known to
be good are not asked and cannot show that. So a silent answer of another site counts only if sites known to be good
answer at that moment: `LineControl` asks up to three of them, at most once a minute, and only then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from crawler.net.known import KnownLinks
from crawler.net.message import FetchRequest
from portal.artifacts import Attempt, FetchOutcome
from portal.urls import host_of

if TYPE_CHECKING:
    from crawler.net.fetcher import Fetcher

SITES = 3
LASTS = 60.0  # seconds an answer of the control holds
# What accuses a site of silence. A name nobody could tell us about accuses nobody.
SILENT = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.REFUSED, FetchOutcome.RESET, FetchOutcome.DNS})


class LineControl:
    """The control of one audit; `known` are the links to choose from."""

    def __init__(self, known: KnownLinks) -> None:
        self._known = known
        self._works: tuple[float, bool] = (float("-inf"), True)
        self._lock = asyncio.Lock()

    async def judged(self, attempt: Attempt, url: str, fetcher: Fetcher) -> Attempt:
        """Returns an attempt at a link of another site; a silent one as our own fault where others are silent, too.

        Raises BundleError.
        """
        if attempt.outcome not in SILENT or await self._line_works(host_of(url), fetcher):
            return attempt
        why = f"our own line: other sites that were good lately do not answer either; {attempt.error}"
        return replace(attempt, outcome=FetchOutcome.NO_ROUTE, error=why)

    async def _line_works(self, host: str, fetcher: Fetcher) -> bool:
        async with self._lock:
            at, works = self._works
            if fetcher.politeness.clock.now() - at < LASTS:
                return works
            works = await self._any_answers(host, fetcher)
            self._works = fetcher.politeness.clock.now(), works
            return works

    async def _any_answers(self, host: str, fetcher: Fetcher) -> bool:
        asked = False
        for url in self._known.others(host, SITES):
            request = FetchRequest(url, method="head", purpose="control", timeout=15.0)
            outcome = (await fetcher.fetch(request)).attempt.outcome
            if outcome.asked and outcome not in SILENT:
                return True
            asked = asked or outcome in SILENT or outcome is FetchOutcome.DNS_UNKNOWN
        return not asked  # nobody to ask: nothing is known against our line
