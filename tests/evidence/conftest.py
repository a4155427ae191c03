from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.make import Kept, copied, keep


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Two audits and their proof: not to be changed."""
    return keep(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def own(whole: Kept, tmp_path: Path) -> Kept:
    """The same, to be changed."""
    return copied(whole, tmp_path / "own")
