"""Takes marks back from a filled-in score sheet: all of them or none, each refusal with its cell."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from indicators.case import Word
from indicators.library import Library
from indicators.periods import days_of
from indicators.score import WORDS
from indicators.soundness import scope_of
from indicators.system import Group, Leaf, Remark, System
from mingcha.errors import UsageError
from mingcha.scoring.marksheet import Entry, Said, SheetHead, head_of, read_sheet
from mingcha.scoring.scores import newest_sound
from mingcha.scoring.systems import chosen
from mingcha.sheetfile import cells, open_sheet
from reports.words import china
from storage.marks import MarkView, keep_marks, marks
from storage.queries import portals

_OFF = re.compile(r"扣([0-9]+(?:\.[0-9]+)?)分?")
_BY_WORD = {words: word for word, words in WORDS.items()}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the marks that are new, those withdrawn, and how many were there already."""

    head: SheetHead
    system: System
    new: tuple[MarkView, ...]
    withdrawn: tuple[MarkView, ...]
    unchanged: int


def import_marks(
    engine: Engine,
    books: Library,
    path: Path,
    *,
    by: str = "",
    portal: str = "",
    system: str = "",
    now: dt.datetime,
    dry: bool = False,
) -> Imported:
    """Keeps what a score sheet says and returns what was new; with `dry` nothing is written.

    `by` is who marked where a row does not say it; `portal` and `system`, where given, must be those of the sheet.
    Raises UsageError with every problem and its cell, and then nothing was kept; StorageError.
    """
    book = open_sheet(path, "赋分表")
    head = head_of(book, path)
    ours = _fitting(engine, books, head, path, portal, system)
    filled = read_sheet(book, ours, path)
    held = marks(engine, head.portal, ours.id, head.period)
    sheet = head.made.isoformat()  # every export has a time of its own, to the microsecond
    source = f"{sheet} {path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    problems = list(filled.problems)
    given: list[MarkView] = []
    places: dict[str, str] = {}
    unchanged = 0
    for entry in filled.entries:
        try:
            mark = _mark(ours, entry, by.strip(), head.said.get(entry.node), held.get(entry.node), now, source)
        except ValueError as error:
            problems.append(f"{entry.cell}：{error}")
            continue
        if mark is None:
            unchanged += entry.mark is not None
            continue
        given.append(mark)
        places[mark.node] = entry.cell
    if problems:
        raise UsageError("\n  ".join([f"{path}：没有导入任何评定，请更正后重新导入：", *cells(problems)]))
    if not dry:
        kept = keep_marks(engine, head.portal, ours.id, head.period, given, basis=head.made, sheet=sheet)
        if kept.newer:
            lines = [
                f"{places[mark.node]}：条款{mark.node}在本表导出之后已由{mark.who}评定（{china(mark.at)}）"
                for mark in kept.newer
            ]
            raise UsageError(
                "\n  ".join([f"{path}：比库中的评定旧，没有导入任何评定，请重新导出后填写：", *cells(lines)])
            )
        unchanged += len(given) - len(kept.new)
        given = list(kept.new)
    return Imported(
        head,
        ours,
        tuple(mark for mark in given if not mark.withdrawn),
        tuple(mark for mark in given if mark.withdrawn),
        unchanged,
    )


def _fitting(engine: Engine, books: Library, head: SheetHead, path: Path, portal: str, system: str) -> System:
    """Returns the system of a sheet. Raises UsageError where it is of something else than meant, or than there is."""
    if system and system != head.system:
        raise UsageError(f"{path}：是体系{head.system}的赋分表，不是{system}的")
    if portal and portal != head.portal:
        raise UsageError(f"{path}：是网站{head.portal}的赋分表，不是{portal}的")
    if all(head.portal != one.id for one in portals(engine)):
        raise UsageError(f"{path}：网站{head.portal}在本数据库中没有核查记录")
    versions = books.systems.get(head.system, ())
    ours = next((one for one in versions if one.version == head.version), None)
    if ours is None:
        newest = chosen(books, head.system)
        raise UsageError(
            f"{path}：按体系{head.system}第{head.version}版导出，现行为第{newest.version}版，请重新导出赋分表"
        )
    try:
        days = days_of(head.period, ours.scheme.period)
    except ValueError as error:
        raise UsageError(f"{path}：评估周期有误（{error}）") from error
    if newest_sound(engine, head.portal, days) is None:
        raise UsageError(f"{path}：网站{head.portal}在评估周期{head.period}内没有核查记录")
    return ours


def _mark(
    system: System,
    entry: Entry,
    by: str,
    said: Said | None,
    held: MarkView | None,
    now: dt.datetime,
    source: str,
) -> MarkView | None:
    """Returns the mark an entry makes, None where it is what the sheet was exported with.

    So two people may fill in two copies: each changes only what he changed. Raises ValueError with what is wrong.
    """
    node = _node(system, entry.node)
    if entry.mark is None:
        if said is None:
            return None  # an empty row; a reason alone decides nothing
        who = by or entry.who or (held.who if held else "")
        return MarkView(entry.node, who, now, why=entry.why, source=source)
    points, word = _decided(system, node, entry.mark)
    if said == (points, word, entry.why):
        return None
    who = entry.who or by
    if not who:
        raise ValueError("缺少复核人：请填写“复核人”列，或用 --by 姓名")
    return MarkView(entry.node, who, now, points, word, entry.why, source)


def _node(system: System, name: str) -> Group | Leaf | Remark:
    for node in (*system.nodes, *system.remarks):
        if node.id == name:
            return node
    raise ValueError(f"体系{system.id}中没有条款{name}")


def _decided(system: System, node: Group | Leaf | Remark, mark: float | str) -> tuple[float | None, str]:
    """Returns points and word of what stands in a mark cell. Raises ValueError where the node cannot be given that."""
    if isinstance(node, Remark):
        allowed = {0.0, *(choice.points for choice in node.choices)}
        if isinstance(mark, str) or mark not in allowed:
            listed = "、".join(f"{one:g}" for one in sorted(allowed))
            raise ValueError(f"“{_shown(mark)}”不能填写，应填{listed}之一")
        return mark, ""
    if mark == WORDS[Word.NOT_APPLICABLE]:
        return None, Word.NOT_APPLICABLE
    most, what = _most(system, node)
    if most is None:
        words = [WORDS[word] for word in _words(system, node)]
        if isinstance(mark, str) and mark in words:
            return None, _BY_WORD[mark]
        listed = "、".join([*words, WORDS[Word.NOT_APPLICABLE]])
        raise ValueError(f"“{_shown(mark)}”不能填写，应填{listed}")
    if isinstance(mark, str) and what == "扣分" and (off := _OFF.fullmatch(mark)):
        mark = float(off[1])  # 扣1分 says in a clause of deductions what 1 says
    if isinstance(mark, str):
        raise ValueError(f"“{mark}”不是分数，应填{what}0～{most:g}，或{WORDS[Word.NOT_APPLICABLE]}")
    if not 0 <= mark <= most:
        raise ValueError(f"{mark:g}超出范围，应填{what}0～{most:g}")
    return mark, ""


def _shown(mark: float | str) -> str:
    return mark if isinstance(mark, str) else f"{mark:g}"


def _most(system: System, node: Group | Leaf) -> tuple[float | None, str]:
    """Returns the highest number a node can be given and what it means; None where it is marked by a word."""
    if isinstance(node, Group):
        carries = node.points is not None and system.scheme.points == "top" and "." not in node.id
        return (node.points, "得分") if carries else (None, "")
    if node.points is not None:
        return node.points, "得分"
    scope = scope_of(system, node)
    if scope is not None and system.stage(node.id) != "veto":
        return node.most or scope.points, "扣分"
    return None, ""


def _words(system: System, node: Group | Leaf) -> tuple[Word, ...]:
    if isinstance(node, Group):
        return ()
    if system.stage(node.id) == "veto":
        return Word.CONFIRMED, Word.DISMISSED
    return Word.MET, Word.NOT_MET
