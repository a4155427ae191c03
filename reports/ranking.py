"""The ranking workbook: the portals of a jurisdiction under one system in one period, each with its range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indicators.case import Word
from indicators.ranking import Place
from indicators.score import span
from indicators.system import System
from reports.feeds import table_csv
from reports.files import write_whole
from reports.scores import name_of
from reports.sheets import Book, Formats, lines_of, page
from reports.words import china, period
from storage.views import PortalView

COLUMNS: Sequence[tuple[str, int]] = (
    ("名次", 8),
    ("网站名称", 24),
    ("单位（主办）", 24),
    ("得分区间", 14),
    ("已定分值占比", 12),
    ("自动核查占比", 12),
    ("单项否决", 26),
    ("结论", 12),
    ("达标", 8),
    ("不达标", 8),
    ("待定", 8),
    ("较上期（下限）", 12),
    ("较上期（上限）", 12),
    ("核查日", 12),
    ("批次", 26),
    ("说明", 40),
)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a ranking tells: places in order, and the portals without a place, with why."""

    system: System
    period: str
    places: tuple[Place, ...]
    portals: Mapping[str, PortalView]
    missing: tuple[tuple[str, str], ...] = ()  # not audited in the period: portal's name, why
    unreached: tuple[tuple[str, str], ...] = ()  # audited, and nothing could be measured: portal's name, why
    last: str = ""  # what "last time" is


def write_ranking(ranking: Ranking, path: Path, *, made: dt.datetime, as_csv: bool = False) -> Path:
    """Writes the ranking as XLSX or CSV and returns its path. Raises StorageError when the disk refuses."""
    lines = [_line(ranking, place) for place in ranking.places]
    if as_csv:
        absent = [["", name, "", why] for name, why in _without_place(ranking)]
        return write_whole(path, table_csv([header for header, _ in COLUMNS], [*lines, *absent]))

    def fill(part: Path) -> None:
        book = Book(part)
        _fill(book, ranking, lines, made)
        book.close()

    return write_whole(path, fill)


def _fill(book: Any, ranking: Ranking, lines: Sequence[Sequence[Any]], made: dt.datetime) -> None:
    formats = Formats(book)
    sheet = book.add_worksheet("排名")
    page(sheet, ranking.system.title, period(ranking.period), width=sum(width for _, width in COLUMNS))
    sheet.write_string(0, 0, f"{ranking.system.title}：{period(ranking.period)}排名", formats["caption"])
    about = (
        "得分为区间的，名次也是区间：待人工评定或未能判定的条款定下后才有确定的名次。按区间中点排列，否决成立的列最后。"
    )
    sheet.write_string(1, 0, about, formats["note_line"])
    when = f"生成于 {china(made)}" + (f"；上期：{ranking.last}" if ranking.last else "")
    sheet.write_string(2, 0, when, formats["note_line"])
    sheet.set_row(3, 32)
    for index, (header, width) in enumerate(COLUMNS):
        sheet.set_column(index, index, width)
        sheet.write_string(3, index, header, formats["head"])
    for at, (line, place) in enumerate(zip(lines, ranking.places, strict=True), 4):
        sheet.set_row(at, 15.0 * max(lines_of(str(v), w) for v, (_, w) in zip(line, COLUMNS, strict=True)) + 3)
        for index, value in enumerate(line):
            style = _tone(place) if COLUMNS[index][0] == "结论" and value else "text"
            if isinstance(value, float):
                sheet.write_number(at, index, value, formats["share" if "占比" in COLUMNS[index][0] else "number"])
            elif isinstance(value, int):
                sheet.write_number(at, index, value, formats["number"])
            else:
                sheet.write_string(at, index, value, formats[style])
    at = 4 + len(lines)
    sheet.autofilter(3, 0, max(4, at - 1), len(COLUMNS) - 1)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(0, 3)
    for name, why in _without_place(ranking):
        at += 1
        sheet.write_string(at, 1, name, formats["note_line"])
        sheet.write_string(at, 3, why, formats["note_line"])


def _without_place(ranking: Ranking) -> list[tuple[str, str]]:
    unreached = [(name, f"未能核查，请人工核查：{why}") for name, why in ranking.unreached]
    return [*unreached, *ranking.missing]


def _line(ranking: Ranking, place: Place) -> list[Any]:
    score = place.score
    portal = ranking.portals[score.case.portal]
    confirmed, proposed = score.vetoes(Word.CONFIRMED), score.vetoes()
    return [
        span(place.best, place.worst),
        portal.name,
        portal.unit,
        span(round(place.low, 2), round(place.high, 2)) + ("" if score.total is not None else "%"),
        round(score.decided_share, 4),
        round(score.measured_share, 4),
        "；".join(
            filter(
                None,
                (
                    f"成立：{_names(ranking.system, [one.leaf.id for one in confirmed])}" if confirmed else "",
                    f"建议，待确认：{_names(ranking.system, [one.leaf.id for one in proposed])}" if proposed else "",
                ),
            )
        ),
        {True: "合格", False: "不合格", None: "待定"}[score.passed] if _judges(score.system) else "",
        score.words(Word.MET),
        score.words(Word.NOT_MET),
        score.words(None),
        place.change[0] if place.change else "",
        place.change[1] if place.change else "",
        score.case.as_of.isoformat(),
        score.case.audit,
        "；".join(score.notes),
    ]


def _judges(system: System) -> bool:
    return system.scheme.pass_at is not None or any(group.stage == "veto" for group in system.groups)


def _names(system: System, leaves: Sequence[str]) -> str:
    return "、".join(dict.fromkeys(name_of(system.ancestors(leaf)[-1]) for leaf in leaves))


def _tone(place: Place) -> str:
    return {True: "good", False: "bad", None: "doubt"}[place.score.passed]
