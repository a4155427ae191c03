"""The probes of a portal on their way into an audit: read once and kept in its bundle, to be judged again the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Engine

from checks.reachability import IPV6, META
from portal.artifacts import Announced, AvailabilityRecord, ProbeSeen
from portal.zone import CHINA
from storage.bundle import Bundle
from storage.database import open_database
from storage.ledger.excuses import MAINTENANCE, Scope, excuses
from storage.probes import series

DAYS = 14  # read up to the day of the audit: the week that is judged, and the one before for the sheet's sums of 7 days


def keep_series(bundle: Bundle, database: str, now: dt.datetime | None = None) -> None:
    """Keeps the portal's probes up to `now` (aware; default: the present) in its bundle, in place of those read before.

    Without any probe nothing is kept. Raises StorageError and BundleError.
    """
    engine = open_database(database)
    try:
        record = read_series(engine, bundle, now or dt.datetime.now(dt.UTC))
    finally:
        engine.dispose()
    if record is not None:
        bundle.add(record)
        bundle.flush()


def read_series(engine: Engine, bundle: Bundle, now: dt.datetime) -> AvailabilityRecord | None:
    """Returns the portal's probes of the days up to the audit's `as_of`, None without any; their table is its proof."""
    header = bundle.header
    end = dt.datetime.combine(header.as_of + dt.timedelta(days=1), dt.time(), CHINA)
    begin = end - dt.timedelta(days=DAYS)
    probes = series(engine, header.portal.id, begin, min(end, now))
    if not probes:
        return None
    evidence = bundle.put(table(probes).encode(), "text/plain; charset=utf-8", header.portal.home, now)
    windows = tuple(
        Announced(one.begins, one.ends, one.why)
        for one in excuses(engine, header.portal.id, kind=MAINTENANCE)
        if one.ends > begin and one.begins < end and (one.scope is Scope.PORTAL or one.subject == META.id)
    )
    return AvailabilityRecord(header.portal.home, now, probes, windows, evidence)


def table(probes: Iterable[ProbeSeen]) -> str:
    """Returns probes as text, one a line, times in Asia/Shanghai."""
    lines = ["时间  探测点  访问方式  结果  状态码  耗时（秒）  地址  说明"]
    for one in probes:
        how = "IPv6" if one.family == IPV6 else "默认"
        said = [one.error, "本机网络异常，不计入"] if one.own_line else [one.error]
        at = one.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        words = [
            at,
            one.vantage,
            how,
            one.outcome.value,
            str(one.status or "-"),
            f"{one.seconds:.3f}",
            one.address or "-",
        ]
        lines.append("  ".join([*words, "；".join(filter(None, said))]).rstrip())
    return "\n".join(lines) + "\n"
