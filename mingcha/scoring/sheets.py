"""What the verbs about indicator systems and scores do."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from indicators.composition import composition
from indicators.library import Library, neighbours
from indicators.loading import IndicatorError, load_system
from indicators.system import Overlay, System
from mingcha.called import called
from mingcha.errors import DONE, USAGE, UsageError
from mingcha.opening import newest_portal, opened
from mingcha.scoring.scores import Scored, score_portal, span_of
from mingcha.scoring.systems import Roster, chosen, systems_at_hand
from mingcha.wording import chinese
from reports import feeds, words
from reports.conclusion import figures
from reports.files import write_whole
from reports.masking import masked_scores
from reports.scoresheet import write_sheet
from reports.write import SCORES

# Where the document gives no points to its requirements.
_NO_POINTS = {"none": "无分值", "top": "仅一级指标有分值"}


def list_systems(folder: Path | None) -> int:
    """Prints every system: leaves, points, and how much of it is decided by whom. Returns 0."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for header in ("体系", "版本", "名称", "条款", "总分", "自动", "辅助", "人工", "分值：自动／辅助／人工"):
        table.add_column(header, justify="left" if header in ("体系", "名称") or "／" in header else "right")
    for system in systems_at_hand(folder).newest():
        made = composition(system)
        points = "／".join(f"{value:g}" for value in made.points.values()) if made.points else ""
        table.add_row(
            system.id,
            str(system.version),
            system.title,
            str(made.total),
            _total(system),
            *(f"{count} ({count / made.total:.0%})" for count in made.leaves.values()),
            points or _NO_POINTS.get(system.scheme.points, ""),
        )
    Console(width=max(170, Console().width)).print(table)
    return DONE


def _total(system: System) -> str:
    scheme = system.scheme
    if scheme.total is None:
        return "－"
    return f"{scheme.total:g}" + (f"＋{scheme.bonus_total:g}" if scheme.bonus_total else "")


def check_system(path: Path, folder: Path | None) -> int:
    """Says whether a system's file is sound; every problem is one line. Returns 0, or 1 where it is not."""
    try:
        # The file itself may lie in the folder of systems: its neighbours are bases, its own problems are all said.
        system = load_system(path, neighbours(path, folder))
    except IndicatorError as error:
        for problem in error.problems:
            print(called(chinese(problem)), file=sys.stderr)
        return USAGE
    made = composition(system)
    names = ("自动", "辅助", "人工")
    ways = "，".join(f"{name}{count}" for name, count in zip(names, made.leaves.values(), strict=True))
    print(f"{path}：{system.id} 第{system.version}版，条款{made.total}条（{ways}），总分{_total(system)}")
    return DONE


def print_schema() -> int:
    """Prints the JSON Schema of the format, for editors. Returns 0."""
    print(schema())
    return DONE


def schema() -> str:
    """Returns the JSON Schema of a system's file, an overlay included, as indented JSON."""
    (whole, overlay), parts = msgspec.json.schema_components((System, Overlay), ref_template="#/$defs/{name}")
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mingcha indicator system",
        "if": {"required": ["base"]},
        "then": overlay,
        "else": whole,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def run_score(
    portal: str,
    roster: Roster,
    *,
    audit: str,
    marks: Path | None,
    by: str,
    out: Path | None,
    folder: Path | None,
    database: str,
    data: Path,
) -> int:
    """Scores an audited portal again, shows the result and writes its sheets. Returns 0. Raises UsageError."""
    books = systems_at_hand(folder)
    names, exemptions = roster.systems(portal), roster.exemptions(portal)
    with opened(database) as engine:
        found = score_portal(engine, portal, names, books, audit=audit, exemptions=exemptions)
        if marks is not None:  # only now: whatever else is wrong was said before anything is kept
            from mingcha.scoring.marks import import_marks  # late: no audit reads a workbook

            said = import_marks(engine, books, marks, by=by, portal=portal, now=dt.datetime.now(dt.UTC))
            print(f"已导入{len(said.new)}条评定", file=sys.stderr)
            found = score_portal(engine, portal, names, books, audit=audit, exemptions=exemptions)
        where = out or data / "scores" / found[0].view.audit.id
        for path in write_scores(found, where):
            print(path)
    show(found)
    return DONE


def write_scores(found: Sequence[Scored], out: Path) -> list[Path]:
    """Writes one workbook a system and scores.jsonl into a folder; returns the paths. Raises StorageError."""
    scores = masked_scores([one.score for one in found])
    return [*write_sheets(found, out), write_whole(out / SCORES, feeds.scores_jsonl(scores))]


def write_sheets(found: Sequence[Scored], out: Path) -> list[Path]:
    """Writes one workbook a system into a folder; returns the paths. Raises StorageError."""
    made = dt.datetime.now(dt.UTC)
    scores = masked_scores([one.score for one in found])
    return [
        write_sheet(score, one.view, out / sheet_name(score.system), made=made)
        for score, one in zip(scores, found, strict=True)
    ]


def sheet_name(system: System) -> str:
    """Returns the file name of a system's score sheet."""
    return f"scores-{system.id}.xlsx"


def show(found: Sequence[Scored]) -> None:
    """Prints the figures of scores, one system after the other."""
    console = Console()
    for one in found:
        console.print(
            f"\n[bold]{one.score.system.title}[/]（{one.score.system.id}，{words.period(one.score.case.period)}）",
            highlight=False,
        )
        for figure in figures(one.score):
            note = f"（{figure.note}）" if figure.note else ""
            console.print(f"{figure.name}：{figure.value}{note}", highlight=False, soft_wrap=True)
        for note in one.score.notes:
            console.print(f"说明：{note}", highlight=False)


def export_scores(
    portal: str,
    form: str,
    roster: Roster,
    *,
    period: str,
    out: Path | None,
    folder: Path | None,
    database: str,
) -> Path:
    """Writes the score sheet of one system (xlsx) or the feed of several (jsonl), and returns its path.

    Raises UsageError.
    """
    if form not in ("", "xlsx", "jsonl"):
        raise UsageError(f"cannot export scores as {form}: there are xlsx and jsonl")
    books = systems_at_hand(folder)
    with opened(database) as engine:
        portal = portal or newest_portal(engine, database)
        names = roster.systems(portal)
        if form != "jsonl" and len(names) != 1:
            raise UsageError(f"name the system whose sheet is wanted with --system: one of {', '.join(names)}")
        within = span_of(period, chosen(books, names[0])) if period else None
        exemptions = roster.exemptions(portal)
        found = score_portal(engine, portal, names, books, exemptions=exemptions, within=within)
        scores, view = masked_scores([one.score for one in found]), found[0].view
        if form == "jsonl":
            return write_whole(out or Path(f"{view.audit.id}-{SCORES}"), feeds.scores_jsonl(scores))
        path = out or Path(f"{view.audit.id}-{sheet_name(scores[0].system)}")
        return write_sheet(scores[0], view, path, made=dt.datetime.now(dt.UTC))


def run_import(
    path: Path,
    roster: Roster,
    *,
    by: str,
    portal: str,
    system: str,
    dry: bool,
    folder: Path | None,
    database: str,
) -> int:
    """Takes the marks of a filled-in sheet and says what was new. Returns 0. Raises UsageError."""
    books: Library = systems_at_hand(folder)
    with opened(database) as engine:
        from mingcha.scoring.marks import import_marks  # late: no audit reads a workbook

        done = import_marks(
            engine, books, path, by=by, portal=portal, system=system, now=dt.datetime.now(dt.UTC), dry=dry
        )
        head = done.head
        print(f"{head.portal}，{done.system.title}（{head.system}），评估周期{words.period(head.period)}：")
        verb = "将导入" if dry else "已导入"
        print(f"{verb}{len(done.new)}条评定，撤回{len(done.withdrawn)}条，未变{done.unchanged}条")
        if not dry:
            within, exempt = span_of(head.period, done.system), roster.exemptions(head.portal)
            show(score_portal(engine, head.portal, [done.system.id], books, exemptions=exempt, within=within))
    return DONE
