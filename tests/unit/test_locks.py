"""What may run once at a time: refused while another does, and not refused where a file system has no locks."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mingcha.errors import ImpossibleError, UsageError
from mingcha.locks import alone, waited_for


def test_the_second_is_refused_with_its_own_words(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "deep" / "lock", UsageError("busy")),
        pytest.raises(ImpossibleError, match="in use"),
        alone(tmp_path / "deep" / "lock", ImpossibleError("in use")),
    ):
        pass
    with alone(tmp_path / "deep" / "lock", UsageError("busy")):
        pass


async def test_a_lock_that_is_not_given_back_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with waited_for(tmp_path / "lock", UsageError("busy"), 0.0) as file:
        assert file > 2
        with pytest.raises(UsageError, match="busy"):
            async with waited_for(tmp_path / "lock", UsageError("busy"), 0.0):
                pass


def test_without_locks_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("mingcha.locks.fcntl.flock", none)
    with alone(tmp_path / "lock", UsageError("busy")), alone(tmp_path / "lock", UsageError("busy")):
        pass


def test_where_no_file_can_be_made_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ImpossibleError, match="cannot write into"), alone(tmp_path / "file" / "lock", UsageError("")):
        pass
