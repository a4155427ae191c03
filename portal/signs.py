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

from portal.heads import segments
from portal.html import squeeze
from portal.text import visible
from portal.vocabulary import any_of, load


class _Sign(Struct, frozen=True):
    id: str
    need: int
    title: int
    max_visible: int  # 0 = any length
    line: int  # characters of the longest line of the text that may hold the words; 0 = any length
    stated: bool  # an error must be said, not spoken of
    unless: re.Pattern[str] | None  # what such a page does not say
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
            bool(entry.get("stated")),
            re.compile(any_of(entry["unless"]), re.IGNORECASE) if "unless" in entry else None,
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

    `text` is the visible text of the whole page (`portal.flow`); ids begin with soft_404, working, login,
    closed, parked, gambling, porn or construction.
    """
    size, plain = visible(text), ""
    found: list[str] = []
    for sign in _signs():
        if sign.max_visible and size > sign.max_visible:
            continue
        in_title = _hits(sign, segments(title) if sign.stated else (title,))
        if len(in_title) < sign.title:
            continue
        if sign.line:
            told = tuple(line for line in map(squeeze, text.splitlines()) if len(line) <= sign.line)
        else:
            plain = plain or squeeze(text)
            told = (plain,)
        if len(in_title | _hits(sign, told)) >= sign.need and not (
            sign.unless and (sign.unless.search(title) or sign.unless.search(text))
        ):
            found.append(sign.id)
    return tuple(found)


def signs_in_code(source: str) -> tuple[str, ...]:
    """Returns the ids of signs by what the source of a page without text calls: addresses of parking services."""
    return tuple(sign for sign, pattern in _codes() if pattern.search(source))


@cache
def _codes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((entry["id"], re.compile(any_of(entry["calls"]), re.IGNORECASE)) for entry in load("signs")["code"])


def _hits(sign: _Sign, lines: Iterable[str]) -> set[str]:
    """Returns the different words of a sign that lines hold; of one that must be stated, only those stated there."""
    return {
        hit.group().lower()
        for line in lines
        for hit in sign.words.finditer(line)
        if not sign.stated or _is_stated(line, hit)
    }


@cache
def _statement() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = load("errors")["statement"]
    lead = any_of((*table["leads"], *load("errors")["line"]["leads"]))
    subject = any_of(table["subjects"])
    return (
        re.compile(rf"\W*(?:(?:{lead}|{subject})\W*)*$", re.IGNORECASE),
        re.compile(rf"(?:{any_of(table['particles'])})?(?:$|\W|{any_of(table['follows'])})"),
        re.compile("|".join(table["asked"])),
    )


def _is_stated(line: str, hit: re.Match[str]) -> bool:
    """Returns whether a line says that there is nothing, and does not ask about it, list it or speak of such a case:
    办理“信息不存在异常”证明, 第1期巡查：页面不存在问题清单, 提示页面不存在怎么办？

    English words are names of errors wherever they stand.
    """
    before, ends, asked = _statement()
    if asked.search(line):
        return False
    said = hit.group()
    if said.isascii():
        return True
    return before.match(line[: hit.start()]) is not None and (
        not said.endswith("不存在") or ends.match(line, hit.end()) is not None
    )
