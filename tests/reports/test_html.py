"""The HTML report: whole in one file, safe, honest about what was not measured, readable without script."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from checks.base import CheckResult, Outcome
from reports import charts
from reports.charts import Bar, Segment, Stack
from reports.html import render, verdict
from reports.pictures import Pictures
from reports.write import write_all
from storage.views import AuditView
from tests.reports import make
from tests.reports.outline import outline


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return make.view(tmp_path_factory.mktemp("html"))


@pytest.fixture(scope="module")
def page(view: AuditView) -> str:
    return render(view, make.METAS, make.BYTES.__getitem__, {})


def test_it_is_one_file_that_fetches_nothing(page: str) -> None:
    found = outline(page)
    assert found.fetched and all(source.startswith("data:image/") for source in found.fetched)
    assert found.handlers == [] and found.scripts == 1
    assert "default-src 'none'" in page and "@import" not in page and "url(" not in page


def test_the_verdict_and_what_was_not_measured_stand_on_top(view: AuditView, page: str) -> None:
    top = page[: page.index("栏目更新一览")]
    assert "发现 12 个需要整改的问题" in top and "1 个涉及单项否决情形，须人工确认" in top
    assert "1 个检查项未能判定" in top and "IPv6支持整项未能核查：本机无IPv6出口" in top
    assert verdict(view)["tone"] == "bad"


def test_every_finding_has_its_message_proof_and_command(view: AuditView, page: str) -> None:
    for finding in view.findings:
        assert f'id="{finding.number}"' in page and f"mingcha recheck {finding.number}" in page
        assert escape(finding.message) in page
    assert 'href="http://www.old-tourism.example/"' not in page  # a taken-over domain is named, never offered


def test_what_was_not_looked_at_this_time_says_so_on_its_card(view: AuditView) -> None:
    carried = replace(view.findings[0], outcome="not_measured", change="")
    page = render(replace(view, findings=(carried, *view.findings[1:])), make.METAS, make.BYTES.__getitem__, {})
    cards = re.findall(r'<article class="card.*?</header>', page, re.DOTALL)
    assert [carried.number in card for card in cards if "本次未能复查" in card] == [True]


def test_charts_and_search_cards_are_drawn(page: str) -> None:
    assert "702天，超期337天（限365）" in page and "13天，还剩1天（限14）" in page
    assert "已判定 15 个栏目，超期 4 个" in page
    assert page.count('class="search"') == 4 and "问题：第一页未找到" in page
    assert "种子 3f9a1c" in page
    assert "与上次核查相比" in page


def test_page_text_cannot_become_markup(view: AuditView) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    finding = replace(
        view.findings[0],
        message=evil,
        title=evil,
        column=evil,
        subject=f"javascript:alert(1)//{evil}",
        internal=True,
        occurrences=(replace(view.findings[0].occurrences[0], page="javascript:alert(1)", text=evil),),
    )
    rows = tuple({name: evil if isinstance(v, str) else v for name, v in row.items()} for row in view.results[0].rows)
    results = tuple(replace(result, rows=rows, warnings=(evil,)) for result in view.results)
    page = render(
        replace(view, findings=(finding,), results=results, portal=replace(view.portal, name=evil)),
        make.METAS,
        make.BYTES.__getitem__,
        {},
    )
    found = outline(page)
    assert found.scripts == 1 and found.handlers == [] and all(s.startswith("data:") for s in found.fetched)
    assert 'href="javascript' not in page


def test_pictures_are_embedded_once_and_within_the_bound() -> None:
    one, two = make.SHOTS[:2]
    pictures = Pictures(make.BYTES.__getitem__, {two: "evidence/two.png"}, limit=len(make.BYTES[one]) * 2)
    first, again = pictures.place(one), pictures.place(f"sha256:{one}")
    assert first and again and first.data.startswith("data:image/png;base64,")
    assert not again.data and again.anchor == first.anchor
    late = pictures.place(two)
    assert late and not late.data and late.file == "evidence/two.png" and pictures.left_out == 1
    assert pictures.place("0" * 64) is None and pictures.place(make.ANSWER_ID) is None


@pytest.mark.parametrize(
    ("results", "line", "tone"),
    [
        ([CheckResult("broken_links", 1, Outcome.PASS)], "已核查的 1 个检查项未发现问题", "good"),
        ([CheckResult("broken_links", 1, Outcome.NOT_MEASURED, "challenge")], "本次未能完成核查", "none"),
        ([CheckResult("broken_links", 1, Outcome.ERROR, "x")], "本次未能完成核查", "none"),
    ],
)
def test_nothing_found_is_only_said_of_what_was_measured(
    view: AuditView, results: list[CheckResult], line: str, tone: str, tmp_path: Path
) -> None:
    other = make.view(tmp_path, *results)
    bare = replace(other, findings=())
    assert verdict(bare)["line"] == line and verdict(bare)["tone"] == tone
    outline(render(bare, make.METAS, make.BYTES.__getitem__, {}))


def test_a_degraded_audit_says_so(view: AuditView) -> None:
    audit = replace(view.audit, degraded="stopped early: deadline", summary={"stopped_by": "deadline"})
    page = render(replace(view, audit=audit), make.METAS, make.BYTES.__getitem__, {})
    assert "本次核查不完整：达到时间上限" in page


def test_all_reports_are_written_and_evidence_with_them(view: AuditView, tmp_path: Path) -> None:
    written = write_all(view, tmp_path / "out", make.BYTES.__getitem__, make.METAS)
    for path in (written.findings, written.results, written.csv, written.workbook, written.html):
        assert path.stat().st_size > 500
    names = {path.name for path in written.evidence.iterdir()}
    assert f"{make.SHOTS[0][:20]}.png" in names and f"{make.ANSWER_ID[:20]}.txt" in names
    text = (written.evidence / f"{make.ANSWER_ID[:20]}.txt").read_text()
    assert "13912345678" not in text and "404 Not Found" in text
    page = written.html.read_text()
    for target in re.findall(r'href="(evidence/[^"]+)"', page):
        assert (tmp_path / "out" / target).exists()


def test_bars_say_in_words_what_they_show() -> None:
    bars = [Bar("a", 14, 14), Bar("b", 15, 14), Bar("c", 400, 14), Bar("d", None, 14), Bar("e", None, None, "", False)]
    svg = charts.freshness(bars)
    for words in ("14天，还剩0天（限14）", "15天，超期1天（限14）", "400天，超期386天", "无日期", "未能判定"):
        assert words in svg
    assert charts.freshness([]) == "" and charts.stacks([], label="x") == ""
    both = charts.stacks([Stack("n", (Segment("正常", 5, charts.GOOD), Segment("有问题", 2, charts.BAD)))], label="x")
    assert "有问题2" in both and charts.share(0, 0) == "" and 'width="50.0"' in charts.share(1, 2)


def test_a_long_name_keeps_its_end() -> None:
    svg = charts.freshness([Bar("首页>" + "很长的栏目" * 9 + "><i>末级", 1, 14)])
    assert "末级" in svg and "<i>" not in svg and "…" in svg
