"""When each home page is probed, and which failures are our own line's. Pure: times come in as values.

A day (Asia/Shanghai) is cut into as many slots as there are probes a day; in each of them a portal has a moment of its
own, made from its id and the slot. So portals are spread over the slot, the pause between two probes of one varies by a
fifth, a slot is probed once whoever asks how often, and a probe that was missed is not made up for by two at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.artifacts import FetchOutcome
from portal.zone import CHINA
from storage.probes import Probe

WANDER = 0.2  # share of a slot by which a portal's moment moves from slot to slot
LOOK_BACK = dt.timedelta(hours=2)  # longer than any slot: every portal was probed once in that time

# Seeing this many platforms silent in a row, with nobody answering between, is no coincidence where there are more.
PLATFORMS = 5

# Nobody answered: the portal is down, or our own line is.
SILENT = frozenset(
    {
        FetchOutcome.TIMEOUT,
        FetchOutcome.REFUSED,
        FetchOutcome.RESET,
        FetchOutcome.DNS,
        FetchOutcome.DNS_UNKNOWN,
        FetchOutcome.NO_ROUTE,
    }
)
# Never asked: says nothing of anybody's line.
_UNASKED = frozenset(
    {FetchOutcome.ABORTED, FetchOutcome.PRIVATE, FetchOutcome.BAD_URL, FetchOutcome.SCHEME, FetchOutcome.DEED}
)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One slot of a portal's day: when it begins, and the moment at which the portal is probed in it. Aware."""

    begins: dt.datetime
    due: dt.datetime


def newest_slot(portal: str, per_day: int, now: dt.datetime) -> Slot:
    """Returns the newest slot whose moment has come."""
    today = _midnight(now)
    number = int((now - today).total_seconds() * per_day / 86400)
    slot = _slot(portal, per_day, today, min(number, per_day - 1))
    return slot if slot.due <= now else _before(portal, per_day, slot)


def following_slot(portal: str, per_day: int, slot: Slot) -> Slot:
    """Returns the slot after one."""
    day = _midnight(slot.begins)
    number = round((slot.begins - day).total_seconds() * per_day / 86400) + 1
    if number < per_day:
        return _slot(portal, per_day, day, number)
    return _slot(portal, per_day, _midnight(day + dt.timedelta(hours=36)), 0)


def next_slot(portal: str, per_day: int, now: dt.datetime, done: dt.datetime | None) -> Slot:
    """Returns the slot to be probed next: the newest one, unless it was probed (`done`, the newest that was)."""
    slot = newest_slot(portal, per_day, now)
    # A slot that was done in the future (a clock was moved) is no reason to leave a portal alone.
    probed = done is not None and slot.begins <= done <= now
    return following_slot(portal, per_day, slot) if probed else slot


def ours(lately: Sequence[Probe], platforms: int) -> tuple[Probe, ...]:
    """Returns the newest probes (of `lately`, in time order) that failed because our own line was down, () for none.

    They are those after the last answer of anybody, when they went to every platform there is or to several of many.
    With a single platform nobody can tell it from its portals' own outage: () then.
    """
    tail: list[Probe] = []
    for probe in reversed(lately):
        if probe.seen.outcome in _UNASKED:
            continue
        if probe.seen.outcome not in SILENT:
            break
        tail.append(probe)
    silent = {probe.platform for probe in tail}
    return tuple(reversed(tail)) if len(silent) >= max(2, min(PLATFORMS, platforms)) else ()


def platforms_of(lately: Sequence[Probe], otherwise: Mapping[str, str]) -> dict[str, str]:
    """Returns the platform of each portal: the newest a probe saw, else as `otherwise` has it."""
    known = dict(otherwise)
    for probe in lately:
        if probe.portal in known and probe.seen.address:
            known[probe.portal] = probe.platform
    return known


def _slot(portal: str, per_day: int, day: dt.datetime, number: int) -> Slot:
    length = 86400 / per_day
    begins = day + dt.timedelta(seconds=length * number)
    share = (1 - WANDER) * _share(portal) + WANDER * _share(f"{portal}|{begins.isoformat()}")
    return Slot(begins, begins + dt.timedelta(seconds=int(length * share)))


def _before(portal: str, per_day: int, slot: Slot) -> Slot:
    day = _midnight(slot.begins)
    number = round((slot.begins - day).total_seconds() * per_day / 86400) - 1
    if number >= 0:
        return _slot(portal, per_day, day, number)
    return _slot(portal, per_day, _midnight(day - dt.timedelta(hours=12)), per_day - 1)


def _midnight(when: dt.datetime) -> dt.datetime:
    return when.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
