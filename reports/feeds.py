"""The machine feeds: findings.jsonl and results.jsonl, and CSV for spreadsheets (UTF-8 with BOM, formulas guarded)."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from reports.ledger import LEDGER, ledger_row, owners
from reports.words import Metas, iso, reason, rerun
from storage.database import StorageError
from storage.queries import AuditView, FindingView, ResultView

SCHEMA_VERSION = 1
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def findings_jsonl(view: AuditView) -> bytes:
    """Returns findings.jsonl: one JSON object a line, in the order of the view."""
    return _lines(finding_object(view, finding) for finding in view.findings)


def results_jsonl(view: AuditView) -> bytes:
    """Returns results.jsonl: one JSON object a check."""
    return _lines(result_object(view, result) for result in view.results)


def finding_object(view: AuditView, finding: FindingView) -> dict[str, Any]:
    """Returns one object of findings.jsonl: the machine contract, only ever added to.

    `outcome` is what this audit saw: fail or suspect; pass where it was measured good (state fixed or cleared);
    not_measured where it is still open and this audit could say nothing.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "portal": view.portal.id,
        "audit": view.audit.id,
        "check": finding.check,
        "kind": finding.kind,
        "outcome": finding.outcome,
        "state": finding.state,
        "severity": finding.severity,
        "subject": finding.subject,
        "title": finding.title,
        "column": finding.column,
        "level": finding.level,
        "internal": finding.internal,
        "message": finding.message,
        "clause": finding.clause,
        "occurrences": [
            {
                "page": seen.page,
                "text": seen.text,
                "element": seen.element,
                "level": seen.level,
                "region": seen.region,
                "visible": seen.visible,
            }
            for seen in finding.occurrences
        ],
        "facts": finding.facts,
        "first_seen": iso(finding.first_seen),
        "last_seen": iso(finding.last_seen),
        "confirmations": finding.confirmations,
        "evidence": [f"sha256:{digest}" for digest in finding.evidence],
        "fingerprint": finding.fingerprint,
        "number": finding.number,
        "human_state": finding.human,
        "change": finding.change,
        "remedy": finding.remedy,
        "occurrence_count": finding.occurrence_count,
        "regressions": finding.regressions,
        "rerun": rerun(finding),
    }


def result_object(view: AuditView, result: ResultView) -> dict[str, Any]:
    """Returns one object of results.jsonl: one check of one portal, its draws with their passes included."""
    return {
        "schema_version": SCHEMA_VERSION,
        "portal": view.portal.id,
        "audit": view.audit.id,
        "as_of": view.audit.as_of.isoformat(),
        "check": result.check,
        "version": result.version,
        "outcome": result.outcome,
        "reason": result.reason,
        "reason_text": reason(result.reason),
        "metrics": result.metrics,
        "coverage": {
            "intended": result.coverage.intended,
            "measured": result.coverage.measured,
            "skipped": result.coverage.skipped,
        },
        "draws": msgspec.to_builtins(result.draws),
        "warnings": list(result.warnings),
        "degraded": bool(view.audit.degraded),
    }


def ledger_csv(view: AuditView, metas: Metas) -> bytes:
    """Returns 问题台账 as CSV: UTF-8 with BOM, as spreadsheets expect it; no cell is taken for a formula."""
    headers = [header for header, _ in LEDGER]
    owner = owners(view, metas)
    rows = (
        ledger_row(view, metas, index, finding, {}, owner.get(finding.subject, ""))
        for index, finding in enumerate(view.findings, 1)
    )
    return table_csv(headers, ([row.get(header, "") for header in headers] for row in rows))


def table_csv(headers: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Returns a table as CSV: UTF-8 with BOM, CRLF, every cell guarded against being taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([guard(header) for header in headers])
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def guard(cell: Any) -> Any:
    """Returns the cell with an apostrophe before what a spreadsheet would take for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\u3000").startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def write(path: Path, data: bytes | Callable[[Path], None]) -> Path:
    """Writes a report whole or not at all and returns its path. Raises StorageError with one sentence."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(data):
            data(part)
        else:
            part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return path


def _lines(objects: Iterable[dict[str, Any]]) -> bytes:
    encode = msgspec.json.encode
    return b"".join(encode(value) + b"\n" for value in objects)
