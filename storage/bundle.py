"""The bundle: all records of one audit in one SQLite file, its blobs beside it, and the journal to resume from.

A bundle is a folder: `bundle.sqlite` and `blobs/ab/<sha256>.zst`. Records are upserted by (type, key), so writing one
again replaces it and a resumed audit never doubles anything. Writes are buffered and flushed in batches; a kill loses
at most the last batch.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import zstandard

from portal.artifacts import RECORD_TYPES, Record, record_key
from portal.model import Network, Portal

FORMAT = 1
BATCH = 500

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS header (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (type TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (type, key))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frontier (url TEXT PRIMARY KEY, json BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stage (name TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blob (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size INTEGER NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
"""


class BundleError(Exception):
    """The bundle cannot be used: missing, of another format, or its disk refuses; the message says which and what."""


class Header(msgspec.Struct, frozen=True):
    """What an audit is about, fixed when it starts."""

    audit: str  # id: portal id and start time, file-name safe
    portal: Portal
    network: Network
    as_of: dt.date
    started: dt.datetime
    seed: str
    version: str  # of mingcha
    options: dict[str, str] = {}
    format: int = FORMAT


class Bundle:
    """One audit's records and blobs. Not thread-safe: one writer, in one event loop."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, header: Header) -> None:
        self.folder = folder
        self.header = header
        self._db = connection
        self._pending: dict[tuple[str, str], Record] = {}
        self._frontier: dict[str, Any] = {}
        self._blobs: dict[str, tuple[str, str, int, str, str]] = {}

    @classmethod
    def create(cls, folder: Path, header: Header) -> Bundle:
        """Returns a new bundle in `folder`. Raises BundleError when one is there already or the disk refuses."""
        path = folder / "bundle.sqlite"
        if path.exists():
            raise BundleError(f"{path} exists already: resume it, or choose another folder")
        try:
            (folder / "blobs").mkdir(parents=True, exist_ok=True)
            db = _connect(path)
            with db:
                db.executescript(_SCHEMA)
                db.execute("INSERT INTO header VALUES ('header', ?)", (msgspec.json.encode(header).decode(),))
        except (OSError, sqlite3.Error) as error:
            raise BundleError(f"cannot write the bundle {path}: {error}") from error
        return cls(folder, db, header)

    @classmethod
    def open(cls, folder: Path) -> Bundle:
        """Returns the bundle kept in `folder`. Raises BundleError when there is none or its format is unknown."""
        path = folder / "bundle.sqlite"
        if not path.exists():
            raise BundleError(f"no bundle at {folder}")
        try:
            db = _connect(path)
            row = db.execute("SELECT value FROM header WHERE key = 'header'").fetchone()
            header = msgspec.json.decode(row[0], type=Header)
        except (sqlite3.Error, msgspec.MsgspecError, TypeError) as error:
            raise BundleError(f"cannot read the bundle {path}: {error}") from error
        if header.format > FORMAT:
            raise BundleError(f"the bundle {path} was written by a newer version (format {header.format})")
        return cls(folder, db, header)

    # records

    def add(self, *records: Record) -> None:
        """Keeps records; one with the same type and key is replaced. Flushes by itself every 500 records."""
        for record in records:
            self._pending[record_key(record)] = record
        self._flush_when_full()

    def get(self, record_type: type[T], key: str) -> T | None:
        """Returns the record of that type and key, or None."""
        name = _type_name(record_type)
        if (pending := self._pending.get((name, key))) is not None:
            return cast(T, pending)
        row = self._db.execute("SELECT json FROM record WHERE type = ? AND key = ?", (name, key)).fetchone()
        return msgspec.json.decode(row[0], type=record_type) if row else None

    def all(self, record_type: type[T]) -> Iterator[T]:
        """Yields the records of one type in key order."""
        self.flush()
        decoder = msgspec.json.Decoder(record_type)
        rows = self._db.execute("SELECT json FROM record WHERE type = ? ORDER BY key", (_type_name(record_type),))
        for (json,) in rows:
            yield decoder.decode(json)

    def count(self, record_type: type) -> int:
        """Returns how many records of one type there are."""
        self.flush()
        row = self._db.execute("SELECT count(*) FROM record WHERE type = ?", (_type_name(record_type),)).fetchone()
        return int(row[0])

    # journal

    def remember_frontier(self, url: str, state: object) -> None:
        """Keeps the state of one URL of the frontier (any JSON-able value), to resume from."""
        self._frontier[url] = state
        self._flush_when_full()

    def frontier(self) -> Iterator[tuple[str, Any]]:
        """Yields (url, state) of the frontier as remembered."""
        self.flush()
        for url, json in self._db.execute("SELECT url, json FROM frontier"):
            yield url, msgspec.json.decode(json)

    def mark(self, stage: str, at: dt.datetime) -> None:
        """Notes that a stage is done; flushes first, so a noted stage is on disk."""
        self.flush()
        with self._guarded():
            self._db.execute("INSERT OR REPLACE INTO stage VALUES (?, ?)", (stage, at.isoformat()))

    def stages(self) -> dict[str, dt.datetime]:
        """Returns the stages done so far with their times."""
        rows = self._db.execute("SELECT name, at FROM stage")
        return {name: dt.datetime.fromisoformat(at) for name, at in rows}

    def flush(self) -> None:
        """Writes what is buffered in one transaction. Raises BundleError when the disk refuses; the buffer is kept."""
        if not (self._pending or self._frontier or self._blobs):
            return
        encode = msgspec.json.encode
        with self._guarded():
            self._db.executemany(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
                [(kind, key, encode(record)) for (kind, key), record in self._pending.items()],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO frontier VALUES (?, ?)",
                [(url, encode(state)) for url, state in self._frontier.items()],
            )
            self._db.executemany("INSERT OR IGNORE INTO blob VALUES (?, ?, ?, ?, ?)", self._blobs.values())
        self._pending.clear()
        self._frontier.clear()
        self._blobs.clear()

    # blobs

    def put(self, data: bytes, media_type: str, url: str, at: dt.datetime) -> str:
        """Keeps a blob by content and returns its sha256; the same bytes are kept once."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.blob_path(digest)
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_suffix(".part")
                part.write_bytes(zstandard.compress(data, 6))
                part.replace(path)
        except OSError as error:
            raise BundleError(f"cannot keep evidence in {path.parent}: {error}") from error
        # The index row waits for the next batch: a commit for each blob cost a tenth of a crawl.
        self._blobs.setdefault(digest, (digest, media_type, len(data), url, at.isoformat()))
        self._flush_when_full()
        return digest

    def blob(self, digest: str) -> bytes:
        """Returns the bytes of a blob. Raises BundleError when it is missing or its bytes do not match its name."""
        try:
            data = zstandard.decompress(self.blob_path(digest).read_bytes())
        except (OSError, zstandard.ZstdError) as error:
            raise BundleError(f"evidence {digest} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise BundleError(f"evidence {digest} was changed after it was kept")
        return data

    def blob_path(self, digest: str) -> Path:
        """Returns where a blob lies (zstd), whether it exists or not."""
        return self.folder / "blobs" / digest[:2] / f"{digest}.zst"

    def blobs(self) -> Iterator[tuple[str, str, int, str, dt.datetime]]:
        """Yields (sha256, media type, size, url, time) of every blob kept."""
        self.flush()
        for digest, media, size, url, at in self._db.execute("SELECT * FROM blob ORDER BY sha256"):
            yield digest, media, size, url, dt.datetime.fromisoformat(at)

    def _flush_when_full(self) -> None:
        if len(self._pending) + len(self._frontier) + len(self._blobs) >= BATCH:
            self.flush()

    def close(self) -> None:
        """Flushes and closes."""
        self.flush()
        self._db.close()

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with self._db:
                yield
        except sqlite3.Error as error:
            raise BundleError(f"cannot write the bundle {self.folder}: {error}") from error


def records(bundle: Bundle, record_types: Iterable[type[T]]) -> Iterator[T]:
    """Yields all records of several types."""
    for record_type in record_types:
        yield from bundle.all(record_type)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _type_name(record_type: type) -> str:
    for name, candidate in RECORD_TYPES.items():
        if candidate is record_type:
            return name
    raise KeyError(f"not a record type: {record_type!r}")
