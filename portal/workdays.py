"""Working days with 调休, from chinesecalendar and a local override; years without data are said, never guessed.

Sources: 全国年节及纪念日放假办法; 行政许可法第82条 (期限以工作日计算，不含法定节假日); 民法典第201条 (the first day
is not counted).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import chinese_calendar


class CalendarUnknownError(Exception):
    """Raised when a day lies in a year whose holiday arrangement is not known; the message names the year."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
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
            raise CalendarUnknownError(f"the holiday arrangement of {day.year} is not known") from None

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
