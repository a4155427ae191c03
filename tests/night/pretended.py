"""A night with processes that are none."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from mingcha.night.plan import Candidate, Night
from mingcha.night.report import Entry
from mingcha.night.run import NightOptions, Run
from portal.model import Portal
from portal.zone import CHINA

DAY = dt.date(2026, 11, 28)
NOW = dt.datetime(2026, 11, 28, 22, 0, tzinfo=CHINA)


@dataclass
class Pretended:
    """A process that ends with a code when it is let go, or asked to stop."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 1
    signals: list[int] = field(default_factory=list)

    async def wait(self) -> int:
        await self.ended.wait()
        return self.code

    def send_signal(self, signal: int, /) -> None:
        self.signals.append(signal)
        self.code = 130
        self.ended.set()


def night(
    tmp_path: Path,
    engine: Engine,
    names: str,
    start: Any,
    clock: Any,
    until: dt.datetime | None,
    jobs: int,
    start_canary: Any = None,
    *,
    browser: bool = True,
) -> Run:
    """Returns a night over portals of one letter each, every one on a platform of its own."""
    portals = [Portal(name, f"{name}县", f"http://www.{name}.gov.cn/") for name in names]
    entries = {one.id: Entry(one, out=tmp_path / "nights" / "2026-11-28" / one.id) for one in portals}
    options = NightOptions(tmp_path / "nights", tmp_path / "targets.toml", "", jobs=jobs, browser=browser)
    waiting = [Candidate(one, frozenset({one.id})) for one in portals]
    return Run(Night(DAY, until), entries, (), {}, waiting, engine, options, start, clock, start_canary)


def written(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "nights" / "2026-11-28" / "night.json").read_text("utf-8"))
    return found
