"""The tables of the results database, as typed declarative models with portable column types only.

    portal ──< audit ──< result            one row per check and audit
      │          └────< observation >──┐   what one audit saw of one finding
      └──< finding ────────────────────┘   one defect of one subject, with its current state
             ├──< transition               every change of the machine state: who, when, why
             ├──< recheck                  every look at it alone: why, by what, pictures before and after
             └──< ledger_event             every step people took with it: who, when, why
    portal ──< excuse                      why findings are let off for a while
    portal ──< renamed, renumbered         ids a portal once had, and the numbers given out under them
    ledger_proof                           index of what people handed in as evidence, by content hash
    evidence                               index of stored proof, by content hash and audit
    portal ──< mark                        what people decided about a clause, per system and period
    notice ──< notice_item                 what was issued to a unit, under which number, about what
    portal ──< item                        when each item of a list was first seen
    portal ──< list_reading                how far back each list reached when it was read
    good_link                              links to other sites found good, for whichever portal asks next
    probe                                  one GET of a home page, some twenty a day: what availability is judged by

JSON is kept as text, long lists of addresses are packed, times are UTC, calendar days ISO dates. Identifiers are short
and lower-case so that they mean the same on every database. Rows of `transition`, `recheck`, `ledger_event`, `excuse`
and `mark` are only ever added.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import msgspec
import zstandard
from sqlalchemy import Date, DateTime, Dialect, ForeignKey, MetaData, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

PACKED = "zstd:"  # before the packed text, in base64; no subject key begins so, they begin with the kind of a finding
PACKED_FROM = 400  # characters from which on it pays


class Utc(TypeDecorator[dt.datetime]):
    """An aware datetime, stored in UTC and given back aware in UTC. Refuses naive values with ValueError."""

    impl = DateTime
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Returns what makes a value ready for the driver, each once: the rows of one audit carry the same times."""
        ready = super().bind_processor(dialect)
        return lru_cache(64)(ready) if ready is not None else None

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Returns the value in UTC without its zone. Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Returns the stored time, aware, in UTC."""
        return None if value is None else value.replace(tzinfo=dt.UTC)


class Json(TypeDecorator[Any]):
    """Any JSON-able value, stored as text: the same on every database, readable with any tool."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Returns the value as JSON text."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Returns the value decoded."""
        return None if value is None else msgspec.json.decode(value)


class Packed(TypeDecorator[str]):
    """A text, long ones packed. What is there from before packing, and what is short, stands as it is.

    A night keeps the address of all it found good: most of what a database holds, six to ten times smaller packed.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Returns the text as it is stored."""
        if value is None or (len(value) < PACKED_FROM and not value.startswith(PACKED)):
            return value
        packed = zstandard.ZstdCompressor(level=3).compress(value.encode("utf-8", "surrogatepass"))
        return PACKED + base64.b64encode(packed).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Returns the text that was given."""
        if value is None or not value.startswith(PACKED):
            return value
        return zstandard.decompress(base64.b64decode(value[len(PACKED) :])).decode("utf-8", "surrogatepass")


class Base(DeclarativeBase):
    """The declarative base: naming convention of constraints, and the project's column types."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        dt.datetime: Utc,
        dt.date: Date,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class PortalRow(Base):
    """One portal, as its newest audit described it. `numbers` is the last 问题编号 given out."""

    __tablename__ = "portal"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    home: Mapped[str] = mapped_column(Text)
    site_code: Mapped[str] = mapped_column(String(40), default="")
    level: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(Text, default="")
    numbers: Mapped[int] = mapped_column(default=0)
    owners: Mapped[list[Any]] = mapped_column(default=list)  # [column path, unit]: who answers for a column


class RenamedRow(Base):
    """An id a portal once had in targets.toml. `portal` is the id it has now."""

    __tablename__ = "renamed"

    old: Mapped[str] = mapped_column(String(100), primary_key=True)
    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), index=True)
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]


class RenumberedRow(Base):
    """A 问题编号 given out under a portal's old id, and the finding it means."""

    __tablename__ = "renumbered"

    old: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    finding: Mapped[str] = mapped_column(ForeignKey("finding.fingerprint"), index=True)


class AuditRow(Base):
    """One audit of one portal."""

    __tablename__ = "audit"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="audit")  # audit, recheck
    as_of: Mapped[dt.date]
    started: Mapped[dt.datetime]
    ended: Mapped[dt.datetime]
    degraded: Mapped[str] = mapped_column(Text, default="")  # why it closes and scores nothing; "" = it is sound
    summary: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]
    bundle: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))  # of what was committed: the same again changes nothing
    swept: Mapped[dt.datetime | None] = mapped_column(default=None)  # when the bytes of its bundle were removed
    swept_rule: Mapped[str | None] = mapped_column(String(60), default=None)  # and by which rule of retention


class ResultRow(Base):
    """What one check said in one audit. `passed` holds the subject keys measured and found good, one a line."""

    __tablename__ = "result"

    audit: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    check: Mapped[str] = mapped_column("check_id", String(60), primary_key=True)
    version: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    metrics: Mapped[dict[str, Any]]
    coverage: Mapped[dict[str, Any]]
    passed: Mapped[str] = mapped_column(Packed, default="")
    draws: Mapped[list[Any]]
    rows: Mapped[list[Any]] = mapped_column("sheet_rows")
    warnings: Mapped[list[Any]]


class FindingRow(Base):
    """One defect of one subject: identity, current machine state, and what its audits add up to. Its human state is the
    fold of `ledger_event` and `transition` (storage/ledger/states.py)."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("portal", "number"),)

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), index=True)
    number: Mapped[int]  # 问题编号 within the portal: given once, never used again
    check: Mapped[str] = mapped_column("check_id", String(60))
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text)  # as in Coverage.passed
    state: Mapped[str] = mapped_column(String(20), index=True)
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime]
    confirmations: Mapped[int] = mapped_column(default=0)
    regressions: Mapped[int] = mapped_column(default=0)
    closed: Mapped[dt.datetime | None] = mapped_column(default=None)  # when last measured good and closed
    newest: Mapped[str] = mapped_column(String(200), default="")  # audit of the newest observation


class ObservationRow(Base):
    """What one audit saw of one finding."""

    __tablename__ = "observation"

    audit: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    finding: Mapped[str] = mapped_column(ForeignKey("finding.fingerprint"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(Text)
    column: Mapped[str] = mapped_column("column_path", Text)
    page_level: Mapped[str] = mapped_column(String(20))
    internal: Mapped[bool]
    message: Mapped[str] = mapped_column(Text)
    clause: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]]
    occurrences: Mapped[list[Any]]
    occurrence_count: Mapped[int]
    evidence: Mapped[list[Any]]
    confirmations: Mapped[int]


class TransitionRow(Base):
    """One change of a finding's machine state."""

    __tablename__ = "transition"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    finding: Mapped[str] = mapped_column(ForeignKey("finding.fingerprint"), index=True)
    before: Mapped[str] = mapped_column(String(20))  # "" for a new finding
    after: Mapped[str] = mapped_column(String(20))
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    audit: Mapped[str] = mapped_column(ForeignKey("audit.id"), index=True)


class LedgerEventRow(Base):
    """One step people took with a finding, or that followed from what was measured after a claim or a closing.

    `turn` is the id of the finding's newest transition when the step was kept: the order of steps and transitions does
    not depend on clocks.
    """

    __tablename__ = "ledger_event"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    finding: Mapped[str] = mapped_column(ForeignKey("finding.fingerprint"), index=True)
    deed: Mapped[str] = mapped_column(String(20))
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]]
    turn: Mapped[int] = mapped_column(default=0)


class ExcuseRow(Base):
    """Why a finding, a column, a check or a whole portal is let off for a while; or, with `withdraws`, no longer is."""

    __tablename__ = "excuse"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), index=True)
    scope: Mapped[str] = mapped_column(String(20))  # finding, column, check, portal
    subject: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[list[Any]]
    begins: Mapped[dt.datetime]
    ends: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime]
    withdraws: Mapped[int | None] = mapped_column(default=None)  # id of the excuse this row ends


class LedgerProofRow(Base):
    """One file handed in for an excuse or an objection; the bytes lie in the evidence store under their hash."""

    __tablename__ = "ledger_proof"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(100))


class NoticeRow(Base):
    """One notice issued to a unit. Its number is given once; `content` is what it said: a reprint says the same."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("tone", "year", "serial"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    tone: Mapped[str] = mapped_column(String(20))  # tip, order, press
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(Text)  # as printed: 明政网整〔2026〕1号
    unit: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(100))
    content: Mapped[dict[str, Any]]


class NoticeItemRow(Base):
    """One thing a notice speaks of: a finding, or of a 提示单 something that has not gone wrong yet."""

    __tablename__ = "notice_item"

    notice: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)  # fingerprint, or digest of what falls due and when
    finding: Mapped[str | None] = mapped_column(ForeignKey("finding.fingerprint"), index=True, default=None)


class RecheckRow(Base):
    """One look at one finding alone, in a sitting of its own: why, how, what it came to, pictures before and after."""

    __tablename__ = "recheck"

    audit: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True)  # the sitting; kind "recheck"
    finding: Mapped[str] = mapped_column(ForeignKey("finding.fingerprint"), primary_key=True, index=True)
    reason: Mapped[str] = mapped_column(String(20))  # suspect, claim, regressed, asked
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(100))
    method: Mapped[str] = mapped_column(Text)  # Chinese
    sight: Mapped[str] = mapped_column(String(20))  # failed, doubtful, good, unseen
    state_before: Mapped[str] = mapped_column(String(20))
    state_after: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")  # Chinese: why it could not be measured, what a link showed
    picture_before: Mapped[str] = mapped_column(String(64), default="")  # sha256, "" where there is none
    picture_after: Mapped[str] = mapped_column(String(64), default="")


class EvidenceRow(Base):
    """One piece of proof an audit kept; the bytes lie in the evidence store under their hash until they expire."""

    __tablename__ = "evidence"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    audit: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20))  # screenshot, answer
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    url: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime]
    expired: Mapped[dt.datetime | None] = mapped_column(default=None)  # when the bytes were removed
    expiry_rule: Mapped[str | None] = mapped_column(String(60), default=None)  # and by which rule of retention


class MarkRow(Base):
    """What a person decided about one node of an indicator system, for one period. The newest of a node holds.

    `points` and `word` both empty: an earlier mark was withdrawn.
    """

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), index=True)
    system: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(20))
    node: Mapped[str] = mapped_column(String(60))
    points: Mapped[float | None] = mapped_column(default=None)
    word: Mapped[str] = mapped_column(String(20), default="")
    who: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]
    source: Mapped[str] = mapped_column(Text, default="")  # the sheet it came from


class GoodLinkRow(Base):
    """A link to another site that was asked and found good. Forgotten after some days, and when it is found bad.

    `network` is a digest of the `[network]` it was asked in: what a name leads to there is true nowhere else.
    """

    __tablename__ = "good_link"

    network: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the normalised URL
    url: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(index=True)  # when it was asked
    attempt: Mapped[dict[str, Any]]


class ItemRow(Base):
    """An item of a list, by its address or its title (a row each): when the first and last audit that saw it began."""

    __tablename__ = "item"

    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)  # as portal.history.keys_of makes it
    first: Mapped[dt.datetime] = mapped_column("first_seen")
    last: Mapped[dt.datetime] = mapped_column("last_seen")


class ListRow(Base):
    """How far back a list reached, from one reading to the last that was the same: dates of its last and first item."""

    __tablename__ = "list_reading"

    portal: Mapped[str] = mapped_column(ForeignKey("portal.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the address
    since: Mapped[dt.datetime] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    until: Mapped[dt.datetime] = mapped_column("until_seen")
    oldest: Mapped[dt.date]
    newest: Mapped[dt.date]


class ProbeRow(Base):
    """One probe of a home page. A slot of the day is probed once from each vantage and over each family asked for.

    No key leads to `portal`: a portal may be probed long before its first audit. Forgotten after two years.
    """

    __tablename__ = "probe"

    portal: Mapped[str] = mapped_column(String(100), primary_key=True)
    slot: Mapped[dt.datetime] = mapped_column(primary_key=True)  # when the slot begins
    vantage: Mapped[str] = mapped_column(String(60), primary_key=True)  # from where: the name the operator gave it
    family: Mapped[int] = mapped_column(primary_key=True)  # 0 as a browser goes, 6 IPv6 alone
    at: Mapped[dt.datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(20))  # a FetchOutcome
    status: Mapped[int]
    seconds: Mapped[float]
    address: Mapped[str | None] = mapped_column(String(60))
    platform: Mapped[str] = mapped_column(String(255))  # politeness group, else address, else registrable name
    error: Mapped[str | None] = mapped_column(Text)
    own_line: Mapped[bool]  # this machine's own line was down: never charged


class DeliveryRow(Base):
    """One try (with its further tries) to deliver one message. Rows are only ever added."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    about: Mapped[str] = mapped_column(String(120))  # digest, or what an urgent message was about
    channel: Mapped[str] = mapped_column(String(64))  # id in targets.toml
    target: Mapped[str] = mapped_column(Text)  # address of a mail, "group" of a robot, "file"
    unit: Mapped[str] = mapped_column(Text)  # whose digest; "*" is the office's
    day: Mapped[dt.date] = mapped_column(index=True)  # of the digest, Asia/Shanghai
    at: Mapped[dt.datetime] = mapped_column(index=True)  # of the last try
    tries: Mapped[int]  # 0: the channel was known to be out of order
    ok: Mapped[bool]
    why: Mapped[str] = mapped_column(Text, default="")  # Chinese: why it failed
