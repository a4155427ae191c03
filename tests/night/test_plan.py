"""Which portals are due, in which order, and which may start beside those that run: values in, values out."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.night.plan import (
    Candidate,
    Left,
    Night,
    Result,
    exit_code,
    in_order,
    is_due,
    next_up,
    night_at,
    opens_in,
    result_of,
    why_left,
)
from portal.model import Portal
from portal.zone import CHINA

DAY = dt.date(2026, 11, 28)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Returns that time of November 2026 in Shanghai, in UTC as clocks give it."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=CHINA).astimezone(dt.UTC)


def one(name: str, *platforms: str, window: str = "", completed: dt.datetime | None = None) -> Candidate:
    portal = Portal(name, name, f"http://www.{name}.gov.cn/", window=window)
    return Candidate(portal, frozenset(platforms or {name}), completed)


@pytest.mark.parametrize(("day", "hour", "night"), [(28, 22, 28), (29, 2, 28), (29, 11, 28), (29, 12, 29)])
def test_a_night_lasts_from_noon_to_noon_and_is_named_for_its_evening(day: int, hour: int, night: int) -> None:
    assert night_at(at(day, hour)).day == dt.date(2026, 11, night)


@pytest.mark.parametrize(
    ("now", "until", "end"),
    [
        (at(28, 22), dt.time(6, 0), at(29, 6)),
        (at(29, 1), dt.time(6, 0), at(29, 6)),
        (at(28, 20), dt.time(23, 30), at(28, 23, 30)),
        (at(29, 8), dt.time(6, 0), at(29, 6)),  # started too late: over already, and not a day later
    ],
)
def test_the_end_is_a_time_of_the_same_night(now: dt.datetime, until: dt.time, end: dt.datetime) -> None:
    night = night_at(now, until)
    assert night.until == end
    assert night.open_at(now) is (now < end)


@pytest.mark.parametrize(
    ("completed", "due"),
    [(None, True), (at(28, 1, 59), True), (at(28, 2), True), (at(28, 2, 1), False), (at(28, 23), True)],
)
def test_due_is_who_was_not_completed_for_so_many_hours(completed: dt.datetime | None, due: bool) -> None:
    assert is_due(completed, at(28, 22), 20.0) is due  # the last one: a clock that was moved back


def test_longest_not_completed_first_and_never_completed_before_all() -> None:
    under_way = Candidate(Portal("z", "z", "http://z/"), frozenset("z"), None, under_way=True)
    found = in_order([one("b", completed=at(27, 3)), one("a", completed=at(27, 4)), one("c"), under_way])
    assert [each.portal.id for each in found] == ["z", "c", "b", "a"]


def test_who_shares_a_group_or_an_address_with_one_that_runs_has_to_wait() -> None:
    night, now = Night(DAY), at(28, 22)
    a, b, c = one("a", "group x", "1.1.1.1"), one("b", "group x", "2.2.2.2"), one("c", "1.1.1.1")
    d = one("d", "3.3.3.3")
    assert next_up([a, b, c, d], [], night, now, 2) is a
    assert next_up([b, c, d], [a], night, now, 2) is d
    assert next_up([b, c], [a], night, now, 2) is None
    assert next_up([c], [b], night, now, 2) is c
    assert next_up([c], [b, d], night, now, 2) is None  # as many as may run


def test_nobody_is_begun_outside_his_hours_or_after_the_end() -> None:
    late, early = one("late", window="23:00-06:00"), one("early", window="20:00-22:30")
    night = Night(DAY, at(29, 5))
    assert next_up([late, early], [], night, at(28, 22), 2) is early
    assert next_up([late, early], [], night, at(28, 22, 45), 2) is None
    assert next_up([late, early], [], night, at(28, 23), 2) is late
    assert next_up([late], [], night, at(29, 5), 2) is None


def test_hours_that_begin_before_the_end_are_waited_for() -> None:
    late = one("late", window="23:00-06:00")
    assert opens_in([late], Night(DAY), at(28, 22)) == 3600
    assert opens_in([late], Night(DAY, at(28, 22, 30)), at(28, 22)) is None
    assert opens_in([late, one("open")], Night(DAY), at(28, 23)) is None
    # Without an end they are waited for until noon: what begins in the next night is that one's.
    assert opens_in([late], Night(DAY), at(29, 7)) is None


def test_why_a_turn_did_not_come() -> None:
    night = Night(DAY, at(29, 5))
    late = one("late", window="06:00-08:00")
    assert why_left(late, night, at(29, 4), stopped=False) is Left.WINDOW
    assert why_left(one("a"), night, at(29, 5), stopped=False) is Left.UNTIL
    assert why_left(one("a"), night, at(29, 4), stopped=True) is Left.STOPPED


@pytest.mark.parametrize(
    ("code", "told", "stopped", "result"),
    [
        (0, True, False, Result.DONE),
        (3, True, False, Result.DEGRADED),
        (2, True, False, Result.IMPOSSIBLE),  # a captcha: judged, and final
        (1, False, False, Result.IMPOSSIBLE),
        (2, False, False, Result.IMPOSSIBLE),
        (2, False, True, Result.UNFINISHED),  # stopped before it had the home page
        (3, False, True, Result.UNFINISHED),
        (130, False, True, Result.UNFINISHED),
        (-9, False, False, Result.UNFINISHED),
        (3, False, False, Result.UNFINISHED),  # its child was killed
    ],
)
def test_what_an_audit_came_to(code: int, told: bool, stopped: bool, result: Result) -> None:
    assert result_of(code, told=told, stopped=stopped) is result


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((), 0),
        ((Result.DONE, Result.DONE), 0),
        ((Result.DONE, Result.IMPOSSIBLE), 3),
        ((Result.DEGRADED,), 3),
        ((Result.LEFT_OVER, Result.DONE), 3),
        ((Result.IMPOSSIBLE, Result.IMPOSSIBLE), 2),
        ((Result.IMPOSSIBLE, Result.LEFT_OVER), 3),
    ],
)
def test_the_exit_code_of_a_night(results: tuple[Result, ...], code: int) -> None:
    assert exit_code(dict(zip("abc", results, strict=False))) == code
