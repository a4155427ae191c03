"""Scripts of a page that ask whether a person or a program is there: what they show a program may be something else.

The browser says what it is (navigator.webdriver), as our name does in every request: nothing is hidden. But a page that
asked and shows nothing proves nothing. A script in every document (`NOTE_ASKING`) remembers who asked.

seen: lists that are fetched only where navigator.webdriver is not set.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.browser import driver
from portal.urls import LONGEST_ADDRESS

if TYPE_CHECKING:
    from playwright.async_api import Page

ASKS = "webdriver"  # beginning of what a page's record says of such a script, its address behind it
SECONDS = 2.0

# Run in every document before its own scripts. The address of a script in the page is that of the page.
NOTE_ASKING = """(() => {
  const own = Object.getOwnPropertyDescriptor(Navigator.prototype, 'webdriver'), asked = new Set();
  if (!own || !own.get) return;
  Object.defineProperty(Navigator.prototype, 'webdriver', { ...own, get() {
    const calls = String(new Error().stack).split('\\n').slice(2);
    const first = calls.map(line => line.match(/https?:[^\\s)]+?(?=:\\d+:\\d)/)).find(call => call);
    if (asked.size < 8) asked.add(first ? first[0] : location.href);
    return own.get.call(this);
  } });
  Object.defineProperty(window, Symbol.for('mingcha.asked'), { value: asked });
})()"""


async def who_asked(page: Page) -> tuple[str, ...]:
    """Returns the addresses of the scripts of a page that asked, () where it does not let itself be read."""
    try:
        async with asyncio.timeout(SECONDS):
            found = await page.evaluate("() => [...(window[Symbol.for('mingcha.asked')] || [])]")
            return tuple(str(address)[:LONGEST_ADDRESS] for address in found)
    except (driver.Error, TimeoutError):
        return ()
