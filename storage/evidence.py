"""The evidence store: proof by content hash in a folder, behind four functions: put, get, exists, verify.

Bytes lie zstd-compressed under `ab/<sha256>.zst`, named by the hash of what they decompress to, so that the same proof
is kept once however many audits saw it, and a changed file is noticed. Files are synced before they get their names,
and the names before the caller goes on: proof is on the disk before the database speaks of it, and a power cut leaves
no half of it. One that is damaged all the same is written anew when it is kept again. `export` writes readable copies
for people: pictures as they are, everything else as text that no browser runs.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import zstandard

from checks.base import CheckResult
from storage.database import StorageError
from storage.folders import sync

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_LENGTHS = (64, 71)  # of what that pattern fits
_SYNCS = 8  # at a time: the system makes one of several
_BATCH = 4_000_000  # bytes of proof synced together
LEFTOVERS = (".part", ".swept")  # what a kill leaves of a file that was being written, or being removed
_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class Source(Protocol):
    """Where evidence can be read from: a bundle."""

    def blob(self, digest: str) -> bytes:
        """Returns the bytes of that hash."""
        ...


class EvidenceStore:
    """A folder of proof by content hash. Safe for several writers: files appear whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their sha256. Raises StorageError when the disk refuses."""
        digest = hashlib.sha256(data).hexdigest()
        if not self._kept_again(digest):
            self._write({digest: data})
        return digest

    def get(self, digest: str) -> bytes:
        """Returns the bytes. Raises StorageError when they are missing or not what was kept."""
        try:
            data = zstandard.decompress(self.path(digest).read_bytes())
        except FileNotFoundError as error:
            raise StorageError(f"evidence {digest} is not in {self.folder}") from error
        except (OSError, zstandard.ZstdError) as error:
            raise StorageError(f"evidence {digest} in {self.folder} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise StorageError(f"evidence {digest} in {self.folder} was changed after it was kept")
        return data

    def exists(self, digest: str) -> bool:
        """Returns whether there are bytes under that hash; `verify` looks into them."""
        return self.path(digest).exists()

    def verify(self, digest: str) -> bool:
        """Returns whether the bytes are there and are what was kept."""
        try:
            self.get(digest)
        except StorageError:
            return False
        return True

    def path(self, digest: str) -> Path:
        """Returns where the bytes lie, whether they exist or not. Raises StorageError for anything but a sha256."""
        if not _DIGEST.fullmatch(digest) or digest.startswith("sha256:"):
            raise StorageError(f"not the hash of evidence: {digest!r}")
        return self.folder / digest[:2] / f"{digest}.zst"

    def copy(self, source: Source, digests: Iterable[str]) -> tuple[str, ...]:
        """Copies evidence from a bundle; returns the hashes that were not to be had there, in order."""
        missing: list[str] = []
        ready: dict[str, bytes] = {}
        size = 0
        for digest in digests:
            if self._kept_again(digest):
                continue
            try:
                ready[digest] = source.blob(digest)
            except StorageError:
                raise
            except Exception:
                # Whatever the source's own error type: a missing proof is reported, and never stops the commit.
                missing.append(digest)
                continue
            size += len(ready[digest])
            if size >= _BATCH:
                self._write(ready)
                ready, size = {}, 0
        self._write(ready)
        return tuple(missing)

    def remove(self, digest: str, untouched_since: dt.datetime) -> int:
        """Removes the bytes under a hash unless they were kept, or kept again, after that (aware) time.

        Returns the bytes of disk that became free; 0 where there were none or somebody wants them. Raises StorageError
        when the disk refuses.
        """
        path = self.path(digest)
        aside = path.with_name(f"{path.name}.{os.getpid()}.swept")
        try:
            # Out of sight first: whoever keeps the same proof meanwhile either touched it before, which is seen here,
            # or finds it gone and writes it anew.
            path.rename(aside)
            held = aside.stat()
            if held.st_mtime >= untouched_since.timestamp():
                aside.replace(path)
                return 0
            aside.unlink()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise StorageError(f"cannot remove evidence from {self.folder}: {error.strerror or error}") from error
        return held.st_size

    def _kept_again(self, digest: str) -> bool:
        """Returns whether the bytes are there and sound, and notes on the file that they are wanted now."""
        if not self.verify(digest):
            return False
        try:
            os.utime(self.path(digest))
        except FileNotFoundError:
            return False  # swept just now
        except OSError as error:
            raise StorageError(f"cannot keep evidence in {self.folder}: {error.strerror or error}") from error
        return True

    def _write(self, blobs: Mapping[str, bytes]) -> None:
        """Writes files and their names through to the disk, each whole or not at all. Raises StorageError."""
        parts: dict[Path, Path] = {}
        if not blobs:
            return
        packer = zstandard.ZstdCompressor(level=3)  # level 6 packs 4 % better for three times the CPU
        mine = f"{os.getpid()}.{threading.get_ident()}.part"
        try:
            paths = {digest: self.path(digest) for digest in blobs}
            folders = {path.parent for path in paths.values()}
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
            for digest, path in paths.items():
                part = path.with_name(f"{digest}.{mine}")
                parts[part] = path
                part.write_bytes(packer.compress(blobs[digest]))
            with ThreadPoolExecutor(_SYNCS) as pool:
                _sync_all(pool, list(parts))
                for part, path in parts.items():
                    part.replace(path)
                _sync_all(pool, [self.folder, *folders])
        except OSError as error:
            for part in parts:
                with contextlib.suppress(OSError):
                    part.unlink()
            raise StorageError(f"cannot keep evidence in {self.folder}: {error.strerror or error}") from error


def _sync_all(pool: ThreadPoolExecutor, paths: Sequence[Path]) -> None:
    """Writes files, or the names in folders, through to the disk, several at a time. Raises OSError."""

    def share(start: int) -> None:
        for path in paths[start::_SYNCS]:
            sync(path)

    list(pool.map(share, range(_SYNCS)))


def digest_of(text: str) -> str:
    """Returns the bare sha256 of an evidence reference ("sha256:..." or bare), "" for anything else."""
    if len(text) not in _LENGTHS:  # of a report's texts few are one
        return ""
    match = _DIGEST.fullmatch(text)
    return match[1] if match else ""


def referenced(results: Sequence[CheckResult]) -> tuple[str, ...]:
    """Returns the hashes that results refer to, findings first, each once: what is worth keeping as proof."""
    findings = [finding for result in results for finding in result.findings]
    members = [member for result in results for draw in result.draws for member in draw.members]
    return referenced_in(
        (
            [finding.evidence for finding in findings],
            [finding.facts for finding in findings],
            [member.facts for member in members],
            [result.rows for result in results],
        )
    )


def referenced_in(value: object) -> tuple[str, ...]:
    """Returns the hashes found anywhere in a JSON-like value, in the order they stand, each once."""
    seen: dict[str, None] = {}
    _collect(value, seen)
    return tuple(seen)


def export(
    get: Callable[[str], bytes],
    wanted: Mapping[str, str],
    folder: Path,
    *,
    mask: Callable[[str], str] | None = None,
    decode: Callable[[bytes, str], str] | None = None,
) -> dict[str, str]:
    """Writes readable copies of evidence into `folder` and returns hash -> file name for those that could be written.

    `wanted` maps hashes to media types. Text is written as UTF-8 with `mask` applied (personal data); its bytes then
    differ from the hash in its name, which stays the hash of the original. Raises StorageError when the disk refuses.
    """
    written: dict[str, str] = {}
    for digest, media_type in wanted.items():
        try:
            data = get(digest)
        except Exception:
            # Proof that cannot be read is left out; the ledger shows its hash all the same.
            continue
        kind = media_type.partition(";")[0].strip().lower()
        suffix = _PICTURES.get(kind, ".txt")
        if suffix == ".txt":
            text = decode(data, media_type) if decode else data.decode("utf-8", "replace")
            data = (mask(text) if mask else text).encode()
        name = f"{digest[:20]}{suffix}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{name}.part"
            part.write_bytes(data)
            part.replace(folder / name)
        except OSError as error:
            raise StorageError(f"cannot write evidence into {folder}: {error.strerror or error}") from error
        written[digest] = name
    return written


def _collect(value: object, into: dict[str, None]) -> None:
    if isinstance(value, str):
        if digest := digest_of(value):
            into[digest] = None
    elif isinstance(value, Mapping):
        for part in value.values():
            _collect(part, into)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _collect(part, into)
