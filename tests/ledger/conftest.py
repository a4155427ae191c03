"""One committed audit shared by the tests, copied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.sheets import DATABASE, EXPORTED, NOW, Office, export
from tests.reports import make


@pytest.fixture(scope="package")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledgers")
    make.view(folder)
    (folder / "reports.db").rename(folder / DATABASE)
    export(folder, folder / EXPORTED, NOW)
    return folder


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, template)
    yield made
    made.engine.dispose()
