"""Which interpretation explains which policy: by a link in either direction, by a title it quotes or carries, by what
its first sentences say was issued, by a 文号.

Two candidates for one name make none: better a pair not seen than a wrong one held against somebody. What a document
rests on, forwards or repeals is not what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checks._outlines import view_of
from checks._ownership import Owner, owner_of_title
from checks._policies import SHORTEST_QUOTE, Interpretation, Policy, folded, offered_texts
from portal.facts import PageFacts
from portal.interpreting import issued_titles, outer_titles, rests_on, sentences, subject_of, told_documents
from portal.text import doc_numbers, is_truncated

# Likeness (0-100) of a quoted title to a part of the policy's title, both folded.
LIKENESS = 96.0
_FORWARDS = "转发"  # in the title of a policy: the text it explains is the one forwarded
_COUNTING = frozenset("0123456789一二三四五六七八九十上中下")  # another year, batch or part is another document

ByName = tuple[list[Policy], str]


def pair(policies: Sequence[Policy], interpretations: Iterable[Interpretation]) -> None:
    """Joins every interpretation with the policies it explains."""
    by_address = {key: policy for policy in policies for key in policy.keys}
    by_number: dict[str, list[Policy]] = {}
    for policy in policies:
        if policy.number:
            by_number.setdefault(policy.number, []).append(policy)
    for one in interpretations:
        linked = _by_link(one, policies, by_address)
        if linked:
            # It may lead to what it rests on alone: the title says what it explains.
            above = not one.foreign and all(policy.owner is Owner.HIGHER for policy in linked)
            own = [policy for policy in _by_title(one, policies) if policy.owner is not Owner.HIGHER] if above else []
            join(one, [*own, *linked], "标题" if own else "链接")
        elif not one.foreign:
            named, how = _by_name(one, policies, by_number)
            if named:
                join(one, named, how)


def join(one: Interpretation, policies: Iterable[Policy], how: str) -> None:
    """Makes pairs of an interpretation and policies."""
    one.how = how
    for policy in policies:
        one.policies.append(policy)
        policy.interpretations.append(one)


def _by_link(one: Interpretation, policies: Sequence[Policy], by_address: Mapping[str, Policy]) -> list[Policy]:
    forth = [p for p in policies if (p.offers | p.beside) & one.keys]
    back = [by_address[key] for key in sorted(one.offers) if key in by_address]
    if not forth and not back:
        # Running text may lead to many documents; a single one is the one explained.
        near = {by_address[key].url: by_address[key] for key in sorted(one.links) if key in by_address}
        back = list(near.values()) if len(near) == 1 else []
        forth = [p for p in policies if p.links & one.keys]
    linked = list({policy.url: policy for policy in [*forth, *back]}.values())
    if len(linked) < 2:
        return linked
    # A policy may offer what explains another one: the title says which.
    quotes = {folded(title) for title in outer_titles(one.title)}
    named = [policy for policy in linked if quotes & policy.names or policy.keys & one.offers]
    return named if any(quotes & policy.names for policy in named) else linked


def _by_title(one: Interpretation, policies: Sequence[Policy]) -> list[Policy]:
    """Returns the policies that the title of an interpretation names."""
    if quotes := outer_titles(one.title):
        return _single(quotes, policies)
    subject = subject_of(one.title)
    return (_single((subject,), policies) or _single((subject.removeprefix("关于"),), policies)) if subject else []


def look_astray(one: Interpretation, by_address: Mapping[str, Policy], stems: tuple[str, ...]) -> None:
    """Notes which of the documents an interpretation offers are a higher body's that its own policy rests on: what
    its title names, and what its policy forwards, is none of them."""
    own = [policy for policy in one.policies if policy.owner is not Owner.HIGHER]
    if not own or one.foreign or any((one.offers | one.links) & policy.keys for policy in own):
        return
    if not _by_title(one, own) or any(_FORWARDS in policy.title for policy in own):
        return
    named = {folded(quote) for quote in (*outer_titles(one.title), subject_of(one.title)) if quote}
    texts = offered_texts(one)
    astray: set[str] = set()
    for address in one.offers:
        known = by_address.get(address)
        said = known.title if known is not None else texts.get(address, "")
        above = known.owner if known is not None else owner_of_title(said, stems)
        if above is Owner.HIGHER and not any(name in folded(said) for name in named):
            astray.add(address)
    one.astray = frozenset(astray)


def _by_name(one: Interpretation, policies: Sequence[Policy], by_number: Mapping[str, list[Policy]]) -> ByName:
    facts = view_of(one.page)
    assert facts is not None
    if quotes := outer_titles(facts.title):
        return _single(quotes, policies), "标题"
    subject = subject_of(facts.title)
    if subject and (found := _single((subject,), policies) or _single((subject.removeprefix("关于"),), policies)):
        return found, "标题"
    told: list[list[Policy]] = []
    for titles, numbers in told_documents(facts.excerpt):
        found = _single(titles, policies) or _numbered(numbers, by_number)
        if found:
            told.append(found)
    if told:  # of a document issued before and one issued now, the one of its own days
        return min(told, key=lambda found: _apart(one, found[0])), "正文"
    if subject:
        return [], ""  # it says what it explains, which is not here
    if found := _numbered(_said_numbers(facts), by_number):
        return found, "文号"
    first = facts.quoted_titles[0] if facts.quoted_titles else ""
    if not first or any(first in said and rests_on(said) for said in sentences(facts.excerpt)):
        return [], ""
    return _single((first,), policies), "标题"


def _said_numbers(facts: PageFacts) -> tuple[str, ...]:
    """Returns the 文号 of the title and of the first sentences, but for those of what something rests on."""
    if not facts.excerpt:
        return facts.doc_numbers
    said = [part for part in sentences(facts.excerpt) if not rests_on(part)]
    return tuple(dict.fromkeys(doc_numbers("。".join((facts.title, *said)))))


def _apart(one: Interpretation, policy: Policy) -> int:
    if one.published is None or policy.published is None:
        return 1_000_000
    return abs((one.published - policy.published).days)


def _single(titles: Iterable[str], policies: Sequence[Policy]) -> list[Policy]:
    """Returns the policies that titles name, each by itself."""
    named: dict[str, Policy] = {}
    for title in titles:
        inner = issued_titles(f"《{title}》")[1:]  # 关于印发〈…〉的通知
        found = next(filter(None, (titled(one, policies) for one in (title, *inner))), [])
        if len(found) == 1:
            named.setdefault(found[0].url, found[0])
    return list(named.values())


def _numbered(numbers: Iterable[str], by_number: Mapping[str, list[Policy]]) -> list[Policy]:
    """Returns the one policy of these 文号; none where they are those of several."""
    found = [policy for number in numbers for policy in by_number.get(number, ())]
    return found if len(found) == 1 else []


def titled(quote: str, policies: Iterable[Policy]) -> list[Policy]:
    """Returns the policies a quoted title names: equal titles first, else those whose title holds the quotation."""
    wanted = folded(quote)
    if len(wanted) < SHORTEST_QUOTE:
        return []
    pool = list(policies)
    cut = is_truncated(quote)
    equal = [
        policy
        for policy in pool
        if wanted in policy.names or (cut and any(name.startswith(wanted) for name in policy.names))
    ]
    return equal or [policy for policy in pool if _holds(policy, wanted)]


def _holds(policy: Policy, wanted: str) -> bool:
    title = folded(policy.title)
    if len(title) < len(wanted):
        return False
    # A likeness this high leaves one third of the quotation untouched; looking for thirds is cheap.
    third = len(wanted) // 3
    if not any(piece in title for piece in (wanted[:third], wanted[third : 2 * third], wanted[2 * third :])):
        return False
    if wanted in title:
        return not any(wanted in other for other in policy.referred)
    return not policy.referred and _alike(title, wanted)


def _alike(title: str, wanted: str) -> bool:
    """Returns whether a part of a title differs from a quotation by a slip of the pen: one character, none that
    counts."""
    from rapidfuzz import fuzz  # late: few audits come here
    from rapidfuzz.distance import Levenshtein

    found = fuzz.partial_ratio_alignment(wanted, title, score_cutoff=LIKENESS)
    if found is None:
        return False
    part = title[found.dest_start : found.dest_end]
    counted = [[letter for letter in text if letter in _COUNTING] for text in (wanted, part)]
    return counted[0] == counted[1] and Levenshtein.distance(wanted, part, score_cutoff=1) <= 1
