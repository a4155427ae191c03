"""The machine feeds: the contract's keys, times in Shanghai, personal data masked, no cell a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from reports import feeds
from reports.ledger.dossier import Dossier
from reports.ledger.rows import LEDGER
from reports.masking import masked
from reports.words import metric, not_measured, plain
from storage.views import AuditView
from tests.reports import make
from tests.reports.make import lines

# design: findings.jsonl, the machine contract; keys are only ever added.
CONTRACT = (
    *("schema_version", "portal", "audit", "check", "kind", "outcome", "state", "severity", "subject", "title"),
    *("column", "level", "internal", "message", "clause", "occurrences", "facts", "first_seen", "last_seen"),
    *("confirmations", "evidence", "fingerprint"),
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return make.view(tmp_path_factory.mktemp("feeds"))


def test_findings_have_every_key_of_the_contract_in_its_order(view: AuditView) -> None:
    objects = lines(feeds.findings_jsonl(view))
    assert len(objects) == len(view.findings) == 13
    for each in objects:
        assert tuple(each)[: len(CONTRACT)] == CONTRACT
        assert each["schema_version"] == 1 and each["first_seen"].endswith("+08:00")
        assert each["rerun"] == f"mingcha recheck {each['number']}"
        assert all(digest.startswith("sha256:") for digest in each["evidence"])
    dead = next(each for each in objects if each["number"] == "yun-0002")
    assert dead["occurrence_count"] == 18 and {"page", "text", "element"} <= set(dead["occurrences"][0])
    assert (dead["state"], dead["outcome"], dead["change"]) == ("open", "fail", "")


def test_a_repaired_finding_says_so_with_the_outcome_this_audit_saw(view: AuditView) -> None:
    (fixed,) = [each for each in lines(feeds.findings_jsonl(view)) if each["state"] == "fixed"]
    assert (fixed["outcome"], fixed["change"]) == ("pass", "fixed")
    assert fixed["last_seen"] < fixed["first_seen"].replace("11-17", "11-18")


def test_results_keep_draws_with_passes_and_what_was_not_measured(view: AuditView) -> None:
    objects = {each["check"]: each for each in lines(feeds.results_jsonl(view))}
    assert set(objects) == set(make.METAS)
    (draw,) = objects["search_hits"]["draws"]
    assert draw["seed"] == "3f9a1c" and [member["result"] for member in draw["members"]] == ["pass"] * 3 + ["fail"]
    assert objects["ipv6_support"]["outcome"] == "not_measured" and objects["ipv6_support"]["reason"] == "no_ipv6"
    assert objects["broken_links"]["coverage"] == {
        "intended": 1486,
        "measured": 1392,
        "skipped": {"blocked": 61, "budget": 21, "robots": 12},
    }
    assert ("IPv6支持", "本机无IPv6出口", 0) in not_measured(view, make.METAS)


def test_the_csv_opens_in_spreadsheets_and_no_cell_is_a_formula(view: AuditView) -> None:
    evil = replace(view.findings[0], message='=HYPERLINK("http://x")', title="@x", column="\t=1+1", remedy="  -2+3")
    data = feeds.ledger_csv([Dossier(replace(view, findings=(evil,)))], make.METAS)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == [header for header, _ in LEDGER]
    cells = dict(zip(rows[0], rows[1], strict=True))
    assert cells["问题描述"].startswith("'=") and cells["栏目路径"].startswith("'\t")
    assert cells["整改要求"].startswith("'") and cells["确认次数"] == "4"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\u3000=1", "\n=1"])
def test_every_way_to_begin_a_formula_is_guarded(cell: str) -> None:
    assert feeds.guard(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["中文", "a=b", 3, -2, 0.5, "https://a.example/?a=1"])
def test_cells_that_are_no_formula_stay_as_they_are(cell: object) -> None:
    assert feeds.guard(cell) == cell


def test_personal_data_is_masked_in_texts_and_addresses_stay(view: AuditView) -> None:
    finding = replace(
        view.findings[0],
        message="来信人：张三丰，电话13912345678，身份证号61242619800101123X",
        facts={"text": "13912345678", "url": "https://a.example/13912345678.html"},
    )
    (clean,) = masked(replace(view, findings=(finding,))).findings
    assert "13912345678" not in clean.message and "19800101" not in clean.message
    assert clean.facts == {"text": "139****5678", "url": "https://a.example/13912345678.html"}
    assert clean.subject == finding.subject


@pytest.mark.parametrize(
    ("words", "value", "shown"),
    [
        ("发现的链接（去重），个", 1486.0, "发现的链接（去重） 1486个"),
        ("搜索功能可用（1是，0否）", 1.0, "搜索功能可用：是"),
        ("二级内链IPv6支持率", 0.914, "二级内链IPv6支持率 91.4%"),
        ("最慢一次搜索的耗时，秒", 1.25, "最慢一次搜索的耗时 1.25秒"),
    ],
)
def test_metrics_read_like_words(words: str, value: float, shown: str) -> None:
    assert metric(words, value) == shown


def test_values_read_like_words() -> None:
    assert plain([True, 0.5, {"a": 1}]) == "是\n0.5\na：1"
