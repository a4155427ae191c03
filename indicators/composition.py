"""What a system consists of: leaves and points by how they are decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from indicators.soundness import scope_of
from indicators.system import Decide, System

WAYS: tuple[Decide, ...] = ("auto", "assisted", "manual")


class Composition(Struct, frozen=True):
    """How many leaves, and how many points of the score stage, are decided in which way.

    Points are None where the document does not give them to single leaves. A level that carries the points of several
    leaves gives each of them its part by what it can cost.
    """

    leaves: Mapping[Decide, int]
    points: Mapping[Decide, float] | None

    @property
    def total(self) -> int:
        """All leaves."""
        return sum(self.leaves.values())


def composition(system: System) -> Composition:
    """Returns the leaves and points of a system by how they are decided."""
    counts = Counter(dict.fromkeys(WAYS, 0))
    counts.update(leaf.decide for leaf in system.leaves)
    if system.scheme.points in ("none", "top"):
        return Composition(dict(counts), None)
    points: dict[Decide, float] = dict.fromkeys(WAYS, 0.0)
    scopes: dict[str, dict[Decide, float]] = {}
    for leaf in system.leaves:
        if system.stage(leaf.id) != "score":
            continue
        if leaf.points is not None:
            points[leaf.decide] += leaf.points
        elif (scope := scope_of(system, leaf)) is not None:
            each = scopes.setdefault(scope.id, dict.fromkeys(WAYS, 0.0))
            each[leaf.decide] += leaf.most or scope.points or 0.0
    for name, each in scopes.items():
        whole = sum(each.values())
        for way, stake in each.items():
            points[way] += (system.group(name).points or 0.0) * stake / whole
    return Composition(dict(counts), {way: round(value, 2) for way, value in points.items()})
