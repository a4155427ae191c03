"""Those who bring work take turns."""

from __future__ import annotations

import pytest

from crawler.crawl.turns import Turns


def queue(*brought: tuple[str, int]) -> Turns[int]:
    turns = Turns[int]()
    for source, work in brought:
        turns.add(source, work)
    return turns


def test_one_who_brings_much_waits_for_those_who_bring_little() -> None:
    turns = queue(("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("c", 6))
    assert [turns.take() for _ in range(6)] == [1, 4, 5, 2, 6, 3]
    assert not turns


def test_one_who_comes_again_comes_last() -> None:
    turns = queue(("a", 1), ("b", 2), ("b", 3))
    assert turns.take() == 1
    turns.add("a", 4)
    assert [turns.take() for _ in range(3)] == [2, 4, 3]


def test_what_waits_is_told_source_by_source_and_nothing_is_taken_of_nothing() -> None:
    turns = queue(("a", 1), ("b", 2), ("a", 3))
    assert list(turns) == [1, 3, 2]
    assert turns
    with pytest.raises(StopIteration):
        Turns[int]().take()
