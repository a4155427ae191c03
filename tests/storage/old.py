"""Bundles as 0.1 wrote them: a file for each piece of proof, and tables kept by key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import zstandard

from portal.records import RECORD_TYPES, record_key
from storage.bundle import Bundle
from storage.bundle_file import FORMAT

_TABLES = """
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size INTEGER NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE record (type TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (type, key)) WITHOUT ROWID;
"""


def old_layout(folder: Path) -> None:
    """Makes a bundle what an earlier version would have written."""
    with Bundle.open(folder, write=False) as bundle:
        everything = (record for kind in RECORD_TYPES.values() for record in bundle.all(kind))
        whole = [(*record_key(record), msgspec.json.encode(record)) for record in everything]
        proof = {blob[0]: bundle.blob(blob[0]) for blob in bundle.blobs()}
    for path in folder.glob("blobs/*.zst"):
        path.unlink()
    for digest, data in proof.items():
        place = folder / "blobs" / digest[:2]
        place.mkdir(exist_ok=True)
        (place / f"{digest}.zst").write_bytes(zstandard.compress(data, 3))
    db = sqlite3.connect(folder / "bundle.sqlite")
    for name, kept in (("blob", "sha256, media_type, size, url, at"), ("record", "*")):
        db.execute(f"ALTER TABLE {name} RENAME TO new_{name}")
        db.executescript(next(part for part in _TABLES.split(";\n") if f"TABLE {name} " in part) + ";")
        db.execute(f"INSERT INTO {name} SELECT {kept} FROM new_{name}")
        db.execute(f"DROP TABLE new_{name}")
    db.executemany("UPDATE record SET json = ?3 WHERE (type, key) = (?1, ?2)", whole)
    tables = ("linkframe", "pagelink", "place", "tally", "counted", "amendment")
    db.executescript("".join(f"DROP TABLE {name};" for name in tables))
    formats = (f'"format":{FORMAT}', '"format":1')
    db.execute("UPDATE header SET value = replace(value, ?, ?) WHERE key = 'header'", formats)
    db.commit()
    db.close()
