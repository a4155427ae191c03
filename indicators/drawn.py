"""Reads a rule about a draw: the members assessors would draw, how each fared, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.base import Draw, DrawMember
from indicators.case import Case, Defect, Standing
from indicators.reading import FAIL, OPEN, PASS, Charge, Reading, Sampled
from indicators.system import Sample


@dataclass(slots=True)
class _Count:
    """What the drawn members come to."""

    lost: int = 0  # members that failed
    elsewhere: int = 0  # of them those whose findings were charged to another leaf
    alike: int = 0  # of them those that share the finding of a member before: it is deducted once
    open: int = 0  # members nobody could judge
    charges: list[Charge] = field(default_factory=list)


def read_draw(case: Case, rule: Sample, draw: Draw, title: str, stake: float, charged: Mapping[str, str]) -> Reading:
    """Returns what a draw costs out of `stake`. `title` names its members, Chinese; `charged` maps the findings other
    leaves were charged with to those leaves."""
    each = rule.each if rule.each is not None else stake
    sampled = _sampled(case, rule, draw, title)
    count = _counted(case, rule, sampled, each, charged)
    drawn, wanted = len(sampled.members), min(rule.size, draw.candidates)
    count.open += max(0, wanted - drawn)
    paid = count.lost - count.elsewhere - count.alike
    words = f"随机抽取{drawn}个{title}（共{draw.candidates}个，种子{draw.seed}），{count.lost}个不符合"
    if rule.each is not None:
        words += f"×{each:g}分＝{count.lost * each:g}分"
    if count.elsewhere:
        words += f"，其中{count.elsewhere}个已在其他条款计扣"
    if count.alike:
        words += f"，其中{count.alike}个与前者是同一问题，只扣一次"
    if count.open:
        words += f"；{count.open}个未能判定"
    if drawn > 0 and draw.candidates < rule.size:
        words += f"（不足{rule.size}个，全部核查）"
    total = sum(sampled.census.values())
    if total > drawn:
        words += f"；全部{total}个中{sampled.census.get(FAIL, 0)}个不符合"
    return Reading(
        min(stake, paid * each),
        min(stake, (paid + count.open) * each),
        1 - count.open / wanted if wanted else 0.0,
        words,
        tuple(count.charges),
        sampled,
        f"抽中的{count.open}个未能判定" if count.open else "",
    )


def _counted(case: Case, rule: Sample, sampled: Sampled, each: float, charged: Mapping[str, str]) -> _Count:
    count = _Count()
    counted: set[str] = set()
    doubted: set[str] = set()
    for member, result in zip(sampled.members, sampled.results, strict=True):
        failed = result == FAIL
        about = _about(case, rule, member)
        certain = {defect.key for defect in about if defect.standing is Standing.CERTAIN}
        elsewhere = failed and bool(certain) and certain <= charged.keys()
        # Two members may share one finding (two interpretations of one policy).
        alike = failed and not elsewhere and bool(certain) and certain <= counted
        for defect in about:
            if defect.key not in counted:
                before = charged.get(defect.key, "")
                count.charges.append(Charge(defect, each if failed and not elsewhere and not before else 0.0, before))
        counted |= certain if failed else set()
        count.lost += failed
        count.elsewhere += elsewhere
        count.alike += alike
        if result == OPEN:
            suspects = {defect.key for defect in about if defect.standing is Standing.SUSPECT}
            count.open += not suspects or not suspects <= doubted
            doubted |= suspects
    return count


def _sampled(case: Case, rule: Sample, draw: Draw, title: str) -> Sampled:
    population = (*draw.members, *draw.rest)
    results = [_result(case, rule, member) for member in population]
    census = {name: results.count(name) for name in (PASS, FAIL, OPEN) if name in results}
    size = rule.size
    return Sampled(draw.name, title, draw.seed, draw.candidates, population[:size], tuple(results[:size]), census)


def _result(case: Case, rule: Sample, member: DrawMember) -> str:
    said = member.result if not rule.result else str(member.facts.get(rule.result, OPEN))
    standings = {defect.standing for defect in _about(case, rule, member, closed=True)}
    if said != FAIL or not standings:
        return said if said in (PASS, FAIL) else OPEN
    if Standing.CERTAIN in standings:
        return FAIL
    return OPEN if Standing.SUSPECT in standings else PASS  # put right, or set aside, since


def _about(case: Case, rule: Sample, member: DrawMember, *, closed: bool = False) -> list[Defect]:
    """Returns the findings about a drawn member: about itself, or about the policy it belongs to."""
    subjects = {member.subject, str(member.facts.get("policy_url", ""))}
    return [
        defect
        for defect in case.defects
        if defect.check == rule.check
        and (not rule.findings or defect.kind in rule.findings)
        and defect.subject in subjects
        and (closed or defect.standing is not Standing.CLOSED)
    ]
