"""The verbs that look after the program: what it reads, what this machine can do, the database."""

from __future__ import annotations

from typing import Annotated

import typer

from mingcha.cli.options import DatabaseOption, TargetsOption, database_of, finish, targets_file
from mingcha.cli.root import app, database_verbs


@app.command()
def read(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Pages or folders of pages.")],
    base: Annotated[str, typer.Option(help="The address the pages were fetched from.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a page.")] = False,
) -> None:
    """Show what the reader sees on a page: for looking into a verdict."""
    from mingcha.read import read_paths

    finish(read_paths(paths, base, json))


@app.command()
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Verify what is kept instead: results database, evidence, bundles.")
    ] = False,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Say what this machine can and cannot measure, and what to do about it."""
    if deep:
        from mingcha.deep import verify

        finish(verify(database_of(database)))

    from mingcha.commands import run_doctor

    finish(run_doctor(targets_file(targets), database_of(database)))


@app.command()
def checks() -> None:
    """List the checks with their finding kinds."""
    from mingcha.commands import list_checks

    finish(list_checks())


@database_verbs.command("upgrade")
def database_upgrade(database: DatabaseOption = "") -> None:
    """Bring the results database to the newest schema."""
    from mingcha.commands import run_upgrade

    finish(run_upgrade(database_of(database)))
