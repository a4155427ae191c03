"""A title that stands on a result page as plain text: in a row it was found, in a sentence it is the question again."""

from __future__ import annotations

import pytest

from crawler.browser.unread import row_left_out, stands_unread
from portal.alone import alone
from portal.facts import SearchHit
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


@pytest.mark.parametrize(
    ("row", "left"),
    [
        (f"<div class=card><div class=hd><a>{TITLE}</a></div></div>", True),
        (f"<ul><li><a>{TITLE}</a></li></ul>", False),  # stands as another list does
        (f"<div class=card><div class=hd><a href='/s?q={TITLE}'>{TITLE}</a></div></div>", False),
        (f"<div class=card><div class=hd><a>{TITLE}公布情况的说明及其他有关事项的通知</a></div></div>", False),
    ],
)
def test_a_row_alike_those_read_was_left_out(row: str, left: bool) -> None:
    rows = "".join(f"<div class=card><div class=hd><a href='/{n}'>关于第{n}次会议</a></div></div>" for n in range(3))
    doc = parse(f"<body>{row}{rows}</body>".encode(), "http://a.gov.cn/s", "text/html; charset=utf-8")
    assert row_left_out(doc, fold_title(TITLE), [SearchHit(f"关于第{n}次会议", "") for n in range(3)]) is left


BEST = "<div class=best><i>精准匹配</i><h2><a href='%s'>%s</a></h2><p>发布日期 2026-07-23</p></div>"


@pytest.mark.parametrize(
    ("block", "url"),
    [
        (BEST % ("/xx/7.html", TITLE), "http://a.gov.cn/xx/7.html"),
        (BEST % ("/link?url=http%3A%2F%2Fa.gov.cn%2F7.html", f"[来信] {TITLE}"), "http://a.gov.cn/7.html"),
        (BEST % ("javascript:;", TITLE), ""),
        (f"<div class=zd><div onclick=f(1)>{TITLE}</div><p>发布日期：2026-07-23</p></div>", ""),
        (f"<div class=asked><h2>{TITLE}</h2><p>的搜索结果</p></div>", None),
        (BEST % ("/s?p=1", TITLE), None),  # leads to the search again
        (BEST % ("/xx/8.html", f"{TITLE}已经办结，现将办理情况公布如下"), None),
        (f"<h3>猜你想找</h3><p><a href='/xx/7.html'>{TITLE}</a></p>", None),
        ("<ul>" + "".join(f"<li><a href='/{n}.html'>{n}{TITLE}</a></li>" for n in range(3)) + "</ul>", None),
    ],
)
def test_the_best_match_in_a_card_of_its_own_is_a_result(block: str, url: str | None) -> None:
    rows = "".join(f"<li><a href='/{n}'>关于第{n}次会议的通知</a><span>2026-07-0{n}</span></li>" for n in range(1, 5))
    body = f"<h1>某县人民政府</h1><div>{block}<ul class=list>{rows}</ul></div>"
    doc = parse(f"<body>{body}</body>".encode(), "http://a.gov.cn/s?q=x", "text/html; charset=utf-8")
    found = alone(doc, fold_title(TITLE))
    assert (found.url if found else None) == url
