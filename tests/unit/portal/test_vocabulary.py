"""Patterns made of words."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from portal.vocabulary import any_of, any_of_either_case

WORDS = ("Copyright", "ICP备", "版权所有", "版权", "(c)", "iPad")


@given(st.lists(st.sampled_from([*WORDS, *map(str.upper, WORDS), *map(str.lower, WORDS), "I", "c", " ", "版"])))
def test_words_in_either_case_match_as_without_case(bits: list[str]) -> None:
    text = "".join(bits)
    slow = re.compile(any_of(WORDS), re.IGNORECASE)
    assert re.findall(any_of_either_case(WORDS), text) == slow.findall(text)
