"""What a package of proof says about itself: the manifest for machines, the page for its reader. Only reads."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine

from mingcha import __version__
from portal.zone import CHINA
from reports.masking import masked
from reports.words import iso, rerun
from storage.evidence import referenced_in
from storage.proof import Meant, Piece, pieces, sightings_of
from storage.queries import audit_view, audits, find
from storage.rechecks import Recheck, rechecks
from storage.views import AuditHead, AuditView

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """What a package is about."""

    name: str
    view: AuditView  # masked; only the findings concerned
    pieces: tuple[Piece, ...]
    audits: tuple[AuditHead, ...]  # that said something of it
    about: str
    command: str
    sightings: tuple[tuple[str, str], ...] = ()  # (audit, outcome) of a finding
    rechecks: tuple[Recheck, ...] = ()  # of a finding
    numbers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # hash -> 问题编号 it belongs to


def subject_of(engine: Engine, meant: Meant) -> Subject:
    """Returns what a package of a finding or an audit is about. Raises StorageError."""
    return _finding(engine, meant) if meant.kind == "finding" else _audit(engine, meant)


def entry_of(subject: Subject, piece: Piece) -> dict[str, Any]:
    """Returns what the manifest says of one piece of proof, but for where it stands in the package."""
    return {
        "sha256": piece.sha256,
        "kind": piece.kind,
        "media_type": piece.media_type,
        "size": piece.size,
        "url": piece.url,
        "at": iso(piece.at),
        "audits": list(piece.audits),
        "findings": list(subject.numbers.get(piece.sha256, ())),
    }


def manifest(
    subject: Subject, made: dt.datetime, entries: Sequence[dict[str, Any]], files: Sequence[dict[str, Any]]
) -> bytes:
    """Returns manifest.json: what the package is about, its pieces of proof, its files with their sums."""
    view = subject.view
    value = {
        "schema_version": SCHEMA_VERSION,
        "made": iso(made),
        "made_by": f"mingcha {__version__}",
        "about": subject.name,
        "portal": msgspec.to_builtins(view.portal),
        "command": subject.command,
        "findings": [
            {"number": one.number, "fingerprint": one.fingerprint, "message": one.message, "state": one.state}
            | {"human_state": one.human, "clause": one.clause, "subject": one.subject, "rerun": rerun(one)}
            | {"first_seen": iso(one.first_seen), "last_seen": iso(one.last_seen), "facts": one.facts}
            for one in view.findings
        ],
        "sightings": [{"audit": audit, "outcome": outcome} for audit, outcome in subject.sightings],
        "rechecks": [
            {"audit": one.audit, "at": iso(one.at), "who": one.who, "method": one.method, "result": one.result}
            | {"conclusion": one.conclusion, "note": one.note, "before": one.before, "after": one.after}
            for one in subject.rechecks
        ],
        "audits": [_head(head) for head in subject.audits],
        "evidence": list(entries),
        "files": list(files),
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _head(head: AuditHead) -> dict[str, Any]:
    return {
        "id": head.id,
        "kind": head.kind,
        "as_of": head.as_of.isoformat(),
        "started": iso(head.started),
        "ended": iso(head.ended),
        "degraded": bool(head.degraded),
        "versions": dict(head.versions),
    }


def _finding(engine: Engine, meant: Meant) -> Subject:
    finding = find(engine, meant.id)
    sightings = sightings_of(engine, meant.id)
    view = masked(replace(audit_view(engine, sightings[-1][0]), findings=(finding,), results=()))
    words, shown, found = package_words(), view.findings[0], pieces(engine, meant)
    return Subject(
        name=meant.name,
        view=view,
        pieces=found,
        audits=tuple(head for head in reversed(audits(engine, view.portal.id)) if head.id in dict(sightings)),
        about=words["about_finding"].format(number=shown.number, message=shown.message),
        command=words["command_finding"].format(number=shown.number),
        sightings=sightings,
        numbers=dict.fromkeys((piece.sha256 for piece in found), (shown.number,)),
        rechecks=tuple(one for one in rechecks(engine, view.portal.id) if one.fingerprint == meant.id),
    )


def _audit(engine: Engine, meant: Meant) -> Subject:
    view = audit_view(engine, meant.id)
    seen = tuple(finding for finding in view.findings if finding.outcome in ("fail", "suspect"))
    view = masked(replace(view, findings=seen, results=()))
    words = package_words()
    about = words["about_audit"].format(audit=meant.id, as_of=view.audit.as_of.isoformat(), count=len(seen))
    numbers: dict[str, tuple[str, ...]] = {}
    for one in seen:
        for digest in referenced_in((one.evidence, one.facts)):
            numbers[digest] = (*numbers.get(digest, ()), one.number)
    return Subject(
        name=meant.name,
        view=view,
        pieces=pieces(engine, meant),
        audits=(view.audit,),
        about=about,
        command=words["command_audit"],
        numbers=numbers,
    )


def readme(subject: Subject, made: dt.datetime, missing: Sequence[str]) -> str:
    """Returns README.txt: what the package holds, how to check it, and what of the proof is not in it."""
    words, portal = package_words(), subject.view.portal
    return (
        words["readme"]
        .format(
            about=subject.about,
            portal=portal.name,
            home=portal.home,
            made=f"{made.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
            version=__version__,
            command=subject.command,
            missing=words["missing"].format(lines="\n".join(missing)) if missing else "",
        )
        .lstrip()
    )


@cache
def package_words() -> Mapping[str, str]:
    """Returns the wordings of packages."""
    words: dict[str, str] = tomllib.loads((Path(__file__).parent / "package.toml").read_text("utf-8"))
    return words
