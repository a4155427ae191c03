"""What a host and its inner links answer over IPv6, looked at as often as it takes not to blame them for a moment.

What failed once is asked for again before it counts: the page after a pause, an inner link after all others. Silence is
held against nobody where it may be the line's: where the page, too, has fallen silent since it answered, or where
nothing answered and no public address does either.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest
from crawler.net.resolver import Resolver
from crawler.probe.vantage import ipv6_works
from crawler.reading import described
from portal.artifacts import Attempt, DnsAnswer, DnsStatus, FetchOutcome, InnerLinkProbe

INNER_BYTES = 16 * 1024
# Names that have long had both kinds of addresses. A resolver that knows the one kind of all of them and the other of
# none leaves it out for everybody: office firewalls and home routers do so where they offer no IPv6.
DUAL = ("www.gov.cn", "www.tsinghua.edu.cn", "www.baidu.com")
_DUAL_LEAST = 2
_SILENT = frozenset({FetchOutcome.TIMEOUT, FetchOutcome.NO_ROUTE, FetchOutcome.RESET, FetchOutcome.REFUSED})
# Prefix under which a resolver (DNS64) gives names without IPv6 addresses their IPv4 ones (RFC 6052).
_MADE_UP = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class OverIPv6:
    """The tries at the page, in order, and one at each inner link."""

    tries: tuple[Attempt, ...] = ()
    inner: tuple[InnerLinkProbe, ...] = ()


async def over_ipv6(
    url: str,
    fetcher: Fetcher,
    inner: Sequence[tuple[str, int]],
    *,
    times: int,
    pauses: Sequence[float] = (),
) -> OverIPv6:
    """Returns what the page answered, asked `times` times (0: not at all), and each inner link.

    A page that failed every time is asked again after each of the `pauses` (seconds), until it answers; the links of
    one that never does are not asked for. Raises BundleError.
    """
    tries = list(await pinned(url, fetcher, 6, times))
    for pause in pauses if tries else ():
        if not all(attempt.outcome.failed for attempt in tries):
            break
        await asyncio.sleep(pause)
        tries += await pinned(url, fetcher, 6, 1)
    if tries and all(attempt.outcome is not FetchOutcome.OK for attempt in tries):
        return OverIPv6(await _line_aside(tries, fetcher))
    probes = [InnerLinkProbe(target, level, await _inner(target, fetcher)) for target, level in inner]
    probes = [await _once_more(probe, fetcher) for probe in probes]
    if tries and any(probe.attempt.outcome in _SILENT for probe in probes):
        tries += await pinned(url, fetcher, 6, 1)
        # After many failures the host is left alone for a while: then the page can vouch for nothing either.
        if tries[-1].outcome in _SILENT or not tries[-1].outcome.asked:
            why = "the page itself has fallen silent over IPv6, too"
            probes = [replace(probe, attempt=_excused(probe.attempt, why)) for probe in probes]
    return OverIPv6(tuple(tries), tuple(probes))


async def pinned(url: str, fetcher: Fetcher, family: int, times: int) -> tuple[Attempt, ...]:
    """Returns what so many requests over one family (4, 6) came to. Raises BundleError."""
    attempts = []
    for number in range(times):
        request = FetchRequest(url, purpose="home", family=family, keep_evidence=number == 0)
        attempts.append(described(await fetcher.fetch(request)))
    return tuple(attempts)


async def own_addresses(host: str, resolver: Resolver) -> DnsAnswer:
    """Returns the IPv6 addresses of a host itself: what is an IPv4 address in IPv6 form (made up by the resolver here,
    or mapped) is none, and "no such record" is no answer where the resolver leaves such records out for everybody."""
    answer = await resolver.query(host, "AAAA")
    if answer.status is DnsStatus.ANSWER:
        own = tuple(value for value in answer.values if not _is_ipv4(value))
        if own:
            return DnsAnswer(DnsStatus.ANSWER, own)
        return DnsAnswer(DnsStatus.NO_ANSWER, error=f"IPv4 addresses in IPv6 form: {' '.join(answer.values)}")
    if answer.status is DnsStatus.UNKNOWN or not await _leaves_out(resolver):
        return answer
    return DnsAnswer(DnsStatus.UNKNOWN, error=f"the resolver here knows no AAAA record of {'、'.join(DUAL)} either")


def _is_ipv4(value: str) -> bool:
    address = ipaddress.IPv6Address(value)
    return address in _MADE_UP or address.ipv4_mapped is not None


async def _leaves_out(resolver: Resolver) -> bool:
    known, seen = 0, 0
    for name in DUAL:
        if (await resolver.query(name, "A")).status is DnsStatus.ANSWER:
            status = (await resolver.query(name, "AAAA")).status
            known += status is not DnsStatus.UNKNOWN
            seen += status is DnsStatus.ANSWER
    return known >= _DUAL_LEAST and not seen


async def _once_more(probe: InnerLinkProbe, fetcher: Fetcher) -> InnerLinkProbe:
    # What DNS says of a name is kept for the audit: asking again would not change it.
    if not probe.attempt.outcome.failed or probe.attempt.outcome is FetchOutcome.DNS:
        return probe
    return replace(probe, attempt=await _inner(probe.url, fetcher))


async def _inner(url: str, fetcher: Fetcher) -> Attempt:
    request = FetchRequest(url, purpose="probe", family=6, max_bytes=INNER_BYTES)
    return (await fetcher.fetch(request)).attempt


async def _line_aside(tries: Sequence[Attempt], fetcher: Fetcher) -> tuple[Attempt, ...]:
    """Returns the tries; where nothing answered and no public address does either, as no fault of the host's."""
    if not any(attempt.outcome in _SILENT for attempt in tries) or any(attempt.status for attempt in tries):
        return tuple(tries)
    control = await ipv6_works(fetcher.network)
    return tuple(tries) if control.ok else tuple(_excused(attempt, control.why) for attempt in tries)


def _excused(attempt: Attempt, why: str) -> Attempt:
    if attempt.outcome not in _SILENT:
        return attempt
    return msgspec.structs.replace(attempt, outcome=FetchOutcome.NO_ROUTE, error=f"{why}; {attempt.error}")
