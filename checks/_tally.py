"""Collects what a check finds out subject by subject, and concludes its result.

A rolling audit carries over what it did not ask for. Checks judge that as well, for it is what is known of the portal,
and it counts in metrics. But it was not measured tonight, so it neither accuses nor clears anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any

from checks.base import CheckResult, Coverage, Draw, Finding, Meta, Outcome, subject_key
from portal.artifacts import Absence


class Tally:
    """The books of one run: findings, subjects found good, subjects not measured and why.

    `carried` are subjects known from an earlier day only: what is said of them is counted and goes no further.
    """

    def __init__(self, meta: Meta, carried: Container[str] = frozenset()) -> None:
        self.meta = meta
        self._carried = carried
        self._known: set[str] = set()  # judged by what an earlier day knew
        self.findings: list[Finding] = []
        self.rows: list[Mapping[str, Any]] = []
        self.warnings: list[str] = []
        self._passed: set[str] = set()
        self._measured: set[str] = set()
        self._skipped: dict[str, Absence] = {}

    def good(self, kind_id: str, subject: str) -> None:
        """Notes that a subject was measured and found good as to one kind (and its whole group)."""
        if subject in self._carried:
            self._known.add(subject)
            return
        self._passed.add(subject_key(self.meta, kind_id, subject))
        self._measured.add(subject)

    def clear(self, kind_id: str, subject: str) -> None:
        """Notes that nothing is wrong with a subject that is not counted among the measured: a by-product of looking
        at something else, or a thing proven to be no longer there."""
        if subject not in self._carried:
            self._passed.add(subject_key(self.meta, kind_id, subject))

    def bad(self, finding: Finding) -> None:
        """Keeps a finding; its subject counts as measured."""
        if finding.subject in self._carried:
            self._known.add(finding.subject)
            return
        self.findings.append(finding)
        self._measured.add(finding.subject)

    def unmeasured(self, subject: str, reason: Absence) -> None:
        """Notes that nothing can be said about a subject, and why."""
        self._skipped.setdefault(subject, reason)

    @property
    def measured(self) -> int:
        """How many subjects were measured, in this audit or in the one they are carried over from."""
        return len(self._measured) + self.carried

    @property
    def carried(self) -> int:
        """How many subjects are known from an earlier day only."""
        return len(self._known - self._measured)

    def skipped(self, *reasons: Absence) -> int:
        """How many subjects were not measured, for one of the reasons (or for any, when none is named)."""
        return sum(
            1
            for subject, reason in self._skipped.items()
            if subject not in self._measured and subject not in self._known and (not reasons or reason in reasons)
        )

    def coverage(self) -> Coverage:
        """Returns what was intended, measured, skipped and passed. A subject with a verdict is not skipped."""
        judged = self._measured | self._known
        skipped = Counter(str(r) for subject, r in self._skipped.items() if subject not in judged)
        if self.carried:
            skipped[str(Absence.CARRIED)] += self.carried
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
