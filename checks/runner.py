"""Runs checks over what was gathered and completes their results: wording, identity, outcome, order.

A check that lacks what it needs is not measured, with the reason; a check that breaks is an error of ours and never
stops the others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from checks.base import (
    Artifacts,
    CheckResult,
    Coverage,
    Finding,
    Meta,
    Outcome,
    fingerprint,
)
from checks.registry import CheckModule, all_checks
from portal.artifacts import Absence, FetchOutcome, Level
from portal.urls import host_of

LEVEL_WORDS: Mapping[Level, str] = {Level.HOME: "首页", Level.SECOND: "二级页面", Level.OTHER: "其他页面"}

# What is shown of a long text inside a message; the whole of it stays in the finding's facts.
SHOWN_CHARACTERS = 60

# Reasons under which what was gathered before the end may still be judged: it is incomplete, not wrong.
_PARTIAL = frozenset({Absence.DEADLINE, Absence.BUDGET, Absence.NOT_GATHERED})

_SETTLED = frozenset({Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE, Outcome.ERROR})


class ContractError(Exception):
    """Raised inside the runner when a check returns what it did not declare; becomes an `error` outcome."""


def judge(
    artifacts: Artifacts,
    only: frozenset[str] | None = None,
    params: Mapping[str, object] | None = None,
) -> tuple[CheckResult, ...]:
    """Returns one result for every check (or for those named in `only`), in order of the check's id.

    `params` maps a check's id to an instance of its `Params` or to a mapping of fields to change. Raises KeyError for
    an unknown id in `only` or `params`, TypeError for an unknown parameter: both are mistakes of the caller.
    """
    modules = all_checks()
    known = {module.META.id for module in modules}
    given = params or {}
    for name in sorted((only or set()) | set(given)):
        if name not in known:
            raise KeyError(f"no check {name!r}; there are: {', '.join(sorted(known))}")
    chosen = [module for module in modules if only is None or module.META.id in only]
    settings = {module.META.id: _params(module, given.get(module.META.id)) for module in chosen}
    return tuple(run_check(module, artifacts, settings[module.META.id]) for module in chosen)


def run_check(module: CheckModule, artifacts: Artifacts, params: object) -> CheckResult:
    """Returns the completed result of one check; an exception inside it becomes an `error` outcome."""
    meta = module.META
    for record_type in meta.requires:
        reason = missing(artifacts, record_type)
        if reason:
            return CheckResult(
                meta.id,
                meta.version,
                Outcome.NOT_MEASURED,
                reason,
                coverage=Coverage(intended=1, skipped={str(reason): 1}),
            )
    try:
        return complete(meta, artifacts, module.run(artifacts, params))
    except Exception as error:  # whatever breaks in a check is ours; the audit and the other checks go on
        words = " ".join(str(error).split())[:300]
        return CheckResult(meta.id, meta.version, Outcome.ERROR, f"{type(error).__name__}: {words}")


def missing(artifacts: Artifacts, record_type: str) -> Absence | None:
    """Returns why records of a type cannot be judged, None where they can.

    Records gathered before a deadline or budget ended the crawl are judged; those of a portal that as a whole could
    not be reached, moved away or fended the crawler off are not.
    """
    held: Mapping[str, object] = {
        "page": artifacts.pages,
        "column": artifacts.columns,
        "link": artifacts.links,
        "host": artifacts.hosts,
        "search": artifacts.search,
        "availability": artifacts.availability,
        "vantage": artifacts.vantage,
        "shot": artifacts.shots,
        "summary": artifacts.summary,
    }
    single = record_type in {"search", "vantage", "availability"}
    present = held[record_type] is not None if single else bool(held[record_type])
    declared = artifacts.absent.get(record_type)
    if declared and not (present and declared in _PARTIAL):
        return declared
    return None if present else _why(artifacts)


def _why(artifacts: Artifacts) -> Absence:
    summary = artifacts.summary
    if summary.moved_to:
        return Absence.MOVED
    if summary.challenged:
        return Absence.CHALLENGE
    if summary.home_outcome is FetchOutcome.BLOCKED:
        return Absence.BLOCKED
    if summary.home_outcome.failed:
        return Absence.UNREACHABLE
    return Absence.DEADLINE if summary.stopped_by == "deadline" else Absence.NOT_GATHERED


def complete(meta: Meta, artifacts: Artifacts, result: CheckResult) -> CheckResult:
    """Returns the result with every finding worded and identified, in a stable order, and an outcome that fits them.

    Raises ContractError when the check returned a kind, metric, draw, fact or sheet key it did not declare.
    """
    if undeclared := sorted(set(result.metrics) - set(meta.metrics)):
        raise ContractError(f"undeclared metric {undeclared[0]!r}")
    if undeclared := sorted({draw.name for draw in result.draws} - set(meta.draws)):
        raise ContractError(f"undeclared draw {undeclared[0]!r}")
    keys = {column.key for column in meta.sheet.columns}
    for row in result.rows:
        if strange := sorted(set(row) - keys):
            raise ContractError(f"a row has the undeclared key {strange[0]!r}")
    order = {kind.id: number for number, kind in enumerate(meta.kinds)}
    findings = [worded(meta, artifacts, finding) for finding in result.findings]
    findings.sort(key=lambda f: (order[f.kind], f.subject))
    seen: set[str] = set()
    for finding in findings:
        if finding.fingerprint in seen:
            raise ContractError(f"two findings about one subject: {finding.kind} {finding.subject}")
        seen.add(finding.fingerprint)
    return dataclasses.replace(
        result,
        check=meta.id,
        version=meta.version,
        outcome=settle(result.outcome, findings),
        reason=result.reason if not findings else "",
        findings=tuple(findings),
        metrics=dict(sorted(result.metrics.items())),
    )


def settle(outcome: Outcome, findings: Iterable[Finding]) -> Outcome:
    """Returns the outcome that fits the findings: FAIL before SUSPECT before what the check said without any."""
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAIL in outcomes:
        return Outcome.FAIL
    if Outcome.SUSPECT in outcomes:
        return Outcome.SUSPECT
    return outcome if outcome in _SETTLED else Outcome.PASS


def worded(meta: Meta, artifacts: Artifacts, finding: Finding) -> Finding:
    """Returns the finding with message, severity, clause, remedy and fingerprint of its kind.

    Raises KeyError for an undeclared kind and ContractError for an outcome that is no finding or a missing fact.
    """
    kind = meta.kind(finding.kind)
    if finding.outcome not in {Outcome.FAIL, Outcome.SUSPECT}:
        raise ContractError(f"{finding.kind}: a finding cannot be {finding.outcome}")
    if not finding.subject:
        raise ContractError(f"{finding.kind}: a finding without subject")
    if lacking := sorted(set(kind.facts) - set(finding.facts)):
        raise ContractError(f"{finding.kind}: the fact {lacking[0]!r} is missing")
    values = {name: _shown(value) for name, value in (fill_ins(finding) | dict(finding.facts)).items()}
    return dataclasses.replace(
        finding,
        title=finding.title or kind.title,
        message=_nested(kind.message.format_map(values)),
        severity=kind.severity,
        clause=kind.clause,
        remedy=kind.remedy,
        occurrence_count=max(finding.occurrence_count, len(finding.occurrences)),
        fingerprint=fingerprint(artifacts.portal.id, meta, finding.kind, finding.subject),
    )


def fill_ins(finding: Finding) -> dict[str, Any]:
    """Returns the fill-ins every message may use, see registry.COMMON_FILL_INS."""
    first = finding.occurrences[0] if finding.occurrences else None
    return {
        "subject": finding.subject,
        "title": finding.title,
        "column": finding.column,
        "level": LEVEL_WORDS[finding.level],
        "page": first.page if first else finding.subject,
        "page_level": LEVEL_WORDS[first.level if first else finding.level],
        "text": (first.text if first else "") or finding.title or finding.subject,
        "count": max(finding.occurrence_count, len(finding.occurrences)),
        "host": host_of(finding.subject) or finding.subject,
    }


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if "://" in text or len(text) <= SHOWN_CHARACTERS:
        return text
    return text[: SHOWN_CHARACTERS - 1] + "…"


def _nested(text: str) -> str:
    """Returns the text with titles inside of titles in single marks, 《〈甲〉解读》 (GB/T 15834).

    Where the marks do not pair, because a title was cut, it stays as it was.
    """
    depth = 0
    out: list[str] = []
    for char in text:
        if char == "《":
            depth += 1
            char = "《" if depth == 1 else "〈"
        elif char == "》":
            char = "》" if depth == 1 else "〉"
            depth -= 1
            if depth < 0:
                return text
        out.append(char)
    return "".join(out) if depth == 0 else text


def _params(module: CheckModule, given: object) -> object:
    if given is None:
        return module.params()
    if isinstance(given, module.params):
        return given
    if isinstance(given, Mapping):
        return dataclasses.replace(module.params(), **given)
    raise TypeError(f"parameters of {module.META.id} must be {module.params.__name__} or a mapping, not {given!r}")
