"""可用性: a week of probes against the clause, on both sides of every limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from checks.base import CheckResult, Outcome, Severity
from portal.artifacts import Absence, Announced, AvailabilityRecord, FetchOutcome, ProbeSeen
from portal.zone import CHINA
from tests.unit.checks.make import HOME, TODAY, ago, gathered, kinds, only, result

OK, TIMEOUT, REFUSED = FetchOutcome.OK, FetchOutcome.TIMEOUT, FetchOutcome.REFUSED
NIGHT = dt.datetime.combine(TODAY, dt.time(23), CHINA)


def at(day: dt.date, number: int, per_day: int = 20) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), CHINA) + dt.timedelta(days=1) * number / per_day


def probes(days: Iterable[int] = range(7), per_day: int = 20, bad: int = 0, **more: Any) -> list[ProbeSeen]:
    """Returns `per_day` probes on each of the days ago; the first `bad` of them failed, by `outcome`."""
    outcome = more.pop("outcome", TIMEOUT)
    made: list[ProbeSeen] = []
    for back in sorted(days, reverse=True):
        for number in range(per_day):
            failed = len(made) < bad
            seconds = 15.0 if failed else 0.4
            what = {"family": 0, "vantage": "本机", "outcome": outcome if failed else OK, "seconds": seconds, **more}
            made.append(ProbeSeen(at(ago(back), number, per_day), **what))
    return made


def judged(series: Iterable[ProbeSeen], *announced: Announced, until: dt.datetime = NIGHT, **more: Any) -> CheckResult:
    record = AvailabilityRecord(HOME, until, tuple(series), announced, evidence="e" * 64)
    return result("reachability", gathered(record, **more))


def test_a_week_without_failures_is_good() -> None:
    one = judged(probes())
    assert (one.outcome, one.findings) == (Outcome.PASS, ())
    assert set(one.coverage.passed) == {f"site_unreachable {HOME}", f"near_limit {HOME}"}
    assert one.metrics["probes"] == 140
    assert one.metrics["failures_left"] == 7


def test_five_percent_exactly_is_too_much() -> None:
    one = only(judged(probes(bad=7)))
    assert (one.kind, one.severity, one.outcome, one.subject) == ("site_unreachable", Severity.VETO, Outcome.FAIL, HOME)
    assert one.message == (
        "2026-11-14至2026-11-20共探测140次，未能打开7次（超过15秒未打开7次），占5.00%（达到5%即单项否决）。"
    )
    assert one.evidence == ("e" * 64,)


def test_one_failure_less_is_near_and_no_veto() -> None:
    one = judged(probes(bad=6))
    assert kinds(one) == [("near_limit", HOME)]
    assert only(one).severity is Severity.NOTICE
    assert "占4.29%，再有1次即达到5%" in only(one).message
    assert one.coverage.passed == (f"site_unreachable {HOME}",)


def test_below_three_percent_nothing_is_said() -> None:
    assert judged(probes(bad=4)).findings == ()
    assert kinds(judged(probes(bad=5))) == [("near_limit", HOME)]


def test_the_share_is_of_all_that_were_made() -> None:
    assert judged(probes(per_day=48, bad=16)).metrics["failures_left"] == 1
    assert kinds(judged(probes(per_day=48, bad=17))) == [("site_unreachable", HOME)]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (REFUSED, "拒绝连接8次"),
        (FetchOutcome.DNS, "域名无法解析8次"),
        (FetchOutcome.SERVER_ERROR, "服务器错误8次"),
        (FetchOutcome.TLS, "安全证书错误8次"),
        (FetchOutcome.NOT_FOUND, "页面不存在8次"),
    ],
)
def test_whatever_keeps_visitors_out_counts_and_is_said(outcome: FetchOutcome, words: str) -> None:
    one = judged(probes(bad=8, outcome=outcome))
    assert f"（{words}）" in only(one).message
    assert one.metrics["slow"] == 0


@pytest.mark.parametrize(
    ("outcome", "error", "metric"),
    [
        (FetchOutcome.BLOCKED, "challenge: x", "blocked"),
        (FetchOutcome.DNS_UNKNOWN, "SERVFAIL", "unknown"),
        (FetchOutcome.ABORTED, "its turn did not come", "unknown"),
        (FetchOutcome.NO_ROUTE, "", "unknown"),
        (FetchOutcome.TLS, "issuer certificate is not known here, or the server sends an incomplete chain", "unknown"),
    ],
)
def test_what_says_nothing_about_the_portal_is_not_counted(outcome: FetchOutcome, error: str, metric: str) -> None:
    one = judged(probes(per_day=24, bad=3, outcome=outcome, error=error))
    assert one.findings == ()
    assert (one.metrics["probes"], one.metrics["failures"], one.metrics[metric]) == (165, 0, 3)


def test_an_outage_of_our_own_line_is_not_charged_and_is_said() -> None:
    series = probes(per_day=30, bad=20)
    ours = [replace(one, own_line=True) if number < 8 else one for number, one in enumerate(series)]
    one = judged(ours)
    assert (one.metrics["own_line"], one.metrics["failures"], one.metrics["probes"]) == (8, 12, 202)
    assert "本机网络异常8次不计" in only(one).message


@pytest.mark.parametrize("gap", range(7))
def test_a_day_with_a_probe_too_few_decides_nothing(gap: int) -> None:
    """Neither way: not even where all the others failed."""
    series = [one for one in probes(bad=140) if one.at != at(ago(gap), 11)]
    one = judged(series, until=NIGHT + dt.timedelta(days=1))
    assert (one.outcome, one.reason, one.findings) == (Outcome.NOT_MEASURED, Absence.SHORT_SERIES, ())
    assert (one.metrics["days"], one.metrics["least_per_day"]) == (6, 19)
    assert "failure_share" not in one.metrics
    assert one.warnings == ("可用性须连续7日、每日20次以上监测方可判定：2026-11-14至2026-11-20中6日达到，计入139次",)


def test_six_days_are_no_week() -> None:
    one = judged(probes(range(6), bad=30))
    assert (one.outcome, one.reason, one.metrics["days"]) == (Outcome.NOT_MEASURED, Absence.SHORT_SERIES, 6)


def test_without_any_probe_it_was_not_looked_at() -> None:
    one = result("reachability", gathered(absent={"availability": Absence.NO_SERIES}))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.NO_SERIES)


def test_the_running_day_counts_once_it_has_its_probes() -> None:
    week = probes(range(1, 8))
    morning = [replace(one, outcome=TIMEOUT) for one in probes([0])]
    noon = at(TODAY, 12)
    assert judged(week + morning[:12], until=noon).findings == ()
    assert kinds(judged(week + morning, until=NIGHT)) == [("site_unreachable", HOME)]


def test_a_day_that_is_over_counts_whatever_it_has() -> None:
    series = probes(range(1, 8)) + probes([0])[:12]
    assert judged(series, until=NIGHT).outcome is Outcome.PASS
    assert judged(series, until=NIGHT + dt.timedelta(hours=2)).reason == Absence.SHORT_SERIES


def test_what_comes_after_the_day_of_the_audit_is_left_alone() -> None:
    later = [replace(one, at=one.at + dt.timedelta(days=1), outcome=TIMEOUT) for one in probes([0])]
    one = judged([*probes(), *later], until=NIGHT + dt.timedelta(days=1))
    assert (one.outcome, len(one.rows)) == (Outcome.PASS, 7)


def window(begin: dt.datetime, hours: float | None) -> Announced:
    return Announced(begin, None if hours is None else begin + dt.timedelta(hours=hours), "机房升级")


def test_announced_times_are_taken_out_and_said() -> None:
    """Ten failures, six of them at the beginning of the first day, in a window that was announced."""
    series = probes(bad=10)
    assert kinds(judged(series)) == [("site_unreachable", HOME)]
    one = judged(series, window(at(ago(6), 0), 24 * 6 / 20))
    assert (one.metrics["announced"], one.metrics["probes"], one.metrics["failures"]) == (6, 134, 4)
    assert kinds(one) == []
    first = one.rows[0]
    assert first["announced"] == "00:00至07:12（6次不计）"
    assert (first["probes"], first["failures"]) == (14, 4)


def test_an_announced_time_over_midnight_is_told_day_by_day() -> None:
    rows = judged(probes(), window(at(ago(6), 15), 24)).rows
    assert [row["announced"] for row in rows[:3]] == ["18:00至24:00（5次不计）", "00:00至18:00（15次不计）", ""]


def test_a_probe_at_the_end_of_an_announced_time_counts() -> None:
    one = judged(probes(bad=7), window(at(ago(6), 0), 1.2))
    assert one.metrics["announced"] == 1


def test_an_announced_time_makes_up_for_no_probe_that_was_not_made() -> None:
    series = [one for one in probes() if one.at >= at(ago(6), 5)]
    one = judged(series, window(at(ago(6), 0), 6))
    assert one.reason == Absence.SHORT_SERIES


def test_of_a_few_hours_nobody_can_say_how_a_week_was() -> None:
    assert judged(probes(bad=140), window(at(ago(6), 0), 24 * 3.5)).outcome is Outcome.FAIL
    one = judged(probes(bad=140), window(at(ago(6), 0), 24 * 3.6))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, Absence.SHORT_SERIES)
    assert judged(probes(), window(at(ago(3), 0), None)).outcome is Outcome.NOT_MEASURED


@pytest.mark.parametrize(
    ("outcome", "own", "reason"),
    [
        (FetchOutcome.BLOCKED, False, Absence.BLOCKED),
        (TIMEOUT, True, Absence.OWN_LINE),
        (FetchOutcome.DNS_UNKNOWN, False, Absence.UNDECIDED),
    ],
)
def test_why_a_week_that_was_probed_says_nothing(outcome: FetchOutcome, own: bool, reason: Absence) -> None:
    one = judged(probes(range(1, 8), bad=140, outcome=outcome, own_line=own))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, reason)


def test_ipv6_is_judged_beside_and_never_vetoes() -> None:
    one = judged([*probes(), *probes(bad=30, family=6)])
    assert kinds(one) == [("ipv6_unreachable", HOME)]
    assert only(one).severity is Severity.NOTICE
    assert f"site_unreachable {HOME}" in one.coverage.passed
    assert [row["how"] for row in one.rows] == ["默认"] * 7 + ["IPv6"] * 7


def test_ipv6_without_a_way_out_is_not_measured() -> None:
    one = judged([*probes(), *probes(bad=140, family=6, outcome=FetchOutcome.NO_ROUTE)])
    assert (one.outcome, one.metrics["ipv6_probes"]) == (Outcome.PASS, 0)
    assert not any("ipv6" in key for key in one.coverage.passed)


def test_two_vantages_make_one_series() -> None:
    one = judged([*probes(per_day=12), *probes(per_day=12, vantage="电信")])
    assert one.outcome is Outcome.PASS
    assert one.rows[0]["vantage"] == "本机、电信"
    assert one.rows[0]["probes"] == 24


def test_what_each_vantage_saw_is_told_to_whoever_confirms() -> None:
    one = judged([*probes(per_day=12), *probes(per_day=12, bad=84, vantage="电信")])
    assert only(one).message.endswith("；其中探测点“本机”84次中0次、探测点“电信”84次中84次。")
    assert "探测点" not in only(judged(probes(bad=7))).message


def test_the_sheet_has_a_row_a_day_with_the_sum_of_seven() -> None:
    series = probes(range(14), per_day=24)
    series = [replace(one, outcome=REFUSED) if number in range(100, 112) else one for number, one in enumerate(series)]
    rows = judged(series).rows
    assert [row["date"] for row in rows] == [ago(back).isoformat() for back in reversed(range(14))]
    assert [row["week_share"] for row in rows[:6]] == [None] * 6
    assert rows[6]["week_share"] == round(12 / 168, 6)
    assert (rows[6]["tripped"], rows[-1]["tripped"]) == (True, False)
    bad = rows[4]
    assert (bad["failures"], bad["share"], bad["slow"], bad["note"]) == (12, 0.5, 0, "拒绝连接12次")
    assert bad["seconds"] == "0.40/0.40"


def test_how_long_it_took_is_told_of_pages_that_opened() -> None:
    series = [replace(one, seconds=0.1 * (1 + number % 20)) for number, one in enumerate(probes())]
    one = judged([*series[:-1], replace(series[-1], outcome=TIMEOUT, seconds=15.0)])
    assert one.metrics["p95_seconds"] == pytest.approx(1.9)
    assert one.metrics["mean_seconds"] == pytest.approx(1.043, abs=0.001)
    assert one.metrics["slow"] == 1


def test_the_order_of_probes_changes_nothing() -> None:
    series = [*probes(bad=9), *probes(per_day=21, bad=3, family=6)]
    assert judged(series) == judged(reversed(series))
