"""Removes what the rules of retention let go (`storage.retention`): first it is written down, then the bytes go.

A kill on the way leaves rows that say expired and bytes that are still there: nothing that is not written down, and the
next sweep removes them. What an audit keeps again meanwhile stays.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy import Engine, func, select, update

from portal.zone import CHINA
from storage.bundle import Bundle, BundleError
from storage.bundle_file import SWEPT, SweptNote
from storage.database import StorageError, writing
from storage.evidence import EvidenceStore
from storage.models import AuditRow, EvidenceRow
from storage.parts import parts
from storage.proof import Meant, pieces
from storage.retention import GRACE, OldBundle, Plan

_BATCH = 200
_FILES = ("bundle.sqlite", "bundle.sqlite-wal", "bundle.sqlite-shm", "bundle.sqlite.part", "known.sqlite")
_LOCK = "lock"  # of whoever works on a bundle


@dataclass(slots=True)
class Swept:
    """What was removed (bytes are those of the disk), and in Chinese what could not be."""

    evidence: int = 0
    bundles: int = 0
    strays: int = 0
    parts: int = 0
    size: int = 0
    problems: list[str] = field(default_factory=list)


def sweep(
    engine: Engine,
    store: EvidenceStore,
    planned: Plan,
    now: dt.datetime,
    seen: Callable[[int, int], None] = lambda done, total: None,
) -> Swept:
    """Removes what was planned at that (aware) time and returns what became of it; `seen` hears of the progress.

    Raises StorageError when the database refuses; what was removed until then is written down.
    """
    done = Swept()
    going = frozenset(planned.evidence)
    total = len(planned.bundles) + len(planned.evidence) + len(planned.strays)
    for count, bundle in enumerate(planned.bundles):
        seen(count, total)
        try:
            done.size += _sweep_bundle(engine, store, bundle, going, now)
            done.bundles += 1
        except (OSError, BundleError, StorageError) as error:
            done.problems.append(f"采集包 {bundle.folder} 未清除：{error}")
    count = len(planned.bundles)
    for part in parts(planned.evidence, _BATCH):
        seen(count, total)
        count += len(part)
        for digest in _expire(engine, part, planned.evidence_rule, now):
            done.evidence += _remove(store, digest, now - GRACE, done)
    for digest in planned.strays:
        seen(count, total)
        count += 1
        done.strays += _remove(store, digest, now - GRACE, done)
    for path in planned.parts:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            done.parts += 1
    return done


def _expire(engine: Engine, digests: Sequence[str], rule: str, now: dt.datetime) -> list[str]:
    """Writes down that proof is removed; returns the hashes of which that is so, without those kept anew meanwhile."""
    with writing(engine) as session:
        query = (
            select(EvidenceRow.sha256, func.max(AuditRow.started))
            .join(AuditRow, AuditRow.id == EvidenceRow.audit)
            .where(EvidenceRow.sha256.in_(digests))
        )
        last = dict(session.execute(query.group_by(EvidenceRow.sha256)).all())
        gone = [digest for digest in digests if digest in last and last[digest] < now - GRACE]
        rows = update(EvidenceRow).where(EvidenceRow.sha256.in_(gone), EvidenceRow.expired.is_(None))
        session.execute(rows.values(expired=now, expiry_rule=rule))
    return gone


def _remove(store: EvidenceStore, digest: str, untouched_since: dt.datetime, done: Swept) -> int:
    """Removes one file and returns how many became fewer."""
    try:
        freed = store.remove(digest, untouched_since)
    except StorageError as error:
        done.problems.append(f"证据 {digest} 未清除：{error}")
        return 0
    done.size += freed
    return int(freed > 0)


def _sweep_bundle(engine: Engine, store: EvidenceStore, old: OldBundle, going: frozenset[str], now: dt.datetime) -> int:
    """Removes the records and blobs of one bundle, not its logs; returns the bytes.

    Proof that is to stay and that the store has lost is put back from it first. Raises BundleError where another audit
    lies there, or somebody works on it.
    """
    with _alone(old.folder):
        with Bundle.open(old.folder, write=False) as bundle:
            if bundle.header.audit != old.audit:
                raise BundleError(f"it holds another audit, {bundle.header.audit}")
            index = pieces(engine, Meant("audit", old.audit, old.audit))
            stays = (piece.sha256 for piece in index if piece.expired is None and piece.sha256 not in going)
            store.copy(bundle, [digest for digest in stays if not store.verify(digest)])
        with writing(engine) as session:
            rows = update(AuditRow).where(AuditRow.id == old.audit)
            session.execute(rows.values(swept=now, swept_rule=old.rule))
        (old.folder / SWEPT).write_bytes(msgspec.json.encode(SweptNote(old.audit, now.astimezone(CHINA), old.rule)))
        freed = 0
        # The file of records last: as long as it is there, the next sweep knows that there is something left.
        for path in [*_blobs(old.folder), *(old.folder / name for name in reversed(_FILES))]:
            with contextlib.suppress(FileNotFoundError):
                size = path.stat().st_size
                path.unlink()
                freed += size
        for folder in sorted((old.folder / "blobs").glob("*")):
            with contextlib.suppress(OSError):  # something of somebody else lies in it
                folder.rmdir()
        with contextlib.suppress(OSError):
            (old.folder / "blobs").rmdir()
    return freed


def _blobs(folder: Path) -> Iterator[Path]:
    for pattern in ("*.zst", "??/*.zst", "??/*.part"):
        yield from sorted((folder / "blobs").glob(pattern))


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the lock of a bundle. Raises BundleError where somebody else does."""
    with (folder / _LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundleError("it is in use") from error
        except OSError:
            pass  # a file system without locks
        yield
