"""附件 of 检查报告: all findings, score sheets, samples with what passed, what nobody could judge, the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.base import Meta
from indicators.score import Score
from reports import words
from reports.conclusion import figures
from reports.document.model import Align, Annex, Block, Column, Paragraph, Style, shortened, table
from reports.inspection.problems import live, unit_of
from reports.scores import Kind, rows, shown
from reports.unjudged import listed
from reports.words import Metas, period
from storage.evidence import referenced_in
from storage.views import AuditView, FindingView, ResultView

FINDINGS = 2000  # of an annex: beyond, a document is no way to read them; the workbook has all
GAPS_SHOWN = 200  # things without a verdict named for each check
CLAUSE = 160  # characters of a clause's words in the score sheet of a document; the workbook has them whole
ADDRESS = 240
_RESULTS = {"pass": "通过", "fail": "未通过", "not_measured": "未能判定"}


def annexes(view: AuditView, scores: Sequence[Score], metas: Metas) -> list[Block]:
    """Returns the five annexes in order."""
    return [
        *_findings(view, metas),
        *_score_sheets(scores),
        *_samples(view, metas),
        *_gaps(view, metas),
        *_evidence(view),
    ]


def _findings(view: AuditView, metas: Metas) -> list[Block]:
    found = [finding for finding in view.findings if live(view, finding)]
    blocks: list[Block] = [Annex("附件1", "问题清单", wide=True)]
    if not found:
        return [*blocks, Paragraph("没有需要整改或待复核的问题。")]
    blocks.append(
        table(
            (
                Column("问题编号", 2.6),
                Column("问题类型", 2.4),
                Column("严重程度", 1.5, Align.CENTRE),
                Column("问题描述及地址", 9),
                Column("责任单位", 2),
                Column("状态", 1.4, Align.CENTRE),
                Column("整改时限", 2, Align.CENTRE),
            ),
            [_finding(view, finding, metas) for finding in found[:FINDINGS]],
        )
    )
    note = "状态为“疑似”的尚待复核，不作为问题通报。"
    if len(found) > FINDINGS:
        note += f"只列出前{FINDINGS}个，共{len(found)}个，其余见整改台账。"
    blocks.append(Paragraph(note, Style.NOTE))
    return blocks


def _finding(view: AuditView, finding: FindingView, metas: Metas) -> tuple[object, ...]:
    entry = view.ledger.get(finding.fingerprint)
    return (
        finding.number,
        words.kind_title(metas, finding).replace("-", "\n", 1),
        words.SEVERITIES.get(finding.severity, finding.severity),
        f"{shortened(finding.message, ADDRESS)}\n{shortened(finding.subject, ADDRESS)}",
        unit_of(view, finding),
        finding.human,
        words.china(entry.deadline if entry else None).replace(" ", "\n"),
    )


def _score_sheets(scores: Sequence[Score]) -> list[Block]:
    blocks: list[Block] = [Annex("附件2", "赋分表", wide=True)]
    if not scores:
        return [*blocks, Paragraph("本次检查没有评分。")]
    for score in scores:
        pointed = score.total is not None
        blocks.append(Paragraph(f"{score.system.title}（评估周期：{period(score.case.period)}）", Style.CENTRE))
        lines: list[tuple[object, ...]] = []
        for row in rows(score):
            if row.kind not in (Kind.LEAF, Kind.LEVEL):
                continue
            words_of = "；".join(part for part in (row.words, row.note) if part)
            lines.append(
                (
                    " > ".join(row.titles[:2]),
                    shortened(shown(row.text), CLAUSE),
                    *((row.points, row.score) if pointed else ()),
                    row.result,
                    shortened(f"{words_of}{f'（{row.numbers}）' if row.numbers else ''}", CLAUSE),
                )
            )
        blocks.append(
            table(
                (
                    Column("指标", 2.4),
                    Column("考核要点", 7),
                    *((Column("分值", 1.2, Align.RIGHT), Column("得分", 1.6, Align.CENTRE)) if pointed else ()),
                    Column("结论", 2, Align.CENTRE),
                    Column("赋分说明", 5),
                ),
                lines,
            )
        )
        for figure in figures(score):
            note = f"（{figure.note}）" if figure.note else ""
            blocks.append(Paragraph(f"{figure.name}：{figure.value}{note}", Style.NOTE))
    blocks.append(Paragraph("条款文字较长的有删节，全文见赋分表工作簿。", Style.NOTE))
    return blocks


def _samples(view: AuditView, metas: Metas) -> list[Block]:
    blocks: list[Block] = [Annex("附件3", "抽样记录", wide=True)]
    drawn = [(result.check, draw) for result in words.in_order(metas, view.results) for draw in result.draws]
    if not drawn:
        return [*blocks, Paragraph("本次检查没有抽样。")]
    for check, draw in drawn:
        meta: Meta | None = metas.get(check)
        name = meta.draws.get(draw.name, draw.name) if meta else draw.name
        blocks.append(
            Paragraph(
                f"{words.title_of(metas, check)}：{name}。抽样种子{draw.seed}，候选{draw.candidates}个，"
                f"抽取{len(draw.members)}个，通过的也列出。",
                Style.NOTE,
            )
        )
        blocks.append(
            table(
                (
                    Column("序号", 1, Align.CENTRE),
                    Column("样本", 5),
                    Column("地址", 6),
                    Column("结果", 2, Align.CENTRE),
                ),
                [
                    (
                        number,
                        shortened(member.title or "—", ADDRESS),
                        shortened(member.subject, ADDRESS),
                        _RESULTS.get(member.result, member.result),
                    )
                    for number, member in enumerate(draw.members, 1)
                ],
            )
        )
    return blocks


def _gaps(view: AuditView, metas: Metas) -> list[Block]:
    blocks: list[Block] = [Annex("附件4", "未能判定清单", wide=True)]
    gaps = [row for result in words.in_order(metas, view.results) for row in _without_verdict(result, metas)]
    if not gaps:
        return [*blocks, Paragraph("没有未能判定的内容。")]
    blocks.append(table((Column("检查项", 3), Column("内容", 9), Column("原因", 5)), gaps))
    blocks.append(Paragraph("以上内容既不算通过，也不算问题，请人工核查。", Style.NOTE))
    return blocks


def _without_verdict(result: ResultView, metas: Metas) -> Iterator[tuple[str, str, str]]:
    title = words.title_of(metas, result.check)
    if result.outcome in ("not_measured", "error"):
        yield title, "整项", words.reason(result.reason) or words.OUTCOMES[result.outcome]
        return
    named, rest = listed(metas.get(result.check), result, GAPS_SHOWN)
    for one in named:
        yield title, "\n".join(filter(None, (one.name, one.url, f"所在页面：{one.page}" if one.page else ""))), one.why
    for why, count in rest:
        yield title, count, why


def _evidence(view: AuditView) -> list[Block]:
    blocks: list[Block] = [Annex("附件5", "证据目录与校验值", wide=True)]
    found = [finding for finding in view.findings if live(view, finding)]
    wanted = referenced_in([finding.evidence for finding in found])
    kept = [view.evidence[digest] for digest in wanted if digest in view.evidence]
    if not kept:
        return [*blocks, Paragraph("本次检查没有存档的证据文件。")]
    of: dict[str, str] = {}
    for finding in found:
        for digest in referenced_in(finding.evidence):
            of.setdefault(digest, finding.number)
    blocks.append(
        table(
            (
                Column("问题编号", 2.8),
                Column("种类", 1.2, Align.CENTRE),
                Column("地址", 5),
                Column("时间", 2, Align.CENTRE),
                Column("字节", 1.5, Align.RIGHT),
                Column("SHA-256校验值", 7),
            ),
            [
                (
                    of[one.sha256],
                    {"screenshot": "截图", "answer": "应答"}.get(one.kind, one.kind),
                    shortened(one.url, ADDRESS),
                    words.china(one.at),
                    one.size,
                    one.sha256,
                )
                for one in kept
            ],
        )
    )
    return blocks
