"""A clock that is wrong, or was when earlier audits ran: said before a night begins."""

from __future__ import annotations

import datetime as dt
import sys

from sqlalchemy import Engine

from mingcha.printable import printable
from portal.zone import CHINA
from storage.nights import ahead


def say_clock(engine: Engine, now: dt.datetime) -> None:
    """Says on stderr where the newest audit is said to have begun after `now` (aware), and what follows from that."""
    if (newest := ahead(engine, now)) is None:
        return
    then, here = (f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}" for at in (newest, now))
    line = (
        f"数据库中最新的核查开始于{then}，晚于本机时间{here}："
        "本机时钟现在不准，或当时不准，更新时效可能因此判错。请校准时间（如 timedatectl set-ntp true）；"
        "到那一时间以前，问题状态仍以那次核查所见为准"
    )
    print(printable(line), file=sys.stderr)
