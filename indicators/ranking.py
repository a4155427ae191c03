"""Portals side by side under one system: a place is a range as long as scores are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.case import Word
from indicators.score import Score


@dataclass(frozen=True, slots=True)
class Place:
    """One portal in a ranking. `best` and `worst` are the places it can still come to, 1 being the first.

    `low` and `high` are points; in a system without points the share of requirements met, 0 to 100. `change` is how
    both moved since the last time, None where there was none. A confirmed veto stands behind all others.
    """

    score: Score
    low: float
    high: float
    best: int
    worst: int
    vetoed: bool
    change: tuple[float, float] | None = None


def ends(score: Score) -> tuple[float, float]:
    """Returns the range a ranking goes by: final points, or the share of requirements met in a hundred."""
    if score.total is not None:
        return score.low, score.high
    met, open_ = score.words(Word.MET), score.words(None)
    counted = met + open_ + score.words(Word.NOT_MET)
    if not counted:
        return 0.0, 0.0
    return round(100 * met / counted, 2), round(100 * (met + open_) / counted, 2)


def ranked(scores: Sequence[Score], before: Mapping[str, Score]) -> tuple[Place, ...]:
    """Returns the portals in order: by the middle of their range, the portal's id where that is equal.

    `before` holds the scores of the last time by portal.
    """
    found = {score.case.portal: (ends(score), bool(score.vetoes(Word.CONFIRMED))) for score in scores}
    places = []
    for score in scores:
        (low, high), vetoed = found[score.case.portal]
        better = sum(_surely_better(other, (low, high), vetoed) for other in found.values())
        possible = sum(
            not _surely_better(((low, high), vetoed), other[0], other[1])
            for name, other in found.items()
            if name != score.case.portal
        )
        last = before.get(score.case.portal)
        change = None
        if last is not None:
            was = ends(last)
            change = (round(low - was[0], 2), round(high - was[1], 2))
        places.append(Place(score, low, high, 1 + better, 1 + possible, vetoed, change))
    return tuple(sorted(places, key=lambda one: (one.vetoed, -(one.low + one.high), one.score.case.portal)))


def _surely_better(other: tuple[tuple[float, float], bool], mine: tuple[float, float], vetoed: bool) -> bool:
    if other[1] != vetoed:
        return vetoed
    return other[0][0] > mine[1]
