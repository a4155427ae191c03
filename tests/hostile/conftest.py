"""What the attacks are measured by: the same portal audited in peace; and a browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import found as found
from tests.hostile.drive import Audited
from tests.hostile.site import in_peace


@pytest.fixture(scope="session")
async def peace(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """The audit of the peaceful portal, without a browser."""
    return await in_peace(tmp_path_factory.mktemp("peace"))
