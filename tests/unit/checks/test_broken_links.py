"""Links: what proves a failure, what only suggests one, what says nothing."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks._links import certainty, private_reason
from checks.base import CheckResult, KnownFinding, Outcome
from portal.artifacts import Absence, Attempt, FetchOutcome, GatherSummary, Level
from portal.facts import DateReading, Element, PageKind, Rung
from portal.urls import is_home_like
from tests.unit.checks.make import (
    CONTENT,
    HOME,
    NO,
    NOON,
    PORTAL,
    TODAY,
    facts,
    gathered,
    host,
    kinds,
    link,
    only,
    page,
    result,
    tried,
    url,
    vantage,
)

GONE = url("/a/t20260101_1.html")
TEN = dt.timedelta(seconds=10)
SIGNED: dict[str, Any] = {
    "title": "提示",
    "sketch": 5,
    "text_length": 60,
    "sniffed": "html",
    "signs": ("soft_404:words",),
}
FAILED = [outcome for outcome in FetchOutcome if outcome.failed]


def judged(*links: Any, **more: Any) -> CheckResult:
    return result("broken_links", gathered(*links, **more))


def test_the_words_of_a_finding_say_what_was_seen_and_not_how_sure_it_is() -> None:
    # They stay with a finding that a re-check, or an audit before, made certain.
    once, again = tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, after=9)
    assert only(judged(link(GONE, once))).message.endswith("，2026-11-20 12:00访问所见。")
    assert only(judged(link(GONE, once, again))).message.endswith("，2026-11-20共2次访问结果相同。")


def test_one_404_is_suspect_two_by_different_methods_are_certain() -> None:
    once = judged(link(GONE, tried(FetchOutcome.NOT_FOUND)))
    assert once.outcome is Outcome.SUSPECT
    assert only(once).kind == "not_found"
    twice = judged(link(GONE, tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=72)))
    assert twice.outcome is Outcome.FAIL
    assert only(twice).confirmations == 2
    assert "404" in only(twice).message
    assert only(once).fingerprint == only(twice).fingerprint


@pytest.mark.parametrize("outcome", FAILED)
def test_a_later_success_clears_every_failure(outcome: FetchOutcome) -> None:
    one = judged(link(GONE, tried(outcome), tried(via="browser", after=60)))
    assert one.outcome is Outcome.PASS
    assert f"unusable {GONE}" in one.coverage.passed


@pytest.mark.parametrize("outcome", FAILED)
def test_head_never_fails_a_link(outcome: FetchOutcome) -> None:
    one = judged(link(GONE, tried(outcome, "head"), tried(outcome, "head", after=3600)))
    assert one.findings == ()
    assert one.coverage.passed == ()


def test_head_proves_success() -> None:
    assert judged(link(GONE, tried(via="head"))).outcome is Outcome.PASS
    strayed = judged(link(GONE, tried(via="head", final=HOME, hops=[GONE])))
    assert (strayed.findings, strayed.coverage.passed) == ((), ()), "what ends at the home page is not what was meant"


@pytest.mark.parametrize("status", [401, 403, 405, 412, 429, 451])
def test_answers_to_machines_are_not_measured(status: int) -> None:
    one = judged(link(GONE, tried(FetchOutcome.CLIENT_ERROR, status=status)))
    assert one.outcome is Outcome.NOT_MEASURED
    assert one.reason == Absence.BLOCKED
    assert one.coverage.passed == ()


def test_blocked_after_a_failure_says_nothing_any_more() -> None:
    one = judged(link(GONE, tried(FetchOutcome.SERVER_ERROR), tried(FetchOutcome.BLOCKED, "browser", after=60)))
    assert one.findings == ()


def test_dns_that_could_not_tell_never_fails() -> None:
    one = judged(
        link(GONE, *(tried(FetchOutcome.DNS_UNKNOWN, via, after=n) for n, via in enumerate(("get", "browser"))))
    )
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.NO_DNS)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (FetchOutcome.NOT_FOUND, "not_found"),
        (FetchOutcome.SERVER_ERROR, "server_error"),
        (FetchOutcome.REFUSED, "refused"),
        (FetchOutcome.RESET, "refused"),
        (FetchOutcome.DNS, "dns"),
        (FetchOutcome.TIMEOUT, "timeout"),
        (FetchOutcome.TLS, "tls"),
        (FetchOutcome.REDIRECT_LOOP, "redirect_loop"),
    ],
)
def test_kinds_share_one_identity(outcome: FetchOutcome, kind: str) -> None:
    one = only(judged(link(GONE, tried(outcome), tried(outcome, "browser", after=60))))
    assert (one.kind, one.outcome) == (kind, Outcome.FAIL)
    other = only(judged(link(GONE, tried(FetchOutcome.NOT_FOUND))))
    assert one.fingerprint == other.fingerprint


def test_the_plain_client_names_the_kind() -> None:
    one = judged(link(GONE, tried(FetchOutcome.TIMEOUT), tried(FetchOutcome.RESET, "browser", after=60)))
    assert only(one).kind == "timeout"


def test_the_tries_of_one_round_do_not_confirm_each_other() -> None:
    pdf = url("/f/a.pdf")
    slow = tried(FetchOutcome.TIMEOUT, "range", elapsed=30.0)
    one = judged(link(pdf, slow, tried(FetchOutcome.TIMEOUT, "get", after=31)))
    assert only(one).outcome is Outcome.SUSPECT


def test_same_method_counts_another_day() -> None:
    attempts = [tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, after=60)]
    assert not certainty(attempts, TEN).certain
    assert certainty([attempts[0], tried(FetchOutcome.NOT_FOUND, after=24 * 3600)], TEN).certain


def test_tries_of_the_same_moment_stand_as_they_were_made() -> None:
    first, then = tried(FetchOutcome.NOT_FOUND, "range"), tried(FetchOutcome.NOT_FOUND, "browser", elapsed=0.4)
    assert certainty([first, then], dt.timedelta(0)).certain


def test_soft_404_by_likeness_to_a_path_that_cannot_exist() -> None:
    gone: dict[str, Any] = {"title": "出错了", "sketch": 77, "text_length": 90, "sniffed": "html"}
    random = tried(signs=("soft_404:words",), **gone)
    one = judged(link(GONE, tried(**gone)), host(random_page=random))
    assert (only(one).kind, only(one).outcome) == ("soft_404", Outcome.FAIL)


def test_a_shell_for_every_path_is_no_soft_404() -> None:
    shell: dict[str, Any] = {"title": "政务平台", "sketch": 77, "text_length": 12, "sniffed": "html"}
    one = judged(link(GONE, tried(**shell)), host(random_page=tried(**shell)))
    assert one.findings == ()
    assert one.outcome is Outcome.NOT_MEASURED


def test_a_host_that_answers_nonsense_with_one_page_and_the_rest_with_others() -> None:
    lost: dict[str, Any] = {"title": "沁河县人民政府", "sketch": 77, "text_length": 31, "sniffed": "html"}
    fine = [link(url(f"/{n}.html"), tried(title="文", sketch=77 ^ (63 << n * 6), text_length=900)) for n in range(1, 5)]
    one = judged(link(GONE, tried(**lost)), *fine, host(random_page=tried(**lost | {"text_length": 24})))
    assert (kinds(one), one.outcome) == ([("soft_404", GONE)], Outcome.FAIL)


def test_what_stands_on_a_page_that_is_none_is_no_link_of_the_portal() -> None:
    lost: dict[str, Any] = {"title": "沁河县人民政府", "sketch": 77, "text_length": 31, "sniffed": "html"}
    fine = [link(url(f"/{n}.html"), tried(title="文", sketch=77 ^ (63 << n * 6), text_length=900)) for n in range(1, 5)]
    there = link(GONE, tried(**lost), level=Level.SECOND)
    below, style = url("/a/index.html"), url("/a/css/s.css")
    menu = link(below, tried(**lost), page=GONE)
    sheet = link(style, tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=99), page=below)
    random = host(random_page=tried(**lost))
    one = judged(there, menu, sheet, *fine, random)
    assert kinds(one) == [("soft_404", GONE)], "the menu of an answer to nonsense, read from where nothing is"
    assert (one.metrics["links"], one.metrics["broken"]) == (5, 1)
    assert only(one).message.startswith(
        f"{HOME}（二级页面）中“办事指南”链接打开后与该网站对不存在网址的应答相同，没有所示内容，"
    )
    both = msgspec.structs.replace(menu, occurrences=(*menu.occurrences, *there.occurrences), count=2)
    seen = judged(there, both, *fine, random)
    assert [(f.subject, f.occurrence_count) for f in seen.findings] == [(below, 1), (GONE, 1)]
    assert {place.page for place in seen.findings[0].occurrences} == {HOME}


NAMELESS: dict[str, Any] = {"title": "沁河县人民政府", "sketch": 77, "text_length": 31, "sniffed": "html"}
THERE: dict[str, Any] = {"title": "公告", "sketch": 7 << 40, "text_length": 900, "sniffed": "html"}


@pytest.mark.parametrize(
    ("answer", "nonsense", "good"),
    [
        (THERE, tried(**NAMELESS), True),
        (THERE | {"title": "沁河县人民政府", "text_length": 40}, tried(**NAMELESS), True),
        (THERE, tried(FetchOutcome.NOT_FOUND), True),
        (THERE, tried(FetchOutcome.SERVER_ERROR), True),
        ({"sniffed": "pdf", "content_type": "application/pdf"}, tried(FetchOutcome.TIMEOUT), True),
        (THERE | {"final": "http://www.moved.cn/a"}, tried(FetchOutcome.TIMEOUT), True),
        (THERE, tried(FetchOutcome.TIMEOUT), False),
        (THERE, tried(FetchOutcome.BLOCKED), False),
        (THERE, None, False),
        (THERE, tried(**NAMELESS | {"sketch": 0, "text_length": None}), False),
        (NAMELESS | {"sketch": 0, "text_length": None}, tried(**NAMELESS), False),
        (NAMELESS | {"sketch": 0, "text_length": 0}, tried(**NAMELESS), True),
    ],
)
def test_what_was_like_nonsense_is_good_when_it_was_compared_again(
    answer: dict[str, Any], nonsense: Attempt | None, good: bool
) -> None:
    answers = (link(GONE, tried(**answer)), host(random_page=nonsense, random_file=tried(FetchOutcome.NOT_FOUND)))
    known = (KnownFinding("broken_links", "soft_404", GONE),)
    assert (f"unusable {GONE}" in judged(*answers, known=known).coverage.passed) == good
    assert judged(*answers).coverage.passed, "nobody accused it"
    signed = (replace(known[0], signs=("soft_404:words",)),)
    assert judged(*answers, known=signed).coverage.passed, "words accused it, and they are gone"


@pytest.mark.parametrize("signs", [("denied:words",), ("denied:words", "soft_404:blank"), ()])
def test_a_host_that_turns_everybody_away_says_nothing_of_what_is_there(signs: tuple[str, ...]) -> None:
    away = NAMELESS | {"title": "提示信息", "signs": signs}
    fine = [link(url(f"/{n}.html"), tried(title="文", sketch=77 ^ (63 << n * 6), text_length=900)) for n in range(1, 5)]
    one = judged(link(GONE, tried(**away), tried(after=90, **away)), *fine, host(random_page=tried(**away)))
    turned_away = signs == ("denied:words",)
    assert kinds(one) == ([] if turned_away else [("soft_404", GONE)])
    assert one.coverage.skipped == ({Absence.BLOCKED: 1} if turned_away else {})


def test_a_soft_404_keeps_by_which_words_it_was_one() -> None:
    assert only(judged(link(GONE, tried(**SIGNED)))).facts["signs"] == ["soft_404:words"]
    fine = [link(url(f"/{n}.html"), tried(title="文", sketch=77 ^ (63 << n * 6), text_length=900)) for n in range(1, 5)]
    one = judged(link(GONE, tried(**NAMELESS)), *fine, host(random_page=tried(**NAMELESS)))
    assert only(one).facts["signs"] == []


def answered_home(*others: Any) -> tuple[Any, ...]:
    """Returns the records of a host that answers nonsense with its home page, and a link that is answered so too."""
    front = tried(**CONTENT)
    home = msgspec.structs.replace(page(HOME, PageKind.HOME, sketch=CONTENT["sketch"]), fetch=front)
    return (link(GONE, front), host(random_page=front), home, *others)


def test_a_host_that_answers_what_is_gone_with_its_home_page() -> None:
    read = [link(url(f"/a/{n}.html"), tried(**{**CONTENT, "title": f"第{n}期"})) for n in range(3)]
    lost = [link(url(f"/b/{n}.html"), tried(**CONTENT)) for n in range(4)]
    found = kinds(judged(*answered_home(*read, *lost)))
    assert found == [("soft_404", one) for one in (GONE, *(url(f"/b/{n}.html") for n in range(4)))]


def test_a_host_that_answers_everything_with_one_frame_accuses_no_link() -> None:
    """Nothing is known of what a script would draw; where a browser saw it, the link leads somewhere."""
    frame = tried(**CONTENT)
    links = [link(url(f"/art/{n}"), frame) for n in range(12)]
    drawn = [
        page(
            url(f"/art/{n}"),
            PageKind.COLUMN,
            sketch=CONTENT["sketch"],
            rendered=facts(url(f"/art/{n}"), sketch=7 << 40),
        )
        for n in range(9)
    ]
    lost = page(url("/art/9"), PageKind.COLUMN, rendered=facts(url("/art/9"), PageKind.ERROR, sketch=3 << 40))
    one = judged(*answered_home(*links, *drawn, lost))
    assert not one.findings
    assert one.metrics["checked"] == 9
    assert one.coverage.skipped == {Absence.UNDECIDED: 4}


def test_words_of_an_error_page_need_a_second_reading() -> None:
    said: dict[str, Any] = {
        "title": "提示",
        "sketch": 5,
        "text_length": 60,
        "sniffed": "html",
        "signs": ("soft_404:words",),
    }
    assert only(judged(link(GONE, tried(**said)))).outcome is Outcome.SUSPECT
    assert only(judged(link(GONE, tried(**said), tried(after=5, **said)))).outcome is Outcome.FAIL


def test_words_alone_accuse_no_article() -> None:
    said: dict[str, Any] = {
        "title": "关于网页不存在问题的整改说明",
        "sketch": 5,
        "sniffed": "html",
        "signs": ("soft_404:title",),
    }
    tries = (tried(text_length=400, **said), tried(after=5, text_length=400, **said))
    day = DateReading(TODAY, Rung.TEXT, "")
    article = page(GONE, PageKind.ARTICLE, pub_date=day, text_length=300)
    assert judged(link(GONE, *tries), article).findings == ()
    assert kinds(judged(link(GONE, *tries), page(GONE, PageKind.ERROR))) == [("soft_404", GONE)]
    lost = host(random_page=tried(text_length=400, **said))
    assert kinds(judged(link(GONE, *tries), article, lost)) == [("soft_404", GONE)], "so is any address"


def test_an_answer_nobody_read_does_not_undo_what_was_read() -> None:
    said: dict[str, Any] = {
        "title": "提示",
        "sketch": 5,
        "text_length": 60,
        "sniffed": "html",
        "signs": ("soft_404:words",),
    }
    assert judged(link(GONE, tried(**said), tried(via="head", after=9))).outcome is Outcome.SUSPECT


def test_a_document_that_ends_at_the_home_page_is_gone() -> None:
    stray = [tried(final=HOME, hops=[GONE], after=n * 20, **CONTENT) for n in range(2)]
    assert only(judged(link(GONE, *stray))).kind == "redirected_home"
    assert judged(link(GONE, *stray, text="返回首页")).findings == ()
    assert judged(link(url("/portal/"), *stray)).findings == (), "a directory may rightly open at the root"
    moved = [tried(final="http://www.other.cn/", hops=[GONE], after=n * 20, **CONTENT) for n in range(2)]
    assert judged(link(GONE, *moved)).findings == (), "another name is a move, not a loss"


def test_sent_to_a_login_is_not_measured() -> None:
    one = judged(
        link(url("/app/12345.html"), tried(final=url("/sso/login?x=1"), hops=[url("/app/12345.html")], **CONTENT))
    )
    assert one.reason == Absence.LOGIN


def test_wrong_content_and_office_pages() -> None:
    name = url("/f/sqb.xls")
    error = [
        tried(via=via, after=n * 20, sniffed="html", content_type="text/html", title="提示")
        for n, via in enumerate(("range", "get"))
    ]
    assert only(judged(link(name, *error, element=Element.ATTACHMENT))).kind == "wrong_content"
    sheet = tried(via="range", sniffed="html", content_type="application/vnd.ms-excel")
    assert judged(link(name, sheet, element=Element.ATTACHMENT)).outcome is Outcome.PASS
    viewer = tried(via="browser", after=60, sniffed="html", content_type="application/pdf")
    assert judged(link(url("/f/a.pdf"), tried(via="range", sniffed="pdf"), viewer)).outcome is Outcome.PASS


def test_a_file_without_a_byte_is_a_finding() -> None:
    empty = [tried(after=n * 20, sniffed="empty", length=0) for n in range(2)]
    assert only(judged(link(url("/f/a.pdf"), *empty, element=Element.ATTACHMENT))).kind == "empty_file"
    assert judged(link(url("/s/a.css"), *empty, element=Element.CSS)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("http://192.168.1.8/oa/", True),
        ("http://10.1.2.3:8080/x.xls", True),
        ("http://127.0.0.1/", True),
        ("http://localhost:8080/", True),
        ("http://[::1]/", True),
        ("http://100.64.3.3/", True),
        ("http://oa/", True),
        ("file:///C:/a.doc", True),
        ("http://8.8.8.8/", False),
        ("http://11.0.0.1/", False),
        ("http://www.gov.cn/", False),
    ],
)
def test_which_addresses_are_private(address: str, private: bool) -> None:
    assert bool(private_reason(address)) is private
    one = judged(link(address, skipped=Absence.NOT_GATHERED))
    assert [kind for kind, _ in kinds(one)] == (["private_address"] if private else [])


def test_an_intranet_portal_may_link_to_its_house() -> None:
    inside = type(PORTAL)(id="p", name="测试", home="http://10.0.0.5/")
    one = judged(link("http://10.0.0.9/x.html"), link("http://10.0.0.5/y.html"), portal=inside)
    assert one.findings == ()


def test_links_to_private_addresses_are_counted_where_they_stand() -> None:
    bad = link("http://10.0.0.9/x.html", level=Level.SECOND)
    one = judged(bad, link(url("/a"), tried(), level=Level.HOME), link("http://10.0.0.8/", visible=False))
    inside = type(PORTAL)(id="p", name="测试", home="http://10.0.0.5/")
    for said in (one, judged(bad, portal=inside)):
        for whole in ("checked", "not_measured"):
            assert said.metrics[whole] == sum(said.metrics[f"{whole}_{level}"] for level in Level)
        assert said.metrics["links"] == said.metrics["checked"] + said.metrics["not_measured"]
    assert (one.metrics["checked_second"], one.metrics["broken_second"], one.metrics["links"]) == (1, 1, 2)


def test_a_name_that_resolves_to_a_private_address_here_is_not_judged() -> None:
    assert judged(link(GONE, tried(FetchOutcome.PRIVATE))).reason == Absence.PRIVATE


def test_hijacked_even_when_hidden_and_never_for_government_hosts() -> None:
    taken = tried(signs=("gambling:words",), sniffed="html", title="娱乐城")
    one = only(judged(link("http://www.farm.net/x", taken, internal=False, visible=False)))
    assert (one.kind, one.facts["category"]) == ("hijacked", "赌博")
    assert judged(link("http://www.police.gov.cn/x", taken, internal=False)).findings == ()


def test_what_nobody_can_see_is_counted_apart() -> None:
    bad = [tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=60)]
    one = judged(link(GONE, *bad, visible=False))
    assert one.findings == ()
    assert one.metrics["hidden"] == 1
    assert len(judged(link(GONE, *bad, visible=False, element=Element.SCRIPT)).findings) == 1


def test_our_own_line_down_accuses_nobody() -> None:
    def silent(n: int, **more: Any):  # type: ignore[no-untyped-def]  # a shorthand of this test
        tries = [tried(FetchOutcome.TIMEOUT), tried(FetchOutcome.TIMEOUT, "browser", after=60)]
        return link(f"http://h{n}.cn/", *tries, internal=False)

    one = judged(*(silent(n) for n in range(6)))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.OWN_LINE)
    fine = [link(f"http://g{n}.cn/", tried(), internal=False) for n in range(6)]
    assert len(judged(*(silent(n) for n in range(6)), *fine).findings) == 6
    known = [link(f"http://g{n}.cn/", tried(known=True), internal=False) for n in range(6)]
    again = judged(*(silent(n) for n in range(6)), *known)
    # Good some days ago says nothing about our line now.
    assert (again.findings, again.coverage.skipped) == ((), {Absence.OWN_LINE: 6})
    no_route = judged(silent(1), vantage(ipv4=NO))
    assert no_route.reason == Absence.OWN_LINE


def test_levels_are_counted_apart() -> None:
    bad = [tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=60)]
    one = judged(
        link(url("/1.html"), *bad, level=Level.HOME),
        link(url("/2.html"), *bad, level=Level.SECOND),
        link(url("/3.html"), *bad),
        link(url("/4.html"), *bad),
        link(url("/5.html"), tried()),
    )
    broken = {name: one.metrics[f"broken_{name}"] for name in ("home", "second", "other")}
    assert broken == {"home": 1, "second": 1, "other": 2}
    assert one.metrics["broken_share"] == 0.8


def test_a_link_taken_away_is_repaired_only_when_its_page_was_read() -> None:
    known = (KnownFinding("broken_links", "dns", "http://old.cn/", (url("/p.html"),)),)
    gone = judged(link(GONE, tried()), page(url("/p.html")), known=known)
    assert "unusable http://old.cn/" in gone.coverage.passed
    unread = judged(link(GONE, tried()), known=known)
    assert "unusable http://old.cn/" not in unread.coverage.passed


def test_what_the_crawler_keeps_away_from_by_rule_is_not_intended() -> None:
    left = link(url("/a/1.html"), skipped=Absence.NOT_GATHERED)
    done = judged(link(GONE, tried()), left)
    assert (done.coverage.intended, done.metrics["left_out"]) == (1, 1)
    short = GatherSummary(NOON, NOON, stopped_by="budget_pages", home_outcome=FetchOutcome.OK)
    cut = judged(link(GONE, tried()), left, summary=short)
    assert cut.coverage.skipped == {Absence.NOT_GATHERED: 1}
    logout = link(url("/user/logout"), skipped=Absence.NOT_GATHERED)
    assert judged(link(GONE, tried()), logout, summary=short).coverage.intended == 1
    outside = link("http://www.other.cn/", internal=False, skipped=Absence.NOT_GATHERED)
    assert judged(link(GONE, tried()), outside).coverage.intended == 2


def test_which_addresses_are_like_those_of_a_home_page() -> None:
    assert all(
        map(is_home_like, ("http://a.cn", "http://a.cn/", "http://a.cn/index.html", "http://a.cn/default.aspx?x=1"))
    )
    assert not any(map(is_home_like, ("http://a.cn/zwgk/", "http://a.cn/zwgk/index.html", "http://a.cn/12.html")))


attempts = st.builds(
    lambda outcome, via, after: tried(outcome, via, after=after),
    st.sampled_from(list(FetchOutcome)),
    st.sampled_from(["head", "get", "range", "browser", "get6"]),
    st.integers(0, 200),
)


@given(st.lists(attempts, max_size=5, unique_by=lambda one: one.at), st.randoms(use_true_random=False))
def test_the_order_of_attempts_as_kept_changes_nothing(tries: list[Attempt], shuffle: random.Random) -> None:
    mixed = list(tries)
    shuffle.shuffle(mixed)
    a, b = judged(link(GONE, *tries)), judged(link(GONE, *mixed))
    assert (a.outcome, a.findings and a.findings[0].kind) == (b.outcome, b.findings and b.findings[0].kind)


@given(st.lists(attempts, min_size=1, max_size=6))
def test_nothing_fails_that_last_answered_well_or_was_never_seen_failing(tries: list[Attempt]) -> None:
    one = judged(link(GONE, *tries))
    looked = [attempt for attempt in tries if attempt.via != "head"]
    if not any(attempt.outcome.failed for attempt in looked):
        assert one.findings == ()
    if len([attempt for attempt in looked if attempt.outcome.failed]) < 2:
        assert one.outcome is not Outcome.FAIL


def test_a_portal_on_an_intranet_is_judged_like_any_other() -> None:
    home = "http://10.1.2.3/"
    portal = replace(PORTAL, home=home)
    gone = link(home + "gone.html", tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, "browser", after=60))
    fine = link(home + "fine.html", tried())
    other = link("http://10.9.9.9/oa/", internal=False)
    one = judged(gone, fine, other, portal=portal)
    assert kinds(one) == [("not_found", gone.url)]
    assert one.coverage.skipped == {Absence.UNDECIDED: 1}
