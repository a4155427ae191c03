"""Which portals a command means, and where things lie beside the results database."""

from __future__ import annotations

from pathlib import Path

import pytest

from mingcha.errors import UsageError
from mingcha.setting import database_file, portals_meant, state_folder
from portal.model import Portal, Targets

ONE, TWO = (Portal(id=name, name=name, home=f"https://{name}.example/") for name in ("one", "two"))
BOTH = Targets(portals=(ONE, TWO), path="targets.toml")


def test_portals_are_meant_by_their_ids_once_each_or_all_of_them() -> None:
    assert portals_meant(BOTH, ["two", "one", "two"]) == (TWO, ONE)
    assert portals_meant(BOTH, ()) == (ONE, TWO)


def test_a_portal_nobody_knows_and_a_file_without_portals_are_refused() -> None:
    with pytest.raises(UsageError, match="there is no portal 'tow'; did you mean 'two'"):
        portals_meant(BOTH, ["tow"])
    with pytest.raises(UsageError, match=r"targets\.toml holds no portals"):
        portals_meant(Targets(portals=(), path="targets.toml"), ())


@pytest.mark.parametrize(
    ("database", "file"),
    [
        ("results.db", "results.db"),
        ("/data/results.db", "/data/results.db"),
        ("sqlite:///results.db", "results.db"),
        ("sqlite:////data/results.db", "/data/results.db"),
        ("sqlite+pysqlite:////data/results.db?timeout=5", "/data/results.db"),
        ("postgresql+psycopg://office@server/results", None),
        ("://", None),
    ],
)
def test_a_database_in_sqlite_is_a_file_however_it_is_written(database: str, file: str | None) -> None:
    assert database_file(database) == (file and Path(file))
    assert state_folder(database) == (Path(file).absolute().parent if file else Path("mingcha-data").absolute())
