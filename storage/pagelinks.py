"""The links of every page of a bundle: what a later audit needs to take a page over without reading it again.

Records of pages hold no links but frames, for every page of a portal repeats the same hundred and the census has them
all. Here each page keeps its own, packed against those of the first page, so that what all of them repeat costs
little (1.4 KB a page where its links are 20 KB).
"""

from __future__ import annotations

import sqlite3

import msgspec
import zstandard

from portal.facts import Link

SCHEMA = "CREATE TABLE IF NOT EXISTS pagelinks (url TEXT PRIMARY KEY, packed BLOB NOT NULL);"
_FIRST = ""  # the key under which the links stand that the others are packed against
_MOST = 256 * 1024  # bytes of them
_LEVEL = 1  # level 3 packs a fifth better for a third more CPU, and empties the processor's cache of all else
_encode = msgspec.json.Encoder().encode


class PageLinks:
    """Links by page over a bundle's connection. What was added is written by `flush`, inside a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._waiting: dict[str, bytes] = {}
        self._packer: zstandard.ZstdCompressor | None = None
        self._unpacker: zstandard.ZstdDecompressor | None = None
        self._decoder = msgspec.json.Decoder(tuple[Link, ...])

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, url: str, links: tuple[Link, ...]) -> None:
        """Keeps the links of a page; said again they are replaced."""
        plain = _encode(links)
        if self._packer is None and not self._open():
            self._waiting[_FIRST] = zstandard.compress(plain[:_MOST], _LEVEL)
            self._use(plain[:_MOST])
        assert self._packer is not None
        self._waiting[url] = self._packer.compress(plain)

    def get(self, url: str) -> tuple[Link, ...] | None:
        """Returns the links of a page, None where they are not known. Raises what SQLite and the unpackers raise."""
        packed = self._waiting.get(url) or self._row(url)
        if packed is None or (self._unpacker is None and not self._open()):
            return None
        assert self._unpacker is not None
        return self._decoder.decode(self._unpacker.decompress(packed))

    def flush(self) -> None:
        """Writes what was added."""
        self._db.executemany("INSERT OR REPLACE INTO pagelinks VALUES (?, ?)", self._waiting.items())

    def clear(self) -> None:
        """Forgets what was added and is written, or is to be dropped."""
        self._waiting.clear()

    def _open(self) -> bool:
        first = self._row(_FIRST)
        if first is None:
            return False
        self._use(zstandard.decompress(first))
        return True

    def _use(self, plain: bytes) -> None:
        shared = zstandard.ZstdCompressionDict(plain, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        shared.precompute_compress(level=_LEVEL)
        self._packer = zstandard.ZstdCompressor(level=_LEVEL, dict_data=shared)
        self._unpacker = zstandard.ZstdDecompressor(dict_data=shared)

    def _row(self, url: str) -> bytes | None:
        row = self._db.execute("SELECT packed FROM pagelinks WHERE url = ?", (url,)).fetchone()
        return bytes(row[0]) if row else None
