"""A database from before the ledger keeps its findings, and their human state is what the machine's history gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from storage.database import MIGRATIONS, connect, open_database
from storage.ledger.book import entries

ROWS = """
INSERT INTO portal VALUES ('yun', '云县', 'https://www.yun.example/', '', '', '政府办', 2);
INSERT INTO audit VALUES ('a1', 'yun', 'audit', '2026-03-01', '2026-03-01 01:00:00', '2026-03-01 02:00:00', '', '{}',
  '{}', '', 'd');
INSERT INTO finding VALUES ('f1', 'yun', 1, 'links', 'not_found', 'https://x/', 'dead https://x/', 'open', '待核实',
  '2026-03-01 02:00:00', '2026-03-01 02:00:00', 1, 0, NULL, 'a1');
INSERT INTO finding VALUES ('f2', 'yun', 2, 'links', 'not_found', 'https://y/', 'dead https://y/', 'fixed', '待核实',
  '2026-03-01 02:00:00', '2026-03-01 02:00:00', 1, 0, '2026-03-02 02:00:00', 'a1');
INSERT INTO transition VALUES (1, 'f1', '', 'open', '2026-03-01 02:00:00', '自动核查', '首次发现', 'a1');
INSERT INTO transition VALUES (2, 'f2', '', 'open', '2026-03-01 02:00:00', '自动核查', '首次发现', 'a1');
INSERT INTO transition VALUES (3, 'f2', 'open', 'fixed', '2026-03-02 02:00:00', '自动核查', '再次核查正常', 'a1');
"""


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_findings_of_a_database_without_a_ledger_have_their_state(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place = str(tmp_path / "old.db") if backend == "sqlite" else request.getfixturevalue("postgresql").made()
    engine = connect(place)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(immediate=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for statement in ROWS.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
    engine.dispose()
    engine = open_database(place)
    found = entries(engine, "yun")
    engine.dispose()
    assert [(one.number, str(one.state), one.unit, one.closed_by) for one in found.values()] == [
        ("yun-0001", "待核实", "政府办", ""),
        ("yun-0002", "已销号", "政府办", "自动复查"),
    ]
