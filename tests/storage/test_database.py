"""The database opens, upgrades, and says in one sentence what is wrong with it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, text

from checks.base import Outcome
from storage.commit import commit_audit
from storage.database import (
    MIGRATIONS,
    StorageError,
    connect,
    open_database,
    reading,
    revisions,
    schema_version,
    upgrade,
    writing,
)
from storage.models import Base, PortalRow, Utc
from storage.queries import audit_view
from tests.storage.make import audit, finding, metas, result


def test_the_migrations_build_what_the_models_say(engine: Engine) -> None:
    with engine.execution_options(immediate=True).begin() as connection:  # with a table in it, it goes step by step
        made = shape(connection)
        Base.metadata.drop_all(connection)
        connection.execute(text("DELETE FROM alembic_version"))
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert shape(connection) == made
    upgrade(engine)
    assert schema_version(engine) == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def shape(connection: Connection) -> dict[str, object]:
    """Returns everything a database says of its tables, comparable."""
    seen = inspect(connection)
    return {
        table: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in columns},
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((each["constrained_columns"], each["referred_table"]) for each in seen.get_foreign_keys(table)),
            sorted((each["name"] or "", each["column_names"]) for each in seen.get_indexes(table)),
            sorted((each["name"] or "", each["column_names"]) for each in seen.get_unique_constraints(table)),
        )
        for table in seen.get_table_names()
        for columns in [seen.get_columns(table)]
    }


def test_the_file_is_made_with_its_folder_and_in_wal_mode(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "deep" / "er" / "mingcha.db")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_database(path).dispose()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StorageError, match="newer version"):
        open_database(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    raw.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_bytes(b"Dear Sir or Madam, " * 500)
    with pytest.raises(StorageError, match="not a database"):
        open_database(path)
    assert path.read_bytes().startswith(b"Dear Sir")


def test_a_damaged_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mingcha.db"
    engine = open_database(path)
    commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)
    engine.dispose()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(bytes(data))
    with pytest.raises(StorageError, match=r"damaged|not a database|refuses"):
        audit_view(connect(path), portal="yun")


def test_a_read_only_database_can_be_read_but_not_written(tmp_path: Path) -> None:
    path = tmp_path / "mingcha.db"
    engine = open_database(path)
    commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)
    engine.dispose()
    engine = connect(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert len(audit_view(engine, portal="yun").findings) == 1
    with pytest.raises(StorageError, match="cannot be written"):
        commit_audit(engine, audit(2), [result()], metas=metas)
    engine.dispose()


def test_a_database_in_use_is_waited_for_and_then_said(tmp_path: Path) -> None:
    path = tmp_path / "mingcha.db"
    engine = open_database(path, busy_seconds=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="in use by another program"):
        commit_audit(engine, audit(1), [result()], metas=metas)
    other.execute("ROLLBACK")
    other.close()
    commit_audit(engine, audit(1), [result()], metas=metas)
    assert audit_view(engine, portal="yun").results[0].outcome == Outcome.PASS
    engine.dispose()


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "mingcha.db")
    commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)

    def shrink(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # cannot be less than what is used: no page may be added

    event.listen(engine, "connect", shrink)
    many = [finding(f"https://a.example/{n}", facts={"x": "y" * 500}) for n in range(200)]
    with pytest.raises(StorageError, match="is full"):
        commit_audit(engine, audit(2), [result(*many)], metas=metas)
    event.remove(engine, "connect", shrink)
    assert len(audit_view(engine, portal="yun").findings) == 1
    engine.dispose()


def test_a_place_that_cannot_hold_a_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot create the folder"):
        open_database(tmp_path / "file" / "mingcha.db")
    with pytest.raises(StorageError, match="cannot use the database"):
        open_database("nonsense://somewhere")
    with pytest.raises(StorageError, match=r"cannot open|refuses"):
        open_database(tmp_path)


def test_times_keep_their_zone_and_naive_ones_are_refused(tmp_path: Path) -> None:
    kind = Utc()
    at = dt.datetime(2026, 3, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    stored = kind.process_bind_param(at, None)  # type: ignore[arg-type]  # the dialect plays no part
    assert stored == dt.datetime(2026, 3, 1)  # noqa: DTZ001 (naive in the database, by intent)
    assert kind.process_result_value(stored, None) == at  # type: ignore[arg-type]  # the dialect plays no part
    with pytest.raises(ValueError, match="without a zone"):
        kind.process_bind_param(at.replace(tzinfo=None), None)  # type: ignore[arg-type]  # as above


def test_a_transaction_that_fails_is_rolled_back(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as session:
        session.add(PortalRow(id="x", name="x", home="x", numbers=0))
        session.flush()
        raise RuntimeError
    with reading(engine) as session:
        assert session.get(PortalRow, "x") is None


def test_the_files_of_the_revisions_are_named_after_them() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert tuple(one.revision for one in reversed(list(script.walk_revisions()))) == revisions()
