"""`mingcha doctor --deep` finds what is wrong with what is kept, names it, and leaves everything as it is."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from checks.base import Outcome
from mingcha.deep import SHOWN, verify
from portal.artifacts import Attempt, FetchOutcome, Level, LinkRecord
from portal.model import Network
from storage.bundle import Bundle, Header
from storage.commit import commit_audit
from storage.database import open_database
from storage.evidence import EvidenceStore
from tests.app.run import mingcha
from tests.storage.make import PORTAL, audit, finding, metas, result
from tests.storage.old import old_layout

URL = "https://www.yun.example/{}"


def kept(folder: Path, findings: int = 3) -> Path:
    """Makes two audits with findings, proof and bundles; returns the database."""
    database = folder / "mingcha.sqlite"
    engine = open_database(database)
    store = EvidenceStore(folder / "evidence")
    for day, outcome in ((1, Outcome.SUSPECT), (2, Outcome.FAIL)):
        record = audit(day, bundle=str(folder / f"bundle-{day}"))
        header = Header(record.id, PORTAL, Network(), record.as_of, record.started, "s", "test")
        with Bundle.create(folder / f"bundle-{day}", header) as bundle:
            proof = bundle.put(f"answer of day {day}".encode(), "application/http", URL, record.started)
            attempt = Attempt(record.started, "get", FetchOutcome.NOT_FOUND, 404, evidence=proof)
            bundle.add(*(LinkRecord(URL.format(n), True, 1, Level.OTHER, (), (attempt,)) for n in range(findings)))
            blobs = list(bundle.blobs())
            store.copy(bundle, [proof])
        found = [finding(URL.format(n), outcome, evidence=(proof,)) for n in range(findings)]
        commit_audit(engine, record, [result(*found)], blobs, metas=metas)
    engine.dispose()
    return database


def examined(database: Path) -> tuple[int, str]:
    """Returns the exit code and the report."""
    out = io.StringIO()
    return verify(str(database), out=out), out.getvalue()


def test_what_is_sound_is_said_to_be_sound_line_by_line(tmp_path: Path) -> None:
    code, said = examined(kept(tmp_path))
    assert code == 0, said
    lines = said.splitlines()
    assert [line.partition("：")[0] for line in lines[:-1]] == [
        *("✓ 数据库文件", "✓ 问题状态", "✓ 证据", "✓ 人工评分", "✓ 采集包"),
    ]
    assert "核对 3 条，变更记录 6 条" in lines[1]
    assert "核对 2 件" in lines[2]
    assert "核对 2 个，记录 6 条、证据 2 件" in lines[4]
    assert lines[-1] == "结果数据库和证据完好。"


def _sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "mingcha.sqlite") as raw:
            raw.execute(statement)
        raw.close()

    return change


def _proof(folder: Path) -> Path:
    return sorted((folder / "evidence").glob("*/*.zst"))[0]


def _blob(folder: Path) -> Path:
    return next((folder / "bundle-1" / "blobs").glob("*.zst"))


def _old_blob(folder: Path) -> Path:
    old_layout(folder / "bundle-1")
    return next((folder / "bundle-1" / "blobs").glob("*/*.zst"))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


def _bundle_sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / "bundle-1" / "bundle.sqlite") as raw:
            raw.execute(statement)
        raw.close()

    return change


@pytest.mark.parametrize(
    ("damage", "line", "says"),
    [
        (
            _sql("UPDATE finding SET state = 'fixed' WHERE number = 2"),
            "问题状态",
            "yun-0002：状态为 fixed，按观察记录应为 open",
        ),
        (_sql("UPDATE finding SET confirmations = 9 WHERE number = 1"), "问题状态", "yun-0001：确认 9 次"),
        (_sql("UPDATE finding SET last_seen = '2020-01-01 00:00:00' WHERE number = 1"), "问题状态", "最近发现时间"),
        (_sql("DELETE FROM transition WHERE after = 'open'"), "问题状态", "变更记录止于 suspect，状态为 open"),
        (_sql("DELETE FROM transition WHERE before = ''"), "问题状态", "变更记录中断：suspect -> open"),
        (_sql("DELETE FROM observation WHERE audit LIKE '%0302%'"), "问题状态", "状态为 open，按观察记录应为 suspect"),
        (_sql("UPDATE evidence SET size = 3 WHERE audit LIKE '%0301%'"), "证据", "应为 3 字节"),
        (lambda folder: _proof(folder).unlink(), "证据", "不存在"),
        (lambda folder: _cut(_proof(folder)), "证据", "已损坏"),
        (lambda folder: _proof(folder).write_bytes(zstandard.compress(b"other")) and None, "证据", "已损坏"),
        (
            _sql(
                "INSERT INTO mark (portal, system, period, node, word, who, why, at, source) "
                "VALUES ('nobody', 's', '2026', '1', 'met', 'x', '', '2026-03-01 00:00:00', '')"
            ),
            "人工评分",
            "属于未知的网站 nobody",
        ),
        (_sql("UPDATE transition SET finding = 'nothing' WHERE before = ''"), "数据库文件", "不存在的行"),
        (_bundle_sql("UPDATE record SET json = '{\"url\": 1}'"), "采集包", "link 记录无法解读"),
        (_bundle_sql("UPDATE header SET value = '{'"), "采集包", "无法读取"),
        (lambda folder: _cut(_blob(folder)), "采集包", "已损坏"),
        (lambda folder: _blob(folder).write_bytes(bytes(_blob(folder).stat().st_size)) and None, "采集包", "已损坏"),
        (lambda folder: _cut(_old_blob(folder)), "采集包", "已损坏"),
        (lambda folder: _old_blob(folder).unlink(), "采集包", "不存在"),
        (lambda folder: _blob(folder).unlink(), "采集包", "不存在"),
        (lambda folder: _cut(folder / "bundle-1" / "bundle.sqlite"), "采集包", "无法读取"),
    ],
)
def test_what_is_damaged_is_named_with_what_to_do(
    damage: Callable[[Path], None], line: str, says: str, tmp_path: Path
) -> None:
    database = kept(tmp_path)
    damage(tmp_path)
    code, said = examined(database)
    assert code == 3, said
    part = said[said.index(f"✗ {line}：") :]
    assert says in part.partition("\n✓")[0].partition("\n✗")[0], said
    assert said.splitlines()[-1].startswith("发现 ") and "mingcha rejudge" in said.splitlines()[-1]


def test_a_database_damaged_in_the_middle_is_named_as_damaged(tmp_path: Path) -> None:
    database = kept(tmp_path, 200)
    data = bytearray(database.read_bytes())
    data[8192:40960] = b"\xff" * 32768
    database.write_bytes(bytes(data))
    code, said = examined(database)
    assert code == 3 and "✗ 数据库文件" in said, said


def test_at_most_twenty_problems_of_a_kind_are_named(tmp_path: Path) -> None:
    database = kept(tmp_path, SHOWN + 5)
    _sql("UPDATE finding SET state = 'fixed'")(tmp_path)
    code, said = examined(database)
    assert code == 3
    assert said.count("    · yun-") == SHOWN
    assert f"另有 {2 * (SHOWN + 5) - SHOWN} 处" in said


def test_evidence_nobody_refers_to_is_counted_and_no_problem(tmp_path: Path) -> None:
    database = kept(tmp_path)
    EvidenceStore(tmp_path / "evidence").put(b"of an audit that was killed before it was committed")
    (_proof(tmp_path).parent / f"{'0' * 64}.1.2.part").write_bytes(b"half")
    code, said = examined(database)
    assert code == 0, said
    assert "另有 1 件未被引用" in said and "1 个未写完的临时文件" in said


def test_bundles_that_were_deleted_are_counted_and_no_problem(tmp_path: Path) -> None:
    database = kept(tmp_path)
    (tmp_path / "bundle-1").rename(tmp_path / "elsewhere")
    code, said = examined(database)
    assert (code, "另有 1 个已不在原处" in said) == (0, True), said


def test_nothing_is_changed_by_looking(tmp_path: Path) -> None:
    database = kept(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert examined(database)[0] == 0
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "-shm" not in path.name}
    assert {path: data for path, data in after.items() if data} == before


async def test_the_command_says_it_and_a_database_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    nothing = await mingcha("doctor", "--deep", cwd=tmp_path)
    assert (nothing.code, "尚未建立" in nothing.out) == (0, True), nothing.err
    database = kept(tmp_path)
    sound = await mingcha("doctor", "--deep", "--db", str(database), cwd=tmp_path)
    assert (sound.code, "完好" in sound.out) == (0, True), sound.err
    _proof(tmp_path).unlink()
    broken = await mingcha("doctor", "--deep", "--db", str(database), cwd=tmp_path)
    assert (broken.code, "✗ 证据" in broken.out) == (3, True), broken.err


def test_a_database_that_cannot_be_read_is_said_in_chinese(tmp_path: Path) -> None:
    database = tmp_path / "m.sqlite"
    database.write_bytes(b"no database at all" * 100)
    code, said = examined(database)
    assert code == 3
    assert "✗ 数据库文件：无法读取" in said
    assert "is not a database" not in said, said
