"""The machine feeds: findings.jsonl, results.jsonl and scores.jsonl, and CSV for spreadsheets (UTF-8 with BOM, formulas
guarded)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from indicators.case import Mark, Word
from indicators.periods import period_of
from indicators.reading import Reading, Sampled
from indicators.score import LeafScore, LevelScore, RemarkScore, Scale, Score, Status
from indicators.system import Group, Leaf, Sample
from reports import scores as sheets
from reports.conclusion import verdict
from reports.ledger.dossier import Dossier
from reports.ledger.rows import LEDGER
from reports.ledger.sheet import ledger_rows
from reports.words import Metas, iso, reason, rerun
from storage.views import AuditView, FindingView, ResultView

SCHEMA_VERSION = 1
# What may stand before a formula and is not seen, or left out by who opens the file: blanks, controls, joiners.
_UNSEEN = re.compile(r"^(?![\t\r\n])[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
# Full-width signs, too: spreadsheets of East Asian locales take them for the others.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


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


def scores_jsonl(scores: Sequence[Score]) -> bytes:
    """Returns scores.jsonl: of every system one line of record "score", then its levels with points, its leaves and its
    remarks, in the order of the document. Every line names its portal, audit and system."""
    return _lines(value for score in scores for value in score_objects(score))


def score_objects(score: Score) -> Iterator[dict[str, Any]]:
    """Yields the objects of scores.jsonl of one system: the machine contract, only ever added to.

    Points are null where there are none, `value` and `word` as long as they are open. Of a leaf `lost` is in points of
    its `stake`; on the scales word and veto the stake is 1 and stands for the whole requirement.
    """
    yield _record(score, "score") | _score_values(score)
    for group in score.system.groups:
        level = score.levels.get(group.id)
        if level is not None and (level.points or group.points is not None):
            yield _record(score, "level") | _level_values(score, group, level)
    for one in score.leaves.values():
        yield _record(score, "leaf") | _leaf_values(score, one)
    for remark in score.remarks:
        yield _record(score, "remark") | _remark_values(remark)


def _record(score: Score, kind: str) -> dict[str, Any]:
    system, case = score.system, score.case
    return {
        "schema_version": SCHEMA_VERSION,
        "record": kind,
        "portal": case.portal,
        "audit": case.audit,
        "as_of": case.as_of.isoformat(),
        "system": system.id,
        "system_version": system.version,
        "period": case.period or period_of(case.as_of, system.scheme.period),
    }


def _score_values(score: Score) -> dict[str, Any]:
    total, scheme = score.total, score.system.scheme
    low, high = (score.low, score.high) if total is not None else (None, None)
    conclusion, _ = verdict(score)
    vetoes = [one for one in score.leaves.values() if one.scale is Scale.VETO]
    unsaid = [one for one in vetoes if one.lost[0] < one.lost[1] and not one.proposed]
    return {
        "system_title": score.system.title,
        "conclusion": conclusion,
        "passed": score.passed,
        "low": low,
        "high": high,
        "value": low if low == high else None,
        "points": total.points if total is not None else None,
        "pass_at": scheme.pass_at,
        "factor": score.factor,
        "total": _points(total),
        "bonus": _points(score.bonus),
        "automatic": total.automatic if total is not None else None,
        "by_people": total.by_people if total is not None else None,
        "waiting": total.waiting if total is not None else None,
        "measured_share": round(score.measured_share, 6),
        "decided_share": round(score.decided_share, 6),
        "vetoes": {
            "proposed": [one.leaf.id for one in score.vetoes()],
            "confirmed": [one.leaf.id for one in score.vetoes(Word.CONFIRMED)],
            "open": [one.leaf.id for one in unsaid],
        },
        "counts": {
            "met": score.words(Word.MET),
            "not_met": score.words(Word.NOT_MET),
            "open": score.words(None),
            "not_applicable": score.words(Word.NOT_APPLICABLE),
        },
        "notes": list(score.notes),
    }


def _level_values(score: Score, group: Group, level: LevelScore) -> dict[str, Any]:
    return {
        "id": group.id,
        "title": sheets.shown(group.title),
        "titles": _titles(score, group.id),
        "stage": score.system.stage(group.id),
        **(_points(level) or {}),
        "value": level.value,
        "automatic": level.automatic,
        "by_people": level.by_people,
        "waiting": level.waiting,
        "words": level.words,
        "mark": _mark(level.mark),
    }


def _leaf_values(score: Score, one: LeafScore) -> dict[str, Any]:
    leaf, reading = one.leaf, one.reading
    charges = reading.charges if reading is not None else ()
    by_people = one.status in (Status.PERSON, Status.MARKED)
    return {
        "id": leaf.id,
        "titles": _titles(score, leaf.id),
        "text": sheets.shown(leaf.text),
        "stage": score.system.stage(leaf.id),
        "decide": leaf.decide,
        "scale": one.scale,
        "status": one.status,
        "word": one.word,
        "stake": one.stake,
        "lost": _ends(one.lost),
        "earned": _ends(one.earned) if one.scale is Scale.POINTS else None,
        "measured": one.measured,
        "words": one.words,
        "proposal": _proposal(reading) if by_people and reading is not None else None,
        "charges": [
            {
                "number": charge.defect.number,
                "fingerprint": charge.defect.key,
                "amount": charge.amount,
                "standing": charge.defect.standing,
                "elsewhere": charge.elsewhere,
            }
            for charge in charges
        ],
        "draw": _draw(leaf, reading.draw) if reading is not None and reading.draw is not None else None,
        "evidence": [f"sha256:{sha}" for sha in dict.fromkeys(sha for each in charges for sha in each.defect.evidence)],
        "mark": _mark(one.mark),
    }


def _remark_values(one: RemarkScore) -> dict[str, Any]:
    return {
        "id": one.remark.id,
        "text": sheets.shown(one.remark.text),
        "choices": [{"label": choice.label, "points": choice.points} for choice in one.remark.choices],
        "points": one.points,
        "mark": _mark(one.mark),
    }


def _proposal(reading: Reading) -> dict[str, Any]:
    return {"lost": _ends((reading.least, reading.most)), "met": reading.met, "words": reading.words}


def _draw(leaf: Leaf, drawn: Sampled) -> dict[str, Any]:
    return {
        "name": drawn.name,
        "title": drawn.title,
        "seed": drawn.seed,
        "size": leaf.rule.size if isinstance(leaf.rule, Sample) else len(drawn.members),
        "candidates": drawn.candidates,
        "members": [
            {"subject": member.subject, "title": member.title, "result": result}
            for member, result in zip(drawn.members, drawn.results, strict=True)
        ],
        "census": dict(drawn.census),
    }


def _mark(mark: Mark | None) -> dict[str, Any] | None:
    if mark is None:
        return None
    return {"points": mark.points, "word": mark.word, "who": mark.who, "at": iso(mark.at), "why": mark.why}


def _points(level: LevelScore | None) -> dict[str, float] | None:
    return {"points": level.points, "low": level.low, "high": level.high} if level is not None else None


def _ends(pair: tuple[float, float]) -> dict[str, float]:
    return {"low": round(pair[0], 6), "high": round(pair[1], 6)}


def _titles(score: Score, node: str) -> list[str]:
    return [sheets.shown(group.title) for group in score.system.ancestors(node)]


def ledger_csv(dossiers: Sequence[Dossier], metas: Metas) -> bytes:
    """Returns 问题台账 as CSV: UTF-8 with BOM, as spreadsheets expect it; no cell is taken for a formula."""
    headers = [header for header, _ in LEDGER]
    return table_csv(headers, ([row.get(header) for header in headers] for row in ledger_rows(dossiers, metas)))


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
    if isinstance(cell, str) and _UNSEEN.sub("", cell).startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def unguarded(cell: str) -> str:
    """Returns a cell without the apostrophe `guard` set before it."""
    return cell[1:] if cell.startswith("'") and guard(cell[1:]) == cell else cell


def _lines(objects: Iterable[dict[str, Any]]) -> bytes:
    encode = msgspec.json.encode
    return b"".join(encode(value) + b"\n" for value in objects)
