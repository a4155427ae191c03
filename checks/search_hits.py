"""搜索首页命中: whether the portal's own search is there, works, and finds on its first page what the portal published.

Clause: 国办秘函〔2019〕19号 站内搜索: no or unusable search −4; each of 4 drawn titles not on the first page −1;
results not shown by class −1. A dead search is one finding, not one per title. Captchas, log-ins and blocks are not
measured.
"Found" means the same document: the same address, or the same title after folding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checks._columns import browser_missing
from checks._search_matches import answered, best_match
from checks._search_sheet import SHEET, STATUS_WORDS, sheet_row
from checks._tally import Tally
from checks.base import (
    REASONS,
    Artifacts,
    CheckResult,
    Confirm,
    Draw,
    DrawMember,
    Finding,
    Kind,
    Meta,
    Outcome,
)
from portal.artifacts import Absence, Level, SearchRecord, SearchSession, SearchStatus
from portal.model import Portal
from portal.results import leads_to
from portal.urls import normalise

# The subject of what concerns the search as a whole.
SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Params:
    """`broken_sessions`: sessions that must fail before a search is broken for certain; fewer make it suspect.

    `date_tolerance`: days by which a hit with a cut title may differ from the drawn document's date.
    `other_issue`: days from which a hit of the same title may be another year's document: 成文 and 发布 lie less apart.
    """

    broken_sessions: int = 2
    date_tolerance: int = 1
    other_issue: int = 180


_CLAUSE = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）扣分指标“站内搜索”：未提供全站站内搜索功能或功能不可用的，扣4分。"
    "随机选取4条网站已发布的信息或服务的标题进行测试，在搜索结果第一页无法找到该内容的，每条扣1分。"
    "未对搜索结果进行分类展现的（如按照政策文件、办事指南等进行分类），扣1分。"
)

META = Meta(
    id="search_hits",
    version=5,
    title="搜索首页命中",
    why="搜索是公众在门户网站找到信息和服务的主要途径，搜不到等于没公开。",
    clauses=("国办秘函〔2019〕19号 站内搜索",),
    requires=("search",),
    subject="the portal's search as a whole (`search`), or the drawn title's URL",
    kinds=(
        Kind(
            "no_search",
            "未提供站内搜索",
            "网站未提供可用的全站搜索入口（已查看{looked}个页面）。",
            group="capability",
            remedy="在首页头部提供全站搜索功能。",
            clause=_CLAUSE,
            facts=("looked",),
        ),
        Kind(
            "search_broken",
            "站内搜索不可用",
            "站内搜索无法使用：{times}次搜索均未返回结果页（{why}）。",
            confirm=Confirm.NETWORK,
            group="capability",
            remedy="修复站内搜索功能。",
            clause=_CLAUSE,
            facts=("times", "why"),
        ),
        Kind(
            "search_hidden",
            "首页头部无搜索入口",
            "首页头部未提供可用的全站搜索入口（{where}）。",
            group="entry",
            remedy="将搜索框置于首页头部显著位置。",
            clause=_CLAUSE,
            facts=("where",),
        ),
        Kind(
            "title_missed",
            "已发布信息搜索不到",
            "以已发布信息标题“{title}”搜索，结果第一页（{shown}条）未找到该信息{instead}（抽样{number}/{drawn}）。",
            remedy="将该信息纳入索引，优化搜索排序，使按标题搜索时在第一页可见。",
            clause=_CLAUSE,
            facts=("shown", "number", "drawn", "result_url", "instead"),
        ),
        Kind(
            "unclassified",
            "搜索结果未分类展现",
            "搜索结果未分类展现（如政策文件、办事指南等）。",
            group="classes",
            remedy="对搜索结果按政策文件、办事指南、新闻等分类展现。",
            clause=_CLAUSE,
        ),
    ),
    metrics={
        "titles_wanted": "应抽取的标题，条",
        "titles_drawn": "抽取的标题，条",
        "titles_judged": "得出结论的标题，条",
        "titles_found": "第一页找到的标题，条",
        "titles_missed": "第一页未找到的标题，条",
        "search_usable": "搜索功能可用（1是，0否）",
        "search_in_header": "首页头部有搜索入口（1是，0否）",
        "classified": "搜索结果分类展现（1是，0否）",
        "keywords": "测试的关键词，个",
        "keyword_hits_min": "关键词首页命中条数的最小值，条",
        "keyword_hits_max": "关键词首页命中条数的最大值，条",
        "keyword_hits_mean": "关键词首页命中条数的平均值，条",
        "seconds_max": "最慢一次搜索的耗时，秒",
    },
    draws={"search_titles": "已发布信息的标题"},
    sheet=SHEET,
)

_FAILED = frozenset({SearchStatus.BROKEN, SearchStatus.TIMEOUT})
_REASONS = {
    SearchStatus.CAPTCHA: Absence.CAPTCHA,
    SearchStatus.LOGIN: Absence.LOGIN,
    SearchStatus.BLOCKED: Absence.BLOCKED,
    SearchStatus.UNREADABLE: Absence.UNDECIDED,
    SearchStatus.BROKEN: Absence.UNREACHABLE,
    SearchStatus.TIMEOUT: Absence.UNREACHABLE,
}


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on the portal's search and on every drawn title."""
    tally = Tally(META)
    record = artifacts.search
    assert record is not None  # required
    wanted = artifacts.portal.search_titles
    metrics: dict[str, float] = {"titles_wanted": wanted}
    if record.box is None and not record.sessions:
        if record.skipped or browser_missing(artifacts) or not record.pages_looked:
            tally.unmeasured(SEARCH, record.skipped or _no_look(artifacts))
        else:
            metrics |= {"search_usable": 0, "search_in_header": 0}
            tally.bad(_capability(record, "no_search", Outcome.FAIL, {"looked": len(record.pages_looked)}))
        return tally.conclude(metrics)
    _entry(tally, artifacts, record, metrics)
    titles = [session for session in record.sessions if session.drawn.url]
    groups: dict[str, list[SearchSession]] = {}
    for session in sorted(titles, key=lambda s: s.at):
        groups.setdefault(session.drawn.url, []).append(session)
    broken = _usable(tally, record, titles, metrics, params)
    mute = not any(session.hits for session in titles)
    members = [
        _title(tally, record, sessions, number, len(groups), broken, mute, artifacts.portal, params)
        for number, sessions in enumerate(groups.values(), 1)
    ]
    _classes(tally, titles, metrics)
    _keywords(tally, record, [s for s in record.sessions if not s.drawn.url], metrics)
    results = [member.result for member in members]
    metrics |= {
        "titles_drawn": len(members),
        "titles_judged": sum(result != "not_measured" for result in results),
        "titles_found": results.count("pass"),
        "titles_missed": results.count("fail"),
    }
    if record.sessions:
        metrics["seconds_max"] = round(max(session.elapsed for session in record.sessions), 2)
    if len(members) < wanted and not record.skipped and not broken:
        tally.warnings.append(f"可供抽样的标题只有{len(members)}条，少于要求的{wanted}条")
    if not members and not broken:
        tally.unmeasured("titles", record.skipped or Absence.TOO_FEW)
    draw = Draw("search_titles", record.seed, record.candidates, tuple(members))
    return tally.conclude(metrics, draws=(draw,))


def _no_look(artifacts: Artifacts) -> Absence:
    return Absence.NO_BROWSER if browser_missing(artifacts) else Absence.NOT_GATHERED


def _entry(tally: Tally, artifacts: Artifacts, record: SearchRecord, metrics: dict[str, float]) -> None:
    """Judges where the search stands: in the header of the home page, visible."""
    if browser_missing(artifacts):
        return
    home = {normalise(artifacts.portal.home), normalise(artifacts.summary.home_final or artifacts.portal.home)}
    at_home = not record.entry_page or normalise(record.entry_page) in home
    if not at_home and not home & {normalise(page) for page in record.pages_looked}:
        return  # the operator named the entry; nobody looked for one on the home page
    good = record.visible and record.in_header and at_home
    metrics["search_in_header"] = int(good)
    if good:
        tally.clear("search_hidden", SEARCH)
        return
    where = "首页没有搜索框" if not at_home else "搜索框不可见" if not record.visible else "搜索框不在页面头部"
    tally.bad(_capability(record, "search_hidden", Outcome.FAIL, {"where": where, "entry": record.entry_page}))


def _usable(
    tally: Tally, record: SearchRecord, sessions: Sequence[SearchSession], metrics: dict[str, float], params: Params
) -> bool:
    """Judges whether the search answers at all; returns True where it does not."""
    if not sessions:
        if record.skipped:
            tally.unmeasured(SEARCH, record.skipped)
        return False
    if any(session.status not in _FAILED for session in sessions):
        if any(session.status is SearchStatus.ANSWERED for session in sessions):
            metrics["search_usable"] = 1
            tally.good("search_broken", SEARCH)
        return False
    metrics["search_usable"] = 0
    last = sessions[-1]
    facts = {
        "times": len(sessions),
        "why": STATUS_WORDS[last.status],
        "error": last.error,
        "result_url": last.result_url,
    }
    sure = len(sessions) >= params.broken_sessions
    evidence = tuple(dict.fromkeys(e for s in sessions for e in (s.evidence, s.screenshot) if e))
    tally.bad(
        _capability(record, "search_broken", Outcome.FAIL if sure else Outcome.SUSPECT, facts, len(sessions), evidence)
    )
    return True


def _title(
    tally: Tally,
    record: SearchRecord,
    sessions: Sequence[SearchSession],
    number: int,
    drawn: int,
    broken: bool,
    mute: bool,
    portal: Portal,
    params: Params,
) -> DrawMember:
    """Judges one drawn title by the best of its sessions.

    A search that finds nothing whatever it is asked (`mute`) may be one we asked wrongly: its misses are suspect. So is
    a miss where the same title stands there from another site or another year, or its beginning alone.
    """
    read = [session for session in sessions if answered(session)]
    limits = {"date_tolerance": params.date_tolerance, "other_issue": params.other_issue}
    found = [(session, one) for session in read if (one := best_match(session, portal, **limits)) is not None]
    matches = [pair for pair in found if not pair[1].doubt]
    doubtful = next((one for _, one in found if one.doubt), None)
    title = sessions[0].drawn
    if matches:
        session, match = min(matches, key=lambda pair: (pair[1].rank, pair[0].at))
        tally.good("title_missed", title.url)
        tally.rows.append(sheet_row(record, session, number, "合格", match))
        return DrawMember(title.url, title.title, "pass", {"rank": match.rank, "result_url": session.result_url})
    if not read:
        session = sessions[-1]
        reason = _REASONS.get(session.status, Absence.UNDECIDED)
        if not broken:
            tally.unmeasured(title.url, reason)
        words = "未能判定：搜索不可用" if broken else f"未能判定：{REASONS[reason]}"
        tally.rows.append(sheet_row(record, session, number, words, None))
        return DrawMember(title.url, title.title, "not_measured", {"reason": reason.value})
    session = read[-1]
    suspect = mute or doubtful is not None
    facts = {
        "instead": f"，只有{doubtful.doubt}" if doubtful is not None else "",
        "instead_url": doubtful.hit.url if doubtful is not None else "",
        "shown": len(session.hits),
        "number": number,
        "drawn": drawn,
        "result_url": session.result_url,
        "published": title.published.isoformat() if title.published else "",
        "seed": record.seed,
    }
    tally.bad(
        Finding(
            kind="title_missed",
            subject=title.url,
            outcome=Outcome.SUSPECT if suspect else Outcome.FAIL,
            title=title.title,
            column=title.column,
            facts=facts,
            evidence=tuple(filter(None, (session.evidence, session.screenshot))),
            confirmations=len(read),
        )
    )
    tally.rows.append(sheet_row(record, session, number, f"{'疑似' if suspect else '问题'}：第一页未找到", None))
    return DrawMember(
        title.url,
        title.title,
        "not_measured" if suspect else "fail",
        {"shown": len(session.hits), "result_url": session.result_url},
    )


def _classes(tally: Tally, sessions: Sequence[SearchSession], metrics: dict[str, float]) -> None:
    """Judges whether results are shown by class, on result pages that hold results."""
    read = [
        session
        for session in sessions
        # A search that leads straight to the document has shown no results to be shown by class.
        if answered(session) and (session.hits or session.tabs) and not leads_to(session.result_url, session.drawn.url)
    ]
    if not read:
        return
    offered = max((session.tabs for session in read), key=len)
    metrics["classified"] = int(len(offered) >= 2)
    if len(offered) >= 2:
        tally.clear("unclassified", SEARCH)
        return
    tally.bad(
        Finding(
            kind="unclassified",
            subject=SEARCH,
            outcome=Outcome.FAIL,
            title=META.kind("unclassified").title,
            column="首页",
            level=Level.HOME,
            facts={"result_url": read[0].result_url, "tabs": list(offered)},
            evidence=tuple(filter(None, (read[0].evidence, read[0].screenshot))),
            confirmations=len(read),
        )
    )


def _keywords(tally: Tally, record: SearchRecord, sessions: Sequence[SearchSession], metrics: dict[str, float]) -> None:
    """Counts what keywords find on the first page, for systems that count hits."""
    counts: list[int] = []
    for number, session in enumerate(sorted(sessions, key=lambda s: (s.drawn.title, s.at)), 1):
        if answered(session):
            counts.append(len(session.hits))
        words = "关键词测试" if answered(session) else f"未能判定：{STATUS_WORDS.get(session.status, '结果页未能识别')}"
        tally.rows.append(sheet_row(record, session, number, words, None, keyword=True))
    metrics["keywords"] = len(counts)
    if counts:
        metrics["keyword_hits_min"] = min(counts)
        metrics["keyword_hits_max"] = max(counts)
        metrics["keyword_hits_mean"] = round(sum(counts) / len(counts), 2)


def _capability(
    record: SearchRecord,
    kind: str,
    outcome: Outcome,
    facts: dict[str, Any],
    confirmations: int = 1,
    evidence: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        kind=kind,
        subject=SEARCH,
        outcome=outcome,
        title=META.kind(kind).title,
        column="首页",
        level=Level.HOME,
        facts=facts | {"pages_looked": list(record.pages_looked)},
        evidence=evidence or tuple(filter(None, (record.screenshot,))),
        confirmations=confirmations,
    )
