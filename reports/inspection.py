"""检查报告 of one portal, in the order assessors write it: 概况, 结论, 问题, 得分, 上期整改, 要求, and five annexes.

Reports decide nothing: verdicts are the audit's, scores the systems', states the ledger's. Only what stands (open,
regressed) is called a problem; suspects are said to be suspects, and what nobody measured is said to be that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from checks.base import Severity
from indicators.case import Word
from indicators.score import Score
from indicators.system import Group
from portal.model import Office
from reports import words
from reports.document import (
    Align,
    Block,
    Column,
    Document,
    Form,
    Paragraph,
    Signature,
    day,
    first,
    moment,
    second,
    shortened,
    table,
    third,
)
from reports.figures import Figures
from reports.inspection_annexes import annexes
from reports.ledger import owners
from reports.scores import name_of, percent, span, verdict, veto_names
from reports.words import Metas
from storage.lifecycle import CHINA
from storage.views import AuditView, FindingView

NAMED = 20  # findings named in a table of the text; the annex has all
LONGEST = 300  # characters of a message or an address in the text


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the report of one portal tells of. View and scores are masked; `last` are the scores of last time by system,
    `deadlines` what the ledger has for findings by fingerprint."""

    view: AuditView
    scores: Sequence[Score]
    metas: Metas
    office: Office
    made: dt.datetime
    last: Mapping[str, Score] = field(default_factory=dict)
    deadlines: Mapping[str, dt.datetime] = field(default_factory=dict)


def portal_report(it: Inspected, figures: Figures) -> Document:
    """Returns 检查报告 of one portal."""
    view = it.view
    blocks = [
        *_about(it),
        *_conclusion(it),
        *_problems(it, figures),
        *score_blocks(4, it.scores),
        *_last_time(it),
        *_demands(it),
        Signature(it.office.name or view.portal.unit or "（检查单位）", day(it.made.astimezone(CHINA).date())),
        *annexes(view, it.scores, it.metas, it.deadlines),
    ]
    return Document(
        title=f"{shortened(view.portal.name, 60)}网站检查报告",
        blocks=tuple(blocks),
        author=it.office.name,
        made=it.made,
    )


def standing(view: AuditView) -> list[FindingView]:
    """Returns the findings that are problems: open or back again; the worst first."""
    return [finding for finding in view.findings if finding.state in ("open", "regressed")]


def _about(it: Inspected) -> list[Block]:
    view, audit = it.view, it.view.audit
    portal, summary = view.portal, audit.summary
    marks = [f"网址：{portal.home}"]
    marks += [f"网站标识码：{portal.site_code}"] if portal.site_code else []
    marks += [f"主办单位：{portal.unit}"] if portal.unit else []
    systems = "、".join(f"《{shown_title(score)}》" for score in it.scores)
    rules = "、".join(f"{words.title_of(it.metas, r.check)}（{r.check} 第{r.version}版）" for r in view.results)
    program = "，".join(f"{name} {value}" for name, value in words.versions(view).items() if name == "mingcha")
    blocks: list[Block] = [
        first(1, "检查概况"),
        Paragraph(f"{portal.name}门户网站（{'，'.join(marks)}）。", lead="（一）检查对象。"),
        Paragraph(
            f"{moment(audit.started)}至{moment(audit.ended)}，检查批次{audit.id}。"
            f"涉及日期的规则以{day(audit.as_of)}为检查日；时间均为北京时间。",
            lead="（二）检查时间。",
        ),
        Paragraph(
            (f"{systems}。" if systems else "")
            + f"检查项及规则版本：{rules}；检查程序{program or 'mingcha'}。各类问题所依据的条款原文见第三部分。",
            lead="（三）检查依据与规则版本。",
        ),
        Paragraph(
            f"采用系统自动检查，共阅读网页{summary.get('pages', 0)}个"
            f"（其中{summary.get('rendered', 0)}个经浏览器渲染），发出访问请求{summary.get('requests', 0)}次。结论均附证据；一次访问失败的只列为疑似，须另行复核后才认定。",
            lead="（四）检查方法。",
        ),
        Paragraph(_vantage(it), lead="（五）探测点。"),
        Paragraph("各检查项应查、已查数量如下。", lead="（六）覆盖率。"),
        table(
            (
                Column("检查项", 4),
                Column("应查", 2, Align.RIGHT),
                Column("已查", 2, Align.RIGHT),
                Column("覆盖率", 2, Align.RIGHT),
                Column("结论", 5),
            ),
            [
                (
                    words.title_of(it.metas, result.check),
                    result.coverage.intended,
                    result.coverage.measured,
                    percent(result.coverage.measured / result.coverage.intended) if result.coverage.intended else "—",
                    words.OUTCOMES.get(result.outcome, result.outcome),
                )
                for result in words.in_order(it.metas, view.results)
            ],
        ),
        Paragraph(_limits(it), lead="（七）局限。"),
    ]
    return blocks


def _vantage(it: Inspected) -> str:
    seen = it.view.audit.summary.get("vantage")
    if not isinstance(seen, Mapping):
        return "检查所用机器一处；其网络出口情况本批次未记录。"
    able = {name: isinstance(seen.get(name), Mapping) and bool(seen[name].get("ok")) for name in ("ipv4", "ipv6")}
    browser = seen.get("browser")
    ways = "，".join(f"{name}出口{'可用' if able[name.lower()] else '不可用'}" for name in ("IPv4", "IPv6"))
    product = str(browser.get("detail") or "") if isinstance(browser, Mapping) else ""
    return f"检查所用机器一处，{ways}，" + (f"浏览器{product}。" if product else "没有可用的浏览器。")


def _limits(it: Inspected) -> str:
    gaps = words.not_measured(it.view, it.metas)
    parts = []
    if it.view.audit.degraded:
        parts.append(f"本次检查不完整（{words.degraded(it.view)}），只列出所见问题，不据此认定整改完成，不计分。")
    if gaps:
        parts.append(f"有{len(gaps)}类情形未能自动判定，既不算通过，也不算问题，详见附件4。")
    parts.append("自动检查不能替代人工判断：涉及单项否决的情形和需人工评定的指标，须由检查人员确认。")
    return "".join(parts)


def _conclusion(it: Inspected) -> list[Block]:
    view = it.view
    wrong = standing(view)
    counts = Counter(finding.severity for finding in wrong)
    suspects = sum(finding.state == "suspect" for finding in view.findings)
    severities = "、".join(f"{words.SEVERITIES[name]}类{counts[name]}个" for name in words.SEVERITIES if counts[name])
    text = f"发现需要整改的问题{len(wrong)}个（{severities}）" if wrong else "在已检查的范围内未发现需要整改的问题"
    if suspects:
        text += f"；另有疑似问题{suspects}个待复核，不作为问题通报"
    blocks: list[Block] = [first(2, "总体结论"), Paragraph(f"{text}。", lead="（一）问题总数。")]
    blocks.append(Paragraph(_vetoes(it, counts[Severity.VETO]), lead="（二）单项否决。"))
    if it.scores:
        blocks.append(
            Paragraph("得分以区间表示：待人工评定和未能判定的部分定下后才有确定的分数。", lead="（三）得分。")
        )
        blocks.append(
            table(
                (
                    Column("指标体系", 5),
                    Column("得分区间", 2.4, Align.CENTRE),
                    Column("自动核查占比", 2, Align.CENTRE),
                    Column("上期", 2.4, Align.CENTRE),
                    Column("结论", 5),
                ),
                [
                    (
                        shown_title(score),
                        points(score),
                        percent(score.measured_share),
                        points(last) if (last := it.last.get(score.system.id)) else "—",
                        verdict(score)[0],
                    )
                    for score in it.scores
                ],
            )
        )
    blocks.append(Paragraph(_against_last(view), lead=f"（{'四' if it.scores else '三'}）与上期比较。"))
    return blocks


def _vetoes(it: Inspected, found: int) -> str:
    said = []
    for score in it.scores:
        if confirmed := score.vetoes(Word.CONFIRMED):
            said.append(f"按《{shown_title(score)}》，单项否决成立（{veto_names(score, confirmed)}），判为不合格")
        if proposed := score.vetoes():
            names = veto_names(score, proposed)
            said.append(f"按《{shown_title(score)}》，建议单项否决{len(proposed)}项（{names}），须经人工确认")
    if said:
        return f"{'；'.join(said)}。"
    if found:
        return f"发现涉及单项否决的问题{found}个，须经人工确认。"
    return "自动检查未发现单项否决情形；需人工认定的情形未包括在内。"


def _against_last(view: AuditView) -> str:
    if not view.earlier:
        return "首次检查，没有上期。"
    changes = Counter(finding.change for finding in view.findings)
    persisting = sum(finding.state != "suspect" for finding in view.persisting)
    return (
        f"较上次检查，新增{changes['new']}个，确认已整改{changes['fixed']}个，"
        f"整改后反弹{changes['regressed']}个，仍未整改{persisting}个。"
    )


def _problems(it: Inspected, figures: Figures) -> list[Block]:
    blocks: list[Block] = [first(3, "主要问题")]
    wrong = standing(it.view)
    if not wrong:
        return [*blocks, Paragraph("在已检查的范围内未发现需要整改的问题。")]
    number = place = 0
    for severity in words.SEVERITIES:
        found = [finding for finding in wrong if finding.severity == severity]
        if not found:
            continue
        place += 1
        blocks.append(second(place, f"{_SECTIONS[severity]}（{len(found)}个）"))
        kinds: dict[tuple[str, str], list[FindingView]] = {}
        for finding in found:
            kinds.setdefault((finding.check, finding.kind), []).append(finding)
        for count, group in enumerate(kinds.values(), 1):
            example = next((one for one in group if one.evidence), group[0])
            blocks.append(third(count, f"{words.kind_title(it.metas, example)}（{len(group)}个）"))
            blocks += _example(example)
            if (figure := figures.take(example.evidence, partial(caption, it.view, example, number + 1))) is not None:
                number += 1
                blocks.append(figure)
    if figures.left_out:
        blocks.append(Paragraph(f"另有{figures.left_out}张截图因文件大小所限未列入，见证据目录。"))
    return blocks


_SECTIONS = {"veto": "涉及单项否决的问题", "deduct": "扣分问题", "notice": "提示事项"}


def _example(finding: FindingView) -> list[Block]:
    page = finding.occurrences[0].page if finding.occurrences else ""
    places = f"（共{finding.occurrence_count}处）" if finding.occurrence_count > 1 else ""
    lines = (
        ("问题编号", finding.number),
        ("栏目", shortened(finding.column, 100)),
        ("问题地址", shortened(finding.subject, LONGEST)),
        ("所在页面", f"{shortened(page, LONGEST)}{places}" if page and page != finding.subject else ""),
        ("首次发现", words.china(finding.first_seen)),
        ("判定依据", shortened(finding.clause, LONGEST)),
        ("整改要求", shortened(finding.remedy, LONGEST)),
    )
    return [
        Paragraph(f"例如：{shortened(finding.message, LONGEST)}"),
        Form(tuple((label, text) for label, text in lines if text)),
    ]


def caption(view: AuditView, finding: FindingView, number: int, digest: str) -> str:
    """Returns what stands below a screenshot: which problem, where and when it was taken."""
    kept = view.evidence.get(digest)
    url, at = (kept.url, words.china(kept.at)) if kept else (finding.subject, words.china(finding.last_seen))
    return f"图{number}  问题{finding.number}  {shortened(url, 90)}  {at}"


def score_blocks(number: int, scores: Sequence[Score]) -> list[Block]:
    """Returns 分指标得分: of every system the levels on top."""
    blocks: list[Block] = [first(number, "分指标得分")]
    if not scores:
        return [*blocks, Paragraph("本网站未设定评分所用的指标体系，或本次检查不计分。")]
    for place, score in enumerate(scores, 1):
        blocks.append(second(place, shown_title(score)))
        pointed = score.total is not None
        heads = ("满分", "得分区间") if pointed else ("达标", "不达标")
        blocks.append(
            table(
                (
                    Column("指标", 6),
                    Column("条款数", 2, Align.RIGHT),
                    Column(heads[0], 2, Align.RIGHT),
                    Column(heads[1], 3, Align.CENTRE),
                    Column("待定条款", 2, Align.RIGHT),
                ),
                [_level(score, group, pointed) for group in _tops(score)],
            )
        )
        blocks.append(Paragraph(f"{verdict(score)[0]}。", lead="合计："))
    return blocks


def _tops(score: Score) -> list[Group]:
    return [group for group in score.system.groups if "." not in group.id and group.stage != "veto"]


def _level(score: Score, group: Group, pointed: bool) -> tuple[object, ...]:
    node, name = group.id, name_of(group) + ("（加分）" if group.stage == "bonus" else "")
    below = [leaf for key, leaf in score.leaves.items() if key.startswith(f"{node}.")]
    waiting = sum(not leaf.settled and leaf.word is None for leaf in below)
    if pointed:
        level = score.levels.get(node)
        full, got = (f"{level.points:g}", span(round(level.low, 2), round(level.high, 2))) if level else ("—", "—")
        return name, len(below), full, got, waiting
    met = sum(leaf.word is Word.MET for leaf in below)
    return name, len(below), met, sum(leaf.word is Word.NOT_MET for leaf in below), waiting


def points(score: Score) -> str:
    """Returns the range a portal stands in, in points; without points how many requirements were met."""
    if score.total is None:
        return f"达标{score.words(Word.MET)}项"
    return span(round(score.low, 2), round(score.high, 2))


def shown_title(score: Score) -> str:
    """Returns a system's title and version as the text names it."""
    return f"{score.system.title}（第{score.system.version}版）"


def _last_time(it: Inspected) -> list[Block]:
    view = it.view
    blocks: list[Block] = [first(5, "上期问题整改与反弹")]
    if not view.earlier:
        return [*blocks, Paragraph("本网站为首次检查，没有上期问题。")]
    groups = (
        ("整改后反弹", [finding for finding in view.findings if finding.state == "regressed"]),
        ("仍未整改", [f for f in view.persisting if f.state == "open"]),
        ("本次确认已整改", list(view.changed("fixed"))),
        ("本次未能复查", [f for f in view.findings if f.live and f.outcome == "not_measured"]),
    )
    place = 0
    for title, found in groups:
        if not found:
            continue
        place += 1
        blocks.append(second(place, f"{title}（{len(found)}个）"))
        blocks.append(
            table(
                (
                    Column("问题编号", 3),
                    Column("问题描述", 8),
                    Column("首次发现", 2.4, Align.CENTRE),
                    Column("反弹次数", 1.6, Align.CENTRE),
                ),
                [
                    (f.number, shortened(f.message, 120), words.china(f.first_seen)[:10], f.regressions or "")
                    for f in found[:NAMED]
                ],
            )
        )
        if len(found) > NAMED:
            blocks.append(Paragraph(f"只列出前{NAMED}个，其余见附件1。"))
    if not place:
        blocks.append(Paragraph("上期没有遗留问题，本次也没有反弹。"))
    return blocks


def _demands(it: Inspected) -> list[Block]:
    view, office = it.view, it.office
    wrong = standing(view)
    blocks: list[Block] = [first(6, "整改要求与时限")]
    if not wrong:
        return [*blocks, Paragraph("无需整改的问题。请继续做好日常维护。")]
    owner = owners(view, it.metas)
    units: dict[str, list[FindingView]] = {}
    for finding in wrong:
        units.setdefault(owner.get(finding.subject, "") or view.portal.unit or view.portal.name, []).append(finding)
    blocks.append(Paragraph("各责任单位须整改的问题数量如下，清单见附件1。", lead="（一）责任分工。"))
    blocks.append(
        table(
            (
                Column("责任单位", 5),
                *(Column(title, 2, Align.RIGHT) for title in words.SEVERITIES.values()),
                Column("合计", 2, Align.RIGHT),
                Column("最早时限", 4, Align.CENTRE),
            ),
            [
                (
                    unit,
                    *(sum(f.severity == severity for f in found) for severity in words.SEVERITIES),
                    len(found),
                    _earliest(it, found),
                )
                for unit, found in sorted(units.items(), key=lambda pair: (-len(pair[1]), pair[0]))
            ],
        )
    )
    blocks.append(
        Paragraph(
            "请各责任单位按附件1逐项整改；被占用或指向不良信息的链接须立即删除。同类问题应一并自查，防止反弹。",
            lead="（二）整改要求。",
        )
    )
    blocks.append(
        Paragraph(
            "已交办的问题以附件1所列时限为准；未列时限的，以整改通知书为准。整改后系统自动复查，复查合格的予以销号。",
            lead="（三）整改时限与复查。",
        )
    )
    reply = f"{office.reply}。" if office.reply else "请填写整改台账中的“整改情况”“整改后链接”后报送。"
    blocks.append(Paragraph(reply, lead="（四）反馈与异议。"))
    return blocks


def _earliest(it: Inspected, found: Sequence[FindingView]) -> str:
    given = [it.deadlines[finding.fingerprint] for finding in found if finding.fingerprint in it.deadlines]
    return words.china(min(given)) if given else ""
