"""The proof of a bundle: answers, pages and pictures by the hash of their bytes, packed into a file that only grows.

`blobs/AUDIT.zst` is a row of zstd frames, each of several pieces one after another (`storage.frames`). The index says
in which frame a piece lies and where in it. `zstd -dc` reads all.

    a kill    a frame is written before the batch that speaks of it, so the index never names what is not there. What
              lies behind the last frame in the index is cut off before the next is written
    damage    written bytes are never changed: a piece kept again is found damaged, and written anew behind the others
    adoption  an audit that takes over proof of an earlier one links the whole file, where that can be

Bundles of 0.1 hold a file for each piece, `blobs/ab/<sha256>.zst`: these are read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from storage.folders import sync
from storage.frames import Packer, Press, Spans, Unpacker

SCHEMA = """
CREATE TABLE IF NOT EXISTS blob (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size INTEGER NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL,
    pack TEXT, start INTEGER, length INTEGER, skip INTEGER
);
"""
_PLACE = ("pack", "start", "length", "skip")  # a bundle of 0.1 has no such columns
_INFO = "sha256, media_type, size, url, at"


class BundleError(Exception):
    """The bundle cannot be used: missing, of another format, or its disk refuses; the message says which and what."""


class Frame(NamedTuple):
    """Where a frame lies: the file, its first byte there, how many there are."""

    pack: str
    start: int
    length: int


class Row(NamedTuple):
    """What the index says of a piece; `frame` is None while it waits for one, and of a file of its own."""

    sha256: str
    media_type: str
    size: int
    url: str
    at: str
    frame: Frame | None = None
    skip: int = 0  # bytes of the unpacked frame before it


class _Met:
    """Hashes met so far, as marks in 128 KB: of seventeen new ones beside 60,000, one passes for met."""

    def __init__(self) -> None:
        self._marks = bytearray(1 << 17)

    def before(self, digest: str) -> bool:
        """Returns whether a hash may have been met before; from now on it was."""
        number = int(digest[:5], 16)
        place, mark = number >> 3, 1 << (number & 7)
        old = self._marks[place]
        self._marks[place] = old | mark
        return bool(old & mark)


class Blobs:
    """Proof in the folder of a bundle, its index over the bundle's connection. `flush` writes, inside a transaction.

    Methods that write raise BundleError when the disk refuses; what was to be written is then kept for the next try.
    """

    def __init__(self, folder: Path, audit: str, db: sqlite3.Connection, press: Press) -> None:
        self.folder = folder
        self._db = db
        self._own = f"{audit}.zst"
        self._new: dict[str, Row] = {}  # not in the index yet
        self._packer = Packer(self._write, press)
        self._unpacker = Unpacker(self._read)
        self._file: int | None = None
        self._end = 0
        self._unsynced = False
        self._linked: dict[str, bool] = {}
        self._met = _Met() if db.execute("SELECT 1 FROM blob").fetchone() is None else None  # since it was empty
        columns = {row[1] for row in db.execute("PRAGMA table_info(blob)")}
        self._missing = [column for column in _PLACE if column not in columns]

    def __bool__(self) -> bool:
        return bool(self._new)

    def extend(self) -> None:
        """Prepares the index of a bundle of 0.1 for writing."""
        for column in self._missing:
            self._db.execute(f"ALTER TABLE blob ADD COLUMN {column} {'TEXT' if column == 'pack' else 'INTEGER'}")
        self._missing = []

    def put(self, data: bytes, media_type: str, url: str, at: dt.datetime) -> str:
        """Keeps a piece and returns its sha256; the same bytes are kept once."""
        digest = hashlib.sha256(data).hexdigest()
        if (self._met is not None and not self._met.before(digest)) or not self._kept(digest):
            self._new[digest] = Row(digest, media_type, len(data), url, at.isoformat())
            self._packer.add(digest, data)
        return digest

    def adopt(self, other: Blobs, digest: str) -> None:
        """Keeps a piece of another bundle: in the same file where that can be, else a copy.

        Raises BundleError when it is not there or is not what was kept.
        """
        data = other.get(digest)
        row = other.row(digest)
        if row is None:
            raise BundleError(f"evidence {digest} is not in the index of {other.folder.parent}")
        if row.frame is not None and self._link(other.folder / row.frame.pack):
            if self._met is not None:
                self._met.before(digest)
            if not self._kept(digest):
                self._new[digest] = row
        else:
            self.put(data, row.media_type, row.url, dt.datetime.fromisoformat(row.at))

    def get(self, digest: str) -> bytes:
        """Returns the bytes of a piece. Raises BundleError when they are missing or not what was kept."""
        if (data := self._packer.get(digest)) is not None:
            return data
        row = self.row(digest)
        try:
            if row is None or row.frame is None:
                data = zstandard.decompress(self._path(digest).read_bytes())
            else:
                data = self._unpacker.piece(row.frame, row.skip, row.size)
        except (OSError, zstandard.ZstdError, MemoryError) as error:  # a damaged frame may claim any size
            raise BundleError(f"evidence {digest} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise BundleError(f"evidence {digest} was changed after it was kept")
        return data

    def has(self, digest: str) -> bool:
        """Returns whether there is anything where a piece is to be; `get` looks at it."""
        if self._packer.get(digest) is not None:
            return True
        row = self.row(digest)
        if row is None or row.frame is None:
            return self._path(digest).exists()
        try:
            return (self.folder / row.frame.pack).stat().st_size > row.frame.start
        except FileNotFoundError:
            return False

    def damaged(self, digests: Iterable[str]) -> frozenset[str]:
        """Returns those of these hashes whose bytes are missing or not what was kept. Reads every one of them."""
        return frozenset(digest for digest in sorted(digests, key=self._order) if not self._sound(digest))

    def row(self, digest: str) -> Row | None:
        """Returns what the index says of a piece, None where it knows none."""
        if (new := self._new.get(digest)) is not None:
            return new
        place = "NULL, NULL, NULL, NULL" if self._missing else ", ".join(_PLACE)
        found = self._db.execute(f"SELECT {_INFO}, {place} FROM blob WHERE sha256 = ?", (digest,)).fetchone()
        if found is None:
            return None
        digest, media, size, url, at, pack, start, length, skip = found
        return Row(digest, media, size, url, at, Frame(pack, start, length) if pack else None, skip or 0)

    def all(self) -> Iterator[tuple[str, str, int, str, dt.datetime]]:
        """Yields (sha256, media type, size, url, time) of every piece in the index, by hash."""
        for digest, media, size, url, at in self._db.execute(f"SELECT {_INFO} FROM blob ORDER BY sha256"):
            yield digest, media, size, url, dt.datetime.fromisoformat(at)

    def flush(self) -> None:
        """Writes what waits, and puts all that is new into the index."""
        self._packer.pack()
        self._db.executemany(
            f"INSERT OR REPLACE INTO blob ({_INFO}, {', '.join(_PLACE)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row[:5], *(row.frame or (None,) * 3), row.skip) for row in self._new.values()],
        )

    def clear(self) -> None:
        """Forgets what was added and is in the index, or is to be dropped."""
        self._new.clear()
        self._packer.clear()

    def sync(self) -> None:
        """Writes what was packed so far through to the disk."""
        if self._file is not None and self._unsynced:
            with self._refused():
                os.fsync(self._file)
                sync(self.folder)
            self._unsynced = False

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    # inside

    @contextlib.contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BundleError(f"cannot keep evidence in {self.folder}: {error}") from error

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.zst"

    def _kept(self, digest: str) -> bool:
        """Returns whether a piece is there and sound: what a power cut damaged is written anew."""
        return digest in self._new or (self.row(digest) is not None and self._sound(digest))

    def _sound(self, digest: str) -> bool:
        try:
            self.get(digest)
        except BundleError:
            return False
        return True

    def _order(self, digest: str) -> tuple[str, int]:
        row = self.row(digest)
        return (row.frame.pack, row.frame.start) if row and row.frame else ("", 0)

    def _write(self, frame: bytes, spans: Spans) -> None:
        """Writes a frame and notes what lies in it."""
        with self._refused():
            lies = Frame(self._own, self._append(frame), len(frame))
        for digest, (skip, _) in spans.items():
            self._new[digest] = self._new[digest]._replace(frame=lies, skip=skip)

    def _append(self, frame: bytes) -> int:
        """Writes at the end of the bundle's own file and returns where that was."""
        file = self._open() if self._file is None else self._file
        done = 0
        while done < len(frame):  # after a disk that refused it begins at the same place again
            done += os.pwrite(file, frame[done:], self._end + done)
        start = self._end
        self._end += len(frame)
        self._unsynced = True
        return start

    def _open(self) -> int:
        """Opens the bundle's own file where the index ends: what lies behind is torn, what is missing stays a hole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (end,) = self._db.execute("SELECT max(start + length) FROM blob WHERE pack = ?", (self._own,)).fetchone()
        file = os.open(self.folder / self._own, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            os.ftruncate(file, end or 0)
        except BaseException:
            os.close(file)
            raise
        self._file, self._end = file, end or 0
        return file

    def _link(self, pack: Path) -> bool:
        """Returns whether a file of another bundle lies in this one, too, after trying to make it so."""
        if pack.name not in self._linked:
            self._linked[pack.name] = False
            mine = self.folder / pack.name
            with contextlib.suppress(OSError):  # another disk, or one without links
                if pack.name != self._own and not mine.exists():
                    self.folder.mkdir(parents=True, exist_ok=True)
                    os.link(pack, mine)
                self._linked[pack.name] = mine.samefile(pack)
        return self._linked[pack.name]

    def _read(self, frame: Frame) -> bytes:
        with (self.folder / frame.pack).open("rb", buffering=0) as file:
            return os.pread(file.fileno(), frame.length, frame.start)
