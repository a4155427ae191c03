"""The HTML report of one audit: one file that needs no network, for people who are no programmers, and for paper."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup
from msgspec import Struct

from checks.base import Severity
from indicators.score import Score
from reports import charts, html_scores
from reports import words as shared
from reports.files import write_whole
from reports.html_charts import COLUMNS_SHOWN, Sheets, column_charts, judged_columns, read_sheet
from reports.ledger.rows import owners
from reports.page import template
from reports.pictures import Picture, Pictures
from reports.unjudged import Unjudged, reasons, unjudged
from reports.words import Metas
from storage.views import AuditView, FindingView, ResultView

PLACES_SHOWN = 3
UNJUDGED_SHOWN = 30  # things without a verdict named for each check; the workbook names more
FINDINGS_SHOWN = 1500  # the report stays a file that opens; the workbook has all


class Card(Struct, frozen=True):
    """One finding as the report shows it."""

    finding: FindingView
    number: str
    state: str
    tone: str
    severity: str
    change: str
    linked: bool  # the subject may be clicked
    first_seen: str
    last_seen: str
    rerun: str
    owner: str
    shots: tuple[Picture, ...]
    places: tuple[dict[str, str], ...]
    more_places: tuple[dict[str, str], ...]
    places_left: int
    files: tuple[str, ...]


class KindGroup(Struct, frozen=True):
    """The findings of one kind: its clause and remedy are said once."""

    title: str
    clause: str
    remedy: str
    cards: tuple[Card, ...]


class Section(Struct, frozen=True):
    """One check in the report."""

    id: str
    title: str
    why: str
    outcome: str
    tone: str
    reason: str
    counts: Mapping[str, int]
    coverage: str
    share: Markup
    skipped: tuple[str, ...]
    metrics: tuple[str, ...]
    groups: tuple[KindGroup, ...]
    draws: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    left_out: int = 0
    unjudged: tuple[Unjudged, ...] = ()
    unjudged_count: int = 0


def write_report(
    view: AuditView,
    path: Path,
    metas: Metas,
    blob: Callable[[str], bytes],
    files: Mapping[str, str],
    scores: Sequence[Score] = (),
) -> Path:
    """Writes the report and returns its path. `files` maps hashes to paths of evidence relative to the report.

    Raises StorageError when the disk refuses.
    """
    return write_whole(path, render(view, metas, blob, files, scores).encode())


def render(
    view: AuditView,
    metas: Metas,
    blob: Callable[[str], bytes],
    files: Mapping[str, str],
    scores: Sequence[Score] = (),
) -> str:
    """Returns the report as one HTML document without any reference to a network."""
    pictures = Pictures(blob, files)
    sheets = Sheets()
    results = shared.in_order(metas, view.results)
    for result in results:
        if result.check in metas:
            read_sheet(view, metas[result.check], result, pictures, sheets)
    sections = [_section(view, metas, result, pictures, files) for result in results]
    cards = {card.number for section in sections for group in section.groups for card in group.cards}
    judged = judged_columns(sheets.columns)
    style, script = _asset("report.css"), _asset("report.js")
    audit = view.audit
    return report_template().render(
        audit=audit,
        portal=view.portal,
        started=shared.china(audit.started),
        ended=shared.china(audit.ended),
        degraded=shared.degraded(view),
        verdict=verdict(view, scores),
        tiles=_tiles(view),
        sections=sections,
        score_sheets=html_scores.sheets(scores, metas, {section.id for section in sections}, cards),
        keys=html_scores.legend(),
        gaps=shared.not_measured(view, metas),
        column_charts=column_charts(judged),
        columns_late=sum(1 for bar in judged if bar.days is None or bar.days > (bar.limit or bar.days)),
        columns_other=len(sheets.columns) - len(judged),
        columns=judged,
        columns_shown=COLUMNS_SHOWN,
        link_chart=Markup(charts.stacks(sheets.links, label="链接按状态和所在层级")),
        level_chart=Markup(charts.stacks(sheets.levels, label="问题链接按所在页面")),
        kind_chart=Markup(charts.stacks(sheets.kinds, label="问题链接按类型")),
        searches=sheets.searches,
        changes=_changes(view),
        evidence=sorted(view.evidence.values(), key=lambda e: (e.kind != "screenshot", e.url)),
        files=files,
        china=shared.china,
        versions=shared.versions(view),
        rules=[(metas[r.check].title if r.check in metas else r.check, r.check, r.version) for r in results],
        left_out=pictures.left_out,
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def verdict(view: AuditView, scores: Sequence[Score] = ()) -> dict[str, str]:
    """Returns the line on top: tone, the sentence, and what must be said beside it, vetoes of scores included."""
    said = _verdict(view)
    vetoes = [words for score in scores if (words := html_scores.veto_words(score))]
    if not vetoes:
        return said
    return {"tone": "bad", "line": said["line"], "beside": "；".join(filter(None, (said["beside"], *vetoes)))}


def _verdict(view: AuditView) -> dict[str, str]:
    wrong = [finding for finding in view.findings if finding.wrong]
    doubts = sum(finding.doubted for finding in view.findings)
    measured = [result for result in view.results if result.outcome in ("pass", "fail", "suspect", "not_applicable")]
    unmeasured = len(view.results) - len(measured)
    beside = []
    if not measured and not wrong:
        why = next((shared.reason(result.reason) for result in view.results if result.reason), "")
        return {"tone": "none", "line": "本次未能完成核查", "beside": why or shared.degraded(view)}
    if wrong:
        line, tone = f"发现 {len(wrong)} 个需要整改的问题", "bad"
    elif doubts:
        line, tone = f"发现 {doubts} 个疑似问题，待复核", "doubt"
    else:
        line, tone = f"已核查的 {len(measured)} 个检查项未发现问题", "good"
    if wrong and doubts:
        beside.append(f"另有 {doubts} 个疑似问题待复核")
    if vetoes := sum(finding.severity == Severity.VETO for finding in wrong):
        beside.append(f"其中 {vetoes} 个涉及单项否决情形，须人工确认")
    if unmeasured:
        beside.append(f"{unmeasured} 个检查项未能判定")
    return {"tone": tone, "line": line, "beside": "；".join(beside)}


def _tiles(view: AuditView) -> list[tuple[str, int, str]]:
    counted = [finding for finding in view.findings if not finding.aside]
    states = Counter(finding.state for finding in counted)
    changes = Counter(finding.change for finding in counted)
    return [
        ("需要整改", states["open"] + states["regressed"], "bad"),
        ("疑似待复核", states["suspect"], "doubt"),
        ("本次新增", changes["new"], "plain"),
        ("整改后反弹", states["regressed"], "bad" if states["regressed"] else "plain"),
        ("本次确认已整改", changes["fixed"], "good"),
        ("未能判定的检查项", sum(r.outcome in ("not_measured", "error") for r in view.results), "none"),
    ]


def _section(
    view: AuditView, metas: Metas, result: ResultView, pictures: Pictures, files: Mapping[str, str]
) -> Section:
    meta = metas.get(result.check)
    found = view.by_check(result.check)
    shown = found[:FINDINGS_SHOWN]
    owner = owners(view, metas)
    kinds: dict[str, list[FindingView]] = {}
    for finding in shown:
        kinds.setdefault(finding.kind, []).append(finding)
    groups = []
    for kind, findings in kinds.items():
        groups.append(
            KindGroup(
                title=shared.kind_title(metas, findings[0]).partition("-")[2] or kind,
                clause=findings[0].clause,
                remedy=findings[0].remedy,
                cards=tuple(_card(f, pictures, files, owner.get(f.subject, "")) for f in findings),
            )
        )
    cover = result.coverage
    open_ = tuple(unjudged(meta, result)) if meta else ()
    return Section(
        id=result.check,
        title=shared.title_of(metas, result.check),
        why=meta.why if meta else "",
        outcome=shared.OUTCOMES[view.comes_to(result)],
        tone=_TONES.get(view.comes_to(result), "none"),
        reason=shared.reason(result.reason),
        counts={
            "open": sum(f.wrong for f in found),
            "suspect": sum(f.doubted for f in found),
            "fixed": sum(f.change == "fixed" for f in found),
        },
        coverage=f"{cover.measured} / {cover.intended}" if cover.intended else "",
        share=Markup(charts.share(cover.measured, cover.intended)),
        skipped=tuple(f"{shared.reason(why)} {count}项" for why, count in sorted(cover.skipped.items())),
        metrics=tuple(shared.metrics(metas, result)),
        groups=tuple(groups),
        draws=tuple(_draw(draw) for draw in result.draws),
        warnings=result.warnings,
        left_out=len(found) - len(shown),
        unjudged=open_[:UNJUDGED_SHOWN],
        unjudged_count=sum(reasons(result).values()),
    )


def _draw(draw: Any) -> dict[str, Any]:
    words = {"pass": ("通过", "good"), "fail": ("未通过", "bad"), "not_measured": ("未能判定", "none")}
    members = [(m.title or m.subject, m.subject, *words.get(m.result, (m.result, "none"))) for m in draw.members]
    return {"name": draw.name, "seed": draw.seed, "candidates": draw.candidates, "members": members}


_TONES = {"pass": "good", "fail": "bad", "suspect": "doubt"}
_STATE_TONES = {"open": "bad", "regressed": "bad", "suspect": "doubt", "fixed": "good", "cleared": "none"}


def _card(finding: FindingView, pictures: Pictures, files: Mapping[str, str], owner: str) -> Card:
    shots = tuple(shot for digest in finding.evidence if (shot := pictures.place(digest)) is not None)
    places = tuple(
        {
            "page": seen.page,
            "text": seen.text,
            "element": shared.ELEMENTS.get(seen.element, seen.element),
            "level": shared.LEVELS.get(seen.level, ""),
        }
        for seen in finding.occurrences
    )
    return Card(
        finding=finding,
        number=finding.number,
        state=finding.human if finding.aside else shared.STATES[finding.state],
        tone="none" if finding.aside else _STATE_TONES[finding.state],
        severity=shared.SEVERITIES.get(finding.severity, finding.severity),
        change=shared.CHANGES.get(finding.change, "本次未能复查" if finding.outcome == "not_measured" else ""),
        linked=finding.internal and finding.subject.startswith(("http://", "https://")),
        first_seen=shared.china(finding.first_seen),
        last_seen=shared.china(finding.last_seen),
        rerun=shared.rerun(finding),
        owner=owner,
        shots=shots,
        places=places[:PLACES_SHOWN],
        more_places=places[PLACES_SHOWN:],
        places_left=max(0, finding.occurrence_count - len(places)),
        files=tuple(files[d] for d in finding.evidence if d in files and files[d].endswith(".txt")),
    )


def _changes(view: AuditView) -> list[tuple[str, list[FindingView]]]:
    if not view.earlier:
        return []
    groups = [(shared.CHANGES[name], [f for f in view.changed(name) if not f.aside]) for name in shared.CHANGES]
    groups.append(("仍未整改", list(view.persisting)))
    unseen = [f for f in view.findings if f.live and f.outcome == "not_measured" and not f.aside]
    groups.append(("本次未能复查", unseen))
    groups.append(("已剔除、豁免或销号", [f for f in view.findings if f.aside]))
    return [(title, findings) for title, findings in groups if findings]


@cache
def report_template() -> Template:
    """Returns the template of the report, compiled once."""
    return template("report.html", clickable=_clickable)


def _clickable(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _asset(name: str) -> str:
    return (resources.files("reports") / "templates" / name).read_text(encoding="utf-8")
