"""One sitting of re-checks: the identical tests of some findings of one portal, sharing what they have in common.

The last audit's bundle is copied record by record, the records of the subjects are renewed, the checks concerned judge
them, and only what concerns those subjects is committed: states, a look for each finding, a picture before and after.
What could not be looked at again changes nothing, and neither does a sitting our own line failed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from checks.base import REASONS, Artifacts, CheckResult, Confirm, Finding, Outcome, subject_key
from checks.registry import check
from crawler.crawl.again import Again, look_again, open_links, tools
from crawler.net.known import KnownLinks
from crawler.sitting import Sitting
from mingcha.audit import KNOWN, refuse_outside_window
from mingcha.before import write_known
from mingcha.errors import ImpossibleError
from mingcha.first_sights import seen_before
from mingcha.judging import Judgement, judge_bundle, known_findings, load_artifacts
from mingcha.probes.availability import keep_series
from mingcha.rechecks.copying import copy_bundle, earlier_pictures, narrow
from mingcha.rechecks.orders import How, Seen, Wanted
from mingcha.rechecks.second_look import finding_of, subjects_of, take_screenshots
from mingcha.rechecks.words import VERDICTS, link_said, method_of
from mingcha.setting import PACE, state_folder
from mingcha.telling import keep_and_tell
from portal.artifacts import Absence, GatherSummary, Shot
from portal.history import History
from portal.model import Network, Portal
from storage.bundle import Bundle, BundleError
from storage.database import StorageError
from storage.lifecycle import Sight, State
from storage.rechecks import Look, keep_looks
from storage.views import FindingView

T = TypeVar("T")


def sit(
    wanted: Wanted,
    folder: Path,
    how: How,
    database: str,
    described: tuple[Portal, Network] | None = None,
) -> tuple[Seen, ...]:
    """Looks again at every finding wanted and commits the outcome; returns what each look came to.

    `described` is the portal as targets.toml has it today. Raises ImpossibleError outside the portal's hours and where
    database or disk refuse, UsageError when the bundle to start from is gone; then nothing was changed.
    """
    try:
        return _sit(wanted, folder, how, database, described)
    except (BundleError, StorageError) as error:
        raise ImpossibleError(f"{error}. Nothing was changed") from error


def _sit(
    wanted: Wanted, folder: Path, how: How, database: str, described: tuple[Portal, Network] | None
) -> tuple[Seen, ...]:
    started = dt.datetime.now(dt.UTC)
    with copy_bundle(wanted, folder, started, how, described) as bundle:
        refuse_outside_window(bundle.header.portal)
        before = earlier_pictures(bundle, wanted, database)
        sitting = Sitting(pace=state_folder(database) / PACE)
        known = folder / "bundle" / KNOWN
        write_known(bundle.header.network, known, database)
        lists = seen_before(bundle.header, database)
        again, said = asyncio.run(_in_time(_again(bundle, wanted, how, sitting, known, lists), bundle.header.portal))
        keep_series(bundle, database)
        judgement = _judge(bundle, wanted, again, lists)
        looks = _looks(bundle, wanted, judgement, how.who, before, said)
        keep_and_tell(
            bundle,
            judgement,
            folder,
            database,
            kind="recheck",
            proof=[look.after for look in looks if look.after],
            also=lambda session: keep_looks(
                session, bundle.header.audit, looks, {view.fingerprint: view.state for view in wanted.findings}
            ),
            tell=how.tell,
        )
        with contextlib.suppress(BundleError):  # it is kept: this only saves space
            narrow(bundle, [(view.check, finding_of(view)) for view in wanted.findings])
    return tuple(Seen(asked, look) for asked, look in zip(wanted.asked, looks, strict=True))


async def _in_time(work: Coroutine[None, None, T], portal: Portal) -> T:
    try:
        async with asyncio.timeout(portal.max_minutes * 60):
            return await work
    except TimeoutError:
        why = f"the re-check of {portal.id} took longer than max_minutes ({portal.max_minutes:g}): nothing was changed"
        raise ImpossibleError(why) from None


async def _again(
    bundle: Bundle, wanted: Wanted, how: How, sitting: Sitting, known: Path, lists: History
) -> tuple[Again, Mapping[str, str]]:
    """Renews the records of the subjects, once more where our own line failed, and takes the pictures after.

    Returns how the portal was found, and what the links of claims showed, in Chinese, by link.
    """
    findings = [(view.check, finding_of(view)) for view in wanted.findings]
    subjects = subjects_of(findings, load_artifacts(bundle), fresh=True)
    links = sorted({one.link for one in wanted.asked if one.link})
    said: dict[str, str] = {}
    requests = received = 0
    for pause in (0.0, max(how.spacing)):
        await asyncio.sleep(pause)
        async with tools(bundle, use_browser=how.browser, sitting=sitting) as (fetcher, service):
            links_known = KnownLinks.open(known)
            again = await look_again(bundle, subjects, fetcher, service, spacing=how.spacing, known=links_known)
            if again.holds and links:
                opened = await open_links(links, fetcher)
                said = {url: link_said(url, opened[url], bundle.header.portal) for url in links}
            if links_known is not None:
                links_known.close()
            requests, received = requests + fetcher.requests, received + fetcher.bytes
        if not again.may_pass:
            break
    summary = bundle.get(GatherSummary, "summary")
    if summary is not None:
        bundle.add(
            replace(
                summary,
                home_outcome=again.arrival.fetched.attempt.outcome,
                moved_to=again.arrival.moved_to,
                blocked=again.arrival.blocked,
                started=bundle.header.started,
                ended=dt.datetime.now(dt.UTC),
                stopped_by="",
                requests=requests,
                bytes=received,
            )
        )
    bundle.flush()
    if how.browser and again.holds:
        await take_screenshots(bundle, _pictured(wanted, _judge(bundle, wanted, again, lists)), sitting)
    return again, said


def _pictured(wanted: Wanted, judgement: Judgement) -> list[Finding]:
    """Returns the findings that were measured, each with what its picture is to say."""
    found = {one.fingerprint: one for result in judgement.results for one in result.findings}
    pictured = []
    for view in wanted.findings:
        sight = sight_of(view, judgement)
        if sight is Sight.GOOD:
            pictured.append(replace(finding_of(view), message=f"复查 {view.number}：{VERDICTS[sight]}"))
        elif sight is not Sight.UNSEEN:
            pictured.append(found[view.fingerprint])
    return pictured


def _judge(bundle: Bundle, wanted: Wanted, again: Again, lists: History) -> Judgement:
    """Judges the renewed bundle and keeps only what concerns the findings asked for."""
    only = frozenset(view.check for view in wanted.findings)
    judgement = judge_bundle(bundle, only=only, known=known_findings(wanted.findings), history=lists)
    results = tuple(_about(result, wanted, again) for result in judgement.results)
    return Judgement(judgement.artifacts, results, "")


def _about(result: CheckResult, wanted: Wanted, again: Again) -> CheckResult:
    """Returns the part of a result that is about the findings asked for; nothing of it where the line failed.

    What failed in one sitting, however often, stays a suspicion where a network lies between: another day decides.
    """
    meta = check(result.check).META
    views = {view.fingerprint: view for view in wanted.findings if view.check == result.check}
    keys = {subject_key(meta, view.kind, view.subject) for view in views.values()}
    passed = tuple(key for key in result.coverage.passed if key in keys) if again.holds else ()
    findings = tuple(
        replace(finding, outcome=Outcome.SUSPECT)
        if views[finding.fingerprint].state == State.SUSPECT and meta.kind(finding.kind).confirm is Confirm.NETWORK
        else finding
        for finding in (result.findings if again.holds else ())
        if finding.fingerprint in views
    )
    outcome = (
        Outcome.FAIL
        if any(finding.outcome is Outcome.FAIL for finding in findings)
        else Outcome.SUSPECT
        if findings
        else Outcome.PASS
        if passed
        else Outcome.NOT_MEASURED
    )
    reason = result.reason if again.holds else str(Absence.OWN_LINE if again.line_lost else Absence.UNREACHABLE)
    coverage = replace(result.coverage, intended=len(views), measured=len(findings) + len(passed), passed=passed)
    return replace(result, findings=findings, outcome=outcome, reason=reason, coverage=coverage)


def sight_of(view: FindingView, judgement: Judgement) -> Sight:
    """Returns what a judged sitting saw of one finding."""
    key = subject_key(check(view.check).META, view.kind, view.subject)
    for result in judgement.results:
        for finding in result.findings:
            if finding.fingerprint == view.fingerprint:
                return Sight.FAILED if finding.outcome is Outcome.FAIL else Sight.DOUBTFUL
        if result.check == view.check and key in result.coverage.passed:
            return Sight.GOOD
    return Sight.UNSEEN


def _looks(
    bundle: Bundle,
    wanted: Wanted,
    judgement: Judgement,
    who: str,
    before: Mapping[str, tuple[str, ...]],
    said: Mapping[str, str],
) -> tuple[Look, ...]:
    reasons = {result.check: result.reason for result in judgement.results}
    artifacts = judgement.artifacts
    looks = []
    for asked in wanted.asked:
        view = asked.finding
        sight = sight_of(view, judgement)
        reason = reasons.get(view.check) or Absence.UNDECIDED
        why = REASONS.get(reason, reason) if sight is Sight.UNSEEN else ""
        pictures = before.get(view.fingerprint, ("",))
        of_search = "search" in check(view.check).META.requires
        looks.append(
            Look(
                fingerprint=view.fingerprint,
                reason=asked.reason,
                at=artifacts.summary.ended,
                who=who,
                method=method_of(subjects_of([(view.check, finding_of(view))], artifacts, fresh=True), artifacts),
                sight=sight,
                before=pictures[-1 if of_search else 0],  # of the result page, rather than of what was searched for
                after=_after(bundle, view, artifacts, of_search=of_search) if sight is not Sight.UNSEEN else "",
                note="；".join(filter(None, (why, said.get(asked.link, "")))),
            )
        )
    return tuple(looks)


def _after(bundle: Bundle, view: FindingView, artifacts: Artifacts, *, of_search: bool) -> str:
    """Returns the picture that shows what this sitting saw, "" where there is none."""
    shot = bundle.get(Shot, view.fingerprint)
    taken = shot.sha256 if shot is not None else ""
    if not of_search or artifacts.search is None:
        return taken
    results = [one.screenshot for one in artifacts.search.sessions if one.drawn.url == view.subject]
    return next(filter(None, reversed(results)), "") or (not results and artifacts.search.screenshot) or taken
