"""The guard: which addresses may be connected to, judged when the connection is made, for fetcher, probes and browser.

Refused are all addresses that are not of the public Internet (private, loopback, link-local, shared (CGNAT), cloud
metadata, multicast, reserved, and IPv6 forms that carry such an IPv4 address), unless `[network] allow_private` names
their network or `[network] hosts` gives the address for exactly that name. A portal that links to one is a finding,
not a fetch.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache

import ada_url

from portal.model import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Shared address space (RFC 6598) is neither private nor global to the standard library.
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# Cloud metadata services that do not live in the link-local range.
_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNSAFE_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
        4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
# What Chromium asks of its vendor by itself; a net log of an idle Debian build shows them.
_VENDOR = (
    "*.google.com",
    "*.googleapis.com",
    "*.gvt1.com",
    "*.gvt2.com",
    "*.gstatic.com",
    "*.google-analytics.com",
    "*.doubleclick.net",
    "edge.microsoft.com",
)


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
    candidates = [ip, *_carried(ip)]
    if any(c.version == n.version and c in n for c in candidates for n in networks):
        return ""
    mapped = ip.ipv4_mapped if ip.version == 6 else None
    for candidate in [mapped] if mapped else candidates:  # a mapped address is nothing but the IPv4 one
        if reason := _reason(candidate):
            return reason if candidate is ip else f"{reason} inside {ip}"
    return ""


def _reason(ip: Address) -> str:
    checks = (
        (ip in _METADATA, "cloud metadata address"),
        (ip.is_loopback, "loopback address"),
        (ip.is_unspecified, "unspecified address"),
        (ip.is_link_local, "link-local address"),
        (ip.is_multicast, "multicast address"),
        (ip.version == 4 and ip in _SHARED, "shared address (CGNAT)"),
        (ip.is_private, "private address"),
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


def allowed_for_browser(url: str, network: Network) -> str:
    """Returns "" where a browser may request the address, else why not; for request interception, asks no DNS.

    Local schemes a page uses on itself (data, blob, about) pass. A host given as an address is vetted; a name passes
    here when it is not sealed off: what it resolves to is `Resolver.vet_host`'s to say.
    """
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return "not an address"
    scheme = str(parsed.protocol).rstrip(":")
    if scheme in ("data", "blob", "about"):
        return ""
    if scheme not in ("http", "https", "ws", "wss"):
        return f"scheme {scheme}"
    host = str(parsed.hostname).strip("[]").rstrip(".").lower()
    if host in network.hosts:
        return ""
    if address := literal(str(parsed.hostname)):
        return vet(address, network)
    if host == "localhost" or host.endswith(".localhost"):
        return vet("127.0.0.1", network)
    if network.sealed and not network.nameservers:
        return "sealed: the name is not in [network] hosts"
    return ""


def chromium_args(network: Network, *, known: Mapping[str, Sequence[str]] | None = None, family: int = 0) -> list[str]:
    """Returns the launch arguments that bind Chromium to the network's rules.

    `known` are further names with addresses resolved beforehand (with [network] nameservers the browser cannot ask
    them itself). The first address of the wanted family counts, IPv4 before IPv6. The browser vendor's own services
    never resolve; a sealed network resolves nothing else either. Rules are one argument, in force for a whole browser.
    """
    rules: list[str] = []
    for host, addresses in {**(known or {}), **network.hosts}.items():
        target = _first(addresses, family)
        rules.append(f"MAP {host} {target}" if target else f"MAP {host} ^NOTFOUND")
    rules.extend(f"MAP {vendor} ^NOTFOUND" for vendor in _VENDOR)
    if network.sealed:
        rules.append("MAP * ^NOTFOUND")
    return [f"--host-resolver-rules={','.join(rules)}", "--no-proxy-server"]


def _first(addresses: Sequence[str], family: int) -> str:
    parsed = [split_endpoint(text) for text in addresses]
    for wanted in (family,) if family else (4, 6):
        for address, port in parsed:
            if ipaddress.ip_address(address).version == wanted:
                shown = f"[{address}]" if wanted == 6 else address
                return f"{shown}:{port}" if port else shown
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
