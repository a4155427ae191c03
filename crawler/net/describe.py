"""From an answer's bytes to the readable parts of an `Attempt`: title, text, sketch, signs, challenge."""

from __future__ import annotations

from msgspec.structs import replace

from crawler.net.cut import is_cut
from crawler.net.message import Fetched
from portal.artifacts import Attempt, FetchOutcome
from portal.flow import flow_of
from portal.html import Document, parse, squeeze
from portal.lost import (
    CUT,
    HARDLY_ANYTHING,
    LEADS_HOME,
    ONLY_A_PICTURE,
    is_blank,
    is_only_a_picture,
    leads_home,
    reported_error,
    tells_busy,
)
from portal.obstacles import alerted_error, challenge_of
from portal.signs import signs_in, signs_in_code
from portal.text import simhash, visible

# Pages of portals stay well below; what pours in without end is not read for a title.
READ_BYTES = 1_000_000
CODE_READ = 20_000  # characters of a page without text in which the address of a parking service is looked for
ALERT = "soft_404:alert"
REPORT = "soft_404:report"
BUSY = "working:busy"  # an error that may be over the next time
BLANK = "soft_404:blank"


def describe(fetched: Fetched) -> Attempt:
    """Returns the attempt with title and signs filled in where HTML came; text length and sketch where it came whole.
    A file that is cut short has a sign, too.

    An HTML answer that is bot protection instead of content becomes BLOCKED, whatever its status says.
    """
    attempt = fetched.attempt
    if attempt.sniffed == "json" and attempt.via != "head" and not fetched.truncated:
        return replace(attempt, signs=report_signs(fetched.body))
    if is_cut(fetched):
        return replace(attempt, signs=(CUT,))
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
    whole = not fetched.truncated and len(fetched.body) <= READ_BYTES
    signs = read_signs(doc, text, title, whole=whole)
    if not whole:
        return replace(attempt, title=title, signs=signs)
    return replace(attempt, title=title, signs=signs, text_length=visible(text), sketch=simhash(text))


def read_signs(doc: Document, text: str, title: str, *, whole: bool = True) -> tuple[str, ...]:
    """Returns the signs of a page by its visible text and title, and of one that shows hardly anything, by what its
    source does: tells an error, goes to the home page, shows nothing or a picture alone, calls a parking service.

    Of a page that was not read `whole` nobody knows what else it shows.
    """
    signs = signs_in(text, title)
    if alerted_error(doc):
        signs = (*signs, ALERT)
    if visible(text) > HARDLY_ANYTHING:
        return signs
    if whole and is_blank(doc):
        return (*signs, BLANK)
    signs = (*signs, *signs_in_code(doc.source[:CODE_READ]))
    if leads_home(doc):
        signs = (*signs, LEADS_HOME)
    return (*signs, ONLY_A_PICTURE) if whole and is_only_a_picture(doc) else signs


def report_signs(body: bytes) -> tuple[str, ...]:
    """Returns the sign of a JSON answer that reports an error instead of data, () of any other."""
    if not reported_error(body):
        return ()
    return (BUSY,) if tells_busy(body) else (REPORT,)


def title_of(doc: Document) -> str:
    """Returns the folded text of the first <title>, at most 200 characters."""
    node = doc.tree.find(".//title")
    return squeeze("".join(map(str, node.itertext())))[:200] if node is not None else ""
