"""The bundle: all records of one audit in one SQLite file, its proof beside it, and the journal to resume from.

A bundle is a folder: `bundle.sqlite`, and `blobs/` (`storage.blobs`). Records are upserted by (type, key), so writing
one again replaces it and a resumed audit never doubles anything. Writes are buffered and flushed in batches.

    a kill       loses at most the last batch: what was not flushed. Nothing is ever half there: a batch is one
                 transaction, and the proof it speaks of was written before
    a power cut  loses what the system had not written yet (synchronous = NORMAL), back to the last stage noted at most,
                 for that is synced (FULL), proof and records. The file stays sound: torn ends of its log are left out
                 when it is opened. Proof kept since the last stage may be torn: `put` writes it anew, `damaged` finds
                 what records refer to, and an audit that goes on gathers that again
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
import zstandard

from portal.artifacts import LinkRecord
from portal.facts import Link
from portal.model import Network
from portal.records import PROVEN, RECORD_TYPES, Record, evidence_of, record_key
from storage import amendments, journal, met, pagelinks, places
from storage.amendments import amended
from storage.blobs import Blobs, BundleError
from storage.bundle_file import FORMAT, Header, connect, empty, swept
from storage.folders import appear, write_durably
from storage.frames import Press

__all__ = ["Bundle", "BundleError", "Header"]

BATCH = 500
SECONDS = 2.0  # after which `add` flushes although the batch is not full

T = TypeVar("T")
_Buffer: TypeAlias = amendments.Amendments | journal.Journal | Blobs | met.Met | pagelinks.PageLinks | places.Places

_NAMES: dict[type, str] = {record_type: name for name, record_type in RECORD_TYPES.items()}
_encode = msgspec.json.Encoder().encode
# What reading a damaged file raises: a row may hold nothing, or a number, where there were bytes.
_DAMAGE = (sqlite3.DatabaseError, msgspec.MsgspecError, zstandard.ZstdError, TypeError, ValueError)


class Bundle:
    """One audit's records and blobs. Not thread-safe: one writer, in one event loop."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, header: Header, *, writes: bool = True) -> None:
        self.folder = folder
        self.header = header
        self._db = connection
        self._writes = writes
        self._pending: dict[tuple[str, str], bytes] = {}  # as they will be written: objects take five times as much
        self._feeds: list[Callable[[], None]] = []
        self._journal = journal.Journal(connection)
        press = Press()
        self._blobs = Blobs(folder / "blobs", header.audit, connection, press)
        self._links = pagelinks.PageLinks(connection, press)
        self._amendments = amendments.Amendments(connection)
        self._places = places.Places(connection, press)
        self._met = met.Met(connection, press)
        self._flushed = time.monotonic()

    @classmethod
    def create(cls, folder: Path, header: Header) -> Bundle:
        """Returns a new bundle in `folder`. Raises BundleError when one is there already or the disk refuses.

        The folder, and those above it that are missing, appear at once with a whole bundle in them: a kill on the way
        leaves nothing that would stand in the way of beginning again.
        """
        path = folder.absolute() / "bundle.sqlite"
        if path.exists():
            raise BundleError(f"{path} exists already: resume it, or choose another folder")

        def fill(place: Path) -> None:
            (place / "blobs").mkdir(parents=True, exist_ok=True)
            write_durably(place / "bundle.sqlite", empty(header))

        try:
            appear(path.parent, fill)
            db = connect(path)
        except (OSError, sqlite3.Error) as error:
            raise BundleError(f"cannot write the bundle {path}: {error}") from error
        return cls(path.parent, db, header)

    @classmethod
    def open(cls, folder: Path, *, write: bool = True) -> Bundle:
        """Returns the bundle kept in `folder`. Raises BundleError when there is none or its format is unknown.

        With `write` False nothing is changed, not even by taking over what a killed writer left in the log.
        """
        path = folder / "bundle.sqlite"
        if not path.exists():
            raise BundleError(swept(folder) or f"no bundle at {folder}")
        db: sqlite3.Connection | None = None
        try:
            db = connect(path) if write else sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            row = db.execute("SELECT value FROM header WHERE key = 'header'").fetchone()
            header = msgspec.json.decode(row[0], type=Header)
            if header.format > FORMAT:
                raise BundleError(f"the bundle {path} was written by a newer version (format {header.format})")
            if header.format < 3 and places.are_told(db):
                raise BundleError(
                    f"the bundle {path} was left half gathered by an earlier version: begin the audit anew"
                )
            bundle = cls(folder, db, header, writes=write)
            if write and header.format < FORMAT:
                bundle._upgrade()
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, BundleError) as error:
            if db is not None:
                db.close()
            if isinstance(error, BundleError):
                raise
            raise BundleError(f"cannot read the bundle {path}: {error}") from error
        return bundle

    def readdress(self, network: Network) -> None:
        """Keeps another way to reach the portal: names may lead elsewhere when an audit goes on."""
        self._say(msgspec.structs.replace(self.header, network=network))

    def _upgrade(self) -> None:
        """Adds what a bundle of an earlier format lacks; from then on earlier versions refuse it."""
        for part in (self._amendments, self._blobs, self._links, self._met, self._places):
            part.extend()
        self._say(msgspec.structs.replace(self.header, format=FORMAT))

    def _say(self, header: Header) -> None:
        self.header = header
        with self._transaction():
            self._db.execute("UPDATE header SET value = ? WHERE key = 'header'", (_encode(header).decode(),))

    # records

    def add(self, *records: Record) -> None:
        """Keeps records; one with the same type and key is replaced. All given at once reach the disk together.

        Flushes by itself every 500 records, and when the last time was two seconds ago.
        """
        for record in records:
            self.hold(record)
        if len(self._pending) >= BATCH or (self._pending and time.monotonic() - self._flushed >= SECONDS):
            self.flush()

    def hold(self, record: Record) -> None:
        """Keeps a record as `add` does; written by the next flush, and causing none."""
        key = record_key(record)
        self._pending[key] = _encode(record)
        self._amendments.drop(key)
        if isinstance(record, LinkRecord):
            self._places.drop(record.url)

    def feeding(self, source: Callable[[], None]) -> None:
        """Calls `source` before every batch from now on: what it holds is written with whatever else is."""
        self._feeds.append(source)

    def amend(self, record_type: type, key: str, **fields: object) -> bool:
        """Replaces fields of a record as `hold` does, without reading or writing the others.

        Returns whether there is such a record and this was not said of it before.
        """
        if record_type is LinkRecord:
            self._settle()
        known = (_NAMES[record_type], key)
        written = self._amendments.written(known)
        if written is None and known not in self._pending:
            return False
        return self._amendments.add(known, fields, written or b"")

    def narrow(self, keep: Iterable[tuple[str, str]]) -> None:
        """Removes every record but those of (type name, key) and what goes with them, and gives their space back.

        Raises BundleError when the disk refuses; then nothing was removed.
        """
        self._settle()
        with self._transaction():
            self._db.execute("CREATE TEMP TABLE kept (type TEXT, key TEXT, PRIMARY KEY (type, key)) WITHOUT ROWID")
            self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", keep)
            for table in ("record", "amendment"):
                self._db.execute(f"DELETE FROM {table} WHERE (type, key) NOT IN (SELECT type, key FROM kept)")
            self._places.narrow("SELECT key FROM kept WHERE type = 'link'")
            for table in (*pagelinks.TABLES, "frontier"):
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("DROP TABLE kept")
        try:
            self._db.execute("VACUUM")
        except sqlite3.Error as error:
            raise BundleError(f"cannot write the bundle {self.folder}: {error}") from error

    def get(self, record_type: type[T], key: str) -> T | None:
        """Returns the record of that type and key, or None. Raises BundleError where the file is damaged, as `all`."""
        return self.outline(record_type, key, record_type)

    def outline(self, record_type: type, key: str, shape: type[T]) -> T | None:
        """Returns the record of that type and key as a type with fewer fields, or None."""
        if shape is LinkRecord and self._places:
            self.flush()
        try:
            json = self._json(_NAMES[record_type], key)
            found = msgspec.json.decode(json, type=shape) if json is not None else None
        except _DAMAGE as error:
            raise self._damaged(error) from error
        return cast(T, self._places.whole(found)) if isinstance(found, LinkRecord) else found

    def all(self, record_type: type[T]) -> Iterator[T]:
        """Yields the records of one type in key order."""
        return self.outlines(record_type, record_type)

    def outlines(self, record_type: type, shape: type[T]) -> Iterator[T]:
        """Yields the records of one type in key order, each as a type with fewer fields: quicker, and smaller.

        Links that are no whole records come with their count, where the type has one, and without the places told
        beside their records. While it is gathered, a bundle opened without `write` leaves out links nobody asked yet.
        """
        self._prepare(record_type)
        decode = msgspec.json.Decoder(shape).decode
        try:
            found: Iterator[Any] = (decode(amended(*row)) for row in self._amendments.records(_NAMES[record_type]))
            if shape is LinkRecord:
                found = self._places.all_whole(found)
            elif record_type is LinkRecord and "count" in getattr(shape, "__struct_fields__", ()):
                found = self._places.all_counted(found)
            yield from found
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def count(self, record_type: type) -> int:
        """Returns how many records of one type there are."""
        self._prepare(record_type)
        row = self._db.execute("SELECT count(*) FROM record WHERE type = ?", (_NAMES[record_type],)).fetchone()
        return int(row[0])

    def forget(self, record_type: type, key: str) -> None:
        """Removes a record: it is to be gathered again."""
        if record_type is LinkRecord:
            self._places.drop(key)
        self._prepare(record_type)
        with self._transaction():
            for table in ("record", "amendment"):
                self._db.execute(f"DELETE FROM {table} WHERE type = ? AND key = ?", (_NAMES[record_type], key))

    def keep_links(self, url: str, links: tuple[Link, ...]) -> None:
        """Keeps all links of a page, for a later audit that takes the page over. Written with the next records."""
        self._links.add(url, links)

    def links_of(self, url: str) -> tuple[Link, ...] | None:
        """Returns all links of a page in document order, None where they were not kept."""
        return self._links.get(url)

    def count_links(self, counts: Mapping[str, int], stands: Mapping[str, places.Stands]) -> None:
        """Keeps by how much the counts of links grew, and further places of theirs. Written with the next records."""
        self._places.add(counts, stands)

    def take_back_links(self, page: str, counts: Mapping[str, int]) -> None:
        """Takes back what was counted of one page: so many places of each link. Written with the next records."""
        self._places.take_back(page, counts)

    def link(self, url: str) -> LinkRecord | None:
        """Returns what is known of a link, without what was told of its count and places; None where nothing is."""
        try:
            json = self._json("link", url)
            return msgspec.json.decode(json, type=LinkRecord) if json is not None else None
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def hold_link(self, record: LinkRecord) -> None:
        """Keeps what is known of a link as `hold` does; what was told of its count and places stays beside it."""
        self._pending[record_key(record)] = _encode(record)

    def meet_link(self, record: LinkRecord) -> None:
        """Keeps a link that is not known yet, and that no record is kept of."""
        self._met.add(record)

    def complete_links(self) -> None:
        """Makes counts and places quick to find by link: all are there."""
        self._settle()
        with self._transaction():
            self._places.complete()

    # journal

    def remember_frontier(self, url: str, state: object) -> None:
        """Keeps the state of one URL of the frontier (any JSON-able value), to resume from.

        It is written with the next records: whoever resumes must not know of visits before the page that led to them.
        """
        self._journal.remember(url, state)

    def frontier(self) -> Iterator[tuple[str, Any]]:
        """Yields (url, state) of the frontier as remembered, in the order in which it was said last of each URL."""
        self.flush()
        return self._journal.frontier()

    def visit(self, url: str) -> Any:
        """Returns the state of one URL of the frontier as remembered, None where it was never met."""
        return self._journal.visit(url)

    def note(self, key: str, value: object) -> None:
        """Keeps a fact about the course of the audit (any JSON-able value) that whoever resumes it wants to know.

        It is written with the next records.
        """
        self._journal.note(key, value)

    def noting(self, key: str, source: Callable[[], object]) -> None:
        """Notes what `source` returns under `key` with every batch from now on: as it stands with those records."""
        self._journal.noting(key, source)

    def noted(self, key: str) -> Any:
        """Returns the fact noted under `key`, None where there is none."""
        return self._journal.noted(key)

    def mark(self, stage: str, at: dt.datetime) -> None:
        """Notes that a stage is done, in one transaction with what is buffered; a power cut does not undo it."""
        with self._transaction(durable=True):
            self.flush()
            self._journal.mark(stage, at)

    def unmark(self, *stages: str) -> None:
        """Takes stages back: they are to be done again."""
        with self._transaction():
            self._journal.unmark(stages)

    def stages(self) -> dict[str, dt.datetime]:
        """Returns the stages done so far with their times."""
        return self._journal.stages()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Everything kept inside comes into the bundle at the end, at once; nothing of it after an exception."""
        self.flush()
        try:
            with self._transaction(durable=True):
                yield
                self.flush()
        except BaseException:
            self._clear()
            raise

    def flush(self) -> None:
        """Writes what is buffered in one transaction. Raises BundleError when the disk refuses; the buffer is kept."""
        for source in self._feeds:
            source()
        if self._pending or any(self._buffers()):
            with self._transaction():
                self._db.executemany(
                    "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
                    ((kind, key, json) for (kind, key), json in self._pending.items()),
                )
                for buffer in self._buffers():
                    buffer.flush()
            self._clear()
        self._flushed = time.monotonic()

    # blobs

    def put(self, data: bytes, media_type: str, url: str, at: dt.datetime) -> str:
        """Keeps a blob by content and returns its sha256; the same bytes are kept once."""
        return self._blobs.put(data, media_type, url, at)

    def adopt(self, other: Bundle, digest: str) -> None:
        """Keeps a blob of another bundle as it is there: in the same file where that can be, else a copy.

        Raises BundleError when it is not there, is not what was kept, or the disk refuses.
        """
        self._blobs.adopt(other._blobs, digest)

    def blob(self, digest: str) -> bytes:
        """Returns the bytes of a blob. Raises BundleError when it is missing or its bytes do not match its name."""
        return self._blobs.get(digest)

    def has(self, digest: str) -> bool:
        """Returns whether there is anything where a blob is to lie; `blob` looks at it."""
        return self._blobs.has(digest)

    def blobs(self) -> Iterator[tuple[str, str, int, str, dt.datetime]]:
        """Yields (sha256, media type, size, url, time) of every blob kept."""
        self.flush()
        return self._blobs.all()

    def referenced(self) -> frozenset[str]:
        """Returns the hashes of all blobs that records refer to."""
        found: set[str] = set()
        for kind in PROVEN:
            for record in self.all(kind):
                found.update(evidence_of(record))
        return frozenset(found)

    def damaged(self) -> frozenset[str]:
        """Returns the hashes records refer to whose blobs are missing or not what was kept. Reads every one of them."""
        return self._blobs.damaged(self.referenced())

    def integrity(self) -> tuple[str, ...]:
        """Returns what SQLite finds wrong with the file, line by line; () when it is sound."""
        return tuple(line for (line,) in self._db.execute("PRAGMA integrity_check") if line != "ok")

    def close(self) -> None:
        """Flushes and closes."""
        try:
            self.flush()
        finally:
            self._blobs.close()
            self._db.close()

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # inside

    def _json(self, name: str, key: str) -> bytes | None:
        if (pending := self._pending.get((name, key))) is not None:
            return amended(pending, self._amendments.beside((name, key)))
        found = self._amendments.record((name, key))
        if found is not None:
            return amended(*found)
        return self._met.get(key) if name == "link" else None

    def _prepare(self, record_type: type) -> None:
        """Writes what somebody is about to look through."""
        if record_type is LinkRecord:
            self._settle()
        else:
            self.flush()

    def _settle(self) -> None:
        """Writes what is buffered, and makes records of links that have none."""
        self.flush()
        if self._writes and self._met.waiting:
            with self._transaction():
                self._met.settle()

    def _damaged(self, error: Exception) -> BundleError:
        return BundleError(f"cannot read the bundle {self.folder}: it is damaged ({error})")

    def _inside(self) -> bool:
        return self._db.in_transaction

    def _buffers(self) -> tuple[_Buffer, ...]:
        return self._amendments, self._journal, self._blobs, self._links, self._met, self._places

    def _clear(self) -> None:
        self._pending.clear()
        for buffer in self._buffers():
            buffer.clear()

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        """One transaction, or a part of the one that is open. A durable one is on the disk when it ends."""
        if self._inside():
            yield
            return
        try:
            if durable:
                self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                if durable:
                    self._blobs.sync()
                self._db.execute("COMMIT")
            except BaseException:
                # The disk may have refused: then SQLite has taken it back already.
                if self._inside():
                    self._db.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    self._db.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise BundleError(f"cannot write the bundle {self.folder}: {error}") from error
