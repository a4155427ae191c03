"""主要问题, 上期整改 and 整改要求 of 检查报告: what stands, of each kind an example with proof, and who does what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from portal.model import Office
from reports import words
from reports.document.model import Align, Block, Column, Form, Paragraph, first, second, shortened, table, third
from reports.figures import Figures
from reports.words import Metas
from storage.views import AuditView, FindingView

NAMED = 20  # findings named in a table of the text; the annex has all
LONGEST = 300  # characters of a message or an address in the text


def standing(view: AuditView) -> list[FindingView]:
    """Returns the findings that are problems: open or back again, and neither set aside nor closed by people; the worst
    first."""
    return [one for one in view.findings if one.state in ("open", "regressed") and live(view, one)]


def live(view: AuditView, finding: FindingView) -> bool:
    """Returns whether somebody still has to do something about a finding, or to look at it again."""
    entry = view.ledger.get(finding.fingerprint)
    return finding.live and (entry is None or entry.live)


def unit_of(view: AuditView, finding: FindingView) -> str:
    """Returns who answers for a finding: the ledger's unit, else the portal's name."""
    entry = view.ledger.get(finding.fingerprint)
    return (entry.unit if entry else view.portal.unit) or view.portal.name


def problems(view: AuditView, metas: Metas, figures: Figures) -> list[Block]:
    """Returns 三、主要问题: by severity and kind, of every kind one example with its screenshot."""
    blocks: list[Block] = [first(3, "主要问题")]
    wrong = standing(view)
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
            blocks.append(third(count, f"{words.kind_title(metas, example)}（{len(group)}个）"))
            blocks += _example(example)
            if (figure := figures.take(example.evidence, partial(caption, view, example, number + 1))) is not None:
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


def last_time(view: AuditView) -> list[Block]:
    """Returns 五、上期问题整改与反弹."""
    blocks: list[Block] = [first(5, "上期问题整改与反弹")]
    if not view.earlier:
        return [*blocks, Paragraph("本网站为首次检查，没有上期问题。")]
    groups = (
        ("整改后反弹", [f for f in standing(view) if f.state == "regressed"]),
        ("仍未整改", [f for f in view.persisting if f.state == "open" and live(view, f)]),
        ("本次确认已整改", list(view.changed("fixed"))),
        ("本次未能复查", [f for f in standing(view) if f.outcome == "not_measured"]),
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


def demands(view: AuditView, office: Office) -> list[Block]:
    """Returns 六、整改要求与时限: who has how many to put right, and until when."""
    wrong = standing(view)
    blocks: list[Block] = [first(6, "整改要求与时限")]
    if not wrong:
        return [*blocks, Paragraph("无需整改的问题。请继续做好日常维护。")]
    units: dict[str, list[FindingView]] = {}
    for finding in wrong:
        units.setdefault(unit_of(view, finding), []).append(finding)
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
                    _earliest(view, found),
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
    reply = office.reply or "请填写整改台账中的“整改情况”“整改后链接”后报送"
    blocks.append(
        Paragraph(f"{reply.rstrip('。')}。对问题认定有异议的，请书面说明理由并附证明材料。", lead="（四）反馈与异议。")
    )
    return blocks


def _earliest(view: AuditView, found: Sequence[FindingView]) -> str:
    entries = (view.ledger.get(finding.fingerprint) for finding in found)
    given = [entry.deadline for entry in entries if entry is not None and entry.deadline is not None]
    return words.china(min(given, default=None))
