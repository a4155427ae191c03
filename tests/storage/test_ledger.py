"""The ledger in the database: steps kept whole, deadlines, claims and what audits make of them, excuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from checks.base import Finding, Outcome, Severity
from portal.model import ColumnDeclaration
from portal.workdays import WorkCalendar
from portal.zone import CHINA
from storage.commit import commit_audit
from storage.database import StorageError, open_database
from storage.ledger.book import Handing, StepRefusedError, claimed, entries, entry, hand_out, record_all, take_all
from storage.ledger.entries import LedgerEntry
from storage.ledger.excuses import MAINTENANCE, Excuse, Scope, excuse, excuses, withdraw
from storage.ledger.states import Deed, Step
from storage.queries import audit_view, find, standings
from tests.steps import claim, record, set_deadline
from tests.storage.make import PORTAL, audit, finding, metas, result

A, B = "https://www.yun.example/a", "https://www.yun.example/b"
VETO = finding(A, severity=Severity.VETO, column="首页>政务公开>通知公告")
OTHER = finding(B, column="首页>新闻")
OWNED = replace(
    PORTAL,
    columns=(
        ColumnDeclaration(("政务公开",), "https://www.yun.example/zw/", owner="公开办"),
        ColumnDeclaration(("政务公开", "通知公告"), "https://www.yun.example/tz/", owner="办公室秘书科"),
    ),
)


def at(day: int, hour: int = 10, month: int = 3) -> dt.datetime:
    """Returns a time of 2026 in Asia/Shanghai; 2 March is a Monday."""
    return dt.datetime(2026, month, day, hour, tzinfo=CHINA)


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    engine = open_database(place)
    commit_audit(engine, audit(1, portal=OWNED), [result(VETO, OTHER)], metas=metas)
    yield engine
    engine.dispose()


def commit(engine: Engine, day: int, *findings: Finding, passed: Sequence[str] = (), hour: int = 1) -> None:
    commit_audit(engine, audit(day, hour, portal=OWNED), [result(*findings, passed=passed)], metas=metas)


def word(engine: Engine, one: Finding = VETO, now: dt.datetime | None = None) -> str:
    return str(entry(engine, one.fingerprint, now or at(2)).state)


def give(engine: Engine, *ones: Finding, unit: str = "", keeper: str = "", issuer: str = "") -> dict[str, LedgerEntry]:
    names = [one.fingerprint for one in ones]
    return hand_out(engine, names, Handing("王芳", at(2), unit, keeper, issuer))


def say(engine: Engine, deed: Deed, one: Finding = VETO, *, day: int = 3, why: str = "有理由", **data: object) -> None:
    record(engine, one.fingerprint, Step(deed, "王芳", at(day), why, data))


def test_a_finding_nobody_spoke_of_waits_for_a_person(engine: Engine) -> None:
    found = entry(engine, VETO.fingerprint, at(2))
    assert (found.number, found.state, found.since) == ("yun-0001", "待核实", audit(1).ended)
    assert (found.deadline, found.remaining, found.overdue, found.handed_out) == (None, None, False, None)
    assert [(line.what, line.stage) for line in found.history] == [("自动核查", "待核实")]


def test_every_step_is_kept_with_who_when_and_why(engine: Engine) -> None:
    say(engine, Deed.CONFIRM, day=2, why="已核对截图")
    say(engine, Deed.NOTE, day=3, why="电话已通知")
    found = entry(engine, VETO.fingerprint, at(3))
    assert [(line.who, line.at, line.what, line.why) for line in found.history[1:]] == [
        ("王芳", at(2), "确认", "已核对截图"),
        ("王芳", at(3), "备注", "电话已通知"),
    ]
    assert (found.state, found.since, found.remark) == ("已确认", at(2), "电话已通知")


def test_of_several_steps_all_are_kept_or_none(engine: Engine) -> None:
    good, bad = Step(Deed.CONFIRM, "王芳", at(2)), Step(Deed.RETURN, "王芳", at(2), "仍打不开")
    with pytest.raises(StepRefusedError, match="yun-0002：状态为“待核实”，不能退回"):
        record_all(engine, [(VETO.fingerprint, good), (OTHER.fingerprint, bad)])
    assert word(engine) == "待核实"
    with pytest.raises(StorageError, match="no finding 'abc'"):
        record(engine, "abc", good)


def test_every_refusal_of_several_steps_is_told_and_nothing_kept(engine: Engine) -> None:
    good, bad = Step(Deed.CONFIRM, "王芳", at(2)), Step(Deed.RETURN, "王芳", at(2), "仍打不开")
    steps = [(VETO.fingerprint, good), (OTHER.fingerprint, bad), (VETO.fingerprint, bad)]
    refused = take_all(engine, steps)
    assert set(refused) == {1, 2} and "状态为“已确认”，不能退回" in refused[2]
    assert word(engine) == "待核实"
    assert take_all(engine, steps[:1], keep=False) == {}
    assert word(engine) == "待核实"
    assert take_all(engine, steps[:1]) == {}
    assert word(engine) == "已确认"


def test_the_deadline_runs_from_the_hand_out_in_working_days(engine: Engine) -> None:
    handed = give(engine, VETO, OTHER, issuer="县政府办")
    veto, other = handed[VETO.fingerprint], handed[OTHER.fingerprint]
    assert (veto.state, veto.deadline, veto.deadline_rule) == ("已交办", at(4, 18), "veto")
    assert (other.deadline, other.remaining) == (at(9, 18), 5)
    assert entry(engine, OTHER.fingerprint, at(9, 9)).remaining == 0
    late = entry(engine, OTHER.fingerprint, at(11, 9))
    assert (late.state, late.stage, late.since, late.remaining) == ("超期", "已交办", at(9, 18), -2)


def test_a_year_whose_holidays_are_not_known_gives_no_deadline_until_a_calendar_does(engine: Engine) -> None:
    handed_out = dt.datetime(2090, 3, 2, 10, tzinfo=CHINA)  # a Thursday
    found = hand_out(engine, [VETO.fingerprint], Handing("王芳", handed_out))[VETO.fingerprint]
    assert (found.deadline, found.remaining, found.overdue) == (None, None, False)
    assert found.deadline_note.startswith("不能确定：2090年")
    known = WorkCalendar(extra_years=frozenset({2090}))
    late = entry(engine, VETO.fingerprint, handed_out + dt.timedelta(days=9), known)
    assert late.deadline == dt.datetime(2090, 3, 6, 18, tzinfo=CHINA) and late.overdue


def test_a_deadline_set_by_hand_wins_and_says_why(engine: Engine) -> None:
    give(engine, VETO)
    set_deadline(engine, VETO.fingerprint, at(20, 12), who="李强", at=at(3), why="需上级平台配合")
    found = entry(engine, VETO.fingerprint, at(5))
    assert (found.deadline, found.deadline_rule, found.state) == (at(20, 12), "", "已交办")
    assert found.history[-1].why == "需上级平台配合"


def test_who_is_responsible_is_said_by_hand_else_by_the_column_else_by_the_portal(engine: Engine) -> None:
    assert entry(engine, VETO.fingerprint).unit == "办公室秘书科"
    assert entry(engine, OTHER.fingerprint).unit == "云县政府办"
    give(engine, OTHER, unit="财政局", keeper="赵敏")
    found = entry(engine, OTHER.fingerprint)
    assert (found.unit, found.keeper) == ("财政局", "赵敏")


def test_a_claim_waits_and_is_closed_by_an_audit_that_saw_it_repaired(engine: Engine) -> None:
    give(engine, VETO)
    done = {"text": "已恢复", "link": "https://www.yun.example/new", "completed": dt.date(2026, 3, 3)}
    claim(engine, VETO.fingerprint, who="财政局", at=at(3), **done)  # type: ignore[arg-type]
    (waiting,) = claimed(engine, "yun")
    assert (waiting.number, waiting.state, claimed(engine, "none")) == ("yun-0001", "已反馈(待复查)", ())
    assert waiting.claim and waiting.claim.completed == dt.date(2026, 3, 3) and waiting.claim.text == "已恢复"
    commit(engine, 4, OTHER, passed=[A])
    found = entry(engine, VETO.fingerprint, at(5))
    assert (found.state, found.closed_by, claimed(engine)) == ("已销号", "自动复查", ())
    assert found.claim and found.claim.link == done["link"]


def test_a_claim_an_audit_disproves_is_returned_and_overdue_again(engine: Engine) -> None:
    give(engine, VETO)
    claim(engine, VETO.fingerprint, text="已恢复", who="财政局", at=at(3))
    assert word(engine, now=at(6)) == "已反馈(待复查)"
    commit(engine, 4, VETO, OTHER)
    found = entry(engine, VETO.fingerprint, at(4, 12))
    assert (found.state, found.history[-1].who) == ("退回(复查未通过)", "自动复查")
    assert word(engine, now=at(6)) == "超期"
    claim(engine, VETO.fingerprint, text="这次真的好了", who="财政局", at=at(5))
    assert word(engine, now=at(6)) == "已反馈(待复查)"


def test_an_audit_that_began_before_the_claim_disproves_nothing(engine: Engine) -> None:
    claim(engine, VETO.fingerprint, text="已恢复", who="财政局", at=at(4, 1) + dt.timedelta(minutes=10))
    commit(engine, 4, VETO)
    assert word(engine) == "已反馈(待复查)"
    commit(engine, 4, VETO, hour=3)
    assert word(engine) == "退回(复查未通过)"


def test_one_doubt_does_not_disprove_a_claim_two_days_of_it_do(engine: Engine) -> None:
    doubt = replace(VETO, outcome=Outcome.SUSPECT)
    claim(engine, VETO.fingerprint, text="已恢复", who="财政局", at=at(3))
    commit(engine, 4, doubt)
    assert word(engine) == "已反馈(待复查)"
    commit(engine, 5, doubt)
    assert word(engine) == "退回(复查未通过)"


def test_audits_committed_in_another_order_disprove_a_claim_all_the_same(engine: Engine) -> None:
    doubt = replace(VETO, outcome=Outcome.SUSPECT)
    claim(engine, VETO.fingerprint, text="已恢复", who="财政局", at=at(3))
    commit(engine, 5, doubt)
    commit(engine, 4, doubt)
    found = entry(engine, VETO.fingerprint, at(6))
    assert found.state == "退回(复查未通过)" and found.history[-1].data["audit"] == audit(5).id


def test_a_claim_made_again_is_measured_from_then_on(engine: Engine) -> None:
    claim(engine, VETO.fingerprint, text="已恢复", who="财政局", at=at(3))
    commit(engine, 4, replace(VETO, outcome=Outcome.SUSPECT))
    claim(engine, VETO.fingerprint, text="又改了一次", who="财政局", at=at(4))
    commit(engine, 5, replace(VETO, outcome=Outcome.SUSPECT))
    assert word(engine) == "已反馈(待复查)"
    commit(engine, 6, replace(VETO, outcome=Outcome.SUSPECT))
    assert word(engine) == "退回(复查未通过)"


def test_what_a_person_closed_comes_back_when_it_is_seen_again(engine: Engine) -> None:
    say(engine, Deed.CLOSE, why="已线下核实")
    found = entry(engine, VETO.fingerprint, at(3))
    assert (found.state, found.closed_by, found.live) == ("已销号", "王芳", False)
    commit(engine, 4, VETO)
    assert word(engine) == "反弹"


def test_what_a_person_opened_again_is_closed_once_it_is_measured_good_again(engine: Engine) -> None:
    commit(engine, 3, passed=[A])
    say(engine, Deed.REOPEN, day=4, why="页面仍为空")
    assert word(engine, now=at(4)) == "已确认"
    claim(engine, VETO.fingerprint, text="这次已补", who="财政局", at=at(5))
    assert [one.number for one in claimed(engine)] == ["yun-0001"]
    commit(engine, 6, passed=[A])
    found = entry(engine, VETO.fingerprint, at(7))
    assert (found.state, found.closed_by, claimed(engine)) == ("已销号", "自动复查", ())
    commit(engine, 7, VETO)
    assert word(engine) == "反弹"


def test_a_relapse_is_live_again(engine: Engine) -> None:
    give(engine, VETO)
    commit(engine, 3, passed=[A])
    commit(engine, 5, VETO)
    found = entry(engine, VETO.fingerprint, at(30))
    assert (found.state, found.deadline, found.machine) == ("反弹", None, "regressed")
    assert find(engine, "yun-0001").human == "反弹"


def test_an_objection_holds_up_the_deadline_only_when_made_in_time(engine: Engine) -> None:
    give(engine, VETO, OTHER)
    say(engine, Deed.OBJECT, day=3, why="不是本单位的栏目", reason="not_ours")
    assert word(engine, now=at(20)) == "异议中" and not entry(engine, VETO.fingerprint, at(20)).overdue
    say(engine, Deed.OBJECT, OTHER, day=12, why="对方网站故障", reason="external")
    assert entry(engine, OTHER.fingerprint, at(20)).overdue
    say(engine, Deed.UPHOLD, day=21, why="职责清单列明")
    assert (word(engine, now=at(21)), entry(engine, VETO.fingerprint, at(21)).stage) == ("超期", "维持")


def test_what_is_removed_is_no_repair_and_is_never_deleted(engine: Engine) -> None:
    say(engine, Deed.OBJECT, why="防护拦截", reason="blocked")
    say(engine, Deed.REMOVE, why="经复核属误报")
    found = entry(engine, VETO.fingerprint)
    assert (found.state, found.live, found.machine) == ("剔除", False, "open")
    assert standings(engine, "yun")[VETO.fingerprint] == ("open", "剔除")
    (shown,) = [one for one in audit_view(engine, portal="yun").findings if one.fingerprint == VETO.fingerprint]
    assert shown.human == "剔除"


def let_off(
    scope: Scope, subject: str, kind: str = "no_access", begins: dt.datetime | None = None, days: int = 5
) -> Excuse:
    start = begins or at(2)
    return Excuse("yun", scope, subject, kind, "已发函", start, start + dt.timedelta(days=days), "王芳", at(2))


@pytest.mark.parametrize(
    ("scope", "subject", "both"),
    [
        (Scope.FINDING, VETO.fingerprint, False),
        (Scope.COLUMN, "政务公开", False),
        (Scope.COLUMN, "政务公开 > 通知公告", False),
        (Scope.CHECK, "links", True),
        (Scope.PORTAL, "", True),
    ],
)
def test_an_excuse_holds_for_its_scope_and_its_time(engine: Engine, scope: Scope, subject: str, both: bool) -> None:
    kept = excuse(engine, let_off(scope, subject))
    assert word(engine, now=at(1, 23)) == "待核实"
    assert word(engine, now=at(3)) == "豁免"
    assert word(engine, OTHER, now=at(3)) == ("豁免" if both else "待核实")
    assert word(engine, now=at(7)) == "待核实"
    found = entry(engine, VETO.fingerprint, at(3))
    assert found.excuse == kept and not found.live
    assert entries(engine, "yun", at(3))[VETO.fingerprint] == found


def test_an_excuse_stops_the_deadline_while_it_holds(engine: Engine) -> None:
    give(engine, VETO)
    excuse(engine, let_off(Scope.PORTAL, "", days=5))
    assert not entry(engine, VETO.fingerprint, at(5)).overdue
    assert word(engine, now=at(8)) == "超期"


def test_what_was_seen_during_announced_maintenance_proves_nothing_later_either(engine: Engine) -> None:
    excuse(engine, let_off(Scope.PORTAL, "", MAINTENANCE, at(4, 0), days=1))
    commit(engine, 4, VETO, OTHER)
    assert word(engine, now=at(9)) == "豁免"
    commit(engine, 10, VETO, OTHER)
    assert word(engine, now=at(10, 12)) == "待核实"


def test_windows_can_be_asked_for(engine: Engine) -> None:
    window = excuse(engine, let_off(Scope.PORTAL, "", MAINTENANCE, at(4, 0), days=1))
    other = excuse(engine, let_off(Scope.CHECK, "links"))
    assert excuses(engine, "yun", kind=MAINTENANCE) == (window,)
    assert excuses(engine, "yun", at=at(4)) == (other, window)
    assert excuses(engine, "yun", at=at(9)) == () and excuses(engine, "none") == ()


def test_an_excuse_that_is_withdrawn_ends_then_and_stays_readable(engine: Engine) -> None:
    kept = excuse(engine, let_off(Scope.PORTAL, ""))
    withdraw(engine, kept.id, who="李强", at=at(4), why="平台已恢复权限")
    assert word(engine, now=at(3)) == "豁免" and word(engine, now=at(5)) == "待核实"
    assert excuses(engine, "yun") == (replace(kept, ends=at(4)),)
    with pytest.raises(StorageError, match="已撤销"):
        withdraw(engine, kept.id, who="李强", at=at(5), why="再次")
    with pytest.raises(StorageError, match="没有编号为99的豁免"):
        withdraw(engine, 99, who="李强", at=at(5), why="再次")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "blocked"}, "没有豁免事由“blocked”"),
        ({"who": ""}, "由谁"),
        ({"why": " "}, "理由"),
        ({"ends": at(2)}, "结束时间须晚于开始时间"),
        ({"portal": "none"}, "audit it first"),
        ({"subject": "links"}, "须写明范围"),
        ({"scope": Scope.FINDING, "subject": "abc"}, "no finding 'abc'"),
        ({"scope": Scope.CHECK}, "须写明范围"),
    ],
)
def test_an_excuse_that_cannot_stand_is_refused(engine: Engine, changed: dict[str, object], words: str) -> None:
    with pytest.raises(StorageError, match=words):
        excuse(engine, replace(let_off(Scope.PORTAL, ""), **changed))  # type: ignore[arg-type]
    assert excuses(engine, "yun") == ()
