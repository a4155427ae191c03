"""How long a unit has: rules as data (deadlines.toml), counted in days of a calendar, ending at a clock time.

The day of the hand-out is not counted (民法典第201条); working days follow the statutory arrangement with 调休. A year
whose arrangement is not known gives no date but a note that says so: a deadline is never guessed.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from portal.places import line_of
from portal.workdays import CalendarUnknownError, WorkCalendar
from portal.zone import CHINA
from storage.database import StorageError
from storage.lifecycle import day_of

_SHIPPED = Path(__file__).with_name("deadlines.toml")
SEVERITIES = ("veto", "deduct", "notice")
COUNTS = ("working", "calendar")


class DeadlinesError(StorageError):
    """A file of deadlines cannot be used; the message says file, line where known, and what is wrong."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. Empty issuer, severities and kinds mean: any. `until` is a clock time in Asia/Shanghai, HH:MM."""

    id: str
    days: int
    until: str
    source: str
    count: str = "working"
    issuer: str = ""
    severities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def fits(self, issuer: str, severity: str, kind: str) -> bool:
        """Returns whether it speaks of such a finding, handed out by that body."""
        return (
            self.issuer in ("", issuer)
            and (not self.severities or severity in self.severities)
            and (not self.kinds or kind in self.kinds)
        )

    def weight(self) -> tuple[bool, bool, bool]:
        """Returns how particular it is: kinds before issuer before severities."""
        return bool(self.kinds), bool(self.issuer), bool(self.severities)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline as agreed. `at` is aware, None where it cannot be counted, and `note` then says why.

    `days`, `count` and `until` are kept so that it can be counted once the year is known. `rule` names where it is
    from, "" for one set by hand.
    """

    at: dt.datetime | None = None
    note: str = ""
    rule: str = ""
    days: int = 0
    count: str = ""
    until: str = ""

    def data(self) -> dict[str, Any]:
        """Returns it as kept with the step that set it."""
        kept: dict[str, Any] = {"at": self.at.isoformat() if self.at else "", "rule": self.rule}
        if self.count:
            kept |= {"days": self.days, "count": self.count, "until": self.until}
        return kept


def read_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """Returns the rules of a file, if any, before those that ship. Raises DeadlinesError."""
    return (*(_read(path) if path else ()), *_shipped())


@cache
def _shipped() -> tuple[Rule, ...]:
    return _read(_SHIPPED)


def _read(path: Path) -> tuple[Rule, ...]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = msgspec.convert(tomllib.loads(text), _File).rule
    except (OSError, UnicodeDecodeError) as error:
        raise DeadlinesError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise DeadlinesError(f"{path}: is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise DeadlinesError(f"{path}: {error}") from error
    for number, rule in enumerate(found):
        if problem := _problem(rule, [other.id for other in found[:number]]):
            place = line_of(text, "id", "rule", number)
            raise DeadlinesError(f"{path}{f', line {place}' if place else ''}: rule {rule.id!r}: {problem}")
    return found


def _problem(rule: Rule, others: Collection[str]) -> str:
    if not rule.id or rule.id in others:
        return "every rule needs an id of its own"
    if not 0 <= rule.days <= 365:
        return f"days = {rule.days}: write 0 to 365"
    if rule.count not in COUNTS:
        return f"count = {rule.count!r}: write working or calendar"
    if wrong := [word for word in rule.severities if word not in SEVERITIES]:
        return f"severities: there is no {wrong[0]!r}; there are {', '.join(SEVERITIES)}"
    if not rule.source:
        return "source is empty: write where the number comes from"
    try:
        clock(rule.until)
    except ValueError:
        return f"until = {rule.until!r}: write a time of the day as HH:MM"
    return ""


def clock(text: str) -> dt.time:
    """Returns a time of the day in Asia/Shanghai, written HH:MM. Raises ValueError."""
    return dt.datetime.strptime(text, "%H:%M").replace(tzinfo=CHINA).timetz()


def rule_for(rules: Sequence[Rule], issuer: str, severity: str, kind: str) -> Rule | None:
    """Returns the most particular rule for such a finding; of equals the first. None where none fits."""
    fitting = [rule for rule in rules if rule.fits(issuer, severity, kind)]
    return max(fitting, key=Rule.weight, default=None)  # max keeps the first of equals


def limit_by(rule: Rule, start: dt.datetime, calendar: WorkCalendar) -> Limit:
    """Returns the deadline a rule gives to what was handed out at `start` (aware)."""
    return counted(Limit(rule=rule.id, days=rule.days, count=rule.count, until=rule.until), start, calendar)


def limit_of(data: Mapping[str, Any], start: dt.datetime | None, calendar: WorkCalendar) -> Limit:
    """Returns a deadline as kept (`Limit.data`); one that could not be counted then is counted anew."""
    if not data:
        return Limit()
    at = str(data.get("at", ""))
    kept = Limit(
        at=dt.datetime.fromisoformat(at) if at else None,
        rule=str(data.get("rule", "")),
        days=int(data.get("days", 0)),
        count=str(data.get("count", "")),
        until=str(data.get("until", "")),
    )
    return counted(kept, start, calendar) if kept.at is None and kept.count and start is not None else kept


def counted(limit: Limit, start: dt.datetime, calendar: WorkCalendar) -> Limit:
    """Returns a limit with its end: so many days after the day of `start`, at its clock time."""
    first = day_of(start)
    try:
        last = calendar.add(first, limit.days) if limit.count == "working" else first + dt.timedelta(limit.days)
    except CalendarUnknownError as unknown:
        return replace(limit, at=None, note=note(unknown))
    return replace(limit, at=dt.datetime.combine(last, clock(limit.until)), note="")


def note(unknown: CalendarUnknownError) -> str:
    """Returns, in Chinese, why days cannot be counted."""
    return f"不能确定：{unknown.year}年节假日安排未知，请提供本地工作日历"


def remaining(last: dt.date, today: dt.date, calendar: WorkCalendar) -> int | None:
    """Returns the working days after today up to the last day, below 0 past it; None where not decidable."""
    try:
        return calendar.between(today, last) if last >= today else -calendar.between(last, today)
    except CalendarUnknownError:
        return None
