"""Policies and interpretations: who belongs together, whose they are, and what leads where."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from checks._ownership import Owner, owner_of, place_stems
from checks.base import CheckResult, Outcome, Severity
from portal.artifacts import Absence, Capability, FetchOutcome, GatherSummary, PageRecord
from portal.facts import ListItem, PageKind
from portal.model import ColumnKind, Portal
from tests.unit.checks.make import (
    HOME,
    NO,
    NOON,
    PORTAL,
    TODAY,
    YES,
    ago,
    body_link,
    column,
    facts,
    gathered,
    kinds,
    link,
    only,
    page,
    paper,
    result,
    tried,
    url,
    vantage,
)

NAME = "沁河县农村饮水安全实施方案"
POLICY = url("/zcwj/7.html")
READING = url("/zcjd/9.html")


def policy(address: str = POLICY, name: str = NAME, **more: Any) -> PageRecord:
    merged: dict[str, Any] = {"date": ago(60), "document": paper()} | more
    return page(address, PageKind.POLICY, f"沁河县人民政府关于印发《{name}》的通知", **merged)


def reading(address: str = READING, title: str = f"《{NAME}》解读", **more: Any) -> PageRecord:
    return page(address, PageKind.INTERPRETATION, title, **({"date": ago(59)} | more))


TO_POLICY: dict[str, Any] = {"links_to_policy": ("/zcwj/7.html",)}
TO_READING: dict[str, Any] = {"links_to_interpretation": ("/zcjd/9.html",)}


def judged(*records: Any, **more: Any) -> CheckResult:
    return result("policy_linkage", gathered(*records, **more))


@pytest.mark.parametrize(
    ("excerpt", "numbered"),
    [
        ("沁政办发〔2026〕12号 各乡镇人民政府，县政府各部门：", True),
        ("沁河县人民政府办公室 （沁政办发[2026]12号） 各乡镇人民政府：", True),
        ("根据沁政办发〔2026〕12号文件要求，现印发给你们。", False),
        ("现将方案印发给你们，请认真执行。 沁政办发〔2026〕12号", False),
    ],
)
def test_a_document_without_a_table_is_numbered_by_the_line_above_its_text(excerpt: str, numbered: bool) -> None:
    one = judged(policy(document=None, excerpt=excerpt))
    assert kinds(one) == ([("no_interpretation", POLICY)] if numbered else [])


def test_a_pair_that_leads_both_ways_passes() -> None:
    one = judged(policy(**TO_READING), reading(**TO_POLICY))
    assert one.outcome is Outcome.PASS
    assert one.metrics["pairs"] == 1
    assert (one.metrics["to_policy_share"], one.metrics["to_interpretation_share"]) == (1, 1)
    assert [draw.name for draw in one.draws] == ["policies", "interpretations"]
    assert [draw.members[0].result for draw in one.draws] == ["pass", "pass"]


def test_the_two_directions_are_judged_apart() -> None:
    assert kinds(judged(policy(), reading(**TO_POLICY))) == [("interpretation_not_linked", POLICY)]
    assert kinds(judged(policy(**TO_READING), reading())) == [("policy_not_linked", READING)]
    neither = judged(policy(), reading())
    assert sorted(kinds(neither)) == [("interpretation_not_linked", POLICY), ("policy_not_linked", READING)]
    assert neither.draws[1].members[0].result == "fail"
    forth, back = sorted(finding.message for finding in neither.findings)
    assert forth == (
        f"政策文件《沁河县人民政府关于印发〈{NAME}〉的通知》页面未关联解读材料《〈{NAME}〉解读》（{READING}，按标题对应）。"
    )
    assert back.endswith(f"（{POLICY}，按标题对应）。")


@pytest.mark.parametrize(
    "how",
    [
        {"title": f"《{NAME}》政策解读"},
        {"title": f"关于《沁河县人民政府关于印发〈{NAME}〉的通知》的解读"},
        {"title": "一图读懂农村饮水新政", "doc_numbers": ("沁政发〔2026〕7号",)},
        {"title": "县水利局负责人答记者问", "quoted_titles": (NAME, "中华人民共和国水法")},
    ],
)
def test_pairs_by_title_or_number(how: dict[str, Any]) -> None:
    assert sorted(kinds(judged(policy(), reading(**how)))) == [
        ("interpretation_not_linked", POLICY),
        ("policy_not_linked", READING),
    ]


def test_two_candidates_make_no_pair() -> None:
    twin = policy(url("/zcwj/8.html"), document=paper(number="沁政发〔2025〕3号"))
    one = judged(policy(), twin, reading())
    assert one.findings == ()
    assert one.coverage.skipped == {Absence.UNDECIDED: 2}


def test_links_in_running_text_count() -> None:
    one = judged(policy(body_links=(body_link(READING),)), reading(body_links=(body_link(POLICY),)))
    assert one.findings == ()


def test_a_text_over_several_pages_leads_wherever_one_of_them_does() -> None:
    last = reading(url("/zcjd/9_2.html"), **TO_POLICY)
    one = judged(policy(**TO_READING), reading(), last)
    assert one.outcome is Outcome.PASS
    assert judged(policy(**TO_READING), reading(), reading(url("/zcjd/9_1.html"), **TO_POLICY)).outcome is Outcome.PASS
    assert one.metrics["interpretations"] == 1
    behind = policy(url("/zcwj/7_3.html"), document=None, date=None, **TO_READING)
    assert judged(policy(), behind, reading(), last).outcome is Outcome.PASS
    apart = reading(url("/zcjd/9_2.html"), "《沁河县养老服务实施方案》解读", **TO_POLICY)
    assert ("policy_not_linked", READING) in kinds(judged(policy(**TO_READING), reading(), apart))


def test_a_link_anywhere_below_the_header_acquits_the_pair() -> None:
    there = link(READING, tried(), page=POLICY)
    back = link(POLICY, tried(), page=READING)
    assert judged(policy(), reading(), there, back).findings == ()
    hidden = link(READING, tried(), page=POLICY, visible=False)
    assert kinds(judged(policy(), reading(), hidden, back)) == [("interpretation_not_linked", POLICY)]


def test_an_article_that_says_it_interprets_is_an_interpretation() -> None:
    said = page(READING, PageKind.ARTICLE, f"《{NAME}》解读", date=ago(59))
    assert sorted(kinds(judged(policy(), said))) == [
        ("interpretation_not_linked", POLICY),
        ("policy_not_linked", READING),
    ]


def test_an_interpretation_beside_the_item_in_the_list_counts_and_is_noted() -> None:
    item = ListItem("通知", POLICY, ago(60), interpretations=(READING,))
    one = judged(policy(), reading(**TO_POLICY), page(url("/zcwj/"), PageKind.COLUMN, items=(item,)))
    assert one.findings == ()
    assert one.rows[0]["forth"] == "列表中"


def test_a_link_a_script_holds_is_not_measured() -> None:
    one = judged(policy(links_to_interpretation=("javascript:;",)), reading(**TO_POLICY))
    assert one.findings == ()
    assert one.metrics["to_policy_share"] == 1


@pytest.mark.parametrize(("browser", "reason"), [(YES, Absence.SCRIPTED), (NO, Absence.NO_BROWSER)])
def test_what_is_announced_and_was_seen_in_no_browser_is_not_measured(browser: Capability, reason: Absence) -> None:
    announced = policy(links_awaited=True)
    one = judged(announced, reading(**TO_POLICY), vantage(browser=browser))
    assert one.findings == ()
    assert "to_interpretation_share" not in one.metrics
    alone = judged(announced, vantage(browser=browser))
    assert (alone.findings, alone.coverage.skipped) == ((), {reason: 1})
    seen = policy(
        links_awaited=True,
        rendered=facts(POLICY, PageKind.POLICY, f"印发《{NAME}》", document=paper(), links_awaited=True),
    )
    assert kinds(judged(seen, reading(**TO_POLICY))) == [("interpretation_not_linked", POLICY)]


def test_scripts_that_ask_for_data_may_draw_a_link_where_no_browser_looked() -> None:
    loads = (policy(loads_data=True), reading(**TO_POLICY))
    assert judged(*loads, vantage(browser=NO)).findings == ()
    assert kinds(judged(*loads)) == [("interpretation_not_linked", POLICY)], "it is opened before that is said"


def test_the_rendered_view_counts_too() -> None:
    source = policy(rendered=facts(POLICY, PageKind.POLICY, f"印发《{NAME}》", document=paper(), **TO_READING))
    assert judged(source, reading(**TO_POLICY)).findings == ()


def test_a_policy_that_is_over_in_part_is_in_force() -> None:
    assert kinds(judged(policy(document=paper(validity="部分失效")))) == [("no_interpretation", POLICY)]


def test_own_policies_without_interpretation() -> None:
    one = judged(policy())
    assert kinds(one) == [("no_interpretation", POLICY)]
    assert only(one).severity is Severity.DEDUCT
    assert only(one).message == (
        f"《沁河县人民政府关于印发〈{NAME}〉的通知》（沁政发〔2026〕7号，{ago(60)}）截至{TODAY}未见配套解读；"
        "按标题疑似应解读文件，是否涉及面广、社会关注度高请人工确认。"
    )
    assert one.draws[0].members[0].result == "fail"


@pytest.mark.parametrize(
    "change",
    [
        {"document": paper("国务院办公厅", "国办发〔2026〕3号")},
        {"document": paper("某某省人民政府", "某政发〔2026〕3号")},
        {"document": paper(number="")},
        {"document": paper(number="无文号")},
        {"document": paper("教育局")},
        {"date": ago(500)},
        {"date": None},
        {"date": ago(1)},
        {"name": "王某等同志职务任免"},
        {"name": "2026年国庆节放假安排"},
        {"name": "沁河县2026年立法计划"},
        {"document": paper(validity="已废止")},
        {"document": paper(validity="失效")},
        {"document": paper(number="沁政发〔2019〕7号")},
        {"document": paper(written=ago(400))},
    ],
)
def test_what_the_rule_does_not_draw(change: dict[str, Any]) -> None:
    assert judged(policy(**change)).findings == ()


def test_a_crawl_cut_short_proves_no_absence() -> None:
    short = GatherSummary(NOON, NOON, stopped_by="budget_pages", home_outcome=FetchOutcome.OK)
    assert judged(policy(), summary=short).findings == ()


def test_an_unopened_interpretation_in_a_list_proves_no_absence() -> None:
    at = url("/zcjd/")
    items = (ListItem(f"图解《{NAME}》", url("/zcjd/3.html"), ago(50)),)
    listed = (column(at, "政策解读", ColumnKind.INTERPRETATION), page(at, PageKind.COLUMN, items=items))
    assert judged(policy(), *listed).findings == ()


def test_reprints_never_pair() -> None:
    above = reading(title="《国务院关于加强农村饮水安全工作的意见》解读", quoted_titles=(NAME,))
    one = judged(policy(document=paper("国务院", "国发〔2026〕1号")), above)
    assert one.findings == ()
    assert one.rows[0]["result"] == "上级文件解读，不作判定"
    province = reading(title="《某某省数字经济促进条例》解读")
    assert judged(province).findings == ()


def test_three_working_days_across_the_national_holiday() -> None:
    # 2026-09-30 + 3 working days is Saturday 10-10, a worked one (national-rules 8.2).
    start = dt.date(2026, 9, 30)
    in_time = judged(policy(date=start, **TO_READING), reading(date=dt.date(2026, 10, 10), **TO_POLICY))
    assert in_time.findings == ()
    late = judged(policy(date=start, **TO_READING), reading(date=dt.date(2026, 10, 11), **TO_POLICY))
    assert late.findings == (), "Sunday is no working day"
    late = judged(policy(date=start, **TO_READING), reading(date=dt.date(2026, 10, 12), **TO_POLICY))
    assert (only(late).kind, only(late).subject, only(late).facts["days"]) == ("late_interpretation", READING, 4)


def test_the_first_interpretation_decides() -> None:
    second = reading(
        url("/zcjd/10.html"), f"图解《{NAME}》", date=ago(20), media=("image",), text_length=0, **TO_POLICY
    )
    one = judged(policy(**TO_READING), reading(**TO_POLICY), second)
    assert one.findings == ()
    assert one.metrics["two_forms"] == 1


def test_an_interpretation_whose_day_nobody_knows_may_have_been_in_time() -> None:
    for offered in ("#", "/files/jd.pdf", "http://jyj.qinhe.gov.cn/jd/1.html"):
        more: dict[str, Any] = {"links_to_interpretation": ("/zcjd/9.html", offered)}
        assert judged(policy(**more), reading(date=ago(20), **TO_POLICY)).findings == ()
    late = judged(policy(**TO_READING), reading(date=ago(20), **TO_POLICY))
    assert kinds(late) == [("late_interpretation", READING)]


def test_a_number_between_title_and_text_is_that_of_the_document() -> None:
    printed = policy(document=None, printed_number="沁政发〔2026〕7号")
    assert kinds(judged(printed)) == [("no_interpretation", POLICY)]
    over = policy(document=None, printed_number="沁政发〔2026〕7号", printed_validity="全文失效")
    assert kinds(judged(over)) == []
    at = url("/zcwj/")
    filed = page(
        POLICY, PageKind.ARTICLE, "关于农村供水的意见", printed_number="沁政发〔2026〕7号", columns=(at,), date=ago(9)
    )
    one = judged(filed, column(at, "政策文件", ColumnKind.POLICY), page(at, PageKind.COLUMN))
    assert one.metrics["policies"] == 1


def test_a_year_without_holidays_known_is_not_guessed() -> None:
    start = dt.date(2027, 3, 1)
    both = (policy(date=start, **TO_READING), reading(date=start + dt.timedelta(days=5), **TO_POLICY))
    one = judged(*both, as_of=dt.date(2027, 4, 1))
    assert one.findings == ()
    assert one.rows[0]["days"] is None
    sure = judged(both[0], reading(date=start + dt.timedelta(days=40), **TO_POLICY), as_of=dt.date(2027, 5, 1))
    assert kinds(sure) == [("late_interpretation", READING)]


@pytest.mark.parametrize(
    ("issuer", "number", "name", "owner"),
    [
        ("沁河县人民政府", "", "", Owner.OWN),
        ("沁河县教育局", "", "", Owner.OWN),
        ("县政府办公室", "", "", Owner.OWN),
        ("国务院办公厅", "", "", Owner.HIGHER),
        ("财政部", "", "", Owner.HIGHER),
        ("某某省人民政府", "", "", Owner.HIGHER),
        ("教育局", "", "", Owner.UNKNOWN),
        ("", "国办发〔2026〕1号", "沁河县通知", Owner.HIGHER),
        ("", "", "沁河县人民政府关于某事的通知", Owner.OWN),
        ("", "", "国务院关于某事的通知", Owner.HIGHER),
        ("", "", "关于某事的通知", Owner.UNKNOWN),
        ("", "", "四川省人民政府关于印发某方案的通知（川府发〔2020〕14号）", Owner.HIGHER),
        ("", "", "关于印发《沁河县供水办法》的通知", Owner.OWN),
        ("", "安政办发〔2026〕8号", "关于印发《安泽市城市供水办法》的通知", Owner.HIGHER),
        ("", "", "关于印发安泽市供水办法的通知", Owner.HIGHER),
        ("", "", "关于印发《城市供水办法》的通知", Owner.UNKNOWN),
        ("", "", "关于印发《农贸市场管理办法》的通知", Owner.UNKNOWN),
        ("", "", "关于贯彻《安泽市供水办法》的通知", Owner.UNKNOWN),
        ("市人民政府办公室", "", "", Owner.HIGHER),
        ("", "", "市人民政府办公室关于某事的通知", Owner.HIGHER),
        ("县人民政府办公室", "", "", Owner.OWN),
        ("", "", "某某市教育局关于某事的通知", Owner.HIGHER),
        ("", "", "城市管理局关于某事的通知", Owner.UNKNOWN),
    ],
)
def test_whose_document_it_is(issuer: str, number: str, name: str, owner: Owner) -> None:
    seen = facts(POLICY, PageKind.POLICY, name, document=paper(issuer, number))
    assert owner_of(seen, number, ("沁河县", "沁河")) is owner


@pytest.mark.parametrize(
    ("portal", "issuer", "name", "owner"),
    [
        ("国家林草局", "国家林草局", "", Owner.OWN),
        ("国家林草局", "", "国家林草局关于某事的通知", Owner.OWN),
        ("国家林草局", "国务院办公厅", "国家林草局条例", Owner.HIGHER),
        ("中华人民共和国财政部", "财政部", "", Owner.OWN),
        ("沁河县", "国家林草局", "", Owner.HIGHER),
    ],
)
def test_the_documents_of_a_ministry_are_its_own_on_its_portal(
    portal: str, issuer: str, name: str, owner: Owner
) -> None:
    seen = facts(POLICY, PageKind.POLICY, name, document=paper(issuer, ""))
    assert owner_of(seen, "", (portal,)) is owner


@pytest.mark.parametrize(
    ("name", "stems"),
    [
        ("沁河县人民政府", ("沁河县", "沁河")),
        ("沁河县人民政府门户网站", ("沁河县", "沁河")),
        ("四川省教育厅", ("四川省教育厅",)),
        ("www.qinhe.gov.cn", ()),
    ],
)
def test_the_place_in_a_portals_name(name: str, stems: tuple[str, ...]) -> None:
    artifacts = gathered(portal=Portal(id=PORTAL.id, name=name, home=HOME))
    assert place_stems(artifacts) == stems


def test_draws_are_repeatable_and_depend_on_the_seed() -> None:
    many = [
        policy(url(f"/zcwj/{n}.html"), f"沁河县第{n}项专项行动实施方案", document=paper(number=f"沁政发〔2026〕{n}号"))
        for n in range(30)
    ]
    draws = {seed: [m.subject for m in judged(*many, seed=seed).draws[0].members] for seed in ("a", "b")}
    assert draws["a"] == [m.subject for m in judged(*reversed(many), seed="a").draws[0].members]
    assert draws["a"] != draws["b"]
    assert len(draws["a"]) == 3


def test_what_no_page_read_explains_may_be_explained_on_pages_only_a_browser_knows() -> None:
    frames = [page(url(f"/jd/{n}"), PageKind.COLUMN, scripted_list=True) for n in range(2)]
    assert judged(policy(), *frames).findings == ()
    plain = [page(url(f"/yw/{n}.html")) for n in range(40)]
    assert kinds(judged(policy(), *frames, *plain)) == [("no_interpretation", POLICY)], "a frame or two is no portal"
    seen = [msgspec.structs.replace(one, rendered=facts(one.url, PageKind.COLUMN)) for one in frames]
    assert kinds(judged(policy(), *seen)) == [("no_interpretation", POLICY)]
