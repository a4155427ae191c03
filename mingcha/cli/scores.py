"""The verbs about scores: scoring, the marks people give, the indicator systems themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mingcha.cli.options import (
    DATA,
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
from mingcha.cli.root import app, import_verbs, system_verbs


@app.command()
def score(
    portal: Annotated[str, typer.Argument(metavar="PORTAL", help="A portal that was audited.")],
    system: SystemOption = None,
    audit: Annotated[str, typer.Option(help="Score this audit. Default: the newest sound one.")] = "",
    marks: Annotated[Path | None, typer.Option(help="Import this filled-in score sheet first.")] = None,
    by: Annotated[str, typer.Option(help="Who marked, for rows of --marks that do not say.")] = "",
    exempt: ExemptOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for sheets. Default: mingcha-data/scores/AUDIT.")] = None,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Score an audited portal under indicator systems, whichever and whenever; touches no network."""
    from mingcha.commands import roster_of
    from mingcha.scoring.sheets import run_score

    finish(
        run_score(
            portal,
            roster_of(targets_file(targets), system, exempt),
            audit=audit,
            marks=marks,
            by=by,
            out=out,
            folder=systems_folder(systems),
            database=database_of(database),
            data=DATA,
        )
    )


@import_verbs.command("marks")
def import_marks(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="A score sheet people filled in.")],
    by: Annotated[str, typer.Option(help="Who marked, for rows that do not say.")] = "",
    portal: Annotated[str, typer.Option(help="Refuse a sheet of another portal.")] = "",
    system: Annotated[str, typer.Option(help="Refuse a sheet of another system.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and keep nothing.")] = False,
    targets: TargetsOption = None,
    systems: SystemsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Take the marks of a filled-in score sheet: all of them, or none and every problem with its cell."""
    from mingcha.commands import roster_of
    from mingcha.scoring.sheets import run_import

    finish(
        run_import(
            file,
            roster_of(targets_file(targets), None, None),
            by=by,
            portal=portal,
            system=system,
            dry=dry_run,
            folder=systems_folder(systems),
            database=database_of(database),
        )
    )


@system_verbs.callback(invoke_without_command=True)
def list_systems(context: typer.Context, systems: SystemsOption = None) -> None:
    """List the indicator systems: leaves, points, and how much is decided by the machine and by people."""
    if context.invoked_subcommand is None:
        from mingcha.scoring.sheets import list_systems

        finish(list_systems(systems_folder(systems)))


@system_verbs.command("check")
def check_system(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="An indicator system.")],
    systems: SystemsOption = None,
) -> None:
    """Say whether a file is a sound indicator system; every problem with its line and leaf."""
    from mingcha.scoring.sheets import check_system

    finish(check_system(file, systems_folder(systems)))


@system_verbs.command("schema")
def system_schema() -> None:
    """Print the JSON Schema of an indicator system's file, for editors."""
    from mingcha.scoring.sheets import print_schema

    finish(print_schema())
