"""Documents for people: 检查报告 as DOCX and PDF."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mingcha.cli.options import database_of, finish, systems_folder, targets_file
from mingcha.errors import UsageError


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
    from mingcha.commands import read_targets, roster_of
    from mingcha.documents import FORMS
    from mingcha.inspection import export_inspection, export_region
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
