"""Empty columns: what is empty, what only looks so, and what only a browser can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from checks.base import CheckResult, Outcome
from portal.artifacts import Absence, Attempt, ColumnRecord, FetchOutcome, PageRecord
from portal.facts import Challenge, Crumb, Element, Field, Form, ListItem, PageKind, Pager, Region, SearchBox
from portal.model import ColumnForm, ColumnKind
from tests.unit.checks.make import (
    NO,
    ago,
    body_link,
    column,
    facts,
    gathered,
    host,
    items,
    kinds,
    link,
    only,
    page,
    result,
    tried,
    url,
    vantage,
)

AT = url("/tzgg/")
OTHER = url("/cwhy/")
COLUMN = PageKind.COLUMN


HONEST = host(random_page=tried(FetchOutcome.NOT_FOUND))  # says itself what it does not have


def judged(*records: Any, **more: Any) -> CheckResult:
    return result("empty_columns", gathered(HONEST, *records, **more))


def shown(**rendered: Any) -> PageRecord:
    """An empty list in the source, and what a browser shows."""
    return page(AT, COLUMN, "通知公告", empty_list=True, rendered=facts(AT, COLUMN, "通知公告", **rendered))


def test_an_empty_list_as_rendered_fails() -> None:
    one = judged(column(AT), shown(empty_list=True))
    assert only(one).kind == "empty_list"
    assert one.outcome is Outcome.FAIL
    assert only(one).message == "“政务公开>通知公告”栏目无内容，且无文字说明（列表为空）。"


@pytest.mark.parametrize(("address", "empty"), [("", False), ("index.html", False), ("list/index.html", True)])
def test_the_front_page_of_another_host_of_the_portal_is_no_list(address: str, empty: bool) -> None:
    at = f"http://zwfw.elsewhere.gov.cn/{address}"
    record = page(at, COLUMN, "通知公告", empty_list=True, rendered=facts(at, COLUMN, "通知公告", empty_list=True))
    away = replace(column(AT), url=at)
    one = result("empty_columns", gathered(HONEST, away, record))
    assert kinds(one) == ([("empty_list", at)] if empty else [])


@pytest.mark.parametrize(
    ("method", "control", "more", "empty"),
    [
        ("post", "select", {}, False),
        ("post", "hidden", {}, True),
        ("get", "text", {}, True),
        ("post", "text", {"pager": Pager("links", 1, 0)}, True),
        ("post", "text", {"search_box": SearchBox("#q", Region.BODY, True, "http://a.cn/q")}, True),
    ],
)
def test_a_list_that_waits_for_a_query_is_not_empty(
    method: str, control: str, more: dict[str, Any], empty: bool
) -> None:
    query = Form("http://a.cn/q", method, "", (Field("k", control, "", ""),), Region.BODY)
    one = judged(column(AT), shown(empty_list=True, forms=(query,), **more))
    assert kinds(one) == ([("empty_list", AT)] if empty else [])


@pytest.mark.parametrize(
    ("kind", "count", "rendered", "measured"),
    [
        (ColumnKind.ORGANISATION, 1, {}, 1),
        (ColumnKind.ORGANISATION, 400, {}, 0),
        (ColumnKind.NOTICE, 1, {}, 0),
        (ColumnKind.ORGANISATION, 1, {"empty_list": True}, 1),
    ],
)
def test_leaders_with_photos_of_their_own_are_contents(
    kind: ColumnKind, count: int, rendered: dict[str, Any], measured: int
) -> None:
    photo = msgspec.structs.replace(link(f"{AT}zhang.jpg", element=Element.IMG, page=AT), count=count)
    one = judged(column(AT, "领导之窗", kind), shown(**rendered), photo)
    assert one.metrics["columns_measured"] == measured
    assert kinds(one) == ([("empty_list", AT)] if rendered else [])


def test_a_page_that_is_not_said_to_be_empty_is_not_empty_for_want_of_a_list() -> None:
    one = judged(column(AT), page(AT, COLUMN, "领导信息", rendered=facts(AT, COLUMN, "领导信息", text_length=30)))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.UNDECIDED)


def test_a_list_filled_by_script_is_full() -> None:
    assert judged(column(AT), shown(items=items(ago(3)))).outcome is Outcome.PASS


def test_without_a_browser_an_empty_source_says_nothing() -> None:
    one = judged(column(AT), page(AT, COLUMN, empty_list=True), vantage(browser=NO))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.NO_BROWSER)
    scripted = judged(column(AT), page(AT, COLUMN, empty_list=True, scripted_list=True))
    assert scripted.reason == Absence.SCRIPTED


def test_a_pager_that_counts_zero_is_a_suspicion() -> None:
    one = judged(column(AT), page(AT, COLUMN, empty_list=True, pager=Pager("createPageHTML", 1, 0)))
    assert one.outcome is Outcome.SUSPECT


def test_a_column_that_says_it_is_being_built_is_a_finding() -> None:
    source = judged(column(AT), page(AT, COLUMN, under_construction="栏目建设中"))
    assert (only(source).kind, only(source).outcome) == ("under_construction", Outcome.FAIL)
    assert (
        kinds(judged(column(AT), shown(under_construction="敬请期待", empty_list=True)))[0][0] == "under_construction"
    )


def test_kinds_of_one_column_share_one_identity() -> None:
    a, b = judged(column(AT), shown(empty_list=True)), judged(column(AT), shown(under_construction="建设中"))
    assert only(a).fingerprint == only(b).fingerprint


def test_a_failed_list_request_is_suspect_and_a_counter_of_others_explains_nothing() -> None:
    seen = facts(AT, COLUMN, empty_list=True)
    own = page(AT, COLUMN, rendered=seen, record={"script_errors": (f"xhr 500 {url('/api/list')}",)})
    assert (only(judged(column(AT), own)).kind, judged(column(AT), own).outcome) == ("load_failed", Outcome.SUSPECT)
    other = page(AT, COLUMN, rendered=seen, record={"script_errors": ("xhr 500 http://tongji.example.com/x",)})
    assert only(judged(column(AT), other)).kind == "empty_list"


def test_a_request_that_fails_on_columns_that_show_their_lists_explains_no_empty_one() -> None:
    counter = {"script_errors": (f"fetch 401 {url('/api/user/info?v=2')}",)}
    full = page(OTHER, COLUMN, rendered=facts(OTHER, COLUMN, items=items(ago(3))), record=counter)
    empty = page(AT, COLUMN, rendered=facts(AT, COLUMN, empty_list=True), record=counter)
    assert kinds(judged(column(AT), column(OTHER), empty, full)) == [("empty_list", AT)]
    alone = judged(column(AT), empty)
    assert (kinds(alone), alone.coverage.skipped) == ([], {Absence.BLOCKED: 1})


def test_a_page_that_asked_whether_a_program_is_looking_is_not_empty_for_showing_nothing() -> None:
    """Not where the same script asks on columns that show their lists."""
    asked = {"script_errors": (f"webdriver {url('/js/common.js')}",)}
    empty = page(AT, COLUMN, rendered=facts(AT, COLUMN, empty_list=True), record=asked)
    alone = judged(column(AT), empty)
    assert (kinds(alone), alone.coverage.skipped) == ([], {Absence.UNDECIDED: 1})
    full = page(OTHER, COLUMN, rendered=facts(OTHER, COLUMN, items=items(ago(3))), record=asked)
    assert kinds(judged(column(AT), column(OTHER), empty, full)) == [("empty_list", AT)]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_an_interface_that_turns_the_asker_away_is_not_measured(status: int) -> None:
    away = {"script_errors": (f"fetch {status} {url('/api/list')}",)}
    one = judged(column(AT), page(AT, COLUMN, rendered=facts(AT, COLUMN, empty_list=True), record=away))
    assert (kinds(one), one.coverage.skipped) == ([], {Absence.BLOCKED: 1})


@pytest.mark.parametrize(
    "state",
    [
        {"empty_reason": "本栏目暂无此类信息"},
        {"text_length": 600, "empty_list": False},
        {"media": ("image",)},
        {"attachments": (body_link(url("/a.pdf")),)},
    ],
)
def test_words_text_pictures_and_files_are_contents(state: dict[str, Any]) -> None:
    assert judged(column(AT), shown(**({"empty_list": True} | state))).findings == ()


@pytest.mark.parametrize("kind", [PageKind.ARTICLE, PageKind.COLUMN_INDEX, PageKind.GUIDE])
def test_one_article_or_an_index_is_no_empty_list(kind: PageKind) -> None:
    assert judged(column(AT), page(AT, kind, text_length=300)).outcome is Outcome.PASS


def test_a_heading_over_children_is_judged_by_its_children() -> None:
    child = column(url("/tzgg/a/"), "公告", parent=AT)
    one = judged(column(AT), child, shown(empty_list=True), page(child.url, COLUMN, items=items(ago(1))))
    assert one.outcome is Outcome.PASS


def test_links_to_articles_of_its_own_folder_are_contents() -> None:
    leader = url("/tzgg/11331.html")
    seen = shown(empty_list=True)
    assert judged(column(AT), seen, page(leader), link(leader, tried(), page=AT)).findings == ()
    elsewhere = url("/xw/1.html")
    assert len(judged(column(AT), seen, page(elsewhere), link(elsewhere, tried(), page=AT)).findings) == 1
    hidden = link(leader, tried(), page=AT, visible=False)
    assert len(judged(column(AT), seen, page(leader), hidden).findings) == 1


@pytest.mark.parametrize("name", ["", "index.html"])
def test_a_column_in_a_folder_below_is_a_child(name: str) -> None:
    above = AT + name
    child = column(url("/tzgg/a/"), "公告")
    empty = page(above, COLUMN, empty_list=True, rendered=facts(above, COLUMN, empty_list=True))
    full = page(child.url, COLUMN, items=items(ago(1)))
    assert judged(column(above), child, empty, full).outcome is Outcome.PASS
    beside = column(url("/tzgg2/"), "公告")
    assert kinds(judged(column(above), beside, empty))[0][0] == "empty_list"


@pytest.mark.parametrize("form", [ColumnForm.INDEX, ColumnForm.EXTERNAL])
def test_forms_without_contents_of_their_own_are_left_out(form: ColumnForm) -> None:
    assert judged(column(AT, form=form), shown(empty_list=True)).findings == ()


def test_a_placeholder_named_like_the_column_is_no_content() -> None:
    name = ListItem("通知公告", AT)
    one = judged(
        column(AT), page(AT, COLUMN, items=(name,), rendered=facts(AT, COLUMN, items=(name,), empty_list=True))
    )
    assert only(one).kind == "empty_list"
    real = ListItem("通知公告", url("/tzgg/1.html"))
    assert judged(column(AT), page(AT, COLUMN, items=(real,)), page(real.url)).findings == ()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (page(AT, PageKind.CHALLENGE, challenge=Challenge("captcha", True)), Absence.CAPTCHA),
        (page(AT, PageKind.CHALLENGE, challenge=Challenge("jiasule", False)), Absence.CHALLENGE),
        (page(AT, PageKind.ERROR, error_words="页面不存在"), Absence.UNREACHABLE),
        (PageRecord(AT, page(AT).level, tried(FetchOutcome.BLOCKED)), Absence.BLOCKED),
        (PageRecord(AT, page(AT).level, tried(FetchOutcome.TIMEOUT)), Absence.UNREACHABLE),
    ],
)
def test_a_page_nobody_could_read_is_not_empty(record: PageRecord, reason: Absence) -> None:
    one = judged(column(AT), record)
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, reason)


def test_a_column_never_opened_is_not_measured() -> None:
    one = judged(column(AT), page(url("/x.html")))
    assert one.coverage.skipped == {Absence.NOT_GATHERED: 1}


def test_blank_documents_need_the_rendered_view() -> None:
    at = url("/tzgg/1.html")
    source = page(at, title="公示", body_empty=True, text_length=0)
    assert judged(column(AT), source).findings == ()
    drawn = page(at, title="公示", body_empty=True, text_length=0, rendered=facts(at, title="公示", text_length=900))
    assert judged(column(AT), drawn).findings == ()
    blank = page(at, title="公示", body_empty=True, text_length=0, rendered=facts(at, title="公示", body_empty=True))
    assert kinds(judged(column(AT), blank)) == [("blank_document", at)]
    file = facts(at, title="公示", body_empty=True, media=("video",))
    assert judged(column(AT), page(at, body_empty=True, rendered=file)).findings == ()


def test_the_frame_a_script_draws_a_document_into_is_no_view_of_it() -> None:
    """seen: applications that answer every address, and nonsense, with one frame; an article without text was good."""
    at, answer = url("/detail/1"), tried(text_length=0, sniffed="html", sketch=7)
    frame = page(at, title="清平县人民政府", scripted_list=True, text_length=0, rendered=facts(at, body_empty=True))
    frame = msgspec.structs.replace(frame, fetch=answer)
    one = result("empty_columns", gathered(host(random_page=answer), column(AT), shown(items=items(ago(3))), frame))
    assert kinds(one) == [("blank_document", at)]
    failed = msgspec.structs.replace(frame, script_errors=(f"xhr 500 {url('/api/1')}",))
    one = result("empty_columns", gathered(HONEST, column(AT), shown(items=items(ago(3))), failed))
    assert (one.findings, one.coverage.skipped) == ((), {Absence.UNDECIDED: 1})


def test_five_blank_columns_reach_the_veto() -> None:
    def blank(n: int) -> tuple[ColumnRecord, PageRecord]:
        at = url(f"/c{n}/")
        return column(at, f"栏目{n}"), page(at, COLUMN, rendered=facts(at, COLUMN, empty_list=True))

    four = judged(*(record for n in range(4) for record in blank(n)))
    five = judged(*(record for n in range(5) for record in blank(n)))
    assert (four.metrics["veto"], five.metrics["veto"]) == (0, 1)
    assert five.metrics["blank_columns"] == 5


def test_what_a_host_answers_to_nonsense_is_no_column() -> None:
    lost: dict[str, Any] = {"title": "出错啦", "sketch": 77, "text_length": 24}
    seen = page(AT, COLUMN, "出错啦", rendered=facts(AT, COLUMN, empty_list=True))
    seen = msgspec.structs.replace(seen, fetch=tried(**lost))
    one = judged(column(AT), seen, host(random_page=tried(**lost)))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.UNREACHABLE)
    document = page(url("/tzgg/1.html"), body_empty=True, rendered=facts(AT, body_empty=True))
    document = msgspec.structs.replace(document, fetch=tried(**lost))
    assert judged(page(AT), document, host(random_page=tried(**lost))).findings == ()


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        tried(FetchOutcome.TIMEOUT),
        tried(FetchOutcome.BLOCKED),
        tried(title="某县人民政府"),  # came, and was not read
        tried(title="某县人民政府", text_length=24),  # too short for a fingerprint
    ],
)
def test_what_may_be_the_answer_to_nonsense_is_empty_only_where_it_names_the_column(nonsense: Attempt | None) -> None:
    answer: dict[str, Any] = {"title": "某县人民政府", "text_length": 20}
    nameless = page(AT, COLUMN, "某县人民政府", rendered=facts(AT, COLUMN, "某县人民政府", empty_list=True))
    nameless = msgspec.structs.replace(nameless, fetch=tried(**answer))
    unknown = host(random_page=nonsense)
    one = judged(column(AT), nameless, unknown)
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.UNDECIDED)
    assert one.rows[0]["result"] == "未能判定：现有证据不足以判定，请人工核查"
    assert only(judged(column(AT), nameless)).kind == "empty_list", "the host says what it does not have"
    differs = host(random_page=tried(title="出错啦", text_length=24))
    assert only(judged(column(AT), nameless, differs)).kind == "empty_list", "nonsense looks otherwise"
    crumbs = (Crumb("首页", url("/")), Crumb("通知公告", ""))
    named = facts(AT, COLUMN, "某县人民政府", empty_list=True, breadcrumb=crumbs)
    assert only(judged(column(AT), msgspec.structs.replace(nameless, rendered=named), unknown)).kind == "empty_list"


def test_a_name_that_is_part_of_the_sites_name_names_no_column() -> None:
    seen = page(AT, COLUMN, "沁河县人民政府", rendered=facts(AT, COLUMN, "沁河县人民政府", empty_list=True))
    one = judged(column(AT, "人民政府"), seen, host())
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.UNDECIDED)


def test_a_column_whose_address_is_gone_is_a_matter_of_links_and_no_gap() -> None:
    there = page(AT, COLUMN, "通知公告", items=items(ago(3)))
    gone = msgspec.structs.replace(page(url("/b/"), COLUMN), facts=None, fetch=tried(FetchOutcome.NOT_FOUND))
    one = judged(column(AT), there, column(url("/b/"), form=ColumnForm.UNKNOWN), gone)
    assert one.findings == ()
    assert (one.coverage.intended, one.coverage.measured) == (1, 1)
    down = msgspec.structs.replace(gone, fetch=tried(FetchOutcome.SERVER_ERROR))
    two = judged(column(AT), there, column(url("/b/"), form=ColumnForm.UNKNOWN), down)
    assert (two.coverage.intended, two.coverage.measured) == (2, 1)
    none = judged(column(url("/b/"), form=ColumnForm.UNKNOWN), gone)
    assert (none.outcome, none.reason) == (Outcome.NOT_MEASURED, Absence.UNREACHABLE)


def test_items_of_other_columns_under_one_script_do_not_fill_a_list() -> None:
    at, item = url("/plus/list.php?tid=12"), url("/plus/view.php?aid=1")
    seen = page(at, COLUMN, "志愿服务", empty_list=True, rendered=facts(at, COLUMN, "志愿服务", empty_list=True))
    assert only(judged(column(at, "志愿服务"), seen, page(item), link(item, tried(), page=at))).kind == "empty_list"
