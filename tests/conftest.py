"""Fixtures every room's tests may use: the sample world, and the same world served on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mingcha.called import PROGRAM
from storage.database import open_database
from tests.portal import Served, World, build, serve
from tests.postgresql import ABSENT, Cluster, binaries, cluster

os.environ.pop(PROGRAM, None)  # commands are expected by the name they have when installed


@pytest.fixture(scope="session")
def world() -> World:
    """Returns the sample world at its reference date."""
    return build()


@pytest.fixture(scope="session")
async def served() -> AsyncIterator[Served]:
    """Yields the sample world on loopback, one for the whole run."""
    async with serve(build()) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Yields a PostgreSQL server, one for the whole run. Skips where none is installed."""
    programs = binaries()
    if programs is None:
        pytest.skip(ABSENT)
    with cluster(programs) as server:
        yield server


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the file of an empty database, to be copied: building its schema takes half a second."""
    made = tmp_path_factory.mktemp("empty") / "mingcha.db"
    open_database(made).dispose()
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> str:
    """Returns the file or URL of an empty database of the present schema: a test that asks for it runs twice."""
    if request.param == "sqlite":
        return str(shutil.copy(empty_file, tmp_path / "mingcha.db"))
    made: str = request.getfixturevalue("postgresql").fresh()
    return made
