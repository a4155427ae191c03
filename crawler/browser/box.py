"""The search box as a visitor meets it: is it there, where on the first screen, does it take a title, does it send it.

The reader says which input of the source is the site's search (`portal.searchbox`); what only a browser knows is said
here: whether it is visible, how far down it stands, and what must be clicked for it to unfold.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import Struct

from crawler.browser import driver
from crawler.browser.launch import VIEWPORT
from crawler.browser.rendered import storable
from crawler.browser.sending import sends_search
from crawler.browser.shadows import DRAWN
from crawler.browser.visit import Visit, Wait
from crawler.browser.words import names, opener_words
from portal.actions import changes_something, says_deed
from portal.artifacts import PageRecord
from portal.counts import number_of
from portal.facts import PageFacts, Region, SearchBox
from portal.model import SearchOverride
from portal.vocabulary import words

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

# Share of the first screen that counts as the head of a home page: banners and menus push boxes down.
HEAD_SHARE = 0.6
FRAMES = 8
CLICK_MS = 2500
LATE = 6.0  # seconds in which a script may build the box of a page that stood still. seen: heads built after three
OPENERS = 3  # folded boxes: how many icons are tried

_SHOWN = """element => {
  const box = element.getBoundingClientRect();
  let faint = false;
  for (let e = element; e; e = e.parentElement) if (parseFloat(getComputedStyle(e).opacity) < 0.1) faint = true;
  const style = getComputedStyle(element);
  return box.width >= 20 && box.height >= 8 && style.visibility === 'visible' && !faint && !element.disabled;
}"""
_IN_HEAD_ELEMENT = """element => !!element.closest('header, [role=banner]')"""
# Small elements near the top whose class, id, title or text names the search.
_OPENERS = """([names, words, height]) => {
  const found = [];
  for (const element of document.querySelectorAll('a,button,i,span,img,svg,div,li,em,input[type=button]')) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || box.width > 220 || box.height > 110 || box.top < 0 || box.top > height) continue;
    const name = [element.getAttribute('class'), element.id, element.getAttribute('title'), element.getAttribute('alt'),
      element.getAttribute('aria-label'), element.getAttribute('src')].join(' ').toLowerCase();
    const text = (element.textContent || '').replace(/\\s+/g, '');
    if (words.includes(text) || names.some(part => name.includes(part))) {
      const href = element.closest('a') ? element.closest('a').href : '';
      element.setAttribute('data-mingcha-opener', found.length);
      found.push({href: /^https?:/.test(href) ? href : '', text, says: words.includes(text)});
      if (found.length >= 12) break;
    }
  }
  return found;
}"""

# A hand over an icon without name and text: what a page's script listens to, no source tells.
_BESIDE = """box => {
  const silent = ['hidden', 'button', 'submit'];
  let count = 0, area = box;
  for (let up = 0; up < 3; up++) {
    area = area.parentElement;
    if (!area || area === document.body) break;
    if ([...area.querySelectorAll('input,textarea,select')].some(e => e !== box && !silent.includes(e.type))) break;
    for (const e of area.querySelectorAll('*')) {
      const b = e.getBoundingClientRect();
      if (b.width < 8 || b.height < 8 || b.width > 200 || b.height > 90 || e.contains(box)) continue;
      if (getComputedStyle(e).cursor !== 'pointer' || e.closest('a[href^="http"],a[href^="/"]')) continue;
      if (e.parentElement !== area && getComputedStyle(e.parentElement).cursor === 'pointer') continue;
      e.setAttribute('data-mingcha-beside', count++);
      if (count >= 3) return count;
    }
    if (count) break;
  }
  return count;
}"""

# Pages that must show the same box before it counts as the portal's own search.
SHARED = 3

_LOOKS_LIKE = """([words, not_words, height, drawn]) => {
  const kept = window[Symbol.for('mingcha.shadows')], shadow = e => e.shadowRoot || (kept && kept.get(e));
  const flat = text => (text || '').replace(/\\s+/g, '');
  const says = text => { const t = flat(text); return t.length <= 12 && words.some(word => t.includes(word)); };
  const label = e => [e.value, e.textContent, e.alt, e.title, e.getAttribute('aria-label')].some(says) ||
    [...e.querySelectorAll('img[alt],[title]')].some(i => says(i.alt) || says(i.title));
  const shown = e => { const b = e.getBoundingClientRect(), s = getComputedStyle(e);
    return b.width >= 40 && b.height >= 10 && b.top >= 0 && b.top < height && b.left >= 0 && b.left < innerWidth &&
      s.visibility === 'visible' && !e.disabled && !e.readOnly; };
  const path = e => {
    if (e.id && document.querySelectorAll('#' + CSS.escape(e.id)).length === 1) return '#' + CSS.escape(e.id);
    const steps = [], root = e.getRootNode();
    const inner = root.host && path(root.host) + (root.host.shadowRoot ? ' ' : ` >> ${drawn}=`);
    if (root.host && e.id) return inner + '#' + CSS.escape(e.id);
    for (let at = e; at && at !== document.documentElement; at = at.parentElement) {
      if (!at.parentElement) {  // right below a shadow root
        const alike = [...root.children].filter(s => s.tagName === at.tagName);
        steps.unshift(`${at.tagName.toLowerCase()}:nth-of-type(${alike.indexOf(at) + 1})`);
        return inner + steps.join(' > ');
      }
      const same = [...at.parentElement.children].filter(s => s.tagName === at.tagName);
      steps.unshift(at.tagName.toLowerCase() + (at === document.body ? '' : `:nth-of-type(${same.indexOf(at) + 1})`));
    }
    return steps.join(' > ');
  };
  const text = e => e.matches('input') && ['text', 'search', ''].includes((e.getAttribute('type') || '').toLowerCase());
  const inputs = root => [...root.querySelectorAll('input'),
    ...[...root.querySelectorAll('*')].map(shadow).filter(inner => inner).flatMap(inputs)];
  for (const field of inputs(document)) {
    if (!text(field) || !shown(field)) continue;
    const about = flat([field.placeholder, field.value, field.title, field.getAttribute('aria-label')].join(' '));
    if (not_words.some(word => about.includes(word))) continue;
    let button = null;
    // From its own row upwards first: some pages are one form from top to bottom.
    for (let area of [field.parentElement, field.form])
      for (let up = 0; !button && area && area !== document.body && up < 4; up++, area = area.parentElement) {
        const others = [...area.querySelectorAll('input')].filter(text).length > 1;
        if (others || area.querySelector('input[type=password]')) break;
        const kinds = 'button,input[type=submit],input[type=button],input[type=image],a,img,span,i';
        button = [...area.querySelectorAll(kinds)].find(e => e !== field && !e.contains(field) && label(e)) || null;
      }
    if (!button && !says(field.placeholder) && !says(field.value)) continue;
    const form = field.form;
    return {selector: path(field), submit: button ? path(button) : '', name: field.name || '', value: field.value || '',
      action: form && form.hasAttribute('action') && /^https?:/.test(form.action) ? form.action : '',
      method: form ? form.method : 'get'};
  }
  return null;
}"""


def page_with_box(pages: Iterable[PageRecord], home: str) -> str:
    """Returns the address of a page that shows the search box most pages of the portal share, "" without one.

    Asked where the home page has none. A box on fewer than SHARED pages may search a single column.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for page in pages:
        facts = page.rendered or page.facts
        box = facts.search_box if facts is not None else None
        if box is not None and box.visible and page.url != home and not page.fetch.outcome.failed:
            found.setdefault((box.action, box.field or box.selector), []).append(page.url)
    shared = max(found.values(), key=len, default=[])
    return min(shared) if len(shared) >= SHARED else ""


class Sight(Struct, frozen=True):
    """What a visitor sees of the box: `top` is the middle of the box in pixels from the top of the page."""

    visible: bool
    in_header: bool
    top: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a search starts: the page, its box, how it looks, and what had to be clicked first.

    `via` is "box" (it stands there open), "opener" (an icon unfolds it) or "link" (a link in the head leads to it).
    """

    page: str
    box: SearchBox
    sight: Sight
    via: str = "box"
    opener: int = -1


def box_of(facts: PageFacts | None, override: SearchOverride) -> SearchBox | None:
    """Returns the box to use on a page: the operator's own word first, then the reader's."""
    read = facts.search_box if facts is not None else None
    if override.box:
        return SearchBox(
            selector=override.box,
            region=read.region if read else Region.HEADER,
            visible=True,
            submit=override.submit,
            action=read.action if read else "",
            method=read.method if read else "get",
        )
    if read is not None and override.submit:
        return replace(read, submit=override.submit)
    return read


async def seen_box(page: Page) -> SearchBox | None:
    """Returns the input that looks like the search to a visitor, where the source alone did not tell.

    High on the first screen, alone in its form, beside a button that says 搜索 or with a prompt that does; no login, no
    lookup by code. Names of classes and fields play no part.
    """
    for frame in page.frames[:FRAMES]:
        with contextlib.suppress(driver.Error):
            found = await frame.evaluate(
                _LOOKS_LIKE,
                [list(opener_words()), list(words("searching", "look", "not")), VIEWPORT[1] * HEAD_SHARE, DRAWN],
            )
            if found:
                found = {name: storable(str(value)) for name, value in found.items()}
                return SearchBox(
                    selector=found["selector"],
                    region=Region.HEADER,
                    visible=True,
                    action=found["action"],
                    method=found["method"],
                    field=found["name"],
                    submit=found["submit"],
                    prompt=found["value"],
                )
    return None


async def locate(page: Page, selector: str) -> Locator | None:
    """Returns the first visible element of a selector in the page or its frames, else the first at all, else None."""
    hidden: Locator | None = None
    for frame in page.frames[:FRAMES]:
        with contextlib.suppress(driver.Error):  # a selector that is no valid CSS, a frame that went away
            found = frame.locator(selector)
            for index in range(min(await found.count(), 4)):
                one = found.nth(index)
                if await one.is_visible():
                    return one
                hidden = hidden or one
    return hidden


async def sight_of(box: Locator) -> Sight:
    """Returns what a visitor sees of an input on the page as it stands. Raises playwright's Error when it is gone."""
    area = await box.bounding_box(timeout=CLICK_MS)
    if area is None or not await box.evaluate(_SHOWN, timeout=CLICK_MS):
        return Sight(False, False)
    width, height = VIEWPORT
    middle = area["y"] + area["height"] / 2
    inside = -area["width"] / 2 < area["x"] < width
    if not inside or middle < 0:
        return Sight(False, False, middle)
    # Either high on the first screen, or anywhere on it inside what the page itself marks as its head.
    head = middle <= height * HEAD_SHARE or (middle <= height and await box.evaluate(_IN_HEAD_ELEMENT))
    return Sight(True, bool(head), middle)


async def find_entry(visit: Visit, facts: PageFacts | None, override: SearchOverride) -> Entry | str | None:
    """Returns the entry on the page the visit shows; or the address of the page a search link leads to; or None.

    A folded box is unfolded by what looks like its opener. The page must stand at its top.
    """
    page = visit.page
    box = box_of(facts, override)
    found = await locate(page, box.selector) if box is not None else None
    if found is None and (box := await seen_box(page)) is not None:  # what is drawn has no place in the source
        found = await locate(page, box.selector)
    here = visit.page.url
    if box is not None and found is not None:
        sight = await sight_of(found)
        if sight.visible:
            return Entry(here, box, sight)
        for number in await _mark_openers(page):
            if await _unfold(visit, number) and (sight := await sight_of(found)).visible:
                return Entry(here, box, sight, "opener", number)
        return Entry(here, box, sight)
    return await _search_link(page)


async def prepare(visit: Visit, entry: Entry) -> Locator | None:
    """Returns the box ready to be typed into, on a page just opened; None when it is not there any more."""
    found, end = await locate(visit.page, entry.box.selector), time.monotonic() + LATE
    while found is None and (left := end - time.monotonic()) > 0 and await visit.changes(left):
        found = await locate(visit.page, entry.box.selector)
    if found is None:
        return None
    if entry.opener >= 0 and not (await sight_of(found)).visible:
        await _mark_openers(visit.page)
        await _unfold(visit, entry.opener)
    return found


async def type_title(box: Locator, text: str) -> str:
    """Returns what stands in the box after clearing it and typing `text` as a visitor would.

    Default text in the box is removed by the visitor's click (onfocus) or by clearing it. `maxlength` cuts.
    """
    limit = await box.get_attribute("maxlength", timeout=CLICK_MS)
    if limit and limit.isdecimal() and 0 < (most := number_of(limit)) < len(text):
        text = text[:most]
    try:
        await box.click(timeout=CLICK_MS)
    except driver.Error:
        await box.focus(timeout=CLICK_MS)  # something lies over it; the keyboard still reaches it
    await box.fill("", timeout=CLICK_MS, force=True)
    await box.fill(text[:-1], timeout=CLICK_MS, force=True)
    await box.press("End", timeout=CLICK_MS)
    await box.press_sequentially(text[-1:], timeout=CLICK_MS)
    typed = await box.input_value(timeout=CLICK_MS)
    if typed != text:
        await box.fill(text, timeout=CLICK_MS, force=True)
        typed = await box.input_value(timeout=CLICK_MS)
    await box.dispatch_event("keyup", {"key": text[-1:]})
    return typed


async def press_submit(visit: Visit, box: Locator, submit: str, *, named: bool = False) -> bool:
    """Returns whether there was a button to press, and presses it. One that would send something else than the search
    is none, unless the operator `named` it."""
    if not submit:
        return False
    button: Locator | None = None
    with contextlib.suppress(driver.Error):
        nearby = box.locator("xpath=ancestor::*[self::form or position() <= 4]").locator(submit)
        button = nearby.last if await nearby.count() else None
    button = button or await locate(visit.page, submit)
    if button is None or not (named or await sends_search(box, button)):
        return False
    return await click(button)


async def click(button: Locator) -> bool:
    """Presses a button and returns True. Raises playwright's Error when it is gone."""
    try:
        await button.click(timeout=CLICK_MS, no_wait_after=True)
    except driver.Error:
        # Covered or scrolled away: the page's own handler is called without a mouse.
        await button.dispatch_event("click", timeout=CLICK_MS)
    return True


async def clickable_beside(box: Locator) -> list[Locator]:
    """Returns what a visitor's mouse tells to be clickable beside a box whose source names no button.

    It is small, in the same block, with a hand over it, no link to elsewhere, and sends nothing but the search.
    """
    with contextlib.suppress(driver.Error):
        count = int(await box.evaluate(_BESIDE, timeout=CLICK_MS))
        blocks = [
            box.locator(f'xpath=ancestor::*//*[@data-mingcha-beside="{number}"]').first for number in range(count)
        ]
        return [block for block in blocks if await sends_search(box, block)]
    return []


async def _mark_openers(page: Page) -> list[int]:
    """Marks what may unfold a box and returns its numbers; links that lead elsewhere do not."""
    limit = VIEWPORT[1] * HEAD_SHARE
    with contextlib.suppress(driver.Error):
        found = await page.evaluate(_OPENERS, [list(names("opener")), list(opener_words()), limit])
        here = page.url.partition("#")[0]
        numbers = [
            number
            for number, one in enumerate(found)
            if one["href"].partition("#")[0] in ("", here) and not says_deed(one["text"])
        ]
        return numbers[:OPENERS]
    return []


async def _unfold(visit: Visit, number: int) -> bool:
    page = visit.page
    opener = page.locator(f'[data-mingcha-opener="{number}"]').first
    with contextlib.suppress(driver.Error):
        await opener.hover(timeout=CLICK_MS)
        await opener.click(timeout=CLICK_MS, no_wait_after=True)
        await visit.settle(Wait(0.3, 2.0))
        return True
    return False


async def _search_link(page: Page) -> str | None:
    limit = VIEWPORT[1] * HEAD_SHARE
    with contextlib.suppress(driver.Error, asyncio.TimeoutError):
        for one in await page.evaluate(_OPENERS, [list(names("opener")), list(opener_words()), limit]):
            href = str(one["href"])
            elsewhere = href and href.partition("#")[0] != page.url.partition("#")[0]
            if one["says"] and elsewhere and not changes_something(href):
                return href
    return None
