"""A score as rows of a sheet: what workbook, report page and machine feed all tell, made once.

Reports decide nothing: every figure and verdict is the score's own. Times shown are Asia/Shanghai.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from indicators.case import Mark, Standing, Word
from indicators.reading import Charge, Reading
from indicators.score import WORDS, LeafScore, LevelScore, RemarkScore, Scale, Score, Status, span
from indicators.soundness import CELLS
from indicators.system import DITTO, Group, Leaf, System, parent_of, prefixes
from reports.words import china

NUMBERS_SHOWN = 12  # findings named in one cell; the sheet of charges has all

HOW: Mapping[str, str] = {"auto": "自动核查", "assisted": "辅助核查", "manual": "人工核查"}
STAGES: Mapping[str, str] = {"veto": "单项否决", "score": "得分", "bonus": "加分"}


class Kind(StrEnum):
    """What a row is."""

    LEAD = "lead"  # words before the requirements of a cell
    LEAF = "leaf"
    TAIL = "tail"  # words after them
    LEVEL = "level"  # what a level that carries points comes to


class Row(Struct, frozen=True):
    """One row of a score sheet. Texts are Chinese, cleaned of the source's layout; empty where there is nothing."""

    kind: Kind
    node: str
    titles: tuple[str, ...]  # of the levels above, the top one first
    text: str
    points: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)  # method, units, measures, deadline, deliverable, remark
    merged: frozenset[str] = frozenset()  # cells that are one with those of the row above
    how: str = ""
    result: str = ""  # 达标, 不达标, 需人工评定, 未能判定, 不适用, 建议否决 ...
    tone: str = "none"  # good, bad, doubt, none
    score: str = ""  # points earned or deducted, a range where open
    low: float | None = None  # points earned (deducted where `deducts`) at least; None where there are no points
    high: float | None = None
    stake: float | None = None
    deducts: bool = False
    words: str = ""  # the calculation
    note: str = ""
    charges: tuple[Charge, ...] = ()
    evidence: tuple[str, ...] = ()
    entry: str = ""  # what a person may fill in, "" = nothing
    mark: Mark | None = None

    @property
    def numbers(self) -> str:
        """The findings it speaks of, shortened to what fits in a cell."""
        named = list(dict.fromkeys(charge.defect.number for charge in self.charges))
        more = f" 等{len(named)}个" if len(named) > NUMBERS_SHOWN else ""
        return "、".join(named[:NUMBERS_SHOWN]) + more


def rows(score: Score) -> tuple[Row, ...]:
    """Returns the sheet's rows in the document's order: every leaf, and what levels say and come to."""
    return tuple(_rows(score, ""))


def _rows(score: Score, node: str) -> Iterator[Row]:
    for child in _in_order(score.system, node):
        if isinstance(child, Leaf):
            yield _leaf_row(score, score.leaves[child.id])
            continue
        if child.lead:
            yield Row(Kind.LEAD, child.id, _titles(score.system, child.id, own=True), shown(child.lead))
        yield from _rows(score, child.id)
        if child.tail:
            yield Row(Kind.TAIL, child.id, _titles(score.system, child.id, own=True), shown(child.tail))
        level = score.levels.get(child.id)
        if level is not None and _is_carrier(score, child):
            yield _level_row(score, child, level)


def _in_order(system: System, node: str) -> list[Group | Leaf]:
    """Returns what stands right below a node, in the order of the document: that of the leaves."""
    order = {leaf.id: place for place, leaf in enumerate(system.leaves)}

    def place(child: Group | Leaf) -> int:
        if isinstance(child, Leaf):
            return order[child.id]
        return min(number for name, number in order.items() if name.startswith(f"{child.id}."))

    return sorted(system.children(node), key=place)


def _is_carrier(score: Score, group: Group) -> bool:
    """Returns whether the level itself carries the points of all below it, more than one leaf of its own."""
    if group.points is None:
        return False
    below = score.system.children(group.id)
    return not any(child.points is not None for child in below)


def _leaf_row(score: Score, one: LeafScore) -> Row:
    system, leaf = score.system, one.leaf
    cells, merged = cells_of(system, leaf)
    pointed = one.scale in (Scale.POINTS, Scale.SCOPE)
    low, high = one.earned if one.scale is Scale.POINTS else one.lost
    result, tone = result_of(one)
    reading = one.reading
    return Row(
        kind=Kind.LEAF,
        node=leaf.id,
        titles=_titles(system, leaf.id),
        text=shown(leaf.text),
        points=f"{leaf.points:g}" if leaf.points is not None else "",
        cells=cells,
        merged=merged,
        how=HOW[leaf.decide],
        result=result,
        tone=tone,
        score=_score_words(one),
        low=low if pointed else None,
        high=high if pointed else None,
        stake=one.stake if pointed else None,
        deducts=one.scale is Scale.SCOPE,
        words=one.words,
        note=leaf.note,
        charges=reading.charges if reading else (),
        evidence=_evidence(reading),
        entry=entry_of(one),
        mark=one.mark,
    )


def _level_row(score: Score, group: Group, level: LevelScore) -> Row:
    top = score.system.scheme.points == "top"
    whole = level.low == level.high
    return Row(
        kind=Kind.LEVEL,
        node=group.id,
        titles=_titles(score.system, group.id, own=True),
        text=f"{name_of(group)}：{'得分' if top else '小计'}",
        points=f"{group.points:g}",
        result="不适用" if not level.points else "" if whole else "待定",
        tone="none" if not level.points else "text" if whole else "doubt",
        score=span(level.low, level.high) if level.points else "",
        low=level.low,
        high=level.high,
        stake=group.points,
        words=level.words,
        note=group.note,
        entry=f"得分 0～{group.points:g}，或 不适用" if top else "不适用",
        mark=level.mark or score.case.marks.get(group.id),
    )


def result_of(one: LeafScore) -> tuple[str, str]:
    """Returns the outcome of a leaf in Chinese and its tone."""
    if one.status is Status.NOT_APPLICABLE:
        return "不适用", "none"
    if one.scale is Scale.VETO:
        return _veto_words(one)
    if one.status is Status.PERSON:
        return ("待评定（有建议）", "doubt") if one.reading else ("待人工评定", "none")
    if one.status is Status.NOT_MEASURED:
        return "未能判定", "none"
    if one.word is not None:
        return WORDS[one.word], "good" if one.word is Word.MET else "bad"
    if one.scale is Scale.WORD:
        return "部分未能判定", "doubt"
    if one.lost[1] == 0:
        return "达标", "good"
    return ("不达标", "bad") if one.lost[0] > 0 else ("部分未能判定", "doubt")


def _veto_words(one: LeafScore) -> tuple[str, str]:
    if one.word is not None:
        return WORDS[one.word], "bad" if one.word is Word.CONFIRMED else "good"
    if one.proposed:
        return "建议否决，待确认", "bad"
    if one.status is Status.DECIDED:
        return "未触发", "good"
    if one.status is Status.PERSON:
        return "待人工认定", "none"
    return ("未能判定", "none") if one.status is Status.NOT_MEASURED else ("尚不能排除", "doubt")


def _score_words(one: LeafScore) -> str:
    if one.status is Status.NOT_APPLICABLE:
        return ""
    if one.scale is Scale.POINTS:
        return span(*one.earned)
    if one.scale is Scale.SCOPE:
        return f"扣{span(*one.lost)}" if one.lost[1] else "0"
    return ""


def entry_of(one: LeafScore) -> str:
    """Returns what a person may fill in for a leaf, in the words of the sheet."""
    match one.scale:
        case Scale.POINTS:
            return f"得分 0～{one.stake:g}，或 不适用"
        case Scale.SCOPE:
            return f"扣分 0～{one.stake:g}，或 不适用"
        case Scale.VETO:
            return "否决成立／否决不成立／不适用"
        case Scale.WORD:
            return "达标／不达标／不适用"


def remark_entry(one: RemarkScore) -> str:
    """Returns what a person may fill in for a clause after the total."""
    choices = "；".join(f"{choice.label} {choice.points:+g}" for choice in one.remark.choices)
    return f"{choices}；无 0"


def mark_text(mark: Mark | None) -> str | float:
    """Returns a mark as it stands in its cell: a number, a word, "" for none."""
    if mark is None:
        return ""
    if mark.word is not None:
        return WORDS[mark.word]
    return mark.points if mark.points is not None else ""


def cells_of(system: System, leaf: Leaf) -> tuple[dict[str, str], frozenset[str]]:
    """Returns the document's further cells of a leaf, and which of them are merged with those of the row above.

    A cell of the leaf wins, then the nearest level's that has one; a ditto is the cell of the leaf before.
    """
    found: dict[str, str] = {}
    merged = set()
    before = system.leaves[: system.leaves.index(leaf)]
    for name in (*CELLS, "measures"):
        value, holder = _cell(system, leaf, name)
        if value == DITTO:
            for other in reversed(before):
                value, holder = _cell(system, other, name)
                if value != DITTO:
                    break
            merged.add(name)
        elif holder and before and _cell(system, before[-1], name) == (value, holder):
            merged.add(name)
        if value and value != DITTO:
            found[name] = shown(value)
    return found, frozenset(merged)


def _cell(system: System, leaf: Leaf, name: str) -> tuple[str, str]:
    """Returns a cell as written and the level it was written at, "" for the leaf itself."""
    above = {group.id: group for group in system.groups}
    for node, holder in ((leaf, ""), *((above[i], i) for i in reversed(list(prefixes(leaf.id))) if i in above)):
        value = getattr(node, name)
        if value is not None:
            return ("\n".join(value) if isinstance(value, tuple) else value), holder
    return "", ""


def name_of(group: Group) -> str:
    """Returns a level's title without the points printed in it: 主动公开 58.5分 -> 主动公开."""
    title = shown(group.title)
    return re.sub(r"\s*[（(]?\s*\d+(?:\.\d+)?\s*分?\s*[)）]?\s*$", "", title) or title


def shown(text: str) -> str:
    """Returns a text of the document as people read it: without the narrow cell's blank lines and runs of blanks."""
    lines = (re.sub(r"[ \t\u3000\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def group_of(system: System, node: str) -> Group | None:
    """Returns the group of that id, None where there is none."""
    return next((group for group in system.groups if group.id == node), None)


def _titles(system: System, node: str, *, own: bool = False) -> tuple[str, ...]:
    names = [*prefixes(node), *([node] if own else [])]
    by_id = {group.id: group for group in system.groups}
    return tuple(shown(by_id[name].title) for name in names if name in by_id)


def _evidence(reading: Reading | None) -> tuple[str, ...]:
    if reading is None:
        return ()
    return tuple(dict.fromkeys(sha for charge in reading.charges for sha in charge.defect.evidence))


class DrawRow(Struct, frozen=True):
    """One drawn member, passes too."""

    node: str
    text: str
    title: str
    subject: str
    result: str
    seed: str
    candidates: int


def draws(score: Score) -> tuple[DrawRow, ...]:
    """Returns every member drawn under this system, in the order of the leaves."""
    words = {"pass": "符合", "fail": "不符合", "not_measured": "未能判定"}
    found = []
    for one in score.leaves.values():
        drawn = one.reading.draw if one.reading else None
        if drawn is None:
            continue
        for member, result in zip(drawn.members, drawn.results, strict=True):
            found.append(
                DrawRow(
                    one.leaf.id,
                    shown(one.leaf.text),
                    member.title or member.subject,
                    member.subject,
                    words[result],
                    drawn.seed,
                    drawn.candidates,
                )
            )
    return tuple(found)


def charge_words(score: Score, one: LeafScore, charge: Charge) -> str:
    """Returns what a finding costs at a leaf, in Chinese: 扣0.2分, 疑似，暂不扣, 待定, 已在“……”计扣.

    Nothing is said to be deducted where people decide or no points are.
    """
    standing = charge.defect.standing
    if charge.elsewhere:
        above = group_of(score.system, parent_of(charge.elsewhere))
        name = name_of(above) if above else charge.elsewhere
        return f"已在“{name}”（{charge.elsewhere}）计扣"
    if standing is Standing.SET_ASIDE:
        return "已剔除或豁免，不计"
    if charge.unsure and one.status is not Status.MARKED:
        return "是否属于本条所指栏目待定" + ("" if one.scale in (Scale.WORD, Scale.VETO) else "，暂不扣，计入区间下限")
    if one.scale in (Scale.WORD, Scale.VETO):
        return "疑似" if standing is Standing.SUSPECT else "涉及的问题"
    if standing is Standing.SUSPECT:
        return "疑似，暂不扣，计入区间下限"
    if one.status is Status.MARKED:
        return "系统发现的问题"
    if not charge.amount:
        return "涉及的问题"
    return f"{'建议' if one.status is Status.PERSON else ''}扣{charge.amount:g}分"


def mark_date(mark: Mark | None) -> str:
    """Returns when a mark was given, Asia/Shanghai; "" for none."""
    return china(mark.at) if mark else ""
