"""Collects what a check finds out subject by subject, and concludes its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from checks.base import CheckResult, Coverage, Draw, Finding, Meta, Outcome, subject_key
from portal.artifacts import Absence


class Tally:
    """The books of one run: findings, subjects found good, subjects not measured and why."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta
        self.findings: list[Finding] = []
        self.rows: list[Mapping[str, Any]] = []
        self.warnings: list[str] = []
        self._passed: set[str] = set()
        self._measured: set[str] = set()
        self._skipped: dict[str, Absence] = {}

    def good(self, kind_id: str, subject: str) -> None:
        """Notes that a subject was measured and found good as to one kind (and its whole group)."""
        self._passed.add(subject_key(self.meta, kind_id, subject))
        self._measured.add(subject)

    def clear(self, kind_id: str, subject: str) -> None:
        """Notes that nothing is wrong with a subject that is not counted among the measured: a by-product of looking
        at something else, or a thing proven to be no longer there."""
        self._passed.add(subject_key(self.meta, kind_id, subject))

    def bad(self, finding: Finding) -> None:
        """Keeps a finding; its subject counts as measured."""
        self.findings.append(finding)
        self._measured.add(finding.subject)

    def unmeasured(self, subject: str, reason: Absence) -> None:
        """Notes that nothing can be said about a subject, and why."""
        self._skipped.setdefault(subject, reason)

    @property
    def measured(self) -> int:
        """How many subjects were measured."""
        return len(self._measured)

    def skipped(self, *reasons: Absence) -> int:
        """How many subjects were not measured, for one of the reasons (or for any, when none is named)."""
        return sum(
            1
            for subject, reason in self._skipped.items()
            if subject not in self._measured and (not reasons or reason in reasons)
        )

    def coverage(self) -> Coverage:
        """Returns what was intended, measured, skipped and passed. A subject with a verdict is not skipped."""
        skipped = Counter(str(r) for subject, r in self._skipped.items() if subject not in self._measured)
        bad = {subject_key(self.meta, finding.kind, finding.subject) for finding in self.findings}
        return Coverage(
            intended=len(self._measured) + sum(skipped.values()),
            measured=len(self._measured),
            skipped=dict(sorted(skipped.items())),
            passed=tuple(sorted(self._passed - bad)),
        )

    def conclude(
        self,
        metrics: Mapping[str, float],
        *,
        draws: Iterable[Draw] = (),
        nothing: str = "没有可供判定的对象",
    ) -> CheckResult:
        """Returns the result: not applicable (`nothing` says why) when there was nothing to look at, not measured
        with the commonest reason when nothing could be measured, else what the findings say."""
        coverage = self.coverage()
        outcomes = {finding.outcome for finding in self.findings}
        outcome, reason = Outcome.PASS, ""
        if Outcome.FAIL in outcomes:
            outcome = Outcome.FAIL
        elif Outcome.SUSPECT in outcomes:
            outcome = Outcome.SUSPECT
        elif not coverage.measured and coverage.intended:
            outcome = Outcome.NOT_MEASURED
            reason = max(coverage.skipped, key=lambda r: (coverage.skipped[r], r))
        elif not coverage.intended:
            outcome, reason = Outcome.NOT_APPLICABLE, nothing
        return CheckResult(
            check=self.meta.id,
            version=self.meta.version,
            outcome=outcome,
            reason=reason,
            metrics=metrics,
            coverage=coverage,
            findings=tuple(self.findings),
            draws=tuple(draws),
            rows=tuple(self.rows),
            warnings=tuple(self.warnings),
        )
