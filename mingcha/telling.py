"""Commits a judged audit to the results database and writes everything people and machines read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from checks.base import CheckResult, Outcome
from crawler.heap import give_back
from indicators.score import Score
from mingcha import __version__
from mingcha.band import Counted, looked_at, out_of_band
from mingcha.errors import ImpossibleError, UsageError
from mingcha.first_sights import keeping
from mingcha.https import ends, secured
from mingcha.judging import Judgement
from mingcha.opening import newest_portal, opened
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.sheets import write_sheets
from mingcha.scoring.systems import systems_at_hand
from mingcha.setting import evidence_folder
from portal.model import Network, Portal
from reports import feeds
from reports.files import write_whole
from reports.html import write_report
from reports.masking import masked
from reports.write import FINDINGS, HTML, RESULTS, registered_metas, write_all
from storage.bundle import Bundle, BundleError, Header
from storage.commit import AuditRecord, CommitReport, commit_audit
from storage.database import StorageError, open_database
from storage.evidence import EvidenceStore, referenced
from storage.goodlinks import keep_good_links
from storage.ledger.excuses import excuses
from storage.nights import figures
from storage.queries import audit_view, media_types
from storage.rechecks import rechecks
from storage.views import AuditView, ResultView

Blob = Callable[[str], bytes]


class Stand(Struct, frozen=True):
    """A check as its findings stand with what earlier audits and re-checks saw of them, and what people decided."""

    outcome: str
    wrong: int  # have to be put right
    doubted: int  # suspicions


class Told(Struct, frozen=True):
    """Where things were written: (path, meaning in Chinese), what changed, and one finding's number as an example."""

    files: tuple[tuple[Path, str], ...]
    report: CommitReport
    example: str = ""
    scores: tuple[Score, ...] = ()
    stands: Mapping[str, Stand] = {}  # by check


def keep_and_tell(
    bundle: Bundle,
    judgement: Judgement,
    out: Path,
    database: str,
    *,
    kind: str = "audit",
    systems: Path | None = None,
    proof: Sequence[str] = (),
    also: Callable[[Session], None] | None = None,
    tell: bool = True,
) -> Told:
    """Commits the audit in one transaction, scores it and, with `tell`, writes its reports into `out`.

    Returns the commit, the reports written and the scores.

    `systems` is a folder with indicator systems beside those that ship. A re-check of single findings is not scored.
    `proof` and `also` are what else is committed with a re-check, as for `commit_audit`.

    Raises ImpossibleError with one sentence when database or disk refuse; the bundle stays as it is and can be judged
    again.
    """
    try:
        engine = open_database(database)
        try:
            report = _keep(engine, bundle, judgement, database, kind, proof, also)
            told = _tell(engine, bundle, out, database, kind, systems, report) if tell else Told((), report)
            if judgement.artifacts.summary.stopped_by not in ("interrupted", "platform_rests"):
                # One that was interrupted, or could not even ask for the home page, stays open: the same command with
                # the same --out goes on with it.
                bundle.mark("told", judgement.artifacts.summary.ended)
            return told
        finally:
            engine.dispose()
    except (StorageError, BundleError) as error:
        after = f"What was gathered is kept: once that is put right, run: mingcha rejudge {out}"
        raise ImpossibleError(f"{error}. {after}" if kind == "audit" else f"{error}. Nothing was changed") from error


def _keep(
    engine: Engine,
    bundle: Bundle,
    judgement: Judgement,
    database: str,
    kind: str,
    proof: Sequence[str],
    also: Callable[[Session], None] | None,
) -> CommitReport:
    header, summary = bundle.header, judgement.artifacts.summary
    artifacts, outside = judgement.artifacts, list[str]()
    if kind == "audit":
        also = keeping(header, judgement)
        outside = [url for url, link in artifacts.link_outlines.items() if not link.internal]
    artifacts.forget()  # to write takes memory, too
    give_back()
    store = EvidenceStore(evidence_folder(database))
    store.copy(bundle, (*referenced(judgement.results), *proof))
    report = commit_audit(
        engine,
        AuditRecord(
            id=header.audit,
            portal=header.portal,
            as_of=header.as_of,
            started=summary.started,
            ended=summary.ended,
            degraded=judgement.degraded,
            summary={
                **msgspec.to_builtins(summary),
                "health": msgspec.to_builtins(judgement.health),
                "vantage": msgspec.to_builtins(judgement.artifacts.vantage),
                "certificates": ends(judgement.artifacts.hosts.values()),
                "https": [one.text for one in secured(judgement.artifacts.hosts.values(), summary.ended)],
            },
            versions={"mingcha": header.version, "judged_by": __version__} | _check_versions(judgement.results),
            bundle=str(bundle.folder.absolute()),
            kind=kind,
        ),
        judgement.results,
        bundle.blobs(),
        proof=proof,
        also=also,
    )
    if kind == "audit":
        _share_good_links(engine, header.network, judgement, outside)
    return report


def _tell(
    engine: Engine,
    bundle: Bundle,
    out: Path,
    database: str,
    kind: str,
    systems: Path | None,
    report: CommitReport,
) -> Told:
    header, store = bundle.header, EvidenceStore(evidence_folder(database))
    view = audit_view(engine, header.audit)
    scored = _scored(engine, header.portal, view, systems) if kind == "audit" else ()
    looks = rechecks(engine, header.portal.id)
    pictured = {digest for look in looks for digest in (look.before, look.after) if digest}
    written = write_all(
        view,
        out,
        _blob(store, bundle),
        scores=[one.score for one in scored],
        looks=looks,
        excuses=excuses(engine, header.portal.id),
        pictures=media_types(engine, pictured),
    )
    sheets = write_sheets(scored, out)
    example = next((finding.number for finding in view.findings if finding.state in {"suspect", "open"}), "")
    files = (
        (written.html, "核查报告"),
        (written.workbook, "整改台账"),
        (written.findings, "问题数据"),
        (written.results, "结果数据"),
        *((path, f"赋分表（{one.score.system.id}）") for path, one in zip(sheets, scored, strict=True)),
        *([(written.scores, "得分数据")] if written.scores else []),
    )
    stands = {result.check: _stand(view, result) for result in view.results}
    return Told(files, report, example, tuple(one.score for one in scored), stands)


def _stand(view: AuditView, result: ResultView) -> Stand:
    found = view.by_check(result.check)
    return Stand(view.comes_to(result), sum(one.wrong for one in found), sum(one.doubted for one in found))


def _share_good_links(engine: Engine, network: Network, judgement: Judgement, outside: Iterable[str]) -> None:
    """Keeps for other audits which links of other sites (`outside`) are good; without a verdict nothing is known."""
    verdict = next((result for result in judgement.results if result.check == "broken_links"), None)
    if verdict is not None and verdict.coverage.measured:
        accused = frozenset(finding.subject for finding in verdict.findings)
        artifacts = judgement.artifacts
        with contextlib.suppress(StorageError):  # another audit was quicker: they are asked again, then
            links = (artifacts.links[url] for url in outside)
            keep_good_links(engine, network, links, accused, artifacts.summary.ended)


def _scored(engine: Engine, portal: Portal, view: AuditView, systems: Path | None) -> tuple[Scored, ...]:
    """Returns the scores of an audit under the portal's systems; those no longer at hand are left out."""
    if not portal.systems:
        return ()
    books = systems_at_hand(systems)
    names = [name for name in portal.systems if name in books.systems]
    held = {one.id for name in names for one in books.get(name).exemptions}
    exemptions = [name for name in portal.exemptions if name in held]
    return score_portal(engine, portal.id, names, books, audit=view.audit.id, exemptions=exemptions, view=view)


# Every export by its formats, whichever module writes it: what is said to who asks for another.
_EXPORTS = (
    "ledger (xlsx, csv), findings (jsonl), results (jsonl), report (html, docx, pdf), notices (docx, pdf), "
    "scores (xlsx, jsonl), ranking (xlsx, csv)"
)


def export(what: str, form: str, portal: str, out: Path | None, database: str) -> Path:
    """Writes one export of the last audit of `portal` and returns its path. Raises UsageError, ImpossibleError."""
    writers: dict[tuple[str, str], tuple[str, Callable[[AuditView, Path, Blob], Path]]] = {
        ("findings", "jsonl"): (FINDINGS, lambda view, path, blob: write_whole(path, feeds.findings_jsonl(view))),
        ("results", "jsonl"): (RESULTS, lambda view, path, blob: write_whole(path, feeds.results_jsonl(view))),
        ("report", "html"): (HTML, lambda view, path, blob: write_report(view, path, registered_metas(), blob, {})),
    }
    chosen = next((pair for pair in writers if pair[0] == what and form in {"", pair[1]}), None)
    if chosen is None:
        raise UsageError(f"cannot export {what!r} as {form or 'anything'}: there are {_EXPORTS}")
    name, writer = writers[chosen]
    with opened(database) as engine:
        view = masked(audit_view(engine, portal=portal or newest_portal(engine, database)))
        path = out or Path(f"{view.audit.id}-{name}")
        return writer(view, path, _blob(EvidenceStore(evidence_folder(database))))


def against_earlier(header: Header, judgement: Judgement, database: str) -> str:
    """Returns why an audit is too unlike the earlier ones of its portal to be acted on, "" where it is not.

    Raises ImpossibleError.
    """
    failed = (Outcome.FAIL, Outcome.SUSPECT)
    now = Counted(
        judgement.artifacts.summary.pages,
        {one.check: (one.version, sum(each.outcome in failed for each in one.findings)) for one in judgement.results},
    )
    with opened(database, ImpossibleError) as engine:
        known = figures(engine, header.portal.id, header.started, looked_at())
    return out_of_band(now, [Counted(one.pages, one.findings, one.degraded) for one in known])


def _check_versions(results: tuple[CheckResult, ...]) -> dict[str, str]:
    return {f"check:{result.check}": str(result.version) for result in results}


def _blob(store: EvidenceStore, bundle: Bundle | None = None) -> Blob:
    def read(digest: str) -> bytes:
        if bundle is not None:
            with contextlib.suppress(BundleError):  # what it lacks or holds damaged the store may have
                return bundle.blob(digest)
        return store.get(digest)

    return read
