"""The verb that says how portals went on."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from mingcha.cli.options import DatabaseOption, database_of, date_of, finish
from mingcha.cli.root import app
from mingcha.errors import UsageError

PERIODS = ("month", "quarter", "half", "year")


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
    by: Annotated[
        str,
        typer.Option(
            metavar="|".join(PERIODS), help="Tell how rectification went period by period: 整改率, 超期, 反弹."
        ),
    ] = "",
    last: Annotated[int, typer.Option(min=1, max=24, help="With --by: how many periods, this one included.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per portal and line.")] = False,
    database: DatabaseOption = "",
) -> None:
    """Say how the defects of portals went on: since the last audit and the same period of last year, or by periods."""
    if by:
        from indicators.system import Period
        from mingcha.periods import run_periods

        if by not in PERIODS:
            raise UsageError(f"--by {by}: write one of {', '.join(PERIODS)}")
        if against:
            raise UsageError("--by and --against: give one of them")
        kind = cast(Period, by)
        finish(run_periods(portals or (), kind, last, as_json=as_json, database=database_of(database)))

    from mingcha.trend import run_trend

    finish(
        run_trend(
            portals or (),
            against=date_of(against, "--against") if against else None,
            as_json=as_json,
            database=database_of(database),
        )
    )
