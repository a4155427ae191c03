"""What `mingcha import ledger` prints, and the re-check of what was claimed. Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from mingcha.called import program
from mingcha.errors import DONE
from mingcha.ledger.files import local_files
from mingcha.ledger.importing import TakenLedger, import_ledger
from mingcha.opening import opened
from mingcha.printable import printable
from storage.ledger.states import DEEDS, Deed

NAMED = 20  # numbers of findings named in one line
# What is told of every kind of step; those not named are told by their own word.
_WORDS = {
    Deed.CLAIM: "反馈",
    Deed.OBJECT: "异议",
    Deed.START: "整改中",
    Deed.NOTE: "备注",
    Deed.UNIT: "责任单位或保障人",
}


def run_import(
    path: Path,
    *,
    by: str,
    office: bool,
    portal: str,
    recheck: bool,
    dry: bool,
    now: dt.datetime,
    targets: Path | None,
    database: str,
    data: Path,
) -> int:
    """Takes a filled-in ledger back, says what was new and, with `recheck`, looks again at what was claimed.

    Returns the exit code: 0, with `recheck` that of the re-check. Raises MingchaError.
    """
    local = local_files(targets)
    with opened(database) as engine:
        done = import_ledger(
            engine,
            path,
            now=now,
            by=by,
            office=office,
            portal=portal,
            dry=dry,
            rules=local.rules,
            calendar=local.calendar,
        )
    for line in lines(done, dry=dry, again=not recheck):
        print(printable(line), flush=True)
    if not recheck or dry or not done.claimed:
        return DONE
    from mingcha.rechecks.due import DueOptions  # late: without it no network is needed
    from mingcha.rechecks.terminal import run_due

    concerned = tuple(dict.fromkeys(number.rpartition("-")[0] for number in done.claimed))
    return run_due(DueOptions(targets=targets, database=database, data=data, portals=concerned, claims_only=True))


def lines(done: TakenLedger, *, dry: bool, again: bool) -> Iterator[str]:
    """Yields what is told of an import; with `again` the command that looks again at what was claimed."""
    verb = "将导入" if dry else "已导入"
    order = dict.fromkeys((*_WORDS, *Deed))  # what units say first
    told = [f"{_WORDS.get(deed, DEEDS[deed])}{done.counts[deed]}条" for deed in order if done.counts[deed]]
    yield f"{verb}：{'，'.join(told) if told else '没有新的内容'}；未变{done.unchanged}行"
    if done.claimed:
        yield f"待复查：{_named(done.claimed)}"
    if done.skipped:
        yield f"跳过{len(done.skipped)}行，导出之后已了结：" + _named(
            [f"{one}（{state}）" for one, state in done.skipped]
        )
    if done.cleared:
        yield f"清空的单元格不删除已有内容：{_named(done.cleared)}"
    if done.unnumbered:
        yield f"没有问题编号的行不导入（台账只收已编号的问题）：{_named(done.unnumbered)}"
    if done.claimed and again and not dry:
        yield f"复查反馈的问题：{program()} recheck --claimed"


def _named(names: Sequence[str]) -> str:
    more = f" 等{len(names)}处" if len(names) > NAMED else ""
    return "、".join(names[:NAMED]) + more
