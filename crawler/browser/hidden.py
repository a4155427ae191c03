"""Links that a page's own style sheets never show, as a browser lays the page out: a visitor cannot click on them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crawler.browser import driver
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit, Wait
from portal.artifacts import FetchOutcome

if TYPE_CHECKING:
    from playwright.async_api import Page

WAIT = Wait(quiet=0.6, cap=8.0)

# The element itself must not be laid out. Menus that unfold and tabs fold what holds the links, not each link, and so
# say nothing here; the cost is that a link in a box that is never shown counts as seen. No part of an image map is laid
# out: it is shown where its picture is.
_UNSEEN = """addresses => {
  const plain = address => { try { const u = new URL(address, document.baseURI); u.hash = ''; return u.href; }
    catch (bad) { return ''; } };
  const found = new Map(addresses.map(address => [plain(address), []]));
  for (const [tags, name] of [['a[href],area[href]', 'href'], ['img[src],iframe[src],embed[src]', 'src'],
    ['object[data]', 'data']])
    for (const e of document.querySelectorAll(tags)) found.get(plain(e.getAttribute(name)))?.push(e);
  const laid = e => getComputedStyle(e).display !== 'none';
  const shown = e => e.tagName === 'AREA'
    ? [...document.images].some(i => i.useMap === '#' + (e.closest('map')?.name ?? '') && laid(i)) : laid(e);
  return addresses.filter(address => { const held = found.get(plain(address));
    return held.length && !held.some(shown); });
}"""


async def unseen_links(
    service: BrowserService, wanted: Mapping[str, Sequence[str]], *, seconds: float
) -> frozenset[tuple[str, str]]:
    """Returns (page, address) of the wanted links that their page holds and never lays out. `wanted` maps pages to
    addresses. Pages that do not open within `seconds` in all, and machines without a browser, tell nothing.
    Never raises."""
    end = time.monotonic() + seconds
    found: set[tuple[str, str]] = set()
    for page, addresses in wanted.items():
        if time.monotonic() >= end:
            break
        try:
            found |= {(page, address) for address in await _look(service, page, addresses)}
        except NoBrowserError:
            break
        except (PageError, BrowserLostError):
            continue
    return frozenset(found)


async def _look(service: BrowserService, page: str, addresses: Sequence[str]) -> list[str]:
    async def action(visit: Visit) -> list[str]:
        if await visit.goto(page, WAIT) is not FetchOutcome.OK:
            return []
        return await _unseen(visit.page, addresses)

    return await service.run(action, images=False, purpose="proof")


async def _unseen(page: Page, addresses: Sequence[str]) -> list[str]:
    try:
        found: Any = await page.evaluate(_UNSEEN, list(addresses))
    except driver.Error:
        return []  # the page went on to another one by itself
    return [address for address in addresses if address in found]
