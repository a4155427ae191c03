"""What was judged of policies and interpretations, told: rows of the sheet, draws for the score, metrics."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from checks._library import Library
from checks._outlines import view_of
from checks._ownership import Owner
from checks._policies import Interpretation
from checks.base import REASONS, Draw, DrawMember
from portal.artifacts import Absence
from portal.facts import PageFacts
from portal.vocabulary import words

_FORMS = {
    "article": "文字",
    "image": "图解",
    "video": "视频",
    "conference": "新闻发布会",
    "expert": "专家",
    "qa": "答问",
}
PASS, FAIL, OPEN = "pass", "fail", "not_measured"


class Judged(Struct):
    """What each page came to (PASS, FAIL, OPEN), by its address."""

    back: dict[str, str] = field(default_factory=dict)  # interpretation -> whether it leads to its policy
    forth: dict[str, str] = field(default_factory=dict)  # policy -> whether it leads to its interpretation
    explained: dict[str, str] = field(default_factory=dict)  # policy in scope -> whether it is explained
    late: dict[str, tuple[int | None, str]] = field(default_factory=dict)  # interpretation -> working days, in time


def forms_of(facts: PageFacts) -> tuple[str, ...]:
    """Returns the forms of an interpretation: article, image, video, conference, expert, qa (by title and media)."""
    named = [
        form
        for form in ("image", "video", "conference", "expert", "qa")
        if any(word in facts.title for word in words("linkage", "forms", form))
    ]
    if "video" in facts.media and "video" not in named and facts.text_length < 200:
        named.append("video")
    if "image" in facts.media and "image" not in named and facts.text_length < 100:
        named.append("image")
    return ("article", *named) if facts.text_length >= 200 or not named else tuple(named)


def _forms(one: Interpretation) -> tuple[str, ...]:
    facts = view_of(one.page)
    return forms_of(facts) if facts is not None else ()


def _rank(seed: str, name: str, url: str) -> str:
    return hashlib.sha256(f"{seed}|{name}|{url}".encode()).hexdigest()


def _ranked(seed: str, name: str, urls: Iterable[str]) -> list[str]:
    return sorted(urls, key=lambda url: _rank(seed, name, url))


def draw_policies(seed: str, library: Library, found: Judged, size: int) -> Draw:
    """Returns the draw of policies in scope, and whether each is explained."""
    by_url = {policy.url: policy for policy in library.policies}
    members = tuple(
        DrawMember(url, by_url[url].title, found.explained[url], {"number": by_url[url].number})
        for url in _ranked(seed, "policies", found.explained)
    )
    return _drawn("policies", seed, members, size)


def draw_interpretations(seed: str, library: Library, found: Judged, size: int) -> Draw:
    """Returns the draw of interpretations of policies of the portal, and whether both lead to each other."""
    by_url = {one.url: one for one in library.interpretations}
    members = []
    for url in _ranked(seed, "interpretations", found.back):
        one = by_url[url]
        policy = next(p for p in one.policies if p.owner is not Owner.HIGHER)
        sides = {"to_policy": found.back[url], "to_interpretation": found.forth.get(policy.url, OPEN)}
        result = FAIL if FAIL in sides.values() else OPEN if OPEN in sides.values() else PASS
        members.append(DrawMember(url, one.title, result, {**sides, "policy": policy.title, "policy_url": policy.url}))
    return _drawn("interpretations", seed, members, size)


def _drawn(name: str, seed: str, ranked: Sequence[DrawMember], size: int) -> Draw:
    """Returns the draw of the first `size`; the census stands behind it, so that another size can be drawn later."""
    return Draw(name, seed, len(ranked), tuple(ranked[:size]), tuple(ranked[size:]))


def rows(library: Library, found: Judged) -> list[dict[str, Any]]:
    """Returns the rows of the sheet: a pair each, policies without and interpretations of nothing here."""
    told: list[dict[str, Any]] = []
    linked = {PASS: "有", FAIL: "无", OPEN: "未能判定"}
    for policy in library.policies:
        if policy.owner is Owner.HIGHER:
            continue
        base = {
            "policy": policy.title,
            "number": policy.number,
            "published": policy.published.isoformat() if policy.published else "",
            "policy_url": policy.url,
        }
        for one in sorted(policy.interpretations, key=lambda i: i.url):
            days, timely = found.late.get(one.url, (None, ""))
            problems = [
                words_
                for words_, bad in (
                    ("解读未关联文件", found.back.get(one.url) == FAIL),
                    ("文件未关联解读", found.forth.get(policy.url) == FAIL),
                    ("解读逾期", timely == FAIL),
                )
                if bad
            ]
            aside = (
                "列表中" if policy.beside and not (policy.offers or (policy.links | policy.around) & one.keys) else ""
            )
            told.append(
                base
                | {
                    "direction": "文件↔解读",
                    "interpretation": one.title,
                    "interpretation_url": one.url,
                    "explained": one.published.isoformat() if one.published else "",
                    "days": days,
                    "forms": "、".join(_FORMS[form] for form in _forms(one)),
                    "forth": aside or linked[found.forth.get(policy.url, OPEN)],
                    "back": linked[found.back.get(one.url, OPEN)],
                    "result": f"问题：{'、'.join(problems)}" if problems else "合格",
                }
            )
        if not policy.interpretations and policy.url in found.explained:
            result = {PASS: "合格", FAIL: "问题：未见解读", OPEN: f"未能判定：{REASONS[Absence.UNDECIDED]}"}
            told.append(base | {"direction": "文件→解读", "result": result[found.explained[policy.url]]})
    for one in library.interpretations:
        if not one.policies:
            told.append(
                {
                    "direction": "解读→文件",
                    "interpretation": one.title,
                    "interpretation_url": one.url,
                    "explained": one.published.isoformat() if one.published else "",
                    "forms": "、".join(_FORMS[form] for form in _forms(one)),
                    "back": "有" if one.offers else "",
                    "result": "上级文件解读，不作判定" if one.foreign else "未对应到本站政策文件，不作判定",
                }
            )
    return told


def metrics(library: Library, found: Judged) -> dict[str, float]:
    """Returns the metrics of the check."""
    own = [policy for policy in library.policies if policy.owner is Owner.OWN]
    forms: Counter[str] = Counter()
    for one in library.interpretations:
        forms.update(_forms(one))
    counts: dict[str, float] = {
        "policies": len(library.policies),
        "own_policies": len(own),
        "in_scope": len(found.explained),
        "interpreted": sum(result == PASS for result in found.explained.values()),
        "without": sum(result == FAIL for result in found.explained.values()),
        "interpretations": len(library.interpretations),
        "unpaired": sum(not one.policies for one in library.interpretations),
        "pairs": sum(len(one.policies) for one in library.interpretations),
        "late": sum(result == FAIL for _, result in found.late.values()),
        "two_forms": sum(len({form for one in p.interpretations for form in _forms(one)}) >= 2 for p in own),
        **{f"forms_{form}": forms[form] for form in _FORMS},
    }
    for name, results in (
        ("interpreted_share", found.explained),
        ("to_policy_share", found.back),
        ("to_interpretation_share", found.forth),
    ):
        settled = [result for result in results.values() if result != OPEN]
        if settled:
            counts[name] = round(settled.count(PASS) / len(settled), 4)
    return counts
