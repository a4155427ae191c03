"""What a results database holds of probes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Returns what the results database answers."""
    with closing(sqlite3.connect(folder / "mingcha-data" / "mingcha.sqlite")) as db:
        return db.execute(query).fetchall()


def kept(folder: Path) -> dict[str, list[str]]:
    """Returns the outcomes kept of each portal."""
    found: dict[str, list[str]] = {}
    for portal, outcome in rows(folder, "SELECT portal, outcome FROM probe ORDER BY at"):
        found.setdefault(portal, []).append(outcome)
    return found
