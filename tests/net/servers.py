"""Awkward servers on loopback, a catalogue: HTTP and TLS that misbehave in named ways, and a DNS server.

Every server answers on a free port and keeps a log of what it was asked. Paths of `AwkwardServer`:

    /ok /page /slow-page        good answers (HTML; /slow-page waits `pause` seconds first)
    /status/NNN                 that status with a short body
    /later                      429 with Retry-After: 1 the first time, good afterwards; /later-long: Retry-After: 3600
    /to/URL-ESCAPED             302 to any address; /hops/N: N redirects, then good
    /loop /ping                 redirects to itself; /ping -> /pong -> /ping
    /cookie-wall                sets a cookie and redirects to itself until the cookie comes back
    /gbk-location               302 with raw GBK bytes in Location
    /endless /endless-headers   bytes without end
    /bomb                       64 MiB of zeros as 64 KiB of gzip
    /drip                       a byte now and then
    /drop /reset                closes without a word, resets the connection
    /partial /bad-encoding      shorter than announced; says gzip and is not
    /garbage                    not HTTP
    /head-405 /head-404 /head-hangup    HEAD refused or answered wrongly, GET good
    /file.pdf /big.pdf /no-range.pdf /fake.pdf /empty.pdf /picture.png /fake.png    files, honest and not
    /whole.zip /cut.zip         an archive, and one whose last bytes are missing
    /sent-away /sent-on         go to www.sold.cn by script: to /casino, to /ok
    /robots.txt                 `robots` of the server: (status, text)
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import ssl
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import cast
from urllib.parse import unquote

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


def packed(name: str, data: bytes) -> bytes:
    """Returns a zip file that holds one file, as it is."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, data)
    return held.getvalue()


HTML = "<!doctype html><html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
PDF = b"%PDF-1.4\n" + b"0" * 5000
TLS_RECORD = b"\x16"  # how a TLS handshake begins; plain HTTP servers (nginx, Apache) hang up on it
ZIP = packed("年报.doc", bytes(range(256)) * 40)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 3000


@dataclass(frozen=True)
class Asked:
    """One request a server got."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    at: float  # monotonic seconds of the event loop


@dataclass
class AwkwardServer:
    """An HTTP (or, with `tls`, HTTPS) server of the catalogue above."""

    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    robots: tuple[int, str] = (404, "")
    pause: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)  # further paths with their bytes
    log: list[Asked] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    sent: int = 0  # bytes written to endless answers
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> AwkwardServer:
        self._server = await asyncio.start_server(self._serve, self.address, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def endpoint(self) -> str:
        """Address and port as `[network] hosts` writes them."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def asked(self, path: str = "") -> list[Asked]:
        """The requests for a path (all without one), robots.txt left out."""
        return [a for a in self.log if (a.path == path if path else a.path != "/robots.txt")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                asked = await self._read(reader)
                if asked is None or not await self._answer(asked, writer):
                    break
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            with contextlib.suppress(Exception):
                writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Asked | None:
        line = await reader.read(1)
        if line == TLS_RECORD:
            return None  # few handshakes have the end of a line in them: the client would give up first
        line += await reader.readline()
        if not line.strip():
            return None
        method, path, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while header := (await reader.readline()).decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        asked = Asked(method, path, headers, asyncio.get_running_loop().time())
        self.log.append(asked)
        return asked

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; False where the connection is at its end."""
        path, _, _ = asked.path.partition("?")
        first, _, rest = path.lstrip("/").partition("/")
        head = asked.method == "HEAD"

        def say(status: int, body: bytes = b"", *headers: str, kind: str = "text/html; charset=utf-8") -> bool:
            lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
            writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head else body))
            return True

        def page(text: str = "好", title: str = "标题") -> bool:
            return say(200, HTML.format(title=title, text=text).encode())

        def file(data: bytes, kind: str) -> bool:
            wanted = asked.headers.get("range", "")
            if wanted.startswith("bytes=0-") and not data:
                return say(416, b"", "Content-Range: bytes */0", kind=kind)
            if wanted.startswith("bytes=0-"):
                part = data[: int(wanted.removeprefix("bytes=0-")) + 1]
                return say(206, part, f"Content-Range: bytes 0-{len(part) - 1}/{len(data)}", kind=kind)
            return say(200, data, kind=kind)

        if path in self.files:
            return say(200, self.files[path], kind="application/octet-stream")
        match first:
            case "ok" | "page" | "pong-end" | "":
                return page()
            case "slow-page":
                await asyncio.sleep(self.pause)
                return page()
            case "robots.txt":
                return say(self.robots[0], self.robots[1].encode(), kind="text/plain")
            case "status":
                return say(int(rest), b"status")
            case "later":
                return page() if len(self.asked("/later")) > 1 else say(429, b"", "Retry-After: 1")
            case "later-long":
                return say(429, b"", "Retry-After: 3600")
            case "to":
                return say(302, b"", f"Location: {unquote(rest)}")
            case "hops":
                return say(302, b"", f"Location: /hops/{int(rest) - 1}") if int(rest) else page()
            case "loop":
                return say(302, b"", "Location: /loop")
            case "ping":
                return say(302, b"", "Location: /pong")
            case "pong":
                return say(302, b"", "Location: /ping")
            case "cookie-wall":
                if "pass=1" in asked.headers.get("cookie", ""):
                    return page("进来了")
                return say(302, b"", "Set-Cookie: pass=1; Path=/", "Location: /cookie-wall")
            case "gbk-location":
                location = b"Location: /" + "中文".encode("gb18030") + b".html"
                writer.write(b"HTTP/1.1 302 X\r\nContent-Length: 0\r\n" + location + b"\r\n\r\n")
                return True
            case "endless":
                writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\n\r\n")
                return await self._pour(writer, b"<p>x</p>" * 4096)
            case "endless-headers":
                writer.write(b"HTTP/1.1 200 X\r\n")
                return await self._pour(writer, b"X-More: " + b"y" * 4000 + b"\r\n")
            case "bomb":
                return say(200, gzip.compress(bytes(64 * 1024 * 1024), 9), "Content-Encoding: gzip")
            case "drip":
                writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\n\r\n")
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            case "drop":
                return False
            case "reset":
                writer.transport.abort()
                return False
            case "partial":
                writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n<p>cut")
                return False
            case "bad-encoding":
                plain = asked.headers.get("accept-encoding", "identity") == "identity"
                return say(200, b"<p>plain</p>", *(() if plain else ("Content-Encoding: gzip",)))
            case "garbage":
                writer.write(b"SSH-2.0-OpenSSH_9\r\n")
                return False
            case "head-405":
                return say(405) if head else page()
            case "head-404":
                return say(404) if head else page()
            case "head-hangup":
                return False if head else page()
            case "file.pdf":
                return file(PDF, "application/pdf")
            case "big.pdf":
                writer.write(
                    b"HTTP/1.1 200 X\r\nContent-Type: application/pdf\r\nContent-Length: 900000000\r\n\r\n%PDF-1.4\n"
                )
                return await self._pour(writer, b"0" * 65536)
            case "whole.zip" | "cut.zip":
                return file(ZIP if first == "whole.zip" else ZIP[:-3000], "application/zip")
            case "no-range.pdf":
                return say(416 if "range" in asked.headers else 200, PDF, kind="application/pdf")
            case "fake.pdf":
                return page("页面不存在", "出错了")
            case "empty.pdf":
                return file(b"", "application/pdf")
            case "picture.png" | "head-405.png":
                if head and first == "head-405.png":
                    return say(405)
                return file(PNG, "image/png")
            case "fake.png":
                return page("页面不存在", "出错了")
            case "sent-away" | "sent-on":
                where = "http://www.sold.cn/casino" if first == "sent-away" else "http://www.sold.cn/ok"
                return say(200, f"<html><script>window.location.href='{where}'</script></html>".encode())
            case "casino":
                return page("澳门金沙娱乐场", "真人百家乐 老虎机 注册送彩金 捕鱼游戏")
            case _:
                return say(404, b"not here")

    async def _pour(self, writer: asyncio.StreamWriter, chunk: bytes) -> bool:
        while True:
            writer.write(chunk)
            self.sent += len(chunk)
            await writer.drain()


@contextlib.asynccontextmanager
async def dead_port() -> AsyncIterator[int]:
    """A loopback port that refuses connections while the context lasts (bound, not listening)."""
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@dataclass
class Silent:
    """A port that accepts connections and never says anything."""

    port: int = 0
    accepted: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def silent_port() -> AsyncIterator[Silent]:
    """A loopback port that accepts connections and never says anything."""
    held: list[asyncio.StreamWriter] = []
    silent = Silent()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        silent.accepted.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()  # until the client gives up

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    silent.port = int(server.sockets[0].getsockname()[1])
    try:
        yield silent
    finally:
        server.close()
        for writer in held:
            writer.transport.abort()
        await server.wait_closed()


Records = dict[tuple[str, str], list[str]]  # (name, type) -> values; a CNAME is followed within the table


@dataclass
class DnsServer:
    """A DNS server on loopback, UDP and TCP on one port.

    `records` hold what is answered. Names in `failing` get SERVFAIL, names in `silent` nothing, names in `truncated`
    an empty truncated answer over UDP (the client must come back over TCP). Other names do not exist; a name that
    exists with another type has no answer of this type.
    """

    records: Records
    failing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    log: list[tuple[str, str, str]] = field(default_factory=list)  # name, type, udp or tcp
    port: int = 0
    _udp: asyncio.DatagramTransport | None = None
    _tcp: asyncio.Server | None = None

    async def __aenter__(self) -> DnsServer:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._stream, "127.0.0.1", 0)
        self.port = self._tcp.sockets[0].getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self.answer), local_addr=("127.0.0.1", self.port)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._udp is not None and self._tcp is not None
        self._udp.close()
        self._tcp.close()
        await self._tcp.wait_closed()

    @property
    def nameserver(self) -> str:
        """The server as `[network] nameservers` writes it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, via: str) -> bytes | None:
        """Returns the reply to one message, None for silence."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.log.append((name, kind, via))
        if name in self.silent:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if name in self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.truncated and via == "udp":
            reply.flags |= dns.flags.TC
        else:
            self._fill(reply, name, kind)
        return reply.to_wire()

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        while (aliases := self.records.get((name, "CNAME"))) and kind != "CNAME":
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{aliases[0]}."))
            name = aliases[0]
        values = self.records.get((name, kind), [])
        if values:
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                if (reply := self.answer(await reader.readexactly(size), "tcp")) is not None:
                    writer.write(len(reply).to_bytes(2, "big") + reply)
                    await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes, str], bytes | None]) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        if (reply := self._answer(data, "udp")) is not None:
            self._transport.sendto(reply, addr)


def soa(zone: str) -> str:
    """The text of an SOA record for a zone."""
    return f"ns1.{zone}. admin.{zone}. 1 3600 600 86400 60"


class FakeClock:
    """A clock that stands still but for those who wait on it: sleeping moves it on at once."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)
