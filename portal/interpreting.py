"""What an interpretation says that it explains, by its title and its first sentences: words alone, no reader of pages,
so that checks need none either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from portal.text import doc_numbers, quoted_titles
from portal.vocabulary import any_of, load, words

_QUOTED = re.compile(r"《[^《》]*(?:〈[^〈〉]*〉[^《》]*)*》")
_SENTENCE = re.compile(r"[^。；;\n]+")
_LINKED = re.compile(r"[》〉]\s*(?:[、，及和与]|以及)?\s*$")  # between two titles of one enumeration
_BRACKETS = re.compile(r"(?:[（(【\[][^（）()【】\[\]]{1,30}[）)】\]])+$")
_NUMBER_AFTER = re.compile(r"\s*[（(\[【][^（）()]{4,40}[）)\]】]")


@cache
def _interpreting() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(any_of(words("linkage", "policy", "interpreting"))),
        re.compile(any_of(words("linkage", "policy", "not_interpreting"))),
    )


@lru_cache(maxsize=4096)
def interprets(text: str) -> bool:
    """Returns whether a title or link text announces an interpretation (解读, 图解, 答记者问, 问答...)."""
    yes, no = _interpreting()
    return bool(yes.search(no.sub("", text)))


class Told(NamedTuple):
    """Documents a text says were issued, in one breath: titles as quoted, and 文号."""

    titles: tuple[str, ...]
    numbers: tuple[str, ...]


@cache
def _phrase(name: str) -> re.Pattern[str]:
    return re.compile(load("linkage")["told"][name])


@cache
def _nouns() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(words('linkage', 'policy', 'nouns'))})$")


def subject_of(title: str) -> str:
    """Returns the name of the document that an interpreting title without 《》 carries (某县供水办法政策解读,
    【图解】某县供水方案, 图说：某县供水规划), "" where it carries none."""
    if "《" in title:
        return ""
    rest = title.strip()
    for _ in range(2):  # 【政策解读】图解某县供水方案
        rest = _phrase("head").sub("", rest, count=1).strip()
    rest = _phrase("tail").sub("", rest, count=1).strip()
    if rest == title.strip() or _nouns().search(_BRACKETS.sub("", rest)) is None:
        return ""
    return rest


def outer_titles(text: str) -> tuple[str, ...]:
    """Returns the titles quoted in 《》 that stand in no other quoted title."""
    found = quoted_titles(text)
    return tuple(one for at, one in enumerate(found) if not any(one in other for other in found[:at]))


def referred_titles(title: str) -> tuple[str, ...]:
    """Returns the titles that the title of a document quotes without issuing them: it forwards, changes, repeals or
    carries them out (转发《…》的通知, 贯彻《…》的实施意见)."""
    found: list[str] = []
    before = False
    for hit in _QUOTED.finditer(title):
        head = title[: hit.start()]
        before = before if _LINKED.search(head) else _phrase("refers").search(head) is not None
        if before:
            found.append(hit[0][1:-1])
    return tuple(found)


def issued_titles(title: str) -> tuple[str, ...]:
    """Returns the titles by which the document of a title is called, too: those it quotes and issues (印发《…》)."""
    referred = referred_titles(title)
    found: list[str] = []
    for one in outer_titles(title):
        if one not in referred:
            found += (one, *issued_titles(one.replace("〈", "《").replace("〉", "》")))
    return tuple(found)


def told_documents(text: str) -> tuple[Told, ...]:
    """Returns what a text says was issued, by sequence: 县政府印发了《…》《…》（某政发〔2026〕3号）. What it
    rests on, and what is repealed with it, is not told."""
    return tuple(told for sentence in _SENTENCE.findall(text) for told in _told(sentence))


def _told(sentence: str) -> Iterator[Told]:
    if "《" not in sentence:
        numbered = _phrase("numbered").search(sentence)
        if numbered is not None and (found := doc_numbers(numbered[0])):
            yield Told((), found)
        return
    titles: list[str] = []
    numbers: list[str] = []
    end = -1
    for hit in _QUOTED.finditer(sentence):
        joined = end >= 0 and _LINKED.sub("", sentence[end - 1 : hit.start()]) == ""
        if not joined:
            if titles:
                yield Told(tuple(titles), tuple(numbers))
            titles, numbers = [], []
        follows = sentence[hit.end() : hit.end() + 60]
        bracket = _NUMBER_AFTER.match(follows)
        end = hit.end()
        if (joined and titles) or (not joined and _issued(sentence[: hit.start()], follows)):
            titles.append(hit[0][1:-1])
            numbers += doc_numbers(bracket[0]) if bracket is not None else ()
            end += bracket.end() if bracket is not None else 0
    if titles:
        yield Told(tuple(titles), tuple(numbers))


def _issued(before: str, after: str) -> bool:
    return _phrase("issued").search(before) is not None and _phrase("repealed").search(after) is None


def rests_on(sentence: str) -> bool:
    """Returns whether a sentence names documents as what something rests on, or as repealed: 根据……, ……同时废止."""
    return _phrase("basis").search(sentence) is not None


def sentences(text: str) -> tuple[str, ...]:
    """Returns the sentences of a text, without their stops."""
    return tuple(_SENTENCE.findall(text))
