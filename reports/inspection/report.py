"""检查报告 of one portal, in the order assessors write it: 概况, 结论, 问题, 得分, 上期整改, 要求, and five annexes.

Reports decide nothing: verdicts are the audit's, scores the systems', states the ledger's. Only what stands (open,
regressed) is called a problem; suspects are said to be suspects, and what nobody measured is said to be that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checks.base import Severity
from indicators.case import Word
from indicators.score import Score
from portal.model import Office
from portal.zone import CHINA
from reports import words
from reports.conclusion import percent, verdict, veto_names
from reports.document.model import Align, Block, Column, Document, Paragraph, Signature, first, shortened, table
from reports.figures import Figures
from reports.inspection.annexes import annexes
from reports.inspection.problems import demands, last_time, problems, standing
from reports.inspection.scores import points, score_blocks, shown_title
from reports.words import Metas, day, moment
from storage.views import AuditView


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the report of one portal tells of. View and scores are masked; `last`: the scores of last time by system."""

    view: AuditView
    scores: Sequence[Score]
    metas: Metas
    office: Office
    made: dt.datetime
    last: Mapping[str, Score] = field(default_factory=dict)


def portal_report(it: Inspected, figures: Figures) -> Document:
    """Returns 检查报告 of one portal."""
    view = it.view
    blocks = [
        *_about(it),
        *_conclusion(it),
        *problems(view, it.metas, figures),
        *score_blocks(4, it.scores),
        *last_time(view),
        *demands(view, it.office),
        Signature(it.office.name or view.portal.unit or "（检查单位）", day(it.made.astimezone(CHINA).date())),
        *annexes(view, it.scores, it.metas),
    ]
    return Document(
        title=f"{_site(shortened(view.portal.name, 60))}检查报告",
        blocks=tuple(blocks),
        author=it.office.name,
        made=it.made,
    )


def _about(it: Inspected) -> list[Block]:
    view, audit = it.view, it.view.audit
    portal, summary = view.portal, audit.summary
    marks = [f"网址：{portal.home}"]
    marks += [f"网站标识码：{portal.site_code}"] if portal.site_code else []
    marks += [f"主办单位：{portal.unit}"] if portal.unit else []
    systems = "、".join(shown_title(score) for score in it.scores)
    rules = "、".join(f"{words.title_of(it.metas, r.check)}（第{r.version}版）" for r in view.results)
    program = "，".join(f"{name} {value}" for name, value in words.versions(view).items() if name == "明察")
    blocks: list[Block] = [
        first(1, "检查概况"),
        Paragraph(f"{_site(portal.name)}（{'，'.join(marks)}）。", lead="（一）检查对象。"),
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
            f"采用系统自动检查，共读取网页{summary.get('pages', 0)}个"
            f"（其中{summary.get('rendered', 0)}个经浏览器渲染），发出访问请求{summary.get('requests', 0)}次。"
            "结论均附证据；一次访问失败的只列为疑似，须另行复核后才认定。",
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
                    words.OUTCOMES[it.view.comes_to(result)],
                )
                for result in words.in_order(it.metas, view.results)
            ],
        ),
        Paragraph(_limits(it), lead="（七）局限。"),
    ]
    return blocks


def _site(name: str) -> str:
    """Returns what a portal is called in a sentence: 明州县人民政府网站; a name that says so already stays."""
    return name if name.endswith(("网", "网站", "门户")) else f"{name}网站"


def _vantage(it: Inspected) -> str:
    seen = it.view.audit.summary.get("vantage")
    if not isinstance(seen, Mapping):
        return "检查所用机器一处；其网络出口情况本批次未记录。"
    able = {name: isinstance(seen.get(name), Mapping) and bool(seen[name].get("ok")) for name in ("ipv4", "ipv6")}
    browser = seen.get("browser")
    ways = "，".join(f"{name}出口{'可用' if able[name.lower()] else '不可用'}" for name in ("IPv4", "IPv6"))
    product = str(browser.get("detail") or "") if isinstance(browser, Mapping) else ""
    return f"检查所用机器一处，{ways}，" + (f"浏览器为{product}。" if product else "没有可用的浏览器。")


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
            said.append(f"按{shown_title(score)}，单项否决成立（{veto_names(score, confirmed)}），判为不合格")
        if proposed := score.vetoes():
            names = veto_names(score, proposed)
            said.append(f"按{shown_title(score)}，建议单项否决{len(proposed)}项（{names}），须经人工确认")
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
