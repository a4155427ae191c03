"""`mingcha probe`: every home page some twenty times a day, for the clause about sites that cannot be opened.

Here probing is prepared: who, from where, with which database; when whom is decided by `mingcha.probes.plan`, done by
`mingcha.probes.run`. Kept light: no crawl, no browser, no reports are loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from checks._words import OUTCOME_WORDS, minute
from crawler.probe.reach import LIMIT, Reached, reach, resolver_answers
from mingcha.errors import DONE, ImpossibleError
from mingcha.locks import waited_for
from mingcha.printable import printable
from mingcha.probes.run import Prober, failures
from mingcha.setting import PACE, portals_meant, read_targets, state_folder
from mingcha.signals import at_signals
from portal.artifacts import FetchOutcome, ProbeSeen
from portal.model import Portal, Targets
from portal.urls import host_of
from storage.database import StorageError, open_database

HERE = "本机"  # how this vantage is called where nobody named it
LOCK = "probe.lock"
LOCK_SECONDS = 5.0  # one that was killed lets go at once
BUSY_SECONDS = 5.0  # another writer is waited for; then the result is kept with the next one
_ZONES = 3  # of portals, by which name servers are tried


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """What a caller may choose about probing. `limit` is seconds after which a page counts as not opened."""

    targets: Path
    database: str
    vantage: str = ""
    once: bool = False
    ipv6: bool = False
    limit: float = LIMIT


def run_probe(names: Sequence[str], options: ProbeOptions) -> int:
    """Probes the portals named, or all of targets.toml: those that are due, or whenever they are, until stopped.

    Returns 0; what portals answer is no failure of probing. Raises MingchaError.
    """
    described = read_targets(options.targets)
    portals = portals_meant(described, names)
    try:
        engine = open_database(options.database, busy_seconds=BUSY_SECONDS)
        try:
            folder = state_folder(options.database)
            folder.mkdir(parents=True, exist_ok=True)
            asyncio.run(_probe(portals, described, folder, options, engine))
        finally:
            engine.dispose()
    except (StorageError, OSError) as error:
        raise ImpossibleError(str(error)) from error
    return DONE


async def _probe(
    portals: Sequence[Portal], described: Targets, folder: Path, options: ProbeOptions, engine: Engine
) -> None:
    async with _locked(folder):
        terminal = ProbeTerminal(once=options.once)
        hosts = list(dict.fromkeys(host_of(portal.home) for portal in portals))[:_ZONES]

        async def ask(portal: Portal, family: int) -> Reached | None:
            network = described.network_of(portal)
            return await reach(portal, network, family=family, limit=options.limit, pace=folder / PACE)

        async def line() -> bool | None:
            return await resolver_answers(described.network, hosts)

        prober = Prober(portals, engine, options.vantage or HERE, ask, line, terminal, ipv6=options.ipv6)
        with at_signals(prober.stop):
            terminal.began(len(portals))
            seen = await (prober.once() if options.once else prober.until_stopped())
        terminal.ended(seen)


class ProbeTerminal:
    """What is said while probing: failures as they come, sums at the end. Chinese, one line each."""

    def __init__(self, *, once: bool) -> None:
        self._once = once

    def began(self, portals: int) -> None:
        """Says that probing begins."""
        if not self._once:
            self._say(f"开始监测：{portals} 个网站")

    def probed(self, portal: Portal, seen: ProbeSeen) -> None:
        """Says what one probe saw, where that is not a page."""
        if seen.outcome is FetchOutcome.OK:
            return
        how = "IPv6 " if seen.family == 6 else ""
        status = f"，状态码{seen.status}" if seen.status else ""
        ours = "，本机网络异常，不计入" if seen.own_line else "" if seen.outcome.failed else "，不计入"
        words = OUTCOME_WORDS[seen.outcome]
        self._say(f"{minute(seen.at)}  {portal.id}  {how}{words}{status}（{seen.seconds:.1f}秒）{ours}")

    def warn(self, text: str) -> None:
        """Says what went wrong here."""
        self._say(text, to_error=True)

    def ended(self, seen: Counter[FetchOutcome]) -> None:
        """Says what was seen in all."""
        bad = sum(count for _, count in failures(seen))
        words = "、".join(f"{OUTCOME_WORDS[outcome]}{count}" for outcome, count in failures(seen))
        other = seen.total() - bad - seen[FetchOutcome.OK]
        parts = [f"探测 {seen.total()} 次", f"正常 {seen[FetchOutcome.OK]}", f"未能打开 {bad}"]
        parts[-1] += f"（{words}）" if words else ""
        parts += [f"未能判定 {other}"] if other else []
        self._say("，".join(parts))

    @staticmethod
    def _say(text: str, *, to_error: bool = False) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more: probing goes on
            print(printable(text), file=sys.stderr if to_error else sys.stdout, flush=True)


def _locked(folder: Path) -> contextlib.AbstractAsyncContextManager[int]:
    """Holds the lock of probing while it is open. Raises ImpossibleError while another `mingcha probe` has it."""
    why = f"another mingcha probe is at work in {folder}: one is enough for all portals of targets.toml"
    return waited_for(folder / LOCK, ImpossibleError(why), LOCK_SECONDS)
