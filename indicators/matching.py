"""Which findings a rule is about, by how they bear on it, and how much of what it asks for was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.base import Kind, Meta
from indicators.case import Case, Defect, Measured, Standing
from indicators.reading import Charge
from indicators.system import Found

DEEPER = "other"  # the level of a column the home page does not lead to: no 一级栏目, as far as a machine can tell


@dataclass(frozen=True, slots=True)
class Matched:
    """The findings a rule is about, by how they bear on it."""

    certain: tuple[Defect, ...] = ()
    doubtful: tuple[Defect, ...] = ()  # suspects, and those that may or may not be meant
    unsure: int = 0  # of them those that are certain, and may or may not be meant
    elsewhere: tuple[tuple[Defect, str], ...] = ()  # charged to another leaf before
    aside: tuple[Defect, ...] = ()
    blind: tuple[Kind, ...] = ()  # kinds nobody looked for
    kinds: tuple[Kind, ...] = ()
    gap: int = 0  # subjects nobody could measure
    seen: int = 0  # subjects measured; of several groups of kinds those of the group with the fewest

    @property
    def coverage(self) -> float:
        """Share of kinds looked for, times share of subjects measured."""
        looked = 1 - len(self.blind) / len(self.kinds) if self.kinds else 1.0
        return looked * (self.seen / (self.seen + self.gap) if self.seen + self.gap else 1.0)

    @property
    def doubts(self) -> str:
        """What is not certain, in words: 疑似2个、是否属于本条所指栏目待定1个、未能判定12个."""
        parts = []
        if suspects := len(self.doubtful) - self.unsure:
            parts.append(f"疑似{suspects}个")
        if self.unsure:
            parts.append(f"是否属于本条所指栏目待定{self.unsure}个")
        return "、".join([*parts, *([self.gaps] if self.gaps else [])])

    @property
    def gaps(self) -> str:
        """What was not measured, in words: 未能判定12个、未核查到空白栏目."""
        parts = []
        if self.gap:
            parts.append(f"未能判定{self.gap}个")
        if self.blind:
            parts.append(f"未核查到{'、'.join(kind.title for kind in self.blind)}")
        return "、".join(parts)

    @property
    def uncounted(self) -> str:
        """What is certain and not counted here, in words that go on a sentence."""
        parts = []
        if self.elsewhere:
            parts.append(f"；{len(self.elsewhere)}个已在其他条款计扣，不重复扣分")
        if self.aside:
            parts.append(f"；{len(self.aside)}个已剔除或豁免，不计")
        return "".join(parts)

    def charges(self, each: float) -> tuple[Charge, ...]:
        """Returns the findings with what they cost here, `each` for a certain one."""
        return (
            *(Charge(defect, each) for defect in self.certain),
            *(Charge(defect, unsure=defect.standing is not Standing.SUSPECT) for defect in self.doubtful),
            *(Charge(defect, elsewhere=leaf) for defect, leaf in self.elsewhere),
            *(Charge(defect) for defect in self.aside),
        )


def matched(case: Case, meta: Meta, rule: Found, measured: Measured, charged: Mapping[str, str]) -> Matched:
    """Returns the findings of a case a rule is about.

    `meta` is the check's; `charged` maps the findings that other leaves were charged with, and that therefore cost
    nothing here, to those leaves.
    """
    kinds = tuple(kind for kind in meta.kinds if not rule.findings or kind.id in rule.findings)
    names = {kind.id for kind in kinds}
    certain, doubtful, elsewhere, aside = [], [], [], []
    unsure = 0
    for defect in case.defects:
        if defect.check != rule.check or defect.kind not in names or defect.standing is Standing.CLOSED:
            continue
        if rule.level and defect.level not in rule.level:
            continue
        if rule.column_kind and defect.column_kind is not None and defect.column_kind not in rule.column_kind:
            continue
        maybe_meant = bool(rule.column_kind) and (
            defect.column_kind is None or (defect.column_kind in rule.first_level and defect.level == DEEPER)
        )
        if defect.standing is Standing.SET_ASIDE:
            aside.append(defect)
        elif defect.key in charged:
            elsewhere.append((defect, charged[defect.key]))
        elif defect.standing is Standing.SUSPECT or maybe_meant:
            doubtful.append(defect)
            unsure += defect.standing is not Standing.SUSPECT
        else:
            certain.append(defect)
    gap = measured.skipped
    if rule.unmeasured is not None:
        gap = round(sum(measured.metrics.get(name, 0) for name in rule.unmeasured))
    return Matched(
        tuple(certain),
        tuple(doubtful),
        unsure,
        tuple(elsewhere),
        tuple(aside),
        _blind(case, meta, measured, kinds),
        kinds,
        gap,
        _seen(rule, meta, measured, kinds, (*certain, *doubtful)),
    )


def _blind(case: Case, meta: Meta, measured: Measured, kinds: Sequence[Kind]) -> tuple[Kind, ...]:
    """Returns the kinds nobody looked for: no subject passed, none failed."""
    failed = {_group(meta.kind(d.kind)) for d in case.defects if d.check == meta.id and _declared(meta, d.kind)}
    looked = failed | {group for group, count in measured.passed.items() if count}

    def seen(kind: Kind) -> bool:
        return _group(kind) in looked or bool(kind.implied_by and _group(meta.kind(kind.implied_by)) in looked)

    return tuple(kind for kind in kinds if not seen(kind))


def _group(kind: Kind) -> str:
    return kind.group or kind.id


def _seen(rule: Found, meta: Meta, measured: Measured, kinds: Sequence[Kind], failed: Sequence[Defect]) -> int:
    """Returns how many subjects of a rule were measured.

    Groups of kinds look at other subjects (columns, documents): the one that saw the fewest decides. What is looked for
    along with another kind is no group of its own. What passed is not known by page level: where a rule picks levels,
    metrics say it (`seen`), or nothing is taken for seen but what failed.
    """
    if rule.seen:
        return round(sum(measured.metrics.get(name, 0) for name in rule.seen))
    groups = {_group(kind) for kind in kinds}
    groups -= {_group(kind) for kind in kinds if kind.implied_by and _group(meta.kind(kind.implied_by)) in groups}
    bad = Counter(_group(meta.kind(defect.kind)) for defect in failed)
    return min((bad[group] + (0 if rule.level else measured.passed.get(group, 0)) for group in groups), default=0)


def _declared(meta: Meta, kind: str) -> bool:
    return any(one.id == kind for one in meta.kinds)
