"""What changes something on the server when it is followed or pressed: what a guest leaves alone.

By the address (log out, delete, vote, cancel) or by what the link or button says, where the address is not plainly
that of a page. A script's handler, and a link that says nothing of the kind at a neutral address, cannot be told from
others.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from portal.urls import as_path, extension
from portal.vocabulary import words

ADDRESS = "|".join(words("actions", "address", "patterns"))
"""What tells such an address by path and query, in any case; JavaScript reads it alike (`crawler.browser.deeds`)."""
_PATTERN = re.compile(ADDRESS, re.IGNORECASE)
_WORDS = frozenset(words("actions", "words", "exact"))
_PAGES = frozenset(words("actions", "page", "extensions"))
_BESIDE = re.compile(r"[^a-z\u4e00-\u9fff]+")
_ESCAPED = re.compile(r"%([2-7][0-9A-Fa-f])")
_PLAIN = frozenset(string.ascii_letters + string.digits + "-._~")  # what an escape changes nothing of (RFC 3986, 2.3)
_LONGEST = 2 * max(map(len, _WORDS))  # characters; a longer text is no button


def changes_something(url: str, text: str = "") -> bool:
    """Returns whether following a link with that address and text would change something on the server."""
    return (says_deed(text) and not _names_page(url)) or _acts(url)


def says_deed(text: str) -> bool:
    """Returns whether a text says nothing but what changes something: 退出, [删除], 投票（128）."""
    return len(text) <= _LONGEST and _BESIDE.sub("", text.lower()) in _WORDS


@lru_cache(maxsize=2048)
def _acts(url: str) -> bool:
    rest = as_path(url).partition("#")[0].partition("://")[2]
    slash = rest.find("/")
    return slash >= 0 and bool(_PATTERN.search(_ESCAPED.sub(_letter, rest[slash:])))


def _letter(escape: re.Match[str]) -> str:
    """Returns the letter, digit or hyphen an escape stands for: servers read %6Cogout as they read logout."""
    char = chr(int(escape[1], 16))
    return char if char in _PLAIN else escape[0]


def _names_page(url: str) -> bool:
    rest = as_path(url).partition("#")[0]
    path = rest.partition("://")[2].partition("/")[2]
    return "?" not in rest and (not path or path.endswith("/") or extension(url) in _PAGES)
