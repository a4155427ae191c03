"""What a result page holds and does not show: the results of other classes and of the pages behind the first.

Result systems draw all classes, or twenty results, at once and lay out one class, or ten of them; style sheets and
scripts decide, so only the browser knows. The reader of results leaves out what is marked here.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from crawler.browser import driver
from portal.results import UNSEEN

if TYPE_CHECKING:
    from playwright.async_api import Page

FRAMES = 8

# What an element holds has boxes where it is laid out, be it text or a picture; the element itself may have none
# (display: contents).
_MARK = """name => {
  const range = document.createRange();
  for (const e of document.querySelectorAll('a,[onclick],h2,h3,h4,h5,[class]')) {
    if (!e.matches('a,[onclick],h2,h3,h4,h5') && !/tit|bt|subject|headline/i.test(e.getAttribute('class'))) continue;
    let shown = e.getClientRects().length > 0;
    if (!shown) { range.selectNodeContents(e); shown = range.getClientRects().length > 0; }
    if (shown) e.removeAttribute(name); else e.setAttribute(name, '');
  }
}"""


async def mark_unseen(page: Page) -> None:
    """Marks the links, titles and what is clicked that the page does not lay out, frames included; before a snapshot.

    A page that does not answer stays unmarked.
    """
    for frame in page.frames[:FRAMES]:
        with contextlib.suppress(driver.Error, TimeoutError):
            await frame.evaluate(_MARK, UNSEEN)
