"""The second look: what failed once is asked again, spaced, by another method, before it may be called a defect.

Rounds within one sitting: GET after HEAD or range, then the other address family where this machine has both, then a
plain visit with the browser. A URL leaves as soon as a look clears it or says that nothing can be said (blocked).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from crawler.browser.rendered import Rendered
from crawler.browser.service import BrowserLostError, BrowserService, NoBrowserError
from crawler.browser.visit import Wait
from crawler.crawl.verify import reverify
from crawler.net.describe import ALERT, read_signs, report_signs
from crawler.net.fetcher import Fetcher
from crawler.reading import SlowPageError, in_time
from portal.artifacts import Attempt, FetchOutcome
from portal.flow import flow_of
from portal.html import parse, squeeze
from portal.obstacles import challenge_of, tells_absence
from portal.text import simhash, visible

SPACING = (2.0, 10.0, 60.0)  # seconds before each round
WAIT = Wait(quiet=0.4, cap=5.0)
_HOPELESS = frozenset(
    {FetchOutcome.PRIVATE, FetchOutcome.BAD_URL, FetchOutcome.SCHEME, FetchOutcome.DEED, FetchOutcome.ROBOTS}
)


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """A suspect URL with the attempts made so far."""

    url: str
    previous: tuple[Attempt, ...] = ()
    internal: bool = True
    referer: str = ""


async def confirm(
    requests: Sequence[ConfirmRequest],
    fetcher: Fetcher,
    service: BrowserService | None = None,
    *,
    spacing: Sequence[float] = SPACING,
    families: Sequence[int] = (),
    parallel: int = 8,
) -> Mapping[str, tuple[Attempt, ...]]:
    """Returns the new attempts per URL, in time order; URLs that need no second look have none.

    `spacing` is the pause before each round, in seconds; its length is the number of rounds. The last round is the
    browser's, where there is one and a page rather than a file is asked for. `families` are those this machine has a
    route for. Never raises for what servers do; BundleError when evidence cannot be kept.
    """
    unique = {request.url: request for request in requests}
    found: dict[str, list[Attempt]] = {url: [] for url in unique}
    gate = asyncio.Semaphore(parallel)

    async def look(request: ConfirmRequest, by_browser: bool) -> None:
        async with gate:
            attempt: Attempt | None = None
            if (by_browser or drawn(request.previous)) and service is not None:
                attempt = await browse(service, request.url, referer=request.referer)
            if attempt is None:
                previous = (*request.previous, *found[request.url])
                attempt = await reverify(
                    request.url,
                    fetcher,
                    previous,
                    internal=request.internal,
                    families=families,
                    referer=request.referer,
                )
            found[request.url].append(attempt)

    for number, pause in enumerate(spacing):
        pending = [request for request in unique.values() if _pending(request, found[request.url])]
        if not pending:
            break
        await asyncio.sleep(pause)
        last = number == len(spacing) - 1
        await asyncio.gather(*(look(request, last) for request in pending))
    return {url: tuple(attempts) for url, attempts in found.items()}


async def browse(service: BrowserService, url: str, *, referer: str = "") -> Attempt | None:
    """Returns a plain visit with the browser as an attempt, None where there is no browser to do it."""
    try:
        rendered = await service.open(url, wait=WAIT, purpose="confirm", referer=referer)
    except (NoBrowserError, BrowserLostError):
        return None
    return attempt_of(rendered)


def attempt_of(rendered: Rendered) -> Attempt:
    """Returns a rendered page as an attempt, with text length, sketch and signs read from what is shown.

    A page that is bot protection instead of content is BLOCKED, as it is for the fetcher.
    """
    attempt = rendered.attempt()
    if not rendered.html or not rendered.status:
        return attempt
    with contextlib.suppress(SlowPageError), in_time():
        return _read(rendered, attempt)
    return attempt


def _read(rendered: Rendered, attempt: Attempt) -> Attempt:
    doc = parse(rendered.html.encode("utf-8", "replace"), rendered.final_url, "text/html; charset=utf-8")
    title = squeeze(rendered.title)[:200]
    if (challenge := challenge_of(doc)) is not None:
        why = f"challenge: {challenge.vendor}{' (interactive)' if challenge.interactive else ''}"
        return replace(attempt, outcome=FetchOutcome.BLOCKED, title=title, error=why, sniffed="html")
    text = flow_of(doc).text
    signs = read_signs(doc, text, title)
    if "json" in attempt.content_type.lower():
        signs = report_signs(text.strip().encode())  # a browser shows data as text
    elif ALERT not in signs and any(map(tells_absence, rendered.dialogs)):
        signs = (*signs, ALERT)  # whatever it went on to when that was read
    return replace(attempt, title=title, sniffed="html", text_length=visible(text), sketch=simhash(text), signs=signs)


def drawn(previous: Sequence[Attempt]) -> bool:
    """Returns whether a browser saw what accuses a link, in a page that came: no server tells that again."""
    return any(one.via == "browser" and one.outcome is FetchOutcome.OK and one.signs for one in previous)


def _pending(request: ConfirmRequest, new: Sequence[Attempt]) -> bool:
    """Whether another look can still change or strengthen the word on a URL."""
    if not new:
        last = request.previous[-1] if request.previous else None
        inside = last is not None and last.outcome is FetchOutcome.PRIVATE and last.hops
        return last is None or last.outcome not in _HOPELESS or bool(inside)  # a redirect may lead elsewhere by now
    # The first look again decides what answered before (a soft 404, a wrong file); failures are followed to the end.
    return new[-1].outcome.failed
