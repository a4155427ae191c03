"""What a result page holds and does not show: the results of other classes and of the pages behind the first.

And what it showed before it was asked, where the results come on the page itself: a layer, a list that is filtered.

Result systems draw all classes, or twenty results, at once and lay out one class, or ten of them; style sheets and
scripts decide, so only the browser knows. The reader of results leaves out what is marked here.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from crawler.browser import driver
from portal.result_cards import UNSEEN
from portal.vocabulary import load

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

FRAMES = 8  # of a page, itself included, that are looked at: result systems stand in one, advertisements in many
BEFORE = "data-mingcha-before"

_TOLD = "a,[onclick],h2,h3,h4,h5,[class]"
_TITLED: list[str] = load("search")["results"]["title_names"]
# What stood there before the question, by what it said: applications draw new results into old elements.
_KEEP = """([name, told]) => {
  document.documentElement.setAttribute(name, '');
  for (const e of document.querySelectorAll(told)) {
    if (!e.matches('a,[onclick],h2,h3,h4,h5') && e.textContent.length > 300) continue;
    e.setAttribute(name, (e.href || '') + ' ' + e.textContent.length + ' ' + e.textContent.slice(0, 60));
  }
}"""
# What an element holds has boxes where it is laid out, be it text or a picture; the element itself may have none
# (display: contents). Returns what is laid out and stood there before.
_MARK = """([name, before, told, titled, same]) => {
  const range = document.createRange(), old = [];
  for (const e of document.querySelectorAll(told)) {
    const called = (e.getAttribute('class') || '').toLowerCase();
    if (!e.matches('a,[onclick],h2,h3,h4,h5') && !titled.some(word => called.includes(word))) continue;
    let shown = e.getClientRects().length > 0;
    if (!shown) { range.selectNodeContents(e); shown = range.getClientRects().length > 0; }
    if (shown && same) {
      const said = (e.href || '') + ' ' + e.textContent.length + ' ' + e.textContent.slice(0, 60);
      if (e.getAttribute(before) === said) { shown = false; old.push(e.textContent.slice(0, 200)); }
    }
    if (shown) e.removeAttribute(name); else e.setAttribute(name, '');
  }
  return old;
}"""
_STAYED = "name => document.documentElement.hasAttribute(name)"
# The block that holds what is new, as far up as nothing old stands in it.
_FRESH = """([name, before]) => {
  const links = [...document.querySelectorAll('a,[onclick],h2,h3,h4,h5')].filter(e => !e.hasAttribute(name));
  let block = links[0] || null;
  while (block && !links.every(link => block.contains(link))) block = block.parentElement;
  const up = () => block.parentElement && block.parentElement !== document.body;
  while (block && up() && !block.parentElement.querySelector(`[${before}]`)) block = block.parentElement;
  return block && block !== document.body && block !== document.documentElement ? block.outerHTML : '';
}"""


async def mark_before(page: Page) -> None:
    """Marks what a page shows before it is asked, frames included: results may come on the same page."""
    for frame in page.frames[:FRAMES]:
        with contextlib.suppress(driver.Error):
            await frame.evaluate(_KEEP, [BEFORE, _TOLD])


async def led_frame(page: Page) -> Frame | None:
    """Returns the frame of a frameset that shows another document than the one marked before it was asked."""
    with contextlib.suppress(driver.Error):
        if await page.evaluate("() => !!document.querySelector('frameset')"):
            for frame in page.frames[1:FRAMES]:
                if not await frame.evaluate(_STAYED, BEFORE):
                    return frame
    return None


async def stayed(page: Page) -> bool:
    """Returns whether the document is the one marked before it was asked."""
    with contextlib.suppress(driver.Error):
        return bool(await page.evaluate(_STAYED, BEFORE))
    return False


async def mark_unseen(page: Page, *, same: bool = False) -> list[str]:
    """Marks the links, titles and what is clicked that the page does not lay out, frames included; before a snapshot.

    On the `same` page that was asked, what stood there before is marked, too, and its texts are returned. A page that
    does not answer stays unmarked.
    """
    old: list[str] = []
    for frame in page.frames[:FRAMES]:
        with contextlib.suppress(driver.Error):
            old += await frame.evaluate(_MARK, [UNSEEN, BEFORE, _TOLD, _TITLED, same])
    return old


async def fresh_block(page: Page) -> str:
    """Returns the block of a page `mark_unseen` has marked that holds what came since it was asked; "" without one."""
    with contextlib.suppress(driver.Error):
        return str(await page.evaluate(_FRESH, [UNSEEN, BEFORE]))
    return ""
