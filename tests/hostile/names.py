"""Name servers that answer late, wrongly or differently each time; TLS servers no browser would talk to."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import trustme

from tests.hostile.site import HostileServer, raw
from tests.net.servers import Asked, DnsServer, Records

Forge = Callable[[dns.message.Message], bytes]
"""Makes the bytes of an answer to a query."""


@dataclass
class HostileDns:
    """A name server (UDP and TCP on one port). `late` delays the answers to a name, `forged` replaces them.

    `changing` names have one address after another, the last one for ever.
    """

    records: Records
    late: dict[str, float] = field(default_factory=dict)
    forged: dict[str, Forge] = field(default_factory=dict)
    changing: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # name, type

    def answer(self, wire: bytes, via: str) -> tuple[bytes | None, float]:
        """Returns the answer to one message, and the seconds it takes."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind))
        if name in self.forged:
            return self.forged[name](query), 0.0
        records = self.records
        if name in self.changing and kind == "A":
            addresses = self.changing[name]
            records = {**records, (name, "A"): [addresses.pop(0) if len(addresses) > 1 else addresses[0]]}
        return DnsServer(records).answer(wire, via), self.late.get(name, 0.0)


@asynccontextmanager
async def named(server: HostileDns) -> AsyncIterator[str]:
    """Yields the server's address as `[network] nameservers` writes it."""
    loop = asyncio.get_running_loop()

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                data, delay = server.answer(await reader.readexactly(size), "tcp")
                await asyncio.sleep(delay)
                if data is not None:
                    writer.write(len(data).to_bytes(2, "big") + data)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    tcp = await asyncio.start_server(stream, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(server), local_addr=("127.0.0.1", port))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: HostileDns) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply, delay = self._server.answer(data, "udp")
        if reply is not None:
            asyncio.get_running_loop().call_later(delay, self._send, reply, addr)

    def _send(self, reply: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(reply, addr)


# forged answers


def garbage(query: dns.message.Message) -> bytes:
    """Returns bytes that are no message."""
    return b"\xff" * 40


def other_id(query: dns.message.Message) -> bytes:
    """Returns a good answer to a question nobody asked: what an attacker off the path would send."""
    reply = _reply(query, "127.0.0.2")
    reply.id = (query.id + 1) % 65536
    return reply.to_wire()


def endless_alias(query: dns.message.Message) -> bytes:
    """Returns an alias of an alias of an alias, back to the first."""
    reply = dns.message.make_response(query)
    name = query.question[0].name.to_text()
    names = [name, *(f"a{number}.gov.cn." for number in range(40)), name]
    for first, second in pairwise(names):
        reply.answer.append(dns.rrset.from_text(first, 60, "IN", "CNAME", second))
    return reply.to_wire()


def thousands(query: dns.message.Message) -> bytes:
    """Returns as many addresses as a message holds, none of them answering anything."""
    reply = _reply(query, *(f"127.{100 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(3900)))
    return reply.to_wire()


def truncated(query: dns.message.Message) -> bytes:
    """Returns the word, for ever, that the answer is too long for this way."""
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def _reply(query: dns.message.Message, *addresses: str) -> dns.message.Message:
    reply = dns.message.make_response(query)
    if query.question[0].rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", *addresses))
    return reply


# TLS


@dataclass
class Handshake(HostileServer):
    """A server that knows no TLS: to whoever begins to speak it, it answers `said` and hangs up, or nothing at all."""

    said: bytes | None = None

    async def _read(self, reader: asyncio.StreamReader) -> Asked | None:
        await reader.read(1)
        if self.said is None:
            await asyncio.Event().wait()
        return Asked("GET", "/", {}, 0.0)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        assert self.said is not None
        writer.write(self.said)
        return False


PLAIN = raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0")  # as a web server says it
CUT = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76"  # the beginning of a ServerHello
HANDSHAKES = {"plain": PLAIN, "closed": b"", "cut": CUT, "silent": None}


def tls_server(ca: trustme.CA, name: str, fault: str) -> HostileServer:
    """Returns a server for `name` with a fault, "" for none: expired, name, old (TLS 1.1 at most), plain (no TLS), or
    closed, cut or silent in the handshake."""
    if fault in HANDSHAKES:
        return Handshake(said=HANDSHAKES[fault])
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    match fault:
        case "expired":
            leaf = ca.issue_cert(name, not_before=past, not_after=past + dt.timedelta(days=30))
        case "name":
            leaf = ca.issue_cert("shared-hosting.example.net")
        case _:
            leaf = ca.issue_cert(name)
    leaf.configure_cert(context)
    if fault == "old":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it is what nobody should speak any more
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return HostileServer(tls=context)
