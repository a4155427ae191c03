"""A small authoritative DNS server over UDP: A, AAAA, NS and SOA of a world; every other name does not exist."""

from __future__ import annotations

import asyncio
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.portal.model import Six, World, Zone

TTL = 60


class UdpNames(asyncio.DatagramProtocol):
    """Answers each question with what `respond` says; what cannot be read is dropped."""

    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport to answer on."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answers one question."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return
        if self._transport is not None:
            self._transport.sendto(self.respond(query).to_wire(), addr)

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """Returns the answer to a query."""
        raise NotImplementedError


class NameServerProtocol(UdpNames):
    """Answers questions about the hosts and zones of one world."""

    def __init__(self, world: World, has_six: bool) -> None:
        self._zones = {zone.name: zone for zone in world.zones}
        self._a: dict[str, tuple[str, ...]] = {}
        self._aaaa: dict[str, tuple[str, ...]] = {}
        for host in world.hosts.values():
            self._a[host.name] = ("127.0.0.1",)
            if host.six is not Six.NONE and has_six:
                self._aaaa[host.name] = ("::1",)
        for zone in world.zones:
            for server in zone.servers:
                self._a.setdefault(server, ("127.0.0.1",))
                if zone.servers_six:
                    self._aaaa.setdefault(server, ("::1",))

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """Returns the answer to a query."""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP)
            return response
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        zone = self._zone_of(name)
        kind = dns.rdatatype.to_text(question.rdtype)
        values: tuple[str, ...] = ()
        match kind:
            case "A":
                values = self._a.get(name, ())
            case "AAAA":
                values = self._aaaa.get(name, ())
            case "NS" if name in self._zones:
                values = tuple(f"{server}." for server in self._zones[name].servers)
            case "SOA" if name in self._zones:
                values = (_soa(self._zones[name]),)
        if values:
            response.answer.append(dns.rrset.from_text(question.name, TTL, "IN", kind, *values))
            return response
        known = name in self._a or name in self._zones or any(z.endswith("." + name) for z in self._zones)
        known = known or any(host.endswith("." + name) for host in self._a)
        if not known:
            response.set_rcode(dns.rcode.NXDOMAIN)
        if zone is not None:
            owner = dns.name.from_text(zone.name)
            response.authority.append(dns.rrset.from_text(owner, TTL, "IN", "SOA", _soa(zone)))
        return response

    def _zone_of(self, name: str) -> Zone | None:
        labels = name.split(".")
        for start in range(len(labels)):
            if (zone := self._zones.get(".".join(labels[start:]))) is not None:
                return zone
        return None


def _soa(zone: Zone) -> str:
    return f"{zone.servers[0]}. hostmaster.{zone.name}. 2026010101 7200 900 1209600 60"
