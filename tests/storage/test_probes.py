"""Probes as the database keeps them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import Engine

from portal.artifacts import FetchOutcome, ProbeSeen
from portal.zone import CHINA
from storage.database import writing
from storage.probes import Probe, follow, forget, keep, lately, mark_own_line, series, slots_done

DAY = dt.datetime(2026, 11, 20, tzinfo=CHINA)
UNTIL = DAY + dt.timedelta(days=9)


def probe(hour: int, portal: str = "yun", **more: object) -> Probe:
    slot = DAY + dt.timedelta(hours=hour)
    seen = ProbeSeen(slot + dt.timedelta(minutes=7), 0, FetchOutcome.OK, 0.25, 200, "本机", "192.0.2.1")
    return Probe(portal, slot, "192.0.2.1", replace(seen, **more))  # type: ignore[arg-type]  # keywords of a test


def test_what_was_seen_comes_back_as_it_was(engine: Engine) -> None:
    kept = probe(3, outcome=FetchOutcome.TLS, status=0, error="certificate has expired", address="")
    assert keep(engine, [kept]) == 1
    (seen,) = series(engine, "yun", DAY, UNTIL)
    assert seen == kept.seen
    assert lately(engine, "本机", 0, DAY) == (kept,)


def test_a_slot_is_kept_once_for_each_vantage_and_family(engine: Engine) -> None:
    first = probe(3)
    assert keep(engine, [first, probe(3, outcome=FetchOutcome.TIMEOUT)]) == 1
    assert keep(engine, [probe(3, outcome=FetchOutcome.TIMEOUT), probe(4)]) == 1
    assert keep(engine, [probe(3, family=6), probe(3, vantage="电信")]) == 2
    assert [seen.outcome for seen in series(engine, "yun", DAY, UNTIL)] == [FetchOutcome.OK] * 4


def test_many_are_kept_at_once(engine: Engine) -> None:
    assert keep(engine, [probe(hour, portal) for portal in ("a", "b", "c") for hour in range(168)]) == 504
    assert len(series(engine, "b", DAY, UNTIL)) == 168
    assert keep(engine, []) == 0


def test_a_series_ends_before_its_end_and_is_in_time_order(engine: Engine) -> None:
    keep(engine, [probe(hour) for hour in (5, 1, 3)])
    until = probe(5).seen.at
    assert [seen.at for seen in series(engine, "yun", probe(1).seen.at, until)] == [probe(1).seen.at, probe(3).seen.at]


def test_the_newest_slot_of_each_portal_is_known(engine: Engine) -> None:
    keep(engine, [probe(3), probe(4), probe(2, "langao"), probe(9, vantage="电信")])
    assert slots_done(engine, "本机", DAY) == {"yun": probe(4).slot, "langao": probe(2).slot}
    assert slots_done(engine, "本机", DAY + dt.timedelta(hours=3)) == {"yun": probe(4).slot}


def test_our_own_line_is_marked_and_nothing_else(engine: Engine) -> None:
    keep(engine, [probe(3), probe(4), probe(4, vantage="电信")])
    mark_own_line(engine, [probe(4)])
    marked = [(seen.at, seen.vantage) for seen in series(engine, "yun", DAY, UNTIL) if seen.own_line]
    assert marked == [(probe(4).seen.at, "本机")]


def test_old_probes_are_forgotten(engine: Engine) -> None:
    keep(engine, [probe(3), probe(4)])
    forget(engine, probe(4).seen.at)
    assert [seen.at for seen in series(engine, "yun", DAY, UNTIL)] == [probe(4).seen.at]


def test_probes_follow_a_portal_that_got_another_id(engine: Engine) -> None:
    failed = probe(3, outcome=FetchOutcome.TIMEOUT)
    keep(engine, [failed, probe(4), probe(3, "langao"), probe(5, "ziyang")])
    with writing(engine) as session:
        follow(session, "yun", "langao")
    assert series(engine, "yun", DAY, UNTIL) == ()
    assert [seen.outcome for seen in series(engine, "langao", DAY, UNTIL)] == [FetchOutcome.OK] * 2
    assert len(series(engine, "ziyang", DAY, UNTIL)) == 1
