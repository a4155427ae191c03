"""Links that change something on the server when they are followed: what a guest leaves alone.

By the address (log out, delete, vote, cancel) or by what the link says, where the address is not plainly that of a
page. A script's handler, and a link that says nothing of the kind at a neutral address, cannot be told from others.
"""

from __future__ import annotations

import re
from functools import lru_cache

from portal.urls import extension
from portal.vocabulary import load, words

_PATTERN = re.compile(
    "|".join(
        (
            *(entry["pattern"] for entry in load("urls")["trap"] if entry["reason"] == "state"),
            *words("actions", "address", "patterns"),
        )
    ),
    re.IGNORECASE,
)
_WORDS = frozenset(words("actions", "words", "exact"))
_PAGES = frozenset(words("actions", "page", "extensions"))
_BESIDE = re.compile(r"[^a-z\u4e00-\u9fff]+")
_LONGEST = 2 * max(map(len, _WORDS))  # characters; a longer text is no button


def changes_something(url: str, text: str = "") -> bool:
    """Returns whether following a link with that address and text would change something on the server."""
    if len(text) <= _LONGEST and _BESIDE.sub("", text.lower()) in _WORDS and not _names_page(url):
        return True
    return _acts(url)


@lru_cache(maxsize=16384)
def _acts(url: str) -> bool:
    rest = url.partition("#")[0].partition("://")[2]
    slash = rest.find("/")
    return slash >= 0 and bool(_PATTERN.search(rest[slash:]))


def _names_page(url: str) -> bool:
    rest = url.partition("#")[0]
    path = rest.partition("://")[2].partition("/")[2]
    return "?" not in rest and (not path or path.endswith("/") or extension(url) in _PAGES)
