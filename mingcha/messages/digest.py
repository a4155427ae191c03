"""`mingcha digest`: one message a morning for each responsible unit and one for the office, through the channels of
`[notify]`. Counts and a link only.

`after_night` is for whoever ends a night.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from mingcha.errors import DEGRADED, DONE, UsageError
from mingcha.ledger.files import local_files
from mingcha.locks import alone
from mingcha.messages.channels.base import Message
from mingcha.messages.channels.sending import Letter, Sender
from mingcha.opening import opened
from mingcha.printable import printable
from mingcha.progress import progress
from mingcha.setting import read_targets, state_folder
from mingcha.wording import chinese
from portal.model import Targets
from portal.notify import Channel
from portal.workdays import WorkCalendar
from portal.zone import CHINA
from reports.digest import Counts, by_unit, count, subject, text
from storage.database import reading
from storage.deliveries import DIGEST, OFFICE, Delivery
from storage.ledger.entries import CALENDAR, LedgerEntry, entries_in
from storage.queries import portals

NOON = dt.time(12, tzinfo=CHINA)  # a night lasts from noon to noon
LOCK = "deliveries.lock"


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest, ready to be sent: whose ("*": the office's), what it counts, what it says."""

    unit: str
    counts: Counts
    message: Message

    @property
    def quiet(self) -> bool:
        """True for a unit that there is nothing to tell; the office is always told."""
        return self.unit != OFFICE and self.counts.empty


@dataclass(frozen=True, slots=True)
class Outcome:
    """What sending came to; `before` counts what had been delivered before."""

    sent: int = 0
    before: int = 0
    failed: tuple[Delivery, ...] = ()


def run_digest(
    targets: Path,
    database: str,
    *,
    day: dt.date | None,
    unit: str,
    dry_run: bool,
    again: bool,
) -> int:
    """Sends, or with `dry_run` prints, the digests of a day. Returns 0, or 3 when some could not be delivered.

    Raises UsageError.
    """
    described = read_targets(targets)
    if not described.notify.channels and not dry_run:
        raise UsageError(f"{targets} has no [[notify.channel]]: add one (docs/digests.md), or look with --dry-run")
    now = dt.datetime.now(dt.UTC)
    day = day or now.astimezone(CHINA).date()
    calendar = local_files(targets).calendar
    with opened(database, existing=True) as engine:
        digests = digests_of(engine, described, day, now, calendar)
        for line in strangers(described, digests):
            print(printable(line), file=sys.stderr)
        if unit:
            digests = _only(digests, unit)
        if dry_run:
            _show(digests, described.notify.channels)
            return DONE
        with sending(database):
            sender = Sender(engine, lambda: dt.datetime.now(dt.UTC), time.sleep, os.environ, again=again)
            with progress("发送") as seen:
                outcome = send_digests(sender, described, digests, day, seen)
    return tell(outcome)


def after_night(targets: Path, database: str) -> int:
    """Sends today's digests where channels are configured: for whoever ends a night. Returns 0, or 3 and says why."""
    try:
        if not read_targets(targets).notify.channels:
            return DONE
        return run_digest(targets, database, day=None, unit="", dry_run=False, again=False)
    except UsageError as error:
        print(printable(f"日报未能发送：{chinese(str(error))}"), file=sys.stderr)
        return DEGRADED


def digests_of(
    engine: Engine, described: Targets, day: dt.date, now: dt.datetime, calendar: WorkCalendar = CALENDAR
) -> tuple[Digest, ...]:
    """Returns the digests of a day: the office's first, then of each unit that answers for something, by name.

    Of today they say what stands now; of an earlier day what stood at noon, when its night was over. Raises UsageError
    for a day to come.
    """
    noon = dt.datetime.combine(day, NOON)
    since = noon - dt.timedelta(days=1)
    today = now.astimezone(CHINA).date()
    if day > today:
        raise UsageError(f"--date {day}: that day has not come yet")
    at = now if day == today else noon
    known = {portal.id for portal in described.portals}
    found: list[LedgerEntry] = []
    with reading(engine) as session:
        for portal in portals(engine):
            if portal.id in known or not known:
                entries = entries_in(session, portal.id, at, calendar, until=at if day < today else None)
                found += entries.values()
    link = described.notify.link
    units = by_unit(found)
    counted = {name: count(entries, day, since) for name, entries in units.items()}
    late = sum(1 for name, counts in counted.items() if name and counts.overdue)
    whole = count(found, day, since)
    digests = [Digest(OFFICE, whole, Message(subject("", day), text(whole, "", day, since, link, late)))]
    for name in sorted(filter(None, counted)):
        message = Message(subject(name, day), text(counted[name], name, day, since, link))
        digests.append(Digest(name, counted[name], message))
    return tuple(digests)


def strangers(described: Targets, digests: Sequence[Digest]) -> Iterator[str]:
    """Yields, in Chinese, units of channels that answer for nothing anybody knows of: a typing error, most likely."""
    known = {digest.unit for digest in digests} | {"*"} | {portal.unit for portal in described.portals}
    known |= {column.owner for portal in described.portals for column in portal.columns}
    for channel in described.notify.channels:
        for name in channel.units:
            if name not in known:
                yield f"提示：渠道 {channel.id} 的单位“{name}”不是任何网站、栏目或问题的责任单位，请检查名称"


def send_digests(
    sender: Sender,
    described: Targets,
    digests: Sequence[Digest],
    day: dt.date,
    seen: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Sends each digest through the channels that want it and returns what it came to; `seen` hears how far it is.

    Raises StorageError.
    """
    sent, before, failed = 0, 0, []
    letters = [(channel, digest) for channel in described.notify.channels for digest in wanted(channel, digests)]
    for place, (channel, digest) in enumerate(letters):
        seen(place, len(letters))
        for result in sender.send(channel, Letter(digest.message, DIGEST, digest.unit, day)):
            if result is None:
                before += 1
            elif result.ok:
                sent += 1
            else:
                failed.append(result)
    return Outcome(sent, before, tuple(failed))


def wanted(channel: Channel, digests: Sequence[Digest]) -> tuple[Digest, ...]:
    """Returns the digests that go through a channel."""
    everyone = "*" in channel.units
    return tuple(
        digest
        for digest in digests
        if not digest.quiet and (channel.office if digest.unit == OFFICE else everyone or digest.unit in channel.units)
    )


def tell(outcome: Outcome) -> int:
    """Prints what sending came to. Returns 0, or 3 when something could not be delivered."""
    line = f"已送达 {outcome.sent} 条"
    if outcome.before:
        line += f"，{outcome.before} 条此前已送达，未重复发送（重发请加 --again）"
    print(line + ("。" if not outcome.failed else f"，{len(outcome.failed)} 条未送达："))
    for one in outcome.failed:
        whose = "全部网站" if one.unit == OFFICE else one.unit
        print(printable(f"    · 渠道 {one.channel}，{whose}，{one.target}：{one.why}"))
    return DEGRADED if outcome.failed else DONE


def sending(database: str) -> contextlib.AbstractContextManager[None]:
    """Keeps two runs from sending the same at once. Raises UsageError where another one is sending."""
    busy = UsageError("another mingcha is sending messages just now: try again when it is done")
    return alone(state_folder(database) / LOCK, busy)


def _only(digests: Sequence[Digest], unit: str) -> tuple[Digest, ...]:
    told = [digest for digest in digests if not digest.quiet]
    found = tuple(digest for digest in told if digest.unit == unit)
    if not found:
        units = "、".join(digest.unit for digest in told[1:11]) or "（无）"
        raise UsageError(f"--unit {unit}: there is nothing to tell that unit; there is for {units}")
    return found


def _show(digests: Sequence[Digest], channels: Sequence[Channel]) -> None:
    for digest in digests:
        if digest.quiet:
            continue
        through = [channel.id for channel in channels if wanted(channel, [digest])]
        print(printable(digest.message.text))
        print(printable(f"—— 渠道：{'、'.join(through) or '无'}\n"))
