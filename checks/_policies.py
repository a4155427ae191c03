"""Policies, interpretations and which of them belong together: ownership, pairing, links in both directions.

A pair is known by a link in either direction, by a 文号 the interpretation quotes, or by a title it quotes in 《》. Two
candidates for one quotation make none: better a pair not seen than a wrong one held against somebody.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache

from msgspec import Struct

from checks._columns import list_items, outline_at, page_of
from checks._outlines import ARTICLE_KINDS, PageOutline, outline_of, view_of
from checks.base import Artifacts
from portal.artifacts import PageRecord
from portal.facts import PageFacts, PageKind, Region
from portal.interpreting import interprets
from portal.model import ColumnKind
from portal.text import doc_numbers, fold_title, is_truncated, quoted_titles
from portal.urls import absolute, bare, same_site, site_hosts
from portal.vocabulary import any_of, load, words

# A quoted title shorter than this (folded characters) names too many documents: 《通知》, 《条例》.
SHORTEST_QUOTE = 8
_LEADING = frozenset({Region.BODY, Region.SIDEBAR})  # what stands there leads from this page, and not from every page
# Likeness (0-100) of a quoted title to a part of the policy's title, both folded.
LIKENESS = 96.0
# Another government, or an office of one, at the beginning of a title: 四川省人民政府关于..., 安康市教育局等.
_OTHER_GOVERNMENT = re.compile(
    r"(?:中共)?[\u4e00-\u9fff]{2,7}?(?:省|自治区|市)(?:委(?:办公[厅室])?|人民政府(?:办公[厅室])?|[\u4e00-\u9fff]{2,10}?[厅局])"
    r"(?:关于|印发|、|等|\s|$)"
)
# Who answers in an interpretation: 教育部政策法规司负责人就《...》答记者问.
_SPOKESMAN = r"[^《》]{0,14}(?:负责人|负责同志|发言人|有关司局)"


class Owner(StrEnum):
    """Whose document it is."""

    OWN = "own"
    HIGHER = "higher"
    UNKNOWN = "unknown"


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
    offers: frozenset[str]  # normalised addresses of interpretations it offers
    offers_unknown: bool  # it offers an interpretation whose address a script holds
    beside: frozenset[str] = frozenset()  # interpretations offered beside it in a list
    around: frozenset[str] = frozenset()  # counterparts its page leads to below its header: acquits, never pairs
    written: dt.date | None = None  # 成文日期 of its table
    over: bool = False  # its table says that it is no longer in force
    interpretations: list[Interpretation] = field(default_factory=list)
    names: frozenset[str] = frozenset()  # its title and the titles quoted in it, folded
    keys: frozenset[str] = frozenset()  # the addresses under which it may be linked

    def __post_init__(self) -> None:
        """Derives once what every other document is held against."""
        self.names = frozenset(_folded(name) for name in (self.title, *quoted_titles(self.title)))
        self.keys = _addresses(self.page)


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
    policies: list[Policy] = field(default_factory=list)
    how: str = ""  # how the pair was found: 链接, 文号, 标题
    keys: frozenset[str] = frozenset()  # the addresses under which it may be linked

    def __post_init__(self) -> None:
        """Derives the addresses once."""
        self.keys = _addresses(self.page)


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
        if kind is PageKind.POLICY:
            policies.append(_policy(artifacts.pages[url], stems, beside))
        elif kind is PageKind.INTERPRETATION:
            interpretations.append(_interpretation(artifacts.pages[url]))
        elif outline.kind in ARTICLE_KINDS:
            other_titles.add(outline.title or outline.list_title)
    _pair(policies, interpretations)
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
    """Notes which counterparts a page leads to wherever it does so: a link is a link, in whatever block it stands.

    Asked where a page neither offers a counterpart nor leads to it in its text: elsewhere it would say nothing new.
    """
    beside: list[tuple[Policy | Interpretation, Sequence[Policy | Interpretation]]] = []
    beside += [(one, one.interpretations) for one in policies]
    beside += [(one, one.policies) for one in interpretations]
    lacking = [
        (one, others)
        for one, others in beside
        if not one.offers and not all(one.links & other.keys for other in others)
    ]
    wanted = {key for _, others in lacking for other in others for key in other.keys}
    found: dict[str, set[str]] = {}
    for url in artifacts.link_outlines if wanted else ():
        target = bare(url)
        if target not in wanted:
            continue
        for place in artifacts.links[url].occurrences:
            if place.visible and place.region in _LEADING:
                found.setdefault(bare(place.page), set()).add(target)
    for one, _ in lacking:
        shown = one.page.rendered  # holds its links where it was opened for them
        for link in shown.links if shown is not None and wanted else ():
            if link.visible and link.region in _LEADING and (target := bare(link.url)) in wanted:
                found.setdefault(bare(one.url), set()).add(target)
        one.around = frozenset().union(*(found.get(key, set()) for key in one.keys))


def place_stems(artifacts: Artifacts) -> tuple[str, ...]:
    """Returns the names of the place or body the portal belongs to, longest first: 岚皋县, 岚皋."""
    page = page_of(artifacts, artifacts.portal.home)
    facts = view_of(page) if page is not None else None
    names = [artifacts.portal.name, artifacts.portal.unit, facts.site_name if facts is not None else ""]
    found: set[str] = set()
    for name in names:
        stem = _name_ending().sub("", name.strip())
        if len(stem) < 2 or not re.fullmatch(r"[\u4e00-\u9fff]+", stem):
            continue
        found.add(stem)
        if len(stem) >= 3 and stem[-1] in "省市县区旗州盟镇乡":
            found.add(stem[:-1])
    return tuple(sorted(found, key=lambda stem: (-len(stem), stem)))


@cache
def _name_ending() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(words('verdicts', 'issuers', 'name_endings'))})+$")


@cache
def _higher_speaks() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(words('verdicts', 'issuers', 'higher'))}){_SPOKESMAN}")


@cache
def _higher() -> re.Pattern[str]:
    return re.compile(rf"^(?:{any_of(words('verdicts', 'issuers', 'higher'))})")


def owner_of(facts: PageFacts, number: str, stems: tuple[str, ...]) -> Owner:
    """Returns whose document a page is: by issuer, 文号, title, in this order; UNKNOWN where none of them tells."""
    document = facts.document
    issuer = document.issuer.strip() if document is not None else ""
    # A ministry's own portal: what is above a county is its owner (国家林草局, 中华人民共和国财政部).
    mine = tuple(stem.removeprefix("中华人民共和国") for stem in stems if len(stem) > 2 and _higher().match(stem))
    if mine and (issuer or facts.title.lstrip('《“"【[ ')).removeprefix("中华人民共和国").startswith(mine):
        return Owner.OWN
    if issuer:
        if _higher().match(issuer):
            return Owner.HIGHER
        if any(stem in issuer for stem in stems):
            return Owner.OWN
        if issuer.startswith(words("verdicts", "issuers", "local_beginnings")):
            return Owner.OWN
        return _stranger(issuer)
    for named in (number, facts.title.lstrip('《“"【[ ')):
        if named and _higher().match(named):
            return Owner.HIGHER
        if any(named.startswith(stem) for stem in stems):
            return Owner.OWN
    if stems and _OTHER_GOVERNMENT.match(facts.title.lstrip('《“"【[ ')):
        return Owner.HIGHER  # the title begins with the name of a government that is not this portal's
    return Owner.UNKNOWN


def _stranger(issuer: str) -> Owner:
    # Another government's name begins with its place; a bare 教育局 or 办公室 may well be one of ours.
    return Owner.HIGHER if re.search(r"[省市县区]人民政府|自治区|[省市](?:委|厅|局)", issuer) else Owner.UNKNOWN


def explains_higher(facts: PageFacts) -> bool:
    """Returns whether an interpretation says by its title that it explains a higher body's document."""
    title = facts.title.lstrip("【[ ")
    quoted = quoted_titles(facts.title)
    named = quoted[0] if quoted else title
    return bool(_higher().match(named) or _higher_speaks().search(facts.title))


def _policy(page: PageRecord, stems: tuple[str, ...], beside: Mapping[str, frozenset[str]]) -> Policy:
    facts = view_of(page)
    assert facts is not None
    number = facts.document.doc_no.strip() if facts.document is not None else ""
    if not number:
        number = next(iter(doc_numbers(facts.title)), "")
    links, offers, unknown = _links(page, interpretation=True)
    return Policy(
        url=page.url,
        page=page,
        title=facts.title or page.list_title,
        number=next(iter(doc_numbers(number)), number),
        published=_published(page, facts),
        owner=owner_of(facts, number, stems),
        links=links,
        offers=offers,
        offers_unknown=unknown,
        beside=frozenset().union(*(beside.get(key, frozenset()) for key in _addresses(page))),
        written=facts.document.written if facts.document is not None else None,
        over=facts.document is not None and bool(_over().search(facts.document.validity)),
    )


@cache
def _over() -> re.Pattern[str]:
    return re.compile(load("verdicts")["policy_scope"]["over"])


def _interpretation(page: PageRecord) -> Interpretation:
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
        foreign=explains_higher(facts),
    )


def _published(page: PageRecord, facts: PageFacts) -> dt.date | None:
    found = outline_of(page).date
    if found is not None:
        return found[0]
    if facts.document is not None and facts.document.published is not None:
        return facts.document.published
    return page.list_date


def _addresses(page: PageRecord) -> frozenset[str]:
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
            url = absolute(facts.base or facts.url, raw)
            if url:
                offered.add(bare(url))
            else:
                unknown = True
    return frozenset(body | offered), frozenset(offered), unknown


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


def _pair(policies: list[Policy], interpretations: list[Interpretation]) -> None:
    by_address = {key: policy for policy in policies for key in policy.keys}
    by_number: dict[str, list[Policy]] = {}
    for policy in policies:
        if policy.number:
            by_number.setdefault(policy.number, []).append(policy)
    for one in interpretations:
        linked = _by_link(one, policies, by_address)
        if linked:
            _join(one, linked, "链接")
        elif not one.foreign and (named := _by_name(one, policies, by_number)):
            _join(one, [named[0]], named[1])


def _join(one: Interpretation, policies: Iterable[Policy], how: str) -> None:
    one.how = how
    for policy in policies:
        one.policies.append(policy)
        policy.interpretations.append(one)


def _by_link(one: Interpretation, policies: list[Policy], by_address: Mapping[str, Policy]) -> list[Policy]:
    forth = [p for p in policies if (p.offers | p.beside) & one.keys]
    back = [by_address[key] for key in sorted(one.offers) if key in by_address]
    if not forth and not back:
        # Running text may lead to many documents; a single one is the one explained.
        near = {by_address[key].url: by_address[key] for key in sorted(one.links) if key in by_address}
        back = list(near.values()) if len(near) == 1 else []
        forth = [p for p in policies if p.links & one.keys]
    return list({policy.url: policy for policy in [*forth, *back]}.values())


def _by_name(
    one: Interpretation, policies: list[Policy], by_number: Mapping[str, list[Policy]]
) -> tuple[Policy, str] | None:
    facts = view_of(one.page)
    assert facts is not None
    for quote in quoted_titles(facts.title):
        if found := titled(quote, policies):
            return (found[0], "标题") if len(found) == 1 else None
    if quoted_titles(facts.title):
        return None
    numbers = [by_number[number] for number in facts.doc_numbers if number in by_number]
    if len(numbers) == 1 and len(numbers[0]) == 1:
        return numbers[0][0], "文号"
    first = next(iter(facts.quoted_titles), "")
    found = titled(first, policies) if first else []
    return (found[0], "标题") if len(found) == 1 else None


def titled(quote: str, policies: Iterable[Policy]) -> list[Policy]:
    """Returns the policies a quoted title names: equal titles first, else those whose title holds the quotation."""
    wanted = _folded(quote)
    if len(wanted) < SHORTEST_QUOTE:
        return []
    pool = list(policies)
    cut = is_truncated(quote)
    equal = [
        policy
        for policy in pool
        if wanted in policy.names or (cut and any(name.startswith(wanted) for name in policy.names))
    ]
    return equal or [policy for policy in pool if _holds(_folded(policy.title), wanted)]


def _holds(title: str, wanted: str) -> bool:
    if len(title) < len(wanted):
        return False
    # A likeness this high leaves one third of the quotation untouched; looking for thirds is cheap.
    third = len(wanted) // 3
    if not any(piece in title for piece in (wanted[:third], wanted[third : 2 * third], wanted[2 * third :])):
        return False
    if wanted in title:
        return True
    from rapidfuzz import fuzz  # late: few audits come here

    return fuzz.partial_ratio(wanted, title, score_cutoff=LIKENESS) >= LIKENESS


@lru_cache(maxsize=65536)
def _folded(title: str) -> str:
    return fold_title(title)
