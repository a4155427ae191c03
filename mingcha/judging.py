"""From a bundle to results: what was gathered, why the rest is absent, and whether the audit saw enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.base import Artifacts, CheckResult, KnownFinding, Outcome
from checks.registry import all_checks
from checks.runner import judge
from mingcha.health import Hint
from portal.artifacts import (
    Absence,
    AvailabilityRecord,
    ColumnRecord,
    FetchOutcome,
    GatherSummary,
    HostRecord,
    LinkRecord,
    PageRecord,
    SearchRecord,
    Shot,
    Vantage,
)
from portal.history import History
from portal.workdays import WorkCalendar
from storage.bundle import Bundle
from storage.kept import Kept

if TYPE_CHECKING:
    from storage.views import FindingView

# An audit that measured less than this share of what it meant to measure closes nothing.
COVERAGE_FLOOR = 0.5

# Stage of a bundle whose audit belongs to a night that misjudged the canary.
DOUBTED = "doubted"

# The stage after which records of a type are complete; without its mark they are not there to be judged.
_STAGES = {"page": "crawl", "column": "crawl", "link": "links", "host": "probe", "search": "search"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The results of an audit and why it is degraded ("" when it is not; English, for logs and `audit.degraded`)."""

    artifacts: Artifacts
    results: tuple[CheckResult, ...]
    degraded: str
    health: tuple[Hint, ...] = ()  # what was unusual about an audit's run


def load_artifacts(
    bundle: Bundle,
    calendar: WorkCalendar | None = None,
    known: tuple[KnownFinding, ...] = (),
    history: History | None = None,
) -> Artifacts:
    """Returns everything in the bundle as checks want it, with a reason for each record type that is absent.

    Pages and links stay in the bundle, which must be open while they are looked at.
    """
    summary = bundle.get(GatherSummary, "summary") or _unfinished(bundle)
    search = bundle.get(SearchRecord, "search")
    vantage = bundle.get(Vantage, "vantage")
    series = bundle.get(AvailabilityRecord, "availability")
    return Artifacts(
        portal=bundle.header.portal,
        as_of=bundle.header.as_of,
        summary=summary,
        calendar=calendar or WorkCalendar(),
        vantage=vantage,
        pages=Kept(bundle, PageRecord),
        columns={record.url: record for record in bundle.all(ColumnRecord)},
        links=Kept(bundle, LinkRecord, lambda link: link.count > 0),  # 0: taken off every page
        hosts={record.host: record for record in bundle.all(HostRecord)},
        search=search,
        availability=series,
        shots={record.fingerprint: record for record in bundle.all(Shot)},
        # Probes go their own way: they say something about a portal whose audit saw nothing, too.
        absent={**_absent(bundle, summary, search, vantage), **({} if series else {"availability": Absence.NO_SERIES})},
        seed=bundle.header.seed,
        known=known,
        history=history,
    )


def judge_bundle(
    bundle: Bundle,
    *,
    only: frozenset[str] | None = None,
    known: tuple[KnownFinding, ...] = (),
    history: History | None = None,
) -> Judgement:
    """Returns the results of all checks (or of `only`) on a bundle. Touches no network.

    `known` are the findings that stood before, so that a check can prove that their subject was taken away; `history`
    is what earlier audits saw of the portal's lists.
    """
    artifacts = load_artifacts(bundle, known=known, history=history)
    results = tuple(_with_shots(result, artifacts) for result in judge(artifacts, only, _params(bundle)))
    why = _degraded(artifacts.summary, results)
    if not why and DOUBTED in bundle.stages():
        why = "canary: the faulty portal audited along was not judged as it must be"
    return Judgement(artifacts, results, why)


def _params(bundle: Bundle) -> Mapping[str, object]:
    """Returns what decides when a failed link is certain: a second look of this sitting must close its schedule, and
    where none was asked for, the tries of the first round never confirm each other."""
    options = bundle.header.options
    if "confirm" not in options:
        return {}
    if options["confirm"] != "now":
        return {"broken_links": {"spacing_seconds": 3600.0}}
    pauses = [float(word) for word in options.get("spacing", "2,10,60").split(",")]
    # A little less than the schedule itself: pauses are slept, not measured.
    return {"broken_links": {"spacing_seconds": 0.9 * sum(pauses), "read_spacing_seconds": 0.9 * min(pauses)}}


def known_findings(views: Iterable[FindingView]) -> tuple[KnownFinding, ...]:
    """Returns stored findings as checks want to know of them."""
    return tuple(
        KnownFinding(
            view.check,
            view.kind,
            view.subject,
            pages=tuple(place.page for place in view.occurrences),
            signs=tuple(view.facts.get("signs", ())),
        )
        for view in views
    )


def known_checks() -> dict[str, str]:
    """Returns the Chinese titles of all checks by id."""
    return {check.META.id: check.META.title for check in all_checks()}


def _with_shots(result: CheckResult, artifacts: Artifacts) -> CheckResult:
    """Returns the result with the picture of each finding as the first of its evidence."""
    findings = []
    for finding in result.findings:
        shot = artifacts.shots.get(finding.fingerprint)
        if shot and shot.sha256 not in finding.evidence:
            finding = replace(finding, evidence=(shot.sha256, *finding.evidence))
        findings.append(finding)
    return replace(result, findings=tuple(findings))


def _unfinished(bundle: Bundle) -> GatherSummary:
    stages = bundle.stages()
    pages = bundle.count(PageRecord)
    home = bundle.get(PageRecord, bundle.header.portal.home)
    return GatherSummary(
        started=bundle.header.started,
        ended=max(stages.values(), default=bundle.header.started),
        stopped_by="interrupted",
        pages=pages,
        home_outcome=home.fetch.outcome if home else FetchOutcome.ABORTED,
    )


def _absent(
    bundle: Bundle, summary: GatherSummary, search: SearchRecord | None, vantage: Vantage | None
) -> Mapping[str, Absence]:
    if blanket := _blanket(summary, vantage):
        # DNS and family-pinned probes say something even about a home page that cannot be read.
        spared = {"host"} if blanket in {Absence.CHALLENGE, Absence.CAPTCHA, Absence.BLOCKED} else set()
        return {name: blanket for name in _STAGES if name not in spared}
    done = bundle.stages()
    late = {
        "deadline": Absence.DEADLINE,
        "budget_pages": Absence.BUDGET,
        "budget_requests": Absence.BUDGET,
    }.get(summary.stopped_by, Absence.NOT_GATHERED)
    absent = {name: late for name, stage in _STAGES.items() if stage not in done}
    if search is None and "search" not in absent:
        absent["search"] = Absence.NO_BROWSER if vantage and not vantage.browser.ok else Absence.NOT_GATHERED
    elif search is not None and search.skipped:
        absent["search"] = search.skipped
    return absent


def _blanket(summary: GatherSummary, vantage: Vantage | None) -> Absence | None:
    if vantage and not (vantage.ipv4.ok or vantage.ipv6.ok):
        return Absence.OWN_LINE
    if summary.moved_to:
        return Absence.MOVED
    if summary.blocked or summary.challenged:
        return summary.blocked or Absence.CHALLENGE
    match summary.home_outcome:
        case FetchOutcome.OK:
            return None
        case FetchOutcome.BLOCKED:
            return Absence.BLOCKED
        case FetchOutcome.ROBOTS:
            return Absence.ROBOTS
        case FetchOutcome.PRIVATE:
            return Absence.PRIVATE
        case FetchOutcome.DEED:
            return Absence.DEED
        case FetchOutcome.DNS_UNKNOWN:
            return Absence.NO_DNS
        case FetchOutcome.ABORTED:
            return Absence.NOT_GATHERED
        case _:
            return Absence.UNREACHABLE


def _degraded(summary: GatherSummary, results: Iterable[CheckResult]) -> str:
    # A portal larger than its budget is no broken audit: what was reached was measured, the rest is said as coverage.
    if summary.stopped_by and not summary.stopped_by.startswith("budget_"):
        return f"stopped early: {summary.stopped_by}"
    if summary.home_outcome is not FetchOutcome.OK:
        return f"home page: {summary.home_outcome}"
    for result in results:
        if result.outcome is Outcome.ERROR:
            return f"check {result.check} broke: {result.reason}"
        cover = result.coverage
        intended = cover.intended - cover.skipped.get(Absence.CARRIED, 0)  # what has its turn another night
        if result.outcome is not Outcome.NOT_MEASURED and intended and cover.measured / intended < COVERAGE_FLOOR:
            return f"check {result.check} measured {cover.measured} of {intended}"
    return ""
