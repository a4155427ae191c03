"""`mingcha urgent`: tells at once what cannot wait, through the channels that ask for it with `urgent`.

For whoever runs nights and probes, too (`send_urgent`); sends each thing once to each target, however often it runs.
"""

from __future__ import annotations

import datetime as dt
import os
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from checks._series import Fate, fate
from checks.reachability import META
from mingcha.errors import UsageError
from mingcha.messages.channels.base import Message
from mingcha.messages.channels.sending import Letter, Sender, targets_of
from mingcha.messages.digest import Outcome, sending, tell
from mingcha.opening import opened
from mingcha.setting import read_targets
from portal.artifacts import Announced, ProbeSeen
from portal.model import Targets
from portal.notify import Channel, Urgent
from portal.zone import CHINA
from reports.digest import urgent_down, urgent_found
from storage.deliveries import newest_told
from storage.ledger.excuses import MAINTENANCE, Scope, excuses
from storage.probes import series
from storage.urgent import Turned, turned


@dataclass(frozen=True, slots=True)
class Down:
    """A portal does not open: since which (aware) time, and how many probes in a row failed."""

    since: dt.datetime
    failures: int


def run_urgent(targets: Path, database: str) -> int:
    """Sends what is urgent. Returns 0, or 3 when something could not be delivered. Raises UsageError."""
    described = read_targets(targets)
    if not any(channel.urgent for channel in described.notify.channels):
        raise UsageError(f"{targets} has no [[notify.channel]] with urgent = [...]: docs/digests.md says how")
    with opened(database, existing=True) as engine, sending(database):
        sender = Sender(engine, lambda: dt.datetime.now(dt.UTC), time.sleep, os.environ)
        return tell(send_urgent(sender, described))


def send_urgent(sender: Sender, described: Targets) -> Outcome:
    """Sends what is urgent and was not told yet, and returns what it came to. Raises StorageError."""
    engine, now = sender.engine, sender.now()
    found = turned(engine, now - dt.timedelta(hours=_data()["hours"]), now)
    outages = _outages(engine, described, now)
    sent, failed = 0, []
    for channel in described.notify.channels:
        for target in targets_of(channel) if channel.urgent else ():
            for letter in _letters(engine, described, channel, target, found, outages, now):
                result = sender.send_to(channel, target, letter)
                if result is not None and result.ok:
                    sent += 1
                elif result is not None:
                    failed.append(result)
    return Outcome(sent, 0, tuple(failed))


def _letters(
    engine: Engine,
    described: Targets,
    channel: Channel,
    target: str,
    found: tuple[Turned, ...],
    outages: Mapping[str, Down],
    now: dt.datetime,
) -> Iterator[Letter]:
    """Yields one letter for each portal and reason there is something new of, to that target."""
    link, day = described.notify.link, now.astimezone(CHINA).date()
    for portal in described.portals:
        if Urgent.DOWN in channel.urgent and (outage := outages.get(portal.id)):
            message = Message(*urgent_down(portal.name, outage.since, outage.failures, link))
            about = f"{Urgent.DOWN} {outage.since.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
            yield Letter(message, about, portal.id, day, once=True)
        for word in (Urgent.HIJACKED, Urgent.VETO):
            if word not in channel.urgent:
                continue
            told = newest_told(engine, word, channel.id, target, portal.id)
            new = [one for one in found if one.portal == portal.id and one.turn > told and _word(one, channel) is word]
            if new:
                message = Message(*urgent_found(portal.name, word, len(new), link))
                yield Letter(message, f"{word} {new[-1].turn}", portal.id, day, once=True)


def _word(one: Turned, channel: Channel) -> Urgent | None:
    """Returns for which of the reasons a channel asks for a finding is told there: one is enough."""
    if Urgent.HIJACKED in channel.urgent and one.kind in _data()["hijacked"]:
        return Urgent.HIJACKED
    return Urgent.VETO if Urgent.VETO in channel.urgent and one.severity == "veto" else None


def _outages(engine: Engine, described: Targets, now: dt.datetime) -> Mapping[str, Down]:
    if not any(Urgent.DOWN in channel.urgent for channel in described.notify.channels):
        return {}
    each = ((portal.id, down(engine, portal.id, now)) for portal in described.portals)
    return {portal: found for portal, found in each if found is not None}


def down(engine: Engine, portal: str, now: dt.datetime) -> Down | None:
    """Returns since when a portal does not open, by its last probes; None where it opens or nobody looked.

    What a probe means is what the check `reachability` makes of it. Probes over IPv6 alone say nothing here, nor those
    within an announced window.
    """
    limits = _data()["down"]
    windows = [
        Announced(one.begins, one.ends, one.why)
        for one in excuses(engine, portal, kind=MAINTENANCE)
        if one.scope is Scope.PORTAL or one.subject == META.id
    ]
    row: list[ProbeSeen] = []
    for probe in reversed(series(engine, portal, now - dt.timedelta(hours=limits["hours"]), now)):
        met = fate(probe, windows)
        if met is Fate.OPENED and probe.family != 6:
            break
        if met is Fate.FAILED and probe.family != 6:
            row.append(probe)
    return Down(row[-1].at, len(row)) if len(row) >= limits["failures"] else None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("urgent.toml").read_text("utf-8"))
