"""Files people hand in for an excuse or an objection: kept by hash in the evidence store, with their own index."""

from __future__ import annotations

import datetime as dt
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from storage.database import StorageError, reading, writing
from storage.evidence import EvidenceStore
from storage.models import LedgerProofRow

LIMIT = 50_000_000  # bytes a file: a scanned letter has a few, a video is better handed in as a link


@dataclass(frozen=True, slots=True)
class Proof:
    """One file handed in. `name` is what it was called, `at` when it was handed in first."""

    sha256: str
    name: str
    media_type: str
    size: int
    at: dt.datetime
    who: str


def keep_files(
    engine: Engine, store: EvidenceStore, paths: Iterable[Path], *, who: str, at: dt.datetime
) -> tuple[str, ...]:
    """Keeps files and returns their sha256, in order; the bytes are on the disk before the index names them.

    Raises StorageError that names the file which cannot be read, is empty or too large; then nothing new is indexed.
    """
    found: dict[str, tuple[Path, int]] = {}
    for path in paths:
        try:
            size = path.stat().st_size
            if not 0 < size <= LIMIT:
                raise StorageError(f"{path}: {size} bytes cannot be kept as evidence: 1 to {LIMIT} can; give a link")
            data = path.read_bytes()
        except OSError as error:
            raise StorageError(f"{path}: cannot be read: {error.strerror or error}") from error
        found[store.put(data)] = (path, len(data))
    if not found:
        return ()
    with writing(engine) as session:
        for digest, (path, size) in found.items():
            if session.get(LedgerProofRow, digest) is None:
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                row = LedgerProofRow(sha256=digest, name=path.name, media_type=kind, size=size, at=at, who=who)
                session.add(row)
    return tuple(found)


def proofs(engine: Engine) -> dict[str, Proof]:
    """Returns every file that was handed in, by hash."""
    with reading(engine) as session:
        return {
            row.sha256: Proof(row.sha256, row.name, row.media_type, row.size, row.at, row.who)
            for row in session.scalars(select(LedgerProofRow).order_by(LedgerProofRow.at))
        }
