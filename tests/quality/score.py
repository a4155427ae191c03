"""Precision and recall of findings against the truth of the sample portal: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.portal.model import Expected, Site, Trap, World
from tests.portal.subjects import canonical, names

MISSED = "title_missed"
TRAP_REQUESTS = 60  # requests a crawl may spend on one endless place before it counts as caught


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as findings.jsonl tells it."""

    portal: str
    check: str
    kind: str
    subject: str
    message: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Said:
        """Returns the finding of one line of findings.jsonl."""
        return cls(row["portal"], row["check"], row["kind"], row["subject"], row.get("message", ""))


@dataclass(slots=True)
class Tally:
    """Counts of one check or kind."""

    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Returns the share of findings that are in the truth; 1.0 where nothing was said."""
        said = self.right + self.wrong
        return self.right / said if said else 1.0

    @property
    def recall(self) -> float:
        """Returns the share of the truth that was found; 1.0 where there is none."""
        there = self.found + self.missed
        return self.found / there if there else 1.0


@dataclass(slots=True)
class Score:
    """The whole comparison: tallies by "check" and "check/kind", and what went wrong in words."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    trapped: list[str] = field(default_factory=list)

    def tally(self, check: str, kind: str) -> tuple[Tally, Tally]:
        """Returns the tallies of a check and of one of its kinds."""
        return (
            self.tallies.setdefault(check, Tally()),
            self.tallies.setdefault(f"{check}/{kind}", Tally()),
        )

    def figures(self) -> dict[str, dict[str, float]]:
        """Returns {"check" or "check/kind": {"precision": .., "recall": ..}}, rounded down to four places."""
        return {
            name: {"precision": int(t.precision * 10_000) / 10_000, "recall": int(t.recall * 10_000) / 10_000}
            for name, t in sorted(self.tallies.items())
        }


def unindexed_draws(site: Site, results: Iterable[Mapping[str, Any]]) -> list[Expected]:
    """Returns the title_missed findings a portal deserves: each drawn title its own search does not know."""
    lost = {canonical(url) for url in site.unindexed}
    drawn = {
        member["subject"]
        for row in results
        if row["portal"] == site.id and row["check"] == "search_hits"
        for draw in row.get("draws", ())
        for member in draw["members"]
    }
    why = "drawn, and not in the index of the portal's search"
    return [Expected(site.id, "search_hits", MISSED, url, why) for url in sorted(drawn) if canonical(url) in lost]


def compare(
    world: World,
    findings: Sequence[Said],
    results: Sequence[Mapping[str, Any]],
    portals: frozenset[str],
) -> Score:
    """Returns how the findings about `portals` compare with the truth about them."""
    score = Score()
    truth = [e for e in world.truth if e.portal in portals]
    for site in world.sites:
        if site.id in portals and site.unindexed:
            lost = unindexed_draws(site, results)
            if not lost:
                score.missed.append(f"{site.id} search_hits/{MISSED}: no title its search lost was drawn")
            truth += lost
    for finding in findings:
        right = any(_same(finding, expected) for expected in truth)
        for tally in score.tally(finding.check, finding.kind):
            tally.right += right
            tally.wrong += not right
        if not right:
            score.false.append(f"{finding.portal} {finding.check}/{finding.kind} {finding.subject}: {finding.message}")
        for trap in world.traps:
            if _caught(finding, trap):
                score.trapped.append(f"{finding.portal} {finding.check}/{finding.kind} {finding.subject}: {trap.why}")
    for expected in truth:
        found = any(_same(finding, expected) for finding in findings)
        for tally in score.tally(expected.check, expected.kind):
            tally.found += found
            tally.missed += not found
        if not found:
            score.missed.append(
                f"{expected.portal} {expected.check}/{expected.kind} {expected.subject}: {expected.why}"
            )
    return score


def _same(finding: Said, expected: Expected) -> bool:
    if (finding.portal, finding.check, finding.kind) != (expected.portal, expected.check, expected.kind):
        return False
    if not expected.subject:
        return True
    return any(names(finding.subject, subject) for subject in (expected.subject, *expected.also))


def _caught(finding: Said, trap: Trap) -> bool:
    if finding.portal != trap.portal or trap.check not in ("", finding.check):
        return False
    if trap.kinds and finding.kind not in trap.kinds:
        return False
    return not trap.subject or names(finding.subject, trap.subject)


def manners(world: World, asked: Iterable[tuple[str, str]], portals: frozenset[str]) -> list[str]:
    """Returns what a guest may not do and did, from the (host, target) pairs asked."""
    requests = list(asked)
    said = []
    for site in world.sites:
        if site.id not in portals:
            continue
        host = site.home.split("/")[2]
        own = [target for name, target in requests if name == host]
        for path in site.never:
            if hits := [t for t in own if t.startswith(path)]:
                said.append(f"{site.id}: asked for {hits[0]}")
        for path in site.bounded:
            if (count := sum(t.startswith(path) for t in own)) > TRAP_REQUESTS:
                said.append(f"{site.id}: {count} requests sank into {path}")
    return said
