"""Where a sitting of re-checks starts from: the records of earlier bundles, copied; and what stays of the copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from checks.base import Finding
from crawler.crawl.readers import note_reader, read_alike, without_measures
from mingcha import __version__
from mingcha.audit import open_bundle
from mingcha.errors import ImpossibleError
from mingcha.judging import load_artifacts
from mingcha.rechecks.orders import How, Wanted
from mingcha.rechecks.second_look import finding_of, subjects_of
from portal.artifacts import ColumnRecord, HostRecord, LinkRecord, PageRecord, Shot
from portal.model import Network, Portal
from portal.records import RECORD_TYPES
from portal.urls import host_of
from storage.bundle import Bundle, BundleError, Header
from storage.database import open_database
from storage.rechecks import newest_audits, newest_pictures


def copy_bundle(
    wanted: Wanted,
    folder: Path,
    started: dt.datetime,
    how: How,
    network: tuple[Portal, Network] | None = None,
) -> Bundle:
    """Returns a new bundle with the records of the last audit.

    Raises UsageError when that bundle is gone, ImpossibleError where the new one cannot be made.

    What readers of another version measured of texts stays behind: it is like nothing that is read now.

    Its options say that failed tries of this sitting confirm each other, spaced as they are: what a suspicion becomes
    is another matter, decided by `sitting`.
    """
    with open_bundle(Path(wanted.audit.bundle)) as old:
        portal, names = network or (replace(old.header.portal, id=wanted.audit.portal), old.header.network)
        header = Header(
            audit=f"{folder.name}-recheck",
            portal=portal,
            network=names,
            as_of=how.as_of,
            started=started,
            seed=old.header.seed,
            version=__version__,
            options={
                "recheck_of": wanted.audit.id,
                "confirm": "now",
                "spacing": ",".join(f"{seconds:g}" for seconds in how.spacing),
            },
        )
        try:
            bundle = Bundle.create(folder / "bundle", header)
        except BundleError as error:
            raise ImpossibleError(str(error)) from error
        measured = read_alike(old)
        for kind in RECORD_TYPES.values():
            if kind is not Shot:
                for record in old.all(kind):
                    bundle.add(record if measured else without_measures(record))
        note_reader(bundle)
        for stage, at in old.stages().items():
            if stage not in {"told", "proof", "confirm"}:
                bundle.mark(stage, at)
    return bundle


def earlier_pictures(bundle: Bundle, wanted: Wanted, database: str) -> Mapping[str, tuple[str, ...]]:
    """Returns the newest pictures of each finding, after adding records that only an earlier bundle has.

    A finding stands until its subject was seen to be good, so the last audit need not have come by its page.
    """
    names = [view.fingerprint for view in wanted.findings]
    engine = open_database(database)
    try:
        pictures, heads = newest_pictures(engine, names), newest_audits(engine, names)
    finally:
        engine.dispose()
    here = load_artifacts(bundle)
    for folder in sorted({head.bundle for head in heads.values()} - {wanted.audit.bundle}):
        views = [view for view in wanted.findings if view.fingerprint in heads]
        lost = [
            (view.check, finding_of(view))
            for view in views
            if heads[view.fingerprint].bundle == folder and not subjects_of([(view.check, finding_of(view))], here)
        ]
        if lost and (Path(folder) / "bundle.sqlite").exists():  # it may have been swept
            _add_from(Path(folder), lost, bundle)
    bundle.flush()
    return pictures


def narrow(bundle: Bundle, findings: Sequence[tuple[str, Finding]]) -> None:
    """Leaves of the copied records those that were looked at again: the others lie in the audit they came from."""
    subjects = subjects_of(findings, load_artifacts(bundle), fresh=True)
    kept = [("link", url) for url in subjects.links]
    kept += [(name, url) for url in subjects.pages for name in ("page", "column")]
    compared = {host_of(url) for url in (*subjects.links, *subjects.pages)}  # with what their hosts say to nonsense
    kept += [("host", host) for host in subjects.hosts | compared]
    kept += [("search", "search")] if subjects.search else []
    kept += [("shot", finding.fingerprint) for _, finding in findings]
    bundle.narrow([*kept, ("vantage", "vantage"), ("summary", "summary")])


def _add_from(folder: Path, findings: Sequence[tuple[str, Finding]], bundle: Bundle) -> None:
    with open_bundle(folder) as old:
        subjects = subjects_of(findings, load_artifacts(old), fresh=True)
        found: list[PageRecord | LinkRecord | ColumnRecord | HostRecord | None] = []
        for url in sorted(subjects.links):
            found += [] if bundle.get(LinkRecord, url) else [old.get(LinkRecord, url)]
        for url in sorted(subjects.pages):
            if bundle.get(PageRecord, url) is None:
                found += [old.get(PageRecord, url), old.get(ColumnRecord, url)]
        for host in sorted(subjects.hosts):
            found += [] if bundle.get(HostRecord, host) else [old.get(HostRecord, host)]
        measured = read_alike(old)
        bundle.add(*(one if measured else without_measures(one) for one in found if one is not None))
