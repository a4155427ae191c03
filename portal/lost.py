"""Answers that show nothing of what was linked, without a word that says so: blank pages, pictures of an error, jumps
to the home page, reports of a data interface instead of a page.

seen: a picture 404.png linked to the home page (many platforms); a meta refresh to / for every page that is gone;
Spring's {"status":404,"error":"Not Found"}; {"code":500,"msg":"系统异常"} behind a download link.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from portal.html import Document
from portal.obstacles import redirect_of, stated_error
from portal.urls import host_of, is_home_like, is_http, registrable
from portal.vocabulary import any_of, load

HARDLY_ANYTHING = 60  # visible characters up to which it matters what the source of a page does
LEADS_HOME = "jump:home"
ONLY_A_PICTURE = "picture:only"
CUT = "cut:short"  # a file that is shorter than its own first bytes say
_REPORT_BYTES = 4000  # an error report is short; data is not
# What shows something to a visitor without any text, or may bring it: nothing of it may stand in a blank page.
_SHOWS = re.compile(
    r"<(?:script|img|iframe|frame|object|embed|video|audio|svg|canvas|input|link|style|form)\b|background|http-equiv",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"<img\b", re.IGNORECASE)
_DRAWS = re.compile(r"<(?:script|iframe|frame|object|embed|video|canvas|form)\b", re.IGNORECASE)


def is_blank(doc: Document) -> bool:
    """Returns whether a page without visible text has nothing else to show either, and nothing that could bring it."""
    if _SHOWS.search(doc.source) is not None:
        return False
    body = doc.tree.find(".//body")
    return body is None or not any(map(str.strip, map(str, body.itertext())))


def is_only_a_picture(doc: Document) -> bool:
    """Returns whether a page without visible text shows pictures and nothing that could draw more."""
    return _PICTURE.search(doc.source) is not None and _DRAWS.search(doc.source) is None


def leads_home(doc: Document) -> bool:
    """Returns whether a page that shows hardly anything sends its visitor to the home page of its own domain."""
    target = redirect_of(doc)
    return bool(target) and is_home_like(target) and registrable(host_of(target)) == registrable(host_of(doc.url))


def away(doc: Document) -> str:
    """Returns the web address on another domain to which a page sends its visitor by itself, "" where there is none."""
    target = redirect_of(doc)
    return target if is_http(target) and registrable(host_of(target)) != registrable(host_of(doc.url)) else ""


def reported_error(body: bytes) -> bool:
    """Returns whether a JSON answer is the report of an error: a status of failure and words that state one, or the
    path and status of an application's own error page."""
    if len(body) > _REPORT_BYTES:
        return False
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    table = load("errors")["report"]
    failed = any(_is_failure(said[key], table) for key in table["codes"] if key in said)
    words = [said[key] for key in table["messages"] if isinstance(said.get(key), str)]
    return failed and any(stated_error(word) or re.fullmatch(any_of(table["plain"]), word) for word in words)


def tells_busy(body: bytes) -> bool:
    """Returns whether a report of an error says that its server has no time now."""
    return any(word in body.decode("utf-8", "replace") for word in load("errors")["report"]["busy"])


def _is_failure(value: Any, table: Any) -> bool:
    if isinstance(value, bool):
        return not value
    return isinstance(value, int | str) and str(value).lower() not in table["good"]
