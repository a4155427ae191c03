"""The verb that takes filled-in ledgers back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from mingcha.cli.options import DATA, DatabaseOption, TargetsOption, database_of, finish, targets_file
from mingcha.cli.root import import_verbs


@import_verbs.command("ledger")
def import_ledger(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="A ledger people filled in (XLSX or CSV).")],
    by: Annotated[str, typer.Option(help="Who says it, where a row names no unit; who decides, with --office.")] = "",
    office: Annotated[
        bool, typer.Option("--office", help="Take what the office decides, too: state, deadline, unit. Needs --by.")
    ] = False,
    portal: Annotated[str, typer.Option(help="Refuse rows of another portal.")] = "",
    recheck: Annotated[bool, typer.Option("--recheck", help="Look again at what is claimed, now.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and keep nothing.")] = False,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Take back a filled-in ledger: all of it, or nothing and every problem with its cell."""
    from mingcha.ledger.back import run_import

    finish(
        run_import(
            file,
            by=by,
            office=office,
            portal=portal,
            recheck=recheck,
            dry=dry_run,
            now=dt.datetime.now(dt.UTC),
            targets=targets_file(targets),
            database=database_of(database),
            data=DATA,
        )
    )
