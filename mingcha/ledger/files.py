"""What an office adds of its own to the ledger: a calendar of working days and rules of deadlines, as TOML files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mingcha.errors import UsageError
from portal.workdays import CalendarFileError, WorkCalendar, read_calendar
from storage.ledger.deadlines import DeadlinesError, Rule, read_rules

CALENDAR_FILE = "calendar.toml"
DEADLINES_FILE = "deadlines.toml"


@dataclass(frozen=True, slots=True)
class Local:
    """The calendar and the rules that hold here."""

    calendar: WorkCalendar
    rules: tuple[Rule, ...]


def local_files(targets: Path | None = None, calendar: Path | None = None, deadlines: Path | None = None) -> Local:
    """Returns the files named, else those of the usual names beside targets.toml (or here), else what ships.

    Raises UsageError for one that is named and not there, and for one that cannot be used.
    """
    beside = targets.parent if targets is not None else Path()
    try:
        days = _file("--calendar", calendar, beside / CALENDAR_FILE)
        rules = _file("--deadlines", deadlines, beside / DEADLINES_FILE)
        return Local(read_calendar(days) if days else WorkCalendar(), read_rules(rules))
    except (CalendarFileError, DeadlinesError) as error:
        raise UsageError(str(error)) from error


def _file(option: str, named: Path | None, usual: Path) -> Path | None:
    if named is None:
        return usual if usual.is_file() else None
    if not named.is_file():
        raise UsageError(f"{option} {named}: there is no such file")
    return named
