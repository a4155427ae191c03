"""`mingcha export`: what the results database holds, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    what: Annotated[str, typer.Argument(metavar="ledger|findings|results|report|scores|ranking")],
    form: Annotated[str, typer.Option("--format", help="xlsx, csv, jsonl or html.")] = "",
    portal: Annotated[str, typer.Option(help="A portal id. Default: the portal audited last.")] = "",
    system: SystemOption = None,
    period: Annotated[str, typer.Option(help="Scores and rankings of a period: 2026, 2026H2, 2026Q4, 2026-11.")] = "",
    exempt: ExemptOption = None,
    out: Annotated[Path | None, typer.Option(help="File to write. Default: named after portal and audit.")] = None,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Write a ledger, feed, report, score sheet or ranking from the results database."""
    from mingcha.commands import roster_of, run_export

    if what not in ("scores", "ranking"):
        finish(run_export(what, form, portal, out, database_of(database)))
    from mingcha.scoring import export_ranking, export_scores

    roster = roster_of(targets_file(targets), system, exempt)
    folder, where = systems_folder(systems), database_of(database)
    if what == "ranking":
        path = export_ranking(form, roster, period=period, out=out, folder=folder, database=where)
    else:
        path = export_scores(portal, form, roster, period=period, out=out, folder=folder, database=where)
    print(path)
    finish(0)
