"""Subjects made comparable: the same address written in two ways is one subject."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

_DEFAULT = {"http": 80, "https": 443}


def canonical(subject: str) -> str:
    """Returns the subject with one spelling of escapes, host, port and empty path; words and hosts as they are."""
    parts = urlsplit(subject.strip())
    if parts.scheme not in _DEFAULT or not parts.hostname:
        return subject.strip().lower()
    port = "" if parts.port in (None, _DEFAULT[parts.scheme]) else f":{parts.port}"
    query = f"?{_escapes(parts.query)}" if parts.query else ""
    return f"{parts.scheme}://{parts.hostname}{port}{_escapes(parts.path) or '/'}{query}"


def _escapes(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="/?=&;:,+@!*'()~.-_$")


def names(subject: str, wanted: str) -> bool:
    """Returns whether a finding's subject is the wanted one, alone or as one word of several (URL and direction).

    A directory and its index page are one subject: which of both stands there depends on the link that was met first.
    """
    words = [subject, *(word for word in re.split(r"[\s|>]+|->", subject) if word)]
    return any(_directory(word) == _directory(wanted) for word in words)


def _directory(subject: str) -> str:
    return re.sub(r"/index\.s?html?$", "/", canonical(subject))
