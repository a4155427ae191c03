"""Documents for people: 检查报告 and notices as DOCX and PDF, and the forecast."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mingcha.cli.options import DATA, DatabaseOption, TargetsOption, database_of, finish, systems_folder, targets_file
from mingcha.cli.root import app
from mingcha.errors import UsageError


@app.command()
def forecast(
    portals: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PORTAL]...", help="Default: those of targets.toml, else all audited."),
    ] = None,
    days: Annotated[int, typer.Option(min=0, max=366, help="How far to look ahead.")] = 7,
    json: Annotated[bool, typer.Option("--json", help="One JSON object for everything that falls due.")] = False,
    targets: TargetsOption = None,
    database: DatabaseOption = "",
) -> None:
    """Say what will be overdue soon: columns, ledger deadlines, excuses, certificates, what is due every year."""
    from mingcha.documents.forecasting import run_forecast

    file, where = targets_file(targets), database_of(database)
    finish(run_forecast(portals or (), days, as_json=json, targets=file, database=where))


def write_notices(
    tone: str,
    form: str,
    portal: str,
    unit: str,
    days: int,
    by: str,
    out: Path | None,
    targets: Path | None,
    database: str,
) -> NoReturn:
    """Writes notices, prints their paths and ends the verb. Raises UsageError."""
    from mingcha.documents.export import FORMS
    from mingcha.documents.forecasting import export_notices
    from mingcha.documents.notices import TONES

    if tone not in TONES:
        raise UsageError(f"--tone {tone!r}: there are {', '.join(TONES)}")
    if form and form not in FORMS:
        raise UsageError(f"cannot export notices as {form}: there are {' and '.join(FORMS)}")
    if len(by) > 100:
        raise UsageError("--by: write a name of at most 100 characters")
    written = export_notices(
        TONES[tone],
        form or "docx",
        portal,
        unit,
        days,
        by.strip(),
        out=out or DATA / "notices",
        targets=targets_file(targets),
        database=database_of(database),
    )
    for path in written.paths:
        print(path)
    for line in written.said:
        print(line, file=sys.stderr)
    finish(0)


def write_inspection(
    form: str,
    portal: str,
    every: bool,
    period: str,
    targets: Path | None,
    system: Sequence[str] | None,
    exempt: Sequence[str] | None,
    out: Path | None,
    systems: Path | None,
    database: str,
) -> NoReturn:
    """Writes 检查报告 of one portal, or of all, prints its path and ends the verb. Raises UsageError."""
    from mingcha.commands import roster_of
    from mingcha.documents.export import FORMS
    from mingcha.documents.inspection import export_inspection, export_region
    from mingcha.setting import read_targets
    from portal.model import Office

    if form not in FORMS:
        raise UsageError(f"--all: a report of all portals is written with --format {' or '.join(FORMS)}")
    if every and portal:
        raise UsageError("--all and --portal: give one of them")
    file = targets_file(targets)
    roster = roster_of(file, system, exempt)
    office = read_targets(file).office if file else Office()
    folder, where = systems_folder(systems), database_of(database)
    if every:
        path, notes = export_region(form, period, roster, office, out=out, folder=folder, database=where)
    else:
        if period:
            raise UsageError("--period: a report of one portal is of its newest audit; --all takes a period")
        path, notes = export_inspection(form, portal, roster, office, out=out, folder=folder, database=where)
    print(path)
    for note in notes:
        print(note, file=sys.stderr)
    finish(0)
