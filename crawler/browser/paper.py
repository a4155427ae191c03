"""Pages of our own on paper: a browser without a network and without scripts prints HTML as PDF.

The browser also says which typefaces it really used, so that a missing one is told and not guessed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from crawler.browser.browsers import Missing, find_browser

SECONDS = 120.0  # for one document: hundreds of pages with pictures take some ten
LAUNCH_SECONDS = 30.0
MARGIN_BOXES = 131  # the first Chromium that draws page numbers from the style sheet
_FOOTER = '<div style="width:100%;text-align:center;font-size:14pt">— <span class="pageNumber"></span> —</div>'
_NODES = 40  # elements of a face that are asked: the first may hold no letter of the script looked for


class PaperError(Exception):
    """Nothing was printed; the message says why in one sentence, in Chinese."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One PDF. `faces` maps the `data-face` of the page's elements to the typefaces their letters were drawn in."""

    pdf: bytes
    faces: Mapping[str, tuple[str, ...]]


async def print_pages(pages: Sequence[str], done: Callable[[int, Printed], None]) -> None:
    """Prints HTML pages one after the other and calls `done` with the place of each. Raises PaperError."""
    async with _browser() as browser:
        for number, html in enumerate(pages):
            try:
                async with asyncio.timeout(SECONDS):
                    printed = await _print(browser, html)
            except TimeoutError:
                raise PaperError(f"浏览器在{SECONDS:.0f}秒内未能生成PDF，请改用 --format docx") from None
            except PlaywrightError as error:
                raise PaperError(
                    f"浏览器未能生成PDF（{error.message.splitlines()[0]}），请改用 --format docx"
                ) from error
            done(number, printed)


@contextlib.asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    found = await find_browser()
    if isinstance(found, Missing):
        raise PaperError(f"生成PDF需要浏览器，本机没有可用的（{found.why}）；请先安装，或改用 --format docx")
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=found.path, args=["--disable-gpu"], timeout=LAUNCH_SECONDS * 1000
            )
        except PlaywrightError as error:
            raise PaperError(f"浏览器未能启动（{error.message.splitlines()[0]}），请改用 --format docx") from error
        try:
            yield browser
        finally:
            await browser.close()


async def _print(browser: Browser, html: str) -> Printed:
    context = await browser.new_context(offline=True, java_script_enabled=False, service_workers="block")
    try:
        page = await context.new_page()
        await page.set_content(html, timeout=SECONDS * 1000)
        session = await context.new_cdp_session(page)
        faces = await _faces(session)
        return Printed(await _pdf(page, browser), faces)
    finally:
        await context.close()


async def _pdf(page: Page, browser: Browser) -> bytes:
    major = int(browser.version.partition(".")[0])
    old = major < MARGIN_BOXES
    return await page.pdf(
        prefer_css_page_size=True,
        print_background=True,
        display_header_footer=old,
        header_template="<span></span>",
        footer_template=_FOOTER if old else "",
        outline=True,
        tagged=True,
    )


async def _faces(session: CDPSession) -> dict[str, tuple[str, ...]]:
    """Returns the typefaces used, most letters first, by the name of the face that was asked for."""
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = (await session.send("DOM.getDocument"))["root"]["nodeId"]
    nodes = (await session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-face]"}))["nodeIds"]
    counts: dict[str, dict[str, int]] = {}
    asked: dict[str, int] = {}
    for node in nodes:
        listed = (await session.send("DOM.getAttributes", {"nodeId": node}))["attributes"]
        face = dict(zip(listed[::2], listed[1::2], strict=True))["data-face"]
        if asked.get(face, 0) >= _NODES:
            continue
        asked[face] = asked.get(face, 0) + 1
        used: list[dict[str, Any]] = (await session.send("CSS.getPlatformFontsForNode", {"nodeId": node}))["fonts"]
        for font in used:
            tally = counts.setdefault(face, {})
            tally[font["familyName"]] = tally.get(font["familyName"], 0) + int(font["glyphCount"])
    return {face: tuple(sorted(tally, key=lambda name: -tally[name])) for face, tally in counts.items()}
