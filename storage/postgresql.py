"""What a results database on PostgreSQL needs beside what SQLite needs, so that both behave alike.

Writers queue for one lock of the database before they read anything, as BEGIN IMMEDIATE makes them do on SQLite; so
their transactions cannot fail for the sake of another one and need not be tried again. Readers see one consistent state
(repeatable read, read only) and wait for nobody.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

INSTALL = "install it with `python3 run.py postgresql`, or with pip as mingcha[postgresql]"
WRITERS = int.from_bytes(b"mingcha")  # key of the advisory lock of writers; such locks are each database's own
CONNECT_SECONDS = 10  # until a server that does not answer is given up; in the URL connect_timeout is stronger
# After half a minute without a word the server asks whether a writer is still there, and lets go of the lock of one
# whose machine was switched off; left to itself it would ask after two hours.
ALIVE_SECONDS = 30


def engine_of(url: URL, *, busy_seconds: float) -> Engine:
    """Returns an engine on psycopg, whatever driver the URL names. Raises ImportError where that is not installed."""
    options: dict[str, Any] = {
        "client_encoding": "utf8",
        "prepare_threshold": None,  # a connection lives for one transaction, and poolers between may know no statements
    }
    if "connect_timeout" not in url.query:
        options["connect_timeout"] = CONNECT_SECONDS
    # No pool: between transactions an audit may compute for an hour, and firewalls forget connections that say nothing.
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool, connect_args=options)
    event.listen(engine, "connect", _on_connect)

    def begin(connection: Connection) -> None:
        _on_begin(connection, busy_seconds)

    event.listen(engine, "begin", begin)
    return engine


def encoding_problem(connection: Connection) -> str:
    """Returns why the database cannot hold Chinese texts, "" where it can."""
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar())
    if encoding == "UTF8":
        return ""
    return (
        f"is encoded in {encoding}: make it anew with UTF8 "
        "(createdb --template=template0 --encoding=UTF8 --locale=C NAME)"
    )


def sentence(where: str, error: DBAPIError) -> str:
    """Returns one sentence about what the server, or the way to it, has against what was asked."""
    code = getattr(error.orig, "sqlstate", None) or ""
    said = _reason(str(error.orig))
    known = {
        "55P03": f"the database {where} is in use by another program: try again when that is done",
        "25006": f"the database {where} cannot be written: it is a read-only copy, name the server it is copied from",
        "42501": f"the user of the database {where} may not do that: make it the owner of the database ({said})",
        "22001": f"a text is too long for its place in the database {where}: shorten it ({said})",
        "53100": f"the disk of the database {where} is full: free some space and run the command again",
        "53300": f"the server of the database {where} has no connection left: try again, or raise max_connections",
    }
    if code in known:
        return known[code]
    if not code:  # the driver's own word: there was no connection, or there is none any more
        return f"cannot reach the database {where}: {said}"
    if code.startswith("57P"):
        return f"the server of the database {where} was stopped: run the command again when it is back"
    return f"the database {where} refuses: {said}"


def _reason(text: str) -> str:
    """Returns the first line of an error without the way the server was asked, which ends with "failed: FATAL: "."""
    line = next(iter(text.splitlines()), "")
    for mark in ("failed: ", "FATAL: "):
        line = line.rpartition(mark)[2]
    return line.strip()


def _on_connect(connection: Any, _record: Any) -> None:
    from psycopg.types.string import StrDumperUnknown

    class Text(StrDumperUnknown):
        """A text without U+0000, which pages do contain and PostgreSQL cannot keep: U+FFFD stands for it."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))

    connection.adapters.register_dumper(str, Text)


def _on_begin(connection: Connection, busy_seconds: float) -> None:
    if not connection.get_execution_options().get("immediate", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    # Read committed: what is read after the lock was had is what the writer before has left.
    connection.exec_driver_sql(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; "
        f"SET LOCAL lock_timeout = {max(1, round(busy_seconds * 1000))}; "
        f"SET LOCAL tcp_keepalives_idle = {ALIVE_SECONDS}; "
        f"SELECT pg_advisory_xact_lock({WRITERS})"
    )
