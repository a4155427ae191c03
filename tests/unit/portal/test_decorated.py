"""Titles as result lists show them: what stands around one never makes it another, what stands in it does."""

from __future__ import annotations

import pytest

from portal.decorated import names_same

TITLE = "关于印发《云溪县粮食应急预案（试行）》的通知"


@pytest.mark.parametrize(
    "shown",
    [
        TITLE,
        f"1、{TITLE}",
        f"12. {TITLE}",
        f"[政策文件] {TITLE}",
        f"【通知公告】3. {TITLE}",
        f"政策文件 | {TITLE}",
        f"云政办发〔2026〕5号 {TITLE}",
        f"{TITLE}（云政办发〔2026〕5号）",
        f"{TITLE} 云政办发〔2026〕5号",
        f"{TITLE}云政办发〔2026〕5号",
        f"[其他] {TITLE} 〔云政办发〔2026〕5号〕 2026-05-04",
        f"{TITLE} [2026年5月4日]",
        f"{TITLE}[附件]",
        f"{TITLE}_政务公开_云溪县人民政府",
        f"{TITLE} - 云溪县人民政府门户网站",
        "[政策文件] 关于印发《云溪县粮食应急预案（试行）…",
    ],
)
def test_what_stands_around_a_title(shown: str) -> None:
    assert names_same(shown, TITLE)


@pytest.mark.parametrize(
    "shown",
    [
        f"解读：{TITLE}",
        f"【政策解读】{TITLE}",
        f"一图读懂 | {TITLE}",
        f"石桥镇转发{TITLE}",
        f"[转发] {TITLE}",
        f"{TITLE}_政策解读",
        f"{TITLE}（解读）",
        f"{TITLE}（征求意见稿）",
        "关于印发《云溪县粮食应急预案》的通知",
        "[政策文件] 关于印发《云溪县…",
        "",
        "[政策文件]",
    ],
)
def test_these_titles_name_other_documents(shown: str) -> None:
    assert not names_same(shown, TITLE)


def test_numbers_that_belong_to_a_title() -> None:
    assert not names_same("云溪县公告（云公告〔2026〕8号）", "云溪县公告（云公告〔2026〕7号）")
    assert names_same("云溪县公告（云公告〔2026〕7号）", "云溪县公告（云公告〔2026〕7号）")
    assert not names_same("2025年度部门决算", "2026年度部门决算")
    assert not names_same("第2期培训班通知", "培训班通知")


def test_the_class_of_an_interpretation_is_no_other_document() -> None:
    title = "一图读懂：云溪县优化营商环境若干措施"
    assert names_same(f"[政策解读] {title}", title)
    assert not names_same(f"[政策解读] {title}", "云溪县优化营商环境若干措施")


def test_names_of_site_and_column_before_a_title() -> None:
    labels = ("云溪县人民政府", "政务公开", "政策文件")
    assert names_same(f"云溪县人民政府 政策文件 {TITLE}", TITLE, labels)
    assert names_same(f"政务公开>政策文件：{TITLE}", TITLE, labels)
    assert not names_same(f"云溪县人民政府 政策文件 {TITLE}", TITLE)
    assert not names_same(f"政策解读：{TITLE}", TITLE, labels)
    assert not names_same(f"云溪县人民政府{TITLE}", TITLE, labels)
