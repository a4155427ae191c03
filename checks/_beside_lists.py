"""What a column shows beside its list: a headline with a picture, three covers above the rows, a second block.

Such an item is the column's own where its page stands in the column's folder, or names the column in its breadcrumb.
Asked before a column is called out of date: the reader keeps one list of a page.

seen: columns of news whose newest item is the headline above the list, and never in it
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from msgspec.structs import replace

from checks._columns import Dated, folder_of, list_items, page_of
from checks._freshness import Freshness
from checks._outlines import ARTICLE_KINDS
from checks.base import Artifacts
from portal.artifacts import Absence, ColumnRecord
from portal.facts import Region
from portal.text import fold_title
from portal.urls import normalise

AT_ONCE = 14  # days: no column is asked for more
_NEVER = dt.date.max
_AROUND = frozenset({Region.HEADER, Region.FOOTER, Region.NAV})


def with_items_beside(artifacts: Artifacts, ages: Mapping[str, Freshness]) -> dict[str, Freshness]:
    """Returns the ages of columns, where an item that stands beside the list of one is newer, or tells the only day,
    with that as its newest."""
    late = artifacts.as_of - dt.timedelta(days=AT_ONCE)
    wanted = {url: newest for url, age in ages.items() if (newest := _after(age, late)) is not _NEVER}
    if not wanted:
        return dict(ages)
    earliest = min(wanted.values())
    folders = {url: folder_of(url) for url in wanted}
    listed: dict[str, frozenset[str]] = {}
    best: dict[str, Dated] = {}
    for url, item in artifacts.outlines.items():
        if item.date is None or item.unreadable or item.kind not in ARTICLE_KINDS or url in artifacts.columns:
            continue
        date = item.date[0]
        if not earliest < date <= artifacts.as_of or url not in artifacts.link_outlines:
            continue
        for place in artifacts.links[url].occurrences:
            at = place.page
            if at not in wanted or not place.visible or place.region in _AROUND:
                continue
            if date <= (best[at].date if at in best else wanted[at]):
                continue
            if at not in listed:
                listed[at] = _dated_rows(artifacts, at)
            if url in listed[at]:
                continue  # what the list itself says of its items counts
            if (folders[at] and url.startswith(folders[at])) or _names(artifacts, url, artifacts.columns[at]):
                best[at] = Dated(url, item.title, *item.date)
    return {
        url: replace(age, newest=best[url], reason=None, undated=False) if url in best else age
        for url, age in ages.items()
    }


def _after(age: Freshness, late: dt.date) -> dt.date:
    """Returns the day after which an item beside the list changes what is said of a column, _NEVER where none does. Of
    a list that hides its newest item an older one tells nothing."""
    if age.newest is not None:
        return age.newest.date if age.newest.date < late else _NEVER
    if age.undated:
        return dt.date.min
    return late if age.reason is Absence.UNDECIDED else _NEVER


def _dated_rows(artifacts: Artifacts, url: str) -> frozenset[str]:
    """Returns the addresses of the items that the list of a column dates itself."""
    page = page_of(artifacts, url)
    items = list_items(page) if page is not None else ()
    return frozenset(normalise(item.url) for item in items if item.url and item.date is not None)


def _names(artifacts: Artifacts, url: str, column: ColumnRecord) -> bool:
    """Returns whether the breadcrumb of a page names a column as the one it stands in: as its last step, or the one
    before its own title."""
    page = page_of(artifacts, url)
    facts = page.facts if page is not None else None
    name = fold_title(column.name)
    return facts is not None and any(fold_title(step.text) == name for step in facts.breadcrumb[-2:])
