"""The first request of an audit: is the home page there, where did it go, does something stand in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from msgspec import Struct, structs

from crawler.browser.challenge import Passed, pass_challenge
from crawler.browser.service import BrowserService
from crawler.net.fetcher import Fetcher
from crawler.net.message import Fetched, FetchRequest
from crawler.net.politeness import BREAKER
from crawler.reading import described
from portal.artifacts import Absence, FetchOutcome, PageRecord
from portal.model import Portal
from portal.urls import host_of, registrable

RETRIES = (3.0, 15.0)  # seconds before the second and the third try at a home page that does not answer
# Seconds before further tries while the platform rests, which another of its portals may have brought about: nothing
# was asked then, so nothing is known. Several rests of `politeness.BACKOFF` fit into them.
RESTS = (5.0, *(15.0 for _ in range(10)))
_FINAL = frozenset(
    {
        FetchOutcome.OK,
        FetchOutcome.BLOCKED,
        FetchOutcome.ROBOTS,
        FetchOutcome.DEED,
        FetchOutcome.PRIVATE,
        FetchOutcome.BAD_URL,
    }
)


class Arrival(Struct, frozen=True):
    """How the home page was found. `portal` may have gained the host its home page redirects to."""

    fetched: Fetched
    portal: Portal
    moved_to: str = ""  # it answers under another registered domain
    blocked: Absence | None = None  # a challenge or captcha that was not passed
    challenged: bool = False  # a challenge was met and passed by a plain browser visit

    @property
    def readable(self) -> bool:
        """True where there is a home page to begin with."""
        return self.fetched.attempt.outcome is FetchOutcome.OK and not self.moved_to and self.blocked is None


async def arrive(
    portal: Portal,
    fetcher: Fetcher,
    request: FetchRequest,
    browser: Callable[[], BrowserService] | None,
    *,
    retries: Sequence[float] = RETRIES,
) -> Arrival:
    """Returns the answer of the home page: tried again where nothing came, in a browser where a challenge stands.

    `browser` makes the browser service, None where there is none. Raises BundleError.
    """
    fetched = await _patiently(fetcher, request, retries)
    attempt = described(fetched)
    challenged = False
    if attempt.outcome is FetchOutcome.BLOCKED:
        # A bare 403 is a refusal; only bot protection that shows itself is a challenge.
        passed: Passed | Absence = Absence.CHALLENGE if "challenge" in attempt.error else Absence.BLOCKED
        if browser is not None:
            passed = await pass_challenge(browser(), portal.home)
        if isinstance(passed, Passed):
            passed.hand_over(fetcher)
            fetched = await fetcher.fetch(structs.replace(request, headers=(("Cache-Control", "no-cache"),)))
            attempt = described(fetched)
            challenged = True
            if attempt.outcome is FetchOutcome.BLOCKED:
                return Arrival(structs.replace(fetched, attempt=attempt), portal, blocked=Absence.CHALLENGE)
        else:
            blocked = passed if passed in {Absence.CAPTCHA, Absence.CHALLENGE} else Absence.BLOCKED
            if "interactive" in attempt.error:
                blocked = Absence.CAPTCHA
            return Arrival(structs.replace(fetched, attempt=attempt), portal, blocked=blocked)
    if attempt.outcome is not FetchOutcome.OK:
        return Arrival(fetched, portal, challenged=challenged)
    landed = host_of(attempt.final_url)
    if registrable(landed) != registrable(host_of(portal.home)) and landed not in portal.hosts:
        return Arrival(fetched, portal, moved_to=attempt.final_url, challenged=challenged)
    if landed not in fetcher.site_hosts:
        portal = replace(portal, hosts=(*portal.hosts, landed))
        fetcher.site_hosts = fetcher.site_hosts | {landed}
    return Arrival(fetched, portal, challenged=challenged)


async def _patiently(fetcher: Fetcher, request: FetchRequest, retries: Sequence[float]) -> Fetched:
    fetched = await fetcher.fetch(request)
    for seconds in retries:
        outcome = fetched.attempt.outcome
        if (outcome in _FINAL and fetched.attempt.status != 429) or outcome is FetchOutcome.BUDGET:
            break
        await asyncio.sleep(seconds)
        fetched = await fetcher.fetch(request)
    for seconds in RESTS:
        if fetched.attempt.outcome is not FetchOutcome.ABORTED or not fetched.attempt.error.startswith(BREAKER):
            break
        await asyncio.sleep(seconds)
        fetched = await fetcher.fetch(request)
    return fetched


def gone_to(home: PageRecord, portal: Portal) -> str:
    """Returns where the home page went, by redirect or script: to another registered domain; else ""."""
    final, facts = home.fetch.final_url, home.facts
    own = registrable(host_of(portal.home))
    if (
        home.fetch.outcome is FetchOutcome.OK
        and registrable(host_of(final)) != own
        and host_of(final) not in portal.hosts
    ):
        return final
    jump = facts.redirect if facts and not facts.items else ""
    return jump if jump and registrable(host_of(jump)) != own else ""
