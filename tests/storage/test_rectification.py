"""How rectification went in a span: what was due, what of it is repaired, what came back and what is overdue."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from checks.base import CheckResult, Outcome
from indicators.system import Period
from mingcha.errors import UsageError
from mingcha.periods import run_periods, span_of
from portal.zone import CHINA
from storage.commit import AuditRecord, commit_audit
from storage.ledger.book import Handing, hand_out
from storage.ledger.excuses import Excuse, Scope, excuse
from storage.ledger.states import Deed, Step
from storage.queries import find
from storage.rectification import Rectification, rectification, summed
from tests.steps import claim, record
from tests.storage.make import PORTAL, audit, finding, metas, result

NEW_YEAR = dt.datetime(2027, 1, 1, tzinfo=CHINA)
A, B, C, D = (f"https://{name}.example/" for name in "abcd")


def day(month: int, number: int) -> dt.datetime:
    return dt.datetime(2026, month, number, 9, tzinfo=CHINA)


def keep(engine: Engine, at: dt.datetime, *results: CheckResult, **more: Any) -> None:
    one: AuditRecord = audit(1, id=f"yun-{at:%Y%m%d}", started=at, ended=at, as_of=at.date(), **more)
    commit_audit(engine, one, results, metas=metas)


def of(engine: Engine, subject: str) -> str:
    """Returns the fingerprint of the finding about a subject."""
    found = (find(engine, f"yun-{number:04d}") for number in range(1, 5))
    return next(one.fingerprint for one in found if one.subject == subject)


@pytest.fixture
def lived(engine: Engine) -> Engine:
    """In spring A and B are wrong and C is doubted; B is repaired in summer and back twice; C was never anything."""
    keep(engine, day(3, 2), result(finding(A), finding(B), finding(C, Outcome.SUSPECT)))
    hand_out(engine, [of(engine, A)], Handing("李四", day(3, 3), deadline=day(3, 20)))
    keep(engine, day(4, 10), result(finding(A), passed=[B, C]))
    keep(engine, day(5, 10), result(finding(A), finding(B)))
    keep(engine, day(7, 10), result(finding(A), passed=[B]))
    keep(engine, day(8, 10), result(passed=[A]), kind="recheck")
    keep(engine, day(8, 11), result(finding(B), finding(D)), degraded="home page: timeout")
    keep(engine, day(9, 10), result(finding(B), finding(D)))
    return engine


def quarter(engine: Engine, number: int, now: dt.datetime = NEW_YEAR) -> Rectification:
    return rectification(engine, PORTAL.id, *span_of(f"2026Q{number}", "quarter", now))


def test_each_quarter_begins_with_what_the_one_before_left(lived: Engine) -> None:
    spring, summer, autumn = (quarter(lived, number) for number in (1, 2, 3))
    assert spring == Rectification(audits=1, new=2, due=2, standing=2, overdue=1)
    assert summer == Rectification(audits=2, begun=2, back=1, due=2, standing=2, overdue=1)
    assert (autumn.begun, autumn.new, autumn.back, autumn.due) == (2, 1, 1, 3)
    assert (autumn.repaired, autumn.standing, autumn.overdue, autumn.often) == (
        1,
        2,
        0,
        1,
    )  # A is repaired, B back again
    assert autumn.audits == 2  # neither the re-check nor the audit that saw too little
    assert quarter(lived, 4).begun == autumn.standing


def test_the_share_repaired_is_of_all_that_was_due(lived: Engine) -> None:
    assert quarter(lived, 3).rate == pytest.approx(1 / 3)
    assert Rectification().rate is None


def test_what_is_repaired_within_the_span_it_arose_in_was_due(engine: Engine) -> None:
    keep(engine, day(3, 2), result(finding(A)))
    keep(engine, day(3, 9), result(passed=[A]))
    assert quarter(engine, 1) == Rectification(audits=2, new=1, due=1, repaired=1)
    assert quarter(engine, 2) == Rectification()


def test_a_claim_is_no_repair_and_what_a_person_closed_is_one(engine: Engine) -> None:
    keep(engine, day(3, 2), result(finding(A), finding(B)))
    hand_out(engine, [of(engine, A)], Handing("李四", day(3, 3), deadline=day(3, 20)))
    claim(engine, of(engine, A), text="已修复", who="县水利局", at=day(3, 10))
    assert quarter(engine, 1) == Rectification(audits=1, new=2, due=2, standing=2)  # a claim waits, and is not overdue
    record(engine, of(engine, B), Step(Deed.CLOSE, "张三", day(3, 20), "现场核实已修复"))
    assert quarter(engine, 1) == Rectification(audits=1, new=2, due=2, repaired=1, standing=1)


def test_what_was_removed_never_was_due_and_what_is_let_off_is_not_due_then(lived: Engine) -> None:
    record(lived, of(lived, B), Step(Deed.REMOVE, "张三", day(10, 1), "误报"))
    assert quarter(lived, 1) == Rectification(audits=1, new=1, due=1, standing=1, overdue=1)
    name, why = of(lived, A), "机构改革，职责正在划转"
    excuse(lived, Excuse(PORTAL.id, Scope.FINDING, name, "no_business", why, day(3, 1), day(4, 30), "张三", day(3, 1)))
    assert quarter(lived, 1) == Rectification(audits=1)
    assert quarter(lived, 2).due == 1


def test_a_span_that_lasts_still_ends_just_before_now(lived: Engine) -> None:
    until = quarter(lived, 3, day(8, 11))  # B was repaired in July, A by the re-check; B is seen again at that minute
    assert until == Rectification(audits=1, begun=2, due=2, repaired=2)


def test_an_unknown_portal_had_nothing_to_repair(engine: Engine) -> None:
    assert rectification(engine, "nobody", day(1, 1), day(12, 31)) == Rectification()


def test_sums_are_of_every_number(lived: Engine) -> None:
    both = summed([quarter(lived, 1), quarter(lived, 3)])
    assert both == Rectification(3, 2, 3, 1, 5, 1, 4, 1, 1)


@time_machine.travel(day(9, 30), tick=False)
def test_the_table_begins_with_the_first_audit_and_the_feed_with_the_first_period(
    lived: Engine, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_periods([], "quarter", 4, as_json=False, database=place) == 0
    title, head, *rows = capsys.readouterr().out.splitlines()
    assert title == "云县人民政府（yun） 整改情况"
    assert [row.split()[0] for row in rows if row] == ["2026年第1季度", "2026年第2季度", "2026年第3季度"]
    assert rows[2].split()[1:] == ["2", "2", "1", "1", "3", "1", "33.3%", "2", "0", "1"]
    assert len(head.split()) == len(rows[2].split())
    run_periods(["yun"], "quarter", 4, as_json=True, database=place)
    told = json.loads(capsys.readouterr().out)
    assert [one["period"] for one in told["periods"]] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    assert (told["periods"][0]["rate"], told["periods"][3]["repaired"]) == (None, 1)


def test_an_unknown_portal_is_refused_by_name(lived: Engine, place: str) -> None:
    with pytest.raises(UsageError, match="no portal 'nobody' is in the database; there are: yun"):
        run_periods(["nobody"], "year", 1, as_json=False, database=place)


@pytest.mark.parametrize(
    ("label", "kind", "days"),
    [
        ("2026-02", "month", (day(2, 1), day(3, 1))),
        ("2026Q4", "quarter", (day(10, 1), day(11, 20))),
        ("2025", "year", (day(1, 1).replace(year=2025), day(1, 1))),
    ],
)
def test_a_period_begins_and_ends_at_midnight_in_china(
    label: str, kind: Period, days: tuple[dt.datetime, dt.datetime]
) -> None:
    now = day(11, 20)
    begin, end = (one if one == now else one.replace(hour=0) for one in days)
    assert span_of(label, kind, now) == (begin, end)
