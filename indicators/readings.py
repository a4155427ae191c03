"""What a rule makes of a case: the points lost for certain and at most, how much was measured, and why, in words.

Every rule comes down to a loss between `least` and `most` of its stake. Where a system has no points the stake is 1:
nothing lost is 达标, all of it 不达标, anything between is open. Nobody's doubts are counted as defects: suspects and
what could not be measured move only `most`. Nobody gets full marks for what nobody looked at: a finding kind that was
not looked for leaves the loss open, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from checks.base import REASONS, Draw, DrawMember, Kind, Meta, Outcome
from checks.registry import check as registered
from indicators.case import Case, Defect, Measured, Standing
from indicators.system import (
    AutoRule,
    Bonus,
    Deduct,
    Found,
    Presence,
    Proportion,
    Sample,
    Tier,
    Veto,
)

# Share of the subjects that must have been measured before "none of them is wrong" may be said. Assessors draw three or
# four; a census that missed one in ten still saw far more.
ENOUGH = 0.9

YES_NO = "（1是，0否）"  # how the meaning of a metric of yes or no ends

DEEPER = "other"  # the level of a column the home page does not lead to: no 一级栏目, as far as a machine can tell

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


@dataclass(frozen=True, slots=True)
class _Matched:
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


@dataclass(slots=True)
class Reader:
    """Reads rules over one case. `charged` says which leaf a finding was charged to; scoring keeps it."""

    case: Case
    meta_of: Callable[[str], Meta] = field(default=lambda name: registered(name).META)
    charged: dict[str, str] = field(default_factory=dict)

    def read(self, rule: AutoRule, stake: float, *, scored: bool) -> Reading:
        """Returns what the rule makes of the case.

        `scored`: points are at stake, so a finding charged to another leaf before costs nothing here. Otherwise the
        stake is 1, and every requirement is judged for itself.
        """
        once = scored
        reason = self._absent(rule.check)
        if reason:
            return Reading(0.0, stake, 0.0, f"未能判定：{reason}", unmeasured=reason)
        measured = self.case.measured[rule.check]
        match rule:
            case Veto():
                reading = self._veto(rule, measured)
            case Deduct():
                reading = self._deduct(rule, measured, stake, once)
            case Sample():
                reading = self._sample(rule, measured, stake, once)
                if rule.also:
                    beside = Presence(check=rule.check, findings=rule.also, unmeasured=())
                    reading = _both(reading, self._presence(beside, measured, stake, once))
            case Presence() if rule.metrics:
                reading = self._counted(rule, measured, stake)
            case Presence():
                reading = self._presence(rule, measured, stake, once)
            case Proportion():
                reading = self._share(rule, measured, stake, scored)
            case Tier():
                reading = self._tier(rule, measured, stake)
            case Bonus():
                reading = self._bonus(rule, measured, stake)
        return self._dated(rule.check, measured, reading)

    # what all rules ask

    def _absent(self, check: str) -> str:
        """Returns why a check says nothing here, "" where it does."""
        if self.case.unusable:
            return self.case.unusable
        measured = self.case.measured.get(check)
        if measured is None:
            return f"本次核查未包含“{self.meta_of(check).title}”"
        if measured.outcome in (Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE, Outcome.ERROR):
            said = REASONS.get(measured.reason, measured.reason)
            return said if measured.outcome is not Outcome.ERROR else REASONS["error"]
        return ""

    def _dated(self, check: str, measured: Measured, reading: Reading) -> Reading:
        newest = self.meta_of(check).version
        if measured.version == newest:
            return reading
        said = f"（依据第{measured.version}版检查规则的结果，现行为第{newest}版）"
        return replace(reading, words=reading.words + said)

    def _matched(self, rule: Found, measured: Measured, once: bool) -> _Matched:
        meta = self.meta_of(rule.check)
        kinds = tuple(kind for kind in meta.kinds if not rule.findings or kind.id in rule.findings)
        names = {kind.id for kind in kinds}
        certain, doubtful, elsewhere, aside = [], [], [], []
        unsure = 0
        for defect in self.case.defects:
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
            elif once and defect.key in self.charged:
                elsewhere.append((defect, self.charged[defect.key]))
            elif defect.standing is Standing.SUSPECT or maybe_meant:
                doubtful.append(defect)
                unsure += defect.standing is not Standing.SUSPECT
            else:
                certain.append(defect)
        gap = measured.skipped
        if rule.unmeasured is not None:
            gap = round(sum(measured.metrics.get(name, 0) for name in rule.unmeasured))
        return _Matched(
            tuple(certain),
            tuple(doubtful),
            unsure,
            tuple(elsewhere),
            tuple(aside),
            self._blind(meta, measured, kinds),
            kinds,
            gap,
            _seen(rule, meta, measured, kinds, (*certain, *doubtful)),
        )

    def _blind(self, meta: Meta, measured: Measured, kinds: Sequence[Kind]) -> tuple[Kind, ...]:
        """Returns the kinds nobody looked for: no subject passed, none failed."""
        failed = {
            _group(meta.kind(d.kind)) for d in self.case.defects if d.check == meta.id and _declared(meta, d.kind)
        }
        looked = failed | {group for group, count in measured.passed.items() if count}

        def seen(kind: Kind) -> bool:
            return _group(kind) in looked or bool(kind.implied_by and _group(meta.kind(kind.implied_by)) in looked)

        return tuple(kind for kind in kinds if not seen(kind))

    def _nothing(self, rule: Found, measured: Measured, stake: float) -> Reading | None:
        """Returns an open reading where there is nothing to look at, None where there is."""
        if not rule.needs or measured.metrics.get(rule.needs, 0) >= 1:
            return None
        words = _meaning(self.meta_of(rule.check).metrics[rule.needs])
        why = f"未发现{words}" if rule.needs in measured.metrics else f"未统计{words}"
        return Reading(0.0, stake, 0.0, f"未能判定：{why}", unmeasured=why)

    # the rules

    def _veto(self, rule: Veto, measured: Measured) -> Reading:
        if (nothing := self._nothing(rule, measured, 1.0)) is not None:
            return nothing
        found = self._matched(rule, measured, once=False)
        sure, maybe = len(found.certain), len(found.doubtful) + found.gap
        charges = _charges(found, 0.0)
        words = f"确认{sure}个，达到{rule.at_least}个即否决"
        if maybe:
            words += f"；另有{_doubts(found)}"
        if sure >= rule.at_least:
            return Reading(1.0, 1.0, 1.0, f"{words}；建议否决，须经人工确认", charges, met=True)
        if found.blind:
            why = f"未核查到：{'、'.join(kind.title for kind in found.blind)}"
            return Reading(0.0, 1.0, 0.0, f"未能判定：{why}", charges, unmeasured=why)
        if sure + maybe >= rule.at_least:
            why = _doubts(found)
            return Reading(0.0, 1.0, found.coverage, f"{words}，尚不能排除", charges, unmeasured=why)
        return Reading(0.0, 0.0, found.coverage, f"{words}，未触发", charges, met=False)

    def _deduct(self, rule: Deduct, measured: Measured, stake: float, once: bool) -> Reading:
        if (nothing := self._nothing(rule, measured, stake)) is not None:
            return nothing
        found = self._matched(rule, measured, once)
        least = min(stake, len(found.certain) * rule.each)
        more = len(found.doubtful) + found.gap
        most = stake if found.blind else min(stake, (len(found.certain) + more) * rule.each)
        words = f"确认{len(found.certain)}个×{rule.each:g}分＝{len(found.certain) * rule.each:g}分"
        if len(found.certain) * rule.each > stake:
            words += f"，按上限扣{stake:g}分"
        if most > least:
            words += f"；{_doubts(found)}，最多再扣{_round(most - least):g}分"
        words += _asides(found)
        return Reading(least, most, found.coverage, words, _charges(found, rule.each), unmeasured=_gaps(found))

    def _presence(self, rule: Presence, measured: Measured, stake: float, once: bool) -> Reading:
        if (nothing := self._nothing(rule, measured, stake)) is not None:
            return nothing
        found = self._matched(rule, measured, once)
        # All or nothing: the first finding costs the whole, the others nothing more.
        charges = _charges(found, 0.0)
        if found.certain:
            charges = (replace(charges[0], amount=stake), *charges[1:])
            return Reading(stake, stake, 1.0, f"确认{len(found.certain)}个问题{_asides(found)}", charges)
        open_ = bool(found.doubtful) or found.coverage < ENOUGH
        words = "未发现问题" if not found.elsewhere else "未另计问题"
        if doubts := _doubts(found):
            words += f"；{doubts}" + ("，须人工核实" if open_ else "")
        words += _asides(found)
        gaps = _gaps(found) if open_ else ""
        return Reading(0.0, stake if open_ else 0.0, found.coverage, words, charges, unmeasured=gaps)

    def _counted(self, rule: Presence, measured: Measured, stake: float) -> Reading:
        metrics = self.meta_of(rule.check).metrics
        words = "、".join(_meaning(metrics[name]) for name in rule.metrics)
        known = [measured.metrics[name] for name in rule.metrics if name in measured.metrics]
        if known and sum(known) >= rule.at_least:
            yes = all(metrics[name].endswith(YES_NO) for name in rule.metrics)
            return Reading(0.0, 0.0, 1.0, f"{words}：是" if yes else f"{words}{sum(known):g}个，符合")
        why = f"仅见{words}{sum(known):g}个，不足以认定没有" if known else f"未统计{words}"
        return Reading(0.0, stake, 0.0, f"{why}，须人工核实", unmeasured=why)

    def _sample(self, rule: Sample, measured: Measured, stake: float, once: bool) -> Reading:
        title = self.meta_of(rule.check).draws[rule.draw]
        draw = measured.draws.get(rule.draw)
        if draw is None or not (draw.members or draw.rest):
            why = f"没有可抽查的{title}"
            found = self._matched(rule, measured, once)
            return Reading(0.0, stake, 0.0, f"{why}，须人工核实", _charges(found, 0.0), unmeasured=why)
        each = rule.each if rule.each is not None else stake
        sampled = self._sampled(rule, draw, title)
        wanted = min(rule.size, draw.candidates)
        lost, elsewhere, alike, open_, charges = 0, 0, 0, 0, []
        counted: set[str] = set()
        doubted: set[str] = set()
        for member, result in zip(sampled.members, sampled.results, strict=True):
            failed = result == FAIL
            about = self._of_member(rule, member)
            certain = {defect.key for defect in about if defect.standing is Standing.CERTAIN}
            charged = failed and once and bool(certain) and certain <= self.charged.keys()
            # Two members may share one finding (two interpretations of one policy): it is deducted once.
            twin = failed and not charged and bool(certain) and certain <= counted
            for defect in about:
                before = self.charged.get(defect.key, "") if once else ""
                if defect.key not in counted:
                    charges.append(Charge(defect, 0.0 if charged or before or not failed else each, before))
            counted |= certain if failed else set()
            lost, elsewhere, alike = lost + failed, elsewhere + charged, alike + twin
            if result == OPEN:
                suspects = {defect.key for defect in about if defect.standing is Standing.SUSPECT}
                open_ += not suspects or not suspects <= doubted
                doubted |= suspects
        free = elsewhere + alike
        open_ += max(0, wanted - len(sampled.members))
        least = min(stake, (lost - free) * each)
        most = min(stake, (lost - free + open_) * each)
        words = f"随机抽取{len(sampled.members)}个{title}（共{draw.candidates}个，种子{draw.seed}），{lost}个不符合"
        if rule.each is not None:
            words += f"×{each:g}分＝{lost * each:g}分"
        if elsewhere:
            words += f"，其中{elsewhere}个已在其他条款计扣"
        if alike:
            words += f"，其中{alike}个与前者是同一问题，只扣一次"
        if open_:
            words += f"；{open_}个未能判定"
        if len(sampled.members) > 0 and draw.candidates < rule.size:
            words += f"（不足{rule.size}个，全部核查）"
        total = sum(sampled.census.values())
        if total > len(sampled.members):
            words += f"；全部{total}个中{sampled.census.get(FAIL, 0)}个不符合"
        share = 1 - open_ / wanted if wanted else 0.0
        why = f"抽中的{open_}个未能判定" if open_ else ""
        return Reading(least, most, share, words, tuple(charges), sampled, why)

    def _sampled(self, rule: Sample, draw: Draw, title: str) -> Sampled:
        population = (*draw.members, *draw.rest)
        results = [self._result(rule, member) for member in population]
        census = {name: results.count(name) for name in (PASS, FAIL, OPEN) if name in results}
        size = rule.size
        return Sampled(draw.name, title, draw.seed, draw.candidates, population[:size], tuple(results[:size]), census)

    def _result(self, rule: Sample, member: DrawMember) -> str:
        said = member.result if not rule.result else str(member.facts.get(rule.result, OPEN))
        standings = {defect.standing for defect in self._of_member(rule, member, closed=True)}
        if said != FAIL or not standings:
            return said if said in (PASS, FAIL) else OPEN
        if Standing.CERTAIN in standings:
            return FAIL
        return OPEN if Standing.SUSPECT in standings else PASS  # put right, or set aside, since

    def _of_member(self, rule: Sample, member: DrawMember, *, closed: bool = False) -> list[Defect]:
        """Returns the findings about a drawn member: about itself, or about the policy it belongs to."""
        subjects = {member.subject, str(member.facts.get("policy_url", ""))}
        return [
            defect
            for defect in self.case.defects
            if defect.check == rule.check
            and (not rule.findings or defect.kind in rule.findings)
            and defect.subject in subjects
            and (closed or defect.standing is not Standing.CLOSED)
        ]

    def _share(self, rule: Proportion, measured: Measured, stake: float, scored: bool) -> Reading:
        words = self.meta_of(rule.check).metrics[rule.metric]
        share = measured.metrics.get(rule.metric)
        if share is None:
            return Reading(0.0, stake, 0.0, f"未能判定：{words}未统计", unmeasured=f"{words}未统计")
        # What could not be measured may all be good, or none of it.
        known = measured.seen / (measured.seen + measured.skipped) if measured.skipped else 1.0
        worst, best = share * known, share * known + 1 - known
        why = f"未能判定{measured.skipped}个" if known < 1 else ""
        said = f"{words}{share:.1%}" + (f"（{why}，计为{worst:.1%}～{best:.1%}）" if why else "")
        if not scored:
            least, most = (0.0 if value >= rule.pass_at else stake for value in (best, worst))
            return Reading(
                least, most, known, f"{said}，要求{rule.pass_at:.0%}", unmeasured=why if least < most else ""
            )
        least, most = _round(stake * (1 - best)), _round(stake * (1 - worst))
        return Reading(least, most, known, said, unmeasured=why)

    def _tier(self, rule: Tier, measured: Measured, stake: float) -> Reading:
        names = [rule.metric, rule.metric_high or rule.metric]
        values = [measured.metrics.get(name) for name in names]
        words = _meaning(self.meta_of(rule.check).metrics[rule.metric])
        if values[0] is None or values[1] is None:
            return Reading(0.0, stake, 0.0, f"未能判定：未统计{words}", unmeasured=f"未统计{words}")
        low, high = values[0], values[1]
        bands = [
            band
            for band in rule.bands
            if (band.at_most is None or low <= band.at_most) and (band.at_least is None or high >= band.at_least)
        ]
        if not bands:
            return Reading(
                0.0, stake, 0.0, f"{words}为{low:g}，不在任何一档内，须人工核实", unmeasured="不在任何一档内"
            )
        best, worst = max(band.high for band in bands), min(band.low for band in bands)
        count = f"{low:g}"
        if rule.metric_high and low != high:
            count += f"、{_meaning(self.meta_of(rule.check).metrics[rule.metric_high])}{high:g}"
        said = f"{worst:g}分" if worst == best else f"{worst:g}至{best:g}分"
        return Reading(stake - best, stake - worst, 1.0, f"{words}{count}，建议{said}")

    def _bonus(self, rule: Bonus, measured: Measured, stake: float) -> Reading:
        metrics = self.meta_of(rule.check).metrics
        names = [_meaning(metrics[name]) for name in rule.metrics]
        if not any(name in measured.metrics for name in rule.metrics):
            why = f"未统计{'、'.join(names)}"
            return Reading(0.0, stake, 0.0, f"未能判定：{why}", unmeasured=why)
        count = min(rule.up_to, round(sum(measured.metrics.get(name, 0) for name in rule.metrics)))
        gain = min(stake, count * rule.each)
        lost = stake - gain
        return Reading(lost, lost, 1.0, f"{'、'.join(names)}共{count}个×{rule.each:g}分，加{gain:g}分")


def _both(one: Reading, other: Reading) -> Reading:
    """Returns the reading of two requirements of one clause, neither of which may fail."""
    return replace(
        one,
        least=max(one.least, other.least),
        most=max(one.most, other.most),
        measured=(one.measured + other.measured) / 2,
        words=f"{one.words}；同条其他要求：{other.words}",
        charges=(*other.charges, *one.charges),
        unmeasured="；".join(filter(None, (other.unmeasured, one.unmeasured))),
    )


def _meaning(words: str) -> str:
    """Returns what a metric counts, without its unit: 动态要闻类栏目，个 -> 动态要闻类栏目."""
    return words.removesuffix(YES_NO).partition("，")[0]


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


def _charges(found: _Matched, each: float) -> tuple[Charge, ...]:
    return (
        *(Charge(defect, each) for defect in found.certain),
        *(Charge(defect, unsure=defect.standing is not Standing.SUSPECT) for defect in found.doubtful),
        *(Charge(defect, elsewhere=leaf) for defect, leaf in found.elsewhere),
        *(Charge(defect) for defect in found.aside),
    )


def _doubts(found: _Matched) -> str:
    """Returns what is not certain, in words: 疑似2个、是否属于本条所指栏目待定1个、未能判定12个."""
    parts = []
    if suspects := len(found.doubtful) - found.unsure:
        parts.append(f"疑似{suspects}个")
    if found.unsure:
        parts.append(f"是否属于本条所指栏目待定{found.unsure}个")
    if found.gap:
        parts.append(f"未能判定{found.gap}个")
    if found.blind:
        parts.append(f"未核查到{'、'.join(kind.title for kind in found.blind)}")
    return "、".join(parts)


def _gaps(found: _Matched) -> str:
    return _doubts(replace(found, doubtful=(), unsure=0))


def _asides(found: _Matched) -> str:
    parts = []
    if found.elsewhere:
        parts.append(f"；{len(found.elsewhere)}个已在其他条款计扣，不重复扣分")
    if found.aside:
        parts.append(f"；{len(found.aside)}个已剔除或豁免，不计")
    return "".join(parts)


def _round(value: float) -> float:
    return round(value, 6)
