"""A calendar of one's own: days and whole years, and files that cannot be used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from portal.workdays import CalendarFileError, CalendarUnknownError, read_calendar


def write(folder: Path, text: str) -> Path:
    path = folder / "calendar.toml"
    path.write_text(text, "utf-8")
    return path


def test_days_win_and_complete_years_follow_the_week(tmp_path: Path) -> None:
    calendar = read_calendar(
        write(tmp_path, 'years = [2090]\n[days]\n2090-01-02 = "off"\n2090-01-07 = "work"\n2026-03-03 = "off"\n')
    )
    monday, saturday, tuesday = dt.date(2090, 1, 2), dt.date(2090, 1, 7), dt.date(2090, 1, 3)
    assert [calendar.is_workday(day) for day in (monday, saturday, tuesday)] == [False, True, True]
    assert not calendar.is_workday(dt.date(2026, 3, 3)) and calendar.is_workday(dt.date(2026, 3, 4))
    with pytest.raises(CalendarUnknownError, match="2091"):
        calendar.is_workday(dt.date(2091, 1, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("years = [2090", "is not TOML"),
        ("year = [2090]\n", "line 1: unknown key 'year'"),
        ("years = 2090\n", "line 1: years is a list"),
        ("years = [true]\n", "years is a list"),
        ('[days]\n2090-02-30 = "off"\n', "line 2: 2090-02-30 = 'off'"),
        ('[days]\n2090-01-01 = "off"\n2090-01-02 = "rest"\n', "line 3: 2090-01-02 = 'rest'"),
        ("days = 3\n", "days is a table"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CalendarFileError, match=words):
        read_calendar(write(tmp_path, text))
    with pytest.raises(CalendarFileError, match="cannot be read"):
        read_calendar(tmp_path / "none.toml")
