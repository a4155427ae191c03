"""The census of links: one entry per unique URL the portal refers to, with a count and its first 20 occurrences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from portal.artifacts import Absence, Attempt, Level, LinkRecord, Occurrence
from portal.facts import Link
from portal.urls import normalise

OCCURRENCES = 20
_NEAR = {Level.HOME: 0, Level.SECOND: 1, Level.OTHER: 2}


class Fate(IntEnum):
    """What becomes of a URL: read as a page, verified by itself, or left alone."""

    VISIT = 0
    VERIFY = 1
    LEAVE = 2


@dataclass(slots=True)
class Entry:
    """One unique URL. `url` is what is requested: the first spelling met; `key` its identity."""

    key: str
    url: str
    internal: bool
    fate: Fate
    level: Level
    count: int = 0
    occurrences: list[Occurrence] = field(default_factory=list)
    attempts: tuple[Attempt, ...] = ()
    skipped: Absence | None = None
    carried: dt.date | None = None  # not asked tonight: the attempts are those of the audit of that day
    owed: bool = False

    @property
    def settled(self) -> bool:
        """True once it is known what the URL answers, or why it was not asked."""
        return bool(self.attempts) or self.skipped is not None

    def record(self) -> LinkRecord:
        """Returns the entry as a record."""
        return LinkRecord(
            url=self.key,
            internal=self.internal,
            count=self.count,
            level=self.level,
            occurrences=tuple(self.occurrences),
            attempts=self.attempts,
            skipped=self.skipped,
            carried=self.carried,
            owed=self.owed,
        )


Judge = Callable[[str, Link, Level], tuple[Fate, bool, Absence | None]]
"""Decides over a URL met for the first time: (key, link, level of the page) -> fate, internal, reason to leave it."""


class Census:
    """All entries by URL. Entries changed since the last `changed()` are remembered for the journal."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._entries: dict[str, Entry] = {}  # by key, and by every other spelling met
        self._changed: dict[str, Entry] = {}
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
        entries, changed = self._entries, self._changed
        for link in links:
            if not link.url:
                continue
            entry = entries.get(link.url)
            if entry is None:
                entry = self._meet(link, level, fresh)
            entry.count += 1
            if len(entry.occurrences) < OCCURRENCES:
                text, raw = link.text, link.raw
                if entry.occurrences:  # mostly the same words again: kept once
                    before = entry.occurrences[-1]
                    text = before.text if before.text == text else text
                    raw = before.raw if before.raw == raw else raw
                entry.occurrences.append(Occurrence(page, text, link.element, link.region, link.visible, level, raw))
            if _NEAR[level] < _NEAR[entry.level]:
                entry.level = level
            changed[entry.key] = entry
        return fresh

    def take_back(self, page: str, links: Iterable[Link]) -> None:
        """Undoes `note` for the links of one page: it is going to be read anew."""
        for link in links:
            entry = self.get(link.url) if link.url else None
            if entry is not None and entry.count:
                entry.count -= 1
                entry.occurrences = [place for place in entry.occurrences if place.page != page]
                self._changed[entry.key] = entry

    def settle(self, entry: Entry, attempts: tuple[Attempt, ...] = (), skipped: Absence | None = None) -> None:
        """Notes what a URL answered, or why it was not asked."""
        if not entry.settled:
            self.settled += 1
        before = () if entry.carried else entry.attempts  # what is asked for after all is known from tonight
        entry.carried, entry.owed = None, False
        entry.attempts = (*before, *attempts)
        entry.skipped = skipped if not entry.attempts else None
        self._changed[entry.key] = entry

    def carry(self, entry: Entry, attempts: tuple[Attempt, ...], day: dt.date, *, owed: bool) -> None:
        """Notes what the audit of a day knew of a URL that is not asked tonight."""
        self.settle(entry, attempts)
        entry.carried, entry.owed = day, owed

    def changed(self) -> list[LinkRecord]:
        """Returns the records of the entries changed since the last call."""
        records = [entry.record() for entry in self._changed.values()]
        self._changed.clear()
        return records

    def restore(self, record: LinkRecord, fate: Fate, url: str) -> Entry:
        """Returns the entry of a record kept by a journal, taken over as it is."""
        entry = Entry(
            record.url,
            url,
            record.internal,
            fate,
            record.level,
            record.count,
            list(record.occurrences),
            record.attempts,
            record.skipped,
            record.carried,
            record.owed,
        )
        self._entries[entry.key] = entry
        self._entries.setdefault(url, entry)
        self.unique += 1
        self.settled += entry.settled
        return entry

    def _meet(self, link: Link, level: Level, fresh: list[Entry]) -> Entry:
        key = normalise(link.url)
        if key == link.url:
            key = link.url  # one string object, not two equal ones
        entry = self._entries.get(key)
        if entry is None:
            fate, internal, skipped = self._judge(key, link, level)
            entry = Entry(key, link.url, internal, fate, level, skipped=skipped)
            self._entries[key] = entry
            fresh.append(entry)
            self.unique += 1
            self.settled += skipped is not None
        self._entries[link.url] = entry
        return entry
