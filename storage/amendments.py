"""What becomes known of records after they were written: fields kept beside them, and put into them as they are read.

A page's record is large, and which lists hold the page is known only when all are read: were it written anew for that,
most of a bundle would be written twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS amendment (
    type TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (type, key)
);
"""
_NONE = b""

Key = tuple[str, str]  # type and key of a record


class Amendments:
    """Fields beside records over a bundle's connection. What was added is written by `flush`, in a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._new: dict[Key, bytes] = {}  # _NONE: what is written is to go
        self._there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'amendment'").fetchone() is not None
        self._any = self._there and db.execute("SELECT 1 FROM amendment").fetchone() is not None

    def __bool__(self) -> bool:
        return bool(self._new)

    def extend(self) -> None:
        """Prepares a bundle of before for writing."""
        self._db.executescript(SCHEMA)
        self._there = True

    def written(self, key: Key) -> bytes | None:
        """Returns the fields that are written of a written record, empty where there are none; None for no record."""
        beside = "amendment a ON a.type = r.type AND a.key = r.key"
        query = f"SELECT a.json FROM record r LEFT JOIN {beside} WHERE r.type = ? AND r.key = ?"
        row = self._db.execute(query, key).fetchone()
        return None if row is None else row[0] or _NONE

    def add(self, key: Key, fields: Mapping[str, object], written: bytes) -> bool:
        """Keeps fields of a record in place of what it says of them, and is `written`; returns whether that is new."""
        old = self._new.get(key, written)
        said = msgspec.json.decode(old, type=dict[str, msgspec.Raw]) if old else {}
        new = msgspec.json.encode({**said, **fields})
        if new == old:
            return False
        self._new[key] = new
        return True

    def drop(self, key: Key) -> None:
        """Takes back what was said of a record: it is written anew as a whole."""
        if self._any:
            self._new[key] = _NONE
        else:
            self._new.pop(key, None)

    def record(self, key: Key) -> tuple[bytes, bytes] | None:
        """Returns a record that is written and its fields, as JSON; None where there is none."""
        row = self._db.execute(self._query("r.key = ?"), key).fetchone()
        return (row[0], self.beside(key, row[1] or _NONE)) if row else None

    def beside(self, key: Key, written: bytes = _NONE) -> bytes:
        """Returns the fields of a record as JSON where they are not written yet, else what is."""
        return self._new.get(key, written)

    def records(self, name: str) -> sqlite3.Cursor:
        """Returns the records of a type in key order as they are written, each with its fields or None."""
        return self._db.execute(self._query("TRUE ORDER BY r.key"), (name,))

    def flush(self) -> None:
        """Writes what was added."""
        gone = [key for key, json in self._new.items() if not json]
        self._db.executemany("DELETE FROM amendment WHERE type = ? AND key = ?", gone)
        said = [(*key, json) for key, json in self._new.items() if json]
        self._db.executemany("INSERT OR REPLACE INTO amendment VALUES (?, ?, ?)", said)
        self._any = True

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._new.clear()

    def _query(self, which: str) -> str:
        if not self._there:
            return f"SELECT r.json, NULL FROM record r WHERE r.type = ? AND {which}"
        beside = "amendment a ON a.type = r.type AND a.key = r.key"
        return f"SELECT r.json, a.json FROM record r LEFT JOIN {beside} WHERE r.type = ? AND {which}"


def amended(record: bytes, fields: bytes | None) -> bytes:
    """Returns a record with its fields put behind it: of a name that stands there twice, readers take the latter."""
    return record[:-1] + b"," + fields[1:] if fields else record
