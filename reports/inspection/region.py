"""检查报告 of a jurisdiction: 合格率, 主要问题, 整改情况, 排名, 重点通报, 表扬 and what is to be done.

Named for criticism is only what stands and what people or rules decided; who was not checked is said to be that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.case import Word
from indicators.score import span
from portal.model import Office
from portal.zone import CHINA
from reports import words
from reports.conclusion import percent, veto_names
from reports.document.model import (
    Align,
    Annex,
    Block,
    Column,
    Document,
    Paragraph,
    Signature,
    first,
    second,
    shortened,
    table,
)
from reports.inspection.across import progress, repaired, typical
from reports.inspection.problems import standing, unit_of
from reports.ranking import Ranking
from reports.words import Metas, day, period
from storage.rectification import Rectification, summed
from storage.views import AuditView, FindingView

NAMED = 5  # portals named for having most problems: more would be a list, and the annex is one


@dataclass(frozen=True, slots=True)
class Region:
    """What the report of a jurisdiction tells of. `views` are masked, in the order of the ranking's places; `course` is
    how rectification went in the ranking's period, by portal id."""

    ranking: Ranking
    views: Sequence[AuditView]
    course: Mapping[str, Rectification]
    metas: Metas
    office: Office
    made: dt.datetime


def region_report(it: Region) -> Document:
    """Returns 检查报告 of all portals of a ranking."""
    blocks = [
        *_about(it),
        *_conclusion(it),
        *typical(3, it.views, it.metas),
        *repaired(4, it.views, it.course),
        *_places(it),
        *_named(it),
        *_praised(it),
        *_demands(it),
        Signature(it.office.name or "（检查单位）", day(it.made.astimezone(CHINA).date())),
        *_annexes(it),
    ]
    return Document(
        title=f"政府网站检查情况通报\n（{period(it.ranking.period)}）",
        blocks=tuple(blocks),
        author=it.office.name,
        made=it.made,
    )


def _about(it: Region) -> list[Block]:
    days = sorted(view.audit.as_of for view in it.views)
    listed = len(it.views) + len(it.ranking.missing) + len(it.ranking.unreached)
    span_of_days = f"{day(days[0])}至{day(days[-1])}" if days and days[0] != days[-1] else "".join(map(day, days[:1]))
    system = it.ranking.system
    blocks: list[Block] = [
        first(1, "检查概况"),
        Paragraph(
            f"应检查网站{listed}个，实际检查{len(it.views)}个，检查覆盖率{percent(len(it.views) / listed)}；"
            f"检查日为{span_of_days or '—'}。"
        ),
        Paragraph(
            f"依据《{system.title}》（第{system.version}版）评分。采用系统自动检查，涉及单项否决的情形和需人工评定的"
            "指标由检查人员确认；未能自动判定的内容既不算通过，也不算问题。得分为区间的，待人工评定后确定。"
        ),
    ]
    if it.ranking.missing:
        names = "、".join(shortened(name, 40) for name, _ in it.ranking.missing)
        blocks.append(Paragraph(f"本期未检查的网站：{names}。"))
    if it.ranking.unreached:
        names = "、".join(f"{shortened(name, 40)}（{why}）" for name, why in it.ranking.unreached)
        blocks.append(Paragraph(f"未能检查、不参加排名的网站：{names}。请人工核查。"))
    if partial := [view.portal.name for view in it.views if view.audit.degraded]:
        blocks.append(Paragraph(f"检查不完整、结果仅供参考的网站：{'、'.join(partial)}。"))
    return blocks


def _conclusion(it: Region) -> list[Block]:
    verdicts = Counter(place.score.passed for place in it.ranking.places)
    decided = verdicts[True] + verdicts[False]
    wrong = [finding for view in it.views for finding in standing(view)]
    severities = Counter(finding.severity for finding in wrong)
    share = f"合格率{percent(verdicts[True] / decided)}" if decided else "合格率尚不能确定"
    kinds = "、".join(
        f"{words.SEVERITIES[name]}类{severities[name]}个" for name in words.SEVERITIES if severities[name]
    )
    return [
        first(2, "总体结论"),
        Paragraph(
            f"已有结论的网站{decided}个，其中合格{verdicts[True]}个、不合格{verdicts[False]}个，{share}；"
            f"待人工评定后才有结论的{verdicts[None]}个，不计入合格率。",
            lead="（一）合格率。",
        ),
        Paragraph(
            f"共发现需要整改的问题{len(wrong)}个（{kinds}）。" if wrong else "在已检查的范围内未发现需要整改的问题。",
            lead="（二）问题总数。",
        ),
        Paragraph(progress(summed(it.course[view.portal.id] for view in it.views)), lead="（三）整改进度。"),
    ]


def _places(it: Region) -> list[Block]:
    lines = []
    for place, view in zip(it.ranking.places, it.views, strict=True):
        score = place.score
        vetoes = [veto_names(score, found) for found in (score.vetoes(Word.CONFIRMED),) if found]
        proposed = [f"{veto_names(score, found)}（待确认）" for found in (score.vetoes(),) if found]
        lines.append(
            (
                span(place.best, place.worst),
                view.portal.name,
                view.portal.unit,
                span(round(place.low, 2), round(place.high, 2)) + ("" if score.total is not None else "%"),
                "；".join((*vetoes, *proposed)),
                len(standing(view)),
                {True: "合格", False: "不合格", None: "待定"}[score.passed],
            )
        )
    columns = (
        Column("名次", 1.6, Align.CENTRE),
        Column("网站", 3.4),
        Column("主办单位", 3.4),
        Column("得分区间", 2.8, Align.CENTRE),
        Column("单项否决", 3.2),
        Column("问题数", 1.8, Align.RIGHT),
        Column("结论", 1.8, Align.CENTRE),
    )
    return [
        first(5, "排名"),
        Paragraph("得分为区间的，名次也是区间。"),
        table(columns, lines),
    ]


def _named(it: Region) -> list[Block]:
    failed = [
        view.portal.name for place, view in zip(it.ranking.places, it.views, strict=True) if place.score.passed is False
    ]
    vetoed = [(view, sum(f.severity == "veto" for f in standing(view))) for view in it.views]
    again = [(view, sum(f.state == "regressed" for f in standing(view))) for view in it.views]
    late = [(view, sum(_overdue(view, f) for f in standing(view))) for view in it.views]
    most = sorted(((view, len(standing(view))) for view in it.views), key=lambda pair: -pair[1])
    groups = (
        ("不合格的网站", [(name, 0) for name in failed]),
        ("存在单项否决类问题的网站", [(view.portal.name, count) for view, count in vetoed if count]),
        ("问题整改后反弹的网站", [(view.portal.name, count) for view, count in again if count]),
        ("超过时限仍未整改的网站", [(view.portal.name, count) for view, count in late if count]),
        (f"问题最多的网站（前{NAMED}名）", [(view.portal.name, count) for view, count in most[:NAMED] if count]),
    )
    blocks: list[Block] = [first(6, "重点通报")]
    place = 0
    for title, found in groups:
        if found:
            place += 1
            blocks.append(second(place, title))
            blocks.append(Paragraph("、".join(f"{name}{f'（{n}个）' if n else ''}" for name, n in found) + "。"))
    if not place:
        blocks.append(Paragraph("没有需要重点通报的网站。"))
    return blocks


def _overdue(view: AuditView, finding: FindingView) -> bool:
    entry = view.ledger.get(finding.fingerprint)
    return entry is not None and entry.overdue


def _praised(it: Region) -> list[Block]:
    sound = [view for view in it.views if not view.audit.degraded]
    clean = [view.portal.name for view in sound if not standing(view)]
    mended = [
        view.portal.name
        for view in sound
        if standing(view) == [f for f in standing(view) if f.change == "new"] and view.changed("fixed")
    ]
    blocks: list[Block] = [first(7, "表扬")]
    if clean:
        blocks.append(Paragraph(f"在已检查的范围内未发现需要整改的问题：{'、'.join(clean)}。"))
    if mended := [name for name in mended if name not in clean]:
        blocks.append(Paragraph(f"上期问题全部整改到位：{'、'.join(mended)}。"))
    if len(blocks) == 1:
        blocks.append(Paragraph("本期没有。"))
    return blocks


def _demands(it: Region) -> list[Block]:
    reply = it.office.reply or "请填写整改台账中的“整改情况”“整改后链接”后报送"
    return [
        first(8, "整改要求与时限"),
        Paragraph("请各主办单位对照各自的检查报告和整改台账逐项整改，举一反三，防止反弹。"),
        Paragraph(f"整改时限以整改通知书为准。{reply.rstrip('。')}。整改后系统自动复查，复查合格的予以销号。"),
    ]


def _annexes(it: Region) -> list[Block]:
    checks = sorted({result.check for view in it.views for result in view.results})
    rows = []
    for view in it.views:
        found = standing(view)
        counts = Counter(finding.check for finding in found)
        gaps = sum(result.outcome in ("not_measured", "error") for result in view.results)
        rows.append((view.portal.name, *(counts[check] for check in checks), len(found), gaps))
    vetoes = [(view, f) for view in it.views for f in standing(view) if f.severity == "veto"]
    blocks: list[Block] = [
        Annex("附件1", "各网站问题数量", wide=True),
        table(
            (
                Column("网站", 5),
                *(Column(words.title_of(it.metas, check), 2, Align.RIGHT) for check in checks),
                Column("合计", 1.6, Align.RIGHT),
                Column("未能判定的检查项", 2, Align.RIGHT),
            ),
            rows,
        ),
        Annex("附件2", "单项否决类问题清单", wide=True),
    ]
    if not vetoes:
        return [*blocks, Paragraph("没有。")]
    blocks.append(
        table(
            (Column("问题编号", 3), Column("网站", 3), Column("责任单位", 3), Column("问题描述及地址", 9)),
            [
                (
                    finding.number,
                    view.portal.name,
                    unit_of(view, finding),
                    f"{shortened(finding.message, 240)}\n{shortened(finding.subject, 240)}",
                )
                for view, finding in vetoes
            ],
        )
    )
    return blocks
