"""What commands share and light ones need: targets.toml as read, and where things lie beside the results database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from crawler.targets import TargetsError, load_targets, portal_by_id
from mingcha.errors import ImpossibleError, UsageError
from portal.model import Portal, Targets

PACE = "pace"  # file of the state folder by which audits and probes side by side keep one pace


def read_targets(path: Path) -> Targets:
    """Returns a targets.toml. Raises UsageError with the file, line and key that is wrong."""
    try:
        return load_targets(path)
    except TargetsError as error:
        raise UsageError(str(error)) from error


def portals_meant(described: Targets, names: Iterable[str]) -> tuple[Portal, ...]:
    """Returns the portals of those ids, each once, in that order; all of them where no id is given.

    Raises UsageError for an id targets.toml does not have, and where it holds no portal.
    """
    try:
        portals = tuple(portal_by_id(described, name) for name in dict.fromkeys(names)) or described.portals
    except TargetsError as error:
        raise UsageError(str(error)) from error
    if not portals:
        raise UsageError(f"{described.path} holds no portals: add one, docs/targets.md says how")
    return portals


def database_file(database: str) -> Path | None:
    """Returns the file of a database in SQLite, given as a path or URL; None for one on a server."""
    if "://" not in database:
        return Path(database)
    from sqlalchemy.engine import make_url  # late: a file needs none of it
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(database)
    except ArgumentError:
        return None  # who opens it says so
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def state_folder(database: str) -> Path:
    """Returns the folder for what audits into one database share: that of a SQLite file, else mingcha-data."""
    file = database_file(database)
    return file.absolute().parent if file is not None else Path("mingcha-data").absolute()


def begins(database: str) -> bool:
    """Returns whether the results database is a file that holds nothing yet; one that is not there is made.

    Raises ImpossibleError where it cannot be made.
    """
    if "://" in database:
        return False
    path = Path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path.stat().st_size == 0
    except OSError as error:
        raise ImpossibleError(f"cannot make the database {path}: {error.strerror or error}") from error


def evidence_folder(database: str) -> Path:
    """Returns where evidence lies."""
    return state_folder(database) / "evidence"


def utc_now() -> dt.datetime:
    """Returns the time, UTC: what a command takes for a clock where it is given none."""
    return dt.datetime.now(dt.UTC)
