"""What all workbooks share: formats, widths, footers, and the limits of the file format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import CellBlankTuple, CellNumberTuple, CellStringTuple, Worksheet

CELL = 32_767  # characters a cell may hold
_NARROW = re.compile("[\0-\u2e7f]+")
PRINTED = 230  # characters of column width that one printed A4 page across may hold and still be read

INK, LINE, HEAD, UNIT, OFFICE = "#1F2933", "#C9D1D9", "#1F4E79", "#7A5C00", "#4A5568"
# Colour of a verdict's cell: background and ink, readable in print.
VERDICTS: Mapping[str, tuple[str, str]] = {
    "bad": ("#FBE4E1", "#8C1D18"),
    "doubt": ("#FFF3D6", "#7A4B00"),
    "good": ("#E3F1E6", "#1E5B31"),
    "none": ("#E9ECEF", "#495057"),
}

_BASE = {"font_name": "微软雅黑", "font_size": 10, "font_color": INK, "valign": "top", "text_wrap": True}
_BOX = {**_BASE, "border": 1, "border_color": LINE}
_INDENTED = {"align": "left", "indent": 1}  # a text aligned by its kind alone is not indented
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {**_BASE, "font_size": 16, "bold": True, "text_wrap": False, "valign": "vcenter"},
    "caption": {**_BASE, "font_size": 12, "bold": True, "text_wrap": False, "valign": "vcenter"},
    "label": {**_BASE, "bold": True, "font_color": HEAD},
    "note": _BASE,
    "head": {**_BOX, "bold": True, "bg_color": HEAD, "font_color": "#FFFFFF", "valign": "vcenter", "align": "center"},
    "unit": {**_BOX, "bold": True, "bg_color": UNIT, "font_color": "#FFFFFF", "valign": "vcenter", "align": "center"},
    "office": {
        **_BOX,
        "bold": True,
        "bg_color": OFFICE,
        "font_color": "#FFFFFF",
        "valign": "vcenter",
        "align": "center",
    },
    "text": {**_BOX, **_INDENTED},
    "unlocked": {"locked": False},
    "open": {**_BOX, **_INDENTED, "locked": False, "bg_color": "#FFFBEA"},
    "open_number": {**_BOX, "locked": False, "bg_color": "#FFFBEA", "num_format": "0.####", "align": "right"},
    "level": {**_BOX, **_INDENTED, "bold": True, "bg_color": "#EEF2F6"},
    "aside": {**_BOX, **_INDENTED, "font_color": "#52606D"},
    "key": {**_BOX, "font_size": 9, "font_color": "#52606D"},
    "centre": {**_BOX, "align": "center", "valign": "vcenter"},
    "note_line": {**_BASE, "text_wrap": False},
    "label_line": {**_BASE, "bold": True, "text_wrap": False},
    "number": {**_BOX, "num_format": "0.####", "align": "right"},
    "share": {**_BOX, "num_format": "0.0%", "align": "right"},
    "link": {**_BOX, **_INDENTED, "font_color": "#0B57A4", "underline": 1},
    **{
        tone: {**_BOX, "bg_color": paper, "font_color": ink, "align": "center"}
        for tone, (paper, ink) in VERDICTS.items()
    },
}

# A title that looks like a formula stays a title, and an address no hyperlink nobody asked for.
OPTIONS = {
    "strings_to_urls": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


# What of a text must be written otherwise in XML, or may have to be.
_ODD = re.compile("[\0-\x08\x0b-\x1f&<>_\ufffe\uffff]")


class Sheet(Worksheet):  # type: ignore[misc]  # the library says nothing of its types
    """A sheet in which every text is a text, and whose cells take half the time."""

    def _write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        # What stands between these two would be written as it is, as markup: a title could make the file unreadable.
        marked = string.startswith("<r>") and string.endswith("</r>")
        return int(super()._write_string(row, col, f"{string} " if marked else string, cell_format))

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        # What nearly all cells are, as Worksheet writes them; only there nothing is looked at that they do not have.
        kind, style = type(cell), cell.format
        if style is not None and self.constant_memory:
            begin = f'<c r="{xl_rowcol_to_cell_fast(row, col)}" s="{style._get_xf_index()}"'
            if kind is CellBlankTuple:
                self.fh.write(f"{begin}/>")
                return
            if kind is CellNumberTuple:
                self.fh.write(f"{begin}><v>{cell.number:.16G}</v></c>")
                return
            if kind is CellStringTuple and not _ODD.search(cell.string) and cell.string == cell.string.strip():
                self.fh.write(f'{begin} t="inlineStr"><is><t>{cell.string}</t></is></c>')
                return
        super()._write_cell(row, col, cell)


class Book(Workbook):  # type: ignore[misc]  # as above
    """A workbook of such sheets. With `by_row` rows are written as they come, none after a later one."""

    def __init__(self, path: Path, *, by_row: bool = False) -> None:
        super().__init__(str(path), {**OPTIONS, "constant_memory": by_row})
        self.worksheet_class = Sheet

    def close(self) -> None:
        """Writes the file. Raises OSError when the disk refuses."""
        try:
            super().close()
        except FileCreateError as error:
            raise OSError(str(error)) from error


class Formats(dict[str, Format]):
    """The formats of one workbook by name, each made when it is first asked for."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self._book = book

    def __missing__(self, name: str) -> Format:
        made: Format = self._book.add_format(FORMATS[name])
        self[name] = made
        return made


def page(sheet: Worksheet, name: str, batch: str, *, landscape: bool = True, width: int = 0) -> None:
    """Sets a sheet up for A4 paper, as many pages across as its columns (`width` characters together) need."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(max(1, -(-width // PRINTED)), 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    # The blank keeps a name that begins with a digit from being read as part of the size of the letters.
    sheet.set_footer(f"&L&9 {_footer(name)} {_footer(batch)}&C&9&A&R&9第 &P 页 共 &N 页")


def lines_of(text: str, width: int) -> int:
    """Returns how many lines a text takes in a column that many half-width characters wide."""
    room = max(width - 2, 1)
    if 2 * len(text) <= room and "\n" not in text:
        return 1  # whatever its letters are
    return sum(max(1, -(-width_of(part) // room)) for part in text.split("\n"))


def width_of(text: str) -> int:
    """Returns the width of a text in half-width characters."""
    return len(text) if text.isascii() else len(text) + len(_NARROW.sub("", text))


def _footer(text: str) -> str:
    return text.replace("&", "&&")[:80]
