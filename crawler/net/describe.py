"""From an answer's bytes to the readable parts of an `Attempt`: title, text, sketch, signs, challenge."""

from __future__ import annotations

from msgspec.structs import replace

from crawler.net.message import Fetched
from portal.artifacts import Attempt, FetchOutcome
from portal.flow import flow_of
from portal.html import Document, parse, squeeze
from portal.obstacles import alerted_error, challenge_of
from portal.signs import signs_in
from portal.text import simhash, visible

# Pages of portals stay well below; what pours in without end is not read for a title.
READ_BYTES = 1_000_000
ALERT = "soft_404:alert"


def describe(fetched: Fetched) -> Attempt:
    """Returns the attempt with title and signs filled in where HTML came; text length and sketch where it came whole.

    An HTML answer that is bot protection instead of content becomes BLOCKED, whatever its status says.
    """
    attempt = fetched.attempt
    if attempt.sniffed != "html" or attempt.via == "head" or not fetched.body:
        return attempt
    doc = parse(fetched.body[:READ_BYTES], attempt.final_url, attempt.content_type)
    if (challenge := challenge_of(doc)) is not None:
        return replace(
            attempt,
            outcome=FetchOutcome.BLOCKED,
            title=title_of(doc),
            error=f"challenge: {challenge.vendor}{' (interactive)' if challenge.interactive else ''}",
        )
    text = flow_of(doc).text  # as the reader of pages measures it, so that sketches can be compared
    title = title_of(doc)
    signs = read_signs(doc, text, title)
    if fetched.truncated or len(fetched.body) > READ_BYTES:
        return replace(attempt, title=title, signs=signs)
    return replace(attempt, title=title, signs=signs, text_length=visible(text), sketch=simhash(text))


def read_signs(doc: Document, text: str, title: str) -> tuple[str, ...]:
    """Returns the signs of a page by its visible text and title, and whether its script alone tells an error."""
    signs = signs_in(text, title)
    return (*signs, ALERT) if alerted_error(doc) else signs


def title_of(doc: Document) -> str:
    """Returns the folded text of the first <title>, at most 200 characters."""
    node = doc.tree.find(".//title")
    return squeeze("".join(map(str, node.itertext())))[:200] if node is not None else ""
