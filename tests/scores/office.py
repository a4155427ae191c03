"""A database nobody marked anything in, score sheets made from it, and their import."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from indicators.library import Library
from indicators.periods import period_of
from indicators.score import Score
from mingcha.errors import UsageError
from mingcha.scoring.marks import Imported, import_marks
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.systems import systems_at_hand
from mingcha.wording import chinese
from portal.zone import CHINA
from reports.scoresheet import write_sheet
from storage.database import open_database
from storage.marks import MarkView, history, marks
from tests.scores import scored
from tests.scores.scored import COUNTY, DAY, QINGHE
from tests.scores.sheet import Sheet

MADE = dt.datetime(2026, 11, 28, 9, 30, tzinfo=CHINA)
HOUR = dt.timedelta(hours=1)
NOW = MADE + 24 * HOUR


class Archive:
    """What every test starts from: a database nobody marked anything in, and the sheets made from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.systems = scored.county(folder / "systems")
        self.books = systems_at_hand(self.systems)
        self.database = scored.database(folder / "mingcha.sqlite")
        self.sheet = cache(self._sheet)

    def _sheet(self, name: str) -> Path:
        engine = open_database(self.database)
        try:
            one = score_portal(engine, QINGHE.id, [name], self.books)[0]
        finally:
            engine.dispose()
        return write_sheet(one.score, one.view, self.folder / f"{name}.xlsx", made=MADE)


@dataclass
class Office:
    """A database of one's own, sheets to fill in, and the import."""

    archive: Archive
    folder: Path
    engine: Engine
    database: Path

    @property
    def books(self) -> Library:
        return self.archive.books

    def sheet(self, name: str = COUNTY) -> Sheet:
        """Returns the sheet as exported, under a path of one's own."""
        return Sheet(Path(shutil.copy(self.archive.sheet(name), self.folder / f"{name}.xlsx")))

    def take(self, sheet: Sheet | Path, **more: Any) -> Imported:
        """Imports a sheet, saving it before."""
        path = sheet if isinstance(sheet, Path) else sheet.save()
        return import_marks(self.engine, self.books, path, **{"now": NOW, **more})

    def refuse(self, sheet: Sheet | Path, *says: str, **more: Any) -> list[str]:
        """Returns the lines of a refusal, the path taken off; nothing may be kept of what is refused."""
        path = sheet if isinstance(sheet, Path) else sheet.path
        before = self.told()
        with pytest.raises(UsageError) as caught:
            self.take(sheet, **more)
        assert self.told() == before
        lines = [line.strip() for line in chinese(str(caught.value)).splitlines()]
        assert lines[0].startswith(f"{path}：")
        for words in says:
            assert words in str(caught.value)
        return [lines[0].removeprefix(f"{path}："), *lines[1:]]

    def told(self) -> list[MarkView]:
        """Returns every mark ever kept of qinghe, under whatever system."""
        found: list[MarkView] = []
        for system in self.books.newest():
            for period in ("2026", "2026H1", "2026H2", "2026Q3", "2026Q4"):
                found += history(self.engine, QINGHE.id, system.id, period)
        return found

    def held(self, name: str = COUNTY) -> dict[str, float | str | None]:
        """Returns the marks that hold: points or a word by clause."""
        period = period_of(DAY, self.books.get(name).scheme.period)
        return {node: one.word or one.points for node, one in marks(self.engine, QINGHE.id, name, period).items()}

    def scored(self, name: str = COUNTY) -> Scored:
        return score_portal(self.engine, QINGHE.id, [name], self.books)[0]

    def score(self, name: str = COUNTY) -> Score:
        return self.scored(name).score

    def exported(self, name: str = COUNTY, made: dt.datetime = NOW + HOUR) -> Sheet:
        """Returns the sheet as it is exported now."""
        one = self.scored(name)
        return Sheet(write_sheet(one.score, one.view, self.folder / f"{name}-again.xlsx", made=made))
