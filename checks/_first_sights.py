"""Items whose date lies long before the day they were first seen, although earlier audits read their list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from checks._columns import list_items, page_of
from checks._outlines import unreadable
from checks._tally import Tally
from checks._words import path_of
from checks.base import Artifacts, Finding, Outcome
from portal.artifacts import ColumnRecord
from portal.facts import ListItem
from portal.history import ListReading
from portal.zone import CHINA

KIND = "listed_late"


def listed(artifacts: Artifacts) -> Iterator[tuple[ColumnRecord, tuple[ListItem, ...]]]:
    """Yields every column whose own list was read in this audit, with the items on its first page."""
    for url in sorted(artifacts.columns):
        page = page_of(artifacts, url)
        if page is not None and not page.carried and unreadable(page) is None and (items := list_items(page)):
            yield artifacts.columns[url], items


def judge_first_sights(tally: Tally, artifacts: Artifacts, late_days: int) -> int:
    """Notes every item that should have been seen long ago and was not; returns how many.

    Proof is a sound earlier audit that read the same list more than `late_days` after the date the item claims, found
    it to reach back beyond that date, and did not see the item anywhere. It stays a hint for a person.
    """
    history = artifacts.history
    known = {finding.subject for finding in artifacts.known if finding.check == tally.meta.id and finding.kind == KIND}
    if history is None or not (history.lists or known):
        return 0  # no earlier reading that could prove anything
    today = artifacts.summary.started.astimezone(CHINA).date()
    seen: set[str] = set()
    for column, items in listed(artifacts):
        late = []
        for item in items:
            if not item.url or item.date is None or item.url in seen:
                continue
            first = history.first_seen(item) or today
            proof = history.without(column.url, item.date, first, late_days)
            if proof is not None:
                late.append(_finding(artifacts, column, item, item.date, first, proof))
            elif item.url in known and (first - item.date).days <= late_days:
                tally.clear(KIND, item.url)  # its date was put right
        if len(late) * 2 > len(items):
            continue  # the page shows another list than it did: that is no trick with dates
        for finding in late:
            seen.add(finding.subject)
            tally.bad(finding)
    return len(seen)


def _finding(
    artifacts: Artifacts,
    column: ColumnRecord,
    item: ListItem,
    claimed: dt.date,
    first: dt.date,
    proof: ListReading,
) -> Finding:
    page = page_of(artifacts, column.url)
    return Finding(
        kind=KIND,
        subject=item.url,
        outcome=Outcome.SUSPECT,
        title=item.title,
        column=path_of(column),
        level=column.level,
        facts={
            "date": claimed.isoformat(),
            "first_seen": first.isoformat(),
            "late": (first - claimed).days,
            "absent": proof.day.isoformat(),
            "reached": proof.oldest.isoformat(),
            "list": column.url,
        },
        evidence=(page.fetch.evidence,) if page is not None and page.fetch.evidence else (),
        confirmations=1,
    )
