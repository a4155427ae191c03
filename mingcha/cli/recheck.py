"""The verb that looks at findings again: those named, or whatever is due."""

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
from mingcha.errors import UsageError

SPACING = "2,10"
DUE_SPACING = "2,10,60"  # nobody waits for it


@app.command()
def recheck(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FINDING|PORTAL]...", help="问题编号, fingerprint (or its start), portal. With --due: portals."
        ),
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Everything whose time has come: suspects, claims 已整改, what came back.")
    ] = False,
    claimed: Annotated[bool, typer.Option("--claimed", help="Of what is due, claims 已整改 only.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Only say what is due when; touch no network.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for what the re-check makes.")] = None,
    as_of: AsOfOption = "",
    spacing: Annotated[
        str, typer.Option(help=f"Seconds before each further try. Default: {SPACING}; with --due {DUE_SPACING}.")
    ] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who asked for it; kept with the re-check.")] = "",
    browser: Annotated[bool, typer.Option(help="Use a browser for what only a browser can see.")] = True,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Repeat the identical test of findings, of all open ones of a portal, or of what is due; close or keep.

    Exit codes: 0 all measured, or nothing due; 3 something could not be measured; 2 nothing could.
    """
    from mingcha.rechecks.due import DueOptions
    from mingcha.rechecks.orders import How
    from mingcha.rechecks.recheck import run_recheck
    from mingcha.rechecks.terminal import run_due, run_list
    from storage.rechecks import AUTOMATIC

    if due or claimed or listed:
        if out is not None or as_of or by:
            raise UsageError("--out, --as-of and --by belong to a re-check of named findings, not to what is due")
        options = DueOptions(
            targets=targets_file(targets),
            database=database_of(database),
            data=DATA,
            portals=tuple(words or ()),
            claims_only=claimed,
            spacing=spacing_of(spacing or DUE_SPACING),
            browser=browser,
        )
        finish(run_list(options) if listed else run_due(options))
    if not words:
        raise UsageError("name a finding (问题编号) or a portal, or give --due for all that is due")
    finish(
        run_recheck(
            words,
            out=out,
            how=How(date_of(as_of), spacing_of(spacing or SPACING), browser=browser, who=by or AUTOMATIC),
            targets=targets_file(targets),
            database=database_of(database),
            data=DATA,
        )
    )
