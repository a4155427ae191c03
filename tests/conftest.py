"""Fixtures every room's tests may use: the sample world, and the same world served on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.portal import Served, World, build, serve
from tests.postgresql import ABSENT, Cluster, binaries, cluster


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
