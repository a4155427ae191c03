"""What one exchange says, as the attempt an audit keeps of it. Pure."""

from __future__ import annotations

import datetime as dt
import sys

from crawler.net.message import FetchRequest, header, length
from crawler.net.outcomes import classify
from crawler.net.sniff import sniff
from crawler.net.transfer import ENOUGH_BYTES, Exchange
from portal.artifacts import Attempt, FetchOutcome, Hop

NOT_MODIFIED = 304


def attempt_of(
    request: FetchRequest, url: str, exchange: Exchange, hops: tuple[Hop, ...], at: dt.datetime, elapsed: float
) -> Attempt:
    """Returns the attempt: `url` is where the last exchange went, `at` (aware) and `elapsed` (seconds) tell of all."""
    # An audit keeps an attempt for every address: what is the same in most of them is kept once.
    content_type = sys.intern(header(exchange.headers, "content-type")[:200])
    return Attempt(
        at=at,
        via=f"get{request.family}" if request.family and request.method == "get" else request.method,
        outcome=outcome_of(exchange, conditional=bool(request.conditions) and not hops),
        status=exchange.status,
        final_url=request.url if request.url == url else url,
        hops=hops,
        address=sys.intern(exchange.address),
        family=_family(exchange.address),
        elapsed=round(elapsed, 4),
        content_type=content_type,
        length=length(
            exchange.headers,
            exchange.body,
            whole=request.method == "get" and exchange.status > 0 and not exchange.truncated and not exchange.failure,
        ),
        error=exchange.failure.why if exchange.failure else "",
        sniffed=_kind(exchange, content_type) if exchange.status and request.method != "head" else "",
    )


def headed(exchange: Exchange) -> bool:
    """Returns whether the head of an answer came whole, whatever became of its body: a redirect needs no more."""
    return exchange.failure is None or exchange.failure.outcome in (FetchOutcome.TIMEOUT, FetchOutcome.RESET)


def not_now(exchange: Exchange) -> bool:
    """Returns whether the server itself said that this is no time to ask: it answers later, and is not broken."""
    return exchange.status == 429 or (exchange.status == 503 and bool(header(exchange.headers, "retry-after")))


def outcome_of(exchange: Exchange, *, conditional: bool = False) -> FetchOutcome:
    """Returns what came of an exchange. `conditional`: it asked for the page only if it has changed."""
    broken = exchange.failure
    if broken is None:
        if exchange.status == NOT_MODIFIED and not conditional:
            return FetchOutcome.BLOCKED  # it answers a question nobody asked: what the page is was not said
        return classify(exchange.status, exchange.headers, exchange.body[:4096])
    # An answer that broke off after enough of it came still says what the page is. One whose document came to its end
    # is whole, whatever length was said: browsers show it.
    usable = exchange.status and broken.outcome in (FetchOutcome.TIMEOUT, FetchOutcome.RESET)
    if usable and (len(exchange.body) >= ENOUGH_BYTES or exchange.body[-64:].rstrip().lower().endswith(b"</html>")):
        return classify(exchange.status, exchange.headers, exchange.body[:4096])
    return broken.outcome


def _kind(exchange: Exchange, content_type: str) -> str:
    kind = sniff(exchange.body)
    if kind == "empty" and exchange.body and (exchange.truncated or exchange.status == 206):
        return ""  # white space as far as it was read; nobody knows what follows
    # A fragment of text that is served as HTML is a page to a browser.
    return "html" if kind in ("text", "xml") and "html" in content_type.lower() else kind


def _family(address: str) -> int:
    return 0 if not address else 6 if ":" in address else 4
