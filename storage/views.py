"""What the results database gives back: plain frozen values for reports and commands, read by `storage.queries`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from checks.base import Coverage, Draw
from storage.ledger.entries import LedgerEntry
from storage.ledger.states import Stage
from storage.lifecycle import State


@dataclass(frozen=True, slots=True)
class PortalView:
    """A portal as its newest audit described it."""

    id: str
    name: str
    home: str
    site_code: str = ""
    level: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """One audit; times are aware, UTC. `degraded` says why it closes and scores nothing, "" when it is sound."""

    id: str
    portal: str
    kind: str
    as_of: dt.date
    started: dt.datetime
    ended: dt.datetime
    degraded: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    bundle: str = ""


@dataclass(frozen=True, slots=True)
class ResultView:
    """What one check said in one audit. `coverage.passed` is left out: it can be long and no report shows it; `passed`
    counts its subjects by kind group."""

    check: str
    version: int
    outcome: str
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    draws: tuple[Draw, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OccurrenceView:
    """One place where the subject is referred to."""

    page: str
    text: str
    element: str
    region: str = ""
    visible: bool = True
    level: str = "other"
    raw: str = ""


class TransitionView(Struct, frozen=True):
    """One change of a finding's state."""

    before: str
    after: str
    at: dt.datetime
    who: str
    why: str
    audit: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding as this audit leaves it. `outcome` is what this audit saw: fail, suspect, pass, not_measured.
    `human` is the ledger's word for it (storage/ledger/states.py), at the time the view was made for.

    Message, facts, occurrences and evidence are those of the newest audit up to this one that saw the defect.
    """

    fingerprint: str
    number: str  # 问题编号
    check: str
    kind: str
    subject: str
    outcome: str
    state: str
    human: str
    severity: str
    title: str
    column: str
    level: str
    internal: bool
    message: str
    clause: str
    remedy: str
    facts: Mapping[str, Any]
    occurrences: tuple[OccurrenceView, ...]
    occurrence_count: int
    evidence: tuple[str, ...]
    first_seen: dt.datetime
    last_seen: dt.datetime
    confirmations: int
    regressions: int = 0
    closed: dt.datetime | None = None
    change: str = ""  # what this audit changed: new, suspected, opened, fixed, cleared, regressed
    transitions: tuple[TransitionView, ...] = ()

    @property
    def live(self) -> bool:
        """True while it is suspect, open or regressed."""
        return State(self.state).live

    @property
    def aside(self) -> bool:
        """True while the machine believes in it and people have taken it out: 剔除, 豁免, or 已销号 by a person."""
        return self.live and not Stage(self.human).live

    @property
    def wrong(self) -> bool:
        """True for what has to be put right: seen for certain, and not taken out by people."""
        return self.state in (State.OPEN, State.REGRESSED) and not self.aside

    @property
    def doubted(self) -> bool:
        """True for a suspicion that still waits to be looked at again, and was not taken out by people."""
        return self.state == State.SUSPECT and not self.aside


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of proof in the index."""

    sha256: str
    kind: str
    media_type: str
    size: int
    url: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class AuditView:
    """All that reports tell about one audit. Findings: seen by it, still live without having been measured by it, or
    closed by it; the worst first, then by number. `ledger` says what people did with every finding of the portal."""

    portal: PortalView
    audit: AuditHead
    results: tuple[ResultView, ...]
    findings: tuple[FindingView, ...]
    evidence: Mapping[str, EvidenceView] = field(default_factory=dict)
    earlier: int = 0  # audits of this portal before this one
    ledger: Mapping[str, LedgerEntry] = field(default_factory=dict)

    def comes_to(self, result: ResultView) -> str:
        """Returns the outcome of a check as its findings stand: "fail" where one has to be put right, also if this
        audit alone only suspects it, or did not come by it."""
        if result.outcome in ("pass", "suspect") and any(one.wrong for one in self.by_check(result.check)):
            return "fail"
        return result.outcome

    def by_check(self, check: str) -> tuple[FindingView, ...]:
        """Returns the findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def changed(self, change: str) -> tuple[FindingView, ...]:
        """Returns the findings this audit changed in that way."""
        return tuple(finding for finding in self.findings if finding.change == change)

    @property
    def persisting(self) -> tuple[FindingView, ...]:
        """The findings known before and seen again, their state unchanged and nobody having taken them out."""
        return tuple(f for f in self.findings if not f.change and f.outcome in ("fail", "suspect") and not f.aside)
