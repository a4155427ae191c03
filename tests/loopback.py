"""A server on loopback that answers whatever is asked."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(answer: Answer, *addresses: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Yields the free port at which every request is answered: on 127.0.0.1, or on each of the addresses given."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        port = 0
        for address in addresses or ("127.0.0.1",):
            await web.TCPSite(runner, address, port, ssl_context=tls).start()
            port = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()
