"""Where links stand: what a crawl counts page by page, kept as it comes beside the link records, and read with them.

While a crawl goes on, nearly every page refers to nearly every link of the menus. Were the record of a link to hold its
count and places, each batch would write most records anew. So a record is written when it is known what its link
answers; how often pages refer to it, and the first places where, are told apart from it, each of them once. Whoever
reads a link record gets them with it; a record that is written as a whole says itself where its link stands.

A menu says the same of a link on every page: what it says is written once for all pages of a batch.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
import zstandard
from msgspec.structs import replace

from portal.artifacts import Level, LinkRecord, Occurrence
from portal.facts import Element, Link, Region
from storage.frames import Press

MOST = 20  # places kept of a link
SCHEMA = """
CREATE TABLE IF NOT EXISTS place (url TEXT NOT NULL, number INTEGER NOT NULL, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tally (packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS counted (url TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
# place    number places of a link, in order, as JSON of `_Told`; or a page (a JSON string) whose places are taken back
# tally    JSON of how much the counts of links grew in one batch, packed;
# counted  the sum of those before
_BY_URL = (
    "CREATE INDEX IF NOT EXISTS place_by_url ON place (url)"  # made once for all: kept up, each batch writes it anew
)

_Rows = Iterable[tuple[str, int, bytes]]
_Way = tuple[str, Element, Region, bool, Level, str]  # all of an occurrence but its page
_Told = tuple[list[_Way], list[str], list[int]]
V = TypeVar("V")
_tally = msgspec.json.Decoder(dict[str, int]).decode


class Stands:
    """Places of one link on pages as they come: what each says of it is kept once for all that say the same."""

    __slots__ = ("_pages", "_said", "_ways")

    def __init__(self) -> None:
        self._ways: dict[_Way, int] = {}
        self._pages: list[str] = []
        self._said: list[int] = []  # by each page: its way

    def __len__(self) -> int:
        return len(self._pages)

    def add(self, page: str, link: Link, level: Level) -> None:
        """Takes a link on a page of that level."""
        way = (link.text, link.element, link.region, link.visible, level, link.raw)
        self._said.append(self._ways.setdefault(way, len(self._ways)))
        self._pages.append(page)

    def told(self) -> _Told:
        """Returns them as they are written."""
        return list(self._ways), self._pages, self._said


class Places:
    """Counts and places by link over a bundle's connection. What was added is written by `flush`, in a transaction."""

    def __init__(self, db: sqlite3.Connection, press: Press) -> None:
        self._db = db
        self._counts: Counter[str] = Counter()
        self._rows: list[tuple[str, int, bytes]] = []
        self._gone: list[str] = []
        self._press = press
        self._encode = msgspec.json.Encoder().encode
        self._told = msgspec.json.Decoder(_Told).decode
        self._there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'counted'").fetchone() is not None

    def __bool__(self) -> bool:
        return bool(self._counts or self._rows or self._gone)

    def extend(self) -> None:
        """Prepares a bundle of before for writing."""
        self._db.executescript(SCHEMA)
        self._there = True

    def add(self, counts: Mapping[str, int], places: Mapping[str, Stands]) -> None:
        """Keeps by how much the counts of links grew, and further places of links, each after those told before."""
        self._counts.update(counts)
        encode = self._encode
        self._rows += [(url, len(found), encode(found.told())) for url, found in places.items()]

    def take_back(self, page: str, counts: Mapping[str, int]) -> None:
        """Takes all places on a page back that were told before, as many of each link as are given."""
        self._counts.subtract(counts)
        told = self._encode(page)
        self._rows += [(url, -number, told) for url, number in counts.items()]

    def drop(self, url: str) -> None:
        """Takes back all that was told of a link."""
        self._counts.pop(url, None)
        self._rows = [row for row in self._rows if row[0] != url]
        if self._any():
            self._gone.append(url)

    def narrow(self, kept: str) -> None:
        """Takes back what was told of all links but those a query names; inside a transaction."""
        self._sum_up()
        for table in ("place", "counted"):
            self._db.execute(f"DELETE FROM {table} WHERE url NOT IN ({kept})")

    def flush(self) -> None:
        """Writes what was added."""
        if self._gone:
            self._sum_up()
            for table in ("place", "counted"):
                self._db.executemany(f"DELETE FROM {table} WHERE url = ?", [(url,) for url in self._gone])
        self._db.executemany("INSERT INTO place VALUES (?, ?, ?)", self._rows)
        if self._counts:
            packed = self._press.pack(self._encode(self._counts))
            self._db.execute("INSERT INTO tally VALUES (?)", (packed,))

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._counts.clear()
        self._rows.clear()
        self._gone.clear()

    def complete(self) -> None:
        """Makes what was told of one link quick to find, for it is all there; inside a transaction."""
        self._sum_up()
        self._db.execute(_BY_URL)

    def whole(self, record: LinkRecord) -> LinkRecord:
        """Returns a link record with what is written of its count and places."""
        if not self._there:
            return record
        rows = self._db.execute("SELECT url, number, json FROM place WHERE url = ? ORDER BY rowid", (record.url,))
        found = self._db.execute("SELECT number FROM counted WHERE url = ?", (record.url,)).fetchone()
        return self._with(record, rows, self._tallied()[record.url] + (found[0] if found else 0))

    def all_whole(self, records: Iterable[LinkRecord]) -> Iterator[LinkRecord]:
        """Yields link records, which are in order of their URLs, with what is written of their counts and places."""
        if not self._there:
            yield from records
            return
        rows = self._db.execute("SELECT url, number, json FROM place ORDER BY url, rowid")
        number, places = self._numbers(), _finding(groupby(rows, key=itemgetter(0)), ())
        for record in records:
            yield self._with(record, places(record.url), number(record.url))

    def all_counted(self, records: Iterable[Any]) -> Iterator[Any]:
        """Yields outlines of link records (structs with `url` and `count`), which are in order of their URLs, with what
        is written of their counts."""
        number = self._numbers() if self._there else lambda url: 0
        for record in records:
            more = number(record.url)
            yield replace(record, count=record.count + more) if more else record

    def _numbers(self) -> Callable[[str], int]:
        """Returns a function that tells by how much the count of a link grew; it is asked in order of URL."""
        counts = self._tallied()
        summed = _finding(self._db.execute("SELECT url, number FROM counted ORDER BY url"), 0)
        return lambda url: counts[url] + summed(url)

    def _any(self) -> bool:
        tables = ("place", "tally", "counted")
        return self._there and any(self._db.execute(f"SELECT 1 FROM {name}").fetchone() for name in tables)

    def _tallied(self) -> Counter[str]:
        """Returns what is not summed up yet."""
        counts: Counter[str] = Counter()
        for (packed,) in self._db.execute("SELECT packed FROM tally"):
            counts.update(_tally(zstandard.decompress(packed)))
        return counts

    def _sum_up(self) -> None:
        if counts := self._tallied():
            add = "INSERT INTO counted VALUES (?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number"
            self._db.executemany(add, sorted(counts.items()))
            self._db.execute("DELETE FROM tally")

    def _with(self, record: LinkRecord, rows: _Rows, more: int) -> LinkRecord:
        places = list(record.occurrences)
        for _, number, json in rows:
            if number < 0:
                page = msgspec.json.decode(json, type=str)
                places = [place for place in places if place.page != page]
            else:
                ways, pages, said = self._told(json)
                places += [Occurrence(page, *ways[way]) for page, way in zip(pages, said, strict=True)]
        if not more and len(places) == len(record.occurrences):
            return record
        # As many as may have been taken back were told anew.
        return replace(record, count=record.count + more, occurrences=tuple(places[:MOST]))


def are_told(db: sqlite3.Connection) -> bool:
    """Returns whether a bundle holds places beside its links, in whatever form."""
    there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'place'").fetchone() is not None
    return there and db.execute("SELECT 1 FROM place").fetchone() is not None


def _finding(pairs: Iterator[tuple[str, V]], nothing: V) -> Callable[[str], V]:
    """Returns a function that finds values by key among pairs in order of key; it is asked in that order, too."""
    key, value = next(pairs, ("", nothing))

    def find(wanted: str) -> V:
        nonlocal key, value
        while key and key < wanted:
            key, value = next(pairs, ("", nothing))
        return value if key == wanted else nothing

    return find
