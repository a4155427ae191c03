"""What is read of the answer to a visit: the facts of a page, where a page of the portal came."""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from crawler.crawl.frontier import Visit
from crawler.crawl.scope import Scope
from crawler.net.describe import describe, read_signs, report_signs
from crawler.net.message import Fetched
from portal.artifacts import Attempt, FetchOutcome
from portal.facts import PageFacts
from portal.flow import flow_of
from portal.html import parse
from portal.page import READ_LIMIT, read_document
from portal.text import visible

_READABLE = frozenset({"html", "xml", "text", "json", ""})


def facts_of(visit: Visit, fetched: Fetched, scope: Scope, as_of: dt.date) -> tuple[PageFacts | None, Attempt]:
    """Returns what is read on the page (None where no page of the portal came), and the attempt described."""
    attempt = fetched.attempt
    answered = attempt.outcome is FetchOutcome.OK or (attempt.outcome is FetchOutcome.BLOCKED and attempt.status)
    if not answered:
        return None, describe(fetched)  # a failure may say that it is over soon
    if not _is_page(attempt, fetched.body):
        return None, attempt
    final = attempt.final_url or visit.url
    if not scope.internal(final):
        return None, describe(fetched)  # it left the portal: what is there is not the portal's page
    doc = parse(fetched.body[:READ_LIMIT], final, attempt.content_type)
    home = True if visit.key == scope.home else None
    facts = read_document(doc, as_of=as_of, home=home, portal=True)
    text = flow_of(doc).text
    whole = not fetched.truncated and len(fetched.body) <= READ_LIMIT
    signs = read_signs(doc, text, facts.head_title, whole=whole)
    if attempt.sniffed == "json":
        signs = (*signs, *report_signs(fetched.body))
    attempt = replace(
        attempt,
        title=facts.head_title[:200],
        text_length=visible(text),
        sketch=facts.sketch,
        signs=signs,
    )
    return (facts if attempt.outcome is FetchOutcome.OK or facts.challenge else None), attempt


def _is_page(attempt: Attempt, body: bytes) -> bool:
    if attempt.sniffed:
        return attempt.sniffed in _READABLE
    kind = attempt.content_type.partition(";")[0].strip().lower()
    return not kind or "html" in kind or "xml" in kind or kind.startswith("text/") or not body
