"""Opens workbooks people filled in, whatever they made of them; what all kinds of sheets that come back share."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils import column_index_from_string
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mingcha.errors import UsageError

LARGEST = 30_000_000  # bytes of the file
UNPACKED = 400_000_000  # bytes of everything in it
HEADER_ROWS = 60  # the header stands among the first rows
MOST_CELLS = 2_000_000  # with something in them, of one sheet
MERGED = 20_000  # cells in merged ones, of one sheet; what is merged beyond is read as if it were not
# Cells without a value and rows without a cell: whole columns are formatted, and saved down to row 1,048,576.
_EMPTY = re.compile(rb"<(?:\w+:)?(?:c|row)(?: [^<>]*)?/>")
_CELL = re.compile(rb"<(?:\w+:)?c[ >]")
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?![^<>]* r=)[ />]")  # where such stand, an empty one keeps the place of others
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell [^<>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"'][^<>]*/>")
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # stream of a workbook with a password


def open_sheet(path: Path, what: str, *, computed: bool = False) -> Workbook:
    """Returns the workbook. Raises UsageError with one sentence for what is no readable XLSX file.

    `what` names what the file should be (赋分表). With `computed` formulas come as what they last came to.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise unreadable(path, error) from error
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        if _holds(path, _ENCRYPTED):
            raise UsageError(f"{path}：设有打开密码，请去掉密码后另存为.xlsx")
        raise UsageError(f"{path}：是旧的.xls（.et）文件或设有密码，请另存为不带密码的.xlsx")
    if not zipfile.is_zipfile(path):
        raise UsageError(f"{path}：不是XLSX工作簿，请导出{what}，填好后保存为.xlsx")
    if size > LARGEST:
        raise UsageError(f"{path}：文件过大（{size}字节），不是{what}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if sum(info.file_size for info in archive.infolist()) > UNPACKED:
                raise UsageError(f"{path}：内容过大，不是{what}")
        if "xl/workbook.xml" not in names:
            raise UsageError(f"{path}：不是XLSX工作簿（可能是.ods或.docx），请另存为.xlsx")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what other programs write beside the cells is of no concern
            return openpyxl.load_workbook(_lean(path, what), data_only=computed)
    except UsageError:
        raise
    except Exception as error:  # whatever is wrong inside the file, it is one: damaged
        raise UsageError(f"{path}：文件已损坏，无法读取（{type(error).__name__}）") from error


def unreadable(path: Path, error: OSError) -> UsageError:
    """Returns what to say of a file the system does not give out."""
    if isinstance(error, FileNotFoundError):
        return UsageError(f"{path}: there is no such file")
    return UsageError(f"{path}: cannot be read: {error.strerror or error}")


def _lean(path: Path, what: str) -> io.BytesIO:
    """Returns the file without what makes a workbook large and says nothing: empty cells, merged ones of whole sheets,
    each cell of which would be an object of its own. Raises UsageError where what is left is too large."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w") as lean:
        for info in archive.infolist():
            data = archive.read(info)
            if _SHEETS.fullmatch(info.filename):
                data = data if _UNPLACED.search(data) else _EMPTY.sub(b"", data)
                if sum(1 for _ in _CELL.finditer(data)) > MOST_CELLS:
                    raise UsageError(f"{path}：内容过大，不是{what}")
                data = _MERGE.sub(_Merges(), data)
            lean.writestr(info.filename, data)
    made.seek(0)
    return made


class _Merges:
    """Leaves merged cells out once there are more than `MERGED` in them together."""

    def __init__(self) -> None:
        self.held = 0

    def __call__(self, match: re.Match[bytes]) -> bytes:
        left, top, right, bottom = (part.decode() for part in match.groups())
        wide = abs(column_index_from_string(right) - column_index_from_string(left)) + 1
        size = wide * (abs(int(bottom) - int(top)) + 1)
        if self.held + size > MERGED:
            return b""
        self.held += size
        return match[0]


def _holds(path: Path, wanted: bytes) -> bool:
    with path.open("rb") as file:
        return wanted in file.read(LARGEST)


def merged_cells(sheet: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Returns for every cell inside a merged one the cell that holds its value."""
    found = {}
    for area in sheet.merged_cells.ranges:
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                found[row, column] = (area.min_row, area.min_col)
    return found


def goes_on(merged: Mapping[tuple[int, int], tuple[int, int]], at: tuple[int, int]) -> bool:
    """Returns whether a cell holds the value of a merged one that goes on below or to the right."""
    return merged.get((at[0] + 1, at[1])) == at or merged.get((at[0], at[1] + 1)) == at


def folded(text: str) -> str:
    """Returns a text as it is compared: full-width forms and blanks aside."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def cells(problems: Sequence[str]) -> Iterator[str]:
    """Yields at most fifty problems, and how many more there are."""
    yield from problems[:50]
    if len(problems) > 50:
        yield f"另有{len(problems) - 50}处"
