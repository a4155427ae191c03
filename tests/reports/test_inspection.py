"""检查报告: the outline assessors use, what it may call a problem, and what it must not say."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from indicators.ranking import ranked
from indicators.score import Score
from mingcha.scoring.scores import score_portal
from mingcha.scoring.systems import systems_at_hand
from portal.model import Office
from reports.document.model import Annex, Document, Figure, Form, Heading, Paragraph, Signature, Table
from reports.figures import Figures
from reports.inspection.across import progress, repaired, typical
from reports.inspection.problems import standing
from reports.inspection.region import Region, region_report
from reports.inspection.report import Inspected, portal_report
from reports.masking import masked
from reports.ranking import Ranking
from storage.database import open_database
from storage.ledger.book import Handing, hand_out
from storage.ledger.states import Deed, Step
from storage.queries import audit_view
from storage.rectification import Rectification
from storage.views import AuditView
from tests.reports import make
from tests.reports.make import BYTES, METAS, PORTAL
from tests.steps import record

OFFICE = Office(name="云溪县人民政府办公室", reply="请于时限前以书面形式反馈")
NOW = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[AuditView, Score]:
    folder = tmp_path_factory.mktemp("inspection")
    view = make.view(folder)
    engine = open_database(folder / "reports.db")
    dead = [one.fingerprint for one in view.findings if one.kind == "not_found"]
    hand_out(engine, dead[:1], Handing("李四", NOW, "县自然资源局", deadline=NOW + dt.timedelta(days=5)))
    record(engine, dead[1], Step(Deed.REMOVE, "李四", NOW, "确认为误报"))
    view = masked(audit_view(engine, portal=PORTAL.id, now=NOW + dt.timedelta(days=1)))
    score = score_portal(engine, PORTAL.id, ["national-2019"], systems_at_hand(None))[0].score
    engine.dispose()
    return view, score


def report(view: AuditView, *scores: Score) -> Document:
    return portal_report(Inspected(view, scores, METAS, OFFICE, NOW), Figures(BYTES.__getitem__))


def text(document: Document) -> str:
    lines: list[str] = [document.title]
    for block in document.blocks:
        match block:
            case Heading():
                lines.append(block.text)
            case Paragraph():
                lines.append(block.lead + block.text)
            case Table():
                lines += ["|".join(row) for row in block.rows]
            case Form():
                lines += ["|".join(row) for row in block.rows]
            case Figure():
                lines.append(block.caption)
            case Annex():
                lines.append(f"{block.label} {block.title}")
            case Signature():
                lines += [block.unit, block.date]
    return "\n".join(lines)


def table_after(document: Document, annex: str) -> Table:
    place = next(n for n, one in enumerate(document.blocks) if isinstance(one, Annex) and one.label == annex)
    return next(one for one in document.blocks[place:] if isinstance(one, Table))


def test_the_outline_is_the_assessors(found: tuple[AuditView, Score]) -> None:
    document = report(*found)
    heads = [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    assert heads == [
        "一、检查概况",
        "二、总体结论",
        "三、主要问题",
        "四、分指标得分",
        "五、上期问题整改与反弹",
        "六、整改要求与时限",
    ]
    annexes = [(block.label, block.title) for block in document.blocks if isinstance(block, Annex)]
    assert [title for _, title in annexes] == ["问题清单", "赋分表", "抽样记录", "未能判定清单", "证据目录与校验值"]
    signed = next(block for block in document.blocks if isinstance(block, Signature))
    assert (signed.unit, signed.date) == ("云溪县人民政府办公室", "2026年11月20日")


def test_every_kind_has_one_example_with_its_proof(found: tuple[AuditView, Score]) -> None:
    document = report(*found)
    kinds = [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 3]
    assert len(kinds) == len({kind.partition(" ")[2] for kind in kinds})
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    assert len(figures) == 5  # the kinds of which an example has a screenshot
    assert [one.caption.split()[0] for one in figures] == [f"图{n}" for n in range(1, 6)]
    assert all(f"{PORTAL.id}-" in one.caption for one in figures)


def test_suspects_and_what_people_removed_are_no_problems(found: tuple[AuditView, Score]) -> None:
    view, score = found
    doubted = next(one for one in view.findings if one.kind == "timeout")
    suspect = replace(doubted, state="suspect", human="疑似")
    view = replace(view, findings=tuple(suspect if one is doubted else one for one in view.findings))
    whole = text(report(view, score))
    problems = whole.partition("三、主要问题")[2].partition("附件1")[0]
    (removed,) = (one for one in view.findings if one.human == "剔除")
    assert suspect.number not in problems
    assert "另有疑似问题1个待复核" in whole
    assert removed.number not in whole.partition("附件2")[0]
    listed = {row[0]: row for row in table_after(report(view, score), "附件1").rows}
    assert listed[suspect.number][5] == "疑似"
    assert removed.number not in listed
    live = sum(one.state in ("open", "regressed") for one in view.findings) - 1
    assert f"发现需要整改的问题{live}个" in whole


def test_the_ledger_says_who_and_until_when(found: tuple[AuditView, Score]) -> None:
    view, score = found
    handed = next(one for one in view.findings if one.human == "已交办")
    listed = {row[0]: row for row in table_after(report(view, score), "附件1").rows}
    assert listed[handed.number][4:] == ("县自然资源局", "已交办", "2026-11-25\n09:00")
    assert "县自然资源局|0|1|0|1|2026-11-25 09:00" in text(report(view, score))


def test_whoever_doubts_a_finding_reads_how_to_object(found: tuple[AuditView, Score]) -> None:
    assert (
        "。对问题认定有异议的，请书面说明理由并附证明材料。" in text(report(*found)).partition("（四）反馈与异议。")[2]
    )


def test_samples_list_what_passed_and_gaps_are_no_verdicts(found: tuple[AuditView, Score]) -> None:
    document = report(*found)
    drawn = table_after(document, "附件3")
    assert [row[3] for row in drawn.rows] == ["通过", "通过", "通过", "未通过"]
    assert ("链接有效性", "12项", "robots.txt不允许自动访问") in table_after(document, "附件4").rows


def test_evidence_is_listed_with_its_checksum(found: tuple[AuditView, Score]) -> None:
    view, score = found
    sums = {row[5] for row in table_after(report(view, score), "附件5").rows}
    assert sums
    assert sums <= set(view.evidence)


def test_nothing_personal_leaves_the_house(found: tuple[AuditView, Score]) -> None:
    view, score = found
    one = replace(view.findings[0], message="来信人电话13912345678", title="13912345678")
    whole = text(report(masked(replace(view, findings=(one, *view.findings[1:]))), score))
    assert "13912345678" not in whole


def test_without_scores_and_problems_it_says_so(found: tuple[AuditView, Score]) -> None:
    view, _ = found
    whole = text(report(replace(view, findings=(), earlier=0)))
    assert "在已检查的范围内未发现需要整改的问题" in whole
    assert "本次检查没有评分" in whole
    assert "首次检查" in whole


def test_where_from_and_by_which_rules_is_said(found: tuple[AuditView, Score]) -> None:
    view, score = found
    assert "其网络出口情况本批次未记录" in text(report(view, score))
    seen = {"ipv4": {"ok": True}, "ipv6": {"ok": False}, "browser": {"ok": True, "detail": "chromium 142"}}
    kept = replace(view, audit=replace(view.audit, summary={**view.audit.summary, "vantage": seen}))
    whole = text(report(kept, score))
    assert "检查所用机器一处，IPv4出口可用，IPv6出口不可用，浏览器为chromium 142。" in whole
    assert f"《{score.system.title}》（第{score.system.version}版）。检查项及规则版本：链接有效性（第" in whole
    assert "云溪县人民政府网站（网址：https://www.yunxi.example/，网站标识码：6109990001" in whole
    named = replace(view, portal=replace(view.portal, name="云溪县政府网"))
    assert report(named).title == "云溪县政府网检查报告"


def test_a_degraded_audit_is_said_to_be_one(found: tuple[AuditView, Score]) -> None:
    view, score = found
    partial = replace(view, audit=replace(view.audit, degraded="home page: timeout"))
    assert "本次检查不完整（首页未能正常打开：超时未响应）" in text(report(partial, score))


def test_a_jurisdiction_is_ranked_named_and_praised(found: tuple[AuditView, Score]) -> None:
    view, score = found
    clean = replace(view, portal=replace(view.portal, id="other", name="清河县人民政府"), findings=(), ledger={})
    other = replace(score, case=replace(score.case, portal="other"))
    places = ranked([score, other], {})
    names = {view.portal.id: view.portal, "other": clean.portal}
    unreached = (("断文县人民政府", "首页未能正常打开：拒绝连接"),)
    ranking = Ranking(score.system, "2026H2", places, names, (("无名县人民政府", "本期未核查"),), unreached)
    views = [{view.portal.id: view, "other": clean}[place.score.case.portal] for place in places]
    course = {
        view.portal.id: Rectification(1, begun=6, new=2, back=1, due=8, standing=8, overdue=3, often=2),
        "other": Rectification(1, begun=3, due=3, repaired=3),
    }
    document = region_report(Region(ranking, views, course, METAS, OFFICE, NOW))
    heads = [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    assert [head.partition("、")[2] for head in heads] == [
        *("检查概况", "总体结论", "主要问题", "整改情况", "排名", "重点通报", "表扬", "整改要求与时限")
    ]
    whole = text(document)
    assert "（三）整改进度。本期应整改的问题11个（期初9个，新增2个），已整改3个，整改率27.3%；反弹1个，" in whole
    assert "云溪县人民政府|6|2|1|8|0|0%|8|3" in whole
    assert "清河县人民政府|3|0|0|3|3|100%|0|0" in whole
    assert "合计|9|2|1|11|3|27.3%|8|3" in whole
    assert "期初问题均未整改到位的网站：云溪县人民政府。" in whole
    assert "问题反复出现（两次以上反弹）的网站：云溪县人民政府（2个）。" in whole
    assert "应检查网站4个，实际检查2个，检查覆盖率50%" in whole
    assert "本期未检查的网站：无名县人民政府。" in whole
    assert "未能检查、不参加排名的网站：断文县人民政府（首页未能正常打开：拒绝连接）。请人工核查。" in whole
    assert "合格率尚不能确定" in whole  # nobody has confirmed or dismissed anything
    assert "存在单项否决类问题的网站" in whole
    assert "未发现需要整改的问题：清河县人民政府" in whole


def test_typical_problems_go_by_check_the_gravest_first_with_one_of_each_portal(
    found: tuple[AuditView, Score],
) -> None:
    view, _ = found
    again = [
        replace(view, portal=replace(view.portal, id=name, name=f"{name}县人民政府"), ledger={}) for name in "甲乙丙丁"
    ]
    blocks = typical(3, again, METAS)
    heads = [block.text for block in blocks if isinstance(block, Heading)]
    checks = {finding.check for finding in standing(again[0])}
    assert (heads[0], len(heads)) == ("三、主要问题", 1 + len(checks))
    broken = sum(finding.check == "broken_links" for finding in standing(again[0]))
    assert heads[1] == f"（一）链接有效性（4个网站，{4 * broken}个）"  # one of them is 单项否决
    told = [block.text for block in blocks if isinstance(block, Paragraph)]
    counts = told[0].partition("。例如，")[0].split("、")
    assert "外部链接已被他人占用4个" in counts
    assert sum(int(re.sub(r"\D", "", one)) for one in counts) == 4 * broken
    for said in told:
        assert [name for name in "甲乙丙丁" if f"{name}县人民政府：" in said] == ["甲", "乙", "丙"]
        assert said.endswith("）。") and "。（" not in said
    alone = typical(3, [replace(view, findings=())], METAS)
    assert [block.text for block in alone if isinstance(block, Paragraph)] == ["在已检查的范围内未发现需要整改的问题。"]


def test_without_anything_due_there_is_no_rate(found: tuple[AuditView, Score]) -> None:
    view, _ = found
    blocks = repaired(4, [view], {view.portal.id: Rectification(audits=1)})
    assert [block.text for block in blocks if isinstance(block, Paragraph)] == ["本期没有应整改的问题。"]
    assert progress(Rectification(audits=1)) == "本期没有应整改的问题。"
