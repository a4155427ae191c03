"""Lists that stand on every result page, whatever was asked: 最新发布 beside the results, a marquee under the menu.

One result page alone does not tell them from results, several that answer different questions do. So they tell, too,
that a list is the answer whatever it holds: it changes with the question.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from crawler.browser.answers import FEW, related
from portal.artifacts import SearchSession, SearchStatus
from portal.html import Document, parse
from portal.results import Results, lists_shown, read_results
from portal.text import fold_title

OFTEN = 3  # pages of different questions: a policy and its interpretation may find the same
_SEEN = frozenset({SearchStatus.ANSWERED, SearchStatus.UNREADABLE})


def without_furniture(
    sessions: Iterable[SearchSession], pages: dict[str, str], name: str = ""
) -> tuple[SearchSession, ...]:
    """Returns the sessions with the results of those read anew whose results stand on another question's page as well.

    `pages` are the result pages by question, `name` is the portal's. Where a page shows nothing else its results were
    not read, unless it says how many there are: a search may answer everything with the same.
    """
    known: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    docs: dict[str, Document] = {}
    sessions = tuple(sessions)
    for session in sessions:
        question = session.drawn.title
        if question in pages and question not in docs and session.status in _SEEN:
            docs[question] = parse(pages[question].encode(), session.result_url, "text/html; charset=utf-8")
            for shown in lists_shown(docs[question]):
                known[shown].add(question)
    often = max(2, min(OFTEN, len(docs)))
    furniture = frozenset(shown for shown, questions in known.items() if len(questions) >= often)
    sessions = tuple(
        _read_anew(session, docs[session.drawn.title], furniture, name) if session.drawn.title in docs else session
        for session in sessions
    )
    if len(docs) < OFTEN or not any(session.hits for session in sessions):
        return sessions
    found = {question: read_results(doc, furniture=furniture & lists_shown(doc)) for question, doc in docs.items()}
    shown_by = Counter(_addresses(results) for results in found.values())
    return tuple(
        _answered(session, results)
        if session.status is SearchStatus.UNREADABLE
        and (results := found.get(session.drawn.title)) is not None
        and len(results.hits) >= FEW
        and shown_by[_addresses(results)] == 1  # it changes with what is asked
        else session
        for session in sessions
    )


def _addresses(results: Results) -> tuple[str, ...]:
    return tuple(hit.url or hit.title for hit in results.hits)


def _read_anew(
    session: SearchSession, doc: Document, furniture: frozenset[tuple[str, ...]], name: str
) -> SearchSession:
    mine = furniture & lists_shown(doc)
    held = {url for shown in mine for url in shown}
    if session.status not in _SEEN or not all(hit.url in held for hit in session.hits):
        return session
    found = read_results(doc, furniture=mine)
    asked = fold_title(session.drawn.title)
    if not related(found.hits, asked, name):
        if not session.hits or (found.total and not found.hits):
            return session  # not read before either, or said in words that nothing was found
        if not found.none and not found.total:
            return replace(session, status=SearchStatus.UNREADABLE, hits=(), error="only lists of every result page")
    return _answered(session, found)


def _answered(session: SearchSession, found: Results) -> SearchSession:
    return replace(
        session,
        status=SearchStatus.ANSWERED,
        hits=found.hits,
        total=found.total,
        tabs=found.tabs or session.tabs,
        page_size=len(found.hits),
        error="",
    )
