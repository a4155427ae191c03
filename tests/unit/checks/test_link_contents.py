"""链接有效性: answers that came and show nothing of what was linked."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from checks.base import CheckResult, Outcome
from portal.artifacts import FetchOutcome, Hop
from portal.facts import Element
from tests.unit.checks.make import gathered, host, link, only, result, tried, url

GONE = url("/a/t20260101_1.html")
FILE = url("/f/1.pdf")


def judged(*links: Any) -> CheckResult:
    return result("broken_links", gathered(*links))


def twice(**answer: Any) -> list[Any]:
    return [tried(**answer), tried(after=30, **answer)]


def test_an_empty_page_is_a_defect_and_an_empty_script_is_none() -> None:
    nothing: dict[str, Any] = {"sniffed": "empty", "length": 0}
    found = only(judged(link(GONE, *twice(**nothing))))
    assert (found.kind, found.outcome) == ("soft_404", Outcome.FAIL)
    assert "打开后为空白页" in found.message
    assert judged(link(url("/js/a.js"), *twice(**nothing), element=Element.SCRIPT)).findings == ()


def test_an_empty_answer_of_another_site_needs_a_browser() -> None:
    nothing: dict[str, Any] = {"sniffed": "empty", "length": 0}
    other = "http://www.other.org.cn/a.html"
    found = judged(link(other, *twice(**nothing), internal=False))
    assert only(found).outcome is Outcome.SUSPECT
    shown = tried(via="browser", after=60, sniffed="html", text_length=900, sketch=9)
    assert judged(link(other, *twice(**nothing), shown, internal=False)).findings == ()


def test_a_page_that_only_jumps_home() -> None:
    jump: dict[str, Any] = {"sniffed": "html", "signs": ("jump:home",), "text_length": 0}
    found = only(judged(link(GONE, *twice(**jump))))
    assert (found.kind, found.outcome) == ("soft_404", Outcome.FAIL)
    assert "自动转到首页" in found.message
    for entry in (url("/en/"), url("/")):
        assert judged(link(entry, *twice(**jump))).findings == ()
    assert judged(link(GONE, *twice(**jump), text="返回首页")).findings == ()


def test_a_site_that_is_being_worked_on_is_a_suspicion_until_another_day() -> None:
    working: dict[str, Any] = {"sniffed": "html", "signs": ("working:words",), "text_length": 14}
    seen = [*twice(**working), tried(via="browser", after=90, **working)]
    assert only(judged(link(GONE, *seen))).outcome is Outcome.SUSPECT
    busy = working | {"sniffed": "json", "signs": ("working:busy",)}
    told = only(judged(link(GONE, *twice(**busy))))
    assert (told.outcome, "系统繁忙" in told.message) == (Outcome.SUSPECT, True)
    later = only(judged(link(GONE, *seen, tried(after=20 * 3600, **working))))
    assert (later.outcome, "正在维护" in later.message) == (Outcome.FAIL, True)


def test_a_redirect_to_a_private_address_opens_for_nobody() -> None:
    inside = "http://10.20.1.5/portal/"
    sent: dict[str, Any] = {"final": inside, "hops": (GONE,)}
    found = only(judged(link(GONE, tried(FetchOutcome.PRIVATE, **sent), tried(FetchOutcome.PRIVATE, after=30, **sent))))
    assert (found.kind, found.outcome) == ("soft_404", Outcome.FAIL)
    assert f"内网地址{inside}" in found.message
    nowhere = tried(FetchOutcome.PRIVATE, via="browser", after=30, hops=(GONE,))
    nowhere = replace(nowhere, hops=(Hop(GONE, 302, inside),))
    assert only(judged(link(GONE, tried(FetchOutcome.PRIVATE, **sent), nowhere))).outcome is Outcome.FAIL
    here = judged(link(GONE, tried(FetchOutcome.PRIVATE)))
    assert here.findings == (), "a name that resolves to a private address here alone"


def test_a_site_that_says_so_with_a_status_of_failure_is_being_worked_on_all_the_same() -> None:
    working: dict[str, Any] = {"sniffed": "html", "signs": ("working:words",), "status": 503}
    out = FetchOutcome.SERVER_ERROR
    seen = [tried(out, **working), tried(out, via="browser", after=90, **working)]
    assert only(judged(link(GONE, *seen))).outcome is Outcome.SUSPECT
    later = only(judged(link(GONE, *seen, tried(out, after=20 * 3600, **working))))
    assert (later.kind, later.outcome) == ("server_error", Outcome.FAIL)
    once = [tried(out, status=503), tried(out, via="browser", after=90, **working)]
    assert only(judged(link(GONE, *once))).outcome is Outcome.FAIL


@pytest.mark.parametrize("sign", ["login:words", "closed:hours"])
@pytest.mark.parametrize("outcome", [FetchOutcome.OK, FetchOutcome.SERVER_ERROR])
def test_whoever_is_sent_away_saw_nothing_whatever_the_status(sign: str, outcome: FetchOutcome) -> None:
    sent: dict[str, Any] = {"sniffed": "html", "signs": (sign,), "text_length": 14}
    one = judged(link(GONE, tried(outcome, **sent), tried(outcome, via="browser", after=90, **sent)))
    assert (one.findings, one.metrics["not_measured"]) == ((), 1)


def test_a_name_without_a_filing_is_shut_for_everybody() -> None:
    shut: dict[str, Any] = {"sniffed": "html", "signs": ("parked:no_site.unfiled",), "status": 403}
    other = "http://www.other.com/"
    tries = [tried(FetchOutcome.BLOCKED, **shut), tried(FetchOutcome.BLOCKED, via="browser", after=90, **shut)]
    assert only(judged(link(other, *tries, internal=False))).kind == "soft_404"


def test_an_answer_that_has_no_contents_by_its_status_is_no_empty_page() -> None:
    for status in (204, 205):
        nothing = tried(status=status, sniffed="empty", length=0)
        assert judged(link(GONE, nothing)).findings == ()


def test_the_address_of_an_application_is_no_address_of_a_house() -> None:
    for address in ("baiduboxapp://swan/x", "market://details?id=a", "openapp.jdmobile://virtual"):
        assert judged(link(address, tried(FetchOutcome.SCHEME), internal=False)).findings == ()


@pytest.mark.parametrize(
    ("target", "sniffed", "words"),
    [
        (FILE, "json", "程序返回的代码"),
        (url("/f/1.docx"), "text", "纯文本"),
        (FILE, "binary", "无法识别的内容"),
        (url("/f/1.doc"), "text", ""),
        (url("/f/1.xls"), "binary", ""),
        (url("/f/1.ofd"), "binary", ""),
    ],
)
def test_files_that_are_none(target: str, sniffed: str, words: str) -> None:
    one = judged(link(target, *twice(sniffed=sniffed, length=40), element=Element.ATTACHMENT))
    assert [found.kind for found in one.findings] == (["wrong_content"] if words else [])
    assert not words or words in only(one).message


@pytest.mark.parametrize(
    ("target", "defect"), [(url("/f/1.docx"), True), (url("/f/1.zip"), True), (url("/f/1"), False)]
)
def test_a_file_that_is_cut_short_opens_for_nobody(target: str, defect: bool) -> None:
    one = judged(link(target, *twice(sniffed="zip", length=4096, signs=("cut:short",)), text="附件"))
    assert [found.kind for found in one.findings] == (["wrong_content"] if defect else [])
    assert not defect or "打开后为不完整的文件（后部缺失，无法打开）" in only(one).message


def test_a_picture_alone_is_known_by_the_answer_to_nonsense() -> None:
    picture: dict[str, Any] = {"sniffed": "html", "signs": ("picture:only",), "text_length": 0, "length": 181}
    fine = [link(url(f"/{n}.html"), tried(title="文", sketch=77 ^ (63 << n * 6), text_length=900)) for n in range(1, 5)]
    found = only(judged(link(GONE, tried(**picture)), *fine, host(random_page=tried(**picture))))
    assert (found.kind, found.outcome) == ("soft_404", Outcome.FAIL)
    other = host(random_page=tried(**picture | {"length": 320}))
    assert judged(link(GONE, tried(**picture)), *fine, other).findings == ()


def test_an_address_nobody_can_open_is_told_by_its_writing_alone() -> None:
    found = only(judged(link("http://www. other.cn/", internal=False, text="省局")))
    assert (found.kind, found.outcome) == ("not_found", Outcome.FAIL)
    assert "“省局”链接无法打开（地址写错：域名中有空格）" in found.message
    assert judged(link("htp://www.other.cn/", visible=False)).findings == ()


def test_a_dead_address_says_what_is_conspicuous_about_it_and_what_it_is() -> None:
    written = url("/zwgk/www.mof.gov.cn/")
    found = only(judged(link(written, tried(FetchOutcome.NOT_FOUND), tried(FetchOutcome.NOT_FOUND, after=99))))
    assert "状态码404；地址前缺少“http://”" in found.message
    picture = only(judged(link(url("/a.jpg"), tried(FetchOutcome.NOT_FOUND), element=Element.IMG, text="现场")))
    assert "“现场”图片无法打开" in picture.message


def test_a_status_of_failure_with_the_page_that_was_linked_is_for_a_person() -> None:
    promised = "关于印发防汛预案的通知"
    article: dict[str, Any] = {"title": f"{promised}-沁河县", "text_length": 900, "sniffed": "html"}
    tries = [tried(FetchOutcome.NOT_FOUND, via, after=30.0 * n, **article) for n, via in enumerate(("get", "browser"))]
    assert only(judged(link(GONE, *tries, text=promised))).outcome is Outcome.SUSPECT
    assert only(judged(link(GONE, *tries, text="更多"))).outcome is Outcome.FAIL
    lost = [tried(FetchOutcome.NOT_FOUND, after=99 * n, title="404 Not Found", sniffed="html") for n in (0, 400)]
    assert only(judged(link(GONE, *lost, text=promised))).outcome is Outcome.FAIL
