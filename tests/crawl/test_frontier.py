"""The frontier: order, promotion, and what a journal needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.crawl.frontier import Frontier, Rank, Visit
from portal.artifacts import Level

PAGES = 3000


def visit(
    name: str, rank: Rank = Rank.DEEPER, branch: str = "", section: str = "", level: Level = Level.OTHER
) -> Visit:
    address = f"http://a.cn/{name}"
    return Visit(address, address, rank, level, "http://a.cn/", 1, "", branch, section)


def taken(frontier: Frontier) -> list[str]:
    names = []
    while (found := frontier.take()) is not None:
        names.append(found.key.rpartition("/")[2])
    return names


def test_ranks_come_in_order_and_within_a_rank_first_come_first_served() -> None:
    frontier = Frontier(PAGES)
    for name, rank in (("d1", Rank.DEEPER), ("c", Rank.CHILD), ("d2", Rank.DEEPER), ("h", Rank.HOME), ("i", Rank.ITEM)):
        assert frontier.offer(visit(name, rank))
    assert frontier.next_rank() == Rank.HOME
    assert taken(frontier) == ["h", "c", "i", "d1", "d2"]
    assert frontier.next_rank() > max(Rank)


BRANCHES = [
    visit(f"{branch}{n}", branch=branch) for branch, many in (("a", 5), ("b", 2), ("c", 1)) for n in range(many)
]


def test_within_a_rank_branches_take_turns() -> None:
    frontier = Frontier(PAGES)
    for one in BRANCHES:
        frontier.offer(one)
    assert [v.key[-2:] for v in frontier.waiting()] == ["a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4"]
    assert taken(frontier) == ["a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4"]


@pytest.mark.parametrize("done", range(len(BRANCHES)))
def test_a_frontier_taken_up_from_a_journal_goes_on_in_the_same_order(done: int) -> None:
    whole, again = Frontier(PAGES), Frontier(PAGES)
    for one in BRANCHES:
        whole.offer(one)
    for _ in range(done):
        found = whole.take()
        assert found is not None
        again.done(found.key)
    for one in BRANCHES:
        again.restore(one)
    assert taken(again) == taken(whole)


def test_a_branch_begins_at_a_page_of_a_better_rank_and_goes_on_below_it() -> None:
    column = visit("column", Rank.COLUMN, branch="home")
    ways = {rank: column.onward("k", "u", rank, Level.OTHER).branch for rank in Rank}
    assert ways[Rank.DEEPER] == ways[Rank.CHILD] == column.key
    assert ways[Rank.COLUMN] == ways[Rank.HOME] == "home"


def test_a_section_is_what_a_page_linked_from_the_home_page_leads_to() -> None:
    home = visit("", Rank.HOME, level=Level.HOME)
    column = home.onward("c", "c", Rank.COLUMN, Level.SECOND)
    child = column.onward("d", "d", Rank.CHILD, Level.OTHER)
    assert (column.section, child.section, child.onward("e", "e", Rank.ITEM, Level.OTHER).section) == ("", "c", "c")


def test_sections_without_end_leave_something_for_the_others() -> None:
    frontier = Frontier(40)
    for section in "ab":
        for n in range(100):
            frontier.offer(visit(f"{section}{n}", Rank.CHILD, section=section))
    for n in range(5):
        frontier.offer(visit(f"c{n}", section="c"))
    order = taken(frontier)
    assert [name[0] for name in order[:35]] == ["a"] * 20 + ["b"] * 10 + ["c"] * 5
    assert len(order) == 205  # and where nobody else waits they go on


def test_a_section_had_its_share_in_a_crawl_taken_up_as_well() -> None:
    frontier = Frontier(10)
    for n in range(5):
        frontier.done(visit(f"a{n}").key)
    for n in range(8):
        frontier.restore(visit(f"a{n}", Rank.CHILD, section="a"))
    frontier.restore(visit("b0", section="b"))
    assert taken(frontier) == ["b0", "a5", "a6", "a7"]


def test_a_waiting_visit_moves_up_and_never_down_and_is_taken_once() -> None:
    frontier = Frontier(PAGES)
    frontier.offer(visit("a"))
    frontier.offer(visit("b"))
    assert frontier.offer(visit("b", Rank.COLUMN))
    assert not frontier.offer(visit("b", Rank.LIST_PAGE))
    assert len(frontier) == 2
    assert [v.key[-1] for v in frontier.waiting()] == ["b", "a"]
    assert taken(frontier) == ["b", "a"]
    assert not frontier.offer(visit("a", Rank.HOME))


def test_done_pages_are_refused_and_a_page_may_be_put_back() -> None:
    frontier = Frontier(PAGES)
    frontier.offer(visit("a"))
    frontier.done("http://a.cn/a")
    assert taken(frontier) == []
    frontier.again(visit("a", Rank.AGAIN))
    assert "http://a.cn/a" in frontier
    assert taken(frontier) == ["a"]


def test_a_visit_survives_the_journal() -> None:
    first = Visit("k", "u", Rank.LIST_PAGE, Level.SECOND, "r", 2, "o", "b", "s")
    assert Visit.restored("k", first.state()) == first
    assert Visit.restored("k", first.state()[:6]) == replace(first, branch="", section="")  # as a bundle of 0.1 kept it
