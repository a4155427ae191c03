"""Renewal: a second night costs what changed.

An audit that follows another one of the same portal asks for its pages on the condition that they changed, and takes
over what was read of those that did not: because their server says so (304), or because what came is byte for byte the
same. What is taken over is the same as what would be read, links included; the attempt says what was answered now, and
the proof is what was received when the page came last.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.renewal_earlier import Earlier
from crawler.crawl.renewal_rules import ANEW, conditions, confirmed, described_as, not_modified, reusable, same_bytes
from crawler.net.attempts import NOT_MODIFIED
from crawler.net.fetcher import Fetcher
from crawler.net.message import Fetched, FetchRequest
from portal.artifacts import Attempt, Copy, FetchOutcome, PageRecord
from portal.facts import Link, PageFacts
from storage.bundle import Bundle

log = logging.getLogger(__name__)

# First pages of main columns decide most and change most: their bytes are looked at every time.
_WHOLE = frozenset({Rank.HOME, Rank.DECLARED, Rank.COLUMN})


class Kept(Struct, frozen=True):
    """A page taken over: what it was read as, all its links included, and what is kept of this answer."""

    facts: PageFacts
    attempt: Attempt
    copy: Copy


class Renewal:
    """What one audit takes over from the earlier one. `accused` are the addresses findings stand against, the most
    severe first.

    `unchanged` counts the pages taken over after they were asked for, `confirmed` those of them by a 304.
    """

    def __init__(
        self,
        earlier: Earlier,
        bundle: Bundle,
        *,
        accused: Sequence[str] = (),
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.earlier = earlier
        self.accused = {key: place for place, key in enumerate(dict.fromkeys(accused))}
        self.unchanged = 0
        self.confirmed = 0
        self._bundle = bundle
        self._clock = clock
        self._asked: dict[str, tuple[PageRecord, tuple[Link, ...]]] = {}  # under way

    async def ask(self, visit: Visit, request: FetchRequest, fetcher: Fetcher) -> Fetched:
        """Returns the answer of a page: whole, or a "not modified" that can be believed."""
        known = self._reusable(visit.key) if visit.rank is not Rank.HOME else None
        if known is None:
            return await fetcher.fetch(request)
        self._asked[visit.key] = known
        page, _ = known
        asked = () if visit.rank in _WHOLE or visit.key in self.accused else conditions(page, self._clock())
        if not asked or not self.earlier.hand_over(page.fetch.evidence, self._bundle):
            return await fetcher.fetch(request)
        fetched = await fetcher.fetch(msgspec.structs.replace(request, conditions=asked))
        if fetched.attempt.status != NOT_MODIFIED or confirmed(fetched, page):
            return fetched
        log.warning("%s: its server says that it is unchanged and contradicts itself: asked again", visit.url)
        return await fetcher.fetch(msgspec.structs.replace(request, headers=(*request.headers, *ANEW)))

    def take_over(self, visit: Visit, fetched: Fetched) -> Kept | None:
        """Returns what is taken over of a page that was asked for, None where it is to be read."""
        page, links = self._asked.pop(visit.key, (None, ()))
        if page is None or page.facts is None:
            return None
        answer = fetched.attempt
        if answer.status == NOT_MODIFIED and answer.outcome is FetchOutcome.OK:
            self.confirmed += 1
            attempt, copy = not_modified(answer, page)
        elif (same := same_bytes(fetched, page)) is not None:
            attempt, copy = described_as(answer, page), same
        else:
            return None
        self.unchanged += 1
        return Kept(msgspec.structs.replace(page.facts, links=links), attempt, copy)

    def _reusable(self, key: str) -> tuple[PageRecord, tuple[Link, ...]] | None:
        page = self.earlier.page(key)
        if page is None or not reusable(page, page.carried or self.earlier.as_of, self._today):
            return None
        links = self.earlier.links_of(key)
        return None if links is None else (page, links)

    @property
    def _today(self) -> dt.date:
        return self._bundle.header.as_of
