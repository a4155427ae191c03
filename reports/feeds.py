"""The machine feeds: findings.jsonl and results.jsonl, and CSV for spreadsheets (UTF-8 with BOM, formulas guarded)."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from reports.rows import LEDGER, Metas, finding_object, ledger_row, owners, result_object
from storage.database import StorageError
from storage.queries import AuditView

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def findings_jsonl(view: AuditView) -> bytes:
    """Returns findings.jsonl: one JSON object a line, in the order of the view."""
    return _lines(finding_object(view, finding) for finding in view.findings)


def results_jsonl(view: AuditView) -> bytes:
    """Returns results.jsonl: one JSON object a check."""
    return _lines(result_object(view, result) for result in view.results)


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
