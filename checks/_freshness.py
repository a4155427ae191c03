"""How fresh a column is: its limit by kind, the newest of its items, and what stands in the way of saying so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec import Struct

from checks._columns import Dated, dated_items, list_items, outline_at, page_of, unrendered
from checks._outlines import PageOutline, unreadable, view_of
from checks.base import Artifacts
from portal.artifacts import Absence, ColumnRecord, PageRecord
from portal.columns import column_kind
from portal.facts import ListItem, Rung
from portal.model import ColumnForm, ColumnKind
from portal.vocabulary import VocabularyError, load


@dataclass(frozen=True, slots=True)
class Limit:
    """The freshness duty of a column: calendar days, the demand in Chinese, the veto group; or why there is none."""

    days: int = 0
    demand: str = ""
    veto: str = ""
    exempt: str = ""
    future_dates: bool = False
    of_kind: bool = True  # the limit of the column's kind; False: the kind is meant for others than this column


class Freshness(Struct, frozen=True):
    """What was read of one column's age. Exactly one of `newest`, `reason`, `undated` and `empty` says something."""

    newest: Dated | None = None
    reason: Absence | None = None
    undated: bool = False
    empty: bool = False
    future: tuple[Dated, ...] = ()
    unseen_share: float = 0.0  # items whose date may stand in an article nobody opened, of all items


@cache
def _kinds() -> Mapping[ColumnKind, Mapping[str, Any]]:
    table = load("freshness")["kinds"]
    if lacking := [kind.value for kind in ColumnKind if kind.value not in table]:
        raise VocabularyError(f"vocabulary freshness.toml: kinds.{lacking[0]} is missing")
    return {kind: table[kind.value] for kind in ColumnKind}


@cache
def _named() -> tuple[tuple[re.Pattern[str], frozenset[ColumnKind], Mapping[str, Any]], ...]:
    """Returns the columns whose names say their duty: pattern, the kinds it is looked for in (none: any), the entry."""
    return tuple(
        (re.compile(entry["names"]), frozenset(map(ColumnKind, entry.get("kinds", ()))), entry)
        for entry in load("freshness")["columns"]
    )


@cache
def _called() -> Mapping[ColumnKind, re.Pattern[str]]:
    """Returns what columns are called for which the limit of their kind is meant, by kind."""
    return {kind: re.compile(entry["names"]) for kind, entry in _kinds().items() if "names" in entry}


@cache
def _first_level() -> frozenset[ColumnKind]:
    """Returns the kinds whose limit holds for a column of the first level (一级栏目) with all that is below it."""
    return frozenset(kind for kind, entry in _kinds().items() if entry.get("first_level"))


def kind_words(kind: ColumnKind) -> str:
    """Returns the kind of a column in Chinese."""
    return str(_kinds()[kind]["words"])


def limit_of(column: ColumnRecord, days: Mapping[ColumnKind, int], *, with_class: bool = False) -> Limit:
    """Returns the duty of a column: its own limit_days, else what its name says, else `days` of its kind, else the
    vocabulary's. `with_class`: it stands below a column of its kind which, taken as a whole, is in time."""
    entry = _kinds()[column.kind]
    if column.exempt:
        return Limit(exempt=column.exempt)
    if column.form is ColumnForm.ARCHIVE:
        return Limit(exempt="已标明归档、不再更新")
    named = next((e for names, kinds, e in _named() if _fits(column, names, kinds)), {})
    future = bool(entry.get("future_dates") or named.get("future_dates"))
    veto = str(entry.get("veto", "other"))
    if column.limit_days is not None:
        return Limit(column.limit_days, f"{column.limit_days}天内更新", veto, future_dates=future)
    if "exempt" in named:
        return Limit(exempt=str(named["exempt"]))
    if "exempt" in entry and column.kind not in days:
        return Limit(exempt=str(entry["exempt"]))
    if column.kind in days:
        return Limit(days[column.kind], f"{days[column.kind]}天内更新", veto, future_dates=future)
    if named:
        return Limit(int(named["days"]), str(named["demand"]), "other", future_dates=future)
    names = _called().get(column.kind)
    if with_class or (names is not None and not column.declared and not names.search(column.name)):
        other = _kinds()[ColumnKind.OTHER]
        return Limit(int(other["days"]), str(other["demand"]), str(other["veto"]), future_dates=future, of_kind=False)
    return Limit(int(entry["days"]), str(entry["demand"]), veto, future_dates=future)


def _fits(column: ColumnRecord, names: re.Pattern[str], kinds: frozenset[ColumnKind]) -> bool:
    return (not kinds or column.kind in kinds) and names.search(column.name) is not None


def class_of(column: ColumnRecord) -> tuple[str, ...]:
    """Returns the steps down to the first one of the column's own kind, where that kind has a limit for columns of the
    first level (政务公开 > 政策文件 of 政务公开 > 政策文件 > 部门文件): its own path where it is that one; else ()."""
    if column.kind not in _first_level():
        return ()
    for depth, step in enumerate(column.path, 1):
        if column_kind(step) is column.kind:
            return column.path[:depth]
    return ()


def classes_in_time(
    ages: Mapping[str, Freshness], columns: Mapping[str, ColumnRecord], days: Mapping[ColumnKind, int], as_of: dt.date
) -> frozenset[tuple[str, ...]]:
    """Returns the classes of columns (`class_of`) in which any column was updated within the limit of the kind."""
    found: set[tuple[str, ...]] = set()
    for url, age in ages.items():
        column = columns[url]
        if age.newest is not None and (steps := class_of(column)):
            limit = days.get(column.kind, int(_kinds()[column.kind]["days"]))
            if (as_of - age.newest.date).days <= limit:
                found.add(steps)
    return frozenset(found)


def freshness(artifacts: Artifacts, column: ColumnRecord, members: list[PageOutline], opened_floor: int) -> Freshness:
    """Returns the newest item of a list column, or why none can be named.

    Dates after `as_of` never count. `undated` needs every opened article to be without a date, and `opened_floor` of
    them (or all items) to be opened: an item nobody opened may carry its date inside.
    """
    page = page_of(artifacts, column.url)
    if reason := unreadable(page):
        if not members:
            return Freshness(reason=reason)
        items: tuple[ListItem, ...] = ()
    else:
        assert page is not None
        items = list_items(page)
    if not items and not members:
        assert page is not None
        facts = view_of(page)
        # What the source shows nothing of a script may draw, unless it says in words why there is nothing.
        silent = facts is not None and (facts.scripted_list or (facts.empty_list and not facts.empty_reason))
        if page.rendered is None and silent:
            return Freshness(reason=unrendered(artifacts, page))
        if facts is not None and (facts.empty_list or facts.under_construction or facts.empty_reason):
            return Freshness(empty=True)
        return Freshness(reason=Absence.UNDECIDED)
    found = list(dated_items(artifacts, items, members))
    dated = [_settled(artifacts, one) for one in found if isinstance(one, Dated)]
    blank = [one for one in found if not isinstance(one, Dated)]
    past = [one for one in dated if one.date <= artifacts.as_of]
    future = tuple(one for one in dated if one.date > artifacts.as_of)
    if past:
        newest = max(past, key=lambda one: (one.date, one.url, one.title))
        unseen = sum(not was_opened for _, was_opened in blank) / len(found)
        if page is not None and _grows_at_the_end(page, column, items, artifacts.as_of):
            unseen = 1.0  # what is hidden may be newer still: of use where what is seen is too old
        return Freshness(newest=newest, future=future, unseen_share=unseen)
    opened = sum(was_opened for _, was_opened in blank)
    if blank and not future and opened >= min(opened_floor, len(blank)):
        return Freshness(undated=True)
    return Freshness(reason=Absence.UNDECIDED, future=future)


def _settled(artifacts: Artifacts, one: Dated) -> Dated:
    """A list may show the day something ends; where the article was opened, its own day corrects a future one."""
    if one.date <= artifacts.as_of or one.rung is not Rung.LIST:
        return one
    page = outline_at(artifacts, one.url) if one.url else None
    own = page.date if page is not None else None
    return Dated(one.url, one.title, *own) if own is not None and own[0] <= artifacts.as_of else one


def _grows_at_the_end(page: PageRecord, column: ColumnRecord, items: tuple[ListItem, ...], as_of: dt.date) -> bool:
    """A list sorted from old to new whose later pages were not read hides its newest item."""
    facts = view_of(page)
    pager = facts.pager if facts is not None else None
    if pager is None or (pager.pages <= column.pages_read and not (pager.pages == 0 and pager.next_urls)):
        return False
    days = [item.date for item in items if item.date is not None and item.date <= as_of and not item.pinned]
    return len(set(days)) >= 3 and days == sorted(days)
