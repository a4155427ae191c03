"""Writes every report of one audit into a folder: the one door for commands that tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from checks.registry import all_checks
from indicators.score import Score
from portal.encoding import decode
from portal.personal import mask_personal
from reports import feeds
from reports.files import write_whole
from reports.html import write_report
from reports.ledger.dossier import Dossier
from reports.masking import masked, masked_scores
from reports.words import Metas
from reports.workbook import write_workbook
from storage.evidence import export, referenced_in
from storage.ledger.excuses import Excuse
from storage.rechecks import Recheck
from storage.views import AuditView

EVIDENCE = "evidence"
HTML, WORKBOOK, CSV = "report.html", "ledger.xlsx", "findings.csv"
FINDINGS, RESULTS, SCORES = "findings.jsonl", "results.jsonl", "scores.jsonl"


class Written(Struct, frozen=True):
    """Where the reports of one audit were written."""

    findings: Path
    results: Path
    csv: Path
    workbook: Path
    html: Path
    evidence: Path
    scores: Path | None = None  # None: nothing was scored


def registered_metas() -> Metas:
    """Returns the declarations of all registered checks by id, in the order they are reported."""
    return {module.META.id: module.META for module in all_checks()}


def write_all(
    view: AuditView,
    out: Path,
    blob: Callable[[str], bytes],
    metas: Metas | None = None,
    scores: Sequence[Score] = (),
    *,
    looks: Sequence[Recheck] = (),
    excuses: Sequence[Excuse] = (),
    pictures: Mapping[str, str] = MappingProxyType({}),
) -> Written:
    """Writes all reports of an audit into `out` and returns their paths; files there are replaced, each whole or not.

    `scores` are those made from this audit, one a system; without any there is no scores.jsonl.
    `looks` and `excuses` are those of the portal; `pictures` the media types of what the looks show, by hash.
    `blob` gives the bytes of a hash (a bundle's or an evidence store's). Evidence that cannot be read is left out.
    Raises StorageError with one sentence when the disk refuses.
    """
    metas = registered_metas() if metas is None else metas
    view, scores = masked(view), masked_scores(scores)
    files = export(blob, {**wanted(view), **pictures}, out / EVIDENCE, mask=mask_personal, decode=_decoded)
    paths = {digest: f"{EVIDENCE}/{name}" for digest, name in files.items()}
    shots = {digest: path for digest, path in paths.items() if not path.endswith(".txt")}
    dossier = Dossier(view, shots, tuple(scores), tuple(looks), tuple(excuses))
    return Written(
        findings=write_whole(out / FINDINGS, feeds.findings_jsonl(view)),
        results=write_whole(out / RESULTS, feeds.results_jsonl(view)),
        csv=write_whole(out / CSV, feeds.ledger_csv([dossier], metas)),
        workbook=write_workbook([dossier], out / WORKBOOK, metas, made=view.audit.ended),
        html=write_report(view, out / HTML, metas, blob, paths, scores),
        evidence=out / EVIDENCE,
        scores=write_whole(out / SCORES, feeds.scores_jsonl(scores)) if scores else None,
    )


def wanted(view: AuditView) -> Mapping[str, str]:
    """Returns the evidence the reports of a view refer to, hash -> media type."""
    values = [finding.evidence for finding in view.findings], [finding.facts for finding in view.findings]
    rows = [result.rows for result in view.results]
    draws = [[member.facts for draw in result.draws for member in draw.members] for result in view.results]
    index = view.evidence
    return {digest: index[digest].media_type for digest in referenced_in((values, draws, rows)) if digest in index}


def _decoded(data: bytes, media_type: str) -> str:
    return decode(data, media_type)[0]
