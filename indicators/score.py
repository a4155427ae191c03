"""What a score is: leaves, levels and the total, each with the range it can still move in. Made by `scoring`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from indicators.case import Case, Mark, Word
from indicators.reading import Reading
from indicators.system import Leaf, Remark, System

WORDS: Mapping[Word, str] = {
    Word.MET: "达标",
    Word.NOT_MET: "不达标",
    Word.NOT_APPLICABLE: "不适用",
    Word.CONFIRMED: "否决成立",
    Word.DISMISSED: "否决不成立",
}


class Status(StrEnum):
    """Who decided a leaf, or why nobody has yet."""

    DECIDED = "decided"  # the machine, whole
    RANGE = "range"  # the machine, in part: the rest is open
    NOT_MEASURED = "not_measured"  # the machine should, and could not
    PERSON = "person"  # waits for a person
    MARKED = "marked"  # a person did
    NOT_APPLICABLE = "not_applicable"


class Scale(StrEnum):
    """What a leaf is expressed in."""

    POINTS = "points"  # its own points
    SCOPE = "scope"  # points deducted from a level above
    WORD = "word"  # 达标 or not
    VETO = "veto"


@dataclass(frozen=True, slots=True)
class LeafScore:
    """One leaf as scored. `lost`: points lost for certain and at most; of a word or a veto 0 to 1."""

    leaf: Leaf
    scale: Scale
    status: Status
    stake: float
    lost: tuple[float, float]
    word: Word | None  # MET, NOT_MET, NOT_APPLICABLE, CONFIRMED, DISMISSED; None: open, or a matter of points
    measured: float  # 0-1, by the machine
    words: str  # the calculation, Chinese
    reading: Reading | None = None  # what the rule says: the proposal, where a person decides
    mark: Mark | None = None
    weight: float = 0.0  # its part of the total, in points; in a system without points 1

    @property
    def earned(self) -> tuple[float, float]:
        """Points earned at least and at most, of a leaf with points of its own."""
        return round(self.stake - self.lost[1], 6), round(self.stake - self.lost[0], 6)

    @property
    def settled(self) -> bool:
        """Whether nothing about it is open."""
        return self.lost[0] == self.lost[1] and self.status is not Status.PERSON

    @property
    def proposed(self) -> bool:
        """Whether a veto is proposed and nobody has confirmed or dismissed it."""
        reading = self.reading
        if self.status is Status.NOT_APPLICABLE:
            return False
        return self.scale is Scale.VETO and self.mark is None and reading is not None and reading.met is True


class LevelScore(Struct, frozen=True):
    """One level, or a whole stage: points that apply, earned at least and at most, and who settled how many."""

    points: float
    low: float
    high: float
    automatic: float = 0.0  # points settled by the machine
    by_people: float = 0.0
    waiting: float = 0.0  # points that are open
    mark: Mark | None = None
    words: str = ""

    @property
    def value(self) -> float | None:
        """The points earned, None while they are open."""
        return self.low if self.low == self.high else None


class RemarkScore(Struct, frozen=True):
    """One clause after the total and what a person said of it; `points` is None as long as nobody did."""

    remark: Remark
    points: float | None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One portal under one system."""

    system: System
    case: Case
    leaves: Mapping[str, LeafScore]
    levels: Mapping[str, LevelScore]  # groups with points
    total: LevelScore | None  # score stage, re-normalised to the system's total; None where there are no points
    bonus: LevelScore | None
    remarks: tuple[RemarkScore, ...]
    factor: float = 1.0  # by which the applicable points were stretched
    notes: tuple[str, ...] = ()  # what a reader must know beside the figures, Chinese

    @property
    def low(self) -> float:
        """The least the portal ends with: bonus counts only where the total is above its threshold for certain."""
        return self._final(0)

    @property
    def high(self) -> float:
        """The most the portal can end with."""
        return self._final(1)

    def _final(self, end: int) -> float:
        if self.total is None:
            return 0.0
        base = (self.total.low, self.total.high)[end]
        above = self.system.scheme.bonus_above
        extra = (self.bonus.low, self.bonus.high)[end] if self.bonus and (above is None or base > above) else 0.0
        return round(base + extra + sum(one.points or 0.0 for one in self.remarks), 6)

    @property
    def measured_share(self) -> float:
        """Share of the points (without points: of the requirements) the machine settled, 0-1."""
        return self._share("automatic")

    @property
    def decided_share(self) -> float:
        """Share of the points (without points: of the requirements) that are settled, by machine or people, 0-1."""
        return self._share("automatic", "by_people")

    def _share(self, *names: str) -> float:
        if self.total is not None:
            whole = self.total.automatic + self.total.by_people + self.total.waiting
            return sum(getattr(self.total, name) for name in names) / whole if whole else 0.0
        counted = [leaf for leaf in self.leaves.values() if leaf.status is not Status.NOT_APPLICABLE]
        wanted = {"automatic": {Status.DECIDED}, "by_people": {Status.MARKED}}
        kinds = set().union(*(wanted[name] for name in names))
        return sum(leaf.status in kinds for leaf in counted) / len(counted) if counted else 0.0

    def words(self, word: Word | None) -> int:
        """Returns how many requirements came out that way (None: are open), vetoes aside."""
        return sum(leaf.word is word for leaf in self.leaves.values() if leaf.scale is Scale.WORD)

    def vetoes(self, *words: Word) -> tuple[LeafScore, ...]:
        """Returns the vetoes people said one of these words of; without words: those proposed and not yet decided."""
        found = [leaf for leaf in self.leaves.values() if leaf.scale is Scale.VETO]
        if not words:
            return tuple(leaf for leaf in found if leaf.proposed)
        return tuple(leaf for leaf in found if leaf.word in words)

    @property
    def passed(self) -> bool | None:
        """Whether the portal passes; None while it is open, or where the system has neither vetoes nor a pass line."""
        if self.vetoes(Word.CONFIRMED):
            return False
        line = self.system.scheme.pass_at
        if line is None or self.total is None:
            return None
        if self.total.high < line:
            return False
        undecided = [one for one in self.leaves.values() if one.scale is Scale.VETO and one.lost[1] > 0]
        return True if self.total.low >= line and not undecided else None


def span(low: float, high: float) -> str:
    """Returns points as people write them, a range where they are open: 3, 3～4."""
    return f"{low:g}" if low == high else f"{low:g}～{high:g}"
