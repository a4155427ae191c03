"""What stands in cells, as values: dates in the usual ways, addresses, reason codes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mingcha.ledger.sheetcells import day_in, deadline_in, link_in, objection_in, text_of
from portal.zone import CHINA

HOME = "https://www.yunxi.example/"
CELL = dt.datetime(2026, 11, 20)  # noqa: DTZ001 - as spreadsheets keep a day


@pytest.mark.parametrize(
    "written",
    [
        *("2026-11-20", "2026/11/20", "2026.11.20", "2026年11月20日", "2026年11月20号", "20261120", "2026-11-20 15:30"),
        *(
            "２０２６－１１－２０",
            " 2026 - 11 - 20 ",
            "'2026-11-20",
            "2026/11/20 15:30:00",
            "2026-11-20T15:30:00+08:00",
        ),
        *("2026年11月20日15时30分", CELL, CELL.date(), 46346, 46346.64, "46346"),
    ],
)
def test_a_date_may_be_written_in_the_usual_ways(written: Any) -> None:
    assert day_in(written) == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        *(("11月20日", "不是日期"), ("20/11/2026", "不是日期"), ("昨天", "不是日期"), ("2026-11", "不是日期")),
        *(("2026-11-31", "没有这一天"), ("2026-11-20 25:00", "没有这个时刻"), ("2026-11-20 左右", "不是日期")),
        *((3.5, "不是日期"), (dt.time(3, 5), "不是日期"), (True, "不是日期"), (dt.timedelta(1), "不是日期")),
        *(("1926-11-20", "核对年份"), (dt.date(1900, 1, 1), "核对年份"), (10_000, "核对年份")),
    ],
)
def test_what_is_no_date_says_how_to_write_one(written: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        day_in(written)


def test_an_empty_cell_is_no_date() -> None:
    assert day_in(None) is None and day_in("  ") is None and deadline_in("") is None


def test_a_deadline_ends_at_its_clock_time_or_with_its_day() -> None:
    assert deadline_in("2026-11-20 18:00") == dt.datetime(2026, 11, 20, 18, tzinfo=CHINA)
    assert deadline_in("2026年11月20日") == dt.datetime(2026, 11, 20, 23, 59, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("written", "target", "url"),
    [
        ("https://a.example/附件（1）.pdf", "", "https://a.example/附件（1）.pdf"),
        ("www.yunxi.example/a.html", "", "https://www.yunxi.example/a.html"),
        ("yunxi.example:8443/a", "", "https://yunxi.example:8443/a"),
        ("ｈｔｔｐｓ：／／a.example/", "", "https://a.example/"),
        ("点击查看", "https://a.example/b", "https://a.example/b"),
        (None, "https://a.example/b", ""),
    ],
)
def test_an_address_is_understood(written: Any, target: str, url: str) -> None:
    assert link_in(written, target, HOME) == url


@pytest.mark.parametrize(
    ("written", "words"),
    [
        *(("见首页", "不是完整的网址"), ("/a/b.html", "不是完整的网址"), ("javascript:alert(1)", "不是完整的网址")),
        *(("file:///etc/passwd", "不是网址"), ("https://", "不是网址"), ("http://[::1", "不是网址")),
        *(("https://a.example/1\nhttps://a.example/2", "一格只填一个"), ("notyunxi.example/a", "不是完整的网址")),
    ],
)
def test_what_is_no_address_is_refused(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        link_in(written, "", HOME)


@pytest.mark.parametrize(
    ("text", "reason", "rest"),
    [
        ("非本单位责任，应由县水利局负责", "not_ours", "应由县水利局负责"),
        ("已报备(升级/关停/停机)：11月5日", "maintenance", "11月5日"),
        ("已报备", "maintenance", ""),
        ("已报备（升级/关停/停机）：见附件，请核", "maintenance", "见附件，请核"),
        ("该链接属外部网站，非本单位责任", "not_ours", "该链接属外部网站，非本单位责任"),
        (" 不是我们的问题 ", "other", "不是我们的问题"),
        ("其他理由：不是我们的问题", "other", "不是我们的问题"),
        ("", "", ""),
    ],
)
def test_an_objection_is_taken_whatever_its_words(text: str, reason: str, rest: str) -> None:
    assert objection_in(text) == (reason, rest)


def test_a_text_is_what_people_read() -> None:
    assert text_of(" 一 \r\n二  ") == "一\n二" and text_of(3.0) == "3" and text_of(CELL) == "2026-11-20"
    with pytest.raises(ValueError, match="逻辑值"):
        text_of(True)
