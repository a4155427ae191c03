"""Periods marks are kept for: a year, a half, a quarter or a month, named as people write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from indicators.system import Period

_MONTHS: Mapping[Period, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FORMS: Mapping[Period, str] = {
    "year": r"([0-9]{4})",
    "half": r"([0-9]{4})H([12])",
    "quarter": r"([0-9]{4})Q([1-4])",
    "month": r"([0-9]{4})-(0[1-9]|1[0-2])",
}
FORM_WORDS: Mapping[Period, str] = {"year": "2026", "half": "2026H2", "quarter": "2026Q4", "month": "2026-11"}


def period_of(day: dt.date, kind: Period) -> str:
    """Returns the period a day falls into: 2026, 2026H2, 2026Q4 or 2026-11."""
    number = (day.month - 1) // _MONTHS[kind] + 1
    return {
        "year": f"{day.year}",
        "half": f"{day.year}H{number}",
        "quarter": f"{day.year}Q{number}",
        "month": f"{day.year}-{day.month:02d}",
    }[kind]


def days_of(period: str, kind: Period) -> tuple[dt.date, dt.date]:
    """Returns the first and the last day of a period. Raises ValueError for what is no period of that kind."""
    match = re.fullmatch(_FORMS[kind], period)
    if match is None:
        raise ValueError(f"{period!r} is no {kind}: write it as {FORM_WORDS[kind]}")
    months = _MONTHS[kind]
    year, number = int(match[1]), int(match[2]) if match.re.groups > 1 else 1
    first = dt.date(year, (number - 1) * months + 1, 1)
    after = dt.date(year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1, 1)
    return first, after - dt.timedelta(days=1)


def before(period: str, kind: Period) -> str:
    """Returns the period before. Raises ValueError for what is no period of that kind."""
    return period_of(days_of(period, kind)[0] - dt.timedelta(days=1), kind)
