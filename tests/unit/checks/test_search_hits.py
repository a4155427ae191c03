"""Search: found means the same document; a dead, guarded or missing search is one thing, not four."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from checks.base import CheckResult, Outcome
from portal.artifacts import Absence, SearchSession, SearchStatus, SearchTitle
from portal.facts import SearchHit
from tests.unit.checks.make import HOME, NO, ago, gathered, kinds, only, result, search, session, title, url, vantage

S = SearchStatus


def judged(*sessions: SearchSession, more: dict[str, Any] | None = None, **kept: Any) -> CheckResult:
    return result("search_hits", gathered(search(*sessions, **(more or {})), **kept))


def four(**more: Any) -> list[SearchSession]:
    return [session(title(n), after=n, **more) for n in range(1, 5)]


def test_four_found_titles_pass_and_the_draw_is_told() -> None:
    one = judged(*four())
    assert one.outcome is Outcome.PASS
    (draw,) = one.draws
    assert (draw.seed, draw.candidates, [member.result for member in draw.members]) == ("s1", 50, ["pass"] * 4)
    assert [row["rank"] for row in one.rows] == [2] * 4
    assert one.warnings == ()


def test_a_title_that_is_not_on_the_first_page_is_missed() -> None:
    miss = session(title(4), after=9, hits=(SearchHit("完全不同的另一条信息标题", url("/y.html")),))
    one = judged(*four()[:3], miss)
    assert kinds(one) == [("title_missed", title(4).url)]
    assert only(one).message.endswith("结果第一页（1条）未找到该信息（抽样4/4）。")
    assert one.metrics["titles_found"] == 3


def test_no_results_at_all_is_an_answer() -> None:
    assert kinds(judged(*four()[:3], session(title(4), after=9, hits=(), total=0)))[0][0] == "title_missed"


def test_results_nobody_could_read_are_no_miss() -> None:
    one = judged(*four()[:3], session(title(4), after=9, hits=(), total=12))
    assert one.findings == ()
    assert one.coverage.skipped == {Absence.UNDECIDED: 1}


@pytest.mark.parametrize(
    "hit",
    [
        SearchHit("", title(1).url),
        SearchHit("无关标题", title(1).url.replace("http://www.", "https://")),
        SearchHit("关于印发<em>沁河县</em>第１项工程 实施方案的通知", ""),
        SearchHit("关于印发“沁河县第1项工程实施方案”的通知", ""),
        SearchHit("关于印发沁河县第1项工程实施方案…", "", ago(40)),
        SearchHit("关于印发沁河县第1项工程实施方案…", ""),
        SearchHit("关于印发…", title(1).url.replace("http://www.", "https://") + "?from=search&kw=x#main"),
        SearchHit("[政策文件] 关于印发沁河县第1项工程实施方案的通知 沁政办发〔2026〕3号", "", ago(55)),
        SearchHit(title(1).title, "http://www.qinhe.gov.cn.so-cloud.cn/jump?id=8", ago(40)),
        SearchHit(f"政策文件 | {title(1).title} [现行有效] 沁河县人民政府", "", ago(40)),
    ],
)
def test_these_hits_are_the_drawn_document(hit: SearchHit) -> None:
    assert judged(*four()[1:], session(title(1), after=9, hits=(hit,))).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "hit",
    [
        SearchHit("解读：关于印发沁河县第1项工程实施方案的通知", ""),
        SearchHit("县教育局转发关于印发沁河县第1项工程实施方案的通知", ""),
        SearchHit("关于印发沁河县第1项工程实施方案…", "", ago(400)),
        SearchHit("关于印发…", ""),
        SearchHit("关于印发…", title(1).url.replace("/1.html", "/11.html?from=search")),
    ],
)
def test_these_hits_are_other_documents(hit: SearchHit) -> None:
    assert kinds(judged(*four()[1:], session(title(1), after=9, hits=(hit,)))) == [("title_missed", title(1).url)]


@pytest.mark.parametrize(
    ("hit", "instead"),
    [
        (
            SearchHit(title(1).title, "http://www.elsewhere.gov.cn/x/1.html", ago(40)),
            "其他网站（www.elsewhere.gov.cn）的",
        ),
        (SearchHit(title(1).title, url("/old/1.html"), ago(800)), f"{ago(800)}的"),
        (SearchHit("关于印发沁河县…", ""), "标题显示不全的"),
        (SearchHit(f"热门 {title(1).title} 浏览1024次", ""), "含有该标题的文字"),
        (SearchHit("关于印发沁河县第1项工程", "", ago(40)), "标题显示不全的"),
    ],
)
def test_what_may_be_the_document_is_for_a_person(hit: SearchHit, instead: str) -> None:
    one = judged(*four()[1:], session(title(1), after=9, hits=(hit,)))
    assert kinds(one) == [("title_missed", title(1).url)]
    assert only(one).outcome is Outcome.SUSPECT
    assert f"未找到该信息，只有{instead}" in only(one).message
    both = (hit, SearchHit(title(1).title, title(1).url))
    assert judged(*four()[1:], session(title(1), after=9, hits=both)).outcome is Outcome.PASS


def test_a_dead_search_is_no_want_of_titles() -> None:
    one = judged(*(session(title(n), S.BROKEN, after=n) for n in (1, 2)))
    assert one.warnings == ()


def test_the_best_of_repeated_sessions_counts() -> None:
    one = judged(*four()[1:], session(title(1), S.TIMEOUT), session(title(1), after=30))
    assert one.outcome is Outcome.PASS


def test_a_dead_search_is_one_finding() -> None:
    one = judged(*(session(title(n), S.BROKEN, after=n) for n in range(1, 5)))
    assert kinds(one) == [("search_broken", "search")]
    assert one.outcome is Outcome.FAIL
    assert one.metrics["search_usable"] == 0
    assert judged(session(title(1), S.TIMEOUT)).outcome is Outcome.SUSPECT


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (S.CAPTCHA, Absence.CAPTCHA),
        (S.LOGIN, Absence.LOGIN),
        (S.BLOCKED, Absence.BLOCKED),
        (S.UNREADABLE, Absence.UNDECIDED),
    ],
)
def test_what_keeps_machines_out_is_not_measured(status: SearchStatus, reason: Absence) -> None:
    one = judged(*(session(title(n), status, after=n) for n in range(1, 5)))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, reason)


def test_no_search_needs_a_look_with_a_browser() -> None:
    none: dict[str, Any] = {"box": None, "entry_page": "", "in_header": False, "visible": False}
    assert kinds(judged(more=none)) == [("no_search", "search")]
    blind = judged(more=none, vantage=vantage(browser=NO))
    assert (blind.outcome, blind.reason) == (Outcome.NOT_MEASURED, Absence.NO_BROWSER)
    assert judged(more=none | {"pages_looked": ()}).outcome is Outcome.NOT_MEASURED


@pytest.mark.parametrize(
    "more",
    [{"in_header": False}, {"visible": False}, {"entry_page": url("/zwgk/"), "pages_looked": (HOME, url("/zwgk/"))}],
)
def test_a_box_out_of_sight_on_the_home_page_is_hidden(more: dict[str, Any]) -> None:
    assert kinds(judged(*four(), more=more)) == [("search_hidden", "search")]


def test_an_entry_named_by_the_operator_does_not_hide_the_search() -> None:
    more: dict[str, Any] = {"entry_page": url("/so/"), "pages_looked": (url("/so/"),)}
    assert judged(*four(), more=more).findings == ()


def test_results_without_classes_are_a_finding() -> None:
    assert kinds(judged(*four(tabs=()))) == [("unclassified", "search")]
    assert kinds(judged(*four(tabs=("全部",)))) == [("unclassified", "search")]
    assert judged(*four()[:3], session(title(4), tabs=(), after=9)).findings == ()


def test_classes_are_seen_without_results_too() -> None:
    # What a title finds in the class that is shown first may be nothing.
    missed = [session(title(n), after=n, hits=(), tabs=("全部", "政策文件")) for n in range(1, 5)]
    assert "unclassified" not in {kind for kind, _ in kinds(judged(*missed))}
    assert judged(*missed).metrics["classified"] == 1


def test_identities_of_the_search_as_a_whole_differ() -> None:
    one = judged(*four(tabs=()), more={"in_header": False})
    assert len({finding.fingerprint for finding in one.findings}) == 2


def test_fewer_titles_are_said_and_none_is_not_measured() -> None:
    assert "只有2条" in judged(*four()[:2]).warnings[0]
    none = judged()
    assert (none.outcome, none.reason) == (Outcome.NOT_MEASURED, Absence.TOO_FEW)


def test_keywords_are_counted_not_judged() -> None:
    word = SearchTitle("生态环保", "", None, "")
    hits = tuple(SearchHit(f"信息{n}", url(f"/{n}.html")) for n in range(7))
    one = judged(*four(), session(word, after=50, hits=hits))
    assert (one.metrics["keywords"], one.metrics["keyword_hits_min"]) == (1, 7)
    assert one.metrics["titles_drawn"] == 4
    assert one.outcome is Outcome.PASS


def test_a_year_apart_with_the_same_full_title_is_found() -> None:
    hit = SearchHit(title(1).title, "http://so.qinhe.gov.cn/jump?id=9", ago(40) - dt.timedelta(days=1))
    assert judged(*four()[1:], session(title(1), after=9, hits=(hit,))).outcome is Outcome.PASS


def test_a_search_that_never_finds_anything_is_suspected_only() -> None:
    one = judged(*four(hits=(), total=0))
    assert [kind for kind, _ in kinds(one)] == ["title_missed"] * 4
    assert one.outcome is Outcome.SUSPECT


def test_a_result_that_begins_with_the_title_and_goes_on_is_no_sure_miss() -> None:
    told = f"{title(1).title} 为进一步做好有关工作，现将有关事项通知如下，请认真贯彻执行。"
    one = judged(*four()[1:], session(title(1), after=9, hits=(SearchHit(told, url("/go?id=1")),)))
    assert only(one).outcome is Outcome.SUSPECT
    assert "只有以该标题开头的文字" in only(one).message


def test_a_search_that_leads_straight_to_the_document_has_shown_no_results_without_classes() -> None:
    straight = [replace(one, result_url=one.drawn.url) for one in four(tabs=())]
    assert judged(*straight).findings == ()
    assert kinds(judged(*straight[:3], session(title(4), after=9, tabs=()))) == [("unclassified", "search")]
