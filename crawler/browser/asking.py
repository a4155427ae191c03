"""What a page shown in the browser asks of its visitor: to prove that he is one, or to log in. Both end a session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from crawler.browser import driver
from crawler.browser.words import names, says

if TYPE_CHECKING:
    from playwright.async_api import Page

FRAMES = 8
SECONDS = 5.0

_VISIBLE_TEXT = "() => document.body ? document.body.innerText : ''"
_PROOF_FIELD = """names => {
  const seen = e => { const b = e.getBoundingClientRect(); return b.width > 8 && b.height > 8 &&
    getComputedStyle(e).visibility === 'visible'; };
  const named = e => { const text = [e.id, e.className && String(e.className), e.name, e.placeholder, e.src, e.alt]
    .join(' ').toLowerCase(); return names.some(name => text.includes(name)); };
  return [...document.querySelectorAll('input,img,canvas,iframe,div')].some(e => named(e) && seen(e));
}"""
_PASSWORD_FIELD = """() => [...document.querySelectorAll('input[type=password]')].some(e => {
  const b = e.getBoundingClientRect(); return b.width > 8 && b.height > 8; })"""


async def visible_text(page: Page) -> str:
    """Returns the text a visitor can see, frames included; "" where the page does not answer."""
    return "\n".join(str(text) for text in await _in_frames(page, _VISIBLE_TEXT))


async def asks_for_proof(page: Page, text: str) -> str:
    """Returns the words by which the page asks for a captcha or slider that it also shows, "" where it does not."""
    said = says("captcha", text)
    return said if said and any(await _in_frames(page, _PROOF_FIELD, list(names("captcha")))) else ""


async def asks_for_login(page: Page, text: str) -> str:
    """Returns the words by which the page asks for a login with a password field in sight, "" where it does not."""
    said = says("login", text)
    return said if said and any(await _in_frames(page, _PASSWORD_FIELD)) else ""


async def _in_frames(page: Page, script: str, argument: Any = None) -> list[Any]:
    found = []
    for frame in page.frames[:FRAMES]:
        try:
            async with asyncio.timeout(SECONDS):
                found.append(await frame.evaluate(script, argument))
        except (driver.Error, TimeoutError):
            continue  # the frame went away, or is too busy to answer
    return found
