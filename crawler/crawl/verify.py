"""Link verification: what one link target answers, with as few and as small requests as prove something.

  page of the portal       GET, whole: a soft 404 needs its text
  page of another site     GET, the first 64 KiB: a parked or hijacked domain shows there
  attachment               GET of the first KiB: headers, true type, length; never the whole file
  image, script, style     HEAD; anything but a clear success is asked again with GET

HEAD and ranges may prove success, never failure. One call is one round; failures are looked at again later with
`reverify`, by another method, on the schedule of the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from crawler.net.fetcher import Fetcher
from crawler.net.message import PAGE_BYTES, REFUSALS, Fetched, FetchRequest
from crawler.net.resolver import ResolveError
from crawler.reading import described
from portal.actions import changes_something
from portal.artifacts import Attempt, FetchOutcome, Hop
from portal.html import parse
from portal.lost import HARDLY_ANYTHING, away
from portal.urls import extension, host_of, is_attachment, is_image

EXTERNAL_BYTES = 64 * 1024
_JUMPS = (b"location", b"efresh", b"open")  # without one of these no page sends anybody on
_STATIC = frozenset(
    {"js", "css", "ico", "woff", "woff2", "ttf", "eot", "svg", "mp3", "mp4", "flv", "swf", "wav", "m3u8"}
)
# Answers to HEAD or a range that come from the method itself rather than from the target.
_NEVER_ASKED = frozenset(
    {
        FetchOutcome.PRIVATE,
        FetchOutcome.BAD_URL,
        FetchOutcome.SCHEME,
        FetchOutcome.DEED,
        FetchOutcome.ROBOTS,
        FetchOutcome.BUDGET,
        FetchOutcome.ABORTED,
        FetchOutcome.NO_ROUTE,
        FetchOutcome.DNS,
        FetchOutcome.DNS_UNKNOWN,
    }
)


async def verify(
    url: str, fetcher: Fetcher, *, internal: bool, referer: str = "", purpose: str = "link"
) -> tuple[Attempt, ...]:
    """Returns the attempts of one round, in time order; the last one decides.

    A link of another site that is known to be good (`Fetcher.known`) is not asked: its attempt is the known one, with
    the time it was made at. Evidence is kept for internal pages and wherever the answer is not simply good. Raises
    BundleError.
    """
    if not internal and fetcher.known is not None and (known := fetcher.known.get(url)) is not None:
        return (replace(known, known=True),)
    if is_attachment(url):
        attempts = await _in_steps(url, fetcher, "range", internal, referer, purpose)
    elif is_image(url) or extension(url) in _STATIC:
        attempts = await _in_steps(url, fetcher, "head", internal, referer, purpose)
    else:
        attempts = (await _page(url, fetcher, internal, referer, purpose),)
    if internal or fetcher.control is None:
        return attempts
    return (*attempts[:-1], await fetcher.control.judged(attempts[-1], url, fetcher))


async def reverify(
    url: str,
    fetcher: Fetcher,
    previous: Sequence[Attempt],
    *,
    internal: bool,
    families: Sequence[int] = (),
    referer: str = "",
) -> Attempt:
    """Returns one more attempt at a URL, by another method than the last one used.

    HEAD or a range is followed by GET; a GET by the same over the other address family, where `families` (those this
    machine has a route for) holds both and the host answers to it; else by GET again.
    """
    last = previous[-1] if previous else None
    if last is not None and last.via.startswith("get") and len(set(families)) > 1 and last.family:
        other = 10 - last.family
        tried = {attempt.via for attempt in previous}
        if f"get{other}" not in tried and await _has(fetcher, host_of(url), other):
            return await _page(url, fetcher, internal, referer, "confirm", family=other)
    return await _page(url, fetcher, internal, referer, "confirm")


async def _in_steps(
    url: str, fetcher: Fetcher, method: str, internal: bool, referer: str, purpose: str
) -> tuple[Attempt, ...]:
    first = await fetcher.fetch(FetchRequest(url, method=method, purpose=purpose, referer=referer, refusals=REFUSALS))
    attempt = described(first)
    # A range is asked by GET: that a file is not there is the same answer as to a whole one.
    missing = method == "range" and attempt.outcome is FetchOutcome.NOT_FOUND
    if missing or attempt.outcome in _NEVER_ASKED:
        return (_kept(fetcher, first, attempt),)
    if _clear_success(attempt, method):
        return (attempt,)
    return (attempt, await _page(url, fetcher, internal, referer, purpose, file=True))


def _clear_success(attempt: Attempt, method: str) -> bool:
    if attempt.outcome is not FetchOutcome.OK or attempt.status not in (200, 206):
        return False
    if method == "head":
        # An error page behind an image's name shows itself in the type, an empty file in the length.
        kind = attempt.content_type.lower()
        said = "html" in kind or (is_image(attempt.final_url) and kind.startswith(("text/", "application/json")))
        return not said and attempt.length != 0
    return attempt.sniffed not in ("html", "empty", "") and not attempt.signs


async def _page(
    url: str, fetcher: Fetcher, internal: bool, referer: str, purpose: str, *, family: int = 0, file: bool = False
) -> Attempt:
    """One GET; of a file that turns out to be one, no more than the first bytes are taken."""
    name_says_file = file or is_attachment(url) or is_image(url)
    limit = PAGE_BYTES if internal and not name_says_file else EXTERNAL_BYTES
    request = FetchRequest(
        url,
        purpose=purpose,
        family=family,
        max_bytes=limit,
        referer=referer,
        keep_evidence=internal and not file,
        refusals=REFUSALS,
    )
    fetched = await fetcher.fetch(request)
    attempt = _kept(fetcher, fetched, described(fetched))
    if internal or name_says_file or not (target := _sent_away(fetched, attempt)):
        return attempt
    # A name that was sold sends its visitors on by script: what they see then is what the link shows.
    further = await fetcher.fetch(replace(request, url=target, referer=attempt.final_url))
    shown = described(further)
    if shown.outcome is not FetchOutcome.OK or not shown.signs:
        return attempt
    hops = (*attempt.hops, Hop(attempt.final_url, attempt.status, target), *shown.hops)
    return _kept(fetcher, further, replace(shown, hops=hops))


def _sent_away(fetched: Fetched, attempt: Attempt) -> str:
    """Returns the address on another domain to which a page that shows hardly anything sends its visitor by itself."""
    if attempt.outcome is not FetchOutcome.OK or attempt.signs or attempt.text_length is None:
        return ""
    if attempt.text_length > HARDLY_ANYTHING or not any(word in fetched.body for word in _JUMPS):
        return ""
    target = away(parse(fetched.body, attempt.final_url, attempt.content_type))
    return "" if changes_something(target) else target


def _kept(fetcher: Fetcher, fetched: Fetched, attempt: Attempt) -> Attempt:
    plain = attempt.outcome is FetchOutcome.OK and not attempt.hops and not attempt.signs and attempt.sniffed != "empty"
    wrong_file = attempt.sniffed in ("html", "empty", "json", "text", "binary") and is_attachment(attempt.final_url)
    if attempt.evidence or (plain and not wrong_file):
        return attempt
    return replace(attempt, evidence=fetcher.keep(fetched).attempt.evidence)


async def _has(fetcher: Fetcher, host: str, family: int) -> bool:
    try:
        return bool(await fetcher.resolver.resolve(host, family))
    except ResolveError:
        return False
