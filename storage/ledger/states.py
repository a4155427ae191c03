"""The human state of a finding: what people do with it beside what the machine sees of it. Pure functions, no clock.

    疑似 ─> 待核实 ─> 已确认 ─> 已交办 ─> 整改中 ─> 已反馈(待复查) ─> 已销号
                                  ^                      │ failed again        │ came back
                                  └── 退回(复查未通过) <──┘                    └─> 反弹 (live again, a new round)

    anything live ── object ─> 异议中 ── decide ─> 剔除 | 维持
    anything live, while an excuse holds: 豁免; past its deadline and nothing fed back: 超期

The state is the fold (`storage.ledger.fold`) of what people did (`Event`) and of the machine's transitions (`Turn`), in
the order the database learnt of them. 超期, 豁免 and 异议中 lie over a stage and hide it as long as they hold; they are
derived, never stored.

- A machine `fixed` closes whatever is live, as 自动复查; a machine `regressed` makes it 反弹: deadline, claim and
  hand-out belonged to the round before. `cleared` is 剔除 by the machine, but 已销号 where a person confirmed it or
  a unit says it put it right.
- 剔除 by a person holds whatever the machine sees, until a person reopens it.

Source of the states: assessor practice (整改台账); 问题 is official only once a person confirmed it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.lifecycle import State


class Stage(StrEnum):
    """The closed set of human states, as people read them."""

    SUSPECTED = "疑似"
    UNVERIFIED = "待核实"
    CONFIRMED = "已确认"
    HANDED_OUT = "已交办"
    UNDER_WAY = "整改中"
    CLAIMED = "已反馈(待复查)"
    RETURNED = "退回(复查未通过)"
    CLOSED = "已销号"
    OBJECTED = "异议中"
    UPHELD = "维持"
    REMOVED = "剔除"
    EXCUSED = "豁免"
    OVERDUE = "超期"
    RELAPSED = "反弹"

    @property
    def live(self) -> bool:
        """True while somebody still has to do something about it."""
        return self not in (Stage.CLOSED, Stage.REMOVED, Stage.EXCUSED)


class Deed(StrEnum):
    """The closed set of what can be done with a finding in the ledger."""

    CONFIRM = "confirm"  # 确认: a person says it is a defect
    ASSIGN = "assign"  # 交办: handed out to a unit; the deadline runs from here
    START = "start"  # 整改中: the unit works on it
    CLAIM = "claim"  # 反馈: the unit says it is put right
    RETURN = "return"  # 退回: measured again and still wrong
    CLOSE = "close"  # 销号 by a named person with a reason
    REOPEN = "reopen"  # 重开: closed or removed by mistake
    OBJECT = "object"  # 异议: the unit says it is no defect, or not its own
    REMOVE = "remove"  # 剔除: the objection is right, or nobody's objection was needed
    UPHOLD = "uphold"  # 维持: the objection is not right
    RELAPSE = "relapse"  # closed by a person, and seen again since
    DEADLINE = "deadline"  # another deadline, with a reason
    UNIT = "unit"  # another unit or keeper, without handing it out
    NOTE = "note"  # 备注


DEEDS: Mapping[Deed, str] = {
    Deed.CONFIRM: "确认",
    Deed.ASSIGN: "交办",
    Deed.START: "开始整改",
    Deed.CLAIM: "反馈",
    Deed.RETURN: "退回",
    Deed.CLOSE: "销号",
    Deed.REOPEN: "重开",
    Deed.OBJECT: "异议",
    Deed.REMOVE: "剔除",
    Deed.UPHOLD: "维持",
    Deed.RELAPSE: "反弹",
    Deed.DEADLINE: "定时限",
    Deed.UNIT: "定责任单位",
    Deed.NOTE: "备注",
}
_NEED_WHO = frozenset(Deed) - {Deed.NOTE}
_NEED_WHY = frozenset({Deed.CLOSE, Deed.REOPEN, Deed.REMOVE, Deed.UPHOLD, Deed.RETURN, Deed.DEADLINE, Deed.OBJECT})
_LIVE = frozenset(stage for stage in Stage if stage.live)  # of stages as folded: without those that lie over them
_ANY = frozenset(Stage)
_FROM: Mapping[Deed, frozenset[Stage]] = {
    Deed.CONFIRM: frozenset({Stage.SUSPECTED, Stage.UNVERIFIED, Stage.RELAPSED}),
    Deed.ASSIGN: _LIVE - {Stage.SUSPECTED, Stage.CLAIMED},
    Deed.START: frozenset({Stage.HANDED_OUT, Stage.UNDER_WAY, Stage.RETURNED, Stage.UPHELD, Stage.CONFIRMED})
    | {Stage.UNVERIFIED, Stage.RELAPSED},
    Deed.CLAIM: _LIVE,
    Deed.RETURN: frozenset({Stage.CLAIMED, Stage.RETURNED}),
    Deed.CLOSE: _LIVE,
    Deed.REOPEN: frozenset({Stage.CLOSED, Stage.REMOVED}),
    Deed.OBJECT: _ANY - {Stage.REMOVED},
    Deed.REMOVE: _ANY - {Stage.REMOVED},
    Deed.UPHOLD: _ANY - {Stage.REMOVED},
    Deed.RELAPSE: frozenset({Stage.CLOSED}),
    Deed.DEADLINE: _LIVE,
    Deed.UNIT: _ANY,
    Deed.NOTE: _ANY,
}
_HINTS: Mapping[Stage, str] = {
    Stage.SUSPECTED: "先确认",
    Stage.CLAIMED: "等复查结果，或先退回",
    Stage.CLOSED: "如有误请先重开",
    Stage.REMOVED: "如有误请先重开",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done with a finding. `at` is aware. `data` holds what belongs to the deed, see docs/ledger.md."""

    deed: Deed
    who: str
    at: dt.datetime
    why: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One step as kept. `turn` is the id of the newest machine transition the database knew when it was taken."""

    step: Step
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One transition of the machine state, as kept."""

    id: int
    after: State
    at: dt.datetime
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a unit says it did. `completed` is the day it gives, `at` when we learnt of it."""

    text: str
    link: str
    completed: dt.date | None
    at: dt.datetime
    who: str


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a unit says it is no defect of its own; `decision` is 剔除, 维持 or "" while nobody has decided."""

    reason: str  # id of a reason of storage/ledger/excuses.toml
    text: str
    at: dt.datetime
    who: str
    link: str = ""
    evidence: tuple[str, ...] = ()  # sha256 in the evidence store
    decision: str = ""
    decided_at: dt.datetime | None = None
    decided_by: str = ""
    decided_why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a finding's history, the machine's and people's alike; `stage` is what it led to."""

    at: dt.datetime
    who: str
    what: str  # 确认, 交办 ...; 自动核查 for the machine
    why: str
    stage: Stage
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """What events and turns add up to, before anything that depends on the present time lies over it."""

    stage: Stage = Stage.SUSPECTED
    since: dt.datetime | None = None
    confirmed: bool = False  # by a person, ever
    by_machine: bool = False  # the present 已销号 or 剔除 is the machine's word
    unit: str = ""
    keeper: str = ""
    issuer: str = ""
    handed_out: dt.datetime | None = None
    limit: Mapping[str, Any] = field(default_factory=dict)  # of the deadline, as the newest step left it
    claim: Claim | None = None
    objection: Objection | None = None
    closed_at: dt.datetime | None = None
    closed_by: str = ""
    remark: str = ""
    history: tuple[Line, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether an objection waits for its decision."""
        return self.objection is not None and not self.objection.decision


def refusal(course: Course, step: Step) -> str:
    """Returns why a step cannot be taken, in one Chinese sentence; "" when it can."""
    name = DEEDS[step.deed]
    if step.deed in _NEED_WHO and not step.who.strip():
        return f"{name}须写明由谁作出"
    if step.deed in _NEED_WHY and not step.why.strip():
        return f"{name}须写明理由"
    if wrong := _unfit(step):
        return wrong
    if course.stage not in _FROM[step.deed]:
        hint = _HINTS.get(course.stage, "")
        return f"状态为“{course.stage}”，不能{name}" + (f"，{hint}" if hint else "")
    if step.deed is Deed.OBJECT and course.pending:
        return "已有异议待裁定，不能再提异议，先裁定"
    if step.deed is Deed.UPHOLD and not course.pending:
        return "没有待裁定的异议，不能维持"
    return ""


def _unfit(step: Step) -> str:
    """Returns what is wrong with a step wherever the finding stands, "" for nothing."""
    data, link = step.data, str(step.data.get("link", ""))
    if link and not link.startswith(("http://", "https://")):
        return f"链接“{link}”须以http://或https://开头"
    if step.deed is Deed.CLAIM and not (str(data.get("text", "")).strip() or link):
        return "反馈须写明整改情况，或给出整改后链接"
    if step.deed is Deed.UNIT and not (data.get("unit") or data.get("keeper")):
        return "须写明责任单位或责任栏目保障人"
    limit = data.get("limit") or {}
    by_hand = limit.get("at") and not limit.get("rule")
    if by_hand and dt.datetime.fromisoformat(limit["at"]) <= step.at:
        return "整改时限须晚于现在"
    return ""
