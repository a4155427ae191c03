"""The bundle of an earlier audit, read record by record as pages come up: nothing of it is held in memory.

Whatever is wrong with it (gone, swept, damaged, written by another version of the readers, busy) costs one warning, and
the audit asks and reads everything itself from then on.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import zstandard

from crawler.crawl.frontier import Visit
from crawler.crawl.readers import read_alike
from crawler.crawl.renewal_order import Seen
from portal.artifacts import Copy, FetchOutcome, LinkRecord, PageRecord
from portal.facts import Link
from portal.model import Network, Portal
from storage.bundle import Bundle, BundleError

log = logging.getLogger(__name__)


class _Fetch(msgspec.Struct):
    outcome: FetchOutcome
    signs: tuple[str, ...] = ()


class _PageOutline(msgspec.Struct):
    """As much of a `PageRecord` as tells whose turn it is."""

    fetch: _Fetch
    skipped: str | None = None
    copy: Copy | None = None
    carried: dt.date | None = None
    owed: bool = False


class _LinkOutline(msgspec.Struct):
    """The same of a `LinkRecord`."""

    attempts: tuple[_Fetch, ...] = ()
    skipped: str | None = None
    carried: dt.date | None = None
    owed: bool = False


T = TypeVar("T")
_UNREADABLE = (BundleError, sqlite3.Error, msgspec.MsgspecError, zstandard.ZstdError, OSError, ValueError, TypeError)


class Earlier:
    """What an earlier audit of the same portal gathered. What cannot be read is not known."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle: Bundle | None = bundle
        self.as_of: dt.date = bundle.header.as_of
        self.audit = bundle.header.audit

    @classmethod
    def open(cls, folder: Path, portal: Portal, network: Network) -> Earlier | None:
        """Returns the audit in a folder, None (and one warning) where nothing can be taken over from it.

        `network` is what the portal may reach now.
        """
        bundle: Bundle | None = None
        try:
            bundle = Bundle.open(folder, write=False)
            why = _unfit(bundle, portal, network)
        except _UNREADABLE as error:
            why = str(error)
        if not why and bundle is not None:
            return cls(bundle)
        if bundle is not None:
            bundle.close()
        log.warning("nothing taken over from the last audit, everything is asked for and read anew: %s", why)
        return None

    def page(self, key: str) -> PageRecord | None:
        """Returns the record of a page as it was left, None where there is none."""
        return self._read(lambda bundle: bundle.get(PageRecord, key))

    def link(self, key: str) -> LinkRecord | None:
        """Returns the record of a link, None where there is none."""
        return self._read(lambda bundle: bundle.get(LinkRecord, key))

    def page_seen(self, key: str) -> Seen | None:
        """Returns when a page was measured last, None where nothing good is known of it."""
        page = self._read(lambda bundle: bundle.outline(PageRecord, key, _PageOutline))
        if page is None or page.fetch.outcome is not FetchOutcome.OK or page.skipped or page.copy is None:
            return None
        return Seen(page.carried or self.as_of, page.owed)

    def link_seen(self, key: str) -> Seen | None:
        """Returns when a link was measured last, None where it was not plainly good then."""
        link = self._read(lambda bundle: bundle.outline(LinkRecord, key, _LinkOutline))
        last = link.attempts[-1] if link is not None and link.attempts and not link.skipped else None
        if link is None or last is None or last.outcome is not FetchOutcome.OK or last.signs:
            return None
        return Seen(link.carried or self.as_of, link.owed)

    def links_of(self, key: str) -> tuple[Link, ...] | None:
        """Returns all links of a page, None where they are not known."""
        return self._read(lambda bundle: bundle.links_of(key))

    def visit(self, key: str) -> Visit | None:
        """Returns the visit by which a page was met, None where it never was."""
        state = self._read(lambda bundle: bundle.visit(key))
        return Visit.restored(key, state) if state else None

    def hand_over(self, digest: str, to: Bundle) -> bool:
        """Keeps the proof of a page in another bundle, too; returns whether that could be done."""
        if self._bundle is None or not digest:
            return False
        try:
            to.adopt(self._bundle, digest)
        except _UNREADABLE as error:
            log.info("%s", error)  # concerns that page only: it is asked for whole
            return False
        return True

    def close(self) -> None:
        """Closes the bundle."""
        if self._bundle is not None:
            self._bundle.close()
            self._bundle = None

    def _read(self, what: Callable[[Bundle], T]) -> T | None:
        if self._bundle is None:
            return None
        try:
            return what(self._bundle)
        except _UNREADABLE as error:
            log.warning("nothing more is taken over from the last audit (%s): %s", self.audit, error)
            self.close()
            return None


def _unfit(bundle: Bundle, portal: Portal, network: Network) -> str:
    """Returns why nothing can be taken over from a bundle, "" where something can."""
    if bundle.header.portal.id != portal.id:
        return f"{bundle.folder} holds an audit of {bundle.header.portal.id!r}"
    if set(bundle.header.network.allow_private) != set(network.allow_private):
        return f"the audit in {bundle.folder} was allowed to reach other private networks"
    if not bundle.header.network.hosts.keys() <= network.hosts.keys():
        return f"the audit in {bundle.folder} was told where names lead that are not given any more"
    if "told" not in bundle.stages():
        return f"the audit in {bundle.folder} did not come to its end"
    if not read_alike(bundle):
        return f"the pages in {bundle.folder} were read by another version"
    return ""
