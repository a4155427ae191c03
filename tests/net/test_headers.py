"""What servers write into headers that say a number, a time or a place."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from crawler.net.fetcher import Fetcher
from crawler.net.message import FetchRequest, length, retry_after
from portal.artifacts import FetchOutcome
from tests.net.conftest import HOST, SITE, make_network, make_portal

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
YEAR = 365 * 86400.0
HUGE = "9" * 5000
ODD = ("²", "³¹", "٣", "-1", "1e3", "+5", "0x10", "", " ", "five")
LINES = (
    "Content-Range: bytes 0-1/²",
    f"Content-Range: bytes 0-1/{HUGE}",
    "Retry-After: ²",
    f"Retry-After: {HUGE}",
    f"Retry-After: Mon, 01 Jan {HUGE[:30]} 00:00:00 GMT",
    f"Retry-After: Mon, 01 Jan 2024 00:00:00 +{HUGE[:30]}",
    "Content-Type: \xff\xfe; charset=\x80\x81; charset=hex",
    "Set-Cookie: =; ;;=\xff; Max-Age=" + HUGE + "; Domain=..; Expires=\xb2",
    "Link: <<>>; rel=",
    "Refresh: ²; url=",
    "Content-Disposition: attachment; filename*=utf-8''%ff%00..%2f..%2f",
    "Content-Encoding: \xb2",
    "Location: http://[::\xff]:99999999/",
)


@pytest.mark.parametrize("said", ODD)
def test_what_is_no_number_says_nothing(said: str) -> None:
    for headers in ([("Content-Range", f"bytes 0-1/{said}")], [("Content-Length", said)]):
        assert length(headers, b"", whole=False) is None
    assert retry_after([("Retry-After", said)], NOW) is None


@pytest.mark.parametrize("seconds", ["31536001", "9" * 19, HUGE])
def test_a_wait_of_ages_is_a_year(seconds: str) -> None:
    assert retry_after([("Retry-After", seconds)], NOW) == YEAR
    assert length([("Content-Length", HUGE)], b"", whole=False) is None


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("status", ["200 OK", "302 Found", "206 Partial Content"])
async def test_no_header_takes_the_fetcher_along(line: str, status: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n{line}\r\n\r\n"
        writer.write(head.encode("latin-1", "replace") + b"ok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    network = make_network({HOST: f"127.0.0.1:{server.sockets[0].getsockname()[1]}"})
    async with server, Fetcher(network, make_portal()) as fetcher:
        for method in ("get", "range", "head"):
            attempt = (await fetcher.fetch(FetchRequest(f"{SITE}/x", method=method, purpose="robots"))).attempt
            assert attempt.outcome in (FetchOutcome.OK, FetchOutcome.SCHEME, FetchOutcome.RESET), attempt
