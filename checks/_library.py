"""The policies and interpretations of a portal, each once, and which of them belong together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct

from checks._columns import list_items, outline_at, page_of
from checks._outlines import ARTICLE_KINDS, PageOutline
from checks._ownership import among_higher, place_stems
from checks._pairing import join, look_astray, pair
from checks._policies import (
    SHORTEST_QUOTE,
    Interpretation,
    Policy,
    folded,
    interpretation_of,
    policy_of,
)
from checks.base import Artifacts
from portal.facts import Element, PageKind, Region
from portal.interpreting import interprets
from portal.model import ColumnKind
from portal.pagination import page_number, unnumbered
from portal.text import quoted_titles
from portal.urls import bare, same_site, site_hosts

_Document = TypeVar("_Document", Policy, Interpretation)
_LEADING = frozenset({Region.BODY, Region.SIDEBAR})  # what stands there leads from this page, and not from every page
_OWN = 2  # places in menus and footers of a link that is no link of every page
_SEVERAL = 5  # items of a column that is about no single document
_FRAMED = 20  # places that are kept of a link: what more pages lead to is no frame of one page


class Library(Struct, frozen=True):
    """All policies and interpretations of a portal, paired."""

    policies: tuple[Policy, ...]
    interpretations: tuple[Interpretation, ...]
    other_titles: tuple[str, ...]  # of other articles, and of interpretations in lists that were never opened


def read_library(artifacts: Artifacts) -> Library:
    """Returns the portal's policies and interpretations in order of address, paired."""
    hosts = site_hosts(artifacts.portal)
    stems = place_stems(artifacts)
    beside = _beside(artifacts)
    policies: list[Policy] = []
    interpretations: list[Interpretation] = []
    other_titles: set[str] = set()
    for url, outline in artifacts.outlines.items():
        if outline.kind is None or outline.unreadable or url in artifacts.columns or not same_site(url, hosts):
            continue
        kind = _kind(artifacts, outline)
        columns = [artifacts.columns[column] for column in outline.columns if column in artifacts.columns]
        reprint = among_higher(column.name for column in columns)
        if kind is PageKind.POLICY:
            filed = any(column.kind is ColumnKind.POLICY for column in columns)
            policies.append(policy_of(artifacts.pages[url], stems, beside, filed=filed, reprint=reprint))
        elif kind is PageKind.INTERPRETATION:
            interpretations.append(interpretation_of(artifacts.pages[url], stems, reprint=reprint))
        elif outline.kind in ARTICLE_KINDS:
            other_titles.add(outline.title or outline.list_title)
    policies = _one_each(_whole(policies))
    interpretations = _whole(_by_door(interpretations))
    general = _general(artifacts)
    for policy in policies:
        policy.offers -= general
    for one in interpretations:
        one.offers -= general
    _take_frames(artifacts, [*policies, *interpretations])
    pair(policies, interpretations)
    _meet(artifacts, policies, interpretations)
    for policy in policies:
        theirs = frozenset().union(*(one.keys for one in policy.interpretations))
        policy.astray = policy.offers & frozenset().union(*(one.keys for one in interpretations)) - theirs
    by_address = {key: policy for policy in policies for key in policy.keys}
    for one in interpretations:
        if one.offers:
            look_astray(one, by_address, stems)
    _look_around(artifacts, policies, interpretations)
    return Library(tuple(policies), tuple(interpretations), tuple(sorted(other_titles | _unopened(artifacts))))


def _kind(artifacts: Artifacts, page: PageOutline) -> PageKind | None:
    """Returns what a page is here: an article whose title interprets a named document, or stands among interpretations
    and says so, is one; an article with a 文号 of its own among policies is a policy."""
    if page.kind is not PageKind.ARTICLE:
        return page.kind
    kinds = {artifacts.columns[url].kind for url in page.columns if url in artifacts.columns}
    title = page.title or page.list_title
    if interprets(title):
        named = ColumnKind.INTERPRETATION in kinds or bool(quoted_titles(title))
        return PageKind.INTERPRETATION if named else page.kind
    return PageKind.POLICY if page.numbered and ColumnKind.POLICY in kinds else page.kind


def _look_around(artifacts: Artifacts, policies: list[Policy], interpretations: list[Interpretation]) -> None:
    """Notes which counterparts a page leads to wherever it does so: a link is a link, in whatever block it stands, and
    in a frame of the page, too.

    Asked where a page neither offers a counterpart nor leads to it in its text: elsewhere it would say nothing new.
    """
    beside: list[tuple[Policy | Interpretation, Sequence[Policy | Interpretation]]] = []
    beside += [(one, one.interpretations) for one in policies]
    beside += [(one, one.policies) for one in interpretations]
    lacking = [
        (one, others)
        for one, others in beside
        if not one.offers - one.astray and not all(one.links & other.keys for other in others)
    ]
    wanted = {key for _, others in lacking for other in others for key in other.keys}
    found: dict[str, set[str]] = {}
    for url in artifacts.link_outlines if wanted else ():
        target = bare(url)
        if target not in wanted:
            continue
        places = artifacts.links[url].occurrences
        aside = sum(place.region not in _LEADING for place in places)
        for place in places:
            # A menu or footer names what all pages lead to; what it names on one page is a link of that page.
            if place.visible and (place.region in _LEADING or aside <= _OWN):
                found.setdefault(bare(place.page), set()).add(target)
                for holder in _holders(artifacts, place.page):
                    found.setdefault(holder, set()).add(target)
    for one, _ in lacking:
        for page in one.pages:
            shown = page.rendered  # holds its links where it was opened for them
            for link in shown.links if shown is not None and wanted else ():
                if link.visible and link.region in _LEADING and (target := bare(link.url)) in wanted:
                    found.setdefault(bare(one.url), set()).add(target)
        one.around = frozenset().union(*(found.get(key, set()) for key in one.keys))


def _meet(artifacts: Artifacts, policies: list[Policy], interpretations: list[Interpretation]) -> None:
    """Joins what belongs to no pair where each page leads to the other outside of menus; notes where one does."""
    alone = {key: one for one in interpretations if not one.policies and not one.foreign for key in one.keys}
    bare_ones = {key: one for one in policies if not one.interpretations for key in one.keys}
    if not alone or not bare_ones:
        return
    forth: set[tuple[str, str]] = set()
    back: set[tuple[str, str]] = set()
    for url in artifacts.link_outlines:
        target = bare(url)
        reading, policy = alone.get(target), bare_ones.get(target)
        for place in artifacts.links[url].occurrences if reading or policy else ():
            at = bare(place.page)
            if not place.visible or place.region is not Region.BODY:
                continue
            if reading is not None and at in bare_ones:
                forth.add((bare_ones[at].url, reading.url))
            elif policy is not None and at in alone:
                back.add((policy.url, alone[at].url))
    by_url = {one.url: one for one in policies}
    for one in interpretations:
        both = [by_url[policy] for policy, reading in sorted(forth & back) if reading == one.url]
        if both:
            join(one, both, "链接")
    for policy_url, _ in forth | back:
        by_url[policy_url].met = True


def _take_frames(artifacts: Artifacts, ones: Sequence[Policy | Interpretation]) -> None:
    """Adds to what pages lead to what their own frames lead to (相关文档 by an iframe); a frame that many pages show is
    none of one page."""
    held: dict[str, list[Policy | Interpretation]] = {}
    for one in ones:
        for page in one.pages:
            for link in page.facts.links if page.facts is not None else ():
                if link.element is Element.IFRAME:
                    held.setdefault(bare(link.url), []).append(one)
    frames = {frame: holders for frame, holders in held.items() if len(holders) <= _OWN}
    keys = frozenset().union(*(one.keys for one in ones)) if frames else frozenset()
    for url in artifacts.link_outlines if frames else ():
        if (target := bare(url)) in keys:
            for place in artifacts.links[url].occurrences:
                for one in frames.get(bare(place.page), ()) if place.visible else ():
                    one.links |= {target}


def _holders(artifacts: Artifacts, url: str) -> set[str]:
    """Returns the pages that show a page in a frame, none for those that stand for themselves."""
    outline = artifacts.outlines.get(url)
    record = artifacts.links.get(url) if outline is None or not outline.columns else None
    if record is None or record.count > _FRAMED:
        return set()
    if url in artifacts.columns and any(place.element is not Element.IFRAME for place in record.occurrences):
        return set()
    return {bare(place.page) for place in record.occurrences if place.element is Element.IFRAME}


def _by_door(interpretations: list[Interpretation]) -> list[Interpretation]:
    """Returns every page once: one that was met behind a redirect, too (/go/17), stands under its own address."""
    own = {bare(one.page.url): one for one in interpretations}
    kept: dict[str, Interpretation] = {}
    for one in interpretations:
        end = bare(one.page.fetch.final_url or one.url)
        other = own.get(end, kept.get(end))
        if other is None or other is one:
            kept[end] = one
        else:
            other.also(one)
    return list(kept.values())


def _whole(ones: list[_Document]) -> list[_Document]:
    """Returns every text once: what goes on over several pages (8.html, 8_2.html, under one title) is one, and leads
    wherever one of its pages does. seen: EmpireCMS, whose long texts are turned like lists, 原文链接 on the last."""
    first: dict[tuple[str, str], _Document] = {}
    for one in sorted(ones, key=lambda one: page_number(one.url)):  # TRS counts 8.html, 8_1.html
        if page_number(one.url) <= 1:
            first.setdefault((unnumbered(bare(one.url)), folded(one.title)), one)
    kept: list[_Document] = []
    for one in ones:
        begin = first.get((unnumbered(bare(one.url)), folded(one.title)))
        if begin is None or begin is one:
            kept.append(one)
        else:
            begin.also(one)
    return kept


def _one_each(policies: list[Policy]) -> list[Policy]:
    """Returns every document once: published in several columns (通知公告, 政府公报) it is one document. Copies have
    the same 文号 and a title that holds the other, or no 文号 and one title and day.

    The one kept is filed among policies, the earliest, the first by address.
    """
    kept: list[Policy] = []
    by_number: dict[str, list[Policy]] = {}
    by_name: dict[tuple[str, dt.date | None], Policy] = {}
    for one in sorted(policies, key=lambda p: (not p.filed, p.published or dt.date.max, p.url)):
        name = folded(one.title)
        if one.number:
            same = next((p for p in by_number.get(one.number, ()) if _same_names(p, one)), None)
        else:
            same = by_name.get((name, one.published)) if one.published and len(name) >= SHORTEST_QUOTE else None
        if same is not None:
            same.also(one)
            continue
        kept.append(one)
        if one.number:
            by_number.setdefault(one.number, []).append(one)
        by_name.setdefault((name, one.published), one)
    return sorted(kept, key=lambda p: p.url)


def _same_names(one: Policy, other: Policy) -> bool:
    return any(len(a) >= SHORTEST_QUOTE and (a in b or b in a) for a in one.names for b in other.names if b)


def _general(artifacts: Artifacts) -> frozenset[str]:
    """Returns the addresses of the home page and of the columns of policies and interpretations: a link to one of them
    leads to no document."""
    known = {bare(artifacts.portal.home)}
    for url, column in artifacts.columns.items():
        page = page_of(artifacts, url) if column.kind in (ColumnKind.POLICY, ColumnKind.INTERPRETATION) else None
        if page is not None and len(list_items(page)) >= _SEVERAL:
            known.add(bare(url))
    return frozenset(known)


def _beside(artifacts: Artifacts) -> dict[str, frozenset[str]]:
    """Returns the interpretations offered beside a document in a list, by the document's address."""
    found: dict[str, set[str]] = {}
    for url, outline in artifacts.outlines.items():
        for item in list_items(artifacts.pages[url]) if outline.offering else ():
            if item.url and item.interpretations:
                found.setdefault(bare(item.url), set()).update(bare(u) for u in item.interpretations)
    return {url: frozenset(others) for url, others in found.items()}


def _unopened(artifacts: Artifacts) -> set[str]:
    """Returns titles in lists of interpretations whose pages were not read."""
    titles: set[str] = set()
    for url, column in sorted(artifacts.columns.items()):
        page = page_of(artifacts, url) if column.kind is ColumnKind.INTERPRETATION else None
        for item in list_items(page) if page is not None else ():
            target = outline_at(artifacts, item.url) if item.url else None
            if target is None or target.unreadable:
                titles.add(item.title)
    return titles
