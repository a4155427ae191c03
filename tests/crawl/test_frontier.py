"""The frontier: order, promotion, and what a journal needs."""

from __future__ import annotations

from crawler.frontier import Frontier, Rank, Visit
from portal.artifacts import Level


def visit(name: str, rank: Rank = Rank.DEEPER) -> Visit:
    return Visit(f"http://a.cn/{name}", f"http://a.cn/{name}", rank, Level.OTHER, "http://a.cn/", 1, "")


def taken(frontier: Frontier) -> list[str]:
    names = []
    while (found := frontier.take()) is not None:
        names.append(found.key.rpartition("/")[2])
    return names


def test_ranks_come_in_order_and_within_a_rank_first_come_first_served() -> None:
    frontier = Frontier()
    for name, rank in (("d1", Rank.DEEPER), ("c", Rank.CHILD), ("d2", Rank.DEEPER), ("h", Rank.HOME), ("i", Rank.ITEM)):
        assert frontier.offer(visit(name, rank))
    assert frontier.next_rank() == Rank.HOME
    assert taken(frontier) == ["h", "c", "i", "d1", "d2"]
    assert frontier.next_rank() > max(Rank)


def test_a_waiting_visit_moves_up_and_never_down_and_is_taken_once() -> None:
    frontier = Frontier()
    frontier.offer(visit("a"))
    frontier.offer(visit("b"))
    assert frontier.offer(visit("b", Rank.COLUMN))
    assert not frontier.offer(visit("b", Rank.LIST_PAGE))
    assert len(frontier) == 2
    assert [v.key[-1] for v in frontier.waiting()] == ["b", "a"]
    assert taken(frontier) == ["b", "a"]
    assert not frontier.offer(visit("a", Rank.HOME))


def test_done_pages_are_refused_and_a_page_may_be_put_back() -> None:
    frontier = Frontier()
    frontier.offer(visit("a"))
    frontier.done("http://a.cn/a")
    assert taken(frontier) == []
    frontier.again(visit("a", Rank.AGAIN))
    assert "http://a.cn/a" in frontier
    assert taken(frontier) == ["a"]


def test_a_visit_survives_the_journal() -> None:
    first = Visit("k", "u", Rank.LIST_PAGE, Level.SECOND, "r", 2, "o")
    assert Visit.restored("k", first.state()) == first
