"""What is kept how long: the rules, and what they come to for a store as it is now. Nothing here removes anything.

evidence   of audits older than the rule, unless a finding needs it: one that is not closed, was closed lately, or was
           ever objected to; files people handed in stay
bundles    older than the rule, unless it is the last sound one of its portal's month, the newest of its portal, or
           one that the re-check of an open finding begins with
strays     files of proof no audit refers to, and what a kill left half-written
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Engine, func, select

from portal.zone import CHINA
from storage.database import StorageError, reading
from storage.evidence import LEFTOVERS, EvidenceStore, digest_of
from storage.ledger.book import entries
from storage.ledger.entries import LedgerEntry
from storage.ledger.proof import proofs
from storage.ledger.states import Deed
from storage.lifecycle import State
from storage.models import AuditRow, EvidenceRow, FindingRow, LedgerEventRow
from storage.proof import digests_of
from storage.queries import portals

_SHIPPED = Path(__file__).with_name("retention.toml")
LIVE, LATELY, OBJECTED = "问题尚未整改", "问题整改不久", "问题提出过异议"
_DISPUTES = tuple(map(str, (Deed.OBJECT, Deed.REMOVE, Deed.UPHOLD)))
_LIVE = tuple(str(state) for state in State if state.live)
GRACE = dt.timedelta(days=1)  # what was kept again since then is being committed: longer than any commit takes


class EvidenceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days proof is kept, and days the proof of a closed finding is kept at least."""

    days: int
    closed_days: int


class BundleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days every bundle is kept, and days the last sound one of a month is."""

    every_days: int
    monthly_days: int


class StrayRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days a file without a row is kept."""

    days: int


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of retention."""

    evidence: EvidenceRule
    bundle: BundleRule
    stray: StrayRule


@dataclass(frozen=True, slots=True)
class OldBundle:
    """A bundle whose time has come."""

    audit: str
    folder: Path
    rule: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules come to. `kept` counts pieces of proof past their days that stay, by why."""

    evidence: tuple[str, ...]  # hashes
    evidence_rule: str
    kept: Counter[str]
    bundles: tuple[OldBundle, ...]
    strays: tuple[str, ...]  # hashes
    parts: tuple[Path, ...]


def read_rules(path: Path | None = None) -> Rules:
    """Returns the rules that ship, with those of a file of one's own over them. Raises StorageError, naming the key."""
    values = _tables(_SHIPPED)
    for name, table in (_tables(path) if path is not None else {}).items():
        if not isinstance(table, dict) or name not in values:
            raise StorageError(f"{path}: unknown key {name!r}; there are the tables {', '.join(values)}")
        values[name] = {**values[name], **table}
    try:
        rules = msgspec.convert(values, Rules)
    except msgspec.ValidationError as error:
        raise StorageError(f"{path}: {error}") from error
    for name, table in msgspec.to_builtins(rules).items():
        for key, days in table.items():
            if not 1 <= days <= 36500:
                raise StorageError(f"{path}: {name}.{key} must be from 1 to 36500 days, not {days}")
    return rules


def _tables(path: Path) -> dict[str, dict[str, object]]:
    try:
        found: dict[str, dict[str, object]] = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise StorageError(f"{path}: is not TOML: {error}") from error
    return found


def plan(engine: Engine, store: EvidenceStore, rules: Rules, now: dt.datetime) -> Plan:
    """Returns what may be removed at that (aware) time."""
    evidence, kept = _evidence(engine, rules.evidence, now)
    strays, parts = _strays(engine, store, now - dt.timedelta(days=rules.stray.days), now - GRACE)
    return Plan(
        evidence=evidence,
        evidence_rule=f"证据满{rules.evidence.days}天",
        kept=kept,
        bundles=tuple(_bundles(engine, rules.bundle, now)),
        strays=strays,
        parts=parts,
    )


def _evidence(engine: Engine, rule: EvidenceRule, now: dt.datetime) -> tuple[tuple[str, ...], Counter[str]]:
    with reading(engine) as session:
        # By when audits were made, not the proof: an audit may take over what an earlier one got.
        query = (
            select(EvidenceRow.sha256)
            .join(AuditRow, AuditRow.id == EvidenceRow.audit)
            .where(EvidenceRow.expired.is_(None))
            .group_by(EvidenceRow.sha256)
        )
        old = list(session.scalars(query.having(func.max(AuditRow.started) < now - dt.timedelta(days=rule.days))))
    if not old:
        return (), Counter()
    needed: dict[str, list[str]] = {LIVE: [], LATELY: [], OBJECTED: []}
    since = now - dt.timedelta(days=rule.closed_days)
    with reading(engine) as session:
        disputed = set(session.scalars(select(LedgerEventRow.finding).where(LedgerEventRow.deed.in_(_DISPUTES))))
    for portal in portals(engine):
        for fingerprint, entry in entries(engine, portal.id, now).items():
            if why := _why_kept(entry, since, disputed=fingerprint in disputed):
                needed[why].append(fingerprint)
    held: dict[str, str] = dict.fromkeys(proofs(engine), "随报备或异议提交的材料")
    with reading(engine) as session:
        for why, findings in needed.items():
            for digest in digests_of(session, findings):
                held.setdefault(digest, why)
    kept = Counter(held[digest] for digest in old if digest in held)
    return tuple(sorted(digest for digest in old if digest not in held)), kept


def _why_kept(entry: LedgerEntry, since: dt.datetime, *, disputed: bool) -> str:
    if entry.machine.live or entry.live:
        return LIVE
    if disputed:
        return OBJECTED
    return LATELY if (entry.closed_at or entry.since) >= since else ""


def _bundles(engine: Engine, rule: BundleRule, now: dt.datetime) -> Iterator[OldBundle]:
    with reading(engine) as session:
        needed = set(session.scalars(select(FindingRow.newest).where(FindingRow.state.in_(_LIVE))))
        columns = (AuditRow.id, AuditRow.portal, AuditRow.kind, AuditRow.started, AuditRow.degraded, AuditRow.bundle)
        rows = list(session.execute(select(*columns).order_by(AuditRow.started, AuditRow.id)))
    last: dict[tuple[str, str], str] = {}
    newest: dict[str, str] = {}
    sound: dict[str, str] = {}
    for row in rows:
        if row.kind == "audit":
            newest[row.portal] = row.id
            if not row.degraded:
                last[row.portal, _month(row.started)] = row.id
                sound[row.portal] = row.id
    needed |= {*newest.values(), *sound.values()}
    for row in rows:
        age = (now - row.started).days
        monthly = last.get((row.portal, _month(row.started))) == row.id
        days = rule.monthly_days if monthly else rule.every_days
        if row.id in needed or age < days or not row.bundle or not (Path(row.bundle) / "bundle.sqlite").is_file():
            continue
        yield OldBundle(row.id, Path(row.bundle), f"采集包满{days}天")


def _month(at: dt.datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m}"


def _strays(
    engine: Engine, store: EvidenceStore, before: dt.datetime, killed: dt.datetime
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    with reading(engine) as session:
        wanted = set(session.scalars(select(EvidenceRow.sha256).where(EvidenceRow.expired.is_(None)).distinct()))
    wanted |= set(proofs(engine))
    strays, parts = [], []
    for path in sorted(store.folder.glob("*/*")):
        changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        if path.suffix in LEFTOVERS:
            if changed < killed:
                parts.append(path)
        elif path.suffix == ".zst" and (digest := digest_of(path.stem)) and digest not in wanted and changed < before:
            strays.append(digest)
    return tuple(strays), tuple(parts)
