"""Which result of a search is the document a drawn title names: the same address, or the same title after folding."""

from __future__ import annotations

from msgspec import Struct

from portal.artifacts import SearchSession, SearchStatus
from portal.decorated import begins_same, holds, names_same
from portal.facts import SearchHit
from portal.model import Portal
from portal.results import counts_only, leads_to
from portal.text import fold_title, is_truncated
from portal.urls import host_of, registrable, site_hosts

_WHOLE, _SUMMARY = 12, 20  # characters of a title that is no other one's beginning, and of the shortest summary


class Match(Struct, frozen=True):
    """A result that may be the drawn document. `doubt` is what speaks against it, "" where nothing does."""

    rank: int  # 1 is the first hit
    hit: SearchHit
    how: str  # 网址, 标题
    doubt: str = ""


def answered(session: SearchSession) -> bool:
    """Returns whether a session came to an answer that was read.

    A page that promises results and yields none to the reader is unread, not without results.
    """
    return session.status is SearchStatus.ANSWERED and not (not session.hits and (session.total or 0) > 0)


def best_match(session: SearchSession, portal: Portal, *, date_tolerance: int, other_issue: int) -> Match | None:
    """Returns the first result that is the drawn document; without one, the first that only may be.

    Both limits are in days: of a cut title, and from which the same title may be another year's document.
    """
    for rank, hit in enumerate(session.hits, 1):
        if hit.url and leads_to(hit.url, session.drawn.url):
            return Match(rank, hit, "网址")
    doubtful: Match | None = None
    labels = (portal.name, *session.drawn.column.split(">"))
    for rank, hit in enumerate(session.hits, 1):
        apart = _days_apart(hit, session)
        if not names_same(hit.title, session.drawn.title, labels):
            if begins_same(hit.title, session.drawn.title) and apart <= date_tolerance:
                doubtful = doubtful or Match(rank, hit, "标题", "标题显示不全的信息")
            elif _begins_with(hit.title, session.drawn.title):
                doubtful = doubtful or Match(rank, hit, "标题", "以该标题开头的文字")
            elif holds(hit.title, session.drawn.title):
                doubtful = doubtful or Match(rank, hit, "标题", "含有该标题的文字")
            continue
        if _is_cut(hit.title, session.drawn.title) and apart > date_tolerance:
            continue
        doubt = ""
        if apart > other_issue:
            doubt = f"{hit.date}的同名信息"
        elif not _is_own(hit.url, session, site_hosts(portal)):
            doubt = f"其他网站（{host_of(hit.url)}）的同名信息"
        if not doubt:
            return Match(rank, hit, "标题")
        doubtful = doubtful or Match(rank, hit, "标题", doubt)
    return doubtful


def _begins_with(shown: str, title: str) -> bool:
    """Returns whether a result says much more than a title it begins with: its summary may be read as one with it."""
    long, whole = fold_title(shown), fold_title(title)
    return len(whole) >= _WHOLE and long.startswith(whole) and len(long) >= len(whole) + _SUMMARY


def _is_cut(shown: str, title: str) -> bool:
    return (is_truncated(shown) or is_truncated(title)) and fold_title(shown) != fold_title(title)


def _is_own(url: str, session: SearchSession, hosts: frozenset[str]) -> bool:
    """Returns whether a result leads to the portal: to a host of its own, a neighbour of one, or through the search."""
    host = host_of(url)
    if not host or host in hosts or host == host_of(session.result_url) or counts_only(url):
        return True
    return registrable(host) in {registrable(own) for own in (*hosts, host_of(session.drawn.url))}


def _days_apart(hit: SearchHit, session: SearchSession) -> int:
    published = session.drawn.published
    return 0 if hit.date is None or published is None else abs((hit.date - published).days)
