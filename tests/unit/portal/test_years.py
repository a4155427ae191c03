"""Dates without a year, read in the order of their list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from portal.facts import ListItem
from portal.years import in_years
from tests.unit.portal.listed import items_of


def years(days: Sequence[str], pinned: int = 0) -> list[int]:
    """Returns the years of dates as they are read one by one on 30 June 2026: with the last such day before it."""
    items = []
    for number, day in enumerate(days):
        date = dt.date.fromisoformat(f"2026-{day}")
        date = date if date <= dt.date(2026, 6, 30) else date.replace(year=2025)
        items.append(ListItem(f"第{number}号公告", "", date, day, pinned=number < pinned))
    return [item.date.year for item in in_years(tuple(items)) if item.date]


def test_a_date_far_below_an_earlier_one_is_of_the_year_before() -> None:
    days = ["06-04", "05-02", "04-08", "01-09", "12-19", "11-08", "06-19", "06-17"]
    assert years(days) == [2026, 2026, 2026, 2026, 2025, 2025, 2025, 2025]
    assert years([*days, "03-01", "01-15", "02-20"]) == [2026] * 4 + [2025] * 2 + [2026] * 5  # in no order: as read
    assert years([*days, "03-01", "01-15", "12-20", "02-29"][:-1])[-1] == 2024


def test_nothing_is_told_below_a_few_that_may_be_pinned() -> None:
    assert years(["02-01", "01-10", "06-20", "06-18", "06-11", "05-30"]) == [2026] * 6
    assert years(["02-01", "06-20", "06-18", "06-11", "05-30", "12-01"], pinned=1) == [2026] * 5 + [2025]


def test_dates_that_name_their_year_are_left_alone() -> None:
    days = [(2026, 6, 4), (2026, 5, 2), (2026, 4, 8), (2026, 1, 9), (2026, 12, 19)]
    items = tuple(ListItem("公告", "", dt.date(*day), f"{day[0]}-{day[1]}-{day[2]}") for day in days)
    assert in_years(items) is items


def test_dates_their_own_addresses_bear_out_are_left_alone() -> None:
    days = ["2026-06-04", "2026-05-02", "2026-04-08", "2026-01-09", "2026-12-19"]
    items = [ListItem("公告", "", dt.date.fromisoformat(day), day[5:]) for day in days]
    items[1] = ListItem("公告", "http://www.example.gov.cn/202605/t20260502_1.html", dt.date(2026, 5, 2), "05-02")
    assert in_years(tuple(items)) == tuple(items)
    items[1] = ListItem("公告", "http://www.example.gov.cn/202305/t20230502_1.html", dt.date(2026, 5, 2), "05-02")
    assert in_years(tuple(items))[-1].date == dt.date(2025, 12, 19)


def test_the_29th_of_february_of_a_year_that_has_none() -> None:
    days = ["2024-06-04", "2024-05-02", "2024-04-08", "2024-01-09", "2024-08-19"]
    items = [ListItem("公告", "", dt.date.fromisoformat(day), day[5:]) for day in days]
    items.append(ListItem("公告", "", dt.date(2024, 2, 29), "02-29"))
    assert [item.date for item in in_years(tuple(items))][-2:] == [dt.date(2023, 8, 19), dt.date(2023, 2, 28)]


@pytest.mark.parametrize(
    "shape",
    [
        "<h3>{year}年</h3><ul>{rows}</ul>",
        "<div class=hd><b>{year}年度</b></div><div class=bd><ul>{rows}</ul></div>",
        "<ul><li class=y>{year}年</li>{rows}</ul>",
    ],
)
def test_a_date_under_the_heading_of_its_year_is_of_that_year(shape: str) -> None:
    parts = ""
    for year, told in ((2024, ("12-20", "06-06")), (2023, ("12-28", "04-01"))):
        rows = "".join(
            f"<li><a href={year}{day}.html>关于{year}年房屋征收补偿方案的第{day}号公告</a><span>{day}</span></li>"
            for day in told
        )
        parts += shape.format(year=year, rows=rows)
    dates = [item.date for item in items_of(f"<div class=box>{parts}</div>", dt.date(2026, 11, 29))]
    assert dates == [dt.date(2024, 12, 20), dt.date(2024, 6, 6), dt.date(2023, 12, 28), dt.date(2023, 4, 1)]
