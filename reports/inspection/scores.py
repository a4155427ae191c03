"""分指标得分 in a document: of every system the levels on top, and how a system and its points are named in a text."""

from __future__ import annotations

from collections.abc import Sequence

from indicators.case import Word
from indicators.score import Score, span
from indicators.system import Group
from reports.conclusion import verdict
from reports.document.model import Align, Block, Column, Paragraph, first, second, table
from reports.scores import name_of


def score_blocks(number: int, scores: Sequence[Score]) -> list[Block]:
    """Returns 分指标得分: of every system the levels on top."""
    blocks: list[Block] = [first(number, "分指标得分")]
    if not scores:
        return [*blocks, Paragraph("本网站未设定评分所用的指标体系，或本次检查不计分。")]
    for place, score in enumerate(scores, 1):
        blocks.append(second(place, shown_title(score)))
        pointed = score.total is not None
        heads = ("满分", "得分区间") if pointed else ("达标", "不达标")
        blocks.append(
            table(
                (
                    Column("指标", 6),
                    Column("条款数", 2, Align.RIGHT),
                    Column(heads[0], 2, Align.RIGHT),
                    Column(heads[1], 3, Align.CENTRE),
                    Column("待定条款", 2, Align.RIGHT),
                ),
                [_level(score, group, pointed) for group in _tops(score)],
            )
        )
        blocks.append(Paragraph(f"{verdict(score)[0]}。", lead="合计："))
    return blocks


def _tops(score: Score) -> list[Group]:
    return [group for group in score.system.groups if "." not in group.id and group.stage != "veto"]


def _level(score: Score, group: Group, pointed: bool) -> tuple[object, ...]:
    node, name = group.id, name_of(group) + ("（加分）" if group.stage == "bonus" else "")
    below = [leaf for key, leaf in score.leaves.items() if key.startswith(f"{node}.")]
    waiting = sum(not leaf.settled and leaf.word is None for leaf in below)
    if pointed:
        level = score.levels.get(node)
        full, got = (f"{level.points:g}", span(round(level.low, 2), round(level.high, 2))) if level else ("—", "—")
        return name, len(below), full, got, waiting
    met = sum(leaf.word is Word.MET for leaf in below)
    return name, len(below), met, sum(leaf.word is Word.NOT_MET for leaf in below), waiting


def points(score: Score) -> str:
    """Returns the range a portal stands in, in points; without points how many requirements were met."""
    if score.total is None:
        return f"达标{score.words(Word.MET)}项"
    return span(round(score.low, 2), round(score.high, 2))


def shown_title(score: Score) -> str:
    """Returns a system's title and version as the text names it."""
    return f"《{score.system.title}》（第{score.system.version}版）"
