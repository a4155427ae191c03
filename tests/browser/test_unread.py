"""A title that stands on a result page as plain text: in a row it was found, in a sentence it is the question again."""

from __future__ import annotations

import pytest

from crawler.browser.unread import stands_unread
from portal.html import parse
from portal.text import fold_title

TITLE = "关于新华街道公共机构节水的来信"


def _page(inside: str) -> bool:
    html = f'<html><body><div id="li"><p><a href="#1">综合</a> <a href="#2">新闻</a></p>{inside}</div></body></html>'
    return stands_unread(parse(html.encode(), "http://a.gov.cn/s", "text/html; charset=utf-8"), fold_title(TITLE))


@pytest.mark.parametrize(
    "said",
    [
        f"检索词“{TITLE}”，共检索到0条信息",
        f"您搜索的是：{TITLE}",
        f"与「{TITLE}」相关的结果",
        f"{TITLE} 没有找到相关内容",
        f"{TITLE}的搜索结果",
        f"{TITLE}：共找到2条",
    ],
)
def test_a_sentence_that_repeats_the_question_holds_no_result(said: str) -> None:
    assert not _page(f"<p>{said}</p>")


@pytest.mark.parametrize("row", [TITLE, f"【来信】{TITLE}", f"1. {TITLE}", f"（信件）{TITLE} 2026-07-23"])
def test_a_title_in_a_row_beside_others_was_found(row: str) -> None:
    assert _page(f"<p>{row}</p><p>关于中心街道路灯的来信</p>")
