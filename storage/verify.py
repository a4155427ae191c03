"""Whether what is kept is sound: the database's file and its states, the evidence store, the bundles audits name.

Nothing here changes anything. Every function looks at one kind of thing and returns how many there were and, in
Chinese, what is wrong with which of them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from portal.records import RECORD_TYPES
from storage.bundle import Bundle, BundleError
from storage.database import StorageError, guarded, reading, revisions
from storage.evidence import LEFTOVERS, EvidenceStore
from storage.ledger.proof import proofs
from storage.lifecycle import Life, Sighting, State, day_of, fold, sight_of
from storage.models import AuditRow, FindingRow, MarkRow, ObservationRow, PortalRow, RenumberedRow, TransitionRow
from storage.numbers import number
from storage.parts import parts
from storage.proof import Meant, every_piece, pieces

_NAME = re.compile(r"([0-9a-f]{64})\.zst")


@dataclass(slots=True)
class Verified:
    """What was looked at: how many things, what is wrong with them, and counts that are worth knowing."""

    count: int = 0
    problems: list[str] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)  # what is worth naming without being wrong

    def note(self, name: str, more: int = 1) -> None:
        """Adds to one of the counts."""
        self.notes[name] = self.notes.get(name, 0) + more


def newest_version() -> str | None:
    """Returns the schema revision this program writes."""
    return revisions()[-1]


def verify_file(engine: Engine) -> Verified:
    """Returns what SQLite itself finds wrong with the file and its foreign keys; count 0 for another database."""
    found = Verified()
    if engine.url.get_backend_name() != "sqlite":
        return found
    try:
        with guarded(engine), engine.connect() as connection:
            for (line,) in connection.execute(text("PRAGMA integrity_check")):
                if line != "ok":
                    found.problems.append(f"数据库文件损坏：{line}")
            for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
                found.problems.append(f"表 {table} 第 {row} 行指向 {parent} 中不存在的行")
            tables = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'table'"))
            found.count = int(tables.scalar_one())
    except StorageError as error:
        found.problems.append(str(error))
    return found


def verify_findings(engine: Engine) -> Verified:
    """Returns the findings whose state is not the fold of their observations, or not where their transitions lead."""
    found = Verified()
    with reading(engine) as session:
        joined = frozenset(session.scalars(select(RenumberedRow.finding)))
        for portal in session.scalars(select(PortalRow.id).order_by(PortalRow.id)):
            heads = {head.id: head for head in session.scalars(select(AuditRow).where(AuditRow.portal == portal))}
            order = {name: place for place, name in enumerate(sorted(heads, key=lambda n: (heads[n].started, n)))}
            rows = list(
                session.scalars(select(FindingRow).where(FindingRow.portal == portal).order_by(FindingRow.number))
            )
            for part in parts(rows):
                names = [row.fingerprint for row in part]
                seen, steps = _sightings(session, names, heads, order), _steps(session, names)
                for row in part:
                    found.count += 1
                    found.note("transitions", len(steps.get(row.fingerprint, [])))
                    life, _ = fold(seen.get(row.fingerprint, []))
                    name, many = number(row.portal, row.number), row.fingerprint in joined
                    changes = steps.get(row.fingerprint, [])
                    found.problems += [f"{name}：{wrong}" for wrong in _wrong(row, life, changes, joined=many)]
    return found


def _wrong(row: FindingRow, life: Life, steps: Sequence[tuple[str, str]], *, joined: bool) -> Iterator[str]:
    """Yields what does not fit. `joined`: its portal had another id, and what both ids had found began twice."""
    # A finding whose every observation was withdrawn when its audit was judged again is closed, never removed.
    expected = life.state or State.CLEARED
    if row.state != expected:
        yield f"状态为 {row.state}，按观察记录应为 {expected}"
    if (row.confirmations, row.regressions) != (life.confirmations, life.regressions):
        yield (
            f"确认 {row.confirmations} 次、反弹 {row.regressions} 次，"
            f"按观察记录应为 {life.confirmations} 次、{life.regressions} 次"
        )
    if life.last_seen is not None and (row.first_seen, row.last_seen) != (life.first_seen, life.last_seen):
        yield "首次、最近发现时间与观察记录不符"
    at = ""
    for before, after in steps:
        if before != at and (before or not joined):
            yield f"变更记录中断：{before or '（新）'} -> {after} 之前的状态为 {at or '（新）'}"
        at = after
    if at != row.state:
        yield f"变更记录止于 {at or '（无）'}，状态为 {row.state}"


def _sightings(
    session: Session, names: Sequence[str], heads: dict[str, AuditRow], order: dict[str, int]
) -> dict[str, list[Sighting]]:
    found: dict[str, list[Sighting]] = {}
    columns = (ObservationRow.finding, ObservationRow.audit, ObservationRow.outcome, ObservationRow.confirmations)
    for finding, audit, outcome, times in session.execute(select(*columns).where(ObservationRow.finding.in_(names))):
        if (head := heads.get(audit)) is not None:
            one = Sighting(audit, day_of(head.started), head.ended, sight_of(outcome), bool(head.degraded), times)
            found.setdefault(finding, []).append(one)
    for each in found.values():
        each.sort(key=lambda one: order[one.audit])
    return found


def _steps(session: Session, names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    columns = (TransitionRow.finding, TransitionRow.before, TransitionRow.after)
    query = select(*columns).where(TransitionRow.finding.in_(names)).order_by(TransitionRow.id)
    for finding, before, after in session.execute(query):
        found.setdefault(finding, []).append((before, after))
    return found


def verify_evidence(
    engine: Engine, store: EvidenceStore, meant: Meant | None = None, seen: Callable[[int, int], None] | None = None
) -> Verified:
    """Returns the pieces of proof that are missing, changed or of another size than noted: all, or of what is meant.

    Counted beside: "bytes" held, "expired" by a rule of retention. Of the whole store also files that no audit refers
    to ("strays", "stray_bytes"; their paths in `named`), what a kill left half-written ("parts"), and files that are no
    proof at all ("foreign"). `seen` hears how many of how many pieces were looked at.
    """
    found = Verified()
    index = every_piece(engine) if meant is None else pieces(engine, meant)
    for place, piece in enumerate(index):
        if seen is not None:
            seen(place, len(index))
        if piece.expired is not None:
            found.note("expired")
            continue
        found.count += 1
        whose = f"（核查 {piece.audits[0]}，{piece.url}）"
        try:
            held = len(store.get(piece.sha256))
        except StorageError:
            wrong = "已损坏" if store.exists(piece.sha256) else "不存在"
            found.problems.append(f"证据 {piece.sha256} {wrong}{whose}")
            continue
        found.note("bytes", held)
        if held != piece.size:
            found.problems.append(f"证据 {piece.sha256} 为 {held} 字节，应为 {piece.size} 字节{whose}")
    if meant is None:
        _verify_attached(engine, store, found)
        _verify_files(store, {piece.sha256 for piece in index if piece.expired is None} | set(proofs(engine)), found)
    return found


def _verify_attached(engine: Engine, store: EvidenceStore, found: Verified) -> None:
    """Adds what is wrong with the files people handed in."""
    for digest, proof in proofs(engine).items():
        found.count += 1
        try:
            found.note("bytes", len(store.get(digest)))
        except StorageError:
            wrong = "已损坏" if store.exists(digest) else "不存在"
            found.problems.append(f"证据 {digest} {wrong}（{proof.who} 提交的 {proof.name}）")


def _verify_files(store: EvidenceStore, known: set[str], found: Verified) -> None:
    for path in _files(store.folder):
        name = _NAME.fullmatch(path.name)
        if path.suffix in LEFTOVERS:
            found.note("parts")
        elif name is None or path.parent.name != name[1][:2]:
            found.note("foreign")
            found.named.append(f"不是证据的文件 {path}")
        elif name[1] not in known:
            found.note("strays")
            found.note("stray_bytes", path.stat().st_size)
            found.named.append(f"未登记 {name[1]}")


def verify_marks(engine: Engine) -> Verified:
    """Returns the marks of portals nobody knows."""
    found = Verified()
    with reading(engine) as session:
        known = set(session.scalars(select(PortalRow.id)))
        for mark, portal in session.execute(select(MarkRow.id, MarkRow.portal).order_by(MarkRow.id)):
            found.count += 1
            if portal not in known:
                found.problems.append(f"评分记录 {mark} 属于未知的网站 {portal}")
    return found


def verify_bundles(engine: Engine, store: EvidenceStore) -> Verified:
    """Returns what is wrong with the bundles audits name, where they still exist: rows that cannot be read, proof that
    is missing or changed. Counts "gone" bundles, "records", "blobs"; a re-check's proof may lie where it came from."""
    found = Verified()
    with reading(engine) as session:
        named = list(session.execute(select(AuditRow.id, AuditRow.bundle).order_by(AuditRow.started, AuditRow.id)))
    folders = {audit: Path(folder) for audit, folder in named if folder}
    for audit, folder in folders.items():
        if not (folder / "bundle.sqlite").is_file():
            found.note("gone")
            continue
        try:
            with Bundle.open(folder, write=False) as bundle:
                if bundle.header.audit != audit:
                    found.note("gone")  # another audit lies there now
                    continue
                found.count += 1
                origin = folders.get(bundle.header.options.get("recheck_of", ""))
                for wrong in _wrong_in(bundle, found, store, origin):
                    found.problems.append(f"{folder}：{wrong}")
        except (BundleError, sqlite3.Error) as error:
            found.count += 1
            found.problems.append(f"{folder}：无法读取（{error}）")
    return found


def _wrong_in(bundle: Bundle, found: Verified, store: EvidenceStore, origin: Path | None) -> Iterator[str]:
    yield from (f"文件损坏：{line}" for line in bundle.integrity())
    for name, kind in RECORD_TYPES.items():
        try:
            found.note("records", sum(1 for _ in bundle.all(kind)))
        except BundleError as error:
            yield f"{name} 记录无法解读（{error.__cause__}）"
            return
    try:
        found.note("visits", sum(1 for _ in bundle.frontier()))
    except msgspec.MsgspecError as error:
        yield f"待访记录无法解读（{error}）"
    found.note("blobs", len(bundle.referenced()))
    damaged = bundle.damaged()
    missing = frozenset(digest for digest in damaged if not bundle.has(digest))
    for digest in sorted(damaged - _elsewhere(bundle, missing, store, origin)):
        yield f"证据 {digest} " + ("不存在" if digest in missing else "已损坏")


def _elsewhere(bundle: Bundle, missing: frozenset[str], store: EvidenceStore, origin: Path | None) -> frozenset[str]:
    """Returns the proof that rightly lies elsewhere: what a re-check took over from the audit it began with."""
    if not missing or "recheck_of" not in bundle.header.options:
        return frozenset()
    missing -= {blob[0] for blob in bundle.blobs()}
    if origin is None or not (origin / "bundle.sqlite").is_file():
        return missing  # nobody can say any more
    stored = frozenset(filter(store.exists, missing))
    try:
        with Bundle.open(origin, write=False) as old:
            return stored | frozenset(filter(old.has, missing))
    except (BundleError, sqlite3.Error):
        return stored  # what is wrong with that one is said of it


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*/*") if path.is_file()) if folder.is_dir() else iter(())
