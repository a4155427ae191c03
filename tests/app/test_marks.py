"""Score sheets people filled in: taken whole, or refused with every cell that is wrong and nothing kept."""

from __future__ import annotations

import datetime as dt
import gc
import shutil
import subprocess
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from sqlalchemy import Engine

from indicators.library import Library
from indicators.periods import period_of
from indicators.score import Score
from mingcha.errors import UsageError
from mingcha.scoring.marks import Imported, import_marks
from mingcha.scoring.scores import Scored, score_portal
from mingcha.scoring.sheets import run_import, run_score
from mingcha.scoring.systems import Roster, systems_at_hand
from portal.zone import CHINA
from reports.scoresheet import write_sheet
from storage.database import open_database
from storage.marks import MarkView, history, keep_marks, marks
from tests.app import scored
from tests.app.run import mingcha
from tests.app.scored import COUNTY, DAY, QINGHE, QUARTER, YUNSHAN, Sheet
from tests.reports.make import picture

MADE = dt.datetime(2026, 11, 28, 9, 30, tzinfo=CHINA)
HOUR = dt.timedelta(hours=1)
NOW = MADE + 24 * HOUR
SHIPPED = ("changchun-xinqu", "langao-2023", "langfang-2023", "national-2019", "siping-2022", "wuwei-2020")


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
        lines = [line.strip() for line in str(caught.value).splitlines()]
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


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def office(archive: Archive, tmp_path: Path) -> Iterator[Office]:
    database = Path(shutil.copy(archive.database, tmp_path / "mingcha.sqlite"))
    engine = open_database(database)
    yield Office(archive, tmp_path, engine, database)
    engine.dispose()


# there and back


def wanted(entry: str) -> float | str | None:
    """Returns something that may be filled in for a clause, by what its sheet says; None where nothing need be."""
    if entry.startswith(("得分 0～", "扣分 0～")):
        return float(entry[5:].partition("，")[0]) / 2
    if entry.endswith("；无 0"):
        return float(entry.partition("；")[0].rpartition(" ")[2])
    return None if entry == "不适用" else entry.partition("／")[0]


@pytest.mark.parametrize("name", [*SHIPPED, COUNTY])
def test_a_sheet_filled_in_whole_leaves_nothing_open_and_comes_back_as_it_was(office: Office, name: str) -> None:
    sheet = office.sheet(name)
    filled = {node: value for node in sheet.nodes if (value := wanted(str(sheet.said(node, "应填")))) is not None}
    for node, value in filled.items():
        sheet.fill(node, value, why=f"查{node}")
    before, done, after = office.score(name), office.take(sheet), office.score(name)
    assert {mark.node for mark in done.new} == set(filled) and not done.withdrawn
    assert {mark.who for mark in done.new} == {"王芳"}
    if before.total is not None and after.total is not None:
        assert before.total.waiting > 0 and after.total.waiting == 0
        assert after.total.low == after.total.high == after.total.value
    assert not any(one.word is None and one.mark is None for one in after.leaves.values())
    again = office.exported(name)
    for node, value in filled.items():
        assert (again.said(node, again.mark), again.said(node, "复核人")) == (value, "王芳")
    unchanged = office.take(again, now=NOW + 2 * HOUR)
    assert (unchanged.new, unchanged.withdrawn, unchanged.unchanged) == ((), (), len(filled))


def test_the_score_follows_what_people_decided(office: Office) -> None:
    before = office.score()
    assert (before.low, before.high, before.passed) == (3.0, 5.5, False)
    sheet = office.sheet()
    sheet.fill("1.1.1", 0, "两处均已修复")
    sheet.fill("2.1", 2)
    sheet.fill("2.2", 1.5)
    sheet.fill("R1", 3)
    sheet.fill("V.1", "否决不成立")
    office.take(sheet)
    after = office.score()
    # 3 points less 1.5 to 2 for the links nobody charges at 1.1.1 now, 2 of 3 for searching, 2 and 1.5, and 3 extra
    assert (after.low, after.high) == (1.0 + 2 + 3.5 + 3, 1.5 + 2 + 3.5 + 3)
    assert not after.vetoes() and after.passed is True


def test_a_mark_is_kept_with_who_when_why_and_from_which_file(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1, why="  见台账第3页 ", who=" 王芳 ")
    (mark,) = office.take(sheet).new
    assert (mark.node, mark.points, mark.word, mark.who, mark.why) == ("2.2", 1.0, "", "王芳", "见台账第3页")
    assert mark.at == NOW and f" {COUNTY}.xlsx sha256:" in mark.source
    assert office.told() == [mark]


def test_an_emptied_cell_withdraws_the_mark_and_the_range_is_back(office: Office) -> None:
    before = office.score()
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    sheet.fill("2.3", "达标")
    office.take(sheet)
    again = office.exported()
    again.fill("2.2", None, who="")
    done = office.take(again, by="李强", now=NOW + 2 * HOUR)
    assert ([mark.node for mark in done.withdrawn], done.new, done.unchanged) == (["2.2"], (), 1)
    assert [mark.who for mark in done.withdrawn] == ["李强"]
    assert office.held() == {"2.3": "met"}
    assert (office.score().low, office.score().high) == (before.low, before.high)
    assert len(office.told()) == 3


@pytest.mark.parametrize("empty", [None, "", "  ", "\u3000"], ids=["none", "nothing", "blanks", "wide blank"])
def test_whatever_looks_empty_is_empty(office: Office, empty: str | None) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", empty, why="待查")
    done = office.take(sheet)
    assert (done.new, done.withdrawn, done.unchanged) == ((), (), 0)


def test_a_row_that_is_gone_withdraws_nothing(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    office.take(sheet)
    again = office.exported()
    lines = lines_of(again)
    rewrite(again, [line for line in lines if line[0] != "2.2"])
    assert office.take(again, now=NOW + 2 * HOUR).withdrawn == ()
    assert office.held() == {"2.2": 1.0}


def test_a_changed_mark_or_reason_is_new_and_a_changed_name_alone_is_not(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1, why="一")
    sheet.fill("2.2", 1, why="一")
    sheet.fill("2.3", "达标")
    office.take(sheet)
    again = office.exported()
    again.fill("2.1", 2, why="一")
    again.fill("2.2", 1, why="二", who="李强")
    again.fill("2.3", "达标", who="李强")
    done = office.take(again, now=NOW + 2 * HOUR)
    assert {mark.node: (mark.points, mark.why) for mark in done.new} == {"2.1": (2.0, "一"), "2.2": (1.0, "二")}
    assert done.unchanged == 1


def test_a_dry_run_says_the_same_and_keeps_nothing(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    path = sheet.save()
    done = office.take(path, dry=True)
    assert [mark.node for mark in done.new] == ["2.2"] and office.told() == []
    assert office.take(path).new == done.new


# what spreadsheets and people do to a sheet


def lines_of(sheet: Sheet) -> list[list[Any]]:
    """Returns the table, its header first."""
    return [list(row) for row in sheet.table.iter_rows(min_row=sheet.head, values_only=True)]


def rewrite(sheet: Sheet, lines: Sequence[Sequence[Any]]) -> None:
    """Puts other lines in the place of the table; merged cells are taken apart."""
    unmerge(sheet)
    sheet.table.delete_rows(sheet.head, sheet.table.max_row)
    for line in lines:
        sheet.table.append(list(line))
    sheet.table.cell(sheet.head, 1)


def unmerge(sheet: Sheet) -> None:
    for area in list(sheet.table.merged_cells.ranges):
        sheet.table.unmerge_cells(str(area))


def turned(sheet: Sheet) -> None:
    rewrite(sheet, [line[::-1] for line in lines_of(sheet)])


def keys_last(sheet: Sheet) -> None:
    rewrite(sheet, [[*line[1:], line[0]] for line in lines_of(sheet)])


def sorted_rows(sheet: Sheet) -> None:
    head, *lines = lines_of(sheet)
    rewrite(sheet, [head, *sorted(lines, key=lambda line: str(line[4] or ""), reverse=True)])


def filtered(sheet: Sheet) -> None:
    head, *lines = lines_of(sheet)
    rewrite(sheet, [head, *(line for line in lines if line[0] in ("2.2", "2.3", "V.1", "1.1.1", "R1"))])


def more_columns(sheet: Sheet) -> None:
    lines = [
        [line[0], "备查" if not number else f"#{number}", *line[1:], "x"] for number, line in enumerate(lines_of(sheet))
    ]
    rewrite(sheet, lines)


def more_lines(sheet: Sheet) -> None:
    head, *lines = lines_of(sheet)
    rewrite(sheet, [head, ["平均", *[None] * 11, 7], *lines[:3], [None] * 17, *lines[3:], ["合计", *[None] * 12]])


def renamed(sheet: Sheet) -> None:
    sheet.table.title = "我的评分 (2)"


def moved_behind(sheet: Sheet) -> None:
    sheet.table.title = "终稿"
    sheet.book.move_sheet(sheet.table, offset=3)


def doubled(sheet: Sheet) -> None:
    lines = lines_of(sheet)
    again = [line for line in lines if line[0] in ("2.2", "2.3")]
    rewrite(sheet, [*lines, *again])


def spaced_headers(sheet: Sheet) -> None:
    for cell in sheet.table[sheet.head]:
        cell.value = f" {cell.value}\n".replace("（", "(").replace("）", " )") if cell.value else None


def lower(sheet: Sheet) -> None:
    unmerge(sheet)
    sheet.table.insert_rows(1, 12)


def further_sheets(sheet: Sheet) -> None:
    sheet.book.create_sheet("讨论", 0)["A1"] = "条款"


def visible(sheet: Sheet) -> None:
    sheet.book["_mingcha"].sheet_state = "visible"


EDITS: tuple[Callable[[Sheet], None], ...] = (
    *(unmerge, turned, keys_last, sorted_rows, filtered, more_columns, more_lines, renamed, moved_behind, doubled),
    *(spaced_headers, lower, further_sheets, visible),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_sheet_that_was_rearranged_means_the_same(office: Office, edit: Callable[[Sheet], None]) -> None:
    sheet = office.sheet()
    given = {"2.2": 1.5, "2.3": "达标", "V.1": "否决成立", "1.1.1": 0.5, "R1": -3}
    for node, value in given.items():
        sheet.fill(node, value, why="同上")
    edit(sheet)
    done = office.take(sheet)
    assert {mark.node: mark.why for mark in done.new} == dict.fromkeys(given, "同上")
    assert office.held() == {"2.2": 1.5, "2.3": "met", "V.1": "confirmed", "1.1.1": 0.5, "R1": -3.0}


def test_a_renamed_sheet_is_found_behind_the_sheet_by_unit(office: Office) -> None:
    sheet = office.sheet("changchun-xinqu")
    sheet.fill("1.1.1.1", "达标")
    moved_behind(sheet)
    office.take(sheet)
    assert office.held("changchun-xinqu") == {"1.1.1.1": "met"}


@pytest.mark.parametrize(
    ("node", "value", "kept"),
    [
        ("2.2", "1.5分", 1.5),
        ("2.2", "１．５", 1.5),
        ("2.2", "１．５ 分", 1.5),
        ("2.2", " 1.5 ", 1.5),
        ("2.2", 0, 0.0),
        ("2.2", 2, 2.0),
        ("2.2", "不适用", "not_applicable"),
        ("1.1.1", "扣0.5分", 0.5),
        ("1.1.1", 3, 3.0),
        ("1.1", "不适用", "not_applicable"),
        ("2.3", "达标", "met"),
        ("2.3", " 不 达 标\n", "not_met"),
        ("2.3", "不适用", "not_applicable"),
        ("V.1", "否决成立", "confirmed"),
        ("V.1", "否决不成立", "dismissed"),
        ("R1", -3, -3.0),
        ("R1", "+3", 3.0),
        ("R1", 0, 0.0),
    ],
)
def test_a_mark_is_understood_however_it_is_written(office: Office, node: str, value: Any, kept: float | str) -> None:
    sheet = office.sheet()
    sheet.fill(node, value)
    office.take(sheet)
    assert office.held() == {node: kept}
    again = office.exported()
    assert office.take(again, now=NOW + 2 * HOUR).unchanged == 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not on this machine")
def test_a_sheet_saved_by_libreoffice_is_taken_back(office: Office) -> None:
    filled = {
        COUNTY: ("2.2", 1.5, 1.5),
        "national-2019": ("V.1.3", "否决不成立", "dismissed"),
        "langao-2023": ("1", 30, 30.0),
    }
    paths = []
    for name, (node, value, _) in filled.items():
        sheet = office.sheet(name)
        sheet.fill(node, value, why="核实\n无误")
        paths.append(sheet.save())
    profile = f"-env:UserInstallation={(office.folder / 'profile').as_uri()}"
    words = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(office.folder / "saved")]
    subprocess.run([*words, *map(str, paths)], check=True, capture_output=True, timeout=120)
    for path, (name, (node, value, kept)) in zip(paths, filled.items(), strict=True):
        saved = Sheet(office.folder / "saved" / path.name)
        assert saved.said(node, saved.mark) == value and saved.book["_mingcha"].sheet_state == "hidden"
        (mark,) = office.take(saved.path).new
        assert (mark.node, mark.who, mark.why) == (node, "王芳", "核实\n无误")
        assert office.held(name) == {node: kept}


# what is refused


FORMULA, ERROR, DATED = "是公式", "是错误值", "变成了日期"


@pytest.mark.parametrize(
    ("node", "value", "says"),
    [
        ("2.2", 2.5, "2.5超出范围，应填得分0～2"),
        ("2.2", -1, "-1超出范围，应填得分0～2"),
        ("2.2", "-0.5分", "-0.5超出范围"),
        ("2.2", 1e9, "超出范围"),
        ("2.2", "nan", "nan"),
        ("2.2", "inf", "inf"),
        ("2.2", "优", "“优”不是分数，应填得分0～2，或不适用"),
        ("2.2", "达标", "“达标”不是分数"),
        ("2.2", "否决成立", "“否决成立”不是分数"),
        ("2.2", "1,5", "“1,5”不是分数"),
        ("2.2", "90%", "“90%”不是分数"),
        ("2.2", "1～2", "不是分数"),
        ("1.1.1", 3.5, "3.5超出范围，应填扣分0～3"),
        ("1.1.1", -0.5, "-0.5超出范围，应填扣分0～3"),
        ("1.1.1", "不达标", "“不达标”不是分数，应填扣分0～3"),
        ("1.1", 2, "“2”不能填写，应填不适用"),
        ("1.1", "达标", "“达标”不能填写，应填不适用"),
        ("2.3", 1, "“1”不能填写，应填达标、不达标、不适用"),
        ("2.3", "好", "“好”不能填写，应填达标、不达标、不适用"),
        ("2.3", "否决成立", "“否决成立”不能填写，应填达标"),
        ("V.1", "达标", "“达标”不能填写，应填否决成立、否决不成立、不适用"),
        ("V.1", 0, "“0”不能填写，应填否决成立"),
        ("R1", 2, "“2”不能填写，应填-3、0、3之一"),
        ("R1", "通报批评", "“通报批评”不能填写"),
        ("R1", "不适用", "“不适用”不能填写，应填-3、0、3之一"),
        ("2.2", "=1+1", FORMULA),
        ("2.3", '="达标"', FORMULA),
        ("2.2", "#N/A", f"{ERROR}#N/A"),
        ("2.2", "#VALUE!", f"{ERROR}#VALUE!"),
        ("2.2", dt.datetime(2026, 1, 2), DATED),  # noqa: DTZ001 (a cell has no zone)
        ("2.2", dt.time(1, 30), DATED),
        ("2.2", True, "是逻辑值"),
        ("2.3", False, "是逻辑值"),
        pytest.param(
            *("2.2", "0_1", "不是分数"),
        ),
        pytest.param(
            *("2.2", "扣1分", "扣1"),
        ),
        pytest.param(
            *("R1", "扣3分", "扣3"),
        ),
    ],
)
def test_a_mark_its_clause_cannot_be_given_is_refused_with_its_cell(
    office: Office, node: str, value: Any, says: str
) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill(node, value)
    first, problem = office.refuse(sheet)
    assert first == "没有导入任何评定，请更正后重新导入："
    assert problem.startswith(f"{at}：") and says in problem


def test_every_problem_is_said_at_once(office: Office) -> None:
    sheet = office.sheet()
    cells = [sheet.fill("2.1", 9), sheet.fill("2.2", "优"), sheet.fill("2.3", "=1"), sheet.fill("1.1.1", 1, who="")]
    _, *problems = office.refuse(sheet)
    assert {line.partition("：")[0] for line in problems} == set(cells)


def test_of_very_many_problems_the_first_fifty_are_said_and_the_others_counted(office: Office) -> None:
    sheet = office.sheet("wuwei-2020")
    for node in sheet.nodes:
        sheet.fill(node, 99)
    _, *problems = office.refuse(sheet)
    assert len(problems) == 51 and problems[-1] == "另有43处"


@pytest.mark.parametrize("header", ["复核理由", "复核人"])
def test_a_formula_in_a_text_of_people_is_refused_with_its_cell(office: Office, header: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", header)
    cell.value = "=A1"
    _, problem = office.refuse(sheet)
    assert problem.startswith(f"赋分表!{cell.coordinate}：{FORMULA}")


def test_a_mark_for_a_clause_the_system_does_not_have_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill("2.2", 1)
    sheet.cell("2.2", "条款").value = "2.9"
    assert office.refuse(sheet)[1:] == [f"{at}：体系{COUNTY}中没有条款2.9"]


def test_a_clause_that_became_a_number_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", "条款")
    cell.value = 2.2
    assert office.refuse(sheet)[1:] == [f"赋分表!{cell.coordinate}：条款变成了数字或日期，请恢复为文本"]


def test_a_clause_that_became_a_date_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    sheet.fill("2.2", 1)
    cell = sheet.cell("2.2", "条款")
    cell.value = dt.datetime(2026, 2, 2)  # noqa: DTZ001 (a cell has no zone)
    office.refuse(sheet, f"赋分表!{cell.coordinate}：")


def test_a_mark_beside_an_emptied_clause_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    at = sheet.fill("2.2", 1)
    sheet.cell("2.2", "条款").value = None
    assert office.refuse(sheet)[1:] == [f"{at}：有评分，但“条款”列为空"]


def test_a_mark_beside_an_emptied_clause_is_refused_where_the_name_comes_from_outside(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    sheet.cell("2.2", "条款").value = None
    office.refuse(sheet, f"{at}：", by="李强")


def test_mark_cells_merged_over_rows_are_refused_each_with_its_cell(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.1", 1)
    first, second = sheet.fill("1.1.1", 0.5), sheet.fill("1.1.2", None)
    sheet.table.merge_cells(f"{first.partition('!')[2]}:{second.partition('!')[2]}")
    assert office.refuse(sheet)[1:] == [f"{cell}：是合并单元格，请逐条填写" for cell in (first, second)]


def test_a_name_merged_over_rows_holds_for_all_of_them(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    sheet.fill("2.3", "达标", who="")
    sheet.table.merge_cells(f"{sheet.cell('2.2', '复核人').coordinate}:{sheet.cell('2.3', '复核人').coordinate}")
    assert {mark.node: mark.who for mark in office.take(sheet).new} == {"2.2": "王芳", "2.3": "王芳"}


def test_a_mark_cell_merged_with_its_reason_does_not_become_the_reason(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1).partition("!")[2]
    sheet.table.merge_cells(f"{at}:{sheet.cell('2.2', '复核理由').coordinate}")
    try:
        (mark,) = office.take(sheet).new
    except UsageError as error:
        assert f"{at}：" in str(error)
    else:
        assert mark.why == ""


def test_a_mark_without_a_name_is_refused_and_by_supplies_it(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    sheet.fill("2.3", "达标", who="李强")
    assert office.refuse(sheet)[1:] == [f"{at}：缺少复核人：请填写“复核人”列，或用 --by 姓名"]
    done = office.take(sheet, by="王芳")
    assert {mark.node: mark.who for mark in done.new} == {"2.2": "王芳", "2.3": "李强"}


def test_blanks_are_nobodys_name(office: Office) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1, who="")
    office.refuse(sheet, f"{at}：缺少复核人", by="  ")


@pytest.mark.parametrize("header", ["复核评分（结论）", "复核理由", "复核人"])
@pytest.mark.parametrize("how", ["deleted", "renamed"])
def test_a_column_that_was_deleted_or_renamed_is_named(office: Office, header: str, how: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    at = sheet.headers.index(header)
    lines = lines_of(sheet)
    if how == "deleted":
        rewrite(sheet, [line[:at] + line[at + 1 :] for line in lines])
    else:
        rewrite(sheet, [[*lines[0][:at], "打分人", *lines[0][at + 1 :]], *lines[1:]])
    missing = header.replace("（", "(").replace("）", ")")
    said = "".join(office.refuse(sheet)).replace("（", "(").replace("）", ")")
    assert f"赋分表第{sheet.head}行：缺少“{missing}”列" in said


def test_without_the_column_of_clauses_there_is_no_table(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    rewrite(sheet, [line[1:] for line in lines_of(sheet)])
    office.refuse(sheet, "没有找到含“条款”", "请重新导出赋分表")


@pytest.mark.parametrize("header", ["条款", "复核评分（结论）", "复核理由", "复核人"])
def test_a_column_that_is_there_twice_is_refused_with_its_cell(office: Office, header: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    at = sheet.headers.index(header)
    rewrite(sheet, [[*line, line[at]] for line in lines_of(sheet)])
    cell = f"{get_column_letter(len(sheet.headers))}{sheet.head}"
    assert office.refuse(sheet) == [f"赋分表!{cell}：“{header}”列出现两次"]


@pytest.mark.parametrize(("header", "value"), [("复核评分（结论）", 2), ("复核理由", "另一个"), ("复核人", "李强")])
def test_a_clause_that_is_there_twice_and_says_two_things_is_refused(office: Office, header: str, value: Any) -> None:
    sheet = office.sheet()
    at = sheet.fill("2.2", 1)
    lines = lines_of(sheet)
    other = next([*line] for line in lines if line[0] == "2.2")
    other[sheet.headers.index(header)] = value
    rewrite(sheet, [*lines, other])
    again = f"{at.rstrip('0123456789')}{sheet.table.max_row}"
    assert office.refuse(sheet)[1:] == [f"{again}：条款2.2出现两次且填写不同（另见{at}）"]


# of what the sheet is


def test_a_sheet_of_another_portal_or_system_than_meant_is_refused(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    office.refuse(sheet, "是网站qinghe的赋分表，不是yunshan的", portal=YUNSHAN.id)
    office.refuse(sheet, f"是体系{COUNTY}的赋分表，不是wuwei-2020的", system="wuwei-2020")
    assert len(office.take(sheet, portal=QINGHE.id, system=COUNTY).new) == 1


def test_a_sheet_of_a_portal_this_database_never_saw_is_refused(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    empty = open_database(tmp_path / "empty.sqlite")
    try:
        with pytest.raises(UsageError, match="网站qinghe在本数据库中没有核查记录"):
            import_marks(empty, office.books, sheet.save(), now=NOW)
        assert history(empty, QINGHE.id, COUNTY, QUARTER) == ()
    finally:
        empty.dispose()


def test_a_sheet_of_another_version_of_the_system_is_refused_unless_that_is_at_hand_too(
    office: Office, tmp_path: Path
) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    second = scored.COUNTY_TEXT.replace("version = 1", "version = 2")
    changed = systems_at_hand(scored.county(tmp_path / "changed", second))
    with pytest.raises(UsageError, match=f"按体系{COUNTY}第1版导出，现行为第2版，请重新导出"):
        import_marks(office.engine, changed, sheet.save(), now=NOW)
    assert office.told() == []
    both = systems_at_hand(scored.county(scored.county(tmp_path / "both", second), name="first.toml"))
    assert import_marks(office.engine, both, sheet.path, now=NOW).system.version == 1
    assert office.held() == {"2.2": 1.0}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("format", "2", "由更新版本的程序导出，请升级"),
        ("format", "一", "“_mingcha”被改动"),
        ("format", None, "“_mingcha”被改动"),
        ("system", None, "“_mingcha”被改动"),
        ("version", "最新", "“_mingcha”被改动"),
        ("version", "7", "第7版导出，现行为第1版"),
        ("portal", None, "“_mingcha”被改动"),
        ("portal", "nobody", "网站nobody在本数据库中没有核查记录"),
        ("period", None, "“_mingcha”被改动"),
        ("period", "2026", "评估周期有误"),
        ("period", "2026Q5", "评估周期有误"),
        ("audit", None, "“_mingcha”被改动"),
        ("made", None, "“_mingcha”被改动"),
        ("made", "昨天", "“_mingcha”被改动"),
        ("made", "2026-11-28T09:30:00", "“_mingcha”被改动"),
    ],
)
def test_a_hidden_sheet_somebody_changed_is_refused(office: Office, key: str, value: str | None, says: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    hidden = sheet.book["_mingcha"]
    line = next(row[0].row for row in hidden.iter_rows() if row[0].value == key)
    hidden.cell(line, 2).value = value
    office.refuse(sheet, says)


def test_a_system_nobody_knows_is_named_with_those_there_are(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    sheet.book["_mingcha"]["B2"] = "qinghe-2027"
    with pytest.raises(UsageError, match=r"'qinghe-2027'.*qinghe-2026"):
        office.take(sheet)
    assert office.told() == []


def test_without_the_hidden_sheet_nobody_knows_whose_it_is(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    del sheet.book["_mingcha"]
    office.refuse(sheet, "缺少工作表“_mingcha”", "mingcha export scores")


def test_a_sheet_older_than_a_mark_it_would_change_is_refused_whole(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.3", "达标")
    at = sheet.fill("2.2", 2)
    mark = MarkView("2.2", "李强", MADE + HOUR, 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [mark], basis=MADE)
    assert office.refuse(sheet) == [
        "比库中的评定旧，没有导入任何评定，请重新导出后填写：",
        f"{at}：条款2.2在本表导出之后已由李强评定（2026-11-28 10:30）",
    ]
    sheet.fill("2.2", 1)
    assert [one.node for one in office.take(sheet).new] == ["2.3"]  # it says what holds


def test_a_sheet_older_than_a_withdrawal_does_not_bring_the_mark_back(office: Office) -> None:
    given = MarkView("2.2", "李强", MADE - HOUR, 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [given], basis=MADE)
    sheet = office.exported(made=MADE)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [MarkView("2.2", "李强", MADE + HOUR)], basis=MADE)
    office.take(sheet)  # nobody touched the cell
    assert marks(office.engine, QINGHE.id, COUNTY, QUARTER) == {}


def test_two_people_fill_in_copies_of_one_sheet(office: Office) -> None:
    one, other = office.sheet(), office.exported(made=MADE)
    one.fill("2.2", 1, who="王芳")
    other.fill("2.3", "达标", who="李强")
    office.take(one)
    assert [mark.node for mark in office.take(other).new] == ["2.3"]
    assert set(marks(office.engine, QINGHE.id, COUNTY, QUARTER)) == {"2.2", "2.3"}


def test_a_sheet_handed_in_before_may_be_filled_in_further(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1)
    office.take(sheet)
    sheet.fill("2.2", 2)
    assert [mark.points for mark in office.take(sheet).new] == [2.0]


def test_a_sheet_made_in_the_second_of_a_mark_knows_it(office: Office) -> None:
    mark = MarkView("2.2", "李强", MADE + dt.timedelta(milliseconds=300), 1.0)
    keep_marks(office.engine, QINGHE.id, COUNTY, QUARTER, [mark], basis=MADE)
    sheet = office.exported(made=MADE + dt.timedelta(milliseconds=600))
    assert sheet.said("2.2", sheet.mark) == 1
    sheet.fill("2.2", 2)
    office.take(sheet)


# what is no sheet at all


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
        (folder, "无法读取"),
        (missing, "无法读取"),
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


# the installed command


async def test_the_command_takes_a_sheet_back_and_shows_the_new_score(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 1.5, who="")
    sheet.fill("R1", 0)
    path = str(sheet.save())
    more = ("--by", "王芳", "--db", str(office.database), "--systems", str(office.archive.systems))
    dry = await mingcha("import", "marks", path, "--dry-run", *more, cwd=tmp_path)
    assert (dry.code, "将导入2条评定，撤回0条，未变0条" in dry.out) == (0, True), dry.err
    assert office.told() == []
    done = await mingcha("import", "marks", path, *more, cwd=tmp_path)
    assert (done.code, "已导入2条评定，撤回0条，未变0条" in done.out) == (0, True), done.err
    assert f"qinghe，清河县2026年政务公开考评表（{COUNTY}），评估周期 {QUARTER}：" in done.out
    assert "得分区间：4.5～5（满分 10）" in done.out and "人工已评分值：2" in done.out
    kept = {mark.node: (mark.points, mark.who) for mark in office.told()}
    assert kept == {"2.2": (1.5, "王芳"), "R1": (0.0, "王芳")}


async def test_the_command_says_every_cell_and_ends_with_one(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    cells = [sheet.fill("2.1", 1), sheet.fill("2.2", 3), sheet.fill("2.3", "=1")][1:]
    more = ("--db", str(office.database), "--systems", str(office.archive.systems))
    ran = await mingcha("import", "marks", str(sheet.save()), *more, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    first, *problems = ran.err.splitlines()
    assert first.startswith("mingcha: ") and "没有导入任何评定" in first
    assert {line.strip().partition("：")[0] for line in problems} == set(cells)
    assert office.told() == []


async def test_the_command_refuses_in_one_sentence(office: Office, tmp_path: Path) -> None:
    office.sheet()
    words = ("--portal", "yunshan", "--db", str(office.database), "--systems", str(office.archive.systems))
    ran = await mingcha("import", "marks", f"{COUNTY}.xlsx", *words, cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"mingcha: {COUNTY}.xlsx：是网站qinghe的赋分表，不是yunshan的\n"


async def test_a_score_may_take_marks_first(office: Office, tmp_path: Path) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    more = ("--db", str(office.database), "--systems", str(office.archive.systems), "--out", "out")
    ran = await mingcha("score", "qinghe", "--system", COUNTY, "--marks", str(sheet.save()), *more, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "已导入1条评定" in ran.err and "得分区间：5～5.5" in ran.out
    again = Sheet(tmp_path / "out" / f"scores-{COUNTY}.xlsx")
    assert (again.said("2.2", again.mark), again.said("2.2", "系统评分")) == (2, "2")


@pytest.mark.parametrize(
    ("portal", "system"),
    [
        (YUNSHAN.id, COUNTY),
        pytest.param(
            *(QINGHE.id, "nope"),
        ),
    ],
)
def test_a_score_that_cannot_be_made_keeps_no_marks(office: Office, portal: str, system: str) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    with pytest.raises(UsageError):
        run_score(
            portal,
            Roster(named=(system,)),
            audit="",
            marks=sheet.save(),
            by="",
            out=office.folder / "out",
            folder=office.archive.systems,
            database=str(office.database),
            data=office.folder,
        )
    assert office.told() == []


def test_a_sheet_of_a_period_without_an_audit_keeps_no_marks(office: Office) -> None:
    sheet = office.sheet()
    sheet.fill("2.2", 2)
    sheet.book["_mingcha"]["B5"] = "2026Q3"
    with pytest.raises(UsageError):
        run_import(
            sheet.save(),
            Roster(),
            by="",
            portal="",
            system="",
            dry=False,
            folder=office.archive.systems,
            database=str(office.database),
        )
    assert office.told() == []


async def test_after_an_import_the_score_shown_is_that_of_the_portal_with_its_exemptions(
    office: Office, tmp_path: Path
) -> None:
    entry = ['id = "qinghe"', 'name = "清河县"', f'home = "{QINGHE.home}"', 'exemptions = ["departments"]']
    (tmp_path / "targets.toml").write_text("\n".join(["[[portal]]", *entry, ""]), "utf-8")
    sheet = office.sheet("national-2019")
    sheet.fill("4.3.1", 0.4)
    ran = await mingcha("import", "marks", str(sheet.save()), "--db", str(office.database), cwd=tmp_path)
    assert ran.code == 0, ran.err
    total = score_portal(office.engine, QINGHE.id, ["national-2019"], office.books, exemptions=["departments"])[
        0
    ].score.total
    assert total is not None and total.points == 100
    assert f"得分区间：{round(total.low, 2):g}～{round(total.high, 2):g}" in ran.out
