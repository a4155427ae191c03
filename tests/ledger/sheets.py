"""A database with a county portal's findings, ledgers exported from it, and cells filled in as units do."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine

from mingcha.ledger.exporting import Wanted, export_ledger
from mingcha.scoring.systems import Roster
from portal.zone import CHINA
from storage.database import open_database
from storage.ledger.book import entries
from storage.ledger.entries import LedgerEntry

NOW = dt.datetime(2026, 11, 19, 9, 0, tzinfo=CHINA)
LATER = NOW + dt.timedelta(days=2)
LEDGER = "问题台账"
DATABASE, EXPORTED = "mingcha.sqlite", "ledger.xlsx"


def export(folder: Path, out: Path, now: dt.datetime, **more: Any) -> Path:
    """Returns the ledger of the database in a folder."""
    wanted = Wanted(**{"shots": False, **more})
    (path,) = export_ledger(wanted, Roster(), out=out, folder=None, database=str(folder / DATABASE), now=now)
    return path


class Office:
    """One database in a folder of its own, and what is exported from it. `template` holds both, made once."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder, self._template = folder, template
        shutil.copy(template / DATABASE, folder / DATABASE)
        self.engine: Engine = open_database(str(folder / DATABASE))

    def exported(self, name: str = EXPORTED) -> Path:
        """Returns a copy of the ledger as it was exported before anything happened."""
        return Path(shutil.copy(self._template / EXPORTED, self.folder / name))

    def export(self, name: str = "now.xlsx", now: dt.datetime = NOW, **more: Any) -> Path:
        """Returns a ledger exported now."""
        return export(self.folder, self.folder / name, now, **more)

    def entry(self, number: str, now: dt.datetime = LATER) -> LedgerEntry:
        """Returns what the ledger says of a finding."""
        portal = number.rpartition("-")[0]
        return next(one for one in entries(self.engine, portal, now).values() if one.number == number)


def columns(sheet: Worksheet, header: int = 2) -> dict[str, int]:
    """Returns the columns of a table by header."""
    return {str(cell.value): int(cell.column or 0) for cell in sheet[header] if cell.value}


def cell(sheet: Worksheet, number: str, header: str) -> Cell:
    """Returns the cell of a finding in a column."""
    places = columns(sheet)
    for row in range(3, sheet.max_row + 1):
        if sheet.cell(row, places["问题编号"]).value == number:
            found = sheet.cell(row, places[header])
            assert isinstance(found, Cell)
            return found
    raise AssertionError(f"no row of {number}")


def fill(path: Path, cells: Mapping[tuple[str, str], Any], out: Path | None = None) -> Path:
    """Writes values into cells by 问题编号 and header, as somebody does in a spreadsheet; returns the file."""
    book = openpyxl.load_workbook(path)
    sheet = book[LEDGER]
    for (number, header), value in cells.items():
        cell(sheet, number, header).value = value
    book.save(out or path)
    return out or path
