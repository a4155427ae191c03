"""The census of links: one entry per unique URL the portal refers to, with a count and its first 20 occurrences.

What is known of a URL goes into its record, counts and occurrences are told apart from it (`storage.places`): both are
in the bundle after a batch, and no longer here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum

import msgspec
from msgspec.structs import replace

from portal.artifacts import NEARNESS, Absence, Attempt, Level, LinkRecord
from portal.facts import Link, Region
from portal.urls import normalise
from storage.places import MOST, Stands


class Fate(IntEnum):
    """What becomes of a URL: read as a page, verified by itself, or left alone."""

    VISIT = 0
    VERIFY = 1
    LEAVE = 2


class Entry(msgspec.Struct, gc=False, eq=False):
    """One unique URL. `url` is what is requested: the first spelling met; `key` its identity."""

    key: str
    url: str
    internal: bool
    fate: Fate
    level: Level
    page: str = ""  # the first that refers to it
    region: Region | None = None  # of its place that was kept last
    room: int = MOST  # how many of its places are still to be kept
    settled: bool = False  # it is known what it answers, or why it was not asked
    attempts: tuple[Attempt, ...] = ()  # those not written yet
    skipped: Absence | None = None
    carried: dt.date | None = None  # not asked tonight: the attempts are those of the audit of that day
    owed: bool = False
    more: bool = False  # the bundle has a record of it that says more than is said here


Judge = Callable[[str, Link, Level], tuple[Fate, bool, Absence | None]]
"""Decides over a URL met for the first time: (key, link, level of the page) -> fate, internal, reason to leave it."""


class Census:
    """All entries by URL, and what is new since the journal was told. `kept` returns what is written of a link."""

    def __init__(self, judge: Judge, kept: Callable[[str], LinkRecord | None]) -> None:
        self._judge = judge
        self._kept = kept
        self._entries: dict[str, Entry] = {}  # by key, and by every other spelling met
        self._full: set[str] = set()  # spellings of which only the number counts: most links of most pages
        self._changed: dict[str, Entry] = {}
        self._counts: Counter[str] = Counter()  # by spelling
        self._places: dict[str, Stands] = {}
        self.unique = 0
        self.settled = 0

    def __iter__(self) -> Iterator[Entry]:
        return (entry for url, entry in self._entries.items() if url == entry.key)

    def get(self, url: str) -> Entry | None:
        """Returns the entry of a URL in any spelling met, or None."""
        return self._entries.get(url) or self._entries.get(normalise(url))

    def note(self, page: str, level: Level, links: Iterable[Link]) -> list[Entry]:
        """Returns the entries that are new, after counting every link of one page."""
        fresh: list[Entry] = []
        links = [link for link in links if link.url]
        self._counts.update([link.url for link in links])
        full, places = self._full, self._places
        if level is Level.OTHER:  # no page is farther from the home page
            links = [link for link in links if link.url not in full]
        for link in links:
            entry = self._entries.get(link.url) or self._meet(link, page, level, fresh)
            if entry.room:
                entry.room -= 1
                entry.region = link.region
                stands = places.get(entry.key)
                if stands is None:
                    stands = places[entry.key] = Stands()
                stands.add(page, link, level)
            else:
                full.add(link.url)
            if NEARNESS[level] < NEARNESS[entry.level]:
                entry.level = level
                self._changed[entry.key] = entry
        return fresh

    def take_back(self, links: Iterable[Link]) -> Mapping[str, int]:
        """Returns the links of one page that were counted, and how often: it is going to be read anew.

        To be called when the journal was told everything, which then has to be told this.
        """
        counts: Counter[str] = Counter()
        for link in links:
            entry = self.get(link.url) if link.url else None
            if entry is not None:
                counts[entry.key] += 1
                entry.room = min(MOST, entry.room + 1)
        self._full.clear()
        return counts

    def settle(self, entry: Entry, attempts: tuple[Attempt, ...] = (), skipped: Absence | None = None) -> None:
        """Notes what a URL answered, or why it was not asked."""
        self.settled -= entry.settled
        if entry.carried:  # what is asked for after all is known from tonight
            entry.attempts, entry.settled = (), False
        entry.carried, entry.owed = None, False
        entry.attempts += attempts
        entry.skipped = skipped
        entry.settled = entry.settled or bool(entry.attempts) or skipped is not None
        self.settled += entry.settled
        self._changed[entry.key] = entry

    def carry(self, entry: Entry, attempts: tuple[Attempt, ...], day: dt.date, *, owed: bool) -> None:
        """Notes what the audit of a day knew of a URL that is not asked tonight."""
        self.settle(entry, attempts)
        entry.carried, entry.owed = day, owed

    def knows(self, entry: Entry, attempt: Attempt) -> bool:
        """Returns whether an attempt at a URL is noted."""
        return entry.settled and attempt in self._record(entry).attempts

    def changed(self) -> tuple[list[LinkRecord], list[LinkRecord]]:
        """Returns the records of the entries that changed since the last call: those nothing is known of but that they
        were met, and the others; both without the counts and places that `told` returns."""
        met, known = list[LinkRecord](), list[LinkRecord]()
        for entry in self._changed.values():
            there = entry.settled or entry.more or entry.carried is not None
            (known if there else met).append(self._record(entry))
            entry.more = entry.more or bool(entry.attempts)
            entry.attempts = ()
        self._changed.clear()
        return met, known

    def told(self) -> tuple[Mapping[str, int], Mapping[str, Stands]]:
        """Returns by how much the counts of URLs grew since the last call, and the places to be kept."""
        counts: Counter[str] = Counter()
        for url, number in self._counts.items():
            counts[self._entries[url].key] += number
        places = self._places
        self._counts, self._places = Counter(), {}
        return counts, places

    def restore(self, record: LinkRecord, fate: Fate, url: str) -> Entry:
        """Returns the entry of a record kept by a journal, which tells its places."""
        entry = Entry(
            key=record.url,
            url=url,
            internal=record.internal,
            fate=fate,
            level=record.level,
            page=record.occurrences[0].page if record.occurrences else "",
            room=MOST - len(record.occurrences),
            settled=bool(record.attempts) or record.skipped is not None,
            skipped=record.skipped,
            carried=record.carried,
            owed=record.owed,
            more=True,
        )
        self._entries[entry.key] = entry
        self._entries.setdefault(url, entry)
        self.unique += 1
        self.settled += entry.settled
        return entry

    def _record(self, entry: Entry) -> LinkRecord:
        kept = self._kept(entry.key) if entry.more else None
        if kept is None:
            skipped = None if entry.attempts else entry.skipped
            return LinkRecord(
                entry.key, entry.internal, 0, entry.level, (), entry.attempts, skipped, entry.carried, entry.owed
            )
        anew = kept.carried is not None and (entry.carried is None or bool(entry.attempts))
        attempts = entry.attempts if anew else (*kept.attempts, *entry.attempts)
        return replace(
            kept,
            level=entry.level,
            attempts=attempts,
            skipped=entry.skipped if not attempts else None,
            carried=entry.carried,
            owed=entry.owed,
        )

    def _meet(self, link: Link, page: str, level: Level, fresh: list[Entry]) -> Entry:
        key = normalise(link.url)
        if key == link.url:
            key = link.url  # one string object, not two equal ones
        entry = self._entries.get(key)
        if entry is None:
            fate, internal, skipped = self._judge(key, link, level)
            entry = Entry(key, link.url, internal, fate, level, page, settled=skipped is not None, skipped=skipped)
            self._entries[key] = self._changed[key] = entry
            fresh.append(entry)
            self.unique += 1
            self.settled += entry.settled
        self._entries[link.url] = entry
        return entry
