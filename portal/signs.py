"""Signs that a page of another site is no longer what was linked: lost, for sale, taken over, not ready.

Conservative by design: takeovers need several different words, one of them in the title, because courts and police
publish news about gambling, too. A sign is a reason to look, not a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from msgspec import Struct

from portal.html import squeeze
from portal.text import visible
from portal.vocabulary import load


class _Sign(Struct, frozen=True):
    id: str
    need: int
    title: int
    max_visible: int  # 0 = any length
    line: int  # characters of the longest line of the text that may hold the words; 0 = any length
    words: re.Pattern[str]


@cache
def _signs() -> tuple[_Sign, ...]:
    errors = load("errors")
    return tuple(
        _Sign(
            entry["id"],
            int(entry["need"]),
            int(entry["title"]),
            int(entry["max_visible"]),
            int(entry.get("line", 0)),
            re.compile("|".join(_patterns(entry, errors["absent"]))),
        )
        for entry in (*errors["sign"], *load("signs")["sign"])
    )


def _patterns(entry: Mapping[str, Any], absent: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yields the patterns of a sign: its own words, those of the lists it names, and what is no single word."""
    yield from _apart((*entry["words"], *chain(*(absent[name] for name in entry.get("absent", ())))))
    yield from (f"(?i:{pattern})" for pattern in entry.get("patterns", ()))


def _apart(entries: Iterable[str]) -> Iterator[str]:
    """Yields patterns of words in either case that stand in no number. Each begins with a plain letter: a text is
    searched for those alone."""
    for word in sorted(entries, key=len, reverse=True):
        for first in map(re.escape, sorted({word[0].lower(), word[0].upper()})):
            yield rf"{first}(?<!\d{first})(?i:{re.escape(word[1:])})(?!\d)"


def signs_in(text: str, title: str = "") -> tuple[str, ...]:
    """Returns the ids of the vocabulary signs found in the visible text and the title, in the order of the vocabulary.

    `text` is the visible text of the whole page (`portal.flow`); ids begin with soft_404, parked, gambling, porn or
    construction.
    """
    size, plain = visible(text), ""
    found: list[str] = []
    for sign in _signs():
        if sign.max_visible and size > sign.max_visible:
            continue
        in_title = {hit.lower() for hit in sign.words.findall(title)}
        if len(in_title) < sign.title:
            continue
        if sign.line:
            told = " ".join(line for line in map(squeeze, text.splitlines()) if len(line) <= sign.line)
        else:
            told = plain = plain or squeeze(text)
        if len(in_title | {hit.lower() for hit in sign.words.findall(told)}) >= sign.need:
            found.append(sign.id)
    return tuple(found)
