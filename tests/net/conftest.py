"""Shared pieces of the network tests: a fetcher towards loopback servers under government names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from crawler.net.fetcher import Fetcher
from crawler.net.requestlog import RequestLog
from portal.model import Network, Portal
from storage.bundle import Bundle
from tests.net.servers import AwkwardServer

HOST = "www.a.gov.cn"
SITE = f"http://{HOST}"


def make_portal(**changes: Any) -> Portal:
    """Returns a portal at HOST without a noticeable pace."""
    values: dict[str, Any] = {"id": "a", "name": "甲县", "home": f"{SITE}/", "rate": 10_000.0, "concurrency": 4}
    return Portal(**{**values, **changes})


def make_network(hosts: dict[str, str] | None = None, **changes: Any) -> Network:
    """Returns a sealed network with these hosts at these endpoints."""
    table = {name: (endpoint,) for name, endpoint in (hosts or {}).items()}
    return Network(**{"hosts": table, "sealed": True, **changes})


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """An authority made for the occasion."""
    return trustme.CA()


Reach = Callable[..., Any]


@pytest.fixture
def reach() -> Reach:
    """A context manager that gives a server and a fetcher which knows it as HOST."""

    @asynccontextmanager
    async def both(
        *, bundle: Bundle | None = None, log: Path | None = None, server: AwkwardServer | None = None, **portal: Any
    ) -> AsyncIterator[tuple[AwkwardServer, Fetcher]]:
        async with server or AwkwardServer() as running:
            network = make_network({HOST: running.endpoint})
            async with Fetcher(network, make_portal(**portal), bundle, log=RequestLog(log) if log else None) as fetcher:
                yield running, fetcher

    return both
