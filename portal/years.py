"""The years of dates in a list that name none."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from portal.dates import near_by_url
from portal.facts import ListItem

WAITING = dt.timedelta(days=45)  # between the day in the address of an item and the one its list tells, at most
_SETTLED = 4  # dates without a year that descend before one that stands in the year before
_LEAP = 150  # days such a date seems to be later than the one above it
_YEAR = re.compile(r"(?:19|20)\d{2}")


def in_years(items: tuple[ListItem, ...]) -> tuple[ListItem, ...]:
    """Returns items whose dates name no year with the year their order tells: read alone, 11-08 far below 01-09 is the
    last November, not that of the year before. Where they do not descend, and where few stand above, nothing is told:
    these may be pinned."""
    told: list[ListItem] = []
    previous: dt.date | None = None
    years = settled = 0
    for item in items:
        date = item.date
        if date is None or item.pinned:
            told.append(item)
            continue
        by_url = near_by_url(item.url)
        if _YEAR.search(item.date_text) or (by_url is not None and abs(by_url - date) <= WAITING):
            return items
        if previous is not None and date > previous:
            if settled < _SETTLED or (date - previous).days < _LEAP:
                return items
            years, settled = years + 1, 0
        previous, settled = date, settled + 1
        told.append(msgspec.structs.replace(item, date=_years_before(date, years)) if years else item)
    return tuple(told)


def lacks_year(item: ListItem) -> bool:
    """Returns whether the date of an item was told without its year: 12-20, or a day alone."""
    return bool(item.date_text) and not _YEAR.search(item.date_text)


def _years_before(date: dt.date, years: int) -> dt.date:
    """Returns the same day of an earlier year; 29 February is 28 February where there is none."""
    try:
        return date.replace(year=date.year - years)
    except ValueError:
        return date.replace(year=date.year - years, day=28)
