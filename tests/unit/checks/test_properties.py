"""What must hold for every check: order changes nothing, and strangers change no one's identity."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.base import Artifacts, CheckResult
from checks.runner import judge
from portal.artifacts import FetchOutcome
from tests.unit.checks.everything import LIST, world
from tests.unit.checks.make import (
    CONTENT,
    TODAY,
    ago,
    column,
    gathered,
    host,
    items,
    link,
    page,
    tried,
    url,
)

STRANGERS = (
    link(url("/another.html"), tried(**CONTENT)),
    link("http://www.elsewhere.cn/", tried(FetchOutcome.TIMEOUT), internal=False),
    page(url("/another.html"), title="无关信息", date=ago(3)),
    column(url("/another/"), "无关栏目"),
    page(url("/another/"), LIST, items=items(ago(1), at="/another/")),
    host("www.elsewhere.cn", home=False),
)


def told(results: tuple[CheckResult, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(one) for one in results]


BASE = told(judge(gathered(*world())))


def test_the_world_of_these_tests_has_findings_of_every_check() -> None:
    assert [one["check"] for one in BASE if one["findings"]] == [
        "broken_links",
        "empty_columns",
        "ipv6_support",
        "policy_linkage",
        "search_hits",
        "update_freshness",
    ]


@given(st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_order_of_records_changes_nothing(shuffle: random.Random) -> None:
    records = world()
    shuffle.shuffle(records)
    assert told(judge(gathered(*records))) == BASE


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda record: type(record).__name__)
def test_an_unrelated_record_changes_no_identity(stranger: Any) -> None:
    before = {f["fingerprint"] for one in BASE for f in one["findings"]}
    after = {f.fingerprint for one in judge(gathered(*world(), stranger)) for f in one.findings}
    assert before <= after


def test_a_day_later_the_same_defects_keep_their_identities() -> None:
    tomorrow = gathered(*world(), as_of=TODAY.replace(day=21))
    before = {f["fingerprint"] for one in BASE for f in one["findings"]}
    assert before == {f.fingerprint for one in judge(tomorrow) for f in one.findings}


def test_portals_do_not_share_identities() -> None:
    artifacts = gathered(*world())
    other = dataclasses.replace(artifacts, portal=dataclasses.replace(artifacts.portal, id="other"))
    assert _identities(artifacts).isdisjoint(_identities(other))


def _identities(artifacts: Artifacts) -> set[str]:
    return {f.fingerprint for one in judge(artifacts) for f in one.findings}


def test_subjects_are_passed_or_found_never_both() -> None:
    for one in BASE:
        bad = {f["subject"] for f in one["findings"]}
        kinds_of_bad = {(f["kind"], f["subject"]) for f in one["findings"]}
        assert all(tuple(key.split(" ", 1)) not in kinds_of_bad for key in one["coverage"]["passed"]), bad


def test_results_are_json_values() -> None:
    import json

    for one in BASE:
        json.dumps([one["rows"], one["metrics"], [f["facts"] for f in one["findings"]], one["draws"]])
