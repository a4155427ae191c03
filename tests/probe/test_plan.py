"""Slots of the day, and which silence is our own line's. Values in, values out."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.probes.plan import LOOK_BACK, following_slot, newest_slot, next_slot, ours, platforms_of
from portal.artifacts import FetchOutcome, ProbeSeen
from portal.zone import CHINA
from storage.probes import Probe

MIDNIGHT = dt.datetime(2026, 11, 20, tzinfo=CHINA)
NOON = MIDNIGHT + dt.timedelta(hours=12)
OK, TIMEOUT, REFUSED = FetchOutcome.OK, FetchOutcome.TIMEOUT, FetchOutcome.REFUSED


def walk(portal: str, per_day: int, days: int) -> list[dt.datetime]:
    """Returns every moment of a portal on the days after MIDNIGHT."""
    slot, moments = newest_slot(portal, per_day, MIDNIGHT - dt.timedelta(microseconds=1)), []
    while slot.begins < MIDNIGHT + dt.timedelta(days=days):
        moments.append(slot.due)
        slot = following_slot(portal, per_day, slot)
    return [moment for moment in moments if moment >= MIDNIGHT]


@pytest.mark.parametrize("per_day", [20, 24, 25, 288])
def test_every_day_has_its_number_of_probes_spread_over_it(per_day: int) -> None:
    moments = walk("langao", per_day, 3)
    assert set(Counter(moment.date() for moment in moments).values()) == {per_day}
    slot = dt.timedelta(days=1) / per_day
    pauses = [after - before for before, after in itertools.pairwise(moments)]
    assert min(pauses) >= slot * 0.79
    assert max(pauses) <= slot * 1.21


def test_portals_are_never_all_asked_at_once() -> None:
    dues = [newest_slot(f"portal-{number}", 24, NOON).due for number in range(500)]
    assert max(Counter(due.replace(second=0) for due in dues).values()) <= 25  # 8 a minute on the average


@given(st.text("abcdef", min_size=1, max_size=8), st.integers(20, 288), st.integers(0, 86399), st.integers(0, 86399))
def test_a_slot_is_the_same_whenever_it_is_asked_about(portal: str, per_day: int, first: int, second: int) -> None:
    one, other = (newest_slot(portal, per_day, MIDNIGHT + dt.timedelta(seconds=s)) for s in sorted((first, second)))
    assert one.due <= MIDNIGHT + dt.timedelta(seconds=min(first, second))
    assert one <= other
    after = following_slot(portal, per_day, one)
    assert after.due > one.due
    assert other == one or other >= after
    # in the moment of the next one, it is the newest
    assert newest_slot(portal, per_day, after.due) == after


def test_a_slot_is_probed_once_and_one_that_was_missed_is_not_made_up_for() -> None:
    newest = newest_slot("langao", 24, NOON)
    assert next_slot("langao", 24, NOON, None) == newest
    assert next_slot("langao", 24, NOON, newest.begins - dt.timedelta(hours=9)) == newest
    assert next_slot("langao", 24, NOON, newest.begins) == following_slot("langao", 24, newest)


def test_a_slot_done_in_the_future_is_none() -> None:
    """The clock had been a day ahead."""
    assert next_slot("langao", 24, NOON, NOON + dt.timedelta(days=1)) == newest_slot("langao", 24, NOON)


def probe(portal: str, outcome: FetchOutcome, minutes: float, platform: str = "", address: str = "") -> Probe:
    at = NOON + dt.timedelta(minutes=minutes)
    return Probe(portal, NOON, platform or portal, ProbeSeen(at, 0, outcome, 15.0, vantage="本机", address=address))


def silence(names: Iterable[str], outcome: FetchOutcome = TIMEOUT) -> list[Probe]:
    return [probe(name, outcome, number) for number, name in enumerate(names)]


def test_when_every_platform_is_silent_the_line_is_ours() -> None:
    found = ours([probe("a", OK, -2), *silence("ab")], 2)
    assert [one.portal for one in found] == ["a", "b"]


def test_one_that_answers_between_them_shows_that_the_line_is_good() -> None:
    down = [probe("a", TIMEOUT, 0), probe("c", OK, 1), probe("b", TIMEOUT, 2)]
    assert ours(down, 3) == ()


@pytest.mark.parametrize("outcome", [FetchOutcome.SERVER_ERROR, FetchOutcome.BLOCKED, FetchOutcome.TLS])
def test_an_answer_of_any_kind_is_one(outcome: FetchOutcome) -> None:
    assert ours([*silence("ab"), probe("c", outcome, 9)], 3) == ()


def test_two_of_many_may_be_down_at_the_same_time() -> None:
    assert ours([probe("z", OK, -1), *silence("ab")], 3) == ()
    assert ours([probe("z", OK, -1), *silence("abcd")], 100) == ()
    assert len(ours([probe("z", OK, -1), *silence("abcde")], 100)) == 5


def test_portals_of_one_platform_go_down_together() -> None:
    down = [probe(name, TIMEOUT, number, "192.0.2.1") for number, name in enumerate("abcdefg")]
    assert ours(down, 1) == ()
    assert ours([*down, probe("z", REFUSED, 9, "192.0.2.9")], 2) == (*down, probe("z", REFUSED, 9, "192.0.2.9"))


def test_what_was_never_asked_tells_nothing() -> None:
    silent = silence("ab")
    assert ours([silent[0], probe("c", FetchOutcome.ABORTED, 0.5), silent[1]], 2) == tuple(silent)


def test_platforms_are_those_last_seen() -> None:
    seen = [probe("a", OK, 0, "192.0.2.1", "192.0.2.1"), probe("b", TIMEOUT, 1, "b.gov.cn"), probe("x", OK, 2)]
    assert platforms_of(seen, {"a": "a.gov.cn", "b": "b.gov.cn"}) == {"a": "192.0.2.1", "b": "b.gov.cn"}


def test_every_portal_is_probed_within_the_time_looked_back_over() -> None:
    for per_day in (20, 24):
        moments = walk("langao", per_day, 2)
        assert max(b - a for a, b in itertools.pairwise(moments)) < LOOK_BACK
