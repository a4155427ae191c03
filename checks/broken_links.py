"""链接有效性: whether every link, picture, attachment, frame, script and style sheet of the portal can be opened.

Clause: 国办秘函〔2019〕19号 可用性: 首页上的链接打不开或错误的，每发现一处，扣0.2分；其他页面上的，扣0.1分.
What never counts: 401/403/405/412/429/451, challenges, captchas, log-ins and robots.txt (not measured); a HEAD that
failed; a resolver that could not tell; links nobody can see.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import msgspec

from checks._columns import outline_at
from checks._link_findings import facts_of, finding_of, is_visible, noun, row_of
from checks._links import (
    Says,
    Surroundings,
    Verdict,
    is_file,
    is_picture,
    private_reason,
    verdict,
)
from checks._nonsense import told_from_nonsense, variety
from checks._outlines import ARTICLE_KINDS, Asked, asked_links, whole
from checks._tally import Tally
from checks.base import (
    REASONS,
    Artifacts,
    CheckResult,
    Confirm,
    Kind,
    Meta,
    Outcome,
    Sheet,
    SheetColumn,
)
from portal.actions import changes_something
from portal.artifacts import NEARNESS, Absence, FetchOutcome, Level, LinkRecord, PageRecord
from portal.miswritten import unopenable
from portal.urls import bare, host_of, is_http, normalise, trap


@dataclass(frozen=True, slots=True)
class Params:
    """How sure a failure must be, and when our own line is suspected.

    `spacing_seconds`: least time between two failed looks (seconds), `read_spacing_seconds`: between two readings of
    contents that are wrong. `line_hosts`: least number of external hosts asked, and `line_share`: share of them (0-1)
    that must fail by silence, before our own line is held responsible.
    """

    spacing_seconds: float = 10.0
    read_spacing_seconds: float = 1.0
    line_hosts: int = 5
    line_share: float = 0.8


_CLAUSE = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）扣分指标“可用性”：首页上的链接（包括图片、附件、外部链接等）"
    "打不开或错误的，每发现一处，扣0.2分；其他页面上的链接（包括图片、附件、外部链接等）打不开或错误的，每发现一处，扣0.1分。"
)
_SECURITY = (
    "《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）单项否决指标“安全、泄密事故等严重问题”："
    "发布或链接反动、暴力、色情等内容。"
)
_REPAIR = "修复或删除该链接，并检查引用该链接的全部页面。"
_UNUSABLE = "unusable"
_DEAD = "{page}（{page_level}）中“{text}”{what}无法打开（{status}），{history}。"


def _kind(id_: str, title: str, message: str, remedy: str = _REPAIR, more: tuple[str, ...] = ()) -> Kind:
    return Kind(
        id_,
        title,
        message,
        confirm=Confirm.NETWORK,
        group=_UNUSABLE,
        remedy=remedy,
        clause=_CLAUSE,
        facts=("status", "history", "final_url", "wanted", "what", *more),
    )


META = Meta(
    id="broken_links",
    version=6,
    title="链接有效性",
    why="打不开的链接、附件和图片使公众得不到所需信息；失效域名被他人注册后可能指向违法内容。",
    clauses=("国办秘函〔2019〕19号 可用性", "国办秘函〔2019〕19号 安全、泄密事故等严重问题"),
    requires=("link",),
    subject="the normalised target URL",
    kinds=(
        _kind("not_found", "链接目标不存在", _DEAD),
        _kind("server_error", "链接目标服务器出错", _DEAD),
        _kind("refused", "链接目标拒绝连接", _DEAD),
        _kind("dns", "链接域名无法解析", _DEAD, "删除或更换该链接；域名已停用的，全站清理。"),
        _kind("timeout", "链接长时间无响应", _DEAD),
        _kind("tls", "链接安全证书错误", _DEAD, "更换有效证书，或改用可正常访问的地址。"),
        _kind("redirect_loop", "链接循环跳转", _DEAD),
        _kind(
            "soft_404",
            "链接打开后为错误页",
            "{page}（{page_level}）中“{text}”链接打开后{shows}，{history}。",
            more=("shows",),
        ),
        _kind(
            "redirected_home",
            "链接被转到首页",
            "{page}（{page_level}）中“{text}”链接指向的内容已不存在，打开后转到首页{final_url}，与所示内容不符，{history}。",
        ),
        _kind(
            "wrong_content",
            "附件或图片内容错误",
            "{page}（{page_level}）中“{text}”{cannot}：打开后为{came}，不是所示的{wanted}文件，{history}。",
            "重新上传附件或图片，并逐一核对可正常打开。",
            more=("cannot", "came"),
        ),
        _kind(
            "empty_file",
            "附件或图片为空文件",
            "{page}（{page_level}）中“{text}”{cannot}或为空文件，{history}。",
            "重新上传该文件。",
            more=("cannot",),
        ),
        Kind(
            "private_address",
            "链接指向内网或本机地址",
            "{page}（{page_level}）中“{text}”链接指向{why}{subject}，公众无法打开。",
            group="private",
            implied_by="not_found",
            remedy="删除该链接或改为可公开访问的地址。",
            clause=_CLAUSE,
            facts=("why",),
        ),
        Kind(
            "hijacked",
            "外部链接已被他人占用",
            "{page}（{page_level}）中“{text}”链接指向的外部网站{host}现显示与原内容无关的{category}内容，请立即删除。",
            group="hijacked",
            implied_by="not_found",
            remedy="立即删除该链接，并全站排查指向同一域名的链接。",
            clause=_SECURITY,
            facts=("category", "status", "history", "final_url"),
        ),
    ),
    metrics={
        "links": "发现的链接（去重），个",
        "checked": "得出结论的链接，个",
        "checked_home": "其中位于首页，个",
        "checked_second": "其中位于二级页面，个",
        "checked_other": "其中位于其他页面，个",
        "not_measured": "未能判定的链接，个",
        "not_measured_home": "其中位于首页，个",
        "not_measured_second": "其中位于二级页面，个",
        "not_measured_other": "其中位于其他页面，个",
        "blocked": "因访问受限未能判定的链接，个",
        "broken": "确认打不开或错误的链接，个",
        "broken_home": "其中位于首页，个",
        "broken_second": "其中位于二级页面，个",
        "broken_other": "其中位于其他页面，个",
        "broken_internal": "其中站内链接，个",
        "broken_external": "其中外部链接，个",
        "broken_files": "其中附件，个",
        "broken_pictures": "其中图片，个",
        "suspect": "疑似打不开、尚待复核的链接，个",
        "hijacked": "指向已被他人占用的外部网站的链接，个",
        "left_out": "按规则不访问的站内链接（退出登录、日历、打印页、重复列表等），个",
        "hidden": "打不开但页面上不可见、不计入的链接，个",
        "carried": "本次未轮到、沿用此前结论的链接，个",
        "carried_days": "其中最早一次检测距检查日，天",
        "broken_share": "确认打不开或错误的链接占已得出结论链接的比例",
    },
    sheet=Sheet(
        "链接明细",
        (
            SheetColumn("text", "链接文字", width=30),
            SheetColumn("url", "目标URL", "url", 50),
            SheetColumn("kind", "链接种类", width=10),
            SheetColumn("page", "父页面", "url", 50),
            SheetColumn("level", "页面层级", width=10),
            SheetColumn("count", "引用次数", "number", 10),
            SheetColumn("hidden", "是否隐藏", "bool", 10),
            SheetColumn("status", "HTTP状态", "number", 10),
            SheetColumn("final_url", "最终URL", "url", 40),
            SheetColumn("error", "错误说明", width=24),
            SheetColumn("attempts", "探测结果及时间", "list", 50),
            SheetColumn("review", "复核", width=14),
            SheetColumn("result", "结论", width=24),
        ),
    ),
)

_BAD_WORDS = {kind.id: kind.title for kind in META.kinds}
ARTICLE_TEXT = 60  # characters of main text below a date from which a page is an article, whatever its words


def run(artifacts: Artifacts, params: Params) -> CheckResult:
    """Returns the verdict on every link; see the module docstring."""
    tally = Tally(META, _carried(artifacts))
    spacings = (dt.timedelta(seconds=params.spacing_seconds), dt.timedelta(seconds=params.read_spacing_seconds))
    around = _surroundings(artifacts)
    line_down = _own_line(artifacts, params)
    own_private = bool(private_reason(artifacts.portal.home))
    unlike, lost = _to_be_unlike(artifacts), _known_lost(artifacts)
    counts: Counter[str] = Counter()
    doubtful: list[tuple[Asked, Verdict]] = []
    if line_down:
        tally.warnings.append("多数外部网站同时无响应，可能是本机网络原因，相关链接未作判定")
    for link in asked_links(artifacts.links):
        url = link.url
        if why := unopenable(url):  # before all else: http://http://… names no machine of a house
            if _miswritten(tally, artifacts, whole(link, artifacts.links), why):
                counts["links"] += 1
                counts[f"checked_{link.level}"] += 1
                counts["broken_" + link.level] += 1
                counts["broken_internal" if link.internal else "broken_external"] += 1
            continue
        # An intranet portal is asked like any other, as far as targets.toml allows it: what was asked is judged.
        if (why := private_reason(url)) and not (own_private and link.attempts):
            if (booked := _private(tally, artifacts, whole(link, artifacts.links), why, own_private)) is not None:
                counts["links"] += 1
                counts[f"{'checked' if booked else 'not_measured'}_{link.level}"] += 1
                counts["broken_" + link.level] += booked
            continue
        if not is_http(url):
            continue
        counts["links"] += 1
        if _left_out(artifacts, link):
            counts["left_out"] += 1
            continue
        found = verdict(link, around, *spacings)
        if found.says is Says.BAD and _excused(found, link, artifacts, line_down):
            found = Verdict(Says.NOTHING, reason=Absence.OWN_LINE)
        if found.says is Says.GOOD and url in lost and not _was_drawn(artifacts, url):
            found = Verdict(Says.NOTHING, reason=Absence.SCRIPTED)
        if found.says is Says.GOOD and url in unlike and not told_from_nonsense(link, artifacts.hosts):
            found = Verdict(Says.NOTHING, reason=Absence.UNDECIDED)
        if found.says is Says.GOOD:
            counts[f"checked_{link.level}"] += 1
            tally.good("not_found", url)
            if not link.internal:
                tally.good("hijacked", url)
        else:
            doubtful.append((link, found))
    nowhere = frozenset(link.url for link, found in doubtful if found.kind == "soft_404" and link.internal)
    for asked, found in doubtful:
        link = whole(asked, artifacts.links)
        if nowhere and found.says is Says.BAD:
            link = _beside_lost_pages(link, nowhere)
            if not link.count:
                counts["links"] -= 1
                continue
        counts[f"checked_{link.level}"] += found.says is Says.BAD
        _book(tally, artifacts, link, found, counts)
    _removed(tally, artifacts)
    return tally.conclude(_metrics(tally, artifacts, counts), nothing="未发现可核查的链接")


def _beside_lost_pages(link: LinkRecord, nowhere: frozenset[str]) -> LinkRecord:
    """Returns a link without the places that are no pages themselves: what a portal shows at whatever address holds its
    menus, read from there. Count 0: it stands nowhere else."""
    places = tuple(place for place in link.occurrences if place.page not in nowhere)
    if len(places) == len(link.occurrences):
        return link
    if not places:
        return msgspec.structs.replace(link, occurrences=(), count=0)
    nearest = min((place.level for place in places), key=NEARNESS.__getitem__)
    gone = len(link.occurrences) - len(places)
    return msgspec.structs.replace(link, occurrences=places, count=link.count - gone, level=nearest)


def _to_be_unlike(artifacts: Artifacts) -> frozenset[str]:
    """Returns the links of the portal that were accused for being like what their host says to nonsense: they are good
    when they were compared with it again."""
    return frozenset(
        known.subject
        for known in artifacts.known
        if known.check == META.id and known.kind == "soft_404" and not known.signs
        if known.subject in artifacts.links and artifacts.links[known.subject].internal
    )


def _known_lost(artifacts: Artifacts) -> frozenset[str]:
    """Returns the links accused for what their page shows: where a script draws it, they are good when a browser saw it
    again."""
    return frozenset(
        known.subject
        for known in artifacts.known
        if known.check == META.id and known.kind == "soft_404" and known.signs
    )


def _was_drawn(artifacts: Artifacts, url: str) -> bool:
    page = outline_at(artifacts, url)
    return page is None or page.rendered or not page.framed


def _carried(artifacts: Artifacts) -> frozenset[str]:
    """Returns the links known from an earlier day only: not asked tonight, or asked and on no page that was read
    tonight. Where a link stood may have been repaired since."""
    return frozenset(url for url, link in artifacts.link_outlines.items() if link.carried or link.unseen)


def _left_out(artifacts: Artifacts, link: Asked) -> bool:
    """Returns whether the crawler keeps away from a link by rule: log-outs, calendars, session ids, print pages, lists
    that repeat themselves. A crawl that came to its end left nothing else of the portal unasked."""
    if link.attempts or not link.internal or link.skipped not in {None, Absence.NOT_GATHERED}:
        return False
    by_rule = changes_something(link.url) or trap(link.url)
    return bool(by_rule) or not (artifacts.summary.stopped_by or "link" in artifacts.absent)


def _surroundings(artifacts: Artifacts) -> Surroundings:
    home_urls = {normalise(artifacts.portal.home), normalise(artifacts.summary.home_final or artifacts.portal.home)}
    home = artifacts.pages.get(artifacts.portal.home) or artifacts.pages.get(normalise(artifacts.portal.home))
    seen = variety(artifacts.links, artifacts.hosts)
    articles = frozenset(
        bare(url)
        for url, page in artifacts.outlines.items()
        if page.kind in ARTICLE_KINDS and page.text_length >= ARTICLE_TEXT and page.own is not None
    )
    return Surroundings(
        artifacts.hosts,
        frozenset(home_urls),
        home.fetch if home else None,
        frozenset(host for host, one in seen.items() if one.telling),
        frozenset(host for host, one in seen.items() if one.various),
        frozenset(url for url, page in artifacts.outlines.items() if page.drawn),
        artifacts.outlines,
        frozenset(url for url, page in artifacts.outlines.items() if page.framed),
        articles,
        artifacts.links,
    )


def _own_line(artifacts: Artifacts, params: Params) -> bool:
    asked: dict[str, list[bool]] = {}
    for url, link in artifacts.link_outlines.items():
        if link.internal or link.outcome is None or link.known:
            continue  # what was not asked now says nothing about our line now
        asked.setdefault(host_of(url), []).append(link.silent)
    if len(asked) < params.line_hosts:
        return False
    return sum(all(silent) for silent in asked.values()) / len(asked) > params.line_share


def _excused(found: Verdict, link: Asked, artifacts: Artifacts, line_down: bool) -> bool:
    last = found.failures[-1]
    if line_down and not link.internal and found.kind in {"timeout", "dns", "refused"}:
        return True
    vantage = artifacts.vantage
    if vantage is None:
        return False
    if found.kind == "dns" and not vantage.dns.ok:
        return True
    return found.kind in {"timeout", "refused"} and last.family != 6 and not vantage.ipv4.ok


def _private(tally: Tally, artifacts: Artifacts, link: LinkRecord, why: str, own_private: bool) -> bool | None:
    """Books a link to a private address; returns whether it is a defect, None where it is not counted at all."""
    if own_private:
        # A portal inside a house may link to its house; who can open what there is not ours to say.
        tally.unmeasured(link.url, Absence.UNDECIDED)
        return False
    if not is_visible(link):
        return None
    tally.bad(finding_of(artifacts, link, "private_address", Outcome.FAIL, {"why": why}, ()))
    tally.rows.append(row_of(link, "private_address", why, "确认：" + _BAD_WORDS["private_address"], ()))
    return True


def _miswritten(tally: Tally, artifacts: Artifacts, link: LinkRecord, why: str) -> bool:
    """Books a link whose address nobody can open, by its writing alone; returns whether it counts."""
    if not is_visible(link):
        return False
    status = f"地址写错：{why}"
    told = {"status": status, "history": "点击后打不开任何网页", "final_url": "", "wanted": "", "what": noun(link)}
    tally.bad(finding_of(artifacts, link, "not_found", Outcome.FAIL, told, ()))
    tally.rows.append(row_of(link, "not_found", status, "确认：" + _BAD_WORDS["not_found"], ()))
    return True


def _book(tally: Tally, artifacts: Artifacts, link: LinkRecord, found: Verdict, counts: Counter[str]) -> None:
    """Books a link that is not good."""
    if found.says is not Says.BAD:
        reason = found.reason or Absence.NOT_GATHERED
        counts["blocked"] += reason in {Absence.BLOCKED, Absence.CHALLENGE, Absence.CAPTCHA, Absence.LOGIN}
        tally.unmeasured(link.url, reason)
        counts[f"not_measured_{link.level}"] += 1
        tally.rows.append(row_of(link, "", REASONS[reason], "未能判定", link.attempts))
        return
    if not is_visible(link) and found.kind != "hijacked":
        counts["hidden"] += 1
        tally.rows.append(row_of(link, found.kind, _BAD_WORDS[found.kind], "页面上不可见，不计入", link.attempts))
        return
    sure = found.certainty.certain
    if found.kind == "hijacked":
        counts["hijacked"] += sure
    outcome = Outcome.FAIL if sure else Outcome.SUSPECT
    tally.bad(finding_of(artifacts, link, found.kind, outcome, facts_of(link, found), found.failures))
    words = ("确认：" if sure else "疑似：") + _BAD_WORDS[found.kind]
    tally.rows.append(row_of(link, found.kind, _BAD_WORDS[found.kind], words, link.attempts, sure=sure))
    if not sure:
        counts["suspect"] += 1
        return
    counts["broken_" + link.level] += 1
    counts["broken_internal" if link.internal else "broken_external"] += 1
    counts["broken_files"] += is_file(link)
    counts["broken_pictures"] += is_picture(link) and not is_file(link)


def _removed(tally: Tally, artifacts: Artifacts) -> None:
    """Books known dead links as gone where every page that held them was read again without them."""
    for known in artifacts.known:
        if known.check != META.id or known.subject in artifacts.links or not known.pages:
            continue
        pages = [artifacts.pages.get(page) for page in known.pages]
        if all(page is not None and page.facts is not None and _read_tonight(page) for page in pages):
            tally.clear(known.kind, known.subject)


def _read_tonight(page: PageRecord) -> bool:
    return page.fetch.outcome is FetchOutcome.OK and page.carried is None


def _metrics(tally: Tally, artifacts: Artifacts, counts: Counter[str]) -> dict[str, float]:
    days = [link.carried for link in artifacts.link_outlines.values() if link.carried]
    by_level = {name: counts["broken_" + level] for name, level in zip(("home", "second", "other"), Level, strict=True)}
    broken = sum(by_level.values())
    return {
        "links": counts["links"],
        "checked": tally.measured,
        **{f"checked_{level}": counts[f"checked_{level}"] for level in Level},
        "not_measured": tally.skipped(),
        **{f"not_measured_{level}": counts[f"not_measured_{level}"] for level in Level},
        "blocked": counts["blocked"],
        "broken": broken,
        **{f"broken_{name}": number for name, number in by_level.items()},
        "broken_internal": counts["broken_internal"],
        "broken_external": counts["broken_external"],
        "broken_files": counts["broken_files"],
        "broken_pictures": counts["broken_pictures"],
        "suspect": counts["suspect"],
        "hijacked": counts["hijacked"],
        "hidden": counts["hidden"],
        "left_out": counts["left_out"],
        "carried": tally.carried,
        "carried_days": max(((artifacts.as_of - day).days for day in days), default=0),
        "broken_share": round(broken / tally.measured, 4) if tally.measured else 0.0,
    }
