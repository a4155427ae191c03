"""A rolling audit: what has its turn is asked for, of the rest the last audit's word is carried over and dated.

What is carried over keeps the place it has on the portal: its links are counted, its lists lead on. It is said to be
known from the day it was measured, and no check counts it as measured tonight.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec

from crawler.crawl.census import Entry
from crawler.crawl.frontier import Rank, Visit
from crawler.crawl.renewal import Renewal
from crawler.crawl.renewal_order import Claim, Night, claim_of
from portal.artifacts import Attempt, Level, LinkRecord, PageRecord
from portal.facts import Link
from portal.records import evidence_of
from storage.bundle import Bundle


class Rolling:
    """Whose turn it is tonight, and what is known of the others. `nights` is how many a whole round takes."""

    def __init__(self, renewal: Renewal, bundle: Bundle, nights: int) -> None:
        self._renewal = renewal
        self._earlier = renewal.earlier
        self._bundle = bundle
        self._night = Night(bundle.header.as_of, nights)

    def accused(self) -> list[Visit]:
        """Returns the visits of the pages findings stand against, as they were made last, the most severe first."""
        found = []
        for key in self._renewal.accused:
            visit = self._earlier.visit(key)
            if visit is not None and visit.rank is not Rank.HOME:
                rank = visit.rank if visit.rank < Rank.AGAIN else Rank.DEEPER
                found.append(self.claimed(replace(visit, rank=rank)))
        return found

    def claimed(self, visit: Visit, *, goes_on: bool = False) -> Visit:
        """Returns the visit with the claim it has tonight. `goes_on`: it is part of a list that changed."""
        place = self._renewal.accused.get(visit.key)
        seen = self._earlier.page_seen(visit.key) if place is None else None
        claim = claim_of(
            visit.key,
            self._night,
            seen,
            accused=place is not None,
            level=visit.level,
            column=visit.rank.opens_column or self._was_column(visit),
            goes_on=goes_on,
        )
        age = -place if place is not None else self._night.age(seen) if seen is not None else 0
        return replace(visit, claim=claim, age=age)

    def changed(self, page: PageRecord | None) -> bool:
        """Returns whether a page is another one than the last audit read."""
        before = self._earlier.page(page.url) if page is not None else None
        if page is None or before is None or page.copy is None or before.copy is None:
            return True
        return page.copy.digest != before.copy.digest

    def page(self, visit: Visit) -> tuple[PageRecord, tuple[Link, ...]] | None:
        """Returns the record of a page as it is carried over, and all its links; None where that cannot be done."""
        page, links = self._earlier.page(visit.key), self._earlier.links_of(visit.key)
        if page is None or links is None or page.facts is None or page.copy is None or not self._proven(page):
            return None
        record = msgspec.structs.replace(
            page,
            level=visit.level,
            fetch=msgspec.structs.replace(page.fetch, known=True),
            referrer=visit.referrer,
            columns=(),
            list_date=None,
            list_title="",
            carried=page.carried or self._earlier.as_of,
            owed=visit.claim is not Claim.NONE,
        )
        return record, links

    def link_claim(self, entry: Entry) -> Claim:
        """Returns the claim a link has tonight that is no page of the portal to be read."""
        accused = entry.key in self._renewal.accused
        seen = None if accused else self._earlier.link_seen(entry.key)
        return claim_of(entry.key, self._night, seen, accused=accused, level=entry.level)

    def link(self, entry: Entry) -> tuple[tuple[Attempt, ...], dt.date] | None:
        """Returns the attempts at a link as they are carried over and their day; None where nothing good is known."""
        if self._earlier.link_seen(entry.key) is None:
            return None
        link = self._earlier.link(entry.key)
        if link is None or not self._proven(link):
            return None
        attempts = tuple(msgspec.structs.replace(attempt, known=True) for attempt in link.attempts)
        return attempts, link.carried or self._earlier.as_of

    def _was_column(self, visit: Visit) -> bool:
        if visit.level is not Level.OTHER:
            return False
        before = self._earlier.visit(visit.key)
        return before is not None and before.rank.opens_column

    def _proven(self, record: PageRecord | LinkRecord) -> bool:
        return all(self._earlier.hand_over(digest, self._bundle) for digest in evidence_of(record))
