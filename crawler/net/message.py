"""What is asked and what comes back: requests, answers, how their headers are read and how they are kept. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from urllib.parse import quote_from_bytes

import ada_url
import msgspec

from portal.artifacts import Attempt
from portal.urls import routed

PAGE_BYTES = 8 * 1024 * 1024  # the most of a page's body that is kept, after decompression
PAGE_SECONDS = 30.0
_LONGEST_WAIT = 86400 * 365  # seconds; longer ones mean the same
REFUSALS = 2  # times pages and links are asked again when the server says that this is no time to ask


class FetchRequest(msgspec.Struct, frozen=True, gc=False):
    """What to ask. `family` pins IPv4 or IPv6; `timeout` is seconds per hop; `max_bytes` bounds the decoded body."""

    url: str
    method: str = "get"  # get, head, range (the first `max_bytes`, at most the first KiB unless said otherwise)
    purpose: str = "page"  # for log and robots: page, home, link, probe, robots, confirm, ...
    family: int = 0
    max_bytes: int = PAGE_BYTES
    timeout: float = PAGE_SECONDS
    headers: tuple[tuple[str, str], ...] = ()
    keep_evidence: bool = False
    referer: str = ""
    follow: bool = True
    conditions: tuple[tuple[str, str], ...] = ()  # If-None-Match, If-Modified-Since: sent to the address asked for only
    refusals: int = 0  # answers of "not now" (429, 503 with Retry-After) after which it is asked again, when it is time


class Fetched(msgspec.Struct, frozen=True):
    """What came back. `headers` are the final answer's, as received (latin-1); `body` is decompressed."""

    attempt: Attempt
    body: bytes = b""
    headers: list[tuple[str, str]] = msgspec.field(default_factory=list)
    truncated: bool = False
    reason: str = ""  # status line

    def header(self, name: str) -> str:
        """Returns the first header of that name (any case), "" without one."""
        return header(self.headers, name)


def header(headers: Iterable[tuple[str, str]], name: str) -> str:
    """Returns the first header of that name (any case), "" without one."""
    wanted, size = name.lower(), len(name)
    for key, value in headers:
        if len(key) == size and key.lower() == wanted:
            return value
    return ""


def resolve_location(base: str, location: str) -> str:
    """Returns the absolute target of a Location header received as latin-1, as browsers read it.

    Bytes outside ASCII (UTF-8 or GBK alike) are escaped as they came. "" where it leads nowhere. The fragment is cut
    unless it is a route (`portal.urls.routed`); a target without one keeps that of `base`.
    """
    try:
        raw = location.encode("latin-1")
    except UnicodeEncodeError:
        raw = location.encode()
    text = "".join(chr(byte) if byte < 0x80 else quote_from_bytes(bytes([byte])) for byte in raw)
    try:
        target = str(ada_url.join_url(base, text))
    except ValueError:
        return ""
    if routed(target):
        return target
    return target.partition("#")[0] + (f"#{base.partition('#')[2]}" if routed(base) else "")


def evidence_message(fetched: Fetched) -> bytes:
    """Returns an answer as an HTTP message: status line and headers as received, then how it was got, then the body.

    The lines X-Mingcha-* are the fetcher's own: address, time, the redirects before it, and whether the body stands
    decompressed (its Content-Encoding line tells from what) or cut.
    """
    attempt = fetched.attempt
    own = _circumstances(attempt)
    if encoding := fetched.header("content-encoding"):
        own.append(("X-Mingcha-Body", f"decoded from {encoding}"))
    if fetched.truncated:
        own.append(("X-Mingcha-Truncated", f"after {len(fetched.body)} bytes"))
    lines = [fetched.reason or f"HTTP/1.1 {attempt.status}"]
    lines += [f"{name}: {value}" for name, value in fetched.headers]
    lines += [f"{name}: {value}" for name, value in own]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + fetched.body


def failure_note(attempt: Attempt) -> bytes:
    """Returns what is kept as evidence of a request that got no answer: how it was made and what came of it."""
    lines = [f"{attempt.via} {attempt.final_url}", f"{attempt.outcome.value}: {attempt.error}"]
    lines += [f"{name}: {value}" for name, value in _circumstances(attempt)]
    return "\n".join(lines).encode() + b"\n"


def _circumstances(attempt: Attempt) -> list[tuple[str, str]]:
    return [
        ("X-Mingcha-Url", attempt.final_url),
        ("X-Mingcha-At", attempt.at.isoformat(timespec="milliseconds")),
        ("X-Mingcha-Address", attempt.address),
        ("X-Mingcha-Elapsed", f"{attempt.elapsed:.3f}"),
        *(("X-Mingcha-Redirect", f"{hop.status} {hop.url} -> {hop.location}") for hop in attempt.hops),
    ]


def length(headers: list[tuple[str, str]], body: bytes, *, whole: bool) -> int | None:
    """Returns the size of what the address holds in bytes: said in Content-Range, counted in a body that came whole, or
    said in Content-Length; None where unknown."""
    total = _number(header(headers, "content-range").rpartition("/")[2])
    if total is not None:
        return total
    return len(body) if whole else _number(header(headers, "content-length"))


def _number(said: str) -> int | None:
    """Returns a number of bytes or seconds, None where a header says none: ² is a digit to Python, and no number."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None


def retry_after(headers: list[tuple[str, str]], now: dt.datetime) -> float | None:
    """Returns the seconds a Retry-After asks for, counted from `now` (aware); None without a usable one."""
    value = header(headers, "retry-after").strip()
    if not value:
        return None
    if value.isascii() and value.isdecimal():
        seconds = _number(value)
        return float(_LONGEST_WAIT if seconds is None else min(seconds, _LONGEST_WAIT))
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):  # a year of twenty digits
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - now).total_seconds())
