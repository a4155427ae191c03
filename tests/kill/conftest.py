"""One portal for all tests here, and what an audit of it finds that nobody disturbs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.kill.audit import Server, serving
from tests.kill.site import portal
from tests.kill.trial import Reference, undisturbed


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    """Yields a portal of some hundred pages that takes its time to answer, so that its crawl lasts for seconds."""
    async with serving(portal(3, 3), pace=0.008) as running:
        yield running


@pytest.fixture(scope="session")
async def reference(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Returns what an undisturbed audit of it finds."""
    return await undisturbed(tmp_path_factory.mktemp("undisturbed"), server)
