"""Which interpretation explains which policy: by names, by text, over copies of one document, and what is no pair."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from portal.artifacts import PageRecord
from portal.facts import Element, Link, ListItem, PageKind, Region
from portal.model import ColumnKind
from tests.unit.checks.make import ago, body_link, column, kinds, link, page, paper, tried, url
from tests.unit.checks.test_policy_linkage import NAME, POLICY, READING, TO_POLICY, TO_READING, judged, policy, reading

BOTH = [("interpretation_not_linked", POLICY), ("policy_not_linked", READING)]
OTHER = url("/zcwj/8.html")
NUMBER = "沁政发〔2026〕7号"


def titled(title: str, address: str = POLICY, number: str = NUMBER, **more: Any) -> PageRecord:
    merged: dict[str, Any] = {"date": ago(60), "document": paper(number=number)} | more
    return page(address, PageKind.POLICY, title, **merged)


@pytest.mark.parametrize(
    "how",
    [
        {"title": f"{NAME}解读"},
        {"title": f"【图解】沁河县人民政府关于印发{NAME}的通知"},
        {"title": "农村饮水有了新规", "excerpt": f"近日，县政府印发《{NAME}》，现解读如下。", "quoted_titles": (NAME,)},
        {"title": "农村饮水新规解读", "excerpt": f"近日，县政府印发了相关文件（{NUMBER}）。", "doc_numbers": (NUMBER,)},
        {"title": f"《{NAME}》《沁河县河道采砂管理办法》解读"},
    ],
)
def test_what_an_interpretation_names_is_what_it_explains(how: dict[str, Any]) -> None:
    assert sorted(kinds(judged(policy(), reading(**how)))) == BOTH


def test_one_interpretation_of_several() -> None:
    sand = "沁河县河道采砂管理办法"
    second = policy(OTHER, sand, document=paper(number="沁政发〔2026〕8号"))
    text = f"近日，县政府印发《{NAME}》和《{sand}》。"
    for how in ({"title": f"《{NAME}》和《{sand}》解读"}, {"title": "惠民政策解读", "excerpt": text}):
        assert sorted(kinds(judged(policy(), second, reading(**how)))) == [
            ("interpretation_not_linked", POLICY),
            ("interpretation_not_linked", OTHER),
            ("policy_not_linked", READING),
        ]


@pytest.mark.parametrize(
    "text",
    [
        f"根据《{NAME}》（{NUMBER}），县水利局开展了水质检测。",
        f"《{NAME}》（{NUMBER}）同时废止。",
    ],
)
def test_what_a_text_rests_on_is_not_what_it_explains(text: str) -> None:
    said = reading(title="水质检测政策解读", excerpt=text, quoted_titles=(NAME,), doc_numbers=(NUMBER,))
    assert judged(policy(), said).findings == ()


@pytest.mark.parametrize(
    "title",
    [
        f"沁河县人民政府关于废止《{NAME}》的决定",
        f"沁河县人民政府转发《{NAME}》的通知",
    ],
)
def test_a_document_that_refers_to_another_is_not_the_other(title: str) -> None:
    assert judged(titled(title), reading()).findings == ()
    carried = titled(f"沁河县人民政府关于贯彻落实《{NAME}》的意见")
    assert kinds(judged(carried, reading())) == [("no_interpretation", POLICY)]


def test_another_year_or_batch_is_another_document() -> None:
    long = "沁河县{}年推进基层政务公开标准化规范化和政务服务便民化工作实施方案"
    for now, then in (
        (long.format(2026), long.format(2025)),
        (f"沁河县第二批{NAME}{NAME}", f"沁河县第一批{NAME}{NAME}"),
    ):
        old = reading(title=f"《沁河县人民政府关于印发{then}的通知》解读", date=ago(300))
        assert kinds(judged(titled(f"沁河县人民政府关于印发{now}的通知"), old)) == [("no_interpretation", POLICY)]
    slip = reading(title="《沁河县人民政府关于印发沁河县农村饮水安全保障和水质提升工作实施方案的通知》解读")
    meant = titled("沁河县人民政府关于印发沁河县农村饮水安全保障与水质提升工作实施方案的通知")
    assert sorted(kinds(judged(meant, slip))) == BOTH


def test_copies_are_one_document() -> None:
    copy = policy(url("/tzgg/70.html"), links_to_interpretation=("/zcjd/9.html",))
    gazette = policy(url("/zfgb/71.html"), date=ago(20))
    assert judged(policy(), copy, gazette, reading(links_to_policy=("/zfgb/71.html",))).findings == ()
    alone = judged(policy(), policy(OTHER))
    assert kinds(alone) == [("no_interpretation", POLICY)]
    assert alone.metrics["policies"] == 1
    assert sorted(kinds(judged(policy(), policy(OTHER), reading()))) == BOTH


def test_the_copy_among_policies_is_the_document() -> None:
    there = column(url("/zcwj/"), "政策文件", ColumnKind.POLICY)
    filed = msgspec.structs.replace(policy(OTHER, date=ago(50)), columns=(there.url,))
    assert kinds(judged(policy(), filed, there)) == [("no_interpretation", OTHER)]


def test_copies_without_a_number_are_of_one_day() -> None:
    bare: dict[str, Any] = {"document": paper(number="")}
    assert judged(policy(**bare), policy(OTHER, **bare)).metrics["policies"] == 1
    assert judged(policy(**bare), policy(OTHER, date=ago(90), **bare)).metrics["policies"] == 2


def test_a_link_to_a_whole_column_is_no_link_to_a_document() -> None:
    listed = tuple(ListItem(f"第{n}项办法", url(f"/zcwj/a{n}.html"), ago(90)) for n in range(6))
    there = column(url("/zcwj/"), "政策文件", ColumnKind.POLICY)
    shown = page(there.url, PageKind.COLUMN, "政策文件", items=listed)
    said = reading(links_to_policy=("/zcwj/",))
    assert kinds(judged(policy(**TO_READING), said, there, shown)) == [("policy_not_linked", READING)]
    few = page(there.url, PageKind.COLUMN, "政策文件", items=listed[:2])
    assert judged(policy(**TO_READING), said, there, few).findings == ()


def test_an_offer_of_what_explains_another_document_is_none() -> None:
    sand = "沁河县河道采砂管理办法"
    second = policy(OTHER, sand, document=paper(number="沁政发〔2026〕8号"), links_to_interpretation=("/zcjd/10.html",))
    other = reading(url("/zcjd/10.html"), f"《{sand}》解读", links_to_policy=("/zcwj/8.html",))
    astray = policy(links_to_interpretation=("/zcjd/10.html",))
    assert kinds(judged(astray, second, reading(**TO_POLICY), other)) == [("interpretation_not_linked", POLICY)]


def test_an_interpretation_on_the_page_of_the_policy_counts() -> None:
    assert judged(policy(links_to_interpretation=("#",))).findings == ()


def test_a_footer_of_one_page_is_no_footer_of_all() -> None:
    there = link(READING, tried(), page=POLICY)
    place = msgspec.structs.replace(there.occurrences[0], region=Region.FOOTER)
    once = msgspec.structs.replace(there, occurrences=(place,))
    assert judged(policy(), reading(**TO_POLICY), once).findings == ()
    pages = (POLICY, url("/a.html"), url("/b.html"))
    everywhere = tuple(msgspec.structs.replace(place, page=at) for at in pages)
    always = msgspec.structs.replace(there, occurrences=everywhere, count=3)
    assert kinds(judged(policy(), reading(**TO_POLICY), always)) == [("interpretation_not_linked", POLICY)]


def test_a_link_in_a_frame_of_the_page_counts() -> None:
    frame = url("/rel/7.html")
    framed = link(frame, tried(), page=POLICY, element=Element.IFRAME)
    there = link(READING, tried(), page=frame)
    assert judged(policy(), reading(**TO_POLICY), framed, there).findings == ()
    beside = link(frame, tried(), page=POLICY)  # no frame: a page of its own
    assert kinds(judged(policy(), reading(**TO_POLICY), beside, there)) == [("interpretation_not_linked", POLICY)]


def test_what_an_unpaired_interpretation_names_is_not_proven_to_be_unexplained() -> None:
    assert judged(policy(), reading(title="农村饮水政策解读", quoted_titles=("水法", NAME))).findings == ()
    assert judged(policy(), page(url("/a/1.html"), PageKind.ARTICLE, f"{NAME}图解", date=ago(50))).findings == ()


def test_links_of_running_text_lead_too() -> None:
    assert judged(policy(body_links=(body_link(READING),)), reading(**TO_POLICY)).findings == ()


@pytest.mark.parametrize("source", ["中国政府网", "新华社", "国家发展改革委网站", "安泽市政府网"])
def test_a_reprint_by_its_source_explains_nothing_of_ours(source: str) -> None:
    assert judged(policy(), reading(source=source)).findings == ()
    assert sorted(kinds(judged(policy(), reading(source="县水利局")))) == BOTH


def test_what_stands_among_documents_of_higher_bodies_alone_is_a_reprint() -> None:
    above = column(url("/sjwj/"), "上级文件", ColumnKind.POLICY)
    own = column(url("/zcwj/"), "政策文件", ColumnKind.POLICY)
    bare = titled(f"关于{NAME}的通知", number="", document=None)
    said = reading(title=f"《关于{NAME}的通知》解读")

    def found(*columns: Any) -> list[tuple[str, str]]:
        filed = msgspec.structs.replace(bare, columns=tuple(one.url for one in columns))
        return sorted(kinds(judged(filed, said, above, own)))

    assert found(above) == []
    assert found(own) == found(above, own) == BOTH


def test_a_number_behind_what_was_issued_pairs() -> None:
    said = reading(title="农村饮水有了新办法 政策解读", excerpt=f"近日，县政府印发了有关方案（{NUMBER}），现解读如下。")
    assert sorted(kinds(judged(policy(), said))) == BOTH


def test_pages_that_lead_to_each_other_are_a_pair_whatever_they_are_called() -> None:
    said = reading(title="一键读懂饮水新政")
    there, back = link(READING, tried(), page=POLICY), link(POLICY, tried(), page=READING)
    both = judged(policy(), said, there, back)
    assert (both.findings, both.metrics["pairs"]) == ((), 1)
    once = judged(policy(), said, back)
    assert (once.findings, once.metrics["pairs"]) == ((), 0)  # it may explain it: for a person to say
    assert kinds(judged(policy(), said)) == [("no_interpretation", POLICY)]


ABOVE = "https://www.chuandong.gov.cn/zcwj/5.html"


@pytest.mark.parametrize(
    ("text", "change", "accused"),
    [
        ("川东省人民政府办公厅关于印发农村饮水安全工作方案的通知", {}, True),
        ("国务院办公厅关于加强农村饮水安全工作的意见", {}, True),
        (
            f"沁河县人民政府关于印发《{NAME}》的通知",
            {},
            False,
        ),  # the province's base of documents holds those of counties
        ("政策原文", {}, False),
        ("川东省人民政府关于印发农村饮水安全实施方案的通知", {"title": "《农村饮水安全实施方案》解读"}, False),
        ("川东省人民政府办公厅关于印发农村饮水安全工作方案的通知", {"title": "农村饮水新政解读"}, False),
        ("川东省人民政府办公厅关于印发农村饮水安全工作方案的通知", {"source": "川东省人民政府网"}, False),
    ],
)
def test_the_document_a_policy_rests_on_is_not_the_one_explained(
    text: str, change: dict[str, Any], accused: bool
) -> None:
    more: dict[str, Any] = {"links_to_policy": (ABOVE,), "body_links": (body_link(ABOVE, text),)} | change
    found = kinds(judged(policy(**TO_READING), reading(**more)))
    assert found == ([("policy_not_linked", READING)] if accused else [])


def test_a_higher_bodys_document_on_the_portal_is_not_the_one_explained() -> None:
    province = paper("川东省人民政府", "川府发〔2026〕3号")
    above = titled("川东省人民政府关于印发农村饮水安全工作方案的通知", OTHER, document=province)
    leads = reading(links_to_policy=("/zcwj/8.html",))
    assert sorted(kinds(judged(policy(), above, leads))) == BOTH
    same = titled(f"川东省人民政府关于印发《{NAME}》的通知", OTHER, document=province)
    assert ("policy_not_linked", READING) not in kinds(judged(policy(), same, leads))


def test_what_a_frame_of_the_page_leads_to_the_page_leads_to() -> None:
    frame = url("/rel/7.html")
    holds = Link(frame, "/rel/7.html", "", Element.IFRAME, Region.BODY)
    framed = policy(links=(holds,))
    inside = (link(READING, tried(), page=frame), link(frame, tried(), page=POLICY, element=Element.IFRAME))
    news = reading(title="我县饮水有了新规", **TO_POLICY)
    assert kinds(judged(framed, news, *inside, page(frame, PageKind.COLUMN, "相关文档"))) == []
    told = column(frame, "相关文档", ColumnKind.OTHER)
    assert kinds(judged(framed, reading(**TO_POLICY), *inside, page(frame, PageKind.COLUMN, "相关文档"), told)) == []


def test_a_frame_that_many_pages_show_is_none_of_one_page() -> None:
    frame = url("/top.html")
    holds = Link(frame, "/top.html", "", Element.IFRAME, Region.BODY)
    many = [policy(url(f"/zcwj/{n}.html"), f"沁河县第{n}项办法", links=(holds,)) for n in range(3)]
    news = reading(title="我县饮水有了新规")
    one = judged(*many, news, link(READING, tried(), page=frame), page(frame, PageKind.OTHER, "页眉"))
    assert one.metrics["pairs"] == 0


def test_an_interpretation_met_behind_a_redirect_is_one_page() -> None:
    again = msgspec.structs.replace(reading(url("/go/9")), fetch=tried(final=READING))
    both = judged(policy(**TO_READING), reading(), again)
    assert (kinds(both), both.metrics["interpretations"]) == ([("policy_not_linked", READING)], 1)
    assert judged(policy(links_to_interpretation=("/go/9",)), reading(**TO_POLICY), again).findings == ()
