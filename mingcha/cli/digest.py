"""`mingcha digest`: the morning's messages."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from mingcha.cli.options import DatabaseOption, TargetsOption, database_of, finish, targets_file
from mingcha.cli.root import app
from mingcha.errors import UsageError


@app.command()
def digest(
    date: Annotated[str, typer.Option(metavar="DATE", help="The day it is about (YYYY-MM-DD). Default: today.")] = "",
    unit: Annotated[str, typer.Option(help="Only the digest of this unit. Default: the office's and all units'.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print them; send nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send what was delivered before, too.")] = False,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Send each responsible unit, and the office, one message: counts and a link. Channels: [notify] of targets.toml.

    Exit code 3 when some could not be delivered; run it again and only those are sent.
    """
    from mingcha.messages.digest import run_digest

    file = targets_file(targets)
    if file is None:
        raise UsageError("there is no targets.toml here: its [notify] says where to send; name it with --targets")
    try:
        day = dt.date.fromisoformat(date) if date else None
    except ValueError:
        raise UsageError(f"--date {date!r} is not a date: write it as YYYY-MM-DD") from None
    finish(run_digest(file, database_of(database), day=day, unit=unit, dry_run=dry_run, again=again))


@app.command()
def urgent(targets: TargetsOption = None, database: DatabaseOption = "") -> None:
    """Tell at once what cannot wait (单项否决, hijacked links, a portal that does not open), each thing once.

    Goes to the channels of [notify] that ask for it. Exit code 3 when something could not be delivered.
    """
    from mingcha.messages.urgent import run_urgent

    file = targets_file(targets)
    if file is None:
        raise UsageError("there is no targets.toml here: its [notify] says where to send; name it with --targets")
    finish(run_urgent(file, database_of(database)))
