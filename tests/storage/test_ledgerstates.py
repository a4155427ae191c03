"""The human state: which step is allowed from where, and what steps and the machine's turns add up to. Pure."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.ledger.fold import fold
from storage.ledger.states import Course, Deed, Event, Stage, Step, Turn, refusal
from storage.lifecycle import State

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SEEN = (Turn(1, State.SUSPECT, START), Turn(2, State.OPEN, START + dt.timedelta(days=1)))


def day(number: int) -> dt.datetime:
    return START + dt.timedelta(days=number)


def step(deed: Deed, number: int = 2, **data: str) -> Step:
    return Step(deed, "王芳", day(number), "有理由", data)


def course(*deeds: Deed, turns: tuple[Turn, ...] = SEEN) -> Course:
    """Returns what these deeds, taken after all of the turns, come to."""
    return fold([Event(step(deed, place), turns[-1].id) for place, deed in enumerate(deeds, 2)], turns)


def stage(*deeds: Deed, turns: tuple[Turn, ...] = SEEN) -> Stage:
    return course(*deeds, turns=turns).stage


def test_the_way_from_a_doubt_to_a_closed_finding() -> None:
    assert stage(turns=SEEN[:1]) is Stage.SUSPECTED
    assert stage() is Stage.UNVERIFIED
    way = (Deed.CONFIRM, Deed.ASSIGN, Deed.START, Deed.CLAIM, Deed.RETURN, Deed.CLAIM, Deed.CLOSE)
    passed = [stage(*way[: end + 1]) for end in range(len(way))]
    assert passed == [
        Stage.CONFIRMED,
        Stage.HANDED_OUT,
        Stage.UNDER_WAY,
        Stage.CLAIMED,
        Stage.RETURNED,
        Stage.CLAIMED,
        Stage.CLOSED,
    ]
    assert [line.what for line in course(*way).history][2:] == [
        "确认", "交办", "开始整改", "反馈", "退回", "反馈", "销号"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "deed", "words"),
    [
        ((), Deed.RETURN, "状态为“待核实”，不能退回"),
        ((Deed.CLOSE,), Deed.ASSIGN, "状态为“已销号”，不能交办，如有误请先重开"),
        ((Deed.REMOVE,), Deed.OBJECT, "状态为“剔除”，不能异议，如有误请先重开"),
        ((Deed.CLAIM,), Deed.ASSIGN, "状态为“已反馈(待复查)”，不能交办，等复查结果，或先退回"),
        ((Deed.OBJECT,), Deed.OBJECT, "已有异议待裁定，不能再提异议，先裁定"),
        ((Deed.CONFIRM,), Deed.UPHOLD, "没有待裁定的异议，不能维持"),
        ((Deed.OBJECT, Deed.UPHOLD), Deed.UPHOLD, "没有待裁定的异议，不能维持"),
        ((), Deed.REOPEN, "状态为“待核实”，不能重开"),
        ((Deed.CONFIRM,), Deed.CONFIRM, "状态为“已确认”，不能确认"),
    ],
)
def test_a_step_that_is_not_allowed_is_refused_in_a_sentence(before: tuple[Deed, ...], deed: Deed, words: str) -> None:
    assert refusal(course(*before), step(deed)) == words


def test_a_doubt_is_confirmed_before_it_is_handed_out() -> None:
    assert refusal(course(turns=SEEN[:1]), step(Deed.ASSIGN)) == "状态为“疑似”，不能交办，先确认"
    assert not refusal(course(Deed.CONFIRM, turns=SEEN[:1]), step(Deed.ASSIGN))


@pytest.mark.parametrize("deed", sorted(set(Deed) - {Deed.NOTE}))
def test_nothing_is_decided_by_nobody(deed: Deed) -> None:
    assert refusal(course(), Step(deed, " ", day(3), "理由")).endswith("须写明由谁作出")


@pytest.mark.parametrize("deed", [Deed.CLOSE, Deed.REMOVE, Deed.DEADLINE])
def test_a_decision_needs_its_reason(deed: Deed) -> None:
    assert refusal(course(), Step(deed, "王芳", day(3))).endswith("须写明理由")


def test_what_the_machine_saw_repaired_is_closed_without_anybody() -> None:
    closed = course(turns=(*SEEN, Turn(3, State.FIXED, day(3))))
    assert (closed.stage, closed.closed_by, closed.closed_at) == (Stage.CLOSED, "自动复查", day(3))


def test_a_relapse_is_a_new_round() -> None:
    turns = (*SEEN, Turn(5, State.FIXED, day(5)), Turn(6, State.REGRESSED, day(6)))
    events = [Event(step(Deed.ASSIGN, 2, unit="财政局"), 2), Event(step(Deed.CLAIM, 3), 2)]
    back = fold(events, turns)
    assert (back.stage, back.handed_out, back.claim, back.closed_at) == (Stage.RELAPSED, None, None, None)
    assert back.unit == "财政局" and not refusal(back, step(Deed.ASSIGN))


def test_a_doubt_that_did_not_hold_is_removed_unless_a_person_had_confirmed_it() -> None:
    cleared = (SEEN[0], Turn(2, State.CLEARED, day(1)))
    assert stage(turns=cleared) is Stage.REMOVED
    assert fold([Event(step(Deed.CONFIRM, 0), 1)], cleared).stage is Stage.CLOSED
    assert fold([Event(step(Deed.CLAIM, 0, text="已改"), 1)], cleared).stage is Stage.CLOSED
    assert fold([], (*cleared, Turn(3, State.OPEN, day(2)))).stage is Stage.UNVERIFIED


def test_what_a_person_removed_stays_removed_whatever_the_machine_sees() -> None:
    turns = (*SEEN, Turn(3, State.FIXED, day(3)), Turn(4, State.REGRESSED, day(4)))
    removed = [Event(step(Deed.REMOVE), 2)]
    assert fold(removed, turns).stage is Stage.REMOVED
    assert fold([*removed, Event(step(Deed.REOPEN), 4)], turns).stage is Stage.CONFIRMED


def test_an_objection_ends_as_removed_or_upheld_and_a_claim_still_waits() -> None:
    assert course(Deed.ASSIGN, Deed.OBJECT).pending
    upheld = course(Deed.ASSIGN, Deed.OBJECT, Deed.UPHOLD)
    assert upheld.stage is Stage.UPHELD and upheld.objection and upheld.objection.decision == "维持"
    assert stage(Deed.ASSIGN, Deed.CLAIM, Deed.OBJECT, Deed.UPHOLD) is Stage.CLAIMED
    removed = course(Deed.ASSIGN, Deed.OBJECT, Deed.REMOVE)
    assert removed.stage is Stage.REMOVED and removed.objection and removed.objection.decided_by == "王芳"


def test_order_is_that_of_the_database_not_of_clocks() -> None:
    turns = (*SEEN, Turn(3, State.FIXED, day(3)), Turn(4, State.REGRESSED, day(4)))
    confirmed_with_a_clock_gone_back = Event(Step(Deed.CONFIRM, "王芳", day(-300)), 4)
    assert fold([confirmed_with_a_clock_gone_back], turns).stage is Stage.CONFIRMED


def test_reopening_goes_back_to_the_unit_it_was_handed_to() -> None:
    assert stage(Deed.ASSIGN, Deed.CLOSE, Deed.REOPEN) is Stage.HANDED_OUT
    assert stage(Deed.CLOSE, Deed.REOPEN) is Stage.CONFIRMED
