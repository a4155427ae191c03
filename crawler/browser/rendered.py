"""What a browser visit came to: plain values, and how a browser's errors become the closed outcomes of a request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crawler.browser.deeds import HELD
from crawler.net.outcomes import classify
from portal.artifacts import Absence, Attempt, FetchOutcome, Hop
from portal.zone import CHINA


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie the browser holds."""

    name: str
    value: str
    domain: str
    path: str = "/"


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request a page made by script and did not get an answer to (status 0) or a bad one."""

    url: str
    kind: str  # xhr, fetch, script, document (of a frame)
    status: int = 0
    error: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.status or self.error} {self.url}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One page as a browser shows it. `outcome` is about the main document; `html` is the DOM as it stood at the end.

    Frames are inside `html`: after each frame element stands `<div data-mingcha-frame="ADDRESS">` with its body.
    """

    url: str
    at: dt.datetime
    outcome: FetchOutcome
    final_url: str = ""
    status: int = 0
    html: str = ""
    title: str = ""
    elapsed: float = 0.0  # seconds, from the request to the end of waiting
    address: str = ""
    family: int = 0
    content_type: str = ""
    hops: tuple[Hop, ...] = ()
    user_agent: str = ""
    failed: tuple[FailedRequest, ...] = ()
    dialogs: tuple[str, ...] = ()  # texts of alert, confirm, prompt; all dismissed
    popups: int = 0  # windows the page opened, wanted or not
    settled: bool = True  # False where the page still changed when the time was up
    error: str = ""
    screenshot: bytes = b""  # JPEG, empty when none was asked for or none could be taken

    def attempt(self) -> Attempt:
        """Returns the visit as one attempt at its URL, made by the browser."""
        return Attempt(
            at=self.at,
            via="browser",
            outcome=self.outcome,
            status=self.status,
            final_url=self.final_url,
            hops=self.hops,
            address=self.address,
            family=self.family,
            elapsed=self.elapsed,
            content_type=self.content_type,
            error=self.error,
            title=self.title,
        )


def now() -> dt.datetime:
    """Returns the present time, Asia/Shanghai."""
    return dt.datetime.now(CHINA)


def storable(text: str) -> str:
    """Returns the text a page gave without halves of characters, which scripts may hold and nothing can store."""
    return text.encode("utf-8", "replace").decode()


_ABSENCES = {
    FetchOutcome.BLOCKED: Absence.BLOCKED,
    FetchOutcome.BUDGET: Absence.BUDGET,
    FetchOutcome.DEED: Absence.DEED,
    FetchOutcome.DNS_UNKNOWN: Absence.NO_DNS,
    FetchOutcome.NO_ROUTE: Absence.OWN_LINE,
}


def absence_of(outcome: FetchOutcome) -> Absence | None:
    """Returns why nothing is known of a page that came out so in the browser, None where it came."""
    return None if outcome is FetchOutcome.OK else _ABSENCES.get(outcome, Absence.UNREACHABLE)


def outcome_of_status(status: int) -> FetchOutcome:
    """Returns what a main document's status says; 0 (no answer seen) is ABORTED."""
    return classify(status, []) if status else FetchOutcome.ABORTED


def outcome_of_error(message: str) -> FetchOutcome:
    """Returns what Chromium's network error says (`net::ERR_...` anywhere in the message); ABORTED for any other."""
    for mark, outcome in _NET_ERRORS:
        if mark in message:
            return outcome
    return FetchOutcome.ABORTED


_NET_ERRORS = (
    ("ERR_CERT_", FetchOutcome.TLS),
    ("ERR_SSL_", FetchOutcome.TLS),
    ("ERR_BAD_SSL", FetchOutcome.TLS),
    ("ERR_TOO_MANY_REDIRECTS", FetchOutcome.REDIRECT_LOOP),
    ("ERR_NAME_NOT_RESOLVED", FetchOutcome.DNS),
    ("ERR_NAME_RESOLUTION_FAILED", FetchOutcome.DNS_UNKNOWN),
    ("ERR_CONNECTION_REFUSED", FetchOutcome.REFUSED),
    ("ERR_SOCKS_CONNECTION", FetchOutcome.REFUSED),
    ("ERR_CONNECTION_RESET", FetchOutcome.RESET),
    ("ERR_CONNECTION_CLOSED", FetchOutcome.RESET),
    ("ERR_CONNECTION_ABORTED", FetchOutcome.RESET),
    ("ERR_EMPTY_RESPONSE", FetchOutcome.RESET),
    ("ERR_INVALID_HTTP_RESPONSE", FetchOutcome.RESET),
    ("ERR_CONTENT_LENGTH_MISMATCH", FetchOutcome.RESET),
    ("ERR_INCOMPLETE_CHUNKED_ENCODING", FetchOutcome.RESET),
    ("ERR_HTTP2_PROTOCOL_ERROR", FetchOutcome.RESET),
    ("ERR_TIMED_OUT", FetchOutcome.TIMEOUT),
    ("ERR_CONNECTION_TIMED_OUT", FetchOutcome.TIMEOUT),
    ("ERR_ADDRESS_UNREACHABLE", FetchOutcome.NO_ROUTE),
    (HELD, FetchOutcome.DEED),
    ("ERR_NETWORK_CHANGED", FetchOutcome.NO_ROUTE),
    ("ERR_INVALID_URL", FetchOutcome.BAD_URL),
    ("Cannot navigate to invalid URL", FetchOutcome.BAD_URL),
    ("ERR_UNSAFE_PORT", FetchOutcome.BAD_URL),
    ("ERR_UNKNOWN_URL_SCHEME", FetchOutcome.SCHEME),
    ("ERR_DISALLOWED_URL_SCHEME", FetchOutcome.SCHEME),
)
