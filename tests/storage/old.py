"""Bundles as 0.1 wrote them: a file for each piece of proof, and tables kept by key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import zstandard

from storage.bundle import Bundle

_TABLES = """
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size INTEGER NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE record (type TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (type, key)) WITHOUT ROWID;
"""


def old_layout(folder: Path) -> None:
    """Makes a bundle what an earlier version would have written."""
    with Bundle.open(folder, write=False) as bundle:
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
    db.executescript("DROP TABLE linkframe; DROP TABLE pagelink; DROP TABLE place; DROP TABLE tally")
    db.execute("""UPDATE header SET value = replace(value, '"format":2', '"format":1') WHERE key = 'header'""")
    db.commit()
    db.close()
