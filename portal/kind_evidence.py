"""What the kind of a page is decided on, as values: what was found on it beside its text, and of its lists.

The words that tell kinds are in vocabulary/kinds.toml; `pattern`, `regex` and `word_set` hold them ready.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from msgspec import Struct, field

from portal.facts import Challenge, DocumentMeta
from portal.vocabulary import any_of, load, words


class Lists(NamedTuple):
    """What was found of lists on a page."""

    items: int = 0  # of the main list
    dated: int = 0  # of them
    pager: bool = False
    empty: bool = False
    scripted: bool = False
    child_columns: int = 0
    blocks: int = 0  # separate lists on the page
    beside: int = 0  # those of them that stand in an <aside> of a page that marks its <main>


NO_LISTS = Lists()


class Evidence(Struct):
    """What `page_kind` decides on, beside lists; every field is what the other readers of `portal` found."""

    url: str = ""
    home: bool | None = None  # the caller knows whether this is the home page
    portal: bool = False  # the caller knows the page to belong to a portal under audit
    head_title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    document: DocumentMeta | None = None
    hits: int = 0  # results of a search page
    result_total: int | None = None
    breadcrumb: tuple[str, ...] = ()
    challenge: Challenge | None = None
    error_words: str = ""
    redirect: str = ""
    weight: float | None = None  # for an item, whatever lists stand beside it: told when it is asked for first


@cache
def pattern(*path: str) -> re.Pattern[str]:
    """Returns a pattern of any of the words listed there."""
    return re.compile(any_of(words("kinds", *path)))


@lru_cache(maxsize=16)  # asked several times of one page
def addressed(url: str, what: str) -> bool:
    """Returns whether an address, in any case, is one as content systems give items, columns or results."""
    return _address(what).search(url.lower()) is not None


@cache
def _address(what: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{entry})" for entry in words("kinds", "address", what)))


@cache
def regex(*path: str) -> re.Pattern[str]:
    """Returns the pattern that is written there."""
    table = load("kinds")
    for key in path[:-1]:
        table = table[key]
    return re.compile(table[path[-1]])


@cache
def word_set(*path: str) -> frozenset[str]:
    """Returns the words listed there."""
    return frozenset(words("kinds", *path))
