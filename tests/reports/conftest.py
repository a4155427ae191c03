"""Fixtures that several files of report tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.sheetdesk import Desk


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Yields score sheets, each made when it is first asked for."""
    made = Desk(tmp_path_factory.mktemp("scoresheet"))
    yield made
    made.engine.dispose()
