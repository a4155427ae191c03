"""Steps of breadcrumbs."""

from __future__ import annotations

import pytest

from portal.breadcrumb import read_breadcrumb
from tests.unit.portal.pages import PROSE, document

NAMED = "<a href=/>首页</a>{0}<a href=/a/>交易公告</a>{0}<span>中标/成交公示</span>"


def steps(trail: str) -> list[str]:
    return [step.text for step in read_breadcrumb(document(f"<div class=location>{trail}</div><h1>某公示</h1>{PROSE}"))]


@pytest.mark.parametrize("arrow", [" &gt; ", "＞", " » ", "<span> &gt; </span>"])
def test_between_arrows_a_stroke_is_part_of_a_name(arrow: str) -> None:
    assert steps("您所在的位置：" + NAMED.format(arrow)) == ["首页", "交易公告", "中标/成交公示"]


def test_between_strokes_it_ends_one() -> None:
    trail = "您所在的位置：<a href=/>首页</a> / <a href=/a/>交易公告</a> / 中标公示"
    assert steps(trail) == ["首页", "交易公告", "中标公示"]


@pytest.mark.parametrize("label", ["您现在所在的位置", "您现在所在位置", "当前位置"])
def test_the_label_is_no_step(label: str) -> None:
    assert steps(f"<span>{label}：</span><ol><li><a href=/>首页</a></li><li>政务公开</li></ol>") == ["首页", "政务公开"]


@pytest.mark.parametrize(
    "trail",
    [
        "首页 &gt; 政务公开 &gt; 公示公告",
        "首页 / 政务公开 / 公示公告",
        "首页 &gt; <a href=/a/>政务公开</a> &gt; 公示公告",
    ],
)
def test_a_trail_in_plain_text_needs_neither_label_nor_name(trail: str) -> None:
    page = document(f"<p class=detailTitle>{trail}</p><h1>某公示</h1>{PROSE}")
    assert [step.text for step in read_breadcrumb(page)] == ["首页", "政务公开", "公示公告"]


@pytest.mark.parametrize(
    "told", ['aria-label="breadcrumb"', 'aria-label="面包屑导航"', 'itemtype="https://schema.org/BreadcrumbList"']
)
def test_a_trail_may_be_called_so_to_screen_readers_alone(told: str) -> None:
    # Its arrows are drawn by a style sheet, and its class is nobody's word.
    trail = "<li><a href=/>首页</a></li><li><a href=/gk/>政府信息公开</a></li><li>政府文件</li>"
    page = document(f"<nav class=bc {told}><ol>{trail}</ol></nav><h1>政府文件</h1>{PROSE}")
    assert [step.text for step in read_breadcrumb(page)] == ["首页", "政府信息公开", "政府文件"]
