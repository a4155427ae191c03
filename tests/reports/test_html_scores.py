"""Scores in the report: every requirement once, its range as number and bar, its proof one click away, nothing run."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape

import pytest

from checks.base import DrawMember
from indicators.case import Mark, Standing, Word
from indicators.library import library
from indicators.score import Score, Status
from indicators.scoring import score
from mingcha.scoring.scores import case_of
from reports import charts, html_scores
from reports.html import render, verdict
from storage.views import AuditView
from tests.reports import make
from tests.reports.outline import outline
from tests.reports.scores import AT, POINTED, SYSTEMS, case, defect, mark, national, redrawn, system

EVIL = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'{{7*7}}"


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> AuditView:
    return make.view(tmp_path_factory.mktemp("scores"))


@pytest.fixture(scope="module")
def six(view: AuditView) -> tuple[Score, ...]:
    return tuple(score(library().get(name), case_of(view, {}, "")) for name in SYSTEMS)


@pytest.fixture(scope="module")
def page(view: AuditView, six: tuple[Score, ...]) -> str:
    return render(view, make.METAS, make.BYTES.__getitem__, {}, six)


def section(page: str) -> str:
    begin = page.index('<section id="scores">')
    return page[begin : page.index("<h2>", page.index("<h2>", begin) + 1)]


def own(view: AuditView, made: Score) -> str:
    return section(render(view, make.METAS, make.BYTES.__getitem__, {}, [made]))


def row_of(html: str, node: str) -> str:
    begin = html.index(f'id="score-own-{node}"')
    return html[begin : html.index("</tr>", begin)]


def test_it_stands_after_the_results_of_the_checks_and_only_where_something_was_scored(
    view: AuditView, page: str
) -> None:
    assert page.index("各检查项结果") < page.index("指标体系得分") < page.index("栏目更新一览")
    assert "指标体系得分" not in render(view, make.METAS, make.BYTES.__getitem__, {})


def test_the_page_stays_whole_and_fetches_nothing(page: str) -> None:
    found = outline(page)
    assert found.scripts == 1 and found.handlers == []
    assert all(source.startswith("data:image/") for source in found.fetched)
    assert "url(" not in page and "@import" not in page and "default-src 'none'" in page


def test_every_requirement_stands_once_in_its_own_words(page: str, six: tuple[Score, ...]) -> None:
    for made in six:
        for leaf in made.system.leaves:
            assert page.count(f'id="score-{made.system.id}-{leaf.id}"') == 1, (made.system.id, leaf.id)
    text = section(page)
    for words in ("3.发布或链接反动、暴力、色情等内容。", "解读材料与原政策文件相互关联的情况"):
        assert escape(words) in text


def test_every_link_within_the_report_has_its_target(page: str) -> None:
    anchors = re.findall(r' id="([^"]+)"', page)
    wanted = set(re.findall(r'href="#([^"]+)"', page))
    assert len(anchors) == len(set(anchors))
    assert {"yun-0001", "score-national-2019", "broken_links"} <= wanted <= set(anchors)


def test_several_systems_have_a_summary_and_one_has_none(view: AuditView, page: str, six: tuple[Score, ...]) -> None:
    summary = section(page)
    summary = summary[: summary.index("</table>")]
    for made in six:
        assert f'<a href="#score-{made.system.id}">{made.system.title}</a>' in summary
    assert summary.count("不设分值") == 2 and "得分区间" in summary
    assert 'class="sums"' not in own(view, six[0])


def test_the_figures_and_the_source_are_told(six: tuple[Score, ...], view: AuditView) -> None:
    html = own(view, six[0])
    assert "国办秘函〔2019〕19号" in html and "第1版" in html and "考评周期：2026年下半年" in html
    for words in ("得分区间", "自动核查覆盖分值", "待定分值", "最终得分区间", "合格线 60", "本体系条款文字为转述"):
        assert words in html
    assert "要求（转述）" in html and "要求（文件原文）" not in html


def test_what_nobody_measured_is_folded_with_its_count(six: tuple[Score, ...], view: AuditView) -> None:
    for made in six:
        html = own(view, made)
        folds = re.findall(r'<details class="rest"><summary>(.+?)<span.+?</summary>(.+?)</table>', html, re.S)
        folded = {node for _, body in folds for node in re.findall(rf'id="score-{made.system.id}-([^"]+)"', body)}
        for node, one in made.leaves.items():
            assert one.reading is None or node not in folded, node
            assert one.mark is None
        counts = [int(number) for words, _ in folds for number in re.findall(r"(\d+)项", words)]
        assert sum(counts) == len(folded) > 0
        assert all(words.startswith(("另有", "共")) for words, _ in folds)


def test_a_sum_is_shown_with_all_its_parts(view: AuditView) -> None:
    html = own(view, score(system(), case(defect(1, level="home"))))
    shown, _, folded = html.partition('<details class="rest">')
    assert all(f'id="score-own-1.1.{n}"' in shown for n in (1, 2, 3))  # 1.1.3 nobody measured: the sum needs it
    assert 'id="score-own-1.2.1"' in folded and "另有1项由人工评定" in folded
    order = [
        shown.index(words) for words in ("链接（4分）", "逐一打开链接", "1.首页", "2.有链接", "3.链接", "只计一次")
    ]
    assert order == sorted(order) and shown.count("链接（4分）") == 1
    assert "制度（6分）" not in shown and "牵头部门：办公室" in shown


def test_ranges_stand_as_numbers_and_bars(view: AuditView) -> None:
    html = own(view, score(system(), case(defect(1, level="home"), defect(2, level="home", standing=Standing.SUSPECT))))
    first = row_of(html, "1.1.1")
    assert "<b>扣1～2</b>" in first and 'aria-label="扣分1～2，最多2"' in first and "限扣2" in first
    assert "stroke-dasharray" in first and charts.BAD in first and "不达标" in first
    assert "得分 1～9 / 10" in html and 'aria-label="得分1～9，最多10"' in html


def test_nothing_deducted_is_said_and_not_drawn(view: AuditView) -> None:
    first = row_of(own(view, score(system(), case())), "1.1.1")
    assert "<b>不扣分</b></td>" in first and "<svg" not in first


def test_findings_say_what_they_cost_and_link_to_their_cards(view: AuditView) -> None:
    findings = [defect(1, level="home"), defect(2, level="home"), defect(3), defect(4, standing=Standing.SET_ASIDE)]
    html = own(view, score(system(), case(*findings)))
    first, second = row_of(html, "1.1.1"), row_of(html, "1.1.2")
    assert "每个扣1分" in first and '<a href="#yun-0001" title="第1个打不开">yun-0001</a> 链接1' in first
    assert "已剔除或豁免，不计" in second
    assert 'href="#score-own-1.1.1"' in second and "已在“链接”（1.1.1）计扣" in second
    assert "扣4分" in second and "yun-0003" in second


def test_many_findings_stand_as_numbers_and_the_rest_is_folded(view: AuditView) -> None:
    findings = [defect(number) for number in range(1, 31)]
    second = row_of(own(view, score(system(), case(*findings))), "1.1.2")
    assert "共扣4分" in second and "<summary>其余 18 个" in second
    assert all(f"yun-{number:04d}</" in second for number in range(1, 31))
    assert '<a href="#yun-0001"' in second and '<span title="第30个打不开">yun-0030</span>' in second  # it has no card


def test_a_requirement_without_points_deducts_nothing(view: AuditView) -> None:
    body = POINTED.replace('points = "indicators"\ntotal = 10', 'points = "none"')
    body = (
        re.sub(r"\n(points|most) = \d+", "", body)
        .replace('kind = "deduct"', 'kind = "presence"')
        .replace(", each = 1", "")
    )
    html = own(view, score(system(body), case(defect(1, level="home"), defect(2, standing=Standing.SUSPECT))))
    first = row_of(html, "1.1.1")
    assert "涉及的问题" in first and "扣" not in first.partition("</td>")[2] and "不达标" in first
    assert "满分" not in html.partition("</h3>")[2] and "不达标 2" in html


def test_a_proposal_is_not_told_as_a_deduction(view: AuditView) -> None:
    body = POINTED.replace('most = 2\ndecide = "auto"', 'most = 2\ndecide = "assisted"')
    made = score(system(body), case(defect(1, level="home")))
    first = row_of(own(view, made), "1.1.1")
    assert made.leaves["1.1.1"].status is Status.PERSON and "建议扣1分" in first and "<b>扣0～2</b>" in first
    decided = score(system(body), case(defect(1, level="home"), marks={"1.1.1": mark("1.1.1", points=0.0)}))
    first = row_of(own(view, decided), "1.1.1")
    assert "系统发现的问题" in first and "张三评定" in first and "评定时间 2026-11-19 09:30" in first


def test_draws_stand_behind_their_summary_with_seed_and_passes(view: AuditView) -> None:
    made = redrawn(national(view), 甲="pass", 乙="fail", 丙="not_measured", 丁="pass")
    html = own(view, made)
    begin = html.index('id="score-national-2019-4.6.2"')
    drawn = html[begin : html.index("</tr>", begin)]
    assert '<details class="unfold"><summary>抽中的 4 个，1 个不符合，1 个未能判定</summary>' in drawn
    assert (
        drawn.count(">符合</span>") == 2 and drawn.count(">不符合</span>") == 1 and "种子 3f9a1c，从 212 个中" in drawn
    )
    assert 'href="https://www.yunxi.example/甲.html" target="_blank" rel="noopener noreferrer nofollow">甲</a>' in drawn


def test_what_does_not_apply_is_counted_apart(view: AuditView) -> None:
    name = library().get("national-2019").exemptions[0]
    made = national(view, exempt=name.id)
    html = own(view, made)
    out = sum(one.status is Status.NOT_APPLICABLE for one in made.leaves.values())
    assert out and sum(int(n) for n in re.findall(r"(\d+)项不适用", html)) == out
    assert f"按“{name.title}”不核查相应部分" in html


def test_remarks_tell_their_choices_and_what_was_said(view: AuditView) -> None:
    langao = library().get("langao-2023")
    html = own(view, score(langao, case_of(view, {"R2": mark("R2", points=1.0)}, "2026")))
    assert "被国家通报批评 -3" in html and '<span class="pill">+1</span>' in html and "待人工评定" in html


def test_vetoes_are_said_on_top_beside_what_is_said_anyway(view: AuditView) -> None:
    before = verdict(view)
    assert "按《" not in before["beside"]
    proposed = verdict(view, [national(view)])
    assert proposed["line"] == before["line"] and proposed["beside"].startswith(before["beside"])
    assert (
        "按《政府网站与政务新媒体检查指标》建议单项否决（安全、泄密事故等严重问题），须经人工确认" in proposed["beside"]
    )
    confirmed = national(view, {"V.1.3": mark("V.1.3", word=Word.CONFIRMED)})
    assert "单项否决成立（安全、泄密事故等严重问题），不合格" in verdict(view, [confirmed])["beside"]
    dismissed = national(view, {"V.1.3": mark("V.1.3", word=Word.DISMISSED)})
    assert verdict(view, [dismissed]) == before
    bare = replace(view, findings=(), results=())
    assert verdict(bare, [confirmed])["tone"] == "bad" and "不合格" in verdict(bare, [confirmed])["beside"]


def test_no_text_becomes_markup(view: AuditView) -> None:
    quoted = EVIL.replace("\\", "\\\\").replace('"', '\\"')
    body = POINTED
    for words in ("自定指标", "某县", "网站", "逐一打开链接：", "（注：只计一次。）", "办公室", "牵头部门"):
        body = body.replace(f'"{words}"', f'"{words}{quoted}"')
    body = re.sub(r'(text = "[^"]*)"', lambda m: f'{m[1]}{quoted}"', body)
    body += f'note = "{quoted}"\n[[remark]]\nid = "R"\ntext = "{quoted}"\n'
    body += f'choices = [{{ label = "{quoted}", points = 1 }}]\n'
    findings = [defect(n, level="home", title=EVIL, message=EVIL, subject=f"javascript:{n}{EVIL}") for n in (1, 2)]
    marks = {"1.2.1": Mark("1.2.1", EVIL, AT, points=1.0, why=EVIL)}
    made = score(system(body), case(*(replace(one, number=EVIL) for one in findings), marks=marks))
    shipped = national(view)
    shipped = redrawn(shipped, 甲="fail")
    hits = shipped.case.measured["search_hits"]
    name, drawn = next(iter(hits.draws.items()))
    drawn = replace(drawn, seed=EVIL, members=(DrawMember("javascript:alert(1)", EVIL, "fail", {}),))
    measured = dict(shipped.case.measured) | {"search_hits": replace(hits, draws={name: drawn})}
    scores = [made, score(shipped.system, replace(shipped.case, measured=measured))]
    whole = render(view, make.METAS, make.BYTES.__getitem__, {}, scores)
    found = outline(whole)
    assert found.scripts == 1 and found.handlers == []
    assert all(source.startswith("data:") for source in found.fetched)
    assert 'href="javascript' not in whole and "<script>alert" not in whole and "<img src=x" not in whole
    assert unescape(section(whole)).count("{{7*7}}") > 20  # it is all there, as text


def test_a_finding_or_check_without_a_place_in_the_report_is_named_without_a_link() -> None:
    made = score(system(), case(defect(1, level="home")))
    sheet = html_scores.sheets([made], make.METAS, (), ())[0]
    entry = next(line for line in sheet.parts[0].lines if isinstance(line, html_scores.Entry))
    assert not entry.charges[0].links[0].linked and entry.checks == (("链接有效性", ""),)


def test_requirements_below_no_group_have_a_part_of_their_own() -> None:
    body = POINTED[: POINTED.index("[[group]]")].replace('points = "indicators"\ntotal = 10', 'points = "none"')
    body += '[[leaf]]\nid = "1"\ntext = "甲"\n[[leaf]]\nid = "2"\ntext = "乙"\n'
    (part,) = html_scores.sheets([score(system(body), case())], make.METAS, (), ())[0].parts
    assert (part.title, part.anchor, part.folded_words) == ("", "", "共2项由人工评定")


# bars


def test_a_bar_is_solid_to_what_is_certain_and_hatched_to_what_may_be() -> None:
    svg = charts.reach(1, 3, 4, label="得分")
    assert '<rect x="0.0" y="0" width="25.0" height="10" fill="#1f4e79"/>' in svg
    assert 'd="M25.0 5H75.0"' in svg and "stroke-dasharray" in svg and 'aria-label="得分1～3，最多4"' in svg
    whole = charts.reach(4, 4, 4, label="得分")
    assert 'width="100.0" height="10" fill="#1f4e79"' in whole and "dasharray" not in whole
    nothing = charts.reach(0, 0, 4, label="得分")
    assert "#1f4e79" not in nothing and "dasharray" not in nothing
    assert charts.reach(0, 0, 0, label="得分") == ""


@pytest.mark.parametrize(("low", "high"), [(-3, 9), (5, 9), (-2, -1)])
def test_a_bar_never_leaves_its_frame(low: float, high: float) -> None:
    svg = charts.reach(low, high, 4, label="得分")
    for begin, end in re.findall(r"M([\d.-]+) 5H([\d.-]+)", svg):
        assert 0 <= float(begin) <= float(end) <= 100
    assert all(0 <= float(width) <= 100 for width in re.findall(r'<rect[^>]* width="([\d.-]+)"', svg))


def test_the_wide_bar_names_its_ends_and_the_pass_line() -> None:
    marks = {0.0: "0", 100.0: "满分 100", 130.0: "含加分 130"}
    svg = charts.total(7.5, 124.5, 130, marks=marks, line=(60, "合格线 60"))
    for words in ("最低 7.5", "最高 124.5", "满分 100", "含加分 130", "合格线 60"):
        assert f">{words}</text>" in svg
    near = charts.total(84, 86, 100, marks={0.0: "0", 100.0: "满分 100"}, line=(95, "合格线 95"))
    assert ">84～86</text>" in near and "最低" not in near
    assert re.search(r'text-anchor="end"[^>]*>合格线 95', near)  # room for the mark to its right
    assert charts.total(0, 0, 0, marks={}) == ""


def test_the_bar_of_verdicts_says_its_counts() -> None:
    counts = {"达标": 2, "不达标": 1, "待定": 5, "不适用": 2}
    svg = charts.verdicts(counts, good="达标", bad="不达标", open_="待定")
    assert ">达标 2　不达标 1　待定 5　不适用 2</text>" in svg
    assert svg.count("stroke-dasharray") == 1 and svg.count(f'fill="{charts.BAD}"') == 1
    assert charts.verdicts(dict.fromkeys(counts, 0), good="达标", bad="不达标", open_="待定") == ""
