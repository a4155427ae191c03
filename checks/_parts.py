"""Pages that show a part of a column's list, and are no columns of their own: its single years, and its list sorted or
narrowed by a query.

seen: jyt.gansu.gov.cn__01_column (2024 2023 … 2009 above one list); platforms whose tabs 2026年 2025年 lead to pages
of their own, each headed by the name of the column; heads of tables that sort (?C=M), kinds before titles (?lx=1)
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
from portal.urls import normalise
from portal.vocabulary import load


@cache
def _year_alone() -> re.Pattern[str]:
    return re.compile(load("columns")["yearly"]["names"])


def parts_of(artifacts: Artifacts, children: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Returns the pages that show a part of a column, by the column. `children` are those of every column.

    A page of a year is called by the year alone wherever a link leads to it, and is itself called so or as the column
    it stands below; one year alone makes no list by years. A list sorted or narrowed is called as the column and has
    its address, but for a query; what it shows stands in the column's list, too, or it shows nothing.
    """
    nearest: dict[str, str] = {}
    # Of two columns above it the one with the longer address is nearer.
    for above in sorted(artifacts.columns, key=len):
        nearest |= dict.fromkeys(children.get(above, ()), above)
    plain = {url: url.partition("?")[0] for url in artifacts.columns if "?" in url}
    nearest |= {url: above for url, above in plain.items() if above in artifacts.columns}
    years: defaultdict[str, list[str]] = defaultdict(list)
    views: defaultdict[str, list[str]] = defaultdict(list)
    for url, above in sorted(nearest.items()):
        part, whole = artifacts.columns.get(url), artifacts.columns.get(above)
        if part is None or whole is None or part.declared:
            continue  # its owner says that it is a column
        if _is_a_year(artifacts, part, whole):
            years[above].append(url)
        elif _is_a_view(artifacts, part, whole):
            views[above].append(url)
    told = {above: tuple(parts) for above, parts in years.items() if len(parts) > 1}
    return told | {above: (*told.get(above, ()), *parts) for above, parts in views.items()}


def _is_a_year(artifacts: Artifacts, part: ColumnRecord, whole: ColumnRecord) -> bool:
    if _year_alone().match(part.name):
        return True
    link = artifacts.links.get(part.url) if fold_title(part.name) == fold_title(whole.name) else None
    texts = [place.text for place in link.occurrences if place.text] if link is not None else []
    return bool(texts) and all(_year_alone().match(text) for text in texts)


def _is_a_view(artifacts: Artifacts, part: ColumnRecord, whole: ColumnRecord) -> bool:
    if part.url.partition("?")[0] != whole.url or fold_title(part.name) != fold_title(whole.name):
        return False
    own, shown = _listed(artifacts, whole.url), _listed(artifacts, part.url)
    return bool(own) and (not shown or 2 * len(own & shown) >= min(len(own), len(shown)))


def _listed(artifacts: Artifacts, url: str) -> frozenset[str]:
    page = page_of(artifacts, url)
    items = list_items(page) if page is not None else ()
    return frozenset(normalise(item.url) or item.title for item in items)


def filled_parts(artifacts: Artifacts, parts: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Returns the parts of columns that show something in their own list or in any part of it."""

    def shows(url: str) -> bool:
        page = page_of(artifacts, url)
        return page is not None and bool(list_items(page))

    return frozenset(url for above, held in parts.items() if any(map(shows, (above, *held))) for url in held)


def as_one(ages: Mapping[str, Freshness], parts: Mapping[str, Iterable[str]]) -> dict[str, Freshness]:
    """Returns the ages of columns, where one that is shown in parts is as new as the newest of them, and no part has an
    age of its own. What a part that was not read holds may be newer still."""
    joined = dict(ages)
    for above, held in parts.items():
        own = [age for url in (above, *held) if (age := joined.pop(url, None)) is not None]
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
