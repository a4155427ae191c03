"""What the verbs of `mingcha ledger` do: which findings are meant, the step taken, and what is said of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from mingcha.errors import DONE, UsageError
from mingcha.ledger.files import Local
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.setting import evidence_folder
from mingcha.strayed import say_strayed
from portal.model import Portal
from portal.personal import mask_personal
from portal.zone import CHINA
from reports.words import SEVERITIES, china, iso
from storage.evidence import EvidenceStore
from storage.ledger.book import Handing, entries, entry, hand_out, record_all
from storage.ledger.entries import LedgerEntry
from storage.ledger.excuses import Excuse, Scope, excuse, excuses, reasons, withdraw
from storage.ledger.proof import keep_files
from storage.ledger.rename import rename_portal
from storage.ledger.states import Stage, Step
from storage.queries import find, portals
from storage.renamed import renamed


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings a command means: words are 问题编号, beginnings of fingerprints, or portals with a state."""

    words: tuple[str, ...]
    state: str = ""
    unit: str = ""
    overdue: bool = False
    closed: bool = False  # those that are closed or removed, too

    def fits(self, one: LedgerEntry) -> bool:
        """Returns whether a finding of a whole portal is meant."""
        return (
            (one.state == self.state if self.state else self.closed or one.live or one.state is Stage.EXCUSED)
            and (not self.unit or one.unit == self.unit)
            and (not self.overdue or one.overdue)
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the ledger lies, what holds here, what time it is (aware), and the portals of targets.toml."""

    database: str
    local: Local
    now: dt.datetime
    portals: tuple[Portal, ...] = ()


def now() -> dt.datetime:
    """Returns the present, aware."""
    return dt.datetime.now(CHINA)


def take(desk: Desk, wanted: Wanted, step: Step, files: Sequence[Path] = ()) -> int:
    """Takes one step with every finding meant, all or none, and prints what became of them. Returns 0."""
    with _opened(desk) as engine:
        meant = _meant(engine, desk, wanted)
        if proof := _kept(engine, desk, files, step.who):
            step = replace(step, data={**step.data, "evidence": list(proof)})
        record_all(engine, [(one.fingerprint, step) for one in meant])
        _say(engine, desk, meant)
    return DONE


def assign(desk: Desk, wanted: Wanted, how: Handing) -> int:
    """Hands the findings meant out, all or none, and prints their deadlines. Returns 0."""
    with _opened(desk) as engine:
        meant = _meant(engine, desk, wanted)
        hand_out(engine, [one.fingerprint for one in meant], how)
        _say(engine, desk, meant)
    return DONE


def show(desk: Desk, wanted: Wanted, *, as_json: bool) -> int:
    """Prints the findings meant, of every portal where none is named. Returns 0."""
    with _opened(desk) as engine:
        everything = replace(wanted, words=tuple(one.id for one in portals(engine)))
        meant = _meant(engine, desk, wanted if wanted.words else everything, empty=True)
        say_strayed(engine, desk.portals)
    if as_json:
        for one in meant:
            print(msgspec.json.encode(as_dict(one)).decode())
        return DONE
    if not meant:
        print("没有符合条件的问题")
        return DONE
    made = Table(box=None, padding=(0, 2, 0, 0))
    for header in ("问题编号", "状态", "严重程度", "责任单位", "整改时限", "剩余工作日", "问题描述"):
        made.add_column(header, justify="right" if header == "剩余工作日" else "left", no_wrap=header == "问题编号")
    for one in meant:
        left = "" if one.remaining is None else str(one.remaining)
        limit = china(one.deadline) or one.deadline_note
        said = mask_personal(one.message)
        words = (one.number, one.state, SEVERITIES.get(one.severity, ""), one.unit, limit, left, said)
        made.add_row(*(printable(str(word)).replace("[", r"\[") for word in words))
    Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160).print(made)
    print(f"共 {len(meant)} 个问题，其中超期 {sum(one.overdue for one in meant)} 个")
    return DONE


def history(desk: Desk, wanted: Wanted) -> int:
    """Prints everything that ever happened to the findings meant, the machine's verdicts too. Returns 0."""
    with _opened(desk) as engine:
        for one in _meant(engine, desk, wanted):
            _line(f"{one.number}  {one.state}  {mask_personal(one.message)}")
            for line in one.history:
                _line(f"    {china(line.at)}  {line.who}  {line.what} -> {line.stage}" + _beside(line.why, line.data))
            for each in excuses(engine, one.portal):
                if each.covers(one.fingerprint, one.check, one.column):
                    _line(f"    {_excused(each)}")
    return DONE


def let_off(
    desk: Desk,
    word: str,
    *,
    column: str,
    check: str,
    kind: str,
    begins: dt.datetime,
    ends: dt.datetime,
    who: str,
    why: str,
    link: str,
    files: Sequence[Path],
) -> int:
    """Keeps an excuse for a portal, one of its columns or checks, or one finding, and prints it. Returns 0.

    `begins` and `ends` are aware. Raises UsageError where nothing or two things are meant, or the excuse cannot hold.
    """
    with _opened(desk) as engine:
        if any(one.id == word for one in portals(engine)):
            portal = word
            scope = Scope.COLUMN if column else Scope.CHECK if check else Scope.PORTAL
            subject = column or check
        elif column or check:
            raise UsageError(f"--column and --check go with a portal's id, not with {word!r}")
        else:
            (meant,) = _meant(engine, desk, Wanted((word,)))
            portal, scope, subject = meant.portal, Scope.FINDING, meant.fingerprint
        proof = _kept(engine, desk, files, who)
        given = Excuse(portal, scope, subject, kind, why, begins, ends, who, desk.now, link, proof)
        _line(_excused(excuse(engine, given)))
    return DONE


def end_excuse(desk: Desk, number: int, *, who: str, why: str) -> int:
    """Ends an excuse from now on and says so. Returns 0."""
    with _opened(desk) as engine:
        _line(f"已撤销：{_excused(withdraw(engine, number, who=who, at=desk.now, why=why))}")
    return DONE


def list_excuses(desk: Desk, portal: str) -> int:
    """Prints the excuses of a portal, or of all, and whether they hold now. Returns 0."""
    with _opened(desk) as engine:
        names = [one.id for one in portals(engine) if portal in ("", one.id)]
        found = [each for name in names for each in excuses(engine, name)]
    for each in found:
        _line(
            f"{'有效' if each.holds(desk.now) else '未到期' if desk.now < each.begins else '已失效'}  {_excused(each)}"
        )
    if not found:
        print("没有登记的豁免")
    return DONE


def rename(desk: Desk, old: str, new: str, *, who: str, why: str) -> int:
    """Gives a portal another id with its whole history, and says so. Returns 0."""
    with _opened(desk) as engine:
        count = rename_portal(engine, old, new, who=who, at=desk.now, why=why)
    _line(f"{old} 已改名为 {new}，{count} 个问题及其历史随之转移；原问题编号仍可查询")
    return DONE


def as_dict(one: LedgerEntry) -> dict[str, object]:
    """Returns a finding of the ledger for machines; keys are only ever added to. Personal data is masked."""
    claim, objection = one.claim, one.objection
    return {
        "schema_version": 1,
        "number": one.number,
        "fingerprint": one.fingerprint,
        "portal": one.portal,
        "check": one.check,
        "kind": one.kind,
        "severity": one.severity,
        "subject": one.subject,
        "column": mask_personal(one.column),
        "message": mask_personal(one.message),
        "machine": str(one.machine),
        "state": str(one.state),
        "stage": str(one.stage),
        "since": iso(one.since),
        "unit": one.unit,
        "issuer": one.issuer,
        "handed_out": iso(one.handed_out) if one.handed_out else "",
        "deadline": iso(one.deadline) if one.deadline else "",
        "deadline_note": one.deadline_note,
        "remaining": one.remaining,
        "overdue": one.overdue,
        "claimed": iso(claim.at) if claim else "",
        "claim_link": claim.link if claim else "",
        "objection": objection.reason if objection else "",
        "decision": objection.decision if objection else "",
        "excuse": one.excuse.kind if one.excuse else "",
        "closed": iso(one.closed_at) if one.closed_at else "",
    }


@contextlib.contextmanager
def _opened(desk: Desk) -> Iterator[Engine]:
    with opened(desk.database) as engine:
        yield engine


def _meant(engine: Engine, desk: Desk, wanted: Wanted, *, empty: bool = False) -> tuple[LedgerEntry, ...]:
    """Returns the findings meant, each once, in the order they were named."""
    known = {one.id for one in portals(engine)}
    found: dict[str, LedgerEntry] = {}
    for name in wanted.words:
        word = renamed(engine, name)
        if word in known:
            if not (empty or wanted.state):
                raise UsageError(f"{word} is a whole portal: say with --state which of its findings are meant")
            ours = entries(engine, word, desk.now, desk.local.calendar).values()
            found |= {one.fingerprint: one for one in ours if wanted.fits(one)}
        else:
            one = entry(engine, find(engine, word).fingerprint, desk.now, desk.local.calendar)
            found[one.fingerprint] = one
    if not found and not empty:
        raise UsageError("没有符合条件的问题")
    return tuple(found.values())


def _kept(engine: Engine, desk: Desk, files: Sequence[Path], who: str) -> tuple[str, ...]:
    store = EvidenceStore(evidence_folder(desk.database))
    return keep_files(engine, store, files, who=who, at=desk.now)


def _say(engine: Engine, desk: Desk, meant: Sequence[LedgerEntry]) -> None:
    for before in meant:
        after = entry(engine, before.fingerprint, desk.now, desk.local.calendar)
        parts = [after.number, after.state if after.state == before.state else f"{before.state} -> {after.state}"]
        parts += [f"责任单位：{after.unit}"] if after.unit else []
        if after.deadline or after.deadline_note:
            parts.append(f"时限：{china(after.deadline) or after.deadline_note}")
        _line("  ".join(parts))


def _beside(why: str, data: Mapping[str, object]) -> str:
    link = str(data.get("link", ""))
    unit = str(data.get("unit", ""))
    said = [mask_personal(why) if why else "", f"责任单位：{unit}" if unit else "", link]
    words = "  ".join(word for word in said if word)
    return f"：{words}" if words else ""


def _excused(one: Excuse) -> str:
    where = {Scope.FINDING: "一个问题", Scope.COLUMN: "栏目", Scope.CHECK: "检查项", Scope.PORTAL: "整个网站"}
    subject = one.subject if one.scope in (Scope.COLUMN, Scope.CHECK) else ""
    return (
        f"豁免{one.id}  {one.portal} {where[one.scope]}{subject}  {reasons()[one.kind].word}  "
        f"{china(one.begins)} 至 {china(one.ends)}  {one.who}：{mask_personal(one.why)}"
    )


def _line(text: str) -> None:
    print(printable(text))
