"""What the attacks share: a fetcher towards a loopback server, and browser and server of the browser's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from crawler.browser.browsers import Found
from tests.browser.conftest import _server as _server
from tests.browser.conftest import _service as _service
from tests.browser.conftest import found as found
from tests.browser.conftest import service as service
from tests.browser.conftest import site as site
from tests.net.conftest import reach as reach


@pytest.fixture
async def bare(found: Found) -> AsyncIterator[Browser]:
    """The same browser as people have it, without what holds it back: what it does then shows that a test can fail."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found.path)
        yield browser
        await browser.close()
