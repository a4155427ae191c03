"""The browser's only way out: a SOCKS5 server on loopback that resolves and vets every address at connect time.

A browser resolves names by itself, connects to whatever a page asks for and calls its vendor in the background. So it
is started with this gateway as its proxy and cannot resolve anything alone: each connection comes here with its host
name, is resolved as `[network]` says, vetted like every other request of an audit, and tunnelled. What became of each
host and port is remembered, because the browser itself only learns that "the proxy" failed.

RFC 1928, the CONNECT command without authentication; bound to 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import struct
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from crawler.net.guard import vet
from crawler.net.resolver import ResolveError, Resolver
from portal.artifacts import DnsStatus, FetchOutcome
from portal.model import Network

CONNECT_SECONDS = 15.0
ADDRESSES = 3  # of a host that are tried
CHUNK = 64 * 1024
CONNECTION_BYTES = 64 * 1024 * 1024  # one connection may deliver this much; a page that sends more is cut off
# Services of the browsers' makers that a browser calls on its own account.
VENDOR_SUFFIXES = (
    "google.com",
    "googleapis.com",
    "gvt1.com",
    "gstatic.com",
    "googleusercontent.com",
    "google-analytics.com",
    "googletagmanager.com",
    "doubleclick.net",
    "edge.microsoft.com",
    "msedge.net",
)


class Way(Struct, frozen=True):
    """One vetted address to connect to."""

    address: str
    port: int


class NoWay(Struct, frozen=True):
    """Why a host cannot be connected to."""

    outcome: FetchOutcome
    why: str


class Passage(Struct, frozen=True):
    """What became of the latest connection to one host and port."""

    outcome: FetchOutcome
    address: str = ""
    family: int = 0
    why: str = ""


Find = Callable[[str, int], Awaitable[Sequence[Way] | NoWay]]


def finder(resolver: Resolver, network: Network) -> Find:
    """Returns what resolves and vets as `[network]` of targets.toml says."""

    async def find(host: str, port: int) -> Sequence[Way] | NoWay:
        try:
            endpoints = await resolver.resolve(host)
        except ResolveError as error:
            unknown = error.status is DnsStatus.UNKNOWN
            return NoWay(FetchOutcome.DNS_UNKNOWN if unknown else FetchOutcome.DNS, error.text)
        reasons = [vet(end.address, network, given=end.given) for end in endpoints]
        ways = [
            Way(end.address, end.port or port) for end, reason in zip(endpoints, reasons, strict=True) if not reason
        ]
        return ways[:ADDRESSES] if ways else NoWay(FetchOutcome.PRIVATE, reasons[0])

    return find


class Gateway:
    """A SOCKS5 server for one browser. `find` resolves and vets; nothing else decides where a connection goes."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()
        self._passages: dict[tuple[str, int], Passage] = {}
        self.bytes = 0
        self.connections = 0

    @property
    def url(self) -> str:
        """Returns the address for the browser's proxy option."""
        if self._server is None:
            raise RuntimeError("the gateway is not open")
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> None:
        """Starts to listen on a free loopback port. Raises OSError when there is none."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def close(self) -> None:
        """Stops listening and cuts every tunnel."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tunnels):
            task.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    def passage(self, host: str, port: int) -> Passage | None:
        """Returns what became of the latest connection to that host, None when none was asked for."""
        return self._passages.get((_plain(host), port))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tunnels.add(task)
        task.add_done_callback(self._tunnels.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ValueError):
            pass  # the browser went away, or we are closing: nothing to tell anyone
        finally:
            _shut(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        if version != 5:
            return
        writer.write(b"\x05\x00")
        _, command, _, kind = await reader.readexactly(4)
        host = await _read_host(reader, kind)
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        if command != 1 or not host:
            writer.write(_reply(7))
            return
        self.connections += 1
        key = (_plain(host), port)
        opened = await self._connect(host, port)
        if isinstance(opened, Passage):
            self._passages[key] = opened
            writer.write(_reply(_REPLIES.get(opened.outcome, 1)))
            await writer.drain()
            return
        far_reader, far_writer, passage = opened
        self._passages[key] = passage
        try:
            writer.write(_reply(0))
            await asyncio.gather(self._pump(reader, far_writer, None), self._pump(far_reader, writer, CONNECTION_BYTES))
        finally:
            _shut(far_writer)

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Passage] | Passage:
        if any(_plain(host) == suffix or _plain(host).endswith(f".{suffix}") for suffix in VENDOR_SUFFIXES):
            return Passage(FetchOutcome.ABORTED, why="a service of the browser's maker")
        ways = await self._find(host, port)
        if isinstance(ways, NoWay):
            return Passage(ways.outcome, why=ways.why)
        failure = Passage(FetchOutcome.DNS, why="no address")
        for way in ways:
            family = 6 if ":" in way.address else 4
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    reader, writer = await asyncio.open_connection(way.address, way.port, limit=CHUNK)
                return reader, writer, Passage(FetchOutcome.OK, way.address, family)
            except TimeoutError:
                failure = Passage(FetchOutcome.TIMEOUT, way.address, family, "connecting took too long")
            except OSError as error:
                failure = Passage(_outcome_of(error), way.address, family, str(error))
        return failure

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, limit: int | None) -> None:
        passed = 0
        try:
            while data := await source.read(CHUNK):
                passed += len(data)
                if limit is not None:
                    self.bytes += len(data)
                    if passed > limit:
                        break
                sink.write(data)
                await sink.drain()
        except OSError:
            pass  # either side hung up; the other is told below
        if limit is not None:
            _shut(sink)
        elif sink.can_write_eof():
            with contextlib.suppress(OSError):
                sink.write_eof()


_REPLIES = {
    FetchOutcome.PRIVATE: 2,
    FetchOutcome.NO_ROUTE: 3,
    FetchOutcome.DNS: 4,
    FetchOutcome.DNS_UNKNOWN: 4,
    FetchOutcome.TIMEOUT: 6,
    FetchOutcome.REFUSED: 5,
}


async def _read_host(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == 1:
        return str(ipaddress.IPv4Address(await reader.readexactly(4)))
    if kind == 4:
        return str(ipaddress.IPv6Address(await reader.readexactly(16)))
    if kind == 3:
        (length,) = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode("ascii", "replace")
    return ""


def _outcome_of(error: OSError) -> FetchOutcome:
    if error.errno in {errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}:
        return FetchOutcome.NO_ROUTE
    if error.errno in {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}:
        return FetchOutcome.RESET
    if error.errno == errno.ETIMEDOUT:
        return FetchOutcome.TIMEOUT
    return FetchOutcome.REFUSED


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _reply(code: int) -> bytes:
    return bytes((5, code, 0, 1, 0, 0, 0, 0, 0, 0))


def _shut(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
