"""The journal of an audit within its bundle: visits of the frontier, notes on its course, stages that are done.

What was said waits for the batch it belongs to: whoever resumes must not know of visits before the page that led to
them.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS header (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS frontier (url TEXT PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS stage (name TEXT PRIMARY KEY, at TEXT NOT NULL);
"""

_encode = msgspec.json.Encoder().encode


class Journal:
    """The journal over a bundle's connection. What was added is written by `flush`, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._frontier: dict[str, Any] = {}
        self._notes: dict[str, Any] = {}
        self._sources: dict[str, Callable[[], object]] = {}

    def __bool__(self) -> bool:
        return bool(self._frontier or self._notes)

    def remember(self, url: str, state: object) -> None:
        """Keeps the state of one URL of the frontier (any JSON-able value)."""
        self._frontier.pop(url, None)  # said again it counts as said now: the order is kept
        self._frontier[url] = state

    def frontier(self) -> Iterator[tuple[str, Any]]:
        """Yields (url, state) of what is written, in the order in which it was said last of each URL."""
        try:
            rows = self._db.execute("SELECT url, json FROM frontier ORDER BY rowid")
        except sqlite3.OperationalError:  # a bundle of 0.1: its order was not kept
            rows = self._db.execute("SELECT url, json FROM frontier")
        for url, json in rows:
            yield url, msgspec.json.decode(json)

    def visit(self, url: str) -> Any:
        """Returns the state of one URL as written, None where it was never met."""
        row = self._db.execute("SELECT json FROM frontier WHERE url = ?", (url,)).fetchone()
        return msgspec.json.decode(row[0]) if row else None

    def note(self, key: str, value: object) -> None:
        """Keeps a fact about the course of the audit (any JSON-able value)."""
        self._notes[key] = value

    def noting(self, key: str, source: Callable[[], object]) -> None:
        """Notes what `source` returns under `key` with every batch from now on: as it stands with those records."""
        self._sources[key] = source

    def noted(self, key: str) -> Any:
        """Returns the fact noted under `key`, None where there is none."""
        if key in self._notes:
            return self._notes[key]
        row = self._db.execute("SELECT value FROM header WHERE key = ?", (f"note:{key}",)).fetchone()
        return msgspec.json.decode(row[0]) if row else None

    def mark(self, stage: str, at: dt.datetime) -> None:
        """Notes that a stage is done."""
        self._db.execute("INSERT OR REPLACE INTO stage VALUES (?, ?)", (stage, at.isoformat()))

    def unmark(self, stages: Iterable[str]) -> None:
        """Takes stages back: they are to be done again."""
        self._db.executemany("DELETE FROM stage WHERE name = ?", [(stage,) for stage in stages])

    def stages(self) -> dict[str, dt.datetime]:
        """Returns the stages done so far with their times."""
        rows = self._db.execute("SELECT name, at FROM stage")
        return {name: dt.datetime.fromisoformat(at) for name, at in rows}

    def flush(self) -> None:
        """Writes what was added, and what the sources say now."""
        self._notes |= {key: source() for key, source in self._sources.items()}
        self._db.executemany(
            "INSERT OR REPLACE INTO frontier VALUES (?, ?)",
            [(url, _encode(state)) for url, state in self._frontier.items()],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO header VALUES (?, ?)",
            [(f"note:{key}", _encode(value).decode()) for key, value in self._notes.items()],
        )

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._frontier.clear()
        self._notes.clear()
