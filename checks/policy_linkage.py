"""解读关联: whether policies are explained, in time, and lead to their interpretations and back.

Clause: 国办秘函〔2019〕19号 解读比例 (3 drawn policies of the portal's own: without interpretation −1 each) and
解读关联 (3 drawn interpretations: not linked to the policy −0.5, policy not linked back −0.5, each direction apart).
Every policy and interpretation read is judged; the seeded draws of three serve the score. Documents of higher
governments and reprinted interpretations never count against a portal.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks._columns import browser_missing, carried_pages, unrendered
from checks._library import Library, read_library
from checks._linkage_account import (
    FAIL,
    OPEN,
    PASS,
    Judged,
    draw_interpretations,
    draw_policies,
    metrics,
    rows,
)
from checks._outlines import view_of
from checks._ownership import Owner
from checks._pairing import titled
from checks._policies import Interpretation, Policy
from checks._scope import concerns_many
from checks._tally import Tally
from checks._words import column_of
from checks.base import (
    Artifacts,
    CheckResult,
    Finding,
    Kind,
    Meta,
    Outcome,
    Sheet,
    SheetColumn,
)
from portal.artifacts import Absence, PageRecord
from portal.interpreting import subject_of
from portal.text import quoted_titles
from portal.workdays import CalendarUnknownError


@dataclass(frozen=True, slots=True)
class Params:
    """`working_days`: working days within which an interpretation must follow its policy. `window_days`: calendar days
    back from `as_of` in which a policy must have an interpretation and interpretations must be in time. `draw`:
    members of each draw. `surely_late`: calendar days that exceed `working_days` whatever the holidays were."""

    working_days: int = 3
    window_days: int = 365
    draw: int = 3
    surely_late: int = 20


_SOURCE = "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）"
_SHARE_CLAUSE = (
    f"{_SOURCE}扣分指标“解读比例”：随机抽查网站已发布的3个以本地区本部门或本地区本部门办公厅（室）名义印发的涉及面广、社会关注度高的"
    "政策文件，被解读的文件数量每少一个，扣1分。"
)
_LINK_CLAUSE = (
    f"{_SOURCE}扣分指标“解读关联”：随机抽查网站已发布的3个解读稿：未与被解读的政策文件相关联的，每发现一处，扣0.5分；"
    "该政策文件未与被抽查解读稿相关联的，每发现一处，扣0.5分。"
)
_TIME_CLAUSE = "政策解读制度（各地执行标准）：解读材料与政策文件同步发布，最迟在文件公开之日起3个工作日内发布。"

META = Meta(
    id="policy_linkage",
    version=6,
    title="解读关联",
    why="公众看不懂政策原文时需要解读；文件与解读互相找不到，解读就起不到作用。",
    clauses=("国办秘函〔2019〕19号 解读比例", "国办秘函〔2019〕19号 解读关联"),
    requires=("page",),
    subject="the URL of the policy, or of the interpretation, on which something is missing",
    kinds=(
        Kind(
            "no_interpretation",
            "政策文件无解读",
            "《{title}》（{number}，{published}）截至{as_of}未见配套解读；按标题疑似应解读文件，是否涉及面广、社会关注度高请人工确认。",
            remedy="为该文件配套发布解读材料；不属于应解读文件的，说明理由申请剔除。",
            clause=_SHARE_CLAUSE,
            facts=("number", "published", "as_of"),
            absent=True,
        ),
        Kind(
            "late_interpretation",
            "政策解读逾期",
            "《{policy}》（{published}公开，{policy_url}）的解读于文件公开{days}个工作日后发布（{explained}），超过{limit}个工作日。",
            remedy="今后解读材料与文件同步发布，最迟不超过3个工作日。",
            clause=_TIME_CLAUSE,
            facts=("policy", "policy_url", "published", "explained", "days", "limit"),
        ),
        Kind(
            "policy_not_linked",
            "解读未关联政策文件",
            "解读材料《{title}》未关联政策文件《{policy}》（{policy_url}，按{how}对应）。",
            remedy="在解读页面加上被解读政策文件的链接。",
            clause=_LINK_CLAUSE,
            facts=("policy", "policy_url", "how"),
            absent=True,
        ),
        Kind(
            "interpretation_not_linked",
            "政策文件未关联解读",
            "政策文件《{title}》页面未关联解读材料《{interpretation}》（{interpretation_url}，按{how}对应）。",
            remedy="在政策文件页面加上解读材料的链接。",
            clause=_LINK_CLAUSE,
            facts=("interpretation", "interpretation_url", "how"),
            absent=True,
        ),
    ),
    metrics={
        "policies": "读到的政策文件，个",
        "own_policies": "其中本地区本部门印发的，个",
        "in_scope": "应有解读的政策文件（近一年、有文号），个",
        "interpreted": "其中已有解读的，个",
        "without": "其中未见解读的，个",
        "interpreted_share": "已有解读的占已得出结论的比例",
        "interpretations": "读到的解读材料，个",
        "unpaired": "未能对应到本站政策文件的解读材料，个",
        "pairs": "文件与解读的对应关系，对",
        "to_policy_share": "解读材料关联到政策文件的比例",
        "to_interpretation_share": "政策文件关联到解读材料的比例",
        "late": "逾期发布的解读，个",
        "forms_article": "文字解读，个",
        "forms_image": "图解，个",
        "forms_video": "视频解读，个",
        "forms_conference": "新闻发布会，个",
        "forms_expert": "专家解读，个",
        "forms_qa": "答记者问，个",
        "two_forms": "有两种以上形式解读的政策文件，个",
    },
    draws={"policies": "应有解读的政策文件", "interpretations": "对应到本站政策文件的解读材料"},
    sheet=Sheet(
        "解读关联",
        (
            SheetColumn("direction", "方向", width=16),
            SheetColumn("policy", "文件标题", width=40),
            SheetColumn("number", "文号", width=20),
            SheetColumn("published", "发布日期", "date", 12),
            SheetColumn("policy_url", "文件URL", "url", 50),
            SheetColumn("interpretation", "解读标题", width=40),
            SheetColumn("interpretation_url", "解读URL", "url", 50),
            SheetColumn("explained", "解读日期", "date", 12),
            SheetColumn("days", "间隔工作日", "number", 10),
            SheetColumn("forms", "形式", width=16),
            SheetColumn("forth", "正向链接", width=14),
            SheetColumn("back", "反向链接", width=14),
            SheetColumn("result", "结论", width=30),
        ),
    ),
)

_YEAR = re.compile(r"〔(\d{4})〕")  # of a 文号


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on every policy and interpretation of the portal's own."""
    tally = Tally(META, carried_pages(artifacts))
    library = read_library(artifacts)
    found = Judged()
    loose, veiled = _loose_quotes(library), _is_veiled(artifacts)
    for one in library.interpretations:
        if _judged(one):
            found.back[one.url] = _to_policy(tally, artifacts, one)
    for policy in library.policies:
        if policy.owner is not Owner.HIGHER and policy.interpretations:
            found.forth[policy.url] = _to_interpretation(tally, artifacts, policy)
        if _in_scope(artifacts, policy, params):
            found.explained[policy.url] = _explained(tally, artifacts, loose, policy, params, veiled=veiled)
    found.late.update(_late(tally, artifacts, library, params))
    tally.rows += rows(library, found)
    draws = (
        draw_policies(artifacts.seed, library, found, params.draw),
        draw_interpretations(artifacts.seed, library, found, params.draw),
    )
    return tally.conclude(metrics(library, found), draws=draws, nothing=_nothing(library))


def _nothing(library: Library) -> str:
    """Returns in words why nothing was to be judged: what was read, and what of it concerns no rule."""
    own = sum(policy.owner is not Owner.HIGHER for policy in library.policies)
    if not own and not library.interpretations:
        return "未读到本地区本部门的政策文件和解读材料"
    read = f"读到本地区本部门政策文件{own}个、解读材料{len(library.interpretations)}个"
    return f"{read}，其中没有应有解读的文件（近一年、有文号），解读材料也未能对应到本站文件"


VEILED = 0.05  # share of the pages of which a browser alone would know what they are


def _judged(one: Interpretation) -> bool:
    return not one.foreign and any(policy.owner is not Owner.HIGHER for policy in one.policies)


def _to_policy(tally: Tally, artifacts: Artifacts, one: Interpretation) -> str:
    """Judges whether an interpretation leads to the policy it explains."""
    own = [policy for policy in one.policies if policy.owner is not Owner.HIGHER]
    if one.offers - one.astray or any((one.links | one.around) & policy.keys for policy in own):
        tally.good("policy_not_linked", one.url)
        return PASS
    if reason := _undrawn(artifacts, one):
        tally.unmeasured(one.url, reason)
        return OPEN
    policy = own[0]
    facts = {"policy": policy.title, "policy_url": policy.url, "how": one.how}
    tally.bad(_finding(artifacts, "policy_not_linked", one.page, one.title, facts))
    return FAIL


def _undrawn(artifacts: Artifacts, one: Policy | Interpretation) -> Absence | None:
    """Returns why it is not known where a page leads, None where it is: a script holds the address, or may draw what
    the page announces and nobody looked at in a browser; where there is none, whatever asks for data may."""
    if one.offers_unknown:
        return Absence.SCRIPTED
    for page in one.pages:
        facts = page.facts if page.rendered is None else None
        if facts is not None and (facts.links_awaited or (facts.loads_data and browser_missing(artifacts))):
            return unrendered(artifacts, page)
    return None


def _to_interpretation(tally: Tally, artifacts: Artifacts, policy: Policy) -> str:
    """Judges whether a policy leads to an interpretation of it, on its page or beside it in its list."""
    keys = frozenset().union(*(one.keys for one in policy.interpretations))
    if policy.offers - policy.astray or (policy.links | policy.around) & keys or policy.beside:
        tally.good("interpretation_not_linked", policy.url)
        return PASS
    if reason := _undrawn(artifacts, policy):
        tally.unmeasured(policy.url, reason)
        return OPEN
    one = min(policy.interpretations, key=lambda i: (i.published or dt.date.max, i.url))
    facts = {"interpretation": one.title, "interpretation_url": one.url, "how": one.how}
    tally.bad(_finding(artifacts, "interpretation_not_linked", policy.page, policy.title, facts))
    return FAIL


def _in_scope(artifacts: Artifacts, policy: Policy, params: Params) -> bool:
    """Policies the rule draws from: the portal's own by its words, numbered, in force, recent, of wider concern by its
    title. One written before, and published anew (by a new portal, after a review), is not recent."""
    if policy.owner is not Owner.OWN or not policy.number or policy.published is None or policy.over:
        return False
    made = min(policy.published, policy.written or policy.published)
    if not 0 <= (artifacts.as_of - policy.published).days <= (artifacts.as_of - made).days <= params.window_days:
        return False
    first = artifacts.as_of - dt.timedelta(days=params.window_days)
    if (year := _YEAR.search(policy.number)) and int(year[1]) < first.year:
        return False
    return concerns_many(policy.title)


def _explained(
    tally: Tally, artifacts: Artifacts, loose: Sequence[str], policy: Policy, params: Params, *, veiled: bool
) -> str:
    """Judges whether a policy in scope has an interpretation anywhere on the portal."""
    if policy.interpretations or policy.offers or policy.beside:
        tally.good("no_interpretation", policy.url)
        return PASS
    if reason := Absence.SCRIPTED if veiled else _undecided(artifacts, loose, policy, params):
        tally.unmeasured(policy.url, reason)
        return OPEN
    assert policy.published is not None
    facts = {
        "number": policy.number,
        "published": policy.published.isoformat(),
        "as_of": artifacts.as_of.isoformat(),
        "proposal": "请人工确认该文件是否属于涉及面广、社会关注度高的应解读文件",
    }
    tally.bad(_finding(artifacts, "no_interpretation", policy.page, policy.title, facts))
    return FAIL


def _undecided(artifacts: Artifacts, loose: Sequence[str], policy: Policy, params: Params) -> Absence | None:
    assert policy.published is not None
    if artifacts.summary.stopped_by:
        return Absence.DEADLINE if artifacts.summary.stopped_by == "deadline" else Absence.BUDGET
    if reason := _undrawn(artifacts, policy):
        return reason
    try:
        if artifacts.calendar.between(policy.published, artifacts.as_of) <= params.working_days:
            return Absence.UNDECIDED  # it may still come in time
    except CalendarUnknownError:
        if (artifacts.as_of - policy.published).days <= params.surely_late:
            return Absence.NO_CALENDAR
    if policy.met or any(titled(quote, [policy]) for quote in loose):
        return Absence.UNDECIDED  # something quotes it; whether that explains it is for a person to say
    return None


def _is_veiled(artifacts: Artifacts) -> bool:
    """Returns whether too much of the portal is drawn by scripts and was not seen in a browser: what is not on the rest
    may be there."""
    pages = artifacts.outlines.values()
    return sum(page.framed and not page.rendered for page in pages) > VEILED * len(pages)


def _loose_quotes(library: Library) -> tuple[str, ...]:
    """Returns what is named by titles, and by interpretations, that belong to no pair: a policy named there is not
    proven to be unexplained."""
    alone = [one for one in library.interpretations if not one.policies]
    found = {quote for one in alone for quote in _quoted(one)}
    for title in (*library.other_titles, *(one.title for one in alone)):
        found.update((*quoted_titles(title), subject_of(title)))
    return tuple(sorted(found - {""}))


def _quoted(one: Interpretation) -> tuple[str, ...]:
    facts = view_of(one.page)
    return facts.quoted_titles if facts is not None else ()


def _late(tally: Tally, artifacts: Artifacts, library: Library, params: Params) -> dict[str, tuple[int | None, str]]:
    """Judges the first interpretation of every recent policy; returns working days and result by interpretation."""
    found: dict[str, tuple[int | None, str]] = {}
    known = frozenset().union(*(one.keys for one in library.interpretations))
    for policy in library.policies:
        dated = [one for one in policy.interpretations if one.published is not None]
        if policy.owner is Owner.HIGHER or policy.published is None or not dated:
            continue
        if policy.offers - known:
            continue  # on its own page, in a file or elsewhere stands one whose day nobody knows
        first = min(dated, key=lambda one: (one.published or dt.date.max, one.url))
        assert first.published is not None
        if first.url in found or (artifacts.as_of - policy.published).days > params.window_days:
            continue
        days, result = _interval(artifacts, policy.published, first.published, params)
        found[first.url] = (days, result)
        if result == OPEN:
            tally.unmeasured(first.url, Absence.NO_CALENDAR)
        elif result == PASS:
            tally.clear("late_interpretation", first.url)
        else:
            facts = {
                "policy": policy.title,
                "policy_url": policy.url,
                "published": policy.published.isoformat(),
                "explained": first.published.isoformat(),
                "days": days if days is not None else f"{params.working_days}以上",
                "limit": params.working_days,
            }
            tally.bad(_finding(artifacts, "late_interpretation", first.page, first.title, facts))
    return found


def _interval(artifacts: Artifacts, start: dt.date, end: dt.date, params: Params) -> tuple[int | None, str]:
    try:
        days = artifacts.calendar.between(start, end)
    except CalendarUnknownError:
        if (end - start).days <= params.working_days:
            return None, PASS
        return None, FAIL if (end - start).days > params.surely_late else OPEN
    return days, PASS if days <= params.working_days else FAIL


def _finding(artifacts: Artifacts, kind: str, page: PageRecord, title: str, facts: Mapping[str, Any]) -> Finding:
    return Finding(
        kind=kind,
        subject=page.url,
        outcome=Outcome.FAIL,
        title=title,
        column=column_of(artifacts, page.url),
        level=page.level,
        facts=facts,
        evidence=tuple(filter(None, (page.fetch.evidence, page.screenshot))),
        confirmations=1,
    )
