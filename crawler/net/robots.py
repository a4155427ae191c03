"""robots.txt: asked once per origin of the portal, and obeyed.

Policy (RFC 9309): an answer of 4xx, of bot protection, or one that is not a robots file allows everything; a file that
cannot be had (5xx, no answer) disallows everything but the home page and the front pages of the portal's other hosts,
and is asked for again after five minutes. Where the connection is refused nobody is there to disallow anything: such a
file is asked for again before each address, and the address then fails for itself.
One that was never asked for, because its platform is left alone for now, says nothing: what waits for it is not asked
for either.
Crawl-delay slows the politeness group down, never up. With the owner's written authorisation the file is not asked for.
It governs what is crawled: the portal's own hosts. A link to another site is looked at once, as a visitor who clicks it
would, and that site's robots.txt is not asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from msgspec import Struct
from protego import Protego

from crawler.net.message import Fetched
from crawler.net.politeness import Politeness
from portal.artifacts import Attempt, FetchOutcome

TOKEN = "Mingcha"
RETRY_SECONDS = 300.0
LONGEST_DELAY = 300.0  # seconds; a Crawl-delay above it is a typing error
_AGENT = re.compile(r"^[ \t]*user[- ]?agent[ \t]*:?[ \t]*([^#\n]*).*$", re.IGNORECASE | re.MULTILINE)
_OTHER = "User-agent: -"  # one whom none of it concerns
_FREE = frozenset(
    {
        FetchOutcome.NOT_FOUND,
        FetchOutcome.CLIENT_ERROR,
        FetchOutcome.BLOCKED,
        FetchOutcome.REDIRECT_LOOP,
        FetchOutcome.SCHEME,
        FetchOutcome.DEED,
    }
)
_UNASKED = frozenset({FetchOutcome.ABORTED, FetchOutcome.BUDGET})


class _Rules(Struct):
    parsed: Protego | None  # None: everything is allowed
    unreachable: bool = False
    refused: bool = False  # the connection was: there is nobody
    asked: float = 0.0


class NotAskedError(Exception):
    """The file was not asked for; `attempt` says why."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.error)
        self.attempt = attempt


class Robots:
    """The robots files of one audit. `fetch` gets a robots.txt; `authorised` lifts them all."""

    def __init__(
        self, fetch: Callable[[str], Awaitable[Fetched]], politeness: Politeness, *, authorised: bool = False
    ) -> None:
        self._fetch = fetch
        self._politeness = politeness
        self._authorised = authorised
        self._rules: dict[str, _Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def allows(self, url: str, group: str, *, home: bool = False) -> bool:
        """Returns whether the address may be requested. `home`: it is the home page, open while the file is not, as is
        the root of its host.

        Raises NotAskedError while the file could not even be asked for.
        """
        if self._authorised:
            return True
        origin = "/".join(url.split("/", 3)[:3])
        rules = self._rules.get(origin)
        now = self._politeness.clock.now()
        if rules is None or (rules.unreachable and now - rules.asked > RETRY_SECONDS):
            async with self._locks.setdefault(origin, asyncio.Lock()):
                rules = self._rules.get(origin)
                if rules is None or (rules.unreachable and now - rules.asked > RETRY_SECONDS):
                    rules = await self._read(origin, group)
                    if not rules.refused:
                        self._rules[origin] = rules
        if rules.unreachable:
            return home or rules.refused or is_front(url)
        return rules.parsed is None or bool(rules.parsed.can_fetch(url, TOKEN))

    async def _read(self, origin: str, group: str) -> _Rules:
        answer = await self._fetch(f"{origin}/robots.txt")
        outcome = answer.attempt.outcome
        now = self._politeness.clock.now()
        if outcome in _UNASKED:
            raise NotAskedError(answer.attempt)
        if outcome in _FREE:
            return _Rules(None)
        if outcome is not FetchOutcome.OK:
            return _Rules(None, unreachable=True, refused=outcome is FetchOutcome.REFUSED, asked=now)
        if answer.attempt.sniffed not in ("text", "empty", ""):
            return _Rules(None)  # an error page served as robots.txt
        try:
            parsed = Protego.parse(concerning(answer.body.decode("utf-8", "replace")))
        except (ValueError, IndexError):
            return _Rules(None)
        delay = parsed.crawl_delay(TOKEN)
        if delay and 0 < delay <= LONGEST_DELAY:
            self._politeness.pace(group, float(delay))
        return _Rules(parsed)


def is_front(url: str) -> bool:
    """Returns whether an address is the root of its host: what whoever follows a link to a site asks for."""
    return url.partition("://")[2].partition("#")[0].partition("/")[2] == ""


def concerning(text: str) -> str:
    """Returns a robots.txt in which all user agents but ours are one: a parser keeps every rule for each of those
    named above it, and half a MB may name fifteen thousand above as many rules."""
    return _AGENT.sub(_agent, "\n".join(text.splitlines()))


def _agent(line: re.Match[str]) -> str:
    name = line[1].strip().lower()
    if name != "*":
        name = name.replace("*", "")  # as the parser reads it
    return f"User-agent: {name}" if name == "*" or (name and name in TOKEN.lower()) else _OTHER
