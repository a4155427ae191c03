"""The verb that looks at findings again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mingcha.cli.options import (
    DATA,
    AsOfOption,
    DatabaseOption,
    TargetsOption,
    database_of,
    date_of,
    finish,
    spacing_of,
    targets_file,
)
from mingcha.cli.root import app


@app.command()
def recheck(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING|PORTAL", help="问题编号, fingerprint (or its start), portal.")
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for what the re-check makes.")] = None,
    as_of: AsOfOption = "",
    spacing: Annotated[str, typer.Option(help="Seconds before each further try.")] = "2,10",
    browser: Annotated[bool, typer.Option(help="Use a browser for what only a browser can see.")] = True,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Repeat the identical test of a finding (or of all open findings of a portal); close it or keep it."""
    from mingcha.recheck import run_recheck
    from mingcha.recheck_sitting import How

    finish(
        run_recheck(
            finding,
            out=out,
            how=How(as_of=date_of(as_of), spacing=spacing_of(spacing), browser=browser),
            targets=targets_file(targets),
            database=database_of(database),
            data=DATA,
        )
    )
