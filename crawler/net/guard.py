"""The guard: which addresses may be connected to, judged when the connection is made, for fetcher, probes and browser.

Refused are all addresses that are not of the public Internet (private, loopback, link-local, shared (CGNAT), cloud
metadata, multicast, reserved, and IPv6 forms that carry such an IPv4 address), unless `allow_private` of the portal or
of `[network]` names their network or `[network] hosts` gives the address for exactly that name. A portal that links to
one is a finding, not a fetch.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

import ada_url

from portal.model import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Shared address space (RFC 6598) is neither private nor global to the standard library.
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# Services of clouds for the machines in them that do not live in the link-local range: metadata, and keys at Azure.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)
# Of protocols, not of hosts (RFC 6890); older versions of the standard library call a part of it global. Oracle's
# metadata service is at 192.0.0.192.
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNSAFE_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
        4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip


def vet(address: str, network: Network, *, given: bool = False) -> str:
    """Returns "" where the address may be connected to, else why not (English).

    `given` says that `[network] hosts` names this very address for the host asked: the operator's own word. An IPv6
    address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by both.
    """
    if given:
        return ""
    return _vet(address.strip("[]"), network.allow_private)


@lru_cache(maxsize=16384)
def _vet(address: str, allowed: tuple[str, ...]) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"not an address: {address}"
    networks = _networks(allowed)
    if _within(ip, networks):
        return ""
    mapped = ip.ipv4_mapped if ip.version == 6 else None
    for candidate in [mapped] if mapped else [ip, *_carried(ip)]:  # a mapped address is nothing but the IPv4 one
        # Of two addresses carried (Teredo), one in an opened network does not open the other.
        if not _within(candidate, networks) and (reason := _reason(candidate)):
            return reason if candidate is ip else f"{reason} inside {ip}"
    return ""


def _within(ip: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def _reason(ip: Address) -> str:
    checks = (
        (ip in _METADATA, "cloud metadata address"),
        (ip.is_loopback, "loopback address"),
        (ip.is_unspecified, "unspecified address"),
        (ip.is_link_local, "link-local address"),
        (ip.is_multicast, "multicast address"),
        (ip.version == 4 and ip in _SHARED, "shared address (CGNAT)"),
        (ip.is_private or (ip.version == 4 and ip in _PROTOCOLS), "private address"),
        (ip.is_reserved and not (ip.version == 6 and ip in _NAT64), "reserved address"),
        (ip.version == 6 and getattr(ip, "is_site_local", False), "site-local address"),
    )
    return next((f"{reason} {ip}" for hit, reason in checks if hit), "")


def _carried(ip: Address) -> list[Address]:
    if not isinstance(ip, ipaddress.IPv6Address):
        return []
    found: list[Address] = [inner for inner in (ip.ipv4_mapped, ip.sixtofour) if inner is not None]
    if ip.teredo is not None:
        found.extend(ip.teredo)
    if ip in _NAT64 or (int(ip) >> 32 == 0 and int(ip) > 1):  # NAT64, and the obsolete ::a.b.c.d
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found


@lru_cache(maxsize=64)
def _networks(allowed: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in allowed)


def unsafe_port(port: str) -> bool:
    """Returns whether browsers refuse to open the port (WHATWG fetch standard: ports of other protocols)."""
    return port.isdigit() and int(port) in _UNSAFE_PORTS


@lru_cache(maxsize=4096)
def literal(host: str) -> str:
    """Returns the address a host part is (as a browser reads 2130706433, 0x7f.1 or [::1]), "" for a name."""
    try:
        name = str(ada_url.URL(f"http://{host}/").hostname)
    except ValueError:
        return ""
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return ""


def split_endpoint(text: str) -> tuple[str, int | None]:
    """Returns (address, port or None) of "addr", "addr:port", "[v6]" or "[v6]:port". Raises ValueError otherwise."""
    text = text.strip()
    port: int | None = None
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        if rest and not rest.startswith(":"):
            raise ValueError(f"not an address: {text!r}")
        tail = rest[1:]
    elif text.count(":") == 1:
        address, _, tail = text.partition(":")
    else:
        address, tail = text, ""
    if tail:
        if not tail.isdigit() or not 0 < int(tail) < 65536:
            raise ValueError(f"not a port: {text!r}")
        port = int(tail)
    return str(ipaddress.ip_address(address)), port
