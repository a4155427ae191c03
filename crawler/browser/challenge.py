"""Passing a JavaScript cookie challenge by a plain visit: the page does its own work in a browser, nobody forges it.

A captcha or slider is never touched: it is said, and a person is asked.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from crawler.browser.asking import asks_for_proof, visible_text
from crawler.browser.rendered import Cookie, Rendered
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError, PageError
from crawler.browser.visit import Visit, Wait
from crawler.reading import shown
from portal.artifacts import Absence, FetchOutcome
from portal.facts import PageFacts

if TYPE_CHECKING:
    from crawler.net.fetcher import Fetcher

PATIENCE = 25.0  # seconds a challenge gets to finish by itself
SHORT = 600  # characters a page shows at most that asks for a captcha instead of showing its content
_ROUND = Wait(quiet=1.0, cap=6.0)


class Passed(Struct, frozen=True):
    """A challenge that a plain visit passed: the real page, and the cookies and name it was passed with."""

    url: str
    rendered: Rendered
    facts: PageFacts
    cookies: tuple[Cookie, ...]
    user_agent: str

    def hand_over(self, fetcher: Fetcher) -> None:
        """Gives cookies and user agent to the fetcher, for the hosts of the page asked for and the page reached."""
        for host in {urlsplit(self.url).hostname, urlsplit(self.rendered.final_url).hostname} - {None, ""}:
            assert host is not None
            own = [c for c in self.cookies if _covers(c.domain, host)]
            fetcher.set_cookies(
                host, [{"name": c.name, "value": c.value, "path": c.path} for c in own], self.user_agent
            )


async def pass_challenge(
    service: BrowserService, url: str, *, as_of: dt.date | None = None, patience: float = PATIENCE
) -> Passed | Absence:
    """Returns the page behind a challenge with its cookies, or why it cannot be had.

    CAPTCHA: a person is asked for; CHALLENGE: it did not let a browser through in `patience` seconds; BLOCKED,
    UNREACHABLE: no challenge, but no page either; NO_BROWSER. Never raises for what the page does.
    """

    async def action(visit: Visit) -> Passed | Absence:
        end = time.monotonic() + patience
        await visit.goto(url, _ROUND)
        while True:
            rendered = await visit.snapshot()
            facts = shown(rendered.html, rendered.final_url or url, as_of=as_of, portal=True)
            if facts.challenge is not None and facts.challenge.interactive:
                return Absence.CAPTCHA
            text = await visible_text(visit.page)
            if len(text) < SHORT and await asks_for_proof(visit.page, text):
                return Absence.CAPTCHA
            if facts.challenge is None and rendered.outcome is FetchOutcome.OK:
                return Passed(url, rendered, facts, await visit.cookies(), rendered.user_agent)
            if facts.challenge is None and rendered.outcome.failed:
                return Absence.UNREACHABLE
            if time.monotonic() >= end:
                return Absence.CHALLENGE if facts.challenge is not None else Absence.BLOCKED
            await asyncio.sleep(0.2)
            await visit.settle(_ROUND)

    try:
        return await service.run(action, seconds=patience + service.page_seconds, purpose="challenge")
    except NoBrowserError:
        return Absence.NO_BROWSER
    except PageError:
        return Absence.CHALLENGE
    except BrowserLostError:
        return Absence.ERROR


def _covers(domain: str, host: str) -> bool:
    plain = domain.lstrip(".").lower()
    return host == plain or host.endswith(f".{plain}")
