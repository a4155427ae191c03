"""The links of every page of a bundle: what a later audit needs to take a page over without reading it again.

Records of pages hold no links but frames, for every page of a portal repeats the same hundred. Here some pages are
kept together: each link once, and of each page which of them it has, in order. Packed, a page takes 1.2 KB where its
links are 17 KB.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache

import msgspec
import zstandard

from portal.facts import Link
from storage.frames import Press

SCHEMA = """
CREATE TABLE IF NOT EXISTS linkframe (id INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pagelink (url TEXT PRIMARY KEY, frame INTEGER NOT NULL, number INTEGER NOT NULL);
"""
TABLES = ("linkframe", "pagelink")
_MOST = 4000  # links of pages after which they are packed: some forty pages
_READ = 8  # frames that are kept unpacked: what is read one after another lies together


class Frame(msgspec.Struct, array_like=True, gc=False):
    """Some pages: the links of all of them, and by page their numbers."""

    links: list[Link]
    pages: list[list[int]]

    def of(self, number: int) -> tuple[Link, ...]:
        """Returns the links of one of the pages."""
        return tuple([self.links[link] for link in self.pages[number]])


class PageLinks:
    """Links by page over a bundle's connection. What was added is written by `flush`, inside a transaction."""

    def __init__(self, db: sqlite3.Connection, press: Press) -> None:
        self._db = db
        self._pages: dict[str, tuple[Link, ...]] = {}  # as they came: what they share is found for many pages at once
        self._waiting = 0
        self._packed: list[tuple[bytes, list[str]]] = []  # not written yet
        self._press = press
        self._encode = msgspec.json.Encoder().encode
        self._frame = lru_cache(_READ)(self._read)
        self._there = "number" in self._columns()  # not in a bundle of before, whose form is another or none

    def __bool__(self) -> bool:
        return bool(self._pages or self._packed)

    def extend(self) -> None:
        """Prepares a bundle of before for writing. What it kept in the form of then is gone: pages are read anew."""
        if self._columns() and not self._there:
            self._db.executescript("".join(f"DROP TABLE {name};" for name in TABLES))
        self._db.executescript(SCHEMA)
        self._there = True

    def add(self, url: str, links: tuple[Link, ...]) -> None:
        """Keeps the links of a page; said again they are replaced."""
        self._pages[url] = links
        self._waiting += len(links)
        if self._waiting >= _MOST:
            self._pack()

    def get(self, url: str) -> tuple[Link, ...] | None:
        """Returns the links of a page, None where they are not known. Raises what SQLite and the unpackers raise."""
        if (links := self._pages.get(url)) is not None:
            return links
        for packed, urls in reversed(self._packed):
            if url in urls:
                return _unpacked(packed).of(urls.index(url))
        if not self._there:
            return None
        row = self._db.execute("SELECT frame, number FROM pagelink WHERE url = ?", (url,)).fetchone()
        return self._frame(row[0]).of(row[1]) if row else None

    def flush(self) -> None:
        """Writes what was added."""
        self._pack()
        for packed, urls in self._packed:
            frame = self._db.execute("INSERT INTO linkframe (packed) VALUES (?)", (packed,)).lastrowid
            rows = [(url, frame, number) for number, url in enumerate(urls)]
            self._db.executemany("INSERT OR REPLACE INTO pagelink VALUES (?, ?, ?)", rows)

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._forget()
        self._packed.clear()
        self._frame.cache_clear()  # what is dropped leaves its numbers to others

    def _pack(self) -> None:
        if self._pages:
            numbers: dict[Link, int] = {}
            number = numbers.setdefault
            pages = [[number(link, len(numbers)) for link in links] for links in self._pages.values()]
            frame = self._press.pack_to_keep(self._encode(Frame(list(numbers), pages)))
            self._packed.append((frame, list(self._pages)))
            self._forget()

    def _columns(self) -> set[str]:
        return {name for _, name, *_ in self._db.execute("PRAGMA table_info(pagelink)")}

    def _forget(self) -> None:
        self._pages.clear()
        self._waiting = 0

    def _read(self, number: int) -> Frame:
        (packed,) = self._db.execute("SELECT packed FROM linkframe WHERE id = ?", (number,)).fetchone()
        return _unpacked(packed)


def _unpacked(packed: bytes) -> Frame:
    return msgspec.json.decode(zstandard.decompress(packed), type=Frame)
