"""How defects went on: what stood then and now, what is new, fixed and back, whatever re-checks did in between."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from checks.base import CheckResult, Outcome
from mingcha.trend import as_object, run_trend, table
from portal.zone import CHINA
from storage.commit import AuditRecord, commit_audit
from storage.database import StorageError
from storage.ledger.states import Deed, Step
from storage.queries import find
from storage.trend import Change, Stand, Trend, trend
from tests.steps import record
from tests.storage.make import audit, finding, metas, result

A, B, C, D = (f"https://{name}.example/" for name in "abcd")


def a_year_before(day: int) -> AuditRecord:
    started = dt.datetime(2025, 3, day, 1, tzinfo=CHINA)
    return audit(1, id=f"yun-2025-{day}", started=started, ended=started, as_of=started.date())


def keep(engine: Engine, one: AuditRecord, *results: CheckResult) -> None:
    commit_audit(engine, one, results, metas=metas)


def severity(check: str, kind: str) -> str:
    return {"empty": "notice"}.get(kind, "deduct")


@pytest.fixture
def lived(engine: Engine) -> Engine:
    """A year ago A was wrong; then A and B, a suspicion C, and D, which a re-check saw repaired; then A came back."""
    keep(engine, a_year_before(3), result(finding(A)))
    keep(engine, a_year_before(4), result(passed=[A]))
    keep(engine, audit(1), result(finding(B), finding(D, kind="empty"), finding(C, Outcome.SUSPECT)))
    keep(engine, audit(2, kind="recheck"), result(passed=[D], kind="empty"))
    keep(engine, audit(3, degraded="home page: timeout"), result(finding(B)))
    keep(engine, audit(4), result(finding(A), finding(B), finding(C, Outcome.SUSPECT)))
    return engine


def test_since_the_last_audit_and_the_same_period_of_last_year(lived: Engine) -> None:
    found = trend(lived, "yun", severity)
    assert [one.audit for one in (found.now, found.last, found.year) if one] == [
        "yun-20260304-010000",
        "yun-20260301-010000",
        "yun-2025-4",
    ]
    (one,) = found.checks
    assert one.now == Stand({"deduct": 3}, 0)
    assert one.last == Stand({"deduct": 1, "notice": 1}, 1)
    assert one.year == Stand({}, 0)
    assert one.change == Change(new=1, fixed=1, regressed=1)  # C is certain, D repaired, A back
    assert (found.all.now, found.all.change) == (one.now, one.change)


def test_what_a_recheck_found_since_counts_now_and_not_for_an_earlier_audit(lived: Engine) -> None:
    keep(lived, audit(5, kind="recheck"), result(passed=[A, B]))
    found = trend(lived, "yun", severity)
    assert (found.now.audit, found.all.now) == ("yun-20260304-010000", Stand({"deduct": 1}, 0))
    assert found.all.change == Change(new=1, fixed=3, regressed=1)
    before = trend(lived, "yun", severity, audit="yun-20260301-010000")
    assert before.all.now == Stand({"deduct": 1, "notice": 1}, 1)


def test_against_another_day_and_at_another_audit(lived: Engine) -> None:
    found = trend(lived, "yun", severity, against=dt.date(2025, 12, 31))
    assert found.last is not None
    assert (found.last.audit, found.all.change) == ("yun-2025-4", Change(new=3, fixed=1, regressed=1))
    first = trend(lived, "yun", severity, audit="yun-2025-3")
    assert (first.last, first.year, first.all.change, first.all.now.total) == (None, None, None, 1)
    with pytest.raises(StorageError, match="no sound audit"):
        trend(lived, "yun", severity, audit="yun-20260303-010000")


def test_what_was_removed_as_no_defect_never_was_one(lived: Engine) -> None:
    name = next(f"yun-{n:04d}" for n in range(1, 5) if find(lived, f"yun-{n:04d}").subject == B)
    step = Step(Deed.REMOVE, "张三", audit(4).ended, "误报")
    record(lived, find(lived, name).fingerprint, step)
    found = trend(lived, "yun", severity)
    assert found.all.now.total == 2
    assert found.all.last == Stand({"notice": 1}, 1)


def cells(found: Trend) -> list[list[str]]:
    return [line.split() for line in table(found)[1:]]


def test_the_table_and_the_feed_say_the_same(lived: Engine, capsys: pytest.CaptureFixture[str], place: str) -> None:
    found = trend(lived, "yun", severity)
    assert table(found)[0] == "云县人民政府（yun）：2026-03-04 核查；上期 2026-03-01；去年同期 2025-03-04"
    assert cells(found)[1][1:] == ["3", "0", "3", "0", "0", "+1", "1", "1", "1", "+3"]
    assert as_object(found)["all"]["change"] == {"new": 1, "fixed": 1, "regressed": 1}
    assert as_object(found)["all"]["last"] == {"live": 2, "veto": 0, "deduct": 1, "notice": 1, "suspect": 1}
    run_trend([], against=None, as_json=False, database=place)
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("云县人民政府（yun）")


def test_a_first_audit_has_nothing_to_be_compared_with(engine: Engine) -> None:
    keep(engine, audit(1), result(finding(A)))
    assert cells(trend(engine, "yun", severity))[1][1:] == ["1", "0", "1", "0", "0", "—", "—", "—", "—", "—"]


def test_a_database_without_a_sound_audit_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "empty.sqlite")
    assert run_trend([], against=None, as_json=False, database=place) == 0
    assert capsys.readouterr() == ("", "还没有完整的核查，没有可比较的结果\n")
