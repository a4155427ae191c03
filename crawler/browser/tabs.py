"""Tabs whose panel a page fetches when they are pressed: what stands behind them, a visitor sees and no source tells.

Only what is declared a tab is pressed (by ARIA or a component library), a few of a page, where it lies in no form, menu
or footer, leads to no other page and says no deed. A press is a click of a script, so that what keeps pages from deeds
(`crawler.browser.deeds`) holds it back as well; a page that goes elsewhere by it is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from crawler.browser import driver
from crawler.browser.lacking import lacks_counterpart, unfilled
from crawler.browser.visit import Visit, Wait
from crawler.net.politeness import PolitenessError
from portal.actions import says_deed
from portal.facts import PageFacts, PageKind
from portal.vocabulary import load

MOST = 5  # tabs of one page that are pressed
WAIT = Wait(quiet=0.6, cap=5.0)
SECONDS = 4.0
OLD = 14  # days from which the newest item of a list may be too old for some column
_ELSEWHERE = frozenset({PageKind.ERROR, PageKind.CHALLENGE})

_TABS: Mapping[str, Any] = load("lists")["tabs"]
_FIND = """([each, shown, aside]) => {
  const stays = e =>
    /^(#|javascript:|$)/i.test((e.closest('a') || e.querySelector('a'))?.getAttribute('href') || '');
  const open = e => e.matches(shown) || (e.parentElement.tagName === 'LI' && e.parentElement.matches(shown));
  const tabs = [...document.querySelectorAll(each.join())].filter(e =>
    !e.closest(aside) && !e.parentElement.closest(each.join()) && e.getClientRects().length && !e.disabled && stays(e));
  const found = tabs.filter(e => !open(e));
  window[Symbol.for('mingcha.tabs')] = [...found, ...tabs.filter(open).slice(0, 1)];
  return found.map(e => (e.textContent || '').replace(/\\s+/g, '').slice(0, 40));
}"""
_PRESS = (
    "at => { const tab = window[Symbol.for('mingcha.tabs')][at]; if (tab) (tab.querySelector('a') || tab).click(); }"
)


async def through_tabs(visit: Visit) -> AsyncIterator[str]:
    """Yields the text of each tab that was pressed, when its panel has come to rest; after the last one the page is as
    it was. Ends where the page went elsewhere, does not let itself be asked, or nothing may be sent any more."""
    page, here = visit.page, document_of(visit.page.url)
    with contextlib.suppress(driver.Error, TimeoutError, PolitenessError):
        async with asyncio.timeout(SECONDS):
            texts = await page.evaluate(_FIND, [_TABS["each"], _TABS["shown"], _TABS["aside"]])
        pressed = 0
        for at, text in enumerate(texts if isinstance(texts, list) else ()):
            if not isinstance(text, str) or says_deed(text) or pressed >= MOST:
                continue
            await visit.turn()
            async with asyncio.timeout(SECONDS):
                await page.evaluate(_PRESS, at)
            pressed += 1
            await visit.settle(WAIT)
            if document_of(page.url) != here or visit.leads_to_deed:
                return
            yield text
        if pressed:
            async with asyncio.timeout(SECONDS):
                await page.evaluate(_PRESS, len(texts))
            await visit.settle(WAIT)


def behind(first: PageFacts, seen: PageFacts | None, as_of: dt.date | None) -> PageFacts | None:
    """Returns the facts of a page with those of a tab that has what the page lacked: a list, a counterpart, newer
    items. None where it has not, or nothing was lacking."""
    if seen is None or seen.kind in _ELSEWHERE or not lacks(first, as_of):
        return None
    if lacks_counterpart(first):
        better = seen.kind is first.kind and not lacks_counterpart(seen)
    elif unfilled(first):
        better = not unfilled(seen)
    else:
        better = _newest(seen) > _newest(first)
    if not better:
        return None
    items, links = {item.url or item.title for item in seen.items}, {link.url for link in seen.links}
    return msgspec.structs.replace(
        seen,
        items=(*seen.items, *(item for item in first.items if (item.url or item.title) not in items)),
        links=(*seen.links, *(link for link in first.links if link.url not in links)),
    )


def lacks(facts: PageFacts | None, as_of: dt.date | None) -> bool:
    """Returns whether a page shows nothing, not what it should lead to, or a list of which nothing is new."""
    if facts is None:
        return False
    newest = _newest(facts)
    old = as_of is not None and newest is not dt.date.min and (as_of - newest).days > OLD
    return unfilled(facts) or lacks_counterpart(facts) or old


def _newest(facts: PageFacts) -> dt.date:
    return max((item.date for item in facts.items if item.date is not None), default=dt.date.min)


def document_of(url: str) -> str:
    """Returns an address without query and fragment, which tabs may change."""
    return url.partition("#")[0].partition("?")[0]
