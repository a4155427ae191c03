"""Texts that a page shows a hand over and that are no links: where they lead, its scripts know alone.

Applications go on by their router: what looks like a link may be a plain element with a listener. A reader of the
document takes it for text, a visitor presses it. Nothing is pressed here: such a text becomes a link to nowhere.

seen: 相关解读 of applications in Vue, each title a <div> that goes on to the interpretation.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.browser import driver

if TYPE_CHECKING:
    from playwright.async_api import Page

SECONDS = 4.0
MOST = 200  # texts of one page

_NOTE = """most => {
  let count = 0;
  for (const element of document.body ? document.body.querySelectorAll('*') : []) {
    const size = element.childElementCount ? 0 : element.textContent.trim().length;
    if (size < 6 || size > 120 || count >= most) continue;
    if (element.closest('a[href],button,label,summary,select,textarea,script,style,noscript')) continue;
    if (getComputedStyle(element).cursor !== 'pointer' || !element.getClientRects().length) continue;
    const link = document.createElement('a');
    link.setAttribute('href', 'javascript:void(0)');
    link.setAttribute('data-mingcha-pressed', '');
    link.append(...element.childNodes);
    element.append(link);
    count++;
  }
  return count;
}"""


async def note_pressed(page: Page) -> int:
    """Returns how many texts of the page show a hand, each of them made a link that names no address. 0 where the page
    does not let itself be asked."""
    try:
        async with asyncio.timeout(SECONDS):
            return int(await page.evaluate(_NOTE, MOST))
    except (driver.Error, TimeoutError):
        return 0
