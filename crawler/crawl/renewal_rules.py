"""When a page may be taken over from an earlier audit, and when its server is not believed. Pure.

asked with conditions   the page was read well, at its own address, and its server gave something to compare with
asked without           what decides most (home page, columns, pages findings are about), what was taken over on the
                        server's word for too long, what was received too long ago (renewal.toml)
read anew               what came is not byte for byte what was read; or it holds dates without a year that mean
                        another day by now
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from importlib.resources import files

from msgspec.structs import replace

from crawler.net.attempts import NOT_MODIFIED
from crawler.net.message import Fetched
from portal.artifacts import Attempt, Copy, FetchOutcome, PageRecord
from portal.facts import PageFacts

ANEW = (("Cache-Control", "no-cache"),)  # said when a page is asked once more, its "not modified" having made no sense


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of renewal.toml, where their reasons stand."""

    times: int
    days: int
    settled: int  # seconds
    etag: int  # characters


@cache
def rules() -> Rules:
    """Returns what renewal.toml says."""
    data = tomllib.loads(files("crawler.crawl").joinpath("renewal.toml").read_text("utf-8"))
    believed = data["believed"]
    return Rules(believed["times"], believed["days"], data["last_modified"]["settled"], data["etag"]["most"])


def copy_of(fetched: Fetched) -> Copy | None:
    """Returns by what an answer can be told from a later one; None where it is not whole, or not good."""
    attempt = fetched.attempt
    if attempt.outcome is not FetchOutcome.OK or fetched.truncated or not fetched.body or attempt.error:
        return None
    return Copy(
        digest=hashlib.sha256(fetched.body).hexdigest(),
        received=attempt.at,
        etag=_etag(fetched.header("etag")),
        modified=_settled(fetched, attempt.at),
    )


def _etag(value: str) -> str:
    return value if len(value) <= rules().etag and value.isascii() and value.isprintable() else ""


def _settled(fetched: Fetched, at: dt.datetime) -> str:
    modified = fetched.header("last-modified")
    changed, sent = _time(modified), _time(fetched.header("date")) or at
    if changed is None or (sent - changed).total_seconds() < rules().settled:
        return ""
    return modified


@lru_cache(maxsize=64)  # what is fetched in one second was sent at one time
def _time(value: str) -> dt.datetime | None:
    try:
        when = parsedate_to_datetime(value) if value else None
    except (TypeError, ValueError):
        return None
    return when if when is None or when.tzinfo else when.replace(tzinfo=dt.UTC)


def reusable(page: PageRecord, before: dt.date, today: dt.date) -> bool:
    """Returns whether what was read of a page by the audit of `before` may be said of the same bytes in one of `today`.

    `before` and `today` are what "today" was to either audit.
    """
    fine = page.fetch.outcome is FetchOutcome.OK and page.skipped is None and not page.challenged
    if not fine or page.copy is None or page.facts is None or page.facts.challenge is not None:
        return False
    return not _yearless(page.facts, before, today)


def _yearless(facts: PageFacts, before: dt.date, today: dt.date) -> bool:
    """Returns whether a date of the page may have been written without its year and mean another year by now.

    Such a date means the last such day not after "today": it moves on when its day comes round.
    """
    first, last = sorted((before, today))
    if first == last:
        return False
    if (last - first).days >= 365:
        return True
    passed = {(day.month, day.day) for day in _days(first, last)}
    return any((day.month, day.day) in passed for day in _dates(facts))


def _days(after: dt.date, until: dt.date) -> Iterator[dt.date]:
    for number in range(1, (until - after).days + 1):
        yield after + dt.timedelta(days=number)


def _dates(facts: PageFacts) -> Iterator[dt.date]:
    yield from (item.date for item in facts.items if item.date)
    yield from (reading.date for reading in (facts.pub_date, facts.written_date) if reading)
    if (document := facts.document) is not None:
        yield from (day for day in (document.written, document.published) if day)


def conditions(page: PageRecord, now: dt.datetime) -> tuple[tuple[str, str], ...]:
    """Returns the request headers that ask whether a page is still the one that was read; () where it is to be asked
    for whole. `now` is aware."""
    copy, limits = page.copy, rules()
    if copy is None or page.fetch.hops:
        return ()
    if copy.times >= limits.times or now - copy.received >= dt.timedelta(days=limits.days):
        return ()
    asked = (("If-None-Match", copy.etag), ("If-Modified-Since", copy.modified))
    return tuple((name, value) for name, value in asked if value)


def confirmed(fetched: Fetched, page: PageRecord) -> bool:
    """Returns whether an answer to such a request says that the page is the one that was read, and can be believed.

    A "not modified" that names another version, or that another address gave, contradicts itself.
    """
    attempt, copy = fetched.attempt, page.copy
    if attempt.status != NOT_MODIFIED or attempt.outcome is not FetchOutcome.OK or copy is None:
        return False
    if attempt.hops or attempt.final_url != page.fetch.final_url:
        return False
    etag, modified = fetched.header("etag"), fetched.header("last-modified")
    if etag and copy.etag and etag.removeprefix("W/") != copy.etag.removeprefix("W/"):
        return False
    return not (modified and copy.modified and modified != copy.modified)


def same_bytes(fetched: Fetched, page: PageRecord) -> Copy | None:
    """Returns the copy of an answer that is byte for byte what was read and would be read in the same way, or None."""
    copy, known = copy_of(fetched), page.copy
    if copy is None or known is None or copy.digest != known.digest:
        return None
    there, before = fetched.attempt, page.fetch
    return copy if (there.final_url, there.content_type) == (before.final_url, before.content_type) else None


def not_modified(answer: Attempt, page: PageRecord) -> tuple[Attempt, Copy]:
    """Returns what is kept of a page whose server said that it is unchanged: what this answer was, and what the page
    was known to be when it came last."""
    assert page.copy is not None
    attempt = replace(
        page.fetch,
        at=answer.at,
        via=answer.via,
        outcome=FetchOutcome.OK,
        status=answer.status,
        address=answer.address,
        family=answer.family,
        elapsed=answer.elapsed,
        error="",
        known=False,
        unchanged_since=page.copy.received,
    )
    return attempt, replace(page.copy, times=page.copy.times + 1)


def described_as(answer: Attempt, page: PageRecord) -> Attempt:
    """Returns an answer with what was known of the same bytes filled in."""
    known = page.fetch
    return replace(
        answer,
        title=known.title,
        text_length=known.text_length,
        sketch=known.sketch,
        signs=known.signs,
    )
