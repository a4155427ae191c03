"""Dates that cannot be believed: later than the day of the audit, or contradicted by the page or its address."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from checks._columns import Dated, page_of
from checks._outlines import ARTICLE_KINDS, PageOutline
from checks._tally import Tally
from checks._words import column_of
from checks.base import Artifacts, Finding, Outcome
from portal.dates import date_from_url
from portal.facts import Rung


def judge_future(tally: Tally, artifacts: Artifacts, future: Mapping[str, tuple[Dated, str]]) -> int:
    """Notes items dated after `as_of`, given by URL, each with the path of its column; returns how many."""
    for url in sorted(future):
        item, column = future[url]
        page = page_of(artifacts, url)
        tally.bad(
            Finding(
                kind="future_date",
                subject=url,
                outcome=Outcome.FAIL,
                title=item.title,
                column=column,
                facts={"date": item.date.isoformat(), "as_of": artifacts.as_of.isoformat(), "rung": item.rung.value},
                evidence=(page.fetch.evidence,) if page is not None and page.fetch.evidence else (),
                confirmations=1,
            )
        )
    return len(future)


def judge_backdated(tally: Tally, artifacts: Artifacts, *, written_gap: int, url_gap: int, migrated: int) -> None:
    """Hints at articles whose publication date contradicts 成文日期 or the date in their address.

    `written_gap` and `url_gap` are days, `migrated` a number of articles: see `update_freshness.Params`.
    """
    by_address: Counter[dt.date] = Counter()
    claims: list[tuple[PageOutline, dt.date, dt.date | None]] = []
    for url, page in artifacts.outlines.items():
        if page.kind not in ARTICLE_KINDS or url in artifacts.columns:
            continue
        if page.own is None or page.own[1] not in {Rung.TEXT, Rung.TABLE, Rung.BYLINE}:
            continue
        claimed = page.own[0]
        address = date_from_url(url)
        claims.append((page, claimed, address))
        if address is not None and abs((address - claimed).days) > url_gap:
            by_address[address] += 1
    for page, claimed, address in claims:
        url, other = page.url, _contradiction(page, claimed, address, by_address, written_gap, url_gap, migrated)
        if other is None:
            tally.clear("backdated", url)
            if claimed <= artifacts.as_of:
                tally.clear("future_date", url)
            continue
        tally.bad(
            Finding(
                kind="backdated",
                subject=url,
                outcome=Outcome.SUSPECT,
                title=page.title,
                column=column_of(artifacts, url),
                level=page.level,
                facts={"date": claimed.isoformat(), "other": other[0], "other_date": other[1].isoformat()},
                evidence=tuple(filter(None, (artifacts.pages[url].fetch.evidence,))),
                confirmations=1,
            )
        )


def _contradiction(
    page: PageOutline,
    claimed: dt.date,
    address: dt.date | None,
    by_address: Mapping[dt.date, int],
    written_gap: int,
    url_gap: int,
    migrated: int,
) -> tuple[str, dt.date] | None:
    """Returns the date that contradicts the claimed one, and what it is in Chinese; None where none does."""
    if page.written is not None and (page.written - claimed).days >= written_gap:
        return "成文日期", page.written
    if address is None or abs((address - claimed).days) <= url_gap or by_address[address] >= migrated:
        return None
    if page.signed is not None and abs((address - page.signed).days) <= url_gap:
        # The address carries the day of writing; publication may come later.
        return None
    return "网址中的日期", address
