"""`mingcha probe`: availability."""

from __future__ import annotations

from typing import Annotated

import typer

from mingcha.cli.options import DatabaseOption, TargetsOption, database_of, finish, targets_file
from mingcha.cli.root import app
from mingcha.errors import UsageError


@app.command()
def probe(
    portals: Annotated[
        list[str] | None, typer.Argument(metavar="[PORTAL]...", help="Portals of targets.toml. Default: all of them.")
    ] = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="Probe each portal whose moment has come, once, and end: for cron and timers."),
    ] = False,
    ipv6: Annotated[bool, typer.Option("--ipv6", help="Ask every portal over IPv6, too (probe_ipv6).")] = False,
    vantage: Annotated[
        str, typer.Option(metavar="NAME", help="What this machine's line is called in results. Default: 本机.")
    ] = "",
    limit: Annotated[
        float,
        typer.Option(
            min=0.1, max=120.0, metavar="SECONDS", help="When a page counts as not opened; the clause says 15."
        ),
    ] = 15.0,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Ask for every home page some twenty times a day, spread and politely, and keep what was seen; until stopped."""
    from mingcha.probes.probe import ProbeOptions, run_probe

    file = targets_file(targets)
    if file is None:
        raise UsageError("there is no targets.toml here: write one (docs/targets.md), or name it with --targets")
    if len(vantage) > 60:
        raise UsageError("--vantage: write a name of at most 60 characters")
    options = ProbeOptions(file, database_of(database), vantage.strip(), once=once, ipv6=ipv6, limit=limit)
    finish(run_probe(portals or (), options))
