"""The score sheets of two portals under every system, written and read back once, and what helps to read them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from indicators.score import Score
from indicators.system import System
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.zone import CHINA
from reports.masking import masked_scores
from reports.scoresheet import sheet_columns, write_sheet
from storage.database import open_database
from storage.marks import MarkView, keep_marks
from tests.scores import scored
from tests.scores.scored import COUNTY, QINGHE, QUARTER
from tests.scores.sheet import Sheet

MADE = dt.datetime(2026, 11, 28, 9, 30, tzinfo=CHINA)
MARKED = dt.datetime(2026, 11, 27, 2, 5, tzinfo=dt.UTC)
# What people already decided when the sheets were made.
DECIDED = {
    (COUNTY, QUARTER): (
        ("1.1.1", 0.5, "", "已修复一处"),
        ("2.2", 1.5, "", "=1+1"),
        ("2.3", None, "met", ""),
        ("V.1", None, "dismissed", "域名仍属本单位"),
        ("1.2", None, "not_applicable", ""),
        ("R1", -3.0, "", "国办通报"),
    ),
    ("langao-2023", "2026"): (("1", 30.0, "", ""),),
    ("wuwei-2020", "2026"): tuple((f"1.1.1.{number}", 1.0, "", "") for number in range(1, 9)),
}


class Desk:
    """The sheets of two portals, each written and read once; only of qinghe somebody decided something."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.books = systems_at_hand(scored.county(folder / "systems"))
        self.engine = open_database(scored.database(folder / "mingcha.sqlite"))
        for (system, period), given in DECIDED.items():
            views = [MarkView(node, "王芳", MARKED, points, word, why, "a.xlsx") for node, points, word, why in given]
            keep_marks(self.engine, QINGHE.id, system, period, views, basis=MARKED)
        self.sheet = cache(self._sheet)
        self.scored = cache(self._scored)

    def system(self, name: str) -> System:
        return self.books.get(name)

    def score(self, name: str, portal: str = QINGHE.id) -> Score:
        return self.scored(name, portal).score

    def _scored(self, name: str, portal: str = QINGHE.id) -> Scored:
        return score_portal(self.engine, portal, [name], self.books)[0]

    def _sheet(self, name: str, portal: str = QINGHE.id) -> Sheet:
        one = self.scored(name, portal)
        (score,) = masked_scores([one.score])
        return Sheet(write_sheet(score, one.view, self.folder / f"{portal}-{name}.xlsx", made=MADE))


def plain(text: object) -> str:
    """Returns a text without its blanks and line breaks."""
    return "".join(str(text or "").split())


def header_of(system: System, key: str) -> str:
    return next(column.header for column in sheet_columns(system) if column.key == key)


def rows_of(sheet: Sheet, title: str) -> list[dict[str, str]]:
    """Returns the lines of a further sheet by header."""
    _, headers, *lines = sheet.book[title].iter_rows(values_only=True)
    return [{str(key): str(value or "") for key, value in zip(headers, line, strict=True)} for line in lines]
