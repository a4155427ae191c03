"""Links to other sites known to be good: the answers an audit may take over instead of asking again.

A small SQLite file the parent writes beside the bundle before the audit, which only reads it: looked up where a link is
about to be verified, never held in memory.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from portal.artifacts import Attempt
from portal.urls import host_of, normalise

log = logging.getLogger(__name__)


class KnownLinks:
    """The answers by normalised URL. What cannot be read is not known."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._decoder = msgspec.json.Decoder(Attempt)

    @staticmethod
    def write(path: Path, links: Iterable[tuple[str, Attempt]]) -> int:
        """Writes the file anew and returns how many answers it holds; without any there is no file.

        Raises OSError or sqlite3.Error where it cannot be written.
        """
        path.unlink(missing_ok=True)
        first = next(rows := iter(links), None)
        if first is None:
            return 0
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA synchronous = OFF")  # made anew for every sitting
            db.execute("CREATE TABLE known (url TEXT PRIMARY KEY, attempt BLOB) WITHOUT ROWID")
            insert = "INSERT OR REPLACE INTO known VALUES (?, ?)"
            db.execute(insert, (first[0], msgspec.json.encode(first[1])))
            db.executemany(insert, ((url, msgspec.json.encode(attempt)) for url, attempt in rows))
            (count,) = db.execute("SELECT count(*) FROM known").fetchone()
            db.commit()
        return int(count)

    @classmethod
    def open(cls, path: Path) -> KnownLinks | None:
        """Returns the answers in a file, None where there is none that can be used."""
        if not path.exists():
            return None
        try:
            return cls(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))
        except sqlite3.Error as error:
            log.warning("known links not used: %s", error)
            return None

    def get(self, url: str) -> Attempt | None:
        """Returns the good answer of a URL, None where none is known."""
        try:
            row = self._db.execute("SELECT attempt FROM known WHERE url = ?", (normalise(url),)).fetchone()
            return self._decoder.decode(row[0]) if row else None
        except (sqlite3.Error, msgspec.MsgspecError, UnicodeError) as error:
            log.warning("known links not used: %s", error)
            return None

    def others(self, host: str, most: int) -> list[str]:
        """Returns known links of that many other hosts, one each: the ones that follow `host` in the alphabet."""
        found: dict[str, str] = {}
        try:
            for after in (f"https://{host}", ""):  # to the end, then from the beginning
                for (url,) in self._db.execute("SELECT url FROM known WHERE url > ? ORDER BY url LIMIT 500", (after,)):
                    if (other := host_of(url)) != host:
                        found.setdefault(other, url)
                    if len(found) == most:
                        return list(found.values())
        except (sqlite3.Error, UnicodeError) as error:
            log.warning("known links not used: %s", error)
        return list(found.values())

    def close(self) -> None:
        """Closes the file."""
        self._db.close()
