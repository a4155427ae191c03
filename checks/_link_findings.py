"""How a link that is not good is told: its finding, the facts its wording is made of, and its row in 链接明细."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks._links import (
    Verdict,
    elements,
    is_empty,
    is_file,
    is_picture,
    leads_inside,
    private_reason,
    soft_signs,
)
from checks._words import attempt_words, column_of, minute, status_words
from checks.base import Artifacts, Finding, Outcome
from checks.runner import LEVEL_WORDS
from portal.artifacts import NEARNESS, Attempt, LinkRecord
from portal.facts import Element
from portal.lost import CUT
from portal.miswritten import oddity
from portal.urls import extension
from portal.zone import CHINA

_SAYS_SO = "显示“页面不存在”一类提示"
_SHOWS = {
    "soft_404:blank": "为空白页，没有任何内容",
    "soft_404:report": "只显示程序返回的错误代码",
    "soft_404:server": "显示程序出错信息",
    "parked:no_site": "显示“没有找到站点”一类提示",
    "working:busy": "显示系统繁忙，没有所示内容",
    "working": "显示网站正在维护，没有所示内容",
    "jump:home": "没有所示内容，自动转到首页",
}
_CAME = {"json": "程序返回的代码", "text": "纯文本", "binary": "无法识别的内容（可能上传了加密或损坏的文件）"}
_CUT = "不完整的文件（后部缺失，无法打开）"
_LIKE_NONSENSE = "与该网站对不存在网址的应答相同，没有所示内容"
_CATEGORIES = {"gambling": "赌博", "porn": "色情", "parked:for_sale": "域名出售", "parked": "域名停放"}
_ELEMENT_WORDS = {
    Element.IMG: "图片",
    Element.IFRAME: "框架",
    Element.SCRIPT: "脚本",
    Element.CSS: "样式",
    Element.MEDIA: "音视频",
}


def is_visible(link: LinkRecord) -> bool:
    """Returns whether a visitor meets the link on any page."""
    # Scripts and style sheets are never seen and always felt; only what a visitor could click or see can be hidden.
    return not link.occurrences or any(
        o.visible or o.element in {Element.SCRIPT, Element.CSS} for o in link.occurrences
    )


def facts_of(link: LinkRecord, found: Verdict) -> dict[str, Any]:
    """Returns the facts of a bad link: what the messages of `broken_links.META` and its readers ask for."""
    odd = oddity(link.url) if found.kind in {"not_found", "dns"} else ""
    facts: dict[str, Any] = {
        "status": status_words(found.failures[-1]) + (f"；{odd}" if odd else ""),
        "what": noun(link),
        "history": _history(found.failures),
        "final_url": found.failures[-1].final_url,
        "wanted": (extension(link.url) or "所列").upper(),
        "methods": list(found.certainty.methods),
        "failed_times": found.certainty.failed_times,
        "attempts": [attempt_words(attempt) for attempt in link.attempts],
    }
    if found.kind == "soft_404":
        facts["signs"] = sorted({sign for attempt in found.failures for sign in soft_signs(attempt)})
        facts["shows"] = _shows(found.failures[-1], facts["signs"])
    elif found.kind in {"wrong_content", "empty_file"}:
        facts["cannot"] = "无法显示" if is_picture(link) and not is_file(link) else "无法下载"
        cut = CUT in found.failures[-1].signs
        facts["came"] = _CUT if cut else _CAME.get(found.failures[-1].sniffed, "网页")
    elif found.kind == "hijacked":
        facts["category"] = _category(found.failures)
        facts["signs"] = sorted({sign for attempt in found.failures for sign in attempt.signs})
    return facts


def noun(link: LinkRecord) -> str:
    """Returns what a visitor finds broken: 链接, or what the page shows by it."""
    form = "附件" if is_file(link) else _ELEMENT_WORDS.get(_shown_by(link), "链接")
    return f"{form}链接" if form == "附件" else form


def _shown_by(link: LinkRecord) -> Element:
    return min(link.occurrences, key=lambda o: NEARNESS[o.level]).element if link.occurrences else Element.A


def finding_of(
    artifacts: Artifacts,
    link: LinkRecord,
    kind: str,
    outcome: Outcome,
    facts: Mapping[str, Any],
    failures: Sequence[Attempt],
) -> Finding:
    """Returns the finding about a link: its places nearest to the home page first, its proof from the failures."""
    places = sorted(link.occurrences, key=lambda o: (NEARNESS[o.level], not o.visible))
    return Finding(
        kind=kind,
        subject=link.url,
        outcome=outcome,
        title=next((o.text for o in places if o.text), ""),
        column=next(filter(None, (column_of(artifacts, o.page) for o in places)), ""),
        level=link.level,
        internal=link.internal,
        occurrences=tuple(places),
        occurrence_count=link.count,
        facts=dict(facts),
        evidence=tuple(dict.fromkeys(a.evidence for a in failures if a.evidence)),
        confirmations=max(1, len(_looks(failures))),
    )


def row_of(
    link: LinkRecord,
    kind: str,
    error: str,
    result: str,
    attempts: Sequence[Attempt],
    *,
    sure: bool = False,
) -> dict[str, Any]:
    """Returns the link's row in the sheet of the check. `kind` is "" where nothing was found out."""
    first = min(link.occurrences, key=lambda o: NEARNESS[o.level], default=None)
    last = attempts[-1] if attempts else None
    reviewed = len(_looks(attempts)) > 1
    return {
        "text": first.text if first else "",
        "url": link.url,
        "kind": _form(link),
        "page": first.page if first else "",
        "level": LEVEL_WORDS[link.level],
        "count": link.count,
        "hidden": not is_visible(link),
        "status": last.status if last and last.status else None,
        "final_url": last.final_url if last else "",
        "error": error,
        "attempts": [attempt_words(attempt) for attempt in attempts],
        "review": "" if not kind else "结果相同" if sure and reviewed else "待复核" if not sure and attempts else "",
        "result": result,
    }


def _shows(attempt: Attempt, signs: Sequence[str]) -> str:
    if inside := leads_inside(attempt):
        return f"转到{private_reason(inside)}{inside}，公众无法打开"
    if is_empty(attempt):
        return _SHOWS["soft_404:blank"]
    for sign, words in _SHOWS.items():
        if any(one == sign or one.startswith((f"{sign}:", f"{sign}.")) for one in (*signs, *attempt.signs)):
            return words
    return _SAYS_SO if signs else _LIKE_NONSENSE


def _looks(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Returns the attempts that may prove a failure: a HEAD never does."""
    return [attempt for attempt in attempts if attempt.via != "head"]


def _history(failures: Sequence[Attempt]) -> str:
    """Returns when this audit saw the failure. Whether that is enough is not said: an earlier audit, or a re-check
    tomorrow, may settle it, and the words stay with the finding."""
    looks = _looks(failures)
    days = sorted({attempt.at.astimezone(CHINA).date().isoformat() for attempt in looks})
    if len(looks) == 1:
        return f"{minute(looks[0].at)}访问所见"
    span = days[0] if len(days) == 1 else f"{days[0]}、{days[-1]}"
    return f"{span}共{len(looks)}次访问结果相同"


def _category(failures: Sequence[Attempt]) -> str:
    for attempt in failures:
        for sign in attempt.signs:
            for prefix, word in _CATEGORIES.items():
                if sign.startswith(prefix):
                    return word
    return "其他"


def _form(link: LinkRecord) -> str:
    if is_file(link):
        return "附件"
    if is_picture(link):
        return "图片"
    for element, word in _ELEMENT_WORDS.items():
        if element in elements(link):
            return word
    return "页面" if link.internal else "外链"
