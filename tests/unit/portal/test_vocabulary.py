"""Patterns made of words."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from portal.vocabulary import any_of, any_of_either_case, behind

WORDS = ("Copyright", "ICP备", "版权所有", "版权", "(c)", "iPad")


@given(st.lists(st.sampled_from([*WORDS, *map(str.upper, WORDS), *map(str.lower, WORDS), "I", "c", " ", "版"])))
def test_words_in_either_case_match_as_without_case(bits: list[str]) -> None:
    text = "".join(bits)
    slow = re.compile(any_of(WORDS), re.IGNORECASE)
    assert re.findall(any_of_either_case(WORDS), text) == slow.findall(text)


MIXED = ("版权所有", "版权", "版", "权利", "More", "more words", "(顶)", "[顶]", "顶")


@given(st.lists(st.sampled_from([*MIXED, "权", "利", "MORE", "w", "(", "]", " "])), st.sampled_from([0, re.IGNORECASE]))
def test_of_words_that_begin_alike_the_longest_is_found(bits: list[str], flags: int) -> None:
    text = "".join(bits)
    plain = "|".join(re.escape(word) for word in sorted(MIXED, key=len, reverse=True))
    assert re.findall(any_of(MIXED), text, flags) == re.findall(plain, text, flags)


@given(st.lists(st.sampled_from([*WORDS, "\n", "[", "|", "x"])))
def test_words_behind_any_of_some_marks(bits: list[str]) -> None:
    text = "".join(bits)
    found = [hit.start() for pattern in behind("\n[|", f"(?:{any_of(WORDS)})") for hit in pattern.finditer(text)]
    assert sorted(found) == [hit.start() for hit in re.finditer(rf"[\n\[|](?:{any_of(WORDS)})", text)]
