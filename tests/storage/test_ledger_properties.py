"""Whatever people and the machine do, in whatever order: no state without a way on, nothing closed without a time."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from storage.ledger.fold import MACHINE, fold
from storage.ledger.states import Course, Deed, Event, Stage, Step, Turn, refusal
from storage.lifecycle import State

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
OVERLAYS = {Stage.OVERDUE, Stage.EXCUSED, Stage.OBJECTED}
# What the machine can do next: storage/lifecycle.py.
AFTER = {
    State.SUSPECT: (State.OPEN, State.CLEARED, State.FIXED, State.REGRESSED),
    State.OPEN: (State.FIXED,),
    State.REGRESSED: (State.FIXED,),
    State.FIXED: (State.REGRESSED, State.SUSPECT),
    State.CLEARED: (State.OPEN, State.SUSPECT),
}
DATA = {"text": "已改", "reason": "misread", "unit": "财政局", "limit": {"at": "2030-01-01T00:00:00+00:00"}}


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[Event], list[Turn], Course]:
    """Returns steps, each allowed where it was taken, among turns of the machine, and what they come to."""
    turns = [Turn(1, draw(st.sampled_from([State.SUSPECT, State.OPEN])), START)]
    events: list[Event] = []
    for place in range(draw(st.integers(0, 12))):
        at = START + dt.timedelta(hours=place + 1)
        if draw(st.booleans()):
            turns.append(Turn(len(turns) + 1, draw(st.sampled_from(AFTER[turns[-1].after])), at))
            continue
        course = fold(events, turns)
        steps = [Step(deed, "王芳", at, "有理由", DATA) for deed in Deed]
        step = draw(st.sampled_from([step for step in steps if not refusal(course, step)]))
        events.append(Event(step, turns[-1].id))
    return events, turns, fold(events, turns)


@given(courses())
def test_a_state_is_one_of_those_that_are_kept_and_what_ended_has_its_time(
    made: tuple[list[Event], list[Turn], Course],
) -> None:
    events, turns, course = made
    assert course.stage not in OVERLAYS
    ended = course.stage in (Stage.CLOSED, Stage.REMOVED)
    assert ended == (course.closed_at is not None) == bool(course.closed_by)
    assert course.by_machine == (course.closed_by == MACHINE)
    assert len(course.history) == len(events) + len(turns)
    assert course.since is not None


@given(courses())
def test_there_is_always_a_way_on(made: tuple[list[Event], list[Turn], Course]) -> None:
    events, turns, course = made
    deed = Deed.REOPEN if course.stage in (Stage.CLOSED, Stage.REMOVED) else Deed.CLOSE
    step = Step(deed, "王芳", START + dt.timedelta(days=9), "有理由")
    assert not refusal(course, step)
    after = fold([*events, Event(step, turns[-1].id)], turns)
    assert after.stage.live == (deed is Deed.REOPEN)


@given(courses())
def test_what_is_seen_repaired_is_closed_and_what_is_back_is_a_new_round(
    made: tuple[list[Event], list[Turn], Course],
) -> None:
    events, turns, course = made
    removed = course.stage is Stage.REMOVED and not course.by_machine
    at = START + dt.timedelta(days=9)
    fixed = [*turns, Turn(len(turns) + 1, State.FIXED, at)]
    back = [*fixed, Turn(len(turns) + 2, State.REGRESSED, at)]
    assert fold(events, fixed).stage is (Stage.REMOVED if removed else Stage.CLOSED)
    again = fold(events, back)
    if removed:
        assert again.stage is Stage.REMOVED
    else:
        assert (again.stage, again.handed_out, again.limit, again.claim) == (Stage.RELAPSED, None, {}, None)
        assert again.unit == course.unit and again.objection == course.objection


@given(courses(), st.sampled_from(list(Deed)))
def test_nobody_decides_without_a_name(made: tuple[list[Event], list[Turn], Course], deed: Deed) -> None:
    course = made[2]
    assert deed is Deed.NOTE or refusal(course, Step(deed, " ", START, "有理由", DATA))
