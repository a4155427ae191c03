"""What a search session recognises in visible text: `portal/vocabulary/searching.toml`, compiled once."""

from __future__ import annotations

import re
from functools import cache

from portal.results import TITLE_WORDS
from portal.vocabulary import any_of, load, words

_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"(\d{1,3})个?(?:汉字|字|字符)")
_POSITIVE = re.compile(r"(?:共|约|找到|检索到|搜索到|查询到)[^0-9]{0,6}[1-9][0-9,]*[^0-9]{0,4}(?:条|个|篇|项|件|则)")


def squeezed(text: str) -> str:
    """Returns the text without any white space: portals put blanks and line breaks between the characters."""
    return _SPACE.sub("", text)


def says_nothing(text: str) -> bool:
    """Returns whether a result page says in its visible text that nothing was found.

    A count of nothing does not count beside another count that is not: tabs of a result page carry their own counts.
    """
    flat = squeezed(text)
    if _group("nothing").search(flat):
        return True
    return bool(_counts().search(flat)) and not _POSITIVE.search(flat)


def speaks_of_results(text: str) -> bool:
    """Returns whether a text counts results or is called after them: 共检索到2条信息, 的搜索结果."""
    flat = squeezed(text)
    return bool(_POSITIVE.search(flat) or TITLE_WORDS.search(flat)) or says_nothing(flat)


def says(group: str, text: str) -> str:
    """Returns the first word of a group (captcha, login, too_often, broken, opener) found in the text, "" without."""
    found = _group(group).search(squeezed(text))
    return found.group(0) if found else ""


def longest(text: str) -> int:
    """Returns how many characters a search says it takes at most (不能超过20个字, 2-20个字), else 0."""
    flat = squeezed(text)
    said = _group("too_long").search(flat)
    number = _NUMBER.search(flat, max(0, said.start() - 6), said.end() + 6) if said else _ranges().search(flat)
    return int(number[1]) if number else 0


def names(group: str) -> tuple[str, ...]:
    """Returns the parts of class, id and name by which elements of a group are recognised (captcha, opener)."""
    return words("searching", group, "names" if group == "opener" else "fields")


def opener_words() -> tuple[str, ...]:
    """Returns the words on what opens a search box or leads to the search page, white space removed."""
    return tuple(dict.fromkeys(squeezed(word) for word in words("searching", "opener", "words")))


@cache
def _group(name: str) -> re.Pattern[str]:
    return re.compile(any_of(squeezed(word) for word in words("searching", name, "words")), re.IGNORECASE)


@cache
def _counts() -> re.Pattern[str]:
    return re.compile("|".join(words("searching", "nothing", "counts")))


@cache
def _ranges() -> re.Pattern[str]:
    return re.compile(str(load("searching")["too_long"]["ranges"]))
