"""What a night tells: night.json for machines, and for people a line per portal and a table at the end. In Chinese."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mingcha.night.plan import Left, Night, Result
from mingcha.printable import printable
from mingcha.wording import chinese
from portal.model import Portal
from portal.zone import CHINA
from reports.words import incomplete
from storage.nights import Coverage

RESULTS: Mapping[Result, tuple[str, str]] = {  # word, colour
    Result.WAITING: ("等待", ""),
    Result.RUNNING: ("进行中", ""),
    Result.DONE: ("完成", "green"),
    Result.DEGRADED: ("不完整", "yellow"),
    Result.UNFINISHED: ("未完成", "yellow"),
    Result.IMPOSSIBLE: ("无法核查", "red"),
    Result.LEFT_OVER: ("未轮到", "cyan"),
}
LEFT: Mapping[str, str] = {
    Left.UNTIL: "已到结束时间",
    Left.WINDOW: "结束前不在其允许访问的时段",
    Left.STOPPED: "本次被中止",
}


@dataclass(slots=True)
class Entry:
    """One portal in a night. Times are aware; `why` is a `Left` or a sentence in English, "" where nothing is wrong."""

    portal: Portal
    result: Result = Result.WAITING
    why: str = ""
    out: Path | None = None
    audit: str = ""
    resumed: bool = False  # went on where an earlier sitting had ended
    completed: dt.datetime | None = None  # when the last complete audit before this night's ended
    began: dt.datetime | None = None
    ended: dt.datetime | None = None
    coverage: Coverage | None = None  # None: not known
    changes: Counter[str] | None = None  # findings by the state this audit brought them into; None: not known

    @property
    def seconds(self) -> float | None:
        """Returns how long it took tonight."""
        return (self.ended - self.began).total_seconds() if self.began and self.ended else None

    def remember(self, known: Mapping[str, Any]) -> None:
        """Takes over what an earlier sitting of the night wrote down: when, and after what."""
        self.resumed = known.get("resumed") is True
        with contextlib.suppress(KeyError, TypeError, ValueError):
            self.began, self.ended = (dt.datetime.fromisoformat(known[name]) for name in ("began", "ended"))
            self.completed = dt.datetime.fromisoformat(known["last_complete"]) if known["last_complete"] else None

    def as_dict(self) -> dict[str, Any]:
        """Returns it as it stands in night.json."""
        count = self.changes
        return {
            "portal": self.portal.id,
            "name": self.portal.name,
            "result": self.result.value,
            "why": str(self.why),
            "out": str(self.out or ""),
            "audit": self.audit,
            "resumed": self.resumed,
            "last_complete": _iso(self.completed),
            "began": _iso(self.began),
            "ended": _iso(self.ended),
            "seconds": self.seconds,
            "pages": None if self.coverage is None else self.coverage.pages,
            "intended": None if self.coverage is None else self.coverage.intended,
            "measured": None if self.coverage is None else self.coverage.measured,
            "carried": None if self.coverage is None else self.coverage.carried,
            "carried_since": _day(self.coverage.carried_since) if self.coverage is not None else None,
            "opened": None if count is None else count["open"],
            "suspected": None if count is None else count["suspect"],
            "fixed": None if count is None else count["fixed"],
            "regressed": None if count is None else count["regressed"],
        }


def others(earlier: Mapping[str, dict[str, Any]], chosen: Collection[str]) -> tuple[dict[str, Any], ...]:
    """Returns what earlier sittings of the night wrote of portals this one is not about, as it stands now."""
    stale = {"running": (Result.UNFINISHED, "the night was killed"), "waiting": (Result.LEFT_OVER, Left.STOPPED)}
    found = []
    for name, entry in earlier.items():
        if name not in chosen:
            result, why = stale.get(str(entry.get("result")), (entry.get("result"), entry.get("why")))
            found.append(entry | {"result": result, "why": why})
    return tuple(found)


def facts(
    night: Night,
    entries: Iterable[Entry],
    carried: Iterable[dict[str, Any]],
    rested: Mapping[str, dt.datetime],
    began: dt.datetime,
    now: dt.datetime,
    code: int | None,
    canary: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns what stands in night.json; `carried` are entries of other portals, `code` is None while it lasts.

    `canary` is its verdict, None while there is none.
    """
    return {
        "schema_version": 1,
        "night": night.day.isoformat(),
        "until": _iso(night.until),
        "began": _iso(began),
        "updated": _iso(now),
        "exit_code": code,
        "canary": canary,
        "portals": [*(entry.as_dict() for entry in entries), *carried],
        "not_due": [{"portal": portal, "last_complete": _iso(at)} for portal, at in rested.items()],
    }


class NightTerminal:
    """Shows a night of so many portals to be audited. A terminal that is gone is no reason to stop."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._number = 0
        self._err = Console(stderr=True, highlight=False)
        self._out = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 140)

    def begin(self, night: Night) -> None:
        """Says how many portals are to be audited, and until when."""
        until = f"，{night.until.astimezone(CHINA):%m-%d %H:%M} 结束" if night.until else ""
        self._say(f"{night.day} 夜间核查：待核查网站 {self._count} 个{until}")

    def started(self, entry: Entry) -> None:
        """Says that a portal is audited now."""
        self._number += 1
        words = "继续" if entry.resumed else "开始"
        self._say(f"{_clock(entry.began)} {words}（{self._number}/{self._count}）{entry.portal.name}")

    def ended(self, entry: Entry) -> None:
        """Says what came of a portal."""
        why = said(entry)
        self._say(f"{_clock(entry.ended)} {RESULTS[entry.result][0]} {entry.portal.name}{'：' if why else ''}{why}")

    def stopping(self, running: int, *, by_signal: bool) -> None:
        """Says that nothing more is begun."""
        words = "收到停止信号" if by_signal else "已到结束时间"
        doing = f"正在停止 {running} 个网站的核查，已采集的内容会保留" if running else "不再开始新的核查"
        self._say(f"{words}，{doing}")

    def warn(self, text: str) -> None:
        """Says something about the night as a whole."""
        self._say(text)

    def summary(
        self, entries: Sequence[Entry], rested: Mapping[str, dt.datetime], file: Path, now: dt.datetime, canary: str
    ) -> None:
        """Prints the table of the night, what the canary says of it ("" for nothing), and where it is kept."""
        with contextlib.suppress(OSError):
            if entries:
                self._out.print(table(entries, now))
            if canary:
                self._out.print(printable(canary), markup=False, soft_wrap=True)
            counts = Counter(entry.result for entry in entries)
            parts = [f"{word} {counts[result]} 个" for result, (word, _) in RESULTS.items() if counts[result]]
            parts += [f"未到期 {len(rested)} 个"] if rested else []
            self._out.print("合计：" + "，".join(parts), markup=False, soft_wrap=True)
            self._out.print(f"本夜记录：{file}", markup=False, soft_wrap=True)

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._err.print(printable(text), markup=False, soft_wrap=True)


def table(entries: Iterable[Entry], now: dt.datetime) -> Table:
    """Returns one row per portal: what came of it, how long it took, what it changed, and why it is not complete.

    覆盖率 is the share of what was to be measured; 距上次完整 the days since the last complete audit, today's included.
    """
    made = Table(box=None, padding=(0, 2, 0, 0))
    headers = ("网站", "结果", "用时", "页面", "覆盖率", "距上次完整", "新问题", "新疑似", "已整改", "反弹", "说明")
    for header in headers:
        made.add_column(header, justify="left" if header in {"网站", "结果", "说明"} else "right")
    for entry in entries:
        word, colour = RESULTS[entry.result]
        count = entry.changes
        numbers = ["" if count is None else str(count[state]) for state in ("open", "suspect", "fixed", "regressed")]
        seconds = entry.seconds
        took = "" if seconds is None else str(dt.timedelta(seconds=round(seconds)))
        shown = f"[{colour}]{word}[/]" if colour else word
        seen = entry.coverage
        pages, share = (
            ("", "") if seen is None else (str(seen.pages), "" if seen.share is None else f"{seen.share:.0%}")
        )
        beside = (took, pages, share, _age(entry, now))
        made.add_row(escape(printable(entry.portal.name)), shown, *beside, *numbers, escape(printable(said(entry))))
    return made


def _age(entry: Entry, now: dt.datetime) -> str:
    last = entry.ended if entry.result is Result.DONE else entry.completed
    return "从未" if last is None else f"{max(0, (now - last).days)}天"


def said(entry: Entry) -> str:
    """Returns, as shown, why a portal is not complete, or what of a complete one was carried over, if anything."""
    seen = entry.coverage
    match entry.result:
        case Result.DONE if seen is not None and seen.carried:
            since = f"，最早为 {seen.carried_since:%m-%d} 所见" if seen.carried_since else ""
            return f"其中 {seen.carried} 页沿用以往结果{since}"
        case Result.LEFT_OVER:
            return LEFT.get(entry.why, entry.why)
        case Result.UNFINISHED:
            return f"下次从中断处继续（{chinese(incomplete(entry.why))}）"
        case Result.DEGRADED:
            return f"不作销号依据（{incomplete(entry.why)}）"
        case _:
            return chinese(incomplete(entry.why))


def _clock(at: dt.datetime | None) -> str:
    return f"{at.astimezone(CHINA):%H:%M}" if at else ""


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _iso(at: dt.datetime | None) -> str | None:
    return at.astimezone(CHINA).isoformat() if at else None
