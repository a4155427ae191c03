"""Playwright, imported when something of it is needed: an audit without a browser never does, and starts sooner."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Error, Playwright, TimeoutError, async_playwright

    __all__ = ["Error", "TimeoutError", "async_playwright", "start"]
else:

    def __getattr__(name: str) -> Any:
        import playwright.async_api

        return getattr(playwright.async_api, name)


# MB. The driver only hands on messages, which are soon forgotten: a small nursery takes 40 MB less for the same work.
_NODE_OPTIONS = "--max-semi-space-size=2"


async def start() -> Playwright:
    """Returns the driver, started in a process of its own; to be stopped. Raises whatever Playwright does."""
    from playwright.async_api import async_playwright

    before = os.environ.get("NODE_OPTIONS")
    os.environ["NODE_OPTIONS"] = f"{before or ''} {_NODE_OPTIONS}".strip()  # Playwright takes no environment
    try:
        return await async_playwright().start()
    finally:
        if before is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = before
