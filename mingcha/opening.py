"""The results database, opened for one command and closed after it; and whom a command means that names no portal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from mingcha.errors import MingchaError, UsageError
from storage.database import StorageError, open_database, shown
from storage.queries import audited_last


@contextlib.contextmanager
def opened(database: str, as_error: type[MingchaError] = UsageError, *, existing: bool = False) -> Iterator[Engine]:
    """Yields the results database; what is wrong with it, or is met while it is open, becomes that error.

    `existing`: a file that is not there is refused instead of made.
    """
    if existing and "://" not in database and not Path(database).is_file():
        raise as_error(f"there is no results database at {database}: run mingcha audit first, or name it with --db")
    try:
        engine = open_database(database)
        try:
            yield engine
        finally:
            engine.dispose()
    except StorageError as error:
        raise as_error(str(error)) from error


def newest_portal(engine: Engine, database: str) -> str:
    """Returns the portal audited last. Raises UsageError where none was."""
    newest = audited_last(engine)
    if not newest:
        raise UsageError(f"nothing was audited into {shown(database)} yet: run mingcha audit first")
    return newest
