"""赋分表_<system> of a ledger: a score as one may look it up beside the findings.

It is for reading only. What is filled in and taken back is the score sheet, a file of its own (`reports.scoresheet`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from checks.base import SheetColumn
from indicators.score import LeafScore, Score, span
from reports.conclusion import figures, verdict
from reports.scores import Kind, Row, charge_words, mark_date, mark_text, rows
from reports.tables import NAME, Table

_LEVELS = ("一级指标", "二级指标", "三级指标", "四级指标")
_COLUMNS = (
    SheetColumn("node", "条款", "text", 9),
    *(SheetColumn(f"level{depth}", name, "text", 16) for depth, name in enumerate(_LEVELS, 1)),
    SheetColumn("text", "考核要点(原文)", "text", 56),
    SheetColumn("method", "考评方式", "text", 14),
    SheetColumn("how", "核查方式", "text", 10),
    SheetColumn("points", "满分", "text", 8),
    SheetColumn("score", "得分", "text", 11),
    SheetColumn("lost", "扣分", "text", 10),
    SheetColumn("basis", "扣分依据", "text", 44),
    SheetColumn("words", "计算过程", "text", 40),
    SheetColumn("reason", "赋分说明", "text", 28),
    SheetColumn("numbers", "问题编号", "text", 22),
    SheetColumn("evidence", "证据编号", "text", 16),
    SheetColumn("count", "问题数", "number", 8),
    SheetColumn("units", "责任单位", "text", 18),
    SheetColumn("measures", "工作措施", "text", 24),
    SheetColumn("deadline", "完成时限", "text", 14),
    SheetColumn("deliverable", "可检视成果", "text", 20),
    SheetColumn("result", "结论", "text", 14),
    SheetColumn("mark", "复核分", "text", 12),
    SheetColumn("who", "复核人", "text", 12),
    SheetColumn("date", "复核时间", "text", 16),
    SheetColumn("remark", "备注", "text", 24),
)
_ALWAYS = frozenset({"node", "text", "how", "result", "mark", "who"})
_BASIS = 6  # findings whose deduction is spelled out in one cell; the score sheet has all


def score_table(score: Score) -> Table:
    """Returns the sheet of a score, without the columns its system has nothing for."""
    lines = [_line(score, row) for row in rows(score)]
    filled = {key for line in lines for key, value in line.items() if value not in ("", None)} | _ALWAYS
    words = "考核要点(原文)" if score.system.transcription == "verbatim" else "考核要点(转述)"
    columns = tuple(
        SheetColumn(one.key, words, one.show, one.width) if one.key == "text" else one
        for one in _COLUMNS
        if one.key in filled
    )
    title = f"{score.system.title}：{verdict(score)[0]}（供查阅；评定请填写 mingcha export scores 导出的赋分表）"
    return Table(
        f"赋分表_{score.system.id}"[:NAME],
        title,
        columns,
        [*lines, *_below(score)],
        verdicts=frozenset({"result"}),
        tallest=24,
    )


def _line(score: Score, row: Row) -> dict[str, Any]:
    one = score.leaves.get(row.node) if row.kind is Kind.LEAF else None
    mark = row.mark
    return {
        "node": row.node if row.kind in (Kind.LEAF, Kind.LEVEL) else "",
        **{f"level{depth}": title for depth, title in enumerate(row.titles[: len(_LEVELS)], 1)},
        "text": row.text,
        **row.cells,
        "how": row.how,
        "points": row.points,
        "score": row.score,
        "lost": span(*one.lost) if one is not None and row.stake is not None and any(one.lost) else "",
        "basis": "\n".join(_basis(score, one)) if one is not None else "",
        "words": row.words,
        "reason": "\n".join(filter(None, (mark.why if mark else "", row.note and f"注：{row.note}"))),
        "numbers": row.numbers,
        "evidence": "、".join(digest[:12] for digest in row.evidence[:6]),
        "count": len({charge.defect.number for charge in row.charges}) or None,
        "result": row.result,
        "mark": _text(mark_text(mark)),
        "who": mark.who if mark else "",
        "date": mark_date(mark),
    }


def _basis(score: Score, one: LeafScore) -> Iterator[str]:
    charges = one.reading.charges if one.reading is not None else ()
    for charge in charges[:_BASIS]:
        yield f"{charge.defect.number}：{charge_words(score, one, charge)}"
    if len(charges) > _BASIS:
        yield f"另有{len(charges) - _BASIS}项"


def _below(score: Score) -> Iterable[Mapping[str, Any]]:
    """Yields the lines below the table: figures, what stands after the total, signatures."""
    for figure in figures(score):
        yield {"text": f"{figure.name}：{figure.value}" + (f"（{figure.note}）" if figure.note else "")}
    for one in score.remarks:
        given = _text(mark_text(one.mark)) or "未评定"
        yield {"node": one.remark.id, "text": one.remark.text, "mark": given, "who": one.mark.who if one.mark else ""}
    for line in score.system.layout.signatures:
        yield {"text": line}


def _text(mark: str | float) -> str:
    return mark if isinstance(mark, str) else f"{mark:g}"
