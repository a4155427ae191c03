"""What an audit did and found out on the way, over all its sittings: what its summary says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass, field

from crawler.browser.service import BrowserService
from crawler.crawl.crawl import Crawl
from crawler.crawl.home import gone_to
from crawler.phases import Counts
from portal.artifacts import Absence, FetchOutcome, GatherSummary, PageRecord
from portal.model import Portal
from storage.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Done:
    """What an audit did, noted with every batch: a kill forgets no more of it than of the pages."""

    pages: int = 0
    requests: int = 0
    bytes: int = 0
    rendered: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    confirmed: int = 0

    @classmethod
    def of(cls, bundle: Bundle, summary: GatherSummary | None) -> Done:
        """Returns what earlier sittings did."""
        if (noted := bundle.noted("so_far")) is not None:
            return cls(**noted)
        if summary is None:
            return cls()
        # A bundle of 0.1: its pages are counted when it is opened.
        return cls(0, summary.requests, summary.bytes, summary.rendered, summary.skipped)


@dataclass(slots=True)
class Facts:
    """What is known of the home page, and why the gathering ended early."""

    readable: bool = False
    home_outcome: FetchOutcome = FetchOutcome.ABORTED
    home_final: str = ""
    moved_to: str = ""
    blocked: Absence | None = None
    stopped_by: str = ""
    warnings: list[str] = field(default_factory=list)

    def learn(self, home: PageRecord, portal: Portal) -> None:
        """Takes over what an earlier sitting found out about the home page."""
        self.home_outcome = home.fetch.outcome
        self.home_final = home.fetch.final_url
        self.moved_to = gone_to(home, portal)
        self.blocked = home.skipped
        self.readable = home.facts is not None and not self.moved_to and self.blocked is None


class Account:
    """Counts what this sitting does on top of `before`, what earlier ones did, and keeps the summary."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self._bundle = crawl.bundle
        self._summary = self._bundle.get(GatherSummary, "summary")
        self._started = self._summary.started if self._summary else dt.datetime.now(dt.UTC)
        self.before = Done.of(self._bundle, self._summary)
        self.facts = Facts()
        self.service: BrowserService | None = None  # where there is one
        self._bundle.noting("so_far", lambda: asdict(self.now()))

    def now(self) -> Done:
        """Returns what was done up to now, earlier sittings included."""
        before, crawl, service, renewal = self.before, self._crawl, self.service, self._crawl.renewal
        return Done(
            pages=crawl.pages,
            requests=before.requests + crawl.fetcher.requests + (service.requests if service else 0),
            bytes=before.bytes + crawl.fetcher.bytes + (service.gateway.bytes if service else 0),
            rendered=before.rendered + (service.pages if service else 0),
            skipped=dict(Counter(before.skipped) + crawl.scope.skipped),
            unchanged=before.unchanged + (renewal.unchanged if renewal is not None else 0),
            confirmed=before.confirmed + (renewal.confirmed if renewal is not None else 0),
        )

    def counts(self) -> Counts:
        """Returns the same as phases are told by."""
        now = self.now()
        return Counts(now.requests, now.pages, self._crawl.census.settled, now.bytes)

    def write(self, stopped_by: str) -> GatherSummary:
        """Writes the summary as it stands now, and returns it. Raises BundleError."""
        facts, now = self.facts, self.now()
        carried = [entry.carried for entry in self._crawl.census if entry.carried]
        carrying, renewal = self._crawl.carrying, self._crawl.renewal
        summary = GatherSummary(
            started=self._started,
            ended=dt.datetime.now(dt.UTC),
            stopped_by=stopped_by,
            pages=now.pages,
            requests=now.requests,
            bytes=now.bytes,
            rendered=now.rendered,
            skipped=now.skipped,
            home_outcome=facts.home_outcome,
            home_final=facts.home_final,
            moved_to=facts.moved_to,
            challenged=facts.blocked is not None,
            blocked=facts.blocked,
            warnings=tuple(facts.warnings),
            earlier=renewal.earlier.audit if renewal is not None else "",
            unchanged=now.unchanged,
            confirmed=now.confirmed,
            carried_pages=carrying.pages if carrying is not None else 0,
            carried_links=len(carried),
            carried_since=min(carried, default=None),
        )
        self._bundle.add(summary)
        self._bundle.flush()
        return summary
