"""`mingcha import ledger`: takes back what people filled into a ledger: all of it, or nothing and every problem."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from mingcha.errors import UsageError
from mingcha.ledger.sheet import LedgerHead, read_ledger
from mingcha.ledger.sheetrows import Findings, matched
from mingcha.ledger.taken import Desk, take
from mingcha.sheetfile import cells
from portal.workdays import WorkCalendar
from storage.ledger.book import take_all
from storage.ledger.deadlines import Rule, read_rules
from storage.ledger.entries import CALENDAR
from storage.ledger.states import Deed, Step
from storage.queries import portals
from storage.renamed import renamed


@dataclass(frozen=True, slots=True)
class TakenLedger:
    """What an import did. `skipped`: findings closed since, with their state. `cleared`: cells that were emptied."""

    head: LedgerHead
    counts: Counter[Deed] = field(default_factory=Counter)
    claimed: tuple[str, ...] = ()  # numbers of findings that now wait to be measured again
    skipped: tuple[tuple[str, str], ...] = ()
    cleared: tuple[str, ...] = ()
    unnumbered: tuple[str, ...] = ()  # rows that speak of no finding: added by hand, or a signature
    unchanged: int = 0


def import_ledger(
    engine: Engine,
    path: Path,
    *,
    now: dt.datetime,
    by: str = "",
    office: bool = False,
    portal: str = "",
    dry: bool = False,
    rules: Sequence[Rule] | None = None,
    calendar: WorkCalendar = CALENDAR,
) -> TakenLedger:
    """Keeps what a filled-in ledger says, in one transaction, and returns what followed; with `dry` nothing is kept.

    `by` is who says it where a row names no unit, and who decides what the `office` filled in. `portal`, where given,
    must be that of every row. Raises UsageError with every problem and its cell, and then nothing was kept;
    StorageError.
    """
    if office and not by.strip():
        raise UsageError("--office：主管单位填写的内容须由具名的人导入，请加 --by 姓名")
    filled = read_ledger(path)
    head = filled.head
    _expect_ours(engine, path, head, office)
    desk = Desk(now, by.strip(), office, bool(head.unit), read_rules() if rules is None else rules, calendar)
    problems = filled.problems
    steps: list[tuple[str, Step]] = []
    places: list[str] = []
    skipped: list[tuple[str, str]] = []
    cleared: list[str] = []
    unchanged = 0
    numbers: dict[str, str] = {}
    for one in matched(Findings(engine, now), filled):
        entry = one.known.entry
        if portal and entry.portal != portal:
            problems.append(f"{one.row.place}：问题{entry.number}不是网站{portal}的")
            continue
        taken = take(one.row, one.known, one.said, desk)
        problems += taken.problems
        cleared += taken.cleared
        if taken.closed:
            skipped.append((entry.number, str(entry.state)))
        unchanged += not (taken.steps or taken.closed or taken.problems)
        for place, step in taken.steps:
            steps.append((entry.fingerprint, step))
            places.append(place)
        numbers[entry.fingerprint] = entry.number
    refused = take_all(engine, steps, keep=not dry and not problems)
    problems += [f"{places[place]}：{why}" for place, why in refused.items()]
    if problems:
        raise UsageError("\n  ".join([f"{path}：没有导入任何内容，请更正后重新导入：", *cells(problems)]))
    claimed = [numbers[fingerprint] for fingerprint, step in steps if step.deed is Deed.CLAIM]
    counts = Counter(step.deed for _, step in steps)
    return TakenLedger(
        head, counts, tuple(claimed), tuple(skipped), tuple(cleared), tuple(filled.unnumbered), unchanged
    )


def _expect_ours(engine: Engine, path: Path, head: LedgerHead, office: bool) -> None:
    """Raises UsageError where a ledger is of another jurisdiction, or no file from which the office may decide."""
    known = {one.id for one in portals(engine)}
    if strange := [name for name in head.portals if renamed(engine, name) not in known]:
        raise UsageError(f"{path}：是网站{'、'.join(strange[:5])}的台账，在本数据库中没有核查记录，不是本辖区的台账")
    if office and head.unit:
        raise UsageError(
            f"{path}：是责任单位“{head.unit}”的台账，主管单位的意见请填在全部问题的台账中（去掉 --office）"
        )
    if office and head.made is None:
        raise UsageError(
            f"{path}：没有导出时的记录（工作表被另行复制，或为CSV），不能据此导入主管单位的意见，请用导出的原文件"
        )
