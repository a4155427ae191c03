"""Policies and interpretations as read from their pages: whose they are, how they are called, where they lead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from checks._outlines import outline_of, view_of
from checks._ownership import Owner, explains_higher, owner_of
from portal.artifacts import PageRecord
from portal.facts import PageFacts
from portal.interpreting import issued_titles, referred_titles
from portal.text import doc_numbers, fold_title, printed_number
from portal.urls import absolute, bare
from portal.vocabulary import load

# A quoted title shorter than this (folded characters) names too many documents: 《通知》, 《条例》.
SHORTEST_QUOTE = 8


@dataclass(slots=True)
class Policy:
    """One policy document as read, and what links to and from it."""

    url: str
    page: PageRecord
    title: str
    number: str
    published: dt.date | None
    owner: Owner
    links: frozenset[str]  # normalised addresses its body leads to
    offers: frozenset[str]  # normalised addresses of interpretations it offers; its own where one stands on its page
    offers_unknown: bool  # it offers an interpretation whose address a script holds
    beside: frozenset[str] = frozenset()  # interpretations offered beside it in a list
    around: frozenset[str] = frozenset()  # counterparts its page leads to below its header: acquits, never pairs
    written: dt.date | None = None  # 成文日期 of its table
    over: bool = False  # its table says that it is no longer in force
    filed: bool = False  # it stands in a column of policies
    interpretations: list[Interpretation] = field(default_factory=list)
    copies: tuple[PageRecord, ...] = ()  # further pages that show the same document
    met: bool = False  # an interpretation that names no policy leads to it, or it leads there: acquits, never pairs
    astray: frozenset[str] = frozenset()  # interpretations it offers that explain others by their titles
    names: frozenset[str] = frozenset()  # its title and the titles it issues, folded
    referred: frozenset[str] = frozenset()  # titles it forwards, changes, repeals or carries out, folded
    keys: frozenset[str] = frozenset()  # the addresses under which it may be linked

    def __post_init__(self) -> None:
        """Derives once what every other document is held against."""
        self.names = frozenset(folded(name) for name in (self.title, *issued_titles(self.title)))
        self.referred = frozenset(map(folded, referred_titles(self.title)))
        self.keys = addresses(self.page)

    @property
    def pages(self) -> tuple[PageRecord, ...]:
        """All pages that show the document, its own first."""
        return (self.page, *self.copies)

    def also(self, other: Policy) -> None:
        """Takes over what another page of the same document shows: whoever reads either is led on."""
        self.copies += other.pages
        self.keys |= other.keys
        self.names |= other.names
        self.links |= other.links
        self.offers |= other.offers
        self.beside |= other.beside
        self.offers_unknown = self.offers_unknown or other.offers_unknown
        self.number = self.number or other.number


@dataclass(slots=True)
class Interpretation:
    """One interpretation as read, and the policies it belongs to."""

    url: str
    page: PageRecord
    title: str
    published: dt.date | None
    links: frozenset[str]
    offers: frozenset[str]  # normalised addresses of policies it offers
    offers_unknown: bool
    foreign: bool  # it explains, by its own words, a document of a higher body
    around: frozenset[str] = frozenset()  # as for policies
    astray: frozenset[str] = frozenset()  # documents it offers of higher bodies, which its own policy rests on
    policies: list[Policy] = field(default_factory=list)
    how: str = ""  # how the pair was found: 链接, 文号, 标题
    copies: tuple[PageRecord, ...] = ()  # further pages that show it
    keys: frozenset[str] = frozenset()  # the addresses under which it may be linked

    def __post_init__(self) -> None:
        """Derives the addresses once."""
        self.keys = addresses(self.page)

    @property
    def pages(self) -> tuple[PageRecord, ...]:
        """All pages that show it, its own first."""
        return (self.page, *self.copies)

    def also(self, other: Interpretation) -> None:
        """Takes over what another of its pages shows, or the same page under another address."""
        self.copies += other.pages
        self.keys |= other.keys
        self.links |= other.links
        self.offers |= other.offers
        self.offers_unknown = self.offers_unknown or other.offers_unknown


def policy_of(
    page: PageRecord,
    stems: tuple[str, ...],
    beside: Mapping[str, frozenset[str]],
    *,
    filed: bool = False,
    reprint: bool = False,
) -> Policy:
    """Returns a policy as its page shows it; `reprint`: it stands among documents of higher bodies alone."""
    facts = view_of(page)
    assert facts is not None
    number = facts.document.doc_no.strip() if facts.document is not None else ""
    if not any(map(str.isdigit, number)):  # 无文号, 另行公布
        number = next(iter(doc_numbers(facts.title)), "") or facts.printed_number or printed_number(facts.excerpt)
    links, offers, unknown = _links(page, interpretation=True)
    owner = owner_of(facts, number, stems)
    return Policy(
        url=page.url,
        page=page,
        title=facts.title or page.list_title,
        number=next(iter(doc_numbers(number)), number),
        published=_published(page, facts),
        owner=Owner.HIGHER if reprint and owner is Owner.UNKNOWN else owner,
        links=links,
        offers=offers,
        offers_unknown=unknown,
        beside=frozenset().union(*(beside.get(key, frozenset()) for key in addresses(page))),
        written=facts.document.written if facts.document is not None else None,
        over=bool(_over().search(facts.document.validity if facts.document is not None else facts.printed_validity)),
        filed=filed,
    )


@cache
def _over() -> re.Pattern[str]:
    return re.compile(load("verdicts")["policy_scope"]["over"])


def interpretation_of(page: PageRecord, stems: tuple[str, ...], *, reprint: bool = False) -> Interpretation:
    """Returns an interpretation as its page shows it; `reprint`: it stands among those of higher bodies alone."""
    facts = view_of(page)
    assert facts is not None
    links, offers, unknown = _links(page, interpretation=False)
    return Interpretation(
        url=page.url,
        page=page,
        title=facts.title or page.list_title,
        published=_published(page, facts),
        links=links,
        offers=offers,
        offers_unknown=unknown,
        foreign=reprint or explains_higher(facts, stems),
    )


def _published(page: PageRecord, facts: PageFacts) -> dt.date | None:
    found = outline_of(page).date
    if found is not None:
        return found[0]
    if facts.document is not None and facts.document.published is not None:
        return facts.document.published
    return page.list_date


def addresses(page: PageRecord) -> frozenset[str]:
    """Returns the addresses by which a page may be linked."""
    return frozenset(bare(url) for url in (page.url, page.fetch.final_url) if url)


def _links(page: PageRecord, *, interpretation: bool) -> tuple[frozenset[str], frozenset[str], bool]:
    """Returns what the body leads to, what it offers as counterpart, and whether a script holds an offer."""
    body: set[str] = set()
    offered: set[str] = set()
    unknown = False
    for facts in (page.facts, page.rendered):
        if facts is None:
            continue
        body.update(bare(link.url) for link in facts.body_links if link.url)
        for raw in facts.links_to_interpretation if interpretation else facts.links_to_policy:
            url = page.url if raw.startswith("#") else absolute(facts.base or facts.url, raw)
            if url:
                offered.add(bare(url))
            else:
                unknown = True
    return frozenset(body | offered), frozenset(offered), unknown


def offered_texts(one: Policy | Interpretation) -> dict[str, str]:
    """Returns the texts of the links of the main text and the dedicated blocks, by address."""
    views = (facts for page in one.pages for facts in (page.facts, page.rendered) if facts is not None)
    return {bare(link.url): link.text for facts in views for link in facts.body_links if link.url}


@lru_cache(maxsize=65536)
def folded(title: str) -> str:
    """Returns a title folded for comparison."""
    return fold_title(title)
