"""What this machine can see at all (IPv4, IPv6, DNS), lest "not reachable" accuses a portal of our gap."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
from collections.abc import Sequence

from crawler.net.fetcher import user_agent
from crawler.net.resolver import ResolveError, Resolver
from portal.artifacts import Capability, DnsStatus, Vantage
from portal.model import Network, Portal
from portal.urls import host_of

# Public resolvers on anycast addresses: towards them a route is looked up; only `ipv6_works` really connects.
_FAR = {4: ("223.5.5.5", "119.29.29.29"), 6: ("2400:3200::1", "2402:4e00::")}
CONTROLS = tuple((address, 53) for address in _FAR[6])
_CONTROL_SECONDS = 5.0
_NOT_TRIED = Capability(False, "not tried")


async def vantage(network: Network, portal: Portal, *, resolver: Resolver | None = None) -> Vantage:
    """Returns what the machine can see, at the present time (UTC). The browser's fields are filled by others.

    A family counts as there when the kernel has a route for it towards the portal's own address, else towards a public
    one; no packet is sent for that.
    """
    resolver = resolver or Resolver(network)
    host = host_of(portal.home)
    return Vantage(
        at=dt.datetime.now(dt.UTC),
        ipv4=await _family(resolver, host, 4),
        ipv6=await _family(resolver, host, 6),
        dns=await _dns(resolver, host),
        browser=_NOT_TRIED,
        glyphs=_NOT_TRIED,
        user_agent=user_agent(portal),
    )


async def ipv6_works(network: Network, controls: Sequence[tuple[str, int]] = CONTROLS) -> Capability:
    """Returns whether a control address accepts a connection over IPv6: the control for "the portal does not".

    A route alone proves little where a tunnel swallows packets. A sealed network has no control: its own word counts.
    """
    if network.sealed:
        return Capability(True, detail="sealed network, no control")
    for address, port in controls:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CONTROL_SECONDS):
                _, writer = await asyncio.open_connection(address, port, family=socket.AF_INET6)
            writer.close()
            return Capability(True, detail=address)
    return Capability(False, "IPv6 is routed here, but no public address answers")


def route(address: str) -> Capability:
    """Returns whether the kernel has a route to an address; detail is the source address it would use.

    A private source towards a public IPv6 address is no way out: IPv6 has no address translation by default.
    """
    far = ipaddress.ip_address(address)
    family = socket.AF_INET6 if far.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 53))
            source = str(probe.getsockname()[0]).partition("%")[0]
    except OSError as error:
        return Capability(False, f"no IPv{far.version} route: {error.strerror or error}")
    if far.version == 6 and far.is_global and not ipaddress.ip_address(source).is_global:
        return Capability(False, f"only a private IPv6 address here ({source})")
    return Capability(True, detail=source)


async def _family(resolver: Resolver, host: str, family: int) -> Capability:
    with contextlib.suppress(ResolveError):
        for endpoint in await resolver.resolve(host, family):
            if (found := route(endpoint.address)).ok:
                return found
    found = _NOT_TRIED
    for address in _FAR[family]:
        found = route(address)
        if found.ok:
            break
    return found


async def _dns(resolver: Resolver, host: str) -> Capability:
    try:
        await resolver.resolve(host)
        return Capability(True, detail=", ".join(resolver.network.nameservers) or "system")
    except ResolveError as error:
        if error.status is not DnsStatus.UNKNOWN:
            return Capability(True, detail=str(error))
        first = error.text
    if (await resolver.query("gov.cn", "SOA")).status is not DnsStatus.UNKNOWN:
        return Capability(True, detail=f"but not for {host}: {first}")
    return Capability(False, first)
