"""The file of a bundle, `bundle.sqlite`: its tables, its header, and the note that stays once a rule removed it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import msgspec

from portal.model import Network, Portal
from storage import amendments, blobs, journal, met, pagelinks, places

# 1: a file for each piece of proof; 2: links said where they stand once all were gathered; 3: a record of each link met
FORMAT = 4
SWEPT = "swept.json"  # file of a bundle's folder, once its records were removed by rule

_PAGE = 16 * 1024  # bytes: long rows fit into one
_CACHE = 2 * 1024  # KiB: with four times as much, batches take no less CPU
# Rows lie in the order they come: in the order of their keys, each batch would write the whole file anew.
_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS record (type TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (type, key));
"""
    + amendments.SCHEMA
    + journal.SCHEMA
    + blobs.SCHEMA
    + met.SCHEMA
    + pagelinks.SCHEMA
    + places.SCHEMA
)


class SweptNote(msgspec.Struct, frozen=True):
    """What stays in the folder of a bundle that was removed by a rule of retention."""

    audit: str
    at: dt.datetime
    rule: str


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


def connect(path: Path) -> sqlite3.Connection:
    """Returns a connection that writes. Raises sqlite3.Error."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None)  # transactions begin and end where it is written so
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA cache_size = -{_CACHE}")
    return db


def empty(header: Header) -> bytes:
    """Returns the file of a bundle that holds its header and nothing else."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute(f"PRAGMA page_size = {_PAGE}")
        db.executescript(_SCHEMA)
        db.execute("INSERT INTO header VALUES ('header', ?)", (msgspec.json.encode(header).decode(),))
        db.commit()
        return db.serialize()
    finally:
        db.close()


def swept(folder: Path) -> str:
    """Returns what is to be said of a bundle that was removed by rule (`storage.sweeping`), "" of any other."""
    try:
        note = msgspec.json.decode((folder / SWEPT).read_bytes(), type=SweptNote)
    except (OSError, msgspec.MsgspecError):
        return ""
    return (
        f"the records of audit {note.audit} were removed on {note.at.date()} by the rule {note.rule!r}: it cannot be "
        "judged again, or re-checked from; its results and the hashes of its proof are in the database"
    )
