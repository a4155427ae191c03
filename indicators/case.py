"""What a score is made from: one audit's results, the findings as they stand now, and what people have decided.

All of it comes in as plain values, so an audit of last year can be scored under a system written today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from checks.base import Draw, Outcome


class Standing(StrEnum):
    """How a finding bears on a score."""

    CERTAIN = "certain"  # open or regressed: it counts
    SUSPECT = "suspect"  # it may count: only the lower end knows it
    CLOSED = "closed"  # measured good again, or a suspicion that did not hold
    SET_ASIDE = "set_aside"  # 剔除 or 豁免, by a person


@dataclass(frozen=True, slots=True)
class Defect:
    """One finding as scoring sees it."""

    key: str  # fingerprint
    number: str  # 问题编号
    check: str
    kind: str
    subject: str
    standing: Standing
    title: str = ""
    message: str = ""
    level: str = "other"  # home, second, other
    column_kind: str | None = None  # None: the check that found it did not say
    evidence: tuple[str, ...] = ()  # sha256


@dataclass(frozen=True, slots=True)
class Measured:
    """What one check measured. `passed` counts the subjects found good, by kind group."""

    check: str
    version: int
    outcome: Outcome
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    seen: int = 0  # subjects measured
    skipped: int = 0  # subjects nobody could measure
    passed: Mapping[str, int] = field(default_factory=dict)
    draws: Mapping[str, Draw] = field(default_factory=dict)


class Word(StrEnum):
    """What a person may say of a node without points, or of a veto."""

    MET = "met"  # 达标
    NOT_MET = "not_met"  # 不达标
    NOT_APPLICABLE = "not_applicable"  # 不适用
    CONFIRMED = "confirmed"  # 否决成立
    DISMISSED = "dismissed"  # 否决不成立


class Mark(Struct, frozen=True):
    """What a person decided about one node. `points` are earned, or, where the scope carries the points, deducted."""

    node: str
    who: str
    at: dt.datetime  # aware
    points: float | None = None
    word: Word | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one score is made from. `unusable`: why the audit as a whole scores nothing, Chinese."""

    portal: str
    audit: str
    as_of: dt.date
    measured: Mapping[str, Measured] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)  # node -> the newest
    exemptions: frozenset[str] = frozenset()
    period: str = ""  # of the marks: 2026, 2026H2, 2026Q4, 2026-11
    unusable: str = ""
