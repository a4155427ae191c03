"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, reached by a socket there and nothing else.

`python -m tests.postgresql` installs the distribution's package where there is none, without the cluster and service it
would set up otherwise.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from mingcha.provision import may_install, say
from storage.database import open_database
from storage.models import Base

ABSENT = "no PostgreSQL server is installed here: apt-get install postgresql"
NO_MAIN = Path("/etc/postgresql-common/createcluster.conf")
_BLANK = "blank"
# Nothing here outlives the tests: no write has to reach a disk.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "''"}


def binaries() -> Path | None:
    """Returns the folder of the newest server's programs, None where there is none."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    folders.sort(key=lambda folder: float(folder.parent.name) if folder.parent.name[0].isdigit() else 0)
    on_path = shutil.which("initdb")
    return folders[-1] if folders else Path(on_path).resolve().parent if on_path else None


@dataclass
class Cluster:
    """A running server. `user` are the words of `subprocess.run` that make a program another user's."""

    folder: Path
    bin: Path
    user: dict[str, Any]
    _count: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """Returns the URL of a database, as an operator would write it."""
        return f"postgresql://mingcha@/{name}?host={quote(str(self.folder), safe='')}"

    def fresh(self) -> str:
        """Returns the URL of a database of the present schema, emptied of what the test before has left in it."""
        empty = [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)]
        self.run("; ".join(empty), name=_BLANK)
        return self.url(_BLANK)

    def made(self, *more: str) -> str:
        """Returns the URL of a new database without any table; `more` are words of CREATE DATABASE."""
        name = f"test_{next(self._count)}"
        self.run(" ".join((f"CREATE DATABASE {name} TEMPLATE template0", *more)))
        return self.url(name)

    def run(self, *statements: str, name: str = "postgres") -> None:
        """Runs statements as the superuser, each in a transaction of its own."""
        engine = create_engine(self.url(name), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """Yields a server that was started for whoever asks; it and what it kept are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mingcha-pg-"))  # short: the path of a socket has 107 bytes at most
    user = _user()
    if user:
        os.chown(folder, user["user"], user["group"])
    server = Cluster(folder, programs, user)
    data = folder / "data"
    try:
        words = ("--auth=trust", "--username=mingcha", "--encoding=UTF8", "--locale=C", "--no-sync")
        _run(server, "initdb", "--pgdata", str(data), *words)
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        log = ("--log", str(folder / "log"), "--options", f"{options} -k {folder}")
        _run(server, "pg_ctl", "start", "--wait", "--silent", "--pgdata", str(data), *log)
        try:
            server.run(f"CREATE DATABASE {_BLANK} TEMPLATE template0")
            open_database(server.url(_BLANK)).dispose()
            yield server
        finally:
            _run(server, "pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate", "--pgdata", str(data))
    finally:
        shutil.rmtree(folder)


def _user() -> dict[str, Any]:
    """Returns as whom the server is to run: it refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(server: Cluster, program: str, *words: str) -> None:
    environ = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(server.folder)}
    done = subprocess.run(
        [server.bin / program, *words],
        env=environ,
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        **server.user,
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr.strip()}")


def main() -> int:
    """Returns 0: tests that find no server say so and are skipped."""
    if binaries() is not None:
        return 0
    if not may_install():
        say(ABSENT)
        return 0
    say("installing the distribution's postgresql for tests (--no-install forbids this)")
    NO_MAIN.parent.mkdir(parents=True, exist_ok=True)
    if not NO_MAIN.exists():
        NO_MAIN.write_text("create_main_cluster = false\n")
    # The last of these keeps the file that was just written, which the package would ask about.
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
    install = ("install", "-y", "--no-install-recommends", "postgresql")
    for words in (("update",), install):
        done = subprocess.run(["apt-get", "-qq", *words], env=environ, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        say(f"the distribution's PostgreSQL could not be installed. {ABSENT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
