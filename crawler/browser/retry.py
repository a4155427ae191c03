"""加载失败，点击重试: what a result page offers where its own request for results failed, pressed once."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from crawler.browser import driver
from crawler.browser.asking import visible_text
from crawler.browser.visit import Visit
from crawler.browser.words import says
from crawler.net.politeness import PolitenessError
from portal.vocabulary import words

if TYPE_CHECKING:
    from playwright.async_api import Page

CLICK_MS = 2500
LONGEST = 20  # characters of the line that offers it

# In no form, and no link to elsewhere; the innermost of what says so, be it 重试 or the whole line 加载失败，点击重试.
_MARK = """([words, longest]) => {
  let found = null;
  for (const e of document.querySelectorAll('a,button,span,div,p,em,i,b')) {
    const said = (e.textContent || '').replace(/\\s+/g, ''), box = e.getBoundingClientRect();
    if (said.length > longest || !words.some(word => said.includes(word)) || !box.width || !box.height) continue;
    const href = e.closest('a')?.getAttribute('href') || '';
    if (!e.closest('form') && (!href || /^(#|javascript:)/i.test(href)) && (!found || found.contains(e))) found = e;
  }
  found?.setAttribute('data-mingcha-retry', '');
  return !!found;
}"""


async def press_retry(visit: Visit, page: Page) -> bool:
    """Returns whether a page says that it could not load its results and offers to try again, and does so."""
    if not says("stumbled", await visible_text(page)):
        return False
    with contextlib.suppress(driver.Error, PolitenessError):
        if await page.evaluate(_MARK, [list(words("searching", "stumbled", "buttons")), LONGEST]):
            await visit.turn()
            await page.locator("[data-mingcha-retry]").first.click(timeout=CLICK_MS, no_wait_after=True)
            return True
    return False
