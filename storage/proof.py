"""The index of proof: what a finding, an audit, a portal or a hash means in it, and what is kept of it. Only reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from storage.database import StorageError, reading
from storage.evidence import digest_of, referenced_in
from storage.models import AuditRow, EvidenceRow, FindingRow, ObservationRow, PortalRow, RecheckRow
from storage.numbers import number
from storage.parts import parts
from storage.queries import find

_COLUMNS = (
    EvidenceRow.sha256,
    EvidenceRow.audit,
    EvidenceRow.kind,
    EvidenceRow.media_type,
    EvidenceRow.size,
    EvidenceRow.url,
    EvidenceRow.at,
    EvidenceRow.expired,
    EvidenceRow.expiry_rule,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of proof: what it is and which audits kept it. `expired` is None while its bytes are to be there."""

    sha256: str
    kind: str  # screenshot, answer
    media_type: str
    size: int  # bytes
    url: str
    at: dt.datetime  # when it was gathered
    audits: tuple[str, ...]
    expired: dt.datetime | None = None
    rule: str = ""  # by which its bytes were removed


@dataclass(frozen=True, slots=True)
class Meant:
    """What a word of the caller means: a finding (its fingerprint), an audit, a portal or a hash."""

    kind: str  # finding, audit, portal, hash
    id: str
    name: str  # as people call it


def meant_by(engine: Engine, word: str) -> Meant:
    """Returns what a word means: the id of a portal or audit, the hash of proof, else a finding as `find` knows it.

    Raises StorageError when it means nothing.
    """
    text = word.strip()
    digest = digest_of(text)
    with reading(engine) as session:
        if session.get(PortalRow, text) is not None:
            return Meant("portal", text, text)
        if session.get(AuditRow, text) is not None:
            return Meant("audit", text, text)
        if digest and session.scalar(select(EvidenceRow.sha256).where(EvidenceRow.sha256 == digest).limit(1)):
            return Meant("hash", digest, digest)
    try:
        finding = find(engine, text)
    except StorageError as error:
        if "several" in str(error) or "withdrawn" in str(error):
            raise
        raise StorageError(f"{word!r} is no finding, audit, portal or hash of evidence in the database") from error
    return Meant("finding", finding.fingerprint, finding.number)


def pieces(engine: Engine, meant: Meant) -> tuple[Piece, ...]:
    """Returns the proof of what is meant, in the order of time, each with all the audits in question."""
    query = select(*_COLUMNS)
    with reading(engine) as session:
        if meant.kind == "finding":
            wanted = sorted(digests_of(session, [meant.id]))
            return _merged(
                row for part in parts(wanted) for row in session.execute(query.where(EvidenceRow.sha256.in_(part)))
            )
        if meant.kind == "audit":
            query = query.where(EvidenceRow.audit == meant.id)
        elif meant.kind == "portal":
            query = query.join(AuditRow, AuditRow.id == EvidenceRow.audit).where(AuditRow.portal == meant.id)
        else:
            query = query.where(EvidenceRow.sha256 == meant.id)
        return _merged(session.execute(query))


def every_piece(engine: Engine) -> tuple[Piece, ...]:
    """Returns the whole index by hash, each piece with one of its audits only: there may be millions of rows."""
    query = (
        select(
            EvidenceRow.sha256,
            func.min(EvidenceRow.audit),
            func.min(EvidenceRow.kind),
            func.min(EvidenceRow.media_type),
            func.min(EvidenceRow.size),
            func.min(EvidenceRow.url),
            func.min(EvidenceRow.at),
            func.max(EvidenceRow.expired),
            func.max(EvidenceRow.expiry_rule),
            func.count(),
            func.count(EvidenceRow.expired),
        )
        .group_by(EvidenceRow.sha256)
        .order_by(EvidenceRow.sha256)
    )
    with reading(engine) as session:
        found = []
        for digest, audit, kind, media, size, url, at, gone, rule, rows, expired in session.execute(query):
            piece = Piece(digest, kind, media, size, url, at, (audit,))
            found.append(replace(piece, expired=gone, rule=rule or "") if rows == expired else piece)
        return tuple(found)


def digests_of(session: Session, findings: Sequence[str]) -> set[str]:
    """Returns the hashes that any observation of these findings refers to, whether they are in the index or not."""
    found: set[str] = set()
    for part in parts(findings):
        query = select(ObservationRow.evidence, ObservationRow.facts).where(ObservationRow.finding.in_(part))
        for evidence, facts in session.execute(query):
            found.update(referenced_in((evidence, facts)))
        pictures = select(RecheckRow.picture_before, RecheckRow.picture_after).where(RecheckRow.finding.in_(part))
        for pair in session.execute(pictures):
            found.update(digest for digest in pair if digest)
    return found


def findings_of(engine: Engine, digest: str) -> tuple[str, ...]:
    """Returns the 问题编号 of the findings whose observations or re-checks refer to a hash, in order."""
    with reading(engine) as session:
        audits = select(EvidenceRow.audit).where(EvidenceRow.sha256 == digest)
        seen: set[tuple[str, int]] = set()
        query = (
            select(ObservationRow.evidence, ObservationRow.facts, FindingRow.portal, FindingRow.number)
            .join(FindingRow, FindingRow.fingerprint == ObservationRow.finding)
            .where(ObservationRow.audit.in_(audits))
        )
        for evidence, facts, portal, count in session.execute(query):
            if digest in referenced_in((evidence, facts)):
                seen.add((portal, count))
        shown = select(FindingRow.portal, FindingRow.number).join(
            RecheckRow, RecheckRow.finding == FindingRow.fingerprint
        )
        either = or_(RecheckRow.picture_before == digest, RecheckRow.picture_after == digest)
        seen.update((portal, count) for portal, count in session.execute(shown.where(either)))
    return tuple(number(portal, count) for portal, count in sorted(seen))


def sightings_of(engine: Engine, fingerprint: str) -> tuple[tuple[str, str], ...]:
    """Returns (audit, outcome) of every audit that said something of a finding, in the order of time."""
    with reading(engine) as session:
        query = (
            select(ObservationRow.audit, ObservationRow.outcome)
            .join(AuditRow, AuditRow.id == ObservationRow.audit)
            .where(ObservationRow.finding == fingerprint)
            .order_by(AuditRow.started, AuditRow.id)
        )
        return tuple((audit, outcome) for audit, outcome in session.execute(query))


def _merged(rows: Iterable[Any]) -> tuple[Piece, ...]:
    """Returns one piece a hash. Its bytes are expired only where every audit's row says so."""
    by_hash: dict[str, list[Any]] = {}
    for row in rows:
        by_hash.setdefault(row.sha256, []).append(row)
    found = []
    for digest, same in by_hash.items():
        same.sort(key=lambda row: (row.at, row.audit))
        first = same[0]
        times = [row.expired for row in same if row.expired is not None]
        gone = max(times) if len(times) == len(same) else None
        rule = next((row.expiry_rule or "" for row in same if gone and row.expired == gone), "")
        audits = tuple(dict.fromkeys(row.audit for row in same))
        found.append(Piece(digest, first.kind, first.media_type, first.size, first.url, first.at, audits, gone, rule))
    return tuple(sorted(found, key=lambda piece: (piece.at, piece.sha256)))
