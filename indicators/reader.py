"""Reads every kind of rule over a case: points lost for certain and at most, how much was measured, and why, in words.

Every rule comes down to a loss between `least` and `most` of its stake. Where a system has no points the stake is 1:
nothing lost is 达标, all of it 不达标, anything between is open. Nobody's doubts are counted as defects: suspects and
what could not be measured move only `most`. Nobody gets full marks for what nobody looked at: a finding kind that was
not looked for leaves the loss open, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from checks.base import REASONS, Meta, Outcome
from checks.registry import check as registered
from indicators.case import Case, Measured
from indicators.drawn import read_draw
from indicators.matching import Matched, matched
from indicators.reading import Reading
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

    def _matched(self, rule: Found, measured: Measured, once: bool) -> Matched:
        return matched(self.case, self.meta_of(rule.check), rule, measured, self.charged if once else {})

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
        charges = found.charges(0.0)
        words = f"确认{sure}个，达到{rule.at_least}个即否决"
        if maybe:
            words += f"；另有{found.doubts}"
        if sure >= rule.at_least:
            return Reading(1.0, 1.0, 1.0, f"{words}；建议否决，须经人工确认", charges, met=True)
        if found.blind:
            why = f"未核查到：{'、'.join(kind.title for kind in found.blind)}"
            return Reading(0.0, 1.0, 0.0, f"未能判定：{why}", charges, unmeasured=why)
        if sure + maybe >= rule.at_least:
            why = found.doubts
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
            words += f"；{found.doubts}，最多再扣{_round(most - least):g}分"
        words += found.uncounted
        return Reading(least, most, found.coverage, words, found.charges(rule.each), unmeasured=found.gaps)

    def _presence(self, rule: Presence, measured: Measured, stake: float, once: bool) -> Reading:
        if (nothing := self._nothing(rule, measured, stake)) is not None:
            return nothing
        found = self._matched(rule, measured, once)
        # All or nothing: the first finding costs the whole, the others nothing more.
        charges = found.charges(0.0)
        if found.certain:
            charges = (replace(charges[0], amount=stake), *charges[1:])
            return Reading(stake, stake, 1.0, f"确认{len(found.certain)}个问题{found.uncounted}", charges)
        open_ = bool(found.doubtful) or found.coverage < ENOUGH
        words = "未发现问题" if not found.elsewhere else "未另计问题"
        if doubts := found.doubts:
            words += f"；{doubts}" + ("，须人工核实" if open_ else "")
        words += found.uncounted
        gaps = found.gaps if open_ else ""
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
        if draw is not None and (draw.members or draw.rest):
            return read_draw(self.case, rule, draw, title, stake, self.charged if once else {})
        why = f"没有可抽查的{title}"
        found = self._matched(rule, measured, once)
        return Reading(0.0, stake, 0.0, f"{why}，须人工核实", found.charges(0.0), unmeasured=why)

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


def _round(value: float) -> float:
    return round(value, 6)
