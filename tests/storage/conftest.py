"""Every test of what the results database keeps runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from storage.database import open_database


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    """Yields the engine of an empty database."""
    made = open_database(place)
    yield made
    made.dispose()
