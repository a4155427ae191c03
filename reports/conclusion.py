"""What a score comes to as a whole, in Chinese: its conclusion and the lines below the table of a sheet.

Reports decide nothing: every figure and verdict is the score's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from indicators.case import Word
from indicators.score import LeafScore, Score, span
from indicators.system import parent_of
from reports.scores import group_of, name_of


def verdict(score: Score) -> tuple[str, str]:
    """Returns the conclusion in one Chinese sentence, and its tone."""
    if confirmed := score.vetoes(Word.CONFIRMED):
        return f"单项否决成立（{veto_names(score, confirmed)}），不合格", "bad"
    parts, tone = [], "none"
    if proposed := score.vetoes():
        parts.append(f"建议单项否决 {len(proposed)} 项（{veto_names(score, proposed)}），须经人工确认")
        tone = "bad"
    if score.total is not None:
        parts.append(f"得分 {span(round(score.low, 2), round(score.high, 2))}（满分 {_full(score)}）")
        if score.passed is not None:
            parts.append("合格" if score.passed else "不合格")
            tone = "good" if score.passed else "bad"
    else:
        met, not_met, waiting = score.words(Word.MET), score.words(Word.NOT_MET), score.words(None)
        parts.append(f"达标 {met} 项，不达标 {not_met} 项，待定 {waiting} 项")
        tone = "bad" if not_met else tone
    return "；".join(parts), tone


def _full(score: Score) -> str:
    scheme = score.system.scheme
    return f"{scheme.total:g}" + (f"＋加分 {scheme.bonus_total:g}" if scheme.bonus_total else "")


def veto_names(score: Score, leaves: Sequence[LeafScore]) -> str:
    """Returns what vetoes are called: the levels they stand below, each once."""
    above = (group_of(score.system, parent_of(one.leaf.id)) for one in leaves)
    return "、".join(dict.fromkeys(name_of(group) if group else "单项否决" for group in above))


class Figure(Struct, frozen=True):
    """One line below the table: what it is, its value, and what to know about it."""

    name: str
    value: str
    note: str = ""


def figures(score: Score) -> tuple[Figure, ...]:
    """Returns the lines below the table: total, range, what was measured by whom, bonus, conclusion."""
    lines: list[Figure] = []
    total, scheme = score.total, score.system.scheme
    if total is not None:
        stretch = f"按适用部分折算，×{score.factor:.4g}" if score.factor != 1.0 else ""
        lines.append(Figure("得分区间", span(_r(total.low), _r(total.high)), stretch or f"满分 {scheme.total:g}"))
        lines.append(Figure("自动核查覆盖分值", f"{_r(total.automatic):g}", f"占 {percent(score.measured_share)}"))
        lines.append(Figure("人工已评分值", f"{_r(total.by_people):g}"))
        lines.append(Figure("待定分值", f"{_r(total.waiting):g}", "待人工评定或未能判定"))
    else:
        for word, name in ((Word.MET, "达标"), (Word.NOT_MET, "不达标"), (None, "待定")):
            lines.append(Figure(f"{name}项数", str(score.words(word))))
        lines.append(Figure("不适用项数", str(score.words(Word.NOT_APPLICABLE))))
        lines.append(Figure("自动核查覆盖", percent(score.measured_share), "已由系统得出结论的条款占比"))
    if score.bonus is not None:
        above = f"总分超过 {scheme.bonus_above:g} 分方计入" if scheme.bonus_above is not None else ""
        lines.append(Figure("加分区间", span(_r(score.bonus.low), _r(score.bonus.high)), above))
    if total is not None and (score.bonus is not None or score.remarks):
        lines.append(Figure("最终得分区间", span(_r(score.low), _r(score.high)), "含加分和备注加减分（未评定的不计）"))
    if scheme.pass_at is not None:
        lines.append(Figure("合格线", f"{scheme.pass_at:g}"))
    lines.append(Figure("结论", verdict(score)[0]))
    return tuple(lines)


def percent(share: float) -> str:
    """Returns a share as people read it, small ones too: 20%, 0.5%."""
    return f"{share * 100:.3g}%"


def _r(value: float) -> float:
    return round(value, 2)
