"""What commands share and light ones need: targets.toml as read, and where things lie beside the results database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from crawler.targets import TargetsError, load_targets
from mingcha.errors import ImpossibleError, UsageError
from portal.model import Targets

PACE = "pace"  # file of the state folder by which audits and probes side by side keep one pace


def read_targets(path: Path) -> Targets:
    """Returns a targets.toml. Raises UsageError with the file, line and key that is wrong."""
    try:
        return load_targets(path)
    except TargetsError as error:
        raise UsageError(str(error)) from error


def state_folder(database: str) -> Path:
    """Returns the folder for what audits into one database share: that of a SQLite file, else mingcha-data."""
    if "://" not in database:
        return Path(database).absolute().parent
    from sqlalchemy.engine import make_url  # late: a file needs none of it

    url = make_url(database)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).absolute().parent
    return Path("mingcha-data").absolute()


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
