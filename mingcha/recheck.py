"""`mingcha recheck`: the identical test of one finding again, or of all open findings of a portal; closes or keeps it.

The last audit's bundle is copied record by record, the records of the subject are renewed, the one check judges them,
and only what concerns the subject is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from checks.base import CheckResult, Finding, Meta, Outcome, Severity
from checks.registry import check
from crawler.again import look_again, tools
from crawler.sitting import Sitting
from mingcha import __version__
from mingcha.audit import CHINA, PACE, open_bundle, refuse_outside_window
from mingcha.errors import DEGRADED, DONE, ImpossibleError, UsageError
from mingcha.judging import Judgement, judge_bundle, known_findings, load_artifacts
from mingcha.printable import printable
from mingcha.sample import running_sample
from mingcha.second_look import subjects_of, take_screenshots
from mingcha.telling import keep_and_tell, live_findings, state_folder
from portal.artifacts import RECORD_TYPES, GatherSummary, Level, Occurrence, Shot
from portal.facts import Element, Region
from portal.model import Network, Portal
from storage.bundle import Bundle, BundleError, Header
from storage.database import StorageError, open_database
from storage.queries import AuditHead, FindingView, audit_view, audits, find, portal_of, portals

VERDICTS = {
    "fixed": "已整改，予以关闭",
    "cleared": "复核正常，排除疑似",
    "open": "仍存在",
    "regressed": "仍存在（反弹）",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be re-checked: findings of one portal, and the audit whose bundle is the starting point."""

    findings: tuple[FindingView, ...]
    audit: AuditHead


def run_recheck(
    word: str,
    *,
    out: Path | None,
    as_of: dt.date,
    spacing: tuple[float, ...],
    browser: bool,
    targets: Path | None,
    database: str,
    data: Path,
) -> int:
    """Re-checks and prints the verdict of each finding. Returns 0, or 3 when some could not be measured."""
    wanted = look_up(word, database)
    started = dt.datetime.now(dt.UTC)
    folder = out or data / "rechecks" / f"{wanted.audit.portal}-{started.astimezone(CHINA):%Y%m%d-%H%M%S}"
    with (
        _described(wanted, targets, data) as described,
        copy_bundle(wanted, folder, started, as_of, described) as bundle,
    ):
        refuse_outside_window(bundle.header.portal)
        sitting = Sitting(pace=state_folder(database) / PACE)
        asyncio.run(_again(bundle, wanted, spacing, browser=browser, sitting=sitting))
        keep_and_tell(bundle, _judge(bundle, wanted), folder, database, kind="recheck")
    return _show(wanted, database)


@contextlib.contextmanager
def _described(wanted: Wanted, targets: Path | None, data: Path) -> Iterator[tuple[Portal, Network] | None]:
    """Yields the portal as targets.toml has it today, None where it is not there; the sample is served meanwhile."""
    from mingcha.commands import read_targets

    with open_bundle(Path(wanted.audit.bundle)) as old:
        header = old.header
    with contextlib.ExitStack() as stack:
        if header.options.get("sample"):
            targets = stack.enter_context(running_sample(data / "sample", header.as_of))
        described = read_targets(targets) if targets is not None else None
        known = described.portals if described is not None else ()
        portal = next((portal for portal in known if portal.id == header.portal.id), None)
        yield (portal, described.network) if portal is not None and described is not None else None


def look_up(word: str, database: str) -> Wanted:
    """Returns the findings meant by a number, fingerprint or portal id. Raises UsageError."""
    try:
        engine = open_database(database)
        try:
            if any(portal.id == word for portal in portals(engine)):
                if not (live := live_findings(engine, word)):
                    raise UsageError(f"{word} has no open finding: nothing to re-check")
                return Wanted(live, audit_view(engine, portal=word).audit)
            finding = find(engine, word)
            portal = portal_of(engine, finding)
            head = next(head for head in audits(engine, portal) if head.kind == "audit")
            return Wanted((finding,), head)
        finally:
            engine.dispose()
    except StorageError as error:
        raise UsageError(str(error)) from error


def copy_bundle(
    wanted: Wanted,
    folder: Path,
    started: dt.datetime,
    as_of: dt.date,
    network: tuple[Portal, Network] | None = None,
) -> Bundle:
    """Returns a new bundle with the records of the last audit. Raises UsageError when that bundle is gone."""
    with open_bundle(Path(wanted.audit.bundle)) as old:
        portal, names = network or (old.header.portal, old.header.network)
        header = Header(
            audit=f"{folder.name}-recheck",
            portal=portal,
            network=names,
            as_of=as_of,
            started=started,
            seed=old.header.seed,
            version=__version__,
            options={"recheck_of": wanted.audit.id},
        )
        try:
            bundle = Bundle.create(folder / "bundle", header)
        except BundleError as error:
            raise ImpossibleError(str(error)) from error
        for record_type in RECORD_TYPES.values():
            if record_type is not Shot:
                bundle.add(*old.all(record_type))
        for stage, at in old.stages().items():
            if stage not in {"told", "proof", "confirm"}:
                bundle.mark(stage, at)
    return bundle


async def _again(bundle: Bundle, wanted: Wanted, spacing: Sequence[float], *, browser: bool, sitting: Sitting) -> None:
    findings = [(view.check, finding_of(view)) for view in wanted.findings]
    subjects = subjects_of(findings, load_artifacts(bundle), fresh=True)
    async with tools(bundle, use_browser=browser, sitting=sitting) as (fetcher, service):
        arrival = await look_again(bundle, subjects, fetcher, service, spacing=spacing)
        summary = bundle.get(GatherSummary, "summary")
        if summary is not None:
            bundle.add(
                replace(
                    summary,
                    home_outcome=arrival.fetched.attempt.outcome,
                    moved_to=arrival.moved_to,
                    blocked=arrival.blocked,
                    started=bundle.header.started,
                    ended=dt.datetime.now(dt.UTC),
                    stopped_by="",
                    requests=fetcher.requests,
                    bytes=fetcher.bytes,
                )
            )
    bundle.flush()
    if browser:
        results = _judge(bundle, wanted).results
        await take_screenshots(bundle, [finding for result in results for finding in result.findings], sitting)


def _judge(bundle: Bundle, wanted: Wanted) -> Judgement:
    """Judges the renewed bundle and keeps only what concerns the findings asked for."""
    only = frozenset(view.check for view in wanted.findings)
    judgement = judge_bundle(bundle, only=only, known=known_findings(wanted.findings))
    about = {view.fingerprint for view in wanted.findings}
    results = tuple(_about(result, wanted, about) for result in judgement.results)
    return Judgement(judgement.artifacts, results, "")


def _about(result: CheckResult, wanted: Wanted, about: set[str]) -> CheckResult:
    meta = check(result.check).META
    keys = {_key(meta, view) for view in wanted.findings if view.check == result.check}
    passed = tuple(key for key in result.coverage.passed if key in keys)
    findings = tuple(finding for finding in result.findings if finding.fingerprint in about)
    outcome = (
        Outcome.FAIL
        if any(finding.outcome is Outcome.FAIL for finding in findings)
        else Outcome.SUSPECT
        if findings
        else Outcome.PASS
        if passed
        else Outcome.NOT_MEASURED
    )
    return replace(result, findings=findings, outcome=outcome, coverage=replace(result.coverage, passed=passed))


def _key(meta: Meta, view: FindingView) -> str:
    kind = meta.kind(view.kind)
    return f"{kind.group or kind.id} {view.subject}"


def finding_of(view: FindingView) -> Finding:
    """Returns a stored finding as its check made it, as far as looking at it again needs it."""
    return Finding(
        kind=view.kind,
        subject=view.subject,
        outcome=Outcome.SUSPECT,
        level=Level(view.level),
        internal=view.internal,
        occurrences=tuple(
            Occurrence(
                place.page,
                place.text,
                msgspec.convert(place.element, Element),
                msgspec.convert(place.region or "body", Region),
                place.visible,
                msgspec.convert(place.level, Level),
                place.raw,
            )
            for place in view.occurrences
        ),
        occurrence_count=view.occurrence_count,
        facts=view.facts,
        severity=Severity(view.severity),
        fingerprint=view.fingerprint,
    )


def _show(wanted: Wanted, database: str) -> int:
    engine = open_database(database)
    measured = True
    try:
        for before in wanted.findings:
            after = find(engine, before.fingerprint)
            last = after.transitions[-1] if after.transitions else None
            moved = after.state != before.state
            if moved or after.last_seen > before.last_seen:
                verdict = VERDICTS.get(after.state, "仍为疑似，需隔日再复核")
            else:
                verdict, measured = "本次未能复核，状态不变", False
            print(printable(f"{after.number}  {verdict}  {after.message}"))
            if moved and last:
                print(f"    {last.before} -> {last.after}：{last.why}")
    finally:
        engine.dispose()
    sys.stdout.flush()
    return DONE if measured else DEGRADED
