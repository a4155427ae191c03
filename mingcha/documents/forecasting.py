"""What the verbs about the forecast and about notices do."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from mingcha.called import program
from mingcha.documents.export import file_name, put
from mingcha.documents.forecast import KINDS, Due, forecast
from mingcha.documents.notices import TONES, Setting, make
from mingcha.errors import DONE, UsageError
from mingcha.ledger.files import local_files
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.setting import evidence_folder, read_targets
from portal.model import Office
from reports.figures import Figures
from reports.notices import Notice, notice_document
from storage.database import StorageError
from storage.evidence import EvidenceStore
from storage.notices import Tone
from storage.queries import portals

_NAMES = {tone: name for name, tone in TONES.items()}


def run_forecast(
    names: Sequence[str],
    days: int,
    *,
    as_json: bool,
    targets: Path | None,
    database: str,
    now: dt.datetime | None = None,
) -> int:
    """Prints what falls due within `days` days, as a table or one JSON object a line. Returns 0. Raises UsageError."""
    with opened(database) as engine:
        found = forecast(engine, _wanted(engine, names, targets), now or dt.datetime.now(dt.UTC), days)
    if as_json:
        for due in found:
            print(msgspec.json.encode(due.line()).decode())
        return DONE
    if not found:
        print(f"{days}天内没有将要超期的事项")
        return DONE
    _show(found)
    print(f"共{len(found)}项。生成提示单：{program()} export notices --tone 提示单 --days {days}", file=sys.stderr)
    return DONE


def _show(found: Sequence[Due]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for header, justify in (
        ("到期日", "left"),
        ("剩余", "right"),
        ("类别", "left"),
        ("网站", "left"),
        ("责任单位", "left"),
    ):
        table.add_column(header, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("事项", overflow="fold")
    for due in found:
        left = f"{due.left}天" if due.left > 0 else "今天" if not due.left else f"已过{-due.left}天"
        cells = (f"{due.day} {due.until}".strip(), left, KINDS[due.kind], due.site, due.unit, due.what)
        table.add_row(*(printable(cell).replace("[", "\\[") for cell in cells))
    Console(width=max(160, Console().width)).print(table)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what to say of it, Chinese."""

    paths: tuple[Path, ...]
    said: tuple[str, ...]


def export_notices(
    tone: Tone,
    form: str,
    portal: str,
    unit: str,
    days: int,
    by: str,
    *,
    out: Path,
    targets: Path | None,
    database: str,
    now: dt.datetime | None = None,
) -> Written:
    """Writes the notices of one tone into a folder, one a unit; returns what was written. With `by` they are issued.

    `now` is aware, the present where it is left out. Raises UsageError.
    """
    office = read_targets(targets).office if targets else Office()
    local = local_files(targets)
    setting = Setting(office, now or dt.datetime.now(dt.UTC), by, local.rules, local.calendar)
    store = EvidenceStore(evidence_folder(database))
    with opened(database) as engine:
        wanted = _wanted(engine, [portal] if portal else [], targets)
        try:
            made = make(engine, tone, wanted, unit, days, setting)
            paths = [(notice, out / f"{name}.{form}") for notice, name in _named(made.notices)]
            notes = put([(notice_document(notice, Figures(store.get)), path) for notice, path in paths], form)
        except StorageError as error:
            raise UsageError(str(error)) from error
    said = _said(made.new, len(made.notices) - made.new, _NAMES[tone], drafts=made.drafts)
    return Written(tuple(path for _, path in paths), (*said, *(notes if paths else ())))


def _named(notices: Sequence[Notice]) -> list[tuple[Notice, str]]:
    """Returns notices with the names of their files, each name once."""
    used: Counter[str] = Counter()
    found = []
    for notice in notices:
        name = file_name(notice.number or "草稿", _NAMES[notice.tone], notice.unit)
        used[name] += 1
        found.append((notice, name if used[name] == 1 else f"{name}-{used[name]}"))
    return found


def _said(new: int, again: int, name: str, *, drafts: bool) -> tuple[str, ...]:
    if not new and not again:
        return (f"没有需要发出{name}的事项",)
    parts = [f"重印已印发的{name}{again}份（编号和内容不变）"] if again else []
    if new and drafts:
        parts.insert(0, f"草拟{name}{new}份，未编号、未登记；正式印发请加 --by 姓名")
    elif new:
        handed = "，所列问题已登记为交办" if name != _NAMES[Tone.TIP] else ""
        parts.insert(0, f"印发{name}{new}份，已编号登记{handed}")
    return ("；".join(parts),)


def _wanted(engine: Engine, names: Sequence[str], targets: Path | None) -> tuple[str, ...] | None:
    """Returns the portals meant: those named, else those of targets.toml, else None for all in the database."""
    if not names:
        listed = tuple(one.id for one in read_targets(targets).portals) if targets else ()
        return listed or None
    known = {one.id for one in portals(engine)}
    for name in names:
        if name not in known:
            raise UsageError(f"portal {name!r} was never audited; known are: {', '.join(sorted(known)) or 'none'}")
    return tuple(names)
