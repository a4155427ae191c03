"""The nursery as a process: runs end with their codes, its own death is told, and nothing outlives the night."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.run import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux only")

_NIGHT = """
import asyncio, os, signal, sys
from mingcha.night.nursery import nursery

async def main(nest, log):
    kept, other = os.pipe()
    with open(log, "ab") as file:
        runs = await asyncio.gather(
            nest.start(["audit", "--help"], {}, (file.fileno(), kept)),
            nest.start(["rejudge", "nowhere"], {"MINGCHA_DB": "of.sqlite"}, (file.fileno(),)),
        )
        codes = await asyncio.gather(*(one.wait() for one in runs))
        try:
            runs[0].send_signal(signal.SIGINT)
        except ProcessLookupError:
            codes.append("gone")
    print(codes, len({one.pid for one in runs} | {os.getpid()}))

with nursery() as nest:
    asyncio.run(main(nest, sys.argv[1]))
"""

_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from mingcha.night.nursery import nursery

async def main(nest, log):
    (pid,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    with open(log, "ab") as file:
        os.kill(int(pid), signal.SIGSTOP)
        start = asyncio.ensure_future(nest.start(["checks"], {}, (file.fileno(),)))
        await asyncio.sleep(0)
        os.kill(int(pid), signal.SIGKILL)
        for one in (start, nest.start(["checks"], {}, (file.fileno(),))):
            try:
                await one
            except OSError as error:
                print(type(error).__name__)

with nursery() as nest:
    asyncio.run(main(nest, sys.argv[1]))
"""


def ran(code: str, log: Path) -> str:
    """Returns what a program printed that has a process of its own to make copies of."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(log)], capture_output=True, text=True, cwd=log.parent, env=environ, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_started_runs_and_tells_how_it_ended(tmp_path: Path) -> None:
    assert ran(_NIGHT, tmp_path / "log") == "[0, 1, 'gone'] 3\n"
    said = (tmp_path / "log").read_text("utf-8")
    assert "Usage" in said and "nowhere/bundle中没有核查的采集数据" in said


def test_its_own_death_is_an_error_of_those_who_wait(tmp_path: Path) -> None:
    assert ran(_KILLED, tmp_path / "log").split() == ["OSError", "BrokenPipeError"]


async def test_what_it_started_ends_with_the_night(tmp_path: Path) -> None:
    night = """
import asyncio, os, sys
from mingcha.night.nursery import nursery

async def main(nest):
    with open("log", "ab") as file:
        os.mkfifo("hung")
        one = await nest.start(["audit", "x", "--targets", "hung"], {}, (file.fileno(),))
        print(one.pid, flush=True)
        await one.wait()

with nursery() as nest:
    asyncio.run(main(nest))
"""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        night,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    pid = int(await running.stdout.readline())
    end = os.pidfd_open(pid)
    running.send_signal(signal.SIGKILL)
    await running.wait()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(end, ended.set)
    async with asyncio.timeout(60):
        await ended.wait()
    asyncio.get_running_loop().remove_reader(end)
    os.close(end)


def test_an_older_kernel_has_none(tmp_path: Path) -> None:
    without = """
import errno, os
from mingcha.night.nursery import nursery

def refused(pid, flags=0):
    raise OSError(errno.ENOSYS, "Function not implemented")

with nursery() as nest:
    print(nest is None)
os.pidfd_open = refused
with nursery() as nest:
    print(nest is None)
"""
    assert ran(without, tmp_path / "log").split() == ["False", "True"]


def test_the_driver_of_a_server_is_there_before_the_first_audit(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    program = """
import sys
from mingcha.night.nursery import _make_ready
_make_ready(sys.argv[1])
print("psycopg" in sys.modules)
"""
    for database, there in (
        ("postgresql://nobody@127.0.0.1:1/none", "True"),
        ("of.sqlite", "False"),
        ("nothing://x", "False"),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", program, database],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == there, database
