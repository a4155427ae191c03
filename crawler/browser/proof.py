"""Proof in pictures: the page a finding stands on, the offending element outlined, address and time on the picture."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.browser import driver
from crawler.browser.rendered import now
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit, Wait
from portal.artifacts import FetchOutcome, Shot
from storage.bundle import Bundle

if TYPE_CHECKING:
    from playwright.async_api import Page

WAIT = Wait(quiet=0.6, cap=8.0)
PER_PAGE = 12  # pictures taken of one page at one visit

# Finds the element that refers to an address, however it holds it, and makes it (or what shows it) stand out.
_OUTLINE = """([target, selector]) => {
  const plain = address => { try { const u = new URL(address, document.baseURI); u.hash = ''; return u.href; }
    catch (bad) { return ''; } };
  const wanted = target ? plain(target) : '';
  const visible = e => { const b = e.getBoundingClientRect(); const s = getComputedStyle(e);
    return b.width > 1 && b.height > 1 && s.visibility === 'visible'; };
  const tries = [];
  if (selector) { try { tries.push(...document.querySelectorAll(selector)); } catch (bad) {} }
  if (wanted) {
    for (const e of document.querySelectorAll('[href],[src],[data],[background]'))
      for (const name of ['href', 'src', 'data', 'background'])
        if (e.hasAttribute(name) && plain(e.getAttribute(name)) === wanted) tries.push(e);
    for (const e of document.querySelectorAll('option[value]'))
      if (plain(e.value) === wanted && e.closest('select')) tries.push(e.closest('select'));
    const raw = target.replace(/^https?:\\/\\/[^/]+/, '');
    for (const e of document.querySelectorAll('[onclick]'))
      if (e.getAttribute('onclick').includes(target) || (raw.length > 4 && e.getAttribute('onclick').includes(raw)))
        tries.push(e);
  }
  let shown = tries.find(visible) || null;
  if (!shown) for (const e of tries) {
    // Folded menus: the nearest visible ancestor is where a visitor would look. Scripts and styles show nowhere.
    if (['SCRIPT', 'LINK', 'META'].includes(e.tagName)) continue;
    for (let up = e.parentElement; up && up !== document.body && !shown; up = up.parentElement)
      if (visible(up)) shown = up;
    if (shown) break;
  }
  if (!shown) return false;
  const inner = visible(shown) && shown.tagName === 'A' && shown.querySelector('img');
  const marked = inner && shown.getBoundingClientRect().height < 4 ? inner : shown;
  marked.setAttribute('data-mingcha-outline', marked.style.cssText || ' ');
  marked.style.setProperty('outline', '4px solid #d00000', 'important');
  marked.style.setProperty('outline-offset', '2px', 'important');
  marked.style.setProperty('box-shadow', '0 0 0 9999px rgba(0,0,0,.12)', 'important');
  marked.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  return true;
}"""
_CLEAR = """() => {
  for (const e of document.querySelectorAll('[data-mingcha-outline]')) {
    e.style.cssText = e.getAttribute('data-mingcha-outline').trim(); e.removeAttribute('data-mingcha-outline');
  }
}"""
_BAR = """([address, time, caption]) => {
  let bar = document.getElementById('mingcha-bar');
  if (!bar) {
    bar = document.createElement('div'); bar.id = 'mingcha-bar';
    bar.style.cssText = 'all:initial;position:fixed;left:0;right:0;bottom:0;z-index:2147483647;background:#1b2a41;' +
      'color:#fff;font:14px/1.5 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;padding:6px 12px;' +
      'box-sizing:border-box;word-break:break-all;';
    document.documentElement.append(bar);
    // Room below the page's end, so that what stands there can be scrolled clear of the bar.
    const room = document.createElement('div');
    room.style.cssText = 'all:initial;display:block;clear:both;height:50vh;';
    (document.body || document.documentElement).append(room);
  }
  bar.textContent = '';
  const line = (text, weight) => { const row = document.createElement('div'); row.textContent = text;
    row.style.cssText = 'all:initial;display:block;color:#fff;font:' + weight + ' 14px/1.5 "PingFang SC",' +
      '"Microsoft YaHei","Noto Sans CJK SC",sans-serif;'; bar.append(row); };
  if (caption) line(caption, '600');
  line(address + ' \u3000 ' + time, '400');
}"""
# In the flow above the page, not over it: a result page may not say what it was asked for.
_HEAD = """([caption, address, time]) => {
  const bar = document.createElement('div'); bar.id = 'mingcha-head';
  bar.style.cssText = 'all:initial;display:block;position:relative;z-index:2147483647;background:#1b2a41;' +
    'padding:6px 12px;';
  try { address = decodeURI(address); } catch (other) {}
  for (const text of [caption, address + ' \u3000 ' + time]) {
    const row = document.createElement('div'); row.textContent = text;
    row.style.cssText = 'all:initial;display:block;color:#fff;word-break:break-all;font:14px/1.5 "PingFang SC",' +
      '"Microsoft YaHei","Noto Sans CJK SC",sans-serif;';
    bar.append(row);
  }
  document.documentElement.insertBefore(bar, document.body);
}"""
_BEHEAD = "() => document.getElementById('mingcha-head')?.remove()"


@contextlib.asynccontextmanager
async def headed(page: Page, caption: str) -> AsyncIterator[None]:
    """Shows a line of Chinese, the address and the time above a page while a picture of it is taken."""
    with contextlib.suppress(driver.Error):
        clock = now().strftime("%Y-%m-%d %H:%M:%S")
        await page.evaluate(_HEAD, [caption, page.url, f"北京时间 {clock}"])
    yield
    with contextlib.suppress(driver.Error):
        await page.evaluate(_BEHEAD)


@dataclass(frozen=True, slots=True)
class ShotRequest:
    """A picture wanted for a finding: of `page`, with the element that refers to `target` (or matches `selector`)."""

    fingerprint: str
    page: str
    target: str = ""
    selector: str = ""
    caption: str = ""  # Chinese, shown on the picture
    rank: int = 0  # the smaller, the sooner: the most severe first


async def shoot(
    service: BrowserService,
    bundle: Bundle,
    requests: Sequence[ShotRequest],
    *,
    seconds: float = 300.0,
    limit: int = 200,
) -> list[Shot]:
    """Returns the pictures taken, kept in the bundle as blobs and as records; the most severe findings come first.

    Each page is opened once for several findings. What does not fit into `seconds` or `limit`, a page that does not
    open, a machine without a browser: no picture, no exception.
    """
    end = time.monotonic() + seconds
    shots: list[Shot] = []
    ordered = sorted(requests, key=lambda request: (request.rank, request.page, request.fingerprint))[:limit]
    while ordered and time.monotonic() < end:
        page = ordered[0].page
        group = [request for request in ordered if request.page == page][:PER_PAGE]
        ordered = [request for request in ordered if request not in group]
        try:
            taken = await _shoot_page(service, bundle, page, group, end)
        except NoBrowserError:
            return shots
        except (PageError, BrowserLostError):
            continue
        bundle.add(*taken)
        shots += taken
    return shots


async def _shoot_page(
    service: BrowserService, bundle: Bundle, page: str, group: Sequence[ShotRequest], end: float
) -> list[Shot]:
    async def action(visit: Visit) -> list[Shot]:
        outcome = await visit.goto(page, WAIT)
        if outcome is not FetchOutcome.OK and not visit.status(visit.page):
            return []
        shots: list[Shot] = []
        for request in group:
            if shots and time.monotonic() >= end:
                break
            at = now()
            clock = at.strftime("%Y-%m-%d %H:%M:%S")
            try:
                await visit.page.evaluate(_BAR, [visit.page.url, f"北京时间 {clock}", request.caption])
                outlined = await _outline(visit.page, request)
                picture = await visit.picture()
                await visit.page.evaluate(_CLEAR)
            except driver.Error:
                break  # the page went on to another one by itself
            if picture:
                digest = bundle.put(picture, "image/jpeg", page, at)
                shots.append(Shot(request.fingerprint, digest, page, at, outlined))
        return shots

    return await service.run(action, images=True, seconds=service.page_seconds * 2, purpose="proof")


async def _outline(page: Page, request: ShotRequest) -> bool:
    if not request.target and not request.selector:
        return False
    for frame in page.frames[:8]:
        try:
            if await frame.evaluate(_OUTLINE, [request.target, request.selector]):
                return True
        except driver.Error:
            continue
    return False
