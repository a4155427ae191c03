"""Every test of what the results database keeps runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.database import open_database


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the file of an empty database, to be copied: building its schema takes half a second."""
    made = tmp_path_factory.mktemp("blank") / "mingcha.db"
    open_database(made).dispose()
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, blank: Path) -> str:
    """Returns the file or URL of a database of the present schema without any row."""
    if request.param == "sqlite":
        return str(shutil.copy(blank, tmp_path / "mingcha.db"))
    made: str = request.getfixturevalue("postgresql").fresh()
    return made


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    """Yields the engine of an empty database."""
    made = open_database(place)
    yield made
    made.dispose()
