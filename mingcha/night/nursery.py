"""The process whose copies the audits of a night are: what all of them need is imported once, and lies in memory once.

It is a copy of the night itself, made before that opens a database, a lock or an event loop, so that its own copies are
sound. The night sends it what to run, and it tells the night how each run ended. It ends when the night does, and with
it whatever it has started.

    night -> nursery   {"words": [...], "environ": {...}} with the files: log, locks
    nursery -> night   {"pid": N}, in the order of what was asked; {"pid": N, "code": C} when one has ended
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from mingcha.forked import SIGNALS, be_child, can_fork
from mingcha.garbage import collect_seldom

_MOST = 65_536  # bytes of a message
_FILES = 16  # files that come with one
_PAGE = """<title>关于召开会议的公告</title><h1>关于召开会议的公告</h1><p>发布时间：2026-01-02 来源：某局</p>
<p>会议定于2026年1月3日召开，请有关单位准时参加。</p><ul><li><a href="/1.html">议程</a>2026-01-02</li></ul>"""


class Copy:
    """One audit, used like the process `asyncio.create_subprocess_exec` returns."""

    def __init__(self, pid: int, code: asyncio.Future[int]) -> None:
        self.pid = pid
        self._code = code

    async def wait(self) -> int:
        """Returns its exit code once it has ended, negative for a signal."""
        return await asyncio.shield(self._code)

    def send_signal(self, number: int, /) -> None:
        """Sends a signal. Raises ProcessLookupError when it has ended."""
        if self._code.done():
            raise ProcessLookupError
        os.kill(self.pid, number)


class Nursery:
    """The night's end of it. `start` belongs to one event loop."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._asked: deque[asyncio.Future[Copy]] = deque()
        self._codes: dict[int, asyncio.Future[int]] = {}

    async def start(self, words: Sequence[str], environ: Mapping[str, str], files: Sequence[int]) -> Copy:
        """Runs the command line of `words` with further variables of the environment and returns the process.

        Its output goes to the first of `files`; the others stay open in it. Raises OSError where it cannot be started.
        """
        loop = asyncio.get_running_loop()
        if not self._codes and not self._asked:
            loop.add_reader(self._end, self._hear)
        message = json.dumps({"words": list(words), "environ": dict(environ)}).encode()
        socket.send_fds(self._end, [message], list(files))
        answer: asyncio.Future[Copy] = loop.create_future()
        self._asked.append(answer)
        return await answer

    def _hear(self) -> None:
        said = self._end.recv(_MOST)
        loop = asyncio.get_running_loop()
        if not said:
            loop.remove_reader(self._end)
            gone = OSError("the process audits are started from has ended")
            for asked in self._asked:
                asked.set_exception(gone)
            for code in self._codes.values():
                code.set_exception(gone)
            self._asked.clear()
            self._codes.clear()
            return
        message = json.loads(said)
        pid = int(message["pid"])
        if "code" in message:
            self._codes.pop(pid).set_result(int(message["code"]))
        else:
            self._codes[pid] = loop.create_future()
            self._asked.popleft().set_result(Copy(pid, self._codes[pid]))
        if not self._codes and not self._asked:
            loop.remove_reader(self._end)


@contextlib.contextmanager
def nursery(database: str = "") -> Iterator[Nursery | None]:
    """Yields a nursery that ends with the block; None where a copy of this process would not be sound, or the kernel
    gives no descriptor of a process (Linux before 5.3). `database` is where its audits will write."""
    if not (can_fork() and _tells_ends()):
        yield None
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        pid = os.fork()
        if not pid:
            ours.close()
            _serve(theirs, database)
        theirs.close()
        try:
            yield Nursery(ours)
        finally:
            ours.close()
            os.waitpid(pid, 0)


def _tells_ends() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def _serve(end: socket.socket, database: str) -> NoReturn:
    """Starts what is asked for and tells how it ended, until the night ends."""
    try:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # a terminal says it to all: the night decides
                signal.signal(number, lambda *_: None)
        _make_ready(database)
        _answer(end)
    finally:
        os._exit(0)


def _make_ready(database: str) -> None:
    """Imports what an audit needs from its beginning to its end, and does once what is put off to the first command
    line, page, report and database: more is imported then (a driver of PostgreSQL takes a quarter of a second, and an
    audit opens its database in two processes), patterns and a template are compiled. Connects to nothing."""
    import typer

    import mingcha.before
    import mingcha.child
    import mingcha.commands
    import mingcha.first_sights
    import mingcha.kept
    import mingcha.probes.availability
    import mingcha.telling  # noqa: F401
    from checks.registry import all_checks
    from mingcha.cli.root import app
    from portal.page import read_page
    from reports.html import report_template
    from storage.database import StorageError, connect

    if "://" in database:
        with contextlib.suppress(StorageError):  # the night says so itself
            connect(database).dispose()
    all_checks()
    typer.main.get_group(app).commands["audit"].make_context("audit", [])
    read_page(_PAGE.encode(), "http://www.example.gov.cn/")
    report_template()
    collect_seldom()


def _answer(end: socket.socket) -> None:
    children: dict[int, int] = {}  # descriptor that tells of its end -> pid
    poll = select.poll()
    poll.register(end, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready in children:
                pid = children.pop(ready)
                poll.unregister(ready)
                os.close(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                end.send(json.dumps({"pid": pid, "code": code}).encode())
                continue
            said, files, _, _ = socket.recv_fds(end, _MOST, _FILES)
            if not said:
                return
            pid = _start(json.loads(said), files)
            end.send(json.dumps({"pid": pid}).encode())
            descriptor = os.pidfd_open(pid)
            children[descriptor] = pid
            poll.register(descriptor, select.POLLIN)


def _start(asked: Mapping[str, Any], files: Sequence[int]) -> int:
    here = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
        if not pid:
            os.environ.update(asked["environ"])
            nothing = os.open(os.devnull, os.O_RDONLY)
            be_child(lambda: _run(asked["words"], here), (nothing, files[0], files[0]), files[1:], before)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in files:
            os.close(number)


def _run(words: Sequence[str], parent: int) -> int:
    """Runs a command line as `python -m mingcha.kept` does; returns its exit code."""
    from mingcha.kept import run

    sys.argv[1:] = words
    try:
        run(parent)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
