"""What a night asks of the results database."""

from __future__ import annotations

import datetime as dt

import pytest

from checks.base import Outcome
from mingcha.night.clock import say_clock
from storage.commit import commit_audit
from storage.database import open_database
from storage.nights import Coverage, ahead, changes, coverage, figures, last_complete
from tests.storage.make import PORTAL, audit, finding, metas, result

A, B = "https://www.yun.example/a.html", "https://www.yun.example/b.html"


def test_only_sound_audits_count_and_changes_are_those_of_one_audit(place: str) -> None:
    engine = open_database(place)
    try:
        assert last_complete(engine) == {}
        sound, degraded, recheck = audit(2), audit(3, degraded="stopped early"), audit(4, kind="recheck")
        seen = result(finding(A), finding(B, Outcome.SUSPECT))
        for record, results in ((sound, seen), (degraded, seen), (recheck, result(passed=[A]))):
            commit_audit(engine, record, [results], metas=metas)
        assert last_complete(engine) == {PORTAL.id: sound.ended.astimezone(dt.UTC)}
        assert changes(engine, sound.id) == {"open": 1, "suspect": 1}
        assert changes(engine, degraded.id) == {}
        assert changes(engine, recheck.id) == {"fixed": 1}
    finally:
        engine.dispose()


def test_how_much_an_audit_saw(place: str) -> None:
    engine = open_database(place)
    try:
        whole, carrying = audit(2), audit(3, summary={"pages": 7, "carried_pages": 4, "carried_since": "2026-02-27"})
        seen = result(finding(A), passed=[B])
        commit_audit(engine, whole, [seen], metas=metas)
        commit_audit(engine, carrying, [seen], metas=metas)
        known = coverage(engine, whole.id)
        assert known == Coverage(0, seen.coverage.intended, seen.coverage.measured, 0, None) and known.share == 1.0
        later = coverage(engine, carrying.id)
        assert later is not None
        assert (later.pages, later.carried, later.carried_since) == (7, 4, dt.date(2026, 2, 27))
        assert coverage(engine, "unknown") is None
    finally:
        engine.dispose()


def test_what_earlier_audits_came_to(place: str) -> None:
    engine = open_database(place)
    try:
        for day, degraded in ((1, ""), (2, ""), (3, "stopped early"), (4, "")):
            seen = [finding(A), finding(B, Outcome.SUSPECT)][: day - 1]
            record = audit(day, degraded=degraded, summary={"pages": 10 * day})
            commit_audit(engine, record, [result(*seen, passed=[A] if day == 1 else [])], metas=metas)
        commit_audit(engine, audit(5, kind="recheck"), [result(passed=[A])], metas=metas)
        known = figures(engine, PORTAL.id, audit(6).started, 2)
        assert [(one.degraded, one.pages, one.findings) for one in known] == [
            ("", 40, {"links": (1, 2)}),
            ("stopped early", 30, {"links": (1, 2)}),
            ("", 20, {"links": (1, 1)}),
        ]
        assert [one.pages for one in figures(engine, PORTAL.id, audit(2).started, 2)] == [10]
        assert figures(engine, PORTAL.id, audit(1).started, 2) == ()
    finally:
        engine.dispose()


def test_an_audit_from_the_future_is_noticed_and_said(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_database(place)
    try:
        record = audit(4)
        later, soon, earlier = (record.started - dt.timedelta(minutes=minutes) for minutes in (-5, 59, 61))
        assert ahead(engine, earlier) is None
        commit_audit(engine, record, [], metas=metas)
        assert [ahead(engine, now) for now in (later, soon)] == [None, None]
        assert ahead(engine, earlier) == record.started
        say_clock(engine, soon)
        assert capsys.readouterr().err == ""
        say_clock(engine, earlier)
        assert "最新的核查开始于2026-03-04 01:00，晚于本机时间2026-03-03 23:59" in capsys.readouterr().err
    finally:
        engine.dispose()
