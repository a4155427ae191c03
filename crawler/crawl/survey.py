"""The survey: the home page as a visitor sees it, before anything else is asked of the portal."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from dataclasses import replace

from msgspec import Struct

from crawler.browser import driver
from crawler.browser.asking import asks_for_proof, visible_text
from crawler.browser.box import LATE, Entry, find_entry, locate
from crawler.browser.rendered import Rendered, absence_of
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit, Wait
from crawler.reading import shown
from portal.artifacts import Absence, FetchOutcome
from portal.facts import PageFacts
from portal.model import Portal, SearchOverride
from storage.bundle import Bundle

WAIT = Wait(quiet=0.8, cap=12.0)
BUILT = Wait(quiet=0.5, cap=2.0)  # for what a script has begun to build into a page without a search box
SHORT = 600  # characters a page shows at most that asks for a captcha instead of showing its content
OUTLINE = "3px solid #d00000"


class Survey(Struct, frozen=True):
    """What the browser saw of the home page. `facts` is None where no page could be read, and `failed` says why."""

    url: str
    rendered: Rendered | None = None
    facts: PageFacts | None = None
    entry: Entry | None = None  # the search entry, on the home page or the page a search link leads to
    looked: tuple[str, ...] = ()  # pages on which a box was looked for
    screenshot: str = ""  # sha256; the box outlined where there is one
    evidence: str = ""  # sha256 of the rendered page
    failed: Absence | None = None

    @property
    def in_header(self) -> bool:
        """Returns whether the search is offered in the head of the home page: a box, a folded box or a link to it."""
        if self.entry is None:
            return False
        return self.entry.sight.in_header or self.entry.via == "link"


async def survey_home(
    service: BrowserService,
    portal: Portal,
    *,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    wait: Wait = WAIT,
) -> Survey:
    """Returns the survey of the portal's home page. Never raises for what the portal does."""
    return await survey_page(service, portal.home, portal.search, bundle=bundle, as_of=as_of, wait=wait)


async def survey_page(
    service: BrowserService,
    url: str,
    override: SearchOverride,
    *,
    bundle: Bundle | None = None,
    as_of: dt.date | None = None,
    wait: Wait = WAIT,
) -> Survey:
    """Returns the survey of any page that may carry the search box; see `survey_home`."""

    async def action(visit: Visit) -> Survey:
        await visit.goto(url, wait)
        rendered = await visit.snapshot()
        absence = absence_of(rendered.outcome)
        if absence is not None or not rendered.html:
            return Survey(url, rendered, failed=absence or Absence.ERROR)
        facts = shown(rendered.html, rendered.final_url, as_of=as_of, home=True)
        if facts.challenge is None and facts.redirect and await visit.goto(facts.redirect, wait) is FetchOutcome.OK:
            # A picture and 进入网站, or a page that goes on later than it is waited for: behind it the portal begins.
            rendered = await visit.snapshot()
            facts = shown(rendered.html, rendered.final_url, as_of=as_of, home=True)
        if facts.challenge is not None:
            why = Absence.CAPTCHA if facts.challenge.interactive else Absence.CHALLENGE
            return Survey(url, rendered, facts, failed=why)
        entry = None
        looked = [rendered.final_url]
        found = await find_entry(visit, facts, override)
        end = time.monotonic() + LATE
        while found is None and await _goes_on(visit, end):
            rendered = await visit.snapshot()
            facts = shown(rendered.html, rendered.final_url, as_of=as_of, home=True)
            found = await find_entry(visit, facts, override)
        if (
            found is None
            and len(text := await visible_text(visit.page)) < SHORT
            and await asks_for_proof(visit.page, text)
        ):
            return Survey(url, rendered, facts, failed=Absence.CAPTCHA)
        picture = await _picture(visit, found if isinstance(found, Entry) else None)
        if isinstance(found, Entry):
            entry = found
        elif isinstance(found, str):
            looked.append(found)
            entry = await _behind(visit, found, override, as_of, wait)
        return Survey(
            url,
            replace(rendered, screenshot=b""),
            facts,
            entry,
            tuple(looked),
            bundle.put(picture, "image/jpeg", url, rendered.at) if bundle is not None and picture else "",
            bundle.put(rendered.html.encode(), "text/html; charset=utf-8", url, rendered.at) if bundle else "",
        )

    try:
        return await service.run(action, images=True, seconds=service.page_seconds * 2, purpose="survey")
    except NoBrowserError:
        return Survey(url, failed=Absence.NO_BROWSER)
    except (PageError, BrowserLostError):
        return Survey(url, failed=Absence.ERROR)


async def _goes_on(visit: Visit, end: float) -> bool:
    """Returns whether a script goes on to build the page before `end`, and waits until it has."""
    left = end - time.monotonic()
    if left <= 0 or not await visit.changes(left):
        return False
    await visit.settle(BUILT)
    return True


async def _behind(visit: Visit, link: str, override: SearchOverride, as_of: dt.date | None, wait: Wait) -> Entry | None:
    if await visit.goto(link, wait) is not FetchOutcome.OK:
        return None
    rendered = await visit.snapshot()
    facts = shown(rendered.html, rendered.final_url, as_of=as_of)
    found = await find_entry(visit, facts, override)
    return replace(found, via="link") if isinstance(found, Entry) else None


async def _picture(visit: Visit, entry: Entry | None) -> bytes:
    if entry is not None:
        with contextlib.suppress(driver.Error):
            box = await locate(visit.page, entry.box.selector)
            if box is not None:
                await box.evaluate("(element, outline) => { element.style.outline = outline; }", OUTLINE)
    return await visit.picture()
