"""What spreadsheet programs and people do to a score sheet, and that it still means the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.scores.office import HOUR, NOW, Office
from tests.scores.scored import COUNTY
from tests.scores.sheet import Sheet, lines_of, rewrite, unmerge


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
