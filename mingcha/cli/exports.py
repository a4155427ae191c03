"""`mingcha export`: what the results database holds, as files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mingcha.cli.documents import write_inspection, write_notices
from mingcha.cli.options import (
    DatabaseOption,
    ExemptOption,
    SystemOption,
    SystemsOption,
    TargetsOption,
    database_of,
    finish,
    systems_folder,
    targets_file,
)
from mingcha.cli.root import app


@app.command()
def export(
    what: Annotated[str, typer.Argument(metavar="ledger|findings|results|report|notices|scores|ranking")],
    form: Annotated[str, typer.Option("--format", help="xlsx, csv, jsonl, html, docx or pdf.")] = "",
    portal: Annotated[str, typer.Option(help="A portal id. Default: the portal audited last.")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Ledger or report (docx, pdf) of all portals: of targets.toml, else audited.")
    ] = False,
    per: Annotated[
        str, typer.Option(metavar="portal|unit", help="Ledger: one file for every portal or responsible unit.")
    ] = "",
    unit: Annotated[str, typer.Option(help="Ledger, notices: only what this unit answers for.")] = "",
    closed: Annotated[
        bool, typer.Option("--closed", help="Ledger: also what was put right or dropped before.")
    ] = False,
    shots: Annotated[bool, typer.Option("--shots/--no-shots", help="Ledger: screenshots beside the file.")] = True,
    tone: Annotated[str, typer.Option(metavar="提示单|整改通知书|督办单", help="Notices: which.")] = "整改通知书",
    days: Annotated[int, typer.Option(min=0, max=366, help="Notices: how far a 提示单 looks ahead.")] = 7,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Notices: who issues them. Without it: drafts, nothing is kept.")
    ] = "",
    system: SystemOption = None,
    period: Annotated[str, typer.Option(help="Scores and rankings of a period: 2026, 2026H2, 2026Q4, 2026-11.")] = "",
    exempt: ExemptOption = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write, with --per a folder. Default: named after portal and audit.")
    ] = None,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Write a ledger, feed, report, notices, score sheet or ranking from the results database."""
    if what == "ledger":
        portals = (portal,) if portal else ()
        _ledger(form, portals, every, per, unit, closed, shots, targets, system, exempt, out, systems, database)
    if what == "notices":
        write_notices(tone, form, portal, unit, days, by, out, targets, database)
    if what == "report" and (form in ("docx", "pdf") or every):
        write_inspection(form, portal, every, period, targets, system, exempt, out, systems, database)
    if what in ("scores", "ranking"):
        _scored(what, form, portal, period, targets, system, exempt, out, systems, database)
    from mingcha.commands import run_export

    finish(run_export(what, form, portal, out, database_of(database)))


def _ledger(
    form: str,
    portals: tuple[str, ...],
    every: bool,
    per: str,
    unit: str,
    closed: bool,
    shots: bool,
    targets: Path | None,
    system: Sequence[str] | None,
    exempt: Sequence[str] | None,
    out: Path | None,
    systems: Path | None,
    database: str,
) -> NoReturn:
    """Writes ledgers, prints their paths and ends the verb. Raises UsageError."""
    from mingcha.commands import roster_of
    from mingcha.ledger.exporting import Wanted, export_ledger
    from mingcha.ledger.files import local_files

    file = targets_file(targets)
    for path in export_ledger(
        Wanted(form, portals, every, per, unit, closed, shots),
        roster_of(file, system, exempt),
        out=out,
        folder=systems_folder(systems),
        database=database_of(database),
        now=dt.datetime.now(dt.UTC),
        calendar=local_files(file).calendar,
    ):
        print(path)
    finish(0)


def _scored(
    what: str,
    form: str,
    portal: str,
    period: str,
    targets: Path | None,
    system: Sequence[str] | None,
    exempt: Sequence[str] | None,
    out: Path | None,
    systems: Path | None,
    database: str,
) -> NoReturn:
    """Writes a score sheet, or a ranking, prints its path and ends the verb. Raises UsageError."""
    from mingcha.commands import roster_of
    from mingcha.scoring.ranking import export_ranking
    from mingcha.scoring.sheets import export_scores

    roster = roster_of(targets_file(targets), system, exempt)
    folder, where = systems_folder(systems), database_of(database)
    if what == "ranking":
        path = export_ranking(form, roster, period=period, out=out, folder=folder, database=where)
    else:
        path = export_scores(portal, form, roster, period=period, out=out, folder=folder, database=where)
    print(path)
    finish(0)
