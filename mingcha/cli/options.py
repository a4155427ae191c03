"""Options several verbs share, and how the words behind them are read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mingcha.errors import UsageError

TARGETS = Path("targets.toml")
SYSTEMS = Path("systems")
DATA = Path("mingcha-data")

TargetsOption = Annotated[
    Path | None, typer.Option("--targets", help="The portals to audit. Default: ./targets.toml where it exists.")
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="MINGCHA_DB",
        help="Results database as an SQLAlchemy URL or a file. Default: mingcha-data/mingcha.sqlite.",
    ),
]
SystemsOption = Annotated[
    Path | None,
    typer.Option(
        "--systems",
        envvar="MINGCHA_SYSTEMS",
        help="Folder with indicator systems of your own. Default: ./systems where it exists.",
    ),
]
SystemOption = Annotated[
    list[str] | None,
    typer.Option("--system", metavar="ID", help="Indicator system; may be given several times. Default: the portal's."),
]
ExemptOption = Annotated[
    list[str] | None,
    typer.Option("--exempt", metavar="ID", help="Exemption of a system that holds for the portal. Default: its own."),
]
AsOfOption = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="What 'today' is for every date rule (YYYY-MM-DD). Default: today."),
]


def finish(code: int) -> NoReturn:
    """Ends the verb with that exit code."""
    raise typer.Exit(code)


def date_of(text: str, option: str = "--as-of") -> dt.date:
    """Returns the date written, or today in Asia/Shanghai for "". Raises UsageError, naming the option."""
    if not text:
        return dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date: write it as YYYY-MM-DD") from None


def time_of(text: str) -> dt.time | None:
    """Returns the time of day written, None for "". Raises UsageError."""
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of the day, of whatever day
    except ValueError:
        raise UsageError(f"--until {text!r} is not a time: write it as HH:MM, such as 06:00") from None


def spacing_of(text: str) -> tuple[float, ...]:
    """Returns the seconds written. Raises UsageError."""
    try:
        seconds = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise UsageError(f"--spacing {text!r}: write seconds with commas between, such as 2,10,60") from None
    if not seconds or min(seconds) < 0:
        raise UsageError(f"--spacing {text!r}: at least one number, none below 0")
    return seconds


def checks_of(text: str) -> frozenset[str]:
    """Returns the ids of the checks written, by id or Chinese title. Raises UsageError for one there is not."""
    written = frozenset(word.strip() for word in re.split("[,，、]", text) if word.strip())
    if not written:
        return frozenset()
    from mingcha.judging import known_checks

    known = known_checks()
    ids = {title: name for name, title in known.items()}
    for name in sorted(written):
        if name not in known and name not in ids:
            listed = ", ".join(f"{one} {title}" for one, title in known.items())
            raise UsageError(f"--only: there is no check {name!r}; there are {listed}")
    return frozenset(ids.get(name, name) for name in written)


def targets_file(path: Path | None) -> Path | None:
    """Returns the file named, or ./targets.toml where it exists. Raises UsageError for one that is not there."""
    if path is None:
        return TARGETS if TARGETS.is_file() else None
    if not path.is_file():
        raise UsageError(f"--targets {path}: there is no such file")
    return path


def systems_folder(path: Path | None) -> Path | None:
    """Returns the folder named, or ./systems where it exists, as an absolute path."""
    if path is None:
        return SYSTEMS.absolute() if SYSTEMS.is_dir() else None
    return path.absolute()


def database_of(text: str) -> str:
    """Returns the database named, as an SQLAlchemy URL or an absolute path."""
    if "://" in text:
        return text
    return str(Path(text).absolute() if text else (DATA / "mingcha.sqlite").absolute())
