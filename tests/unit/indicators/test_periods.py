"""Periods are named as people write them, and their days lie without gap or overlap."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.periods import FORM_WORDS, before, days_of, period_of
from indicators.system import Period

KINDS: tuple[Period, ...] = ("month", "quarter", "half", "year")
LAST = dt.date(2026, 12, 31)


@pytest.mark.parametrize(
    ("day", "kind", "period"),
    [
        (dt.date(2026, 1, 1), "year", "2026"),
        (dt.date(2026, 6, 30), "half", "2026H1"),
        (dt.date(2026, 7, 1), "half", "2026H2"),
        (dt.date(2026, 3, 31), "quarter", "2026Q1"),
        (dt.date(2026, 4, 1), "quarter", "2026Q2"),
        (LAST, "quarter", "2026Q4"),
        (dt.date(2026, 9, 5), "month", "2026-09"),
        (LAST, "month", "2026-12"),
    ],
)
def test_a_day_falls_into_its_period(day: dt.date, kind: Period, period: str) -> None:
    assert period_of(day, kind) == period


@pytest.mark.parametrize(
    ("period", "kind", "first", "last"),
    [
        ("2026", "year", dt.date(2026, 1, 1), LAST),
        ("2026H1", "half", dt.date(2026, 1, 1), dt.date(2026, 6, 30)),
        ("2026H2", "half", dt.date(2026, 7, 1), LAST),
        ("2026Q4", "quarter", dt.date(2026, 10, 1), LAST),
        ("2026-02", "month", dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        ("2028-02", "month", dt.date(2028, 2, 1), dt.date(2028, 2, 29)),
        ("2026-12", "month", dt.date(2026, 12, 1), LAST),
    ],
)
def test_a_period_has_its_first_and_last_day(period: str, kind: Period, first: dt.date, last: dt.date) -> None:
    assert days_of(period, kind) == (first, last)


@pytest.mark.parametrize(
    ("period", "kind", "earlier"),
    [
        ("2026", "year", "2025"),
        ("2026H1", "half", "2025H2"),
        ("2026Q1", "quarter", "2025Q4"),
        ("2026-01", "month", "2025-12"),
        ("2026-10", "month", "2026-09"),
    ],
)
def test_the_period_before_is_of_the_same_kind(period: str, kind: Period, earlier: str) -> None:
    assert before(period, kind) == earlier


@pytest.mark.parametrize(
    ("period", "kind"),
    [
        ("2026H3", "half"),
        ("2026H0", "half"),
        ("2026Q5", "quarter"),
        ("2026-13", "month"),
        ("2026-00", "month"),
        ("2026-1", "month"),
        ("26", "year"),
        ("2026 ", "year"),
        ("2026\n", "year"),
        ("2026", "half"),
        ("2026H1", "year"),
        ("2026H1", "quarter"),
        ("", "month"),
    ],
)
def test_what_is_no_period_is_refused_with_how_to_write_it(period: str, kind: Period) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{period!r} is no {kind}: write it as {FORM_WORDS[kind]}")):
        days_of(period, kind)


@pytest.mark.parametrize(("period", "kind"), [("２０２６", "year"), ("２０２６H2", "half"), ("２０２６-11", "month")])
def test_full_width_digits_are_refused(period: str, kind: Period) -> None:
    with pytest.raises(ValueError, match="write it as"):
        days_of(period, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_are_told_to_write_is_a_period(kind: Period) -> None:
    first, last = days_of(FORM_WORDS[kind], kind)
    assert period_of(first, kind) == period_of(last, kind) == FORM_WORDS[kind]


@given(st.dates(dt.date(1950, 1, 1), dt.date(2200, 12, 31)), st.sampled_from(KINDS))
def test_periods_leave_no_gap_and_do_not_overlap(day: dt.date, kind: Period) -> None:
    period = period_of(day, kind)
    first, last = days_of(period, kind)
    assert first <= day <= last
    assert days_of(before(period, kind), kind)[1] == first - dt.timedelta(days=1)
    assert period_of(last + dt.timedelta(days=1), kind) != period
