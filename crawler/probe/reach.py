"""One probe of availability: one GET of a home page within a limit of seconds, as a visitor's browser would try it.

The limit is that of the whole: DNS, connecting, TLS, redirects, the first 64 KiB of the page. Waiting for the turn of
the politeness group is no slowness of the portal's and stops the watch. A connection that was not accepted, or reset
without a word, is tried on until the limit is reached, for the rule asks whether the page opens in that time; an
answer, of whatever kind, is never asked for twice. robots.txt governs crawling, not the one page a visitor types in,
and is not asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.net.fetcher import Fetcher
from crawler.net.message import Fetched, FetchRequest
from crawler.net.politeness import Politeness
from crawler.net.resolver import ResolveError, Resolver
from crawler.net.robots import Robots
from crawler.net.shared import SharedPace
from crawler.probe.vantage import route
from crawler.reading import described
from portal.artifacts import Capability, DnsStatus, FetchOutcome
from portal.model import Network, Portal
from portal.urls import host_of, registrable

LIMIT = 15.0  # seconds: 国办秘函〔2019〕19号, 站点无法访问: 超过（含）15秒网站仍打不开
TURN = 600.0  # seconds a turn is waited for; a group that is busy for longer is asked in the next slot
STALL = 2.0  # seconds beyond the limit, or between two clocks, after which this machine was asleep or overloaded
_BYTES = 64 * 1024  # enough to see what the page is, a challenge included
_AGAIN = 1.0  # seconds before the next try to connect, doubled from try to try: a server that restarts is not hurried
_WORDLESS = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.REFUSED, FetchOutcome.RESET})
_LOOK = 0.25  # seconds between two looks at the watch


@dataclass(frozen=True, slots=True)
class Reached:
    """What one probe came to. `family` is what was asked for: 0 as a browser goes, 6 IPv6 alone."""

    at: dt.datetime  # aware: when it was begun
    family: int
    outcome: FetchOutcome
    status: int = 0
    seconds: float = 0.0  # without the wait for its turn
    address: str = ""
    error: str = ""  # short technical text, English


async def reach(
    portal: Portal, network: Network, *, family: int = 0, limit: float = LIMIT, pace: Path | None = None
) -> Reached | None:
    """Returns what one GET of the portal's home page came to; None where family 6 is asked for and the host has none.

    `pace` is the file by which audits and probes of one machine keep one pace. The portal's hours (`window`) are those
    of audits and are not asked about here. Never raises for what the other side does.
    """
    watch = _Watch()
    shared = SharedPace.open(pace) if pace is not None else None
    politeness = Politeness(portal.rate, portal.concurrency, clock=watch, shared=shared)
    resolver = Resolver(network)
    async with Fetcher(network, portal, politeness=politeness, resolver=resolver) as fetcher:
        fetcher.robots = Robots(_unasked, politeness, authorised=True)
        if family == 6:
            way = await _way_over_ipv6(resolver, host_of(portal.home))
            if way is None:
                return None
            if not way.ok:
                return Reached(dt.datetime.now(dt.UTC), 6, FetchOutcome.NO_ROUTE, error=way.why)
        watch.start()
        fetched = await _within(limit, watch, fetcher, portal.home, family)
        seen = Reached(watch.began, family, FetchOutcome.TIMEOUT, seconds=round(watch.held, 3))
        turned_away = watch.waited >= TURN
        stalled = watch.stalled or watch.held > limit + STALL
    if stalled:
        return replace(seen, outcome=FetchOutcome.ABORTED, error="this machine stood still meanwhile")
    if fetched is not None and fetched.attempt.outcome is not FetchOutcome.TIMEOUT:
        attempt = described(fetched)
        error = attempt.error[:300]
        return replace(seen, outcome=attempt.outcome, status=attempt.status, address=attempt.address, error=error)
    if turned_away:
        return replace(seen, outcome=FetchOutcome.ABORTED, error="its turn did not come")
    tried = fetched.attempt if fetched is not None else None
    why = tried.error if tried is not None and tried.error else "no answer"
    return replace(seen, address=tried.address if tried is not None else "", error=f"{why}; given up after {limit:g} s")


async def resolver_answers(network: Network, hosts: Iterable[str], *, patience: float = 4.0) -> bool | None:
    """Returns whether the name servers of this machine (or of `[network]`) answer at all; None where none is used.

    Asked are the zones of `hosts` and gov.cn, which every resolver here knows: one answer is enough. `patience` is
    seconds for one question.
    """
    if network.sealed and not network.nameservers:
        return None
    resolver = Resolver(network, timeout=patience)
    zones = dict.fromkeys([*(registrable(host) for host in hosts), "gov.cn"])
    answers = await asyncio.gather(*(resolver.query(zone, "SOA") for zone in zones if zone))
    return any(answer.status is not DnsStatus.UNKNOWN for answer in answers)


class _Watch:
    """The clock of a probe's limiter: whatever the limiter sleeps is a wait for the turn, and is not held against the
    portal."""

    def __init__(self) -> None:
        self.began = dt.datetime.now(dt.UTC)
        self._began = 0.0
        self._waited = 0.0
        self._since: float | None = None
        self._behind = 0.0  # wall clock minus the loop's at the beginning

    def start(self) -> None:
        """Starts it."""
        self.began = dt.datetime.now(dt.UTC)
        self._began = self.now()
        self._behind = self.began.timestamp() - self._began

    def now(self) -> float:
        """Returns the loop's monotonic seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Waits that long, off the watch."""
        self._since = self.now()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._waited += self.now() - self._since
            self._since = None

    @property
    def waiting(self) -> bool:
        """True while the turn is waited for."""
        return self._since is not None

    @property
    def waited(self) -> float:
        """Seconds waited for turns so far."""
        return self._waited + (self.now() - self._since if self._since is not None else 0.0)

    @property
    def held(self) -> float:
        """Seconds so far, without the waits."""
        return self.now() - self._began - self.waited

    @property
    def stalled(self) -> bool:
        """True where the two clocks went apart: the machine slept, or somebody moved its clock."""
        return abs(dt.datetime.now(dt.UTC).timestamp() - self.now() - self._behind) > STALL


async def _within(limit: float, watch: _Watch, fetcher: Fetcher, url: str, family: int) -> Fetched | None:
    """Returns the last answer, or try, within the limit; None where none came to its end."""
    last: Fetched | None = None
    pause = _AGAIN
    while True:
        left = limit - watch.held
        if left <= 0 or watch.waited >= TURN:
            return last
        request = FetchRequest(url, purpose="home", family=family, max_bytes=_BYTES, timeout=left)
        task = asyncio.ensure_future(fetcher.fetch(request))
        if not await _ends(task, limit, watch):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return last
        last = task.result()
        attempt = last.attempt
        if attempt.status or attempt.outcome not in _WORDLESS or limit - watch.held <= pause:
            return last
        await asyncio.sleep(pause)
        pause *= 2


async def _ends(task: asyncio.Future[Fetched], limit: float, watch: _Watch) -> bool:
    """Returns whether the task ended before the limit did."""
    while not task.done():
        left = limit - watch.held
        if not watch.waiting and left <= 0:
            return False
        if watch.waiting and watch.waited >= TURN:
            return False
        await asyncio.wait({task}, timeout=_LOOK if watch.waiting else min(max(left, 0.001), _LOOK))
    return True


async def _way_over_ipv6(resolver: Resolver, host: str) -> Capability | None:
    """Returns whether this machine has a way to the host's IPv6 address, None where the host has none."""
    try:
        endpoint = (await resolver.resolve(host, 6))[0]
    except ResolveError as error:
        return Capability(True) if error.status is DnsStatus.UNKNOWN else None  # the probe says nobody could tell
    return route(endpoint.address)


async def _unasked(url: str) -> Fetched:
    raise AssertionError(f"nobody asks for {url}")
