"""A package of proof for one finding or one audit: a ZIP that can be checked without this program.

It holds the originals byte for byte, readable copies with personal data masked, the answers as a web archive, a
manifest, the sums of all files and a page that says in Chinese how to check them. It is written beside its place and
appears whole or not at all. Names in it are made of hashes and counts, never of what a portal said.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from mingcha import __version__
from mingcha.evidence.manifest import Subject, entry_of, manifest, package_words, readme, subject_of
from mingcha.evidence.warc import Archive
from portal.encoding import decode
from portal.personal import mask_personal
from portal.zone import CHINA
from reports.feeds import findings_jsonl
from reports.words import iso
from storage.database import StorageError
from storage.evidence import EvidenceStore
from storage.proof import Meant, Piece

_PICTURES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")


@dataclass(frozen=True, slots=True)
class Package:
    """What was written: where, its bytes, pieces of proof in it, and those that are not, each with why."""

    path: Path
    size: int
    count: int
    lost: tuple[str, ...]  # damaged or missing
    expired: tuple[str, ...]  # removed by rule


def write_package(
    engine: Engine,
    store: EvidenceStore,
    meant: Meant,
    out: Path,
    made: dt.datetime,
    seen: Callable[[int, int], None] = lambda done, total: None,
) -> Package:
    """Writes the package of a finding or an audit to `out` and returns what it holds. `made` is aware.

    `seen` hears how many of how many pieces are in it. Raises StorageError with one sentence when the disk refuses;
    `out` is then as it was.
    """
    subject = subject_of(engine, meant)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                written = _write(file, store, subject, made, out.parent, seen)
                file.flush()
                os.fsync(file.fileno())
            part.replace(out)
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        return replace(written, path=out, size=out.stat().st_size)
    except OSError as error:
        raise StorageError(f"cannot write {out}: {error.strerror or error}; nothing was left there") from error


def _write(
    file: IO[bytes],
    store: EvidenceStore,
    subject: Subject,
    made: dt.datetime,
    room: Path,
    seen: Callable[[int, int], None],
) -> Package:
    lost: list[str] = []
    expired: list[str] = []
    entries: list[dict[str, Any]] = []
    words = package_words()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target, tempfile.TemporaryFile(dir=room) as warc:
        box = _Box(target, safe_name(f"evidence-{subject.name}"), made)
        info = {
            "software": f"mingcha {__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": subject.name,
            "description": f"{subject.view.portal.name} {subject.view.portal.home}",
        }
        archive = Archive(warc, made, info)
        for number, piece in enumerate(subject.pieces, 1):
            seen(number - 1, len(subject.pieces))
            entry = entry_of(subject, piece)
            try:
                data = store.get(piece.sha256)
            except StorageError:
                if piece.expired:
                    day = f"{piece.expired.astimezone(CHINA):%Y-%m-%d}"
                    entry |= {"status": "expired", "expired": iso(piece.expired), "rule": piece.rule}
                    expired.append(words["expired"].format(sha256=piece.sha256, at=day, rule=piece.rule))
                else:
                    why = "已损坏" if store.exists(piece.sha256) else "不存在"
                    entry |= {"status": "damaged" if store.exists(piece.sha256) else "missing"}
                    lost.append(words["lost"].format(sha256=piece.sha256, why=why))
            else:
                entry |= {"status": "included"} | _put(box, archive, number, piece, data)
            entries.append(entry)
        warc.seek(0)
        box.copy("answers.warc.gz", warc)
        box.add("findings.jsonl", findings_jsonl(subject.view))
        box.add("README.txt", readme(subject, made, [*expired, *lost]).encode())
        box.add("manifest.json", manifest(subject, made, entries, box.files))
        box.add("SHA256SUMS", "".join(f"{one['sha256']}  {one['path']}\n" for one in box.files).encode())
    return Package(Path(), 0, sum(entry["status"] == "included" for entry in entries), tuple(lost), tuple(expired))


def _put(box: _Box, archive: Archive, number: int, piece: Piece, data: bytes) -> dict[str, Any]:
    """Writes one piece and returns where it stands in the package."""
    kind = piece.media_type.partition(";")[0].strip().lower()
    if kind in _PICTURES:
        return {"file": box.add(f"screenshots/{number:04d}-{piece.sha256[:20]}{_PICTURES[kind]}", data)}
    text = mask_personal(decode(data, piece.media_type)[0])
    return {
        "file": box.add(f"originals/{piece.sha256}", data),
        "reading": box.add(f"reading/{number:04d}-{piece.sha256[:20]}.txt", text.encode()),
        "warc_record": archive.add(piece, data),
    }


class _Box:
    """The files of a ZIP in one folder, each with its sum."""

    def __init__(self, target: zipfile.ZipFile, folder: str, made: dt.datetime) -> None:
        self._zip = target
        self._folder = folder
        self._time = made.astimezone(CHINA).timetuple()[:6]
        self.files: list[dict[str, Any]] = []

    def add(self, name: str, data: bytes) -> str:
        """Adds a file; returns its name below the folder."""
        with self._open(name) as file:
            file.write(data)
        self.files.append({"path": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
        return name

    def copy(self, name: str, source: IO[bytes]) -> None:
        """Adds a file of any size."""
        sums, size = hashlib.sha256(), 0
        with self._open(name) as file:
            while block := source.read(1 << 20):
                file.write(block)
                sums.update(block)
                size += len(block)
        self.files.append({"path": name, "sha256": sums.hexdigest(), "size": size})

    def _open(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(f"{self._folder}/{name}", self._time)
        packed = name.endswith((*_PICTURES.values(), ".gz"))
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return self._zip.open(info, "w", force_zip64=True)


def safe_name(name: str) -> str:
    """Returns a name fit for a file, and for a folder in a ZIP."""
    return _UNSAFE.sub("-", name).strip(".-")[:120] or "evidence"
