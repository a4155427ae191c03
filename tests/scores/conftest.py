"""What tests of systems, scores and marks start from."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mingcha.cli import main
from storage.database import open_database
from tests.app.run import Ran
from tests.scores import scored
from tests.scores.desk import Desk
from tests.scores.office import Archive, Office


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("scores")
    return Desk(folder, scored.database(folder / "mingcha.sqlite"), scored.county(folder / "own"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command without a process of its own, in an empty folder: for the many ways to be refused."""

    def run(*words: str) -> Ran:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["mingcha", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def office(archive: Archive, tmp_path: Path) -> Iterator[Office]:
    database = Path(shutil.copy(archive.database, tmp_path / "mingcha.sqlite"))
    engine = open_database(database)
    yield Office(archive, tmp_path, engine, database)
    engine.dispose()
