"""What a rule makes of a case, as plain values: the loss, the findings it is charged to, the draw it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.base import DrawMember
from indicators.case import Defect

PASS, FAIL, OPEN = "pass", "fail", "not_measured"


@dataclass(frozen=True, slots=True)
class Charge:
    """One finding a leaf speaks of: what it costs here, or the leaf it was charged to before."""

    defect: Defect
    amount: float = 0.0
    elsewhere: str = ""
    unsure: bool = False  # it is certain, and whether the leaf means it is not


@dataclass(frozen=True, slots=True)
class Sampled:
    """A draw as assessors make it, and the census beside it. `results` go with `members`: pass, fail, not_measured."""

    name: str
    title: str
    seed: str
    candidates: int
    members: tuple[DrawMember, ...]
    results: tuple[str, ...]
    census: Mapping[str, int]  # result -> members of the whole population judged


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule makes of a case. Losses are points out of `stake`."""

    least: float
    most: float
    measured: float  # share of what the rule asks for that was measured, 0-1
    words: str  # how the loss came about, Chinese
    charges: tuple[Charge, ...] = ()
    draw: Sampled | None = None
    unmeasured: str = ""  # why nothing, or not all, was measured, Chinese
    met: bool | None = None  # of a veto: whether the count is reached; None: it may be
