"""What goes wrong on the line: answers that never end, lie about their length, break off, or unpack to gigabytes."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import brotli  # type: ignore[import-untyped]  # it has no types
import zstandard

from tests.crawl.site import html
from tests.hostile.drive import MEBIBYTE
from tests.hostile.site import Attack, bytes_only, raw
from tests.net.servers import Asked

TEXT = "专题内容，请各有关单位认真抓好落实。" * 20
PAGE = html("专题专栏", f"<h1>专题专栏</h1><p>{TEXT}</p>").encode()
OK = "HTTP/1.1 200 X\r\nContent-Type: text/html; charset=utf-8"
CHUNKED = raw(f"{OK}\r\nTransfer-Encoding: chunked")


# never ending


def poured(head: bytes, chunk: bytes) -> Attack:
    """Returns the answer that pours the chunk out for ever, as fast as it is taken."""

    async def pour(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while True:
            writer.write(chunk)
            await writer.drain()

    return pour


def dripped(head: bytes, drop: bytes = b"x", pause: float = 1.0) -> Attack:
    """Returns the answer that sends a drop every `pause` seconds for ever."""

    async def drip(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause)

    return drip


async def onward(asked: Asked, writer: asyncio.StreamWriter) -> bool:
    """Redirects to an address nobody has met yet, for ever, with another cookie each time."""
    path, _, number = asked.path.partition("?")
    later = int(number or 0) + 1
    writer.write(raw(f"HTTP/1.1 302 X\r\nContent-Length: 0\r\nSet-Cookie: n={later}\r\nLocation: {path}?{later}"))
    return True


def moved(location: str, *, length: int = 0) -> Attack:
    """Returns the redirect whose body is shorter than its length, and which closes the connection."""
    return bytes_only(raw(f"HTTP/1.1 302 X\r\nLocation: {location}\r\nContent-Length: {length}"))


# wrong lengths


def said_length(*lengths: str, hold: bool = False, chunked: bool = False) -> Attack:
    """Returns a page with these Content-Length lines, whatever its length; `hold` keeps the line open after it."""
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE) if chunked else PAGE
    lines = "".join(f"\r\nContent-Length: {length}" for length in lengths)
    head = raw(OK + lines + ("\r\nTransfer-Encoding: chunked" if chunked else ""))

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        writer.write(head + body)
        await writer.drain()
        if hold:
            await asyncio.Event().wait()
        return False

    return give


def answered_twice() -> Attack:
    """Returns the answer that is too long for its length: what follows looks like the answer to the next request."""
    second = raw("HTTP/1.1 404 X\r\nContent-Length: 0")
    return bytes_only(raw(f"{OK}\r\nContent-Length: {len(PAGE)}") + PAGE + second, keep=True)


# broken off


def broken_off(*parts: bytes, reset: bool = False) -> Attack:
    """Returns the answer that sends these parts and then closes, or resets, the connection."""

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if reset:
            writer.transport.abort()
        return False

    return give


@asynccontextmanager
async def hanging_up() -> AsyncIterator[int]:
    """Yields a port that closes every connection as soon as it is made."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


STAGES: dict[str, tuple[bytes, ...]] = {
    "request": (),
    "status": (b"HTTP/1.1 20",),
    "head": (b"HTTP/1.1 404 X\r\nContent-Ty",),
    "body": (raw(f"{OK}\r\nContent-Length: 90000"), PAGE[:300]),
    "chunk": (CHUNKED, b"ffff\r\n", PAGE[:300]),
    "chunks": (CHUNKED, b"%x\r\n%b\r\n" % (300, PAGE[:300])),
}
"""How much of an answer comes before the connection breaks off."""


# unpacking to gigabytes


@cache
def bomb(*codings: str, unit: bytes = b" ") -> bytes:
    """Returns a gibibyte of `unit` packed by the codings, the first one innermost."""
    parts = [unit * (MEBIBYTE // len(unit))] * 1024
    for number, coding in enumerate(codings):
        parts = [_packed(coding, parts, level=9 if number else 1)]
    return parts[0]


def _packed(coding: str, parts: list[bytes], *, level: int) -> bytes:
    match coding:
        case "gzip" | "deflate":
            packer = zlib.compressobj(level, wbits=31 if coding == "gzip" else 15)
            return b"".join(packer.compress(part) for part in parts) + packer.flush()
        case "br":
            squeezer = brotli.Compressor(quality=5, lgwin=24)
            return bytes(b"".join(squeezer.process(part) for part in parts) + squeezer.finish())
        case _:
            presser = zstandard.ZstdCompressor(level=3).compressobj()
            return b"".join(presser.compress(part) for part in parts) + presser.flush()


def packed(data: bytes, *codings: str) -> Attack:
    """Returns the answer that sends packed bytes and says so."""
    head = raw(f"{OK}\r\nContent-Encoding: {', '.join(codings)}\r\nContent-Length: {len(data)}")
    return bytes_only(head + data, keep=True)


def mispacked() -> Attack:
    """Returns the answer that goes wrong in the middle of its gzip stream."""
    data = gzip.compress(PAGE * 50)
    return packed(data[: len(data) // 2] + b"\xff" * 50, "gzip")


# cookies


def cookies(number: int, size: int) -> Attack:
    """Returns a good page with that many cookies of that many bytes, other names each time."""
    given = [0]

    async def give(asked: Asked, writer: asyncio.StreamWriter) -> bool:
        given[0] += number
        lines = "".join(f"\r\nSet-Cookie: c{given[0] + n}={'v' * size}; Path=/" for n in range(number))
        writer.write(raw(f"{OK}\r\nContent-Length: {len(PAGE)}{lines}") + PAGE)
        return True

    return give


# charsets


def charset(name: str) -> Attack:
    """Returns a good page that is said to be in some charset."""
    return bytes_only(
        raw(f"HTTP/1.1 200 X\r\nContent-Type: text/html; charset={name}\r\nContent-Length: {len(PAGE)}") + PAGE,
        keep=True,
    )
