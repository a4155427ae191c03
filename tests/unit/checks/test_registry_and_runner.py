"""The contract: what a check must declare, and what the runner makes of good, lacking and broken ones."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from checks import broken_links
from checks.base import Artifacts, CheckResult, Finding, Kind, Outcome, SheetColumn, subject_key
from checks.registry import CheckModule, all_checks, check, meta_problems
from checks.runner import _nested, judge, run_check
from portal.artifacts import Absence, FetchOutcome, GatherSummary
from tests.unit.checks.make import NOON, gathered, link, result, tried, url

META = broken_links.META


def with_run(run: Callable[[Artifacts, Any], CheckResult]) -> CheckModule:
    return CheckModule(META, broken_links.Params, run)


def a_result(*findings: Finding, **more: Any) -> CheckResult:
    return CheckResult("x", 1, Outcome.PASS, findings=findings, **more)


def a_finding(**more: Any) -> Finding:
    facts: dict[str, Any] = {"status": "状态码404", "history": "两次", "final_url": "", "wanted": "", "what": "链接"}
    return Finding(**({"kind": "dns", "subject": url("/a"), "outcome": Outcome.FAIL, "facts": facts} | more))


ARTIFACTS = gathered(link(url("/a"), tried()))


def test_the_checks_stand_and_are_named_like_their_files() -> None:
    assert [module.META.id for module in all_checks()] == [
        "broken_links",
        "empty_columns",
        "ipv6_support",
        "policy_linkage",
        "reachability",
        "search_hits",
        "update_freshness",
    ]
    with pytest.raises(KeyError, match="broken_links"):
        check("no_such_check")


KIND = Kind("a", "甲", "{text}", remedy="改", clause="条")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "other"}, "not its file name"),
        ({"requires": ("pages",)}, "unknown record type 'pages'"),
        ({"requires": ()}, "requires nothing"),
        ({"kinds": (KIND, KIND)}, "declared twice"),
        ({"kinds": ()}, "no finding kind"),
        ({"kinds": (dataclasses.replace(KIND, message=" "),)}, "has no message"),
        ({"kinds": (dataclasses.replace(KIND, clause=""),)}, "has no clause"),
        ({"kinds": (dataclasses.replace(KIND, message="{nobody}"),)}, r"nothing fills \{nobody\}"),
        ({"kinds": (dataclasses.replace(KIND, message="{"),)}, "no template"),
        ({"kinds": (KIND, dataclasses.replace(KIND, id="b", group="a"))}, "named like another kind"),
        ({"metrics": {"x": ""}}, "needs a name and a meaning"),
        ({"why": ""}, "why is blank"),
    ],
)
def test_a_broken_declaration_is_named(change: dict[str, Any], said: str) -> None:
    problems = "; ".join(meta_problems(dataclasses.replace(META, **change), "broken_links"))
    assert problems
    assert re.search(said, problems), problems


def test_twice_the_same_sheet_column_is_named() -> None:
    sheet = dataclasses.replace(META.sheet, columns=(SheetColumn("a", "甲"), SheetColumn("a", "乙", "odd")))
    problems = "; ".join(meta_problems(dataclasses.replace(META, sheet=sheet), "broken_links"))
    assert "there twice" in problems
    assert "odd" in problems


def test_sound_declarations_have_no_problems() -> None:
    for module in all_checks():
        assert list(meta_problems(module.META, module.META.id)) == []


def test_every_kind_can_be_worded_with_what_it_declares() -> None:
    for module in all_checks():
        for kind in module.META.kinds:
            finding = Finding(kind.id, url("/a"), Outcome.FAIL, facts=dict.fromkeys(kind.facts, "某"))
            module_ = CheckModule(module.META, module.params, lambda a, p, f=finding: a_result(f))  # type: ignore[misc]  # bound at once
            artifacts = gathered(absent={})
            meta = dataclasses.replace(module.META, requires=("summary",))
            one = run_check(dataclasses.replace(module_, META=meta), artifacts, None)
            assert one.outcome is Outcome.FAIL, one.reason
            assert one.findings[0].message
            assert "{" not in one.findings[0].message


def test_an_exception_is_an_error_of_ours_and_stops_nobody() -> None:
    def broken(artifacts: Artifacts, params: Any) -> CheckResult:
        raise ValueError("two\nlines")

    one = run_check(with_run(broken), ARTIFACTS, None)
    assert (one.outcome, one.reason) == (Outcome.ERROR, "ValueError: two lines")


@pytest.mark.parametrize(
    "bad",
    [
        a_result(a_finding(kind="unheard_of")),
        a_result(a_finding(outcome=Outcome.PASS)),
        a_result(a_finding(facts={})),
        a_result(a_finding(subject="")),
        a_result(a_finding(), a_finding(kind="timeout")),
        a_result(metrics={"unheard_of": 1}),
        a_result(rows=({"unheard_of": 1},)),
    ],
)
def test_what_was_not_declared_is_an_error(bad: CheckResult) -> None:
    assert run_check(with_run(lambda artifacts, params: bad), ARTIFACTS, None).outcome is Outcome.ERROR


def test_the_runner_completes_findings_and_orders_them() -> None:
    findings = (
        a_finding(kind="timeout", subject=url("/b")),
        a_finding(subject=url("/c")),
        a_finding(subject=url("/a")),
    )
    one = run_check(with_run(lambda artifacts, params: a_result(*findings)), ARTIFACTS, None)
    assert [(f.kind, f.subject) for f in one.findings] == [
        ("dns", url("/a")),
        ("dns", url("/c")),
        ("timeout", url("/b")),
    ]
    assert one.outcome is Outcome.FAIL
    assert all(f.fingerprint and f.clause and f.remedy and f.message for f in one.findings)
    assert one.findings[0].title == "链接域名无法解析"


def test_text_from_pages_is_never_a_template() -> None:
    finding = a_finding(
        title="{subject} {0} %s", facts={"status": "{x}", "history": "", "final_url": "", "wanted": "", "what": "链接"}
    )
    one = run_check(with_run(lambda artifacts, params: a_result(finding)), ARTIFACTS, None)
    assert "{subject} {0} %s" in one.findings[0].message


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"absent": {"link": Absence.DEADLINE}}, Absence.DEADLINE),
        ({}, Absence.NOT_GATHERED),
        ({"summary": GatherSummary(NOON, NOON, moved_to="http://b.cn/")}, Absence.MOVED),
        ({"summary": GatherSummary(NOON, NOON, home_outcome=FetchOutcome.TIMEOUT)}, Absence.UNREACHABLE),
        ({"summary": GatherSummary(NOON, NOON, home_outcome=FetchOutcome.BLOCKED)}, Absence.BLOCKED),
    ],
)
def test_what_is_missing_is_not_measured_with_its_reason(more: dict[str, Any], reason: Absence) -> None:
    one = result("broken_links", gathered(**more))
    assert (one.outcome, one.reason) == (Outcome.NOT_MEASURED, reason)


def test_records_before_a_deadline_are_judged_those_of_a_fended_off_crawl_are_not() -> None:
    partial = gathered(link(url("/a"), tried()), absent={"link": Absence.DEADLINE})
    assert result("broken_links", partial).outcome is Outcome.PASS
    fended = gathered(link(url("/a"), tried()), absent={"link": Absence.CHALLENGE})
    assert result("broken_links", fended).reason == Absence.CHALLENGE


def test_callers_mistakes_are_raised() -> None:
    with pytest.raises(KeyError, match="no_such"):
        judge(ARTIFACTS, frozenset({"no_such"}))
    with pytest.raises(TypeError):
        judge(ARTIFACTS, None, {"broken_links": {"no_such_parameter": 1}})
    with pytest.raises(TypeError, match="must be Params"):
        judge(ARTIFACTS, None, {"broken_links": 3})


def test_identity_holds_no_status_and_knows_its_group() -> None:
    assert subject_key(META, "dns", "u") == subject_key(META, "timeout", "u") == "unusable u"
    assert subject_key(META, "hijacked", "u") != subject_key(META, "dns", "u")


def test_nothing_gathered_at_all_measures_nothing() -> None:
    for one in judge(gathered()):
        assert one.outcome is Outcome.NOT_MEASURED, one.check


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "《《供水办法》政策解读》未关联《关于印发《供水办法》的通知》。",
            "《〈供水办法〉政策解读》未关联《关于印发〈供水办法〉的通知》。",
        ),
        ("《关于印发《供水…》打开后无正文。", "《关于印发《供水…》打开后无正文。"),
        ("《供水办法》》打开后无正文。", "《供水办法》》打开后无正文。"),
    ],
)
def test_titles_inside_of_titles_stand_in_single_marks(text: str, shown: str) -> None:
    assert _nested(text) == shown
