"""When a finding is due for another look: suspects on two dates, claims at once, what came back once more."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.rechecks.plan import Due, Rules, Standing, Tried, believed, due, plan, rules
from portal.zone import CHINA
from storage.lifecycle import State
from storage.rechecks import Reason

BY = Rules(
    suspect=dt.timedelta(hours=6),
    checks={"search_hits": dt.timedelta(hours=4)},
    people=frozenset({"update_freshness.backdated"}),
    unmeasured=dt.timedelta(hours=3),
)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Returns a time of March 2026, Asia/Shanghai."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=CHINA)


def standing(last: dt.datetime, *tried: Tried, **more: object) -> Standing:
    values: dict[str, object] = {
        "fingerprint": "f" * 64,
        "number": "yun-0001",
        "portal": "yun",
        "check": "broken_links",
        "kind": "not_found",
        "state": State.SUSPECT,
        "last_seen": last,
        "since": last,
        "tried": tried,
        **more,
    }
    return Standing(**values)  # type: ignore[arg-type]  # keyword values of a test


def looked(when: dt.datetime, reason: Reason = Reason.SUSPECT, measured: bool = True) -> Tried:
    return Tried(when, reason, measured)


def test_a_suspicion_is_looked_at_later_the_same_day_and_then_on_another() -> None:
    found = due(standing(at(1, 2)), BY)
    assert found is not None
    assert (found.reason, found.at) == (Reason.SUSPECT, at(1, 8))
    # Looked at at noon, failing again: not once more that day, the next day at any time.
    found = due(standing(at(1, 12), looked(at(1, 12))), BY)
    assert found is not None
    assert found.at == at(2, 0)


def test_late_in_the_evening_six_hours_reach_into_the_next_day() -> None:
    found = due(standing(at(1, 23)), BY)
    assert found is not None
    assert found.at == at(2, 5)
    found = due(standing(at(1, 20), looked(at(1, 20))), BY)
    assert found is not None
    assert found.at == at(2, 2)


def test_what_was_not_measured_is_tried_again_in_some_hours_and_counts_for_nothing() -> None:
    found = due(standing(at(1, 2), looked(at(1, 12), measured=False)), BY)
    assert found is not None
    assert found.at == at(1, 15)


def test_a_check_may_have_hours_of_its_own_and_people_their_kinds() -> None:
    found = due(standing(at(1, 9), check="search_hits", kind="search_broken"), BY)
    assert found is not None
    assert found.at == at(1, 13)
    assert due(standing(at(1, 9), check="update_freshness", kind="backdated"), BY) is None


def test_a_claim_is_looked_at_as_soon_as_it_may_be_true() -> None:
    claimed = standing(at(1, 2), state=State.OPEN, claimed=at(3, 9))
    found = due(claimed, BY)
    assert found is not None
    assert (found.reason, found.at) == (Reason.CLAIM, at(3, 9))
    later = due(standing(at(1, 2), state=State.OPEN, claimed=at(3, 9), completed=dt.date(2026, 3, 5)), BY)
    assert later is not None
    assert later.at == at(5, 0)


def test_a_claim_made_anew_is_a_new_reason_and_one_that_is_in_doubt_waits_for_the_next_day() -> None:
    before = looked(at(3, 8), Reason.CLAIM)
    after = looked(at(3, 12), Reason.CLAIM)
    again = due(standing(at(1, 2), before, state=State.OPEN, claimed=at(3, 9)), BY)
    doubtful = due(standing(at(3, 12), before, after, state=State.OPEN, claimed=at(3, 9)), BY)
    assert again is not None
    assert doubtful is not None
    assert (again.at, doubtful.at) == (at(3, 9), at(4, 0))


def test_what_came_back_is_looked_at_once_more() -> None:
    back = standing(at(9, 2), looked(at(2, 12), Reason.REGRESSED), state=State.REGRESSED, since=at(9, 2))
    found = due(back, BY)
    assert found is not None
    assert (found.reason, found.at) == (Reason.REGRESSED, at(9, 8))
    seen = standing(at(9, 12), looked(at(9, 12), Reason.REGRESSED), state=State.REGRESSED, since=at(9, 2))
    assert due(seen, BY) is None


@pytest.mark.parametrize(
    "more", [{"state": State.OPEN}, {"state": State.FIXED}, {"spared": True}, {"spared": True, "claimed": at(1, 1)}]
)
def test_what_is_due_for_nothing(more: dict[str, object]) -> None:
    assert due(standing(at(1, 2), **more), BY) is None


def test_the_plan_is_in_order_and_may_be_of_claims_only() -> None:
    suspect = standing(at(1, 2))
    claim = standing(at(1, 2), state=State.OPEN, claimed=at(1, 8), fingerprint="a" * 64, number="yun-0002")
    early = standing(at(1, 1), fingerprint="b" * 64, number="yun-0003")
    found = plan([suspect, claim, early], BY)
    assert [one.standing.number for one in found] == ["yun-0003", "yun-0002", "yun-0001"]
    assert [one.standing.number for one in plan([suspect, claim, early], BY, claims_only=True)] == ["yun-0002"]


def test_a_clock_that_ran_ahead_puts_nothing_off() -> None:
    ahead = standing(at(20, 2), looked(at(20, 12)), looked(at(1, 12)), claimed=at(20, 3), completed=dt.date(2026, 3, 1))
    now = at(2, 9)
    assert due(believed(ahead, now), BY) == Due(believed(ahead, now), Reason.CLAIM, at(1, 9))
    suspect = believed(standing(at(20, 2), looked(at(20, 12)), looked(at(1, 12))), now)
    assert suspect.tried == (looked(at(1, 12)),)
    found = due(suspect, BY)
    assert found is not None
    assert found.at == at(2, 0)  # not once more on the 1st, and not as late as the 20th
    sound = standing(at(1, 2), looked(at(1, 12)))
    assert believed(sound, now) == sound


def test_the_rules_that_ship_name_checks_and_kinds_there_are() -> None:
    from checks.registry import all_checks

    kinds = {f"{one.META.id}.{kind.id}" for one in all_checks() for kind in one.META.kinds}
    checks = {one.META.id for one in all_checks()}
    assert rules().people <= kinds
    assert set(rules().checks) <= checks
    assert rules().suspect == dt.timedelta(hours=6)
