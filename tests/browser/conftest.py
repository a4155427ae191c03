"""One browser and one server for the whole folder; each test gets a clean set of pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from crawler.browser.browsers import Found, find_browser
from crawler.browser.service import BrowserService, NoBrowserError
from portal.model import Network, Portal
from storage.bundle import Bundle, Header
from tests.browser.site import HOME, Site

AS_OF = dt.date(2026, 11, 20)


@pytest.fixture(scope="session")
async def found() -> Found:
    """A browser of this machine, proven; without one the folder is skipped with what was tried."""
    result = await find_browser()
    if not isinstance(result, Found):
        pytest.skip(f"no browser: {result.why}")
    return result


@pytest.fixture(scope="session")
async def _server() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


@pytest.fixture
def site(_server: Site) -> Site:
    """The server with no page on it and no request counted."""
    _server.pages.clear()
    _server.asked.clear()
    return _server


@pytest.fixture(scope="session")
async def _service(_server: Site, found: Found) -> AsyncIterator[BrowserService]:
    service = BrowserService(_server.network, found=found, page_seconds=12.0)
    try:
        await service.start()
    except NoBrowserError as error:
        pytest.skip(str(error))
    yield service
    await service.close()


@pytest.fixture
def service(_service: BrowserService, site: Site) -> BrowserService:
    """The browser service in the server's network."""
    return _service


@pytest.fixture
def bundle(tmp_path: Path) -> Iterator[Bundle]:
    """An empty bundle."""
    header = Header(
        audit="qingshi-1",
        portal=PORTAL,
        network=Network(),
        as_of=AS_OF,
        started=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        seed="s",
        version="0",
    )
    with Bundle.create(tmp_path / "bundle", header) as made:
        yield made


PORTAL = Portal(id="qingshi", name="青石县人民政府", home=f"{HOME}/")
