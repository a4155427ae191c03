"""The morning digest: what stands in the ledger of one unit or of all, as counts and a text of a few lines.

Nothing of a finding but that it is one: no title, no address, no person.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portal.notify import Urgent
from portal.zone import CHINA
from reports.words import day as written
from storage.ledger.entries import LedgerEntry
from storage.ledger.states import Stage

_WORDS = Path(__file__).with_name("digest.toml")


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands of some findings. `new`, `closed` and `regressed` are since the beginning of the night."""

    open: int = 0  # to be put right: live, and no longer only suspected
    veto: int = 0  # of them 单项否决
    due: int = 0  # whose deadline ends today
    overdue: int = 0
    new: int = 0
    closed: int = 0
    regressed: int = 0
    waiting: int = 0  # claimed, and to be measured again
    suspected: int = 0

    @property
    def empty(self) -> bool:
        """True when there is nothing to tell."""
        return not any((self.open, self.new, self.closed, self.regressed, self.suspected))


def count(entries: Iterable[LedgerEntry], day: dt.date, since: dt.datetime) -> Counts:
    """Returns the counts of entries for the digest of a day (Asia/Shanghai); new is what came after `since` (aware)."""
    found = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for entry in entries:
        known = [line for line in entry.history if line.stage is not Stage.SUSPECTED]
        if not known:
            found["suspected"] += entry.live and bool(entry.history)
            continue
        found["new"] += known[0].at > since and known[0].stage.live
        found["regressed"] += any(
            line.stage is Stage.RELAPSED and line.at > since and before.stage is not Stage.RELAPSED
            for before, line in zip(entry.history, entry.history[1:], strict=False)
        )
        if entry.state is Stage.CLOSED:
            found["closed"] += entry.closed_at is not None and entry.closed_at > since
        if not entry.live or entry.stage is Stage.SUSPECTED:
            continue
        found["open"] += 1
        found["veto"] += entry.severity == "veto"
        found["overdue"] += entry.overdue
        found["waiting"] += entry.waits
        ends = entry.deadline.astimezone(CHINA).date() if entry.deadline is not None else None
        found["due"] += ends == day and not entry.overdue and not entry.waits
    return Counts(**found)


def by_unit(entries: Iterable[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    """Returns the entries of each unit that answers for some, those without one under ""."""
    found: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        found.setdefault(entry.unit, []).append(entry)
    return found


def subject(whose: str, day: dt.date) -> str:
    """Returns the subject of the digest of a unit, or of the office for ""."""
    words = _words()
    return str(words["unit_subject" if whose else "office_subject"]).format(whose=whose, day=written(day))


def text(counts: Counts, whose: str, day: dt.date, since: dt.datetime, link: str = "", late_units: int = 0) -> str:
    """Returns the digest of a unit, or of the office for ""; the latter says how many units have something overdue."""
    words = _words()
    at = since.astimezone(CHINA)
    values = {name: getattr(counts, name) for name in Counts.__dataclass_fields__}
    values["since"] = f"{at.month}月{at.day}日{at.hour}时"
    lines = [subject(whose, day)]
    if counts.open:
        lines += [words["standing"].format(**values), words["times"].format(**values)]
    else:
        lines.append(words["nothing"])
    lines.append(words["course"].format(**values))
    for name in ("waiting", "suspected"):
        if values[name]:
            lines.append(words[name].format(**values))
    if late_units:
        lines.append(words["units"].format(count=late_units))
    return "\n".join([*lines, *_end(link)])


def urgent_found(portal: str, what: Urgent, count: int, link: str = "") -> tuple[str, str]:
    """Returns subject and text of an urgent message: so many new findings of that sort on the portal of that name."""
    words = _words()
    values = {"whose": portal, "what": words["urgent"][what], "count": count}
    title = words["urgent_subject"].format(**values)
    return title, "\n".join([title, words["urgent_text"].format(**values), *_end(link)])


def urgent_down(portal: str, since: dt.datetime, failures: int, link: str = "") -> tuple[str, str]:
    """Returns subject and text of an urgent message: the portal of that name does not open since an aware time."""
    words, at = _words(), since.astimezone(CHINA)
    values = {"whose": portal, "count": failures, "since": f"{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"}
    title = words["down_subject"].format(**values)
    return title, "\n".join([title, words["down_text"].format(**values), *_end(link)])


def _end(link: str) -> list[str]:
    words = _words()
    return [words["link"].format(link=link) if link else words["no_link"], words["foot"]]


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
