"""Whose a document is: the portal's own, or a higher body's that it reprints; and whom an interpretation explains.

Told by the issuer, the 文号, the beginning of the title, what the title issues (《某市……办法》), the columns it stands
in (上级文件), the source (来源). Who judges a reprint accuses the wrong body: doubts end in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from checks._columns import page_of
from checks._outlines import view_of
from checks.base import Artifacts
from portal.facts import PageFacts
from portal.interpreting import issued_titles
from portal.text import quoted_titles
from portal.vocabulary import any_of, words

# Another government, or an office of one, at the beginning of a title: 四川省人民政府关于..., 安康市教育局等.
_OTHER_GOVERNMENT = re.compile(
    r"(?:中共)?[\u4e00-\u9fff]{2,7}?(?:省|自治区|市)(?:委(?:办公[厅室])?|人民政府(?:办公[厅室])?|[\u4e00-\u9fff]{2,10}?[厅局])"
    r"(?:关于|印发|、|等|\s|$)"
)
# Who answers in an interpretation: 教育部政策法规司负责人就《...》答记者问.
_SPOKESMAN = r"[^《》]{0,14}(?:负责人|负责同志|发言人|有关司局)"
# What a notice issues that quotes nothing: 关于印发青江市供水办法的通知.
_ISSUES = re.compile(r"(?:印发|发布|公布|颁布)(?P<what>[\u4e00-\u9fff].{4,})$")
# Another place at the beginning of what is issued; 城市, 市场 and the like name none.
_PLACE = re.compile(
    r"^(?![全我本各该城])[\u4e00-\u9fff]{2,3}(?:省|市(?!场|政(?![府办])|民(?!政)|[容域镇区辖级直属县])|自治[州区县])"
)
# A ministry, or a commission of the whole country; offices of the party (宣传部) and of the day (指挥部) are none.
_MINISTRY = re.compile(
    r"(?![\u4e00-\u9fff]{0,8}(?:宣传|组织|统战|武装|工作|指挥|项目|分|支)部)"
    r"[\u4e00-\u9fff]{2,8}部(?:办公厅|等|关于|[ \u3000、]|$)|中国[\u4e00-\u9fff]{2,8}[会局行]"
)
# A body named without its place: 市政府办公室, 县教育局, 省委.
_BARE = re.compile(
    r"(?P<place>[省州盟县区旗镇乡街]|市(?![场容域镇]|政(?!府)|民(?!政)))"
    r"(?=人民政府|政府|委|直|级|[\u4e00-\u9fff]{1,12}(?:[局厅委办会院队社]|中心|办公室|指挥部))"
)
_STRANGER = re.compile(r"[省市县区]人民政府|自治区|[省市](?:委|厅|局)")
_OWN_PLACE = re.compile(r"[\u4e00-\u9fff]{2,8}?(?P<rank>[省市州盟县区旗镇乡])")
_RANKS = ("镇乡街", "县区旗", "市州盟", "省")  # who stands above whom, by the last character of the name of a place


class Owner(StrEnum):
    """Whose document it is."""

    OWN = "own"
    HIGHER = "higher"
    UNKNOWN = "unknown"


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
    # Three at most: 人民政府门户网站 is one of them and two, and a name of fifty would be tried in every way there is.
    return re.compile(rf"(?:{any_of(words('verdicts', 'issuers', 'name_endings'))}){{1,3}}$")


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
    title = facts.title.lstrip('《“"【[ ')
    # A ministry's own portal: what is above a county is its owner (国家林草局, 中华人民共和国财政部).
    mine = tuple(stem.removeprefix("中华人民共和国") for stem in stems if len(stem) > 2 and _higher().match(stem))
    if mine and (issuer or title).removeprefix("中华人民共和国").startswith(mine):
        return Owner.OWN
    if issuer:
        return _by_name(issuer, issuer, stems)
    said = _by_beginning(number, stems)
    return owner_of_title(title, stems) if said is Owner.UNKNOWN else said


def owner_of_title(title: str, stems: tuple[str, ...]) -> Owner:
    """Returns whose a document is by its title alone; UNKNOWN where that does not tell."""
    said = _by_beginning(title, stems)
    if said is Owner.UNKNOWN:
        said = _by_name(title, _head(title), stems)
    return _by_issued(title, stems) if said is Owner.UNKNOWN else said


def _by_beginning(named: str, stems: tuple[str, ...]) -> Owner:
    if named and _higher().match(named) and not _ours(named, stems):
        return Owner.HIGHER
    return Owner.OWN if any(named.startswith(stem) for stem in stems) else Owner.UNKNOWN


def _by_name(named: str, body: str, stems: tuple[str, ...]) -> Owner:
    """Returns whose a document is by who issued it: `body`, with which `named` begins."""
    if _ours(body, stems) or body.startswith("本"):
        return Owner.OWN  # 国家税务总局清溪县税务局, too
    if _higher().match(named) or _MINISTRY.match(named):
        return Owner.HIGHER
    if (bare := _BARE.match(body)) is not None:
        own, above = max((_rank_of(stem) for stem in stems), default=-1), _rank(bare["place"])
        if own < 0:
            return Owner.OWN if bare["place"] != "省" else Owner.UNKNOWN
        return Owner.HIGHER if above > own else Owner.OWN
    # Another government's name begins with its place; a bare 教育局 or 办公室 may well be one of ours.
    if _elsewhere(named, stems) or (stems and _OTHER_GOVERNMENT.match(named)):
        return Owner.HIGHER
    # Of a portal that says no place (audited by its address alone) a title does not tell whose neighbour a government
    # is: it may be the portal's own.
    if (stems or named == body) and _STRANGER.search(body):
        return Owner.HIGHER
    return Owner.UNKNOWN


def _head(title: str) -> str:
    """Returns what stands before what a title is about: who issued it; "" where it does not say."""
    head, *rest = re.split("关于|印发|转发", title, maxsplit=1)
    return head if rest else ""


def _ours(body: str, stems: tuple[str, ...]) -> bool:
    return any(stem in body for stem in stems if len(stem) > 2) or body.startswith(stems)


def _rank_of(stem: str) -> int:
    """Returns the rank of the place in a portal's name: of 青江市教育局 that of a city."""
    place = _OWN_PLACE.match(stem)
    return _rank(place["rank"]) if place is not None else -1


def _by_issued(title: str, stems: tuple[str, ...]) -> Owner:
    """Returns whose a document is by the place that what it issues begins with."""
    bare = _ISSUES.search(title)
    for named in (*issued_titles(title), *((bare["what"],) if bare is not None else ())):
        if any(len(stem) > 2 and named.startswith(stem) for stem in stems):
            return Owner.OWN
        if _elsewhere(named, stems):
            return Owner.HIGHER
    return Owner.UNKNOWN


def _elsewhere(named: str, stems: tuple[str, ...]) -> bool:
    """Returns whether a name begins with a place that is not the portal's: of 青江市教育局 it is 青江市."""
    place = _PLACE.match(named)
    return bool(stems) and place is not None and not any(s.startswith(place[0]) or named.startswith(s) for s in stems)


def _rank(letter: str) -> int:
    return next((at for at, letters in enumerate(_RANKS) if letter in letters), -1)


def among_higher(columns: Iterable[str]) -> bool:
    """Returns whether all columns something stands in, by name, are of higher bodies' documents (上级文件)."""
    names = tuple(columns)
    return bool(names) and all(_higher_column().search(name) for name in names)


@cache
def _higher_column() -> re.Pattern[str]:
    return re.compile(any_of(words("verdicts", "issuers", "higher_columns")))


def explains_higher(facts: PageFacts, stems: tuple[str, ...]) -> bool:
    """Returns whether an interpretation says by its title, or by its source, that it explains a higher body's
    document."""
    if _reprinted(facts.source.strip(), stems):
        return True
    title = facts.title.lstrip("【[ ")
    quoted = quoted_titles(facts.title)
    named = quoted[0] if quoted else title
    return bool(_higher().match(named) or _higher_speaks().search(facts.title))


def _reprinted(source: str, stems: tuple[str, ...]) -> bool:
    """Returns whether a source (来源) is that of a higher body, or of a paper of the whole country."""
    if not source or any(stem in source for stem in stems):
        return False
    papers = words("verdicts", "issuers", "papers")
    return bool(_higher().match(source) or source.startswith(papers) or _elsewhere(source, stems))
