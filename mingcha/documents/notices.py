"""`mingcha export notices`: which findings go to which unit in which tone, and the notices made of them.

    整改通知书  what stands and was not handed out by a notice yet
    督办单      what is past its deadline, or came back after a notice had handed it out
    提示单      what the forecast says falls due

A finding is in one notice of a round: issuing again makes new notices of what is new, and prints those in force again
under their numbers, word for word. Without somebody who issues them, what would be new is drafted and nothing is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from mingcha.documents.forecast import Due, forecast
from portal.model import Office
from portal.workdays import CalendarUnknownError, WorkCalendar
from portal.zone import CHINA
from reports.inspection.problems import standing
from reports.masking import masked
from reports.notices import Item, Notice, letters, notice_of, remind_days, unit_name
from reports.words import china, day
from storage.ledger.deadlines import Rule, limit_by, note, read_rules, rule_for
from storage.ledger.entries import CALENDAR, LedgerEntry
from storage.ledger.states import Stage
from storage.lifecycle import day_of
from storage.notices import Draft, Issued, Numbering, Tone, Topic, issue, issued
from storage.queries import audit_view, audited, portals
from storage.views import AuditView, FindingView

TONES: Mapping[str, Tone] = {"提示单": Tone.TIP, "整改通知书": Tone.ORDER, "督办单": Tone.PRESS}
SHOTS = 2  # of one finding that are kept with a notice
# Where a finding waits for somebody else than the unit: for a re-check, a decision, an excuse to end.
_WAITING = (Stage.CLAIMED, Stage.OBJECTED, Stage.EXCUSED)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: notices with their documents to be written; `new` of them were issued (or drafted) just now."""

    notices: tuple[Notice, ...]
    new: int
    drafts: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """Who issues, when, and by which rules. `who` is "" for drafts."""

    office: Office
    at: dt.datetime
    who: str = ""
    rules: Sequence[Rule] | None = None
    calendar: WorkCalendar = CALENDAR


@dataclass(frozen=True, slots=True)
class _Case:
    """One finding with all that is known of it."""

    view: AuditView
    finding: FindingView
    entry: LedgerEntry
    past: tuple[Issued, ...]  # notices that spoke of it, the oldest first

    @property
    def handed(self) -> tuple[Issued, ...]:
        return tuple(one for one in self.past if one.tone is not Tone.TIP)

    @property
    def unit(self) -> str:
        """Who is written to."""
        return unit_name(self.entry.unit or self.view.portal.name)

    @property
    def told(self) -> Issued | None:
        """The notice in force: the newest of the present round, if it went to the unit that answers for it now."""
        since = self.entry.handed_out
        newest = next((one for one in reversed(self.handed) if since is not None and one.at >= since), None)
        return newest if newest is not None and newest.unit == self.unit else None

    @property
    def pressing(self) -> str:
        """Why it is to be pressed for, "" where it is not."""
        if self.entry.overdue:
            return "逾期未整改"
        return "整改后反弹" if self.entry.handed_out is None and self.handed else ""


def make(engine: Engine, tone: Tone, wanted: Iterable[str] | None, unit: str, days: int, setting: Setting) -> Made:
    """Returns the notices of one tone for portals (None: all), or of one unit; issues what is new where somebody does.

    `days` is how far a 提示单 looks ahead. Raises StepRefusedError, StorageError.
    """
    names = None if wanted is None else set(wanted)
    if tone is Tone.TIP:
        new, again = _tips(engine, names, unit, days, setting)
    else:
        new, again = _handed(engine, tone, names, unit, setting)
    if not setting.who:
        return Made((*(notice for notice, _ in new), *again), len(new), drafts=True)
    numbering = Numbering(setting.office.code, letters())
    kept = issue(
        engine,
        [draft for _, draft in new],
        numbering,
        who=setting.who,
        at=setting.at,
        issuer=setting.office.name,
        rules=setting.rules,
        calendar=setting.calendar,
    )
    return Made((*(notice_of(one.content) for one in kept), *again), len(kept), drafts=False)


_New = list[tuple[Notice, Draft]]


def _handed(
    engine: Engine, tone: Tone, names: set[str] | None, unit: str, setting: Setting
) -> tuple[_New, list[Notice]]:
    groups: dict[str, list[_Case]] = {}
    force: dict[str, Issued] = {}
    for case in _cases(engine, names, setting):
        to = case.unit
        if (unit and to != unit) or case.entry.state in _WAITING:
            continue
        if case.pressing:
            if tone is Tone.PRESS:
                groups.setdefault(to, []).append(case)
        elif (told := case.told) is not None:
            if told.tone is tone:
                force[told.number] = told
        elif tone is Tone.ORDER:
            groups.setdefault(to, []).append(case)
    new = [_draft(tone, to, cases, setting) for to, cases in sorted(groups.items())]
    return new, [notice_of(one.content) for one in force.values()]


def _cases(engine: Engine, names: set[str] | None, setting: Setting) -> list[_Case]:
    seen = audited(engine)
    found: list[tuple[AuditView, FindingView]] = []
    for portal in portals(engine):
        if portal.id in seen and (names is None or portal.id in names):
            view = masked(audit_view(engine, portal=portal.id, now=setting.at, calendar=setting.calendar))
            found += [(view, finding) for finding in standing(view)]
    past: dict[str, list[Issued]] = {}
    for one in issued(engine, [finding.fingerprint for _, finding in found]):
        for topic in one.topics:
            past.setdefault(topic.finding or topic.subject, []).append(one)
    return [
        _Case(view, finding, view.ledger[finding.fingerprint], tuple(past.get(finding.fingerprint, ())))
        for view, finding in found
    ]


def _draft(tone: Tone, to: str, cases: Sequence[_Case], setting: Setting) -> tuple[Notice, Draft]:
    # What somebody handed out in the ledger already keeps its deadline.
    fresh = [case.finding.fingerprint for case in cases if case.pressing or case.entry.handed_out is None]
    sites = tuple(dict.fromkeys(f"{case.view.portal.name}（{case.view.portal.home}）" for case in cases))

    def noticed(number: str, entries: Mapping[str, LedgerEntry]) -> Notice:
        items = tuple(_item(case, entries.get(case.finding.fingerprint), setting) for case in cases)
        until = _objection_until(setting)
        return Notice(tone, number, to, sites, items, setting.at, setting.who, setting.office, until)

    topics = tuple(Topic(case.finding.fingerprint, case.finding.fingerprint) for case in cases)
    known = frozenset(one.number for case in cases for one in case.past)
    draft = Draft(tone, to, topics, tuple(fresh), lambda number, entries: noticed(number, entries).content(), known)
    return noticed("", {}), draft


def _item(case: _Case, entry: LedgerEntry | None, setting: Setting) -> Item:
    finding = case.finding
    if entry is not None:
        due, why_not = entry.deadline, entry.deadline_note
    elif case.entry.handed_out is not None and not case.pressing:
        due, why_not = case.entry.deadline, case.entry.deadline_note
    else:  # a draft: the deadline it would get
        rules = setting.rules if setting.rules is not None else read_rules()
        rule = rule_for(rules, setting.office.name, finding.severity, finding.kind)
        limit = limit_by(rule, setting.at, setting.calendar) if rule is not None else None
        due, why_not = (limit.at, limit.note) if limit is not None else (None, "")
    kept = [case.view.evidence[digest] for digest in finding.evidence if digest in case.view.evidence]
    shots = [one for one in kept if one.kind == "screenshot"][:SHOTS]
    return Item(
        number=finding.number,
        site=case.view.portal.name,
        what=finding.message,
        url=finding.subject,
        page=finding.occurrences[0].page if finding.occurrences else "",
        column=finding.column,
        basis=finding.clause,
        remedy=finding.remedy,
        due=due,
        note=why_not or ("" if due else "另行通知"),
        earlier=case.handed[-1].number if case.handed else "",
        why=case.pressing,
        shots=tuple(one.sha256 for one in shots),
        taken=f"{shots[0].url}  {china(shots[0].at)}" if shots else "",
    )


def _objection_until(setting: Setting) -> str:
    try:
        last = setting.calendar.add(day_of(setting.at), setting.office.objection_days)
    except CalendarUnknownError as unknown:
        return note(unknown)
    return f"{day(last)}（收到之日起{setting.office.objection_days}个工作日）"


def _tips(engine: Engine, names: set[str] | None, unit: str, days: int, setting: Setting) -> tuple[_New, list[Notice]]:
    # What went by since the last audit is no tip any more: it is looked at first.
    coming = [
        due
        for due in forecast(engine, names, setting.at, days)
        if due.left >= 0 and (due.kind != "deadline" or due.left <= remind_days())
    ]
    past: dict[str, Issued] = {}
    for one in issued(engine, [due.subject for due in coming]):
        past |= dict.fromkeys((topic.subject for topic in one.topics), one)
    groups: dict[str, list[Due]] = {}
    force: dict[str, Issued] = {}
    for due in coming:
        to = unit_name(due.unit)
        if unit and to != unit:
            continue
        if due.subject in past:
            force[past[due.subject].number] = past[due.subject]
        else:
            groups.setdefault(to, []).append(due)
    new = [_tip(to, found, setting) for to, found in sorted(groups.items())]
    return new, [notice_of(one.content) for one in force.values()]


def _tip(to: str, found: Sequence[Due], setting: Setting) -> tuple[Notice, Draft]:
    items = tuple(
        Item(number=due.number, site=due.site, what=due.what, url=due.url, basis=due.basis, due=_end(due))
        for due in found
    )
    sites = tuple(dict.fromkeys(due.site for due in found))
    notice = Notice(Tone.TIP, "", to, sites, items, setting.at, setting.who, setting.office)
    topics = tuple(Topic(due.subject, due.finding) for due in found)
    return notice, Draft(Tone.TIP, to, topics, (), lambda number, _: replace(notice, number=number).content())


def _end(due: Due) -> dt.datetime:
    clock = dt.time.fromisoformat(due.until) if due.until else dt.time(23, 59)
    return dt.datetime.combine(due.day, clock, CHINA)
