"""What tests put into a bundle."""

from __future__ import annotations

import datetime as dt

from portal.artifacts import Attempt, FetchOutcome, Level, LinkRecord
from portal.model import Network, Portal
from storage.bundle import Header

AT = dt.datetime(2026, 11, 18, 22, tzinfo=dt.UTC)
HEADER = Header(
    audit="yun-1",
    portal=Portal("yun", "云县", "https://www.yun.example/"),
    network=Network(),
    as_of=dt.date(2026, 11, 18),
    started=AT,
    seed="s",
    version="0.1.0",
)


def link(number: int, count: int = 1) -> LinkRecord:
    attempt = Attempt(AT, "get", FetchOutcome.OK, 200)
    return LinkRecord(f"https://www.yun.example/{number:05d}", True, count, Level.OTHER, attempts=(attempt,))
