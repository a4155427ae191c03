"""Transfers of libcurl on the event loop: they end when they end, when time is up, when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pycurl
import pytest

from crawler.net.multi import EpollMulti, multi

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Server:
    """Answers `/` at once and anything else never. `silent` has an item for each request it does not answer."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.silent: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]:
                if b" / " in line:
                    writer.write(HELLO)
                else:
                    self.silent.put_nowait(line)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    own = Server()
    listening = await asyncio.start_server(own.serve, "127.0.0.1", 0)
    own.port = listening.sockets[0].getsockname()[1]
    yield own
    listening.close()


@pytest.fixture
async def driver() -> AsyncIterator[Any]:
    own = multi()
    assert isinstance(own, EpollMulti)
    yield own
    await own.aclose()


def handle(server: Server, path: str, milliseconds: int = 20_000) -> tuple[Any, list[bytes]]:
    """Returns a handle about to ask, and where the body will be."""
    curl, body = pycurl.Curl(), list[bytes]()
    for option, value in (
        (pycurl.URL, f"http://127.0.0.1:{server.port}{path}"),
        (pycurl.PROXY, ""),
        (pycurl.NOSIGNAL, 1),
        (pycurl.TIMEOUT_MS, milliseconds),
        (pycurl.WRITEFUNCTION, body.append),
    ):
        curl.setopt(option, value)
    return curl, body


async def test_many_transfers_end_and_use_connections_again(server: Server, driver: Any) -> None:
    for _ in range(3):
        asked = [handle(server, "/") for _ in range(8)]
        await asyncio.gather(*(driver.perform(curl) for curl, _ in asked))
        assert [b"".join(body) for _, body in asked] == [b"hello"] * 8
    assert server.connections == 8


async def test_a_transfer_ends_when_its_time_is_up_though_a_later_one_was_set_before(
    server: Server, driver: Any
) -> None:
    long, _ = handle(server, "/never")
    waiting = asyncio.ensure_future(driver.perform(long))
    await server.silent.get()
    short, _ = handle(server, "/never", milliseconds=50)
    with pytest.raises(pycurl.error) as raised:
        await driver.perform(short)
    assert raised.value.args[0] == pycurl.E_OPERATION_TIMEDOUT
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_cancelled_transfer_is_broken_off_and_its_handle_is_free(server: Server, driver: Any) -> None:
    curl, body = handle(server, "/never")
    asking = asyncio.ensure_future(driver.perform(curl))
    await server.silent.get()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    curl.setopt(pycurl.URL, f"http://127.0.0.1:{server.port}/")
    await driver.perform(curl)
    assert b"".join(body) == b"hello"


async def test_nobody_who_refuses_leaves_a_transfer_waiting(server: Server, driver: Any) -> None:
    closed = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    curl, _ = handle(server, "/")
    curl.setopt(pycurl.URL, f"http://127.0.0.1:{port}/")
    with pytest.raises(pycurl.error) as raised:
        await driver.perform(curl)
    assert raised.value.args[0] == pycurl.E_COULDNT_CONNECT


async def test_closing_breaks_off_what_is_under_way(server: Server) -> None:
    own = EpollMulti()
    curl, _ = handle(server, "/never")
    asking = asyncio.ensure_future(own.perform(curl))
    await server.silent.get()
    await own.aclose()
    await own.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
