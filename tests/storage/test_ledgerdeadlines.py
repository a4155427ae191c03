"""Deadlines: which rule speaks of a finding, how its days are counted, and files that cannot be used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from portal.workdays import WorkCalendar
from portal.zone import CHINA
from storage.ledger.deadlines import (
    DeadlinesError,
    Limit,
    Rule,
    limit_by,
    limit_of,
    read_rules,
    remaining,
    rule_for,
)

CALENDAR = WorkCalendar()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


def working(days: int, until: str = "18:00") -> Rule:
    return Rule("r", days, until, "来源")


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-02 09:00", 2, "2026-03-04 18:00"),  # Monday
        ("2026-03-06 23:50", 1, "2026-03-09 18:00"),  # Friday night
        ("2026-03-07 10:00", 1, "2026-03-09 18:00"),  # Saturday: the first day is not counted whatever it is
        ("2026-09-29 10:00", 3, "2026-10-09 18:00"),  # over 国庆, 1 to 7 October off
        ("2026-02-13 10:00", 1, "2026-02-14 18:00"),  # Saturday 14 February is worked (调休)
        ("2026-02-14 10:00", 1, "2026-02-24 18:00"),  # 春节, 15 to 23 February off
    ],
)
def test_working_days_follow_the_statutory_arrangement(start: str, days: int, end: str) -> None:
    limit = limit_by(working(days), at(start), CALENDAR)
    assert (limit.at, limit.note) == (at(end), "")


def test_the_day_is_that_of_shanghai() -> None:
    late_in_london = dt.datetime(2026, 3, 2, 17, tzinfo=dt.UTC)  # 3 March, 01:00
    assert limit_by(working(1), late_in_london, CALENDAR).at == at("2026-03-04 18:00")


def test_calendar_days_count_holidays_too_and_none_is_the_same_day() -> None:
    five = Rule("r", 5, "12:00", "杨陵", count="calendar")
    assert limit_by(five, at("2025-04-11 15:00"), CALENDAR).at == at("2025-04-16 12:00")
    assert limit_by(Rule("r", 0, "23:59", "x", count="calendar"), at("2026-10-01 15:00"), CALENDAR).at == at(
        "2026-10-01 23:59"
    )


def test_an_unknown_year_is_said_and_counted_once_it_is_known() -> None:
    limit = limit_by(working(3), at("2090-12-28 10:00"), CALENDAR)
    assert limit.at is None and "2090" in limit.note
    one_year = WorkCalendar(extra_years=frozenset({2090}))
    assert "2091" in limit_by(working(3), at("2090-12-28 10:00"), one_year).note
    both = WorkCalendar({dt.date(2091, 1, 1): False}, frozenset({2090, 2091}))
    kept = limit_of(limit.data(), at("2090-12-28 10:00"), both)
    assert kept.at == at("2091-01-03 18:00") and kept.rule == "r"


def test_what_was_agreed_does_not_change_with_the_calendar() -> None:
    agreed = limit_by(working(2), at("2026-03-02 09:00"), CALENDAR)
    holiday = WorkCalendar({dt.date(2026, 3, 3): False})
    assert limit_of(agreed.data(), at("2026-03-02 09:00"), holiday).at == at("2026-03-04 18:00")
    assert limit_of({}, None, CALENDAR) == Limit()


@pytest.mark.parametrize(("today", "left"), [(2, 5), (9, 0), (7, 1), (12, -3)])
def test_working_days_left_are_counted_to_the_deadline(today: int, left: int) -> None:
    assert remaining(dt.date(2026, 3, 9), dt.date(2026, 3, today), CALENDAR) == left


def test_remaining_days_of_an_unknown_year_are_not_decidable() -> None:
    assert remaining(dt.date(2090, 3, 9), dt.date(2090, 3, 2), CALENDAR) is None


@pytest.mark.parametrize(
    ("issuer", "severity", "kind", "rule"),
    [
        ("", "veto", "not_found", "veto"),
        ("县政府办", "deduct", "not_found", "deduct"),
        ("", "notice", "undated", "notice"),
        ("", "notice", "hijacked", "hijacked"),
        ("我为政府网站找错", "veto", "not_found", "error-report"),
        ("通报", "deduct", "not_found", "circular"),
        ("通报", "deduct", "hijacked", "hijacked"),
    ],
)
def test_the_most_particular_rule_that_ships_wins(issuer: str, severity: str, kind: str, rule: str) -> None:
    found = rule_for(read_rules(), issuer, severity, kind)
    assert found is not None and found.id == rule


def test_a_file_of_ones_own_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.toml"
    path.write_text(
        '[[rule]]\nid = "ours"\nseverities = ["veto"]\ndays = 1\nuntil = "12:00"\nsource = "县政办函〔2026〕3号"\n',
        "utf-8",
    )
    found = rule_for(read_rules(path), "", "veto", "not_found")
    assert found is not None and (found.id, found.days) == ("ours", 1)
    assert rule_for(read_rules(path), "", "deduct", "not_found") is not None


GOOD = 'id = "a"\ndays = 1\nuntil = "18:00"\nsource = "x"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule", "is not TOML"),
        (f"[[rule]]\n{GOOD}day = 2\n", "unknown field `day`"),
        (f"[[rule]]\n{GOOD}\n[[rule]]\n{GOOD}", r"line 8: rule 'a': every rule needs an id of its own"),
        (f"[[rule]]\n{GOOD}".replace("18:00", "25:00"), "until = '25:00'"),
        (f"[[rule]]\n{GOOD}".replace("days = 1", "days = -1"), "days = -1"),
        (f"[[rule]]\n{GOOD}".replace('"x"', '""'), "source is empty"),
        (f'[[rule]]\n{GOOD}count = "weeks"\n', "count = 'weeks'"),
        (f'[[rule]]\n{GOOD}severities = ["grave"]\n', "there is no 'grave'"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "deadlines.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DeadlinesError, match=words) as caught:
        read_rules(path)
    assert str(path) in str(caught.value)
