"""Reproducible draws: which of the published titles a portal's search is asked for.

No random numbers: members are ranked by a hash of the seed and the member, so the same seed over the same candidates
always draws the same members, and a new candidate never changes the rank of the others.

Source of the rules: 随机选取4条 of published information, of several kinds of column; published long enough ago that
the site's index can know them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from portal.artifacts import ColumnRecord, PageRecord, SearchTitle
from portal.facts import PageFacts, PageKind
from portal.model import ColumnKind

GRACE_DAYS = 7  # calendar days between publication and the day the index must know it
SHORTEST = 6  # characters after folding: shorter titles hit by accident
LONGEST = 60  # boxes cut longer input
_HAN = re.compile("[\u4e00-\u9fff]")
ELLIPSES = ("...", "…", "⋯")

# Kinds an assessor draws from first; the rest follows in the order of its name.
_PREFERRED = (
    ColumnKind.POLICY,
    ColumnKind.NOTICE,
    ColumnKind.NEWS,
    ColumnKind.LETTERS,
    ColumnKind.GUIDE,
    ColumnKind.INTERPRETATION,
)
# Kinds whose pages are no single publications with a title of their own.
_NOT_DRAWN = frozenset({PageKind.HOME, PageKind.COLUMN, PageKind.COLUMN_INDEX, PageKind.SEARCH, PageKind.ERROR})


def draw_titles(
    candidates: Sequence[SearchTitle],
    n: int,
    seed: str,
    as_of: dt.date,
) -> tuple[SearchTitle, ...]:
    """Returns up to `n` titles, spread over the column kinds, reproducible from `seed`.

    Only titles published at least GRACE_DAYS before `as_of` (Asia/Shanghai calendar days), long enough to be told
    apart, not cut short by the list they stood in, and unique are drawn. Fewer come back when there are not enough.
    Titles without a Chinese character serve where there are no others: they are those of foreign editions, which have a
    search of their own or none.
    """
    eligible = eligible_titles(candidates, as_of)
    eligible = tuple(title for title in eligible if _HAN.search(title.title)) or eligible
    groups: dict[ColumnKind, list[SearchTitle]] = {}
    for title in sorted(eligible, key=lambda t: _rank(seed, t.url, t.title)):
        groups.setdefault(title.column_kind, []).append(title)
    order = sorted(groups, key=_preference)
    drawn: list[SearchTitle] = []
    while len(drawn) < n and any(groups.values()):
        for kind in order:
            if groups[kind] and len(drawn) < n:
                drawn.append(groups[kind].pop(0))
    return tuple(drawn)


def eligible_titles(candidates: Iterable[SearchTitle], as_of: dt.date) -> tuple[SearchTitle, ...]:
    """Returns the candidates that may be drawn, in their order; of titles that read the same none is drawn.

    Two documents of one title cannot be told apart on a result page, so neither serves as a question. A title without
    a date is not drawn: it may be younger than the grace period.
    """
    latest = as_of - dt.timedelta(days=GRACE_DAYS)
    unique: dict[str, SearchTitle] = {}
    for candidate in candidates:
        unique.setdefault(candidate.url, candidate)
    counts: dict[str, int] = {}
    for candidate in unique.values():
        key = _folded(candidate.title)
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        title
        for title in unique.values()
        if title.published is not None
        and title.published <= latest
        and title.url
        and counts[_folded(title.title)] == 1
        and _searchable(title.title)
    )


def candidates_from(
    pages: Iterable[PageRecord], columns: Mapping[str, ColumnRecord] | Iterable[ColumnRecord]
) -> tuple[SearchTitle, ...]:
    """Returns every published item of the pages read, with the column whose list holds it, in order of its URL.

    Only pages that were opened and answered well are candidates: a title known from a list alone may lead nowhere.
    """
    by_url = dict(columns) if isinstance(columns, Mapping) else {column.url: column for column in columns}
    found: dict[str, SearchTitle] = {}
    for page in pages:
        facts = page.rendered or page.facts
        if facts is None or page.fetch.outcome.failed or facts.kind in _NOT_DRAWN or facts.challenge or facts.redirect:
            continue
        column = next((by_url[url] for url in page.columns if url in by_url), None)
        title = _title_of(page, facts)
        if column is None or not title:
            continue
        published = facts.pub_date.date if facts.pub_date else page.list_date
        path = ">".join(column.path) or column.name
        found.setdefault(page.url, SearchTitle(title, page.url, published, path, column.kind))
    return tuple(found[url] for url in sorted(found))


def _title_of(page: PageRecord, facts: PageFacts) -> str:
    # The list's title is what the owner published; the page's own wins because lists cut.
    return facts.title.strip() or page.list_title.strip()


def _searchable(title: str) -> bool:
    text = title.strip()
    if text.endswith(ELLIPSES) or any(unicodedata.category(char) in {"Cc", "Co", "Cn"} for char in text):
        return False
    return len(_folded(text)) >= SHORTEST and len(text) <= LONGEST


def _folded(title: str) -> str:
    text = unicodedata.normalize("NFKC", title).casefold()
    return "".join(char for char in text if char.isalnum())


def _preference(kind: ColumnKind) -> tuple[int, str]:
    return (_PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED), kind.value)


def _rank(seed: str, *parts: str) -> str:
    return hashlib.sha256("|".join((seed, *parts)).encode()).hexdigest()
