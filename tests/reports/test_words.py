"""Days, times, periods and sizes as people read them."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.zone import CHINA
from reports.words import day, moment, period, size


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2026", "2026年"),
        ("2026H1", "2026年上半年"),
        ("2026H2", "2026年下半年"),
        ("2026Q4", "2026年第4季度"),
        ("2026-09", "2026年9月"),
    ],
)
def test_periods_read_like_words(label: str, words: str) -> None:
    assert period(label) == words


def test_days_and_times_have_no_zero_before() -> None:
    assert day(dt.date(2026, 3, 8)) == "2026年3月8日"
    assert moment(dt.datetime(2026, 3, 8, 9, tzinfo=CHINA)) == "2026年3月8日9时"
    assert moment(dt.datetime(2026, 3, 8, 1, 30, tzinfo=dt.UTC)) == "2026年3月8日9时30分"


def test_bytes_are_said_in_the_unit_they_fill() -> None:
    assert [size(count) for count in (0, 99_900, 100_000, 34_540_000)] == ["0.0 KB", "99.9 KB", "0.1 MB", "34.5 MB"]
