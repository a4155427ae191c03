"""Working days with 调休, from chinesecalendar and a local override; years without data are said, never guessed.

Sources: 全国年节及纪念日放假办法; 行政许可法第82条 (期限以工作日计算，不含法定节假日); 民法典第201条 (the first day
is not counted).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path

import chinese_calendar
from msgspec import Struct, field

from portal.places import line_of

_WORDS = {"work": True, "off": False}


class CalendarUnknownError(Exception):
    """Raised when a day lies in a year whose holiday arrangement is not known; the message names the year."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the holiday arrangement of {year} is not known")
        self.year = year


class CalendarFileError(Exception):
    """A calendar file cannot be used; the message is one sentence with file, line where known, and what is wrong."""


class WorkCalendar(Struct, frozen=True):
    """A calendar of working days. `override` maps days to True (work) or False (off) and wins over the package."""

    override: Mapping[dt.date, bool] = field(default_factory=dict)
    extra_years: frozenset[int] = frozenset()  # years that `override` covers completely, Mon-Fri else

    def is_workday(self, day: dt.date) -> bool:
        """Returns whether `day` is a working day. Raises CalendarUnknownError for a year without data."""
        if day in self.override:
            return self.override[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year in self.extra_years:
                return day.weekday() < 5
            raise CalendarUnknownError(day.year) from None

    def between(self, start: dt.date, end: dt.date) -> int:
        """Returns the working days after `start` up to and including `end` (0 when end <= start).

        Raises CalendarUnknownError when a day between lies in a year without data.
        """
        days = (end - start).days
        return sum(self.is_workday(start + dt.timedelta(days=n)) for n in range(1, days + 1))

    def add(self, start: dt.date, days: int) -> dt.date:
        """Returns the day on which the `days`-th working day after `start` falls. Raises CalendarUnknownError."""
        day = start
        while days > 0:
            day += dt.timedelta(days=1)
            days -= self.is_workday(day)
        return day


def known_years() -> tuple[int, int]:
    """Returns the first and last year chinesecalendar has data for."""
    years = {day.year for day in chinese_calendar.holidays}
    return min(years), max(years)


def read_calendar(path: Path) -> WorkCalendar:
    """Returns the calendar of a file (docs/ledger.md): single days, and years it covers completely.

    ```
    years = [2028]              # all days of these years not named below: Monday to Friday work
    [days]
    2028-01-03 = "off"
    2028-01-08 = "work"
    ```
    Raises CalendarFileError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CalendarFileError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CalendarFileError(f"{path}: is not TOML: {error}") from error
    if unknown := [key for key in data if key not in ("years", "days")]:
        raise _wrong(path, text, unknown[0], f"unknown key {unknown[0]!r}: there are years and days")
    years, days = data.get("years", []), data.get("days", {})
    if not isinstance(years, list) or not all(type(year) is int and 1900 < year < 2200 for year in years):
        raise _wrong(path, text, "years", "years is a list of years, such as [2028]")
    if not isinstance(days, dict):
        raise _wrong(path, text, "days", 'days is a table: write [days], and below it 2028-01-03 = "off"')
    override: dict[dt.date, bool] = {}
    for key, word in days.items():
        try:
            override[dt.date.fromisoformat(key)] = _WORDS[word]
        except (ValueError, KeyError, TypeError):
            raise _wrong(path, text, key, f'{key} = {word!r}: write a day and "work" or "off"') from None
    return WorkCalendar(override, frozenset(years))


def _wrong(path: Path, text: str, key: str, words: str) -> CalendarFileError:
    line = line_of(text, key)
    return CalendarFileError(f"{path}{f', line {line}' if line else ''}: {words}")
