"""What tests of nights start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.database import open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yields an empty results database."""
    engine = open_database(tmp_path / "mingcha.sqlite")
    yield engine
    engine.dispose()
