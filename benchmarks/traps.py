"""What a dead link may lead to, on loopback: ports that refuse, a port that never answers, names that do not exist."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import cast

from benchmarks.plan import CLOSED, PORTAL, SILENT, Ports


@contextlib.contextmanager
def traps(ports: Ports) -> Iterator[None]:
    """Holds the traps of a site open. Raises OSError where a port is taken."""
    with contextlib.ExitStack() as stack:
        for port in ports.closed:  # bound and not listening: nobody else's, and every connection is refused
            stack.enter_context(_bound(CLOSED, port, socket.SOCK_STREAM))
        silent = stack.enter_context(_bound(SILENT, ports.silent, socket.SOCK_STREAM, again=True))
        names = stack.enter_context(_bound(PORTAL, ports.names, socket.SOCK_DGRAM))
        silent.listen(512)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop, silent, names), daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


def no_such_name(query: bytes) -> bytes:
    """Returns the answer NXDOMAIN to a DNS question as received, b"" where it is none."""
    end = 12
    while end < len(query) and query[end]:
        end += query[end] + 1
    question = query[12 : end + 5]  # the name, its closing zero, type and class
    if len(query) < end + 5:
        return b""
    # An answer, authoritative, recursion desired and available, NXDOMAIN; one question and nothing else.
    return query[:2] + b"\x85\x83" + b"\0\1" + bytes(6) + question


class _Names(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if answer := no_such_name(data):
            self._transport.sendto(answer, addr)


class _Silent(asyncio.Protocol):
    def __init__(self, held: set[asyncio.Transport]) -> None:
        self._held = held

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._held.add(self._transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._held.discard(self._transport)


def _run(loop: asyncio.AbstractEventLoop, silent: socket.socket, names: socket.socket) -> None:
    asyncio.set_event_loop(loop)
    held: set[asyncio.Transport] = set()
    server = loop.run_until_complete(loop.create_server(lambda: _Silent(held), sock=silent))
    transport, _ = loop.run_until_complete(loop.create_datagram_endpoint(_Names, sock=names))
    loop.run_forever()
    transport.close()
    server.close()
    for connection in held:
        connection.abort()
    loop.run_until_complete(asyncio.sleep(0))  # lets both close their sockets
    loop.close()


def _bound(host: str, port: int, kind: socket.SocketKind, *, again: bool = False) -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    try:
        if again:  # though connections of the last time linger
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}: make the site anew, with other ports") from error
    return bound
