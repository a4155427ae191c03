"""What one run of the program brings along for all its requests: it belongs to the sitting, not to the audit.

An audit that goes on another day has its portal, date and options from its bundle; where its requests are listed and
with whom it shares its pace is the business of whoever runs it today.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from crawler.crawl.renewal import Renewal
from crawler.crawl.renewal_earlier import Earlier
from crawler.net.fetcher import Fetcher
from crawler.net.known import KnownLinks
from crawler.net.politeness import Politeness
from crawler.net.requestlog import RequestLog
from crawler.net.shared import SharedPace
from crawler.phases import Counts
from portal.model import Network, Portal
from storage.bundle import Bundle

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Files, each None where there is none.

    `requests` every request is listed in, `pace` is what the limiters of audits that run side by side share, `known`
    holds links of other sites that need not be asked, `earlier` is the bundle of the audit before this one, `accused`
    lists what findings stand against (crawler/crawl/renewal.py).
    """

    requests: Path | None = None
    pace: Path | None = None
    known: Path | None = None
    earlier: Path | None = None
    accused: Path | None = None
    fetchers: list[Fetcher] = field(default_factory=list, compare=False, repr=False)  # made so far

    def fetcher(self, network: Network, portal: Portal, bundle: Bundle) -> Fetcher:
        """Returns a fetcher for an audit that lists its requests and keeps its pace as this sitting wants it."""
        shared = SharedPace.open(self.pace) if self.pace is not None else None
        log = None
        if self.requests is not None:
            log = RequestLog(self.requests, audit=bundle.header.audit, portal=portal.id)
        known = KnownLinks.open(self.known) if self.known is not None else None
        politeness = Politeness.for_portal(portal, shared=shared)
        self.fetchers.append(Fetcher(network, portal, bundle, politeness=politeness, log=log, known=known))
        return self.fetchers[-1]

    def renewal(self, portal: Portal, bundle: Bundle) -> Renewal | None:
        """Returns what an audit may take over from the one before; None, after a warning, where that cannot be used."""
        earlier = Earlier.open(self.earlier, portal, bundle.header.network) if self.earlier is not None else None
        if earlier is None:
            return None
        accused: tuple[str, ...] = ()
        if self.accused is not None:
            try:
                accused = msgspec.json.decode(self.accused.read_bytes(), type=tuple[str, ...])
            except (OSError, msgspec.MsgspecError) as error:
                log.warning("what findings stand against is not known: %s", error)
        return Renewal(earlier, bundle, accused=accused)

    def counts(self) -> Counts:
        """Returns how many requests were admitted or paid for so far, and the bytes fetchers received."""
        return Counts(
            requests=sum(one.politeness.spent for one in self.fetchers), bytes=sum(one.bytes for one in self.fetchers)
        )
