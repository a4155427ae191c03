"""A run's own health: what is usual is not mentioned, what is not is said with what to change."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from checks.base import REASONS, CheckResult, Coverage, Outcome
from mingcha.health import advice_for, bands, health
from portal.artifacts import Absence, Capability, FetchOutcome, Level, LinkRecord, PageRecord
from portal.facts import PageKind
from tests.unit.checks.make import HOME, gathered, link, page, tried, url, vantage


def pages(outcome: FetchOutcome, bad: int, total: int = 100, *, elapsed: float = 0.1) -> list[PageRecord]:
    """Returns pages of which some came out otherwise than well."""
    made = [page(url(f"/{n}.html")) for n in range(total)]
    return [replace(one, fetch=tried(outcome, elapsed=elapsed)) if n < bad else one for n, one in enumerate(made)]


def links(outcome: FetchOutcome, bad: int, total: int) -> list[LinkRecord]:
    """Returns links to other sites of which some came out otherwise than well."""
    return [
        link(f"http://h{n}.cn/", tried(outcome if n < bad else FetchOutcome.OK), internal=False) for n in range(total)
    ]


def said(*records: PageRecord | LinkRecord, results: tuple[CheckResult, ...] = ()) -> dict[str, str]:
    """Returns the hints by id."""
    return {hint.id: hint.text for hint in health(gathered(*records), results)}


def result(outcome: Outcome = Outcome.PASS, reason: str = "", intended: int = 0, **skipped: int) -> CheckResult:
    """Returns a result with that coverage."""
    coverage = Coverage(intended, intended - sum(skipped.values()), skipped)
    return CheckResult("broken_links", 1, outcome, reason, coverage=coverage)


def test_a_sound_run_has_nothing_to_say() -> None:
    fine = result(intended=100, undecided=60, blocked=5)
    assert said(*pages(FetchOutcome.NOT_FOUND, 40), *links(FetchOutcome.TIMEOUT, 1, 10), results=(fine,)) == {}
    assert said() == {}


def test_a_blocked_run_is_told_whom_to_ask() -> None:
    assert said(*pages(FetchOutcome.BLOCKED, 2)) == {}
    assert said(*pages(FetchOutcome.BLOCKED, 12)) == {
        "blocked": "本站地址中被拦截 12%（通常低于 2%）：请对方把本机地址加入白名单，"
        "或把 targets.toml 中该站点的 rate 调低"
    }


def test_a_home_page_that_leads_nowhere_is_no_portal_looked_at() -> None:
    home = page(HOME, PageKind.HOME, level=Level.HOME)
    assert set(said(home)) == {"alone"}
    assert "仅有首页" in said(home)["alone"]
    assert said(home, page(url("/a.html"))) == {}
    stopped = dataclasses.replace(gathered(home).summary, stopped_by="pages")
    assert health(gathered(home, summary=stopped), ()) == ()


@pytest.mark.parametrize(
    ("outcome", "usual", "name"),
    [
        (FetchOutcome.TIMEOUT, 3, "silent"),
        (FetchOutcome.RESET, 3, "silent"),
        (FetchOutcome.REFUSED, 3, "silent"),
        (FetchOutcome.SERVER_ERROR, 5, "server_error"),
        (FetchOutcome.ABORTED, 1, "aborted"),
    ],
)
def test_a_share_is_out_of_its_band_only_above_it(outcome: FetchOutcome, usual: int, name: str) -> None:
    assert said(*pages(outcome, usual, 101)) == {}
    assert list(said(*pages(outcome, usual + 2))) == [name]


def test_links_of_the_portal_count_once_and_those_of_others_apart() -> None:
    own = pages(FetchOutcome.BLOCKED, 1, 40)
    same = [link(one.url, tried(FetchOutcome.BLOCKED)) for one in own]  # pages, met as links: their page counts
    more = [link(url(f"/f{n}.pdf"), tried(FetchOutcome.BLOCKED, "range")) for n in range(3)]
    assert said(*own, *same) == said(*own)
    assert said(*own, *same, *more)["blocked"].startswith("本站地址中被拦截 9%")  # 4 of 43
    assert list(said(*links(FetchOutcome.TIMEOUT, 3, 10))) == ["outside"]
    known = [link(f"http://k{n}.cn/", tried(known=True), internal=False) for n in range(10)]
    assert said(*known) == {}
    assert said(*known, *links(FetchOutcome.TIMEOUT, 3, 9)) == {}  # they are not asked, and make none good


def test_a_few_say_nothing() -> None:
    assert said(*pages(FetchOutcome.BLOCKED, 19, 19)) == {}
    assert "blocked" in said(*pages(FetchOutcome.BLOCKED, 20, 20))


def test_slow_answers_are_a_hint() -> None:
    assert said(*pages(FetchOutcome.OK, 11, elapsed=5.0)) == {}
    assert "11%（通常低于 10%）" in said(*pages(FetchOutcome.OK, 11, elapsed=5.1))["slow"]


def test_errors_of_the_program_are_never_usual() -> None:
    fine = pages(FetchOutcome.OK, 0, 300)
    assert "0.3%（通常没有）" in said(*fine[1:], replace(fine[0], skipped=Absence.ERROR))["error"]
    assert "error" in said(results=(result(Outcome.ERROR, "KeyError"), result()))


def test_pages_the_browser_could_not_open() -> None:
    opened = [replace(one, render_reason="scripted_list") for one in pages(FetchOutcome.OK, 0, 10)]
    failed = [replace(one, render_failed=Absence.DEADLINE) for one in opened[:2]]
    assert said(*opened) == {}
    assert "浏览器未能打开 20%" in said(*opened, *failed)["unrendered"]


def test_whole_checks_not_measured_are_told_with_their_reason() -> None:
    blocked = [result(Outcome.NOT_MEASURED, Absence.BLOCKED) for _ in range(5)]
    text = said(results=(*blocked, result()))["not_measured"]
    assert text == f"5 个检查项未能判定（{REASONS[Absence.BLOCKED]}）：请对方把本机地址加入白名单，或把 rate 调低"


def test_subjects_not_measured_are_told_by_reason() -> None:
    assert said(results=(result(intended=100, budget=10),)) == {}
    text = said(results=(result(intended=100, budget=11, undecided=30),))["not_measured"]
    assert text.startswith("应查对象中未能判定 11%（超出本次核查的页面或请求上限；通常低于 10%）：")
    assert "max_pages" in text


def test_a_browser_nobody_wanted_is_no_news() -> None:
    absent = (result(Outcome.NOT_MEASURED, Absence.NO_BROWSER),)
    here = gathered(vantage(browser=Capability(False, "not wanted")))
    assert health(here, absent) == ()
    missing = gathered(vantage(browser=Capability(False, "none found")))
    (hint,) = health(missing, absent)
    assert "mingcha doctor" in hint.text


def test_every_band_has_its_reason_and_every_advice_its_words() -> None:
    assert all(0 <= band.most < 1 and band.least > 0 and len(band.why) > 40 for band in bands().values())
    assert all(band.advice for band in bands().values() if band.id != "not_measured")
    assert set(advice_for()) <= {absence.value for absence in Absence}
    assert all(Absence(reason) in REASONS for reason in advice_for())
