"""The verb that says how portals went on."""

from __future__ import annotations

from typing import Annotated

import typer

from mingcha.cli.options import DatabaseOption, database_of, date_of, finish
from mingcha.cli.root import app


@app.command()
def trend(
    portals: Annotated[
        list[str] | None, typer.Argument(metavar="[PORTAL]...", help="Audited portals. Default: all of them.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="Compare with the newest audit of that day or before. Default: the one before."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per portal and line.")] = False,
    database: DatabaseOption = "",
) -> None:
    """Say how the defects of portals went on: since the last audit, and since the same period of last year."""
    from mingcha.trend import run_trend

    finish(
        run_trend(
            portals or (),
            against=date_of(against, "--against") if against else None,
            as_json=as_json,
            database=database_of(database),
        )
    )
