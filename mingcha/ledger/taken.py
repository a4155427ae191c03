"""What a filled-in row of a ledger means: which steps follow from what was changed in it. Pure.

A cell counts as changed when it says something else than when the file was exported, and than the ledger says now. So
two people may fill in two copies, and a file may be taken twice. A cell somebody else changed since is a conflict.
A file that no longer says what it was exported with (a copied sheet, a CSV) is held against the ledger as it is now,
and what the office decides is not taken from it.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.ledger.sheet import FilledRow, Given
from mingcha.ledger.sheetcells import day_in, deadline_in, link_in, objection_in, text_of
from mingcha.sheetfile import folded
from portal.workdays import WorkCalendar
from reports.ledger.rows import DECIDED, FOR_OFFICE, kept_cells
from reports.sheets import CELL
from storage.ledger.book import claim_step
from storage.ledger.deadlines import Limit, Rule, limit_by, rule_for
from storage.ledger.entries import CALENDAR, LedgerEntry
from storage.ledger.states import Deed, Stage, Step
from storage.lifecycle import day_of

CLAIM, LINK, DAY = "整改情况(单位填)", "整改后链接(单位填)", "整改完成时间"
UNIT, KEEPER, LIMIT, STATE = "责任单位", "责任栏目保障人", "整改时限", "状态"
OBJECTION, REMARK = "异议理由", "备注"
_WORDS = Path(__file__).with_name("sheet.toml")
_DEEDS: Mapping[str, Deed] = {
    str(Stage.CONFIRMED): Deed.CONFIRM,
    str(Stage.HANDED_OUT): Deed.ASSIGN,
    str(Stage.UNDER_WAY): Deed.START,
    str(Stage.RETURNED): Deed.RETURN,
    str(Stage.CLOSED): Deed.CLOSE,
    str(Stage.REMOVED): Deed.REMOVE,
    str(Stage.UPHELD): Deed.UPHOLD,
}
_WITH_REASON = frozenset({Deed.RETURN, Deed.CLOSE, Deed.REMOVE, Deed.UPHOLD})


@dataclass(frozen=True, slots=True)
class Desk:
    """Who takes a file, when and how. `office`: what the office decides counts, too. `of_unit`: a unit's own file."""

    now: dt.datetime  # aware
    by: str = ""
    office: bool = False
    of_unit: bool = False
    rules: Sequence[Rule] = ()
    calendar: WorkCalendar = CALENDAR


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the finding of a row: its entry, its kind, and the home page of its portal."""

    entry: LedgerEntry
    kind: str
    home: str


@dataclass(slots=True)
class Taken:
    """What a row comes to: steps with the cell each is from, and what is wrong, each with its cell."""

    steps: list[tuple[str, Step]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)  # cells that were emptied: what they said stays
    closed: bool = False  # it says something new of a finding that is closed: nothing follows from it


def take(row: FilledRow, known: Known, said: Mapping[str, str] | None, desk: Desk) -> Taken:
    """Returns what follows from a row. `said` is what it was exported with, None where the file does not say."""
    taken = Taken()
    changed = _changed(row, known, said, taken)
    if not known.entry.stage.live:
        return Taken(closed=bool(changed or taken.problems))
    if not desk.office:
        why = "单位填写的台账中不收这一列" if desk.of_unit else "由主管单位填写，收回时须加 --office --by 姓名"
        for name in FOR_OFFICE & changed.keys():
            was = str(kept_cells(known.entry).get(name) or "")
            taken.problems.append(f"{changed[name].place}：改动了“{name}”（{why}），请改回“{was}”")
    if taken.problems:
        return taken
    _Steps(changed, row, known, desk, taken).take()
    return taken


def value_of(name: str, given: Given, home: str) -> Any:
    """Returns what a cell of that column says, comparable; None, "" for an empty one. Raises ValueError."""
    if name == DAY:
        return day_in(given.value)
    if name == LINK:
        return link_in(given.value, given.target, home)
    if name == OBJECTION:
        return objection_in(given.text)
    return given.text


def _changed(row: FilledRow, known: Known, said: Mapping[str, str] | None, taken: Taken) -> dict[str, Given]:
    now = {name: str(cell if cell is not None else "") for name, cell in kept_cells(known.entry).items()}
    found: dict[str, Given] = {}
    for name, given in row.cells.items():
        if said is None and name in FOR_OFFICE:
            continue  # states move by themselves: nobody can tell what was written from what has become old
        was, held = said.get(name, "") if said is not None else None, now.get(name, "")
        if _same(name, given.text, held) or (was is not None and _same(name, given.text, was)):
            continue
        try:
            new = value_of(name, given, known.home) if name != LIMIT else deadline_in(given.value)
            if any(old is not None and _means(name, old, known.home) == new for old in (held, was)):
                continue
        except ValueError as error:
            taken.problems.append(f"{given.place}：{error}")
            continue
        if not given.text:
            if held:
                taken.cleared.append(given.place)
            continue
        if was is not None and not _same(name, was, held):
            taken.problems.append(f"{given.place}：本表导出之后“{name}”已改为“{held or '空'}”，请核对后重新导出填写")
            continue
        found[name] = given
    return found


def _means(name: str, text: str, home: str) -> Any:
    """Returns what a cell of ours says, as `value_of`; the text itself where it is none (a note instead of a day)."""
    given = Given("", text)
    try:
        return value_of(name, given, home) if name != LIMIT else deadline_in(text)
    except ValueError:
        return text


def _same(name: str, one: str, other: str) -> bool:
    return one == text_of(other[:CELL]) or (name in (STATE, UNIT, KEEPER) and folded(one) == folded(other))


class _Steps:
    """Makes the steps of one row, in the order they are to be taken."""

    def __init__(self, changed: Mapping[str, Given], row: FilledRow, known: Known, desk: Desk, taken: Taken) -> None:
        self.changed, self.row, self.known, self.desk, self.taken = changed, row, known, desk, taken
        self.entry = known.entry

    def take(self) -> None:
        """Adds the steps, and the problems where a cell lacks what it needs."""
        self._answerable()
        self._state(first=True)
        self._deadline()
        self._objection()
        self._claim()
        self._state(first=False)
        if REMARK in self.changed:
            self._add(REMARK, Step(Deed.NOTE, self._who(REMARK), self.desk.now, self._text(REMARK)))

    def _add(self, name: str, step: Step) -> None:
        self.taken.steps.append((self.changed[name].place, step))

    def _problem(self, name: str, words: str) -> None:
        self.taken.problems.append(f"{self.changed[name].place}：{words}")

    def _text(self, name: str) -> str:
        return self.changed[name].text if name in self.changed else ""

    def _who(self, name: str) -> str:
        """Returns who says what stands in a column: the office its own, the unit all else."""
        unit = self.row.cells[UNIT].text if UNIT in self.row.cells else ""
        unit = unit or self.entry.unit
        who = self.desk.by if name in FOR_OFFICE or not self.desk.office else unit or self.desk.by
        who = who or unit
        if not who:
            self._problem(name, "不知由谁填写：请填“责任单位”，或收回时加 --by 姓名")
        return who

    def _answerable(self) -> None:
        given = {key: self._text(name) for key, name in (("unit", UNIT), ("keeper", KEEPER)) if name in self.changed}
        if given and self._deed() is not Deed.ASSIGN:
            name = UNIT if UNIT in self.changed else KEEPER
            self._add(name, Step(Deed.UNIT, self._who(name), self.desk.now, "", given))

    def _deed(self) -> Deed | None:
        return _DEEDS.get(self._text(STATE)) if STATE in self.changed else None

    def _state(self, *, first: bool) -> None:
        """Adds what the office decided: what comes before a claim first, what ends a finding last."""
        if STATE not in self.changed:
            return
        deed = self._deed()
        if deed is None:
            if first:
                self._problem(STATE, f"“{self._text(STATE)}”不能填写，可填：{'、'.join(DECIDED)}；其余由程序得出")
            return
        if (deed in (Deed.CONFIRM, Deed.ASSIGN, Deed.START)) is not first:
            return
        why = self._text(REMARK)
        if deed in _WITH_REASON and not why:
            self._problem(STATE, f"改为“{self._text(STATE)}”须在“备注”中写明理由")
            return
        data = self._handing_out() if deed is Deed.ASSIGN else {}
        self._add(STATE, Step(deed, self._who(STATE), self.desk.now, why, data))

    def _handing_out(self) -> dict[str, Any]:
        entry, desk = self.entry, self.desk
        rule = rule_for(desk.rules, entry.issuer, entry.severity, self.known.kind)
        limit = limit_by(rule, desk.now, desk.calendar) if rule is not None else Limit()
        return {"unit": self._text(UNIT), "keeper": self._text(KEEPER), "issuer": entry.issuer, "limit": limit.data()}

    def _deadline(self) -> None:
        if LIMIT in self.changed:
            limit = Limit(deadline_in(self.changed[LIMIT].value))
            why = self._text(REMARK) or "在台账中改定"
            self._add(LIMIT, Step(Deed.DEADLINE, self._who(LIMIT), self.desk.now, why, {"limit": limit.data()}))

    def _objection(self) -> None:
        if OBJECTION in self.changed:
            reason, text = objection_in(self._text(OBJECTION))
            why = text or self._text(OBJECTION)  # the words of a reason alone are one
            step = Step(Deed.OBJECT, self._who(OBJECTION), self.desk.now, why, {"reason": reason, "link": ""})
            self._add(OBJECTION, step)

    def _claim(self) -> None:
        mine = [name for name in (CLAIM, LINK, DAY) if name in self.changed]
        if not mine:
            return
        cells = self.row.cells
        text = cells[CLAIM].text if CLAIM in cells else (self.entry.claim.text if self.entry.claim else "")
        if not text:
            self._problem(mine[0], f"填写了“{mine[0]}”，但“整改情况”为空，请写明怎样整改")
            return
        link = link_in(cells[LINK].value, cells[LINK].target, self.known.home) if LINK in cells else ""
        day = day_in(cells[DAY].value) if DAY in cells else None
        if day is not None and day > day_of(self.desk.now):
            self._problem(DAY if DAY in self.changed else mine[0], f"整改完成时间 {day} 晚于今天，请核对")
            return
        if not link and day is None and any(folded(text).startswith(word) for word in _under_way()):
            if CLAIM in self.changed:
                self._add(CLAIM, Step(Deed.START, self._who(CLAIM), self.desk.now, text))
            return
        step = claim_step(text=text, link=link, completed=day, who=self._who(mine[0]), at=self.desk.now)
        self._add(mine[0], step)


@cache
def _under_way() -> tuple[str, ...]:
    return tuple(str(word) for word in tomllib.loads(_WORDS.read_text("utf-8"))["under_way"])
