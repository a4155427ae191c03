"""Is a run itself sound? What it met is compared with what is usual, and said in Chinese with what to change.

Pure: a function of what was gathered and judged. The bands, the reason for each number and the advice are in
`health.toml`. A hint never says anything about the portal's quality; it says how much of it this run could see.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from checks.base import REASONS, Artifacts, CheckResult, Outcome
from portal.artifacts import Absence, FetchOutcome, Level

SLOW = 5.0  # seconds of one exchange
_SILENT = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.RESET, FetchOutcome.REFUSED})


class Band(Struct, frozen=True):
    """What is usual: at most the share `most` of at least `least` things; `why` that number, `advice` beyond it."""

    id: str
    title: str
    of: str
    most: float
    least: int
    why: str
    advice: str = ""


class Hint(Struct, frozen=True):
    """One share out of its band. `text` is a whole sentence in Chinese."""

    id: str
    share: float
    most: float
    text: str


def bands() -> Mapping[str, Band]:
    """Returns the bands by id."""
    return {one["id"]: Band(**one) for one in _data()["band"]}


def advice_for() -> Mapping[str, str]:
    """Returns what to change, by the reason (`Absence` value) something was not measured."""
    advice: Mapping[str, str] = _data()["not_measured"]
    return advice


def health(artifacts: Artifacts, results: Iterable[CheckResult]) -> tuple[Hint, ...]:
    """Returns a hint for everything about a run that is not as usual, in the order of the bands; () for a sound one."""
    results = tuple(results)
    counts = _counts(artifacts, results)
    hints: list[Hint] = []
    for band in bands().values():
        if band.id == "not_measured":
            hints += _not_measured(band, artifacts, results)
            continue
        bad, total = counts[band.id]
        if total >= band.least and bad / total > band.most:
            usual = f"通常低于 {_percent(band.most)}" if band.most else "通常没有"
            text = f"{band.of}中{band.title} {_percent(bad / total)}（{usual}）：{band.advice}"
            hints.append(Hint(band.id, bad / total, band.most, text))
    return tuple(hints)


def _counts(artifacts: Artifacts, results: tuple[CheckResult, ...]) -> Mapping[str, tuple[int, int]]:
    own = _last_of_own(artifacts)
    outcomes = Counter(outcome for outcome, _ in own)
    asked = sum(outcomes[outcome] for outcome in outcomes if outcome.asked)
    outside = [
        link.outcome
        for link in artifacts.link_outlines.values()
        if not link.internal and link.outcome is not None and not link.known
    ]
    rendered = [page for page in artifacts.outlines.values() if page.opened]
    lost = sum(page.unreadable is Absence.ERROR for page in artifacts.outlines.values())
    broken = sum(result.outcome is Outcome.ERROR for result in results)
    read = [page.level for page in artifacts.outlines.values() if page.unreadable is None]
    alone = read == [Level.HOME] and not artifacts.summary.stopped_by
    return {
        "blocked": (outcomes[FetchOutcome.BLOCKED], asked),
        "silent": (sum(outcomes[outcome] for outcome in _SILENT), asked),
        "server_error": (outcomes[FetchOutcome.SERVER_ERROR], asked),
        "slow": (sum(outcome.asked and elapsed > SLOW for outcome, elapsed in own), asked),
        "aborted": (outcomes[FetchOutcome.ABORTED], len(own)),
        "outside": (sum(outcome in _SILENT for outcome in outside), len(outside)),
        "alone": (alone, len(read)),
        "unrendered": (sum(page.unopened for page in rendered), len(rendered)),
        "error": (lost + broken, len(artifacts.outlines) + len(results)),
    }


def _last_of_own(artifacts: Artifacts) -> list[tuple[FetchOutcome, float]]:
    """Returns what the last attempt at every address of the portal came to, and its seconds: pages, and links that are
    no pages."""
    own = [(page.outcome, page.elapsed) for page in artifacts.outlines.values()]
    own += [
        (link.outcome, link.elapsed)
        for url, link in artifacts.link_outlines.items()
        if link.internal and link.outcome is not None and url not in artifacts.outlines
    ]
    return own


def _not_measured(band: Band, artifacts: Artifacts, results: tuple[CheckResult, ...]) -> Iterator[Hint]:
    """Yields a hint for each reason: of whole checks always, of single subjects where they are too many."""
    advice = dict(advice_for())
    if artifacts.vantage is not None and artifacts.vantage.browser.why == "not wanted":
        advice.pop(Absence.NO_BROWSER, None)  # whoever asked for it knows
    whole = Counter(result.reason for result in results if result.outcome is Outcome.NOT_MEASURED)
    subjects: Counter[str] = Counter()
    intended = 0
    for result in results:
        if result.outcome is not Outcome.NOT_MEASURED:
            intended += result.coverage.intended
            subjects.update({str(reason): count for reason, count in result.coverage.skipped.items()})
    for reason in sorted(advice):
        if checks := whole[reason]:
            share = checks / len(results)
            text = f"{checks} 个检查项未能判定（{REASONS[Absence(reason)]}）：{advice[reason]}"
            yield Hint(band.id, share, band.most, text)
        elif intended >= band.least and (share := subjects[reason] / intended) > band.most:
            usual = f"通常低于 {_percent(band.most)}"
            words = f"{band.of}中{band.title} {_percent(share)}（{REASONS[Absence(reason)]}；{usual}）"
            yield Hint(band.id, share, band.most, f"{words}：{advice[reason]}")


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("mingcha").joinpath("health.toml").read_text("utf-8"))


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.01 else f"{share:.0%}"
