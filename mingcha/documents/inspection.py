"""`mingcha export report --format docx|pdf`: 检查报告 of one portal, or of all portals of a jurisdiction."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mingcha.documents.export import file_name, put
from mingcha.errors import UsageError
from mingcha.opening import newest_portal, opened
from mingcha.periods import span_of
from mingcha.scoring.ranking import ranking_of
from mingcha.scoring.scores import earlier, score_portal
from mingcha.scoring.systems import Roster, systems_at_hand
from mingcha.setting import evidence_folder
from portal.model import Office
from reports.document.model import Document
from reports.figures import Figures
from reports.inspection.region import Region, region_report
from reports.inspection.report import Inspected, portal_report
from reports.masking import masked, masked_scores
from reports.write import registered_metas
from storage.database import StorageError
from storage.evidence import EvidenceStore
from storage.queries import audit_view
from storage.rectification import rectification


def export_inspection(
    form: str,
    portal: str,
    roster: Roster,
    office: Office,
    *,
    out: Path | None,
    folder: Path | None,
    database: str,
) -> tuple[Path, tuple[str, ...]]:
    """Writes 检查报告 of a portal's newest audit; returns its path and what to say of typefaces. Raises UsageError."""
    books = systems_at_hand(folder)
    with opened(database) as engine:
        name = portal or newest_portal(engine, database)
        view = audit_view(engine, portal=name)
        # A system that is no longer at hand is left out, unless it was asked for by name.
        systems = [one for one in roster.systems(name) if roster.named or one in books.systems]
        exempt = roster.exemptions(name) if systems else ()
        found = score_portal(engine, name, systems, books, audit=view.audit.id, exemptions=exempt) if systems else ()
        last = {one.score.system.id: was.score for one in found if (was := earlier(engine, one, books, exempt))}
        scores = masked_scores([one.score for one in found])
        store = EvidenceStore(evidence_folder(database))
        told = Inspected(masked(view), scores, registered_metas(), office, dt.datetime.now(dt.UTC), last)
        document = portal_report(told, Figures(store.get))
    path = out or Path(f"{file_name(view.audit.id, '检查报告')}.{form}")
    return path, _put(document, path, form)


def export_region(
    form: str,
    period: str,
    roster: Roster,
    office: Office,
    *,
    out: Path | None,
    folder: Path | None,
    database: str,
) -> tuple[Path, tuple[str, ...]]:
    """Writes 检查报告 of all portals ranked under one system; returns its path and what to say of typefaces.

    Raises UsageError where none of them was audited in the period.
    """
    books = systems_at_hand(folder)
    with opened(database) as engine:
        found = ranking_of(engine, roster, period, books)
        views = [masked(one.view) for one in found.scored]
        now = dt.datetime.now(dt.UTC)
        span = span_of(found.ranking.period, found.ranking.system.scheme.period, now)
        course = {view.portal.id: rectification(engine, view.portal.id, *span) for view in views}
    if not views:
        raise UsageError(f"none of the portals was audited in {found.ranking.period}: run mingcha audit first")
    document = region_report(Region(found.ranking, views, course, registered_metas(), office, now))
    path = out or Path(f"{file_name('检查情况通报', found.ranking.system.id, found.ranking.period)}.{form}")
    return path, _put(document, path, form)


def _put(document: Document, path: Path, form: str) -> tuple[str, ...]:
    try:
        return put([(document, path)], form)
    except StorageError as error:
        raise UsageError(str(error)) from error
