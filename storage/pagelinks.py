"""The links of every page of a bundle: what a later audit needs to take a page over without reading it again.

Records of pages hold no links but frames, for every page of a portal repeats the same hundred and the census has them
all. Here each page keeps its own, packed together with those of some others, so that what all of them repeat costs
little (1.6 KB a page where its links are 17 KB).
"""

from __future__ import annotations

import sqlite3

import msgspec
import zstandard

from portal.facts import Link
from storage.frames import Packer, Spans, Unpacker

SCHEMA = """
CREATE TABLE IF NOT EXISTS linkframe (id INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pagelink (
    url TEXT PRIMARY KEY, frame INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL
);
"""
TABLES = ("linkframe", "pagelink")


class PageLinks:
    """Links by page over a bundle's connection. What was added is written by `flush`, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._packed: list[tuple[bytes, Spans]] = []  # not written yet
        self._packer = Packer(self._keep)
        self._unpacker = Unpacker(self._read)
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(tuple[Link, ...]).decode

    def __bool__(self) -> bool:
        return bool(self._packer or self._packed)

    def add(self, url: str, links: tuple[Link, ...]) -> None:
        """Keeps the links of a page; said again they are replaced."""
        self._packer.add(url, self._encode(links))

    def get(self, url: str) -> tuple[Link, ...] | None:
        """Returns the links of a page, None where they are not known. Raises what SQLite and the unpackers raise."""
        if (plain := self._packer.get(url)) is not None:
            return self._decode(plain)
        for frame, spans in reversed(self._packed):
            if url in spans:
                start, length = spans[url]
                return self._decode(zstandard.decompress(frame)[start : start + length])
        row = self._db.execute("SELECT frame, start, length FROM pagelink WHERE url = ?", (url,)).fetchone()
        return self._decode(self._unpacker.piece(*row)) if row else None

    def flush(self) -> None:
        """Writes what was added."""
        self._packer.pack()
        for frame, spans in self._packed:
            number = self._db.execute("INSERT INTO linkframe (packed) VALUES (?)", (frame,)).lastrowid
            self._db.executemany(
                "INSERT OR REPLACE INTO pagelink VALUES (?, ?, ?, ?)",
                [(url, number, *span) for url, span in spans.items()],
            )

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._packer.clear()
        self._packed.clear()
        self._unpacker.clear()  # what is dropped leaves its numbers to others

    def _keep(self, frame: bytes, spans: Spans) -> None:
        self._packed.append((frame, spans))

    def _read(self, number: int) -> bytes:
        row = self._db.execute("SELECT packed FROM linkframe WHERE id = ?", (number,)).fetchone()
        return bytes(row[0]) if row else b""
