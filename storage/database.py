"""Opens the results database: engine, pragmas, migrations, and one clear error for everything that can go wrong.

SQLite with a write-ahead log by default. Writers begin with BEGIN IMMEDIATE, so two of them queue instead of failing
half-way. PostgreSQL, given by its URL, behaves the same (`storage.postgresql`); other databases are refused.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from storage import postgresql

BUSY_SECONDS = 30.0  # how long a writer waits for another one
MIGRATIONS = Path(__file__).parent / "migrations"


class StorageError(Exception):
    """The results database or the evidence store cannot be used; the message is one sentence saying which and why."""


def open_database(where: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Returns an engine for a SQLite file or a database URL, its schema brought up to date.

    Raises StorageError when it cannot be opened or written, is corrupt, or was written by a newer version.
    """
    engine = connect(where, busy_seconds=busy_seconds)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def connect(where: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Returns an engine without touching the schema. Raises StorageError when `where` cannot be used at all."""
    text = str(where)
    if "://" not in text:
        path = Path(text)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot create the folder of the database {path}: {error.strerror or error}") from error
        text = f"sqlite:///{path}"
    try:
        # libpq knows both spellings of the scheme, SQLAlchemy one.
        url = make_url("postgresql" + text.removeprefix("postgres") if text.startswith("postgres://") else text)
        backend = url.get_backend_name()
        if backend == "postgresql":
            return postgresql.engine_of(url, busy_seconds=busy_seconds)
        if backend == "sqlite":
            engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": busy_seconds})
            event.listen(engine, "connect", _on_connect)
            event.listen(engine, "begin", _on_begin)
            return engine
    except ImportError as error:
        raise StorageError(
            f"the database {shown(text)} needs the driver of PostgreSQL ({error}): {postgresql.INSTALL}"
        ) from error
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"cannot use the database {shown(text)}: {error}") from error
    raise StorageError(
        f"cannot use the database {shown(text)}: only SQLite (a file) and PostgreSQL (postgresql://...) are supported"
    )


def upgrade(engine: Engine) -> None:
    """Brings the schema to the newest revision. Raises StorageError when the database is newer than this program."""
    known = revisions()
    with guarded(engine):
        with engine.connect() as connection:
            current = _stamped(connection)
            fresh = current is None and engine.dialect.name == "postgresql"
            problem = postgresql.encoding_problem(connection) if fresh else ""
        if problem:
            raise StorageError(f"the database {_where(engine)} {problem}")
        if current == known[-1]:
            return
        if current is not None and current not in known:
            raise StorageError(
                f"the database {_where(engine)} was written by a newer version of this program (schema {current}): "
                "update the program, or choose another database"
            )
        if current is None and _built(engine, known[-1]):
            return
        from alembic import command  # late: a database that is new or up to date needs none of it
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with engine.execution_options(immediate=True).begin() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StorageError(f"cannot upgrade the database {_where(engine)}: {error}") from error


def _built(engine: Engine, newest: str) -> bool:
    """Returns whether a database held nothing, and then makes in it at once what all migrations make one by one."""
    from storage.models import Base

    with engine.execution_options(immediate=True).begin() as connection:
        if inspect(connection).get_table_names():
            return False
        Base.metadata.create_all(connection)
        stamp = Table(
            "alembic_version",
            MetaData(),
            Column("version_num", String(32), nullable=False),
            PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
        )
        stamp.create(connection)
        connection.execute(stamp.insert().values(version_num=newest))
    return True


def schema_version(engine: Engine) -> str | None:
    """Returns the schema revision the database is at, None for an empty one. Raises StorageError."""
    with guarded(engine), engine.connect() as connection:
        return _stamped(connection)


def revisions() -> tuple[str, ...]:
    """Returns the schema revisions this program knows, oldest first: their files are named after them."""
    names = (path.stem for path in (MIGRATIONS / "versions").glob("r[0-9]*.py"))
    return tuple(sorted(name.partition("_")[0].removeprefix("r") for name in names))


def _stamped(connection: Connection) -> str | None:
    """Returns the revision alembic has written into a database, None where it has written none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yields a session in one write transaction: committed at the end, rolled back on any exception."""
    with guarded(engine), Session(engine.execution_options(immediate=True)) as session, session.begin():
        yield session


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yields a session that sees one consistent state of the database and writes nothing."""
    with guarded(engine), Session(engine, autoflush=False) as session:
        yield session


@contextlib.contextmanager
def guarded(engine: Engine) -> Iterator[None]:
    """Turns every database error inside the block into a StorageError of one sentence."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(_sentence(engine, error)) from error


def _sentence(engine: Engine, error: DBAPIError) -> str:
    where, text = _where(engine), str(error.orig).lower()
    if engine.dialect.name == "postgresql":
        return postgresql.sentence(where, error)
    for part, sentence in (
        ("readonly", f"the database {where} cannot be written: check its permissions and those of its folder"),
        ("read-only", f"the database {where} cannot be written: check its permissions and those of its folder"),
        ("locked", f"the database {where} is in use by another program: try again when that is done"),
        ("full", f"the disk of the database {where} is full: free some space and run the command again"),
        ("not a database", f"{where} is not a database, or is damaged: move it away, or restore it from a backup"),
        ("malformed", f"the database {where} is damaged: move it away, or restore it from a backup"),
        ("unable to open", f"cannot open the database {where}: check that its folder exists and may be written"),
        ("disk i/o", f"the disk of the database {where} reports an error: check the disk and its free space"),
    ):
        if part in text:
            return sentence
    return f"the database {where} refuses: {str(error.orig).splitlines()[0]}"


def _where(engine: Engine) -> str:
    return (
        engine.url.database or ""
        if engine.url.get_backend_name() == "sqlite"
        else shown(str(engine.url.set(drivername=engine.url.get_backend_name())))
    )


def shown(url: str) -> str:
    """Returns a file or URL as it may be shown: without its password."""
    if "://" not in url:
        return url
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return url.partition("://")[0] + "://..."  # what cannot be read may hold a password anywhere


def _on_connect(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is switched off: BEGIN is sent by `_on_begin`, so that schema changes are
    # inside the transaction and writers can take the lock at once.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "temp_store = MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    # Not fatal where it cannot be set: a read-only copy on a network disk can still be read.
    with contextlib.suppress(Exception):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
