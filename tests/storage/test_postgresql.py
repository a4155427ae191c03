"""What PostgreSQL does otherwise than SQLite: drivers, servers that refuse, writers at once, texts it cannot keep."""

from __future__ import annotations

import builtins
import datetime as dt
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from storage.commit import commit_audit
from storage.database import StorageError, connect, open_database, reading, revisions, schema_version, writing
from storage.ledger.states import Deed, Step
from storage.models import FindingRow, LedgerEventRow, PortalRow, TransitionRow
from storage.queries import audit_view
from tests.postgresql import Cluster
from tests.steps import record
from tests.storage.make import PORTAL, audit, finding, metas, result

AT = dt.datetime(2026, 3, 5, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgres"])
def test_a_url_need_not_name_the_driver(scheme: str) -> None:
    engine = connect(f"{scheme}://office:secret@db.example:5433/mingcha")
    assert (engine.driver, engine.url.port, engine.url.database) == ("psycopg", 5433, "mingcha")


def test_a_driver_that_is_not_installed_is_named_and_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'")
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StorageError) as caught:
        connect("postgresql://office:secret@db.example/mingcha")
    assert str(caught.value) == (
        "the database postgresql://office:***@db.example/mingcha needs the driver of PostgreSQL "
        "(No module named 'psycopg'): install it with `python3 run.py postgresql`, or with pip as mingcha[postgresql]"
    )


def test_a_url_nobody_can_read_is_said_without_its_password() -> None:
    with pytest.raises(StorageError, match=r"^cannot use the database postgresql://\.\.\.: ") as caught:
        connect("postgresql://office:secret@db.example:port/mingcha")
    assert "secret" not in str(caught.value)


def test_what_is_neither_sqlite_nor_postgresql_is_refused() -> None:
    with pytest.raises(StorageError, match=r"only SQLite .* and PostgreSQL"):
        connect("mysql://office@db.example/mingcha")


def test_a_server_that_is_not_there_or_knows_no_such_database(postgresql: Cluster) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        url = f"postgresql://office:secret@127.0.0.1:{held.getsockname()[1]}/mingcha"
        with pytest.raises(
            StorageError, match=r"^cannot reach the database postgresql://office:\*\*\*@127.*[Rr]efused"
        ):
            open_database(url)
    with pytest.raises(StorageError, match=r'^cannot reach .*: database "nowhere" does not exist$'):
        open_database(postgresql.url("nowhere"))


def test_a_database_that_cannot_hold_chinese_is_refused_untouched(postgresql: Cluster) -> None:
    url = postgresql.made("ENCODING 'SQL_ASCII'")
    with pytest.raises(StorageError, match=r"is encoded in SQL_ASCII: make it anew with UTF8 \(createdb .*\)$"):
        open_database(url)
    engine = connect(url)
    assert schema_version(engine) is None


def test_a_user_who_may_not_and_a_server_that_only_reads(postgresql: Cluster) -> None:
    url = postgresql.made()
    name = url.partition("@/")[2].partition("?")[0]
    postgresql.run("CREATE ROLE guest LOGIN")
    with pytest.raises(StorageError, match=r"may not do that: make it the owner of the database \(permission denied"):
        open_database(url.replace("mingcha@", "guest@"))
    open_database(url).dispose()
    postgresql.run(f"ALTER ROLE mingcha IN DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StorageError, match="cannot be written: it is a read-only copy"):
        commit_audit(connect(url), audit(1), [result()], metas=metas)


def test_readers_write_nothing_and_see_one_state(postgresql: Cluster) -> None:
    engine = open_database(postgresql.fresh())
    with pytest.raises(StorageError, match="read-only"), reading(engine) as session:
        session.add(PortalRow(id="x", name="x", home="x"))
        session.flush()
    count = select(func.count()).select_from(FindingRow)
    with reading(engine) as session:
        assert session.scalar(count) == 0
        commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)
        assert session.scalar(count) == 0
    with reading(engine) as session:
        assert session.scalar(count) == 1


def test_texts_of_pages_that_postgresql_cannot_keep(postgresql: Cluster) -> None:
    engine = open_database(postgresql.fresh())
    broken = finding("https://a.example/", message="a\0b", facts={"title": "c\0d"})
    commit_audit(engine, audit(1), [result(broken)], metas=metas)
    (kept,) = audit_view(engine, portal="yun").findings
    assert kept.message == "a\N{REPLACEMENT CHARACTER}b" and kept.facts["title"] == "c\0d"


def test_a_text_too_long_is_said_and_nothing_of_it_kept(postgresql: Cluster) -> None:
    engine = open_database(postgresql.fresh())
    commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)
    name = finding("https://a.example/").fingerprint
    with pytest.raises(StorageError, match=r"^a text is too long for its place in the database .*: shorten it"):
        record(engine, name, Step(Deed.CONFIRM, "王" * 101, AT))
    with reading(engine) as session:
        assert session.scalars(select(LedgerEventRow)).all() == []


def test_a_writer_waits_for_the_one_before_and_then_says_so(postgresql: Cluster) -> None:
    url = postgresql.fresh()
    engine, hasty = open_database(url), open_database(url, busy_seconds=0.05)
    with writing(engine) as session:
        session.add(PortalRow(id="x", name="x", home="x"))
        session.flush()
        with pytest.raises(StorageError, match="in use by another program"):
            commit_audit(hasty, audit(1), [result()], metas=metas)
        assert portal_ids(hasty) == []  # who reads waits for nobody
    commit_audit(hasty, audit(1), [result()], metas=metas)
    assert portal_ids(engine) == ["x", PORTAL.id]


def test_a_connection_that_breaks_leaves_nothing_and_no_lock(postgresql: Cluster) -> None:
    url = postgresql.fresh()
    engine, other = open_database(url), open_database(url, busy_seconds=5)
    with pytest.raises(StorageError, match="was stopped: run the command again"), writing(engine) as session:
        session.add(PortalRow(id="x", name="x", home="x"))
        session.flush()
        pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgresql.run(f"SELECT pg_terminate_backend({pid}, 5000)")
        session.scalar(select(func.count()).select_from(PortalRow))
    commit_audit(other, audit(1), [result()], metas=metas)
    assert portal_ids(other) == [PORTAL.id]


def test_programs_that_open_a_new_database_at_once_build_it_once(postgresql: Cluster) -> None:
    url, start = postgresql.made(), threading.Barrier(4)

    def build() -> str | None:
        start.wait(30)
        engine = open_database(url)
        return schema_version(engine)

    with ThreadPoolExecutor(4) as pool:
        versions = [future.result() for future in [pool.submit(build) for _ in range(4)]]
    assert versions == [revisions()[-1]] * 4


def test_audits_committed_at_once_give_every_finding_one_number(place: str) -> None:
    writers, each = 6, 5
    start = threading.Barrier(writers)
    open_database(place).dispose()

    def commit(writer: int) -> None:
        engine, mine = open_database(place), [finding(f"https://{writer}.example/{n}") for n in range(each)]
        start.wait(30)
        # Everybody also saw the same: whoever is first has to number it, and the others have to know.
        seen = result(finding("https://all.example/"), *mine)
        commit_audit(engine, audit(2 + writer), [seen], metas=metas)
        engine.dispose()

    with ThreadPoolExecutor(writers) as pool:
        for future in [pool.submit(commit, writer) for writer in range(writers)]:
            future.result()
    engine = open_database(place)
    with reading(engine) as session:
        numbers = sorted(session.scalars(select(FindingRow.number)))
        portal = session.get_one(PortalRow, PORTAL.id)
        first = session.scalars(select(TransitionRow.finding).where(TransitionRow.before == "")).all()
        assert numbers == list(range(1, writers * each + 2)) and portal.numbers == numbers[-1]
        assert len(first) == len(set(first)) == len(numbers)
    engine.dispose()


def test_two_people_who_write_into_the_ledger_at_once_both_count(place: str) -> None:
    engine, start, fingerprint = open_database(place), threading.Barrier(2), finding("https://a.example/").fingerprint
    commit_audit(engine, audit(1), [result(finding("https://a.example/"))], metas=metas)

    def step(who: str) -> None:
        own = open_database(place)
        start.wait(30)
        record(own, fingerprint, Step(Deed.NOTE, who, AT, "已电话告知"))
        own.dispose()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(step, who) for who in ("王芳", "李四")]:
            future.result()
    with reading(engine) as session:
        assert sorted(session.scalars(select(LedgerEventRow.who))) == ["李四", "王芳"]
    engine.dispose()


def portal_ids(engine: Engine) -> list[str]:
    """Returns the ids of the portals in a database."""
    with reading(engine) as session:
        return list(session.scalars(select(PortalRow.id)))
