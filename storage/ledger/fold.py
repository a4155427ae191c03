"""What steps of people and turns of the machine add up to: one pure function; `storage.ledger.states` draws it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from storage.ledger.states import DEEDS, Claim, Course, Deed, Event, Line, Objection, Stage, Step, Turn
from storage.lifecycle import State

MACHINE = "自动复查"  # who closed what was measured again and found good


def fold(events: Sequence[Event], turns: Iterable[Turn]) -> Course:
    """Returns what steps and the machine's turns, each in the order they were kept, add up to."""
    course = Course()
    waiting = list(events)
    for turn in turns:
        while waiting and waiting[0].turn < turn.id:
            course = _stepped(course, waiting.pop(0).step)
        course = _turned(course, turn)
    for event in waiting:
        course = _stepped(course, event.step)
    return course


def _turned(course: Course, turn: Turn) -> Course:
    changed = _machine(course, turn)
    line = Line(turn.at, turn.who, "自动核查", turn.why, changed.stage)
    return replace(changed, history=(*course.history, line))


def _machine(course: Course, turn: Turn) -> Course:
    stage = course.stage
    if stage is Stage.REMOVED and not course.by_machine:
        return course
    new = course.since is None
    match turn.after:
        case State.SUSPECT:
            if new or (stage is Stage.CLOSED and course.by_machine) or stage is Stage.REMOVED:
                return _at(course, Stage.SUSPECTED, turn.at)
        case State.OPEN:
            if new or stage in (Stage.SUSPECTED, Stage.REMOVED):
                return _at(course, Stage.UNVERIFIED, turn.at)
            if stage is Stage.CLOSED and course.by_machine:
                return _round(course, turn.at)
        case State.REGRESSED:
            return _round(course, turn.at)
        case State.FIXED:
            if stage is not Stage.CLOSED:
                return _closed(course, turn.at, MACHINE, by_machine=True)
        case State.CLEARED:
            if stage is Stage.CLOSED:
                return course
            if course.confirmed or course.claim is not None:
                return _closed(course, turn.at, MACHINE, by_machine=True)
            return replace(_closed(course, turn.at, MACHINE, by_machine=True), stage=Stage.REMOVED)
    return course


def _stepped(course: Course, step: Step) -> Course:
    changed = _person(course, step)
    if changed.stage is not course.stage:
        changed = replace(changed, since=step.at)
    line = Line(step.at, step.who, DEEDS[step.deed], step.why, changed.stage, step.data)
    return replace(changed, history=(*course.history, line))


def _person(course: Course, step: Step) -> Course:
    data = step.data
    match step.deed:
        case Deed.CONFIRM:
            return replace(course, stage=Stage.CONFIRMED, confirmed=True)
        case Deed.ASSIGN:
            return replace(
                _answerable(course, data),
                stage=Stage.HANDED_OUT,
                confirmed=True,
                issuer=str(data.get("issuer", "")) or course.issuer,
                handed_out=step.at,
                limit=data.get("limit") or {},
                claim=None,
            )
        case Deed.START:
            return replace(course, stage=Stage.UNDER_WAY)
        case Deed.CLAIM:
            day = str(data.get("completed", ""))
            completed = dt.date.fromisoformat(day) if day else None
            said = Claim(str(data.get("text", "")), str(data.get("link", "")), completed, step.at, step.who)
            return replace(course, stage=Stage.CLAIMED, claim=said)
        case Deed.RETURN:
            return replace(course, stage=Stage.RETURNED)
        case Deed.CLOSE:
            return _closed(course, step.at, step.who, by_machine=step.who == MACHINE)
        case Deed.REOPEN:
            stage = Stage.HANDED_OUT if course.handed_out else Stage.CONFIRMED
            return replace(
                course, stage=stage, confirmed=True, closed_at=None, closed_by="", by_machine=False, claim=None
            )
        case Deed.OBJECT:
            return replace(
                course,
                objection=Objection(
                    reason=str(data.get("reason", "")),
                    text=step.why,
                    at=step.at,
                    who=step.who,
                    link=str(data.get("link", "")),
                    evidence=tuple(data.get("evidence", ())),
                ),
            )
        case Deed.REMOVE:
            gone = _closed(_decided(course, step, Stage.REMOVED), step.at, step.who, by_machine=False)
            return replace(gone, stage=Stage.REMOVED)
        case Deed.UPHOLD:
            decided = _decided(course, step, Stage.UPHELD)
            # What was closed meanwhile stays closed, and a claim still waits for its re-check.
            return decided if course.stage in (Stage.CLOSED, Stage.CLAIMED) else replace(decided, stage=Stage.UPHELD)
        case Deed.RELAPSE:
            return _round(course, step.at)
        case Deed.DEADLINE:
            return replace(course, limit=data.get("limit") or {})
        case Deed.UNIT:
            return _answerable(course, data)
        case Deed.NOTE:
            return replace(course, remark=step.why)


def _answerable(course: Course, data: Mapping[str, Any]) -> Course:
    return replace(
        course,
        unit=str(data.get("unit", "")) or course.unit,
        keeper=str(data.get("keeper", "")) or course.keeper,
    )


def _decided(course: Course, step: Step, decision: Stage) -> Course:
    if course.objection is None or course.objection.decision:
        return course
    decided = replace(
        course.objection,
        decision=str(decision),
        decided_at=step.at,
        decided_by=step.who,
        decided_why=step.why,
    )
    return replace(course, objection=decided)


def _at(course: Course, stage: Stage, at: dt.datetime) -> Course:
    return replace(course, stage=stage, since=at, closed_at=None, closed_by="", by_machine=False)


def _closed(course: Course, at: dt.datetime, who: str, *, by_machine: bool) -> Course:
    return replace(course, stage=Stage.CLOSED, since=at, closed_at=at, closed_by=who, by_machine=by_machine)


def _round(course: Course, at: dt.datetime) -> Course:
    """Returns a course in which the defect is back: what was agreed in the round before no longer holds."""
    return replace(_at(course, Stage.RELAPSED, at), handed_out=None, limit={}, claim=None)
