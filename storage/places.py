"""Where links stand: what a crawl counts page by page, kept as it comes and put into the link records at the end.

While a crawl goes on, nearly every page refers to nearly every link of the menus. Were the record of a link to hold its
count and places all the time, each batch would write most records anew. So a record is written when it is known what
its link answers; how often pages refer to it, and the first places where, are told apart from it, each of them once.
`Places.complete` puts both together, in one transaction: a crawl that is taken up again goes on from either.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec
import zstandard

from portal.artifacts import Occurrence

MOST = 20  # places kept of a link
SCHEMA = """
CREATE TABLE IF NOT EXISTS place (url TEXT NOT NULL, number INTEGER NOT NULL, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tally (packed BLOB NOT NULL);
"""
# place   number occurrences of a link, in order, as a JSON array; or a page (a JSON string) whose places are taken back
# tally   JSON of how much the counts of links grew in one batch, packed

_Rows = Iterable[tuple[str, int, bytes]]


class Places:
    """Counts and places by link over a bundle's connection. What was added is written by `flush`, in a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._counts: Counter[str] = Counter()
        self._rows: list[tuple[str, int, bytes]] = []
        self._packer = zstandard.ZstdCompressor(level=1)
        self._places = msgspec.json.Decoder(list[Occurrence])

    def __bool__(self) -> bool:
        return bool(self._counts or self._rows)

    def add(self, counts: Mapping[str, int], places: Mapping[str, Sequence[Occurrence]]) -> None:
        """Keeps by how much the counts of links grew, and further places of links, each after those told before."""
        self._counts.update(counts)
        encode = msgspec.json.encode
        self._rows += [(url, len(found), encode(found)) for url, found in places.items()]

    def take_back(self, page: str, counts: Mapping[str, int]) -> None:
        """Takes all places on a page back that were told before, as many of each link as are given."""
        self._counts.subtract(counts)
        told = msgspec.json.encode(page)
        self._rows += [(url, -number, told) for url, number in counts.items()]

    def flush(self) -> None:
        """Writes what was added."""
        self._db.executemany("INSERT INTO place VALUES (?, ?, ?)", self._rows)
        if self._counts:
            packed = self._packer.compress(msgspec.json.encode(self._counts))
            self._db.execute("INSERT INTO tally VALUES (?)", (packed,))

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._counts.clear()
        self._rows.clear()

    def told(self) -> Iterator[tuple[str, int, str]]:
        """Yields each link whose places are told and not in its record yet: URL, how many, the page of the first."""
        first = msgspec.json.Decoder(list[_OnPage])
        for url, rows in self._by_link():
            told = list(rows)
            page = next((found[0].page for _, number, json in told if number > 0 for found in [first.decode(json)]), "")
            yield url, sum(number for _, number, _ in told), page

    def complete(self) -> None:
        """Puts everything told into the link records; inside a transaction."""
        counts: Counter[str] = Counter()
        decode = msgspec.json.Decoder(dict[str, int]).decode
        for (packed,) in self._db.execute("SELECT packed FROM tally"):
            counts.update(decode(zstandard.decompress(packed)))
        # Written anew behind the others: where they are, a record that grows splits a page.
        self._db.executemany("INSERT OR REPLACE INTO record VALUES ('link', ?, ?)", self._completed(counts))
        self._db.execute("DELETE FROM place")
        self._db.execute("DELETE FROM tally")

    def _by_link(self) -> Iterator[tuple[str, _Rows]]:
        rows = self._db.execute("SELECT url, number, json FROM place ORDER BY url, rowid")
        return groupby(rows, key=lambda row: row[0])

    def _completed(self, counts: Counter[str]) -> Iterator[tuple[str, bytes]]:
        """Yields records with their places, and with what is in `counts`, by link."""
        for url, rows in self._by_link():
            if record := self._record(url, counts.pop(url, 0), rows):
                yield url, record
        for url, count in counts.items():
            if record := self._record(url, count, ()):
                yield url, record

    def _record(self, url: str, count: int, rows: _Rows) -> bytes | None:
        row = self._db.execute("SELECT json FROM record WHERE type = 'link' AND key = ?", (url,)).fetchone()
        if row is None:
            return None
        # The rest of the record, and the places, stay the bytes they are.
        record: dict[str, msgspec.Raw] = msgspec.json.decode(row[0], type=dict[str, msgspec.Raw])
        record["count"] = msgspec.Raw(b"%d" % (int(bytes(record["count"])) + count))
        record["occurrences"] = msgspec.Raw(self._joined(bytes(record.get("occurrences", b"[]")), rows))
        return msgspec.json.encode(record)

    def _joined(self, places: bytes, rows: _Rows) -> bytes:
        taken_back = False
        for _, number, json in rows:
            if number < 0:
                page = msgspec.json.decode(json, type=str)
                kept = [place for place in self._places.decode(places) if place.page != page]
                places, taken_back = msgspec.json.encode(kept), True
            else:
                places = places[:-1] + b"," + json[1:] if places != b"[]" else json
        # As many as may have been taken back were told anew.
        return msgspec.json.encode(self._places.decode(places)[:MOST]) if taken_back else places


class _OnPage(msgspec.Struct):
    page: str
