"""Reports on a disk that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.files import write_whole
from reports.sheets import Book
from storage.database import StorageError


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "new" / "a.jsonl", b"{}\n")
    assert path.read_bytes() == b"{}\n"

    def broken(part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match=r"cannot write .*No space left"):
        write_whole(path, broken)
    assert path.read_bytes() == b"{}\n" and [p.name for p in path.parent.iterdir()] == ["a.jsonl"]


def test_a_workbook_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    def fill(part: Path) -> None:
        part.mkdir()
        book = Book(part)
        book.add_worksheet("a")
        book.close()

    with pytest.raises(StorageError, match=r"cannot write .*a\.xlsx"):
        write_whole(tmp_path / "a.xlsx", fill)
    assert not (tmp_path / "a.xlsx").exists()
