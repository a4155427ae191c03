"""Words and patterns by which readers recognise things on pages: one TOML file per subject, loaded once and frozen.

Every entry stands with the page or the rule that made it necessary, as a comment or a `seen` key. Files are read
through importlib.resources, so they are found in an installed package, too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


class VocabularyError(Exception):
    """Raised when a vocabulary file is missing, is no TOML or lacks what its reader needs; the message names it."""


@cache
def load(name: str) -> Mapping[str, Any]:
    """Returns the vocabulary `name` as a frozen mapping; lists become tuples. Raises VocabularyError."""
    try:
        raw = files(__name__).joinpath(f"{name}.toml").read_bytes()
        return _frozen(tomllib.loads(raw.decode("utf-8")))  # type: ignore[no-any-return]  # a table is a mapping
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VocabularyError(f"vocabulary {name}.toml: {error}") from error


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


@cache
def words(name: str, *path: str) -> tuple[str, ...]:
    """Returns a list of words: `words("articles", "title", "stop")`. Raises VocabularyError when it is not there."""
    value: Any = load(name)
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            raise VocabularyError(f"vocabulary {name}.toml: {'.'.join(path)} is missing")
        value = value[key]
    if not isinstance(value, tuple) or not all(isinstance(word, str) and word for word in value):
        raise VocabularyError(f"vocabulary {name}.toml: {'.'.join(path)} must be a list of words")
    return value


def any_of(entries: Iterable[str]) -> str:
    """Returns a regular expression that matches any of the words literally, longest first."""
    return one_of(map(re.escape, sorted(entries, key=len, reverse=True)))


def one_of(patterns: Iterable[str]) -> str:
    """Returns a regular expression that matches any of the patterns, of two the one that is given first. Those that
    begin with the same letter, one without upper and lower case, stand together: it is tried once for all.

    A pattern begins with its letter as it stands, which nothing behind it makes optional, or with nothing that matches
    the first letter of another.
    """
    by_letter: dict[str, list[str]] = {}
    for pattern in patterns:
        first = pattern[0] if pattern[0].isalpha() and pattern[0].lower() == pattern[0].upper() else ""
        by_letter.setdefault(first or pattern, []).append(pattern.removeprefix(first) if first else "")
    return "|".join(
        first + (rests[0] if len(rests) == 1 else f"(?:{'|'.join(rests)})") for first, rests in by_letter.items()
    )


def behind(marks: str, pattern: str) -> tuple[re.Pattern[str], ...]:
    """Returns the pattern behind each of the marks, none of which it should hold itself: a text is searched for one
    letter eight times as fast as for one of several."""
    return tuple(re.compile(re.escape(mark) + pattern) for mark in marks)


def any_of_either_case(entries: Iterable[str]) -> str:
    """Returns `any_of` for words in any case. Every word begins with a letter of one case, so that a text is searched
    for first letters alone; with the flag IGNORECASE it takes twice as long."""
    cases: list[str] = []
    for word in sorted(entries, key=len, reverse=True):
        rest = re.escape(word[1:])
        rest = f"(?i:{rest})" if rest.lower() != rest.upper() else rest
        cases += [re.escape(first) + rest for first in sorted({word[0].lower(), word[0].upper()})]
    return "|".join(cases)
