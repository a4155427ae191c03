"""Children that are copies: what they hand back, how they end, and what they leave to their parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from mingcha.errors import ImpossibleError
from mingcha.forked import aside, can_fork, fork

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux only")


def told(*, keep: int = -1) -> int:
    """Prints what a child sees of its surroundings."""
    print(os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, flush=True)
    print("to the log", file=sys.stderr)
    for number in range(3, 1024):
        try:
            os.fstat(number)
        except OSError:
            continue
        print(number == keep, flush=True)
    return 7


def test_a_copy_has_a_session_pipes_and_signals_of_its_own_and_one_file(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with (tmp_path / "kept").open("w") as kept, (tmp_path / "closed").open("w"):
            child = fork(lambda: told(keep=kept.fileno()), tmp_path / "errors", kept.fileno())
            with child.stdout:
                assert child.stdout.read().split("\n") == ["True True", "True", ""]
            assert child.wait() == 7
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (tmp_path / "errors").read_text() == "to the log\n"
    assert os.getsid(0) != child.pid


def test_the_end_of_its_input_is_the_end_of_its_parent(tmp_path: Path) -> None:
    def wait() -> int:
        return len(os.read(0, 1))

    with (tmp_path / "kept").open("w") as kept:
        child = fork(wait, tmp_path / "errors", kept.fileno())
    with pytest.raises(TimeoutExpired):
        child.wait(0.0)
    child.stdin.close()
    assert child.wait(10.0) == 0
    child.stdout.close()


def test_a_copy_that_breaks_says_so_and_one_that_is_killed_ends_alone(tmp_path: Path) -> None:
    def kill() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    with (tmp_path / "kept").open("w") as kept:
        broken = fork(lambda: 1 // 0, tmp_path / "errors", kept.fileno())
        killed = fork(kill, tmp_path / "errors", kept.fileno())
    with broken.stdout, killed.stdout:
        assert (broken.wait(), killed.wait()) == (1, -signal.SIGKILL)
    assert "ZeroDivisionError" in (tmp_path / "errors").read_text()


def test_what_is_done_aside_comes_back_and_leaves_nothing_behind() -> None:
    held: list[str] = []

    def work() -> dict[str, str]:
        held.append("早")
        return {"held": "".join(held)}

    assert aside(work) == {"held": "早"}
    assert held == ([] if can_fork() else ["早"])


def test_what_goes_wrong_aside_goes_wrong_here() -> None:
    def work() -> dict[str, str]:
        raise ImpossibleError("the database is damaged")

    with pytest.raises(ImpossibleError, match="the database is damaged"):
        aside(work)


def test_a_copy_that_dies_is_made_good_for_here() -> None:
    here = os.getpid()

    def work() -> dict[str, str]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"who": "parent"}

    assert aside(work) == {"who": "parent"}


def test_a_process_with_a_thread_is_not_copied() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        end.set()
        thread.join()
