"""What the attacks share: a fetcher towards a loopback server, a proven browser, a service in the server's network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from crawler.browser import BrowserService, NoBrowserError
from crawler.browsers import Found, find_browser
from tests.browser.site import Site
from tests.net.conftest import reach as reach


@pytest.fixture(scope="session")
async def found() -> Found:
    """A browser of this machine, proven; without one its tests are skipped with what was tried."""
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
    service = BrowserService(_server.network, found=found, page_seconds=20.0)
    try:
        await service.start()
    except NoBrowserError as error:
        pytest.skip(str(error))
    yield service
    await service.close()


@pytest.fixture
def service(_service: BrowserService, site: Site) -> BrowserService:
    """The browser service in the server's network, one for the whole folder."""
    return _service
