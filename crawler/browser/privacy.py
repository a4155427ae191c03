"""Masks personal data in a page while its picture is taken: letters on portals show what their writers left there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from crawler.browser import driver
from portal.personal import mask_personal, may_name

if TYPE_CHECKING:
    from playwright.async_api import Page

# Only texts that can hold personal data travel.
_COLLECT = r"""(pattern) => {
  const may = new RegExp(pattern);
  const found = [], texts = [], walk = document.createTreeWalker(document.body || document, NodeFilter.SHOW_TEXT);
  while (walk.nextNode() && found.length < 20000) {
    const text = walk.currentNode.nodeValue;
    if (may.test(text)) { found.push(walk.currentNode); texts.push(text); }
  }
  window.__shown = found;
  return texts;
}"""
_PUT = "(changes) => { for (const [index, text] of changes) window.__shown[index].nodeValue = text; }"


@contextlib.asynccontextmanager
async def masked(page: Page) -> AsyncIterator[None]:
    """Masks ID, card and mobile numbers, mail addresses and labelled names in the visible text; puts them back after.

    A page that cannot be worked on is left as it is: frames of other sites are not reached.
    """
    changes: list[tuple[int, str]] = []
    before: list[tuple[int, str]] = []
    with contextlib.suppress(driver.Error):
        texts: list[str] = await page.evaluate(_COLLECT, may_name())
        for index, text in enumerate(texts):
            if (hidden := mask_personal(text)) != text:
                changes.append((index, hidden))
                before.append((index, text))
        if changes:
            await page.evaluate(_PUT, changes)
    try:
        yield
    finally:
        if before:
            with contextlib.suppress(driver.Error):
                await page.evaluate(_PUT, before)
