"""`mingcha trend`: how portals went on since the last audit and the same period of last year. In Chinese, or JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from checks.registry import check
from mingcha.errors import DONE
from mingcha.opening import opened
from mingcha.printable import printable
from portal.zone import CHINA
from reports.sheets import width_of
from storage.database import StorageError
from storage.queries import portals
from storage.trend import CheckTrend, Moment, Stand, Trend, trend

HEADERS = ("检查项", "在册", "否决", "扣分", "提示", "疑似", "较上期", "新增", "整改", "反弹", "同比")
SEVERITIES = ("veto", "deduct", "notice")


def run_trend(names: Sequence[str], *, against: dt.date | None, as_json: bool, database: str) -> int:
    """Prints the trend of the portals named, or of all that were audited soundly. Returns 0. Raises UsageError."""
    found = trends(names, against=against, database=database)
    if not found:
        print("还没有完整的核查，没有可比较的结果", file=sys.stderr)
    for one in found:
        if as_json:
            print(json.dumps(as_object(one), ensure_ascii=False))
        else:
            print("\n".join(map(printable, table(one))), end="\n\n")
    return DONE


def trends(names: Sequence[str], *, against: dt.date | None, database: str) -> list[Trend]:
    """Returns the trends of portals; without names, of all that have one. Raises UsageError."""
    with opened(database) as engine:
        if names:
            return [trend(engine, name, severity_of, against=against) for name in dict.fromkeys(names)]
        found = []
        for portal in portals(engine):
            try:
                found.append(trend(engine, portal.id, severity_of, against=against))
            except StorageError:
                continue  # no sound audit yet: there is nothing to compare
        return found


def severity_of(check_id: str, kind: str) -> str:
    """Returns what a finding of a kind can cost; "notice" for one no check knows any more."""
    try:
        return str(check(check_id).META.kind(kind).severity)
    except KeyError:
        return "notice"


def table(one: Trend) -> list[str]:
    """Returns the lines of a portal's table: what is compared, a row for each check, their sum."""
    last, year = _day(one.last), _day(one.year)
    rows = [HEADERS, *(_row(_title(each.check), each) for each in one.checks), _row("合计", one.all)]
    widths = [max(width_of(row[at]) for row in rows) for at in range(len(HEADERS))]
    lines = [padded(row, widths) for row in rows]
    head = f"{one.name}（{one.portal}）：{_day(one.now)} 核查；上期 {last or '无'}；去年同期 {year or '无'}"
    return [head, *lines]


def as_object(one: Trend) -> dict[str, Any]:
    """Returns the trend as JSON values; keys are only ever added. Times carry the offset of Asia/Shanghai."""
    return {
        "schema_version": 1,
        "portal": one.portal,
        "name": one.name,
        **{name: _moment(moment) for name, moment in (("now", one.now), ("last", one.last), ("year", one.year))},
        "all": _facts(one.all),
        "checks": [{"check": each.check, **_facts(each)} for each in one.checks],
    }


def _facts(one: CheckTrend) -> dict[str, Any]:
    return {
        **{name: _stand(stand) for name, stand in (("now", one.now), ("last", one.last), ("year", one.year))},
        "change": msgspec.to_builtins(one.change),
    }


def _stand(stand: Stand | None) -> dict[str, int] | None:
    if stand is None:
        return None
    counts = {name: stand.live.get(name, 0) for name in SEVERITIES}
    return {"live": stand.total, **counts, "suspect": stand.suspect}


def _moment(moment: Moment | None) -> dict[str, str] | None:
    if moment is None:
        return None
    ended = moment.ended.astimezone(CHINA).isoformat(timespec="seconds")
    return {"audit": moment.audit, "as_of": moment.as_of.isoformat(), "ended": ended}


def _row(title: str, one: CheckTrend) -> tuple[str, ...]:
    change = one.change
    return (
        title,
        str(one.now.total),
        *(str(one.now.live.get(name, 0)) for name in SEVERITIES),
        str(one.now.suspect),
        _difference(one.now, one.last),
        *((str(change.new), str(change.fixed), str(change.regressed)) if change else ("—",) * 3),
        _difference(one.now, one.year),
    )


def _difference(now: Stand, then: Stand | None) -> str:
    return "—" if then is None else f"{now.total - then.total:+d}" if now.total != then.total else "持平"


def _title(check_id: str) -> str:
    try:
        return check(check_id).META.title
    except KeyError:
        return check_id


def _day(moment: Moment | None) -> str:
    return moment.as_of.isoformat() if moment is not None else ""


def padded(row: Sequence[str], widths: Sequence[int]) -> str:
    """Returns the cells of a row in columns of those widths: the first set to the left, the others to the right."""
    cells = [
        text + " " * (width - width_of(text)) if at == 0 else " " * (width - width_of(text)) + text
        for at, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
