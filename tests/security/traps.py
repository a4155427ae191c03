"""What must never be reached: a port of this machine that notes who comes, and the ways to write its address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

# Hosts of an address that all mean this machine, as browsers read them.
DISGUISES = (
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0X7F.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST.",
    "portal.localhost",
    "１２７。０。０。１",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "１２７．１",
    "%31%32%37.0.0.1",
    "www.a.gov.cn@127.0.0.1",
    "www.a.gov.cn:80@127.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::80ff:fffe]",
)

# Addresses nobody on the Internet has, or that belong to whoever runs the machine.
INNER = (
    "10.0.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.1.1",
    "169.254.169.254",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::ffff:100.64.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:1::1",
    "::10.0.0.1",
)


@dataclass
class Trap:
    """A port of this machine, TCP over both families and UDP; `met` says who came."""

    port: int = 0
    met: list[str] = field(default_factory=list)
    visited: asyncio.Event = field(default_factory=asyncio.Event)  # set by the first datagram


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, made: Trap) -> None:
        self._made = made

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._made.met.append(f"udp {data[:8]!r}")
        self._made.visited.set()


@contextlib.asynccontextmanager
async def trap(port: int = 0) -> AsyncIterator[Trap]:
    """Yields a trap on a port of 127.0.0.1 (0: any free one), and of ::1 where this machine has it."""
    made = Trap()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(made.met)  # others may come meanwhile
        made.met.append("tcp")
        with contextlib.suppress(OSError):
            made.met[number] += f" {(await reader.read(200)).split(b' HTTP')[0].decode('latin-1')}"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", port)
    servers = [server]
    made.port = server.sockets[0].getsockname()[1]
    with contextlib.suppress(OSError):  # no IPv6 here, or the port is taken there
        servers.append(await asyncio.start_server(note, "::1", made.port))
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(made), local_addr=("127.0.0.1", made.port))
    try:
        yield made
    finally:
        udp.close()
        for one in servers:
            one.close()
            await one.wait_closed()
