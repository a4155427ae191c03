"""Columns that show their list year by year: the page of one year is a part of its column, and no column of its own.

seen: jyt.gansu.gov.cn__01_column (2024 2023 … 2009 above one list); platforms whose tabs 2026年 2025年 lead to pages
of their own, each headed by the name of the column
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from msgspec.structs import replace

from checks._columns import list_items, page_of
from checks._freshness import Freshness
from checks.base import Artifacts
from portal.artifacts import ColumnRecord
from portal.text import fold_title
from portal.vocabulary import load


@cache
def _year_alone() -> re.Pattern[str]:
    return re.compile(load("columns")["yearly"]["names"])


def years_of(artifacts: Artifacts, children: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Returns the pages of single years by the column they are parts of. `children` are those of every column.

    A page of a year is called by the year alone wherever a link leads to it, and is itself called so or as the column
    it stands below; one year alone makes no list by years.
    """
    nearest: dict[str, str] = {}
    for above in sorted(
        artifacts.columns, key=len
    ):  # of two columns above it the one with the longer address is nearer
        nearest |= dict.fromkeys(children.get(above, ()), above)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for url, above in sorted(nearest.items()):
        part, whole = artifacts.columns.get(url), artifacts.columns.get(above)
        if part is not None and whole is not None and _is_a_year(artifacts, part, whole):
            found[above].append(url)
    return {above: tuple(parts) for above, parts in found.items() if len(parts) > 1}


def _is_a_year(artifacts: Artifacts, part: ColumnRecord, whole: ColumnRecord) -> bool:
    if part.declared:
        return False  # its owner says that it is a column
    if _year_alone().match(part.name):
        return True
    link = artifacts.links.get(part.url) if fold_title(part.name) == fold_title(whole.name) else None
    texts = [place.text for place in link.occurrences if place.text] if link is not None else []
    return bool(texts) and all(_year_alone().match(text) for text in texts)


def filled_years(artifacts: Artifacts, years: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Returns the pages of single years whose column shows something in its own list or in that of any year."""

    def shows(url: str) -> bool:
        page = page_of(artifacts, url)
        return page is not None and bool(list_items(page))

    return frozenset(url for above, parts in years.items() if any(map(shows, (above, *parts))) for url in parts)


def as_one(ages: Mapping[str, Freshness], years: Mapping[str, Iterable[str]]) -> dict[str, Freshness]:
    """Returns the ages of columns, where one that is shown year by year is as new as the newest of its years, and no
    year has an age of its own. What a year that was not read holds may be newer still."""
    joined = dict(ages)
    for above, parts in years.items():
        own = [age for url in (above, *parts) if (age := joined.pop(url, None)) is not None]
        if own:
            joined[above] = _newest(own)
    return joined


def _newest(ages: Sequence[Freshness]) -> Freshness:
    best: Freshness | None = None
    for age in ages:
        if age.newest is not None and (best is None or best.newest is None or age.newest.date > best.newest.date):
            best = age
    if best is None:
        return next((age for age in ages if not age.empty), ages[0])
    future = tuple(dict.fromkeys(one for age in ages for one in age.future))
    unread = any(age.reason is not None for age in ages)
    return replace(best, future=future, unseen_share=1.0 if unread else max(age.unseen_share for age in ages))
