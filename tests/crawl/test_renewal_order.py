"""Whose turn it is, and in what order: pure."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.crawl.frontier import Frontier, Rank, Visit
from crawler.crawl.renewal_order import Claim, Night, Seen, claim_of
from portal.artifacts import Level

DAY = dt.date(2026, 3, 10)
KEYS = [f"http://a.cn/{n}.html" for n in range(700)]


def test_every_address_has_one_turn_in_a_round_and_rounds_are_even() -> None:
    turns: dict[str, list[int]] = {key: [] for key in KEYS}
    for n in range(7):
        day = DAY + dt.timedelta(days=n)
        for key in KEYS:
            if Night(day, 7).turn(key, Seen(day - dt.timedelta(days=1))):
                turns[key].append(n)
    assert all(len(each) == 1 for each in turns.values())
    shares = [sum(each == [n] for each in turns.values()) for n in range(7)]
    assert min(shares) > 60


@pytest.mark.parametrize(
    ("days", "owed", "due"), [(6, False, False), (7, False, True), (30, False, True), (1, True, True)]
)
def test_what_is_owed_or_too_old_is_due_whatever_its_share(days: int, owed: bool, due: bool) -> None:
    key = next(key for key in KEYS if not Night(DAY, 7).turn(key, Seen(DAY - dt.timedelta(days=1))))
    assert Night(DAY, 7).turn(key, Seen(DAY - dt.timedelta(days=days), owed)) is due


def test_a_clock_that_went_back_is_no_age() -> None:
    assert Night(DAY, 7).age(Seen(DAY + dt.timedelta(days=3))) == 0


FRESH = Seen(DAY - dt.timedelta(days=1))
LATER = next(key for key in KEYS if not Night(DAY, 7).turn(key, FRESH))


@pytest.mark.parametrize(
    ("facts", "claim"),
    [
        ({"accused": True}, Claim.FINDING),
        ({"level": Level.HOME}, Claim.NEAR),
        ({"level": Level.SECOND}, Claim.NEAR),
        ({"column": True}, Claim.NEAR),
        ({"seen": None}, Claim.CHANGED),
        ({"goes_on": True}, Claim.CHANGED),
        ({"seen": Seen(FRESH.day, owed=True)}, Claim.SHARE),
        ({}, Claim.NONE),
    ],
)
def test_what_is_known_of_an_address_decides_why_it_is_asked_for_tonight(
    facts: dict[str, object], claim: Claim
) -> None:
    given: dict[str, object] = {"seen": FRESH, "accused": False, "level": Level.OTHER, **facts}
    assert claim_of(LATER, Night(DAY, 7), **given) is claim  # type: ignore[arg-type]  # plain keyword values


def visit(name: str, rank: Rank, claim: Claim = Claim.NEAR, age: int = 0) -> Visit:
    return Visit(name, f"http://a.cn/{name}", rank, Level.OTHER, claim=claim, age=age)


def test_findings_come_with_the_main_columns_and_turns_last_the_longest_unseen_first() -> None:
    frontier = Frontier(100)
    for one in (
        visit("turn", Rank.ITEM, Claim.SHARE, 3),
        visit("old turn", Rank.LIST_PAGE, Claim.SHARE, 9),
        visit("deeper", Rank.DEEPER),
        visit("item", Rank.ITEM, Claim.CHANGED),
        visit("column", Rank.COLUMN),
        visit("second accused", Rank.DEEPER, Claim.FINDING, -1),
        visit("accused", Rank.ITEM, Claim.FINDING, 0),
        visit("failed accused", Rank.AGAIN, Claim.FINDING, 0),
        visit("home", Rank.HOME),
    ):
        assert frontier.offer(one)
    taken = []
    while (found := frontier.take()) is not None:
        taken.append(found.key)
    assert taken == [
        "home",
        "accused",
        "second accused",
        "column",
        "item",
        "deeper",
        "old turn",
        "turn",
        "failed accused",
    ]


def test_a_journal_keeps_claim_and_age_and_one_without_is_read() -> None:
    one = visit("a", Rank.ITEM, Claim.SHARE, 5)
    assert Visit.restored("a", one.state()) == one
    assert Visit.restored("a", one.state()[:-2]) == visit("a", Rank.ITEM)
    assert Visit.restored("a", one.state()[:-4]) == visit("a", Rank.ITEM)
