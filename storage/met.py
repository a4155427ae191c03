"""Links that were met and not asked yet, as they come, packed by batch.

Nearly every link is met in one batch and known in a later one. Were its record written at once, that would be written
anew in the midst of the file: a quarter of all bytes a crawl wrote. So what is known of a link by then waits here. It
is read from here, and made a record when somebody goes through the links, if there is none by then: a crawl does not.
"""

from __future__ import annotations

import sqlite3

import msgspec
import zstandard

from portal.artifacts import LinkRecord
from storage.frames import Press

SCHEMA = """
CREATE TABLE IF NOT EXISTS met (packed BLOB NOT NULL);
"""
# packed  JSON of pairs, URL and record, of one batch

_encode = msgspec.json.Encoder().encode
_pairs = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]]).decode


class Met:
    """Links without a record over a bundle's connection. What was added is written by `flush`, in a transaction."""

    def __init__(self, db: sqlite3.Connection, press: Press) -> None:
        self._db = db
        self._press = press
        self._new: dict[str, LinkRecord] = {}
        self._there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'met'").fetchone() is not None

    def __bool__(self) -> bool:
        return bool(self._new)

    @property
    def waiting(self) -> bool:
        """Returns whether links are written that have not been made records yet."""
        return self._there and self._db.execute("SELECT 1 FROM met").fetchone() is not None

    def extend(self) -> None:
        """Prepares a bundle of before for writing."""
        self._db.executescript(SCHEMA)
        self._there = True

    def add(self, record: LinkRecord) -> None:
        """Keeps a link; what was said of it before is replaced."""
        self._new[record.url] = record

    def get(self, url: str) -> bytes | None:
        """Returns what was said last of a link, as JSON, None where it was not met. Looks through all there are."""
        if (record := self._new.get(url)) is not None:
            return _encode(record)
        for (packed,) in self._written():
            for met, json in _pairs(zstandard.decompress(packed)):
                if met == url:
                    return bytes(json)
        return None

    def flush(self) -> None:
        """Writes what was added."""
        if self._new:
            packed = self._press.pack(_encode(list(self._new.items())))
            self._db.execute("INSERT INTO met VALUES (?)", (packed,))

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._new.clear()

    def settle(self) -> None:
        """Makes records of those that are written and have none; inside a transaction."""
        for (packed,) in self._written():
            rows = [(url, bytes(json)) for url, json in _pairs(zstandard.decompress(packed))]
            self._db.executemany("INSERT OR IGNORE INTO record VALUES ('link', ?, ?)", rows)
        self._db.execute("DELETE FROM met")

    def _written(self) -> sqlite3.Cursor | tuple[()]:
        """Returns what is written, the newest first."""
        return self._db.execute("SELECT packed FROM met ORDER BY rowid DESC") if self._there else ()
