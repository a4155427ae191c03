"""`mingcha nightly`: audits every portal that is due, each in a process of its own, several at a time.

Here a night is prepared: what earlier ones left, who is due, who shares a platform with whom. What is done next is
decided by `mingcha.night.plan`; processes are started, stopped and waited for by `mingcha.night.run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine

from crawler.net.resolver import ResolveError, Resolver
from mingcha.errors import ImpossibleError
from mingcha.night.clock import say_clock
from mingcha.night.folder import (
    DATABASE_LOCK,
    LOCK,
    NIGHT,
    TARGETS,
    finished,
    hanging,
    locked,
    place,
    read_night,
    unfinished,
)
from mingcha.night.nursery import Nursery, nursery
from mingcha.night.plan import Candidate, in_order, is_due, night_at
from mingcha.night.report import Entry, others
from mingcha.night.run import Clock, NightOptions, Process, Run, Start, StartCanary, settle
from mingcha.night.targets import standing_by
from mingcha.night.trust import remembered
from mingcha.opening import opened
from mingcha.setting import portals_meant, read_targets, state_folder, utc_now
from mingcha.strayed import say_strayed, say_twice
from portal.model import Network, Portal
from storage.database import shown
from storage.nights import last_complete


def run_nightly(names: Sequence[str], options: NightOptions, clock: Clock = utc_now) -> int:
    """Runs one night over the portals named, or all of targets.toml. Returns the exit code. Raises MingchaError."""
    described = read_targets(options.targets)
    portals = portals_meant(described, names)
    with nursery(options.database) as nest, opened(options.database, ImpossibleError) as engine:
        say_strayed(engine, described.portals)
        say_twice(portals)
        say_clock(engine, clock())
        return asyncio.run(_night(portals, described.network, engine, options, clock, nest))


async def _night(
    portals: Sequence[Portal],
    network: Network,
    engine: Engine,
    options: NightOptions,
    clock: Clock,
    nest: Nursery | None,
) -> int:
    here = f"in {options.folder}: wait for it, or choose another --out"
    with_it = f"with the results database {shown(options.database)}: wait for it, or choose another --db"
    async with (
        locked(options.folder / LOCK, here) as lock,
        locked(state_folder(options.database) / DATABASE_LOCK, with_it) as other,
    ):
        locks = (lock, other)
        now = clock()
        night = night_at(now, options.until)
        completed = last_complete(engine)
        tonight = options.folder / night.day.isoformat()
        known = read_night(tonight / NIGHT)
        earlier = {entry["portal"]: entry for entry in known.get("portals", ())}
        entries: dict[str, Entry] = {}
        rested: dict[str, dt.datetime] = {}
        due: list[Portal] = []
        for portal in portals:
            done, last = finished(options.folder, portal.id, night), completed.get(portal.id)
            if done is not None:
                entries[portal.id] = entry = Entry(portal, out=done.out)
                settle(entry, None, engine)
                entry.remember(earlier.get(portal.id, {}))
            elif not is_due(last, now, options.hours) and not hanging(options.folder, portal.id, night):
                rested[portal.id] = completed[portal.id]
            else:
                old = unfinished(options.folder, portal.id, night, now, last)
                out = old.out if old else place(options.folder, night, portal.id)
                entries[portal.id] = Entry(portal, out=out, resumed=old is not None, completed=last)
                due.append(portal)
        shared = await platforms(due, network)
        candidates = [Candidate(one, shared[one.id], entries[one.id].completed, entries[one.id].resumed) for one in due]
        carried = others(earlier, {one.id for one in portals})
        run = Run(
            night,
            entries,
            carried,
            rested,
            in_order(candidates),
            engine,
            options,
            processes(options, locks, nest, standing_by(options.targets, tonight / TARGETS)),
            clock,
            canary_process(options, locks, nest) if options.canary else None,
            remembered(known) if options.canary else None,
        )
        return await run.whole()


async def platforms(portals: Sequence[Portal], network: Network) -> dict[str, frozenset[str]]:
    """Returns for each portal the names of what it is hosted on: its politeness group and its home host's addresses.

    A host whose addresses nobody can tell stands for itself.
    """
    resolver = Resolver(network)
    limit = asyncio.Semaphore(20)

    async def of(portal: Portal) -> frozenset[str]:
        host = urlsplit(portal.home).hostname or portal.home
        try:
            async with limit:
                found = {f"address {endpoint.address}" for endpoint in await resolver.resolve(host)}
        except ResolveError:
            found = {f"host {host}"}
        return frozenset(found | ({f"group {portal.group}"} if portal.group else set()))

    return dict(zip((one.id for one in portals), await asyncio.gather(*map(of, portals)), strict=True))


def processes(
    options: NightOptions, locks: tuple[int, ...], nest: Nursery | None, targets: Callable[[], Path] | None = None
) -> Start:
    """Returns what starts the audit of a portal: as a copy of `nest`, or without one as a new interpreter.

    `locks` are the night's: its audits hold them should it be killed. `targets` says which file an audit that begins
    reads, where that is not the one of `options`.
    """

    async def start(portal: Portal, out: Path, log: Path, more: Sequence[str] = ()) -> Process:
        described = targets() if targets is not None else options.targets
        words = ["audit", portal.id, *more, "--targets", str(described), "--out", str(out)]
        environ: dict[str, str] = {}
        if "://" in options.database:
            environ["MINGCHA_DB"] = options.database  # it may hold a password: a list of processes shows words
        else:
            words += ["--db", options.database]
        words += [] if options.browser else ["--no-browser"]
        words += [] if options.whole else ["--rolling"]
        words += ["--systems", str(options.systems)] if options.systems else []
        words += ["--requests", str(options.requests)] if options.requests else []
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            if nest is not None:
                with contextlib.suppress(OSError):  # it was killed: audits start without it, then
                    return await nest.start(words, environ, (file.fileno(), *locks))
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "mingcha.kept",
                *words,
                env={**os.environ, **environ},
                stdin=asyncio.subprocess.PIPE,  # never written to: it ends when this process does, however that ends
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C reaches the night only, which passes it on once
                pass_fds=locks,
            )

    return start


def canary_process(options: NightOptions, locks: tuple[int, ...], nest: Nursery | None) -> StartCanary:
    """Returns what starts the audit of the canary."""

    async def start(targets: Path, database: Path, portal: Portal, out: Path, log: Path) -> Process:
        own = replace(options, targets=targets, database=str(database), systems=None, requests=None)
        return await processes(own, locks, nest)(portal, out, log, ())

    return start
