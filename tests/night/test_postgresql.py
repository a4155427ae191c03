"""Nights of two machines at once and an audit, as processes, into one database on PostgreSQL, and what came of them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from mingcha.doctor import Grade, database_item
from storage.database import open_database, reading
from storage.models import AuditRow, FindingRow, PortalRow
from tests.app.run import Ran, mingcha
from tests.night.platforms import serving
from tests.postgresql import Cluster

NIGHTLY = ("nightly", "--no-browser", "--no-canary", "--targets", "../targets.toml")


@dataclass
class Lived:
    """What was audited into which database from the folder of one of two machines, and how the commands ended."""

    folder: Path
    url: str
    nights: tuple[Ran, Ran]
    audit: Ran
    deep: Ran
    ledger: Ran


@pytest.fixture(scope="module")
async def lived(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("nights")
    # No table is in it yet: whoever comes first builds them. The server asks nobody for the password.
    url = postgresql.made().replace("mingcha@", "mingcha:s3cret@")

    west, east = folder / "west", folder / "east"
    (west / "mingcha-data" / "evidence").mkdir(parents=True)
    (east / "mingcha-data").mkdir(parents=True)
    (east / "mingcha-data" / "evidence").symlink_to(west / "mingcha-data" / "evidence")

    async def run(*words: str, cwd: Path = west) -> Ran:
        return await mingcha(*words, cwd=cwd, MINGCHA_DB=url)

    async with serving(folder) as platforms:
        platforms.let_go.set()
        nights = await asyncio.gather(run(*NIGHTLY, "p0", "p1"), run(*NIGHTLY, "p2", cwd=east))
        audit = await run("audit", "p1", "--no-browser", "--targets", "../targets.toml")
    deep = await run("doctor", "--deep")
    return Lived(
        west, url, (nights[0], nights[1]), audit, deep, await run("export", "ledger", "--all", "--out", "ledger.xlsx")
    )


def test_all_of_them_are_complete_and_every_finding_has_one_number(lived: Lived) -> None:
    for ran in (*lived.nights, lived.audit):
        assert ran.code == 0, ran.out + ran.err
    engine = open_database(lived.url)
    with reading(engine) as session:
        assert sorted(session.scalars(select(AuditRow.portal))) == ["p0", "p1", "p1", "p2"]
        for portal, given in session.execute(select(PortalRow.id, PortalRow.numbers)).all():
            numbers = session.scalars(select(FindingRow.number).where(FindingRow.portal == portal))
            assert given > 0 and sorted(numbers) == list(range(1, given + 1))
    engine.dispose()


def test_what_is_kept_is_sound_and_can_be_exported(lived: Lived) -> None:
    assert lived.deep.code == 0 and "结果数据库和证据完好" in lived.deep.out, lived.deep.out + lived.deep.err
    assert "核对 4 个" in next(line for line in lived.deep.out.splitlines() if "采集包" in line)
    assert lived.ledger.code == 0, lived.ledger.err
    assert (lived.folder / "ledger.xlsx").stat().st_size > 0


def test_the_password_is_in_no_output_log_or_file_of_a_night(lived: Lived) -> None:
    texts = [ran.out + ran.err for ran in (*lived.nights, lived.audit, lived.deep, lived.ledger)]
    files = [path for path in lived.folder.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".log"]) > 3
    assert not any("s3cret" in text for text in texts)
    assert [path for path in files if b"s3cret" in path.read_bytes()] == []


def test_the_doctor_names_the_database_without_its_password(lived: Lived) -> None:
    item = database_item(lived.url)
    assert item.grade is Grade.OK and item.says.startswith("postgresql://mingcha:***@/")
    gone = database_item(re.sub(r"/test_\d+", "/nowhere", lived.url))
    assert gone.grade is Grade.IMPOSSIBLE and 'database "nowhere" does not exist' in gone.says
    assert "s3cret" not in gone.says and "数据库服务器" in gone.todo[0]
