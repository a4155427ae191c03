"""`mingcha trend --by quarter`: how rectification went period by period. In Chinese, or JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from indicators.periods import before, days_of, period_of
from indicators.system import Period
from mingcha.errors import DONE, UsageError
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.trend import padded
from portal.zone import CHINA
from reports import words
from reports.conclusion import percent
from reports.sheets import width_of
from storage.queries import portals
from storage.rectification import Rectification, rectification, summed

HEADERS = ("期间", "核查次数", "期初", "新增", "反弹", "应整改", "已整改", "整改率", "未整改", "超期", "反复出现")
Course = list[tuple[str, Rectification]]  # periods with how rectification went, the earliest first


def run_periods(names: Sequence[str], kind: Period, last: int, *, as_json: bool, database: str) -> int:
    """Prints how rectification of the portals named, or of all, went in the last periods of a kind, this one included.

    Returns 0. Raises UsageError, also for a portal the database does not know.
    """
    now = dt.datetime.now(CHINA)
    labels = [period_of(now.date(), kind)]
    while len(labels) < last:
        labels.insert(0, before(labels[0], kind))
    spans = [(label, span_of(label, kind, now)) for label in labels]
    with opened(database) as engine:
        known = {one.id: one for one in portals(engine)}
        if unknown := [name for name in names if name not in known]:
            raise UsageError(f"no portal {unknown[0]!r} is in the database; there are: {', '.join(known)}")
        wanted = list(dict.fromkeys(names)) or list(known)
        found = {name: [(label, rectification(engine, name, *span)) for label, span in spans] for name in wanted}
    if not found:
        print("还没有核查过的网站", file=sys.stderr)
    for name, course in found.items():
        _tell(name, known[name].name, course, as_json=as_json)
    if len(found) > 1 and not as_json:
        whole = [(label, summed(course[at][1] for course in found.values())) for at, label in enumerate(labels)]
        _tell("", f"{len(found)}个网站合计", whole, as_json=False)
    return DONE


def span_of(label: str, kind: Period, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Returns when a period begins and ends (aware, Asia/Shanghai): at midnight, but never later than `now`."""
    first, last = days_of(label, kind)
    begin, after = (dt.datetime.combine(day, dt.time(), CHINA) for day in (first, last + dt.timedelta(days=1)))
    return begin, min(after, now)


def table(title: str, course: Course) -> list[str]:
    """Returns the lines of a portal's table: a row for each period, without those before its first audit."""
    while len(course) > 1 and course[0][1] == Rectification():
        course = course[1:]
    rows = [HEADERS, *(_row(words.period(label), one) for label, one in course)]
    widths = [max(width_of(row[at]) for row in rows) for at in range(len(HEADERS))]
    return [f"{title} 整改情况", *(padded(row, widths) for row in rows)]


def as_object(name: str, title: str, course: Course) -> dict[str, Any]:
    """Returns a portal's periods as JSON values; keys are only ever added."""
    return {
        "schema_version": 1,
        "portal": name,
        "name": title,
        "periods": [{"period": label, **msgspec.to_builtins(one), "rate": one.rate} for label, one in course],
    }


def _tell(name: str, title: str, course: Course, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(as_object(name, title, course), ensure_ascii=False))
    else:
        lines = table(f"{title}（{name}）" if name else title, course)
        print("\n".join(map(printable, lines)), end="\n\n")


def _row(label: str, one: Rectification) -> tuple[str, ...]:
    counts = (one.audits, one.begun, one.new, one.back, one.due, one.repaired)
    rate = "—" if one.rate is None else percent(one.rate)
    return label, *map(str, counts), rate, *map(str, (one.standing, one.overdue, one.often))
