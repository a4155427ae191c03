"""Files that are no score sheet: refused in one sentence, and closed again."""

from __future__ import annotations

import gc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from mingcha.errors import UsageError
from tests.reports.make import picture
from tests.scores.office import Office


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("条款,得分\n2.2,1\n", "utf-8")


def shot(path: Path) -> None:
    path.write_bytes(picture(40, 40))


def ole(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)


def ods(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")


def cut(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def garbled(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types")
        archive.writestr("xl/workbook.xml", "no xml")


def flipped(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    at = whole.index(b"xl/worksheets/sheet1.xml") + 60
    whole[at : at + 400] = b"\xff" * 400
    path.write_bytes(bytes(whole))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def ledger(path: Path) -> None:
    book = openpyxl.Workbook()
    hidden = book.create_sheet("_mingcha")
    for row in (("format", 1), ("kind", "ledger"), ("made", "2026-11-20T09:00:00+00:00")):
        hidden.append(row)
    book.save(path)


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (nothing, "不是XLSX工作簿"),
        (text, "不是XLSX工作簿"),
        (shot, "不是XLSX工作簿"),
        (ole, "请另存为不带密码的.xlsx"),
        (ods, "可能是.ods或.docx"),
        (cut, "不是XLSX工作簿"),
        (garbled, "文件已损坏"),
        (flipped, "文件已损坏"),
        (ledger, "是台账，不是赋分表；请用 mingcha import ledger 收回"),
        (folder, "无法读取（这是目录，不是文件）"),
        (missing, "没有这个文件"),
    ],
)
def test_what_is_no_workbook_is_refused_in_one_sentence(
    office: Office, spoil: Callable[[Path], None], says: str
) -> None:
    path = office.sheet().path
    spoil(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # see the next test
        (said,) = office.refuse(path)
        gc.collect()
    assert says in said


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed on Linux only")
def test_a_damaged_file_is_closed_again(office: Office) -> None:
    path = office.sheet().path
    flipped(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            office.take(path)
        except UsageError:
            opened = [link.resolve() for link in Path("/proc/self/fd").iterdir()]
        gc.collect()
    assert path.resolve() not in opened


def test_another_workbook_is_refused(office: Office, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "条款"  # type: ignore[index]  # a new workbook has a sheet
    book.save(tmp_path / "other.xlsx")
    (said,) = office.refuse(tmp_path / "other.xlsx")
    assert "缺少工作表“_mingcha”" in said
