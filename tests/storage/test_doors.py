"""A portal that moves to https, or to www, takes its defects along: nothing is repaired by it, and nothing is new."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from checks.base import CheckResult
from portal.model import Portal
from portal.zone import CHINA
from storage.commit import CommitReport, commit_audit
from storage.doors import other_doors
from storage.ledger.excuses import Excuse, Scope, excuse, excuses
from storage.queries import audit_view, find, live_findings
from storage.verify import verify_findings
from tests.storage.make import PORTAL, audit, finding, metas, result

OLD, NEW = "http://www.yun.example/a", "https://www.yun.example/a"
AT = dt.datetime(2026, 3, 5, 9, tzinfo=CHINA)


def commit(engine: Engine, day: int, *results: CheckResult, portal: Portal = PORTAL) -> CommitReport:
    return commit_audit(engine, audit(day, portal=portal), results, metas=metas)


def standing(engine: Engine) -> list[tuple[str, str, str]]:
    return [(one.number, one.subject, one.state) for one in live_findings(engine, "yun")]


@pytest.mark.parametrize("new", [NEW, "http://yun.example/a", "https://yun.example/a"])
def test_a_defect_met_by_another_door_is_the_one_that_stood(engine: Engine, new: str) -> None:
    commit(engine, 1, result(finding(OLD)))
    report = commit(engine, 2, result(finding(new), passed=[OLD]))  # nothing leads to the old address any more
    assert report.persisting == (finding(new).fingerprint,)
    assert not report.new and not report.fixed
    assert standing(engine) == [("yun-0001", new, "open")]
    assert [one.number for one in audit_view(engine, portal="yun").findings] == ["yun-0001"]
    assert commit(engine, 3, result(passed=[new])).fixed == (finding(new).fingerprint,)


def test_whatever_speaks_of_it_follows(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    one = Excuse(
        "yun", Scope.FINDING, finding(OLD).fingerprint, "no_access", "已发函", AT, AT + dt.timedelta(9), "王芳", AT
    )
    excuse(engine, one)
    commit(engine, 2, result(finding(NEW)))
    commit(engine, 3, result(finding(NEW)))
    assert [each.subject for each in excuses(engine, "yun")] == [finding(NEW).fingerprint]
    assert find(engine, "yun-0001").first_seen == audit(1).ended
    assert [step.after for step in find(engine, "yun-0001").transitions] == ["open"]
    assert not verify_findings(engine).problems


def test_what_was_repaired_before_the_move_comes_back_as_itself(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    commit(engine, 2, result(passed=[OLD]))
    assert commit(engine, 3, result(finding(NEW))).regressed == (finding(NEW).fingerprint,)


def test_what_is_found_by_both_doors_is_two(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    assert commit(engine, 2, result(finding(OLD), finding(NEW))).new == (finding(NEW).fingerprint,)
    assert standing(engine) == [("yun-0001", OLD, "open"), ("yun-0002", NEW, "open")]


def test_links_to_others_are_not_taken_for_one_another(engine: Engine) -> None:
    commit(engine, 1, result(finding("http://www.else.example/a")))
    assert commit(engine, 2, result(finding("https://www.else.example/a"))).new
    assert len(standing(engine)) == 2


def test_another_kind_of_defect_at_that_address_is_another_finding(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    assert commit(engine, 2, result(finding(NEW, kind="empty"))).new == (finding(NEW, kind="empty").fingerprint,)


def test_a_page_found_good_by_the_new_door_is_good(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    assert commit(engine, 2, result(passed=[NEW])).fixed == (finding(OLD).fingerprint,)


def test_a_door_still_in_use_is_measured_by_itself(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    assert not commit(engine, 2, result(passed=[NEW, "http://www.yun.example/b"])).fixed
    assert standing(engine) == [("yun-0001", OLD, "open")]


def test_another_kind_found_good_there_closes_nothing(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    assert not commit(engine, 2, result(passed=[NEW], kind="empty")).fixed


def test_the_newest_audit_says_where_it_is(engine: Engine) -> None:
    commit(engine, 2, result(finding(NEW)))
    commit(engine, 1, result(finding(OLD)))  # committed late
    assert [subject for _, subject, _ in standing(engine)] == [NEW, OLD]


def test_an_audit_judged_again_may_find_it_by_another_door(engine: Engine) -> None:
    commit(engine, 1, result(finding(OLD)))
    commit(engine, 1, result(finding(NEW)))
    assert standing(engine) == [("yun-0001", NEW, "open")]


def test_doors_of_a_portal_declared_by_its_further_hosts(engine: Engine) -> None:
    wide = replace(PORTAL, hosts=("zwgk.yun.example",))
    commit(engine, 1, result(finding("http://zwgk.yun.example/a")), portal=wide)
    assert not commit(engine, 2, result(finding("https://zwgk.yun.example/a")), portal=wide).new


def test_other_doors_of_an_address() -> None:
    assert set(other_doors(OLD)) == {NEW, "http://yun.example/a", "https://yun.example/a"}
    assert list(other_doors("http://127.0.0.1:80/a")) == ["https://127.0.0.1:80/a"]
    assert not list(other_doors("www.yun.example")) and not list(other_doors("ftp://www.yun.example/"))
