"""What the attacks are measured by: the same portal audited in peace."""

from __future__ import annotations

import pytest

from tests.hostile.drive import Audited, audit
from tests.hostile.site import HOME, HOST, NEIGHBOUR, HostileServer, neighbour, peaceful


@pytest.fixture(scope="session")
async def peace(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of the peaceful portal, without a browser."""
    async with HostileServer(pages=peaceful()) as server, HostileServer(pages=neighbour()) as other:
        hosts = {HOST: server.endpoint, NEIGHBOUR: other.endpoint}
        return await audit(tmp_path_factory.mktemp("peace"), f"{HOME}/", hosts)
